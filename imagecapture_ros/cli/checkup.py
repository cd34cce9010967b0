# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a subscriber sees of a camera's stream, and what to change: facts and findings, without ROS."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from imagecapture_ros.cli import other_users
from imagecapture_ros.interfaces import diagnostic_names as names

IMAGES_WANTED = 2
"""Images that the node's shared memory has to hold."""

RECEIVE_BUFFER_WANTED = 4 * 2**20
"""Bytes of net.core.rmem_max with which a burst of fragments of a large image is not lost in the kernel."""

LOSS_TOLERATED = 0.01
SLOWER_TOLERATED = 0.1
"""Part of the configured rate that may be missing: dim light and long exposures make cameras slower."""

FASTER_TOLERATED = 0.1
"""Part of the configured rate by which images may come more often: the clocks of cameras are not that wrong."""

LATENCY_TOLERATED = 0.25
"""Seconds of the slowest hundredth."""


@dataclass(frozen=True)
class Host:
    """What of this machine decides whether large messages arrive; ``None`` where the kernel does not tell."""

    shm_size: int | None = None
    shm_free: int | None = None
    """Bytes of /dev/shm."""
    rmem_max: int | None = None
    """net.core.rmem_max: bytes, the largest receive buffer a socket may ask for."""
    ipfrag_high_thresh: int | None = None
    """net.ipv4.ipfrag_high_thresh: bytes kept for datagrams of which fragments are missing."""
    ipfrag_time: int | None = None
    """net.ipv4.ipfrag_time: seconds for which they are kept."""

    other_users: tuple[str, ...] = ()
    """Whose programs are in our domain, too, and share no memory with ours."""

    @classmethod
    def this(cls, shared_memory: Path = Path('/dev/shm'), kernel: Path = Path('/proc/sys/net')) -> Host:
        """Return the facts of the machine we run on."""
        size: int | None = None
        free: int | None = None
        with contextlib.suppress(OSError):
            size, _, free = shutil.disk_usage(shared_memory)
        return cls(size, free, _number(kernel / 'core' / 'rmem_max'), _number(kernel / 'ipv4' / 'ipfrag_high_thresh'),
                   _number(kernel / 'ipv4' / 'ipfrag_time'), other_users.other_users(shared_memory))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class Publisher:
    """Who publishes the images, and to whom they can go."""

    node: str
    reliability: str
    durability: str
    default_subscriber: bool
    """Whether one with rclpy's default QoS gets anything (reliable, volatile)."""
    sensor_subscriber: bool
    """Whether one with the QoS of sensor data gets anything (best effort, volatile)."""


@dataclass(frozen=True)
class StreamReport:
    """What was seen of a stream in ``seconds``."""

    camera: str
    topic: str
    compressed: bool
    subscribed: str
    """reliable or best effort."""
    seconds: float
    received: int
    published: int
    """Frames that the node had for its subscribers meanwhile: those whose camera_info came, or more if the node's count
    says so."""
    rate: float
    """Images received a second."""
    image_bytes: int
    latency_p50: float | None
    latency_p99: float | None
    """Seconds from exposure to the callback."""
    same_host: bool | None
    """Whether the node runs on this machine; ``None`` if the middleware does not tell."""
    publishers: list[Publisher] = field(default_factory=list)
    diagnostics: dict[str, str] = field(default_factory=dict)
    """The last values that the node told of itself; empty if none came."""
    trouble: str = ''
    """What the node complains about."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Frames that the node dropped meanwhile, by what was too slow for them."""
    not_published: int = 0
    """Images that the node could not hand to the middleware meanwhile."""
    unanswered: int = 0
    """How often a reliable subscriber did not take images in time."""
    not_captured: int = 0
    """Frames that the camera made meanwhile and the node did not get."""
    left_out: int = 0
    """Frames that the node left out for a rate that is lower than that of the camera."""

    @property
    def lost(self) -> int:
        """Images that were published and did not come."""
        return max(0, self.published - self.left_by_node - self.received)

    @property
    def left_by_node(self) -> int:
        """Frames that the node did not publish."""
        return min(self.published, sum(self.dropped.values()) + self.not_published)

    @property
    def segment(self) -> int | None:
        """Bytes of the node's shared memory, as the node tells it; ``None`` where it has none, or does not know."""
        return int(self.diagnostics.get(names.SEGMENT, '0')) or None

    @property
    def short_of_memory(self) -> bool:
        """Whether the node's shared memory is too small for its images."""
        return self.segment is not None and self.segment < IMAGES_WANTED * self.image_bytes

    @property
    def transport(self) -> str:
        """The transport in force, as the node tells it."""
        return self.diagnostics.get(names.TRANSPORT, 'unknown')

    @property
    def configured_rate(self) -> float | None:
        """Hz, as the node tells it."""
        text = self.diagnostics.get(names.RATE_CONFIGURED)
        return float(text) if text else None


