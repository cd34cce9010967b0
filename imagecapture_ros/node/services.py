# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The nine services and set_camera_info: each waits for the device without holding up the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import srv
from imagecapture_ros.cameras.registry import enumerate_devices
from imagecapture_ros.engine.background import in_background
from imagecapture_ros.engine.photos import PhotoEncoder, facts_of
from imagecapture_ros.imaging.photo_files import check_save_as
from imagecapture_ros.interfaces import messages
from imagecapture_ros.interfaces.calibration_files import CalibrationError
from imagecapture_ros.interfaces.intrinsics import of_picture
from imagecapture_ros.interfaces.qos import PICTURE_DEPTH, SERVICE_DEPTH
from imagecapture_ros.mediacapture.errors import MediaCaptureError, OverconstrainedError, UnknownError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.node.calibration import CalibrationStore
from imagecapture_ros.node.futures import completed
from imagecapture_ros.node.host import CameraHost
from imagecapture_ros.node.images.grabbed_frames import FrameConverter
from imagecapture_ros.node.images.picture_messages import PhotoTopics, PictureMessages
from imagecapture_ros.node.images.publisher import encoded_message
from imagecapture_ros.node.memory import give_memory_back
from imagecapture_ros.node.middleware.requesters import Requester, readers_of, reply_topic, taken_requester
from imagecapture_ros.node.parameters.mirror import ParameterMirror
from imagecapture_ros.texts import in_short

MAX_PHOTOS = 32
"""Photos between request and answer: each holds its pixels until it is encoded."""

Handler = Callable[[Any, Any], Coroutine[Any, Any, None]]


