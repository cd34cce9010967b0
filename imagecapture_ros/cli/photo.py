# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture photo``: take photos with a camera node and save them here."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, ask_camera
from imagecapture_ros.cli.output import note, print_json, say
from imagecapture_ros.cli.parser import (
    IMAGE_FORMATS,
    Verbs,
    add_camera_options,
    add_json_option,
    add_verb,
    count_of,
    image_file,
    pixels,
    seconds,
)
from imagecapture_ros.mediacapture.photo_settings import FILL_LIGHT_MODES
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT

if TYPE_CHECKING:
    from imagecapture_ros.client import CameraClient, Photo


@dataclass(frozen=True)
class Taken:
    """One photo that was taken and saved."""

    path: str
    width: int
    height: int
    """In pixels."""
    exposure_time: float | None
    """In seconds, if the camera tells."""
    iso: float | None
    latency: float
    """Seconds from the request to the answer."""
    stream_gap: float
    """Seconds for which the stream stood still."""

    def __str__(self) -> str:
        parts = [f'{self.path}', f'{self.width}x{self.height}']
        if self.exposure_time:
            parts.append(f'1/{round(1 / self.exposure_time)} s' if self.exposure_time < 0.3
                         else f'{self.exposure_time:g} s')
        if self.iso:
            parts.append(f'ISO {self.iso:g}')
        parts.append(f'answered in {self.latency:.2f} s')
        if self.stream_gap:
            parts.append(f'stream gap {self.stream_gap:.2f} s')
        return ', '.join(parts)


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'photo', help='take photos with a camera node and save them here',
        description='Take photos with a running camera node. An existing file is never replaced: a number is added.',
        examples=(
            'imagecapture photo -o door.jpg',
            'imagecapture photo -o door.jpg --width 1920 --flash off',
            'imagecapture photo -o lapse.jpg --burst 100 --interval 5  # lapse_0001.jpg, lapse_0002.jpg, ...',
        ))
    parser.add_argument('-o', '--output', type=image_file('photo.jpg'), required=True, metavar='FILE',
                        help='where to save, e.g. door.jpg; in a folder it is photo.jpg. The suffix becomes that of '
                             'the format that the node takes (its parameter photo_format)')
    parser.add_argument('--width', type=pixels, metavar='PIXELS', help='the nearest size in range is taken')
    parser.add_argument('--height', type=pixels, metavar='PIXELS', help='the same')
    parser.add_argument('--flash', choices=FILL_LIGHT_MODES, metavar='|'.join(FILL_LIGHT_MODES), help='fill light')
    parser.add_argument('--red-eye-reduction', action=argparse.BooleanOptionalAction, default=None,
                        help='where the camera has it')
    parser.add_argument('--burst', type=count_of('photos'), default=1, metavar='N',
                        help='take so many photos, FILE_0001 and on')
    parser.add_argument('--interval', type=seconds, default=0.0, metavar='S',
                        help='seconds from one photo of a burst to the next (default: as fast as possible)')
    add_camera_options(parser, timeout=30.0)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take the photos; return the exit code."""
    taken: list[Taken] = []
    began = time.monotonic()

    def ask(camera: CameraClient) -> int:
        for photo in _photos(camera, arguments):
            taken.append(photo)
            if not arguments.json:
                number = f'[{len(taken)}/{arguments.burst}] ' if arguments.burst > 1 else ''
                say(f'{number}{photo}')
        return DONE

    code = ask_camera(arguments, ask)
    if arguments.json:
        print_json([asdict(photo) for photo in taken])
    elif len(taken) > 1:
        say(_summary(taken, time.monotonic() - began))
    return code


def _photos(camera: CameraClient, arguments: argparse.Namespace) -> Iterator[Taken]:
    due = time.monotonic()
    for number in range(arguments.burst):
        time.sleep(max(0.0, due - time.monotonic()))
        began = time.monotonic()
        photo = camera.take_photo(
            width=arguments.width, height=arguments.height, fill_light_mode=arguments.flash,
            red_eye_reduction=arguments.red_eye_reduction, timeout=arguments.timeout)
        latency = time.monotonic() - began
        yield _saved(photo, latency, _numbered(arguments.output, number) if arguments.burst > 1 else arguments.output)
        due += arguments.interval


def _saved(photo: Photo, latency: float, path: Path) -> Taken:
    saved = photo.save(path)
    if IMAGE_FORMATS[path.suffix.lower()] != photo.format:
        note(f'note: the node takes {photo.format} (its parameter photo_format), so the photo is {saved.name}')
    exposure_time, iso = (photo.settings.get(name) for name in ('exposure_time', 'iso'))
    return Taken(
        path=str(saved), width=photo.width, height=photo.height,
        exposure_time=exposure_time * EXPOSURE_TIME_UNIT if isinstance(exposure_time, (int, float)) else None,
        iso=iso if isinstance(iso, (int, float)) else None, latency=latency, stream_gap=photo.stream_gap,
    )


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f'{path.stem}_{number + 1:04d}{path.suffix}')


def _summary(taken: list[Taken], seconds: float) -> str:
    latencies = sorted(photo.latency for photo in taken)
    slowest = latencies[min(len(latencies) - 1, round(0.95 * len(latencies)))]
    return (f'{len(taken)} photos in {seconds:.1f} s, {len(taken) / seconds:.2f} a second; '
            f'answered in {statistics.median(latencies):.2f} s (median), {slowest:.2f} s (95 %)')
