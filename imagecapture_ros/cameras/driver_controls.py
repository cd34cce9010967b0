# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a device can be set to beyond the vocabulary: the controls of its driver, by their own names."""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, Union

T = TypeVar('T')

PREFIX = 'v4l2.'
"""What the names of all driver controls begin with."""

DriverControlValue = Union[bool, int, str, tuple[int, ...]]
"""What a driver control is set to; a button is never anything but false."""


class DriverControlKind(enum.Enum):
    """What the values of a driver control are."""

    INTEGER = 'integer'
    BOOLEAN = 'boolean'
    BUTTON = 'button'
    TEXT = 'text'
    INTEGERS = 'integers'


@dataclass(frozen=True)
class DriverControl:
    """One control of the driver that no property of the vocabulary stands for."""

    name: str
    """As a parameter, for instance ``v4l2.gain``."""
    label: str
    """As the driver calls it."""
    kind: DriverControlKind
    minimum: int
    """Smallest number, or length of a text in bytes."""
    maximum: int
    step: int
    default: DriverControlValue
    items: Mapping[int, str] = field(default_factory=dict)
    """The items of a menu by number; empty where all numbers of the range are possible."""
    elements: int = 1
    """How many numbers belong to ``INTEGERS``."""
    read_only: bool = False
    lasting: bool = True
    """Whether it is a value that stays, and not a command that every writing gives anew."""


def in_writing_order(controls: Mapping[str, DriverControl], values: Mapping[str, T]) -> dict[str, T]:
    """Return ``values`` with switches and menus first: drivers refuse a value while an automatic one governs it."""
    def is_value(name: str) -> bool:
        control = controls.get(name)
        return control is not None and control.kind is not DriverControlKind.BOOLEAN and not control.items

    return dict(sorted(values.items(), key=lambda one: is_value(one[0])))


class DriverControlCamera(abc.ABC):
    """Base of cameras whose driver has controls of its own, and lets other programs change all controls meanwhile.

    As with ``Camera``, all is called by the one thread that owns it, and valid while it is open.
    """

    @property
    @abc.abstractmethod
    def driver_controls(self) -> Mapping[str, DriverControl]:
        """The controls that no property stands for, by parameter name."""

    @property
    @abc.abstractmethod
    def driver_settings(self) -> Mapping[str, DriverControlValue]:
        """What they are set to, as last read."""

    @property
    @abc.abstractmethod
    def faulty_frames(self) -> int:
        """How many frames were thrown away because they were faulty, since the camera object was made."""

    @property
    @abc.abstractmethod
    def revision(self) -> int:
        """Grows whenever a control changed that this program has not written."""

    @abc.abstractmethod
    def set_driver_controls(self, values: Mapping[str, DriverControlValue]) -> None:
        """Set driver controls, in the order of :func:`in_writing_order`, and read all back.

        :raises OperationError: there is no such control, or the driver refuses; those before it are set.
        """

    @abc.abstractmethod
    def refresh(self) -> None:
        """Take in, without waiting, what other programs or the device itself changed; ``read`` does so, too.

        :raises DeviceGone: the device is not there any more.
        """
