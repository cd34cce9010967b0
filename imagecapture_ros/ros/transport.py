"""Shared-memory settings that let large images arrive, brought along where the user has set none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from imagecapture_ros.share import share_directory

SEGMENT_SIZE = 64 * 1024 * 1024
"""Bytes of shared memory wanted: several 1080p images; Fast DDS's own half megabyte does not hold a single one."""

SMALLEST_USEFUL = 8 * 1024 * 1024

_USER_SETTINGS = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_BUILTIN_TRANSPORTS',
                  'RMW_FASTRTPS_USE_QOS_FROM_XML', 'SKIP_DEFAULT_XML')

SHARED_MEMORY = Path('/dev/shm')


@contextmanager
def transport_in_force(wish: str) -> Iterator[str]:
    """Point Fast DDS at a profile with a large segment, unless the user has settings; yield what is in force.

    ``wish`` is the parameter ``dds_profile``. rclpy must be initialised and the first node made inside the block; after
    it the profile, a file of this process's own, is gone again.
    """
    refusal = _refusal(wish)
    if refusal:
        yield refusal
        return
    try:
        template = Template((share_directory() / 'config' / 'dds' / 'shared_memory.xml').read_text(encoding='utf-8'))
    except OSError as error:
        yield f'stock settings: {error}'
        return
    size = _segment_size()
    with tempfile.NamedTemporaryFile('w', prefix='imagecapture-dds-', suffix='.xml', encoding='utf-8') as profile:
        profile.write(template.substitute(segment_size=size))
        profile.flush()
        os.environ['FASTDDS_DEFAULT_PROFILES_FILE'] = profile.name
        try:
            yield f'shared memory of {size // 2**20} MiB'
        finally:
            del os.environ['FASTDDS_DEFAULT_PROFILES_FILE']


def _refusal(wish: str) -> str:
    """Return what is in force where no profile is brought, or nothing."""
    if wish == 'off':
        return 'stock settings (dds_profile:=off)'
    rmw = os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp')
    if rmw != 'rmw_fastrtps_cpp':
        return f'settings of {rmw}; large images need its own tuning'
    chosen = [name for name in _USER_SETTINGS if name in os.environ]
    if chosen:
        return f'the user\'s settings ({", ".join(chosen)})'
    if _segment_size() < SMALLEST_USEFUL:
        return (f'stock settings: {SHARED_MEMORY} has too little free memory; large images will be lost; enlarge it, '
                f'in Docker with --shm-size or --ipc=host')
    return ''


def _segment_size() -> int:
    """Return the bytes wanted, but at most half of what is free."""
    try:
        return min(SEGMENT_SIZE, shutil.disk_usage(SHARED_MEMORY).free // 2)
    except OSError:
        return 0
