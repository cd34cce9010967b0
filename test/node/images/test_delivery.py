# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the image topics make of a frame: the same message as the bridge's, from one rendering, JPEG files untouched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fixtures.pictures import colours, in_encoding
from fixtures.scripted_camera import state_with
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.cameras import framing as framing_module
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.bridge import ImageBridge
from imagecapture_ros.imaging.convert import TARGETS, convert
from imagecapture_ros.imaging.depth import ValueRange, file_format
from imagecapture_ros.imaging.encodings import ENCODINGS
from imagecapture_ros.interfaces.messages import time_message
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.node.images.delivery import CompressedContent, Content, RawContent, StampedDelivery
from imagecapture_ros.node.middleware.cdr import SerializedMessage

STAMP = 1_790_000_000_000_000_001
MODE = NativeMode(64, 48, 30.0)
NATIVE = Framing.native(MODE)
FRAMINGS = {
    'native': NATIVE,
    'scaled': Framing(MODE, 32, 24, 30.0, 'crop-and-scale'),
    'cut': Framing(MODE, 48, 48, 30.0, 'crop-and-scale'),
    'turned': Framing.native(MODE, rotation=90),
    'all': Framing(MODE, 40, 20, 30.0, 'crop-and-scale', rotation=270, mirror=True),
}


def frame_in(encoding: str) -> Frame:
    pixels = in_encoding(colours(), encoding)
    pixels.setflags(write=False)
    return Frame(pixels, encoding, 64, 48, exposed_at=0, sequence=0)


def jpeg_frame() -> Frame:
    return Frame(codecs.encode_jpeg(colours(), 'bgr8'), 'jpeg', 64, 48, exposed_at=0, sequence=0)


def never(text: str) -> None:
    raise AssertionError(text)


def delivery_of(frame: Frame, framing: Framing = NATIVE, encoding: str = '') -> StampedDelivery:
    return StampedDelivery(
        frame, state_with(framing), STAMP, 'front_camera_optical_frame', encoding=encoding, quality=90)


def sent(content: Content, kind: Any) -> Any:
    """Return the message that a subscriber gets."""
    serialized = SerializedMessage(content.message)
    serialized.stamp(STAMP)
    content.fill(serialized.payload(content.size))
    return deserialize_message(bytes(serialized), kind)


def expected(frame: Frame, framing: Framing, encoding: str) -> Image:
    rendered = framing.render(frame)
    pixels, own = framing_module.pixels_of(rendered)
    target = encoding or own
    header = Header(stamp=time_message(STAMP), frame_id='front_camera_optical_frame')
    return ImageBridge().cv2_to_imgmsg(convert(pixels, own, target), target, header)


@pytest.mark.parametrize('shared', [False, True])
@pytest.mark.parametrize('target', ['', *TARGETS])
@pytest.mark.parametrize('framing', FRAMINGS)
@pytest.mark.parametrize('source', [*ENCODINGS, 'jpeg'])
def test_raw_is_the_bridges_message(source: str, framing: str, target: str, shared: bool) -> None:
    frame = jpeg_frame() if source == 'jpeg' else frame_in(source)
    delivery = delivery_of(frame, FRAMINGS[framing], target)
    delivery.shared = shared
    assert sent(RawContent().of(delivery), Image) == expected(frame, FRAMINGS[framing], target)


def test_padded_rows_lose_their_padding() -> None:
    padded = np.zeros((48, 70, 3), np.uint8)[:, :64]
    padded[:] = colours()
    frame = Frame(padded, 'bgr8', 64, 48, exposed_at=0, sequence=0)
    assert sent(RawContent().of(delivery_of(frame)), Image) == expected(frame_in('bgr8'), NATIVE, '')


def test_a_jpeg_file_of_another_size_than_it_was_told_is_shown_as_it_is() -> None:
    frame = Frame(jpeg_frame().data, 'jpeg', 32, 32, exposed_at=0, sequence=0)
    message = sent(RawContent().of(delivery_of(frame, Framing.native(NativeMode(32, 32, 30.0), rotation=90))), Image)
    assert (message.width, message.height, message.step) == (48, 64, 144)


