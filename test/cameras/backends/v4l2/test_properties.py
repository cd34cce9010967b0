# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Properties made of controls that no webcam on the bench has, and the rarer kinds of other controls."""

from __future__ import annotations

import pytest
from fixtures.v4l2.scripted_device import Scripted, ScriptedDevice

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.controls import Controls
from imagecapture_ros.cameras.backends.v4l2.driver_controls import DriverControls
from imagecapture_ros.cameras.backends.v4l2.properties import DeviceProperties
from imagecapture_ros.cameras.driver_controls import DriverControlKind
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange
from imagecapture_ros.mediacapture.errors import OperationError

SWITCH, MENU, NUMBERS = ioctl.CTRL_TYPE_BOOLEAN, ioctl.CTRL_TYPE_MENU, ioctl.CTRL_TYPE_INTEGER_MENU
BUTTON = ioctl.CTRL_TYPE_BUTTON
EXPOSURES = {0: 'Auto', 1: 'Manual', 2: 'Shutter Priority', 3: 'Aperture Priority'}
BIAS = Scripted('Bias', 0, 6, default=3, type=NUMBERS, menu={0: -2000, 1: -1333, 3: 0, 5: 1000, 6: 2000})


def device_with(**controls: Scripted) -> tuple[ScriptedDevice, DeviceProperties]:
    device = ScriptedDevice(controls={getattr(ioctl, f'CID_{name}'): one for name, one in controls.items()})
    return device, DeviceProperties(Controls(device))


def bias() -> Scripted:
    return Scripted('Bias', 0, 4, default=2, type=NUMBERS, menu={0: -2000, 1: -1000, 2: 0, 3: 1000, 4: 2000})


def test_exposure_compensation_is_the_number_of_the_menu_in_ev() -> None:
    device, properties = device_with(
        EXPOSURE_AUTO=Scripted('Exposure', 0, 3, default=3, type=MENU, menu=EXPOSURES),
        EXPOSURE_ABSOLUTE=Scripted('Time', 1, 1000, default=100), AUTO_EXPOSURE_BIAS=bias())
    assert properties.capabilities['exposure_compensation'] == MediaSettingsRange(-2.0, 2.0, 1.0)
    properties.apply({'exposure_mode': 'continuous', 'exposure_compensation': 1.0})
    assert device.written == [(ioctl.CID_AUTO_EXPOSURE_BIAS, 3)]
    assert properties.settings['exposure_compensation'] == 1.0
    properties.apply({'exposure_mode': 'manual', 'exposure_compensation': -1.0, 'exposure_time': 50.0})
    assert device.written[1:] == [(ioctl.CID_EXPOSURE_AUTO, 1), (ioctl.CID_EXPOSURE_ABSOLUTE, 50)]


def test_a_menu_with_holes_and_uneven_numbers_has_no_step_and_takes_the_nearest() -> None:
    device, properties = device_with(AUTO_EXPOSURE_BIAS=BIAS)
    assert properties.capabilities['exposure_compensation'] == MediaSettingsRange(-2.0, 2.0, 0.0)
    properties.apply({'exposure_compensation': -1.2})
    assert device.written == [(ioctl.CID_AUTO_EXPOSURE_BIAS, 1)]
    assert properties.settings['exposure_compensation'] == -1.333


@pytest.mark.parametrize('menu, states, manual, continuous', [
    ({0: 'a', 1: 'm'}, ('manual', 'continuous'), 1, 0),
    ({1: 'm', 3: 'p'}, ('manual', 'continuous'), 1, 3),
    ({0: 'a', 2: 's'}, ('manual', 'continuous'), 2, 0),
    (EXPOSURES, ('manual', 'continuous'), 1, 3),
])
def test_exposure_modes_are_those_of_the_menu(
    menu: dict[int, int | str], states: tuple[str, ...], manual: int, continuous: int,
) -> None:
    device, properties = device_with(
        EXPOSURE_AUTO=Scripted('Exposure', 0, 3, default=continuous, type=MENU, menu=menu),
        EXPOSURE_ABSOLUTE=Scripted('Time', 1, 1000, default=100))
    assert properties.capabilities['exposure_mode'] == states
    properties.apply({'exposure_mode': 'manual'})
    properties.apply({'exposure_mode': 'continuous'})
    assert [value for _, value in device.written] == [manual, continuous]


