# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The model as messages and back."""

from __future__ import annotations

import pytest
from std_msgs.msg import Header

from imagecapture_ros import msg, srv
from imagecapture_ros.interfaces import messages
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.constraints import Constraint
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Point2D

CONSTRAINTS = {
    'zoom': Constraint(exact=2.0),
    'width': Constraint(min=1.0, max=640.0, ideal=320.0),
    'exposure_mode': Constraint(exact=('manual', 'continuous')),
    'torch': Constraint(ideal=False),
    'points_of_interest': Constraint(exact=(Point2D(0.25, 0.5),)),
}


def test_constraints_survive_the_way_there_and_back() -> None:
    request = srv.ApplyConstraints.Request(
        constraints=messages.constraint_set_message(CONSTRAINTS),
        advanced=[messages.constraint_set_message({'zoom': Constraint(min=3.0)})])
    back = messages.constraints_from(request)
    assert back.basic == CONSTRAINTS
    assert back.advanced == ({'zoom': Constraint(min=3.0)},)


def test_an_empty_message_asks_for_nothing() -> None:
    assert not messages.constraints_from(srv.ApplyConstraints.Request())


def test_settings_fill_the_field_of_their_kind() -> None:
    settings = {'zoom': 2, 'width': 640, 'torch': True, 'exposure_mode': 'manual',
                'points_of_interest': (Point2D(1, 0),)}
    message = messages.settings_message(settings, Header(frame_id='eye'))
    assert (list(message.zoom), list(message.width), list(message.torch)) == ([2.0], [640.0], [True])
    assert (message.exposure_mode, message.header.frame_id) == ('manual', 'eye')
    assert (message.points_of_interest[0].x, message.points_of_interest[0].y) == (1.0, 0.0)
    assert not message.iso


def test_settings_survive_the_way_there_and_back() -> None:
    settings = {'exposure_mode': 'manual', 'points_of_interest': (Point2D(1.0, 0.0),), 'zoom': 2.5, 'torch': False,
                'width': 640, 'device_id': 'sim'}
    back = messages.settings_from(messages.settings_message(settings, Header()))
    assert back == settings
    assert isinstance(back['width'], int)


def test_capabilities_survive_the_way_there_and_back() -> None:
    capabilities = {'zoom': MediaSettingsRange(1.0, 4.0, 0.5), 'torch': (False, True), 'exposure_mode': ('manual',),
                    'device_id': ('sim',)}
    assert messages.capabilities_from(messages.capabilities_message(capabilities)) == capabilities
    photo = PhotoCapabilities('controllable', MediaSettingsRange(640.0, 4000.0, 1.0), None, ('off', 'flash'))
    assert messages.photo_capabilities_from(messages.photo_capabilities_message(photo)) == photo


def test_capabilities_fill_the_field_of_their_kind() -> None:
    message = messages.capabilities_message({
        'zoom': MediaSettingsRange(1, 4, 0.5), 'torch': (False, True), 'exposure_mode': ('manual',),
        'facing_mode': ('user',), 'device_id': ('sim',)})
    assert (message.zoom[0].min, message.zoom[0].max, message.zoom[0].step) == (1.0, 4.0, 0.5)
    assert (list(message.torch), list(message.exposure_mode)) == ([False, True], ['manual'])
    assert (list(message.facing_mode), message.device_id) == (['user'], 'sim')


def test_every_row_of_the_vocabulary_has_its_fields() -> None:
    for name, row in VOCABULARY.items():
        assert hasattr(msg.MediaTrackConstraintSet(), name)
        assert hasattr(msg.MediaTrackSettings(), name)
        assert hasattr(msg.MediaTrackCapabilities(), name) == (row.kind is not Kind.POINTS)


def test_photo_settings_survive_the_way_there_and_back() -> None:
    for settings in (PhotoSettings(), PhotoSettings('flash', 640.0, 480.0, False)):
        assert messages.photo_settings_from(messages.photo_settings_message(settings)) == settings


def test_photo_capabilities_leave_out_what_is_absent() -> None:
    message = messages.photo_capabilities_message(PhotoCapabilities(image_width=MediaSettingsRange(1, 2)))
    assert message.image_width[0].max == 2.0
    assert not message.image_height
    assert not message.fill_light_mode


def test_times_are_split_into_seconds_and_the_rest() -> None:
    time = messages.time_message(3_000_000_007)
    assert (time.sec, time.nanosec) == (3, 7)


def test_a_flat_list_of_odd_length_is_no_list_of_points() -> None:
    assert messages.points_from_parameter([0.0, 1.0]) == (Point2D(0.0, 1.0),)
    with pytest.raises(ConstraintTypeError, match='odd length'):
        messages.points_from_parameter([0.0, 1.0, 0.5])


def test_a_bare_word_that_came_as_letters_is_refused_with_the_brackets_to_type() -> None:
    request = srv.ApplyConstraints.Request()
    request.constraints.exposure_mode.exact = list('manual')
    with pytest.raises(ConstraintTypeError, match=r'exposure_mode.exact: .* a list needs brackets: \[manual\]'):
        messages.constraints_from(request)
