# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages kept serialized: the same bytes as rclpy's, whatever the lengths of their texts and of their data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header, String

from imagecapture_ros.interfaces.messages import time_message
from imagecapture_ros.node.middleware.cdr import SerializedMessage, layout_is_known

STAMP = 1_790_000_000_123_456_789
TEXTS = ['', 'a', 'ab', 'abc', 'abcd', 'front_camera_optical_frame', 'ö/ü', 'x' * 99]


def image(frame_id: str, encoding: str) -> Image:
    return Image(header=Header(frame_id=frame_id), height=7, width=5, encoding=encoding, is_bigendian=0, step=15)


def compressed(frame_id: str, image_format: str) -> CompressedImage:
    return CompressedImage(header=Header(frame_id=frame_id), format=image_format)


def info(frame_id: str, model: str) -> CameraInfo:
    return CameraInfo(header=Header(frame_id=frame_id), width=5, height=7, distortion_model=model,
                      d=[0.1 * number for number in range(len(model) % 7)], k=[float(n) for n in range(9)])


def same(kept: SerializedMessage, message: Any) -> bool:
    """Compare with what rclpy makes of a message; the gaps between its fields hold anything, so not byte by byte."""
    content = bytes(kept)
    same_length = len(content) == kept.length == len(serialize_message(message))
    return same_length and bool(deserialize_message(content, type(message)) == message)


@pytest.mark.parametrize('make', [image, compressed])
@pytest.mark.parametrize('frame_id', TEXTS, ids=len)
@pytest.mark.parametrize('text', TEXTS, ids=len)
def test_stamp_and_data_change_as_if_it_were_serialized_anew(make: Any, frame_id: str, text: str) -> None:
    kept = SerializedMessage(make(frame_id, text))
    for size in (5, 0, 1, 2, 3, 4, 1000, 7, 100_000, 99_999, 0):
        data = np.random.default_rng(size).integers(0, 256, size, np.uint8)
        stamp = STAMP + size
        kept.stamp(stamp)
        kept.payload(size)[:] = data
        message = make(frame_id, text)
        message.header.stamp = time_message(stamp)
        message.data.frombytes(data.tobytes())
        assert same(kept, message)


@pytest.mark.parametrize('frame_id', TEXTS, ids=len)
@pytest.mark.parametrize('model', TEXTS, ids=len)
def test_only_the_stamp_of_a_calibration_changes(frame_id: str, model: str) -> None:
    kept = SerializedMessage(info(frame_id, model))
    for stamp in (0, 1, 999_999_999, STAMP, 2**31 * 1_000_000_000 - 1):
        kept.stamp(stamp)
        message = info(frame_id, model)
        message.header.stamp = time_message(stamp)
        assert same(kept, message)


@pytest.mark.parametrize('make, text', [(image, 'bg'), (image, 'bayer_rggb8___'), (compressed, 'png'),
                                        (compressed, 'jpeg___'), (info, 'plumb_b')])
@pytest.mark.parametrize('frame_id', ['cam', 'optical'])
def test_without_gaps_between_the_fields_every_byte_is_rclpys(make: Any, frame_id: str, text: str) -> None:
    message = make(frame_id, text)
    kept = SerializedMessage(message)
    kept.stamp(STAMP)
    message.header.stamp = time_message(STAMP)
    if make is not info:
        kept.payload(5)[:] = (1, 2, 3, 4, 5)
        message.data.frombytes(bytes((1, 2, 3, 4, 5)))
    assert bytes(kept) == serialize_message(message)


@pytest.mark.parametrize('frame_id', TEXTS, ids=len)
def test_pixels_of_any_type_lie_aligned(frame_id: str) -> None:
    kept = SerializedMessage(image(frame_id, 'mono8'))
    for size in (64, 640 * 480 * 4):
        data = kept.payload(size)
        assert data.ctypes.data % 64 == 0
        assert kept.address <= data.ctypes.data < kept.address + kept.length
        assert data.view(np.float32).shape == (size // 4,)


def test_memory_is_kept_and_grows_with_headroom() -> None:
    kept = SerializedMessage(compressed('camera', 'jpeg'))
    kept.payload(100_000)
    addresses = set()
    for size in (110_000, 90_000, 115_000, 120_000):
        kept.payload(size)
        addresses.add(kept.address)
    assert len(addresses) == 1


def test_the_layout_is_known_for_what_is_published_so_and_for_nothing_else() -> None:
    for message_type in (Image, CompressedImage, CameraInfo):
        assert layout_is_known(message_type)
    assert not layout_is_known(String)


def test_a_middleware_that_serializes_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('imagecapture_ros.node.middleware.cdr.serialize_message',
                        lambda message: b'\0' * 8 + serialize_message(message))
    assert not any(layout_is_known(message_type) for message_type in (Image, CompressedImage, CameraInfo))
