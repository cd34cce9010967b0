# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The entry point of imagecapture_node: signals first, then everything else."""

from __future__ import annotations

# Nothing more: until the handlers are there, a signal ends the process as it ends any other.
import os
import signal
import sys

TYPE_CHECKING = False  # that of typing, without its import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import Any, NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the camera node until it is asked to stop; return the exit code, or end the process with it.

    A failure to start with ``autostart`` is 1, a stop by SIGINT or SIGTERM 0.
    """
    stop = _Stop()
    code = _run(list(sys.argv if argv is None else argv), stop)
    if stop.orderly:
        _leave(code)
    return code


class _Stop:
    """What a signal does: while there is nothing to release it ends the process, then it asks the main thread to stop.

    An exception would strike anywhere, also where rclpy holds a lock or Python swallows it, as in destructors.
    """

    def __init__(self) -> None:
        self.requested = False
        self.orderly = False
        """Whether something has to be released before the process may end."""
        for number in _SIGNALS:
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        if not self.orderly:
            os._exit(0)


_USAGE = """usage: imagecapture_node --ros-args [-p device:=DEVICE] [-p NAME:=VALUE ...] [--params-file FILE]

Publishes the images of a camera and offers the W3C Image Capture services. DEVICE is a Linux camera ("imagecapture
devices" lists them; without a device the best of them is taken), sim (the simulated camera), a video or image file, a
folder of images, a URL (http://, rtsp://), or gst: with a pipeline. "imagecapture run DEVICE" is shorter."""


def _not_for_ros(arguments: list[str]) -> list[str]:
    """Return the arguments outside ``--ros-args ... --``; rclpy's own function drops ``a:=b`` there without a word."""
    others, for_ros = [], False
    for argument in arguments:
        if argument == '--ros-args' or (for_ros and argument == '--'):
            for_ros = argument == '--ros-args'
        elif not for_ros:
            others.append(argument)
    return others


def _answer_arguments(others: list[str]) -> int | None:
    """Answer what is no argument of ROS; return the exit code, or ``None`` to go on."""
    if not others:
        return None
    if others[0] in ('-h', '--help'):
        print(_USAGE)
        return 0
    if others[0] == '--version':
        from imagecapture_ros import __version__

        print(f'imagecapture_node {__version__}')
        return 0
    return _complain(f'unexpected argument {others[0]!r}; parameters follow --ros-args, for instance --ros-args -p '
                     f'device:=sim', 2)


ANSWER_TIMEOUT = 0.9
"""Seconds after a signal in which the node closes its camera and answers who waits, before it is destroyed."""

EXIT_TIMEOUT = 1.8
"""Seconds after a signal until the process ends in any case: DDS or a file system may hold the main thread."""


class _Waker:
    """Lets a signal end the executor's wait: Python runs handlers between bytecodes only, not inside rcl's wait."""

    def __init__(self, executor: Any) -> None:
        import threading

        reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)

        def pass_on() -> None:
            last_resort = threading.Timer(EXIT_TIMEOUT, os._exit, (0,))
            last_resort.daemon = True
            while os.read(reading, 1):
                if last_resort.ident is None:
                    last_resort.start()
                # A task, because a bare wake-up does not end a wait: it lasts until there is something to do.
                executor.create_task(lambda: None)

        self._thread = threading.Thread(target=pass_on, name='signals', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, which holds the executor."""
        signal.set_wakeup_fd(-1)
        os.close(self._writing)
        self._thread.join()


def _complain(message: object, code: int = 1) -> int:
    from imagecapture_ros.redaction import redacted_text
    from imagecapture_ros.texts import in_short, visible_lines

    print(f'imagecapture_node: error: {in_short(visible_lines(redacted_text(str(message))))}', file=sys.stderr)
    return code


_M_ARENA_MAX = -8
_ARENAS = 2


def _share_arenas() -> None:
    """Let all threads take memory from few places; to be called before there are threads.

    The C library gives each new thread a place of its own, up to eight for each core, and each keeps up to 64 MiB of
    what was freed there. A node that takes photos and is configured again now and then has new threads all the time.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)  # glibc has it, musl has no arenas
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def _run(argv: list[str], stop: _Stop) -> int:
    try:
        import rclpy
        from rclpy.exceptions import ParameterException
        from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
        from rclpy.signals import SignalHandlerOptions
    except ImportError as error:
        return _complain(f'ROS 2 cannot be imported ({error}); install the package with "pip install .", or source the '
                         f'setup file of your ROS 2 workspace')
    if (code := _answer_arguments(_not_for_ros(argv[1:]))) is not None:
        return code
    try:
        from imagecapture_ros import msg, srv  # noqa: F401 - only to see whether they are there
    except ImportError as error:
        return _complain(f'the messages of imagecapture_ros are not built ({error}); run "pip install ." in the source '
                         f'folder, or colcon build and then source install/setup.bash')
    try:
        from imagecapture_ros.node import console
        from imagecapture_ros.node.camera_node import NODE_NAME, CameraNode
        from imagecapture_ros.node.middleware import security
        from imagecapture_ros.node.middleware.requesters import remember_requesters
        from imagecapture_ros.node.middleware.shared_memory import SegmentRecord
        from imagecapture_ros.node.middleware.transport import transport_in_force
        from imagecapture_ros.node.parameters.early import parameters_in, transport_wish
        from imagecapture_ros.share import complete_ament_prefix_path
    except ImportError as error:
        return _complain(f'something that this package needs is missing ({error}); run "pip install ." in the source '
                         f'folder, or rosdep install in the workspace')

    complete_ament_prefix_path()
    _share_arenas()
    console.never_wait()
    stop.orderly = True
    node = executor = waker = None
    segments = SegmentRecord()
    protected = False
    try:
        try:
            protected = security.enforced(os.environ)
            segments.begin()
            with transport_in_force(transport_wish(parameters_in(argv, NODE_NAME))) as transport:
                # rclpy's own handlers would end the context while the device's thread still publishes.
                rclpy.init(args=argv, signal_handler_options=SignalHandlerOptions.NO)
                executor = SingleThreadedExecutor()
                remember_requesters(executor)
                waker = _Waker(executor)
                node = CameraNode(transport=transport)
                segments.write()
        except (RuntimeError, ValueError, ParameterException) as error:
            # rclpy's for what it reads itself: arguments, names, qos_overrides, use_sim_time; and ours.
            return _complain(security.explained(error) if protected else error)
        executor.add_node(node)
        starting = executor.create_task(node.start) if node.startup('autostart') else None
        while rclpy.ok() and not stop.requested:
            executor.spin_once()
            if starting is not None and starting.done():
                if not starting.result():
                    return 1
                starting = None
        if node is not None and executor is not None:
            _answer_who_waits(node, executor)
    except ExternalShutdownException:
        pass
    finally:
        # A second signal changes nothing: each step below is bounded in time.
        if node is not None:
            node.destroy_node()
            if node.hanging:
                _leave(0)  # not even rclpy's end would come; the next node removes the shared memory that stays
        if waker is not None:
            waker.close()
        if executor is not None:
            executor.shutdown(timeout_sec=0.2)
        rclpy.try_shutdown()
        segments.remove()
    return 0


def _answer_who_waits(node: Any, executor: Any) -> None:
    """Let the node close its camera and give its last answers, for :data:`ANSWER_TIMEOUT` seconds at most."""
    import time

    import rclpy

    deadline = time.monotonic() + ANSWER_TIMEOUT
    leaving = executor.create_task(node.leave)
    while rclpy.ok() and (not leaving.done() or node.serving) and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=0.05)


def _leave(code: int) -> NoReturn:
    """End the process, without waiting for threads that a device or a host holds up."""
    import contextlib

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads, or it was closed
            stream.flush()
    os._exit(code)
