# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Modes of drivers that enumerate them in the stranger ways, and which pixel format a mode is had in."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from fixtures.v4l2.scripted_device import Handler, ScriptedDevice

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS
from imagecapture_ros.cameras.backends.v4l2.modes import Modes, StreamMode, modes_of
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotReadableError

CODES = {row.name.strip(): row.fourcc for row in FORMATS.values()}


def formats(*names: str) -> Handler:
    def answer(argument: Any) -> int:
        if argument.index >= len(names):
            return errno.EINVAL
        argument.pixelformat = int.from_bytes(names[argument.index].ljust(4).encode(), 'little')
        return 0
    return answer


def grid(*limits: int, kind: int) -> Handler:
    def answer(argument: Any) -> int:
        if argument.index:
            return errno.EINVAL
        argument.type = kind
        steps = argument.stepwise
        (steps.min_width, steps.max_width, steps.step_width,
         steps.min_height, steps.max_height, steps.step_height) = limits
        return 0
    return answer


def sizes(*all_sizes: tuple[int, int]) -> Handler:
    def answer(argument: Any) -> int:
        if argument.index >= len(all_sizes):
            return errno.EINVAL
        argument.type = ioctl.SIZE_DISCRETE
        argument.discrete.width, argument.discrete.height = all_sizes[argument.index]
        return 0
    return answer


def intervals(*fractions: tuple[int, int], kind: int = ioctl.INTERVAL_DISCRETE) -> Handler:
    def answer(argument: Any) -> int:
        if argument.index >= (len(fractions) if kind == ioctl.INTERVAL_DISCRETE else 1):
            return errno.EINVAL
        argument.type = kind
        if kind == ioctl.INTERVAL_DISCRETE:
            argument.discrete.numerator, argument.discrete.denominator = fractions[argument.index]
        else:
            for end, value in zip((argument.stepwise.min, argument.stepwise.max), fractions, strict=True):
                end.numerator, end.denominator = value
        return 0
    return answer


def present(width: int, height: int, name: str = 'YUYV') -> Handler:
    def answer(argument: Any) -> int:
        pix = argument.fmt.pix
        pix.width, pix.height, pix.pixelformat = width, height, CODES[name]
        return 0
    return answer


def names_of(modes: Modes) -> set[str]:
    return {str(mode) for mode in modes.native}


def test_a_grid_of_sizes_offers_its_ends_and_what_people_use() -> None:
    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('YUYV'), ioctl.ENUM_FRAMESIZES: grid(16, 1920, 16, 16, 1080, 2, kind=3),
        ioctl.ENUM_FRAMEINTERVALS: intervals((1, 30))})
    found = names_of(modes_of(device))
    assert {'16x16@30', '640x480@30', '1280x720@30', '1920x1080@30'} <= found
    assert not any(name.startswith(('424x', '3840x')) for name in found)


def test_each_size_of_a_grid_has_rates_of_its_own() -> None:
    def by_size(argument: Any) -> int:
        rate = 120 if argument.width <= 1280 else 30
        return intervals((1, rate))(argument)

    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('YUYV'), ioctl.ENUM_FRAMESIZES: grid(160, 1920, 2, 120, 1080, 2, kind=3),
        ioctl.ENUM_FRAMEINTERVALS: by_size})
    found = names_of(modes_of(device))
    assert {'640x480@120', '1280x720@120', '1920x1080@30'} <= found


def test_rates_that_a_driver_tells_for_the_largest_size_only_are_those_of_all() -> None:
    def of_largest(argument: Any) -> int:
        return intervals((1, 60))(argument) if argument.width == 1920 else errno.EINVAL

    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('YUYV'), ioctl.ENUM_FRAMESIZES: grid(160, 1920, 2, 120, 1080, 2, kind=3),
        ioctl.ENUM_FRAMEINTERVALS: of_largest})
    assert {'640x480@60', '1920x1080@60'} <= names_of(modes_of(device))


def test_the_ends_of_a_grid_are_those_that_the_format_can_hold() -> None:
    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('NV12'), ioctl.ENUM_FRAMESIZES: grid(33, 4657, 1, 33, 3497, 1, kind=2),
        ioctl.ENUM_FRAMEINTERVALS: intervals((1, 30))})
    modes = modes_of(device)
    assert (modes.sizes[0], modes.sizes[-1]) == ((34, 34), (4656, 3496))


def test_any_size_and_any_rate() -> None:
    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('GREY'), ioctl.ENUM_FRAMESIZES: grid(64, 700, 1, 64, 500, 1, kind=2),
        ioctl.ENUM_FRAMEINTERVALS: intervals((1, 75), (1, 7), kind=2)})
    modes = modes_of(device)
    assert modes.native[0] == NativeMode(640, 480, 30.0)
    assert {'640x480@75', '640x480@60', '640x480@7', '700x500@75', '64x64@7'} <= names_of(modes)
    assert '640x480@5' not in names_of(modes)


