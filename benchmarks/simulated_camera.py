# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a frame of the simulated camera costs with each feature switched on, and which rates it keeps on one core."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device
from imagecapture_ros.cameras.backends.simulated.exposing import Exposer
from imagecapture_ros.cameras.backends.simulated.sensor.encoding import STREAM_ENCODINGS, encoded
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, SettingValue
from imagecapture_ros.mediacapture.frames import RawPhoto

MODES = (NativeMode(1920, 1080, 60.0), NativeMode(640, 480, 120.0))
WARM_UP = 10
"""Frames that are not counted, at most as many as are: the first ones of a view draw its still part."""

MANUAL = {'exposure_mode': 'manual', 'white_balance_mode': 'manual', 'focus_mode': 'manual'}


@dataclass(frozen=True)
class Cost:
    """The CPU time of one frame."""

    mode: str
    feature: str
    milliseconds: float
    floors: float
    """How many times the frame could be copied in that time."""


@dataclass(frozen=True)
class Rate:
    """A stream that was read for some time on one core."""

    mode: str
    situation: str
    wanted: float
    achieved: float
    lost: int
    cpu: float
    """Part of one core."""


def median_cpu(work: Callable[[int], object], times: int) -> float:
    """Return the median CPU time of ``work`` in milliseconds; it is told how often it was called before."""
    spent = []
    for index in range(times):
        before = time.process_time_ns()
        work(index)
        spent.append((time.process_time_ns() - before) * 1e-6)
    return float(np.median(spent))


def floor(mode: NativeMode, frames: int) -> float:
    """Return the CPU time of copying a bgr8 frame, in milliseconds."""
    source = np.random.default_rng(0).integers(0, 256, (mode.height, mode.width, 3), np.uint8)
    target = np.empty_like(source)
    return median_cpu(lambda _: np.copyto(target, source), 5 * frames)


