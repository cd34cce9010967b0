# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The controls of a device: what there is, with ranges, menus and flags; read, written and watched by id."""

from __future__ import annotations

import ctypes
import logging
import select
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Union

from imagecapture_ros.cameras.backends.v4l2 import errors, ioctl, structures
from imagecapture_ros.cameras.backends.v4l2.device import MAX_ENTRIES, Device, text_of

logger = logging.getLogger(__name__)

ControlValue = Union[int, str, tuple[int, ...]]
"""A number, a text, or the elements of an array."""

_ELEMENTS: Mapping[int, type[ctypes._SimpleCData]] = {
    ioctl.CTRL_TYPE_U8: ctypes.c_uint8, ioctl.CTRL_TYPE_U16: ctypes.c_uint16, ioctl.CTRL_TYPE_U32: ctypes.c_uint32,
    ioctl.CTRL_TYPE_INTEGER: ctypes.c_int32, ioctl.CTRL_TYPE_BOOLEAN: ctypes.c_int32,
    ioctl.CTRL_TYPE_MENU: ctypes.c_int32, ioctl.CTRL_TYPE_INTEGER64: ctypes.c_int64,
    ioctl.CTRL_TYPE_AREA: ctypes.c_uint32, ioctl.CTRL_TYPE_RECT: ctypes.c_int32,
}
_FIELDS = {ioctl.CTRL_TYPE_AREA: (2, 1, 2**32 - 1), ioctl.CTRL_TYPE_RECT: (4, -2**31, 2**31 - 1)}
"""How many numbers make up one element (width and height; left, top, width and height), and the range of those numbers:
the one that a driver tells is of whole areas."""

_NUMBERS = frozenset({
    ioctl.CTRL_TYPE_INTEGER, ioctl.CTRL_TYPE_BOOLEAN, ioctl.CTRL_TYPE_MENU, ioctl.CTRL_TYPE_BUTTON,
    ioctl.CTRL_TYPE_INTEGER64, ioctl.CTRL_TYPE_BITMASK, ioctl.CTRL_TYPE_INTEGER_MENU,
})
_MENUS = frozenset({ioctl.CTRL_TYPE_MENU, ioctl.CTRL_TYPE_INTEGER_MENU})


@dataclass(frozen=True)
class Control:
    """One control as the driver describes it at the moment."""

    id: int
    label: str
    type: int
    minimum: int
    maximum: int
    step: int
    default: int
    flags: int
    menu: Mapping[int, Union[int, str]]
    """The items of a menu by index, which may have holes: numbers in an integer menu, texts in any other."""
    elements: int
    """How many numbers an array, an area or a rectangle has; 1 for everything else."""

    @property
    def inactive(self) -> bool:
        """Whether an automatic mode governs it now."""
        return bool(self.flags & ioctl.CTRL_FLAG_INACTIVE)

    @property
    def read_only(self) -> bool:
        """Whether it can never be written."""
        return bool(self.flags & ioctl.CTRL_FLAG_READ_ONLY)

    @property
    def volatile(self) -> bool:
        """Whether the device changes the value without telling."""
        return bool(self.flags & ioctl.CTRL_FLAG_VOLATILE)

    @property
    def readable(self) -> bool:
        """Whether it has a value; a button has none."""
        return self.type != ioctl.CTRL_TYPE_BUTTON and not self.flags & ioctl.CTRL_FLAG_WRITE_ONLY

    @property
    def lasting(self) -> bool:
        """Whether it is a value that stays, and not a command that every writing gives anew."""
        return self.readable and not self.flags & ioctl.CTRL_FLAG_EXECUTE_ON_WRITE

    @property
    def is_array(self) -> bool:
        """Whether the value is a list of numbers."""
        return bool(self.flags & ioctl.CTRL_FLAG_HAS_PAYLOAD) and self.type in _ELEMENTS


