# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start-up parameters: what is understood, and what is said about the rest."""

from __future__ import annotations

import pytest

from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS, StartupParameterError


@pytest.mark.parametrize(('name', 'given', 'understood'), [
    ('device', 'sim', 'sim'), ('device', 12345, '12345'), ('photo_quality', 90.0, 90), ('rotation', 270, 270),
    ('loop', False, False), ('encoding', '', ''), ('dds_profile', False, 'off'), ('frame_id', 7, '7'),
    ('poll_period', 2, 2.0), ('poll_period', 0.2, 0.2),
    ('source_rate', 5, 5.0), ('source_rate', 29.97, 29.97),
])
def test_values_are_converted_kindly(name: str, given: object, understood: object) -> None:
    assert STARTUP_PARAMETERS[name].converted(given) == understood


@pytest.mark.parametrize(('name', 'given', 'hint'), [
    ('device', 1.5, 'quotes'), ('device', True, 'quotes'), ('device', ['sim'], 'quotes'),
    ('loop', 'yes', 'true or false'), ('loop', 1, 'true or false'), ('photo_quality', 101, '1 to 100'),
    ('photo_quality', True, 'whole number'), ('camera_name', None, 'cannot be deleted'),
    ('photo_quality', 0.5, 'whole number'), ('rotation', 45, '0, 90, 180, 270'), ('encoding', 'bgr9', 'bgr8'),
    ('poll_period', 0, '0.02 to 86400'), ('poll_period', float('nan'), '0.02 to 86400'),
    ('poll_period', True, 'not a number'), ('poll_period', '2', 'not a number'),
    ('source_rate', 0.0, '0.001 to 500'), ('source_rate', float('nan'), '0.001 to 500'),
    ('source_rate', float('inf'), '0.001 to 500'), ('source_rate', True, 'not a number'),
    ('source_rate', '5 Hz', 'not a number'), ('photo_format', 'gif', 'jpeg, png'), ('photo_format', False, 'jpeg, png'),
    ('jpeg_range', '1', 'write MIN,MAX'), ('jpeg_range', '2,1', 'is no range'), ('jpeg_range', '0,inf', 'is no range'),
    ('jpeg_range', 'a,b', 'is no range'), ('jpeg_range', '1,2,3', 'is no range'),
    ('jpeg_range', '0,nan', 'is no range'),
])
def test_other_values_are_refused_with_a_hint(name: str, given: object, hint: str) -> None:
    with pytest.raises(StartupParameterError, match=f'parameter {name}.*({hint}|boolean)'):
        STARTUP_PARAMETERS[name].converted(given)
