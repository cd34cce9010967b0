"""Where the package's launch and configuration files lie, in a workspace, in a wheel and in the source tree."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

PACKAGE = 'imagecapture_ros'


def complete_ament_prefix_path() -> None:
    """Name this Python environment as the place of ROS packages where nothing is named: the ROS 2 wheels do not."""
    if not os.environ.get('AMENT_PREFIX_PATH'):
        os.environ['AMENT_PREFIX_PATH'] = sysconfig.get_path('data')


def share_directory() -> Path:
    """Return the folder that holds ``config`` and ``launch``.

    :raises FileNotFoundError: the package is installed incompletely.
    """
    source = Path(__file__).resolve().parents[1]
    if (source / 'package.xml').is_file():
        return source
    from ament_index_python.packages import get_package_share_path

    complete_ament_prefix_path()
    try:
        return Path(get_package_share_path(PACKAGE))
    except LookupError as error:
        raise FileNotFoundError(
            f'the files of {PACKAGE} are not in {os.environ["AMENT_PREFIX_PATH"]}; install the package again, or '
            f'source the setup file of the workspace it was built in') from error
