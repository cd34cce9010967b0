# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Why a camera is not as fast as somebody wished, and in which mode it would be."""

from __future__ import annotations

from collections.abc import Sequence

from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import NativeMode, Settings
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT

_TOLERANCE = 0.01
"""Part of the rate that was wished by which a rate may fall short of it."""


def rate_shortfall(wished: float, framing: Framing, modes: Sequence[NativeMode], settings: Settings) -> str:
    """Return why ``wished``, in Hz, is not reached by what the camera delivers now; empty if it is."""
    enough = wished * (1.0 - _TOLERANCE)
    if framing.frame_rate < enough:
        size = f'{framing.width}x{framing.height}'
        large = [mode for mode in modes if mode.width >= framing.width and mode.height >= framing.height]
        fastest = max(mode.frame_rate for mode in large or [framing.mode])
        quick = [mode for mode in modes if mode.frame_rate >= enough]
        if not quick:
            advice = f'no mode of the camera does, the fastest is {max(modes, key=lambda mode: mode.frame_rate)}'
        else:
            advice = f'{max(quick, key=lambda mode: (mode.width * mode.height, -mode.frame_rate))} would'
        if fastest >= enough:
            reason = f'it delivers {framing.frame_rate:g} Hz, because of what else was asked'
        else:
            reason = f'modes of at least that size do not exceed {fastest:g} Hz'
        return f'{wished:g} Hz cannot be had at {size}: {reason}; {advice}'
    exposure = settings.get('exposure_time')
    if settings.get('exposure_mode') == 'manual' and isinstance(exposure, (int, float)):
        seconds = exposure * EXPOSURE_TIME_UNIT
        if seconds * enough > 1.0:
            return (f'{wished:g} Hz cannot be reached while every exposure takes {seconds * 1e3:g} ms; set '
                    f'exposure_time to {1.0 / wished / EXPOSURE_TIME_UNIT:.0f} or less')
    return ''
