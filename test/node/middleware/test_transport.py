# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shared-memory profile: brought along, but never over the user's own settings; told is what came of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.limits import LONG_PATIENCE
from fixtures.node_process import Inbox, client_of, running_node
from sensor_msgs.msg import Image

from imagecapture_ros.cli.private_domain import private_environment
from imagecapture_ros.node.middleware import shared_memory, transport
from imagecapture_ros.node.middleware.transport import Transport, TransportWish, segment_size, transport_in_force
from imagecapture_ros.rclpy_compat import fast_dds

CONFIG = Path(__file__).resolve().parents[3] / 'config' / 'dds'
FAST_DDS = '{http://www.eprosima.com}'
MEBIBYTE = 2**20
PATH = os.pathsep.join(sys.path)
"""Of modules: the tests here run in other folders."""

Usage = namedtuple('Usage', 'total used free')


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith(('FASTDDS_', 'FASTRTPS_')) or name in (
                'RMW_IMPLEMENTATION', 'RMW_FASTRTPS_USE_QOS_FROM_XML', 'SKIP_DEFAULT_XML_FILE', transport.SWITCH):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Let so many bytes be free in /dev/shm."""
    monkeypatch.setattr(transport.shutil, 'disk_usage', lambda path: Usage(size, 0, size))


def test_the_profile_is_there_while_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 1000 * MEBIBYTE)
    variable = fast_dds().variable
    with transport_in_force(TransportWish()):
        path = Path(os.environ[variable])
        profile = ElementTree.parse(path)
        assert [name for name in os.environ if name.endswith('_DEFAULT_PROFILES_FILE')] == [variable]
    assert profile.findtext(f'.//{FAST_DDS}segment_size') == str(1920 * 1080 * 3 * 6)
    assert [one.text for one in profile.iter(f'{FAST_DDS}type')] == ['SHM', 'UDPv4']
    assert not path.exists()
    assert variable not in os.environ


@pytest.mark.parametrize(('wish', 'available', 'size'), [
    (TransportWish(), 4000, 1920 * 1080 * 3 * 6), (TransportWish(width=3840, height=2160), 4000, 3840 * 2160 * 3 * 6),
    (TransportWish(cameras=2), 4000, 1920 * 1080 * 3 * 12), (TransportWish(width=320, height=240), 4000, 16 * MEBIBYTE),
    (TransportWish(), 64, 32 * MEBIBYTE), (TransportWish(width=320, height=240), 20, 10 * MEBIBYTE),
])
def test_the_segment_holds_the_images_and_at_most_half_of_what_is_free(
    wish: TransportWish, available: int, size: int, monkeypatch: pytest.MonkeyPatch,
) -> None:
    free(monkeypatch, available * MEBIBYTE)
    assert segment_size(wish) == size


PROGRAM = """
import json, sys, rclpy
from imagecapture_ros.node.middleware import shared_memory
from imagecapture_ros.node.middleware.transport import TransportWish, transport_in_force
wish, node_before = json.loads(sys.argv[1])
contexts, nodes, told = [rclpy.Context(), rclpy.Context()], [], []
for context in contexts:
    rclpy.init(context=context)
if node_before:
    nodes.append(rclpy.create_node('before', context=contexts[1]))
with transport_in_force(TransportWish(**wish)) as transport:
    nodes.append(rclpy.create_node('first', context=contexts[0]))
    told.append(transport.in_force())
nodes.append(rclpy.create_node('second', context=contexts[0]))
told.append(transport.in_force())
assert told[0] == told[1], told
shortage = told[0].shortage(1920, 1080)
print(json.dumps({**vars(told[0]), 'shortage': shortage, 'segments': list(shared_memory.own_segments().values())}))
for node in nodes:
    node.destroy_node()
for context in contexts:
    rclpy.shutdown(context=context)
