# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture doctor``: do the images of a camera arrive here, how late, and what to change if not."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, FAILED, ask_camera
from imagecapture_ros.cli.checkup import Host, Publisher, StreamReport, findings
from imagecapture_ros.cli.other_users import advice, other_users
from imagecapture_ros.cli.output import complain, print_json, say
from imagecapture_ros.cli.parser import (
    Verbs,
    add_camera_options,
    add_json_option,
    add_verb,
    camera_names,
    completed_by,
    node_name,
    seconds_between,
)
from imagecapture_ros.cli.topics import Topics, topics_of
from imagecapture_ros.distribution import distribution, title
from imagecapture_ros.interfaces import diagnostic_names as names

if TYPE_CHECKING:
    from rclpy.node import Node

    from imagecapture_ros.client import CameraClient

FIRST_IMAGE_TIMEOUT = 5.0
LATE_IMAGE_TIMEOUT = 0.5
"""Seconds after the measurement in which images that are under way still count."""

REPORT_MARGIN = 2
"""Images exposed before a report of the node and published after it, which count on either side."""

HOST_ID = slice(0, 4)
"""Where an endpoint's gid, with Fast DDS, tells the vendor and the machine."""


class Absent(Exception):
    """What is to be examined is not there."""


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'doctor', help='measure how the images of a camera node arrive here, and say what to change',
        description='Subscribe to the images of a running camera node for some seconds and say what to change. The '
                    'exit code is 0 if all is well and 1 if something should be changed.',
        examples=('imagecapture doctor', 'imagecapture doctor /robot/left --compressed --best-effort --seconds 20'))
    completed_by(parser.add_argument('node', nargs='?', type=node_name, metavar='NODE', help='the same as --camera'),
                 camera_names)
    parser.add_argument('--seconds', type=seconds_between(1.0, 3600.0), default=5.0, metavar='S',
                        help='how long to measure (default: 5)')
    parser.add_argument('--compressed', action='store_true', help='examine the compressed stream')
    parser.add_argument('--best-effort', action='store_true',
                        help='subscribe with the QoS of sensor data; default: rclpy\'s, reliable with a depth of 10')
    add_camera_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and tell; return the exit code."""
    # Of a discovery server a usual client learns of nothing but what it subscribes to already.
    os.environ.setdefault('ROS_SUPER_CLIENT', 'TRUE')
    arguments.camera = arguments.node or arguments.camera
    return ask_camera(arguments, lambda client: _tell(client, arguments))


def _tell(client: CameraClient, arguments: argparse.Namespace) -> int:
    try:
        stream = _Examination(client, arguments).of(arguments.seconds)
    except Absent as error:
        if arguments.json:
            print_json({'findings': [str(error)]})
        else:
            complain(error)
        return FAILED
    host = Host.this()
    found = findings(stream, host)
    if arguments.json:
        print_json({'stream': {**asdict(stream), 'lost': stream.lost, 'transport': stream.transport},
                    'host': asdict(host), 'ros_distribution': distribution(), 'findings': found})
    else:
        say(*_report(stream, host), '')
        say(*(['To change:', *(f'* {one}' for one in found)] if found else ['All is well.']))
    return FAILED if found else DONE


class _Examination:
    """A subscriber of a camera that takes notes."""

    def __init__(self, client: CameraClient, arguments: argparse.Namespace) -> None:
        from diagnostic_msgs.msg import DiagnosticArray
        from rclpy.qos import QoSProfile, qos_profile_sensor_data
        from sensor_msgs.msg import CameraInfo, CompressedImage, Image

        self._client = client
        self._camera = '/' + arguments.camera.strip('/')
        self._compressed: bool = arguments.compressed
        self._counted = names.COMPRESSED if self._compressed else names.RAW
        self._arrivals: dict[int, int] = {}
        """When an image came, by its stamp; nanoseconds."""
        self._infos: set[int] = set()
        self._image_bytes = 0
        self._reports: list[tuple[int, Any]] = []
        node = client.node
        topics = _found_topics(client, self._camera, arguments.timeout)
        self._topic = f'{topics.image}/compressed' if self._compressed else topics.image
        self._publishers = _publishers(node, self._topic)
        # Where a default subscriber gets nothing, see at least what the others get.
        self._best_effort = arguments.best_effort or not any(one.default_subscriber for one in self._publishers)
        qos = qos_profile_sensor_data if self._best_effort else QoSProfile(depth=10)
        node.create_subscription(CompressedImage if self._compressed else Image, self._topic, self._image, qos)
        node.create_subscription(CameraInfo, topics.info, lambda info: self._infos.add(_stamp(info)), 100)
        node.create_subscription(DiagnosticArray, '/diagnostics', self._diagnostics, 10)

    def of(self, seconds: float) -> StreamReport:
        """Watch the stream for so long and return what was seen."""
        from diagnostic_msgs.msg import DiagnosticStatus

        self._spin_until(lambda: self._arrivals, FIRST_IMAGE_TIMEOUT)
        began = time.time_ns()
        before = len(self._reports)
        self._spin(seconds)
        ended = time.time_ns()
        self._spin(LATE_IMAGE_TIMEOUT)
        arrivals = {stamp: at for stamp, at in self._arrivals.items() if began <= stamp < ended}
        latencies = sorted((at - stamp) / 1e9 for stamp, at in arrivals.items())
        infos = {stamp for stamp in self._infos if began <= stamp < ended}
        last = self._reports[-1][1] if self._reports else None
        # Who came only now, as well.
        self._publishers = _publishers(self._client.node, self._topic) or self._publishers
        # Of two nodes with one name, the counts are not told apart.
        reports = self._reports[before:] if len(self._publishers) == 1 else []
        return StreamReport(
            camera=self._camera, topic=self._topic, compressed=self._compressed,
            subscribed='best effort' if self._best_effort else 'reliable', seconds=seconds, received=len(arrivals),
            published=len(infos | set(arrivals)) + self._unseen(reports), rate=len(arrivals) / seconds,
            image_bytes=self._image_bytes,
            latency_p50=latencies[len(latencies) // 2] if latencies else None,
            latency_p99=latencies[int(0.99 * len(latencies))] if latencies else None,
            same_host=_same_host(self._client.node, self._topic), publishers=self._publishers,
            diagnostics=_values(last) if last else {},
            trouble=last.message if last and last.level != DiagnosticStatus.OK else '',
            dropped={cause: _difference(reports, names.dropped(self._counted, cause)) for cause in names.CAUSES},
            not_published=_difference(reports, names.refused(self._counted)),
            unanswered=_difference(reports, names.unanswered(self._counted)),
            not_captured=_difference(reports, names.LOST),
            left_out=_difference(reports, names.LEFT_OUT),
        )

    def _unseen(self, reports: list[tuple[int, Any]]) -> int:
        """Return of how many images the node counted nothing came, not even the calibration."""
        if len(reports) < 2:
            return 0
        seen = sum(1 for stamp in self._infos | set(self._arrivals) if reports[0][0] <= stamp < reports[-1][0])
        return max(0, _difference(reports, names.published(self._counted)) - seen - REPORT_MARGIN)

    def _image(self, image: Any) -> None:
        self._arrivals[_stamp(image)] = time.time_ns()
        self._image_bytes = len(image.data)

    def _diagnostics(self, message: Any) -> None:
        name = f'{self._camera.lstrip("/")}: camera'
        self._reports += [(_stamp(message), status) for status in message.status if status.name == name]

    def _spin(self, seconds: float) -> None:
        self._spin_until(lambda: False, seconds)

    def _spin_until(self, condition: Callable[[], Any], timeout: float) -> None:
        _spin_until(self._client, condition, timeout)


def _found_topics(client: CameraClient, camera: str, timeout: float) -> Topics:
    """Return the topics of a camera once it has been found.

    :raises Absent: it is not there, or publishes no images.
    """
    def complete() -> bool:
        found = topics_of(client.node, camera)
        return bool(found.image and found.info)

    _spin_until(client, complete, timeout)
    found = topics_of(client.node, camera)
    if found.image and found.info:
        return found
    nodes = sorted(f'{space.rstrip("/")}/{one}' for one, space in client.node.get_node_names_and_namespaces()
                   if one != client.node.get_name())
    if camera in nodes:
        raise Absent(f'{camera} publishes no images with a camera_info; give the name of a camera node')
    others = advice(other_users())
    raise Absent(f'there is no node {camera} in ROS_DOMAIN_ID {os.environ.get("ROS_DOMAIN_ID", "0")}; there is '
                 f'{", ".join(nodes) or "none at all"}. Start the node, or see that both sides have the same '
                 f'ROS_DOMAIN_ID and ROS_AUTOMATIC_DISCOVERY_RANGE; across machines docs/hosts.md helps'
                 f'{f". {others}" if others else ""}')


def _publishers(node: Node, topic: str) -> list[Publisher]:
    from rclpy.qos import QoSCompatibility, QoSProfile, qos_check_compatible, qos_profile_sensor_data

    def reaches(qos: QoSProfile, subscriber: QoSProfile) -> bool:
        return qos_check_compatible(qos, subscriber)[0] != QoSCompatibility.ERROR

    return [
        Publisher(f'{info.node_namespace.rstrip("/")}/{info.node_name}', _words(info.qos_profile.reliability),
                  _words(info.qos_profile.durability), reaches(info.qos_profile, QoSProfile(depth=10)),
                  reaches(info.qos_profile, qos_profile_sensor_data))
        for info in node.get_publishers_info_by_topic(topic)
    ]


def _same_host(node: Node, topic: str) -> bool | None:
    from rclpy.utilities import get_rmw_implementation_identifier

    publishers = node.get_publishers_info_by_topic(topic)
    own = [info for info in node.get_subscriptions_info_by_topic(topic) if info.node_name == node.get_name()]
    if not publishers or not own or get_rmw_implementation_identifier() != 'rmw_fastrtps_cpp':
        return None
    return bool(publishers[0].endpoint_gid[HOST_ID] == own[0].endpoint_gid[HOST_ID])


def _report(stream: StreamReport, host: Host) -> list[str]:
    where = {True: 'on this machine', False: 'on another machine', None: 'where is unknown'}[stream.same_host]
    lines = [f'{stream.topic}, subscribed {stream.subscribed} for {stream.seconds:g} s; the node runs {where}']
    for publisher in stream.publishers:
        reached = [name for name, is_reached in (('default', publisher.default_subscriber),
                                                 ('sensor data', publisher.sensor_subscriber)) if is_reached]
        lines.append(f'publisher   {publisher.node}, {publisher.reliability}, {publisher.durability}; reaches '
                     f'subscribers with QoS: {", ".join(reached) or "none of the usual ones"}')
    configured = f', configured {stream.configured_rate:g} Hz' if stream.configured_rate else ''
    lines.append(f'rate        {stream.rate:.1f} Hz{configured}, {stream.image_bytes / 2**20:.3g} MiB an image')
    here = f'; the node dropped {stream.left_by_node} of its frames' if stream.left_by_node else ''
    lines.append(f'loss        {stream.lost} of {stream.published - stream.left_by_node} images published{here}')
    if stream.latency_p50 is not None and stream.latency_p99 is not None:
        lines.append(f'latency     {1000 * stream.latency_p50:.1f} ms (median), {1000 * stream.latency_p99:.1f} ms (99 '
                     f'%), from exposure to callback')
    lines.append(f'transport   {stream.transport}')
    lines.append(f'built for   {title()}')
    if host.shm_size is not None and host.shm_free is not None:
        lines.append(f'/dev/shm    {host.shm_size / 2**20:.0f} MiB, {host.shm_free / 2**20:.0f} MiB free')
    lines.append(f'kernel      net.core.rmem_max {_or_unknown(host.rmem_max)}, net.ipv4.ipfrag_high_thresh '
                 f'{_or_unknown(host.ipfrag_high_thresh)}, net.ipv4.ipfrag_time {_or_unknown(host.ipfrag_time)} s')
    return lines


def _or_unknown(value: int | None) -> str:
    return 'unknown' if value is None else str(value)


def _values(status: Any) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def _difference(reports: list[tuple[int, Any]], key: str) -> int:
    """Return by how much a count of the node grew from the first to the last report."""
    if not reports or key not in _values(reports[0][1]) or key not in _values(reports[-1][1]):
        return 0
    return max(0, int(_values(reports[-1][1])[key]) - int(_values(reports[0][1])[key]))


def _words(policy: Any) -> str:
    return str(policy.name).lower().replace('_', ' ')


def _stamp(message: Any) -> int:
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def _spin_until(client: CameraClient, condition: Callable[[], Any], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not condition() and (left := deadline - time.monotonic()) > 0:
        client.spin_once(min(left, 0.1))
