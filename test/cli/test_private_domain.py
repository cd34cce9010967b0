# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Domains of one's own: never two users of one."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from fixtures.node_process import client_of

from imagecapture_ros.cli import private_domain as module
from imagecapture_ros.cli.private_domain import private_domain, private_environment


def test_domains_held_at_the_same_time_differ() -> None:
    with ExitStack() as held:
        domains = [held.enter_context(private_domain()) for _ in range(5)]
    assert len(set(domains)) == 5
    assert set(domains) <= set(module.DOMAINS)


def test_when_all_are_taken_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with private_domain() as domain:
        monkeypatch.setattr(module, 'DOMAINS', range(domain, domain + 1))
        with pytest.raises(RuntimeError, match='in use'), private_domain():
            pass


def test_a_domain_in_which_somebody_takes_part_is_not_given_away(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'DOMAINS', range(domain, domain + 1))
    monkeypatch.setattr(module, '_LOCK_PORT', 27600)  # as if who holds the domain had taken no lock
    with private_domain() as same:
        assert same == domain
    with client_of(domain), pytest.raises(RuntimeError, match='in use'), private_domain():
        pass


def test_the_environment_stays_on_this_machine() -> None:
    environment = private_environment(7)
    assert environment['ROS_DOMAIN_ID'] == '7'
    assert environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