"""


def told_by_a_process(
    domain: int, environment: Mapping[str, str] | None = None, *, before: tuple[str, ...] = (),
    node_before: bool = False, **wish: Any,
) -> dict[str, Any]:
    """Return what is in force in a process that has made nodes, and the sizes of the segments that it has."""
    done = subprocess.run(
        [*before, sys.executable, '-c', PROGRAM, json.dumps([wish, node_before])], capture_output=True, text=True,
        timeout=LONG_PATIENCE, check=False,
        env={**private_environment(domain), 'PYTHONPATH': PATH, **(environment or {})})
    assert done.returncode == 0, done.stderr
    *others, answer = done.stdout.splitlines()
    told: dict[str, Any] = json.loads(answer)
    told['complaints'] = '\n'.join([*others, done.stderr])  # Fast DDS 2 has them in the one, 3 in the other
    return told


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
def test_what_is_told_is_the_segment_that_was_made(domain: int) -> None:
    told = told_by_a_process(domain)
    assert told['description'].startswith('shared memory of 36 MiB')
    assert told['segment_size'] == 1920 * 1080 * 3 * 6
    assert told['segment_size'] <= max(told['segments']) < 1.1 * told['segment_size']
    assert told['trouble'] == told['shortage'] == ''
    assert 'DEFAULT_PROFILES_FILE' not in told['complaints']  # nobody warns of a variable


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
def test_a_profile_that_was_not_taken_is_told(domain: int) -> None:
    # Fast DDS reads profiles with the first participant of a process.
    told = told_by_a_process(domain, node_before=True)
    assert told['description'] == 'shared memory of 0.5 MiB, stock settings: those of this node were not taken'
    assert max(told['segments']) == told['segment_size'] < MEBIBYTE
    assert 'has shared memory of 0.5 MiB instead of 36 MiB' in told['trouble']
    assert 'make that inside transport_in_force()' in told['trouble']


def profile(folder: Path, name: str, size: int = 0) -> Path:
    """Write one of our profiles as a user's own."""
    path = folder / name
    path.write_text((CONFIG / name).read_text(encoding='utf-8').replace('$segment_size', str(size)), encoding='utf-8')
    return path


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
@pytest.mark.parametrize(('name', 'segment', 'short'), [
    ('shared_memory.xml', 24 * MEBIBYTE, False), ('network_sender.xml', 64 * MEBIBYTE, False),
    ('network_receiver.xml', MEBIBYTE // 2, True),
])
def test_of_the_users_profile_the_segment_is_told(
    domain: int, tmp_path: Path, name: str, segment: int, short: bool,
) -> None:
    variable = fast_dds().variable
    told = told_by_a_process(domain, {variable: str(profile(tmp_path, name, segment))}, profile='auto')
    assert told['description'].endswith(f' MiB, the user\'s settings ({variable})')
    assert told['segment_size'] == max(told['segments'])
    assert segment <= told['segment_size'] < 1.1 * segment
    assert told['trouble'] == ''
    assert ('give the profile a larger segment_size' in told['shortage']) == short
    assert 'Error' not in told['complaints']  # what this version does not know in a profile is told there


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
def test_a_profile_of_the_user_that_is_not_read_is_told(domain: int, tmp_path: Path) -> None:
    # In the working directory, the file of either version is ignored by the other.
    unread, read = next((one, other) for one, other in fast_dds().unread.items() if one.endswith('.xml'))
    (tmp_path / unread).write_text(profile(tmp_path, 'network_sender.xml').read_text())
    told = told_by_a_process(domain)
    assert told['description'] == f'shared memory of 0.5 MiB, the user\'s settings ({unread})'
    assert f'{unread} is not read by this version of Fast DDS' in told['trouble']
    assert told['trouble'].endswith(f'use {read}')
    (tmp_path / unread).rename(tmp_path / read)
    assert told_by_a_process(domain)['segment_size'] > 64 * MEBIBYTE


def test_which_variable_is_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = fast_dds()
    for unread, read in told.unread.items():
        if not unread.endswith('.xml'):
            monkeypatch.setenv(unread, 'mine')
            assert 'is not read' in transport._refused('auto').trouble  # type: ignore[union-attr]
            monkeypatch.setenv(read, 'mine')
            assert transport._refused('auto').trouble == ''  # type: ignore[union-attr]
    assert told.variable not in told.unread


def test_without_shared_memory_none_is_told(domain: int) -> None:
    environment = {'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4', 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
    told = told_by_a_process(domain, environment)
    assert told['description'] == 'no shared memory, the user\'s settings (FASTDDS_BUILTIN_TRANSPORTS)'
    assert (told['segments'], told['segment_size'], told['shortage']) == ([], 0, '')


def in_force_without_profile(wish: str = 'auto') -> str:
    with transport_in_force(TransportWish(wish)) as choice:
        assert fast_dds().variable not in os.environ or 'the user' in choice.in_force().description
        in_force = choice.in_force()
    return in_force.description


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
def test_it_can_be_refused(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told = told_by_a_process(domain, profile='off')
    assert told['description'] == 'shared memory of 0.5 MiB, stock settings (dds_profile:=off)'
    # Who wants it like this is not warned.
    assert told['shortage'] == told['trouble'] == ''
    for word in ('OFF', '0', 'false', 'no'):
        monkeypatch.setenv(transport.SWITCH, word)
        assert f'{transport.SWITCH}={word.lower()}' in in_force_without_profile()


def test_a_switch_that_is_neither_on_nor_off_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(transport.SWITCH, 'auto')
    with transport_in_force(TransportWish()):
        assert fast_dds().variable in os.environ
    monkeypatch.setenv(transport.SWITCH, 'offf')
    with pytest.raises(ValueError, match="is 'offf'; auto and off are allowed"), transport_in_force(TransportWish()):
        pass


@pytest.mark.parametrize('profile', ['auto', 'off'])
@pytest.mark.parametrize('name', [
    'FASTDDS_BUILTIN_TRANSPORTS', 'FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE',
    'FASTDDS_ENVIRONMENT_FILE', 'RMW_FASTRTPS_USE_QOS_FROM_XML',
])
def test_the_users_settings_stay(name: str, profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, 'mine')
    assert in_force_without_profile(profile).endswith(f', the user\'s settings ({name})')
    assert os.environ[name] == 'mine'


@pytest.mark.parametrize('name', ['DEFAULT_FASTDDS_PROFILES.xml', 'DEFAULT_FASTRTPS_PROFILES.xml'])
def test_the_users_profile_in_the_working_directory_stays(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert in_force_without_profile().endswith(f', the user\'s settings ({name})')


def test_another_middleware_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    assert in_force_without_profile().startswith('settings of rmw_cyclonedds_cpp; ')


def test_too_little_shared_memory_keeps_the_stock_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 15 * MEBIBYTE)
    description = in_force_without_profile()
    assert 'stock settings: /dev/shm has only 15 MiB free' in description
    assert '--shm-size' in description
    assert '--ipc=host' in description


def test_without_shared_memory_the_stock_settings_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared_memory, 'DIRECTORY', tmp_path / 'none')
    assert in_force_without_profile().startswith('no shared memory, stock settings: ')


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which('unshare') is None, reason='needs the right to mount')
def test_shared_memory_that_cannot_be_written_keeps_the_stock_settings(domain: int) -> None:
    mount = 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$0" "$@"'
    told = told_by_a_process(domain, before=('unshare', '--mount', 'sh', '-c', mount))
    assert told['description'].startswith('no shared memory, stock settings: /dev/shm is not there or cannot be')
    assert (told['segments'], told['segment_size']) == ([], 0)


def test_a_missing_profile_is_no_reason_not_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transport, 'share_directory', lambda: tmp_path)
    assert 'shared_memory.xml cannot be read' in in_force_without_profile()


