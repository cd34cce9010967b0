# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The errors of Media Capture and Image Capture, each under its W3C name."""

from __future__ import annotations

from imagecapture_ros.texts import in_short


class MediaCaptureError(Exception):
    """Base of all errors that a caller of the API may see.

    ``name`` is the W3C error name; the message says what was wrong and what to do about it.
    """

    name = 'UnknownError'

    def __init__(self, message: str) -> None:
        self.message = in_short(message)
        super().__init__(self.message)


class OverconstrainedError(MediaCaptureError):
    """A required constraint cannot be met (Media Capture and Streams, OverconstrainedError).

    ``constraint`` is the snake_case name of a constraint that no setting of the device satisfies, or empty when each
    constraint is possible alone but not all of them together. ``required_earlier`` tells whether what was required
    before stands in the way.
    """

    name = 'OverconstrainedError'

    def __init__(self, constraint: str, message: str, *, required_earlier: bool = False) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.required_earlier = required_earlier


class InvalidStateError(MediaCaptureError):
    """The track is not live, or the frame that was asked for cannot exist in the present state."""

    name = 'InvalidStateError'


class NotSupportedError(MediaCaptureError):
    """The value lies outside what the device's photo capabilities allow."""

    name = 'NotSupportedError'


class OperationError(MediaCaptureError):
    """The device refused or failed an operation that it should have been able to do."""

    name = 'OperationError'


class UnknownError(MediaCaptureError):
    """A photo or a frame could not be taken; the message carries the device's reason."""

    name = 'UnknownError'


class SecurityError(MediaCaptureError):
    """Pan, tilt or zoom was asked for where it is not allowed."""

    name = 'SecurityError'


class NotFoundError(MediaCaptureError):
    """No device matches (getUserMedia, step 2)."""

    name = 'NotFoundError'


class NotAllowedError(MediaCaptureError):
    """The operating system does not permit the use of the device."""

    name = 'NotAllowedError'


class NotReadableError(MediaCaptureError):
    """The device exists but cannot be opened or read, for instance because another program holds it."""

    name = 'NotReadableError'


class AbortError(MediaCaptureError):
    """A device could not be brought into use for a reason that no other error names (getUserMedia, step 8)."""

    name = 'AbortError'


class ConstraintTypeError(MediaCaptureError, TypeError):
    """A value has the wrong type or is not finite (WebIDL TypeError); the message names the member and the value."""

    name = 'TypeError'
