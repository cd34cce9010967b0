# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Controls as properties of the vocabulary, and the others under their own names."""

from __future__ import annotations

import time

import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2.bench import Bench
from fixtures.v4l2.scene import BACKLIGHT, GAIN, POWER_LINE

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.cameras.driver_controls import DriverControlKind
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, Settings
from imagecapture_ros.mediacapture.errors import OperationError


def changed(camera: V4L2Camera, **settings: float | str) -> Settings:
    camera.apply({**camera.settings, **settings}, camera.mode)
    return camera.settings


def test_properties_have_the_ranges_of_the_driver_in_the_units_of_the_vocabulary(camera: V4L2Camera) -> None:
    capabilities = dict(camera.capabilities)
    assert capabilities == {
        'pan': MediaSettingsRange(-36000, 36000, 3600), 'tilt': MediaSettingsRange(-36000, 36000, 3600),
        'zoom': MediaSettingsRange(1, 5, 0.01),
        'focus_mode': ('manual', 'continuous'), 'focus_distance': MediaSettingsRange(0, 250, 5),
        'white_balance_mode': ('manual', 'continuous'), 'color_temperature': MediaSettingsRange(2800, 6500, 10),
        'exposure_mode': ('manual', 'continuous'), 'exposure_time': MediaSettingsRange(3, 2047, 1),
        'brightness': MediaSettingsRange(-64, 64, 1), 'contrast': MediaSettingsRange(0, 64, 1),
        'saturation': MediaSettingsRange(0, 128, 1), 'sharpness': MediaSettingsRange(0, 6, 1),
    }
    assert camera.settings.keys() == camera.defaults.keys() == capabilities.keys()


def test_a_device_in_its_default_state_reports_its_defaults(camera: V4L2Camera) -> None:
    assert dict(camera.settings) == dict(camera.defaults) == {
        'pan': 0.0, 'tilt': 0.0, 'zoom': 1.0, 'focus_mode': 'continuous', 'focus_distance': 0.0,
        'white_balance_mode': 'continuous', 'color_temperature': 4600.0, 'exposure_mode': 'continuous',
        'exposure_time': 250.0, 'brightness': 0.0, 'contrast': 32.0, 'saturation': 64.0, 'sharpness': 3.0,
    }


def test_values_reach_the_device_in_its_own_units(camera: V4L2Camera, bench: Bench) -> None:
    settings = changed(camera, zoom=2.5, pan=7200.0, tilt=-3600.0, brightness=-12.0)
    assert (settings['zoom'], settings['pan'], settings['tilt'], settings['brightness']) == (2.5, 7200, -3600, -12)
    assert bench.read(ioctl.CID_ZOOM_ABSOLUTE) == 250
    assert bench.read(ioctl.CID_PAN_ABSOLUTE) == 7200
    assert bench.read(ioctl.CID_TILT_ABSOLUTE) == -3600
    assert bench.read(ioctl.CID_BRIGHTNESS) == -12


def test_a_mode_is_written_before_the_value_it_frees_and_what_the_driver_made_of_it_is_read_back(
    camera: V4L2Camera, bench: Bench,
) -> None:
    settings = changed(camera, focus_mode='manual', focus_distance=103.0, exposure_mode='manual', exposure_time=100.0,
                       white_balance_mode='manual', color_temperature=5003.0)
    assert (settings['focus_mode'], settings['focus_distance']) == ('manual', 105.0)
    assert (settings['exposure_mode'], settings['exposure_time']) == ('manual', 100.0)
    assert (settings['white_balance_mode'], settings['color_temperature']) == ('manual', 5000.0)
    assert bench.read(ioctl.CID_EXPOSURE_AUTO) == ioctl.EXPOSURE_MANUAL
    assert bench.read(ioctl.CID_EXPOSURE_ABSOLUTE) == 100


def test_a_value_that_its_mode_leaves_to_the_device_is_not_written(camera: V4L2Camera, bench: Bench) -> None:
    settings = changed(camera, focus_distance=50.0, exposure_time=77.0, zoom=1.5)
    assert settings['zoom'] == 1.5
    assert bench.read(ioctl.CID_EXPOSURE_ABSOLUTE) == 250
    changed(camera, exposure_mode='manual', exposure_time=77.0)
    settings = changed(camera, exposure_mode='continuous')
    assert settings['exposure_mode'] == 'continuous'
    assert bench.read(ioctl.CID_EXPOSURE_AUTO) == ioctl.EXPOSURE_APERTURE_PRIORITY


def test_a_control_that_the_device_refuses_is_named(camera: V4L2Camera, bench: Bench) -> None:
    bench.command(f'stall {ioctl.CID_BRIGHTNESS}')
    with pytest.raises(OperationError, match=r'brightness: the driver refuses 12.*(EBUSY|EIO|EPIPE)'):
        changed(camera, brightness=12.0)
    assert changed(camera, zoom=2.0)['zoom'] == 2.0


