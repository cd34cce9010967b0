# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every fault of the simulated camera at every moment: nothing hangs, crashes, leaks, or comes twice."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fixtures.fault_cycle import FaultyNode
from fixtures.kept import Kept, kept
from fixtures.node_process import answered, client_of, running_node, state_of, until
from rcl_interfaces.srv import DescribeParameters

from imagecapture_ros import srv
from imagecapture_ros.node.parameters.faults import NAME as FAULTS_PARAMETER

DEVICE = 'sim:?encoding=jpeg'
LOST = {
    'take_photo': ['UnknownError'], 'apply_constraints': ['OperationError'], 'set_parameters': ['OperationError'],
    'grab_frame': ['InvalidStateError', 'UnknownError'],
}
SILENT = {'grab_frame': ['InvalidStateError'], 'take_photo': ['UnknownError']}


@dataclass(frozen=True)
class Fault:
    """A fault, and what it may do."""

    text: str
    """As the parameter takes it; it lasts until it is ended."""
    mutes: bool = False
    errors: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By service, the names of errors that are right while it lasts; a service that is not named succeeds."""
    counted: str = ''
    """What grows in the diagnostics when it strikes the stream."""
    zoom: float = 2.0
    """What comes of the zoom of 2 while it lasts."""


FAULTS = {
    'unplug': Fault('unplug', mutes=True, errors=LOST, counted='device reopened'),
    'freeze': Fault('freeze', mutes=True, errors=SILENT, counted='stalls'),
    'very slow reads': Fault('slow:30', mutes=True, errors=SILENT, counted='stalls'),
    'slow reads': Fault('slow:0.2'),
    'corrupt frames': Fault('corrupt', errors={'grab_frame': ['', 'UnknownError']}),
    'truncated frames': Fault('truncate', errors={'grab_frame': ['UnknownError']},
                              counted='image_raw not published, broken frames'),
    'lost frames': Fault('drop:2', counted='frames lost by the device or reader'),
    'photo failure': Fault('photo', errors={'take_photo': ['UnknownError']}, counted='photos failed'),
    'slow settings': Fault('stall:0.5'),
    'refused settings': Fault('refuse:brightness'),
    'clamped settings': Fault('clamp:zoom', zoom=1.5),
}
"""By what happens."""

MOMENTS = ('idle', 'streaming', 'in a photo', 'in apply', 'in activate', 'in configure', 'in shutdown')


@contextlib.contextmanager
def started(domain: int, home: Path) -> Iterator[FaultyNode]:
    """Run a node with a subscriber to its decoded images, which has done everything once."""
    with (
        running_node(domain, device=DEVICE, environment={'ROS_HOME': str(home)}) as node,
        client_of(domain) as client,
    ):
        answered(client)

        def strike(text: str) -> None:
            assert cycle.put(FAULTS_PARAMETER, text).successful

        cycle = FaultyNode(node, client, strike, lambda: strike(''))
        # Everything that is made once, such as threads, is there before anything is counted.
        cycle.streams()
        assert cycle.change('deactivate') and cycle.change('cleanup')
        cycle.streams()
        cycle.everything_answers({}, promise=None)
        strike('unplug+0.3s')
        cycle.muted(len(cycle.statuses.messages) - 1)
        cycle.streams()
        yield cycle


@pytest.fixture(scope='module')
def nodes(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[FaultyNode]]:
    with kept(lambda: started(module_domain, tmp_path_factory.mktemp('home'))) as nodes:
        yield nodes


@pytest.fixture
def faulty(nodes: Kept[FaultyNode], request: pytest.FixtureRequest) -> FaultyNode:
    """Return the node that all tests use as long as none fails."""
    return nodes.lend(request.node)


@contextlib.contextmanager
def struck(cycle: FaultyNode, moment: str, fault: Fault) -> Iterator[None]:
    """Let ``fault`` strike in ``moment``; the block runs while it lasts, in a node that should stream or is idle."""
    if moment == 'idle':
        assert cycle.change('deactivate')
        cycle.break_device(fault.text)
        yield
        cycle.repair()
    elif moment == 'streaming':
        cycle.break_device(fault.text)
        yield
        cycle.repair()
    elif moment == 'in a photo':
        cycle.break_device('shutter:1+1s')
        photo = cycle.begin(srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(omit_data=True))
        cycle.break_device(fault.text)
        assert photo().error_name in ('', *fault.errors.get('take_photo', ()))
        yield
        cycle.repair()
    elif moment == 'in apply':
        cycle.break_device('stall:1+1s')
        applied = cycle.begin(srv.ApplyConstraints, 'apply_constraints', cycle.apply(zoom=2.0, brightness=100.0))
        cycle.break_device(fault.text)
        assert applied().error_name in ('', 'OperationError', *fault.errors.get('apply_constraints', ()))
        yield
        cycle.repair()
    elif moment == 'in activate':
        assert cycle.change('deactivate')
        cycle.break_device(fault.text)
        cycle.change('activate')
        yield
        cycle.repair()
    elif moment == 'in configure':
        assert cycle.change('deactivate') and cycle.change('cleanup')
        assert cycle.put('device', f'{DEVICE}&faults={fault.text}@0.02s').successful
        if cycle.change('configure'):
            cycle.change('activate')
        yield
        if state_of(cycle.client) == 'active':
            assert cycle.change('deactivate')
        if state_of(cycle.client) == 'inactive':
            assert cycle.change('cleanup')
        assert cycle.put('device', DEVICE).successful
    else:
        cycle.break_device(fault.text)
        assert cycle.change('deactivate')
        yield
        assert cycle.change('cleanup')


@pytest.mark.parametrize('moment', MOMENTS)
@pytest.mark.parametrize('name', FAULTS)
def test_a_fault_at_a_moment(faulty: FaultyNode, name: str, moment: str) -> None:
    fault = FAULTS[name]
    faulty.streams()
    held = faulty.held()
    counted = faulty.diagnosed()
    known = len(faulty.statuses.messages)
    with struck(faulty, moment, fault):
        state = state_of(faulty.client)
        if fault.mutes and state == 'active':
            faulty.muted(known)
        if state == 'unconfigured':
            faulty.nothing_is_open()
        else:
            # A device that does not stream takes photos though it is frozen, as nobody has noticed.
            frame = {} if state == 'active' else {
                'grab_frame': ['InvalidStateError', 'UnknownError'],
                'take_photo': ['', *fault.errors.get('take_photo', ())]}
            faulty.everything_answers({**fault.errors, **frame})
    faulty.streams()
    # Either what was asked before the fault, or what was asked last while it lasted, is in force; here both are zoom 2.
    until(lambda: not faulty.ask(srv.ApplyConstraints, 'apply_constraints', faulty.apply(zoom=2.0))[0].error_name)
    faulty.settings_agree(zoom=2.0)
    faulty.stamps_grow()
    faulty.holds_no_more_than(held)
    if fault.counted and moment == 'streaming':
        until(lambda: float(faulty.diagnosed()[fault.counted]) > float(counted[fault.counted]))
    assert faulty.node.process.poll() is None
    assert 'Traceback' not in faulty.node.output, faulty.node.output


def test_what_was_asked_is_asked_again_of_a_device_that_comes_back(faulty: FaultyNode) -> None:
    faulty.streams()
    request = faulty.apply(zoom=3.0, brightness=100.0, width=320.0, height=240.0)
    assert faulty.ask(srv.ApplyConstraints, 'apply_constraints', request)[0].success
    known = len(faulty.statuses.messages)
    faulty.break_device('unplug+0.5s')
    faulty.muted(known)
    faulty.streams()
    faulty.settings_agree(zoom=3.0, brightness=100.0, width=320, height=240)
    assert faulty.diagnosed()['not met since the device came back'] == ''
    assert faulty.ask(srv.ApplyConstraints, 'apply_constraints')[0].success


def test_a_device_that_comes_back_with_other_capabilities(faulty: FaultyNode) -> None:
    faulty.streams()
    assert faulty.ask(srv.ApplyConstraints, 'apply_constraints', faulty.apply(zoom=3.0))[0].success
    known = len(faulty.statuses.messages)
    faulty.break_device('change,unplug+0.5s')
    faulty.muted(known)
    faulty.streams()
    faulty.settings_agree(zoom=2.0)

    def zoom_range() -> float:
        described, _ = faulty.ask(DescribeParameters, 'describe_parameters', DescribeParameters.Request(names=['zoom']))
        return float(described.descriptors[0].floating_point_range[0].to_value)

    def declared() -> list[Any]:
        request = DescribeParameters.Request(names=['torch'])
        return list(faulty.ask(DescribeParameters, 'describe_parameters', request)[0].descriptors)

    until(lambda: zoom_range() == 2.0)
    assert declared() == []
    capabilities = faulty.ask(srv.GetCapabilities, 'get_capabilities')[0].capabilities
    assert (capabilities.zoom[0].max, list(capabilities.torch), capabilities.width[0].max) == (2.0, [], 1280.0)
    diagnosed = faulty.diagnosed()
    assert 'zoom: was 3.0, can be no nearer than 2.0' in diagnosed['not met since the device came back']
    assert 'unable to do as before' in diagnosed['message']
    assert 'zoom: was 3.0, can be no nearer than 2.0' in faulty.node.output
    refused = faulty.put('zoom', 1.5)
    assert not refused.successful
    assert 'OverconstrainedError: what is required already, zoom exact 3, cannot be met any more' in refused.reason
    assert faulty.ask(srv.ApplyConstraints, 'apply_constraints', faulty.apply(zoom=1.5))[0].success
    assert faulty.diagnosed()['not met since the device came back'] == ''

    known = len(faulty.statuses.messages)
    faulty.repair()
    faulty.break_device('unplug+0.5s')
    faulty.muted(known)
    faulty.streams()
    until(lambda: zoom_range() == 4.0)
    assert len(declared()) == 1
    faulty.settings_agree(zoom=1.5)
