# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one thread that owns a device: it serves jobs in order, reads frames, and brings a lost device back."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Any, TypeVar, Union

from imagecapture_ros.cameras.api import Camera, DeviceGone, DeviceThread, EndOfStream, ReadTimeout, Unchanged
from imagecapture_ros.cameras.capture.counters import Counters
from imagecapture_ros.cameras.capture.history import StateHistory
from imagecapture_ros.cameras.capture.job_queue import JobQueue, Pending
from imagecapture_ros.cameras.capture.listener import CaptureListener, GuardedListener
from imagecapture_ros.cameras.capture.recovery import Reopening, at_its_rate, brought_back, restored
from imagecapture_ros.cameras.capture.snapshot import Snapshot, device_part, snapshot_of
from imagecapture_ros.cameras.capture.thinning import Thinning
from imagecapture_ros.cameras.capture.watchdog import Watchdog
from imagecapture_ros.cameras.driver_controls import DriverControlCamera, DriverControlValue
from imagecapture_ros.cameras.frame_times import RateFollowingCamera
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, MediaCaptureError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import RawPhoto
from imagecapture_ros.mediacapture.solver.select_settings import Selection
from imagecapture_ros.mediacapture.source import (
    CompletedApply,
    CompletedFrame,
    CompletedPhoto,
    DeviceInfo,
    LiveTracks,
    SourceState,
    SourceStatus,
)

logger = logging.getLogger(__name__)

T = TypeVar('T')

READ_SLICE = 0.1
"""Seconds one read may wait before the thread looks at its jobs again."""

WATCH_PERIOD = 0.05
"""Seconds between looks at what others do with a device that does not stream."""

STALL_AFTER = 2.0
"""Seconds without a frame after which the track is muted; or three frames, where those take longer."""

MAX_FRAME_TIMEOUT = 120.0
"""Seconds to wait for the frame of a camera that is slower than one in a minute."""

READ_TIMEOUT = 1.0
"""Seconds after which a read that does not come back hangs, however short the silence before it was."""

JOB_TIMEOUT = 10.0
"""Seconds after which others hear that the device hangs in what it was asked to do; it may still come back."""

FRAME_TIMEOUT = 2.0
"""Seconds after which a request for a frame that got none fails; or two frames, where those take longer."""


