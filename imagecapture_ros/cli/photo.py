"""``imagecapture photo``: take photos with a camera node and save them here."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from imagecapture_ros.mediacapture.errors import MediaCaptureError
from imagecapture_ros.mediacapture.photo_settings import FILL_LIGHT_MODES

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


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        'photo', help='take photos with a camera node and save them here',
        description='Take photos with a running camera node. An existing file is never replaced: a number is added.')
    parser.add_argument('-o', '--output', type=Path, required=True, metavar='FILE',
                        help='where to save, e.g. door.jpg; in a folder it is photo.jpg')
    parser.add_argument('--camera', default='/camera', metavar='NODE', help='name of the node (default: /camera)')
    parser.add_argument('--width', type=float, metavar='PIXELS', help='the nearest size in range is taken')
    parser.add_argument('--height', type=float, metavar='PIXELS')
    parser.add_argument('--flash', choices=FILL_LIGHT_MODES, metavar='|'.join(FILL_LIGHT_MODES), help='fill light')
    parser.add_argument('--red-eye-reduction', action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument('--burst', type=_count, default=1, metavar='N', help='take so many photos, FILE_0001 and on')
    parser.add_argument('--interval', type=_seconds, default=0.0, metavar='S',
                        help='seconds from one photo of a burst to the next (default: as fast as possible)')
    parser.add_argument('--timeout', type=_seconds, default=30.0, metavar='S', help='seconds for each photo')
    parser.add_argument('--json', action='store_true', help='print a JSON list instead')
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take the photos; return the exit code."""
    # Only now: the command's help should not have to wait for ROS.
    from imagecapture_ros.client import CameraClient, ServiceTimeout

    taken: list[Taken] = []
    code = 0
    began = time.monotonic()
    try:
        with CameraClient(arguments.camera) as camera:
            for photo in _photos(camera, arguments):
                taken.append(photo)
                if not arguments.json:
                    number = f'[{len(taken)}/{arguments.burst}] ' if arguments.burst > 1 else ''
                    print(f'{number}{photo}', flush=True)
    except ServiceTimeout as error:
        print(f'error: {error}', file=sys.stderr)
        code = 1
    except MediaCaptureError as error:
        print(f'error: {error.name}: {error}', file=sys.stderr)
        code = 1
    if arguments.json:
        print(json.dumps([asdict(photo) for photo in taken]))
    elif len(taken) > 1:
        print(_summary(taken, time.monotonic() - began))
    return code


def _photos(camera: CameraClient, arguments: argparse.Namespace) -> Iterator[Taken]:
    output = arguments.output / 'photo.jpg' if arguments.output.is_dir() else arguments.output
    due = time.monotonic()
    for number in range(arguments.burst):
        time.sleep(max(0.0, due - time.monotonic()))
        began = time.monotonic()
        photo = camera.take_photo(
            width=arguments.width, height=arguments.height, fill_light_mode=arguments.flash,
            red_eye_reduction=arguments.red_eye_reduction, timeout=arguments.timeout)
        latency = time.monotonic() - began
        yield _saved(photo, latency, _numbered(output, number) if arguments.burst > 1 else output)
        due += arguments.interval


def _saved(photo: Photo, latency: float, path: Path) -> Taken:
    exposure_time, iso = (photo.settings.get(name) for name in ('exposure_time', 'iso'))
    return Taken(
        path=str(photo.save(path)), width=photo.width, height=photo.height,
        exposure_time=exposure_time * 1e-4 if isinstance(exposure_time, (int, float)) else None,
        iso=iso if isinstance(iso, (int, float)) else None, latency=latency, stream_gap=photo.stream_gap,
    )


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f'{path.stem}_{number + 1:04d}{path.suffix}')


def _summary(taken: list[Taken], seconds: float) -> str:
    latencies = sorted(photo.latency for photo in taken)
    slowest = latencies[min(len(latencies) - 1, round(0.95 * len(latencies)))]
    return (f'{len(taken)} photos in {seconds:.1f} s, {len(taken) / seconds:.2f} a second; '
            f'answered in {statistics.median(latencies):.2f} s (median), {slowest:.2f} s (95 %)')


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f'{text} is not a number of photos; give at least 1')
    return count


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.0 <= seconds < 1e6:
        raise argparse.ArgumentTypeError(f'{text} is not a number of seconds from 0 to a million')
    return seconds
