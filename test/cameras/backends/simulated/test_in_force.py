# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From which frame on settings are in force: what the camera says of it, and what the pixels show, with latency too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.api import ReadTimeout
from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, Settings
from imagecapture_ros.mediacapture.frames import Frame

Action = Callable[[SimulatedCamera], object]
Script = Mapping[int, Sequence[Action]]
"""What happens before which read."""

HALF_A_PERIOD = 16_666_667
OTHER_MODE = NativeMode(320, 240, 60.0)
STILL = {'exposure_mode': 'manual', 'white_balance_mode': 'manual', 'focus_mode': 'manual'}
FOUND = ('exposure_time', 'color_temperature', 'focus_distance')
"""What the automatics choose."""


def setting(mode: NativeMode | None = None, **settings: Any) -> Action:
    return lambda camera: camera.apply(settings, mode or camera.mode)


def stop(camera: SimulatedCamera) -> None:
    camera.stop()


def start(camera: SimulatedCamera) -> None:
    camera.start()


def fault(text: str) -> Action:
    return lambda camera: camera.faults.inject(text)


def no_fault(camera: SimulatedCamera) -> None:
    camera.faults.end()


class Timeline:
    """Since when which settings and mode were in force, as somebody knows it who asks the camera after every call."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, Settings, NativeMode]] = []

    def note(self, camera: SimulatedCamera) -> None:
        since = camera.in_force_since
        self._entries = [one for one in self._entries if one[0] < since]
        self._entries.append((since, camera.settings, camera.mode))

    def at(self, moment: int) -> tuple[Settings, NativeMode]:
        return [(settings, mode) for since, settings, mode in self._entries if since <= moment][-1]


@dataclass(frozen=True)
class Taken:
    """A frame, with the settings at the end of its read and whether all of them were in force then."""

    frame: Frame
    settings: Settings
    settled: bool

    @property
    def pixels(self) -> np.ndarray:
        return np.asarray(self.frame.data)


class Film:
    """What a camera does that is read frame by frame while a script runs."""

    def __init__(self, clock: Any, script: Script, frames: int, device: str = 'sim:?noise=off') -> None:
        self.taken: list[Taken] = []
        self.timeline = Timeline()
        camera = SimulatedCamera(parse_device(device))
        camera.open()
        camera.start()
        self.timeline.note(camera)
        for number in range(frames):
            clock.sleep(0.001)
            for action in script.get(number, ()):
                action(camera)
                self.timeline.note(camera)
            frame = camera.read(1.0)
            self.timeline.note(camera)
            self.taken.append(Taken(frame, camera.settings, camera.in_force_since <= frame.exposed_at))
        camera.close()

    @property
    def looked_up(self) -> list[Settings]:
        """The settings of each frame, by its time of exposure, when all was over."""
        for one in self.taken:
            _, mode = self.timeline.at(one.frame.exposed_at)
            assert (mode.width, mode.height) == (one.frame.width, one.frame.height)
        return [self.timeline.at(one.frame.exposed_at)[0] for one in self.taken]


def same_pictures(film: Film, reference: Film) -> None:
    assert [one.frame.sequence for one in film.taken] == [one.frame.sequence for one in reference.taken]
    different = [one.frame.sequence for one, other in zip(film.taken, reference.taken, strict=True)
                 if not np.array_equal(one.pixels, other.pixels)]
    assert different == []


SCRIPTS: dict[str, Script] = {
    'nothing': {},
    'a change': {3: [setting(brightness=160.0)]},
    'changes of what the automatics see': {2: [setting(iso=400.0)], 6: [setting(zoom=4.0, torch=True)]},
    'an automatic that is switched off and on': {
        2: [setting(exposure_mode='manual', exposure_time=20.0)], 5: [setting(exposure_mode='continuous')]},
    'another mode': {3: [setting(OTHER_MODE, iso=200.0)], 7: [setting(brightness=90.0)]},
    'two modes at once': {3: [setting(OTHER_MODE), setting(NativeMode(800, 600, 30.0), zoom=2.0)]},
    'a change right after another mode': {3: [setting(OTHER_MODE), setting(zoom=2.0)]},
    'a change while nothing streams': {4: [stop, setting(iso=800.0), start]},
    'a stream that starts again at once': {3: [setting(zoom=2.0), stop, start]},
    'lost frames': {3: [fault('drop:2'), setting(iso=400.0)], 5: [setting(zoom=2.0)]},
}


@pytest.mark.parametrize('name', SCRIPTS)
def test_every_frame_is_found_with_the_settings_that_it_was_taken_with(clock: Any, name: str) -> None:
    film = Film(clock, SCRIPTS[name], 12)
    # Without latency the camera reads back after each frame what that frame was taken with.
    assert film.looked_up == [one.settings for one in film.taken]


def test_settings_are_in_force_half_a_period_before_the_first_frame_that_shows_them(
    camera: SimulatedCamera, clock: Any,
) -> None:
    camera.apply(STILL, camera.mode)
    before = camera.read(1.0)
    clock.sleep(0.01)
    camera.apply({'zoom': 2.0}, camera.mode)
    since = camera.in_force_since
    after = camera.read(1.0)
    assert after.exposed_at - since == HALF_A_PERIOD
    assert since > before.exposed_at
    camera.read(1.0)
    assert camera.in_force_since == since


def test_a_reader_who_is_late_finds_new_settings_in_frames_that_were_due_before(
    camera: SimulatedCamera, clock: Any,
) -> None:
    camera.read(1.0)
    clock.sleep(0.05)
    camera.apply({'zoom': 2.0}, camera.mode)
    assert camera.in_force_since < camera.read(1.0).exposed_at < clock.now


def test_an_automatic_is_in_force_with_the_frame_for_which_it_chose(camera: SimulatedCamera) -> None:
    camera.apply({'iso': 400.0}, camera.mode)
    camera.read(1.0)
    since = camera.in_force_since
    times = [camera.settings['exposure_time']]
    for _ in range(5):
        frame = camera.read(1.0)
        times.append(camera.settings['exposure_time'])
        assert camera.in_force_since == frame.exposed_at - HALF_A_PERIOD > since
        since = camera.in_force_since
    assert len(set(times)) == 6


def test_what_is_applied_without_a_stream_is_in_force_now(camera: SimulatedCamera, clock: Any) -> None:
    camera.stop()
    clock.sleep(0.2)
    camera.apply({'zoom': 2.0}, camera.mode)
    assert camera.in_force_since == clock.now
    camera.close()
    clock.sleep(0.2)
    camera.open()
    assert camera.in_force_since == clock.now


def test_another_mode_is_told_from_a_frame_that_came_just_before(camera: SimulatedCamera, clock: Any) -> None:
    before = camera.read(1.0)
    clock.sleep(0.002)
    camera.apply({}, OTHER_MODE)
    after = camera.read(1.0)
    assert after.exposed_at == before.exposed_at + 2_000_000
    assert camera.in_force_since == before.exposed_at + 1_000_000


LATE = 'sim:?noise=off&faults=latency:2'
LATENCIES: dict[str, tuple[Script, Script]] = {
    'a change': ({3: [setting(zoom=2.0)]}, {5: [setting(zoom=2.0)]}),
    'a change before the first frame': ({0: [setting(zoom=2.0)]}, {2: [setting(zoom=2.0)]}),
    'two changes, each with its frame': (
        {3: [setting(zoom=2.0, iso=200.0)], 4: [setting(zoom=3.0)]},
        {5: [setting(zoom=2.0, iso=200.0)], 6: [setting(zoom=3.0)]}),
    'two changes for one frame': (
        {3: [setting(zoom=2.0), setting(brightness=90.0)]}, {5: [setting(zoom=2.0, brightness=90.0)]}),
    'what the automatic exposure sees': ({2: [setting(iso=800.0)]}, {4: [setting(iso=800.0)]}),
    'what all automatics see': (
        {2: [setting(zoom=4.0, torch=True, exposure_compensation=1.0)]},
        {4: [setting(zoom=4.0, torch=True, exposure_compensation=1.0)]}),
    'an automatic that is switched off': (
        {1: [setting(iso=800.0)], 4: [setting(exposure_mode='manual', exposure_time=20.0)]},
        {3: [setting(iso=800.0)], 6: [setting(exposure_mode='manual', exposure_time=20.0)]}),
    'an automatic that is switched off and on again': (
        {2: [setting(exposure_mode='manual', exposure_time=20.0)], 3: [setting(exposure_mode='continuous')]},
        {4: [setting(exposure_mode='manual', exposure_time=20.0)], 5: [setting(exposure_mode='continuous')]}),
    'a single run': (
        {2: [setting(focus_mode='manual', focus_distance=0.3)], 4: [setting(focus_mode='single-shot')]},
        {4: [setting(focus_mode='manual', focus_distance=0.3)], 6: [setting(focus_mode='single-shot')]}),
    'another mode, with which all is in force': (
        {3: [setting(zoom=2.0)], 4: [setting(OTHER_MODE, iso=200.0)], 6: [setting(brightness=90.0)]},
        {4: [setting(zoom=2.0), setting(OTHER_MODE, iso=200.0)], 8: [setting(brightness=90.0)]}),
    'another stream, with which all is in force': (
        {3: [setting(zoom=2.0)], 4: [stop, start, setting(iso=200.0)]},
        {4: [stop, setting(zoom=2.0), start], 6: [setting(iso=200.0)]}),
    'a stop in which more is applied': (
        {3: [setting(zoom=2.0)], 4: [stop, setting(iso=200.0), start]},
        {4: [stop, setting(zoom=2.0, iso=200.0), start]}),
    'the fault ends, what is under way keeps its frame': (
        {3: [setting(zoom=2.0), no_fault], 7: [setting(iso=200.0)]}, {5: [setting(zoom=2.0)], 7: [setting(iso=200.0)]}),
    'a change that is no longer late does not overtake one that is': (
        {3: [setting(zoom=2.0), no_fault], 4: [setting(zoom=3.0)]}, {5: [setting(zoom=3.0)]}),
}


@pytest.mark.parametrize('name', LATENCIES)
def test_with_latency_frames_are_those_of_a_camera_to_which_the_same_is_applied_later(clock: Any, name: str) -> None:
    late, in_time = LATENCIES[name]
    film, reference = Film(clock, late, 12, LATE), Film(clock, in_time, 12)
    same_pictures(film, reference)
    found = film.looked_up
    # What the automatics choose while something is under way cannot be told by one moment.
    free = [FOUND if not one.settled else () for one in film.taken]
    for frame, one, other, left_out in zip(film.taken, found, reference.taken, free, strict=True):
        assert {key: value for key, value in one.items() if key not in left_out} == {
            key: value for key, value in other.settings.items() if key not in left_out}, frame.frame.sequence


@pytest.mark.parametrize('name', LATENCIES)
def test_the_cases_of_latency_are_none_without_it(clock: Any, name: str) -> None:
    late, in_time = LATENCIES[name]
    with pytest.raises(AssertionError):
        same_pictures(Film(clock, late, 12), Film(clock, in_time, 12))


def test_with_latency_settings_read_back_at_once_and_the_moment_is_that_of_the_frame(clock: Any) -> None:
    camera = SimulatedCamera(parse_device('sim:?noise=off&faults=latency:3'))
    camera.open()
    camera.start()
    camera.apply({**STILL, 'brightness': 180.0}, camera.mode)
    assert camera.settings['brightness'] == 180.0
    frames = [camera.read(1.0) for _ in range(5)]
    assert frames[3].exposed_at - camera.in_force_since == HALF_A_PERIOD
    assert frames[2].exposed_at < camera.in_force_since
    brightness = [float(np.asarray(frame.data).mean()) for frame in frames]
    assert [abs(one - brightness[0]) > 20.0 for one in brightness] == [False, False, False, True, True]
    camera.close()


@pytest.mark.parametrize(('device', 'upcoming'), [
    (LATE, (1, 2, 4)),
    (f'{LATE},drop:3', (2, 3, 6)),  # 0, 3 and 6 are lost
])
def test_lost_frames_change_no_others(clock: Any, device: str, upcoming: tuple[int, ...]) -> None:
    def lose(camera: SimulatedCamera) -> None:
        clock.sleep(0.25)

    changes = setting(torch=True), setting(iso=800.0), setting(exposure_compensation=-1.0)
    film = Film(clock, {1: [changes[0]], 2: [changes[1]], 4: [changes[2], lose]}, 10, device)
    script = {number + 2: [change] for number, change in zip(upcoming, changes, strict=True)}
    reference = {one.frame.sequence: one for one in Film(clock, script, 30).taken}
    assert film.taken[4].frame.sequence > upcoming[2] + 2 > film.taken[3].frame.sequence
    assert [one for one in film.taken if not np.array_equal(one.pixels, reference[one.frame.sequence].pixels)] == []


def test_a_photo_has_an_exposure_of_its_own_with_the_newest_settings(clock: Any) -> None:
    camera = SimulatedCamera(parse_device('sim:?noise=off&faults=latency:5'))
    camera.open()
    camera.start()
    small = PhotoSettings(image_width=640.0, image_height=480.0)
    camera.apply({'zoom': 2.0, 'exposure_mode': 'manual', 'exposure_time': 40.0}, camera.mode)
    late = camera.take_photo(small).result(PATIENCE)
    assert (late.device_settings['zoom'], late.device_settings['exposure_time']) == (2.0, 40.0)
    camera.stop()
    camera.apply({}, camera.mode)
    camera.start()
    in_time = camera.take_photo(small).result(PATIENCE)
    assert np.array_equal(np.asarray(late.frame.data), np.asarray(in_time.frame.data))
    camera.close()


def test_of_several_latencies_the_longest_counts(clock: Any) -> None:
    device = 'sim:?noise=off&faults=latency:1,latency:4,latency'
    film = Film(clock, {0: [setting(**STILL)], 3: [setting(zoom=2.0)]}, 9, device)
    same_pictures(film, Film(clock, {4: [setting(**STILL)], 7: [setting(zoom=2.0)]}, 9))


def test_a_frame_that_is_read_late_is_never_one_of_the_mode_before() -> None:
    camera = SimulatedCamera(parse_device('sim:?faults=slow:0.1'))
    camera.open()
    try:
        camera.start()
        with pytest.raises(ReadTimeout):
            camera.read(0.05)
        camera.apply({}, OTHER_MODE)
        frame = camera.read(PATIENCE)
        assert (frame.width, frame.height) == (OTHER_MODE.width, OTHER_MODE.height)
        assert frame.exposed_at >= camera.in_force_since
    finally:
        camera.close()
