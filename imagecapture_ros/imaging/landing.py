# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results that go where the caller wants them, so that they need not be copied there."""

from __future__ import annotations

import numpy as np

from imagecapture_ros.mediacapture.frames import Pixels


def landed(result: Pixels, out: Pixels | None) -> Pixels:
    """Return ``result``, in ``out`` if that is given, where OpenCV was asked to write it.

    OpenCV writes elsewhere without a word where it does not like the array; then the pixels are copied.

    :raises ValueError: ``out`` has another shape than the result.
    """
    if out is None:
        return result
    if result.ctypes.data != out.ctypes.data:
        np.copyto(out, np.reshape(result, out.shape))
    return out
