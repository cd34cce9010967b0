# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The protocol every kind of camera implements, and the ways in which a device fails."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotReadableError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo


class DeviceGone(NotReadableError):
    """The device vanished or its connection broke; opening it again may help."""


class ReadTimeout(MediaCaptureError):
    """No frame came in time; the device is still there."""


class Unchanged(ReadTimeout):
    """No frame came in time because the picture is still the same; the device has said so, and is well."""


class EndOfStream(MediaCaptureError):
    """The source has delivered its last frame and will not deliver another."""


class Camera(Protocol):
    """A device. All methods are called by the one thread that owns it; the properties are valid while it is open.

    The stream's size and rate (width, height, aspect ratio, frame rate, resize mode) and the identifiers (device id,
    group id, facing mode) are no business of the camera's capabilities and settings: the capture thread derives them
    from ``native_modes``, ``mode`` and ``info``.
    """

    @property
    def info(self) -> DeviceInfo:
        """Who the device is; valid before it is opened."""

    @property
    def capabilities(self) -> Capabilities:
        """What can be controlled, by property name."""

    @property
    def settings(self) -> Settings:
        """What the device does now, read back; one value for each capability."""

    @property
    def defaults(self) -> Settings:
        """The device's own defaults, one for each capability."""

    @property
    def native_modes(self) -> Sequence[NativeMode]:
        """The sizes and rates the device offers, the default mode first."""

    @property
    def mode(self) -> NativeMode:
        """The native mode in force."""

    @property
    def in_force_since(self) -> int:
        """From when on ``settings`` and ``mode`` are in force, in nanoseconds of CLOCK_MONOTONIC.

        Frames whose ``exposed_at`` is not earlier were taken with the present ``settings`` and ``mode``, frames before
        it with what was in force before. It may be to come, where a device takes over a change some frames later, and
        it moves back when the device takes over such a change sooner after all: with another mode, or another stream.
        Where a device does not tell, it is the moment at which the change was made, after the last write, or noticed.
        """

    @property
    def has_capture_timestamps(self) -> bool:
        """Whether ``Frame.exposed_at`` comes from the device or its driver, not from the moment of reading."""

    @property
    def field_of_view(self) -> float | None:
        """Radians from left to right in every native mode and photo at zoom 1, where the device is an exact pinhole.

        Its axis is then in the middle of the picture; ``None`` where the optics are not known.
        """

    @property
    def photo_capabilities(self) -> PhotoCapabilities:
        """What a photo can be asked for."""

    @property
    def photo_settings(self) -> PhotoSettings:
        """What a photo would be taken with if nothing is asked."""

    def open(self) -> None:
        """Take hold of the device, without streaming.

        :raises NotFoundError: there is no such device.
        :raises NotReadableError: it is busy, or what it delivers cannot be read.
        :raises NotAllowedError: the operating system refuses access.
        """

    def close(self) -> None:
        """Let go of the device; harmless when it is not open."""

    def start(self) -> None:
        """Begin to stream in ``mode``."""

    def stop(self) -> None:
        """End the stream; harmless when there is none."""

    def apply(self, settings: Settings, mode: NativeMode) -> None:
        """Bring the device to ``settings`` and ``mode``, streaming or not; ``settings`` and ``mode`` read back after.

        :raises OperationError: the device refused a value; it keeps what it had.
        """

    def read(self, timeout: float) -> Frame:
        """Return the next frame of the stream, waiting at most ``timeout`` seconds.

        :raises ReadTimeout: none came in time.
        :raises DeviceGone: the device is lost.
        :raises EndOfStream: there is no further frame.
        """

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return whether a stream has to stand still for such a photo, so that the track is muted meanwhile."""

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Make one exposure with its own settings, streaming or not; ``wishes`` are attainable.

        A device that can do so makes the photo while the stream goes on, and completes the future on any thread; one
        that cannot returns when the photo is there (:func:`photo_at_once`). ``close`` lets no photo wait. Errors are
        raised or come with the future.

        :raises UnknownError: the device could not take it.
        :raises DeviceGone: the device is lost.
        """


def photo_at_once(photo: RawPhoto) -> Future[RawPhoto]:
    """Return the answer of a camera that takes photos while everything else waits."""
    future: Future[RawPhoto] = Future()
    future.set_result(photo)
    return future


class DeviceThread(threading.Thread):
    """A thread that works for a device, perhaps still after everybody has given the device up."""

    muffled = False
    """Whether nobody is interested any more in what it logs; whoever shows the log looks at this."""
