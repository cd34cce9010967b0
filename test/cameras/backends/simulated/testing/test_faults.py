# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Faults: how they are written, and what the device does while they are on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.api import DeviceGone, ReadTimeout
from imagecapture_ros.cameras.backends.simulated import FaultError, FaultInjector, SimulatedCamera, parse_device
from imagecapture_ros.cameras.backends.simulated.testing.faults import FAULTS, Fault, parse_faults
from imagecapture_ros.imaging.codecs import BrokenImageError, decode_jpeg
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import NotFoundError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame


class TestNotation:
    @pytest.mark.parametrize(('text', 'faults'), [
        ('', ()), ('  ', ()),
        ('unplug@3s+2s', (Fault('unplug', '', 3.0, 2.0),)),
        ('freeze', (Fault('freeze', '', None, math.inf),)),
        ('slow:0.25@1+0.5, drop:3', (Fault('slow', '0.25', 1.0, 0.5), Fault('drop', '3', None, math.inf))),
        ('refuse:zoom+2s', (Fault('refuse', 'zoom', None, 2.0),)),
        ('latency,latency:3@1s', (Fault('latency', '', None, math.inf), Fault('latency', '3', 1.0, math.inf))),
    ])
    def test_faults(self, text: str, faults: tuple[Fault, ...]) -> None:
        assert parse_faults(text) == faults

    @pytest.mark.parametrize(('text', 'says'), [
        ('explode', "there is no kind 'explode'; allowed are unplug, freeze, slow"),
        ('unplug@', 'write KIND[:ARGUMENT][@START][+DURATION]'), ('unplug 3s', "fault 'unplug 3s' is not understood"),
        ('freeze:3', 'freeze takes no argument; leave :3 out'), ('drop:0', 'no whole number from 1'),
        ('drop:1.5', "'1.5' is no whole number from 1 to 999999; write for instance drop:3"),
        ('latency:0', "'0' is no number of frames from 1 to 999; write for instance latency:2"),
        ('latency:1000', "'1000' is no number of frames"), ('latency:1.5', "'1.5' is no number of frames"),
        ('slow:fast', "'fast' is no number of seconds"), ('unplug@1.2.3', "'1.2.3' is no number of seconds"),
        ('refuse:zom', "there is no control 'zom'; allowed are white_balance_mode"), ('freeze,', "fault ''"),
    ])
    def test_what_is_wrong_is_named(self, text: str, says: str) -> None:
        with pytest.raises(FaultError) as error:
            parse_faults(text)
        assert says in str(error.value)

    def test_a_fault_is_written_as_it_was_read(self) -> None:
        text = 'unplug@3s+2s,slow:0.5@1.25s,refuse:zoom,freeze+0.5s'
        assert ','.join(str(fault) for fault in parse_faults(text)) == text

    def test_every_kind_has_a_meaning(self) -> None:
        assert all(row.meaning for row in FAULTS.values())


class Moment:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> int:
        return round(self.seconds * 1e9)


class TestInjector:
    def test_a_schedule_runs_on_the_clock_that_starts_with_the_device(self) -> None:
        now = Moment()
        injector = FaultInjector(parse_faults('freeze@1s+2s'), now)
        assert injector.active('freeze') == ()
        on = []
        for now.seconds in (10.0, 10.9, 11.0, 12.9, 13.0):
            injector.begin()
            on.append(bool(injector.active('freeze')))
        assert on == [False, False, True, True, False]

    def test_what_is_injected_counts_from_then_and_can_be_ended(self) -> None:
        now = Moment()
        injector = FaultInjector(now=now)
        now.seconds = 5.0
        injector.inject('freeze@1s+1s,photo')
        assert injector.active('photo')
        now.seconds = 5.5
        assert not injector.active('freeze')
        now.seconds = 6.5
        assert injector.active('freeze')
        injector.end('photo')
        assert not injector.active('photo')
        assert injector.active('freeze')
        injector.end()
        assert not injector.active('freeze')

    def test_a_fault_that_nobody_saw_is_over_all_the_same(self) -> None:
        now = Moment()
        injector = FaultInjector(now=now)
        injector.inject('unplug+0.3s')
        now.seconds = 0.6
        assert not injector.active('unplug')

    def test_faults_of_one_kind_are_on_together(self) -> None:
        injector = FaultInjector(now=Moment())
        injector.inject('refuse:zoom,refuse:pan')
        assert [fault.argument for fault in injector.active('refuse')] == ['zoom', 'pan']

    def test_mistakes_change_nothing(self) -> None:
        injector = FaultInjector()
        with pytest.raises(FaultError, match='no kind'):
            injector.inject('freeze,melt')
        with pytest.raises(FaultError, match="there is no fault 'melt'"):
            injector.end('melt')
        assert not injector.active('freeze')

    @pytest.mark.parametrize('text', [
        'slow:inf', 'slow:nan', 'stall:1e400', 'slow:infinity', 'slow:999999', 'slow:' + '9' * 30, 'drop:' + '9' * 5000,
        'drop:0', 'drop:01', 'freeze@1.2.3', 'freeze+.', 'slow:86400.1',
    ])
    def test_numbers_out_of_reason_are_refused(self, text: str) -> None:
        with pytest.raises(FaultError, match=r'is no (number of seconds up to 86400|whole number from 1)'):
            FaultInjector().inject(text)


