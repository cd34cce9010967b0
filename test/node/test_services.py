# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All nine services, from another process."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, NodeProcess, stamp_of
from PIL import Image as PillowImage
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import msg, srv
from imagecapture_ros.cameras.capture.job_queue import MAX_JOBS
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    NotSupportedError,
    OverconstrainedError,
)
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY


def apply(client: CameraClient, advanced: tuple[Any, ...] = (), **members: Any) -> Any:
    request = srv.ApplyConstraints.Request(constraints=constraint_set(**members), advanced=list(advanced))
    return succeeded(client.call(srv.ApplyConstraints, 'apply_constraints', request))


def constraint_set(**members: Any) -> Any:
    constraints = msg.MediaTrackConstraintSet()
    for name, constraint in members.items():
        setattr(constraints, name, constraint)
    return constraints


def exactly(value: float) -> Any:
    return msg.ConstrainDouble(exact=[value])


def ideally(value: float) -> Any:
    return msg.ConstrainDouble(ideal=[value])


def settings_of(client: CameraClient) -> Any:
    return succeeded(client.call(srv.GetSettings, 'get_settings')).settings


def test_capabilities_tell_ranges_and_understood_names(client: CameraClient) -> None:
    capabilities = succeeded(client.call(srv.GetCapabilities, 'get_capabilities')).capabilities
    assert capabilities.zoom[0].min == 1.0
    assert capabilities.zoom[0].max > 1.0
    assert capabilities.width[0].max >= 640
    assert 'manual' in capabilities.exposure_mode
    assert capabilities.device_id == 'sim'
    assert list(capabilities.supported_constraints) == list(VOCABULARY)
    assert not capabilities.background_blur  # this camera has none, and says so


def test_settings_lie_within_capabilities(client: CameraClient) -> None:
    capabilities = succeeded(client.call(srv.GetCapabilities, 'get_capabilities')).capabilities
    settings = settings_of(client)
    checked = 0
    for name, row in VOCABULARY.items():
        if row.numeric and (allowed := getattr(capabilities, name)):
            [value] = getattr(settings, name)
            assert allowed[0].min <= value <= allowed[0].max, name
            checked += 1
    assert checked >= 6
    assert (settings.width[0], settings.height[0], settings.frame_rate[0]) == (640.0, 480.0, 30.0)
    assert settings.header.frame_id == 'camera_optical_frame'


def test_exact_is_met_and_reported(client: CameraClient) -> None:
    assert apply(client, zoom=exactly(2.0)).settings.zoom[0] == 2.0
    assert settings_of(client).zoom[0] == 2.0


def test_applying_replaces_everything_before(client: CameraClient) -> None:
    apply(client, zoom=exactly(2.0))
    settings = apply(client, brightness=ideally(0.0)).settings
    assert settings.zoom[0] == 1.0


def test_ideal_ends_at_the_nearest_bound(client: CameraClient) -> None:
    [largest] = [one.max for one in succeeded(client.call(srv.GetCapabilities, 'get_capabilities')).capabilities.zoom]
    assert apply(client, zoom=ideally(1000.0)).settings.zoom[0] == largest


def test_min_and_max_move_the_default_no_further_than_needed(client: CameraClient) -> None:
    assert apply(client, zoom=msg.ConstrainDouble(min=[2.0], max=[3.0])).settings.zoom[0] == 2.0


def test_advanced_sets_are_taken_whole_or_skipped(client: CameraClient) -> None:
    impossible = constraint_set(zoom=exactly(2.0), brightness=exactly(1e6))
    possible = constraint_set(zoom=exactly(3.0))
    assert apply(client, advanced=(impossible, possible)).settings.zoom[0] == 3.0


def test_an_impossible_constraint_is_named_with_its_range_and_changes_nothing(client: CameraClient) -> None:
    apply(client, zoom=exactly(2.0))
    with pytest.raises(OverconstrainedError, match='1 to') as caught:
        apply(client, zoom=exactly(1000.0), saturation=ideally(0.0))
    assert caught.value.constraint == 'zoom'
    assert settings_of(client).zoom[0] == 2.0
    constraints = succeeded(client.call(srv.GetConstraints, 'get_constraints')).constraints
    assert list(constraints.zoom.exact) == [2.0]
    assert not constraints.saturation.ideal


def test_a_property_that_the_device_lacks_is_named(client: CameraClient) -> None:
    with pytest.raises(OverconstrainedError, match='does not have it') as caught:
        apply(client, background_blur=msg.ConstrainBoolean(exact=[True]))
    assert caught.value.constraint == 'background_blur'


@pytest.mark.parametrize('value', [float('nan'), float('inf'), float('-inf')])
def test_numbers_that_are_none_are_type_errors(client: CameraClient, value: float) -> None:
    with pytest.raises(ConstraintTypeError, match=r'zoom\.exact'):
        apply(client, zoom=exactly(value))


