# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Properties without a stream: each free, or a mode together with the values that count in some of its states only.

Any choice for one part of a device goes with any choice for another, so requirements and distances can be worked out
part by part, and nobody has to write out all settings a device could hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    DeviceState,
    MediaSettingsRange,
    NativeMode,
    Settings,
    SettingValue,
)
from imagecapture_ros.mediacapture.constraints import ConstraintSet, ConstraintValue
from imagecapture_ros.mediacapture.solver.domains import (
    DIGITS,
    Domain,
    distance,
    has_plain_distance,
    satisfies,
    whole_domain,
)
from imagecapture_ros.mediacapture.vocabulary import DEPENDENTS, VOCABULARY, Property

Wishes = Mapping[str, Sequence[ConstraintValue]]
"""The ideals of all basic sets, by property."""


class Choice(NamedTuple):
    """The best values of one part."""

    settings: Settings
    distance: float
    """The fitness distance, rounded so that equal ones are equal."""
    mode: NativeMode | None = None
    """The native mode behind a stream's size and rate."""


class Part(Protocol):
    """Properties that are chosen together, with the values they may still take; immutable."""

    @property
    def names(self) -> tuple[str, ...]:
        """The properties."""

    def restricted(self, sets: Sequence[ConstraintSet]) -> Part | None:
        """Return the part that meets what all ``sets``, which name its properties only, require; or ``None``."""

    def choose(self, wishes: Wishes) -> Choice:
        """Return the values with the smallest fitness distance; among equally near ones the device's defaults."""


def control_parts(device: DeviceState, capabilities: Capabilities) -> Iterator[Part]:
    """Yield the parts for ``capabilities``, which are those of ``device`` without its stream's."""
    taken: set[str] = set()
    for name in capabilities:
        if name in taken:
            continue
        row = VOCABULARY[name]
        if row.coupling is not None and row.coupling.mode in capabilities:
            continue  # comes with its mode
        coupled = [one for one in DEPENDENTS.get(name, ()) if one.name in capabilities]
        if coupled:
            yield CoupledPart.of(device, name, coupled)
            taken.update(one.name for one in coupled)
        else:
            yield SinglePart(name, whole_domain(name, device), device)


class SinglePart(NamedTuple):
    """One property that nothing ties to another."""

    name: str
    domain: Domain
    device: DeviceState

    @property
    def names(self) -> tuple[str, ...]:
        """See :class:`Part`."""
        return (self.name,)

    def restricted(self, sets: Sequence[ConstraintSet]) -> SinglePart | None:
        """See :class:`Part`."""
        domain = _restricted(self.domain, sets, self.name)
        return None if domain is None else SinglePart(self.name, domain, self.device)

    def choose(self, wishes: Wishes) -> Choice:
        """See :class:`Part`."""
        value, away = _nearest(self.name, self.domain, wishes.get(self.name, ()), self.device)
        return Choice({self.name: value}, away)


class CoupledPart(NamedTuple):
    """A mode and its dependent values (the coupled reading: what the device decides cannot be asked for)."""

    mode: str
    states: tuple[str, ...]
    """What the mode may still be."""
    rows: tuple[Property, ...]
    """The dependent properties."""
    domains: Mapping[str, Domain | None]
    """Their values where they count; ``None`` when there is none left, in states in which they do not count."""
    device: DeviceState

    @classmethod
    def of(cls, device: DeviceState, mode: str, rows: Sequence[Property]) -> CoupledPart:
        """Return the whole part of ``mode``."""
        states = device.capabilities[mode]
        assert not isinstance(states, MediaSettingsRange)
        now = str(device.settings.get(mode))
        domains = {row.name: whole_domain(row.name, device, by_choice=row.counts({mode: now})) for row in rows}
        return cls(mode, tuple(map(str, states)), tuple(rows), domains, device)

    @property
    def names(self) -> tuple[str, ...]:
        """See :class:`Part`."""
        return (self.mode, *self.domains)

    def restricted(self, sets: Sequence[ConstraintSet]) -> CoupledPart | None:
        """See :class:`Part`.

        Requiring a value calls for a state of the mode in which it counts. Only where there is none left, because such
        states have been ruled out, does it suffice that the device holds the value: so the settings of a camera can be
        required as they are.
        """
        states = tuple(
            state for state in self.states
            if all(satisfies(state, one[self.mode]) for one in sets if self.mode in one))
        domains = dict(self.domains)
        required = [row for row in self.rows if any(row.name in one for one in sets)]
        for row in required:
            domains[row.name] = _restricted(domains[row.name], sets, row.name)
        # All at once: what one value rules out must not free another from the need to count.
        possible = states
        for row in required:
            if row.counts({self.mode: states}):
                possible = tuple(
                    state for state in possible
                    if row.counts({self.mode: state}) and domains[row.name] is not None)
            elif not all(satisfies(self._held(row.name), one[row.name]) for one in sets if row.name in one):
                return None
        return CoupledPart(self.mode, possible, self.rows, domains, self.device) if possible else None

    def choose(self, wishes: Wishes) -> Choice:
        """See :class:`Part`."""
        return min((self._best_in(state, wishes) for state in self.states),
                   key=lambda choice: self._strangeness(choice, wishes))

    def _best_in(self, state: str, wishes: Wishes) -> Choice:
        settings: dict[str, SettingValue] = {self.mode: state}
        away = sum(distance(state, wish, plain=False) for wish in wishes.get(self.mode, ()))
        for row in self.rows:
            wished = wishes.get(row.name, ())
            if row.counts({self.mode: state}):
                domain = self.domains[row.name]
                assert domain is not None
                settings[row.name], one = _nearest(row.name, domain, wished, self.device)
                away += one
            else:
                settings[row.name] = held = self._held(row.name)
                plain = has_plain_distance(row, self.device.capabilities[row.name])
                away += sum(distance(held, wish, plain=plain) for wish in wished)
        return Choice(settings, round(away, DIGITS))

    def _strangeness(self, choice: Choice, wishes: Wishes) -> tuple[float, ...]:
        """Return what orders the choices: the distance, then the device's defaults (SelectSettings, step 6).

        Between them: a wish met by chance, because the device itself holds the value just now, is not met.
        """
        state = str(choice.settings[self.mode])
        by_chance = sum(row.name in wishes and not row.counts({self.mode: state}) for row in self.rows)
        defaults = self.device.defaults
        away = sum(
            distance(choice.settings[row.name], defaults[row.name], plain=False)
            for row in self.rows if row.name in defaults
        )
        # Metering once is an action; nobody asked for it.
        unusual = 0 if state == defaults.get(self.mode) else 2 if state == 'single-shot' else 1
        return choice.distance, by_chance, unusual, round(away, DIGITS)

    def _held(self, name: str) -> SettingValue:
        """Return what the device holds: only that can be promised where the device decides."""
        settings = self.device.settings
        return settings[name] if name in settings else self.device.defaults[name]


def _restricted(domain: Domain | None, sets: Sequence[ConstraintSet], name: str) -> Domain | None:
    for constraints in sets:
        if domain is not None and name in constraints:
            domain = domain.restricted(constraints[name])
    return domain


def _nearest(
    name: str, domain: Domain, wishes: Sequence[ConstraintValue], device: DeviceState,
) -> tuple[SettingValue, float]:
    # Who only asks for a device that can move its view wants the view to stay (pan, tilt and zoom given as true).
    stays = wishes and VOCABULARY[name].movement and any(wish is True for wish in wishes)
    return domain.nearest(wishes, (device.settings if stays else device.defaults).get(name))
