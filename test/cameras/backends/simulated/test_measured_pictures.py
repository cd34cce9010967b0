# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The instrument that other tests read zoom and exposure time with tells every look from every other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.measured_pictures import ALIKE, APART, Look, LookMeter, UnknownLook, before_photograph
from fixtures.simulated_pictures import MANUAL, Bench

from imagecapture_ros.cameras.backends.simulated.photo import PhotoLab
from imagecapture_ros.imaging.codecs import decode_jpeg, encode_jpeg
from imagecapture_ros.imaging.geometry import crop_and_scale
from imagecapture_ros.mediacapture.capabilities import PhotoSettings

ZOOMS = (1.0, 1.5, 2.0, 3.0)
EXPOSURE_TIMES = (20.0, 32.0, 50.0, 80.0)
LOOKS = [Look(zoom, time) for zoom in ZOOMS for time in EXPOSURE_TIMES]


@pytest.fixture(scope='module', params=['chart', 'picture'])
def device(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == 'chart':
        return 'sim:?noise=off'
    return before_photograph(tmp_path_factory.mktemp('scene'))


@pytest.fixture(scope='module')
def meter(device: str) -> LookMeter:
    return LookMeter(ZOOMS, EXPOSURE_TIMES, device)


@pytest.fixture
def lab() -> Iterator[PhotoLab]:
    lab = PhotoLab()
    yield lab
    lab.close()


def recognised(meter: LookMeter, pixels: np.ndarray, look: Look) -> bool:
    """Return whether a picture has this look, and no other candidate comes near."""
    found = meter.agreements(pixels)
    own = found.pop(look)
    return own >= ALIKE + 0.1 and own - max(found.values()) >= APART + 0.1 and meter.look(pixels) == look


@pytest.mark.parametrize('size', [(640, 480), (480, 360), (320, 240), (560, 350), (480, 200)])
def test_frames_of_every_size_tell_their_look_at_every_moment(
    meter: LookMeter, device: str, size: tuple[int, int],
) -> None:
    bench = Bench(device)
    for number, look in enumerate(LOOKS):
        bench.sequence = 17 * number  # what moves is elsewhere each time
        frame = bench.manual(**look._asdict())
        assert recognised(meter, crop_and_scale(frame, *size), look)


@pytest.mark.parametrize('size', [(640, 480), (1280, 960), (1280, 720)])
def test_photos_of_every_size_tell_their_look(
    meter: LookMeter, device: str, lab: PhotoLab, size: tuple[int, int],
) -> None:
    bench = Bench(device)
    wishes = PhotoSettings(image_width=float(size[0]), image_height=float(size[1]))
    for number, look in enumerate(LOOKS if size[0] == 640 else LOOKS[::5]):
        bench.set(**{**MANUAL, **look._asdict()})
        photo = lab.make(bench.exposer.photo_plan(wishes, number, 0.6 * number, 0)).result(PATIENCE).frame
        assert (photo.width, photo.height) == size
        assert recognised(meter, decode_jpeg(encode_jpeg(photo.data, 'bgr8', 90)), look)


@pytest.mark.parametrize('other', [Look(1.2, 50.0), Look(2.5, 50.0), Look(1.5, 38.0), Look(1.5, 64.0)])
def test_a_look_that_is_no_candidate_is_refused(meter: LookMeter, device: str, other: Look) -> None:
    with pytest.raises(UnknownLook, match='like'):
        meter.look(Bench(device).manual(**other._asdict()))
