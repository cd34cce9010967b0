# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the package says of the distribution that it was built for."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from imagecapture_ros.distribution import distribution, title

BUILT_FOR = 'imagecapture_ros._built_for'


def test_it_is_what_the_build_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, BUILT_FOR, SimpleNamespace(ROS_DISTRO='jazzy'))  # type: ignore[arg-type]
    assert (distribution(), title()) == ('jazzy', 'ROS 2 Jazzy')


@pytest.mark.parametrize('module', [None, SimpleNamespace(ROS_DISTRO='')])
def test_nothing_is_made_up_where_the_build_did_not_know(
        module: SimpleNamespace | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, BUILT_FOR, module)  # type: ignore[arg-type]
    assert (distribution(), title()) == ('', 'ROS 2 of an unknown distribution')
