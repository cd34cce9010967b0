# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two clients ask at the same moment, each pair of operations again and again: every answer is true of its own request.

What a picture was taken with is measured in its pixels. All pairs share one node, whose camera goes on from one round
to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from fixtures.kept import Kept, kept
from fixtures.measured_pictures import (
    Look,
    LookMeter,
    before_photograph,
    look_told,
    opened_photo,
    pixels_of,
    size_told,
    zoom_told,
)
from fixtures.node_process import Inbox, answered, client_of, running_node, until
from rcl_interfaces import srv as parameter_srv
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.mediacapture.capabilities import NativeMode

ROUNDS = 30
LATCHED = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)

SERVICES = {
    'apply_constraints': srv.ApplyConstraints, 'take_photo': srv.TakePhoto, 'grab_frame': srv.GrabFrame,
    'set_parameters': parameter_srv.SetParameters,
    'set_parameters_atomically': parameter_srv.SetParametersAtomically, 'set_camera_info': SetCameraInfo,
    'get_settings': srv.GetSettings, 'get_constraints': srv.GetConstraints,
    'get_parameters': parameter_srv.GetParameters,
}


class View(NamedTuple):
    """What the stream shows."""

    look: Look
    size: tuple[int, int]

    def __str__(self) -> str:
        return f'{self.look} in {self.size[0]}x{self.size[1]}'


class Request(NamedTuple):
    """What one client asks for, as far as its operation has to do with it."""

    view: View
    focal_length: float
    """Of a calibration of 640x480 pixels."""


BASE = View(Look(2.5, 12.0), (300, 225))
"""Where it begins: only wished, so that parameters may differ from it."""

# Each client asks for its two in turn, so that what is asked is never in force already.
WISHES = (
    (Request(View(Look(1.0, 20.0), (320, 240)), 500.0), Request(View(Look(2.0, 50.0), (240, 180)), 560.0)),
    (Request(View(Look(1.5, 32.0), (280, 175)), 620.0), Request(View(Look(3.0, 80.0), (200, 150)), 700.0)),
)
LOOKS = [BASE.look, *(wish.view.look for wishes in WISHES for wish in wishes)]

CALIBRATED_WIDTH, CALIBRATED_HEIGHT = PHOTO_SIZE = (640, 480)

MODE = NativeMode(320, 240, 120.0)
"""The fastest one: requests wait for frames."""


@dataclass(frozen=True)
class Operation:
    """Something that a client asks for; the names are those of services."""

    services: tuple[str, ...]
    check: Callable[[Round, int], None]
    """Raises an AssertionError unless the answers that a client got are true."""

    @property
    def name(self) -> str:
        return self.services[0]

    @property
    def constrains(self) -> bool:
        return self.name == 'apply_constraints'

    @property
    def sets_parameters(self) -> bool:
        return self.name.startswith('set_parameters')

    @property
    def calibrates(self) -> bool:
        return self.name == 'set_camera_info'


@dataclass
class Round:
    """Two requests at the same moment, their answers, and what may be true of the camera meanwhile."""

    camera: Camera
    operations: Sequence[Operation]
    wishes: Sequence[Request]
    parts: bool
    """Whether the two set different parameters: the first the zoom, the second the exposure time."""
    before: View
    answers: Sequence[list[Any]] = ()

    def values(self, client: int) -> dict[str, float]:
        """Return the parameters that a client sets."""
        values = self.wishes[client].view.look._asdict()
        return {name: value for index, (name, value) in enumerate(values.items()) if not self.parts or index == client}

    @property
    def views(self) -> set[View]:
        """What pictures and settings may show: what was before, or what one of the two has made of it."""
        views = {self.before}
        for operation, wish in zip(self.operations, self.wishes, strict=True):
            if operation.constrains:
                views.add(wish.view)
            elif operation.sets_parameters:
                views.add(View(wish.view.look, self.before.size))
        return views

    @property
    def told_views(self) -> str:
        return ', '.join(map(str, self.views))

    @property
    def last_views(self) -> set[View]:
        """What must be there when both are answered."""
        by_constraints, by_parameters = set(), set()
        for client, operation in enumerate(self.operations):
            if operation.constrains:
                by_constraints.add(self.wishes[client].view)
            elif operation.sets_parameters:
                by_parameters.add(View(self.wishes[client].view.look, self.before.size))
        if self.parts:
            look = Look(**{**self.values(0), **self.values(1)})
            return {View(look, self.before.size)}
        # What constraints require, parameters cannot change.
        return by_constraints or by_parameters or {self.before}

    @property
    def focal_lengths(self) -> set[float]:
        """The calibrations that may be in force."""
        return {self.camera.focal_length} | self.asked_focal_lengths

    @property
    def asked_focal_lengths(self) -> set[float]:
        return {wish.focal_length for operation, wish in zip(self.operations, self.wishes, strict=True)
                if operation.calibrates}

    def check_info(self, info: CameraInfo, look: Look, size: tuple[int, int]) -> None:
        """Check that intrinsics are those of a picture with this look and size."""
        assert (info.width, info.height) == size, f'camera_info is for {info.width}x{info.height}, not {size}'
        zooms = {zoom_told(info, focal_length, CALIBRATED_WIDTH) for focal_length in self.focal_lengths}
        assert look.zoom in zooms, f'camera_info tells the zoom {zooms}, the picture shows {look}'


    def check_end(self, view: View, constraints: msg.MediaTrackConstraintSet) -> None:
        """Check that what is there when both are answered is what one of them asked for, or both together."""
        told = ', '.join(map(str, self.last_views))
        assert view in self.last_views, f'GetSettings tells {view} at the end, asked for was {told}'
        if any(operation.constrains for operation in self.operations):
            assert constraints == constraints_of(view), f'GetConstraints tells {constraints}, GetSettings {view}'
        else:
            assert constraints == self.camera.constraints, f'nobody asked for the constraints {constraints}'


