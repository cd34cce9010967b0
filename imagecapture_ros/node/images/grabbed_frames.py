# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a delivered frame to a message, off the executor's thread."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from sensor_msgs.msg import Image
from std_msgs.msg import Header

from imagecapture_ros.cameras.framing import pixels_of
from imagecapture_ros.imaging.bridge import get_bridge
from imagecapture_ros.mediacapture.errors import MediaCaptureError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame


class FrameConverter:
    """Makes messages of grabbed frames, one after the other, on a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix='grab_frame')

    def message(self, frame: Frame, header: Header, encoding: str) -> Future[Image]:
        """Return a delivered frame as a message in ``encoding``, empty for the frame's own.

        The future raises UnknownError where the frame does not hold what it says.
        """
        return self._pool.submit(_message, frame, header, encoding)

    def close(self) -> None:
        """Forget what waits and end the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _message(frame: Frame, header: Header, encoding: str) -> Image:
    try:
        pixels, own = pixels_of(frame, encoding)
    except MediaCaptureError as error:
        raise UnknownError(f'the frame cannot be shown: {error}') from error
    message: Image = get_bridge().cv2_to_imgmsg(pixels, own, header=header)
    return message