def test_the_message_stays_the_same_object_until_something_changes() -> None:
    raw, compressed, messages = RawContent(), CompressedContent(never), []
    for frame, framing in ((frame_in('bgr8'), NATIVE), (frame_in('bgr8'), NATIVE), (frame_in('mono8'), NATIVE),
                           (frame_in('mono8'), FRAMINGS['scaled'])):
        messages.append(raw.of(delivery_of(frame, framing)).message)
    assert [messages[0] is messages[1], messages[1] is messages[2], messages[2] is messages[3]] == [True, False, False]
    first, second = (compressed.of(delivery_of(frame_in('bgr8'))).message for _ in range(2))
    other = StampedDelivery(frame_in('bgr8'), state_with(NATIVE), STAMP, 'other', encoding='', quality=90)
    assert first is second
    assert compressed.of(other).message.header.frame_id == 'other'


@pytest.mark.parametrize('framing', FRAMINGS)
@pytest.mark.parametrize('source', [*ENCODINGS, 'jpeg'])
def test_compressed_shows_the_delivered_picture(source: str, framing: str) -> None:
    frame = jpeg_frame() if source == 'jpeg' else frame_in(source)
    message = sent(CompressedContent(never).of(delivery_of(frame, FRAMINGS[framing])), CompressedImage)
    told = {'mono16': 'mono16; png compressed', '16UC1': '16UC1; png compressed', '32FC1': '32FC1; tiff compressed'}
    assert (message.format, message.header.frame_id) == (told.get(source, 'jpeg'), 'front_camera_optical_frame')
    assert message.header.stamp == time_message(STAMP)
    rendered = FRAMINGS[framing].render(frame)
    data = rendered.data if isinstance(rendered.data, bytes) else codecs.encode(
        file_format('auto', rendered.encoding), rendered.data, rendered.encoding, quality=90)
    assert bytes(message.data) == data


def test_a_cameras_jpeg_file_is_passed_on_without_being_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, 'decode_jpeg', None)
    frame = jpeg_frame()
    assert bytes(sent(CompressedContent(never).of(delivery_of(frame)), CompressedImage).data) == frame.data


def test_depth_that_is_lost_is_told_once_and_the_message_stays_the_same() -> None:
    told: list[str] = []
    content = CompressedContent(told.append)
    wanted = StampedDelivery(frame_in('mono16'), state_with(NATIVE), STAMP, 'eye', encoding='', quality=90,
                             compressed_format='jpeg', values=ValueRange(0.0, 65535.0))
    messages = [sent(content.of(wanted), CompressedImage) for _ in range(3)]
    assert [message.format for message in messages] == ['jpeg'] * 3
    assert told == ['the compressed topic has 8 bits of mono16: 0 to 65535 became black to white; what lies beyond is '
                    'black or white']
    assert content.of(wanted).message is content.of(wanted).message


@pytest.mark.parametrize('source', ['bgr8', 'jpeg'])
def test_both_topics_are_made_of_one_rendering(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, scaled = [], []
    decode, scale = codecs.decode_jpeg, framing_module.geometry.crop_and_scale
    monkeypatch.setattr(codecs, 'decode_jpeg', lambda *arguments: decoded.append(1) or decode(*arguments))
    monkeypatch.setattr(framing_module.geometry, 'crop_and_scale',
                        lambda *arguments: scaled.append(1) or scale(*arguments))
    delivery = delivery_of(jpeg_frame() if source == 'jpeg' else frame_in(source), FRAMINGS['scaled'], 'rgb8')
    delivery.shared = True
    sent(CompressedContent(never).of(delivery), CompressedImage)
    sent(RawContent().of(delivery), Image)
    assert (len(decoded), len(scaled)) == (source == 'jpeg', 1)