def check_applied(one: Round, client: int) -> None:
    [answer] = one.answers[client]
    settings, wish = succeeded(answer).settings, one.wishes[client].view
    told = view_told(settings)
    assert told == wish, f'asked for {wish}, settings tell {told}'


def check_photo(one: Round, client: int) -> None:
    [answer] = one.answers[client]
    pixels, exif = opened_photo(bytes(succeeded(answer).photo.data))
    look, size = one.camera.meter.look(pixels), (pixels.shape[1], pixels.shape[0])
    told = view_told(answer.settings)
    assert size == PHOTO_SIZE
    assert told.look == look, f'settings tell {told}, the photo shows {look}'
    assert told in one.views, f'settings tell {told}, but there was only {one.told_views}'
    assert Look(exif.zoom, exif.exposure_time) == look, f'EXIF tells {exif}, the photo shows {look}'
    one.check_info(answer.camera_info, look, size)
    assert exif.focal_length == pytest.approx(answer.camera_info.k[0], rel=1e-3)


def check_frame(one: Round, client: int) -> None:
    [answer] = one.answers[client]
    pixels = pixels_of(succeeded(answer).image)
    shown = View(one.camera.meter.look(pixels), (pixels.shape[1], pixels.shape[0]))
    assert shown in one.views, f'the frame shows {shown}, but there was only {one.told_views}'
    one.check_info(answer.camera_info, *shown)


def check_parameters(one: Round, client: int) -> None:
    [answer] = one.answers[client]
    results = answer.results if hasattr(answer, 'results') else [answer.result]
    refused = [result.reason for result in results if not result.successful]
    if one.operations[1 - client].constrains:
        assert not refused or all('OverconstrainedError' in reason for reason in refused[:1]), refused
        assert len(refused) in (0, len(results)), refused
    else:
        assert refused == []


def check_calibrated(one: Round, client: int) -> None:
    [answer] = one.answers[client]
    assert answer.success, answer.status_message


def check_read(one: Round, client: int) -> None:
    settings, constraints = map(succeeded, one.answers[client])
    told = view_told(settings.settings)
    assert told in one.views, f'settings tell {told}, but there was only {one.told_views}'
    asked = [one.camera.constraints, *(
        constraints_of(wish.view) for operation, wish in zip(one.operations, one.wishes, strict=True)
        if operation.constrains)]
    assert constraints.constraints in asked, f'{constraints.constraints} were never asked for'


OPERATIONS = (
    Operation(('apply_constraints',), check_applied),
    Operation(('take_photo',), check_photo),
    Operation(('grab_frame',), check_frame),
    Operation(('set_parameters',), check_parameters),
    Operation(('set_parameters_atomically',), check_parameters),
    Operation(('set_camera_info',), check_calibrated),
    Operation(('get_settings', 'get_constraints'), check_read),
)


def view_told(settings: msg.MediaTrackSettings) -> View:
    """Return what settings tell."""
    return View(look_told(settings), size_told(settings))