class Controls:
    """The controls of an open device, and their values as last read.

    Those that are disabled, or of a kind that is neither number, text nor list of numbers, are left out.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._controls: dict[int, Control] = {}
        self._values: dict[int, ControlValue] = {}
        self._silent: set[int] = set()
        self.revision = 0
        """Grows with every change that was not written here."""
        self.changed_at = 0
        """When the last of them was made, or else noticed, in nanoseconds of CLOCK_MONOTONIC."""
        for control in self._enumerated():
            self._controls[control.id] = control
            # Before the value is read, so that no change falls between.
            self._subscribe(control)
            self._read_into(control)

    def __contains__(self, identifier: int) -> bool:
        return identifier in self._controls

    def __getitem__(self, identifier: int) -> Control:
        return self._controls[identifier]

    @property
    def all(self) -> tuple[Control, ...]:
        """All controls, in the order of their ids."""
        return tuple(self._controls.values())

    def value(self, identifier: int) -> ControlValue | None:
        """Return the value as last read; ``None`` if the control has none, or it could never be read."""
        return self._values.get(identifier)

    def number(self, identifier: int) -> int:
        """Return the value of a numeric control as last read, or its default."""
        value = self._values.get(identifier)
        return value if isinstance(value, int) else self._controls[identifier].default

    def write(self, identifier: int, value: ControlValue, name: str) -> None:
        """Set a control, and read back what the driver made of the value; ``name`` is for messages.

        :raises OperationError: the driver refuses.
        :raises DeviceGone: the device is not there any more.
        """
        control = self._controls[identifier]
        argument, _memory = _argument(control, value)
        try:
            self._transfer(ioctl.S_EXT_CTRLS, argument)
        except OSError as error:
            raise errors.control_refused(name, value, error) from error
        self._read_into(control)

    def refresh(self, identifiers: Iterable[int] | None = None) -> None:
        """Ask for flags, ranges and values again; of all controls unless some are named."""
        for identifier in list(self._controls) if identifiers is None else list(identifiers):
            control = self._queried(identifier)
            if control is not None and control.id == identifier:
                self._controls[identifier] = control
            self._read_into(self._controls[identifier])

    def read_governed(self) -> None:
        """Read those that the device changes itself: drivers seldom tell what an automatic mode has found."""
        before = dict(self._values)
        for control in self._controls.values():
            if control.volatile or control.inactive:
                self._read_into(control)
        if self._values != before:
            self.count_change(time.monotonic_ns())

    def count_change(self, moment: int) -> None:
        """Count a change that was not written here, made or noticed at ``moment``."""
        self.revision += 1
        self.changed_at = moment

    def take_events(self) -> None:
        """Take in what others changed since the last look, without waiting."""
        for _ in range(MAX_ENTRIES):
            event = structures.Event()
            try:
                self._device.call(ioctl.DQEVENT, event)
            except OSError:
                break  # no more of them, or the driver has no events at all
            if event.type == ioctl.EVENT_CTRL and event.id in self._controls:
                self._take_event(event.id, event.u.ctrl)
                self.count_change(_moment(event))
            if not event.pending:
                break

    def _take_event(self, identifier: int, event: structures.ControlEvent) -> None:
        control = self._controls[identifier]
        if event.changes & (ioctl.EVENT_CTRL_CH_RANGE | ioctl.EVENT_CTRL_CH_DIMENSIONS):
            self.refresh([identifier])
            return
        if event.changes & ioctl.EVENT_CTRL_CH_FLAGS:
            control = self._controls[identifier] = replace(control, flags=event.flags)
        if event.changes & ioctl.EVENT_CTRL_CH_VALUE:
            self._read_into(control)

    def _enumerated(self) -> list[Control]:
        found: list[Control] = []
        following = ioctl.CTRL_FLAG_NEXT_CTRL | ioctl.CTRL_FLAG_NEXT_COMPOUND
        identifier = 0
        for _ in range(MAX_ENTRIES):
            control = self._queried(identifier | following)
            if control is None or control.id <= identifier:
                break
            identifier = control.id
            scalar = control.type in _NUMBERS and control.elements == 1
            known = scalar or control.type == ioctl.CTRL_TYPE_STRING or control.is_array
            if known and not control.flags & ioctl.CTRL_FLAG_DISABLED:
                found.append(control)
            elif not known and control.type != ioctl.CTRL_TYPE_CTRL_CLASS:
                logger.info('%s: the control %r is of a kind that cannot be set here', self._device.path, control.label)
        return found

    def _queried(self, identifier: int) -> Control | None:
        query = structures.QueryExtendedControl(id=identifier)
        try:
            self._device.call(ioctl.QUERY_EXT_CTRL, query)
        except OSError:
            return None
        menu = self._menu(query) if query.type in _MENUS else {}
        minimum, maximum, elements = query.minimum, query.maximum, max(1, query.elems)
        if query.type in _FIELDS:
            fields, minimum, maximum = _FIELDS[query.type]
            elements *= fields
        elif query.type == ioctl.CTRL_TYPE_BITMASK:
            minimum, maximum = 0, maximum & 0xFFFFFFFF
        return Control(query.id, text_of(query.name), query.type, minimum, maximum, query.step,
                       query.default_value, query.flags, menu, elements)

    def _menu(self, query: structures.QueryExtendedControl) -> dict[int, Union[int, str]]:
        items: dict[int, Union[int, str]] = {}
        for index in range(max(0, query.minimum), min(query.maximum, query.minimum + MAX_ENTRIES) + 1):
            item = structures.QueryMenu(id=query.id, index=index)
            try:
                self._device.call(ioctl.QUERYMENU, item)
            except OSError:
                continue  # a hole
            items[index] = item.value if query.type == ioctl.CTRL_TYPE_INTEGER_MENU else text_of(item.name)
        return items

    def _subscribe(self, control: Control) -> None:
        subscription = structures.EventSubscription(type=ioctl.EVENT_CTRL, id=control.id)
        try:
            self._device.call(ioctl.SUBSCRIBE_EVENT, subscription)
        except OSError as error:
            logger.debug('%s: no events for %s: %s', self._device.path, control.label, errors.described(error))

    def _read_into(self, control: Control) -> None:
        if not control.readable:
            return
        argument, memory = _argument(control, None)
        try:
            self._transfer(ioctl.G_EXT_CTRLS, argument)
        except OSError as error:
            if control.id not in self._silent:
                logger.warning('%s: the control %r cannot be read: %s', self._device.path, control.label,
                               errors.described(error))
            self._silent.add(control.id)
            return
        self._silent.discard(control.id)
        self._values[control.id] = _value(control, argument, memory)

    def _transfer(self, request: int, argument: structures.ExtendedControl) -> None:
        controls = structures.ExtendedControls(count=1, controls=ctypes.pointer(argument))
        self._device.call(request, controls)


def watch(device: Device, controls: Controls) -> None:
    """Take in the control events that wait, if there are any.

    :raises DeviceGone: the device is not there any more.
    """
    if device.wait(select.POLLPRI, 0.0) & select.POLLPRI:
        controls.take_events()


def _moment(event: structures.Event) -> int:
    """Return when something happened that a driver tells of, which the kernel notes on CLOCK_MONOTONIC."""
    told: int = event.timestamp.tv_sec * 1_000_000_000 + event.timestamp.tv_nsec
    now = time.monotonic_ns()
    return min(told, now) if told > 0 else now


def _argument(
    control: Control, value: ControlValue | None,
) -> tuple[structures.ExtendedControl, ctypes.Array | None]:
    """Return the argument that carries ``value``, or room for it, and the memory that must outlive the call."""
    argument = structures.ExtendedControl(id=control.id)
    memory: ctypes.Array | None = None
    if control.type == ioctl.CTRL_TYPE_STRING:
        text = value.encode('utf-8', errors='replace') if isinstance(value, str) else b''
        memory = ctypes.create_string_buffer(text, max(control.maximum, len(text)) + 1)
    elif control.is_array:
        elements = value if isinstance(value, tuple) else ()
        memory = (_ELEMENTS[control.type] * control.elements)(*elements[:control.elements])
    elif control.type == ioctl.CTRL_TYPE_INTEGER64:
        argument.value64 = value if isinstance(value, int) else 0
    else:
        argument.value = value if isinstance(value, int) else 0  # a bit mask wraps into the sign, as it should
    if memory is not None:
        argument.ptr = ctypes.cast(memory, ctypes.c_void_p)
        argument.size = ctypes.sizeof(memory)
    return argument, memory


def _value(control: Control, argument: structures.ExtendedControl, memory: ctypes.Array | None) -> ControlValue:
    if control.type == ioctl.CTRL_TYPE_STRING:
        assert memory is not None
        return str(memory.value.decode('utf-8', errors='replace'))  # spaces at its ends count
    if memory is not None:
        return tuple(memory)
    if control.type == ioctl.CTRL_TYPE_INTEGER64:
        return int(argument.value64)
    value = int(argument.value)
    return value & 0xFFFFFFFF if control.type == ioctl.CTRL_TYPE_BITMASK else value