class CaptureThread:
    """Owns ``camera`` from ``open`` to ``close``; a :class:`~imagecapture_ros.mediacapture.source.VideoSource`.

    What it answers and what it tells the listener carries the state of the device in which it was made.
    """

    def __init__(self, camera: Camera, listener: CaptureListener, *, rotation: int = 0, mirror: bool = False) -> None:
        self._camera = camera
        self._driver = camera if isinstance(camera, DriverControlCamera) else None
        self._follower = camera if isinstance(camera, RateFollowingCamera) else None
        self._rotation = rotation
        self._mirror = mirror
        self._queue = JobQueue()
        self._queue.unavailable_reason = 'it has not been opened'
        self._status = SourceStatus(muted=True, ended=False, reason='the stream has not been started')
        self._wants_stream = False
        self._stops = 0
        self._started_after = -1
        self._streaming = False
        self._selection: Selection | None = None
        self._last_frame_at = 0.0
        self._silent = False
        self._driver_controls: dict[str, DriverControlValue] = {}
        self._revision = 0
        self._thinning = Thinning()
        self.rate_origin = 'stated by the camera'
        """Where the rate of the mode in force comes from, for people."""
        self._reopening = Reopening()
        self.counters = Counters()
        self._listener = GuardedListener(listener)
        self._states = StateHistory(self._listener.on_snapshot)
        self.conflict = ''
        """What could not be had again when the device came back, for people; empty from the next apply on."""
        self.tracks = LiveTracks()
        self._watchdog = Watchdog(self._hang)
        self._thread = DeviceThread(target=self._run, name='capture', daemon=True)

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return self._camera.info

    @property
    def snapshot(self) -> Snapshot:
        """The present state of the device; valid after ``open``."""
        return self._states.newest

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""
        return self._status

    @property
    def waiting(self) -> int:
        """Requests that wait for the device."""
        return self._queue.waiting

    def open(self) -> Future[None]:
        """Start the thread and open the device on it; errors as :meth:`Camera.open`."""
        self._watchdog.start()
        self._thread.start()
        return self._queue.submit(self._open)

    def start_stream(self) -> Future[None]:
        """Begin to deliver frames, unless :meth:`stop_stream` is called meanwhile."""
        stops = self._stops
        return self._submit(lambda: self._start_stream(stops), refusal=OperationError)

    def stop_stream(self) -> Future[None]:
        """Cease to deliver frames, at once, and end the stream; the device stays open."""
        self._stops += 1
        return self._submit(self._stop_stream)

    def apply(
        self, solve: Callable[[SourceState], Selection], accept: Callable[[], None],
    ) -> Future[CompletedApply[Snapshot]]:
        """See :meth:`VideoSource.apply`."""
        return self._submit(lambda: self._apply(solve, accept), refusal=OperationError)

    def take_photo(self, wishes: PhotoSettings) -> Future[CompletedPhoto[Snapshot]]:
        """See :meth:`VideoSource.take_photo`."""
        return self._submit(lambda: self._take_photo(wishes), refusal=UnknownError, ending=UnknownError)

    def withdraw(self, future: Future[Any]) -> bool:
        """Leave undone what nobody waits for any more; return whether that was possible. See :class:`JobQueue`."""
        return self._queue.withdraw(future)

    def set_driver_controls(self, values: Mapping[str, DriverControlValue]) -> Future[Snapshot]:
        """Set controls of the driver that no property stands for, and return the state that this led to.

        See :meth:`DriverControlCamera.set_driver_controls`.
        """
        return self._submit(lambda: self._set_driver_controls(values), refusal=OperationError)

    def _submit(
        self, step: Callable[[], Union[T, Pending[T]]], *, refusal: type[MediaCaptureError] | None = None,
        ending: type[MediaCaptureError] = InvalidStateError,
    ) -> Future[T]:
        """Let the device's thread do ``step``, watched over; see :meth:`JobQueue.submit`."""
        return self._queue.submit(lambda: self._watched(step), refusal=refusal, ending=ending)

    def next_frame(self) -> Future[CompletedFrame[Snapshot]]:
        """See :meth:`VideoSource.next_frame`."""
        return self._next_frame(self._states.since)

    def _next_frame(self, not_before: int) -> Future[CompletedFrame[Snapshot]]:
        if not self._states.is_open:
            return self._queue.next_frame(FRAME_TIMEOUT)
        # The period only: what a source may take without being silent says nothing of when the next frame comes.
        return self._queue.next_frame(min(max(FRAME_TIMEOUT, 2.0 * self._period), MAX_FRAME_TIMEOUT), not_before)

    @property
    def _period(self) -> float:
        """Seconds between two frames: what the mode says, or what is measured where that is longer."""
        return max(1.0 / self.snapshot.framing.mode.frame_rate, self._thinning.slow_period)

    def release(self) -> None:
        """Close the device as soon as it lets itself be closed, and end the thread."""
        self._stops += 1
        self._watchdog.close()
        self._queue.close()

    def muffle(self) -> None:
        """Let whatever the thread still does with the device leave no trace in the log."""
        self._thread.muffled = True

    def close(self, timeout: float = 5.0) -> bool:
        """Close the device and end the thread; return whether it ended within ``timeout`` seconds.

        If it did not, the thread still closes the device as soon as the device lets it.
        """
        self.release()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._queue.abandon_running(f'the device did not finish this within {timeout:g} s of being closed')
            return False
        return True

    # From here on: on the device's thread only.

    def _run(self) -> None:
        try:
            while not self._queue.closing:
                self._queue.serve(until=self._next_frame_due)
                self._queue.expire_frame_requests()
                if self._queue.closing:
                    break
                if self._streaming:
                    self._guarded(self._read_frame)
                elif self._reopening.is_due:
                    self._guarded(self._reopen)
                else:
                    self._rest()
        except Exception:
            logger.exception('the thread of the camera failed')
            self._set_status(muted=True, ended=True, reason='the thread of the camera failed; see the log')
        finally:
            self._shut_down()

    def _rest(self) -> None:
        """Wait for a job; meanwhile follow what others do with the device, as far as it can tell."""
        if self._driver is None or self._queue.unavailable_reason:
            self._queue.rest(until=self._reopening.at)
            return
        self._queue.rest(until=time.monotonic() + WATCH_PERIOD)
        if not self._queue.closing:
            self._guarded(self._look_at_device)

    def _look_at_device(self) -> None:
        if self._driver is not None:
            self._watched(self._driver.refresh, STALL_AFTER)
        self._follow_device()

    def _watched(self, step: Callable[[], T], seconds: float | None = None) -> T:
        """Do something with the device that may hang in it; if it does for so long, who waits hears of it."""
        try:
            with self._watchdog.over(JOB_TIMEOUT if seconds is None else seconds):
                return step()
        finally:
            self._queue.go_on()

    def _hang(self) -> None:
        """Tell that the device does not answer; called by the watchdog, while the device's thread is in the device."""
        reason = 'a call to its driver, file or host does not come back'
        if self._streaming:
            self._fall_silent(reason)
        self._queue.hang(reason)

    @property
    def _next_frame_due(self) -> float:
        """When it is time for the stream again, however many jobs wait; on the monotonic clock."""
        return self._last_frame_at + 1.0 / self.snapshot.framing.mode.frame_rate if self._streaming else math.inf

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

    def _open(self) -> None:
        self._camera.open()
        self._states.begin(snapshot_of(self._camera, self._native_framing()))
        self._ask_for_rate_origin()
        self._queue.unavailable_reason = ''

    def _ask_for_rate_origin(self) -> None:
        if self._follower is not None:
            self.rate_origin = self._follower.rate_origin

    def _native_framing(self) -> Framing:
        return Framing.native(self._camera.mode, rotation=self._rotation, mirror=self._mirror)

    def _start_stream(self, stops: int) -> None:
        if self._status.ended:
            raise InvalidStateError(f'the source has ended: {self._status.reason}; open the camera again, or configure '
                                    f'the node again')
        if not self._streaming:
            with self._loss_reported_as(OperationError):
                self._begin_streaming()
        self._wants_stream = True
        self._started_after = stops

    def _begin_streaming(self) -> None:
        self._camera.start()
        self._states.begin_stream(self._camera.in_force_since)
        self._streaming = True
        self.counters.begin()
        self._silent = False
        self._thinning.begin()
        self._last_frame_at = time.monotonic()
        self._set_status(muted=False)

    def _stop_stream(self) -> None:
        self._wants_stream = False
        self._streaming = False
        self._states.tell_all()
        if not self._queue.unavailable_reason:
            try:
                self._camera.stop()
            except Exception as error:  # whatever it is, the device does not do what it should
                self._lose_device(str(error))
            else:
                self._set_status(muted=True, reason='the stream is stopped')
        self._queue.fail_frame_requests('the stream was stopped')

    @contextlib.contextmanager
    def _loss_reported_as(self, error_type: type[MediaCaptureError]) -> Iterator[None]:
        try:
            yield
        except DeviceGone as error:
            if not self._queue.unavailable_reason:
                self._lose_device(str(error))
            raise error_type(f'the device was lost: {error}') from error

    def _apply(
        self, solve: Callable[[SourceState], Selection], accept: Callable[[], None],
    ) -> CompletedApply[Snapshot]:
        before = self.snapshot
        selection = solve(before)
        framing = before.framing.selected(selection)
        with self._loss_reported_as(OperationError):
            try:
                self._camera.apply(device_part(selection), framing.mode)
            except DeviceGone:
                raise
            except Exception as error:
                raise OperationError(f'the device refused: {error}; {self._restore(before)}') from error
            self._update_snapshot(framing.taken_as(self._camera.mode))
        self._selection, self.conflict = selection, ''
        self._last_frame_at = time.monotonic()
        self._states.expect_newest()
        accept()
        return CompletedApply(selection, self.snapshot, before)

    def _restore(self, before: Snapshot) -> str:
        """Bring the device back to ``before``; return how that went."""
        outcome = restored(self._camera, before)
        self._update_snapshot(before.framing.taken_as(self._camera.mode))
        return outcome

    def _set_driver_controls(self, values: Mapping[str, DriverControlValue]) -> Snapshot:
        if self._driver is None:
            raise OperationError(f'{", ".join(values)}: the device has no controls beyond its properties')
        controls = self._driver.driver_controls
        with self._loss_reported_as(OperationError):
            try:
                self._driver.set_driver_controls(values)
            finally:
                self._update_snapshot(self.snapshot.framing)
        self._driver_controls.update({name: value for name, value in values.items() if controls[name].lasting})
        self._states.expect_newest()
        return self.snapshot

    def _take_photo(self, wishes: PhotoSettings) -> Pending[CompletedPhoto[Snapshot]]:
        if self._silent and self._streaming:
            self.counters.photos_failed += 1
            raise UnknownError(f'the device delivers no frames and no photos: {self._status.reason}')
        state = self.snapshot
        period = 1.0 / state.framing.mode.frame_rate
        # A frame that was late already is not late because of the photo.
        stands_still_from = max(self._last_frame_at + period, time.monotonic())
        try:
            with self._photo_failure_reported():
                if self._streaming and self._camera.photo_interrupts(wishes):
                    self._set_status(muted=True, reason='a photo is being taken, for which the stream stands still')
                photo = self._camera.take_photo(wishes)
        finally:
            # While a photo is taken, silence of the stream is no stall.
            self._last_frame_at = time.monotonic()
        late = self._streaming and self._last_frame_at - stands_still_from >= period
        return Pending(photo, lambda: self._taken_photo(photo, state, stands_still_from if late else None))

    def _taken_photo(
        self, photo: Future[RawPhoto], state: Snapshot, stands_still_from: float | None,
    ) -> CompletedPhoto[Snapshot] | Pending[CompletedPhoto[Snapshot]]:
        with self._photo_failure_reported():
            taken = photo.result()
        self.counters.photos += 1
        # The camera knows best what the photo was taken with; the size of the stream it does not know.
        state = replace(state, settings={**state.settings, **taken.device_settings})
        if stands_still_from is None:
            return CompletedPhoto(taken, state)
        # The gap lasts until the stream is there again, or is known not to come.
        return Pending(self._next_frame(0), lambda: self._with_gap(taken, state, time.monotonic() - stands_still_from))

    def _with_gap(self, taken: RawPhoto, state: Snapshot, gap: float) -> CompletedPhoto[Snapshot]:
        self.counters.photo_gap = gap
        return CompletedPhoto(replace(taken, stream_gap=gap), state)

    @contextlib.contextmanager
    def _photo_failure_reported(self) -> Iterator[None]:
        with self._loss_reported_as(UnknownError):
            try:
                yield
            except DeviceGone:
                self.counters.photos_failed += 1
                raise
            except CancelledError as error:
                raise UnknownError('the photo was given up, nobody waits for it') from error
            except Exception as error:
                self.counters.photos_failed += 1
                if self._queue.unavailable_reason:
                    raise UnknownError(f'the device was lost: {self._queue.unavailable_reason}') from error
                raise UnknownError(f'the device could not take the photo: {error}') from error

    def _read_frame(self) -> None:
        longest = max(READ_TIMEOUT, self._last_frame_at + self._longest_silence - time.monotonic())
        try:
            frame = self._watched(lambda: self._camera.read(READ_SLICE), longest)
        except ReadTimeout as error:
            self._states.tell()
            self.counters.faulty = self._driver.faulty_frames if self._driver else 0
            if not isinstance(error, Unchanged):
                self._note_silence(error)
            self._follow_device()
            return
        self._last_frame_at = time.monotonic()
        self._reopening.worked()
        self._silent = False
        if self._status.muted:
            self._set_status(muted=False)
        self.counters.count(frame.sequence, self._driver.faulty_frames if self._driver else 0)
        self._follow_device()
        self._states.tell()
        exposed_at, state = self._states.exposure_of(frame)
        if not self._thinning.is_due(frame, state.framing):
            self.counters.decimated += 1
        elif self._started_after == self._stops:  # what was stopped since then delivers nothing more
            self._thinning.deliver()
            self._listener.on_frame(frame, state)
        # Whoever asks for a frame gets the camera's next one, also where the stream leaves it out for a lower rate.
        self._queue.answer_frame_requests(exposed_at, lambda: CompletedFrame(state.framing.render(frame), state))

    @property
    def _longest_silence(self) -> float:
        return max(STALL_AFTER, 3.0 * self._period, self._follower.patience if self._follower is not None else 0.0)

    def _note_silence(self, error: ReadTimeout) -> None:
        if time.monotonic() - self._last_frame_at > self._longest_silence:
            self._fall_silent(str(error))

    def _fall_silent(self, reason: str) -> None:
        if not self._silent:
            self._silent = True
            self.counters.stalls += 1
            silent = time.monotonic() - self._last_frame_at
            self._set_status(muted=True, reason=f'no frame for {silent:.1f} s: {reason}')
            self._queue.fail_frame_requests(self._status.reason)

    def _follow_device(self) -> None:
        """Replace the snapshot if the device, or another program, changed what it does or can do."""
        if self._queue.unavailable_reason:
            return
        revision = self._driver.revision if self._driver else 0
        if revision != self._revision or self._camera.settings.items() - self.snapshot.settings.items():
            self._revision = revision
            self._update_snapshot(self.snapshot.framing)
        if self._driver is None and self._camera.mode != self.snapshot.framing.mode:
            self._follow_mode()

    def _follow_mode(self) -> None:
        """Do as before what was asked of a source that has another size or rate now."""
        mode, known = self._camera.mode, self.snapshot.framing.mode
        if (mode.width, mode.height) != (known.width, known.height):
            self._bring_back()
        else:
            self._update_snapshot(at_its_rate(self._camera, self._native_framing(), self.snapshot, self.tracks))
            self._ask_for_rate_origin()

    def _bring_back(self) -> None:
        framing, self.conflict = brought_back(
            self._camera, self._native_framing(), self._selection, self._driver, self._driver_controls,
            self.tracks.constrained if self.tracks.any else None)
        if self._follower is not None:
            framing = at_its_rate(self._camera, self._native_framing(), self.snapshot, self.tracks)
        self._update_snapshot(framing)
        self._ask_for_rate_origin()

    def _update_snapshot(self, framing: Framing) -> None:
        self._states.update(snapshot_of(self._camera, framing))

    def _set_status(self, *, muted: bool, ended: bool = False, reason: str = '') -> None:
        if self._status.ended:
            return
        status = SourceStatus(muted, ended, reason)
        if status != self._status:
            self._status = status
            self._listener.on_status(status)

    def _end(self, reason: str) -> None:
        self._streaming = False
        self._states.tell_all()
        self._wants_stream = False
        self._quietly(self._camera.stop)
        self._set_status(muted=True, ended=True, reason=reason)
        self._queue.fail_frame_requests(reason)

    def _lose_device(self, reason: str) -> None:
        self._streaming = False
        self._states.tell_all()
        self._queue.unavailable_reason = reason or 'it was lost'
        self._quietly(self._camera.close)
        self._reopening.schedule()
        self._set_status(muted=True, reason=reason)
        self._queue.fail_frame_requests(reason)

    def _reopen(self) -> None:
        self._reopening.at = None
        self._camera.open()
        self._bring_back()
        self._queue.unavailable_reason = ''
        self.counters.reopened += 1
        if self._wants_stream:
            self._begin_streaming()
        else:
            self._reopening.worked()
            self._set_status(muted=True, reason='the stream is stopped')

    def _quietly(self, step: Callable[[], None]) -> None:
        """Do what a broken device may fail at without consequence."""
        try:
            step()
        except Exception as error:
            logger.warning('the device failed while it was let go: %s', error)

    def _shut_down(self) -> None:
        self._streaming = False
        self._watchdog.close()
        try:
            self._queue.close()
        finally:
            self._quietly(self._camera.close)
            if not self._status.ended:
                self._status = SourceStatus(muted=True, ended=True, reason='the device was closed')
