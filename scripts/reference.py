# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write the pages of the reference, and the table of properties in docs/constraints.md; ``make docs`` runs it.

They come from the vocabulary, the interfaces, the parameters and the command's parsers of this checkout, and a test
compares. ROS 2 must be there to import, as in ``.venv``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from imagecapture_ros.cli.main import command_line
from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS, StartupParameter
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Property

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
BEGIN, END = '<!-- properties: written by make docs -->', '<!-- end of properties -->'

_CAPABILITY = {
    Kind.NUMBER: 'range', Kind.INTEGER: 'range', Kind.STRING: 'list of strings', Kind.BOOLEAN: 'list of booleans',
    Kind.POINTS: 'none',
}
_PARAMETER = {
    Kind.NUMBER: 'double', Kind.INTEGER: 'integer', Kind.STRING: 'string', Kind.BOOLEAN: 'bool',
    Kind.POINTS: 'double array',
}
_TYPES: dict[type, str] = {bool: 'bool', int: 'integer', float: 'double', str: 'string'}

_FIELD = re.compile(r'(?P<type>\S+)\s+(?P<name>\w+)\s*(?:#\s*(?P<meaning>.*))?')


def constraints_page() -> str:
    """Return docs/constraints.md with the vocabulary between its two marks."""
    before, _, rest = (DOCS / 'constraints.md').read_text(encoding='utf-8').partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = ((f'`{row.name}`', f'`{row.w3c_name}`', row.unit, _CAPABILITY[row.kind], _PARAMETER[row.kind], _meaning(row))
            for row in VOCABULARY.values())
    table = _table(('property', 'W3C name', 'unit', 'capability', 'parameter', 'meaning'), rows)
    return f'{before}{BEGIN}\n{table}\n{END}{after}'


def parameters_page() -> str:
    """Return the page of all parameters."""
    return _page('Parameters', (
        'Those of the node, and one for each property that the camera has. `ros2 param describe /camera NAME` tells '
        'the range of the camera that is there; the [README](../../README.md#parameters) tells how they behave.',
        '## At start',
        'Fixed while the node is configured.',
        _table(('parameter', 'type', 'default', 'allowed', 'meaning'), map(_startup_row, STARTUP_PARAMETERS.values())),
        '## Properties',
        'Dynamic. A camera has only some of them. A value given at start is a wish.',
        _table(('parameter', 'type', 'unit', 'values', 'meaning'), map(_property_row, VOCABULARY.values())),
        '## Those that depend on the camera',
        _table(('parameters', 'meaning'), (
            ('`v4l2.NAME`', 'the other controls of a [Linux camera](../v4l2.md#all-other-controls)'),
            ('`sim.faults`', 'the [simulated camera](../simulated_camera.md#faults): what goes wrong, from now on'),
            ('`qos_overrides.TOPIC.publisher.POLICY`', "ROS 2's: `reliability`, `depth`, `history` of an image topic; "
                                                       'at start only'),
        )),
    ))


def interfaces_page() -> str:
    """Return the page of all messages and services."""
    services, messages = ((sorted((ROOT / kind).glob(f'*.{kind}'))) for kind in ('srv', 'msg'))
    own = {path.stem for path in messages}
    blocks = ['`ros2 interface show imagecapture_ros/srv/TakePhoto` shows the same in a terminal. `T[<=1]` is a member '
              'that may be empty.', '## Services']
    for path in services:
        blocks += _interface(path, own, ('Request', 'Response'))
    blocks.append('## Messages')
    for path in messages:
        blocks += _interface(path, own, ('',))
    return _page('Services and messages', blocks)


def command_line_page() -> str:
    """Return the page of all verbs."""
    blocks = ['What `imagecapture VERB --help` tells; [how it is used](../command_line.md).']
    _, verbs = command_line()
    for name, verb in verbs.choices.items():
        arguments = [_argument_row(action) for action in verb._actions if action.dest != 'help']
        blocks += [f'## {name}', verb.description or '', _table(('argument', 'meaning'), arguments),
                   '```sh\n' + '\n'.join(line.strip() for line in (verb.epilog or '').splitlines()[1:]) + '\n```']
    return _page('The imagecapture command', blocks)


PAGES: dict[Path, Callable[[], str]] = {
    DOCS / 'constraints.md': constraints_page,
    DOCS / 'reference' / 'parameters.md': parameters_page,
    DOCS / 'reference' / 'interfaces.md': interfaces_page,
    DOCS / 'reference' / 'command_line.md': command_line_page,
}
"""What is written, and what makes it."""


def _meaning(row: Property) -> str:
    if row.coupling is None:
        return row.meaning
    return f'{row.meaning}; counts while `{row.coupling.mode}` is {" or ".join(sorted(row.coupling.effective_in))}'


def _property_row(row: Property) -> tuple[str, ...]:
    values = ', '.join(f'`{value}`' for value in row.values)
    return f'`{row.name}`', _PARAMETER[row.kind], row.unit, values, _meaning(row)


def _startup_row(row: StartupParameter) -> tuple[str, ...]:
    default = str(row.default).lower() if isinstance(row.default, bool) else str(row.default)
    return (f'`{row.name}`', _TYPES[type(row.default)], f'`{default}`' if default else '', row.allowed_text,
            row.description)


def _interface(path: Path, own: set[str], parts: Iterable[str]) -> list[str]:
    """Return the blocks of one message or service: its heading, its comment, and its members."""
    comment, _, body = path.read_text(encoding='utf-8').partition('\n\n')
    blocks = [f'### {path.stem}', ' '.join(line.lstrip('# ') for line in comment.splitlines())]
    for part, text in zip(parts, body.split('---\n'), strict=True):
        members = [_member_row(line, own) for line in text.splitlines() if line.strip()]
        blocks += [f'{part}: empty.' if part and not members else f'{part}:' if part else '']
        if members:
            blocks.append(_table(('member', 'type', 'meaning'), members))
    return blocks


def _member_row(line: str, own: set[str]) -> tuple[str, str, str]:
    field = _FIELD.fullmatch(line.strip())
    if field is None:
        raise ValueError(f'not understood: {line!r}')
    base, bracket, bound = field['type'].partition('[')
    kind = f'[{base}](#{base.lower()}){bracket}{bound}' if base in own else f'`{field["type"]}`'
    return f'`{field["name"]}`', kind, field['meaning'] or ''


def _argument_row(action: argparse.Action) -> tuple[str, str]:
    value = '' if action.nargs == 0 else str(action.metavar or action.dest.upper())
    words = ', '.join(f'`{option}`' for option in action.option_strings) or f'`{value}`'
    if action.option_strings and value and not isinstance(action, argparse.BooleanOptionalAction):
        words += f' `{value}`'
    required = ' (required)' if action.required and action.option_strings else ''
    return words, f'{action.help or ""}{required}'


def _page(title: str, blocks: Iterable[str]) -> str:
    return '\n\n'.join([f'# {title}', '<!-- written by make docs -->', *filter(None, blocks)]) + '\n'


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ('---',) * len(head), *(tuple(cell.replace('|', '\\|') for cell in row) for row in rows)]
    return '\n'.join(f'| {" | ".join(line)} |' if line[0] != '---' else f'|{"|".join(line)}|' for line in lines)


if __name__ == '__main__':
    for path, content in PAGES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content(), encoding='utf-8')
