# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture doctor`` against nodes in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fixtures.command import imagecapture
from fixtures.node_process import answered, client_of, running_node, until

from imagecapture_ros.distribution import distribution, title

BEST_EFFORT = ('--ros-args', '-p', 'qos_overrides./camera/image_raw.publisher.reliability:=best_effort')


def examined(domain: int, *arguments: str) -> tuple[dict[str, Any], list[str]]:
    """Return what the doctor saw and advised as JSON; the exit code says whether there is advice."""
    result = imagecapture('doctor', *arguments, '--seconds', '3', '--json', domain=domain)
    assert result.stderr == ''
    told = json.loads(result.stdout)
    assert result.returncode == (1 if told['findings'] else 0)
    return told, told['findings']


def test_a_stream_is_measured(domain: int) -> None:
    with running_node(domain, device='sim', width=320, height=240), client_of(domain) as client:
        answered(client)
        told, findings = examined(domain)
        compressed, _ = examined(domain, '--compressed', '--best-effort')
        printed = imagecapture('doctor', '--seconds', '2', domain=domain).stdout
    stream = told['stream']
    assert stream['topic'] == '/camera/image_raw' and stream['subscribed'] == 'reliable'
    assert 0 < stream['received'] <= stream['published']
    assert stream['lost'] == stream['published'] - stream['received']
    assert stream['image_bytes'] == 320 * 240 * 3
    assert 0 < stream['latency_p50'] <= stream['latency_p99']
    assert stream['same_host'] is True
    assert stream['transport'].startswith('shared memory')
    (publisher,) = stream['publishers']
    assert publisher == {'node': '/camera', 'reliability': 'reliable', 'durability': 'volatile',
                         'default_subscriber': True, 'sensor_subscriber': True}
    assert told['host']['shm_size'] >= told['host']['shm_free']
    assert told['ros_distribution'] == distribution()
    # How busy this machine is is not the matter here; how the node was started is.
    assert not any('QoS' in finding or 'dds_profile' in finding for finding in findings)
    assert compressed['stream']['topic'] == '/camera/image_raw/compressed'
    assert compressed['stream']['subscribed'] == 'best effort'
    assert 0 < compressed['stream']['image_bytes'] < 320 * 240 * 3
    for word in ('publisher', 'rate', 'loss', 'latency', 'transport   shared memory', f'built for   {title()}',
                 '/dev/shm', 'net.core.rmem_max'):
        assert word in printed
    # How busy this machine is decides which.
    assert ('All is well.' in printed) != ('To change:' in printed)


@pytest.mark.parametrize(('wire', 'advice'), [
    ('refuses', 'images to the middleware'), ('slow', 'because the wire, or a subscriber on the way, is too slow')])
def test_what_the_node_did_not_publish_is_the_nodes(domain: int, wire: str, advice: str) -> None:
    environment = {'WIRE': wire, 'PYTHONPATH': os.pathsep.join(
        filter(None, (str(Path(__file__).resolve().parents[1]), os.environ.get('PYTHONPATH'))))}
    with (
        running_node(domain, module='fixtures.node_on_a_bad_wire', environment=environment, device='sim'),
        client_of(domain) as client,
    ):
        answered(client)
        told, findings = examined(domain)
    assert advice in ' '.join(findings)
    stream = told['stream']
    left = stream['not_published'] + sum(stream['dropped'].values())
    assert left > 0.2 * stream['published']
    # Reports come once a second, so that the edges of the measurement count for a second of frames at either end.
    assert stream['lost'] <= stream['published'] / 3 + 4


def test_a_best_effort_publisher_without_shared_memory_is_found(domain: int) -> None:
    with running_node(domain, *BEST_EFFORT, device='sim', dds_profile='off'), client_of(domain) as client:
        answered(client)
        told, findings = examined(domain)
    assert told['stream']['subscribed'] == 'best effort'  # what else would there be to see
    assert any('a subscriber with the default QoS (reliable) gets nothing' in finding for finding in findings)
    assert any('start it with dds_profile:=auto' in finding for finding in findings)


