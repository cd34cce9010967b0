"""Write the table of properties into docs/constraints.md, from the vocabulary; ``make docs`` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'constraints.md'
BEGIN, END = '<!-- properties: written by make docs -->', '<!-- end of properties -->'

try:
    from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Property
except ModuleNotFoundError:  # run in a checkout that is not installed
    sys.path.insert(0, str(ROOT))
    from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Property

_CAPABILITY = {
    Kind.NUMBER: 'range', Kind.INTEGER: 'range', Kind.STRING: 'list of strings', Kind.BOOLEAN: 'list of booleans',
    Kind.POINTS: 'none',
}
_PARAMETER = {
    Kind.NUMBER: 'double', Kind.INTEGER: 'integer', Kind.STRING: 'string', Kind.BOOLEAN: 'bool',
    Kind.POINTS: 'double array',
}


def property_table() -> str:
    """Return the vocabulary as a Markdown table."""
    head = ('| property | W3C name | unit | capability | parameter | meaning |', '|---|---|---|---|---|---|')
    return '\n'.join((*head, *map(_line, VOCABULARY.values())))


def page_with(table: str, page: str) -> str:
    """Return ``page`` with ``table`` between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n{table}\n{END}{after}'


def _line(row: Property) -> str:
    meaning = row.meaning
    if row.coupling is not None:
        states = ' or '.join(sorted(row.coupling.effective_in))
        meaning += f'; counts while `{row.coupling.mode}` is {states}'
    cells = (f'`{row.name}`', f'`{row.w3c_name}`', row.unit, _CAPABILITY[row.kind], _PARAMETER[row.kind], meaning)
    return f'| {" | ".join(cells)} |'


if __name__ == '__main__':
    PAGE.write_text(page_with(property_table(), PAGE.read_text(encoding='utf-8')), encoding='utf-8')