def test_a_bare_word_for_a_list_is_explained(client: CameraClient) -> None:
    with pytest.raises(ConstraintTypeError, match=r'\[manual\]'):
        apply(client, exposure_mode=msg.ConstrainString(exact=list('manual')))


def test_a_size_and_rate_of_ones_own_reach_the_subscriber(client: CameraClient) -> None:
    apply(client, width=exactly(500.0), height=exactly(300.0), frame_rate=exactly(10.0))
    settings = settings_of(client)
    assert settings.resize_mode == 'crop-and-scale'
    inbox = Inbox(client, Image, '/camera/image_raw')
    images = inbox.wait_for(lambda got: [image for image in got if image.width == 500][:6] if len(got) > 8 else None)
    inbox.close()
    assert {image.height for image in images} == {300}
    periods = [(stamp_of(b) - stamp_of(a)) / 1e9 for a, b in pairwise(images)]
    # A machine that is too busy drops frames; those that come are tenths of a second apart all the same.
    assert all(round(period, 1) >= 0.1 and period == pytest.approx(round(period, 1), abs=0.02) for period in periods)
    assert min(periods) < 0.15


def test_constraints_are_returned_as_given_and_skipped_sets_are_told(client: CameraClient) -> None:
    told = apply(client, advanced=(constraint_set(brightness=exactly(1e6)),), zoom=msg.ConstrainDouble(min=[1.5]))
    assert told.message == 'advanced sets that could not be met and were skipped, counted from 0: 0'
    answer = succeeded(client.call(srv.GetConstraints, 'get_constraints'))
    assert list(answer.constraints.zoom.min) == [1.5]
    assert list(answer.advanced[0].brightness.exact) == [1e6]


def test_a_photo_is_a_real_jpeg_larger_than_the_stream(client: CameraClient) -> None:
    request = srv.TakePhoto.Request()
    request.photo_settings.image_width, request.photo_settings.image_height = [1920.0], [1080.0]
    answer = succeeded(client.call(srv.TakePhoto, 'take_photo', request))
    photo = PillowImage.open(io.BytesIO(bytes(answer.photo.data)))
    assert photo.format == 'JPEG'
    assert photo.size == (answer.camera_info.width, answer.camera_info.height)
    assert photo.size[0] > 640
    assert answer.photo.format == 'jpeg'
    assert list(answer.photo_settings.image_width) == [float(photo.size[0])]
    assert stamp_of(answer.photo) == stamp_of(answer.camera_info) == stamp_of(answer.settings) > 0
    assert answer.settings.width[0] == 640.0


def test_a_photo_out_of_range_is_refused_with_the_range(client: CameraClient) -> None:
    with pytest.raises(NotSupportedError, match=r'image_width 100000 is out of range; this device allows \d+ to \d+'):
        client.take_photo(width=100000)


def test_an_unknown_fill_light_mode_is_a_type_error(client: CameraClient) -> None:
    with pytest.raises(ConstraintTypeError, match=r"quote it: 'off'"):
        client.take_photo(fill_light_mode='torch')


def test_every_photo_is_published_with_its_calibration(client: CameraClient) -> None:
    photos = Inbox(client, CompressedImage, '/camera/photo/image/compressed')
    infos = Inbox(client, CameraInfo, '/camera/photo/camera_info')
    # The first photo may be sent before the publisher knows of us.
    for inbox in (photos, infos):
        inbox.wait_for(lambda got: got or not client.take_photo())
    photos.wait_for(lambda got: {stamp_of(one) for one in got} & {stamp_of(one) for one in infos.messages})
    photos.close()
    infos.close()
    pairs = [(photo, info) for photo in photos.messages for info in infos.messages if stamp_of(photo) == stamp_of(info)]
    assert pairs
    for photo, info in pairs:
        assert PillowImage.open(io.BytesIO(bytes(photo.data))).size == (info.width, info.height)


def test_save_as_never_overwrites_and_omit_data_leaves_the_answer_small(client: CameraClient) -> None:
    request = srv.TakePhoto.Request(save_as='picture.jpg', omit_data=True)
    first, second = (succeeded(client.call(srv.TakePhoto, 'take_photo', request)) for _ in range(2))
    assert not first.photo.data
    assert Path(first.path).name == 'picture.jpg'
    assert Path(second.path).name == 'picture_1.jpg'
    assert PillowImage.open(first.path).format == 'JPEG'
    assert sorted(path.name for path in Path(first.path).parent.iterdir()) == ['picture.jpg', 'picture_1.jpg']


@pytest.mark.parametrize('name', ['../evil.jpg', '/tmp/evil.jpg', '..', 'a/b.jpg', 'line\nbreak.jpg', '.hidden'])
def test_save_as_stays_in_its_folder(client: CameraClient, name: str) -> None:
    with pytest.raises(NotSupportedError, match='plain file name'):
        succeeded(client.call(srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(save_as=name)))


