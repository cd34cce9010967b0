# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VideoTrack: one user's view of a source, with the constraints that hold for it (MediaStreamTrack)."""

from __future__ import annotations

import enum
import uuid
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    DeviceState,
    MediaSettingsRange,
    NativeMode,
    Settings,
    aspect_ratio,
)
from imagecapture_ros.mediacapture.constraints import (
    Constraint,
    Constraints,
    ConstraintSet,
    checked_constraint,
    checked_constraints,
)
from imagecapture_ros.mediacapture.errors import InvalidStateError, SecurityError
from imagecapture_ros.mediacapture.solver.select_settings import Selection, select_settings
from imagecapture_ros.mediacapture.solver.stream_rates import rate_meant
from imagecapture_ros.mediacapture.source import Asked, CompletedApply, SourceState, State, VideoSource
from imagecapture_ros.mediacapture.vocabulary import DEPENDENTS, VOCABULARY

T = TypeVar('T')

NEAR_RATIO = 5e-3
"""An aspect ratio given by hand means that of a native mode from which it differs by no more than this part."""


class PanTiltZoom(enum.Enum):
    """What a track may do with pan, tilt and zoom."""

    ALLOWED = 'allowed'
    REFUSED = 'refused'
    """They can be seen; whoever constrains them gets a SecurityError (as a page in the background does)."""
    HIDDEN = 'hidden'
    """Without the permission the device seems not to have them."""


