# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What web-platform-tests assert of the background blur (mediacapture-extensions, GUM-backgroundBlur)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fixtures.wpt_camera import MOCK, WptCamera, apply, refused, without

from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.mediacapture.w3c_json import (
    capabilities_to_json,
    constraints_to_json,
    settings_to_json,
    video_constraints_from_json,
)


def blurring(*possible: bool, now: bool) -> ScriptedState:
    """Return a camera whose blur can be switched, or is fixed."""
    return replace(MOCK, capabilities={**MOCK.capabilities, 'background_blur': possible},
                   settings={**MOCK.settings, 'background_blur': now},
                   defaults={**MOCK.defaults, 'background_blur': now})


SWITCHABLE = blurring(False, True, now=False)
ALWAYS, NEVER = blurring(True, now=True), blurring(False, now=False)
LACKING = without(MOCK, 'background_blur')

STATES = pytest.mark.parametrize('state', [SWITCHABLE, ALWAYS, NEVER], ids=['switchable', 'always', 'never'])


def opened(state: ScriptedState, blur: Any = None) -> VideoTrack:
    """Return what getUserMedia gives with a constraint on the background blur."""
    video: Any = True if blur is None else {'backgroundBlur': blur}
    return get_user_media([WptCamera(state)], video_constraints_from_json({'video': video}))


def blur_of(track: VideoTrack) -> Any:
    return settings_to_json(track.settings).get('backgroundBlur')


def test_the_background_blur_is_a_supported_constraint() -> None:
    assert get_supported_constraints()['backgroundBlur'] is True


@STATES
def test_the_capability_lists_what_the_blur_can_be_and_the_setting_is_one_of_it(state: ScriptedState) -> None:
    track = opened(state)
    capability = capabilities_to_json(track.capabilities)['backgroundBlur']
    assert capability == list(state.capabilities['background_blur'])  # type: ignore[arg-type]
    assert all(type(value) is bool for value in capability)
    assert blur_of(track) in capability


def test_a_camera_without_blur_has_neither_capability_nor_setting() -> None:
    track = opened(LACKING)
    assert 'backgroundBlur' not in capabilities_to_json(track.capabilities)
    assert 'backgroundBlur' not in settings_to_json(track.settings)


@pytest.mark.parametrize('wish', [True, False])
@pytest.mark.parametrize('form', ['bare', 'ideal'])
@STATES
def test_a_camera_can_be_opened_with_the_wish_for_blur(state: ScriptedState, form: str, wish: bool) -> None:
    track = opened(state, wish if form == 'bare' else {'ideal': wish})
    assert blur_of(track) is (wish if wish in state.capabilities['background_blur']  # type: ignore[operator]
                              else not wish)
    assert constraints_to_json(track.constraints) == {'backgroundBlur': {'ideal': wish}}


@pytest.mark.parametrize('wish', [True, False])
def test_a_camera_without_blur_is_opened_all_the_same(wish: bool) -> None:
    assert blur_of(opened(LACKING, wish)) is None
    track = get_user_media([WptCamera(LACKING)], video_constraints_from_json(
        {'video': {'advanced': [{'backgroundBlur': wish}]}}))
    assert track.ready_state == 'live'


@pytest.mark.parametrize('wish', [True, False])
@pytest.mark.parametrize('state', [SWITCHABLE, LACKING], ids=['switchable', 'lacking'])
def test_blur_cannot_be_required_of_a_camera_that_is_to_be_opened(state: ScriptedState, wish: bool) -> None:
    device = WptCamera(state)
    with pytest.raises(ConstraintTypeError, match='background_blur'):
        get_user_media([device], video_constraints_from_json({'video': {'backgroundBlur': {'exact': wish}}}))
    assert device.opened == []


def test_of_two_cameras_the_one_that_can_blur_is_preferred() -> None:
    devices = [WptCamera(LACKING, 'lacking'), WptCamera(SWITCHABLE, 'switchable')]
    track = get_user_media(devices, video_constraints_from_json({'video': {'backgroundBlur': True}}))
    assert (track.label, blur_of(track)) == ('switchable', True)


def test_an_advanced_set_switches_the_blur_when_the_camera_is_opened() -> None:
    track = get_user_media([WptCamera(SWITCHABLE)], video_constraints_from_json(
        {'video': {'advanced': [{'backgroundBlur': True}]}}))
    assert blur_of(track) is True


def test_the_blur_is_switched_on_and_off_and_returns_to_its_default() -> None:
    track = opened(SWITCHABLE)
    for wish in True, False, True:
        assert apply(track, {'backgroundBlur': {'exact': wish}})['backgroundBlur'] is wish
    assert apply(track, {'backgroundBlur': {}})['backgroundBlur'] is False


@pytest.mark.parametrize('state, wish', [(ALWAYS, False), (NEVER, True), (LACKING, True), (LACKING, False)],
                         ids=['always', 'never', 'lacking on', 'lacking off'])
def test_a_blur_that_the_camera_cannot_have_is_refused_by_name(state: ScriptedState, wish: bool) -> None:
    assert refused(opened(state), {'backgroundBlur': {'exact': wish}}) == 'backgroundBlur'
