"""What a device can be set to beyond the vocabulary: the controls of its driver, by their own names."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Union, runtime_checkable

ExtraValue = Union[bool, int, str, tuple[int, ...]]
"""What an extra control is set to; a button is never anything but false."""


class ExtraKind(enum.Enum):
    """What the values of an extra control are."""

    INTEGER = 'integer'
    BOOLEAN = 'boolean'
    BUTTON = 'button'
    TEXT = 'text'
    INTEGERS = 'integers'


@dataclass(frozen=True)
class ExtraControl:
    """One control of the driver that no property of the vocabulary stands for."""

    name: str
    """As a parameter, for instance ``v4l2.gain``."""
    label: str
    """As the driver calls it."""
    kind: ExtraKind
    minimum: int
    """Smallest number, or length of a text in bytes."""
    maximum: int
    step: int
    default: ExtraValue
    items: Mapping[int, str] = field(default_factory=dict)
    """The items of a menu by number; empty where all numbers of the range are possible."""
    elements: int = 1
    """How many numbers belong to ``INTEGERS``."""
    read_only: bool = False


@runtime_checkable
class DriverControlled(Protocol):
    """A camera, besides, whose driver has controls of its own, that others may change, and that counts faulty frames.

    As with ``Camera``, all is called by the one thread that owns it, and valid while it is open.
    """

    @property
    def extra_controls(self) -> Mapping[str, ExtraControl]:
        """The controls that no property stands for, by parameter name."""

    @property
    def extra_settings(self) -> Mapping[str, ExtraValue]:
        """What they are set to, as last read."""

    @property
    def faulty_frames(self) -> int:
        """How many frames were thrown away because they were faulty, since the camera object was made."""

    def set_extra(self, values: Mapping[str, ExtraValue]) -> None:
        """Set extra controls, in this order, and read all back.

        :raises OperationError: there is no such control, or the driver refuses; those before it are set.
        """

    def refresh(self) -> bool:
        """Take in, without waiting, what other programs or the device itself changed; return whether anything did.

        :raises DeviceGone: the device is not there any more.
        """
