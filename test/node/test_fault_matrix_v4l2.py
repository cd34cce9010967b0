# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of a Linux camera, on the preloaded library, at every moment: the same must hold as for the simulated one."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.fault_cycle import FaultyNode
from fixtures.kept import Kept, kept
from fixtures.limits import ANSWERED
from fixtures.node_process import answered, state_of, until
from fixtures.v4l2.bench import compile_shim
from fixtures.v4l2.node_on_shim import node_on_shim

from imagecapture_ros import srv
from imagecapture_ros.cameras.backends.v4l2 import ioctl

pytestmark = pytest.mark.skipif(
    shutil.which(os.environ.get('CC', 'cc').split()[0]) is None, reason='needs a C compiler: apt-get install gcc')

LOST = {
    'take_photo': ['UnknownError'], 'apply_constraints': ['OperationError'], 'set_parameters': ['OperationError'],
    'grab_frame': ['InvalidStateError', 'UnknownError'],
}
SILENT = {'grab_frame': ['InvalidStateError', 'UnknownError'], 'take_photo': ['UnknownError']}
REFUSED = {'apply_constraints': ['', 'OperationError'], 'set_parameters': ['', 'OperationError']}
FAULTS = {
    'unplug': ('unplug', LOST, True),
    'freeze': ('freeze 1', SILENT, True),
    'fatal': ('fatal 1', {**LOST, **SILENT, **REFUSED}, True),
    'faulty frames': ('faulty 20', {}, False),
    'lost frames': ('drop 20', {}, False),
    'short frames': ('shorten 20', {}, False),
    'a control that is busy': (f'stall {ioctl.CID_ZOOM_ABSOLUTE}', REFUSED, False),
    'a call that fails': (f'fail {ioctl.STREAMON & 0xFF} {errno.EIO} 1', {'take_photo': ['', 'UnknownError']}, False),
}
"""Command of the shim, errors that are right while it lasts, and whether it mutes the stream."""

MOMENTS = ('idle', 'streaming', 'in a photo', 'in activate', 'in configure', 'in shutdown')


@contextmanager
def started(domain: int, library: Path, home: Path) -> Iterator[FaultyNode]:
    """Run a node that has done everything once."""
    with node_on_shim(domain, library, home) as (shim, node, client):
        answered(client)

        def repair() -> None:
            shim.command('reset')
            shim.plug()

        cycle = FaultyNode(node, client, shim.inject, repair)
        cycle.streams()
        cycle.everything_answers({}, promise=None)
        yield cycle


@pytest.fixture(scope='module')
def nodes(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[FaultyNode]]:
    library = compile_shim(tmp_path_factory.mktemp('shim'))
    with kept(lambda: started(module_domain, library, tmp_path_factory.mktemp('home'))) as nodes:
        yield nodes


@pytest.fixture
def faulty(nodes: Kept[FaultyNode], request: pytest.FixtureRequest) -> FaultyNode:
    """Return the node that all tests use as long as none fails."""
    return nodes.lend(request.node)


@pytest.mark.parametrize('moment', MOMENTS)
@pytest.mark.parametrize('name', FAULTS)
def test_a_fault_at_a_moment(faulty: FaultyNode, name: str, moment: str) -> None:
    command, errors, mutes = FAULTS[name]
    faulty.streams()
    held = faulty.held()
    photo = None
    if moment in ('idle', 'in activate', 'in configure'):
        assert faulty.change('deactivate')
    if moment == 'in configure':
        assert faulty.change('cleanup')
    if moment == 'in a photo':
        photo = faulty.begin(srv.TakePhoto, 'take_photo')
    known = len(faulty.statuses.messages)
    faulty.break_device(command)
    if moment == 'in a photo' and photo is not None:
        assert photo().error_name in ('', 'UnknownError')
    if moment == 'in configure':
        faulty.change('configure')
    if moment in ('in activate', 'in configure') and state_of(faulty.client) == 'inactive':
        faulty.change('activate')
    if moment == 'in shutdown':
        assert faulty.change('deactivate')
        assert faulty.change('cleanup')
    state = state_of(faulty.client)
    if mutes and state == 'active':
        faulty.muted(known)
    if state == 'unconfigured':
        faulty.nothing_is_open()
    else:
        frame = {} if state == 'active' else {'grab_frame': ['InvalidStateError', 'UnknownError']}
        # That an idle device makes no frames shows only when a photo is tried.
        faulty.everything_answers({**errors, **frame}, ANSWERED if state == 'active' else None)
    faulty.repair()
    faulty.streams()
    until(lambda: not faulty.ask(srv.ApplyConstraints, 'apply_constraints', faulty.apply(zoom=2.0))[0].error_name)
    faulty.settings_agree(zoom=2.0, device_id='1d6b:0102:SHIM0001')
    faulty.stamps_grow()
    faulty.holds_no_more_than(held)
    assert faulty.node.process.poll() is None
    assert 'Traceback' not in faulty.node.output, faulty.node.output
