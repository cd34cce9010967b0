# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shared-memory settings that let large images arrive, brought along where the user has set none.

What is in force is what the middleware has made of them: once the participant exists, its segments are looked at.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from rclpy.utilities import get_rmw_implementation_identifier

from imagecapture_ros.node.middleware import shared_memory
from imagecapture_ros.node.middleware.held_files import abandoned, create_held
from imagecapture_ros.rclpy_compat import fast_dds
from imagecapture_ros.share import share_directory

SWITCH = 'IMAGECAPTURE_DDS_PROFILE'
"""Environment variable; ``off`` keeps the stock settings, as the parameter ``dds_profile`` does."""

_ON, _OFF = ('', 'auto', 'on', '1', 'true', 'yes'), ('off', '0', 'false', 'no')

BYTES_PER_PIXEL = 3

MAX_IN_FLIGHT = 4
"""Images of a topic on the way to reliable subscribers until the node waits for them to arrive."""

SPARE_IMAGES = 2
"""Images beyond those: the one being sent and the compressed ones."""

LEAST_WANTED = 16 * 2**20
"""Bytes of shared memory wanted also for the smallest images."""

SMALLEST_USEFUL = 8 * 2**20
"""Bytes below which the stock settings, which take half a megabyte, are kept."""

_PREFIXES = ('FASTDDS_', 'FASTRTPS_')
_USER_SETTINGS = ('RMW_FASTRTPS_USE_QOS_FROM_XML', 'SKIP_DEFAULT_XML_FILE')
_USER_FILES = ('DEFAULT_FASTDDS_PROFILES.xml', 'DEFAULT_FASTRTPS_PROFILES.xml')
"""Profiles that Fast DDS reads from the folder in which a process was started."""

_PROFILE = ('imagecapture-dds-', '.xml')
"""How the names of our profiles begin and end."""

_FAST_DDS = ('rmw_fastrtps_cpp', 'rmw_fastrtps_dynamic_cpp')


@dataclass(frozen=True)
class TransportWish:
    """What the user says of the transport, and of the images that it is for."""

    profile: str = 'auto'
    """The parameter ``dds_profile``."""
    width: int = 1920
    height: int = 1080
    cameras: int = 1
    """Nodes that share the process, and with it the memory."""


@dataclass(frozen=True)
class Transport:
    """What is in force."""

    description: str
    """For people: the shared memory that there is, and why it is no other."""
    segment_size: int = 0
    """Bytes of shared memory for what is sent; 0 where there is none, or the middleware does not show it."""
    trouble: str = ''
    """Why settings that were meant to be in force are not, and what to do; empty if they are."""
    remedy: str = ''
    """What gives images more shared memory; empty if the user wants it as it is."""

    def shortage(self, width: int, height: int) -> str:
        """Return what to do when images of this size are too large for the segment, or nothing."""
        image = width * height * BYTES_PER_PIXEL
        if not self.segment_size or not self.remedy or self.segment_size >= 2 * image:
            return ''
        return (f'the shared memory of {_mebibytes(self.segment_size)} holds {self.segment_size / image:.1f} images of '
                f'{width}x{height}, so that some may be lost; {self.remedy}')


@dataclass(frozen=True)
class _Plan:
    """What was decided before the middleware was asked."""

    reason: str = ''
    """Why the settings are not ours; empty if they are."""
    segment_size: int = 0
    """Bytes of the segment that was asked for; 0 where none was."""
    freed: int = 0
    """Bytes that killed nodes had left, and that were removed."""
    remedy: str = ''
    """See :class:`Transport`."""
    trouble: str = ''
    """See :class:`Transport`."""
    shows_segments: bool = True
    """Whether the middleware's shared memory can be seen."""


