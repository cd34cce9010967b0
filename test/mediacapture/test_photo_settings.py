# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photo settings are brought to the nearest that a device can do."""

from __future__ import annotations

import pytest

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.errors import NotSupportedError
from imagecapture_ros.mediacapture.photo_settings import attainable_photo_settings

SIZES = ((640, 480), (1280, 720), (1920, 1080), (1920, 1440))
DISCRETE = PhotoCapabilities(
    image_width=MediaSettingsRange(640, 1920), image_height=MediaSettingsRange(480, 1440), sizes=SIZES)
STEPPED = PhotoCapabilities(image_width=MediaSettingsRange(320, 3264, 2), image_height=MediaSettingsRange(240, 2448, 3))


@pytest.mark.parametrize('width, height, size', [
    (1200.0, None, (1280, 720)),
    (640.0, None, (640, 480)),
    (959.0, None, (640, 480)),
    (961.0, None, (1280, 720)),
    (None, 1000.0, (1920, 1080)),
    (None, 1440.0, (1920, 1440)),
    (1920.0, None, (1920, 1440)),  # of equally near ones the largest
    (1920.0, 1080.0, (1920, 1080)),
    (640.0, 1440.0, (640, 480)),
])
def test_among_discrete_sizes_the_nearest_is_taken(
    width: float | None, height: float | None, size: tuple[int, int],
) -> None:
    taken = attainable_photo_settings(PhotoSettings(image_width=width, image_height=height), DISCRETE)
    assert (taken.image_width, taken.image_height) == size


@pytest.mark.parametrize('width, height, expected', [
    (640.9, None, (640.0, None)), (641.1, None, (642.0, None)), (3264.0, 241.0, (3264.0, 240.0)),
    (None, None, (None, None)),
])
def test_a_size_between_steps_goes_to_the_nearest_step_and_the_other_side_stays_open(
    width: float | None, height: float | None, expected: tuple[float | None, float | None],
) -> None:
    taken = attainable_photo_settings(PhotoSettings(image_width=width, image_height=height), STEPPED)
    assert (taken.image_width, taken.image_height) == expected


def test_without_a_size_nothing_is_chosen_for_the_device() -> None:
    assert attainable_photo_settings(PhotoSettings(), DISCRETE) == PhotoSettings()


@pytest.mark.parametrize('wishes', [PhotoSettings(image_width=639.0), PhotoSettings(image_height=1441.0)])
def test_a_size_out_of_range_is_refused_and_not_clamped(wishes: PhotoSettings) -> None:
    with pytest.raises(NotSupportedError, match='out of range'):
        attainable_photo_settings(wishes, DISCRETE)