def test_photo_capabilities_and_settings(client: CameraClient) -> None:
    capabilities = succeeded(client.call(srv.GetPhotoCapabilities, 'get_photo_capabilities')).photo_capabilities
    settings = succeeded(client.call(srv.GetPhotoSettings, 'get_photo_settings')).photo_settings
    assert capabilities.image_width[0].max > 1920
    assert capabilities.image_width[0].min <= settings.image_width[0] <= capabilities.image_width[0].max
    assert capabilities.red_eye_reduction == 'controllable'
    assert list(settings.red_eye_reduction) == [False]


def test_a_grabbed_frame_is_newer_than_the_request(client: CameraClient) -> None:
    asked_at = client.node.get_clock().now().nanoseconds
    answer = succeeded(client.call(srv.GrabFrame, 'grab_frame'))
    assert (answer.image.width, answer.image.height, answer.image.encoding) == (640, 480, 'bgr8')
    assert len(answer.image.data) == 640 * 480 * 3
    assert stamp_of(answer.image) == stamp_of(answer.camera_info)
    assert stamp_of(answer.image) > asked_at - 50_000_000  # exposed at most a frame before it was asked for


def test_devices_are_listed(client: CameraClient) -> None:
    answer = succeeded(client.call(srv.EnumerateDevices, 'enumerate_devices'))
    assert 'sim' in answer.device_id
    assert len(answer.device_id) == len(answer.label) == len(answer.group_id) == len(answer.facing_mode)


def test_a_stored_calibration_follows_size_and_zoom(
    client: CameraClient, camera_node: NodeProcess,
) -> None:
    info = CameraInfo(width=640, height=480, distortion_model='plumb_bob', d=[0.0] * 5,
                      k=[600.0, 0.0, 320.0, 0.0, 600.0, 240.0, 0.0, 0.0, 1.0], r=[1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0],
                      p=[600.0, 0.0, 320.0, 0.0, 0.0, 600.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    answer = client.call(SetCameraInfo, 'set_camera_info', SetCameraInfo.Request(camera_info=info))
    assert answer.success, answer.status_message
    assert succeeded(client.call(srv.GrabFrame, 'grab_frame')).camera_info.k[0] == pytest.approx(600.0)
    apply(client, zoom=exactly(2.0))
    zoomed = succeeded(client.call(srv.GrabFrame, 'grab_frame')).camera_info
    assert zoomed.k[0] == pytest.approx(1200.0)
    assert zoomed.k[2] == pytest.approx(320.5)
    # Larger than what was calibrated: the photo's intrinsics are scaled up.
    photo = client.take_photo(width=4000, height=3000)
    assert photo.camera_info.k[0] == pytest.approx(1200.0 * 4000 / 640)
    apply(client, width=exactly(480.0), height=exactly(640.0))
    portrait = succeeded(client.call(srv.GrabFrame, 'grab_frame'))
    assert (portrait.image.width, portrait.camera_info.width) == (480, 480)
    assert portrait.camera_info.k[0] > 0


def test_too_many_advanced_sets_are_refused(client: CameraClient) -> None:
    with pytest.raises(ConstraintTypeError, match='101 sets; at most 100'):
        apply(client, advanced=tuple(constraint_set() for _ in range(101)))


def test_photos_at_the_same_time_queue_up_to_a_limit_and_all_are_answered(client: CameraClient) -> None:
    one = client.node.create_client(srv.TakePhoto, '/camera/take_photo', qos_profile=QoSProfile(depth=1000))
    assert one.wait_for_service(PATIENCE)
    request = srv.TakePhoto.Request(omit_data=True)
    request.photo_settings.image_width, request.photo_settings.image_height = [640.0], [480.0]
    futures = [one.call_async(request) for _ in range(2 * MAX_JOBS)]
    for _ in range(20_000):
        if all(future.done() for future in futures):
            break
        client.spin_once(0.05)
    client.node.destroy_client(one)
    answers = [future.result() for future in futures]
    taken, refused = [answer for answer in answers if answer.success], [one for one in answers if not one.success]
    assert len(taken) >= MAX_JOBS
    assert all(answer.error_name == 'UnknownError' and 'ask again later' in answer.message for answer in refused)
    stamps = [stamp_of(answer.photo) for answer in taken]
    assert stamps == sorted(stamps)


def test_many_clients_lose_no_answer(client: CameraClient) -> None:
    futures = []
    clients = [
        client.node.create_client(srv.GetSettings, '/camera/get_settings', qos_profile=QoSProfile(depth=1000))
        for _ in range(20)
    ]
    for one in clients:
        assert one.wait_for_service(PATIENCE)
        futures += [one.call_async(srv.GetSettings.Request()) for _ in range(25)]
    for _ in range(20_000):
        if all(future.done() for future in futures):
            break
        client.spin_once(0.05)
    for one in clients:
        client.node.destroy_client(one)
    assert sum(future.done() and future.result().success for future in futures) == 500