class TransportChoice:
    """What was chosen, and what came of it."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._before = set(shared_memory.own_segments()) if plan.shows_segments else set()
        self._made: dict[str, int] = {}
        self.profile: Path | None = None
        """The file that Fast DDS is to read."""

    def in_force(self) -> Transport:
        """Return what is in force, by the segments that are there; to be asked when the first node has been made."""
        plan = self._plan
        if self.profile is not None:
            self.profile.unlink(missing_ok=True)  # it has been read
        if not plan.shows_segments:
            return Transport(plan.reason)
        made = self._made or self._new_segments() or shared_memory.own_segments()
        # Where discovery is for this machine only, rmw_fastrtps adds one of the stock size to that of a profile.
        size = max(made.values(), default=0)
        there = f'shared memory of {_mebibytes(size)}' if size else 'no shared memory'
        if plan.reason:
            return Transport(f'{there}, {plan.reason}', size, plan.trouble, plan.remedy)
        if size < plan.segment_size:
            return Transport(
                f'{there}, stock settings: those of this node were not taken', size,
                f'the middleware has not taken the settings that this node brings: it has {there} instead of '
                f'{_mebibytes(plan.segment_size)}, and large images will be lost. {_taken_if()}')
        note = (f' ({_mebibytes(plan.freed)} that a killed process of this node had left were removed)'
                if plan.freed else '')
        # The file is larger by what Fast DDS needs to keep account of it.
        return Transport(f'shared memory of {_mebibytes(plan.segment_size)}{note}', plan.segment_size,
                         remedy=plan.remedy)

    def keep(self) -> None:
        """Take what has been made by now for this choice's; participants that are made later are others' business."""
        if self._plan.shows_segments:
            self._made = self._new_segments()

    def _new_segments(self) -> dict[str, int]:
        return {name: size for name, size in shared_memory.own_segments().items() if name not in self._before}


def _taken_if() -> str:
    return (f'They are read once in a process, when its first node is made: make that inside transport_in_force(), or '
            f'set {fast_dds().variable} for the process to a profile of your own (docs/transport.md)')


@contextmanager
def transport_in_force(wish: TransportWish) -> Iterator[TransportChoice]:
    """Point Fast DDS at a profile with a large segment, unless the user has settings; yield what tells what came of it.

    The segment takes at most half of what is free. rclpy must be initialised and the first node made inside the block;
    after it the profile, a file of this process's own, is gone again.

    :raises ValueError: the environment variable :data:`SWITCH` has a value that is not known.
    """
    plan = _refused(wish.profile) or _planned(wish)
    choice = TransportChoice(plan)
    try:
        if plan.segment_size:
            with _profile(plan.segment_size) as choice.profile:
                yield choice
        else:
            yield choice
    finally:
        choice.keep()


@contextmanager
def _profile(size: int) -> Iterator[Path]:
    """Let participants have a segment of so many bytes if they are made inside the block; yield the file that says so.

    Fast DDS reads it when the first participant is made, and never again.
    """
    template = Template(_template().read_text(encoding='utf-8'))
    # A file, because Fast DDS wants a path that it can resolve, as that of memory without a name (memfd) cannot be.
    # There is room where the segments are; in a read-only container there is no folder for temporary files.
    path, profile = create_held(shared_memory.DIRECTORY, *_PROFILE)
    variable = fast_dds().variable
    try:
        profile.write(template.substitute(segment_size=size))
        profile.flush()
        os.environ[variable] = str(path)
        yield path
    finally:
        os.environ.pop(variable, None)
        path.unlink(missing_ok=True)
        profile.close()


def _remove_abandoned_profiles() -> None:
    """Remove the profiles of nodes that were killed before they had taken them away."""
    prefix, suffix = _PROFILE
    for path in shared_memory.DIRECTORY.glob(f'{prefix}*{suffix}'):
        with abandoned(path) as file, contextlib.suppress(OSError):
            if file is not None:
                path.unlink()


def _template() -> Path:
    return share_directory() / 'config' / 'dds' / 'shared_memory.xml'


def _planned(wish: TransportWish) -> _Plan:
    """Return what can be had where the user has nothing against it."""
    directory = shared_memory.DIRECTORY
    if not os.access(directory, os.W_OK):
        return _Plan(f'stock settings: {directory} is not there or cannot be written, large images will be lost; mount '
                     f'a tmpfs there, in Docker with --shm-size=256m or --ipc=host')
    freed = shared_memory.remove_abandoned()
    _remove_abandoned_profiles()
    size = segment_size(wish)
    if size < SMALLEST_USEFUL:
        return _Plan(f'stock settings: {directory} has only {_mebibytes(2 * size)} free, large images will be lost; '
                     f'enlarge it, in Docker with --shm-size=256m or --ipc=host', remedy=f'enlarge {directory}')
    if not os.access(_template(), os.R_OK):
        return _Plan(f'stock settings: {_template()} cannot be read', remedy='install the package again')
    return _Plan(segment_size=size, freed=freed, remedy=(
        f'start the node with this width and height, and if {directory} is small, enlarge it, in Docker with '
        f'--shm-size or --ipc=host'))


def _refused(profile: str) -> _Plan | None:
    """Return what is done where no profile of ours is wanted, or nothing.

    :raises ValueError: the environment variable :data:`SWITCH` has a value that is not known.
    """
    switch = os.environ.get(SWITCH, '').strip().lower()
    if profile != 'off' and switch not in (*_ON, *_OFF):
        raise ValueError(f'{SWITCH} is {switch!r}; auto and off are allowed')
    rmw = os.environ.get('RMW_IMPLEMENTATION') or get_rmw_implementation_identifier()
    if rmw not in _FAST_DDS:
        return _Plan(f'settings of {rmw}; large images need its own tuning (docs/transport.md)', shows_segments=False)
    chosen = [name for name in os.environ if name.startswith(_PREFIXES) or name in _USER_SETTINGS]
    chosen += [name for name in _USER_FILES if Path(name).is_file()]
    if chosen:
        return _Plan(f'the user\'s settings ({", ".join(sorted(chosen))})', trouble=_unread(chosen),
                     remedy='give the profile a larger segment_size')
    if profile == 'off':
        return _Plan('stock settings (dds_profile:=off)')
    return _Plan(f'stock settings ({SWITCH}={switch})') if switch in _OFF else None


def _unread(chosen: Sequence[str]) -> str:
    """Return which of the user's profiles this version of Fast DDS does not read, and what to do; or nothing."""
    return '; '.join(
        f'{unread} is not read by this version of Fast DDS, so that what it says is not in force: use {read}'
        for unread, read in fast_dds().unread.items() if unread in chosen and read not in chosen)


def segment_size(wish: TransportWish) -> int:
    """Return the bytes that the images want, but at most half of what is free."""
    images = (MAX_IN_FLIGHT + SPARE_IMAGES) * wish.cameras
    wanted = max(LEAST_WANTED, wish.width * wish.height * BYTES_PER_PIXEL * images)
    try:
        return min(wanted, shutil.disk_usage(shared_memory.DIRECTORY).free // 2)
    except OSError:
        return 0


def _mebibytes(size: int) -> str:
    mebibytes = size / 2**20
    return f'{mebibytes:.0f} MiB' if mebibytes >= 10 else f'{mebibytes:.1f} MiB'
