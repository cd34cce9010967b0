# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors name the program that has the camera, and for each refusal what to do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.backends.v4l2 import errors
from imagecapture_ros.mediacapture.errors import (
    MediaCaptureError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
)

NODE = Path('/dev/video5')


def kernel_says(code: int) -> OSError:
    return OSError(code, os.strerror(code))


def test_the_program_that_has_the_camera_is_named(tmp_path: Path) -> None:
    node = tmp_path / 'video5'
    node.write_text('')
    program = f'file = open({str(node)!r}); print("open", flush=True); input()'
    with subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b'open\n'
        message = errors.busy(node).message
        other.communicate(b'\n', timeout=PATIENCE)
    assert f'(process {other.pid})' in message
    assert 'python' in message
    assert 'another program' in errors.busy(node).message


@pytest.mark.parametrize('code, error_type, said', [
    (errno.EACCES, NotAllowedError, 'usermod -aG video USER'), (errno.EPERM, NotAllowedError, '--device /dev/video5'),
    (errno.ENOENT, NotFoundError, 'imagecapture devices'), (errno.ENODEV, DeviceGone, 'unplugged'),
    (errno.EBUSY, NotReadableError, 'busy'), (errno.EMFILE, NotReadableError, r'\(EMFILE\)'),
])
def test_a_node_that_cannot_be_opened(code: int, error_type: type[MediaCaptureError], said: str) -> None:
    with pytest.raises(error_type, match=said):
        raise errors.not_opened(NODE, kernel_says(code))


@pytest.mark.parametrize('code, said', [
    (errno.EBUSY, 'busy'), (errno.ENOSPC, r'USB bandwidth for 640x480@30 .* lower rate'), (errno.EINVAL, r'\(EINVAL\)'),
])
def test_a_stream_that_does_not_start(code: int, said: str) -> None:
    with pytest.raises(NotReadableError, match=said):
        raise errors.not_streaming(NODE, '640x480@30', kernel_says(code))


def test_a_stream_that_breaks() -> None:
    assert 'dmesg' in errors.stream_broken(NODE, 'hand over a frame', kernel_says(errno.EIO)).message
    assert 'failed to hand over a frame' in errors.stream_broken(
        NODE, 'hand over a frame', kernel_says(errno.EINVAL)).message


def test_an_error_without_a_name_is_told_by_its_number() -> None:
    assert errors.described(OSError(524, 'Strange')) == 'Strange (524)'
