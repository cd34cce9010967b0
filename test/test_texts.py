# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Texts of others are cut, and show what a terminal would obey."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from imagecapture_ros.texts import LONGEST_TEXT, LONGEST_VALUE, excerpt, in_short, visible, visible_lines


def test_what_is_too_long_loses_its_middle_and_says_how_much() -> None:
    assert in_short('a' * LONGEST_TEXT) == 'a' * LONGEST_TEXT
    text = in_short('a' * LONGEST_TEXT + 'b' * 10_000_000 + 'c' * LONGEST_TEXT)
    assert text.startswith('aaa') and text.endswith('ccc')
    assert '10002000 characters left out' in text
    assert len(text) < LONGEST_TEXT + 50
    assert in_short('abcdefgh', 4) == 'ab [4 characters left out] gh'


def test_what_no_message_can_carry_is_shown() -> None:
    assert in_short('a\udcff.png') == r'a\udcff.png'
    for text in ('\ud800' * 10, 'a' * 10_000 + '\udfff', '\udcff' * 10_000):
        in_short(text).encode()


@pytest.mark.parametrize(('text', 'shown'), [
    ('\x1b[31mred\x1b[0m', r'\x1b[31mred\x1b[0m'), ('\x1b]0;title\x07', r'\x1b]0;title\x07'), ('\x9b2J', r'\x9b2J'),
    ('a\x7fb\x00', r'a\x7fb\x00'), ('a\nb\tc\r', r'a\nb\tc\r'), ('user\u202egpj.exe', r'user\u202egpj.exe'),
    ('\u2066x\u2069\u200f\u061c\u2028', r'\u2066x\u2069\u200f\u061c\u2028'), ('\ud800', r'\ud800'),
    ('Kamera 50 µs, カメラ, 📷, 👩\u200d🔬, e\u0301', 'Kamera 50 µs, カメラ, 📷, 👩\u200d🔬, e\u0301'),
    (r'C:\x1b', r'C:\x1b'),
])
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


def test_no_control_character_is_left_and_nothing_else_is_changed() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        controls = unicodedata.category(character) in ('Cc', 'Cs', 'Zl', 'Zp') or (
            unicodedata.bidirectional(character) in (
                'LRE', 'RLE', 'LRO', 'RLO', 'PDF', 'LRI', 'RLI', 'FSI', 'PDI') or character in '\u061c\u200e\u200f')
        assert (visible(character) != character) == controls, hex(number)


def test_lines_of_ours_stay_lines() -> None:
    assert visible_lines('a\x1b\n\tb\x9b\n\nc') == 'a\\x1b\n\tb\\x9b\n\nc'


def nested(depth: int) -> list[object]:
    value: list[object] = ['x', 'x']
    for _ in range(depth):
        value = [value, value]
    return value


@pytest.mark.parametrize(('value', 'text'), [
    ('sim', "'sim'"), (5, '5'), (2.5, '2.5'), (None, 'None'), (True, 'True'), ([1], '[1]'), ({'a': 1}, "{'a': 1}"),
    (list(range(100_000)), '[0, 1, 2, 3, 4, 5, ...]'), (10 ** 100_000, 'a number of very many digits'),
    (nested(60), '[[[[...], [...]], [[...], [...]]], [[[...], [...]], [[...], [...]]]]'),
], ids=range(10))
def test_an_excerpt_is_short_and_made_in_short_time(value: object, text: str) -> None:
    assert excerpt(value) == text


def test_an_excerpt_of_a_long_text_lacks_its_middle() -> None:
    shown = excerpt('a' + 'x' * 1_000_000 + 'z')
    assert len(shown) <= LONGEST_VALUE and shown.startswith("'ax") and '...' in shown and shown.endswith("xz'")
