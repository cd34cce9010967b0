# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The buffers a driver fills: mapped into memory, queued, taken out when they are filled, and given back."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import select
import time
from dataclasses import dataclass

from imagecapture_ros.cameras.backends.v4l2 import errors, ioctl, structures
from imagecapture_ros.cameras.backends.v4l2.device import Device, Format
from imagecapture_ros.cameras.backends.v4l2.formats import frame_data
from imagecapture_ros.imaging.image_header import JPEG_END
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels

BUFFERS = 4
"""One being filled, one filled, one being read, and one for a reader that is late."""

EARLIEST = 1_000_000_000
"""Nanoseconds before the start of a stream in which its first frame may have been exposed."""


@dataclass(frozen=True)
class Filled:
    """A frame that came out of a buffer."""

    data: Pixels | bytes
    sequence: int
    """As the driver counts, from 0 at the start of the stream."""
    exposed_at: int
    """Nanoseconds of CLOCK_MONOTONIC, never later than now; without a clock of the driver, when it was taken out."""


class BufferQueue:
    """The buffers of an open device. As long as there are any, no other program can stream from it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._maps: list[mmap.mmap] = []
        self._layout: Format | None = None
        self.running = False
        self._started_at = 0
        self.driver_clock = True
        """Whether the driver tells when a frame was taken, on the monotonic clock."""
        self._jpeg_ends = False
        self.faulty = 0
        """Frames that were thrown away because the driver marked them as faulty, or that came incomplete."""

    @property
    def count(self) -> int:
        """How many buffers there are."""
        return len(self._maps)

    def allocate(self, layout: Format) -> None:
        """Let the driver make buffers for frames of ``layout``, the format in force, and map them.

        :raises OSError: the driver refuses; EBUSY, when another program has buffers.
        :raises NotReadableError: it makes none.
        """
        self.free()
        request = structures.RequestBuffers(
            count=BUFFERS, type=ioctl.BUF_TYPE_VIDEO_CAPTURE, memory=ioctl.MEMORY_MMAP)
        self._device.call(ioctl.REQBUFS, request)
        self._layout = layout
        try:
            for index in range(request.count):  # a driver may make fewer or more than it was asked for
                buffer = self._buffer(index)
                self._device.call(ioctl.QUERYBUF, buffer)
                self.driver_clock = _clocked(buffer)
                self._maps.append(mmap.mmap(self._device.fd, buffer.length, mmap.MAP_SHARED, mmap.PROT_READ,
                                            offset=buffer.m.offset))
        except BaseException:
            self.free()
            raise
        if not self._maps:
            raise NotReadableError(f'{self._device.path}: the driver has no memory for buffers')

    def free(self) -> None:
        """Give the buffers back; harmless when there are none, and complete also when the device is gone."""
        self.stop()
        maps, self._maps, self._layout = self._maps, [], None
        for one in maps:
            one.close()
        if maps:
            request = structures.RequestBuffers(
                count=0, type=ioctl.BUF_TYPE_VIDEO_CAPTURE, memory=ioctl.MEMORY_MMAP)
            with contextlib.suppress(OSError, NotReadableError):
                self._device.call(ioctl.REQBUFS, request)

    def start(self) -> None:
        """Queue all buffers and begin to stream.

        :raises OSError: the driver refuses.
        """
        try:
            for index in range(len(self._maps)):
                self._device.call(ioctl.QBUF, self._buffer(index))
            self._started_at = time.monotonic_ns()
            self._device.call(ioctl.STREAMON, ctypes.c_int(ioctl.BUF_TYPE_VIDEO_CAPTURE))
        except BaseException:
            self._stream_off()  # takes back those that were queued
            raise
        self.running = True

    def stop(self) -> None:
        """End the stream; what is in the buffers is lost. Harmless when there is none, or no device any more."""
        if self.running:
            self.running = False
            self._stream_off()

    def take(self, timeout: float) -> Filled | None:
        """Return the next good frame, or ``None`` if there was none within ``timeout`` seconds, or a control event.

        :raises DeviceGone: the device is not there any more.
        :raises NotReadableError: the driver gave the stream up.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = self._device.wait(select.POLLIN | select.POLLPRI, deadline - time.monotonic())
            if found & (select.POLLIN | select.POLLERR):
                frame = self._dequeued(broken=bool(found & select.POLLERR))
                if frame is not None:
                    return frame
            if not found or found & select.POLLPRI or time.monotonic() >= deadline:
                return None

    def _dequeued(self, *, broken: bool) -> Filled | None:
        """Return the frame of the buffer that was filled first and give the buffer back; ``None`` for no good frame."""
        buffer = self._buffer(0)
        try:
            self._device.call(ioctl.DQBUF, buffer)
        except OSError as error:
            # Without this look at the error a poll that always finds something would spin.
            if error.errno == errno.EAGAIN and not broken:
                return None
            raise errors.stream_broken(self._device.path, 'hand over a frame', error) from error
        now = time.monotonic_ns()
        try:
            data = None if buffer.flags & ioctl.BUF_FLAG_ERROR else self._copied(buffer)
        finally:
            try:
                self._device.call(ioctl.QBUF, self._buffer(buffer.index))
            except OSError as error:
                raise errors.stream_broken(self._device.path, 'take a buffer back', error) from error
        if data is None:
            self.faulty += 1
            return None
        told = buffer.timestamp.tv_sec * 1_000_000_000 + buffer.timestamp.tv_usec * 1000
        # What was exposed before the stream began cannot be told on this clock, whatever the driver says.
        self.driver_clock = _clocked(buffer) and told > self._started_at - EARLIEST
        # A few drivers tell a moment that is still to come; nothing can have been exposed then.
        return Filled(data, buffer.sequence, min(told, now) if self.driver_clock else now)

    def _copied(self, buffer: structures.Buffer) -> Pixels | bytes | None:
        assert self._layout is not None
        data = frame_data(self._maps[buffer.index], buffer.bytesused, self._layout)
        if isinstance(data, bytes):
            # A driver cannot know how long a JPEG is to be: only its end tells that it is whole. But a few cameras
            # never write one.
            if data.rfind(JPEG_END) > 0:
                self._jpeg_ends = True
            elif self._jpeg_ends:
                return None
            else:
                data += JPEG_END
        return data

    def _stream_off(self) -> None:
        with contextlib.suppress(OSError, NotReadableError):
            self._device.call(ioctl.STREAMOFF, ctypes.c_int(ioctl.BUF_TYPE_VIDEO_CAPTURE))

    def _buffer(self, index: int) -> structures.Buffer:
        return structures.Buffer(index=index, type=ioctl.BUF_TYPE_VIDEO_CAPTURE, memory=ioctl.MEMORY_MMAP)


def _clocked(buffer: structures.Buffer) -> bool:
    clock: int = buffer.flags & ioctl.BUF_FLAG_TIMESTAMP_MASK
    return clock == ioctl.BUF_FLAG_TIMESTAMP_MONOTONIC
