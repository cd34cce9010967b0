# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Publishing from memory of ours and through rclpy: the same messages; refusals are errors and never the end."""

from __future__ import annotations

import array
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fixtures.node_process import Inbox, client_of, running_node, until
from fixtures.ros_context import ros_context
from fixtures.videos import moving_frames, write_images
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.client import CameraClient
from imagecapture_ros.interfaces.messages import time_message
from imagecapture_ros.node.images import raw_publisher as raw_publisher_module
from imagecapture_ros.node.images.raw_publisher import MessagePublisher, SerializedPublisher, raw_publisher
from imagecapture_ros.node.middleware import librcl as librcl_module
from imagecapture_ros.node.middleware.librcl import PublishError, librcl

TESTS = Path(__file__).resolve().parents[2]
TOPICS = {'image_raw': Image, 'image_raw/compressed': CompressedImage, 'camera_info': CameraInfo}


@pytest.fixture
def client(domain: int) -> Iterator[CameraClient]:
    with client_of(domain) as client:
        yield client


@pytest.fixture
def node(domain: int) -> Iterator[Node]:
    with ros_context(domain) as context:
        node = Node('publishes', context=context)
        yield node
        node.destroy_node()


def spun(client: CameraClient, condition: Callable[[], Any]) -> None:
    until(lambda: client.spin_once(0.05) or condition())


@pytest.mark.parametrize('frame_id', ['', 'camera', 'a_rather_long_name_of_an_optical_frame'])
@pytest.mark.parametrize('way', [SerializedPublisher, MessagePublisher])
def test_a_subscriber_gets_the_message_that_rclpy_would_send(
    way: type, frame_id: str, node: Node, client: CameraClient,
) -> None:
    publisher = node.create_publisher(Image, 'image', 10)
    raw = way(publisher, librcl()) if way is SerializedPublisher else way(publisher)
    serialized: list[bytes] = []
    inbox = Inbox(client, Image, '/image')
    subscription = client.node.create_subscription(Image, '/image', serialized.append, 10, raw=True)
    spun(client, lambda: publisher.get_subscription_count() == 2)
    expected = []
    for number, pixels in enumerate(moving_frames(3)):
        height, width = pixels.shape[:2]
        message = Image(header=Header(frame_id=frame_id), height=height, width=width, encoding='bgr8', step=3 * width)
        raw.send(message, 10**18 + number, pixels.nbytes, lambda data, pixels=pixels: np.copyto(data, pixels.ravel()))
        message.header.stamp = time_message(10**18 + number)
        message.data = array.array('B', pixels.tobytes())
        expected.append(message)
    spun(client, lambda: len(serialized) == len(inbox.messages) == len(expected))
    assert inbox.messages == expected
    for content, message in zip(serialized, expected, strict=True):
        assert len(content) == len(serialize_message(message))
        assert deserialize_message(content, Image) == message
    client.node.destroy_subscription(subscription)
    inbox.close()


def messages_of(domain: int, folder: Path, module: str) -> dict[str, list[Any]]:
    """Return the first messages of all topics that a node in a process of its own publishes of a folder of images."""
    parameters = {'device': str(folder), 'rotation': 90, 'frame_id': 'a/frame', 'autostart': False}
    path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get('PYTHONPATH'))))
    with (
        running_node(domain, module=module, environment={'PYTHONPATH': path}, **parameters),
        client_of(domain) as client,
    ):
        inboxes = {topic: Inbox(client, kind, f'/camera/{topic}') for topic, kind in TOPICS.items()}
        until(lambda: all(
            client.node.get_publishers_info_by_topic(f'/camera/{topic}') for topic in TOPICS))
        client.call(*_transition(Transition.TRANSITION_CONFIGURE))
        client.call(*_transition(Transition.TRANSITION_ACTIVATE))
        for inbox in inboxes.values():
            inbox.take(3)
        return {topic: inbox.messages for topic, inbox in inboxes.items()}


def _transition(number: int) -> tuple[Any, str, Any]:
    return ChangeState, 'change_state', ChangeState.Request(transition=Transition(id=number))


def test_a_node_without_librcl_publishes_the_same(domain: int, tmp_path: Path) -> None:
    write_images(tmp_path / 'images', moving_frames(1))
    ways = ('imagecapture_ros.node', 'fixtures.node_without_librcl')
    fast, slow = (messages_of(domain, tmp_path / 'images', module) for module in ways)
    for topic in TOPICS:
        one, other = fast[topic][0], slow[topic][0]
        assert one.header.frame_id == 'a/frame'
        one.header.stamp = other.header.stamp
        assert one == other


