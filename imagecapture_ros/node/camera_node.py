# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera node: a managed node that wires the camera, its track, topics, services and parameters together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rclpy.qos import DurabilityPolicy, QoSProfile

from imagecapture_ros import msg
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.driver_controls import PREFIX
from imagecapture_ros.cameras.registry import cameras_for
from imagecapture_ros.engine.background import in_background
from imagecapture_ros.engine.session import CameraSession, Opening
from imagecapture_ros.mediacapture.constraints import ConstraintSet
from imagecapture_ros.mediacapture.errors import OperationError, OverconstrainedError
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.node.calibration import CalibrationStore
from imagecapture_ros.node.diagnostics import CameraReport, Diagnostics
from imagecapture_ros.node.futures import NotInTime, completed
from imagecapture_ros.node.host import BEING_OPENED, NOT_CONFIGURED, CameraHost
from imagecapture_ros.node.images.delivery import StampedDelivery
from imagecapture_ros.node.images.picture_messages import PhotoTopics, PictureMessages
from imagecapture_ros.node.images.publisher import ImagePublisher
from imagecapture_ros.node.log import forward_log
from imagecapture_ros.node.middleware.transport import TransportChoice
from imagecapture_ros.node.parameters.driver_controls import DriverControlParameters, opening_driver_controls
from imagecapture_ros.node.parameters.faults import NAME as FAULTS
from imagecapture_ros.node.parameters.faults import FaultParameter
from imagecapture_ros.node.parameters.mirror import ParameterMirror
from imagecapture_ros.node.parameters.properties import PropertyParameters, opening_constraints
from imagecapture_ros.node.parameters.services import AsyncParameterService
from imagecapture_ros.node.parameters.startup import (
    declare_startup_parameters,
    overrides_without_effect,
    startup_values,
)
from imagecapture_ros.node.services import CameraServices
from imagecapture_ros.node.stamps import RosStamps
from imagecapture_ros.rclpy_compat import overrides_of
from imagecapture_ros.texts import in_short

NODE_NAME = 'camera'
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
HOUSEKEEPING_PERIOD = 1.0
"""Seconds between diagnostics."""

DEVICE_TIMEOUT = 5.0
"""Seconds for which a transition waits for the device at most; one that hangs must not hold up the node."""

RELEASE_TIMEOUT = 0.8
"""Seconds for which a node that ends waits for its device; what holds it then ends with the process."""


@dataclass(frozen=True)
class _Opened:
    """A camera that was just opened."""

    session: CameraSession
    state: Snapshot
    """What the device was brought to."""
    unmet_driver_controls: list[str]
    """What of the driver's own controls could not be set as it was given at start, for people."""

    def close(self, timeout: float) -> bool:
        """See :meth:`CameraSession.close`."""
        return self.session.close(timeout)


