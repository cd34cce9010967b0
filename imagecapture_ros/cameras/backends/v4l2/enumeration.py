# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The cameras of this machine, by identities that outlive a reboot: serial number, or where it is connected."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from imagecapture_ros.cameras.backends.v4l2.device import Device, Identity
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotFoundError, NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo

SYSFS = Path('/sys/class/video4linux')
DEV = Path('/dev')

_FACING = {'front': 'user', 'back': 'environment', 'left': 'left', 'right': 'right'}
_BUSES = 8
"""Folders of sysfs between a video node and the port of its device, at most."""


@dataclass(frozen=True)
class CameraEntry:
    """One capture node that is there now."""

    node: Path
    """``/dev/videoN``; N may be another after the camera was unplugged."""
    info: DeviceInfo
    serial: str
    """``vendor:product:serial`` of a USB device with a serial number, or empty."""
    model: str
    """``vendor:product`` of a USB device, or empty."""
    bus_info: str
    """Where it is connected, in the driver's words; empty if the driver could not be asked."""
    part: str
    """Which of the device's cameras it is: empty for the first, else its USB interface or its index there."""
    links: tuple[Path, ...]
    """The names below /dev/v4l/by-id and by-path."""
    listed: bool = True
    """Whether sysfs has it, so that it can be found again."""

    @property
    def place(self) -> str:
        """Where the camera is connected, and which node of its device it is."""
        return self.bus_info + self.part if self.bus_info else ''

    def is_called(self, name: str) -> bool:
        """Return whether ``name`` means this camera: its id, a path, a link's name, its serial or bus info."""
        serial_alone = self.serial.split(':', 2)[-1]
        names = {self.info.device_id, self.serial, serial_alone, self.bus_info, self.place, str(self.node)}
        names.update(str(link) for link in self.links)
        names.update(link.name for link in self.links)
        return bool(name) and name in names

    def known_as(self, info: DeviceInfo) -> CameraEntry:
        """Return this camera under the identity that it was given before, where it is now."""
        return replace(self, info=replace(info, path=str(self.node)))

    def is_same_as(self, other: CameraEntry, last_seen: float) -> bool:
        """Return whether this is the camera that ``other`` was, by what neither a reboot nor a replug changes.

        ``last_seen`` is when ``other`` was there last, in seconds since the epoch: a camera in another place that was
        there already is a twin with the same serial number, and not the same one.
        """
        if self.place and self.place == other.place:
            # The id of one of several cameras with the same serial number depends on the others being there.
            return (self.model, self.serial, self.part) == (other.model, other.serial, other.part)
        return self.info.device_id == other.info.device_id and _appeared(self.node) > last_seen


def find_all() -> list[CameraEntry]:
    """Return the cameras that are there, by their node's number; one that may not be opened is there, too."""
    try:
        nodes = sorted((path for path in SYSFS.iterdir() if re.fullmatch(r'video\d+', path.name)),
                       key=lambda path: int(path.name[5:]))
    except OSError:
        return []
    links = _links()
    entries = [entry for folder in nodes if (entry := _entry(folder, links))]
    twins = Counter((entry.serial, entry.part) for entry in entries if entry.serial)
    # Some makers give all their cameras one serial number; the place is what tells those apart.
    return [
        replace(entry, info=replace(entry.info, device_id=entry.place))
        if twins[entry.serial, entry.part] > 1 and entry.place else entry for entry in entries
    ]


def find(name: str) -> CameraEntry:
    """Return the camera that ``name`` means: a path, or anything of :meth:`CameraEntry.is_called`.

    :raises NotFoundError: there is none; the message lists those that are there.
    :raises NotReadableError: the path is something else than a camera.
    :raises NotAllowedError: it may not be opened to look.
    """
    entries = find_all()
    for entry in (*(one for one in entries if one.info.device_id == name), *entries):
        if entry.is_called(name):
            return entry
    path = Path(name)
    if path.is_absolute() and '\0' not in name:
        real = path.resolve()
        for entry in entries:
            if entry.node == real:
                return entry
        if os.path.exists(real):  # Path.exists raises for a name that is too long
            return _named(real)
    raise NotFoundError(f'{name}: there is no such camera; {listed(entries)}')


