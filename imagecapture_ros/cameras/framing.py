"""From a native frame to the delivered one: decimation, crop, downscale, mirror and rotation (resize mode)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imagecapture_ros.imaging import codecs, geometry
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.imaging.encodings import ENCODINGS
from imagecapture_ros.mediacapture.capabilities import NativeMode, Settings, aspect_ratio
from imagecapture_ros.mediacapture.frames import Frame, Pixels
from imagecapture_ros.mediacapture.select_settings import Selection


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
                       frame_rate=mode.frame_rate / self.every)

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

    @property
    def every(self) -> int:
        """Of how many native frames one is delivered (integral decimation)."""
        return max(1, round(self.mode.frame_rate / self.frame_rate))

    def render(self, frame: Frame) -> Frame:
        """Return the delivered picture of a native frame; the same object when there is nothing to do."""
        if (self.width, self.height) != (frame.width, frame.height):
            pixels, encoding = _cuttable_pixels(frame)
            frame = replace(frame, data=geometry.crop_and_scale(pixels, self.width, self.height), encoding=encoding,
                            width=self.width, height=self.height)
        return self.turned(frame)

    def turned_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height, in pixels, that a picture of any size has after the rotation."""
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def turned(self, frame: Frame) -> Frame:
        """Return a frame of any size mirrored and rotated, and not otherwise changed."""
        if not self.rotation and not self.mirror:
            return frame
        pixels, encoding = _cuttable_pixels(frame)
        if self.mirror:
            pixels = geometry.mirror(pixels)
        width, height = self.turned_size(frame.width, frame.height)
        return replace(frame, data=geometry.rotate(pixels, self.rotation), encoding=encoding,
                       width=width, height=height)


def pixels_of(frame: Frame) -> tuple[Pixels, str]:
    """Return a frame's pixels and their encoding; a JPEG frame is decoded to bgr8."""
    if isinstance(frame.data, bytes):
        return codecs.decode_jpeg(frame.data), 'bgr8'
    return frame.data, frame.encoding


def _cuttable_pixels(frame: Frame) -> tuple[Pixels, str]:
    """Return pixels that can be cut anywhere: those that share chroma (yuv422, nv12) are converted to bgr8."""
    pixels, encoding = pixels_of(frame)
    if not ENCODINGS[encoding].shared_chroma:
        return pixels, encoding
    return convert(pixels, encoding, 'bgr8'), 'bgr8'