@pytest.mark.parametrize('item, mode', [(0, 'continuous'), (1, 'manual'), (2, 'manual'), (3, 'continuous')])
def test_each_item_of_the_exposure_menu_is_one_of_two_modes(item: int, mode: str) -> None:
    _, properties = device_with(
        EXPOSURE_AUTO=Scripted('Exposure', 0, 3, default=item, type=MENU, menu=EXPOSURES),
        EXPOSURE_ABSOLUTE=Scripted('Time', 1, 1000, default=100))
    assert properties.settings['exposure_mode'] == mode


def test_single_shot_presses_the_button_once_and_stays_until_something_else_is_asked() -> None:
    device, properties = device_with(
        FOCUS_AUTO=Scripted('Focus auto', default=1, type=SWITCH), FOCUS_ABSOLUTE=Scripted('Focus', 0, 250, 5),
        AUTO_FOCUS_START=Scripted('Focus now', type=BUTTON))
    assert properties.capabilities['focus_mode'] == ('manual', 'continuous', 'single-shot')
    properties.apply({'focus_mode': 'single-shot', 'focus_distance': 100.0})
    properties.apply({'focus_mode': 'single-shot'})
    assert device.written == [(ioctl.CID_FOCUS_AUTO, 0), (ioctl.CID_AUTO_FOCUS_START, 1)]
    assert properties.settings['focus_mode'] == 'single-shot'
    properties.apply({'focus_mode': 'manual', 'focus_distance': 100.0})
    assert device.written[2:] == [(ioctl.CID_FOCUS_AUTO, 0), (ioctl.CID_FOCUS_ABSOLUTE, 100)]
    assert properties.settings['focus_mode'] == 'manual'


def test_an_automatic_without_a_value_is_on_or_off() -> None:
    device, properties = device_with(AUTO_WHITE_BALANCE=Scripted('WB', default=1, type=SWITCH))
    assert properties.capabilities['white_balance_mode'] == ('none', 'continuous')
    properties.apply({'white_balance_mode': 'none'})
    assert device.written == [(ioctl.CID_AUTO_WHITE_BALANCE, 0)]


def test_a_value_without_an_automatic_is_manual_for_good() -> None:
    _, properties = device_with(EXPOSURE_ABSOLUTE=Scripted('Time', 1, 1000, default=100))
    assert properties.capabilities['exposure_mode'] == ('manual',)
    assert properties.settings == {'exposure_mode': 'manual', 'exposure_time': 100.0}
    properties.apply({'exposure_mode': 'manual', 'exposure_time': 7.0})
    assert properties.settings['exposure_time'] == 7.0


def test_a_menu_of_white_balances_is_manual_or_continuous() -> None:
    device, properties = device_with(AUTO_N_PRESET_WHITE_BALANCE=Scripted(
        'WB', 0, 9, default=1, type=MENU, menu={0: 'Manual', 1: 'Auto', 2: 'Incandescent'}))
    assert properties.settings['white_balance_mode'] == 'continuous'
    properties.apply({'white_balance_mode': 'manual'})
    assert device.written == [(ioctl.CID_AUTO_N_PRESET_WHITE_BALANCE, 0)]


def test_the_default_sensitivity_is_the_cameras_own_choice() -> None:
    device, properties = device_with(
        ISO_SENSITIVITY=Scripted('ISO', 0, 2, default=0, type=NUMBERS, menu={0: 100000, 1: 200000, 2: 400000}),
        ISO_SENSITIVITY_AUTO=Scripted('ISO auto', 0, 1, default=1, type=MENU, menu={0: 'Manual', 1: 'Auto'}))
    assert properties.capabilities['iso'] == MediaSettingsRange(100.0, 400.0, 100.0)
    properties.apply({'iso': 400.0})
    assert device.written == [(ioctl.CID_ISO_SENSITIVITY_AUTO, 0), (ioctl.CID_ISO_SENSITIVITY, 2)]
    properties.apply({'iso': 100.0})
    assert device.written[2:] == [(ioctl.CID_ISO_SENSITIVITY_AUTO, 1)]