def test_librcl_is_used_where_it_is(node: Node) -> None:
    assert isinstance(raw_publisher(node.create_publisher(Image, 'image', 1)), SerializedPublisher)


@pytest.mark.parametrize('missing', ['library', 'pointer', 'layout'])
def test_what_is_missing_is_left_to_rclpy(node: Node, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher: Any = node.create_publisher(Image, 'image', 1)
    if missing == 'library':
        monkeypatch.setattr(raw_publisher_module, 'librcl', lambda: None)
    elif missing == 'layout':
        monkeypatch.setattr(raw_publisher_module, 'layout_is_known', lambda kind: False)
    else:
        class WithoutPointer:
            handle = object()
            msg_type = Image
            get_subscription_count = publisher.get_subscription_count

        publisher = WithoutPointer()
    assert isinstance(raw_publisher(publisher), MessagePublisher)


def test_another_layout_of_byte_arrays_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Turned(ctypes.Structure):
        _fields_ = (('length', ctypes.c_size_t), ('buffer', ctypes.c_void_p), ('capacity', ctypes.c_size_t),
                    ('allocator', librcl_module._Allocator))

    monkeypatch.setattr(librcl_module, '_ByteArray', Turned)
    assert librcl.__wrapped__() is None


def test_a_publisher_that_was_destroyed_is_an_error(node: Node) -> None:
    publisher = node.create_publisher(Image, 'image', 1)
    raw = raw_publisher(publisher)
    raw.send(Image(), 0)
    node.destroy_publisher(publisher)
    with pytest.raises(rclpy_implementation.InvalidHandle):
        raw.send(Image(), 0)


SUBSCRIBER = """
import rclpy, sensor_msgs.msg, threading
rclpy.init()
node = rclpy.create_node('subscriber')
node.create_subscription(sensor_msgs.msg.Image, '/image', lambda message: None, 10)
rclpy.spin(node)
"""


def test_whether_images_have_arrived_is_known_and_nobody_is_held_up_meanwhile(domain: int, node: Node) -> None:
    publisher = node.create_publisher(Image, 'image', 4)
    raw = raw_publisher(publisher)
    assert raw.acknowledged(0.0)
    process = subprocess.Popen([sys.executable, '-c', SUBSCRIBER], env={**os.environ, 'ROS_DOMAIN_ID': str(domain)})
    try:
        until(publisher.get_subscription_count)
        raw.send(Image(), 0)
        until(lambda: raw.acknowledged(1.0))
        process.send_signal(signal.SIGSTOP)
        raw.send(Image(), 0)
        turns = 0
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(raw.acknowledged, 1.0)
            while not waiting.done():
                time.sleep(0.001)
                turns += 1
            assert waiting.result() is False
        assert turns > 20  # with the GIL held, one or two
        assert raw.acknowledged(0.0) is False
        process.send_signal(signal.SIGCONT)
        until(lambda: raw.acknowledged(1.0))
    finally:
        process.kill()
        process.wait()


def test_what_librcl_refuses_is_an_error_that_leaves_nothing_behind(capfd: Any) -> None:
    class Nowhere(contextlib.nullcontext[None]):
        pointer = 0

    library, publisher = librcl(), SimpleNamespace(handle=Nowhere())
    assert library is not None
    for _ in range(3):
        with pytest.raises(PublishError, match='publisher pointer is invalid'):
            library.publish_serialized(publisher, 0, 0)  # type: ignore[arg-type]
        # Not every middleware can tell; that must not cost an image.
        assert library.acknowledged(publisher, 0.0)  # type: ignore[arg-type]
    # An error that was not cleared is printed when the next comes.
    assert 'overwritten' not in capfd.readouterr().err


def test_a_lifecycle_publisher_that_is_not_active_wants_nothing(domain: int, client: CameraClient) -> None:
    with ros_context(domain) as context:
        node = LifecycleNode('managed', context=context)
        publisher = node.create_lifecycle_publisher(Image, 'image', 1)
        raw = raw_publisher(publisher)
        inbox = Inbox(client, Image, '/image')
        spun(client, lambda: publisher.get_subscription_count() == 1)
        assert not raw.wanted
        publisher.on_activate(None)
        assert raw.wanted
        inbox.close()
        node.destroy_node()