def opened(device: str) -> SimulatedCamera:
    camera = SimulatedCamera(parse_device(device))
    camera.open()
    camera.start()
    return camera


@pytest.fixture
def jpeg_camera(clock: Any) -> Iterator[SimulatedCamera]:
    camera = opened('sim:?encoding=jpeg')
    yield camera
    camera.close()


def jpeg(frame: Frame) -> bytes:
    assert isinstance(frame.data, bytes)
    return frame.data


class TestFrames:
    def test_unplugged_it_is_gone_until_it_is_plugged_in_again(self, clock: Any) -> None:
        camera = opened('sim:?faults=unplug@1s+2s')
        assert [camera.read(1.0).sequence for _ in range(30)] == list(range(30))
        clock.sleep(0.05)
        for work in (lambda: camera.read(1.0), lambda: camera.apply({}, camera.mode),
                     lambda: camera.take_photo(PhotoSettings())):
            with pytest.raises(DeviceGone, match=r'is gone because of the fault unplug@1s\+2s'):
                work()
        camera.close()
        with pytest.raises(NotFoundError, match=r'is not there because of the fault unplug@1s\+2s'):
            camera.open()
        clock.sleep(2.0)
        camera.open()
        camera.start()
        assert camera.read(1.0).sequence == 0
        camera.close()

    def test_a_read_that_waits_when_the_plug_is_pulled_fails(self, clock: Any) -> None:
        camera = opened('sim:?mode=640x480@5&faults=unplug@0.1s')
        camera.read(1.0)
        with pytest.raises(DeviceGone):
            camera.read(1.0)
        camera.close()

    def test_frozen_it_gives_no_frame_and_then_the_newest(self, camera: SimulatedCamera) -> None:
        before = camera.read(1.0)
        camera.faults.inject('freeze+1s')
        with pytest.raises(ReadTimeout, match=r'no frame within 0\.5 s'):
            camera.read(0.5)
        after = camera.read(1.0)
        assert after.sequence >= before.sequence + 30
        camera.apply({'zoom': 2.0}, camera.mode)

    def test_slow_reads_take_longer_and_lose_frames(self, camera: SimulatedCamera, clock: Any) -> None:
        camera.read(1.0)
        camera.faults.inject('slow:0.25')
        started = clock.now
        sequences = [camera.read(1.0).sequence for _ in range(4)]
        assert clock.now - started >= 1_000_000_000
        assert np.diff(sequences).min() >= 7

    def test_a_slow_read_keeps_its_time_limit_and_ends_with_the_fault(
        self, camera: SimulatedCamera, clock: Any,
    ) -> None:
        camera.read(1.0)
        camera.faults.inject('slow:4')
        started = clock.now
        with pytest.raises(ReadTimeout, match='slow'):
            camera.read(0.5)
        assert clock.now - started < 700_000_000
        camera.faults.end('slow')
        started = clock.now
        camera.read(0.5)
        assert clock.now == started

    @pytest.mark.parametrize('faults', ['freeze+5s,unplug@0.3s', 'slow:4,unplug@0.3s'])
    def test_it_is_gone_in_the_middle_of_a_read(self, camera: SimulatedCamera, clock: Any, faults: str) -> None:
        camera.read(1.0)
        camera.faults.inject(faults)
        started = clock.now
        with pytest.raises(DeviceGone):
            camera.read(2.0)
        assert clock.now - started < 500_000_000

    def test_it_is_gone_while_settings_stall(self, camera: SimulatedCamera) -> None:
        camera.faults.inject('stall:4,unplug@0.2s+10s')
        with pytest.raises(DeviceGone):
            camera.apply({'zoom': 3.0}, camera.mode)
        camera.faults.end()
        assert camera.settings['zoom'] == 1.0

    def test_dropped_frames_are_gaps_in_the_sequence(self, camera: SimulatedCamera) -> None:
        camera.faults.inject('drop:3')
        assert [camera.read(1.0).sequence for _ in range(6)] == [1, 2, 4, 5, 7, 8]
        camera.faults.end('drop')
        camera.faults.inject('drop:1')
        with pytest.raises(ReadTimeout):
            camera.read(0.5)

    def test_corrupted_frames_are_damaged_in_the_middle_only(self, clock: Any) -> None:
        camera = opened('sim:?faults=corrupt:2')
        good = opened('sim')
        for sequence in range(4):
            data, intact = camera.read(1.0).data, good.read(1.0).data
            damaged = (np.asarray(data) != intact).any(axis=(1, 2))
            assert damaged.any() == (sequence % 2 == 0)
            assert not damaged[:160].any() and not damaged[240:].any()
        camera.close()
        good.close()

    def test_corrupted_jpeg_frames_are_not_what_they_were(self, jpeg_camera: SimulatedCamera) -> None:
        good = opened('sim:?encoding=jpeg')
        jpeg_camera.faults.inject('corrupt')
        for _ in range(3):
            damaged, intact = jpeg(jpeg_camera.read(1.0)), jpeg(good.read(1.0))
            assert len(damaged) == len(intact)
            assert damaged != intact
        good.close()

    def test_truncated_jpeg_frames_break_off(self, jpeg_camera: SimulatedCamera) -> None:
        jpeg_camera.faults.inject('truncate:2')
        for sequence in range(4):
            data = jpeg(jpeg_camera.read(1.0))
            if sequence % 2:
                assert decode_jpeg(data).shape == (480, 640, 3)
            else:
                with pytest.raises(BrokenImageError, match='breaks off'):
                    decode_jpeg(data)


