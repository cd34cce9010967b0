# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames on their way to subscribers: image_raw, its compressed sibling and camera_info."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

from rclpy.lifecycle import LifecycleNode
from rclpy.publisher import Publisher
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QosCallbackResult, QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.engine.output import FrameOutput
from imagecapture_ros.engine.sink_thread import CAPACITY, SinkThread
from imagecapture_ros.imaging.codecs import BrokenImageError
from imagecapture_ros.interfaces import diagnostic_names as names
from imagecapture_ros.interfaces.qos import IMAGE_DEPTH
from imagecapture_ros.node.images.delivery import CompressedContent, Content, RawContent, StampedDelivery
from imagecapture_ros.node.images.raw_publisher import raw_publisher
from imagecapture_ros.node.middleware.cdr import Payload
from imagecapture_ros.node.middleware.transport import MAX_IN_FLIGHT

SETTLE_TIMEOUT = 1.0
"""Seconds that a frame may still take to go out after the stream has ended."""


ACKNOWLEDGEMENT_TIMEOUT = (0.02, 0.1)
"""Seconds that a topic's thread waits at least and at most for images to arrive; as long as its queue lasts."""

TRUSTED_AFTER = 5.0
"""Seconds after the last wait in vain until there is another: a subscriber that hangs now and then, or is gone, must
not cost the others frames."""

HANGING_AFTER = 5.0
"""Seconds after which sending one message is no slowness any more."""


class Stage(Enum):
    """What a topic's thread is doing; the value is how diagnostics call that which keeps frames waiting."""

    PREPARING = names.PREPARING
    SENDING = names.WIRE


class Maker(Protocol):
    """Makes a topic's message of a frame."""

    def of(self, delivery: StampedDelivery) -> Content:
        """Return the message for a frame."""
        ...


class ImageTopic:
    """One image topic: its messages are made and sent on a thread of its own, which drops frames if it is slow."""

    def __init__(self, name: str, publisher: Publisher, maker: Maker, warn: Callable[[str], object]) -> None:
        self._name = name
        self._topic = publisher.topic_name
        self._raw = raw_publisher(publisher)
        self._maker = maker
        self._warn = warn
        self._stage = Stage.PREPARING
        self._under_way = 0
        self._trusted_from = 0.0
        self._damaged = False
        self._thread: SinkThread[StampedDelivery] = SinkThread(name, self._publish)
        self.published = 0
        self.failed = 0
        self.broken = 0
        self.unanswered = 0
        self._latencies: list[float] = []
        self.dropped = dict.fromkeys(Stage, 0)

    @property
    def wanted(self) -> bool:
        """Whether anybody subscribes."""
        return self._raw.wanted

    @property
    def full(self) -> bool:
        """Whether a further frame has to wait for room."""
        return self._thread.full

    @property
    def counters(self) -> dict[str, object]:
        """What became of the frames that somebody subscribed to, as diagnostics show it."""
        return {
            names.published(self._name): self.published,
            **{names.dropped(self._name, stage.value): self.dropped[stage] for stage in Stage},
            names.refused(self._name): self.failed,
            names.broken(self._name): self.broken,
            names.unanswered(self._name): self.unanswered,
        }

    def latency(self) -> str:
        """Return the time from exposure to the middleware since the last call, for people; empty without images."""
        latencies, self._latencies = sorted(self._latencies), []
        if not latencies:
            return ''
        return f'{1000 * latencies[len(latencies) // 2]:.1f}, at most {1000 * latencies[-1]:.1f}'

    def take(self, delivery: StampedDelivery, deadline: float) -> None:
        """Publish a frame soon; a topic that is behind is waited for until ``deadline`` of ``time.monotonic``."""
        self.dropped[self._stage] += self._thread.hand_over(delivery, deadline)

    def settle(self) -> None:
        """Publish nothing more of what was taken so far."""
        self._thread.settle(SETTLE_TIMEOUT)

    @property
    def hanging(self) -> str:
        """What is wrong and what to do when a message is not sent to its end, or nothing."""
        if self._stage is not Stage.SENDING or self._thread.busy_for < HANGING_AFTER:
            return ''
        return (f'a message on {self._topic} has not been sent for {HANGING_AFTER:g} s: the wire is far too slow, or a '
                f'subscriber was killed while it held shared memory; then start this node and its subscribers again')

    def close(self) -> bool:
        """Take nothing any more; return whether nothing is being sent."""
        return self._thread.close(SETTLE_TIMEOUT)

    def _publish(self, delivery: StampedDelivery) -> None:
        try:
            self._make_room(delivery.framing.mode.frame_rate)
            self._stage = Stage.PREPARING
            content = self._maker.of(delivery)

            def fill(data: Payload) -> None:
                content.fill(data)
                self._stage = Stage.SENDING

            self._raw.send(content.message, delivery.stamp, content.size, fill)
        except BrokenImageError as error:
            self.broken += 1
            if not self._damaged:
                self._warn(f'a frame is left out on {self._topic}: {error}; further ones are only counted')
            self._damaged = True
        except Exception as error:
            if self._stage is Stage.PREPARING:
                self.broken += 1
                raise
            # rclpy's RCLError has no public name; a full transport is no reason to stop.
            self.failed += 1
            if self.failed == 1:
                self._warn(failure(self._topic, error))
        else:
            self.published += 1
            self._under_way += 1
            self._latencies.append(1e-9 * (time.monotonic_ns() - delivery.frame.exposed_at))
            self._damaged = False

    def _make_room(self, frame_rate: float) -> None:
        """Wait until earlier images have arrived, where many have been sent.

        The middleware takes more than it has room for, loses parts of it without a word, and blocks while it repairs
        what it can; what waits for us instead is dropped whole and counted.
        """
        if self._under_way < MAX_IN_FLIGHT:
            return
        self._stage = Stage.SENDING
        shortest, longest = ACKNOWLEDGEMENT_TIMEOUT
        patience = min(max(shortest, 0.75 * CAPACITY / frame_rate), longest)
        if self._raw.acknowledged(patience if time.monotonic() >= self._trusted_from else 0.0):
            self._under_way = 0
        else:
            now = time.monotonic()
            self.unanswered += now >= self._trusted_from
            self._trusted_from = now + TRUSTED_AFTER


