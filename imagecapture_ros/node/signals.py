# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What signals do to the process of the node; imported before everything else, so it imports next to nothing itself.

Three things end the process after a signal that asks it to stop, each for the case that those before it cannot:

1. The main thread, which closes the camera, answers who waits, and takes leave of ROS.
2. A thread, :data:`EXIT_TIMEOUT` seconds after the signal: a file system or the middleware may hold the main thread.
3. A process of its own, a moment later: code in C may hold Python's lock, and then no line of Python runs here.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # that of typing, without its import
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

STOPPING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""What asks the node to stop. SIGHUP comes when the terminal is closed; under ``nohup`` it is ignored, here too."""

IGNORED = (signal.SIGUSR1, signal.SIGUSR2)
"""What would end the process without releasing anything, and means nothing to this node."""

EXIT_TIMEOUT = 1.6
"""Seconds after a signal until the process ends in any case: DDS or a file system may hold the main thread."""

_STEP, _STEPS = 0.05, 37
"""Seconds, and how many of them until the process is killed; each takes longer where the machine is slow."""

_LAST_SIGNAL = signal.SIGRTMAX
"""Makes the process write where its threads are, whoever holds Python's lock."""

_LAST_WORDS = 0.05
"""Seconds in which the process that is about to be killed writes where its threads are."""

_DESCRIPTORS = 4096
"""Descriptors from this number on are not looked for."""


class Stop:
    """What a signal does: while there is nothing to release it ends the process, then it asks the main thread to stop.

    An exception would strike anywhere, also where rclpy holds a lock or Python swallows it, as in destructors.
    """

    def __init__(self) -> None:
        self.requested = False
        self.orderly = False
        """Whether something has to be released before the process may end."""
        for number in STOPPING:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        # Python's handler in C writes a byte here at once, whoever holds Python's lock. Nobody ever reads it: it stays
        # there to be seen by both who wait for it.
        self._signalled, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._watcher = self._watched()
        os.register_at_fork(after_in_child=self._forget)
        _tell_threads_on_sigquit()

    def close(self) -> None:
        """End what watches this process: it is about to end by itself."""
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return
        try:
            # Its number is that of another process where somebody else has killed and waited for it.
            if os.waitpid(watcher, os.WNOHANG) == (0, 0):
                os.kill(watcher, signal.SIGKILL)
                os.waitpid(watcher, 0)  # a first process that is none of init's kind would leave it a zombie
        except ChildProcessError:  # it has gone already, or SIGCHLD is ignored, which is inherited
            pass

    def waking(self, executor: Any) -> Waker:
        """Let signals end the executor's wait, too."""
        return Waker(self._signalled, executor)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        if not self.orderly:
            os._exit(0)

    def _forget(self) -> None:
        """Let a child that is forked have nothing of this: its signals are its own, and it may outlive its parent."""
        if self._writing < 0:  # a child of such a child, where the numbers may stand for something else
            return
        signal.set_wakeup_fd(-1)
        os.close(self._writing)
        os.close(self._signalled)
        self._writing, self._watcher = -1, None
        for number in (*STOPPING, *IGNORED):
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGQUIT})

    def _watched(self) -> int | None:
        """Start the process that kills this one if it must; return its number, ``None`` if there can be none."""
        process = os.getpid()
        # The new process never lets any through: what a terminal sends goes to both.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            watcher = os.fork()
        except OSError:
            watcher = None
        if watcher == 0:
            self._watch(process)
        # Who started this process may have blocked them for itself, and that is inherited.
        signal.pthread_sigmask(signal.SIG_SETMASK, before - {*STOPPING})
        return watcher

    def _watch(self, process: int) -> NoReturn:
        """Wait for a signal or the end of ``process``, and kill it if it does not end after a signal."""
        try:
            with open('/proc/self/comm', 'w', encoding='ascii') as name:
                name.write('node-watcher')
            for first, last in ((0, 2), (3, self._signalled), (self._signalled + 1, _DESCRIPTORS)):
                os.closerange(first, last)  # others wait for the end of what is written there
            if not _ended_after_signal(self._signalled):
                say('killed: it did not end after a signal, and Python could not run either; its threads are in')
                os.kill(process, _LAST_SIGNAL)
                _ended_within(self._signalled, 1, _LAST_WORDS)
                os.kill(process, signal.SIGKILL)
        finally:
            os._exit(0)


class Waker:
    """Lets a signal end the executor's wait: Python runs handlers between bytecodes only, not inside rcl's wait."""

    def __init__(self, signalled: int, executor: Any) -> None:
        import threading

        reading, self._writing = os.pipe()

        def pass_on() -> None:
            import select

            if signalled in select.select([signalled, reading], [], [])[0]:
                last_resort = threading.Timer(EXIT_TIMEOUT, _end)
                last_resort.daemon = True
                last_resort.start()
                # A task, because a bare wake-up does not end a wait: it lasts until there is something to do.
                executor.create_task(lambda: None)
            os.close(reading)

        self._thread = threading.Thread(target=pass_on, name='signals', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, which holds the executor."""
        os.close(self._writing)
        self._thread.join()


def say(text: str) -> None:
    """Write a line to stderr, unless nobody reads there: the process is ending and waits for nobody."""
    import select

    try:
        if select.select([], [2], [], 0.0)[1]:
            os.write(2, f'imagecapture_node: {text}\n'.encode())
    except (OSError, ValueError):  # it is closed
        pass


def _end() -> NoReturn:
    say(f'ended without taking leave: something held it up for {EXIT_TIMEOUT:g} s after a signal')
    os._exit(0)


def _tell_threads_on_sigquit() -> None:
    """Let SIGQUIT write to stderr where each thread is, and change nothing, as it does with other virtual machines.

    A thread of its own waits for it, and holds Python's lock while it writes. A handler in C would look at the frames
    of threads that run on, and crash now and then.
    """
    import _thread
    import contextlib
    import faulthandler

    no_stderr = OSError, RuntimeError, ValueError, AttributeError  # what faulthandler raises then

    def tell() -> None:
        while True:
            signal.sigwait({signal.SIGQUIT})
            with contextlib.suppress(*no_stderr):
                faulthandler.dump_traceback(all_threads=True)

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGQUIT})  # here, and in all threads to come
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # one that is ignored cannot be waited for
    _thread.start_new_thread(tell, ())
    with contextlib.suppress(*no_stderr):
        # In C, for the case that Python's lock is held; the process is about to be killed.
        faulthandler.register(_LAST_SIGNAL, all_threads=True)


def _ended_after_signal(signalled: int) -> bool:
    """Wait for a signal; return whether the process ended then in time, or without one."""
    import select

    poll = select.poll()
    poll.register(signalled, select.POLLIN)
    events = poll.poll()
    return bool(events[0][1] & select.POLLHUP) or _ended_within(signalled, _STEPS, _STEP)


def _ended_within(signalled: int, steps: int, step: float) -> bool:
    import select

    poll = select.poll()
    poll.register(signalled, 0)  # a hang-up is always told: nobody can write any more
    return any(poll.poll(step * 1000) for _ in range(steps))
