# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera node: a managed node that wires the camera, its track, topics, services and parameters together."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Header

from imagecapture_ros import msg
from imagecapture_ros.cameras.devices import cameras_for
from imagecapture_ros.cameras.rates import rate_shortfall
from imagecapture_ros.cameras.snapshot import Snapshot
from imagecapture_ros.mediacapture.constraints import ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.ros import messages
from imagecapture_ros.ros.camera_info import (
    Calibration,
    CalibrationError,
    calibration_path,
    check_calibration,
    load_calibration,
    save_calibration,
)
from imagecapture_ros.ros.camera_report import CameraReport
from imagecapture_ros.ros.delivery import Delivery
from imagecapture_ros.ros.diagnostics import Diagnostics
from imagecapture_ros.ros.extra_parameters import PREFIX, ExtraParameters, opening_extras
from imagecapture_ros.ros.fault_parameter import FaultParameter
from imagecapture_ros.ros.futures import completed, in_background
from imagecapture_ros.ros.image_publisher import ImagePublisher
from imagecapture_ros.ros.log import forward_log
from imagecapture_ros.ros.parameter_services import AsyncParameterService
from imagecapture_ros.ros.photos import PhotoEncoder
from imagecapture_ros.ros.property_parameters import PropertyParameters, opening_constraints
from imagecapture_ros.ros.services import CameraServices
from imagecapture_ros.ros.session import BEING_OPENED, NOT_CONFIGURED, CameraSession, SessionHolder
from imagecapture_ros.ros.stamps import RosStamps
from imagecapture_ros.ros.startup_parameters import (
    STARTUP_PARAMETERS,
    declare_startup_parameters,
    overrides_of,
    startup_values,
)
from imagecapture_ros.ros.transitions import WaitingLifecycleNode
from imagecapture_ros.ros.transport import Transport

NODE_NAME = 'camera'
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
HOUSEKEEPING_PERIOD = 1.0
"""Seconds between diagnostics."""

MIRROR_PERIOD = 0.1
"""Seconds between two times that changes of the device reach the parameters, at least."""

LETTING_GO = 0.8
"""Seconds for which a node that ends waits for its device; what holds it then ends with the process."""