class VideoTrack(Generic[State]):
    """A live picture of a camera that can be asked what it can do and told what it should do.

    ``apply_constraints`` is the specification's: it replaces all earlier constraints. ``apply_exact`` is the finer
    grained door for dynamic parameters: it asks for some values now, remembers them as wishes, and leaves the applied
    constraints in force.

    Several tracks may show one source. What all of them require holds together; a wish of another track gives way to
    whatever is asked of the same property.
    """

    kind = 'video'

    def __init__(self, source: VideoSource[State], *, ptz: PanTiltZoom = PanTiltZoom.ALLOWED) -> None:
        self.id = str(uuid.uuid4())
        self.enabled = True
        """Whether the user wants pictures; a disabled track has none."""
        self.ptz = ptz
        """What it may do with pan, tilt and zoom from now on."""
        self._source = source
        self._asked = Asked()
        self._clones_meanwhile: weakref.WeakSet[VideoTrack[State]] = weakref.WeakSet()
        # A source that its last track has just let go of, on another thread, has no picture to show.
        self._stopped = not source.tracks.add(self)

    @property
    def source(self) -> VideoSource[State]:
        """The device behind the track."""
        return self._source

    @property
    def label(self) -> str:
        """The device's name, for people."""
        return self._source.info.label

    @property
    def ready_state(self) -> str:
        """``live`` or ``ended``; ended is final."""
        return 'ended' if self._stopped or self._source.status.ended else 'live'

    @property
    def stopped(self) -> bool:
        """Whether it was ended by ``stop``."""
        return self._stopped

    @property
    def ended_because(self) -> str:
        """Why the track has ended."""
        return 'it was stopped' if self._stopped else self._source.status.reason

    @property
    def muted(self) -> bool:
        """Whether the source delivers no frames at the moment."""
        return self._source.status.muted

    @property
    def asked(self) -> Asked:
        """See :class:`AskingTrack`."""
        return self._asked

    @property
    def capabilities(self) -> Capabilities:
        """What the device can do (getCapabilities)."""
        return self._exposed(self._source.snapshot.capabilities)

    @property
    def settings(self) -> Settings:
        """What the device is set to (getSettings); on an ended track only who it was."""
        settings = self.settings_in(self._source.snapshot)
        if self.ready_state == 'ended':
            return {name: value for name, value in settings.items() if VOCABULARY[name].identifies}
        return settings

    def settings_in(self, state: State) -> Settings:
        """Return the settings that the track shows in a state of the device that was in force at some time."""
        return self._exposed(state.delivered_settings)

    @property
    def constraints(self) -> Constraints:
        """The constraints of the last successful ``apply_constraints`` (getConstraints)."""
        return self._asked.constraints

    def clone(self) -> VideoTrack[State]:
        """Return another track of the same source with the same constraints; each is stopped by itself."""
        clone = VideoTrack(self._source, ptz=self.ptz)
        clone.enabled = self.enabled
        # In this order: a request that is just being carried out reaches the clone one way or the other.
        self._clones_meanwhile.add(clone)
        clone._asked = self._asked
        if self._stopped:
            clone.stop()
        return clone

    def stop(self) -> None:
        """End the track; harmless when it has ended. With its last track the source lets go of the device."""
        if not self._stopped:
            self._stopped = True
            if self._source.tracks.remove(self):
                self._source.release()

    def apply_constraints(
        self, constraints: Constraints, *, snap: bool = False, keep: bool = False,
    ) -> Future[CompletedApply[State] | None]:
        """Replace all constraints by ``constraints`` and bring the device to the nearest settings (applyConstraints).

        An exact value beside the device's steps cannot be met; with ``snap`` the nearest step takes its place, in the
        constraints too, and a rate that nearly is a native one, or a whole fraction of it, means that one. What nobody
        constrains returns to the device's defaults; with ``keep`` it stays as it is. On an ended track nothing happens,
        and the future has ``None``. Otherwise it has what was chosen and the state that it led to, or raises
        OverconstrainedError, OperationError, or InvalidStateError if the track was stopped meanwhile; nothing has
        changed then.

        :raises ConstraintTypeError: a value has the wrong type.
        :raises SecurityError: pan, tilt or zoom is constrained but not allowed.
        """
        constraints = checked_constraints(constraints)
        if self.ready_state == 'ended':
            return _done()
        refuse_movements(constraints, self.ptz)
        constraints = constraints.stated

        def solve(state: SourceState) -> Selection:
            nonlocal constraints
            self._clones_meanwhile.clear()
            if snap:
                basic, *advanced = (_snapped(one, state) for one in (constraints.basic, *constraints.advanced))
                constraints = Constraints(basic, tuple(advanced))
            return self._select(_kept(state) if keep else state, [], constraints.basic, constraints.advanced)

        return self._source.apply(solve, lambda: self._accept(Asked(constraints)))  # type: ignore[return-value]

    def apply_exact(self, values: ConstraintSet) -> Future[CompletedApply[State]]:
        """Bring some properties to exact values now; what was asked this way before gives way, as ideals.

        A value beside the device's steps is taken as the nearest step, a rate that nearly is a native one, or a whole
        fraction of it, as that one; what nobody constrains stays as it is. The constraints of ``apply_constraints``
        stay and can make this fail. Where pan, tilt and zoom are not allowed, they may be asked for as they are: so all
        settings of a camera can be loaded again. Errors as for ``apply_constraints``.

        :raises InvalidStateError: the track has ended; a parameter that is set must not seem to take effect.
        """
        values = self._checked_exact(values)
        asked = Asked()

        def solve(state: SourceState) -> Selection:
            nonlocal asked
            self._clones_meanwhile.clear()
            selection, asked = self._select_exact(values, state)
            return selection

        return self._source.apply(solve, lambda: self._accept(asked))

    def check_exact(self, values: ConstraintSet) -> None:
        """Raise what :meth:`apply_exact` of these values would raise as the device is now; nothing is changed."""
        self._select_exact(self._checked_exact(values), self._source.snapshot)

    def _checked_exact(self, values: ConstraintSet) -> ConstraintSet:
        values = {name: checked_constraint(name, constraint) for name, constraint in values.items()}
        if self.ready_state == 'ended':
            raise InvalidStateError(f'the track has ended: {self.ended_because}; open the camera again, or '
                                    f'configure the node again')
        if self.ptz is PanTiltZoom.REFUSED:
            now = self._source.snapshot.settings
            values = {name: value for name, value in values.items()
                      if not (VOCABULARY[name].movement and name in now and value.exact == now[name])}
        refuse_movements(Constraints(values), self.ptz)
        return values

    def _select_exact(self, values: ConstraintSet, state: SourceState) -> tuple[Selection, Asked]:
        """Choose settings for exact values, and say what is asked for from then on."""
        values = _snapped(values, state)
        # Whoever switches an automatic off wants to keep what it has found, unless another value was asked for.
        wishes = {**_found_by_automatics(values, state), **self._asked.wishes}
        now = {**wishes, **values}
        earlier = {name: wish for name, wish in wishes.items() if name not in values and _counts(name, now)}
        # A newer wish of the same user overrules an older ideal; what is required stays required.
        constraints = self._asked.constraints
        in_force = [_giving_way(_in_force(constraints.basic, state), now), earlier]
        selection = self._select(_kept(state), in_force, values, constraints.advanced)
        return selection, Asked(constraints, {**wishes, **_wishes_for(values, selection)})

    def _accept(self, asked: Asked) -> None:
        self._asked = asked
        while self._clones_meanwhile:
            self._clones_meanwhile.pop()._asked = asked

    def _select(
        self, state: DeviceState, in_force: Sequence[ConstraintSet], basic: ConstraintSet,
        advanced: Sequence[ConstraintSet],
    ) -> Selection:
        """Choose settings for what this track asks, with what the other tracks of the source have asked in force."""
        if self._stopped:
            raise InvalidStateError('the track was stopped before this could be done')
        others = self._source.tracks.others(self)
        asked = {name: constraint for one in (*in_force, basic) for name, constraint in one.items()}
        theirs = [_giving_way(_in_force(one, state), asked)
                  for other in others for one in (other.asked.constraints.basic, other.asked.wishes)]
        if self.ptz is PanTiltZoom.REFUSED:
            # Who may not move the view leaves it where it is.
            theirs.append({name: Constraint(ideal=True) for name in state.capabilities if VOCABULARY[name].movement})
        their_advanced = [one for other in others for one in other.asked.constraints.advanced]
        selection = select_settings(
            exposed_state(state, self.ptz), [basic], [*advanced, *map(self._exposed, their_advanced)],
            in_force=[*map(self._exposed, theirs), *in_force])
        own = tuple(index for index in selection.skipped_advanced if index < len(advanced))
        return replace(selection, skipped_advanced=own)

    def _exposed(self, members: Mapping[str, T]) -> Mapping[str, T]:
        return exposed(members, self.ptz)


