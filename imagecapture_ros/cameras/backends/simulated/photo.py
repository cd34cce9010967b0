# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos beside the stream: planned on the device's thread, made on another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer
from imagecapture_ros.cameras.backends.simulated.optics.rendering import Shot, draw_still, draw_targets
from imagecapture_ros.cameras.backends.simulated.scene.scenes import Scene
from imagecapture_ros.cameras.backends.simulated.sensor.development import Development, Pixels
from imagecapture_ros.cameras.backends.simulated.sensor.noise import Exposure, NoisePattern, develop_once
from imagecapture_ros.cameras.backends.simulated.testing.frame_counter import draw_frame_mark
from imagecapture_ros.mediacapture.capabilities import PhotoSettings, Settings
from imagecapture_ros.mediacapture.errors import UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT


@dataclass(frozen=True)
class PhotoPlan:
    """All that decides what a photo looks like."""

    scene: Scene
    layers: Sequence[Layer]
    shot: Shot
    exposure: Exposure
    development: Development
    noise: NoisePattern
    sequence: int
    scene_time: float
    """Seconds."""
    exposed_at: int
    """Nanoseconds of CLOCK_MONOTONIC."""
    settings: PhotoSettings
    device_settings: Settings


class PhotoLab:
    """Makes photos one after the other on a thread of its own, which ends with ``close``."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix='photo')
        self._closed = threading.Event()

    def make(self, plan: PhotoPlan, delay: float = 0.0) -> Future[RawPhoto]:
        """Make a photo, ``delay`` seconds later than at once.

        The future has an UnknownError if the lab is closed before it is done.
        """
        result: Future[RawPhoto] = Future()
        self._pool.submit(self._make, plan, delay, result)
        return result

    def close(self) -> None:
        """Give up what is being made, answer everybody, and wait for the thread: no longer than a strip takes."""
        self._closed.set()
        self._pool.shutdown(wait=True)

    def _make(self, plan: PhotoPlan, delay: float, result: Future[RawPhoto]) -> None:
        if not result.set_running_or_notify_cancel():
            return  # nobody wants it any more
        try:
            self._closed.wait(delay)
            pixels = self._exposed(plan)
            view = plan.shot.view
            frame = Frame(pixels, 'bgr8', view.width, view.height, plan.exposed_at, plan.sequence)
            photo = RawPhoto(
                frame, plan.settings, plan.device_settings, flash_fired=plan.settings.fill_light_mode == 'flash',
                subject_distance=plan.shot.focus_distance)
        except Exception as error:
            result.set_exception(error)
        except BaseException as error:  # it must not end the thread of whoever waits for the photo
            failure = UnknownError(f'the photo failed because of an unexpected error, {error!r}')
            failure.__cause__ = error
            result.set_exception(failure)
        else:
            result.set_result(photo)

    def _exposed(self, plan: PhotoPlan) -> Pixels:
        self._check()
        still = draw_still(plan.shot, plan.layers, self._check)
        duration = plan.exposure.time * EXPOSURE_TIME_UNIT
        for patch in draw_targets(plan.scene, plan.shot, still, plan.scene_time, duration):
            still.codes[patch.place] = patch.codes
        self._check()
        pixels = develop_once(still.codes, still.levels, plan.exposure, plan.development, plan.noise, plan.sequence)
        draw_frame_mark(pixels, plan.sequence, plan.scene_time)
        return pixels

    def _check(self) -> None:
        if self._closed.is_set():
            raise UnknownError('the camera was closed while it took the photo; open it and take it again')
