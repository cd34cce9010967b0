# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constraints as words of a command line."""

from __future__ import annotations

import pytest

from imagecapture_ros.cli.assignments import AssignmentError, complete_assignment, constraints_of
from imagecapture_ros.mediacapture.constraints import Constraint
from imagecapture_ros.mediacapture.vocabulary import Point2D


@pytest.mark.parametrize(('words', 'name', 'constraint'), [
    (['zoom=2'], 'zoom', Constraint(ideal=2.0)),
    (['zoom==2.5'], 'zoom', Constraint(exact=2.5)),
    (['width=1280..1920'], 'width', Constraint(min=1280.0, max=1920.0)),
    (['width=1280..'], 'width', Constraint(min=1280.0)),
    (['pan=..-3600'], 'pan', Constraint(max=-3600.0)),
    (['zoom=1..3', 'zoom=2'], 'zoom', Constraint(min=1.0, max=3.0, ideal=2.0)),
    (['aspect_ratio=16/9'], 'aspect_ratio', Constraint(ideal=16 / 9)),
    (['torch==on'], 'torch', Constraint(exact=True)),
    (['torch=False'], 'torch', Constraint(ideal=False)),
    (['facing_mode=user,left'], 'facing_mode', Constraint(ideal=('user', 'left'))),
    (['device_id==sim:?faults=drop,slow&x=..'], 'device_id', Constraint(exact=('sim:?faults=drop,slow&x=..',))),
    (['points_of_interest=0.25,0.5,1,0'], 'points_of_interest',
     Constraint(ideal=(Point2D(0.25, 0.5), Point2D(1.0, 0.0)))),
])
def test_words_are_constraints(words: list[str], name: str, constraint: Constraint) -> None:
    assert constraints_of(words) == {name: constraint}


@pytest.mark.parametrize(('words', 'message'), [
    (['zoom'], "'zoom' is no constraint; write zoom=2"),
    (['zooom=2'], "'zooom' is no property; did you mean zoom"),
    (['xyz=2'], "'xyz' is no property; use one of white_balance_mode, "),
    (['exposureMode=manual'], 'did you mean exposure_mode'),
    (['width>=3'], "'width>=3' is not understood; write width=2 "),
    (['zoom:=2'], "'zoom:=2' is not understood; write zoom=2 "),
    (['=2'], 'is no property'),
    (['zoom=far'], "zoom: 'far' is not a number"),
    (['zoom='], "zoom: '' is not a number"),
    (['zoom=nan'], "zoom: 'nan' is not a number"),
    (['zoom=1/0'], "zoom: '1/0' is not a number"),
    (['zoom=..'], 'a range needs at least one end'),
    (['zoom=1..x'], "zoom: 'x' is not a number"),
    (['zoom==1..3'], 'write zoom=1..3'),
    (['zoom=1', 'zoom=2'], 'zoom has ideal already'),
    (['exposure_mode=manul'], "exposure_mode: 'manul' is not known; did you mean manual"),
    (['exposure_mode='], 'a value is missing'),
    (['resize_mode=user'], 'use one of none, crop-and-scale'),
    (['torch=maybe'], "torch: 'maybe' is not true or false"),
    (['points_of_interest=0.5'], 'has an odd number of numbers'),
    (['points_of_interest=a,b'], "'a' is not a number"),
])
def test_what_cannot_be_understood_is_told(words: list[str], message: str) -> None:
    with pytest.raises(AssignmentError) as caught:
        constraints_of(words)
    assert message in str(caught.value)


@pytest.mark.parametrize(('prefix', 'words'), [
    ('zo', ['zoom=']), ('exposure_t', ['exposure_time=']), ('torch==', ['torch==true', 'torch==false']),
    ('exposure_mode=s', ['exposure_mode=single-shot']), ('zoom=', []), ('nothing=', []),
])
def test_a_shell_can_complete_them(prefix: str, words: list[str]) -> None:
    assert complete_assignment(prefix) == words