def frame_costs(mode: NativeMode, frames: int, image: Path, video: Path) -> list[Cost]:
    """Return what a frame of ``mode`` costs with each feature."""
    copy = floor(mode, frames)

    def cost(
        feature: str, device: str = 'sim', encoding: str = 'bgr8', every_frame: str = '', **settings: SettingValue,
    ) -> Cost:
        exposer = Exposer(parse_device(device), mode)
        exposer.apply(settings, mode)

        def work(index: int) -> None:
            if every_frame:
                # Two values in turn, so that nothing kept from the last frame can be used.
                values: Mapping[str, tuple[SettingValue, SettingValue]] = {
                    'exposure_time': (70.0, 75.0), 'zoom': (1.5, 1.6), 'focus_distance': (0.3, 0.35)}
                exposer.apply({every_frame: values[every_frame][index % 2]}, mode)
            encoded(exposer.frame(index, index / mode.frame_rate), encoding)

        warm_up = min(WARM_UP, frames)
        for index in range(warm_up):
            work(index)
        milliseconds = median_cpu(lambda index: work(warm_up + index), frames)
        exposer.close()
        return Cost(str(mode), feature, milliseconds, milliseconds / copy)

    return [
        Cost(str(mode), 'floor: copying the frame', copy, 1.0),
        cost('default chart, default settings'),
        cost('without noise', 'sim:?noise=off'),
        cost('iso 3200', **MANUAL, iso=3200.0, exposure_time=4.0),
        cost('exposure as long as the frame', **MANUAL, exposure_time=1e4 // mode.frame_rate),
        cost('out of focus', **MANUAL, focus_distance=0.2),
        cost('brightness', brightness=160.0),
        cost('contrast', contrast=160.0),
        cost('saturation', saturation=200.0),
        cost('sharpness', sharpness=50.0),
        cost('white balance by hand', **MANUAL, color_temperature=3000.0),
        cost('zoom 2, panned', zoom=2.0, pan=7200.0),
        cost('torch', torch=True),
        cost('other exposure in every frame', every_frame='exposure_time', **MANUAL),
        cost('other focus in every frame', every_frame='focus_distance', **MANUAL),
        cost('other zoom in every frame', every_frame='zoom', **MANUAL),
        cost('portrait', 'sim:?scene=portrait'),
        cost('image', f'sim:?scene={image}'),
        cost('video', f'sim:?scene={video}'),
        *(cost(f'encoding {encoding}', encoding=encoding) for encoding in STREAM_ENCODINGS if encoding != 'bgr8'),
    ]


def stream_rate(mode: NativeMode, seconds: float, *, photos: bool = False) -> Rate:
    """Return the rate of a stream that is read as fast as it comes, perhaps while one photo after the other is made."""
    camera = SimulatedCamera(parse_device(f'sim:?mode={mode}'))
    camera.open()
    camera.start()
    last = camera.read(5.0)
    cpu, began, frames, lost = time.process_time(), time.monotonic(), 0, 0
    photo: Future[RawPhoto] | None = None
    while time.monotonic() - began < seconds:
        if photos and (photo is None or photo.done()):
            photo = camera.take_photo(PhotoSettings())
        frame = camera.read(5.0)
        lost += frame.sequence - last.sequence - 1
        frames, last = frames + 1, frame
    spent, elapsed = time.process_time() - cpu, time.monotonic() - began
    camera.close()
    return Rate(str(mode), 'with 12 MP photos all the time, two cores' if photos else 'stream alone, one core',
                mode.frame_rate, frames / elapsed, lost, spent / elapsed)


def photo_cost() -> Cost:
    """Return the CPU time of a photo of 12 MP."""
    camera = SimulatedCamera(parse_device('sim'))
    camera.open()
    camera.take_photo(PhotoSettings(image_width=640.0)).result()
    milliseconds = median_cpu(lambda _: camera.take_photo(PhotoSettings()).result(), 3)
    camera.close()
    copy = floor(NativeMode(4000, 3000, 1.0), 3)
    return Cost('4000x3000', 'photo', milliseconds, milliseconds / copy)


def write_pictures(folder: Path) -> tuple[Path, Path]:
    """Return an image of 1080p and a video of 720p, both of noise that was smoothed."""
    random = np.random.default_rng(0)
    image, video = folder / 'image.png', folder / 'video.avi'
    pixels = cv2.GaussianBlur(random.integers(0, 256, (1080, 1920, 3), np.uint8), (0, 0), 3.0)
    cv2.imwrite(str(image), pixels)
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*'MJPG'), 30.0, (1280, 720))
    for index in range(30):
        writer.write(np.roll(pixels[:720, :1280], 8 * index, axis=1))
    writer.release()
    return image, video


def main() -> None:
    """Measure, print, and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--frames', type=int, default=60, help='frames for each feature (60)')
    parser.add_argument('--seconds', type=float, default=10.0, help='length of each stream (10)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers to FILE')
    arguments = parser.parse_args()
    # One thread is what one core runs; the photos have another one.
    cv2.setNumThreads(1)
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder:
        pictures = write_pictures(Path(folder))
        costs = [cost for mode in MODES for cost in frame_costs(mode, arguments.frames, *pictures)]
    costs.append(photo_cost())
    os.sched_setaffinity(0, {min(cores)})
    rates = [stream_rate(mode, arguments.seconds) for mode in MODES]
    os.sched_setaffinity(0, set(sorted(cores)[:2]))
    rates.append(stream_rate(NativeMode(1920, 1080, 30.0), arguments.seconds, photos=True))
    os.sched_setaffinity(0, cores)

    print(f'{"mode":<16}{"CPU time of a frame":<36}{"ms":>9}{"x floor":>9}')
    for cost in costs:
        print(f'{cost.mode:<16}{cost.feature:<36}{cost.milliseconds:>9.2f}{cost.floors:>9.1f}')
    print(f'\n{"mode":<16}{"stream":<44}{"wanted":>7}{"got":>8}{"lost":>6}{"CPU":>7}')
    for rate in rates:
        print(f'{rate.mode:<16}{rate.situation:<44}{rate.wanted:>7g}{rate.achieved:>8.2f}{rate.lost:>6}{rate.cpu:>7.0%}')
    if arguments.json is not None:
        numbers = {'frames': [asdict(cost) for cost in costs], 'streams': [asdict(rate) for rate in rates]}
        arguments.json.write_text(json.dumps(numbers, indent=2) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
