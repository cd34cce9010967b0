# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera for ROS 2 that speaks the W3C Image Capture vocabulary.

The generated interfaces are `imagecapture_ros.msg` and `imagecapture_ros.srv`; nothing here imports them, so that the
model can be used without ROS.
"""

import os
import sys

# A source tree on the path must not hide the generated interfaces, which lie in the installed package of the same name.
# pkgutil.extend_path does the same, and imports so much that a signal soon after the start would meet no handler.
for _entry in sys.path:
    try:
        _folder = os.path.join(os.path.abspath(_entry), __name__)
    except FileNotFoundError:  # a relative one, where the working directory has been removed
        continue
    if _folder not in __path__ and os.path.isfile(os.path.join(_folder, '__init__.py')):
        __path__.append(_folder)

TYPE_CHECKING = False  # that of typing, without its import
if TYPE_CHECKING:
    # Generated: a type checker finds them only where the package is installed.
    from imagecapture_ros import msg as msg  # type: ignore[attr-defined, unused-ignore]
    from imagecapture_ros import srv as srv  # type: ignore[attr-defined, unused-ignore]

    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Provide `__version__`, which is stated in package.xml and looked up only when somebody asks."""
        if name != '__version__':
            raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
        from xml.etree import ElementTree

        from imagecapture_ros.share import share_directory

        return ElementTree.parse(share_directory() / 'package.xml').findtext('version', default='')
