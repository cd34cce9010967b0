# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How Sphinx makes the site: of the pages as they are, in the order in which docs/README.md lists them."""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

project = 'imagecapture_ros'
author = 'imagecapture_ros maintainers'
copyright = author
release = version = ElementTree.parse(ROOT / 'package.xml').findtext('version', default='')

extensions = ['myst_parser', 'sphinx.ext.autodoc']
# The folder of the sources is that of the project, so that links between README.md and docs/ lead somewhere.
include_patterns = ['README.md', 'CHANGELOG.rst', 'CONTRIBUTING.md', 'QUALITY_DECLARATION.md', 'docs/**.md']
root_doc = 'README'

myst_heading_anchors = 4  # as on GitHub

# The site is made where there is neither ROS nor OpenCV.
autodoc_mock_imports = [
    'PIL', 'builtin_interfaces', 'cv2', 'cv_bridge', 'diagnostic_msgs', 'imagecapture_ros.msg', 'imagecapture_ros.srv',
    'lifecycle_msgs', 'rcl_interfaces', 'rclpy', 'sensor_msgs', 'std_msgs', 'yaml',
]
autodoc_member_order = 'bysource'
autodoc_default_options = {'members': True, 'show-inheritance': True}

html_theme = 'furo'
html_title = f'{project} {version}'
html_show_copyright = False
html_show_sphinx = False


def table_of_contents() -> str:
    """Return what docs/README.md lists as tables of contents, one for each of its headings."""
    blocks = ['```{toctree}\n:hidden:\ndocs/README\n```']
    for section in (ROOT / 'docs' / 'README.md').read_text(encoding='utf-8').split('\n## ')[1:]:
        links = re.findall(r'^\* \[(.*?)\]\((.*?)\)', section, re.MULTILINE)
        entries = (f'{title} <{_document(link)}>' for title, link in links)
        blocks.append('\n'.join(['```{toctree}', ':hidden:', f':caption: {section.splitlines()[0]}', *entries, '```']))
    return '\n\n'.join(blocks)


def _document(link: str) -> str:
    """Return Sphinx's name of the page that ``link`` in docs/README.md leads to."""
    return posixpath.splitext(posixpath.normpath(posixpath.join('docs', link)))[0]


def _complete_start_page(_app: Sphinx, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] += f'\n\n{table_of_contents()}\n'


def _name_start_page(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == 'html':
        shutil.copyfile(Path(app.outdir) / f'{root_doc}.html', Path(app.outdir) / 'index.html')


def setup(app: Sphinx) -> None:
    """Add the table of contents to the start page, and call it index.html, too."""
    app.connect('source-read', _complete_start_page)
    app.connect('build-finished', _name_start_page)
