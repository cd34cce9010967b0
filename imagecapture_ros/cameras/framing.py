# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a native frame to the delivered one: a lower rate, crop, downscale, mirror and rotation (resize mode)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from imagecapture_ros.imaging import codecs, geometry
from imagecapture_ros.imaging.convert import convert, copied_into
from imagecapture_ros.imaging.encodings import ENCODINGS, encoding_of
from imagecapture_ros.mediacapture.capabilities import NativeMode, Settings, aspect_ratio
from imagecapture_ros.mediacapture.frames import Frame, Pixels
from imagecapture_ros.mediacapture.solver.select_settings import Selection
from imagecapture_ros.mediacapture.solver.stream_rates import rate_meant, share_delivered
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT

Step = Callable[..., Pixels]
"""From pixels to new ones, written into a second array if one is given."""

_SMALL = 1 << 20
"""Pixels of a JPEG frame that are decoded whatever size the frame says."""

_TOLERANCE = 0.01
"""Part of the rate that was wished by which a rate may fall short of it."""


@dataclass(frozen=True)
class FramedPicture:
    """A picture about to be made: of these pixels, by these steps."""

    source: Pixels
    steps: tuple[Step, ...]
    encoding: str
    width: int
    height: int

    def pixels(self, out: Pixels | None = None) -> Pixels:
        """Return the pixels, made straight in ``out``, which has their shape and type, if it is given.

        Without it, and with nothing to do, they are those of the frame.
        """
        made, last = self.source, len(self.steps) - 1
        for number, step in enumerate(self.steps):
            made = step(made, out if number == last else None)
        return copied_into(made, out)

    def of(self, frame: Frame) -> Frame:
        """Return ``frame`` with this picture in place of its own."""
        return replace(frame, data=self.pixels(), encoding=self.encoding, width=self.width, height=self.height)


