# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Requests to the device's thread, without a device and without a thread."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future

import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.capture.job_queue import MAX_JOBS, JobQueue, Pending
from imagecapture_ros.mediacapture.errors import InvalidStateError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame

FRAME = Frame(np.zeros((2, 2), np.uint8), 'mono8', 2, 2, 0, 0)


@pytest.fixture
def jobs() -> JobQueue:
    return JobQueue()


def test_results_and_errors_reach_their_futures_in_order(jobs: JobQueue) -> None:
    done: list[int] = []
    first, failing, last = (jobs.submit(work) for work in (lambda: done.append(1), lambda: 1 // 0, lambda: len(done)))
    assert not first.done()
    jobs.serve()
    assert first.result(0) is None
    assert isinstance(failing.exception(0), ZeroDivisionError)
    assert last.result(0) == 1


def test_what_comes_while_jobs_are_done_waits_for_the_next_time(jobs: JobQueue) -> None:
    later = jobs.submit(lambda: jobs.submit(lambda: 'later'))
    jobs.serve()
    assert not later.result(0).done()
    jobs.serve()
    assert later.result(0).result(0) == 'later'


def test_even_the_exit_of_an_interpreter_belongs_to_the_caller(jobs: JobQueue) -> None:
    def leave() -> None:
        raise SystemExit

    future = jobs.submit(leave)
    jobs.serve()
    assert isinstance(future.exception(0), SystemExit)


def test_while_the_device_is_missing_what_needs_it_is_refused_before_and_after_it_was_taken(jobs: JobQueue) -> None:
    early = jobs.submit(lambda: 1, refusal=OperationError)
    jobs.unavailable_reason = 'unplugged'
    late, harmless = jobs.submit(lambda: 2, refusal=UnknownError), jobs.submit(lambda: 3)
    assert isinstance(late.exception(0), UnknownError)
    jobs.serve()
    assert isinstance(early.exception(0), OperationError)
    assert str(early.exception(0)) == 'the device is not there: unplugged'
    assert harmless.result(0) == 3


def test_a_full_queue_refuses(jobs: JobQueue) -> None:
    accepted = [jobs.submit(lambda: 1) for _ in range(MAX_JOBS)]
    assert isinstance(jobs.submit(lambda: 1, refusal=UnknownError).exception(0), UnknownError)
    jobs.serve()
    assert sum(future.result(0) for future in accepted) == MAX_JOBS
    assert not jobs.submit(lambda: 1, refusal=UnknownError).done()


def test_a_full_queue_has_room_for_its_owner(jobs: JobQueue) -> None:
    for _ in range(MAX_JOBS):
        jobs.submit(lambda: 1, refusal=UnknownError)
    stop = jobs.submit(lambda: 2)
    jobs.serve()
    assert stop.result(0) == 2


def test_when_it_is_time_for_a_frame_other_jobs_wait(jobs: JobQueue) -> None:
    first, second = jobs.submit(lambda: 1), jobs.submit(lambda: 2)
    jobs.serve(until=time.monotonic())
    assert first.done() and not second.done()
    jobs.serve(until=time.monotonic() + PATIENCE)
    assert second.done()


def test_a_request_for_a_frame_is_over_after_its_time(jobs: JobQueue) -> None:
    impatient, patient = jobs.next_frame(0.0), jobs.next_frame(PATIENCE)
    jobs.expire_frame_requests()
    assert str(impatient.exception(0)) == 'no frame came within 0 s'
    jobs.answer_frame_requests(0, lambda: FRAME)
    assert patient.result(0) is FRAME


def test_a_request_for_a_frame_can_run_out_between_two_jobs(jobs: JobQueue) -> None:
    asked = jobs.next_frame(0.0)
    seen = [jobs.submit(asked.done) for _ in range(2)]
    jobs.serve()
    assert [future.result(0) for future in seen] == [True, True]


def test_frame_requests_that_were_withdrawn_are_not_handed_out(jobs: JobQueue) -> None:
    withdrawn, wanted = jobs.next_frame(PATIENCE), jobs.next_frame(PATIENCE)
    assert withdrawn.cancel()
    jobs.answer_frame_requests(0, lambda: FRAME)
    assert wanted.result(0) is FRAME
    jobs.answer_frame_requests(0, lambda: pytest.fail('nobody asked'))


def test_a_frame_from_before_what_was_applied_answers_nobody_who_waits_for_it(jobs: JobQueue) -> None:
    any_frame, later = jobs.next_frame(PATIENCE), jobs.next_frame(PATIENCE, not_before=100)
    jobs.answer_frame_requests(99, lambda: 'early')
    assert any_frame.result(0) == 'early' and not later.done()
    jobs.answer_frame_requests(100, lambda: 'late')
    assert later.result(0) == 'late'


def test_rest_ends_at_the_next_deadline(jobs: JobQueue) -> None:
    asked = jobs.next_frame(0.05)
    jobs.rest(until=None)
    jobs.expire_frame_requests()
    assert isinstance(asked.exception(0), UnknownError)


def test_rest_does_not_begin_while_a_job_waits(jobs: JobQueue) -> None:
    jobs.submit(lambda: None)
    resting = threading.Thread(target=jobs.rest, args=(None,), daemon=True)
    resting.start()
    resting.join(PATIENCE)
    assert not resting.is_alive()


@pytest.mark.parametrize('what', ['submit', 'next_frame', 'close'])
def test_rest_ends_when_something_is_asked(jobs: JobQueue, what: str) -> None:
    resting = threading.Thread(target=jobs.rest, args=(None,), daemon=True)
    resting.start()
    resting.join(0.05)
    assert resting.is_alive()
    if what == 'submit':
        jobs.submit(lambda: None)
    elif what == 'next_frame':
        jobs.next_frame(PATIENCE)
    else:
        jobs.close()
    resting.join(PATIENCE)
    assert not resting.is_alive()


def test_closing_answers_all_and_refuses_what_comes_later(jobs: JobQueue) -> None:
    job, frame = jobs.submit(lambda: 1), jobs.next_frame(PATIENCE)
    jobs.close()
    jobs.close()
    assert jobs.closing
    assert isinstance(job.exception(0), InvalidStateError)
    assert isinstance(frame.exception(0), UnknownError)
    assert isinstance(jobs.submit(lambda: 1).exception(0), InvalidStateError)
    assert isinstance(jobs.next_frame(PATIENCE).exception(0), UnknownError)


def test_a_running_job_can_be_answered_early_and_its_own_end_does_no_harm(jobs: JobQueue) -> None:
    def answered_early() -> str:
        jobs.abandon_running('too slow')
        jobs.abandon_running('too slow')
        return 'too late'

    early, next_one = jobs.submit(answered_early), jobs.submit(lambda: 'in time')
    jobs.serve()
    assert isinstance(early.exception(0), OperationError)
    assert next_one.result(0) == 'in time'
    jobs.abandon_running('nothing runs')


# Work that goes on elsewhere.

def test_what_a_job_has_begun_is_finished_on_the_same_thread_when_it_can_be(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    slow = jobs.submit(lambda: Pending(ended, lambda: (ended.result(), threading.get_ident())))
    quick = jobs.submit(lambda: 'quick')
    jobs.serve()
    assert quick.result(0) == 'quick'
    assert not slow.done()
    other = threading.Thread(target=ended.set_result, args=(7,))
    other.start()
    other.join(PATIENCE)
    assert not slow.done()
    jobs.serve()
    assert slow.result(0) == (7, threading.get_ident())


def test_what_has_ended_already_is_finished_at_once(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    ended.set_exception(ValueError('no light'))
    future = jobs.submit(lambda: Pending(ended, ended.result))
    jobs.serve()
    assert str(future.exception(0)) == 'no light'


def test_what_has_begun_wakes_the_thread_and_goes_before_what_waits(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    done: list[str] = []
    jobs.submit(lambda: Pending(ended, lambda: done.append('begun')))
    jobs.serve()
    jobs.submit(lambda: done.append('waiting'))
    timer = threading.Timer(0.05, ended.set_result, (1,))
    timer.start()
    jobs.serve()
    jobs.rest(until=None)
    timer.join(PATIENCE)
    jobs.submit(lambda: done.append('later'))
    jobs.serve()
    assert done == ['waiting', 'begun', 'later']


def test_a_missing_device_does_not_keep_what_has_begun_from_its_end(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    future = jobs.submit(lambda: Pending(ended, ended.result), refusal=UnknownError)
    jobs.serve()
    jobs.unavailable_reason = 'unplugged'
    ended.set_result(3)
    jobs.serve()
    assert future.result(0) == 3


def test_what_has_begun_counts_among_those_who_wait(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    begun = [jobs.submit(lambda: Pending(ended, ended.result)) for _ in range(MAX_JOBS)]
    jobs.serve()
    assert isinstance(jobs.submit(lambda: 1, refusal=UnknownError).exception(0), UnknownError)
    ended.set_result(1)
    jobs.serve()
    assert [future.result(0) for future in begun] == [1] * MAX_JOBS


def test_closing_answers_what_has_begun_and_what_begins_meanwhile(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    begun = jobs.submit(lambda: Pending(ended, ended.result))
    jobs.serve()

    def close_and_begin() -> Pending[int]:
        jobs.close()
        return Pending(ended, ended.result)

    meanwhile = jobs.submit(close_and_begin)
    jobs.serve()
    for future in (begun, meanwhile):
        assert isinstance(future.exception(0), InvalidStateError)
    ended.set_result(1)


def test_closing_answers_what_has_been_resumed_and_waits_behind_others(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    resumed = jobs.submit(lambda: Pending(ended, ended.result))
    jobs.serve()
    waiting, frame = jobs.submit(lambda: 1), jobs.next_frame(PATIENCE)
    ended.set_result(1)  # from now on its rest waits, too
    jobs.close()
    for future in (resumed, waiting):
        assert isinstance(future.exception(0), InvalidStateError)
    assert isinstance(frame.exception(0), UnknownError)
    assert jobs.waiting == 0


def test_closing_answers_everybody_though_one_answer_raises(jobs: JobQueue) -> None:
    ended: Future[int] = Future()
    begun = [jobs.submit(lambda: Pending(ended, ended.result)) for _ in range(2)]
    jobs.serve()
    waiting = [jobs.submit(lambda: 1) for _ in range(3)]
    frame = jobs.next_frame(PATIENCE)
    begun[0].set_result(0)  # by whoever gave up waiting
    waiting[0].set_running_or_notify_cancel()
    waiting[0].set_result(0)
    assert waiting[1].cancel()
    jobs.close()
    assert isinstance(begun[1].exception(0), InvalidStateError)
    assert isinstance(waiting[2].exception(0), InvalidStateError)
    assert isinstance(frame.exception(0), UnknownError)


def test_what_nobody_wants_any_more_is_left_undone_and_takes_no_room() -> None:
    queue, done = JobQueue(), []
    device: Future[int] = Future()
    begun = queue.submit(lambda: Pending(device, device.result))
    queue.serve()
    waiting = queue.submit(lambda: done.append('waiting'))
    assert queue.waiting == 2
    assert queue.withdraw(waiting)
    assert queue.waiting == 1
    assert queue.withdraw(begun)
    queue.serve()
    assert done == []
    assert isinstance(begun.exception(), CancelledError)
    assert queue.waiting == 0
    finished = queue.submit(lambda: 5)
    queue.serve()
    assert not queue.withdraw(finished)
    assert finished.result() == 5


def test_what_the_device_is_doing_already_is_not_withdrawn() -> None:
    queue = JobQueue()
    device: Future[int] = Future()
    begun = queue.submit(lambda: Pending(device, device.result))
    queue.serve()
    device.set_running_or_notify_cancel()
    assert not queue.withdraw(begun)
    device.set_result(7)
    queue.serve()
    assert begun.result() == 7
