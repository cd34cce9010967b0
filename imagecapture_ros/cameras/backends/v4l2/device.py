# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An open video node: what the driver says it can do, asked in full, whatever the driver leaves out."""

from __future__ import annotations

import ctypes
import errno
import os
import select
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from imagecapture_ros.cameras.backends.v4l2 import errors, ioctl, structures
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotReadableError

MAX_ENTRIES = 4096
"""No driver has more formats, sizes or intervals; one that never ends its list is broken."""

# What drivers answer to a question that they do not understand, or at the end of a list.
_NO_ANSWER = frozenset({errno.EINVAL, errno.ENOTTY, errno.ENODATA})


@dataclass(frozen=True)
class Identity:
    """What a driver says of itself."""

    driver: str
    card: str
    bus_info: str
    captures: bool
    """Whether this node delivers video frames through buffers that can be mapped."""


@dataclass(frozen=True)
class SizeGrid:
    """The sizes from a minimum to a maximum in steps, all in pixels; a single one where both are equal."""

    min_width: int
    max_width: int
    step_width: int
    min_height: int
    max_height: int
    step_height: int

    @property
    def widths(self) -> range:
        """All widths."""
        return range(self.min_width, self.max_width + 1, self.step_width)

    @property
    def heights(self) -> range:
        """All heights."""
        return range(self.min_height, self.max_height + 1, self.step_height)


@dataclass(frozen=True)
class IntervalRange:
    """Frame intervals in seconds, the shortest and the longest; a single one where both are equal."""

    shortest: Fraction
    longest: Fraction


@dataclass(frozen=True)
class Format:
    """How the driver lays out a frame."""

    fourcc: int
    width: int
    height: int
    bytes_per_line: int
    """Bytes from one row to the next; 0 where rows mean nothing or the driver does not say."""
    size: int
    """Bytes of the largest frame."""


