# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a frame shows, what its calibration says and what the settings say belong to the same moment.

Zoom and exposure time are measured in the pixels, also where a device takes over what is applied only some frames
later.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Union

import numpy as np
import pytest
from fixtures.kept import Kept, kept
from fixtures.measured_pictures import (
    Look,
    LookMeter,
    UnknownLook,
    before_photograph,
    look_told,
    opened_photo,
    pixels_of,
    size_told,
    zoom_told,
)
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, stamp_of, state_of, until
from fixtures.recordings import LATCHED, Recording, none_of, pause
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient, succeeded

CHANGES = 20

ZOOMS = (1.0, 1.5, 2.0, 3.0)
EXPOSURE_TIMES = (20.0, 32.0, 50.0, 80.0)
OTHER_MODE = (320, 240)
SIZES = ((640, 480), (480, 360), (560, 420), (400, 300), OTHER_MODE)
"""All of the full width of a native mode: all but one are made of the same."""

FAULTS = {'at once': '', 'two frames later': '&faults=latency:2'}
"""When a device takes over what is applied."""


class Moment(NamedTuple):
    """What belongs together."""

    look: Look
    size: tuple[int, int]

    def __str__(self) -> str:
        return f'{self.look} in {self.size[0]}x{self.size[1]}'


def moments(seed: int) -> Iterator[Moment]:
    """Yield what to apply: each time all of it is something else than the time before."""
    chance = random.Random(seed)
    last = Moment(Look(ZOOMS[0], EXPOSURE_TIMES[0]), SIZES[0])
    for _ in range(CHANGES):
        zoom, time_, size = (chance.choice([one for one in choices if one != before]) for choices, before in (
            (ZOOMS, last.look.zoom), (EXPOSURE_TIMES, last.look.exposure_time), (SIZES, last.size)))
        last = Moment(Look(zoom, time_), size)
        yield last


def bring(client: CameraClient, moment: Moment) -> None:
    """Apply what ``moment`` says, with all automatics off."""
    wishes: dict[str, Any] = {**moment.look._asdict(), 'width': moment.size[0], 'height': moment.size[1]}
    wishes.update(exposure_mode='manual', white_balance_mode='manual', focus_mode='manual')
    settings = client.apply(**{name: {'exact': value} for name, value in wishes.items()}).settings
    assert {name: settings[name] for name in wishes} == wishes


def seen(meter: LookMeter, pixels: np.ndarray) -> Look:
    """Return the look of a picture; one that is equal to none, not even to itself, if it is none that was asked for."""
    try:
        return meter.look(pixels)
    except UnknownLook:
        return Look(math.nan, math.nan)


def moment_told(settings: msg.MediaTrackSettings) -> Moment:
    """Return what settings tell."""
    return Moment(look_told(settings), size_told(settings))


@pytest.fixture(scope='module')
def device(tmp_path_factory: pytest.TempPathFactory) -> str:
    return before_photograph(tmp_path_factory.mktemp('scene'))


@pytest.fixture(scope='module')
def meter(device: str) -> LookMeter:
    return LookMeter(ZOOMS, EXPOSURE_TIMES, device)


Shown = list[tuple[Moment, Union[CameraInfo, None], msg.MediaTrackSettings]]
"""What each image shows, with its calibration and the settings at its time."""


class Camera:
    """A client of a simulated camera, and what it has recorded, once somebody asks for that."""

    def __init__(self, client: CameraClient, meter: LookMeter) -> None:
        self.client = client
        self._meter = meter

    @cached_property
    def recording(self) -> Recording:
        return recorded(self.client)

    @cached_property
    def shown(self) -> Shown:
        return [(Moment(seen(self._meter, pixels_of(image)), (image.width, image.height)), info, settings)
                for image, info, settings in self.recording.pictures()]


@contextmanager
def started(domain: int, device: str, meter: LookMeter, home: Path) -> Iterator[Camera]:
    """Run a node with a home of its own: the calibrations of others do not count."""
    with (
        running_node(domain, device=device, environment={'ROS_HOME': str(home)}) as node, client_of(domain) as client,
    ):
        until(lambda: node.process.poll() is not None or 'opened' in node.output)
        assert node.process.poll() is None, node.output
        answered(client)
        yield Camera(client, meter)


