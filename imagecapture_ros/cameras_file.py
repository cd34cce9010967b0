# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The YAML file that names several cameras, for multi_camera.launch.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagecapture_ros.plain_yaml import YamlError, load_yaml_file
from imagecapture_ros.share import find_parameter_file
from imagecapture_ros.suggestions import hint
from imagecapture_ros.texts import excerpt

_MEMBERS = ('device', 'namespace', 'params_file', 'parameters')


class CamerasFileError(ValueError):
    """A cameras file cannot be used; the message says where, why and what to write instead."""


@dataclass(frozen=True)
class ListedCamera:
    """One camera of the file."""

    name: str
    """Of the node."""
    namespace: str | None
    """``None`` if the file does not say."""
    params_files: tuple[Path, ...]
    parameters: Mapping[str, Any]
    """What is said beside the parameter file, ``device`` included; it wins."""


def read_cameras(path: str | Path) -> list[ListedCamera]:
    """Return the cameras that a YAML file names.

    :raises CamerasFileError: the file cannot be read, or an entry cannot be used.
    """
    path = Path(path).expanduser()
    try:
        content = load_yaml_file(path)
    except (YamlError, OSError) as error:
        raise CamerasFileError(f'{path} cannot be read as YAML: {error}') from error
    cameras = content.get('cameras') if isinstance(content, dict) else None
    if not isinstance(cameras, dict) or not cameras:
        raise CamerasFileError(f'{path} names no cameras; write for instance "cameras: {{front: {{device: sim}}}}"')
    entries = [_entry(path, str(name), members) for name, members in cameras.items()]
    devices: dict[str, str] = {}
    for entry in entries:
        device = _text(f'{path}: camera {entry.name}', 'device', entry.parameters.get('device', ''))
        if not device or device == 'sim' or device.startswith('sim:'):
            continue  # not known here, or a camera of its own for each node
        if device in devices:
            raise CamerasFileError(f'{path}: {devices[device]} and {entry.name} both have the device {device}; a '
                                   f'camera belongs to one node')
        devices[device] = entry.name
    return entries


def _entry(path: Path, name: str, members: object) -> ListedCamera:
    where = f'{path}: camera {name}'
    if not isinstance(members, dict):
        raise CamerasFileError(f'{where}: {excerpt(members)} is no section; write for instance "{name}: '
                               f'{{device: sim}}"')
    for member in members:
        if member not in _MEMBERS:
            raise CamerasFileError(f'{where}: {excerpt(member)} is not known; {hint(str(member), _MEMBERS)}; '
                                   f'parameters of the node stand below "parameters"')
    parameters = members.get('parameters', {})
    if not isinstance(parameters, dict):
        raise CamerasFileError(f'{where}: parameters: {excerpt(parameters)} is no section of names and values')
    if 'device' in members:
        # As text, so that a serial number of digits stays one.
        parameters = {**parameters, 'device': _text(where, 'device', members['device'])}
    if 'device' not in parameters and 'params_file' not in members:
        raise CamerasFileError(f'{where} has no device; "imagecapture devices" lists what there is')
    namespace = members.get('namespace')
    file = members.get('params_file')
    return ListedCamera(
        name, None if namespace is None else _text(where, 'namespace', namespace),
        () if file is None else (_parameter_file(where, path, _text(where, 'params_file', file)),), parameters)


def _text(where: str, member: str, value: object) -> str:
    if isinstance(value, (dict, list, set, tuple)):
        raise CamerasFileError(f'{where}: {member}: {excerpt(value)} is no text')
    return str(value)


def _parameter_file(where: str, path: Path, name: str) -> Path:
    """Return a parameter file, which lies beside the cameras file or among our own."""
    try:
        return find_parameter_file(name, path.parent)
    except FileNotFoundError as error:
        raise CamerasFileError(f'{where}: params_file: {error}') from error
