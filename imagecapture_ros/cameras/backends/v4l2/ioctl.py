# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The requests of ``linux/videodev2.h`` by number, its constants, and the one call that reaches the kernel."""

from __future__ import annotations

import ctypes
import fcntl

from imagecapture_ros.cameras.backends.v4l2 import structures

_WRITE, _READ = 1, 2


def _request(direction: int, number: int, argument: type[ctypes._CData]) -> int:
    return direction << 30 | ctypes.sizeof(argument) << 16 | ord('V') << 8 | number


QUERYCAP = _request(_READ, 0, structures.Capability)
ENUM_FMT = _request(_READ | _WRITE, 2, structures.FormatDescription)
G_FMT = _request(_READ | _WRITE, 4, structures.Format)
S_FMT = _request(_READ | _WRITE, 5, structures.Format)
REQBUFS = _request(_READ | _WRITE, 8, structures.RequestBuffers)
QUERYBUF = _request(_READ | _WRITE, 9, structures.Buffer)
QBUF = _request(_READ | _WRITE, 15, structures.Buffer)
DQBUF = _request(_READ | _WRITE, 17, structures.Buffer)
STREAMON = _request(_WRITE, 18, ctypes.c_int)
STREAMOFF = _request(_WRITE, 19, ctypes.c_int)
G_PARM = _request(_READ | _WRITE, 21, structures.StreamParameters)
S_PARM = _request(_READ | _WRITE, 22, structures.StreamParameters)
QUERYMENU = _request(_READ | _WRITE, 37, structures.QueryMenu)
TRY_FMT = _request(_READ | _WRITE, 64, structures.Format)
G_EXT_CTRLS = _request(_READ | _WRITE, 71, structures.ExtendedControls)
S_EXT_CTRLS = _request(_READ | _WRITE, 72, structures.ExtendedControls)
ENUM_FRAMESIZES = _request(_READ | _WRITE, 74, structures.FrameSizes)
ENUM_FRAMEINTERVALS = _request(_READ | _WRITE, 75, structures.FrameIntervals)
DQEVENT = _request(_READ, 89, structures.Event)
SUBSCRIBE_EVENT = _request(_WRITE, 90, structures.EventSubscription)
QUERY_EXT_CTRL = _request(_READ | _WRITE, 103, structures.QueryExtendedControl)

BUF_TYPE_VIDEO_CAPTURE = 1
MEMORY_MMAP = 1

CAP_VIDEO_CAPTURE = 0x00000001
CAP_STREAMING = 0x04000000
CAP_DEVICE_CAPS = 0x80000000
CAP_TIMEPERFRAME = 0x1000

SIZE_DISCRETE = INTERVAL_DISCRETE = 1

BUF_FLAG_ERROR = 0x00000040
BUF_FLAG_TIMESTAMP_MASK = 0x0000E000
BUF_FLAG_TIMESTAMP_MONOTONIC = 0x00002000

CTRL_FLAG_DISABLED = 0x0001
CTRL_FLAG_READ_ONLY = 0x0004
CTRL_FLAG_INACTIVE = 0x0010
CTRL_FLAG_WRITE_ONLY = 0x0040
CTRL_FLAG_VOLATILE = 0x0080
CTRL_FLAG_HAS_PAYLOAD = 0x0100
CTRL_FLAG_EXECUTE_ON_WRITE = 0x0200
CTRL_FLAG_NEXT_CTRL = 0x80000000
CTRL_FLAG_NEXT_COMPOUND = 0x40000000

CTRL_TYPE_INTEGER = 1
CTRL_TYPE_BOOLEAN = 2
CTRL_TYPE_MENU = 3
CTRL_TYPE_BUTTON = 4
CTRL_TYPE_INTEGER64 = 5
CTRL_TYPE_CTRL_CLASS = 6
CTRL_TYPE_STRING = 7
CTRL_TYPE_BITMASK = 8
CTRL_TYPE_INTEGER_MENU = 9
CTRL_TYPE_U8 = 0x0100
CTRL_TYPE_U16 = 0x0101
CTRL_TYPE_U32 = 0x0102
CTRL_TYPE_AREA = 0x0106
CTRL_TYPE_RECT = 0x0107

EVENT_CTRL = 3
EVENT_CTRL_CH_VALUE = 0x0001
EVENT_CTRL_CH_FLAGS = 0x0002
EVENT_CTRL_CH_RANGE = 0x0004
EVENT_CTRL_CH_DIMENSIONS = 0x0008

CID_BRIGHTNESS = 0x00980900
CID_CONTRAST = 0x00980901
CID_SATURATION = 0x00980902
CID_AUTO_WHITE_BALANCE = 0x0098090C
CID_DO_WHITE_BALANCE = 0x0098090D
CID_WHITE_BALANCE_TEMPERATURE = 0x0098091A
CID_SHARPNESS = 0x0098091B
CID_EXPOSURE_AUTO = 0x009A0901
CID_EXPOSURE_ABSOLUTE = 0x009A0902
CID_PAN_ABSOLUTE = 0x009A0908
CID_TILT_ABSOLUTE = 0x009A0909
CID_FOCUS_ABSOLUTE = 0x009A090A
CID_FOCUS_AUTO = 0x009A090C
CID_ZOOM_ABSOLUTE = 0x009A090D
CID_AUTO_EXPOSURE_BIAS = 0x009A0913
CID_AUTO_N_PRESET_WHITE_BALANCE = 0x009A0914
CID_ISO_SENSITIVITY = 0x009A0917
CID_ISO_SENSITIVITY_AUTO = 0x009A0918
CID_AUTO_FOCUS_START = 0x009A091C
CID_FLASH_LED_MODE = 0x009C0901

EXPOSURE_AUTO = 0
EXPOSURE_MANUAL = 1
EXPOSURE_SHUTTER_PRIORITY = 2
EXPOSURE_APERTURE_PRIORITY = 3


def ioctl(fd: int, request: int, argument: ctypes._CData) -> None:
    """Send ``request`` to the driver behind ``fd``, which reads and writes ``argument``; a signal repeats the call.

    :raises OSError: the driver refuses; ``errno`` says why.
    """
    while True:
        try:
            fcntl.ioctl(fd, request, argument, True)
            return
        except InterruptedError:
            continue