def test_two_cameras_on_one_topic_are_seen(domain: int) -> None:
    other = ('-r', '__node:=other', '-r', '~/image_raw:=/camera/image_raw', '-r', '~/camera_info:=/camera/camera_info')
    with (
        running_node(domain, device='sim', width=320, height=240),
        running_node(domain, '--ros-args', *other, device='sim', width=320, height=240),
        client_of(domain) as client, client_of(domain, '/other') as second,
    ):
        answered(client)
        answered(second)
        result = imagecapture('doctor', '--seconds', '3', '--json', domain=domain)
    told = json.loads(result.stdout)
    findings = told['findings']
    assert {publisher['node'] for publisher in told['stream']['publishers']} == {'/camera', '/other'}
    assert any('2 publishers share /camera/image_raw' in finding for finding in findings)


NOBODY = 65534
OF_NOBODY = ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
             # It may read what root's Python is made of.
             '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search')


def is_fast_dds() -> bool:
    return os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp') == 'rmw_fastrtps_cpp'


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which('setpriv') is None or not is_fast_dds(),
                    reason='needs root, setpriv and Fast DDS')
def test_a_node_of_another_user_is_told(domain: int, tmp_path: Path) -> None:
    home = tmp_path / 'home'
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    environment = {'HOME': str(home), 'ROS_HOME': str(home)}
    with running_node(domain, environment=environment, prefix=OF_NOBODY, device='sim') as node:
        until(lambda: 'opened Simulated camera' in node.output)
        result = imagecapture('doctor', '--timeout', '2', domain=domain)
        asked = imagecapture('settings', '--timeout', '2', domain=domain)
        # Our own participants have ports there, too, which must not be taken for another user's.
        assert 'another user in this domain (nobody; this is root)' in result.stderr, result.stdout + result.stderr
        assert 'run both as the same user' in asked.stderr
    assert (result.returncode, asked.returncode) == (1, 1)


def test_an_inactive_camera_sends_nothing(domain: int) -> None:
    with running_node(domain, device='sim', autostart=False):
        told, findings = examined(domain)
    assert told['stream']['received'] == 0
    assert any('Nothing came on /camera/image_raw' in finding for finding in findings)
    assert any('/camera reports: not configured' in finding for finding in findings)


def test_images_are_found_where_they_were_remapped_to(domain: int) -> None:
    remapped = ('-r', '__ns:=/left', '-r', '~/image_raw:=/eyes/left', '-r', '~/camera_info:=/eyes/left_info')
    with running_node(domain, '--ros-args', *remapped, device='sim', width=320, height=240):
        told, _ = examined(domain, 'left/camera')
        status = imagecapture('status', '--camera', 'left/camera', '--json', domain=domain)
        watched = imagecapture('watch', '--camera', 'left/camera', '--count', '2', '--json', domain=domain)
    assert told['stream']['camera'] == '/left/camera'
    assert told['stream']['topic'] == '/eyes/left'
    assert told['stream']['received'] > 0
    assert json.loads(status.stdout)['rate_measured'] > 1.0
    assert json.loads(watched.stdout.splitlines()[-1])['there'] is True


def test_a_node_that_is_not_there_is_an_error(domain: int) -> None:
    for words in (('/nobody',), ('--camera', 'nobody')):
        result = imagecapture('doctor', *words, '--timeout', '2', domain=domain)
        assert result.returncode == 1
        assert f'there is no node /nobody in ROS_DOMAIN_ID {domain}; there is none at all' in result.stderr
        assert 'Traceback' not in result.stderr


@pytest.mark.parametrize('arguments, message', [
    (('--seconds', '0'), "'0' is not a number of seconds from 1 to 3600"),
    (('--seconds', 'long'), "'long' is not a number of seconds from 1 to 3600"),
    (('--depth',), "'--depth' is not understood"),
    (('a b',), "'a b' is no name of a node; write for instance /camera"),
])
def test_a_wrong_command_line_exits_with_2(arguments: tuple[str, ...], message: str) -> None:
    result: subprocess.CompletedProcess[str] = imagecapture('doctor', *arguments)
    assert result.returncode == 2
    assert message in result.stderr