def constraints_of(view: View, member: str = 'exact') -> msg.MediaTrackConstraintSet:
    """Return constraints that ask for a view with all automatics off."""
    constraints = msg.MediaTrackConstraintSet()
    for name in ('exposure_mode', 'white_balance_mode', 'focus_mode'):
        getattr(constraints, name).exact = ['manual']
    for name, value in (*view.look._asdict().items(), ('width', view.size[0]), ('height', view.size[1])):
        setattr(getattr(constraints, name), member, [float(value)])
    return constraints


def calibration_of(focal_length: float) -> CameraInfo:
    """Return a calibration whose principal point is in the middle."""
    x, y = 0.5 * (CALIBRATED_WIDTH - 1), 0.5 * (CALIBRATED_HEIGHT - 1)
    return CameraInfo(
        width=CALIBRATED_WIDTH, height=CALIBRATED_HEIGHT, distortion_model='plumb_bob', d=[0.0] * 5,
        k=[focal_length, 0.0, x, 0.0, focal_length, y, 0.0, 0.0, 1.0], r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[focal_length, 0.0, x, 0.0, 0.0, focal_length, y, 0.0, 0.0, 0.0, 1.0, 0.0])


def request_for(service: str, one: Round, client: int) -> Any:
    """Return a client's request in a round."""
    request, wish = SERVICES[service].Request(), one.wishes[client]
    if service == 'apply_constraints':
        request.constraints = constraints_of(wish.view)
    elif service == 'take_photo':
        width, height = PHOTO_SIZE
        request.photo_settings.image_width, request.photo_settings.image_height = [float(width)], [float(height)]
    elif service.startswith('set_parameters'):
        request.parameters = [
            Parameter(name, value=value).to_parameter_msg() for name, value in one.values(client).items()]
    elif service == 'set_camera_info':
        request.camera_info = calibration_of(wish.focal_length)
    return request