def test_all_other_controls_are_there_under_their_own_names(camera: V4L2Camera) -> None:
    controls = camera.driver_controls
    assert {'v4l2.hue', 'v4l2.gamma', 'v4l2.gain', 'v4l2.power_line_frequency', 'v4l2.backlight_compensation',
            'v4l2.exposure_dynamic_framerate', 'v4l2.privacy'} <= controls.keys()
    gain, line = controls['v4l2.gain'], controls['v4l2.power_line_frequency']
    assert (gain.minimum, gain.maximum, gain.step, gain.default, gain.kind) == (0, 100, 1, 0, DriverControlKind.INTEGER)
    assert line.items == {0: 'Disabled', 1: '50 Hz', 2: '60 Hz'}
    assert controls['v4l2.exposure_dynamic_framerate'].kind is DriverControlKind.BOOLEAN
    assert controls['v4l2.privacy'].read_only
    assert camera.driver_settings.keys() == controls.keys()
    assert not any('zoom' in name or 'focus' in name for name in controls)


def test_other_controls_are_set_and_read_back(camera: V4L2Camera, bench: Bench) -> None:
    camera.set_driver_controls(
        {'v4l2.gain': 17, 'v4l2.power_line_frequency': 2, 'v4l2.exposure_dynamic_framerate': True})
    assert (bench.read(GAIN), bench.read(POWER_LINE)) == (17, 2)
    assert camera.driver_settings['v4l2.gain'] == 17
    assert camera.driver_settings['v4l2.exposure_dynamic_framerate'] is True
    with pytest.raises(OperationError, match=r'v4l2.privacy: the driver refuses'):
        camera.set_driver_controls({'v4l2.privacy': True})
    with pytest.raises(OperationError, match=r'v4l2.gaim: the device has no such control; it has v4l2'):
        camera.set_driver_controls({'v4l2.gaim': 1})


def test_a_control_that_is_locked_while_there_are_buffers_is_set_without_them(
    camera: V4L2Camera, bench: Bench,
) -> None:
    bench.command('fail 72 16 1')  # S_EXT_CTRLS, EBUSY
    camera.set_driver_controls({'v4l2.gain': 9})
    assert bench.read(GAIN) == 9
    camera.start()
    bench.command('fail 72 16 1')
    with pytest.raises(OperationError, match='locked while the camera streams'):
        camera.set_driver_controls({'v4l2.gain': 10})
    assert camera.read(PATIENCE).width == 640


@pytest.mark.parametrize('streams', [False, True])
def test_what_another_program_changes_is_seen_at_once(camera: V4L2Camera, bench: Bench, streams: bool) -> None:
    if streams:
        camera.start()
    before, deadline = camera.revision, time.monotonic() + PATIENCE
    bench.write(ioctl.CID_ZOOM_ABSOLUTE, 300)
    bench.write(BACKLIGHT, 2)
    bench.write(ioctl.CID_AUTO_WHITE_BALANCE, 0)
    while (camera.settings['zoom'], camera.driver_settings['v4l2.backlight_compensation'],
           camera.settings['white_balance_mode']) != (3.0, 2, 'manual'):
        assert time.monotonic() < deadline
        if streams:
            camera.read(PATIENCE)
        else:
            camera.refresh()
            time.sleep(0.01)
    assert camera.revision > before


def test_settings_are_in_force_from_the_moment_of_writing_on(camera: V4L2Camera, bench: Bench) -> None:
    opened = camera.in_force_since
    began = time.monotonic_ns()
    assert opened < began
    changed(camera, zoom=2.0)
    written = camera.in_force_since
    assert began <= written <= time.monotonic_ns()
    began = time.monotonic_ns()
    camera.set_driver_controls({'v4l2.gain': 17})
    assert began <= camera.in_force_since <= time.monotonic_ns()
    began = time.monotonic_ns()
    bench.command(f'stall {ioctl.CID_BRIGHTNESS}')
    with pytest.raises(OperationError):  # zoom is written before it
        changed(camera, zoom=3.0, brightness=12.0)
    assert camera.settings['zoom'] == 3.0
    assert camera.in_force_since >= began


def test_frames_of_another_mode_are_none_from_before(streaming: V4L2Camera) -> None:
    for mode, zoom in ((NativeMode(320, 240, 30.0), 2.0), (NativeMode(640, 480, 15.0), 3.0)):
        before = streaming.read(PATIENCE)
        streaming.apply({'zoom': zoom}, mode)
        since = streaming.in_force_since
        assert before.exposed_at < since
        assert streaming.read(PATIENCE).exposed_at >= since == streaming.in_force_since


def test_what_another_program_changes_is_in_force_from_its_event_on(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    began = time.monotonic_ns()
    bench.write(ioctl.CID_ZOOM_ABSOLUTE, 300)
    ended = time.monotonic_ns()
    deadline = time.monotonic() + PATIENCE
    time.sleep(0.3)  # nobody looks
    while streaming.settings['zoom'] != 3.0:
        assert time.monotonic() < deadline
        streaming.read(PATIENCE)
    assert began <= streaming.in_force_since <= ended


def test_what_it_writes_itself_is_no_change_from_outside(camera: V4L2Camera) -> None:
    before = camera.revision
    changed(camera, zoom=2.0, brightness=5.0)
    camera.refresh()
    assert camera.revision == before
