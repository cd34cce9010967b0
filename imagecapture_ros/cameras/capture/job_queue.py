# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What others ask of the device's thread: jobs, begun in order, and the next frame; everyone gets an answer."""

from __future__ import annotations

import contextlib
import logging
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

T = TypeVar('T')

logger = logging.getLogger(__name__)

MAX_JOBS = 32
"""Requests of one kind that may wait; a further one is refused, so that latency stays bounded."""


@dataclass(frozen=True)
class Pending(Generic[T]):
    """What work returns that has set something going and does not wait for it."""

    ended: Future[Any]
    """Done, on any thread, when the rest can be done."""
    finish: Callable[[], Union[T, Pending[T]]]
    """The rest, done on the device's thread: returns or raises what the one who asked gets."""


@dataclass
class _Job:
    work: Callable[[], Any]
    refusal: type[MediaCaptureError] | None
    ending: type[MediaCaptureError]
    asked: bool
    """Whether somebody else than the owner of the queue waits for it."""
    future: Future[Any] = field(default_factory=Future)
    begun: Future[Any] | None = None
    """What it has set going and waits for."""

    def fail(self, reason: str) -> None:
        """Answer with the error for a job that the device cannot do."""
        _fail(self.future, (self.refusal or self.ending)(reason))


@dataclass
class _FrameRequest:
    patience: float
    not_before: int
    future: Future[Any] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.patience


