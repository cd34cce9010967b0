# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Prints requirements that pyproject.toml states, one a line: `requirements.py build runtime test`.

pip installs a project's run-time requirements only together with the project, and its build requirements only into an
environment that it throws away; the scripts beside this file need them on their own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

PYPROJECT = Path(__file__).resolve().parents[1] / 'pyproject.toml'


def requirements(pyproject: dict[str, Any], kind: str) -> list[str]:
    """Return the requirements of one kind: build, runtime, or the name of an extra."""
    if kind == 'build':
        return list(pyproject['build-system']['requires'])
    project = pyproject['project']
    return list(project['dependencies'] if kind == 'runtime' else project['optional-dependencies'][kind])


if __name__ == '__main__':
    content = tomllib.loads(PYPROJECT.read_text(encoding='utf-8'))
    for name in sys.argv[1:]:
        print(*requirements(content, name), sep='\n')