class Device:
    """A video node, open or not. Whatever the kernel refuses is an OSError, except that the device is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """The file descriptor of the open node."""
        if self._fd is None:
            raise InvalidStateError(f'{self.path} is not open')
        return self._fd

    def open(self) -> None:
        """Open the node.

        :raises NotFoundError: there is none.
        :raises NotAllowedError: the user may not.
        :raises NotReadableError: it is busy, gone, or fails.
        """
        self.close()
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise errors.not_opened(self.path, error) from error

    def close(self) -> None:
        """Close the node; harmless when it is closed."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def call(self, request: int, argument: ctypes._CData) -> None:
        """Send one request to the driver.

        :raises DeviceGone: the device is not there any more.
        :raises OSError: the driver refuses.
        """
        try:
            ioctl.ioctl(self.fd, request, argument)
        except OSError as error:
            if error.errno in errors.GONE:
                raise errors.gone(self.path) from error
            raise

    def wait(self, events: int, timeout: float) -> int:
        """Wait at most ``timeout`` seconds for one of the poll ``events``; return those that are there, 0 for none.

        :raises DeviceGone: the device is not there any more.
        """
        poll = select.poll()
        poll.register(self.fd, events)
        found = dict(poll.poll(max(0.0, timeout) * 1000.0)).get(self.fd, 0)
        if found & select.POLLHUP:
            raise errors.gone(self.path)
        return found

    def identity(self) -> Identity:
        """Return who answers.

        :raises NotReadableError: nothing that speaks V4L2.
        """
        capability = structures.Capability()
        try:
            self.call(ioctl.QUERYCAP, capability)
        except OSError as error:
            raise NotReadableError(f'{self.path} is not a video device: {errors.described(error)}') from error
        own = capability.capabilities & ioctl.CAP_DEVICE_CAPS
        can = capability.device_caps if own else capability.capabilities
        needed = ioctl.CAP_VIDEO_CAPTURE | ioctl.CAP_STREAMING
        return Identity(text_of(capability.driver), text_of(capability.card), text_of(capability.bus_info),
                        can & needed == needed)

    def fourccs(self) -> list[int]:
        """Return the pixel formats that the device offers, in its own order."""
        found = []
        for index in range(MAX_ENTRIES):
            description = structures.FormatDescription(index=index, type=ioctl.BUF_TYPE_VIDEO_CAPTURE)
            if not self._answers(ioctl.ENUM_FMT, description):
                break
            if description.pixelformat not in found:
                found.append(description.pixelformat)
        return found

    def sizes(self, fourcc: int) -> list[SizeGrid]:
        """Return the sizes of a pixel format; empty when the driver does not enumerate them."""
        found: list[SizeGrid] = []
        for index in range(MAX_ENTRIES):
            entry = structures.FrameSizes(index=index, pixel_format=fourcc)
            if not self._answers(ioctl.ENUM_FRAMESIZES, entry):
                break
            if entry.type != ioctl.SIZE_DISCRETE:
                steps = entry.stepwise
                return [SizeGrid(max(1, steps.min_width), steps.max_width, max(1, steps.step_width),
                                 max(1, steps.min_height), steps.max_height, max(1, steps.step_height))]
            width, height = entry.discrete.width, entry.discrete.height
            if width and height:
                found.append(SizeGrid(width, width, 1, height, height, 1))
        return found

    def intervals(self, fourcc: int, width: int, height: int) -> list[IntervalRange]:
        """Return the frame intervals of a size; empty when the driver does not enumerate them."""
        found: list[IntervalRange] = []
        for index in range(MAX_ENTRIES):
            entry = structures.FrameIntervals(index=index, pixel_format=fourcc, width=width, height=height)
            if not self._answers(ioctl.ENUM_FRAMEINTERVALS, entry):
                break
            if entry.type != ioctl.INTERVAL_DISCRETE:
                ends = [seconds for end in (entry.stepwise.min, entry.stepwise.max) if (seconds := seconds_of(end))]
                return [IntervalRange(min(ends), max(ends))] if ends else []
            if seconds := seconds_of(entry.discrete):
                found.append(IntervalRange(seconds, seconds))
        return found

    def format(self) -> Format:
        """Return the format in force."""
        argument = structures.Format(type=ioctl.BUF_TYPE_VIDEO_CAPTURE)
        self.call(ioctl.G_FMT, argument)
        return _format_of(argument)

    def set_format(self, fourcc: int, width: int, height: int, *, only_try: bool = False) -> Format:
        """Ask for a format and return the one that the driver took instead; or would take, with ``only_try``."""
        argument = structures.Format(type=ioctl.BUF_TYPE_VIDEO_CAPTURE)
        pix = argument.fmt.pix
        pix.width, pix.height, pix.pixelformat = width, height, fourcc
        pix.field = 0  # V4L2_FIELD_ANY
        self.call(ioctl.TRY_FMT if only_try else ioctl.S_FMT, argument)
        return _format_of(argument)

    def interval(self) -> Fraction | None:
        """Return the seconds from frame to frame, or ``None`` when the driver does not say."""
        argument = structures.StreamParameters(type=ioctl.BUF_TYPE_VIDEO_CAPTURE)
        if not self._answers(ioctl.G_PARM, argument):
            return None
        return seconds_of(argument.parm.capture.timeperframe)

    def set_interval(self, seconds: Fraction) -> Fraction | None:
        """Ask for an interval and return the one that the driver took, or ``None`` when it has no say in it."""
        argument = structures.StreamParameters(type=ioctl.BUF_TYPE_VIDEO_CAPTURE)
        time = argument.parm.capture.timeperframe
        time.numerator, time.denominator = seconds.numerator, seconds.denominator
        if not self._answers(ioctl.S_PARM, argument):
            return self.interval()
        return seconds_of(time)

    def _answers(self, request: int, argument: ctypes._CData) -> bool:
        try:
            self.call(request, argument)
        except OSError as error:
            if error.errno in _NO_ANSWER:
                return False
            raise
        return True


def text_of(raw: bytes) -> str:
    """Return what a driver wrote as a name; it need not be UTF-8."""
    return ''.join(c for c in raw.decode('utf-8', errors='replace') if c.isprintable()).strip()


def seconds_of(time: structures.Fraction) -> Fraction | None:
    """Return a time in seconds, or ``None`` where a driver says 0/0 or the like."""
    if not time.numerator or not time.denominator:
        return None
    return Fraction(time.numerator, time.denominator)


def _format_of(argument: structures.Format) -> Format:
    pix = argument.fmt.pix
    return Format(pix.pixelformat, pix.width, pix.height, pix.bytesperline, pix.sizeimage)
