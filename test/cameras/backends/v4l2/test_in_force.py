# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which settings a device had at which moment."""

from __future__ import annotations

from imagecapture_ros.cameras.backends.v4l2.open_device import KEPT, InForce


def test_each_moment_has_the_settings_noted_last_before_it() -> None:
    known = InForce({'zoom': 1.0}, 100)
    known.note({'zoom': 2.0}, 200)
    known.note({'zoom': 3.0}, 300)
    assert known.since == 300
    assert [known.at(moment)['zoom'] for moment in (50, 100, 199, 200, 299, 300, 999)] == [1, 1, 1, 2, 2, 3, 3]


def test_what_is_known_later_was_not_there_sooner() -> None:
    known = InForce({'zoom': 1.0}, 100)
    known.note({'zoom': 2.0}, 200)
    known.note({'zoom': 3.0}, 150)  # the event of another program, read after something was written here
    assert known.since == 200
    assert known.at(199)['zoom'] == 1.0
    assert known.at(200)['zoom'] == 3.0


def test_the_past_is_forgotten() -> None:
    known = InForce({'zoom': 0.0}, 0)
    for number in range(1, 2 * KEPT):
        known.note({'zoom': float(number)}, number)
    assert known.at(0)['zoom'] == KEPT
    assert known.at(2 * KEPT)['zoom'] == 2 * KEPT - 1
