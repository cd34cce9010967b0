# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One matrix of encodings over every bridge that is present: our own, cv_bridge, and the one that is used."""

from __future__ import annotations

import array
import sys
from typing import Any

import numpy as np
import pytest
from fixtures.pictures import Pixels, colours, in_encoding

from imagecapture_ros.imaging.bridge import Bridge, CvBridgeAndOurs, ImageBridge, agree_on, get_bridge
from imagecapture_ros.imaging.convert import TARGETS, convert
from imagecapture_ros.imaging.encodings import ENCODINGS, EncodingError, ImageLayoutError

messages = pytest.importorskip('sensor_msgs.msg', reason='sensor_msgs is missing: pip install ros-sensor-msgs')
headers = pytest.importorskip('std_msgs.msg')

LITTLE = sys.byteorder == 'little'


def present() -> dict[str, Bridge]:
    bridges: dict[str, Bridge] = {'ours': ImageBridge(), 'used': get_bridge()}
    if isinstance(get_bridge(), CvBridgeAndOurs):
        bridges['cv_bridge'] = pytest.importorskip('cv_bridge').CvBridge()
    return bridges


BRIDGES = present()
MATRIX = [(name, encoding) for name in BRIDGES for encoding in ENCODINGS
          if name != 'cv_bridge' or agree_on(encoding, BRIDGES[name], ImageBridge())]


@pytest.fixture(params=MATRIX, ids=lambda pair: f'{pair[0]}-{pair[1]}')
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    name, encoding = request.param
    return name, encoding


@pytest.fixture
def bridge(pair: tuple[str, str]) -> Bridge:
    return BRIDGES[pair[0]]


@pytest.fixture
def encoding(pair: tuple[str, str]) -> str:
    return pair[1]


def message(pixels: Pixels, encoding: str, *, padding: int = 0, big_endian: bool = False) -> Any:
    """Return a message built by hand from contiguous ``pixels``."""
    layout = ENCODINGS[encoding]
    width, height = layout.size_of(pixels)
    stored = pixels.astype(layout.dtype.newbyteorder('>' if big_endian else '<'))
    rows = [row.tobytes() + b'\x55' * padding for row in stored]
    return messages.Image(height=height, width=width, encoding=encoding, step=layout.row_bytes(width) + padding,
                          is_bigendian=int(big_endian), data=array.array('B', b''.join(rows)))


@pytest.mark.parametrize('padding', [0, 16])
@pytest.mark.parametrize('big_endian', [False, True])
def test_messages_become_pixels(bridge: Bridge, encoding: str, padding: int, big_endian: bool) -> None:
    pixels = in_encoding(colours(), encoding)
    padding *= ENCODINGS[encoding].bytes_per_pixel
    read = bridge.imgmsg_to_cv2(message(pixels, encoding, padding=padding, big_endian=big_endian))
    assert read.dtype == pixels.dtype
    assert np.array_equal(read, pixels)


@pytest.mark.parametrize('target', TARGETS)
@pytest.mark.parametrize('encoding', ENCODINGS)
@pytest.mark.parametrize('bridge', [ImageBridge(), get_bridge()], ids=['ours', 'used'])
def test_messages_become_pixels_in_another_encoding(bridge: Bridge, encoding: str, target: str) -> None:
    pixels = in_encoding(colours(), encoding)
    read = bridge.imgmsg_to_cv2(message(pixels, encoding, padding=8 * ENCODINGS[encoding].bytes_per_pixel), target)
    assert np.array_equal(read, convert(pixels, encoding, target))


def test_pixels_become_messages(bridge: Bridge, encoding: str) -> None:
    pixels = in_encoding(colours(), encoding)
    header = headers.Header(frame_id='camera_optical_frame')
    header.stamp.sec = 17
    made = bridge.cv2_to_imgmsg(pixels, encoding, header)
    expected = message(pixels, encoding, big_endian=not LITTLE)
    expected.header = header
    assert made == expected
    assert isinstance(made.data, array.array)
    assert made.data.typecode == 'B'


def test_padded_rows_become_messages_without_padding(bridge: Bridge, encoding: str) -> None:
    pixels = in_encoding(colours(), encoding)
    padded = np.full((pixels.shape[0], pixels.shape[1] + 7, *pixels.shape[2:]), 3, pixels.dtype)[:, 3:-4]
    padded[:] = pixels
    assert bridge.cv2_to_imgmsg(padded, encoding) == message(pixels, encoding, big_endian=not LITTLE)


def test_the_message_keeps_its_own_copy(bridge: Bridge, encoding: str) -> None:
    pixels = in_encoding(colours(), encoding)
    made = bridge.cv2_to_imgmsg(pixels, encoding)
    before = pixels.copy()
    pixels[:] = 0
    assert np.array_equal(bridge.imgmsg_to_cv2(made), before)


