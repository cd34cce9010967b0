# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Events of tracks: who listens, and a thread that tells them."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.suggestions import hint
from imagecapture_ros.texts import excerpt

logger = logging.getLogger(__name__)

EVENTS = ('mute', 'unmute', 'ended', 'configurationchange')
"""What can be listened for (Media Capture and Streams, MediaStreamTrack)."""


@dataclass(frozen=True)
class Event:
    """What a listener is told."""

    type: str
    """One of :data:`EVENTS`."""
    target: Any
    """The track."""


Listener = Callable[[Event], object]


class EventTarget:
    """Something with events. Listeners are called one after the other, on a thread for events."""

    onmute: Listener | None = None
    """Called when no frames come any more, for now."""
    onunmute: Listener | None = None
    """Called when frames come again."""
    onended: Listener | None = None
    """Called when the camera has ended; not after ``stop``."""
    onconfigurationchange: Listener | None = None
    """Called when settings or capabilities changed otherwise than by ``apply_constraints`` of this track."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {name: [] for name in EVENTS}

    def add_event_listener(self, type: str, listener: Listener) -> None:
        """Call ``listener`` with an :class:`Event` at each event of this type; once, however often it is added.

        :raises ValueError: there is no such event.
        :raises ConstraintTypeError: ``listener`` cannot be called.
        """
        listeners = self._of(type)
        if not callable(listener):
            raise ConstraintTypeError(f'listener: {excerpt(listener)} cannot be called; give a function of one '
                                      f'argument')
        if listener not in listeners:
            listeners.append(listener)

    def remove_event_listener(self, type: str, listener: Listener) -> None:
        """Call ``listener`` no more; harmless when it was not added.

        :raises ValueError: there is no such event.
        """
        listeners = self._of(type)
        if listener in listeners:
            listeners.remove(listener)

    def _of(self, name: str) -> list[Listener]:
        if not isinstance(name, str):
            raise ConstraintTypeError(f'type: {excerpt(name)} is not the name of an event')
        if name not in self._listeners:
            raise ValueError(f'there is no event {excerpt(name)}; {hint(name.removeprefix("on"), EVENTS)}')
        return self._listeners[name]

    def _tell(self, name: str) -> None:
        """Call the listeners; called on the thread for events."""
        handler: Listener | None = getattr(self, f'on{name}')
        if handler is not None:
            self._call(handler, Event(name, self))
        for listener in tuple(self._listeners[name]):
            if listener in self._listeners[name]:  # another one may have removed it just now
                self._call(listener, Event(name, self))

    def _call(self, listener: Listener, event: Event) -> None:
        """Call one listener, whose failure is its own: others are told of this event and of later ones."""
        try:
            listener(event)
        except BaseException:  # also of sys.exit
            logger.exception('a listener of the event %s failed', event.type)


class EventThread:
    """Tells listeners in order, so that they may take their time and call whatever they want.

    Work may be handed over anywhere, also where Python collects garbage, with whatever locks held.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name='events', daemon=True)
        self._thread.start()

    def put(self, target: EventTarget, name: str) -> None:
        """Let the listeners of ``target`` be told of an event soon."""
        self.call(partial(target._tell, name))

    def call(self, work: Callable[[], object]) -> None:
        """Do ``work`` on this thread, after what was put before."""
        self._waiting.put(work)

    def close(self) -> None:
        """End the thread when what was put before has been told."""
        self._waiting.put(None)

    def _run(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except Exception:
                logger.exception('the thread for events failed')
            del work  # it would keep the track until the next event
