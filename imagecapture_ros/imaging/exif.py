# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera writes beside the pixels of a photo: an EXIF block in JPEG and PNG files. It never tells where."""

from __future__ import annotations

import io
import struct
import uuid
import zlib
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

from imagecapture_ros.imaging.image_header import APP1, EXIF_START, JPEG_START, PNG_START, SEGMENT_HEAD, jpeg_segments
from imagecapture_ros.imaging.photo_facts import PhotoFacts
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT

_PNG_HEADER_END = len(PNG_START) + 25
_LONGEST_SEGMENT = 0xFFFF

_COMPONENTS_AS_BYTES = struct.pack('>HHI', Base.ComponentsConfiguration, 1, 4)
_COMPONENTS_AS_UNDEFINED = struct.pack('>HHI', Base.ComponentsConfiguration, 7, 4)

FULL_FRAME = 36.0
"""Width in millimetres of the sensor that focal lengths are told for."""

_TEMPERATURES = ((3500.0, 3), (5500.0, 2), (6500.0, 1), (8000.0, 10), (float('inf'), 11))
"""Up to so many kelvin the light source is: tungsten, fluorescent, daylight, cloudy, shade."""

_FLASH_MODES = {'flash': 0x08, 'off': 0x10, 'auto': 0x18}
_NO_FLASH, _FIRED, _RED_EYE = 0x20, 0x01, 0x40


def exif_of(facts: PhotoFacts) -> bytes:
    """Return ``facts`` as the contents of an EXIF block (Exif 2.32), a TIFF structure after ``Exif`` and two zeros."""
    exif = Image.Exif()
    exif.endian = '>'
    exif[Base.Model] = facts.model
    if facts.make:
        exif[Base.Make] = facts.make
    exif[Base.Orientation] = 1
    exif[Base.XResolution] = exif[Base.YResolution] = IFDRational(72)
    exif[Base.ResolutionUnit] = 2  # inch; the pixels have no size of their own, and 72 says so
    exif[Base.YCbCrPositioning] = 1
    exif[Base.Software] = facts.software
    exif[Base.DateTime] = facts.taken_at.strftime('%Y:%m:%d %H:%M:%S')
    exif.get_ifd(IFD.Exif).update(_camera_tags(facts))
    # Pillow knows this tag as bytes; the standard wants it undefined, which looks the same.
    return exif.tobytes().replace(_COMPONENTS_AS_BYTES, _COMPONENTS_AS_UNDEFINED)


def with_exif(data: bytes, exif: bytes) -> bytes:
    """Return the JPEG, PNG or TIFF file ``data`` with ``exif``; the pixels stay as they are.

    What a camera itself wrote is kept where ``exif`` says nothing of it, except for the location.

    :raises ValueError: ``data`` is neither a JPEG nor a PNG nor a TIFF file.
    """
    if data.startswith(JPEG_START):
        earlier, rest = _without_exif(data)
        block = _merged(earlier, exif) if earlier else exif
        return b''.join((JPEG_START, struct.pack('>BBH', 0xFF, APP1, len(block) + 2), block, rest))
    if data.startswith(PNG_START):
        block = b'eXIf' + exif[len(EXIF_START):]
        chunk = struct.pack('>I', len(block) - 4) + block + struct.pack('>I', zlib.crc32(block))
        return data[:_PNG_HEADER_END] + chunk + data[_PNG_HEADER_END:]
    if data.startswith((b'II*\0', b'MM\0*')):
        return _tiff_with(data, exif)
    raise ValueError('neither a JPEG nor a PNG nor a TIFF file')


def _tiff_with(data: bytes, exif: bytes) -> bytes:
    # All of a TIFF file is what an EXIF block is, so that its picture has to be written anew. From an array: Pillow
    # refuses to open very large ones.
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None, 'it is our own'
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, 'TIFF', exif=exif[len(EXIF_START):])  # libtiff refuses the block
    return file.getvalue()


