# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What killed nodes leave in shared memory is removed by the next, and nothing else is."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import rclpy
from fixtures.limits import LONG_PATIENCE
from fixtures.ros_context import ros_context

from imagecapture_ros.node.middleware import held_files, shared_memory
from imagecapture_ros.node.middleware.shared_memory import (
    LONGEST_START,
    RECORD_PREFIX,
    STARTING,
    SegmentRecord,
    remove_abandoned,
)

TESTS = Path(__file__).resolve().parents[2]
# As Fast DDS 3 names them, and Fast DDS 2.
SEGMENT, OTHER = 'fastdds_0123456789abcdef', 'fastrtps_fedcba9876543210'


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shared_memory, 'DIRECTORY', tmp_path)
    return tmp_path


def made(directory: Path, *segments: str) -> None:
    for name in segments:
        (directory / name).write_bytes(bytes(1000))
        (directory / f'{name}_el').touch()


def recorded(directory: Path, *names: str) -> Path:
    record = directory / f'{RECORD_PREFIX}abc'
    record.write_text('\n'.join(names))
    return record


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_a_killed_node_wrote_down_is_removed_and_nothing_else(directory: Path) -> None:
    made(directory, SEGMENT, OTHER)
    others = {'fastdds_port7000', 'sem.fastdds_port7000_mutex', 'fastrtps_port7000', 'somebodys', OTHER, f'{OTHER}_el'}
    for name in others - {OTHER, f'{OTHER}_el'}:
        (directory / name).write_bytes(b'x')
    recorded(directory, SEGMENT, 'fastdds_port7000', 'fastrtps_port7000', 'somebodys', '../somebodys', '')
    assert remove_abandoned() == 1000
    assert names_in(directory) == others
    assert remove_abandoned() == 0


def test_the_segments_of_a_node_that_lives_stay(directory: Path) -> None:
    made(directory, SEGMENT)
    with recorded(directory, SEGMENT).open() as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        assert remove_abandoned() == 0
    assert names_in(directory) == {SEGMENT, f'{SEGMENT}_el', f'{RECORD_PREFIX}abc'}


def test_a_segment_that_somebody_holds_stays(directory: Path) -> None:
    made(directory, SEGMENT, OTHER)
    record = recorded(directory, SEGMENT, OTHER)
    with (directory / f'{SEGMENT}_el').open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert remove_abandoned() == 1000
    assert names_in(directory) == {SEGMENT, f'{SEGMENT}_el', record.name}
    assert remove_abandoned() == 1000  # once nobody holds it any more
    assert names_in(directory) == set()


