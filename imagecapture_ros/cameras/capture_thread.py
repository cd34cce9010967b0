"""The one thread that owns a device: it serves jobs in order, reads frames, and brings a lost device back."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from imagecapture_ros.cameras.camera import Camera, DeviceGone, EndOfStream, ReadTimeout
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.cameras.snapshot import Snapshot, device_part, snapshot_of
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, MediaCaptureError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.select_settings import Selection
from imagecapture_ros.mediacapture.source import SourceState, SourceStatus

logger = logging.getLogger(__name__)

T = TypeVar('T')

MAX_JOBS = 32
"""Jobs that may wait; a further one is refused, so that latency stays bounded."""

READ_SLICE = 0.1
"""Seconds one read may wait before the thread looks at its jobs again."""

STALL_AFTER = 2.0
"""Seconds without a frame after which the track is muted."""

REOPEN_DELAYS = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each attempt to open a lost device again; the last one repeats."""


class CaptureListener(Protocol):
    """Who is told what the device does; called on the device's thread, must be quick and must not raise."""

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """Take a native frame that is due for delivery; ``snapshot.framing.render`` makes the delivered picture."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Learn that settings or capabilities changed."""

    def on_status(self, status: SourceStatus) -> None:
        """Learn that the source was muted, unmuted or ended."""


@dataclass
class Counters:
    """What happened to the frames so far; written by the device's thread only."""

    frames: int = 0
    lost: int = 0
    """Frames the device made and nobody could read, by gaps in the sequence."""
    decimated: int = 0
    stalls: int = 0
    reopened: int = 0


@dataclass
class _Job:
    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)


