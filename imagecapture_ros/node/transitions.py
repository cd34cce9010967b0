# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The states of a managed node, changed by coroutines: a device that opens slowly holds up no other service."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future as ThreadFuture
from concurrent.futures import InvalidStateError as AnsweredAlready
from typing import Any

from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import Executor
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.task import Future

from imagecapture_ros.interfaces.calibration_files import CalibrationError
from imagecapture_ros.mediacapture.errors import MediaCaptureError, OperationError
from imagecapture_ros.node.log import CarefulLogger
from imagecapture_ros.rclpy_compat import (
    change_state_service,
    destroy_state_machine,
    future_of,
    silence,
    state_machine,
    steady_clock,
)

SUCCESS, FAILURE, ERROR = (
    TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE, TransitionCallbackReturn.ERROR)

TRANSITION_TIMEOUT = 0.8
"""Seconds for which requests wait for a transition: most are over by then, and nobody waits for a second."""


_PUBLIC = frozenset((
    Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP, Transition.TRANSITION_ACTIVATE,
    Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    Transition.TRANSITION_INACTIVE_SHUTDOWN, Transition.TRANSITION_ACTIVE_SHUTDOWN,
))
"""What others may ask for; the rest are the ends of transitions, which only the node knows."""

_SHUTDOWNS = {
    State.PRIMARY_STATE_UNCONFIGURED: Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    State.PRIMARY_STATE_INACTIVE: Transition.TRANSITION_INACTIVE_SHUTDOWN,
    State.PRIMARY_STATE_ACTIVE: Transition.TRANSITION_ACTIVE_SHUTDOWN,
}
"""What shuts a node down, by its state."""


