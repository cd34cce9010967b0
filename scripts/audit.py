# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Lists what the wheel of this package needs, at run time and to be built, with versions and licences.

``make audit`` runs it in ``.venv``; it asks nobody. It fails where something is needed at run time that is under the
GPL, that is older than its floor, or that states no licence. With ``--page`` it prints the table of docs/security.md.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

try:
    from packaging.requirements import Requirement
except ImportError:  # pip always has it
    from pip._vendor.packaging.requirements import Requirement  # type: ignore[assignment]

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'build_backend'))
from distributions import BUILD, RUNTIME, Distribution, chosen

FLOORS: Mapping[str, str] = {
    'argcomplete': 'its interface',
    'numpy': 'its interface',
    'opencv-python-headless': 'an overflow in the WebP decoder (CVE-2023-4863): the wheels before this one have it',
    'pillow': 'that of WebP; an overflow and arbitrary code in modules that are not used here (CVE-2024-28219, '
              'CVE-2023-50447)',
    'pyyaml': 'arbitrary code in a loader that is not used here (CVE-2020-14343, before 5.4); wheels for Python 3.10',
    'rich': 'its interface',
}
"""Why a requirement at run time has the floor that it has."""

LICENCES: Mapping[str, str] = {
    'argcomplete': 'Apache-2.0', 'numpy': 'BSD-3-Clause',
    'opencv-python-headless': 'Apache-2.0; FFmpeg in it: LGPL-2.1', 'pillow': 'MIT-CMU', 'pyyaml': 'MIT', 'rich': 'MIT',
    'cmake': 'BSD-3-Clause', 'ninja': 'Apache-2.0', 'setuptools': 'MIT', 'catkin-pkg': 'BSD-3-Clause',
}
"""For the page; what is installed states its own."""

BUILD_ONLY = 'catkin-pkg needs docutils, which states public domain, BSD and the GPL'

_LESSER = re.compile(r'LGPL|(Lesser|Library) General Public', re.IGNORECASE)


@dataclass(frozen=True)
class Needed:
    """A distribution that is needed."""

    name: str
    version: str
    """Empty where it is not installed."""
    licence: str
    """As it states it; empty if it does not."""
    floors: tuple[str, ...]
    """The versions that our own requirements allow."""


def needed(requirements: Iterable[str]) -> list[Needed]:
    """Return what is installed of ``requirements`` and of all that these need, by name."""
    found: dict[str, Needed] = {}
    own = {_plain(one.name): str(one.specifier) for one in map(Requirement, requirements)}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = _plain(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({'extra': ''})):
            continue
        floors = (own[name],) if own.get(name) else ()
        try:
            distribution = importlib.metadata.distribution(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = Needed(name, '', '', floors)
            continue
        found[name] = Needed(name, distribution.version, _licence(distribution), floors)
        waiting += [Requirement(text) for text in distribution.requires or ()]
    return [found[name] for name in sorted(found)]


def faults(kind: str, packages: Iterable[Needed]) -> Iterator[str]:
    """Yield what must not be among what is needed for one kind of use, runtime or build."""
    for package in packages:
        for floor in package.floors:
            if package.version and not Requirement(f'{package.name}{floor}').specifier.contains(
                    package.version, prereleases=True):
                yield f'{package.name} {package.version} is not {floor}'
        if package.version and not package.licence:
            yield f'{package.name} {package.version} states no licence'
        if kind == 'runtime' and is_gpl(package.licence):
            yield f'{package.name} {package.version} is needed at run time and is under {package.licence}'


def is_gpl(licence: str) -> bool:
    """Return whether a statement of licence names the GPL or the AGPL; the LGPL is another one."""
    return bool(re.search(r'GPL|General Public License', _LESSER.sub('', licence), re.IGNORECASE))


def page_table(distribution: Distribution) -> str:
    """Return the table of docs/security.md."""
    rows = [('package', 'needed', 'licence', 'why this version'), ('---', '---', '---', '---')]
    for text in sorted(RUNTIME):
        name = Requirement(text).name
        rows.append((f'`{text}`', 'at run time', LICENCES[name], FLOORS[name]))
    ros = [one for one in distribution.requirements('runtime') if one.startswith('ros-')]
    rows.append((f'{len(ros)} of ROS 2, `ros-*`, and what they need', 'at run time',
                 'Apache-2.0; BSD-3-Clause, MIT and zlib in some', 'those of one distribution belong together'))
    for text in sorted(BUILD):
        name = Requirement(text).name
        if name not in FLOORS:
            rows.append((f'`{text}`', 'to build', LICENCES[name],
                         f'its interface; {BUILD_ONLY}' if name == 'catkin-pkg' else 'its interface'))
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


def _plain(name: str) -> str:
    return re.sub('[-_.]+', '-', name).lower()


def _licence(distribution: importlib.metadata.Distribution) -> str:
    metadata = distribution.metadata
    stated = metadata.get_all('License-Expression') or []
    stated += [text.rpartition('::')[2].strip() for text in metadata.get_all('Classifier') or ()
               if text.startswith('License ::')]
    # Some put the whole licence there.
    stated += [text.strip().partition('\n')[0] for text in metadata.get_all('License') or ()]
    for file in distribution.files or ():
        if file.name == 'package.xml':  # wheels of ROS 2 say it there only
            stated += [one.text or '' for one in ElementTree.parse(str(file.locate())).iter('license')]
        elif file.name == 'LICENSE' and 'Apache License' in file.read_text(encoding='utf-8')[:300]:
            stated.append('Apache-2.0')
    return ', '.join(dict.fromkeys(filter(None, stated)))


def main() -> int:
    """Print the lists, or the table; return the exit code."""
    parser = argparse.ArgumentParser(description='What the wheel needs, with versions and licences.')
    parser.add_argument('--page', action='store_true', help='print the table of docs/security.md and nothing else')
    arguments = parser.parse_args()
    distribution = chosen()
    if arguments.page:
        print(page_table(distribution))
        return 0
    wrong = []
    for kind, title in (('runtime', 'At run time'), ('build', 'To build, and not in the wheel')):
        packages = needed(distribution.requirements(kind))
        print(f'{title}, {distribution.title}:')
        for package in packages:
            print(f'  {package.name:45} {package.version or "not installed":15} {package.licence[:80]}')
        wrong += list(faults(kind, packages))
        if any(is_gpl(package.licence) for package in packages) and kind == 'build':
            print(f'  ({BUILD_ONLY})')
    for fault in wrong:
        print(f'error: {fault}', file=sys.stderr)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
