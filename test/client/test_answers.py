# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Answers of a camera: errors under their W3C names, and what of a request is met."""

from __future__ import annotations

from pathlib import Path

import pytest
from sensor_msgs.msg import CameraInfo

from imagecapture_ros import srv
from imagecapture_ros.client import Photo, succeeded
from imagecapture_ros.client.answers import applied, photo_of
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.errors import NotSupportedError, OverconstrainedError, UnknownError

SETTINGS = {'zoom': 2.0, 'exposure_mode': 'manual', 'width': 480, 'height': 640, 'aspect_ratio': 0.75}


def test_a_refusal_becomes_the_error_that_it_names() -> None:
    with pytest.raises(NotSupportedError, match='too large'):
        succeeded(srv.TakePhoto.Response(error_name='NotSupportedError', message='too large'))
    with pytest.raises(UnknownError):
        succeeded(srv.TakePhoto.Response(error_name='SomethingNew', message='?'))
    with pytest.raises(OverconstrainedError) as caught:
        succeeded(srv.ApplyConstraints.Response(error_name='OverconstrainedError', constraint='zoom'))
    assert caught.value.constraint == 'zoom'


def test_a_success_is_passed_on() -> None:
    response = srv.GetSettings.Response(success=True)
    assert succeeded(response) is response


@pytest.mark.parametrize(('name', 'constraint', 'met'), [
    ('zoom', Constraint(ideal=2.0), True), ('zoom', Constraint(ideal=2.1), False),
    ('zoom', Constraint(min=1.0, max=2.0), True), ('zoom', Constraint(), True), ('zoom', Constraint(ideal=True), True),
    ('exposure_mode', Constraint(ideal=('none', 'manual')), True),
    ('exposure_mode', Constraint(ideal=('none',)), False), ('torch', Constraint(ideal=True), False),
])
def test_a_wish_is_met_when_the_camera_does_it(name: str, constraint: Constraint, met: bool) -> None:
    assert applied(Constraints({name: constraint}), SETTINGS, turned=False).unmet == (() if met else (name,))


def test_the_size_of_a_turned_picture_is_compared_as_the_camera_has_it() -> None:
    size = Constraints({'width': Constraint(ideal=640.0), 'aspect_ratio': Constraint(ideal=1.3333333333)})
    assert applied(size, SETTINGS, turned=True).unmet == ()
    assert applied(size, SETTINGS, turned=False).unmet == ('width', 'aspect_ratio')


def test_advanced_sets_that_do_not_hold_as_a_whole_are_skipped() -> None:
    sets = ({'zoom': Constraint(exact=2.0)}, {'zoom': Constraint(exact=2.0), 'torch': Constraint(exact=True)}, {})
    assert applied(Constraints({}, sets), SETTINGS, turned=False).skipped_advanced == (1,)


def test_a_photo_without_data_cannot_be_saved(tmp_path: Path) -> None:
    photo = Photo(b'', 'jpeg', 640, 480, 0, PhotoSettings(), {}, CameraInfo(), 0.0, '')
    with pytest.raises(ValueError, match='omit_data'):
        photo.save(tmp_path / 'photo.jpg')


def test_a_photo_tells_for_how_long_the_stream_stood_still() -> None:
    assert photo_of(srv.TakePhoto.Response(stream_gap=0.25)).stream_gap == 0.25
