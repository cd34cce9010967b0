# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stream of a device: its mode with the buffers for it, and frames that are numbered through."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator

from imagecapture_ros.cameras.backends.v4l2 import errors
from imagecapture_ros.cameras.backends.v4l2.buffers import BufferQueue
from imagecapture_ros.cameras.backends.v4l2.device import Device, Format
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS, name_of
from imagecapture_ros.cameras.backends.v4l2.modes import StreamMode
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Frame

logger = logging.getLogger(__name__)

RATE_TOLERANCE = 0.01
"""How far, relatively, a frame rate may lie beside the one that was asked for and still be that one."""


RESTART_AFTER = 5.0
"""Seconds without a frame after which the stream is started again; or ten periods. Each time twice as long follows."""

LONGEST_RESTART = 60.0
"""Seconds between attempts to wake a camera that is silent, at most; or ten periods."""


class Silence:
    """How long a stream has been silent."""

    def __init__(self) -> None:
        self._heard_at = 0.0
        self._restarted_at = 0.0
        self._restart_after = RESTART_AFTER
        self._faulty_before = 0

    @property
    def seconds(self) -> float:
        """For how long no frame came."""
        return time.monotonic() - self._heard_at

    def heard(self, frame_rate: float, faulty: int) -> None:
        """Note a frame, or a stream that has begun; ``faulty`` frames were thrown away so far."""
        self._heard_at = time.monotonic()
        self._faulty_before = faulty
        self._restart_after = max(RESTART_AFTER, 10.0 / frame_rate)

    def faulty(self, faulty: int) -> int:
        """Return how many of the ``faulty`` frames came since the last good one."""
        return faulty - self._faulty_before

    def restart_is_due(self, frame_rate: float) -> bool:
        """Return whether to start the stream again now; the next time is farther away each time."""
        now = time.monotonic()
        if now - max(self._heard_at, self._restarted_at) <= self._restart_after:
            return False
        self._restarted_at = now
        self._restart_after = min(2.0 * self._restart_after, max(LONGEST_RESTART, 10.0 / frame_rate))
        return True


class Stream:
    """What an open device streams, or would stream once started.

    From ``configure`` to ``release`` the driver's buffers are held, so that no other program can take the stream.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._queue = BufferQueue(device)
        self._layout = Format(0, 0, 0, 0, 0)
        self._number = -1
        self._offset = 0
        self.asked: StreamMode | None = None
        """The mode that the driver was asked for; ``None`` when it holds none."""
        self.taken: NativeMode | None = None
        """What the driver made of it."""

    @property
    def running(self) -> bool:
        """Whether the driver fills buffers."""
        return self._queue.running

    @property
    def driver_clock(self) -> bool:
        """Whether the driver tells when a frame was taken, on the monotonic clock."""
        return self._queue.driver_clock

    @property
    def faulty(self) -> int:
        """How many frames were thrown away because the driver marked them as faulty, or they came incomplete."""
        return self._queue.faulty

    def configure(self, mode: StreamMode) -> NativeMode:
        """End the stream, bring the device to ``mode`` with buffers for it, and return what the driver took.

        :raises OSError: the driver refuses; then the device is in no mode.
        :raises NotReadableError: the driver took a pixel format that cannot be read, or has no memory.
        """
        self.release()
        native = mode.native
        layout = self._device.set_format(mode.fourcc, native.width, native.height)
        if layout.fourcc not in FORMATS:
            raise NotReadableError(f'{self._device.path}: the driver took {name_of(layout.fourcc)} instead of {mode}')
        interval = self._device.set_interval(mode.interval)
        self._queue.allocate(layout)
        rate = native.frame_rate
        if interval is not None and abs(float(1 / interval) / rate - 1.0) > RATE_TOLERANCE:
            rate = float(1 / interval)
        taken = NativeMode(layout.width, layout.height, rate)
        if taken != native:
            logger.warning('%s: the driver took %s instead of %s', self._device.path, taken, native)
        self._layout, self.asked, self.taken = layout, mode, taken
        return taken

    def release(self) -> None:
        """End the stream and give the buffers back; harmless when there are none, or no device any more."""
        self.asked = None
        self._queue.free()

    @property
    def buffers(self) -> int:
        """How many frames may wait to be taken."""
        return self._queue.count

    @contextlib.contextmanager
    def numbered_apart(self) -> Iterator[None]:
        """Count the frames within as if they were none of the stream, which goes on as before."""
        before = self._number
        try:
            yield
        finally:
            self._number, self._offset = before, 0

    def number_anew(self) -> None:
        """Let the next frame be the first of a new count."""
        self._number, self._offset = -1, 0

    def start(self) -> None:
        """Begin to stream in the mode that was configured.

        :raises NotReadableError: the driver refuses; the message says why and what to do.
        """
        try:
            self._queue.start()
        except OSError as error:
            raise errors.not_streaming(self._device.path, self.asked, error) from error

    def stop(self) -> None:
        """End the stream, and keep the buffers."""
        self._queue.stop()

    def take(self, timeout: float) -> Frame | None:
        """Return the next good frame; ``None`` for none in ``timeout`` seconds, and when a control event waits.

        The frames' numbers grow by what the driver counts, also where its own count begins again.

        :raises DeviceGone: the device is not there any more.
        :raises NotReadableError: the driver gave the stream up.
        """
        filled = self._queue.take(timeout)
        if filled is None:
            return None
        if filled.sequence + self._offset <= self._number:
            self._offset = self._number + 1 - filled.sequence
        self._number = filled.sequence + self._offset
        layout = self._layout
        return Frame(filled.data, FORMATS[layout.fourcc].encoding, layout.width, layout.height, filled.exposed_at,
                     self._number)
