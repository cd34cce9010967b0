# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera on one machine, its clients on another: discovery, streams, photos and parameters, with packets lost or not.

How much arrives is written to ``output/hosts.md``; what must not depend on luck is asserted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures.two_hosts import MULTICAST, Host, camera_on, discovery_server_on, two_hosts
from PIL import Image

from imagecapture_ros.rclpy_compat import fast_dds

pytestmark = pytest.mark.skipif(os.environ.get('IMAGECAPTURE_TEST_HOSTS') != 'yes', reason='needs make test-hosts')

ROOT = Path(__file__).resolve().parents[2]
SENDER, RECEIVER = ({fast_dds().variable: str(ROOT / 'config' / 'dds' / f'network_{side}.xml')}
                    for side in ('sender', 'receiver'))
SECONDS = 3
STREAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ('640x480', ()), ('640x480', ('--best-effort',)), ('1920x1080', ('--compressed',)),
    ('1920x1080', ('--compressed', '--best-effort')))
COLUMNS = ('packets lost', 'settings', 'what', 'arrived', 'latency 50 %, 99 %', 'over the cable')


@pytest.fixture(scope='module')
def hosts() -> Iterator[tuple[Host, Host]]:
    """The camera's machine and that of its clients."""
    with two_hosts() as pair:
        yield pair


@pytest.fixture(scope='module')
def notes() -> Iterator[list[tuple[str, ...]]]:
    """Rows of the table that is written in the end."""
    rows: list[tuple[str, ...]] = []
    yield rows
    lines = [f'| {" | ".join(row)} |' for row in (COLUMNS, ('---',) * len(COLUMNS), *rows)]
    (ROOT / 'output').mkdir(exist_ok=True)
    (ROOT / 'output' / 'hosts.md').write_text('\n'.join(lines) + '\n')


@pytest.fixture(autouse=True)
def whole_cable(hosts: tuple[Host, Host]) -> Iterator[None]:
    """Lose nothing, unless a test says so."""
    yield
    for host in hosts:
        host.drop('')


def parameters(host: Host, environment: Mapping[str, str], **values: int) -> dict[str, Any]:
    """Set parameters of the camera from a machine; return what came of it, or the error."""
    done = host.run(sys.executable, ROOT / 'test' / 'hosts' / 'client.py',
                    *(f'{name}={value}' for name, value in values.items()), environment=environment)
    return dict(json.loads(done.stdout)) if done.stdout else {'error': done.stderr.splitlines()[-1]}


def seen(
    hosts: tuple[Host, Host], *options: str, environment: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], int]:
    """Return what the doctor on the second machine sees of the stream, and how many bytes came meanwhile."""
    before = hosts[1].received_bytes()
    told = hosts[1].imagecapture('doctor', '--seconds', SECONDS, *options, environment=environment)
    return told.get('stream') or {}, hosts[1].received_bytes() - before


def test_images_of_a_camera_that_multicast_finds_go_over_the_cable(hosts: tuple[Host, Host]) -> None:
    with camera_on(hosts[0]):
        stream, cable = seen(hosts)
    assert stream['same_host'] is False
    assert stream['received'] > 0
    assert cable >= stream['received'] * stream['image_bytes']


def test_where_multicast_is_blocked_a_discovery_server_finds_the_camera(
    hosts: tuple[Host, Host], tmp_path: Path,
) -> None:
    for host in hosts:
        host.drop(f'ip daddr {MULTICAST}')
    with camera_on(hosts[0]):
        missing = hosts[1].imagecapture('doctor', '--seconds', SECONDS)
    assert 'there is no node /camera' in str(missing['findings'])
    with discovery_server_on(hosts[0]) as environment:
        with camera_on(hosts[0], environment):
            stream, _ = seen(hosts, environment=environment)
            photo = hosts[1].imagecapture('photo', '-o', tmp_path / 'photo.jpg', environment=environment)
        with camera_on(hosts[0], {**environment, **SENDER}):
            small, _ = seen(hosts, '--compressed', environment={**environment, **RECEIVER})
    assert stream['received'] > 0
    assert small['received'] > 0
    assert photo['width'] > 0


@pytest.mark.parametrize('lost, settings', [(0, 'none'), (1, 'none'), (0, 'network'), (1, 'network'), (5, 'network')])
def test_streams_photos_and_parameters(
    hosts: tuple[Host, Host], notes: list[tuple[str, ...]], tmp_path: Path, lost: int, settings: str,
) -> None:
    sender, receiver = (SENDER, RECEIVER) if settings == 'network' else ({}, {})
    robust = not lost or settings == 'network'
    rows: list[tuple[str, ...]] = []
    with camera_on(hosts[0], sender):
        if lost:
            for host in hosts:
                host.drop(f'numgen random mod 100 < {lost}')
        for size, options in STREAMS:
            if size == '1920x1080' and not rows[2:]:
                answer = parameters(hosts[1], receiver, width=1920, height=1080)
                rows.append(parameters_row(answer))
                if robust:
                    assert answer['successful'] and answer['values'] == {'width': 1920, 'height': 1080}
            stream, cable = seen(hosts, *options, environment=receiver)
            rows.append(stream_row(size, options, stream, cable))
            if robust and options == ('--compressed',):
                assert stream['received'] > 0
        photo = hosts[1].imagecapture('photo', '-o', tmp_path / 'photo.jpg', environment=receiver)
        rows.append(('photo of 12 MP', *(('yes', f'{photo["latency"]:.1f} s') if 'path' in photo else ('no', '')), ''))
    notes += [(f'{lost} %', settings, *row) for row in rows]
    if robust:
        assert Image.open(photo['path']).size == (4000, 3000)


def parameters_row(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what becomes of a request for the table."""
    if 'values' not in answer:
        return 'parameters', 'no', '', ''
    return ('parameters', 'set and read back',
            f'found in {answer["discovery s"]:.1f} s, set in {answer["set s"]:.2f} s', '')


def stream_row(size: str, options: tuple[str, ...], stream: Mapping[str, Any], cable: int) -> tuple[str, ...]:
    """Return what was seen of a stream for the table."""
    what = (f'{size} {"compressed" if "--compressed" in options else "raw"}, '
            f'{"best effort" if "--best-effort" in options else "reliable"}')
    if not stream:
        return what, 'node not found', '', ''
    latency = stream['latency_p50'] and f'{1e3 * stream["latency_p50"]:.0f}, {1e3 * stream["latency_p99"]:.0f} ms'
    return what, f'{stream["received"]} of {stream["published"]}', latency or '', f'{cable / 1e6:.0f} MB'
