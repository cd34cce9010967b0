# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What callers give, checked when they give it: a mistake is an error of that call, not of a later one."""

from __future__ import annotations

import operator

from imagecapture_ros.mediacapture.errors import ConstraintTypeError, NotSupportedError
from imagecapture_ros.suggestions import hint
from imagecapture_ros.texts import excerpt

COLOUR = 'bgr8'
"""The encoding of frames where nobody asks for another: what OpenCV works with."""

ENCODINGS = (COLOUR, 'rgb8', 'mono8', 'passthrough')
"""What a frame can be asked for in; ``passthrough`` is the camera's own encoding."""


def checked_encoding(encoding: object) -> str:
    """Return an encoding that frames can be asked for in.

    :raises ConstraintTypeError: it is not a string.
    :raises NotSupportedError: it is not offered.
    """
    if not isinstance(encoding, str):
        raise ConstraintTypeError(f'encoding: {excerpt(encoding)} is not a string')
    if encoding not in ENCODINGS:
        raise NotSupportedError(f'encoding {excerpt(encoding)} is not offered; {hint(encoding, ENCODINGS)}')
    return encoding


def whole_number(number: object, name: str) -> int:
    """Return a whole number.

    :raises ConstraintTypeError: it is none.
    """
    try:
        if isinstance(number, bool):
            raise TypeError
        return operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        raise ConstraintTypeError(f'{name}: {excerpt(number)} is not a whole number') from None
