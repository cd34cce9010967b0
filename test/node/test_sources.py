# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real input through the node to a subscriber in another process: the pixels of the file, in order, none twice."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, stamp_of, until
from fixtures.processes import held_by
from fixtures.rtsp_server import rtsp_server
from fixtures.videos import Pixels, moving_frames, number_in, write_images, write_timed_video, write_video
from PIL import Image as PillowImage
from rcl_interfaces import srv as parameter_srv
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import Image

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.imaging.bridge import get_bridge
from imagecapture_ros.mediacapture.errors import InvalidStateError

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
QUEUE = 500


def pixels_of(image: Any) -> Pixels:
    return np.asarray(get_bridge().imgmsg_to_cv2(image))


def assert_in_order(images: Sequence[Any], length: int) -> list[int]:
    """Check that no frame of a looped file of ``length`` frames is missing, twice or out of order."""
    numbers = [number_in(pixels_of(image)) for image in images]
    assert all(later == (earlier + 1) % length for earlier, later in pairwise(numbers)), numbers
    assert all(stamp_of(later) > stamp_of(earlier) for earlier, later in pairwise(images))
    return numbers


def decibels(one: Pixels, other: Pixels) -> float:
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return 10.0 * float(np.log10(255.0**2 / max(error, 1e-12)))


def received(client: CameraClient, count: int) -> list[Any]:
    inbox = Inbox(client, Image, '/camera/image_raw', QUEUE)
    images = inbox.take(count)
    inbox.close()
    return images


def test_a_lossless_video_arrives_to_the_bit(domain: int, tmp_path: Path) -> None:
    frames = moving_frames(40)
    path = write_video(tmp_path / 'moving.mkv', frames, codec='ffv1', rate=25.0)
    with running_node(domain, device=str(path)), client_of(domain) as client:
        images = received(client, 90)  # more than two rounds
        settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
        photo = client.take_photo()
    for number, image in zip(assert_in_order(images, len(frames)), images, strict=True):
        assert np.array_equal(pixels_of(image), frames[number])
    periods = [(stamp_of(b) - stamp_of(a)) / 1e9 for a, b in pairwise(images)]
    assert np.median(periods) == pytest.approx(1 / 25, rel=0.05)
    assert (settings.width[0], settings.height[0], settings.frame_rate[0]) == (320.0, 240.0, 25.0)
    assert PillowImage.open(io.BytesIO(photo.data)).size == (320, 240)


def test_a_folder_is_shown_at_its_source_rate_and_no_image_is_left_out(domain: int, tmp_path: Path) -> None:
    write_images(tmp_path / 'images', moving_frames(12))
    with (
        running_node(domain, device=str(tmp_path / 'images'), source_rate=8, autostart=False),
        client_of(domain) as client,
    ):
        started(client)
        images = received(client, 20)
        settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
        parameters = client.call(parameter_srv.GetParameters, 'get_parameters', parameter_srv.GetParameters.Request(
            names=['source_rate']))
    assert_in_order(images, 12)
    assert min(stamp_of(later) - stamp_of(earlier) for earlier, later in pairwise(images)) >= 124_000_000
    assert settings.frame_rate[0] == 8.0
    assert parameters.values[0].double_value == 8.0


def test_a_pause_in_a_video_is_one_in_the_stamps(domain: int, tmp_path: Path) -> None:
    path = write_timed_video(tmp_path / 'a.mp4', moving_frames(5), [0.0, 0.1, 0.2, 1.3, 1.4])
    with running_node(domain, device=str(path)), client_of(domain) as client:
        images = received(client, 15)
    numbers = assert_in_order(images, 5)
    periods = [(stamp_of(later) - stamp_of(earlier)) / 1e9 for earlier, later in pairwise(images)]
    pauses = [period for number, period in zip(numbers, periods, strict=False) if number == 2]
    assert len(pauses) >= 2
    assert min(pauses) > 1.09
    assert np.median([period for number, period in zip(numbers, periods, strict=False) if number in (0, 1, 3)]) < 0.6


def test_a_motion_jpeg_video_keeps_40_decibels(domain: int, tmp_path: Path) -> None:
    frames = moving_frames(30)
    path = write_video(tmp_path / 'moving.avi', frames, codec='mjpeg')
    with running_node(domain, device=str(path)), client_of(domain) as client:
        images = received(client, 45)
    numbers = assert_in_order(images, len(frames))
    assert min(decibels(pixels_of(image), frames[number]) for number, image in zip(numbers, images, strict=True)) > 40.0


def test_an_h264_video_arrives_in_order(domain: int, tmp_path: Path) -> None:
    frames = moving_frames(30)
    path = write_video(tmp_path / 'moving.mp4', frames, codec='h264')
    with running_node(domain, device=str(path)), client_of(domain) as client:
        assert_in_order(received(client, 45), len(frames))


def test_a_file_that_is_not_looped_ends_the_track(domain: int, tmp_path: Path) -> None:
    frames = moving_frames(20)
    path = write_video(tmp_path / 'moving.mkv', frames, rate=20.0)
    with (
        running_node(domain, device=str(path), loop=False, autostart=False) as node,
        client_of(domain) as client,
    ):
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        images = Inbox(client, Image, '/camera/image_raw', QUEUE)
        images.wait_for(lambda _: client.node.count_publishers('/camera/image_raw'))
        started(client)
        status.wait_for(lambda got: got and got[-1].ready_state == 'ended')
        with pytest.raises(InvalidStateError, match='ended'):
            client.take_photo()
        settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
        assert settings.device_id
        assert not settings.width
        assert node.process.poll() is None
        numbers = [number_in(pixels_of(image)) for image in images.messages]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == len(frames) - 1