def test_images_that_are_too_large_for_the_segment_are_told() -> None:
    in_force = Transport('', 32 * MEBIBYTE, remedy='find some more')
    assert in_force.shortage(1920, 1080) == ''
    assert '1.3 images of 3840x2160, so that some may be lost; find some more' in in_force.shortage(3840, 2160)
    assert Transport('', 32 * MEBIBYTE).shortage(3840, 2160) == ''


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
@pytest.mark.timeout(300)
def test_large_images_arrive_whole_through_the_segment_that_the_node_tells(domain: int) -> None:
    node_in_force = running_node(domain, environment={'PYTHONPATH': PATH}, device='sim', width=1920, height=1080)
    with node_in_force as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw')
        diagnostics = Inbox(client, DiagnosticArray, '/diagnostics')
        sizes = {(image.width, image.height, len(image.data)) for image in images.take(60)}
        values = diagnostics.wait_for(lambda messages: next(
            (told for message in messages if 'device' in (told := values_of(message))), None))
        segments = segments_of(node.process.pid)
        for inbox in (images, diagnostics):
            inbox.close()
    assert sizes == {(1920, 1080, 1920 * 1080 * 3)}
    assert values['transport'].startswith('shared memory of 36 MiB')
    told = int(values['shared memory (bytes)'])
    assert told == 1920 * 1080 * 3 * 6 <= max(segments)
    assert 'may be lost' not in node.output


def values_of(message: DiagnosticArray) -> dict[str, str]:
    return {pair.key: pair.value for pair in message.status[0].values}


def segments_of(process: int) -> list[int]:
    """Return the sizes of the segments that a process has mapped for writing."""
    lines = Path(f'/proc/{process}/maps').read_text().splitlines()
    names = {Path(line.split()[-1]) for line in lines if ' rw-s ' in line and '/dev/shm/fast' in line}
    return [path.stat().st_size for path in names if shared_memory.SEGMENT_NAME.fullmatch(path.name)]


@pytest.mark.parametrize('path', sorted(CONFIG.glob('*.xml')), ids=lambda path: path.stem)
def test_every_profile_is_well_formed_and_on_the_page(path: Path) -> None:
    ElementTree.parse(path)
    assert path.name in (CONFIG.parents[1] / 'docs' / 'transport.md').read_text(encoding='utf-8')
