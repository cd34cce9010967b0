# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras with one serial number, without any, built into a case, or on no bus that sysfs knows."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from imagecapture_ros.cameras.backends.v4l2 import enumeration
from imagecapture_ros.cameras.backends.v4l2.device import Identity
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS
from imagecapture_ros.mediacapture.errors import NotAllowedError, NotReadableError


class Machine:
    """The cameras of a machine that does not exist."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.identities: dict[str, Identity] = {}
        (root / 'class').mkdir()
        (root / 'dev').mkdir()

    def add(self, number: int, place: str, *, serial: str = '', usb: bool = True, interface: str = '00',
            index: int = 0, panel: str = '', captures: bool = True) -> None:
        device = self.root / 'devices' / place
        (device / interface).mkdir(parents=True, exist_ok=True)
        if usb:
            (device / interface / 'bInterfaceNumber').write_text(f'{interface}\n')
        if usb:
            (device / 'idVendor').write_text('046d\n')
            (device / 'idProduct').write_text('0825\n')
        if serial:
            (device / 'serial').write_text(f'{serial}\n')
        if panel:
            (device / 'physical_location').mkdir(exist_ok=True)
            (device / 'physical_location' / 'panel').write_text(f'{panel}\n')
        folder = self.root / 'class' / f'video{number}'
        folder.mkdir()
        (folder / 'index').write_text(f'{index}\n')
        (folder / 'name').write_bytes(b'Cam\xe9ra\n')
        (folder / 'device').symlink_to(device / interface)
        (self.root / 'dev' / f'video{number}').write_text('')
        self.identities[f'video{number}'] = Identity('uvcvideo', 'Camera', f'usb-{place}', captures)

    def remove(self, number: int) -> None:
        shutil.rmtree(self.root / 'class' / f'video{number}')
        (self.root / 'dev' / f'video{number}').unlink()

    def asked(self, node: Path) -> tuple[Identity, list[int]]:
        return self.identities[node.name], list(FORMATS)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setattr(enumeration, 'SYSFS', tmp_path / 'class')
    monkeypatch.setattr(enumeration, 'DEV', tmp_path / 'dev')
    monkeypatch.setattr(enumeration, '_asked', machine.asked)
    return machine


def identifiers() -> list[str]:
    return [entry.info.device_id for entry in enumeration.find_all()]


def test_cameras_are_listed_by_the_number_of_their_node(machine: Machine) -> None:
    machine.add(10, '1-1', serial='B')
    machine.add(9, '1-2', serial='A')
    assert identifiers() == ['046d:0825:A', '046d:0825:B']


def test_without_a_serial_number_the_place_identifies(machine: Machine) -> None:
    machine.add(0, '1-1')
    machine.add(1, 'soc', usb=False)
    assert identifiers() == ['usb-1-1', 'usb-soc']


def test_twins_are_told_apart_by_their_places_and_stay_who_they_are(machine: Machine) -> None:
    machine.add(0, '1-1', serial='SN0001')
    [alone] = enumeration.find_all()
    machine.add(2, '1-2', serial='SN0001')
    first, second = enumeration.find_all()
    assert (first.info.device_id, second.info.device_id) == ('usb-1-1', 'usb-1-2')
    now = time.time() + 1.0
    assert first.is_same_as(alone, now)
    assert alone.is_same_as(first, now)
    assert not second.is_same_as(alone, 0.0)
    assert enumeration.find('usb-1-2') == second


def test_a_twin_that_was_there_before_is_not_taken_for_the_camera_that_was_unplugged(machine: Machine) -> None:
    machine.add(0, '1-1', serial='SN0001')
    [alone] = enumeration.find_all()
    machine.add(2, '1-2', serial='SN0001')
    machine.remove(0)
    [twin] = enumeration.find_all()
    assert twin.info.device_id == alone.info.device_id
    assert not twin.is_same_as(alone, time.time() + 1.0)
    # The camera itself, in another port, appears only after it was lost.
    assert twin.is_same_as(alone, 0.0)


def test_another_camera_in_the_same_port_is_another_camera(machine: Machine) -> None:
    machine.add(0, '1-1', serial='A')
    [before] = enumeration.find_all()
    machine.remove(0)
    (machine.root / 'devices' / '1-1' / 'serial').write_text('B\n')
    machine.add(0, '1-1')
    [after] = enumeration.find_all()
    assert after.place == before.place
    assert not after.is_same_as(before, 0.0)


@pytest.mark.parametrize('serial, first, second', [
    ('A', '046d:0825:A', '046d:0825:A-interface02'), ('', 'usb-1-1', 'usb-1-1-interface02'),
])
def test_two_cameras_in_one_device_are_two(machine: Machine, serial: str, first: str, second: str) -> None:
    machine.add(0, '1-1', serial=serial)
    machine.add(1, '1-1', serial=serial, index=1, captures=False)
    machine.add(2, '1-1', serial=serial, interface='02')
    colour, infrared = enumeration.find_all()
    assert (colour.info.device_id, infrared.info.device_id) == (first, second)
    assert enumeration.find(second).node.name == 'video2'
    assert enumeration.find(str(machine.root / 'dev' / 'video2')) == infrared
    assert not colour.is_same_as(infrared, 0.0)
    assert colour.info.group_id == infrared.info.group_id


def test_the_maker_is_the_cameras_and_not_that_of_its_hub(machine: Machine) -> None:
    machine.add(0, 'hub/1-1')
    machine.add(1, 'hub/1-2')
    for place, maker in (('hub', 'Hubs Inc'), ('hub/1-2', 'Eyes Ltd')):
        (machine.root / 'devices' / place / 'idVendor').write_text('046d\n')
        (machine.root / 'devices' / place / 'manufacturer').write_text(f'{maker}\n')
    assert [entry.info.make for entry in enumeration.find_all()] == ['', 'Eyes Ltd']


def test_several_nodes_of_one_camera_have_ids_of_their_own_and_one_group(machine: Machine) -> None:
    machine.add(0, '1-1', serial='A')
    machine.add(1, '1-1', serial='A', index=1, captures=False)
    machine.add(2, '1-1', serial='A', index=2)
    assert identifiers() == ['046d:0825:A', '046d:0825:A-index2']
    assert {entry.info.group_id for entry in enumeration.find_all()} == {'046d:0825:A'}
    assert str(enumeration.find('046d:0825:A-index2').node).endswith('video2')


@pytest.mark.parametrize('panel, facing', [
    ('front', 'user'), ('back', 'environment'), ('left', 'left'), ('right', 'right'), ('unknown', ''), ('', ''),
])
def test_the_place_in_the_case_is_the_facing(machine: Machine, panel: str, facing: str) -> None:
    machine.add(0, '1-1', panel=panel)
    assert enumeration.find_all()[0].info.facing_mode == facing


@pytest.mark.parametrize('error', [NotAllowedError('no'), NotReadableError('busy'), OSError(5, 'Input/output error')])
def test_of_what_cannot_be_asked_the_first_node_is_taken_for_a_camera(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, error: Exception,
) -> None:
    def refused(node: Path) -> tuple[Identity, list[int]]:
        raise error

    machine.add(0, '1-1', serial='A')
    machine.add(1, '1-1', serial='A', index=1)
    monkeypatch.setattr(enumeration, '_asked', refused)
    [entry] = enumeration.find_all()
    assert (entry.info.device_id, entry.info.label) == ('046d:0825:A', 'Cam\ufffdra')


def test_a_machine_without_any_video_has_no_cameras(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumeration, 'SYSFS', machine.root / 'nowhere')
    assert enumeration.find_all() == []