def refuse_movements(constraints: Constraints, ptz: PanTiltZoom) -> None:
    """Refuse constraints on pan, tilt and zoom of whoever may not set them.

    :raises SecurityError: there are such constraints.
    """
    if ptz is PanTiltZoom.REFUSED and constraints.move_the_view:
        raise SecurityError('pan, tilt and zoom are not allowed here; start the node with allow_ptz:=true')


def exposed(members: Mapping[str, T], ptz: PanTiltZoom) -> Mapping[str, T]:
    """Return what of ``members``, by property name, whoever has this permission may see."""
    if ptz is not PanTiltZoom.HIDDEN:
        return members
    return {name: member for name, member in members.items() if not VOCABULARY[name].movement}


@dataclass(frozen=True)
class _PartOfState:
    """A device as it seems without some of its properties."""

    capabilities: Capabilities
    settings: Settings
    defaults: Settings
    native_modes: Sequence[NativeMode]


def exposed_state(state: DeviceState, ptz: PanTiltZoom) -> DeviceState:
    """Return what of a device's ``state`` whoever has this permission may see and set."""
    if ptz is not PanTiltZoom.HIDDEN:
        return state
    return _PartOfState(exposed(state.capabilities, ptz), exposed(state.settings, ptz),
                        exposed(state.defaults, ptz), state.native_modes)


def _kept(state: DeviceState) -> DeviceState:
    """Return ``state`` as that of a device whose defaults are what it does now."""
    return _PartOfState(state.capabilities, state.settings, {**state.defaults, **state.settings}, state.native_modes)