def test_the_cameras_own_choice_of_the_sensitivity_is_not_ended_by_bringing_settings_back() -> None:
    device, properties = device_with(
        ISO_SENSITIVITY=Scripted('ISO', 0, 2, default=0, type=NUMBERS, menu={0: 100_000, 1: 200_000, 2: 400_000}),
        ISO_SENSITIVITY_AUTO=Scripted('ISO auto', 0, 1, default=1, type=MENU, menu={0: 'Manual', 1: 'Auto'}),
        BRIGHTNESS=Scripted('Brightness', 0, 10))
    device.controls[ioctl.CID_ISO_SENSITIVITY].value = 2
    properties.apply(properties.held)
    assert device.written == []
    properties.apply({'iso': 400.0})
    assert device.written == [(ioctl.CID_ISO_SENSITIVITY_AUTO, 0), (ioctl.CID_ISO_SENSITIVITY, 2)]
    properties.apply({'iso': 100.0})
    assert device.written[2:] == [(ioctl.CID_ISO_SENSITIVITY_AUTO, 1)]


def test_a_control_that_an_automatic_of_the_drivers_own_governs_stays_as_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, properties = device_with(
        SATURATION=Scripted('Saturation', 0, 10, value=3, flags=ioctl.CTRL_FLAG_INACTIVE),
        SHARPNESS=Scripted('Sharpness', 0, 10))
    properties.apply({'saturation': 5.0, 'sharpness': 7.0})
    assert properties.settings == {'saturation': 3.0, 'sharpness': 7.0}
    assert 'saturation: the driver refuses 5' in caplog.text


def test_a_command_is_written_each_time() -> None:
    device = ScriptedDevice(controls={
        0x9a090f: Scripted('Zoom, Continuous', -7, 7, flags=ioctl.CTRL_FLAG_WRITE_ONLY),
        0x9a0910: Scripted('Step', 0, 7, flags=ioctl.CTRL_FLAG_EXECUTE_ON_WRITE)})
    driver_controls = DriverControls(Controls(device), ())
    driver_controls.apply({'v4l2.zoom_continuous': 3})
    driver_controls.apply({'v4l2.zoom_continuous': 0, 'v4l2.step': 2})
    driver_controls.apply({'v4l2.step': 2})
    assert device.written == [(0x9a090f, 3), (0x9a090f, 0), (0x9a0910, 2), (0x9a0910, 2)]
    assert not any(control.lasting for control in driver_controls.controls.values())


def test_other_controls_too_are_shown_inside_their_ranges() -> None:
    device = ScriptedDevice(controls={
        0x980100: Scripted('Odd', 0, 10, value=300),
        0x980101: Scripted('Mask', 0, -1, type=ioctl.CTRL_TYPE_BITMASK, value=-1)})
    driver_controls = DriverControls(Controls(device), ())
    assert driver_controls.settings == {'v4l2.odd': 10, 'v4l2.mask': 0xFFFFFFFF}
    assert driver_controls.controls['v4l2.mask'].maximum == 0xFFFFFFFF


def test_switches_and_menus_are_written_before_values() -> None:
    device = ScriptedDevice(controls={
        0x980103: Scripted('Hue', 0, 10), 0x980119: Scripted('Hue, Automatic', 0, 1, type=SWITCH, default=1)})
    DriverControls(Controls(device), ()).apply({'v4l2.hue': 5, 'v4l2.hue_automatic': False})
    assert device.written == [(0x980119, 0), (0x980103, 5)]


def test_a_lamp_is_the_torch() -> None:
    device, properties = device_with(FLASH_LED_MODE=Scripted(
        'LED', 0, 2, type=MENU, menu={0: 'Off', 1: 'Flash', 2: 'Torch'}))
    assert properties.capabilities['torch'] == (False, True)
    properties.apply({'torch': True})
    assert device.written == [(ioctl.CID_FLASH_LED_MODE, 2)]
    assert properties.settings['torch'] is True