class CameraNode(CameraHost):
    """Publishes a camera's stream and offers the image capture services.

    A process may hold several, each with a ``name`` of its own, with one executor or several.
    """

    def __init__(self, name: str = NODE_NAME, *, transport: TransportChoice) -> None:
        # First, because rclpy destroys even a node whose construction fails below.
        self._opening: Opening[_Opened] | None = None
        self._end_of_images: Callable[[], bool] = lambda: True
        self._end_of_services: Callable[[], None] = lambda: None
        self.hanging = False
        """After ``destroy_node``: whether a message is being sent that does not end, so that nothing was destroyed."""
        super().__init__(name, start_parameter_services=False)
        self._transport = transport.in_force()
        declare_startup_parameters(self)
        self._startup = startup_values(self)
        self._unmet: list[str] = []
        self._twin_reported = False
        self._trouble_reported = ''
        self._calibrations = CalibrationStore()
        self._pictures = PictureMessages(RosStamps(self.get_clock()), self._calibrations)
        self._images = ImagePublisher(self)
        self._end_of_images = self._images.close
        self._settings = self.create_publisher(msg.MediaTrackSettings, '~/settings', LATCHED)
        self._track_status = self.create_publisher(msg.TrackStatus, '~/track_status', LATCHED)
        self._properties = PropertyParameters(self)
        driver_controls = DriverControlParameters(self)
        self._faults = FaultParameter(self)
        self._mirror = ParameterMirror(self, self._properties, driver_controls, self._steady_clock)
        self._parameter_services = AsyncParameterService(
            self, self._properties, driver_controls, self._mirror, self._faults)
        services = CameraServices(
            self, pictures=self._pictures, calibrations=self._calibrations, mirror=self._mirror,
            photo_topics=PhotoTopics(self))
        self._camera_services = services
        self._end_of_services = services.close
        self._report = CameraReport(Diagnostics(self), self._images, self._transport)
        self.create_timer(HOUSEKEEPING_PERIOD, self._housekeeping, clock=self._steady_clock)
        forward_log(self.get_logger())
        for text in overrides_without_effect(self, (FAULTS,)):
            self.get_logger().warning(text)

    async def configure(self) -> None:
        """Open the device and declare its properties as parameters."""
        self._startup = startup_values(self)
        self._properties.fix_startup(True)
        try:
            self._pictures.frame_id = self._startup['frame_id'] or f'{self.camera_name}_optical_frame'
            # A file system that does not answer takes its time, too.
            odd = await completed(self.running_executor, in_background(
                lambda: self._calibrations.load(self._startup['camera_info_url'], self.camera_name), 'calibration'),
                unless=self.given_up)
            if odd:
                self.get_logger().warning(odd)
            overrides = overrides_of(self)
            given = {name: value for name, value in overrides.items() if name in VOCABULARY}
            constraints = opening_constraints(given)
            driver_controls = {name: value for name, value in overrides.items() if name.startswith(PREFIX)}
            # A device or a host that does not answer takes its time.
            self.unavailable_reason = BEING_OPENED
            self._opening = Opening(lambda: self._opened(constraints, driver_controls))
            opened = await completed(self.running_executor, self._opening.future, unless=self.given_up)
            try:
                self._report_unmet(opened, given, constraints)
                self._faults.declare(opened.session.camera)
                self._mirror.open(opened.session)
                self.session = opened.session  # before it is no opening any more: it must be found to be closed
            except Exception:
                self._faults.undeclare()
                self._mirror.close()
                await completed(self.running_executor, in_background(
                    lambda: opened.close(DEVICE_TIMEOUT), 'closing'))
                raise
        except Exception:
            if self._opening is not None:
                self._opening.abandon(0.0)
            self._properties.fix_startup(False)
            raise
        finally:
            self.unavailable_reason = NOT_CONFIGURED
            self._opening = None
        if FAULTS in overrides and not self.has_parameter(FAULTS):
            self.get_logger().warning(f'parameter {FAULTS} has no effect: this is no simulated camera')
        opened.session.attach(self)
        info, framing = opened.state.info, opened.state.framing
        doubt = self._calibrations.current.doubt(framing.delivered_width, framing.delivered_height)
        if doubt:
            self.get_logger().warning(doubt)
        delivered = f'{framing.delivered_width}x{framing.delivered_height}@{framing.frame_rate:g}'
        self.get_logger().info(f'opened {info.label} ({info.device_id}); delivers {delivered} from '
                               f'its mode {framing.mode}; transport: {self._transport.description}')

    async def activate(self) -> None:
        """Start the stream."""
        thread = self.need_session().thread
        started = thread.start_stream()
        try:
            await completed(self.running_executor, started, within=DEVICE_TIMEOUT, unless=self.given_up)
        except NotInTime as error:
            # It must not begin to stream when nobody expects it any more.
            if not started.cancel():
                thread.stop_stream()
            raise OperationError(f'the device does not start to stream: {error}') from error

    async def deactivate(self) -> None:
        """Stop the stream; the device stays open and answers.

        One that does not answer delivers nothing more all the same, and is stopped as soon as it does.
        """
        stopped = self.need_session().thread.stop_stream()
        try:
            await completed(self.running_executor, stopped, within=DEVICE_TIMEOUT)
        except NotInTime:
            self.get_logger().error(f'the device did not stop within {DEVICE_TIMEOUT:g} s; nothing of it is published '
                                    f'any more, and it is stopped as soon as it answers')
        await completed(self.running_executor, in_background(self._images.settle, 'settling'))

    async def release(self) -> None:
        """Close the device and forget its parameters; harmless when nothing is open."""
        await self._let_go(DEVICE_TIMEOUT)
        await completed(self.running_executor, in_background(self._images.settle, 'settling'))
        self.on_status(SourceStatus(muted=True, ended=True, reason='the node is not configured'))

    async def leave(self) -> None:
        """Close the device before the node is destroyed, so that who waits for an answer gets one.

        A transition that is under way has failed then. It waits for the device for :data:`RELEASE_TIMEOUT` at most.
        """
        self.give_up()
        if self._opening is not None:
            self._opening.abandon(0.0)
        await self._let_go(RELEASE_TIMEOUT)

    async def _let_go(self, patience: float) -> None:
        session, self.session = self.session, None
        try:
            self._properties.fix_startup(False)
            self._mirror.close()
            self._faults.undeclare()
        finally:
            if session is not None and not await completed(
                    self.running_executor, in_background(lambda: session.close(patience), 'closing')):
                self.get_logger().error(
                    f'the device did not let go within {patience:g} s; it is closed as soon as it does')

    def _opened(self, constraints: ConstraintSet, driver_controls: Mapping[str, Any]) -> _Opened:
        """Open the device, and set the driver's controls as far as that is possible; called on a thread of its own."""
        cameras = cameras_for(
            self._startup['device'], loop=self._startup['loop'], pixel_format=self._startup['pixel_format'],
            max_pixels=self._startup['max_pixels'], open_timeout=self._startup['open_timeout'],
            read_timeout=self._startup['read_timeout'], poll_period=self._startup['poll_period'],
            source_rate=self._startup['source_rate'])
        session = CameraSession.open(
            cameras, constraints, rotation=self._startup['rotation'], mirror=self._startup['mirror'],
            allow_ptz=self._startup['allow_ptz'])
        try:
            unmet = opening_driver_controls(session.thread, driver_controls)
            return _Opened(session, session.thread.snapshot, unmet)
        except BaseException:
            session.close(DEVICE_TIMEOUT)
            raise

    def _report_unmet(self, opened: _Opened, given: Mapping[str, Any], constraints: ConstraintSet) -> None:
        state, unmet = opened.state, []
        for name, constraint in constraints.items():
            wanted = constraint.ideal
            actual = state.settings.get(name)
            met = actual in wanted if isinstance(wanted, tuple) and isinstance(actual, str) else actual == wanted
            if not met:
                unmet.append(f'{name}: asked for {given[name]}, '
                             f'{"the device does not have it" if actual is None else f"got {actual}"}')
        unmet += opened.unmet_driver_controls
        if unmet and self._startup['strict_startup']:
            raise OverconstrainedError('', f'strict_startup: {"; ".join(unmet)}')
        self._unmet = unmet
        for text in unmet:
            self.get_logger().warning(f'not met at start: {text}')
        self.explain_rate(state, constraints)

    # Called on the device's thread, and once by whoever attaches the node to a session.

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """Publish a frame and its calibration to whom they are wanted by."""
        pictures = self._pictures
        delivery = StampedDelivery(
            frame, snapshot, pictures.stamps.of_frame(frame.exposed_at), pictures.frame_id,
            encoding=self._startup['encoding'], quality=self._startup['photo_quality'],
            compressed_format=self._startup['compressed_format'], values=self.value_range)
        self._images.publish(delivery, lambda: pictures.stream_info(frame, snapshot))

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Tell recorders, late subscribers and the parameters what the camera is set to now."""
        self._mirror.soon()
        self._settings.publish(self._pictures.change(snapshot))

    def on_status(self, status: SourceStatus) -> None:
        """Tell whether frames come."""
        self._track_status.publish(msg.TrackStatus(
            header=self._pictures.header_now(), ready_state='ended' if status.ended else 'live',
            muted=status.muted, enabled=True, reason=in_short(status.reason)))

    def _housekeeping(self) -> None:
        session = self.session
        self.get_logger().tell_left_out()
        self._camera_services.look_after()
        self._warn_of_twin()
        self._warn_of_transport(session)
        self._report.publish(session, self._unmet)

    def _warn_of_twin(self) -> None:
        own = (self.get_name(), self.get_namespace())
        if not self._twin_reported and self.get_node_names_and_namespaces().count(own) > 1:
            self._twin_reported = True
            self.get_logger().warning(f'another node is called {self.get_fully_qualified_name()} too; services and '
                                      f'parameters of both are mixed up: give one another name with -r __node:=NAME')

    def _warn_of_transport(self, session: CameraSession | None) -> None:
        trouble = self._images.hanging or self._transport.trouble
        if not trouble and session is not None:
            framing = session.thread.snapshot.framing
            trouble = self._transport.shortage(framing.delivered_width, framing.delivered_height)
        if trouble and trouble != self._trouble_reported:
            self.get_logger().warning(trouble)
        self._trouble_reported = trouble

    def destroy_node(self) -> None:
        """Release the device, then everything of ROS; where that would wait for ever, only the device.

        The device is waited for :data:`RELEASE_TIMEOUT` at most.
        """
        self.give_up()
        self._end_of_services()
        self.get_logger().tell_left_out(at_once=True)
        try:
            if self._opening is not None:
                self._opening.abandon(RELEASE_TIMEOUT)
            session, self.session = self.session, None
            if session is not None:
                session.close(RELEASE_TIMEOUT)
            self.hanging = not self._end_of_images()
        finally:
            if self.hanging:
                self.get_logger().error('a message is still being sent; the process ends without it')
            else:
                super().destroy_node()