@dataclass(frozen=True)
class Framing:
    """How the stream is derived from a native mode; ``width`` and ``height`` are those before the rotation."""

    mode: NativeMode
    width: int
    height: int
    frame_rate: float
    resize_mode: str
    rotation: int = 0
    """Degrees clockwise: 0, 90, 180 or 270."""
    mirror: bool = False

    @classmethod
    def native(cls, mode: NativeMode, *, rotation: int = 0, mirror: bool = False) -> Framing:
        """Return the framing that delivers ``mode`` as it is."""
        return cls(mode, mode.width, mode.height, mode.frame_rate, 'none', rotation, mirror)

    def selected(self, selection: Selection) -> Framing:
        """Return the framing for another selection, turned and mirrored as this one."""
        settings = selection.settings
        return replace(
            self, mode=selection.mode or self.mode, width=int(settings['width']),  # type: ignore[arg-type]
            height=int(settings['height']), frame_rate=float(settings['frame_rate']),  # type: ignore[arg-type]
            resize_mode=str(settings['resize_mode']),
        )

    def taken_as(self, mode: NativeMode) -> Framing:
        """Return the framing nearest to this one that ``mode``, the one the device really took, can be made into."""
        if mode == self.mode:
            return self
        if self.resize_mode == 'none':
            return Framing.native(mode, rotation=self.rotation, mirror=self.mirror)
        return replace(self, mode=mode, width=min(self.width, mode.width), height=min(self.height, mode.height),
                       frame_rate=min(rate_meant(self.frame_rate, [mode.frame_rate]), mode.frame_rate))

    @property
    def stream_settings(self) -> Settings:
        """The settings of the stream, by property name."""
        return {
            'width': self.width, 'height': self.height, 'aspect_ratio': aspect_ratio(self.width, self.height),
            'frame_rate': self.frame_rate, 'resize_mode': self.resize_mode,
        }

    @property
    def delivered_width(self) -> int:
        """Width of the picture that subscribers get, in pixels."""
        return self.turned_size(self.width, self.height)[0]

    @property
    def delivered_height(self) -> int:
        """Height of the picture that subscribers get, in pixels."""
        return self.turned_size(self.width, self.height)[1]

    def period_of(self, sequence: int | Fraction) -> int:
        """Return the number of the delivered frame in whose time the native frame ``sequence`` falls.

        It may be a place between two native frames. One frame of each period is delivered. So those that are left out
        for a lower rate are spread evenly: of native frames that all come, the intervals between delivered ones differ
        by one native interval at most.
        """
        share = share_delivered(self.frame_rate, self.mode.frame_rate)
        return int(sequence * share.numerator // share.denominator)

    def keeps(self, frame: Frame) -> bool:
        """Return whether the delivered picture is the native one as it is."""
        return (self.width, self.height) == (frame.width, frame.height) and not self.rotation and not self.mirror

    def render(self, frame: Frame) -> Frame:
        """Return the delivered picture of a native frame; the same object when there is nothing to do."""
        return frame if self.keeps(frame) else self.picture(frame).of(frame)

    def picture(self, frame: Frame, encoding: str = '') -> FramedPicture:
        """Return the delivered picture of a native frame in ``encoding``, empty for its own, about to be made.

        :raises MediaCaptureError: the frame does not hold what it says, or cannot be converted.
        """
        return self._picture(frame, (self.width, self.height) != (frame.width, frame.height), encoding)

    def turned_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height, in pixels, that a picture of any size has after the rotation."""
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def turned(self, frame: Frame) -> Frame:
        """Return a frame of any size mirrored and rotated, and not otherwise changed."""
        if not self.rotation and not self.mirror:
            return frame
        return self._picture(frame, False, '').of(frame)

    def _picture(self, frame: Frame, cut: bool, wanted: str) -> FramedPicture:
        pixels, encoding = pixels_of(frame)
        # A JPEG file knows its size better than the frame.
        size = (self.width, self.height) if cut else encoding_of(encoding).size_of(pixels)
        steps: list[Step] = []
        if (cut or self.rotation or self.mirror) and ENCODINGS[encoding].shared_chroma:
            # It cannot be cut or turned at any pixel.
            steps.append(lambda pixels, out, source=encoding: convert(pixels, source, 'bgr8', out))
            encoding = 'bgr8'
        if cut:
            steps.append(lambda pixels, out: geometry.crop_and_scale(pixels, self.width, self.height, out))
        if self.mirror:
            steps.append(geometry.mirror)
        if self.rotation:
            steps.append(lambda pixels, out: geometry.rotate(pixels, self.rotation, out))
        if wanted and wanted != encoding:
            steps.append(lambda pixels, out, source=encoding: convert(pixels, source, wanted, out))
            encoding = wanted
        return FramedPicture(pixels, tuple(steps), encoding, *self.turned_size(*size))


def pixels_of(frame: Frame, encoding: str = '') -> tuple[Pixels, str]:
    """Return a frame's pixels and their encoding; a JPEG frame is decoded to bgr8.

    Another ``encoding`` than the frame's own is converted to.

    :raises MediaCaptureError: the frame does not hold what it says, or cannot be converted.
    """
    if isinstance(frame.data, bytes):
        # Some cameras send other sizes than they say, but none says a megapixel and sends hundreds.
        most = max(4 * frame.width * frame.height, _SMALL)
        pixels, own = codecs.decode_jpeg(frame.data, most), 'bgr8'
    else:
        pixels, own = frame.data, frame.encoding
    if encoding in ('', own):
        return pixels, own
    return convert(pixels, own, encoding), encoding


def rate_shortfall(wished: float, framing: Framing, modes: Sequence[NativeMode], settings: Settings) -> str:
    """Return why ``wished``, in Hz, is not reached by what the camera delivers now; empty if it is."""
    enough = wished * (1.0 - _TOLERANCE)
    if framing.frame_rate < enough:
        size = f'{framing.width}x{framing.height}'
        large = [mode for mode in modes if mode.width >= framing.width and mode.height >= framing.height]
        fastest = max(mode.frame_rate for mode in large or [framing.mode])
        quick = [mode for mode in modes if mode.frame_rate >= enough]
        if not quick:
            advice = f'no mode of the camera does, the fastest is {max(modes, key=lambda mode: mode.frame_rate)}'
        else:
            advice = f'{max(quick, key=lambda mode: (mode.width * mode.height, -mode.frame_rate))} would'
        if fastest >= enough:
            reason = f'it delivers {framing.frame_rate:g} Hz, because of what else was asked'
        else:
            reason = f'modes of at least that size do not exceed {fastest:g} Hz'
        return f'{wished:g} Hz cannot be had at {size}: {reason}; {advice}'
    exposure = settings.get('exposure_time')
    if settings.get('exposure_mode') == 'manual' and isinstance(exposure, (int, float)):
        seconds = exposure * EXPOSURE_TIME_UNIT
        if seconds * enough > 1.0:
            return (f'{wished:g} Hz cannot be reached while every exposure takes {seconds * 1e3:g} ms; set '
                    f'exposure_time to {1.0 / wished / EXPOSURE_TIME_UNIT:.0f} or less')
    return ''
