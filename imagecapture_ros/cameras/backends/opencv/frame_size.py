# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which size the frames of a live source have: one at a time, although cameras change it while they send."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)

SETTLES = 2.0
"""Seconds for which a size must have come without another to be taken over, where sizes change again and again."""

SELDOM = 10.0
"""Seconds after a change in which the next one is taken for a part of the same to and fro."""

Size = tuple[int, int]


class FrameSize:
    """Tells which frames to take: a new size at once, but not one that comes in turn with another."""

    def __init__(self, name: str) -> None:
        """``name`` is what the log calls the source."""
        self._name = name
        self._size: Size | None = None
        self._changed_at = -SELDOM
        self._other: Size | None = None
        self._other_since = 0.0
        self._said = False

    def takes(self, size: Size, now: float) -> bool:
        """Return whether a frame of ``size``, width and height, that came ``now`` is to be taken; seconds."""
        if self._size is None:
            self._size = size
        if size == self._size:
            self._other = None
            return True
        if size != self._other:
            self._other, self._other_since = size, now
        settled = now - self._other_since >= SETTLES
        if settled or now - self._changed_at >= SELDOM:
            self._said = self._said and not settled
            say_changed(self._name, self._size, size)
            self._size, self._other, self._changed_at = size, None, now
            return True
        if not self._said:
            self._said = True
            logger.warning('%s sends frames of %s and of %s in turn; those of another size than %s are left out until '
                           'it has come for %g s; let the camera send one size', self._name, _shown(self._size),
                           _shown(size), _shown(self._size), SETTLES)
        return False


def say_changed(name: str, before: Size, size: Size) -> None:
    """Log that a source sends another size than before."""
    logger.warning('%s sends frames of %s now, and not of %s any more; settings and camera_info follow', name,
                   _shown(size), _shown(before))


def _shown(size: Size) -> str:
    return f'{size[0]}x{size[1]}'
