# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What may be written to a driver's own controls, and what is said to what may not."""

from __future__ import annotations

import array
from typing import Any

import pytest

from imagecapture_ros.cameras.driver_controls import DriverControl, DriverControlKind
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.node.parameters.driver_controls import checked_driver_control

GAIN = DriverControl('v4l2.gain', 'Gain', DriverControlKind.INTEGER, 0, 100, 5, 0)
LINE = DriverControl('v4l2.line', 'Line', DriverControlKind.INTEGER, 0, 3, 1, 0, {0: 'Off', 2: '60 Hz'})
SWITCH = DriverControl('v4l2.switch', 'Switch', DriverControlKind.BOOLEAN, 0, 1, 1, False)
BUTTON = DriverControl('v4l2.button', 'Button', DriverControlKind.BUTTON, 0, 0, 1, False)
TITLE = DriverControl('v4l2.title', 'Title', DriverControlKind.TEXT, 2, 4, 1, '')
TABLE = DriverControl('v4l2.table', 'Table', DriverControlKind.INTEGERS, 0, 255, 1, (0, 0), elements=2)


@pytest.mark.parametrize('control, given, taken', [
    (GAIN, 5, 5), (GAIN, 5.0, 5), (LINE, 2, 2), (LINE, '60 Hz', 2), (SWITCH, True, True), (BUTTON, True, True),
    (TITLE, ' ab', ' ab'), (TABLE, [1, 2], (1, 2)), (TABLE, array.array('q', [3, 4]), (3, 4)),
])
def test_what_fits_is_taken(control: DriverControl, given: Any, taken: Any) -> None:
    assert checked_driver_control(control, given) == taken


@pytest.mark.parametrize('control, given, said', [
    (GAIN, 101, 'v4l2.gain: 101 is out of range; the device allows 0 to 100'),
    (GAIN, 1.5, 'v4l2.gain: 1.5 is not a whole number; the device allows 0 to 100'),
    (GAIN, True, 'v4l2.gain: True is not a whole number'), (GAIN, None, 'v4l2.gain: a control of the device cannot'),
    (LINE, 1, r'v4l2.line: 1 is out of range; the device allows 0 \(Off\), 2 \(60 Hz\)'),
    (LINE, '50 Hz', "v4l2.line: '50 Hz' is not a whole number"), (SWITCH, 1, 'v4l2.switch: 1 is not a boolean'),
    (BUTTON, 'yes', "v4l2.button: 'yes' is not a boolean"), (TITLE, 5, 'v4l2.title: 5 is not text'),
    (TITLE, 'a', 'v4l2.title: the text has 1 bytes; the device takes 2 to 4'), (TITLE, 'abcde', 'takes 2 to 4'),
    (TABLE, [1], r'v4l2.table: \[1\] is not a list of 2 whole numbers'), (TABLE, [1, 256], '256 is out of range'),
])
def test_what_does_not_fit_is_told_with_what_would(control: DriverControl, given: Any, said: str) -> None:
    with pytest.raises(ConstraintTypeError, match=said):
        checked_driver_control(control, given)
