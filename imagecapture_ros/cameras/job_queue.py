# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What others ask of the device's thread: jobs, begun in order, and the next frame; everyone gets an answer."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import InvalidStateError as AnsweredAlready
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, Union

from imagecapture_ros.mediacapture.errors import InvalidStateError, MediaCaptureError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame

T = TypeVar('T')

MAX_JOBS = 32
"""Requests of one kind that may wait; a further one is refused, so that latency stays bounded."""


@dataclass(frozen=True)
class Begun(Generic[T]):
    """What work returns that has set something going and does not wait for it."""

    ended: Future[Any]
    """Done, on any thread, when the rest can be done."""
    finish: Callable[[], Union[T, Begun[T]]]
    """The rest, done on the device's thread: returns or raises what the one who asked gets."""


@dataclass
class _Job:
    work: Callable[[], Any]
    refusal: type[MediaCaptureError] | None
    future: Future[Any] = field(default_factory=Future)


@dataclass
class _FrameRequest:
    patience: float
    future: Future[Frame] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.patience


class JobQueue:
    """Takes requests from any thread and hands them to the one that owns the device.

    While ``missing`` says why the device is not there, jobs that need it are refused at once, by the thread that asks.
    """

    def __init__(self) -> None:
        self.missing = ''
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._frame_requests: list[_FrameRequest] = []
        self._running: _Job | None = None
        self._begun: list[_Job] = []
        self._closing = False

    @property
    def waiting(self) -> int:
        """Jobs that were asked for and are not done."""
        return len(self._jobs) + len(self._begun)

    @property
    def closing(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closing

    # Called on any thread.

    def submit(
        self, work: Callable[[], Union[T, Begun[T]]], *, refusal: type[MediaCaptureError] | None = None,
    ) -> Future[T]:
        """Let the device's thread do ``work``; the future has what it returns or raises.

        Where that is only :class:`Begun`, other jobs and frames get their turn until the rest can be done. A job with a
        ``refusal`` needs the device to begin, and is answered with such an error while the device is missing or too
        many wait.
        """
        job = _Job(work, refusal)
        with self._changed:
            if self._closing:
                job.future.set_exception(InvalidStateError('the device is being closed'))
            elif self.waiting >= MAX_JOBS:
                job.future.set_exception((refusal or OperationError)(
                    f'{MAX_JOBS} requests are waiting for the device already; ask again later'))
            elif not self._refuse(job):
                self._jobs.append(job)
                self._changed.notify()
        return job.future

    def next_frame(self, patience: float) -> Future[Frame]:
        """Ask for the next frame; the request fails when none has come after ``patience`` seconds."""
        request = _FrameRequest(patience)
        with self._changed:
            if self._closing:
                request.future.set_exception(InvalidStateError('the device is being closed'))
            elif len(self._frame_requests) >= MAX_JOBS:
                request.future.set_exception(
                    UnknownError(f'{MAX_JOBS} requests are waiting for a frame already; ask again later'))
            elif self.missing:
                request.future.set_exception(UnknownError(f'no frame comes, the device is not there: {self.missing}'))
            else:
                self._frame_requests.append(request)
                self._changed.notify()
        return request.future

    def close(self) -> None:
        """Take nothing any more, and answer what waits; the job that runs may come to its end."""
        with self._changed:
            self._closing = True
            jobs, self._jobs = self._jobs, deque()
            begun, self._begun = self._begun, []
            self._changed.notify()
        for job in jobs:
            _fail(job.future, InvalidStateError('the device was closed before this could be done'))
        for job in begun:
            job.future.set_exception(InvalidStateError('the device was closed before this was done'))
        self.fail_frame_requests('the device was closed')

    def abandon_running(self, reason: str) -> None:
        """Answer the job that runs, if one does, without waiting for its end."""
        job = self._running
        if job is not None:
            with contextlib.suppress(AnsweredAlready):
                job.future.set_exception(OperationError(reason))

    def fail_frame_requests(self, reason: str) -> None:
        """Tell all who wait for a frame that none comes."""
        for future in self._take_frame_requests():
            future.set_exception(UnknownError(f'no frame came: {reason}'))

    # Called on the device's thread.

    def serve(self, until: float = math.inf) -> None:
        """Do the jobs that wait now, or the first of them and what can be begun ``until`` (monotonic time).

        Those that come meanwhile wait, so that frames get their turn.
        """
        for number in range(len(self._jobs)):
            if number and time.monotonic() >= until:
                return
            self.expire_frame_requests()
            with self._changed:
                if not self._jobs:
                    return
                job = self._jobs.popleft()
            if not self._refuse(job):
                self._do(job)

    def answer_frame_requests(self, frame: Callable[[], Frame]) -> None:
        """Answer all who wait for a frame with what ``frame`` returns, if there are any."""
        waiting = self._take_frame_requests()
        if not waiting:
            return
        try:
            delivered = frame()
        except Exception as error:
            for future in waiting:
                future.set_exception(UnknownError(f'the frame cannot be shown: {error}'))
        else:
            for future in waiting:
                future.set_result(delivered)

    def _take_frame_requests(self) -> list[Future[Frame]]:
        """Return the futures of all who wait for a frame and still want it; the caller answers them."""
        with self._changed:
            waiting, self._frame_requests = self._frame_requests, []
        return [request.future for request in waiting if request.future.set_running_or_notify_cancel()]

    def expire_frame_requests(self) -> None:
        """Fail the requests for a frame whose time is over."""
        now = time.monotonic()
        with self._changed:
            expired = [request for request in self._frame_requests if request.deadline <= now]
            if expired:
                self._frame_requests = [request for request in self._frame_requests if request.deadline > now]
        for request in expired:
            _fail(request.future, UnknownError(f'no frame came within {request.patience:g} s'))

    def rest(self, until: float | None) -> None:
        """Wait for a job, but at most until ``until`` (monotonic time) or a request for a frame is too old."""
        with self._changed:
            if self._jobs or self._closing:
                return
            moments = [request.deadline for request in self._frame_requests]
            if until is not None:
                moments.append(until)
            self._changed.wait(max(0.0, min(moments) - time.monotonic()) if moments else None)

    def _refuse(self, job: _Job) -> bool:
        if not self.missing or job.refusal is None:
            return False
        _fail(job.future, job.refusal(f'the device is not there: {self.missing}'))
        return True

    def _do(self, job: _Job) -> None:
        if not job.future.running() and not job.future.set_running_or_notify_cancel():
            return
        self._running = job
        # Answered already it is when nobody wanted to wait for its end any longer.
        with contextlib.suppress(AnsweredAlready):
            try:
                result = job.work()
                while isinstance(result, Begun) and result.ended.done():
                    result = result.finish()
            except BaseException as error:  # whatever it is belongs to the caller
                job.future.set_exception(error)
            else:
                if isinstance(result, Begun):
                    self._leave(job, result)
                else:
                    job.future.set_result(result)
        self._running = None

    def _leave(self, job: _Job, begun: Begun[Any]) -> None:
        """Let ``job`` wait aside until what it has begun is over."""
        # Whether the device is still there is known by then to the rest of the work.
        job.work, job.refusal = begun.finish, None
        with self._changed:
            closing = self._closing
            if not closing:
                self._begun.append(job)
        if closing:
            job.future.set_exception(InvalidStateError('the device was closed before this was done'))
        else:
            begun.ended.add_done_callback(lambda _: self._resume(job))

    def _resume(self, job: _Job) -> None:
        """Put a job back, before all others; called on any thread."""
        with self._changed:
            if job in self._begun:
                self._begun.remove(job)
                self._jobs.appendleft(job)
                self._changed.notify()


def _fail(future: Future[Any], error: Exception) -> None:
    if future.set_running_or_notify_cancel():
        future.set_exception(error)