def test_a_zoom_without_a_ratio_stays_a_control_of_the_driver() -> None:
    device = ScriptedDevice(controls={ioctl.CID_ZOOM_ABSOLUTE: Scripted('Zoom, Absolute', 0, 10)})
    controls = Controls(device)
    properties = DeviceProperties(controls)
    assert 'zoom' not in properties.capabilities
    assert 'v4l2.zoom_absolute' in DriverControls(controls, properties.identifiers).controls


def test_a_value_that_the_range_excludes_is_shown_inside_it() -> None:
    _, properties = device_with(BRIGHTNESS=Scripted('Brightness', 0, 100, default=50, value=300))
    assert properties.settings['brightness'] == 100.0


def test_areas_rectangles_and_arrays_of_switches_are_lists_of_numbers() -> None:
    payload = ioctl.CTRL_FLAG_HAS_PAYLOAD
    device = ScriptedDevice(controls={
        0x980100: Scripted('Area', type=ioctl.CTRL_TYPE_AREA, flags=payload),
        0x980101: Scripted('Region', type=ioctl.CTRL_TYPE_RECT, flags=payload),
        0x980102: Scripted('Large', type=ioctl.CTRL_TYPE_INTEGER64, elements=3, flags=payload),
        0x980103: Scripted('Switches', type=SWITCH, elements=2, flags=payload)})
    driver_controls = DriverControls(Controls(device), ())
    assert {name: (one.kind, one.elements) for name, one in driver_controls.controls.items()} == {
        'v4l2.area': (DriverControlKind.INTEGERS, 2), 'v4l2.region': (DriverControlKind.INTEGERS, 4),
        'v4l2.large': (DriverControlKind.INTEGERS, 3), 'v4l2.switches': (DriverControlKind.INTEGERS, 2)}


def test_disabled_controls_are_not_there() -> None:
    _, properties = device_with(CONTRAST=Scripted('Contrast', flags=ioctl.CTRL_FLAG_DISABLED))
    assert properties.capabilities == {}


def test_other_controls_of_all_kinds() -> None:
    device = ScriptedDevice(controls={
        0x00F00001: Scripted('Button', type=BUTTON),
        0x00F00002: Scripted('Title', 0, 8, type=ioctl.CTRL_TYPE_STRING, value=' abc ',
                             flags=ioctl.CTRL_FLAG_HAS_PAYLOAD),
        0x00F00003: Scripted('Table', 0, 255, type=ioctl.CTRL_TYPE_U8, elements=4, value=(1, 2, 3, 4),
                             flags=ioctl.CTRL_FLAG_HAS_PAYLOAD),
        0x00F00004: Scripted('Large', 0, 2**40, type=ioctl.CTRL_TYPE_INTEGER64, value=2**33),
        0x00F00005: Scripted('Mask', 0, 2**32 - 1, type=ioctl.CTRL_TYPE_BITMASK, value=-2**31),
        0x00F00006: Scripted('button'), 0x00F00007: Scripted('...'),
        0x00F00008: Scripted('Odd', type=ioctl.CTRL_TYPE_CTRL_CLASS),
    })
    driver_controls = DriverControls(Controls(device), ())
    assert dict(driver_controls.settings) == {
        'v4l2.button': False, 'v4l2.title': ' abc ', 'v4l2.table': (1, 2, 3, 4), 'v4l2.large': 2**33,
        'v4l2.mask': 2**31, 'v4l2.button_f00006': 0, 'v4l2.control_f00007': 0,
    }
    driver_controls.apply({'v4l2.button': True, 'v4l2.title': 'xyz', 'v4l2.table': (9, 8, 7, 6), 'v4l2.large': 2**34})
    assert [value for _, value in device.written] == [1, 'xyz', (9, 8, 7, 6), 2**34]
    assert driver_controls.settings['v4l2.button'] is False
    device.controls[0x00F00006].flags = ioctl.CTRL_FLAG_INACTIVE
    with pytest.raises(OperationError, match=r'v4l2.button_f00006: the driver refuses 1: the control is read-only, '
                                             r'or inactive while an automatic mode is on \(.*\(EACCES\)\)'):
        driver_controls.apply({'v4l2.button_f00006': 1})
