# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The structures that go to the kernel and come back, field by field as ``linux/videodev2.h`` lays them out."""

from __future__ import annotations

import ctypes
from ctypes import Structure, Union, c_char, c_int32, c_int64, c_long, c_uint8, c_uint32, c_ulong, c_void_p
from typing import Any, ClassVar

Fields = list[tuple[str, Any]]


class Capability(Structure):
    """VIDIOC_QUERYCAP: who answers, and what the driver and this node can do."""

    _fields_: ClassVar[Fields] = [
        ('driver', c_char * 16), ('card', c_char * 32), ('bus_info', c_char * 32), ('version', c_uint32),
        ('capabilities', c_uint32), ('device_caps', c_uint32), ('reserved', c_uint32 * 3),
    ]


class FormatDescription(Structure):
    """VIDIOC_ENUM_FMT: one pixel format."""

    _fields_: ClassVar[Fields] = [
        ('index', c_uint32), ('type', c_uint32), ('flags', c_uint32), ('description', c_char * 32),
        ('pixelformat', c_uint32), ('mbus_code', c_uint32), ('reserved', c_uint32 * 3),
    ]


class Size(Structure):
    """Width and height in pixels."""

    _fields_: ClassVar[Fields] = [('width', c_uint32), ('height', c_uint32)]


class SizeSteps(Structure):
    """A grid of sizes."""

    _fields_: ClassVar[Fields] = [
        ('min_width', c_uint32), ('max_width', c_uint32), ('step_width', c_uint32),
        ('min_height', c_uint32), ('max_height', c_uint32), ('step_height', c_uint32),
    ]


class _Sizes(Union):
    _fields_: ClassVar[Fields] = [('discrete', Size), ('stepwise', SizeSteps)]


class FrameSizes(Structure):
    """VIDIOC_ENUM_FRAMESIZES: one size of a pixel format, or a grid of them."""

    _anonymous_ = ('sizes',)
    _fields_: ClassVar[Fields] = [
        ('index', c_uint32), ('pixel_format', c_uint32), ('type', c_uint32), ('sizes', _Sizes),
        ('reserved', c_uint32 * 2),
    ]


class Fraction(Structure):
    """A time in seconds; drivers may leave both parts 0."""

    _fields_: ClassVar[Fields] = [('numerator', c_uint32), ('denominator', c_uint32)]


class IntervalSteps(Structure):
    """A range of frame intervals."""

    _fields_: ClassVar[Fields] = [('min', Fraction), ('max', Fraction), ('step', Fraction)]


class _Intervals(Union):
    _fields_: ClassVar[Fields] = [('discrete', Fraction), ('stepwise', IntervalSteps)]


class FrameIntervals(Structure):
    """VIDIOC_ENUM_FRAMEINTERVALS: one frame interval of a size, or a range of them."""

    _anonymous_ = ('intervals',)
    _fields_: ClassVar[Fields] = [
        ('index', c_uint32), ('pixel_format', c_uint32), ('width', c_uint32), ('height', c_uint32), ('type', c_uint32),
        ('intervals', _Intervals), ('reserved', c_uint32 * 2),
    ]


class PixFormat(Structure):
    """How the pixels of a frame lie in a buffer."""

    _fields_: ClassVar[Fields] = [
        ('width', c_uint32), ('height', c_uint32), ('pixelformat', c_uint32), ('field', c_uint32),
        ('bytesperline', c_uint32), ('sizeimage', c_uint32), ('colorspace', c_uint32), ('priv', c_uint32),
        ('flags', c_uint32), ('ycbcr_enc', c_uint32), ('quantization', c_uint32), ('xfer_func', c_uint32),
    ]


class _FormatUnion(Union):
    # The pointer gives the union the alignment that it has in C through v4l2_window.
    _fields_: ClassVar[Fields] = [('pix', PixFormat), ('raw_data', c_uint8 * 200), ('alignment', c_void_p)]


class Format(Structure):
    """VIDIOC_G_FMT, VIDIOC_S_FMT, VIDIOC_TRY_FMT."""

    _fields_: ClassVar[Fields] = [('type', c_uint32), ('fmt', _FormatUnion)]


class CaptureParameters(Structure):
    """The frame interval of a capture device."""

    _fields_: ClassVar[Fields] = [
        ('capability', c_uint32), ('capturemode', c_uint32), ('timeperframe', Fraction), ('extendedmode', c_uint32),
        ('readbuffers', c_uint32), ('reserved', c_uint32 * 4),
    ]


class _ParametersUnion(Union):
    _fields_: ClassVar[Fields] = [('capture', CaptureParameters), ('raw_data', c_uint8 * 200)]


class StreamParameters(Structure):
    """VIDIOC_G_PARM, VIDIOC_S_PARM."""

    _fields_: ClassVar[Fields] = [('type', c_uint32), ('parm', _ParametersUnion)]


