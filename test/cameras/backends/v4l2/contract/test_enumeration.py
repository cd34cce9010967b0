# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which cameras are listed, and by which names they are found."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.v4l2.bench import Bench

from imagecapture_ros.cameras.backends.v4l2 import enumeration
from imagecapture_ros.cameras.registry import cameras_for, enumerate_devices
from imagecapture_ros.mediacapture.errors import NotAllowedError, NotFoundError, NotReadableError


def metadata_node(bench: Bench) -> str:
    node = bench.plug()
    return re.sub(r'\d+$', lambda number: str(int(number[0]) + 1), node)


def test_the_capture_node_alone_is_listed(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    assert str(entry.node) == bench.plug()
    assert os.path.exists(metadata_node(bench))
    assert entry.info.label.isprintable()
    assert entry.info.make
    assert entry.info.path == str(entry.node)
    assert [device.device_id for device in enumerate_devices()] == [entry.info.device_id, 'sim']


def test_a_camera_with_a_serial_number_is_identified_by_it(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    assert re.fullmatch(r'1d6b:0102:\w+', entry.info.device_id)
    assert entry.info.group_id == entry.info.device_id
    assert entry.info.facing_mode == ''
    before = entry
    bench.unplug()
    assert enumeration.find_all() == []
    bench.plug()
    [entry] = enumeration.find_all()
    assert replace(entry.info, path='') == replace(before.info, path='')


def test_a_camera_answers_to_all_its_names(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    names = ['', entry.info.device_id, entry.serial.split(':')[2], entry.bus_info, str(entry.node)]
    names += [str(link) for link in entry.links] + [link.name for link in entry.links]
    for name in names:
        assert [camera.info for camera in cameras_for(name)] == [entry.info], name


def test_a_link_of_ones_own_leads_to_the_camera(bench: Bench, tmp_path: Path) -> None:
    link = tmp_path / 'front door'
    link.symlink_to(bench.plug())
    assert str(enumeration.find(str(link)).node) == bench.plug()


def test_the_metadata_node_is_told_to_be_no_camera(bench: Bench) -> None:
    with pytest.raises(NotReadableError, match='captures no video'):
        enumeration.find(metadata_node(bench))


def test_a_node_that_is_not_there_is_told_with_those_that_are(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match=rf'/dev/video77: there is no such camera; {bench.plug()} is 1d6b:0102'):
        enumeration.find('/dev/video77')


def test_without_permission_the_camera_is_listed_and_the_group_named(bench: Bench) -> None:
    bench.command('refuse 13')
    [entry] = enumeration.find_all()
    assert entry.info.device_id.startswith('1d6b:0102:')
    [camera] = cameras_for(entry.info.device_id)
    with pytest.raises(NotAllowedError, match=r'permission denied; add the user to the group .* video'):
        camera.open()


def test_a_container_without_the_device_is_told(bench: Bench) -> None:
    [camera] = cameras_for('')
    bench.command('refuse 1')
    with pytest.raises(NotAllowedError, match='container'):
        camera.open()