def started(client: CameraClient) -> None:
    from lifecycle_msgs.msg import Transition
    from lifecycle_msgs.srv import ChangeState

    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        request = ChangeState.Request(transition=Transition(id=transition))
        assert client.call(ChangeState, 'change_state', request).success


def test_a_folder_of_images_and_a_single_image_arrive_to_the_bit(domain: int, tmp_path: Path) -> None:
    frames = moving_frames(12)
    folder = write_images(tmp_path / 'images', frames)
    with running_node(domain, device=str(folder)), client_of(domain) as client:
        images = received(client, 30)
    for number, image in zip(assert_in_order(images, len(frames)), images, strict=True):
        assert np.array_equal(pixels_of(image), frames[number])
    with running_node(domain, device=str(folder / 'frame7.png')), client_of(domain) as client:
        assert np.array_equal(pixels_of(received(client, 1)[0]), frames[7])


def test_a_grey_16_bit_image_arrives_as_it_is(domain: int, tmp_path: Path) -> None:
    depth = (np.arange(240 * 320, dtype=np.uint32).reshape(240, 320) % 65536).astype(np.uint16)
    path = tmp_path / 'depth.png'
    assert cv2.imwrite(str(path), depth)
    with running_node(domain, device=str(path)), client_of(domain) as client:
        [image] = received(client, 1)
    assert image.encoding == 'mono16'
    assert np.array_equal(pixels_of(image), depth)


def test_an_http_stream_arrives_in_order_and_comes_back_after_a_break(domain: int, tmp_path: Path) -> None:
    folder = write_images(tmp_path / 'jpegs', moving_frames(60), '.jpg')
    with (
        http_mjpeg_server(folder, close_after=120) as server,
        running_node(domain, device=server.url()) as node,
        client_of(domain) as client,
    ):
        latched = QoSProfile(depth=20, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', latched)
        numbers = [number_in(pixels_of(image)) for image in received(client, 30)]
        assert len(set(numbers)) == len(numbers)
        muted = status.wait_for(lambda got: [one for one in got if one.muted and one.ready_state == 'live'])
        assert muted[0].reason
        status.wait_for(lambda got: not got[-1].muted)
        received(client, 5)
    assert 'Traceback' not in node.output


def test_an_rtsp_stream_arrives(domain: int, tmp_path: Path) -> None:
    frames = moving_frames(900)
    path = write_video(tmp_path / 'moving.mkv', frames, codec='h264')
    with rtsp_server(path) as server:
        with running_node(domain, device=server.url()), client_of(domain) as client:
            images = received(client, 20)
            photo = client.take_photo()
        numbers = [number_in(pixels_of(image)) for image in images]
        assert len(set(numbers)) == len(numbers)
        assert PillowImage.open(io.BytesIO(photo.data)).size == (320, 240)


@pytest.mark.parametrize('kind', ['http', 'rtsp'])
def test_a_server_that_is_not_there_is_named_without_the_password(domain: int, kind: str) -> None:
    node = NodeProcess(domain, {'device': f'{kind}://user:secret@127.0.0.1:9/stream'})
    assert node.wait() == 1
    assert '127.0.0.1:9' in node.output
    assert 'secret' not in node.output
    assert 'Traceback' not in node.output


def test_a_size_of_ones_own_is_cut_from_the_file(domain: int, tmp_path: Path) -> None:
    path = write_video(tmp_path / 'moving.mkv', moving_frames(20))
    with running_node(domain, device=str(path), width=160, height=120), client_of(domain) as client:
        answered(client)
        [image] = received(client, 1)
    assert (image.width, image.height) == (160, 120)


@pytest.mark.parametrize('kind', ['pipe', 'device', 'bomb'])
def test_what_takes_the_place_of_an_image_while_a_folder_plays_holds_up_nobody(
    domain: int, tmp_path: Path, kind: str,
) -> None:
    folder = write_images(tmp_path / 'images', moving_frames(6))
    with running_node(domain, device=str(folder)) as node, client_of(domain) as client:
        received(client, 3)
        before = held_by(node.process.pid)
        victim = folder / 'frame3.png'
        if kind == 'bomb':
            cv2.imwrite(str(tmp_path / 'bomb.png'), np.zeros((30_000, 30_000), np.uint8))
            (tmp_path / 'bomb.png').replace(victim)
        else:
            victim.unlink()
            os.mkfifo(victim) if kind == 'pipe' else victim.symlink_to('/dev/zero')
        numbers = [number_in(pixels_of(image)) for image in received(client, 30)]
        assert client.take_photo().data
        until(lambda: 'an image is left out' in node.output)
        now = held_by(node.process.pid)
    assert 3 not in numbers[6:] and set(numbers[6:]) == {0, 1, 2, 4, 5}
    assert now.descriptors <= before.descriptors + 4  # the client's photo has brought some
    assert now.memory - before.memory < 200 << 20


def test_names_of_files_that_are_no_utf_8_keep_nobody_from_an_answer(domain: int, tmp_path: Path) -> None:
    folder = write_images(tmp_path / 'images', moving_frames(2))
    victims = [image.rename(folder / os.fsdecode(b'\xff\x1b[2J' + image.name.encode())) for image in folder.iterdir()]
    with running_node(domain, device=str(folder)) as node, client_of(domain) as client:
        received(client, 3)
        for victim in victims:
            victim.unlink()
            os.mkfifo(victim)
        told = Inbox(client, DiagnosticArray, '/diagnostics').wait_for(
            lambda messages: [status.message for message in messages for status in message.status
                              if r'\udcff' in status.message])
        answer = client.call(srv.TakePhoto, 'take_photo')
        assert not answer.success
        assert r'\udcff' in answer.message, (answer.message, told)
    assert r'\udcff' in node.output
    assert 'failed' not in node.output, 'something had to be outlived'
