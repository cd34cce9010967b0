# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor advises, by what was seen."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from imagecapture_ros.cli.checkup import Host, Publisher, StreamReport, findings
from imagecapture_ros.cli.other_users import other_users

MEBIBYTE = 2**20
HOST = Host(shm_size=1024 * MEBIBYTE, shm_free=900 * MEBIBYTE, rmem_max=212992, ipfrag_high_thresh=4 * MEBIBYTE,
            ipfrag_time=30)
PUBLISHER = Publisher('/camera', 'reliable', 'volatile', default_subscriber=True, sensor_subscriber=True)
STREAM = StreamReport(
    camera='/camera', topic='/camera/image_raw', compressed=False, subscribed='reliable', seconds=5.0, received=150,
    published=150, rate=30.0, image_bytes=6 * MEBIBYTE, latency_p50=0.01, latency_p99=0.03, same_host=True,
    publishers=[PUBLISHER], diagnostics={
        'transport': 'shared memory of 36 MiB', 'shared memory (bytes)': str(36 * MEBIBYTE),
        'rate configured (Hz)': '30'})
REMOTE = replace(STREAM, same_host=False)


def diagnostics(transport: str, segment: int = 549408) -> dict[str, str]:
    return {**STREAM.diagnostics, 'transport': transport, 'shared memory (bytes)': str(segment)}


STOCK = diagnostics('shared memory of 0.5 MiB, stock settings (dds_profile:=off)')
THEIRS = diagnostics('shared memory of 0.5 MiB, the user\'s settings (FASTDDS_DEFAULT_PROFILES_FILE)')
NOT_TAKEN = diagnostics('shared memory of 0.5 MiB, stock settings: those of this node were not taken')
SMALL = diagnostics('shared memory of 0.5 MiB, stock settings: /dev/shm has only 10 MiB free')


def test_nothing_is_to_be_changed_where_all_is_well() -> None:
    assert findings(STREAM, HOST) == []
    assert findings(replace(STREAM, received=149), HOST) == []  # one image is the edge of the measurement
    assert findings(replace(STREAM, published=154, received=154, rate=30.8), HOST) == []
    assert findings(replace(STREAM, published=50, received=50, left_out=100), HOST) == []  # a lower rate was asked


@pytest.mark.parametrize('stream, advice', [
    (replace(STREAM, received=100), '50 of 150 images did not arrive (33 %). The subscriber or the machine'),
    (replace(STREAM, received=100, compressed=True), 'lower photo_quality'),
    (replace(STREAM, received=100, same_host=False), 'subscribe to /camera/image_raw/compressed, reliable where'),
    (replace(STREAM, received=100, diagnostics=STOCK), 'The node has too little shared memory for them'),
    (replace(STREAM, diagnostics=STOCK), 'of 6 MiB: start it with dds_profile:=auto'),
    (replace(STREAM, diagnostics=THEIRS), f'give its profile a segment_size of {36 * MEBIBYTE} or more'),
    (replace(STREAM, diagnostics=NOT_TAKEN), 'its log says why its own settings are not in force'),
    (replace(STREAM, diagnostics=SMALL), 'enlarge it (mount -o remount,size=1G /dev/shm'),
    (replace(STREAM, received=0, published=0), 'Nothing came on /camera/image_raw within 5 s'),
    (replace(STREAM, received=70, published=70), 'The camera makes 14.0 images a second instead of 30'),
    (replace(STREAM, not_captured=20), 'did not get 20 frames of its camera'),
    (replace(STREAM, not_published=3), 'could not hand over 3 images'),
    (replace(STREAM, received=100, dropped={'the wire': 50}), 'dropped 50 of 150 frames because the wire'),
    (replace(STREAM, received=100, dropped={'conversion or encoding': 50}), 'because its machine is too slow'),
    (replace(STREAM, unanswered=1), 'A reliable subscriber does not take its images in time'),
    (replace(STREAM, image_bytes=20 * MEBIBYTE), 'too little for images of 20 MiB'),
    (replace(STREAM, latency_p99=0.6), 'come 0.60 s after their exposure: the machine or the connection is too busy. '),
    (replace(REMOTE, latency_p99=0.6), 'the clocks of the two machines differ (chrony, ntpd)'),
    (replace(REMOTE, latency_p50=-0.2), 'before they were exposed'),
    (REMOTE, 'sysctl -w net.core.rmem_max=4194304'),
    (replace(STREAM, diagnostics={}), 'sent no diagnostics'),
    (replace(STREAM, trouble='no frame for 3 s'), '/camera reports: no frame for 3 s.'),
    (replace(STREAM, publishers=[PUBLISHER, PUBLISHER]), '2 publishers share /camera/image_raw (/camera, /camera)'),
    (replace(STREAM, rate=60.0, received=300, published=300), '60.0 images a second come instead of the configured 30: '
                                                              'perhaps another publisher shares the topic'),
    (replace(STREAM, rate=60.0, received=300, published=300, publishers=[PUBLISHER, PUBLISHER]),
     'instead of the configured 30: those of all its publishers'),
    (replace(STREAM, publishers=[replace(PUBLISHER, reliability='best effort', default_subscriber=False)]),
     'a subscriber with the default QoS (reliable) gets nothing'),
    (replace(STREAM, publishers=[replace(PUBLISHER, sensor_subscriber=False)]), 'take its qos_overrides away'),
])
def test_what_is_seen_leads_to_advice(stream: StreamReport, advice: str) -> None:
    assert advice in ' '.join(findings(stream, HOST))


