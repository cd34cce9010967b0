"""Cameras with one serial number, without any, built into a case, or on no bus that sysfs knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagecapture_ros.cameras.v4l2 import enumeration
from imagecapture_ros.cameras.v4l2.device import Identity
from imagecapture_ros.cameras.v4l2.formats import FORMATS
from imagecapture_ros.mediacapture.errors import NotAllowedError


class Machine:
    """The cameras of a machine that does not exist."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.identities: dict[str, Identity] = {}
        (root / 'class').mkdir()
        (root / 'dev').mkdir()

    def add(self, number: int, place: str, *, serial: str = '', usb: bool = True, index: int = 0, panel: str = '',
            captures: bool = True) -> None:
        device = self.root / 'devices' / place
        (device / 'interface').mkdir(parents=True, exist_ok=True)
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
        (folder / 'device').symlink_to(device / 'interface')
        (self.root / 'dev' / f'video{number}').write_text('')
        self.identities[f'video{number}'] = Identity('uvcvideo', 'Camera', f'usb-{place}', captures)

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
    assert first.is_same_as(alone)
    assert alone.is_same_as(first)
    assert not second.is_same_as(alone)
    assert enumeration.find('usb-1-2') == second


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


def test_without_permission_only_the_first_node_of_a_camera_is_taken_for_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(node: Path) -> tuple[Identity, list[int]]:
        raise NotAllowedError('no')

    machine.add(0, '1-1', serial='A')
    machine.add(1, '1-1', serial='A', index=1)
    monkeypatch.setattr(enumeration, '_asked', refused)
    [entry] = enumeration.find_all()
    assert (entry.info.device_id, entry.info.label) == ('046d:0825:A', 'Cam\ufffdra')


def test_a_machine_without_any_video_has_no_cameras(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumeration, 'SYSFS', machine.root / 'nowhere')
    assert enumeration.find_all() == []
