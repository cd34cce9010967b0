# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures of the simulated camera in docs/images: a photo, and all controls at low, default and high."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from imagecapture_ros.cameras.backends.simulated import parse_device
from imagecapture_ros.cameras.backends.simulated.exposing import Exposer
from imagecapture_ros.cameras.backends.simulated.photo import PhotoLab
from imagecapture_ros.cameras.backends.simulated.sensor.development import Pixels
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, SettingValue
from imagecapture_ros.mediacapture.vocabulary import Point2D

ROOT = Path(__file__).resolve().parents[1]
PHOTO = ROOT / 'docs' / 'images' / 'photo.jpg'
SHEET = ROOT / 'docs' / 'images' / 'simulated_camera.jpg'
CELL = (240, 180)
LABEL = 22
COLUMNS = 6
"""Two controls side by side, each at low, default and high."""

SETTLED = 60
"""Frames after which the automatics have arrived."""

EXPOSURE = {'exposure_mode': 'manual'}
FOCUS = {'focus_mode': 'manual'}
BALANCE = {'white_balance_mode': 'manual'}
Settings = dict[str, SettingValue]


@dataclass(frozen=True)
class Cell:
    """One picture: the device, its settings, perhaps what a photo of it is asked for."""

    label: str
    settings: Settings = field(default_factory=dict)
    device: str = 'sim'
    photo: PhotoSettings | None = None
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """Left, top, right, bottom of what is shown, as parts of the picture."""

    def picture(self, size: tuple[int, int] = CELL) -> Pixels:
        """Return what the camera delivers after its automatics have settled, in a width and height."""
        mode = NativeMode(960, 720, 5.0)
        exposer, lab = Exposer(parse_device(self.device), mode), PhotoLab()
        exposer.apply(self.settings, mode)
        for sequence in range(SETTLED):
            pixels = exposer.frame(sequence, sequence / mode.frame_rate)
        if self.photo is not None:
            photo = lab.make(exposer.photo_plan(self.photo, SETTLED, SETTLED / mode.frame_rate, 0)).result()
            pixels = np.asarray(photo.frame.data, np.uint8)
        lab.close()
        height, width = pixels.shape[:2]
        left, top, right, bottom = self.part
        pixels = pixels[round(top * height):round(bottom * height), round(left * width):round(right * width)]
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def three(name: str, low: float, default: float, high: float, **settings: SettingValue) -> list[Cell]:
    """Return a control at three values."""
    return [Cell(f'{name} {value:g}', {**settings, name: value}) for value in (low, default, high)]


def detail(cells: list[Cell], *part: float) -> list[Cell]:
    """Return the cells with a part of the picture only."""
    left, top, right, bottom = part
    return [Cell(cell.label, cell.settings, cell.device, cell.photo, (left, top, right, bottom)) for cell in cells]


def portrait(label: str, fill_light_mode: str, *, reduction: bool = False) -> Cell:
    """Return a photo of the face in a dim room."""
    wishes = PhotoSettings(fill_light_mode, 1280.0, 960.0, reduction)
    return Cell(label, {}, 'sim:?scene=portrait&light=0.1', wishes, (0.38, 0.36, 0.62, 0.6))


def rows() -> list[list[Cell]]:
    """Return the controls in the order of the vocabulary."""
    points = [Cell('points_of_interest: near card', {'points_of_interest': (Point2D(0.1, 0.92),)}),
              Cell('points_of_interest: none'),
              Cell('points_of_interest: dark step', {'points_of_interest': (Point2D(0.88, 0.74),)})]
    return [
        points,
        three('exposure_compensation', -2.0, 0.0, 2.0),
        three('exposure_time', 15.0, 71.0, 300.0, **EXPOSURE),
        detail([Cell(f'exposure_time {time:g} in light={light:g}', {**EXPOSURE, 'exposure_time': time},
                     f'sim:?light={light:g}') for time, light in ((20.0, 3.5), (71.0, 1.0), (1420.0, 0.05))],
               0.76, 0.45, 0.96, 0.65),
        three('color_temperature', 2800.0, 5000.0, 9000.0, **BALANCE),
        detail([Cell(f'iso {iso:g}, exposure_time {time:g}', {**EXPOSURE, 'iso': iso, 'exposure_time': time})
                for iso, time in ((100.0, 71.0), (800.0, 9.0), (3200.0, 2.0))], 0.02, 0.2, 0.37, 0.55),
        three('brightness', 78.0, 128.0, 178.0),
        three('contrast', 64.0, 128.0, 220.0),
        three('saturation', 0.0, 128.0, 255.0),
        detail(three('sharpness', 0.0, 50.0, 100.0), 0.38, 0.38, 0.62, 0.62),
        three('focus_distance', 0.2, 1.0, 10.0, **FOCUS),
        detail(three('focus_distance', 0.3, 1.0, 3.0, **FOCUS), 0.02, 0.82, 0.2, 1.0),
        three('pan', -36000.0, 0.0, 36000.0),
        three('tilt', -36000.0, 0.0, 36000.0),
        three('zoom', 1.0, 2.0, 4.0),
        [Cell('torch off', {**EXPOSURE, **BALANCE}, 'sim:?light=0.3'),
         Cell('torch on', {**EXPOSURE, **BALANCE, 'torch': True}, 'sim:?light=0.3'),
         Cell('torch on, metered', {'torch': True}, 'sim:?light=0.3')],
        [portrait('fill_light_mode off', 'off'), portrait('fill_light_mode flash', 'flash'),
         portrait('with red_eye_reduction', 'flash', reduction=True)],
        [Cell('scene=chart'), Cell('scene=portrait', device='sim:?scene=portrait'),
         Cell('scene=an image', device=f'sim:?scene={PHOTO}')],
    ]


def labelled(cell: Cell) -> NDArray[np.uint8]:
    """Return the picture of a cell under its label."""
    image = np.full((CELL[1] + LABEL, CELL[0], 3), 255, np.uint8)
    image[LABEL:] = cell.picture()
    cv2.putText(image, cell.label, (4, LABEL - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (30, 30, 30), 1, cv2.LINE_AA)
    return cv2.copyMakeBorder(image, 2, 4, 3, 3, cv2.BORDER_CONSTANT, value=(255, 255, 255)).astype(np.uint8)


def main() -> None:
    """Draw and write both."""
    PHOTO.parent.mkdir(exist_ok=True)
    photo = Cell('', {}, photo=PhotoSettings(image_width=1280.0, image_height=960.0)).picture((1280, 960))
    cv2.imwrite(str(PHOTO), photo, [cv2.IMWRITE_JPEG_QUALITY, 85])
    cells = [cell for row in rows() for cell in row]
    pictures = [labelled(cell) for cell in cells]
    sheet = np.vstack([np.hstack(pictures[index:index + COLUMNS]) for index in range(0, len(pictures), COLUMNS)])
    cv2.imwrite(str(SHEET), sheet, [cv2.IMWRITE_JPEG_QUALITY, 80])
    print(f'wrote {SHEET} ({sheet.shape[1]}x{sheet.shape[0]}, {SHEET.stat().st_size // 1024} KiB)')


if __name__ == '__main__':
    main()
