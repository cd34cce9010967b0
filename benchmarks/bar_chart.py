# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Charts without a drawing library: groups of horizontal bars as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ('#1f6fb4', '#d2691e', '#8a8a8a', '#3a9a5c')
LABELS, BARS, NUMBERS = 330, 420, 90
"""Widths in pixels."""

BAR, GAP, TITLE = 11, 7, 46


@dataclass(frozen=True)
class Panel:
    """One quantity over several cases."""

    title: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[float | None]]]
    """A label and one value for each series; nothing was measured where there is none."""
    form: str = '{:.3g}'
    """How a value is written."""


def bar_charts(panels: Sequence[Panel]) -> str:
    """Return the panels below each other as one SVG document."""
    top, parts = 0, []
    for panel in panels:
        text, height = _panel(panel, top)
        parts.append(text)
        top += height
    width = LABELS + BARS + NUMBERS
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" font-family="sans-serif" '
            f'font-size="11"><rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n')


def _panel(panel: Panel, top: int) -> tuple[str, int]:
    parts = [f'<text x="8" y="{top + 18}" font-size="14" font-weight="bold">{escape(panel.title)}</text>']
    for number, name in enumerate(panel.series):
        x = LABELS + 130 * number
        parts.append(f'<rect x="{x}" y="{top + 28}" width="10" height="10" fill="{COLOURS[number]}"/>'
                     f'<text x="{x + 14}" y="{top + 37}">{escape(name)}</text>')
    largest = max((value for _, values in panel.rows for value in values if value is not None), default=0.0) or 1.0
    y = top + TITLE
    for label, values in panel.rows:
        middle = y + len(values) * BAR / 2 + 4
        parts.append(f'<text x="{LABELS - 8}" y="{middle:g}" text-anchor="end">{escape(label)}</text>')
        for number, value in enumerate(values):
            if value is not None:
                length = max(0.5, BARS * value / largest)
                parts.append(
                    f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR - 1}" fill="{COLOURS[number]}"/>'
                    f'<text x="{LABELS + length + 4:.1f}" y="{y + BAR - 2}">{panel.form.format(value)}</text>')
            y += BAR
        y += GAP
    return ''.join(parts), y - top + 10
