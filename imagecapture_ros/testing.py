# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What programs that use cameras need in their own tests.

For a camera itself take the device ``sim``: it needs no hardware, and faults can be given to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ['audio_track']


@dataclass(frozen=True)
class _AudioTrack:
    id: str = 'audio'
    label: str = 'Microphone'
    kind: str = 'audio'
    ready_state: str = 'live'
    muted: bool = False
    enabled: bool = True

    def stop(self) -> None:
        """Do nothing: there is no microphone."""


def audio_track() -> Any:
    """Return a track that is not video: ``kind`` is ``audio``. Of it, ``ImageCapture`` raises NotSupportedError.

    There is no sound in this package, so that ``get_user_media`` gives no such track. It is typed as ``Any``, so that a
    type checker lets you give it where a video track belongs.
    """
    return _AudioTrack()