def test_links_and_what_is_of_others_stay(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp('elsewhere')
    (elsewhere / 'record').write_text(SEGMENT)
    made(directory, SEGMENT, OTHER)
    (directory / f'{RECORD_PREFIX}link').symlink_to(elsewhere / 'record')
    os.mkfifo(directory / f'{RECORD_PREFIX}fifo')
    (directory / f'{RECORD_PREFIX}folder').mkdir()
    before = names_in(directory)
    assert remove_abandoned() == 0
    assert names_in(directory) == before


@pytest.mark.skipif(os.geteuid() != 0, reason='only root makes files of others')
def test_records_and_segments_of_another_user_stay(directory: Path) -> None:
    made(directory, SEGMENT, OTHER)
    os.chown(recorded(directory, SEGMENT), 12345, 12345)
    before = names_in(directory)
    assert remove_abandoned() == 0
    assert names_in(directory) == before


def test_several_nodes_that_start_at_once_remove_everything_once(directory: Path) -> None:
    segments = [f'fastdds_{number:016x}' for number in range(200)]
    made(directory, *segments)
    for number, segment in enumerate(segments):
        (directory / f'{RECORD_PREFIX}{number}').write_text(segment)
    program = ('import pathlib, sys\nfrom imagecapture_ros.node.middleware import shared_memory\n'
               'shared_memory.DIRECTORY = pathlib.Path(sys.argv[1])\nprint("ready", flush=True)\ninput()\n'
               'print(shared_memory.remove_abandoned())')
    processes = [subprocess.Popen([sys.executable, '-c', program, str(directory)], text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == 'ready\n'
    for process in processes:
        assert process.stdin is not None
        process.stdin.write('\n')
        process.stdin.flush()
    freed = [int(process.communicate(timeout=LONG_PATIENCE)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    remove_abandoned()  # what two of them held at the same moment
    assert sum(freed) <= 200_000
    assert names_in(directory) == set()


def test_without_shared_memory_there_is_nothing_to_do(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_memory, 'DIRECTORY', directory / 'none')
    assert remove_abandoned() == 0
    record = SegmentRecord()
    record.write()
    record.remove()


@pytest.fixture
def context(domain: int) -> Iterator[rclpy.Context]:
    with ros_context(domain) as context:
        yield context


def records() -> dict[Path, str]:
    return {path: path.read_text() for path in shared_memory.DIRECTORY.glob(f'{RECORD_PREFIX}*')}


@pytest.mark.skipif(not os.access('/dev/shm', os.W_OK), reason='this machine has no shared memory')
def test_a_process_knows_its_segments_and_takes_its_record_away(context: rclpy.Context) -> None:
    before = shared_memory.own_segments()
    node = rclpy.create_node('has_a_segment', context=context)
    own = {name: size for name, size in shared_memory.own_segments().items() if name not in before}
    assert own
    assert own == {name: (shared_memory.DIRECTORY / name).stat().st_size for name in own}
    assert all(own.values())
    others = set(records())
    record = SegmentRecord()
    record.write()
    [written] = [content.split() for path, content in records().items() if path not in others]
    assert set(own) <= set(written)
    remove_abandoned()
    assert all((shared_memory.DIRECTORY / name).exists() for name in own)
    record.remove()
    assert written not in [content.split() for content in records().values()]
    node.destroy_node()


def private_shared_memory(size: str) -> list[str]:
    """Return what to put before a command that is to see a /dev/shm of its own; skip where nobody may make one."""
    mount = f'mount -t tmpfs -o size={size} tmpfs /dev/shm && exec "$0" "$@"'
    for unshare in (['unshare', '--mount'], ['unshare', '--user', '--map-root-user', '--mount']):
        prefix = [*unshare, 'sh', '-c', mount]
        if shutil.which('unshare') and not subprocess.run(
                [*prefix, 'true'], stderr=subprocess.DEVNULL, check=False).returncode:
            return prefix
    pytest.skip('a /dev/shm of its own needs unshare and the right to mount')


@pytest.mark.timeout(1100)
def test_ten_killed_nodes_leave_room_for_the_next_in_the_64_megabytes_of_a_container(domain: int) -> None:
    command = [*private_shared_memory('64m'), sys.executable, '-m', 'fixtures.killed_nodes', str(domain)]
    path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get('PYTHONPATH'))))
    ended = subprocess.run(command, env={**os.environ, 'PYTHONPATH': path}, stdout=subprocess.PIPE, text=True,
                           timeout=2 * LONG_PATIENCE, check=True)
    report = json.loads(ended.stdout.splitlines()[-1])
    assert len(report['transports']) == 11
    # Half of what is free each time: what was left behind is gone before the next node takes its own.
    assert all('shared memory of 32 MiB' in transport for transport in report['transports'])
    assert all('removed' in transport for transport in report['transports'][1:])
    assert report['large segments'] == 1
    assert report['images'] == 30
    assert report['left in the end'] == []


@pytest.mark.timeout(1100)
def test_nodes_that_are_killed_while_they_start_leave_nothing_for_long(domain: int) -> None:
    command = [*private_shared_memory('512m'), sys.executable, '-m', 'fixtures.killed_while_starting', str(domain)]
    path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get('PYTHONPATH'))))
    environment = {**os.environ, 'PYTHONPATH': path}
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=2 * LONG_PATIENCE,
                           check=True)
    report = json.loads(ended.stdout.splitlines()[-1])
    # What it is about did happen: some were killed with memory, or a profile, that nobody had written down.
    assert report['with segments'] > 3, report
    assert report['with segments while starting'], report
    assert report['with a profile'], report
    assert report['left in shared memory'] == [], report


def test_what_was_made_while_a_killed_node_started_is_removed_and_nothing_else(directory: Path) -> None:
    made(directory, OTHER, 'fastdds_00000000000000aa')
    began = 1_000_000.0
    record = recorded(directory, STARTING)
    os.utime(record, (began, began))
    for name, at in ((OTHER, began - 1.0), ('fastdds_00000000000000aa', began + LONGEST_START + 1.0)):
        os.utime(directory / f'{name}_el', (at, at))
    made(directory, SEGMENT, 'fastdds_00000000000000bb')
    for name in (SEGMENT, 'fastdds_00000000000000bb'):
        os.utime(directory / f'{name}_el', (began + 0.5, began + 0.5))
    with (directory / 'fastdds_00000000000000bb_el').open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of another program, which lives
        assert remove_abandoned() == 1000
    stay = {OTHER, 'fastdds_00000000000000aa', 'fastdds_00000000000000bb'}
    assert names_in(directory) == stay | {f'{name}_el' for name in stay}


def test_a_node_that_starts_is_not_taken_for_a_killed_one(directory: Path) -> None:
    record = SegmentRecord()
    record.begin()
    made(directory, SEGMENT)
    assert remove_abandoned() == 0
    record.write()
    assert remove_abandoned() == 0
    assert {f'{SEGMENT}_el', SEGMENT} < names_in(directory)
    record.remove()
    assert names_in(directory) == {f'{SEGMENT}_el', SEGMENT}


def test_a_file_that_is_taken_for_abandoned_before_it_is_held_is_made_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[Path] = []
    lock = fcntl.flock

    def late(file: IO[str], how: int) -> None:
        if not taken:
            taken.extend(directory.iterdir())
            taken[0].unlink()  # as another node does that comes in between
        lock(file, how)

    monkeypatch.setattr(held_files.fcntl, 'flock', late)
    path, file = held_files.create_held(directory, 'x')
    assert path.exists() and path != taken[0]
    with held_files.abandoned(path) as found:
        assert found is None
    file.close()
    with held_files.abandoned(path) as found:
        assert found is not None
