# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every operation on the simulated camera, met by what ends its track, stream or device at every moment of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.fault_cycle import FaultyNode
from fixtures.in_flight import OPERATIONS, SIMULATED_SLOW, InFlight
from fixtures.kept import Kept, kept
from fixtures.node_process import answered, client_of, running_node

from imagecapture_ros.node.parameters.faults import NAME as FAULTS_PARAMETER

# All on one node.
pytestmark = pytest.mark.xdist_group('in flight, simulated')

CELLS = [(name, moment) for name, operation in OPERATIONS.items() for moment in operation.moments]


@contextmanager
def started(domain: int, home: Path) -> Iterator[InFlight]:
    """Run a node that has done everything once, such as starting threads, before anything is counted."""
    environment = {'ROS_HOME': str(home)}
    with (
        running_node(domain, device='sim', width=320, height=240, environment=environment) as node,
        client_of(domain) as client,
    ):
        answered(client)
        spaces = itertools.cycle(('', ' '))

        def strike(text: str) -> None:
            # A parameter that is set to the text that it has does nothing.
            assert cycle.put(FAULTS_PARAMETER, text + next(spaces)).successful

        cycle = FaultyNode(node, client, strike, lambda: None)
        cycle.streams()
        cycle.everything_answers({}, promise=None)
        assert cycle.change('deactivate') and cycle.change('cleanup')
        cycle.streams()
        flight = InFlight(cycle, SIMULATED_SLOW, lambda: strike('unplug+0.2s'), lambda: None, held=cycle.held())
        flight.requests.know(*((one.kind, one.name) for one in OPERATIONS.values()))
        yield flight


@pytest.fixture(scope='module')
def flights(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[InFlight]]:
    with kept(lambda: started(module_domain, tmp_path_factory.mktemp('home'))) as flights:
        yield flights


@pytest.fixture
def flight(flights: Kept[InFlight], request: pytest.FixtureRequest) -> InFlight:
    """Return the node that all tests use as long as none fails."""
    return flights.lend(request.node)


@pytest.mark.parametrize('name, moment', CELLS)
@pytest.mark.parametrize('transition', ['deactivate', 'cleanup', 'lost'])
def test_an_operation_of_a_stream_is_met_by(flight: InFlight, transition: str, name: str, moment: str) -> None:
    flight.meets(OPERATIONS[name], transition, moment)


@pytest.mark.parametrize('name, moment', [cell for cell in CELLS if OPERATIONS[cell[0]].when_idle])
def test_an_operation_without_a_stream_is_met_by_cleanup(flight: InFlight, name: str, moment: str) -> None:
    flight.meets(OPERATIONS[name], 'cleanup', moment, idle=True)


@pytest.mark.parametrize('name', OPERATIONS)
def test_an_operation_is_asked_for_until_the_device_is_back(flight: InFlight, name: str) -> None:
    flight.meets_a_device_that_comes_back(OPERATIONS[name])


def test_afterwards_all_places_for_photos_are_free(flight: InFlight) -> None:
    flight.all_places_for_photos_are_free()