class Camera:
    """The camera that both clients ask, and what is known of it between two rounds."""

    def __init__(self, clients: Sequence[CameraClient], device: str, calibration: Path) -> None:
        self.clients = clients
        self.calibration = calibration
        self.meter = LookMeter({look.zoom for look in LOOKS}, {look.exposure_time for look in LOOKS}, device, MODE)
        self._services = [
            {name: client.node.create_client(kind, f'/camera/{name}', qos_profile=QoSProfile(depth=1000))
             for name, kind in SERVICES.items()} for client in clients]
        self._settings = Inbox(clients[0], msg.MediaTrackSettings, '/camera/settings', LATCHED)
        self.focal_length = WISHES[0][0].focal_length
        self.constraints = msg.MediaTrackConstraintSet()
        for client in clients:
            client.settings()
            client.apply()  # when it is answered, the node knows where to send the answers to all other requests
        assert all(service.service_is_ready() for services in self._services for service in services.values())
        self.ask('set_camera_info', SetCameraInfo.Request(camera_info=calibration_of(self.focal_length)))
        self.view = BASE
        self.begin_with(BASE)

    def begin_with(self, view: View) -> None:
        """Bring the camera to ``view``, which others may overrule."""
        self.constraints = constraints_of(view, 'ideal')
        request = srv.ApplyConstraints.Request(constraints=self.constraints)
        told = view_told(succeeded(self.ask('apply_constraints', request)).settings)
        assert told == view, f'nobody else asked for anything, but the camera is at {told}'
        self.view = view

    def ask(self, service: str, request: Any = None) -> Any:
        """Return one answer."""
        [[answer]] = self.together([(0, service, request)])
        return answer

    def together(self, *requests: Sequence[tuple[int, str, Any]]) -> list[list[Any]]:
        """Send groups of requests (number of the client, service, request) without waiting; return their answers."""
        futures = [[self._services[client][service].call_async(request or SERVICES[service].Request())
                    for client, service, request in group] for group in requests]
        waiting = [future for group in futures for future in group]

        def spun() -> bool:
            for client in self.clients:
                client.spin_once(0.002)
            return all(future.done() for future in waiting)

        until(lambda: any(spun() for _ in range(200)))
        return [[future.result() for future in group] for group in futures]

    def _wait_until_told(self, view: View) -> None:
        """Check that ~/settings tells ``view`` last, now or soon."""
        try:
            self._settings.wait_for(lambda told: told and view_told(told[-1]) == view)
        except AssertionError:
            last = [str(view_told(message)) for message in self._settings.messages[-3:]]
            raise AssertionError(f'the last of ~/settings are {", ".join(last)}; GetSettings tells {view}') from None

    def play(self, operations: Sequence[Operation], number: int) -> list[str]:
        """Let both clients ask at the same moment; return what is wrong then."""
        setting = [operation.sets_parameters for operation in operations]
        if number == 0 or (any(setting) and any(operation.constrains for operation in operations)):
            self.begin_with(BASE)
        wrong: list[str] = []
        # Whatever is still to come of the last round has come by now.
        self._wrong(wrong, lambda: self._wait_until_told(self.view))
        one = Round(self, operations, [wishes[number % 2] for wishes in WISHES], all(setting) and number % 4 > 1,
                    self.view)
        groups = [[(client, service, request_for(service, one, client)) for service in operation.services]
                  for client, operation in enumerate(operations)]
        order = 1 if number // 2 % 2 == 0 else -1
        one.answers = self.together(*groups[::order])[::order]
        names = parameter_srv.GetParameters.Request(names=['zoom', 'exposure_time', 'width', 'height'])
        [end, constraints], [parameters, frame] = self.together(
            [(0, 'get_settings', None), (0, 'get_constraints', None)],
            [(1, 'get_parameters', names), (1, 'grab_frame' if one.asked_focal_lengths else 'get_settings', None)])
        self.view = view_told(succeeded(end).settings)
        for client, operation in enumerate(operations):
            self._wrong(wrong, lambda operation=operation, client=client: operation.check(one, client))
        self._wrong(wrong, lambda: one.check_end(self.view, constraints.constraints))
        self._wrong(wrong, lambda: self._check_parameters(parameters.values))
        self._wrong(wrong, lambda: self._wait_until_told(self.view))
        self.constraints = constraints.constraints
        if one.asked_focal_lengths:
            self._wrong(wrong, lambda: self._check_calibration(one.asked_focal_lengths, frame.camera_info))
        return wrong

    def _check_parameters(self, values: Sequence[Any]) -> None:
        zoom, time, width, height = map(parameter_value_to_python, values)
        told = View(Look(zoom, time), (width, height))
        assert told == self.view, f'parameters tell {told}, GetSettings {self.view}'

    def _check_calibration(self, asked: set[float], info: CameraInfo) -> None:
        """Check that one of the calibrations that were asked for is saved and in use."""
        self.focal_length = yaml.safe_load(self.calibration.read_text())['camera_matrix']['data'][0]
        assert self.focal_length in asked, f'{self.focal_length} is saved, {asked} were asked for'
        told = zoom_told(info, self.focal_length, CALIBRATED_WIDTH)
        zoom = self.view.look.zoom
        assert told == zoom, f'at the zoom {zoom} frames have {info.k[0]}; saved is {self.focal_length}'

    @staticmethod
    def _wrong(wrong: list[str], check: Callable[[], None]) -> None:
        try:
            check()
        except AssertionError as error:
            wrong.append(str(error).splitlines()[0])


@contextmanager
def started(domain: int, home: Path) -> Iterator[Camera]:
    """Run a node before a photograph."""
    device = f'{before_photograph(home)}&mode={MODE}'
    with (
        running_node(domain, device=device, environment={'ROS_HOME': str(home)}),
        client_of(domain) as first, client_of(domain) as second,
    ):
        answered(first)
        yield Camera((first, second), device, home / 'camera_info' / 'camera.yaml')


@pytest.fixture(scope='module')
def cameras(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[Camera]]:
    with kept(lambda: started(module_domain, tmp_path_factory.mktemp('home'))) as cameras:
        yield cameras


@pytest.fixture
def camera(cameras: Kept[Camera], request: pytest.FixtureRequest) -> Camera:
    """Return the camera that all pairs use as long as none fails."""
    return cameras.lend(request.node)


@pytest.mark.parametrize('operations', combinations_with_replacement(OPERATIONS, 2), ids=lambda pair: '-'.join(
    operation.name for operation in pair))
def test_every_answer_is_true_of_its_own_request(camera: Camera, operations: tuple[Operation, Operation]) -> None:
    rounds = [camera.play(operations, number) for number in range(ROUNDS)]
    wrong = [reasons for reasons in rounds if reasons]
    told = '\n'.join(f'round {number}: {"; ".join(reasons)}' for number, reasons in enumerate(rounds) if reasons)
    assert not wrong, f'{len(wrong)} of {ROUNDS} rounds:\n{told}'
