"""VideoTrack: one user's view of a source, with the constraints that hold for it (MediaStreamTrack)."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TypeVar

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    DeviceState,
    MediaSettingsRange,
    NativeMode,
    Settings,
    SettingValue,
)
from imagecapture_ros.mediacapture.constraints import (
    Constraint,
    Constraints,
    ConstraintSet,
    checked_constraint,
    checked_constraints,
)
from imagecapture_ros.mediacapture.errors import InvalidStateError, SecurityError
from imagecapture_ros.mediacapture.select_settings import Selection, select_settings
from imagecapture_ros.mediacapture.source import SourceState, VideoSource
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

T = TypeVar('T')


class PanTiltZoom(enum.Enum):
    """What a track may do with pan, tilt and zoom."""

    ALLOWED = 'allowed'
    REFUSED = 'refused'
    """They can be seen; whoever constrains them gets a SecurityError (as a page in the background does)."""
    HIDDEN = 'hidden'
    """Without the permission the device seems not to have them."""


class VideoTrack:
    """A live picture of a camera that can be asked what it can do and told what it should do.

    ``apply_constraints`` is the specification's: it replaces all earlier constraints. ``apply_exact`` is the finer
    grained door for dynamic parameters: it asks for some values now, remembers them as wishes, and leaves the applied
    constraints in force.

    Several tracks may show one source. What all of them require holds together; a wish of another track gives way to
    whatever is asked of the same property.
    """

    kind = 'video'

    def __init__(self, source: VideoSource, *, ptz: PanTiltZoom = PanTiltZoom.ALLOWED) -> None:
        self.id = str(uuid.uuid4())
        self.enabled = True
        """Whether the user wants pictures; a disabled track has none."""
        self._source = source
        self._ptz = ptz
        self._constraints = Constraints()
        self._wishes: ConstraintSet = {}
        self._stopped = False
        source.tracks.add(self)

    @property
    def source(self) -> VideoSource:
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
    def ended_because(self) -> str:
        """Why the track has ended."""
        return 'it was stopped' if self._stopped else self._source.status.reason

    @property
    def muted(self) -> bool:
        """Whether the source delivers no frames at the moment."""
        return self._source.status.muted

    @property
    def capabilities(self) -> Capabilities:
        """What the device can do (getCapabilities)."""
        return self._exposed(self._source.snapshot.capabilities)

    @property
    def settings(self) -> Settings:
        """What the device is set to (getSettings); on an ended track only who it was."""
        settings = self._exposed(self._source.snapshot.delivered_settings)
        if self.ready_state == 'ended':
            return {name: value for name, value in settings.items() if VOCABULARY[name].identifies}
        return settings

    @property
    def constraints(self) -> Constraints:
        """The constraints of the last successful ``apply_constraints`` (getConstraints)."""
        return self._constraints

    def clone(self) -> VideoTrack:
        """Return another track of the same source with the same constraints; each is stopped by itself."""
        clone = VideoTrack(self._source, ptz=self._ptz)
        clone.enabled = self.enabled
        clone._constraints, clone._wishes = self._constraints, self._wishes
        if self._stopped:
            clone.stop()
        return clone

    def stop(self) -> None:
        """End the track; harmless when it has ended. With its last track the source lets go of the device."""
        if not self._stopped:
            self._stopped = True
            if self._source.tracks.remove(self):
                self._source.release()

    def apply_constraints(self, constraints: Constraints, *, snap: bool = False) -> Future[None]:
        """Replace all constraints by ``constraints`` and bring the device to the nearest settings (applyConstraints).

        An exact value beside the device's steps cannot be met; with ``snap`` the nearest step takes its place, in the
        constraints too. On an ended track nothing happens. The future raises OverconstrainedError, OperationError;
        nothing has changed then.

        :raises ConstraintTypeError: a value has the wrong type.
        :raises SecurityError: pan, tilt or zoom is constrained but not allowed.
        """
        constraints = checked_constraints(constraints)
        if self.ready_state == 'ended':
            return _done()
        self._refuse_movements(constraints)
        constraints = constraints.stated

        def solve(state: SourceState) -> Selection:
            nonlocal constraints
            if snap:
                basic, *advanced = (_snapped(one, state) for one in (constraints.basic, *constraints.advanced))
                constraints = Constraints(basic, tuple(advanced))
            return self._select(state, [], constraints.basic, constraints.advanced)

        def accept() -> None:
            self._constraints = constraints
            self._wishes = {}

        return self._source.apply(solve, accept)

    def apply_exact(self, values: ConstraintSet) -> Future[None]:
        """Bring some properties to exact values now; what was asked this way before gives way, as ideals.

        A value beside the device's steps is taken as the nearest step. The constraints of ``apply_constraints`` stay
        and can make this fail. Errors as for ``apply_constraints``.

        :raises InvalidStateError: the track has ended; a parameter that is set must not seem to take effect.
        """
        values = {name: checked_constraint(name, constraint) for name, constraint in values.items()}
        if self.ready_state == 'ended':
            raise InvalidStateError(f'the track has ended: {self.ended_because}; configure the node again')
        self._refuse_movements(Constraints(values))
        chosen: dict[str, SettingValue] = {}

        def solve(state: SourceState) -> Selection:
            nonlocal values
            values = _snapped(values, state)
            asked = {**self._wishes, **values}
            earlier = {
                name: wish for name, wish in self._wishes.items() if name not in values and _counts(name, asked)
            }
            # A newer wish of the same user overrules an older ideal; what is required stays required.
            in_force = [_giving_way(self._constraints.basic, asked), earlier]
            selection = self._select(state, in_force, values, self._constraints.advanced)
            chosen.update(selection.settings)
            return selection

        def accept() -> None:
            wishes = {**self._wishes}
            for name, value in values.items():
                wishes[name] = Constraint(ideal=value.ideal if value.exact is None else value.exact)
                coupling = VOCABULARY[name].coupling
                if coupling is not None and coupling.mode not in values and coupling.mode in chosen:
                    # The mode that came with the value is wanted from now on, whatever mode was asked for before.
                    wishes[coupling.mode] = Constraint(ideal=(str(chosen[coupling.mode]),))
            self._wishes = wishes

        return self._source.apply(solve, accept)

    def _select(
        self, state: SourceState, in_force: Sequence[ConstraintSet], basic: ConstraintSet,
        advanced: Sequence[ConstraintSet],
    ) -> Selection:
        """Choose settings for what this track asks, with what the other tracks of the source have asked in force."""
        others = self._source.tracks.others(self)
        asked = {name: constraint for one in (*in_force, basic) for name, constraint in one.items()}
        theirs = [_giving_way(one, asked) for other in others for one in (other._constraints.basic, other._wishes)]
        their_advanced = [one for other in others for one in other._constraints.advanced]
        selection = select_settings(
            exposed_state(state, self._ptz), [basic], [*advanced, *map(self._exposed, their_advanced)],
            in_force=[*map(self._exposed, theirs), *in_force])
        own = tuple(index for index in selection.skipped_advanced if index < len(advanced))
        return replace(selection, skipped_advanced=own)

    def _exposed(self, members: Mapping[str, T]) -> Mapping[str, T]:
        return exposed(members, self._ptz)

    def _refuse_movements(self, constraints: Constraints) -> None:
        if self._ptz is PanTiltZoom.REFUSED and constraints.move_the_view:
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


def _giving_way(constraints: ConstraintSet, asked: ConstraintSet) -> ConstraintSet:
    """Return ``constraints`` without the wishes that ``asked`` overrules."""
    return {
        name: constraint.without_ideal() if name in asked or not _counts(name, asked) else constraint
        for name, constraint in constraints.items()
    }


def _snapped(constraints: ConstraintSet, state: DeviceState) -> ConstraintSet:
    """Return ``constraints`` with each exact number in range brought to the nearest step of the device."""
    snapped = dict(constraints)
    for name, constraint in constraints.items():
        grid, exact = state.capabilities.get(name), constraint.exact
        if (isinstance(grid, MediaSettingsRange) and isinstance(exact, (int, float)) and not isinstance(exact, bool)
                and grid.min <= exact <= grid.max):
            # Outside the range nothing is snapped: that is refused with the range as the reason.
            snapped[name] = replace(constraint, exact=grid.nearest(exact))
    return snapped


def _counts(name: str, asked: ConstraintSet) -> bool:
    """Return whether a value of ``name`` has an effect in the mode that ``asked`` wants, if it wants one."""
    coupling = VOCABULARY[name].coupling
    mode = None if coupling is None else asked.get(coupling.mode)
    if coupling is None or mode is None:
        return True
    wanted = mode.ideal if mode.exact is None else mode.exact
    return isinstance(wanted, tuple) and not coupling.effective_in.isdisjoint(wanted)


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