class ImagePublisher:
    """Publishes delivered frames; does no work for a topic that nobody subscribes to."""

    def __init__(self, node: LifecycleNode) -> None:
        self._warn: Callable[[str], object] = node.get_logger().warning
        image = _overridable_publisher(node, Image, '~/image_raw')
        # image_transport looks for the sibling beside the image's resolved name, wherever it was remapped to.
        compressed = _overridable_publisher(
            node, CompressedImage, f'{node.resolve_topic_name("~/image_raw")}/compressed')
        self._image = ImageTopic(names.RAW, image, RawContent(), self._warn)
        self._compressed = ImageTopic(names.COMPRESSED, compressed, CompressedContent(self._warn), self._warn)
        self._output: FrameOutput[StampedDelivery] = FrameOutput(self._image, self._compressed)
        info = _overridable_publisher(node, CameraInfo, '~/camera_info')
        self._info_topic = info.topic_name
        self._info = raw_publisher(info)
        self._infos_failed = 0

    @property
    def counters(self) -> dict[str, object]:
        """What became of the frames, as diagnostics show it."""
        return {**self._image.counters, **self._compressed.counters, 'camera_info not published': self._infos_failed}

    @property
    def dropped(self) -> int:
        """Frames that topics left out because something was too slow for them."""
        return sum(sum(topic.dropped.values()) for topic in (self._image, self._compressed))

    def latencies(self) -> dict[str, object]:
        """Return the time from exposure to the middleware since the last call, as diagnostics show it."""
        return {names.latency(names.RAW): self._image.latency(),
                names.latency(names.COMPRESSED): self._compressed.latency()}

    def publish(self, delivery: StampedDelivery, info: Callable[[], CameraInfo]) -> None:
        """Publish a frame and its calibration, all with the same header; called on the device's thread.

        ``info`` is asked only if somebody subscribes. It returns the same message, with its frame id, as long as
        nothing changes.
        """
        if self._info.wanted:
            self._publish_info(info(), delivery.stamp)
        self._output.deliver(delivery)

    def _publish_info(self, info: CameraInfo, stamp: int) -> None:
        try:
            self._info.send(info, stamp)
        except Exception as error:  # as in ImageTopic
            self._infos_failed += 1
            if self._infos_failed == 1:
                self._warn(failure(self._info_topic, error))

    def settle(self) -> None:
        """Publish nothing more of the frames so far: the stream has ended."""
        self._output.settle()

    @property
    def hanging(self) -> str:
        """What is wrong and what to do when messages are not sent to their end, or nothing."""
        return self._image.hanging or self._compressed.hanging

    def close(self) -> bool:
        """End the threads; return whether they have ended, so that the publishers can be destroyed."""
        return self._output.close()


def failure(topic: str, error: Exception) -> str:
    """Return the warning about the first message that could not be published."""
    return (f'a message could not be published on {topic} ({error}); further failures are counted in the diagnostics '
            f'only')


def _overridable_publisher(node: LifecycleNode, message_type: Any, topic: str) -> Publisher:
    # A profile for each publisher: rclpy writes the user's overrides into the object it is given.
    qos = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=IMAGE_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
    return node.create_publisher(
        message_type, topic, qos,
        qos_overriding_options=QoSOverridingOptions.with_default_policies(callback=_check_history))


def _check_history(qos: QoSProfile) -> QosCallbackResult:
    if qos.history == HistoryPolicy.KEEP_ALL:
        return QosCallbackResult(successful=False, reason=(
            'history keep_all would keep every image for a subscriber that hangs, until memory ends; set '
            'history:=keep_last and a depth'))
    return QosCallbackResult(successful=True)


def encoded_message(data: bytes, image_format: str, header: Header) -> CompressedImage:
    """Return a complete image file as a message."""
    message = CompressedImage(header=header, format=image_format)
    message.data.frombytes(data)  # assigning to the field would copy the data twice more
    return message
