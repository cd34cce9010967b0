# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which native modes a device has, and in which pixel format each of them is best had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from imagecapture_ros.cameras.backends.v4l2.device import Device, IntervalRange, SizeGrid
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS, PixelFormat, fits, name_of
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotReadableError

DEFAULT = NativeMode(640, 480, 30.0)
"""What a camera is opened in when nobody asks anything, or the nearest to it that the camera has."""

UNTOLD_INTERVAL = Fraction(1, 30)
"""What a driver that tells no frame interval is taken for, in seconds."""

# Of a grid of sizes or a range of rates those are offered that people use, and both ends.
_COMMON_SIZES = (
    (160, 120), (176, 144), (320, 180), (320, 240), (352, 288), (424, 240), (480, 270), (640, 360), (640, 400),
    (640, 480), (720, 480), (720, 576), (800, 600), (848, 480), (960, 540), (1024, 768), (1280, 720), (1280, 800),
    (1280, 960), (1280, 1024), (1600, 1200), (1920, 1080), (1920, 1200), (2048, 1536), (2560, 1440), (2592, 1944),
    (3264, 2448), (3840, 2160), (4096, 2160), (4208, 3120),
)
_COMMON_RATES = (5, 10, 15, 20, 24, 25, 30, 50, 60, 90, 100, 120)


@dataclass(frozen=True)
class StreamMode:
    """A native mode together with how it is asked of the driver."""

    native: NativeMode
    fourcc: int
    interval: Fraction
    """Seconds from frame to frame, exactly as the driver told it."""

    def __str__(self) -> str:
        return f'{self.native} in {name_of(self.fourcc)}'


class Modes:
    """The modes of one device, each in its best pixel format."""

    def __init__(self, modes: Iterable[StreamMode]) -> None:
        """Choose from all ``modes``, of which several may give the same size and rate.

        :raises ValueError: there are none.
        """
        preference = list(FORMATS)
        best: dict[NativeMode, StreamMode] = {}
        for mode in sorted(modes, key=lambda mode: preference.index(mode.fourcc)):
            best.setdefault(mode.native, mode)
        if not best:
            raise ValueError('no modes')
        default = min(best, key=_strangeness)
        others = sorted((mode for mode in best if mode != default),
                        key=lambda mode: (mode.width * mode.height, mode.width, -mode.frame_rate))
        self.native: tuple[NativeMode, ...] = (default, *others)
        """The default mode first, the others by size."""
        self._best = best

    @property
    def default(self) -> StreamMode:
        """The mode in which a camera is opened."""
        return self._best[self.native[0]]

    def best(self, native: NativeMode) -> StreamMode | None:
        """Return how to ask for a native mode, or ``None`` if the device does not have it."""
        return self._best.get(native)

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """All (width, height), the smallest first."""
        return tuple(sorted({(mode.width, mode.height) for mode in self.native}, key=lambda size: size[0] * size[1]))

    def for_photo(self, width: int, height: int, frame_rate: float) -> StreamMode:
        """Return the mode for a photo of a size that there is.

        Of its rates it is the highest that is not above ``frame_rate``, in Hz, so that no exposure of the stream is
        too long for it; or the lowest.
        """
        modes = [mode for mode in self.native if (mode.width, mode.height) == (width, height)]
        slower = [mode for mode in modes if mode.frame_rate <= frame_rate * 1.001]
        chosen = max(slower, key=_rate) if slower else min(modes, key=_rate)
        return self._best[chosen]