class CameraServices:
    """Offers the image capture services of a node under its private names.

    An answer is made of what its own operation produced; what the device does by then is others' business.
    """

    def __init__(
        self, node: CameraHost, *, pictures: PictureMessages, calibrations: CalibrationStore, mirror: ParameterMirror,
        photo_topics: PhotoTopics,
    ) -> None:
        self._node = node
        self._pictures = pictures
        self._calibrations = calibrations
        self._mirror = mirror
        self._photo_topics = photo_topics
        self._encoder = PhotoEncoder()
        self._converter = FrameConverter()
        self._photos = 0
        self._depth_told = False
        self._requesters: dict[int, Requester] = {}
        """Who asked, by the id of a request for a photo."""
        self._awaited: dict[Future[Any], Requester] = {}
        """Photos that are of use to nobody but the client that asked for them."""
        self._pictures_made = self._pictures_seen = self._pictures_settled = 0
        group = ReentrantCallbackGroup()
        for service_type, name, handler in (
            (srv.TakePhoto, 'take_photo', self._take_photo),
            (srv.GetPhotoCapabilities, 'get_photo_capabilities', self._get_photo_capabilities),
            (srv.GetPhotoSettings, 'get_photo_settings', self._get_photo_settings),
            (srv.ApplyConstraints, 'apply_constraints', self._apply_constraints),
            (srv.GetCapabilities, 'get_capabilities', self._get_capabilities),
            (srv.GetSettings, 'get_settings', self._get_settings),
            (srv.GetConstraints, 'get_constraints', self._get_constraints),
            (srv.GrabFrame, 'grab_frame', self._grab_frame),
            (srv.EnumerateDevices, 'enumerate_devices', self._enumerate_devices),
        ):
            depth = PICTURE_DEPTH if name in ('take_photo', 'grab_frame') else SERVICE_DEPTH
            answer = self._answering(name, handler)
            if name == 'take_photo':
                answer = self._knowing_who_asks(answer)
            node.create_service(service_type, f'~/{name}', answer, qos_profile=QoSProfile(depth=depth),
                                callback_group=group)
        node.create_service(SetCameraInfo, '~/set_camera_info', self._set_camera_info,
                            qos_profile=QoSProfile(depth=SERVICE_DEPTH), callback_group=group)

    def close(self) -> None:
        """Forget the pictures that wait to be encoded, and end the threads for that."""
        self._encoder.close()
        self._converter.close()

    def look_after(self) -> None:
        """Do what is due once a second: drop photos that nobody waits for any more, and give memory back."""
        session = self._node.session
        if self._awaited and session is not None:
            gone = [photo for photo in self._look_who_is_there() if session.thread.withdraw(photo)]
            if gone:
                self._node.get_logger().info(f'{len(gone)} photos are not taken: who asked for them is gone')
        made, seen = self._pictures_made, self._pictures_seen
        self._pictures_seen = made
        if made == seen != self._pictures_settled:
            self._pictures_settled = made
            in_background(give_memory_back, 'memory')

    def _look_who_is_there(self) -> list[Future[Any]]:
        """Return the photos whose requesters were there and are not any more."""
        there = readers_of(self._node, reply_topic(self._node.resolve_service_name('~/take_photo')))
        return [photo for photo, requester in self._awaited.items() if requester.has_left(there)]

    def _answering(self, name: str, handler: Handler) -> Callable[[Any, Any], Awaitable[Any]]:
        """Wrap ``handler`` so that every failure becomes an answer: an exception in a callback would end the node."""

        async def answer(request: Any, response: Any) -> Any:
            try:
                with self._node.served():
                    await self._node.settled()
                    await handler(request, response)
                response.success = True
            except MediaCaptureError as error:
                response = type(response)(error_name=error.name, message=error.message)
                if isinstance(error, OverconstrainedError):
                    response.constraint = error.constraint
            except Exception as error:
                self._node.report_unexpected(name, error)
                response = type(response)(error_name='UnknownError',
                                          message=in_short(f'{name} failed unexpectedly: {error}'))
            return response

        return answer

    def _knowing_who_asks(self, answer: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
        """Let the handler of a request find who asked in ``_requesters``."""

        async def known(request: Any, response: Any) -> Any:
            requester = taken_requester()
            if requester is not None:
                self._requesters[id(request)] = requester
            try:
                return await answer(request, response)
            finally:
                self._requesters.pop(id(request), None)

        return known

    async def _take_photo(self, request: Any, response: Any) -> None:
        if self._photos >= MAX_PHOTOS:
            raise UnknownError(f'{MAX_PHOTOS} photos are being taken already; ask again later')
        self._photos += 1
        try:
            await self._photo_taken(request, response)
        finally:
            self._photos -= 1

    async def _photo_taken(self, request: Any, response: Any) -> None:
        node, session = self._node, self._node.need_session()
        directory = node.startup('photo_directory')
        wishes = messages.photo_settings_from(request.photo_settings)
        if request.save_as:
            check_save_as(directory, request.save_as)
        taking = session.image_capture.take_photo(wishes)
        requester = self._requesters.get(id(request))
        if requester is not None and not request.save_as and not self._photo_topics.wanted:
            self._awaited[taking] = requester
            self._look_who_is_there()  # who is gone soon must have been seen
        try:
            completion = await completed(node.running_executor, taking)
        except CancelledError:
            raise UnknownError('the photo was given up, nobody waits for it') from None
        finally:
            self._awaited.pop(taking, None)
            self._pictures_made += 1
        raw, state = completion.photo, completion.state
        header = self._pictures.header_of(raw.frame.exposed_at)
        native = (raw.frame.width, raw.frame.height)
        info = self._pictures.camera_info(state, *state.framing.turned_size(*native), native)
        info.header = header
        photo = await completed(node.running_executor, self._encoder.encode(
            raw, state.framing, node.startup('photo_format'), node.startup('photo_quality'),
            facts_of(raw, state, float(of_picture(info).k[0]) or None), node.value_range))
        if photo.note and not self._depth_told:
            self._depth_told = True
            node.get_logger().warning(photo.note)
        response.camera_info = info
        response.photo_settings = messages.photo_settings_message(raw.settings)
        response.settings = messages.settings_message(session.track.settings_in(state), header)
        response.stream_gap = raw.stream_gap
        if raw.stream_gap:
            response.message = f'the stream stood still for {raw.stream_gap:.2f} s'
        response.message = '; '.join(filter(None, (response.message, photo.note)))
        message = encoded_message(photo.data, photo.message_format, header)
        if not session.ended:
            self._photo_topics.publish(message, info)
        if request.save_as:
            path = await completed(
                node.running_executor, self._encoder.save(photo, directory, request.save_as))
            response.path = str(path)
        response.photo = CompressedImage(header=header, format=message.format) if request.omit_data else message

    async def _get_photo_capabilities(self, _: Any, response: Any) -> None:
        capabilities = self._node.need_session().image_capture.get_photo_capabilities()
        response.photo_capabilities = messages.photo_capabilities_message(capabilities)

    async def _get_photo_settings(self, _: Any, response: Any) -> None:
        settings = self._node.need_session().image_capture.get_photo_settings()
        response.photo_settings = messages.photo_settings_message(settings)

    async def _apply_constraints(self, request: Any, response: Any) -> None:
        node, session = self._node, self._node.need_session()
        constraints = messages.constraints_from(request)
        completion = await completed(node.running_executor, session.track.apply_constraints(constraints))
        self._mirror.now(session)
        if completion is None:
            response.settings = messages.settings_message(session.track.settings, self._pictures.header_now())
            return
        node.explain_rate(completion.state, constraints.basic)
        if completion.selection.skipped_advanced:
            skipped = ', '.join(map(str, completion.selection.skipped_advanced))
            response.message = f'advanced sets that could not be met and were skipped, counted from 0: {skipped}'
        response.settings = self._pictures.settings(session.track.settings_in(completion.state), completion.state)

    async def _get_capabilities(self, _: Any, response: Any) -> None:
        response.capabilities = messages.capabilities_message(self._node.need_session().track.capabilities)

    async def _get_settings(self, _: Any, response: Any) -> None:
        settings = self._node.need_session().track.settings
        response.settings = messages.settings_message(settings, self._pictures.header_now())

    async def _get_constraints(self, _: Any, response: Any) -> None:
        constraints = self._node.need_session().track.constraints
        response.constraints = messages.constraint_set_message(constraints.basic)
        response.advanced = [messages.constraint_set_message(one) for one in constraints.advanced]

    async def _grab_frame(self, _: Any, response: Any) -> None:
        node, session = self._node, self._node.need_session()
        self._pictures_made += 1
        completion = await completed(node.running_executor, session.image_capture.grab_frame())
        frame, framing = completion.frame, completion.state.framing
        header = self._pictures.header_of(frame.exposed_at)
        response.image = await completed(
            node.running_executor, self._converter.message(frame, header, node.startup('encoding')))
        response.camera_info = self._pictures.camera_info(
            completion.state, frame.width, frame.height, (framing.mode.width, framing.mode.height))
        response.camera_info.header = header

    async def _enumerate_devices(self, _: Any, response: Any) -> None:
        # A driver may take its time to say what it is.
        devices = await completed(self._node.running_executor, in_background(enumerate_devices, 'enumeration'))
        told = {field.name for field in dataclasses.fields(DeviceInfo)} & response.get_fields_and_field_types().keys()
        for name in told:
            setattr(response, name, [getattr(device, name) for device in devices])

    async def _set_camera_info(
        self, request: SetCameraInfo.Request, response: SetCameraInfo.Response,
    ) -> SetCameraInfo.Response:
        try:
            with self._node.served():
                response.status_message = await completed(self._node.running_executor, in_background(
                    lambda: self._calibrations.store(
                        self._node.startup('camera_info_url'), self._node.camera_name, request.camera_info),
                    'calibration'))
            response.success = True
        except CalibrationError as error:
            response.success, response.status_message = False, in_short(str(error))
        except Exception as error:  # as in _answering
            self._node.report_unexpected('set_camera_info', error)
            response.success = False
            response.status_message = in_short(f'set_camera_info failed unexpectedly: {error}')
        return response
