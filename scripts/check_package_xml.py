# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Check package.xml by the rules of REP 149, as ROS's own tools read it; a warning of theirs is an error."""

from __future__ import annotations

import sys
from pathlib import Path

from catkin_pkg.package import InvalidPackage, parse_package

PACKAGE_XML = Path(__file__).resolve().parents[1] / 'package.xml'


def complaints(path: Path) -> list[str]:
    """Return what is wrong with a package.xml, or might be."""
    warnings: list[str] = []
    try:
        package = parse_package(str(path), warnings=warnings)
        package.validate(warnings=warnings)
    except InvalidPackage as error:
        return [str(error)]
    if package.package_format != 3:
        warnings.append(f'{path} has format {package.package_format}; write <package format="3">')
    return list(dict.fromkeys(warnings))


if __name__ == '__main__':
    found = complaints(PACKAGE_XML)
    for complaint in found:
        print(complaint, file=sys.stderr)
    sys.exit(1 if found else 0)