class JobQueue:
    """Takes requests from any thread and hands them to the one that owns the device.

    While ``unavailable_reason`` says why the device is not there, or ``hang_reason`` that it does not answer, jobs that
    need it are refused at once, by the thread that asks.
    """

    def __init__(self) -> None:
        self.unavailable_reason = ''
        self.hang_reason = ''
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._frame_requests: list[_FrameRequest] = []
        self._running: _Job | None = None
        self._begun: list[_Job] = []
        self._closing = False

    @property
    def waiting(self) -> int:
        """Jobs that were asked for, are still wanted and not done."""
        return sum(not job.future.cancelled() for job in (*self._jobs.copy(), *self._begun))

    @property
    def closing(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closing

    # Called on any thread.

    def submit(
        self, work: Callable[[], Union[T, Pending[T]]], *, refusal: type[MediaCaptureError] | None = None,
        ending: type[MediaCaptureError] = InvalidStateError,
    ) -> Future[T]:
        """Let the device's thread do ``work``; the future has what it returns or raises.

        Where that is only :class:`Pending`, other jobs and frames get their turn until the rest can be done. A job with
        a ``refusal`` needs the device to begin, and is answered with such an error while the device is missing or too
        many wait; one without comes from who owns the queue, and always finds room. ``ending`` is the error for a job
        that is not done when the queue is closed.
        """
        job = _Job(work, refusal, ending, asked=refusal is not None)
        with self._changed:
            if self._closing:
                job.future.set_exception(ending('the device is being closed'))
            elif refusal is not None and self.waiting >= MAX_JOBS:
                job.future.set_exception(refusal(
                    f'{MAX_JOBS} requests are waiting for the device already; ask again later'))
            elif not self._refuse(job):
                self._jobs.append(job)
                self._changed.notify()
        return job.future

    def next_frame(self, patience: float, not_before: int = 0) -> Future[Any]:
        """Ask for the next frame that is not exposed before a moment (nanoseconds of CLOCK_MONOTONIC).

        The request fails when none has come after ``patience`` seconds.
        """
        request = _FrameRequest(patience, not_before)
        with self._changed:
            if self._closing:
                request.future.set_exception(UnknownError('no frame comes, the device is being closed'))
            elif len(self._frame_requests) >= MAX_JOBS:
                request.future.set_exception(
                    UnknownError(f'{MAX_JOBS} requests are waiting for a frame already; ask again later'))
            elif self._missing:
                request.future.set_exception(UnknownError(f'no frame comes, {self._missing}'))
            else:
                self._frame_requests.append(request)
                self._changed.notify()
        return request.future

    def withdraw(self, future: Future[Any]) -> bool:
        """Give a job up that nobody wants any more; return whether it, or what it has begun, can still be left undone.

        ``future`` is what :meth:`submit` returned; it is cancelled, or gets what the rest of the job makes of that.
        """
        if future.cancel():
            return True
        with self._changed:
            begun = next((job.begun for job in self._begun if job.future is future), None)
        return begun is not None and begun.cancel()  # whose callbacks need the lock

    def close(self) -> None:
        """Take nothing any more, and answer what waits; the job that runs may come to its end."""
        with self._changed:
            self._closing = True
            jobs, self._jobs = self._jobs, deque()
            begun, self._begun = self._begun, []
            self._changed.notify()
        for job in (*jobs, *begun):
            _fail(job.future, job.ending('the device was closed before this was done'))
        self.fail_frame_requests('the device was closed')

    def hang(self, reason: str) -> None:
        """Tell all who wait that the device does not answer, and those who ask from now on until :meth:`go_on`."""
        with self._changed:
            self.hang_reason = reason
            waiting = [job for job in self._jobs if job.asked]
            self._jobs = deque(job for job in self._jobs if not job.asked)
        for job in waiting:
            job.fail(self._missing)
        self.fail_frame_requests(reason)

    def go_on(self) -> None:
        """Take requests again: the device answers."""
        self.hang_reason = ''

    def abandon_running(self, reason: str) -> None:
        """Answer the job that runs, if one does, without waiting for its end."""
        job = self._running
        if job is not None:
            _fail(job.future, (job.refusal or OperationError)(reason))

    def fail_frame_requests(self, reason: str) -> None:
        """Tell all who wait for a frame that none comes."""
        for future in self._take_frame_requests():
            _fail(future, UnknownError(f'no frame came: {reason}'))

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

    def answer_frame_requests(self, exposed_at: int, frame: Callable[[], Any]) -> None:
        """Answer who waits for a frame exposed at this moment with what ``frame`` returns; it is asked only then."""
        waiting = self._take_frame_requests(exposed_at)
        if not waiting:
            return
        try:
            delivered = frame()
        except Exception as error:
            for future in waiting:
                _fail(future, UnknownError(f'the frame cannot be shown: {error}'))
        else:
            for future in waiting:
                future.set_result(delivered)

    def _take_frame_requests(self, exposed_at: float = math.inf) -> list[Future[Any]]:
        """Return the futures of all who wait for such a frame and still want it; the caller answers them."""
        with self._changed:
            waiting = [request for request in self._frame_requests if request.not_before <= exposed_at]
            self._frame_requests = [request for request in self._frame_requests if request.not_before > exposed_at]
        return [request.future for request in waiting if _begin(request.future)]

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

    @property
    def _missing(self) -> str:
        """Why the device cannot be asked, or nothing."""
        if self.unavailable_reason:
            return f'the device is not there: {self.unavailable_reason}'
        return self.hang_reason and f'the device does not answer: {self.hang_reason}'

    def _refuse(self, job: _Job) -> bool:
        missing = self._missing
        if not missing or job.refusal is None:
            return False
        job.fail(missing)
        return True

    def _do(self, job: _Job) -> None:
        if not _begin(job.future):
            return
        self._running = job
        # Answered already it is when nobody wanted to wait for its end any longer.
        with contextlib.suppress(AnsweredAlready):
            try:
                result = job.work()
                while isinstance(result, Pending) and result.ended.done():
                    result = result.finish()
            except BaseException as error:  # whatever it is belongs to the caller
                job.future.set_exception(error)
            else:
                if isinstance(result, Pending):
                    self._leave(job, result)
                else:
                    job.future.set_result(result)
        self._running = None

    def _leave(self, job: _Job, begun: Pending[Any]) -> None:
        """Let ``job`` wait aside until what it has begun is over."""
        # Whether the device is still there is known by then to the rest of the work.
        job.work, job.refusal, job.begun = begun.finish, None, begun.ended
        with self._changed:
            closing = self._closing
            if not closing:
                self._begun.append(job)
        if closing:
            _fail(job.future, job.ending('the device was closed before this was done'))
        else:
            begun.ended.add_done_callback(lambda _: self._resume(job))

    def _resume(self, job: _Job) -> None:
        """Put a job back, before all others; called on any thread."""
        with self._changed:
            if job not in self._begun:
                return
            self._begun.remove(job)
            missing = self.hang_reason and self._missing
            if not missing:
                self._jobs.appendleft(job)
                self._changed.notify()
        if missing:  # what is left to do would never be done
            job.fail(missing)


def _begin(future: Future[Any]) -> bool:
    """Return whether the one who waits still wants an answer, which cannot be withdrawn from now on."""
    return future.running() or (not future.done() and future.set_running_or_notify_cancel())


def _fail(future: Future[Any], error: Exception) -> None:
    """Answer with ``error`` unless there is an answer already; one that goes wrong must not cost others theirs."""
    try:
        if _begin(future):
            future.set_exception(error)
    except AnsweredAlready:
        pass  # by another thread, just now
    except Exception:
        logger.exception('a request could not be answered with %r', error)
