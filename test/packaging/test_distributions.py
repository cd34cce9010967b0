# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which ROS 2 distribution is built against, and what pip is told where there is none; without building."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from distributions import (
    DEFAULT,
    DISTRIBUTIONS,
    JAZZY,
    KILTED,
    OLDEST_PYTHON,
    VARIABLE,
    Distribution,
    Unsupported,
    check_machine,
    check_python,
    chosen,
)
from fixtures.isolated import REPOSITORY, free_environment, run
from fixtures.limits import LONG_PATIENCE

HOOK = """
import sys
import ros_wheels_backend as backend
print(*getattr(backend, sys.argv[1])(*sys.argv[2:]) or (), sep='\\n')
"""

BOTH = pytest.mark.parametrize('distribution', DISTRIBUTIONS.values(), ids=lambda one: one.name)
EVERY_KIND = pytest.mark.parametrize('kind', ['build', 'runtime', 'workspace'])


def series(requirements: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the first two numbers of each requirement's version, by its name."""
    return {name: version.split('.')[:2] for name, _, version in (one.partition('~=') for one in requirements)}


def refused(*command: str | Path, **environment: str) -> str:
    """Return what a command says that does not succeed."""
    result = subprocess.run(
        [str(word) for word in command], cwd=REPOSITORY, capture_output=True, text=True, timeout=LONG_PATIENCE,
        check=False, env=free_environment(**environment))
    assert result.returncode != 0
    return result.stdout + result.stderr


@pytest.mark.parametrize(('environment', 'distribution'), [
    ({}, KILTED), ({VARIABLE: ''}, KILTED), ({VARIABLE: 'kilted'}, KILTED), ({VARIABLE: 'jazzy'}, JAZZY)])
def test_the_environment_chooses(environment: dict[str, str], distribution: Distribution) -> None:
    assert chosen(environment) is distribution


@pytest.mark.parametrize('name', ['humble', 'rolling', 'Jazzy', 'jazzy '])
def test_another_distribution_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(Unsupported) as refusal:
        chosen({VARIABLE: name})
    for words in (f'ROS_DISTRO is {name!r}', 'kilted or jazzy only', 'unset it for kilted', 'run colcon build'):
        assert words in str(refusal.value)


@BOTH
def test_only_pythons_that_have_wheels_are_taken(distribution: Distribution) -> None:
    major, newest = distribution.newest_python
    check_python(distribution, OLDEST_PYTHON, 'CPython')
    check_python(distribution, (major, newest), 'CPython')
    for version, implementation in (((3, 9), 'CPython'), ((major, newest + 1), 'CPython'), ((3, 11), 'PyPy')):
        with pytest.raises(Unsupported, match=r': use CPython 3\.10 to ') as refusal:
            check_python(distribution, version, implementation)
        assert f'for {implementation} {version[0]}.{version[1]} (' in str(refusal.value)


@pytest.mark.parametrize('machine', [
    ('linux', 'aarch64', 'glibc'), ('linux', 'x86_64', 'musl'), ('darwin', 'x86_64', 'glibc')])
def test_other_machines_are_led_to_a_workspace(machine: tuple[str, str, str]) -> None:
    check_machine('linux', 'x86_64', 'glibc')
    with pytest.raises(Unsupported, match=r'no ROS 2 wheels for this machine .* run colcon build'):
        check_machine(*machine)


@BOTH
@EVERY_KIND
def test_every_ros_wheel_is_held_to_its_distribution(distribution: Distribution, kind: str) -> None:
    for requirement in distribution.requirements(kind):
        if requirement.startswith('ros-'):
            assert re.fullmatch(r'ros-[a-z0-9-]+~=\d+\.\d+\.\d+', requirement)


def test_what_both_need_to_run_is_of_different_series() -> None:
    # Else a wheel would be installed among the libraries of the other distribution.
    kilted, jazzy = series(KILTED.ros_runtime), series(JAZZY.ros_runtime)
    assert kilted.keys() == jazzy.keys()
    assert [name for name, numbers in kilted.items() if numbers == jazzy[name]] == []


def test_a_name_has_one_version_within_a_distribution() -> None:
    for distribution in DISTRIBUTIONS.values():
        lines = {*distribution.ros_build, *distribution.ros_runtime, *distribution.ros_workspace}
        assert len(series(tuple(lines))) == len(lines)


@BOTH
def test_the_scripts_install_what_the_table_says(distribution: Distribution) -> None:
    script = REPOSITORY / 'scripts' / 'requirements.py'
    environment = {VARIABLE: distribution.name}
    for kind in ('build', 'runtime', 'workspace'):
        printed = run(sys.executable, script, kind, cwd=REPOSITORY, **environment)
        assert printed.splitlines() == distribution.requirements(kind)
    assert 'pytest' in run(sys.executable, script, 'test', cwd=REPOSITORY, **environment)
    assert 'ROS_DISTRO is' in refused(sys.executable, script, 'build', ROS_DISTRO='humble')


@BOTH
def test_each_distribution_has_environments_of_its_own(distribution: Distribution) -> None:
    printed = run(sys.executable, REPOSITORY / 'build_backend' / 'distributions.py', cwd=REPOSITORY,
                  **{VARIABLE: distribution.name})
    assert printed.split() == ([distribution.name] if distribution is DEFAULT
                               else [distribution.name, f'-{distribution.name}'])
    for folder in (f'.venv{distribution.suffix}', f'.venv-colcon{distribution.suffix}'):
        assert f' {folder} ' in (REPOSITORY / 'Makefile').read_text(encoding='utf-8'), 'make clean does not remove it'


@pytest.mark.build
@BOTH
def test_pip_is_told_the_requirements_of_the_build(distribution: Distribution, tmp_path: Path) -> None:
    printed = run(sys.executable, '-c', HOOK, 'get_requires_for_build_wheel', cwd=tmp_path,
                  PYTHONPATH=str(REPOSITORY / 'build_backend'), **{VARIABLE: distribution.name})
    assert printed.splitlines() == distribution.requirements('build')


@pytest.mark.build
@pytest.mark.parametrize('isolated', [True, False])
def test_pip_shows_one_line_and_no_traceback(isolated: bool, tmp_path: Path) -> None:
    options = () if isolated else ('--no-build-isolation',)
    said = refused(sys.executable, '-m', 'pip', 'wheel', '--no-deps', *options, '-w', tmp_path, REPOSITORY,
                   ROS_DISTRO='humble')
    assert "ROS_DISTRO is 'humble'" in said
    assert 'Traceback' not in said


@pytest.mark.build
def test_an_editable_install_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    said = refused(sys.executable, '-m', 'pip', 'install', '--no-build-isolation', '--no-deps', '--target', tmp_path,
                   '--editable', REPOSITORY)
    assert 'Install without --editable' in said
    assert 'Traceback' not in said


@pytest.mark.build
def test_wheels_of_another_distribution_are_not_built_against(built_for: Distribution, tmp_path: Path) -> None:
    pytest.importorskip('ament_package', reason='the build requirements are not installed; make test installs them')
    (other,) = (one for one in DISTRIBUTIONS.values() if one is not built_for)
    said = refused(sys.executable, 'setup.py', '--quiet', 'build', '--build-base', tmp_path, ROS_DISTRO=other.name)
    assert f'The build is for {other.title}, which needs ros-' in said
    assert 'Traceback' not in said
