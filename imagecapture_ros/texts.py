# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Texts of others on their way into messages, logs and terminals: no longer than needed, and nothing but text."""

from __future__ import annotations

import re
import reprlib

LONGEST_TEXT = 2000
"""Characters of an error, a line of the log or a text in a message: they name what was wrong, and some of that is
megabytes."""

LONGEST_VALUE = 200
"""Characters of one value in a message."""

LONGEST_NUMBER = 40
"""Digits of a whole number in a message."""

_UNSEEN = re.compile(
    '[\x00-\x1f\x7f-\x9f'  # C0, DEL and C1: what terminals obey
    '\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069'  # what turns the direction of a line, or breaks it
    '\ud800-\udfff]')  # halves of characters
_UNWRITABLE = re.compile('[\ud800-\udfff]')
"""Python makes them of bytes that are no UTF-8, as in names of files; no message takes them."""
_SHORT = {'\n': r'\n', '\r': r'\r', '\t': r'\t'}


def in_short(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return ``text``, without its middle if it has more than ``longest`` characters: the end says what to do.

    What cannot be written at all, and no message of ROS can carry, is shown as :func:`visible` shows it.
    """
    if len(text) > longest:
        half = longest // 2
        text = f'{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}'
    return _UNWRITABLE.sub(_escaped, text)


def visible(text: str) -> str:
    r"""Return ``text`` with what a terminal would obey shown as Python writes it: ``\x1b``, ``\n``, ``\u202e``."""
    return _UNSEEN.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """Return a text of ours with ``visible`` lines; its newlines and tabs stay."""
    return re.sub('[^\n\t]+', lambda part: visible(part[0]), text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    number = ord(character)
    return _SHORT.get(character) or (f'\\x{number:02x}' if number < 0x100 else f'\\u{number:04x}')


class _Excerpts(reprlib.Repr):
    """Shows six entries of a list or section, three within each other at most; the rest is not even looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = 6
        self.maxstring = self.maxother = LONGEST_VALUE

    def repr_int(self, value: int, level: int) -> str:
        """Show a whole number; Python refuses to write out very long ones."""
        return repr(value) if value.bit_length() <= 3 * LONGEST_NUMBER else 'a number of very many digits'


_excerpts = _Excerpts()


def excerpt(value: object) -> str:
    """Return a value as a message shows it, text in quotation marks.

    What came from others may be large, nested, or the same list a million times over: its complete text is not made.
    """
    return _excerpts.repr(value)
