# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pages name what there is, and lead to each other."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest

from imagecapture_ros.cameras.backends.simulated.controls import CAPABILITIES
from imagecapture_ros.cameras.backends.simulated.device import SimulatedDevice
from imagecapture_ros.cameras.backends.simulated.testing.faults import FAULTS
from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / 'README.md').read_text(encoding='utf-8') if (ROOT / 'README.md').exists() else ''
SIMULATED = ROOT / 'docs' / 'simulated_camera.md'
TOPICS = ('image_raw', 'camera_info', 'photo/image/compressed', 'photo/camera_info', 'settings', 'track_status')


@pytest.mark.parametrize('name', STARTUP_PARAMETERS)
def test_every_startup_parameter_is_in_the_readme(name: str) -> None:
    assert f'| `{name}` |' in README


@pytest.mark.parametrize('name', VOCABULARY)
def test_every_property_is_in_the_readme(name: str) -> None:
    assert f'`{name}`' in README


@pytest.mark.parametrize('path', sorted((ROOT / 'srv').glob('*.srv')), ids=lambda path: path.stem)
def test_every_service_is_in_the_readme(path: Path) -> None:
    assert f'| `{path.stem}` |' in README


@pytest.mark.parametrize('name', TOPICS)
def test_every_topic_is_in_the_readme(name: str) -> None:
    assert f'`~/{name}`' in README


def test_the_readme_begins_with_the_two_commands() -> None:
    assert README.index('make run') < README.index('make test') < README.index('## Topics')


@pytest.mark.parametrize('name', [*(field.name for field in fields(SimulatedDevice)), *FAULTS, 'pan`, `tilt'] + [
    name for name in CAPABILITIES if name not in ('pan', 'tilt')])
def test_every_option_fault_and_control_of_the_simulated_camera_is_on_its_page(name: str) -> None:
    assert f'| `{name}` |' in SIMULATED.read_text(encoding='utf-8')


def test_the_reference_is_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location('reference', ROOT / 'scripts' / 'reference.py')
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages = {path: path.read_text(encoding='utf-8') for path in module.PAGES}
    assert {path.name for path in (ROOT / 'docs' / 'reference').glob('*.md')} - {'python.md'} <= {
        path.name for path in pages}
    for path, page in pages.items():
        assert page == module.PAGES[path](), f'{path.name}: run "make docs"'
    table = pages[ROOT / 'docs' / 'constraints.md']
    assert all(f'| `{name}` | `{row.w3c_name}` |' in table for name, row in VOCABULARY.items())


def test_every_page_is_in_the_table_of_contents() -> None:
    docs = ROOT / 'docs'
    contents = (docs / 'README.md').read_text(encoding='utf-8')
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob('*.md')} - {'README.md'}
    missing = [page for page in sorted(pages) if f']({page})' not in contents]
    assert missing == [], 'list them in docs/README.md'


@pytest.mark.parametrize('path', [*sorted((ROOT / 'docs').rglob('*.md')), *ROOT.glob('*.md')],
                         ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files(path: Path) -> None:
    text = re.sub(r'```.*?```|`[^`]*`', '', path.read_text(encoding='utf-8'), flags=re.DOTALL)
    links = [link.partition('#')[0] for link in re.findall(r'\]\(([^)\s]+)\)', text) if '://' not in link]
    assert [link for link in links if link and not (path.parent / link).exists()] == []