class RequestBuffers(Structure):
    """VIDIOC_REQBUFS."""

    _fields_: ClassVar[Fields] = [
        ('count', c_uint32), ('type', c_uint32), ('memory', c_uint32), ('capabilities', c_uint32), ('flags', c_uint8),
        ('reserved', c_uint8 * 3),
    ]


class Timeval(Structure):
    """Seconds and microseconds."""

    _fields_: ClassVar[Fields] = [('tv_sec', c_long), ('tv_usec', c_long)]


class Timecode(Structure):
    """Present in every buffer, used by none of ours."""

    _fields_: ClassVar[Fields] = [
        ('type', c_uint32), ('flags', c_uint32), ('frames', c_uint8), ('seconds', c_uint8), ('minutes', c_uint8),
        ('hours', c_uint8), ('userbits', c_uint8 * 4),
    ]


class _Memory(Union):
    _fields_: ClassVar[Fields] = [('offset', c_uint32), ('userptr', c_ulong), ('fd', c_int32)]


class Buffer(Structure):
    """VIDIOC_QUERYBUF, VIDIOC_QBUF, VIDIOC_DQBUF."""

    _fields_: ClassVar[Fields] = [
        ('index', c_uint32), ('type', c_uint32), ('bytesused', c_uint32), ('flags', c_uint32), ('field', c_uint32),
        ('timestamp', Timeval), ('timecode', Timecode), ('sequence', c_uint32), ('memory', c_uint32), ('m', _Memory),
        ('length', c_uint32), ('reserved2', c_uint32), ('request_fd', c_int32),
    ]


class QueryExtendedControl(Structure):
    """VIDIOC_QUERY_EXT_CTRL: one control."""

    _fields_: ClassVar[Fields] = [
        ('id', c_uint32), ('type', c_uint32), ('name', c_char * 32), ('minimum', c_int64), ('maximum', c_int64),
        ('step', c_int64), ('default_value', c_int64), ('flags', c_uint32), ('elem_size', c_uint32),
        ('elems', c_uint32), ('nr_of_dims', c_uint32), ('dims', c_uint32 * 4), ('reserved', c_uint32 * 32),
    ]


class _MenuItem(Union):
    _pack_ = 1
    _layout_ = 'ms'
    _fields_: ClassVar[Fields] = [('name', c_char * 32), ('value', c_int64)]


class QueryMenu(Structure):
    """VIDIOC_QUERYMENU: one item of a menu; ``value`` in an integer menu, ``name`` in any other."""

    _pack_ = 1
    _layout_ = 'ms'
    _anonymous_ = ('item',)
    _fields_: ClassVar[Fields] = [
        ('id', c_uint32), ('index', c_uint32), ('item', _MenuItem), ('reserved', c_uint32)]


class _ControlValue(Union):
    _pack_ = 1
    _layout_ = 'ms'
    _fields_: ClassVar[Fields] = [('value', c_int32), ('value64', c_int64), ('ptr', c_void_p)]


class ExtendedControl(Structure):
    """The value of one control; ``size`` bytes at ``ptr`` where it is more than a number."""

    _pack_ = 1
    _layout_ = 'ms'
    _anonymous_ = ('content',)
    _fields_: ClassVar[Fields] = [
        ('id', c_uint32), ('size', c_uint32), ('reserved2', c_uint32), ('content', _ControlValue)]


class ExtendedControls(Structure):
    """VIDIOC_G_EXT_CTRLS, VIDIOC_S_EXT_CTRLS."""

    _fields_: ClassVar[Fields] = [
        ('which', c_uint32), ('count', c_uint32), ('error_idx', c_uint32), ('request_fd', c_int32),
        ('reserved', c_uint32), ('controls', ctypes.POINTER(ExtendedControl)),
    ]


class EventSubscription(Structure):
    """VIDIOC_SUBSCRIBE_EVENT."""

    _fields_: ClassVar[Fields] = [
        ('type', c_uint32), ('id', c_uint32), ('flags', c_uint32), ('reserved', c_uint32 * 5)]


class ControlEvent(Structure):
    """What happened to a control."""

    _fields_: ClassVar[Fields] = [
        ('changes', c_uint32), ('type', c_uint32), ('value64', c_int64), ('flags', c_uint32), ('minimum', c_int32),
        ('maximum', c_int32), ('step', c_int32), ('default_value', c_int32),
    ]


class _EventUnion(Union):
    _fields_: ClassVar[Fields] = [('ctrl', ControlEvent), ('data', c_uint8 * 64)]


class Timespec(Structure):
    """Seconds and nanoseconds."""

    _fields_: ClassVar[Fields] = [('tv_sec', c_long), ('tv_nsec', c_long)]


class Event(Structure):
    """VIDIOC_DQEVENT."""

    _fields_: ClassVar[Fields] = [
        ('type', c_uint32), ('u', _EventUnion), ('pending', c_uint32), ('sequence', c_uint32),
        ('timestamp', Timespec), ('id', c_uint32), ('reserved', c_uint32 * 8),
    ]
