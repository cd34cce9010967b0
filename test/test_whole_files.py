# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.whole_files import create_file, replace_file

WRITERS = {
    'create': 'create_file(folder, (f"{time.time_ns()}.bin" for _ in range(1)), data)',
    'replace': 'replace_file(folder / "same.bin", data)',
}

WRITER = '''
import sys, time
from pathlib import Path
from imagecapture_ros.whole_files import create_file, replace_file
folder, data = Path(sys.argv[1]), bytes(4_000_000)
print('writing', flush=True)
while True:
    {call}
'''


@pytest.fixture(params=['', 'no files without a name', 'no links to files without a name', 'no links'])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be like other file systems, of which this machine has none: FUSE, a sandbox, exFAT."""
    real_open, real_link = os.open, os.link

    def opened(path: Any, flags: int, *others: Any, **named: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, 'Operation not supported')
        return real_open(path, flags, *others, **named)

    def linked(source: Any, *others: Any, **named: Any) -> None:
        if request.param == 'no links' or str(source).startswith('/proc'):
            raise PermissionError(errno.EPERM, 'Operation not permitted')
        real_link(source, *others, **named)

    if request.param.startswith('no files'):
        monkeypatch.setattr(os, 'open', opened)
    elif request.param:
        monkeypatch.setattr(os, 'link', linked)


@pytest.mark.usefixtures('file_system')
def test_a_new_file_takes_the_first_free_name_and_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / 'a').write_bytes(b'before')
    (tmp_path / 'b').symlink_to(tmp_path / 'a')
    (tmp_path / 'c').symlink_to(tmp_path / 'nothing')
    assert create_file(tmp_path, 'abcde', b'new') == tmp_path / 'd'
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.exists()} == {
        'a': b'before', 'b': b'before', 'd': b'new'}
    with pytest.raises(FileExistsError):
        create_file(tmp_path, 'abcd', b'new')
    assert sorted(os.listdir(tmp_path)) == ['a', 'b', 'c', 'd']


@pytest.mark.usefixtures('file_system')
def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / 'victim', tmp_path / 'file'
    victim.write_bytes(b'precious')
    path.symlink_to(victim)
    for data in (b'one', b'two'):
        replace_file(path, data)
        assert path.read_bytes() == data and not path.is_symlink()
    assert victim.read_bytes() == b'precious'
    assert sorted(os.listdir(tmp_path)) == ['file', 'victim']


@pytest.mark.usefixtures('file_system')
@pytest.mark.parametrize('umask, mode', [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_permissions_are_what_the_umask_leaves(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        create_file(tmp_path, 'a', b'')
        replace_file(tmp_path / 'b', b'')
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {mode}


@pytest.mark.usefixtures('file_system')
def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    descriptors = len(os.listdir('/proc/self/fd'))
    with pytest.raises(OSError, match='too long'):
        create_file(tmp_path, ['x' * 300], b'new')
    (tmp_path / 'none').write_bytes(b'')
    with pytest.raises(OSError, match='Not a directory'):
        replace_file(tmp_path / 'none' / 'x', b'new')
    assert os.listdir(tmp_path) == ['none']
    assert len(os.listdir('/proc/self/fd')) == descriptors


@pytest.mark.parametrize('how', WRITERS)
def test_a_process_that_is_killed_while_it_writes_leaves_whole_files_only(tmp_path: Path, how: str) -> None:
    for delay in (0.0, 0.003, 0.01, 0.03, 0.1):
        writer = subprocess.Popen([sys.executable, '-c', WRITER.format(call=WRITERS[how]), str(tmp_path)],
                                  stdout=subprocess.PIPE)
        assert writer.stdout is not None and writer.stdout.readline() == b'writing\n'
        time.sleep(delay)
        writer.kill()
        assert writer.wait(PATIENCE) == -signal.SIGKILL
        writer.stdout.close()
    # Between its two names a file that replaces another has a third, for some microseconds.
    assert {path.stat().st_size for path in tmp_path.iterdir()} <= {4_000_000}
    assert not [name for name in os.listdir(tmp_path) if name.startswith('.')] or how == 'replace'
