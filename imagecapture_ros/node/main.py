# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The entry point of imagecapture_node: signals first, then everything else."""

from __future__ import annotations

# Nothing more: until the handlers are there, a signal ends the process as it ends any other.
import os
import sys

from imagecapture_ros.node.signals import Stop
from imagecapture_ros.standard_streams import discard, open_missing_streams

TYPE_CHECKING = False  # that of typing, without its import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn


def main(argv: Sequence[str] | None = None) -> int:
    """Run the camera node until it is asked to stop; return the exit code, or end the process with it.

    A failure to start with ``autostart`` is 1, a stop by SIGINT, SIGTERM or SIGHUP 0.
    """
    open_missing_streams()  # before the pipe of the signals, which would take their place
    stop = Stop()
    code = _run(list(sys.argv if argv is None else argv), stop)
    if stop.orderly:
        _leave(code, stop)
    stop.close()
    return code


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


def _complain(message: object, code: int = 1) -> int:
    import contextlib

    from imagecapture_ros.redaction import redacted_text
    from imagecapture_ros.texts import in_short, visible_lines

    with contextlib.suppress(OSError):  # nobody reads it
        print(f'imagecapture_node: error: {in_short(visible_lines(redacted_text(str(message))))}', file=sys.stderr,
              flush=True)
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


def _run(argv: list[str], stop: Stop) -> int:
    try:
        import rclpy
        from rclpy.exceptions import ParameterException
        from rclpy.executors import ExternalShutdownException
        from rclpy.signals import SignalHandlerOptions
    except ImportError as error:
        return _complain(f'ROS 2 cannot be imported ({error}); install the package with "pip install .", or source the '
                         f'setup file of your ROS 2 workspace')
    try:
        code = _answer_arguments(_not_for_ros(argv[1:]))
        sys.stdout.flush()
    except OSError as error:
        discard(sys.stdout)
        return _complain(f'the output cannot be written: {error.strerror}')
    if code is not None:
        return code
    try:
        from imagecapture_ros import msg, srv  # noqa: F401 - only to see whether they are there
    except ImportError as error:
        return _complain(f'the messages of imagecapture_ros are not built ({error}); run "pip install ." in the source '
                         f'folder, or colcon build and then source install/setup.bash')
    try:
        from imagecapture_ros.node import console
        from imagecapture_ros.node.camera_node import NODE_NAME, CameraNode
        from imagecapture_ros.node.executor import NodeExecutor
        from imagecapture_ros.node.memory import limit_memory
        from imagecapture_ros.node.middleware import security
        from imagecapture_ros.node.middleware.shared_memory import SegmentRecord
        from imagecapture_ros.node.middleware.transport import transport_in_force
        from imagecapture_ros.node.parameters.early import (
            files_for_others,
            memory_limit,
            parameters_in,
            transport_wish,
        )
        from imagecapture_ros.ros_environment import init_ros
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
            parameters = parameters_in(argv, NODE_NAME)
            limit_memory(memory_limit(parameters))
            with transport_in_force(transport_wish(parameters)) as transport:
                # rclpy's own handlers would end the context while the device's thread still publishes.
                unlogged = init_ros(argv, signal_handler_options=SignalHandlerOptions.NO)
                executor = NodeExecutor()
                waker = stop.waking(executor)
                node = CameraNode(transport=transport)
                segments.write()
        except (RuntimeError, ValueError, ParameterException) as error:
            # rclpy's for what it reads itself: arguments, names, qos_overrides, use_sim_time; and ours.
            return _complain(security.explained(error) if protected else error)
        executor.add_node(node)
        executor.logger = node.get_logger()
        for text in files_for_others(argv, NODE_NAME):
            node.get_logger().warning(text)
        if unlogged:
            node.get_logger().warning(f'no log file is written: {unlogged}; set ROS_LOG_DIR to a folder that may be '
                                      f'written')
        starting = executor.create_task(node.start) if node.startup('autostart') else None
        while rclpy.ok() and not stop.requested:
            executor.spin_once()
            if starting is not None and starting.done():
                if starting.exception() is not None or not starting.result():
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
                _leave(0, stop)  # not even rclpy's end would come; the next node removes the shared memory that stays
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


def _leave(code: int, stop: Stop) -> NoReturn:
    """End the process, without waiting for threads that a device or a host holds up."""
    import contextlib

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads, or it was closed
            stream.flush()
    stop.close()
    os._exit(code)
