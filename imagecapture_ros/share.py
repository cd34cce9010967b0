# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the package's launch and configuration files lie, in a workspace, in a wheel and in the source tree."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

PACKAGE = 'imagecapture_ros'


def complete_ament_prefix_path() -> None:
    """Name this Python environment as a place of ROS packages if it holds this one: the ROS 2 wheels name nothing."""
    prefix = sysconfig.get_path('data')
    prefixes = [entry for entry in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if entry]
    if prefix not in prefixes and (Path(prefix) / 'share' / PACKAGE).is_dir():
        prefixes.append(prefix)
    os.environ['AMENT_PREFIX_PATH'] = os.pathsep.join(prefixes or [prefix])


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


def find_parameter_file(name: str, folder: Path = Path()) -> Path:
    """Return the parameter file that a user calls ``name``: one in ``folder``, or one that comes with the package.

    :raises FileNotFoundError: there is neither; the message names both places.
    """
    # Not Path's own functions, which raise for an unknown user and a name that is too long.
    own = folder / (os.path.expanduser(name) if '\0' not in name else name)
    ours = share_directory() / 'config' / name
    for place in (own, ours):
        if os.path.isfile(place):
            return place
    raise FileNotFoundError(f'{name or "an empty name"} is no file' if own == ours or not name
                            else f'{name} is neither {own.absolute()} nor {ours}')
