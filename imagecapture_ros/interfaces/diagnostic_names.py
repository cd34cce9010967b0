# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the values are called that the node tells of itself in /diagnostics, for who writes and who reads them."""

from __future__ import annotations

RAW, COMPRESSED = 'image_raw', 'image_raw/compressed'
"""The image topics."""

TRANSPORT = 'transport'
SEGMENT = 'shared memory (bytes)'
"""Of the node's segment; 0 where there is none, or nobody knows."""
RATE_MEASURED = 'rate of the camera (Hz)'
RATE_OF_MODE = 'rate of the mode (Hz)'
RATE_CONFIGURED = 'rate configured (Hz)'
LOST = 'frames lost by the device or reader'
LEFT_OUT = 'frames left out for the rate'

PREPARING, WIRE = CAUSES = ('conversion or encoding', 'the wire')
"""What keeps frames of a topic waiting until some are dropped."""


def published(topic: str) -> str:
    """Images given to the middleware."""
    return f'{topic} published'


def latency(topic: str) -> str:
    """Time from exposure to the middleware: median and worst of the last second."""
    return f'{topic} latency (ms)'


def dropped(topic: str, cause: str) -> str:
    """Frames left out because ``cause`` was too slow for them."""
    return f'{topic} dropped, {cause} is slower than the camera'


def refused(topic: str) -> str:
    """Images that the middleware did not take."""
    return f'{topic} not published, errors'


def broken(topic: str) -> str:
    """Frames that could not be decoded or converted."""
    return f'{topic} not published, broken frames'


def unanswered(topic: str) -> str:
    """How often a reliable subscriber did not take images in time."""
    return f'{topic} waits for subscribers in vain'