def test_a_driver_that_enumerates_no_sizes_is_asked_for_each() -> None:
    def tried(argument: Any) -> int:
        pix = argument.fmt.pix
        pix.width, pix.height = (1280, 720) if pix.width > 800 else (640, 480)
        return 0

    device = ScriptedDevice({ioctl.ENUM_FMT: formats('YUYV'), ioctl.G_FMT: present(640, 480), ioctl.TRY_FMT: tried})
    assert names_of(modes_of(device)) == {'640x480@30', '1280x720@30'}


def test_a_driver_that_tells_nothing_has_what_is_in_force() -> None:
    device = ScriptedDevice({ioctl.ENUM_FMT: formats('YUYV'), ioctl.G_FMT: present(720, 576)})
    assert names_of(modes_of(device)) == {'720x576@30'}


@pytest.mark.parametrize('told, rate', [
    ((0, 0), '30'), ((1, 0), '30'), ((0, 30), '30'), ((1001, 30000), '29.97002997003'),
])
def test_a_rate_of_nothing_is_taken_for_thirty(told: tuple[int, int], rate: str) -> None:
    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('YUYV'), ioctl.ENUM_FRAMESIZES: sizes((640, 480), (0, 0)),
        ioctl.ENUM_FRAMEINTERVALS: intervals(told)})
    assert names_of(modes_of(device)) == {f'640x480@{rate}'}


def test_a_size_that_a_format_cannot_hold_is_left_out() -> None:
    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('NV12'), ioctl.ENUM_FRAMESIZES: sizes((640, 480), (641, 481)),
        ioctl.ENUM_FRAMEINTERVALS: intervals((1, 30))})
    assert names_of(modes_of(device)) == {'640x480@30'}


def test_a_device_without_a_readable_format_is_told_with_what_it_has() -> None:
    with pytest.raises(NotReadableError, match=r'it has H264, pBAA; readable are BGR3, RGB3, YUYV'):
        modes_of(ScriptedDevice({ioctl.ENUM_FMT: formats('H264', 'pBAA')}))


def test_one_pixel_format_can_be_asked_for() -> None:
    device = ScriptedDevice({
        ioctl.ENUM_FMT: formats('YUYV', 'MJPG', 'H264'), ioctl.ENUM_FRAMESIZES: sizes((640, 480)),
        ioctl.ENUM_FRAMEINTERVALS: intervals((1, 30))})
    modes = modes_of(device, pixel_format='MJPG')
    assert str(modes.default) == '640x480@30 in MJPG'
    with pytest.raises(NotReadableError, match=r"does not have the pixel format 'NV12'; it has YUYV, MJPG, H264, and"):
        modes_of(device, pixel_format='NV12')


def modes(*described: tuple[str, int, int, int]) -> Modes:
    return Modes(StreamMode(NativeMode(width, height, float(rate)), CODES[name], Fraction(1, rate))
                 for name, width, height, rate in described)


@pytest.mark.parametrize('names, best', [
    (('MJPG', 'YUYV'), 'YUYV'), (('GREY', 'MJPG'), 'MJPG'), (('NV12', 'UYVY', 'YUYV', 'RGB3', 'BGR3'), 'BGR3'),
    (('Y16', 'GREY'), 'GREY'),
])
def test_of_several_pixel_formats_for_a_mode_the_best_is_taken_whatever_the_order(
    names: Sequence[str], best: str,
) -> None:
    for order in (names, list(reversed(names))):
        assert str(modes(*((name, 640, 480, 30) for name in order)).default) == f'640x480@30 in {best}'


def test_a_rate_that_pixels_do_not_reach_is_had_in_jpeg() -> None:
    found = modes(('YUYV', 1920, 1080, 5), ('MJPG', 1920, 1080, 5), ('MJPG', 1920, 1080, 30))
    assert str(found.best(NativeMode(1920, 1080, 5.0))) == '1920x1080@5 in YUYV'
    assert str(found.best(NativeMode(1920, 1080, 30.0))) == '1920x1080@30 in MJPG'
    assert found.best(NativeMode(1920, 1080, 60.0)) is None


@pytest.mark.parametrize('stream, photo', [(30.0, 15), (10.0, 5), (5.0, 5), (2.0, 5)])
def test_a_photo_is_not_faster_than_the_stream_if_possible(stream: float, photo: int) -> None:
    found = modes(('MJPG', 1920, 1080, 5), ('MJPG', 1920, 1080, 15), ('MJPG', 640, 480, 30))
    assert found.for_photo(1920, 1080, stream).native.frame_rate == photo
