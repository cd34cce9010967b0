# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Prints requirements, one a line: `requirements.py build runtime test`.

pip installs a project's run-time requirements only together with the project, and its build requirements only into an
environment that it throws away; the scripts beside this file need them on their own. `build`, `runtime` and `workspace`
are those of the ROS 2 distribution that ROS_DISTRO names; the extras of pyproject.toml are the same for all.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'build_backend'))
from distributions import Unsupported, chosen

ROOT = Path(__file__).resolve().parents[1]


def requirements(kind: str) -> list[str]:
    """Return the requirements of one kind: build, runtime, workspace, or the name of an extra.

    :raises Unsupported: the environment names a distribution that is not in the table.
    """
    if kind in ('build', 'runtime', 'workspace'):
        return chosen().requirements(kind)
    pyproject: dict[str, Any] = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))
    return list(pyproject['project']['optional-dependencies'][kind])


if __name__ == '__main__':
    try:
        for name in sys.argv[1:]:
            print(*requirements(name), sep='\n')
    except Unsupported as error:
        sys.exit(str(error))