class TestControls:
    def test_a_stall_takes_its_time_and_then_applies(self, camera: SimulatedCamera, clock: Any) -> None:
        camera.faults.inject('stall:1.5')
        started = clock.now
        camera.apply({'zoom': 2.0}, camera.mode)
        assert clock.now - started == pytest.approx(1.5e9, rel=0.01)
        assert camera.settings['zoom'] == 2.0

    def test_a_stall_of_a_fault_that_ends_is_over_with_it(self, camera: SimulatedCamera, clock: Any) -> None:
        camera.faults.inject('stall:60+0.5s')
        started = clock.now
        camera.apply({'zoom': 2.0}, camera.mode)
        assert clock.now - started < 1e9

    def test_clamped_controls_go_half_way_and_say_so(self, camera: SimulatedCamera) -> None:
        camera.faults.inject('clamp:zoom')
        camera.apply({'zoom': 3.0, 'brightness': 200.0}, camera.mode)
        assert (camera.settings['zoom'], camera.settings['brightness']) == (2.0, 200.0)
        camera.faults.inject('clamp')
        camera.apply({'brightness': 200.0, 'torch': True}, camera.mode)
        assert (camera.settings['brightness'], camera.settings['torch']) == (164.0, True)

    def test_refused_controls_change_nothing(self, camera: SimulatedCamera) -> None:
        camera.faults.inject('refuse:zoom')
        before = camera.settings
        with pytest.raises(OperationError, match=r'zoom: .* refuses 2\.0 because of the fault refuse:zoom'):
            camera.apply({'brightness': 200.0, 'zoom': 2.0}, camera.mode)
        assert camera.settings == before
        camera.apply({'brightness': 200.0, 'zoom': 1.0}, camera.mode)
        assert camera.settings['brightness'] == 200.0

    def test_photos_fail(self, camera: SimulatedCamera) -> None:
        camera.faults.inject('photo+1s')
        with pytest.raises(UnknownError, match='the photo failed because of the fault photo'):
            camera.take_photo(PhotoSettings())
        for _ in range(31):
            camera.read(1.0)
        assert camera.take_photo(PhotoSettings(image_width=640.0)).result(PATIENCE).frame.width == 640

    def test_opened_again_the_device_may_be_another(self, camera: SimulatedCamera) -> None:
        before = camera.capabilities
        camera.faults.inject('change')
        camera.read(1.0)
        assert camera.capabilities == before
        camera.close()
        camera.open()
        assert camera.capabilities['zoom'] == MediaSettingsRange(1.0, 2.0, 0.1)
        assert 'torch' not in camera.capabilities
        assert camera.settings.keys() == camera.capabilities.keys() == camera.defaults.keys()
        assert max(mode.width for mode in camera.native_modes) == 1280
        with pytest.raises(OperationError, match='torch: the simulated camera has no such control'):
            camera.apply({'torch': True}, camera.mode)
        with pytest.raises(OperationError, match='1920x1080'):
            camera.apply({}, NativeMode(1920, 1080, 30.0))
        camera.close()
        camera.faults.end()
        camera.open()
        assert camera.capabilities == before
