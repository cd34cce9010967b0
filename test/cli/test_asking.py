# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A verb that asks a camera is interrupted where it waits."""

from __future__ import annotations

import os
import signal

import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cli.asking import SIGNALS, camera_client


@pytest.fixture(autouse=True)
def own_domain(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))


@pytest.mark.parametrize('number', SIGNALS)
def test_a_signal_cuts_nothing_short_and_ends_the_next_wait(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    finished = False
    with pytest.raises(KeyboardInterrupt), camera_client('/camera') as client:
        os.kill(os.getpid(), number)
        finished = True
        client.settings(timeout=PATIENCE)
    assert finished
    assert signal.getsignal(number) is before


def test_a_second_signal_interrupts_at_once() -> None:
    with camera_client('/camera'):
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
