# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Standard streams for a process that was started without them, as with ``>&-`` or by some daemons."""

from __future__ import annotations

import os
import sys

_STREAMS = (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w'))


def open_missing_streams() -> None:
    """Open the null device for each standard stream that is closed.

    Otherwise whatever is opened next gets its number, and all that anybody writes to the stream.
    """
    for descriptor, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            else:
                os.set_inheritable(descriptor, True)
        if getattr(sys, name) is None:
            stream = open(descriptor, mode, encoding='utf-8', closefd=False)  # noqa: SIM115 - it stays open
            setattr(sys, name, stream)


def discard(stream: object) -> None:
    """Let what is still written to a standard stream vanish, so that closing it is no error again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())  # type: ignore[attr-defined] # TextIO, without the import of typing at start
    os.close(null)