class CaptureThread:
    """Owns ``camera`` from ``open`` to ``close``; a :class:`~imagecapture_ros.mediacapture.source.VideoSource`."""

    def __init__(self, camera: Camera, listener: CaptureListener, *, rotation: int = 0, mirror: bool = False) -> None:
        self._camera = camera
        self._listener = listener
        self._rotation = rotation
        self._mirror = mirror
        self._snapshot: Snapshot | None = None
        self._status = SourceStatus(muted=True, ended=False, reason='the stream has not been started')
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._device_open = False
        self._wants_stream = False
        self._streaming = False
        self._selection: Selection | None = None
        self._waiting_for_frame: list[Future[Frame]] = []
        self._last_frame_at = 0.0
        self._last_sequence: int | None = None
        self._reopen_attempts = 0
        self._reopen_at = 0.0
        self.counters = Counters()
        self._thread = threading.Thread(target=self._run, name='capture', daemon=True)

    @property
    def snapshot(self) -> Snapshot:
        """The present state of the device; valid after ``open``."""
        if self._snapshot is None:
            raise InvalidStateError('the device has not been opened')
        return self._snapshot

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""
        return self._status

    def open(self) -> Future[None]:
        """Start the thread and open the device on it; errors as :meth:`Camera.open`."""
        self._thread.start()
        return self._submit(self._open)

    def start_stream(self) -> Future[None]:
        """Begin to deliver frames."""
        return self._submit(self._start_stream)

    def stop_stream(self) -> Future[None]:
        """Cease to deliver frames; the device stays open."""
        return self._submit(self._stop_stream)

    def apply(self, solve: Callable[[SourceState], Selection], accept: Callable[[], None]) -> Future[None]:
        """See :meth:`VideoSource.apply`."""
        return self._submit(lambda: self._apply(solve, accept))

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """See :meth:`VideoSource.take_photo`."""
        return self._submit(lambda: self._take_photo(wishes))

    def next_frame(self) -> Future[Frame]:
        """See :meth:`VideoSource.next_frame`."""
        future: Future[Frame] = Future()
        with self._wake:
            if len(self._waiting_for_frame) >= MAX_JOBS:
                future.set_exception(UnknownError(f'{MAX_JOBS} requests are waiting for a frame already; ask again later'))
            else:
                self._waiting_for_frame.append(future)
        return future

    def close(self, timeout: float = 5.0) -> bool:
        """Close the device and end the thread; return whether it ended within ``timeout`` seconds."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _submit(self, work: Callable[[], T]) -> Future[T]:
        job = _Job(work)
        with self._wake:
            if self._closing:
                job.future.set_exception(InvalidStateError('the device is being closed'))
            elif len(self._jobs) >= MAX_JOBS:
                job.future.set_exception(
                    OperationError(f'{MAX_JOBS} requests are waiting for the device already; ask again later'))
            else:
                self._jobs.append(job)
                self._wake.notify()
        return job.future

    def _run(self) -> None:
        try:
            while not self._closing:
                self._serve_jobs()
                if self._closing:
                    break
                if self._streaming:
                    self._guarded(self._read_frame)
                elif self._reopen_at and time.monotonic() >= self._reopen_at:
                    self._guarded(self._reopen)
                else:
                    self._rest()
        finally:
            self._shut_down()

    def _rest(self) -> None:
        """Wait for a job, or for the time of the next attempt to open the device."""
        with self._wake:
            if not self._jobs and not self._closing:
                self._wake.wait(max(0.0, self._reopen_at - time.monotonic()) if self._reopen_at else None)

    def _serve_jobs(self) -> None:
        while not self._closing:
            with self._wake:
                if not self._jobs:
                    return
                job = self._jobs.popleft()
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = job.work()
            except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
                job.future.set_exception(error)
            else:
                job.future.set_result(result)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except EndOfStream as error:
            self._end(str(error))
        except MediaCaptureError as error:
            self._lose_device(str(error))
        except Exception as error:
            logger.exception('the camera failed in an unexpected way')
            self._lose_device(f'unexpected failure: {error}')

    # From here on: on the device's thread only.

    def _open(self) -> None:
        self._camera.open()
        self._device_open = True
        framing = Framing.native(self._camera.mode, rotation=self._rotation, mirror=self._mirror)
        self._snapshot = snapshot_of(self._camera, framing)
        self._set_status(muted=True, reason='the stream has not been started')

    def _start_stream(self) -> None:
        self._wants_stream = True
        self._need_device()
        if not self._streaming and not self._status.ended:
            self._begin_streaming()

    def _begin_streaming(self) -> None:
        self._camera.start()
        self._streaming = True
        self._last_sequence = None
        self._last_frame_at = time.monotonic()
        self._set_status(muted=False)

    def _stop_stream(self) -> None:
        self._wants_stream = False
        self._streaming = False
        if self._device_open:
            self._camera.stop()
        self._set_status(muted=True, reason='the stream is stopped')
        self._fail_waiting('the stream was stopped')

    def _need_device(self) -> None:
        if not self._device_open:
            raise OperationError(f'the device is not there: {self._status.reason}')

    def _apply(self, solve: Callable[[SourceState], Selection], accept: Callable[[], None]) -> None:
        self._need_device()
        before = self.snapshot
        selection = solve(before)
        framing = before.framing.selected(selection)
        try:
            self._camera.apply(device_part(selection), framing.mode)
        except DeviceGone as error:
            self._lose_device(str(error))
            raise OperationError(f'the device was lost: {error}') from error
        except MediaCaptureError as error:
            self._restore(before)
            raise OperationError(f'the device refused: {error}; its earlier settings are restored') from error
        self._selection = selection
        self._update_snapshot(framing)
        accept()

    def _restore(self, before: Snapshot) -> None:
        device_settings = {name: before.settings[name] for name in self._camera.capabilities}
        try:
            self._camera.apply(device_settings, before.framing.mode)
        except MediaCaptureError as error:
            logger.warning('the earlier settings could not be restored: %s', error)
        self._update_snapshot(before.framing)

    def _take_photo(self, wishes: PhotoSettings) -> RawPhoto:
        if not self._device_open:
            raise UnknownError(f'the device is not there: {self._status.reason}')
        began = time.monotonic()
        try:
            photo = self._camera.take_photo(wishes)
        except DeviceGone as error:
            self._lose_device(str(error))
            raise UnknownError(f'the device was lost: {error}') from error
        except MediaCaptureError as error:
            raise UnknownError(f'the device could not take the photo: {error}') from error
        stood_still = time.monotonic() - began
        if self._streaming and stood_still > 1.0 / self.snapshot.framing.mode.frame_rate:
            photo = replace(photo, stream_gap=stood_still)
        return photo

    def _read_frame(self) -> None:
        try:
            frame = self._camera.read(READ_SLICE)
        except ReadTimeout as error:
            silent = time.monotonic() - self._last_frame_at
            if silent > STALL_AFTER and not self._status.muted:
                self.counters.stalls += 1
                self._set_status(muted=True, reason=f'no frame for {silent:.1f} s: {error}')
                self._fail_waiting(self._status.reason)
            return
        self._last_frame_at = time.monotonic()
        if self._status.muted:
            self._set_status(muted=False)
        self._count(frame)
        if self._camera.settings.items() - self.snapshot.settings.items():
            self._update_snapshot(self.snapshot.framing)
        if frame.sequence % self.snapshot.framing.every:
            self.counters.decimated += 1
            return
        self._listener.on_frame(frame, self.snapshot)
        self._hand_to_waiting(frame)

    def _count(self, frame: Frame) -> None:
        self.counters.frames += 1
        if self._last_sequence is not None:
            self.counters.lost += max(0, frame.sequence - self._last_sequence - 1)
        self._last_sequence = frame.sequence

    def _hand_to_waiting(self, frame: Frame) -> None:
        with self._wake:
            waiting, self._waiting_for_frame = self._waiting_for_frame, []
        if waiting:
            delivered = self.snapshot.framing.render(frame)
            for future in waiting:
                if future.set_running_or_notify_cancel():
                    future.set_result(delivered)

    def _fail_waiting(self, reason: str) -> None:
        with self._wake:
            waiting, self._waiting_for_frame = self._waiting_for_frame, []
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(UnknownError(f'no frame came: {reason}'))

    def _update_snapshot(self, framing: Framing) -> None:
        snapshot = snapshot_of(self._camera, framing)
        if snapshot != self._snapshot:
            self._snapshot = snapshot
            self._listener.on_snapshot(snapshot)

    def _set_status(self, *, muted: bool, ended: bool = False, reason: str = '') -> None:
        status = SourceStatus(muted, ended, reason)
        if status != self._status:
            self._status = status
            self._listener.on_status(status)

    def _end(self, reason: str) -> None:
        self._streaming = False
        self._wants_stream = False
        self._camera.stop()
        self._set_status(muted=True, ended=True, reason=reason)
        self._fail_waiting(reason)

    def _lose_device(self, reason: str) -> None:
        self._streaming = False
        if self._device_open:
            self._device_open = False
            self._reopen_attempts = 0
            self._camera.close()
        delay = REOPEN_DELAYS[min(self._reopen_attempts, len(REOPEN_DELAYS) - 1)]
        self._reopen_attempts += 1
        self._reopen_at = time.monotonic() + delay
        self._set_status(muted=True, reason=reason)
        self._fail_waiting(reason)

    def _reopen(self) -> None:
        self._camera.open()
        self._device_open = True
        self._reopen_at = 0.0
        self.counters.reopened += 1
        framing = Framing.native(self._camera.mode, rotation=self._rotation, mirror=self._mirror)
        if self._selection is not None:
            framing = framing.selected(self._selection)
            try:
                self._camera.apply(device_part(self._selection), framing.mode)
            except MediaCaptureError as error:
                logger.warning('the settings from before the loss could not be restored: %s', error)
                framing = Framing.native(self._camera.mode, rotation=self._rotation, mirror=self._mirror)
        self._update_snapshot(framing)
        if self._wants_stream:
            self._begin_streaming()

    def _shut_down(self) -> None:
        self._closing = True
        self._streaming = False
        try:
            self._camera.close()
        finally:
            with self._wake:
                jobs, self._jobs = self._jobs, deque()
            for job in jobs:
                if job.future.set_running_or_notify_cancel():
                    job.future.set_exception(InvalidStateError('the device was closed before this could be done'))
            self._fail_waiting('the device was closed')
