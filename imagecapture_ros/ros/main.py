"""The entry point of imagecapture_node: signals first, then everything else."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the camera node until it is asked to stop; return the exit code.

    A failure to start with ``autostart`` is 1, a stop by SIGINT or SIGTERM 0.
    """
    for number in _SIGNALS:
        signal.signal(number, _leave)
    try:
        return _run(list(sys.argv if argv is None else argv))
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _autostart(node: Any) -> bool:
    from rclpy.lifecycle import TransitionCallbackReturn

    done = TransitionCallbackReturn.SUCCESS
    return node.trigger_configure() == done and node.trigger_activate() == done


def _wake_on_signal(executor: Any) -> None:
    """Let a signal end the executor's wait: Python runs handlers between bytecodes only, not inside rcl's wait."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def pass_on() -> None:
        while os.read(reading, 1):
            executor.wake()

    threading.Thread(target=pass_on, name='signals', daemon=True).start()


def _complain(message: object) -> int:
    print(f'imagecapture_node: error: {message}', file=sys.stderr)
    return 1


def _run(argv: list[str]) -> int:
    try:
        import rclpy
        from rclpy.exceptions import InvalidNamespaceException, InvalidNodeNameException
        from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
        from rclpy.signals import SignalHandlerOptions
    except ImportError as error:
        return _complain(f'ROS 2 cannot be imported ({error}); install the package with "pip install .", or source the '
                         f'setup file of your ROS 2 workspace')
    try:
        from imagecapture_ros import msg, srv  # noqa: F401 - only to see whether they are there
    except ImportError as error:
        return _complain(f'the messages of imagecapture_ros are not built ({error}); run "pip install ." in the source '
                         f'folder, or colcon build and then source install/setup.bash')
    try:
        from rclpy._rclpy_pybind11 import RCLError

        from imagecapture_ros.ros import transport
        from imagecapture_ros.ros.node import CameraNode
        from imagecapture_ros.ros.startup_parameters import StartupParameterError, dds_profile_in
        from imagecapture_ros.share import complete_ament_prefix_path, share_directory
    except ImportError as error:
        return _complain(f'something that this package needs is missing ({error}); run "pip install ." in the source '
                         f'folder, or rosdep install in the workspace')

    complete_ament_prefix_path()
    try:
        in_force = 'stock settings (dds_profile:=off)' if dds_profile_in(argv) == 'off' else (
            transport.bring_profile(share_directory() / 'config' / 'dds' / 'shared_memory.xml'))
        # rclpy's own handlers would end the context while the device's thread still publishes.
        rclpy.init(args=argv, signal_handler_options=SignalHandlerOptions.NO)
    except (RCLError, OSError, StartupParameterError) as error:
        return _complain(error)
    node, executor = None, SingleThreadedExecutor()
    _wake_on_signal(executor)
    try:
        node = CameraNode(transport=in_force)
        executor.add_node(node)
        if node.startup('autostart') and not _autostart(node):
            return 1
        executor.spin()
    except (StartupParameterError, InvalidNodeNameException, InvalidNamespaceException) as error:
        return _complain(error)
    except ExternalShutdownException:
        pass
    finally:
        # From here on nothing may interrupt: each step below is bounded in time.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if node is not None:
            node.destroy_node()
        executor.shutdown(timeout_sec=1.0)
        rclpy.try_shutdown()
        transport.forget_profile()
    return 0
