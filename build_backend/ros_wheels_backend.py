# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The build backend of pyproject.toml (PEP 517): that of setuptools, with the requirements of one ROS 2 distribution.

pyproject.toml can state one list of build requirements only, and they differ with the distribution. Where nothing
can be built, the hooks end with one line, which pip shows without a traceback.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from distributions import VARIABLE, Distribution, Unsupported, check_machine, check_python, chosen
from setuptools import build_meta

build_sdist = build_meta.build_sdist
get_requires_for_build_sdist = build_meta.get_requires_for_build_sdist

Settings = dict[str, Any]


def get_requires_for_build_wheel(config_settings: Settings | None = None) -> list[str]:
    """Return what building for the distribution needs; pip installs it where it builds."""
    return _distribution().requirements('build')


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings | None = None) -> str:
    """Write the metadata that the wheel will have; return the name of its folder."""
    _distribution()
    return build_meta.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def build_wheel(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Build the wheel; return its file name."""
    distribution = _distribution()
    said_by = f'{VARIABLE} in the environment' if os.environ.get(VARIABLE) else f'{VARIABLE} is not set'
    print(f'Building against the {distribution.title} wheels of PyPI ({said_by})', file=sys.stderr)
    if installation := os.environ.get('AMENT_PREFIX_PATH'):
        print(f'The ROS installation that is sourced ({installation}) is not used', file=sys.stderr)
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def get_requires_for_build_editable(config_settings: Settings | None = None) -> NoReturn:
    """Refuse: the generated modules have no place in the source tree. Say what to do instead."""
    sys.exit(
        'An editable install is not supported. Install without --editable and run Python in the checkout: the '
        'modules are then taken from there, and the generated messages from the installed package.'
    )


def build_editable(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> NoReturn:
    """Refuse, where nobody asked for the requirements before (`--no-build-isolation`)."""
    get_requires_for_build_editable()


def _distribution() -> Distribution:
    """Return the distribution to build for, or end with what hinders."""
    try:
        check_machine()
        distribution = chosen()
        check_python(distribution)
    except Unsupported as error:
        sys.exit(str(error))
    return distribution
