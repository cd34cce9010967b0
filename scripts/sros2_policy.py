# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write the SROS 2 policy of the node into config/sros2, from the interface that it has; ``make policy`` runs it.

A node is started on the simulated camera, and the graph is asked what it publishes, subscribes to, offers and asks. A
client may use the other end of all that, a viewer only receive it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from imagecapture_ros.cli.private_domain import private_domain, private_environment, private_node

POLICY = Path(__file__).resolve().parents[1] / 'config' / 'sros2' / 'camera.policy.xml'
NODE, CLIENT, VIEWER = 'camera', 'imagecapture_client', 'viewer'
START_TIMEOUT = 60.0

SETTLED = 2.0
"""Seconds for which nothing new must appear: the graph comes to know endpoints one after the other."""

OF_EVERY_NODE = ('/parameter_events', '/rosout')
"""Topics that a client's node publishes, too, if it is made as rclpy makes nodes."""

FOR_TIME = '/clock'
"""Subscribed to with ``use_sim_time`` only."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- What a camera node and its clients may do on the wire. Written by "make policy" from the interface of the node; for
     a node of another name or namespace see docs/security.md. -->
<policy version="0.2.0">
  <enclaves>
"""
_TAIL = """  </enclaves>
</policy>
"""


@dataclass(frozen=True)
class Interface:
    """What a node has on the wire, by full names."""

    publishes: frozenset[str]
    subscribes: frozenset[str]
    offers: frozenset[str]
    asks: frozenset[str]


def interface_of(node: Any, name: str) -> Interface | None:
    """Return what ``node`` sees in the graph of the node ``/name``; ``None`` as long as it does not see that node."""
    from rclpy.node import NodeNameNonExistentError

    try:
        return Interface(*(
            frozenset(found for found, _ in ask(name, '/')) for ask in (
                node.get_publisher_names_and_types_by_node, node.get_subscriber_names_and_types_by_node,
                node.get_service_names_and_types_by_node, node.get_client_names_and_types_by_node)))
    except NodeNameNonExistentError:  # services may be found before the node that offers them
        return None


def real_interface() -> Interface:
    """Start a node in a ROS domain of its own, and return what it has once it streams."""
    with private_domain() as domain:
        os.environ.update(private_environment(domain))
        from imagecapture_ros import srv
        from imagecapture_ros.client import CameraClient

        with private_node(os.environ), CameraClient() as client:
            while not client.call(srv.GrabFrame, 'grab_frame', timeout=START_TIMEOUT).success:
                time.sleep(0.1)
            found, since = None, time.monotonic()
            while found is None or time.monotonic() - since < SETTLED:
                now = interface_of(client.node, NODE)
                if now != found:
                    found, since = now, time.monotonic()
                time.sleep(0.1)
            return found


def policy(interface: Interface) -> str:
    """Return the policy of a node with this interface, of its clients and of its viewers, as XML."""
    own_topics = frozenset(OF_EVERY_NODE)
    received = {'topics publish': own_topics, 'topics subscribe': interface.publishes | {FOR_TIME}}
    enclaves = (
        _enclave(NODE, NODE, {
            'topics publish': interface.publishes, 'topics subscribe': interface.subscribes | {FOR_TIME},
            'services reply': interface.offers, 'services request': interface.asks}),
        _enclave(f'{NODE}_client', CLIENT, {
            **received, 'topics publish': interface.subscribes | own_topics,
            'services request': interface.offers, 'services reply': interface.asks}),
        _enclave(f'{NODE}_viewer', VIEWER, received),
    )
    return f'{_HEAD}{"".join(enclaves)}{_TAIL}'


def _enclave(path: str, node: str, allowed: Mapping[str, frozenset[str]]) -> str:
    lines = [f'<enclave path={quoteattr(f"/{path}")}>', '  <profiles>', f'    <profile ns="/" node={quoteattr(node)}>']
    for rule, names in allowed.items():
        if names:
            kind, _, direction = rule.partition(' ')
            lines.append(f'      <{kind} {direction}="ALLOW">')
            lines += [f'        <{kind[:-1]}>{name}</{kind[:-1]}>' for name in sorted(names)]
            lines.append(f'      </{kind}>')
    lines += ['    </profile>', '  </profiles>', '</enclave>']
    return ''.join(f'    {line}\n' for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the policy, or print it."""
    parser = argparse.ArgumentParser(description='The SROS 2 policy of the camera node.')
    parser.add_argument('--print', action='store_true', help='print it instead of writing config/sros2')
    options = parser.parse_args(arguments)
    text = policy(real_interface())
    if options.print:
        print(text, end='')
    else:
        POLICY.parent.mkdir(exist_ok=True)
        POLICY.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