@pytest.fixture(scope='module', params=FAULTS.values(), ids=FAULTS)
def cameras(
    request: pytest.FixtureRequest, device: str, meter: LookMeter, module_domain: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kept[Camera]]:
    with kept(
        lambda: started(module_domain, device + request.param, meter, tmp_path_factory.mktemp('home')),
    ) as cameras:
        yield cameras


@pytest.fixture
def camera(cameras: Kept[Camera], request: pytest.FixtureRequest) -> CameraClient:
    """Return a client of the camera that all tests use as long as none fails."""
    return cameras.lend(request.node).client


@pytest.fixture
def recording(cameras: Kept[Camera], request: pytest.FixtureRequest) -> Recording:
    """Return what was recorded while a client changed everything at any moment."""
    return cameras.lend(request.node).recording


def recorded(camera: CameraClient) -> Recording:
    """Change everything at any moment, and record it."""
    chance = random.Random(7)
    bring(camera, Moment(Look(ZOOMS[0], EXPOSURE_TIMES[0]), SIZES[0]))
    for _ in range(4):
        camera.grab_frame()  # what was before it is over
    recording = Recording(camera)
    pause(camera, 0.2)
    for moment in moments(1):
        if moment.size != OTHER_MODE:  # that one comes while the last change is perhaps still to take effect
            pause(camera, chance.uniform(0.0, 0.2))
        bring(camera, moment)
    recording.end(5)
    return recording


@pytest.fixture
def shown(cameras: Kept[Camera], request: pytest.FixtureRequest) -> Shown:
    return cameras.lend(request.node).shown


def test_what_was_applied_was_seen(shown: Shown) -> None:
    """Without that the tests below would say little."""
    assert len({moment for moment, _, _ in shown}) > CHANGES // 2
    assert {moment.size for moment, _, _ in shown} == set(SIZES)
    assert len({moment.look for moment, _, _ in shown}) > CHANGES // 3


def test_every_image_has_its_own_calibration(shown: Shown) -> None:
    wrong = []
    for number, (moment, info, _) in enumerate(shown):
        assert info is not None, f'image {number} has no camera_info'
        told = zoom_told(info), (info.width, info.height)
        if told != (moment.look.zoom, moment.size):
            wrong.append(f'{number} shows {moment}, camera_info tells {told}')
    none_of(wrong, len(shown))


def test_every_setting_belongs_to_the_images_from_its_stamp_on(shown: Shown) -> None:
    none_of([f'{number} shows {moment}, settings tell {moment_told(settings)}'
             for number, (moment, _, settings) in enumerate(shown) if moment != moment_told(settings)], len(shown))


def test_the_stamps_of_settings_never_go_back(recording: Recording) -> None:
    stamps = [stamp_of(settings) for settings in recording.settings]
    assert len(stamps) > CHANGES // 2
    back = [number for number, (before, after) in enumerate(pairwise(stamps)) if after < before]
    assert back == []


def test_a_frame_that_is_grabbed_next_shows_what_was_applied(camera: CameraClient, meter: LookMeter) -> None:
    wrong = []
    for number, moment in enumerate(moments(2)):
        bring(camera, moment)
        frame = camera.grab_frame('bgr8')
        look, size = seen(meter, frame.pixels), (frame.pixels.shape[1], frame.pixels.shape[0])
        told = zoom_told(frame.camera_info), (frame.camera_info.width, frame.camera_info.height)
        if (look, size) != moment or told != (moment.look.zoom, moment.size):
            wrong.append(f'{number} shows {Moment(look, size)}, camera_info tells {told}; applied was {moment}')
    none_of(wrong, CHANGES)


def test_a_photo_that_is_taken_next_shows_what_was_applied(camera: CameraClient, meter: LookMeter) -> None:
    wrong = []
    for number, moment in enumerate(moments(3)):
        bring(camera, moment)
        photo = camera.take_photo(width=640, height=480)
        pixels, exif = opened_photo(photo.data)
        look = seen(meter, pixels)
        told = {name: photo.settings[name] for name in ('zoom', 'exposure_time', 'width', 'height')}
        expected = {**moment.look._asdict(), 'width': moment.size[0], 'height': moment.size[1]}
        if (look, told, zoom_told(photo.camera_info), Look(exif.zoom, exif.exposure_time)) != (
                moment.look, expected, moment.look.zoom, moment.look):
            wrong.append(f'{number} shows {look}, settings tell {told}, camera_info {zoom_told(photo.camera_info)}, '
                         f'EXIF {exif}; applied was {moment}')
    none_of(wrong, CHANGES)