class TestOurs:
    def test_padding_that_is_no_multiple_of_a_pixel(self) -> None:
        for encoding in ENCODINGS:
            pixels = in_encoding(colours(), encoding)
            assert np.array_equal(ImageBridge().imgmsg_to_cv2(message(pixels, encoding, padding=3)), pixels)

    def test_arrays_in_foreign_byte_order(self) -> None:
        pixels = in_encoding(colours(), 'mono16')
        foreign = pixels.astype(pixels.dtype.newbyteorder())
        assert ImageBridge().cv2_to_imgmsg(foreign, 'mono16') == ImageBridge().cv2_to_imgmsg(pixels, 'mono16')

    @pytest.mark.parametrize('encoding', ['mono8', 'bgr8', 'bgra8', 'mono16', '32FC1'])
    @pytest.mark.parametrize('make', [ImageBridge, get_bridge])
    def test_passthrough_takes_the_encoding_from_the_array(self, make: type[ImageBridge], encoding: str) -> None:
        assert make().cv2_to_imgmsg(in_encoding(colours(), encoding)).encoding == encoding

    def test_an_array_without_encoding(self) -> None:
        with pytest.raises(EncodingError, match='float64; give one of mono8'):
            ImageBridge().cv2_to_imgmsg(np.zeros((4, 6)))

    def test_an_array_that_is_not_in_its_encoding(self) -> None:
        with pytest.raises(ImageLayoutError, match='mono16'):
            ImageBridge().cv2_to_imgmsg(colours(), 'mono16')

    def test_unknown_encodings(self) -> None:
        broken = message(colours(), 'bgr8')
        broken.encoding = 'bayer_rggb12'
        with pytest.raises(EncodingError, match=r'bayer_rggb12.*mono8'):
            ImageBridge().imgmsg_to_cv2(broken)
        with pytest.raises(EncodingError, match=r'nv12.*possible are bgr8'):
            ImageBridge().imgmsg_to_cv2(message(colours(), 'bgr8'), 'nv12')

    def test_step_and_length_that_do_not_fit(self) -> None:
        broken = message(colours(), 'bgr8')
        broken.step = 191
        with pytest.raises(ImageLayoutError, match=r'step 191 is too small.*64 pixels in bgr8 has 192 bytes'):
            ImageBridge().imgmsg_to_cv2(broken)
        broken.step = 200
        with pytest.raises(ImageLayoutError, match=r'9216 bytes of data do not fit 48 rows with step 200.*9600'):
            ImageBridge().imgmsg_to_cv2(broken)

    def test_an_empty_message(self) -> None:
        with pytest.raises(ImageLayoutError, match='0x0'):
            ImageBridge().imgmsg_to_cv2(messages.Image(encoding='bgr8'))


@pytest.mark.skipif('cv_bridge' not in BRIDGES, reason='no cv_bridge: sudo apt install ros-$ROS_DISTRO-cv-bridge')
def test_cv_bridge_is_used() -> None:
    assert ('cv_bridge', 'mono8') in MATRIX


def test_the_bridge_is_made_once() -> None:
    assert get_bridge() is get_bridge()


class Misreading(ImageBridge):
    """What the cv_bridge packages on PyPI do: they take padding for pixels."""

    def imgmsg_to_cv2(self, msg: Any, desired_encoding: str = 'passthrough') -> Pixels:
        layout = ENCODINGS[msg.encoding]
        shape = layout.shape(msg.height, msg.width)
        pixels = np.frombuffer(msg.data, layout.dtype)[:np.prod(shape)].reshape(shape)
        return convert(pixels, msg.encoding, desired_encoding)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_only_bridges_that_read_rightly_agree(encoding: str) -> None:
    assert agree_on(encoding, ImageBridge(), ImageBridge())
    assert not agree_on(encoding, Misreading(), ImageBridge())


def test_what_cv_bridge_cannot_do_is_done_by_ours() -> None:
    pixels = in_encoding(colours(), 'nv12')
    for agreed in ([], ['bgr8'], [name for name in ENCODINGS if name != 'nv12']):
        both = CvBridgeAndOurs(Misreading(), ImageBridge(), frozenset(agreed))
        read = both.imgmsg_to_cv2(message(pixels, 'nv12', padding=6), 'bgr8')
        assert np.array_equal(read, convert(pixels, 'nv12', 'bgr8'))
        assert both.cv2_to_imgmsg(pixels, 'nv12') == message(pixels, 'nv12', big_endian=not LITTLE)
