# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shared-memory settings that let large images arrive, brought along where the user has set none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from rclpy.utilities import get_rmw_implementation_identifier

from imagecapture_ros.node.middleware import shared_memory
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
    segment_size: int = 0
    """Bytes of the shared-memory segment; 0 where it is not ours to know."""

    def shortage(self, width: int, height: int) -> str:
        """Return what to do when images of this size are too large for the segment, or nothing."""
        image = width * height * BYTES_PER_PIXEL
        if not self.segment_size or self.segment_size >= 2 * image:
            return ''
        return (f'the shared memory of {_mebibytes(self.segment_size)} holds {self.segment_size / image:.1f} images of '
                f'{width}x{height}, so that some may be lost; start the node with this width and height, and if '
                f'{shared_memory.DIRECTORY} is small, enlarge it, in Docker with --shm-size or --ipc=host')


@contextmanager
def transport_in_force(wish: TransportWish) -> Iterator[Transport]:
    """Point Fast DDS at a profile with a large segment, unless the user has settings; yield what is in force.

    The segment takes at most half of what is free. rclpy must be initialised and the first node made inside the block;
    after it the profile, a file of this process's own, is gone again.

    :raises ValueError: the environment variable :data:`SWITCH` has a value that is not known.
    """
    refusal = _refusal(wish.profile)
    if refusal:
        yield Transport(refusal)
        return
    if not os.access(shared_memory.DIRECTORY, os.W_OK):
        yield Transport(f'stock settings: {shared_memory.DIRECTORY} is not there or cannot be written, large '
                        f'images will be lost; mount a tmpfs there, in Docker with --shm-size=256m or --ipc=host')
        return
    freed = shared_memory.remove_abandoned()
    size = segment_size(wish)
    if size < SMALLEST_USEFUL:
        yield Transport(f'stock settings: {shared_memory.DIRECTORY} has only {_mebibytes(2 * size)} free, large '
                        f'images will be lost; enlarge it, in Docker with --shm-size=256m or --ipc=host')
        return
    try:
        template = Template((share_directory() / 'config' / 'dds' / 'shared_memory.xml').read_text(encoding='utf-8'))
    except OSError as error:
        yield Transport(f'stock settings: {error}')
        return
    description = f'shared memory of {_mebibytes(size)}'
    if freed:
        description += f' ({_mebibytes(freed)} that a killed process of this node had left were removed)'
    with tempfile.NamedTemporaryFile('w', prefix='imagecapture-dds-', suffix='.xml', encoding='utf-8') as profile:
        profile.write(template.substitute(segment_size=size))
        profile.flush()
        os.environ['FASTDDS_DEFAULT_PROFILES_FILE'] = profile.name
        try:
            yield Transport(description, size)
        finally:
            del os.environ['FASTDDS_DEFAULT_PROFILES_FILE']


def _refusal(profile: str) -> str:
    """Return what is in force where no profile is wanted, or nothing."""
    if profile == 'off':
        return 'stock settings (dds_profile:=off)'
    switch = os.environ.get(SWITCH, '').strip().lower()
    if switch in _OFF:
        return f'stock settings ({SWITCH}={switch})'
    if switch not in _ON:
        raise ValueError(f'{SWITCH} is {switch!r}; auto and off are allowed')
    rmw = os.environ.get('RMW_IMPLEMENTATION') or get_rmw_implementation_identifier()
    if rmw not in _FAST_DDS:
        return f'settings of {rmw}; large images need its own tuning (docs/transport.md)'
    chosen = [name for name in os.environ if name.startswith(_PREFIXES) or name in _USER_SETTINGS]
    chosen += [name for name in _USER_FILES if Path(name).is_file()]
    if chosen:
        return f'the user\'s settings ({", ".join(sorted(chosen))})'
    return ''


def segment_size(wish: TransportWish) -> int:
    """Return the bytes that the images want, but at most half of what is free."""
    images = (MAX_IN_FLIGHT + SPARE_IMAGES) * wish.cameras
    wanted = max(LEAST_WANTED, wish.width * wish.height * BYTES_PER_PIXEL * images)
    try:
        return min(wanted, shutil.disk_usage(shared_memory.DIRECTORY).free // 2)
    except OSError:
        return 0


def _mebibytes(size: int) -> str:
    return f'{size / 2**20:.0f} MiB'