class CameraNode(WaitingLifecycleNode, SessionHolder):
    """Publishes a camera's stream and offers the image capture services.

    A process may hold several, each with a ``name`` of its own, with one executor or several.
    """

    def __init__(self, name: str = NODE_NAME, *, transport: Transport) -> None:
        # First, because rclpy destroys even a node whose construction fails below.
        self.photo_encoder = PhotoEncoder()
        self._opening: Future[tuple[CameraSession, list[str]]] | None = None
        self._end_of_images: Callable[[], bool] = lambda: True
        self.hanging = False
        """After ``destroy_node``: whether a message is being sent that does not end, so that nothing was destroyed."""
        super().__init__(name, start_parameter_services=False)
        self._transport = transport
        declare_startup_parameters(self)
        self._startup: Mapping[str, Any] = startup_values(self)
        self._calibration = Calibration()
        self._field_of_view: float | None = None
        self._frame_id = ''
        self._last_stream_info = CameraInfo()
        self._stream_info_made_for: object = None
        self._unmet: list[str] = []
        self._twin_reported = False
        self._trouble_reported = ''
        self.stamps = RosStamps(self.get_clock())
        self.images = ImagePublisher(self)
        self._end_of_images = self.images.close
        self._photo = self.create_publisher(CompressedImage, '~/photo/image/compressed', 4)
        self._photo_info = self.create_publisher(CameraInfo, '~/photo/camera_info', 4)
        self._settings = self.create_publisher(msg.MediaTrackSettings, '~/settings', LATCHED)
        self._track_status = self.create_publisher(msg.TrackStatus, '~/track_status', LATCHED)
        self.properties = PropertyParameters(self)
        self.extras = ExtraParameters(self)
        self._faults = FaultParameter(self)
        self._parameter_services = AsyncParameterService(self, self, self.properties, self.extras)
        self._mirror_soon = self.create_guard_condition(self._mirror_in_turn)
        self._mirror_later = self.create_timer(MIRROR_PERIOD, self._mirror, clock=self._steady_clock)
        self._mirror_later.cancel()
        self._mirror_pending = False
        self._mirrored_at = 0.0
        self._services_offered = CameraServices(self)
        self._report = CameraReport(Diagnostics(self), self.images, transport)
        self.create_timer(HOUSEKEEPING_PERIOD, self._housekeeping, clock=self._steady_clock)
        forward_log(self)

    def startup(self, name: str) -> Any:
        """Return a start-up parameter as it was when the node was configured."""
        return self._startup[name]

    @property
    def _camera_name(self) -> str:
        return str(self._startup['camera_name'] or self.get_name())

    async def configure(self) -> None:
        """Open the device and declare its properties as parameters."""
        self._startup = startup_values(self)
        self.properties.fix_startup(True)
        try:
            self._frame_id = self._startup['frame_id'] or f'{self._camera_name}_optical_frame'
            self._stream_info_made_for = None
            # A file system that does not answer takes its time, too.
            self._calibration = await completed(
                self.running_executor, in_background(self._calibration_at_start, 'calibration'))
            overrides = overrides_of(self)
            given = {name: value for name, value in overrides.items() if name in VOCABULARY}
            constraints = opening_constraints(given)
            extras = {name: value for name, value in overrides.items() if name.startswith(PREFIX)}
            # A device or a host that does not answer takes its time.
            self.absence = BEING_OPENED
            self._opening = in_background(lambda: self._opened(constraints, extras), 'opening')
            session, unmet = await completed(self.running_executor, self._opening)
            try:
                self._report_unmet(session, given, constraints, unmet)
                self._faults.declare(session.camera)
            except Exception:
                await completed(self.running_executor, in_background(session.close, 'closing'))
                raise
        except Exception:
            self.properties.fix_startup(False)
            raise
        finally:
            self.absence = NOT_CONFIGURED
            self._opening = None
        self._warn_of_unknown_overrides()
        self.session = session
        snapshot = session.thread.snapshot
        self._field_of_view = snapshot.field_of_view
        self.properties.declare(snapshot)
        self.extras.mirror(snapshot)
        self.on_snapshot(snapshot)
        self.on_status(session.thread.status)
        framing = snapshot.framing
        delivered = f'{framing.delivered_width}x{framing.delivered_height}@{framing.frame_rate:g}'
        self.get_logger().info(f'opened {snapshot.info.label} ({snapshot.info.device_id}); delivers {delivered} from '
                               f'its mode {framing.mode}; transport: {self._transport.description}')

    async def activate(self) -> None:
        """Start the stream."""
        await completed(self.running_executor, self.need_session().thread.start_stream())

    async def deactivate(self) -> None:
        """Stop the stream; the device stays open and answers."""
        await completed(self.running_executor, self.need_session().thread.stop_stream())
        await completed(self.running_executor, in_background(self.images.settle, 'settling'))

    async def release(self) -> None:
        """Close the device and forget its parameters; harmless when nothing is open."""
        session, self.session = self.session, None
        self.properties.fix_startup(False)
        self.properties.undeclare()
        self.extras.undeclare()
        self._faults.undeclare()
        if session is not None and not await completed(
                self.running_executor, in_background(session.close, 'closing')):
            self.get_logger().error('the device did not let go within 5 s; it is closed as soon as it does')
        await completed(self.running_executor, in_background(self.images.settle, 'settling'))
        self.on_status(SourceStatus(muted=True, ended=True, reason='the node is not configured'))

    def _calibration_at_start(self) -> Calibration:
        url = self._startup['camera_info_url']
        path = calibration_path(url, self._camera_name)
        if os.path.exists(path):  # Path.exists raises for a name that is too long
            return Calibration(load_calibration(path))
        if url:
            raise CalibrationError(f'camera_info_url {url}: {path} does not exist')
        return Calibration()

    def _opened(self, constraints: ConstraintSet, extras: Mapping[str, Any]) -> tuple[CameraSession, list[str]]:
        """Open the device, and return it with what of ``extras`` was not met; called on a thread of its own."""
        cameras = cameras_for(
            self._startup['device'], loop=self._startup['loop'], pixel_format=self._startup['pixel_format'])
        session = CameraSession.open(
            cameras, self, constraints, rotation=self._startup['rotation'], mirror=self._startup['mirror'],
            allow_ptz=self._startup['allow_ptz'])
        try:
            return session, opening_extras(session.thread, extras)
        except BaseException:
            session.close()
            raise

    def _report_unmet(
        self, session: CameraSession, given: Mapping[str, Any], constraints: ConstraintSet, unmet_extras: list[str],
    ) -> None:
        settings, unmet = session.thread.snapshot.settings, []
        for name, constraint in constraints.items():
            wanted = constraint.ideal
            actual = settings.get(name)
            met = actual in wanted if isinstance(wanted, tuple) and isinstance(actual, str) else actual == wanted
            if not met:
                unmet.append(f'{name}: asked for {given[name]}, '
                             f'{"the device does not have it" if actual is None else f"got {actual}"}')
        unmet += unmet_extras
        if unmet and self._startup['strict_startup']:
            raise OverconstrainedError('', f'strict_startup: {"; ".join(unmet)}')
        self._unmet = unmet
        for text in unmet:
            self.get_logger().warning(f'not met at start: {text}')
        self.explain_rate(session, constraints)

    def explain_rate(self, session: CameraSession, constraints: ConstraintSet) -> None:
        """Log why a rate that was wished is not reached, if it is not, and which mode would reach it."""
        wish = constraints['frame_rate'].ideal if 'frame_rate' in constraints else None
        if isinstance(wish, (int, float)):
            snapshot = session.thread.snapshot
            reason = rate_shortfall(float(wish), snapshot.framing, snapshot.native_modes, snapshot.settings)
            if reason:
                self.get_logger().warning(f'frame_rate: {reason}')

    def _warn_of_unknown_overrides(self) -> None:
        for name in overrides_of(self):
            known = name in VOCABULARY or name in STARTUP_PARAMETERS or self.has_parameter(name)
            if not known and not name.startswith(('qos_overrides.', PREFIX)):
                self.get_logger().warning(f'parameter {name} is not known and has no effect; known are '
                                          f'{", ".join((*STARTUP_PARAMETERS, *VOCABULARY))}')

    # Called on the device's thread.

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """Publish a frame and its calibration to whom they are wanted by."""
        delivery = Delivery(
            frame, snapshot.framing, self.stamps.of_frame(frame.exposed_at), self._frame_id,
            encoding=self._startup['encoding'], quality=self._startup['photo_quality'])
        self.images.publish(delivery, lambda: self._stream_info(frame, snapshot))

    def _stream_info(self, frame: Frame, snapshot: Snapshot) -> CameraInfo:
        """Return the intrinsics of the stream's pictures; the same object as long as nothing changes."""
        framing = snapshot.framing
        made_for = (self._calibration, framing, snapshot.settings.get('zoom'), frame.width, frame.height)
        if made_for != self._stream_info_made_for:
            self._last_stream_info = self.camera_info(
                framing.delivered_width, framing.delivered_height, snapshot.settings, (frame.width, frame.height))
            self._last_stream_info.header.frame_id = self._frame_id
            self._stream_info_made_for = made_for
        return self._last_stream_info

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Tell recorders, late subscribers and the parameters what the camera is set to now."""
        if not self._mirror_pending:
            self._mirror_pending = True
            self._mirror_soon.trigger()
        self._settings.publish(
            messages.settings_message(snapshot.delivered_settings, self.header(self.stamps.now())))

    def on_status(self, status: SourceStatus) -> None:
        """Tell whether frames come."""
        self._track_status.publish(msg.TrackStatus(
            header=self.header(self.stamps.now()), ready_state='ended' if status.ended else 'live',
            muted=status.muted, enabled=True, reason=status.reason))

    # What services need.

    def header(self, stamp: int) -> Header:
        """Return a header with a ROS time in nanoseconds and the camera's optical frame."""
        return Header(stamp=messages.time_message(stamp), frame_id=self._frame_id)

    def camera_info(
        self, width: int, height: int, settings: Mapping[str, Any], native: tuple[int, int],
    ) -> CameraInfo:
        """Return the intrinsics of a picture of this size taken with ``settings``.

        ``native`` is the width and height of the device's own picture that it was made of. The user's calibration
        counts; without one, that of a device which is an exact pinhole.
        """
        calibration = self._calibration
        if calibration.info is None and self._field_of_view is not None:
            turned = native if self._startup['rotation'] in (0, 180) else (native[1], native[0])
            focal_length = 0.5 * native[0] / math.tan(0.5 * self._field_of_view)
            calibration = Calibration.of_pinhole(*turned, focal_length)
        return calibration.fitted(width, height, float(settings.get('zoom', 1.0)))

    def settings_message(self) -> msg.MediaTrackSettings:
        """Return what the track is set to now."""
        return messages.settings_message(self.need_session().track.settings, self.header(self.stamps.now()))

    def publish_photo(self, photo: CompressedImage, info: CameraInfo) -> None:
        """Publish a photo that was taken, with its calibration."""
        self._photo.publish(photo)
        self._photo_info.publish(info)

    def store_calibration(self, info: CameraInfo) -> str:
        """Save a calibration, use it from now on, and return where it was saved.

        :raises CalibrationError: it cannot be saved, or the URL does not name a file.
        """
        path = calibration_path(self._startup['camera_info_url'], self._camera_name)
        check_calibration(info)
        save_calibration(path, self._camera_name, info)
        self._calibration = Calibration(info)
        return f'saved to {path}'

    def _housekeeping(self) -> None:
        session = self.session
        self._warn_of_twin()
        self._warn_of_transport(session)
        self._report.publish(session, self._unmet)

    def _mirror_in_turn(self) -> None:
        """Bring the parameters to what the device does, now or when it is time again."""
        if time.monotonic() - self._mirrored_at < MIRROR_PERIOD:
            self._mirror_later.reset()
        else:
            self._mirror()

    def _mirror(self) -> None:
        """Bring the parameters to what the device does."""
        self._mirror_later.cancel()
        self._mirror_pending = False
        self._mirrored_at = time.monotonic()
        if self.session is not None:
            snapshot = self.session.thread.snapshot
            self.properties.mirror(snapshot)
            self.extras.mirror(snapshot)

    def _warn_of_twin(self) -> None:
        own = (self.get_name(), self.get_namespace())
        if not self._twin_reported and self.get_node_names_and_namespaces().count(own) > 1:
            self._twin_reported = True
            self.get_logger().warning(f'another node is called {self.get_fully_qualified_name()} too; services and '
                                      f'parameters of both are mixed up: give one another name with -r __node:=NAME')

    def _warn_of_transport(self, session: CameraSession | None) -> None:
        trouble = self.images.hanging
        if not trouble and session is not None:
            framing = session.thread.snapshot.framing
            trouble = self._transport.shortage(framing.delivered_width, framing.delivered_height)
        if trouble and trouble != self._trouble_reported:
            self.get_logger().warning(trouble)
        self._trouble_reported = trouble

    def destroy_node(self) -> None:
        """Release the device, then everything of ROS; where that would wait for ever, only the device.

        The device is waited for :data:`LETTING_GO` at most.
        """
        self.photo_encoder.close()
        try:
            session = self.session
            if self._opening is not None:
                with contextlib.suppress(Exception):
                    session, _ = self._opening.result(LETTING_GO)
            if session is not None:
                session.close(LETTING_GO)
            self.hanging = not self._end_of_images()
        finally:
            if self.hanging:
                self.get_logger().error('a message is still being sent; the process ends without it')
            else:
                super().destroy_node()