CONFIGURE, CLEANUP = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP
ACTIVATE, DEACTIVATE = Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_DEACTIVATE


class Applying:
    """A client that applies one thing after the other, whether the node is configured or not."""

    def __init__(self, client: CameraClient) -> None:
        self._client = client
        self._service = client.node.create_client(
            srv.ApplyConstraints, '/camera/apply_constraints', qos_profile=QoSProfile(depth=1000))
        # When this is answered, the node knows where to send the answers to the other requests.
        client.call(srv.ApplyConstraints, 'apply_constraints')
        self._pending: list[Any] = []
        self._sent = 0
        self.applied = 0

    def begin(self, count: int) -> None:
        """Send so many requests."""
        for _ in range(count):
            self._sent += 1
            request = srv.ApplyConstraints.Request()
            for name in ('exposure_mode', 'white_balance_mode', 'focus_mode'):
                getattr(request.constraints, name).exact = ['manual']
            request.constraints.zoom.exact = [1.0 + 0.1 * (self._sent % 30)]
            self._pending.append(self._service.call_async(request))

    def go_on(self, at_once: int) -> None:
        """Receive answers for a moment, and keep so many requests on their way."""
        self._client.spin_once(0.002)
        done = [future for future in self._pending if future.done()]
        self.applied += sum(future.result().success for future in done)
        self._pending = [future for future in self._pending if not future.done()]
        self.begin(at_once - len(self._pending))

    def finish(self) -> None:
        """Wait for what is on its way."""
        until(lambda: any(self.go_on(0) or not self._pending for _ in range(1000)))


class Managed:
    """A managed node whose states one client changes while another one applies settings."""

    def __init__(self, node: NodeProcess, manager: CameraClient, other: CameraClient) -> None:
        self._node = node
        self._manager = manager
        self._transitions = manager.node.create_client(ChangeState, '/camera/change_state')
        until(lambda: state_of(manager) == 'unconfigured')
        self.applying = Applying(other)

    def change(self, *transitions: int, applied: int = 0) -> None:
        """Go through transitions, while the other client applies settings until so many are ``applied``."""
        enough = self.applying.applied + applied
        for transition in transitions:
            future = self._transitions.call_async(ChangeState.Request(transition=Transition(id=transition)))
            self._go_on(enough, future.done)
            assert future.result().success, self._node.output
        self._go_on(enough, lambda: self.applying.applied >= enough)
        self.applying.finish()

    def _go_on(self, enough: int, done: Callable[[], bool]) -> None:
        until(lambda: any(
            done() or self.applying.go_on(2 if self.applying.applied < enough else 0)
            or self._manager.spin_once(0.002) for _ in range(1000)))


@pytest.fixture
def managed(domain: int, device: str) -> Iterator[tuple[Managed, CameraClient]]:
    fast = f'{device}&mode=320x240@120'
    with (
        running_node(domain, device=fast, autostart=False) as node, client_of(domain) as client,
        client_of(domain) as other,
    ):
        yield Managed(node, client, other), client


def test_a_late_subscriber_gets_the_newest_settings_whenever_they_were_changed(
    managed: tuple[Managed, CameraClient],
) -> None:
    node, client = managed
    wrong = []
    for number in range(CHANGES):
        node.change(CONFIGURE, ACTIVATE, applied=1 + number % 4)
        pause(client, 0.1)  # what is still on its way arrives
        settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
        late = Inbox(client, msg.MediaTrackSettings, '/camera/settings', LATCHED)
        told = late.take(1)[-1]
        late.close()
        told.header = settings.header
        if told != settings:
            wrong.append(f'{number}: told is {moment_told(told)}, GetSettings tells {moment_told(settings)}')
        node.change(DEACTIVATE, CLEANUP)
    none_of(wrong, CHANGES)


def test_settings_that_are_applied_while_the_camera_is_released_leave_nothing_behind(
    managed: tuple[Managed, CameraClient],
) -> None:
    node, client = managed
    for number in range(CHANGES):
        node.change(CONFIGURE)
        node.applying.begin(2 + number % 3)
        node.change(CLEANUP)
    node.change(CONFIGURE, ACTIVATE)
    client.grab_frame()