def test_what_the_node_did_not_publish_is_not_blamed_on_the_way() -> None:
    for stream in (replace(STREAM, received=100, dropped={'the wire': 50}),
                   replace(STREAM, received=75, not_published=75)):
        assert stream.lost == 0
        assert len(findings(stream, HOST)) == 1


def test_a_full_shared_memory_is_no_matter_while_the_node_has_enough() -> None:
    assert findings(STREAM, replace(HOST, shm_size=64 * MEBIBYTE, shm_free=MEBIBYTE)) == []


def test_small_images_do_with_the_stock_settings() -> None:
    assert findings(replace(STREAM, diagnostics=STOCK, image_bytes=250_000), HOST) == []


def test_without_shared_memory_none_is_too_small() -> None:
    assert findings(replace(STREAM, diagnostics=diagnostics('no shared memory, the user\'s settings', 0)), HOST) == []


@pytest.mark.parametrize('host, advice', [
    (replace(HOST, shm_size=None, shm_free=None), 'has no /dev/shm'),
])
def test_shared_memory_counts_on_one_machine_only(host: Host, advice: str) -> None:
    (found,) = findings(STREAM, host)
    assert advice in found
    assert findings(REMOTE, replace(host, rmem_max=None)) == []


def test_the_facts_of_this_machine(tmp_path: Path) -> None:
    host = Host.this()
    assert host.shm_size is not None and host.shm_free is not None and host.shm_size >= host.shm_free
    assert Host.this(tmp_path / 'none', tmp_path) == Host()


def test_programs_of_other_users_matter_where_nothing_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, there = replace(STREAM, received=0, published=0), replace(HOST, other_users=('robot',))
    assert 'There is shared memory of another user in this domain (robot; ' in ' '.join(findings(silent, there))
    assert len(findings(replace(silent, same_host=False), there)) == len(findings(REMOTE, there)) + 1
    assert findings(STREAM, there) == []


def test_users_are_known_by_the_ports_of_their_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', '79')
    for name in ('fastdds_port27163', 'fastdds_port27163_el', 'fastrtps_port27150', 'fastdds_port27400',
                 'fastdds_port27149', 'fastdds_portrait', 'fastdds_0123456789abcdef'):
        (tmp_path / name).touch()
    assert other_users(tmp_path) == ()  # all of them are ours
    monkeypatch.setattr(os, 'geteuid', lambda: 1 << 30)
    assert other_users(tmp_path) == (Path(tmp_path).owner(),)
    monkeypatch.setenv('ROS_DOMAIN_ID', '81')
    assert other_users(tmp_path) == other_users(tmp_path / 'none') == ()