def modes_of(device: Device, *, pixel_format: str = '') -> Modes:
    """Return the modes of an open device; of one ``pixel_format`` only, if one is named.

    :raises NotReadableError: it has none that can be delivered; the message lists what it has.
    """
    offered = device.fourccs()
    usable = [fourcc for fourcc in offered if fourcc in FORMATS]
    chosen = [fourcc for fourcc in usable if not pixel_format or name_of(fourcc) == pixel_format.strip()]
    if not chosen:
        known = ', '.join(row.name.strip() for row in FORMATS.values())
        has = ', '.join(map(name_of, offered)) or 'none'
        if pixel_format and usable:
            raise NotReadableError(f'{device.path} does not have the pixel format {pixel_format!r}; it has {has}, and '
                                   f'{", ".join(map(name_of, usable))} can be read')
        raise NotReadableError(f'{device.path} has no pixel format that can be read: it has {has}; readable are '
                               f'{known}')
    found: list[StreamMode] = []
    for fourcc in chosen:
        modes = [mode for grid in device.sizes(fourcc) for mode in _modes_in(device, fourcc, grid)]
        found += modes or _untold(device, fourcc)
    if not found:
        raise NotReadableError(f'{device.path} names no frame size that can be delivered')
    return Modes(found)


def _untold(device: Device, fourcc: int) -> Iterator[StreamMode]:
    """Yield the modes of a pixel format whose sizes the driver does not enumerate: those that it takes when asked."""
    present = device.format()
    interval = IntervalRange(*[device.interval() or UNTOLD_INTERVAL] * 2)
    for width, height in dict.fromkeys([(present.width, present.height), *_COMMON_SIZES]):
        try:
            taken = device.set_format(fourcc, width, height, only_try=True)
        except OSError:
            if (width, height) != (present.width, present.height):
                continue
            taken = present  # without TRY_FMT there is only what is in force
        as_asked = (taken.fourcc, taken.width, taken.height) == (fourcc, width, height)
        if as_asked and fits(FORMATS[fourcc], width, height):
            yield from _rates_of(fourcc, width, height, [interval])


def _modes_in(device: Device, fourcc: int, grid: SizeGrid) -> Iterator[StreamMode]:
    """Yield the modes of a pixel format with one size or a grid of sizes, each with the rates of its own."""
    of_largest: list[IntervalRange] | None = None
    for width, height in _sizes_in(grid, FORMATS[fourcc]):
        intervals = device.intervals(fourcc, width, height)
        if not intervals:  # a few drivers answer for the largest size only, and a few not at all
            if of_largest is None:
                assumed = device.interval() or UNTOLD_INTERVAL
                of_largest = device.intervals(fourcc, grid.max_width, grid.max_height) or [
                    IntervalRange(assumed, assumed)]
            intervals = of_largest
        yield from _rates_of(fourcc, width, height, intervals)


def _rates_of(fourcc: int, width: int, height: int, intervals: Iterable[IntervalRange]) -> Iterator[StreamMode]:
    for interval in intervals:
        for seconds in _intervals_in(interval):
            yield StreamMode(NativeMode(width, height, float(1 / seconds)), fourcc, seconds)


def _sizes_in(grid: SizeGrid, pixel_format: PixelFormat) -> Iterator[tuple[int, int]]:
    """Yield those sizes of a grid that people use, and both ends, as far as they exist in a pixel format."""
    widths, heights = grid.widths, grid.heights
    sizes = [(width, height) for width in (*widths[:2], *widths[-2:]) for height in (*heights[:2], *heights[-2:])
             if fits(pixel_format, width, height)]
    if not sizes:
        return
    smallest, largest = min(sizes), max(sizes)
    yield smallest
    for width, height in _COMMON_SIZES:
        inside = smallest[0] <= width <= largest[0] and smallest[1] <= height <= largest[1]
        on_grid = width in widths and height in heights and fits(pixel_format, width, height)
        if inside and on_grid and (width, height) not in (smallest, largest):
            yield width, height
    if largest != smallest:
        yield largest


def _intervals_in(interval: IntervalRange) -> Iterator[Fraction]:
    yield interval.shortest
    for rate in _COMMON_RATES:
        seconds = Fraction(1, rate)
        if interval.shortest < seconds < interval.longest:
            yield seconds
    if interval.longest != interval.shortest:
        yield interval.longest


def _strangeness(mode: NativeMode) -> tuple[float, ...]:
    away = abs(mode.width - DEFAULT.width) + abs(mode.height - DEFAULT.height)
    return away, abs(mode.frame_rate - DEFAULT.frame_rate), -mode.frame_rate


def _rate(mode: NativeMode) -> float:
    return mode.frame_rate
