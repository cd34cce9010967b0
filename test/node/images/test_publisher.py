# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The image topics of a node: no work for nobody, one header for all, and drops counted by their cause."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, client_of, stamp_of, until
from fixtures.ros_context import ros_context
from fixtures.scripted_camera import state_with
from rclpy.lifecycle import LifecycleNode
from rclpy.qos_overriding_options import InvalidQosOverridesError
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.client import CameraClient
from imagecapture_ros.engine.sink_thread import CAPACITY
from imagecapture_ros.imaging import codecs
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.node.images.delivery import StampedDelivery
from imagecapture_ros.node.images.publisher import ACKNOWLEDGEMENT_TIMEOUT, ImagePublisher, Stage
from imagecapture_ros.node.middleware.transport import MAX_IN_FLIGHT

MODE = NativeMode(32, 24, 1000.0)
FRAME_ID = 'camera_optical_frame'
RAW, COMPRESSED = '/camera/image_raw', '/camera/image_raw/compressed'


@pytest.fixture
def client(domain: int) -> Iterator[CameraClient]:
    with client_of(domain) as client:
        yield client


@pytest.fixture
def images(domain: int) -> Iterator[ImagePublisher]:
    with ros_context(domain) as context:
        node = LifecycleNode('camera', context=context)
        images = ImagePublisher(node)
        yield images
        images.close()
        node.destroy_node()


def delivery(number: int = 0, *, data: Any = None, framing: Framing | None = None) -> StampedDelivery:
    pixels = np.full((24, 32, 3), number % 256, np.uint8)
    frame = Frame(pixels if data is None else data, 'bgr8' if data is None else 'jpeg', 32, 24, 0, number)
    return StampedDelivery(
        frame, state_with(framing or Framing.native(MODE)), 10**18 + number, FRAME_ID, encoding='', quality=90)


def info() -> CameraInfo:
    return CameraInfo(header=Header(frame_id=FRAME_ID), width=32, height=24)


def wanted(images: ImagePublisher, client: CameraClient, *topics: str) -> None:
    """Wait until the publisher knows of subscribers of exactly these topics."""
    known = {RAW: images._image, COMPRESSED: images._compressed, '/camera/camera_info': images._info}
    until(lambda: client.spin_once(0.02) or all(one.wanted == (name in topics) for name, one in known.items()))


