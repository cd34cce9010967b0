# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rates that a native mode can be delivered at: its own, and all lower ones, for which frames are left out."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.mediacapture.constraints import ConstraintValue
from imagecapture_ros.mediacapture.solver.domains import DIGITS, EQUAL_NUMBERS, distance
from imagecapture_ros.mediacapture.solver.stream_sizes import Floats, Limits

SLOWEST_RATE = 1.0 / 600.0
"""Hz; no stream is slowed down further, however low a rate is wished for: one frame in ten minutes is hardly meant."""

NEAR_RATE = 2e-3
"""A rate given by hand means a native one, or a whole fraction, from which it differs by no more than this part.

29.97 is meant where 30 is written, and the other way round.
"""

_MOST_FRAMES = 10 ** 8
"""Of so many frames the share that is delivered is kept exactly."""


class RateFit(NamedTuple):
    """A rate that a native one is delivered at, and how well it fits, better ones first."""

    rank: float
    """The fitness distance, rounded."""
    uneven: bool
    """Whether the frames that are left out leave gaps of different length: it is no whole fraction of the native one.

    So nobody gets such a rate who does not ask for it.
    """
    away: float
    """How far it is from the device's default."""
    rate: float
    distance: float
    """Not rounded."""


def reachable(rates: Floats, limits: Limits) -> NDArray[np.bool_]:
    """Return which native ``rates`` can be delivered at a rate within ``limits``."""
    low, high = limits.low - EQUAL_NUMBERS, limits.high + EQUAL_NUMBERS
    possible: NDArray[np.bool_] = (rates >= low) & (np.minimum(rates, SLOWEST_RATE) <= high) & (low <= high)
    return possible


def best_rate(native: float, limits: Limits, wishes: Sequence[ConstraintValue], default: object) -> RateFit:
    """Return the best rate within ``limits``, which must be reachable, that frames of the rate ``native`` can have."""
    fastest = min(limits.high, native)
    slowest = min(max(limits.low, min(SLOWEST_RATE, native)), fastest)
    pulls = [one for one in (*wishes, default) if isinstance(one, (int, float))]
    # The distance rises on both sides of each wish, ever more slowly: the best rate is a wished one or at a limit. Of
    # equally near rates the best is a whole fraction, which lies next to these.
    rates = {min(max(one, slowest), fastest) for one in (fastest, slowest, *pulls)}
    for rate in list(rates):
        most = math.floor(native / rate + EQUAL_NUMBERS)
        rates.update(fraction for every in (most, most + 1)
                     if slowest - EQUAL_NUMBERS <= (fraction := native / every) <= fastest + EQUAL_NUMBERS)
    return min(_fit(rate, native, wishes, default) for rate in rates)


def _fit(rate: float, native: float, wishes: Sequence[ConstraintValue], default: object) -> RateFit:
    fraction = native / max(1, round(native / rate))
    uneven = abs(fraction - rate) > EQUAL_NUMBERS
    rate = rate if uneven else fraction
    total = sum(distance(rate, wish, plain=False) for wish in wishes)
    away = distance(rate, default, plain=False) if isinstance(default, (int, float)) else 0.0
    return RateFit(round(total, DIGITS), uneven, round(away, DIGITS), rate, total)


@functools.lru_cache(maxsize=64)
def share_delivered(rate: float, native: float) -> Fraction:
    """Return what part of the frames of a ``native`` rate, in Hz, is delivered at ``rate``; one if it is not lower."""
    return min(Fraction(rate / native).limit_denominator(_MOST_FRAMES), Fraction(1))


def rate_meant(rate: float, natives: Sequence[float]) -> float:
    """Return the native rate, or whole fraction of one, that ``rate`` nearly is; ``rate`` itself if there is none."""
    if not rate > 0.0:
        return rate
    fractions = (native / max(1, round(min(native / rate, 1.0 / EQUAL_NUMBERS))) for native in natives)
    near = [fraction for fraction in fractions if abs(fraction - rate) <= NEAR_RATE * rate]
    return min(near, key=lambda fraction: abs(fraction - rate), default=rate)
