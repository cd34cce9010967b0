"""Shared-memory settings that let large images arrive, brought along where the user has set none."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from string import Template

SEGMENT_SIZE = 64 * 1024 * 1024
"""Bytes of shared memory wanted: several 1080p images; Fast DDS's own half megabyte does not hold a single one."""

SMALLEST_USEFUL = 8 * 1024 * 1024

_USER_SETTINGS = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_BUILTIN_TRANSPORTS',
                  'RMW_FASTRTPS_USE_QOS_FROM_XML', 'SKIP_DEFAULT_XML')

SHARED_MEMORY = Path('/dev/shm')


def bring_profile(template: Path) -> str:
    """Point Fast DDS at a profile with a large segment, unless the user has settings; return what is in force.

    Must run before ``rclpy.init``. The profile is written from ``template`` to a file of this process's own.
    """
    rmw = os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp')
    if rmw != 'rmw_fastrtps_cpp':
        return f'settings of {rmw}; large images need its own tuning'
    chosen = [name for name in _USER_SETTINGS if name in os.environ]
    if chosen:
        return f'the user\'s settings ({", ".join(chosen)})'
    try:
        free = shutil.disk_usage(SHARED_MEMORY).free
    except OSError:
        return 'stock settings: there is no /dev/shm'
    size = min(SEGMENT_SIZE, free // 2)
    if size < SMALLEST_USEFUL:
        return (f'stock settings: only {free // 2**20} MiB are free in {SHARED_MEMORY}; large images will be lost; '
                f'enlarge it, in Docker with --shm-size or --ipc=host')
    folder = Path(tempfile.mkdtemp(prefix='imagecapture-dds-'))
    profile = folder / 'shared_memory.xml'
    profile.write_text(Template(template.read_text(encoding='utf-8')).substitute(segment_size=size), encoding='utf-8')
    os.environ['FASTDDS_DEFAULT_PROFILES_FILE'] = str(profile)
    return f'shared memory of {size // 2**20} MiB'


def forget_profile() -> None:
    """Remove the file that :func:`bring_profile` wrote, if it did."""
    profile = Path(os.environ.get('FASTDDS_DEFAULT_PROFILES_FILE', ''))
    if profile.parent.name.startswith('imagecapture-dds-'):
        shutil.rmtree(profile.parent, ignore_errors=True)
