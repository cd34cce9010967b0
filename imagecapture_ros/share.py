"""Where the package's launch and configuration files lie, in a workspace, in a wheel and in the source tree."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

PACKAGE = 'imagecapture_ros'


def share_directory() -> Path:
    """Return the folder that holds ``config`` and ``launch``.

    :raises FileNotFoundError: the package is installed incompletely.
    """
    candidates = [Path(__file__).resolve().parents[1]]
    try:
        from ament_index_python.packages import get_package_share_directory

        candidates.append(Path(get_package_share_directory(PACKAGE)))
    except LookupError:
        pass  # no ament index: a plain Python environment leaves AMENT_PREFIX_PATH empty
    candidates += [Path(prefix) / 'share' / PACKAGE for prefix in (sysconfig.get_path('data'), sys.prefix)]
    for candidate in candidates:
        if (candidate / 'config').is_dir():
            return candidate
    raise FileNotFoundError(f'the configuration files of {PACKAGE} are missing; looked in '
                            f'{", ".join(map(str, candidates))}; install the package again')