def _camera_tags(facts: PhotoFacts) -> dict[int, Any]:
    zone = facts.taken_at.strftime('%z')
    settings = facts.settings
    tags: dict[int, Any] = {
        Base.ExifVersion: b'0232',
        Base.FlashPixVersion: b'0100',
        Base.ComponentsConfiguration: b'\1\2\3\0',  # Y, Cb, Cr
        Base.ColorSpace: 1,  # sRGB
        Base.DateTimeOriginal: facts.taken_at.strftime('%Y:%m:%d %H:%M:%S'),
        Base.SubsecTimeOriginal: f'{facts.taken_at.microsecond:06d}',
        Base.OffsetTimeOriginal: f'{zone[:3]}:{zone[3:5]}',
        Base.ExifImageWidth: facts.width,
        Base.ExifImageHeight: facts.height,
        Base.Flash: _flash(facts),
        Base.ImageUniqueID: uuid.uuid4().hex,
        Base.BodySerialNumber: facts.serial_number,
    }
    numbers = {name: value for name, value in settings.items()
               if isinstance(value, (int, float)) and not isinstance(value, bool)}
    if 'exposure_time' in numbers:
        tags[Base.ExposureTime] = _rational(numbers['exposure_time'] * EXPOSURE_TIME_UNIT)
    if 'iso' in numbers:
        tags[Base.ISOSpeedRatings] = round(numbers['iso'])
        tags[Base.SensitivityType] = 3  # ISO speed
    if 'exposure_compensation' in numbers:
        tags[Base.ExposureBiasValue] = _rational(numbers['exposure_compensation'])
    if 'zoom' in numbers:
        tags[Base.DigitalZoomRatio] = _rational(numbers['zoom'])
    if facts.subject_distance is not None:
        tags[Base.SubjectDistance] = _rational(facts.subject_distance)
    if 'exposure_mode' in settings:
        tags[Base.ExposureMode] = int(settings['exposure_mode'] == 'manual')
    if 'white_balance_mode' in settings:
        manual = settings['white_balance_mode'] == 'manual'
        tags[Base.WhiteBalance] = int(manual)
        if manual and 'color_temperature' in numbers:
            tags[Base.LightSource] = next(
                source for warmest, source in _TEMPERATURES if numbers['color_temperature'] <= warmest)
    if facts.focal_length:
        tags.update(_focal_length(facts.focal_length, facts.width))
    return tags


def _focal_length(pixels: float, width: int) -> dict[int, Any]:
    """Return a focal length in pixels as if the sensor were that of a full-frame camera: both say the same angle."""
    millimetres = pixels * FULL_FRAME / width
    per_millimetre = _rational(width / FULL_FRAME)
    return {
        Base.FocalLength: _rational(millimetres), Base.FocalLengthIn35mmFilm: round(millimetres),
        Base.FocalPlaneXResolution: per_millimetre, Base.FocalPlaneYResolution: per_millimetre,
        Base.FocalPlaneResolutionUnit: 4,  # millimetres
    }


def _flash(facts: PhotoFacts) -> int:
    if not facts.has_flash:
        return _NO_FLASH
    wishes = facts.photo_settings
    value = _FLASH_MODES.get(wishes.fill_light_mode or '', 0)
    if facts.flash_fired:
        value |= _FIRED
        if wishes.red_eye_reduction:
            value |= _RED_EYE
    return value


def _rational(value: float) -> IFDRational:
    fraction = Fraction(value).limit_denominator(1_000_000)
    return IFDRational(fraction.numerator, fraction.denominator)


def _without_exif(data: bytes) -> tuple[bytes, bytes]:
    """Return the EXIF block of a JPEG file, empty if it has none, and what follows its first two bytes without it."""
    for marker, start, end in jpeg_segments(data):
        if marker == APP1 and data.startswith(EXIF_START, start):
            return data[start:end], data[len(JPEG_START):start - SEGMENT_HEAD] + data[end:]
    return b'', data[len(JPEG_START):]


def _merged(earlier: bytes, exif: bytes) -> bytes:
    ours, theirs = Image.Exif(), Image.Exif()
    ours.load(exif)
    try:
        theirs.load(earlier)
        for tag, value in theirs.items():
            if tag not in ours and tag not in (IFD.Exif, IFD.GPSInfo, IFD.Interop):
                ours[tag] = value
        known = ours.get_ifd(IFD.Exif)
        for tag, value in theirs.get_ifd(IFD.Exif).items():
            if tag != Base.MakerNote:  # its offsets are those of the file it came from
                known.setdefault(tag, value)
        merged = ours.tobytes()
    except (ValueError, KeyError, TypeError, struct.error, SyntaxError, OSError):
        return exif  # what nobody can read is no loss
    return merged if len(merged) + 2 <= _LONGEST_SEGMENT else exif
