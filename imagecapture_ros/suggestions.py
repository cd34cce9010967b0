# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SIMILAR = 0.55
"""Above this ratio of common letters a word may be meant; below, a suggestion would only puzzle."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of ``known`` that looks most like ``word``, or ``None`` if none does."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=_SIMILAR)
    return found[0] if found else None


def hint(word: str, known: Iterable[str]) -> str:
    """Return which of ``known`` was probably meant, or all of them."""
    words = list(known)
    meant = nearest(word, words)
    return f'did you mean {meant}?' if meant else f'use one of {", ".join(words)}'