def _in_force(constraints: ConstraintSet, state: DeviceState) -> ConstraintSet:
    """Return ``constraints`` without what is required of values that the device decides itself at present.

    When it was required, the device happened to hold it; that cannot be kept up.
    """
    return {
        name: constraint if VOCABULARY[name].counts(state.settings) else Constraint(ideal=constraint.ideal)
        for name, constraint in constraints.items()
    }


def _found_by_automatics(values: ConstraintSet, state: DeviceState) -> ConstraintSet:
    """Return wishes for what the device has found in modes that ``values`` change."""
    return {
        row.name: Constraint(ideal=state.settings[row.name])  # type: ignore[arg-type]
        for mode in values for row in DEPENDENTS.get(mode, ())
        if row.name in state.settings and not row.counts(state.settings)
    }


def _wishes_for(values: ConstraintSet, selection: Selection) -> ConstraintSet:
    """Return what stays wished for of ``values`` that were asked for and led to ``selection``."""
    wishes = {}
    for name, value in values.items():
        wishes[name] = Constraint(ideal=value.ideal if value.exact is None else value.exact)
        coupling = VOCABULARY[name].coupling
        if coupling is not None and coupling.mode not in values and coupling.mode in selection.settings:
            # The mode that came with the value is wanted from now on, whatever mode was asked for before.
            wishes[coupling.mode] = Constraint(ideal=(str(selection.settings[coupling.mode]),))
    return wishes


def _giving_way(constraints: ConstraintSet, asked: ConstraintSet) -> ConstraintSet:
    """Return ``constraints`` without the wishes that ``asked`` overrules."""
    return {
        name: constraint.without_ideal() if name in asked or not _counts(name, asked) else constraint
        for name, constraint in constraints.items()
    }


def _snapped(constraints: ConstraintSet, state: DeviceState) -> ConstraintSet:
    """Return ``constraints`` with each exact number in range brought to the nearest that the device can do.

    A rate, also one that is only wished, means a native one or a whole fraction where it nearly is that.
    """
    snapped = dict(constraints)
    for name, constraint in constraints.items():
        grid, exact = state.capabilities.get(name), constraint.exact
        if name == 'frame_rate':
            rates = {member: _rate_meant(value, state) for member in ('exact', 'ideal')
                     if isinstance(value := getattr(constraint, member), (int, float))}
            snapped[name] = replace(constraint, **rates)
        elif (isinstance(grid, MediaSettingsRange) and isinstance(exact, (int, float)) and not isinstance(exact, bool)
                and grid.min <= exact <= grid.max):
            # Outside the range nothing is snapped: that is refused with the range as the reason.
            snapped[name] = replace(constraint, exact=_nearest(name, exact, grid, state))
    return snapped


def _rate_meant(rate: float, state: DeviceState) -> float:
    if rate == state.settings.get('frame_rate'):
        return rate
    return rate_meant(rate, [mode.frame_rate for mode in state.native_modes])


def _nearest(name: str, value: float, grid: MediaSettingsRange, state: DeviceState) -> float:
    if value == state.settings.get(name):
        return value
    if name == 'aspect_ratio':
        # 1.333 means 4:3 and not 1333:1000.
        natives = [aspect_ratio(mode.width, mode.height) for mode in state.native_modes]
        near = [ratio for ratio in natives if abs(ratio - value) <= NEAR_RATIO * value]
        return min(near, key=lambda ratio: abs(ratio - value), default=value)
    return grid.nearest(value)


def _counts(name: str, asked: ConstraintSet) -> bool:
    """Return whether a value of ``name`` has an effect in the mode that ``asked`` wants, if it wants one."""
    return VOCABULARY[name].counts({
        mode: constraint.ideal if constraint.exact is None else constraint.exact for mode, constraint in asked.items()})


def _done() -> Future[CompletedApply[State] | None]:
    future: Future[CompletedApply[State] | None] = Future()
    future.set_result(None)
    return future
