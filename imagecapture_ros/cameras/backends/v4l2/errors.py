# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What went wrong with a Linux camera, who is to blame, and what to do: one clear error for each failure."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.mediacapture.errors import (
    MediaCaptureError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    OperationError,
)
from imagecapture_ros.texts import excerpt

GONE = frozenset({errno.ENODEV, errno.ESHUTDOWN})
"""What the kernel answers once the device is not there any more."""

_NOT_THERE = GONE | {errno.ENXIO}
"""What it answers to open then; from a request ENXIO may be a sensor's that did not answer."""

PROCESSES = Path('/proc')


def gone(path: Path) -> DeviceGone:
    """Return the error for a device that was unplugged or whose driver was unloaded."""
    return DeviceGone(f'{path}: the camera is gone (ENODEV); was it unplugged? It is used again as soon as it is back')


def not_opened(path: Path, error: OSError) -> MediaCaptureError:
    """Return the error for a node that ``open`` refuses."""
    if error.errno == errno.EACCES:
        return NotAllowedError(
            f'{path}: permission denied; add the user to the group that owns it, usually video (as root: usermod -aG '
            f'video USER), and log in again')
    if error.errno == errno.EPERM:
        return NotAllowedError(
            f'{path}: the operating system does not permit access; a container needs the device (--device {path})')
    if error.errno == errno.ENOENT:
        return NotFoundError(f'{path}: there is no such device; "imagecapture devices" lists those that there are')
    if error.errno in _NOT_THERE:
        return gone(path)
    if error.errno == errno.EBUSY:
        return busy(path)
    return NotReadableError(f'{path}: cannot be opened: {described(error)}')


def busy(path: Path) -> NotReadableError:
    """Return the error for a camera that another program streams from, and name the program if it can be seen."""
    holders = _holders(path)
    who = ', '.join(holders) if holders else 'another program (of another user: "fuser -v" as root tells which)'
    return NotReadableError(f'{path}: the camera is busy (EBUSY), in use by {who}; end that program first')


def not_streaming(path: Path, mode: object, error: OSError) -> NotReadableError:
    """Return the error for a stream that does not start."""
    if error.errno == errno.EBUSY:
        return busy(path)
    if error.errno == errno.ENOSPC:
        return NotReadableError(
            f'{path}: not enough USB bandwidth for {mode} (ENOSPC); ask for a smaller size, a lower rate or '
            f'pixel_format:=MJPG, or connect the camera to another USB controller than the other cameras')
    return NotReadableError(f'{path}: the driver does not start the stream in {mode}: {described(error)}')


def stream_broken(path: Path, what: str, error: OSError) -> NotReadableError:
    """Return the error for a stream that a driver gave up; opening the device again may help."""
    if error.errno == errno.EIO:
        return NotReadableError(
            f'{path}: the driver reports that the stream is broken (EIO, {what}); the camera is opened again. If that '
            f'repeats, check the cable and the kernel log (dmesg)')
    return NotReadableError(f'{path}: the driver failed to {what}: {described(error)}; the camera is opened again')


class ControlInactive(OperationError):
    """A control that cannot be set while an automatic mode governs it, or ever."""


class ControlBusy(OperationError):
    """A control that cannot be set now; a few drivers lock some as long as there are buffers."""


_CONTROL_HINTS = {
    errno.EACCES: 'the control is read-only, or inactive while an automatic mode is on',
    errno.EBUSY: 'it is busy, or locked while the camera streams; try again, or deactivate the node for it',
    errno.ERANGE: 'the value is out of the range that the driver allows now',
    errno.EINVAL: 'the driver does not take this value',
    errno.EIO: 'the camera did not answer',
}


def control_refused(name: str, value: object, error: OSError) -> OperationError:
    """Return the error for a control, called ``name``, that the driver does not set to ``value``."""
    hint = _CONTROL_HINTS.get(error.errno or 0)
    error_type = {errno.EBUSY: ControlBusy, errno.EACCES: ControlInactive}.get(error.errno or 0, OperationError)
    return error_type(f'{name}: the driver refuses {excerpt(value)}: {hint or "reason unknown"} ({described(error)})')


def described(error: OSError) -> str:
    """Return what the kernel said, with the error's symbolic name."""
    return f'{error.strerror} ({errno.errorcode.get(error.errno or 0, error.errno)})'


def _holders(path: Path) -> list[str]:
    """Return the programs that have ``path`` open, as far as this user may see."""
    holders = []
    for process in sorted(PROCESSES.glob('[0-9]*')):
        if process.name == str(os.getpid()):
            continue
        try:
            if any(os.readlink(link) == str(path) for link in (process / 'fd').iterdir()):
                name = (process / 'comm').read_text(encoding='utf-8', errors='replace').strip()
                holders.append(f'{name} (process {process.name})')
        except OSError:
            continue  # it has ended, or belongs to another user
    return holders