def test_nothing_is_done_for_nobody(images: ImagePublisher, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> Any:
        raise AssertionError('nobody asked for this')

    monkeypatch.setattr(Framing, 'picture', never)
    monkeypatch.setattr(codecs, 'encode_jpeg', never)
    before = threading.active_count()
    images.publish(delivery(framing=Framing.native(MODE, rotation=90)), never)
    assert threading.active_count() == before
    assert set(images.counters.values()) == {0}


@pytest.mark.parametrize('data', [None, codecs.encode_jpeg(np.zeros((24, 32, 3), np.uint8), 'bgr8')])
def test_all_topics_of_a_frame_share_its_header(images: ImagePublisher, client: CameraClient, data: Any) -> None:
    kinds = {RAW: Image, COMPRESSED: CompressedImage, '/camera/camera_info': CameraInfo}
    inboxes = [Inbox(client, kind, topic) for topic, kind in kinds.items()]
    wanted(images, client, *kinds)
    shown = info()
    for number in range(20):
        images.publish(delivery(number, data=data), lambda: shown)
        for inbox in inboxes:
            inbox.take(number + 1)
    for inbox in inboxes:
        assert [stamp_of(message) for message in inbox.messages] == [10**18 + number for number in range(20)]
        assert {message.header.frame_id for message in inbox.messages} == {FRAME_ID}
        inbox.close()
    counters = images.counters
    assert (counters['image_raw published'], counters['image_raw/compressed published']) == (20, 20)
    assert not any(count for name, count in counters.items() if 'dropped' in name or 'not published' in name)


class Brake:
    """Holds up what calls it until the test lets it go on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._go_on = threading.Event()
        self.reached = threading.Event()

    def __call__(self, *arguments: Any) -> Any:
        self.reached.set()
        assert self._go_on.wait(PATIENCE)
        return self._function(*arguments)

    def release(self) -> None:
        self._go_on.set()


def test_a_slow_wire_drops_frames_and_holds_up_neither_the_camera_nor_the_other_topic(
    images: ImagePublisher, client: CameraClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw, compressed = Inbox(client, Image, RAW), Inbox(client, CompressedImage, COMPRESSED)
    wanted(images, client, RAW, COMPRESSED)
    library = images._image._raw._library  # type: ignore[attr-defined]
    brake = Brake(library.publish_serialized)
    monkeypatch.setattr(images._image._raw, '_library', type('Slow', (), {'publish_serialized': brake}))
    images.publish(delivery(0), info)
    assert brake.reached.wait(PATIENCE)
    for number in range(1, CAPACITY + 4):
        images.publish(delivery(number), info)
        compressed.take(number + 1)
    brake.release()
    raw.take(2)
    assert [stamp_of(image) - 10**18 for image in raw.messages] == [0, CAPACITY + 3]
    assert images._image.dropped == {Stage.PREPARING: 0, Stage.SENDING: CAPACITY + 2}
    assert images.counters['image_raw dropped, the wire is slower than the camera'] == CAPACITY + 2
    assert sum(images._compressed.dropped.values()) == 0


def test_no_more_images_are_under_way_than_the_middleware_has_room_for(
    images: ImagePublisher, client: CameraClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(client, Image, RAW)
    wanted(images, client, RAW)
    asked: list[float] = []
    arrived = threading.Event()

    def acknowledged(timeout: float) -> bool:
        asked.append(timeout)
        return arrived.is_set()

    monkeypatch.setattr(images._image._raw, 'acknowledged', acknowledged)
    def publish(first: int, last: int) -> None:
        for number in range(first, last):
            images.publish(delivery(number), info)
            inbox.take(number + 1)

    publish(0, MAX_IN_FLIGHT)
    assert asked == []
    publish(MAX_IN_FLIGHT, MAX_IN_FLIGHT + 3)  # a subscriber that does not take them is waited for once
    assert asked == [ACKNOWLEDGEMENT_TIMEOUT[0], 0.0, 0.0]
    assert images.counters['image_raw waits for subscribers in vain'] == 1
    arrived.set()
    publish(MAX_IN_FLIGHT + 3, 2 * MAX_IN_FLIGHT + 4)  # nor soon again
    assert asked == [ACKNOWLEDGEMENT_TIMEOUT[0], 0.0, 0.0, 0.0, 0.0]
    images._image._trusted_from = 0.0
    publish(2 * MAX_IN_FLIGHT + 4, 3 * MAX_IN_FLIGHT + 4)
    assert asked == [ACKNOWLEDGEMENT_TIMEOUT[0], 0.0, 0.0, 0.0, 0.0, ACKNOWLEDGEMENT_TIMEOUT[0]]
    assert images._image.dropped == dict.fromkeys(Stage, 0)


def test_the_wait_is_shorter_than_the_queue_lasts(images: ImagePublisher, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    topic = images._image
    monkeypatch.setattr(topic._raw, 'acknowledged', lambda timeout: asked.append(timeout) or True)
    for rate in (1.0, 30.0, 60.0, 120.0, 10_000.0):
        topic._under_way = MAX_IN_FLIGHT
        topic._make_room(rate)
    assert asked == pytest.approx([0.1, 0.1, 0.05, 0.025, 0.02])


SUBSCRIBER = """
import rclpy, sensor_msgs.msg
rclpy.init()
node = rclpy.create_node('subscriber')
node.create_subscription(sensor_msgs.msg.Image, '/camera/image_raw', lambda message: None, 10)
rclpy.spin(node)
"""


def test_a_subscriber_that_hangs_costs_the_others_no_frame(
    images: ImagePublisher, client: CameraClient, domain: int,
) -> None:
    inbox = Inbox(client, Image, RAW)
    process = subprocess.Popen([sys.executable, '-c', SUBSCRIBER], env={**os.environ, 'ROS_DOMAIN_ID': str(domain)})
    try:
        until(lambda: images._image._raw._publisher.get_subscription_count() == 2)  # type: ignore[attr-defined]
        for number in range(60):
            if number in (15, 30, 45):
                process.send_signal(signal.SIGSTOP)
            if number in (25, 40, 55):
                process.send_signal(signal.SIGCONT)
            images.publish(delivery(number), info)
            inbox.take(number + 1)
        assert [stamp_of(image) - 10**18 for image in inbox.messages] == list(range(60))
        assert images.counters['image_raw waits for subscribers in vain'] >= 1
        assert images._image.dropped == dict.fromkeys(Stage, 0)
    finally:
        process.kill()
        process.wait()


def test_images_are_not_kept_without_bound(domain: int) -> None:
    option = 'qos_overrides./camera/image_raw.publisher.history:=keep_all'
    with ros_context(domain, ['--ros-args', '-p', option]) as context:
        node = LifecycleNode('camera', context=context)
        with pytest.raises(InvalidQosOverridesError, match='set history:=keep_last'):
            ImagePublisher(node)
        node.destroy_node()


def test_slow_encoding_is_told_from_a_slow_wire(
    images: ImagePublisher, client: CameraClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(client, CompressedImage, COMPRESSED)
    wanted(images, client, COMPRESSED)
    brake = Brake(codecs.encode_jpeg)
    monkeypatch.setattr(codecs, 'encode_jpeg', brake)
    images.publish(delivery(0), info)
    assert brake.reached.wait(PATIENCE)
    for number in range(1, CAPACITY + 2):
        images.publish(delivery(number), info)
    brake.release()
    inbox.take(2)
    assert images._compressed.dropped == {Stage.PREPARING: CAPACITY, Stage.SENDING: 0}


def test_a_broken_frame_is_counted_and_the_next_is_shown(images: ImagePublisher, client: CameraClient) -> None:
    inbox = Inbox(client, Image, RAW)
    wanted(images, client, RAW)
    images.publish(delivery(0, data=b'\xff\xd8 no more'), info)
    images.publish(delivery(1), info)
    inbox.take(1)
    assert stamp_of(inbox.messages[0]) == 10**18 + 1
    assert images.counters['image_raw not published, broken frames'] == 1


def test_what_librcl_refuses_is_counted_and_the_next_is_sent(
    images: ImagePublisher, client: CameraClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(client, Image, RAW)
    wanted(images, client, RAW)

    def refuse(*arguments: object) -> None:
        raise RuntimeError('cannot publish data')

    with monkeypatch.context() as refusing:
        refusing.setattr(images._image._raw, '_library', type('Refusing', (), {'publish_serialized': refuse}))
        images.publish(delivery(0), info)
        until(lambda: images.counters['image_raw not published, errors'] == 1)
        images._image.settle()
    images.publish(delivery(1), info)
    inbox.take(1)
    assert stamp_of(inbox.messages[0]) == 10**18 + 1


def test_after_the_end_of_the_stream_nothing_of_it_is_published(
    images: ImagePublisher, client: CameraClient, monkeypatch: pytest.MonkeyPatch,
) -> None:
    inbox = Inbox(client, Image, RAW)
    wanted(images, client, RAW)
    library = images._image._raw._library  # type: ignore[attr-defined]
    brake = Brake(library.publish_serialized)
    monkeypatch.setattr(images._image._raw, '_library', type('Slow', (), {'publish_serialized': brake}))
    for number in range(3):
        images.publish(delivery(number), info)
    assert brake.reached.wait(PATIENCE)
    threading.Timer(0.1, brake.release).start()
    images.settle()
    assert images.counters['image_raw published'] == 1
    inbox.take(1)