def findings(stream: StreamReport, host: Host) -> list[str]:
    """Return what should be changed, in plain sentences; nothing when all is well."""
    return [*_of_publishers(stream), *_of_the_node(stream), *_of_arrival(stream, host), *_of_the_host(stream, host)]


def _of_publishers(stream: StreamReport) -> Iterator[str]:
    if len(stream.publishers) > 1:
        names = ', '.join(publisher.node for publisher in stream.publishers)
        yield (f'{len(stream.publishers)} publishers share {stream.topic} ({names}), so their images are mixed: give '
               f'each node a name of its own with -r __node:=NAME.')
    for publisher in stream.publishers:
        if not publisher.default_subscriber:
            yield (f'{publisher.node} publishes {stream.topic} {publisher.reliability}, so a subscriber with the '
                   f'default QoS (reliable) gets nothing: subscribe with the QoS of sensor data (best effort), or set '
                   f'qos_overrides.{stream.topic}.publisher.reliability to reliable at the node.')
        if not publisher.sensor_subscriber:
            yield (f'{publisher.node} publishes {stream.topic} with a QoS that a subscriber with that of sensor data '
                   f'cannot get: take its qos_overrides away.')


def _of_the_node(stream: StreamReport) -> Iterator[str]:
    if not stream.diagnostics:
        yield (f'{stream.camera} sent no diagnostics, so its transport and its own counts are unknown: if it is no '
               f'imagecapture_node this is as it should be; otherwise the connection loses even small messages.')
    if stream.trouble:
        yield f'{stream.camera} reports: {stream.trouble}.'
    for cause, count in stream.dropped.items():
        if count > max(1.0, LOSS_TOLERATED * stream.published):
            what = 'its machine' if cause == names.PREPARING else 'the wire, or a subscriber on the way,'
            yield (f'The node dropped {count} of {stream.published} frames because {what} is too slow for them: lower '
                   f'the rate or the size, or {_lighter(stream)}.')
    if stream.unanswered:
        yield ('A reliable subscriber does not take its images in time: it was killed or stopped, or is far away. Fast '
               'DDS forgets it after 20 s; until then sending costs more.')
    if stream.not_published:
        yield (f'The node could not hand over {stream.not_published} images to the middleware: its transport is full, '
               f'a reliable subscriber is too slow. Subscribe best effort, or {_lighter(stream)}.')
    if stream.not_captured > max(1.0, LOSS_TOLERATED * stream.published):
        yield (f'The node did not get {stream.not_captured} frames of its camera: the machine, or the connection of '
               f'the camera, is too busy. Lower the rate or the size, or have fewer subscribers of raw images.')
        return
    configured, made = stream.configured_rate, (stream.published + stream.left_out) / stream.seconds
    if configured and stream.published and made < (1 - SLOWER_TOLERATED) * configured - 1 / stream.seconds:
        yield (f'The camera makes {made:.1f} images a second instead of {configured:g}: its exposure may be too long '
               f'for the rate (shorten exposure_time), the machine too busy, or the mode too large for its connection '
               f'(try pixel_format:=MJPG or a smaller size).')
    elif configured and stream.rate > (1 + FASTER_TOLERATED) * configured + 1 / stream.seconds:
        why = ('those of all its publishers' if len(stream.publishers) > 1 else
               'perhaps another publisher shares the topic, or the camera does not do what it says')
        yield f'{stream.rate:.1f} images a second come instead of the configured {configured:g}: {why}.'


