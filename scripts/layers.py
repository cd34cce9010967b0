# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Draw docs/images/layers.svg: the layers of the package, and which of them import which.

The arrows are read from the code. ``make docs`` runs it, and a test compares.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / 'imagecapture_ros'
PICTURE = ROOT / 'docs' / 'images' / 'layers.svg'


@dataclass(frozen=True)
class Layer:
    """One folder of the package."""

    name: str
    row: int
    column: float
    """Where it is drawn, from the top and the left."""
    purpose: str
    uses: str = ''
    """What of ROS it imports."""


LAYERS = (
    Layer('cli', 0, 2, 'the imagecapture command', 'rclpy'),
    Layer('navigator', 1, 0, "the browser's API for Python"),
    Layer('node', 1, 1, 'topics, services, parameters', 'rclpy'),
    Layer('client', 1, 2, 'asks a camera node', 'rclpy'),
    Layer('engine', 2, 0.5, 'a camera at work: session, sinks'),
    Layer('cameras', 3, 0.5, 'devices, each on its thread'),
    Layer('interfaces', 4, 1.75, 'shared by node and clients', 'messages'),
    Layer('imaging', 4, 0.5, 'encodings, JPEG, EXIF, calibration'),
    Layer('mediacapture', 5, 1.1, 'the W3C model'),
)
"""From the top down; a layer imports only layers that are drawn below it."""

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 230, 56, 30, 44, 20
COLOURS = {'': '#e8f1fa', 'rclpy': '#fbe9d7', 'messages': '#f3f0d9'}
LEGEND = {'': 'without ROS', 'messages': 'ROS messages, no rclpy', 'rclpy': 'rclpy'}


def imports() -> set[tuple[str, str]]:
    """Return which layer imports which, as pairs of names."""
    names = {layer.name for layer in LAYERS}
    return {(name, imported) for name in names for path in (PACKAGE / name).rglob('*.py')
            for imported in _layers_imported(path) if imported in names - {name}}


def _layers_imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f'{node.module}.{alias.name}' for alias in node.names)]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            package, _, rest = module.partition('.')
            if package == PACKAGE.name:
                yield rest.partition('.')[0]


def picture() -> str:
    """Return the drawing as SVG."""
    width = 3 * WIDTH + 2 * GAP_X + 2 * MARGIN
    bottom = MARGIN + (1 + max(layer.row for layer in LAYERS)) * (HEIGHT + GAP_Y)
    places = {layer.name: (MARGIN + layer.column * (WIDTH + GAP_X) + WIDTH / 2, MARGIN + layer.row * (HEIGHT + GAP_Y))
              for layer in LAYERS}
    boxes = []
    for layer in LAYERS:
        middle, y = places[layer.name]
        boxes.append(
            f'<rect x="{middle - WIDTH / 2:g}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" '
            f'fill="{COLOURS[layer.uses]}" stroke="#5b7083"/><text x="{middle:g}" y="{y + 23}" text-anchor="middle" '
            f'font-size="15" font-weight="bold">{layer.name}</text><text x="{middle:g}" y="{y + 42}" '
            f'text-anchor="middle">{escape(layer.purpose)}</text>')
    arrows = [_arrow(places[above], places[below]) for above, below in sorted(_direct(imports()))]
    legend = []
    for number, (uses, meaning) in enumerate(LEGEND.items()):
        x = MARGIN + number * 200
        legend.append(f'<rect x="{x}" y="{bottom - 10}" width="14" height="14" fill="{COLOURS[uses]}" '
                      f'stroke="#5b7083"/><text x="{x + 20}" y="{bottom + 1}">{meaning}</text>')
    head = ('<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b7083"/></marker></defs>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + MARGIN}" '
            f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>{head}'
            f'{"".join(arrows)}{"".join(boxes)}{"".join(legend)}</svg>\n')


def _direct(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out the arrows that a chain of others says as well."""
    def reaches(above: str, below: str) -> bool:
        return any(one == above and (other == below or reaches(other, below)) for one, other in pairs)

    return {(above, below) for above, below in pairs
            if not any(one == above and other != below and reaches(other, below) for one, other in pairs)}


def _arrow(above: tuple[float, float], below: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = above, below
    lean = max(-WIDTH / 3, min(WIDTH / 3, (to_x - x) / 4))
    return (f'<line x1="{x + lean:g}" y1="{y + HEIGHT:g}" x2="{to_x - lean:g}" y2="{to_y - 2:g}" stroke="#5b7083" '
            f'stroke-width="1.3" marker-end="url(#head)"/>')


if __name__ == '__main__':
    PICTURE.write_text(picture(), encoding='utf-8')