class WaitingLifecycleNode(LifecycleNode, abc.ABC):
    """A managed node whose transitions wait without holding up the executor.

    rclpy does a whole transition inside the callback of ``~/change_state``, where no other callback is served until
    it is over. Here the callback is a coroutine; the states and the answers are the same. One transition runs at a
    time: a request for another one is refused meanwhile, except for *shutdown*, which is carried out as soon as the
    present one is over. A transition that may take long looks at ``given_up`` meanwhile.
    """

    def __init__(self, node_name: str, **arguments: Any) -> None:
        # First, because rclpy destroys even a node whose construction fails.
        self.given_up: ThreadFuture[None] = ThreadFuture()
        """Done when the present transition is not wanted any more."""
        self._destroyed = False
        self._gone = False
        self._logger_of_node: CarefulLogger | None = None
        super().__init__(node_name, **arguments)
        self._settling: Future[None] | None = None
        self._under_way: Future[None] | None = None
        # Neither waits nor diagnostics end because a simulation stands still.
        self._steady_clock = steady_clock()
        self._serving = 0
        self._steps: Mapping[int, tuple[str, Any]] = {
            State.TRANSITION_STATE_CONFIGURING: ('configure', self.configure),
            State.TRANSITION_STATE_ACTIVATING: ('activate', self.activate),
            State.TRANSITION_STATE_DEACTIVATING: ('deactivate', self.deactivate),
            State.TRANSITION_STATE_CLEANINGUP: ('clean up', self.release),
            State.TRANSITION_STATE_SHUTTINGDOWN: ('shut down', self.release),
            State.TRANSITION_STATE_ERRORPROCESSING: ('recover', self.release),
        }
        group = ReentrantCallbackGroup()
        service = change_state_service(self)
        service.callback = self._change_state_requested
        # In the group that rclpy gives it, the timers of the node would wait for a transition.
        service.callback_group = group
        group.add_entity(service)

    @abc.abstractmethod
    async def configure(self) -> None:
        """Do what *configure* means; raise what it fails with, with nothing left open."""

    @abc.abstractmethod
    async def activate(self) -> None:
        """Do what *activate* means; raise what it fails with."""

    @abc.abstractmethod
    async def deactivate(self) -> None:
        """Do what *deactivate* means; raise what it fails with."""

    @abc.abstractmethod
    async def release(self) -> None:
        """Do what *cleanup* and *shutdown* mean; harmless when nothing is open."""

    def get_logger(self) -> CarefulLogger:
        """Return the node's logger."""
        if self._logger_of_node is None:
            self._logger_of_node = CarefulLogger(super().get_logger().name)
        return self._logger_of_node

    @property
    def running_executor(self) -> Executor:
        """The executor that serves this node."""
        executor = self.executor
        if executor is None:
            raise OperationError('the node is not being spun')
        return executor

    @property
    def serving(self) -> int:
        """Requests that have not been answered yet."""
        return self._serving

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """Count the block among the requests that are being served."""
        self._serving += 1
        try:
            yield
        finally:
            self._serving -= 1

    def report_unexpected(self, what: str, error: Exception) -> None:
        """Log that ``what`` has failed with an error that nobody reckons with.

        Of a node that has been destroyed nothing is logged: it lacks what its coroutines need, and whether an executor
        still goes on with them depends on the version of rclpy.
        """
        if not self._gone:
            self.get_logger().error(f'{what} failed unexpectedly: {error!r}')

    async def settled(self) -> None:
        """Wait until the transition that goes on is over, or has taken :data:`TRANSITION_TIMEOUT` seconds."""
        if self._settling is not None:
            await self._settling

    async def start(self) -> bool:
        """Configure and activate the node; return whether both succeeded, or nobody wants it any more."""
        if self._destroyed:
            return True
        with self._others_waiting():
            started = (await self.change_state(Transition.TRANSITION_CONFIGURE)
                       and await self.change_state(Transition.TRANSITION_ACTIVATE))
            return started or self.given_up.done()

    async def change_state(self, transition: int) -> bool:
        """Go through one of the transitions of ``lifecycle_msgs/Transition``; return whether it succeeded."""
        if self._destroyed:
            return False
        with self._others_waiting():
            return await self._changed_state(transition)

    def give_up(self) -> None:
        """Begin and end no transition any more, and let that which is under way wait no longer."""
        self._destroyed = True
        self._interrupt()

    def _interrupt(self) -> None:
        """Let the transition that is under way wait no longer."""
        with contextlib.suppress(AnsweredAlready):
            self.given_up.set_result(None)

    def destroy_node(self) -> None:
        """Leave the ROS graph, and give the shared memory of the middleware back.

        What the executor still has to do for the node does nothing any more and raises nothing: others spin there, too.
        """
        self.give_up()
        machine = state_machine(self)  # a node whose construction failed is destroyed, too
        self._gone = True
        silence(self)
        super().destroy_node()
        destroy_state_machine(machine)

    @contextlib.contextmanager
    def _others_waiting(self) -> Iterator[None]:
        """Let requests that come inside the block wait for its end, but not for long."""
        if self._settling is not None:
            yield
            return
        executor = self.running_executor
        settling: Future[None] = future_of(executor)
        self._settling = settling

        def settle() -> None:
            if not self._destroyed:
                timer.cancel()
            settling.set_result(None)
            executor.wake()

        timer = self.create_timer(TRANSITION_TIMEOUT, settle, clock=self._steady_clock)
        try:
            yield
        finally:
            self._settling = None
            if not settling.done():
                settle()
            self.destroy_timer(timer)

    async def _changed_state(self, transition: int) -> bool:
        machine = state_machine(self)
        try:
            machine.trigger_transition_by_id(transition, True)
        except RuntimeError:  # rclpy's RCLError has no public name
            self.get_logger().error(f'transition {transition} is not possible in the state {machine.current_state[1]}')
            return False
        under_way: Future[None] = future_of(self.running_executor)
        self._under_way, self.given_up = under_way, ThreadFuture()
        try:
            outcome = await self._outcome()
            if self._destroyed:
                return False
            machine.trigger_transition_by_label(outcome.to_label(), True)
            if outcome == ERROR:
                recovery = await self._outcome()
                if self._destroyed:
                    return False
                machine.trigger_transition_by_label(recovery.to_label(), True)
        finally:
            self._under_way = None
            under_way.set_result(None)
        return bool(outcome == SUCCESS)

    async def _outcome(self) -> TransitionCallbackReturn:
        name, step = self._steps[state_machine(self).current_state[0]]
        work: Coroutine[Any, Any, None] = step()
        try:
            await work
        except (MediaCaptureError, CalibrationError) as error:
            if not self._destroyed:
                self.get_logger().error(f'could not {name}: {error}')
            return FAILURE
        except Exception as error:
            if self._destroyed:
                return FAILURE  # it needs what is not there any more
            self.get_logger().error(f'could not {name}, unexpectedly: {error!r}')
            return ERROR
        return SUCCESS

    async def _change_state_requested(
        self, request: ChangeState.Request, response: ChangeState.Response,
    ) -> ChangeState.Response:
        try:
            with self.served():
                response.success = await self._answer(request.transition)
        except Exception as error:  # would end the node
            if not self._destroyed:
                self.report_unexpected('change_state', error)
            response.success = False
        return response

    async def _answer(self, wanted: Transition) -> bool:
        """Do what a request asks for; return whether it was possible and succeeded."""
        state, name = state_machine(self).current_state
        if state in self._steps and (wanted.label == 'shutdown' or (
                not wanted.label and wanted.id in _SHUTDOWNS.values())):
            return await self._shut_down_next()
        possible = {label: number for number, label, *_ in state_machine(self).available_transitions
                    # While it waits, the state machine would take the ends of its own transition from anybody.
                    if number in _PUBLIC and state not in self._steps}
        # Not asked of the state machine: it would log whatever label there is, of any length.
        transition = possible.get(wanted.label) if wanted.label else wanted.id
        if transition is None or transition not in possible.values():
            self.get_logger().error(f'transition {wanted.label or wanted.id} is not possible in the state {name}')
            return False
        return await self.change_state(transition)

    async def _shut_down_next(self) -> bool:
        """Shut the node down when the transition that is under way is over."""
        while self._under_way is not None:
            self._interrupt()
            await self._under_way
        transition = _SHUTDOWNS.get(state_machine(self).current_state[0])
        # There is none when the transition that was waited for was a shutdown, too.
        return transition is None or await self.change_state(transition)