def _of_arrival(stream: StreamReport, host: Host) -> Iterator[str]:
    if not stream.published and not stream.received:
        yield (f'Nothing came on {stream.topic} within {stream.seconds:g} s: see whether the node is active and its '
               f'track live (topic {stream.camera}/track_status).')
        if host.other_users and stream.same_host is not False:
            yield other_users.advice(host.other_users)
        return
    if stream.lost > max(1.0, LOSS_TOLERATED * stream.published):
        yield (f'{stream.lost} of {stream.published} images did not arrive ({100 * stream.lost / stream.published:.0f} '
               f'%). {_against_loss(stream)}')
    if stream.latency_p50 is not None and stream.latency_p50 < 0:
        yield ('Images arrive before they were exposed: the clocks of the two machines differ. Let chrony or ntpd set '
               'both.')
    elif stream.latency_p99 is not None and stream.latency_p99 > LATENCY_TOLERATED:
        other = '' if stream.same_host else ', or the clocks of the two machines differ (chrony, ntpd)'
        yield (f'The slowest images come {stream.latency_p99:.2f} s after their exposure: the machine or the '
               f'connection is too busy{other}. Lower the rate or the size, or {_lighter(stream)}.')


def _against_loss(stream: StreamReport) -> str:
    if stream.same_host is False:
        return (f'The node is on another machine: {_lighter(stream)}, reliable where packets get lost, and give the '
                f'node the profile config/dds/network_sender.xml and this side network_receiver.xml (docs/hosts.md).')
    if stream.short_of_memory:
        return 'The node has too little shared memory for them, see below.'
    return (f'The subscriber or the machine is too slow for them: lower the rate or the size, {_lighter(stream)}, or '
            f'take a queue deeper than 10.')


def _lighter(stream: StreamReport) -> str:
    return 'lower photo_quality' if stream.compressed else f'subscribe to {stream.topic}/compressed'


def _of_the_host(stream: StreamReport, host: Host) -> Iterator[str]:
    if stream.same_host is False:
        if host.rmem_max is not None and host.rmem_max < RECEIVE_BUFFER_WANTED:
            yield (f'The kernel allows receive buffers of {_mebibytes(host.rmem_max)} only, too little for images from '
                   f'another machine: sysctl -w net.core.rmem_max={RECEIVE_BUFFER_WANTED}, on both machines.')
        return
    if host.shm_size is None or host.shm_free is None:
        yield 'This machine has no /dev/shm, so images go through the network stack: mount a tmpfs there.'
    elif stream.short_of_memory:
        yield (f'The node has {stream.transport}. That is too little for images of {_mebibytes(stream.image_bytes)}: '
               f'{_more_memory(stream, host)}.')


def _more_memory(stream: StreamReport, host: Host) -> str:
    if 'user\'s settings' in stream.transport:
        return (f'give its profile a segment_size of {6 * stream.image_bytes} or more, under the variable that its '
                f'version of Fast DDS reads, or take the settings away (docs/transport.md)')
    if '=off)' in stream.transport:
        return 'start it with dds_profile:=auto, and without IMAGECAPTURE_DDS_PROFILE=off in its environment'
    if 'not taken' in stream.transport:
        return 'its log says why its own settings are not in force, and what to do'
    return (f'start it with their width and height. /dev/shm has {_mebibytes(host.shm_free or 0)} free of '
            f'{_mebibytes(host.shm_size or 0)}, of which it takes half at most: if that is the limit, enlarge it '
            f'(mount -o remount,size=1G /dev/shm; in Docker --shm-size=1g or --ipc=host), or remove what killed '
            f'programs have left there (docs/transport.md)')


def _mebibytes(size: int) -> str:
    return f'{size / 2**20:.3g} MiB'