def listed(entries: Iterable[CameraEntry]) -> str:
    """Return which cameras there are, for messages."""
    there = '; '.join(f'{entry.node} is {entry.info.device_id} ({entry.info.label})' for entry in entries)
    return there or 'there is none on this machine'


def _named(node: Path) -> CameraEntry:
    """Return the entry for a node that the list does not have: it is no camera, or sysfs is not there to tell."""
    identity, _ = _asked(node)
    if not identity.captures:
        raise NotReadableError(f'{node} ({identity.card}) captures no video: it is for output or metadata; '
                               f'"imagecapture devices" lists the cameras')
    place = identity.bus_info or str(node)
    info = DeviceInfo(place, identity.card, place, path=str(node))
    return CameraEntry(node, info, '', '', identity.bus_info, '', (), listed=False)


def _entry(folder: Path, links: dict[Path, list[Path]]) -> CameraEntry | None:
    """Return the camera behind a folder of sysfs, or ``None`` if that node delivers no frames that can be read."""
    node = DEV / folder.name
    index = _number(_read(folder / 'index'))
    try:
        identity, fourccs = _asked(node)
    except (MediaCaptureError, OSError):
        # It is there, and opening it will tell what is wrong: not allowed, busy, broken.
        if index:
            return None  # most likely the metadata of the first
        identity, fourccs = Identity('', _read(folder / 'name') or folder.name, '', True), list(FORMATS)
    if not identity.captures or not any(fourcc in FORMATS for fourcc in fourccs):
        return None
    usb = _usb_device(folder)
    serial = _serial(usb)
    part = _part(folder, index)
    info = DeviceInfo(
        device_id=(serial or identity.bus_info or folder.name) + part, label=identity.card or folder.name,
        group_id=serial or identity.bus_info or folder.name, facing_mode=_facing(folder),
        make=_read(usb / 'manufacturer') if usb else '', path=str(node))
    return CameraEntry(node, info, serial, _model(usb), identity.bus_info, part, tuple(links.get(node, ())))


def _asked(node: Path) -> tuple[Identity, list[int]]:
    """Return what a node says of itself, and its pixel formats."""
    device = Device(node)
    device.open()
    try:
        identity = device.identity()
        return identity, device.fourccs() if identity.captures else []
    finally:
        device.close()


def _part(folder: Path, index: int) -> str:
    """Return which of the device's cameras this is; the index of a node counts within its USB interface only."""
    interface = _read(folder / 'device' / 'bInterfaceNumber')
    return (f'-interface{interface}' if interface.strip('0') else '') + (f'-index{index}' if index else '')


def _appeared(node: Path) -> float:
    try:
        return node.stat().st_ctime
    except OSError:
        return 0.0


def _links() -> dict[Path, list[Path]]:
    found: dict[Path, list[Path]] = {}
    for kind in ('by-id', 'by-path'):
        folder = DEV / 'v4l' / kind
        for link in sorted(folder.iterdir()) if folder.is_dir() else ():
            found.setdefault(link.resolve(), []).append(link)
    return found


def _usb_device(folder: Path) -> Path | None:
    """Return the folder of the USB device above a video node."""
    return next((parent for parent in _parents(folder) if _read(parent / 'idVendor')), None)


def _serial(usb: Path | None) -> str:
    """Return ``vendor:product:serial`` of a USB device, or empty."""
    serial = _read(usb / 'serial') if usb else ''
    return f'{_model(usb)}:{serial}' if serial else ''


def _model(usb: Path | None) -> str:
    """Return ``vendor:product`` of a USB device, or empty."""
    return f'{_read(usb / "idVendor")}:{_read(usb / "idProduct")}' if usb else ''


def _facing(folder: Path) -> str:
    """Return which way a built-in camera looks, by what the firmware says of its place in the case."""
    for parent in _parents(folder):
        for place in (parent / 'physical_location', parent / 'port' / 'physical_location'):
            panel = _read(place / 'panel')
            if panel:
                return _FACING.get(panel, '')
    return ''


def _parents(folder: Path) -> Iterator[Path]:
    device = (folder / 'device').resolve()
    yield from (device, *list(device.parents)[:_BUSES])


def _read(path: Path) -> str:
    """Return an attribute of sysfs, or empty; names need not be UTF-8."""
    try:
        return path.read_bytes().decode('utf-8', errors='replace').strip()
    except OSError:
        return ''


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
