# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every operation on a Linux camera that the preloaded library plays, met by what ends its track, stream or device."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.fault_cycle import FaultyNode
from fixtures.in_flight import SHIM_SLOW, V4L2_OPERATIONS, InFlight
from fixtures.kept import Kept, kept
from fixtures.node_process import answered
from fixtures.v4l2.bench import compile_shim
from fixtures.v4l2.node_on_shim import node_on_shim

pytestmark = [
    pytest.mark.skipif(
        shutil.which(os.environ.get('CC', 'cc').split()[0]) is None, reason='needs a C compiler: apt-get install gcc'),
    pytest.mark.xdist_group('in flight, V4L2'),  # all on one node
]

CELLS = [(name, moment) for name, operation in V4L2_OPERATIONS.items() for moment in operation.moments]


@contextmanager
def started(domain: int, library: Path, home: Path) -> Iterator[InFlight]:
    """Run a node that has done everything once, such as starting threads, before anything is counted."""
    with node_on_shim(domain, library, home) as (shim, node, client):
        answered(client)
        cycle = FaultyNode(node, client, shim.inject, lambda: None)
        cycle.streams()
        cycle.everything_answers({}, promise=None)
        assert cycle.change('deactivate') and cycle.change('cleanup')
        cycle.streams()
        flight = InFlight(cycle, SHIM_SLOW, shim.unplug, shim.plug, held=cycle.held())
        flight.requests.know(*((one.kind, one.name) for one in V4L2_OPERATIONS.values()))
        yield flight


@pytest.fixture(scope='module')
def flights(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[InFlight]]:
    library = compile_shim(tmp_path_factory.mktemp('shim'))
    with kept(lambda: started(module_domain, library, tmp_path_factory.mktemp('home'))) as flights:
        yield flights


@pytest.fixture
def flight(flights: Kept[InFlight], request: pytest.FixtureRequest) -> InFlight:
    """Return the node that all tests use as long as none fails."""
    return flights.lend(request.node)


@pytest.mark.parametrize('name, moment', CELLS)
@pytest.mark.parametrize('transition', ['deactivate', 'cleanup', 'lost'])
def test_an_operation_of_a_stream_is_met_by(flight: InFlight, transition: str, name: str, moment: str) -> None:
    flight.meets(V4L2_OPERATIONS[name], transition, moment)


@pytest.mark.parametrize('name, moment', [cell for cell in CELLS if V4L2_OPERATIONS[cell[0]].when_idle])
def test_an_operation_without_a_stream_is_met_by_cleanup(flight: InFlight, name: str, moment: str) -> None:
    flight.meets(V4L2_OPERATIONS[name], 'cleanup', moment, idle=True)


@pytest.mark.parametrize('name', V4L2_OPERATIONS)
def test_an_operation_is_asked_for_until_the_device_is_back(flight: InFlight, name: str) -> None:
    flight.meets_a_device_that_comes_back(V4L2_OPERATIONS[name])


def test_afterwards_all_places_for_photos_are_free(flight: InFlight) -> None:
    flight.all_places_for_photos_are_free()
