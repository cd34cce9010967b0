"""VideoTrack: one user's view of a source, with the constraints that hold for it (MediaStreamTrack)."""

from __future__ import annotations

from concurrent.futures import Future

from imagecapture_ros.mediacapture.capabilities import Capabilities, Settings, SettingValue
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints, ConstraintSet, checked_constraint
from imagecapture_ros.mediacapture.errors import InvalidStateError, SecurityError
from imagecapture_ros.mediacapture.select_settings import Selection, select_settings
from imagecapture_ros.mediacapture.source import SourceState, VideoSource
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

PAN_TILT_ZOOM = ('pan', 'tilt', 'zoom')


class VideoTrack:
    """A live picture of a camera that can be asked what it can do and told what it should do.

    ``apply_constraints`` is the specification's: it replaces all earlier constraints. ``apply_exact`` is the finer
    grained door for dynamic parameters: it asks for some values now, remembers them as wishes, and leaves the applied
    constraints in force.
    """

    def __init__(self, source: VideoSource, *, allow_ptz: bool = True) -> None:
        self._source = source
        self._allow_ptz = allow_ptz
        self._constraints = Constraints()
        self._wishes: dict[str, Constraint] = {}
        self._stopped = False

    @property
    def source(self) -> VideoSource:
        """The device behind the track."""
        return self._source

    @property
    def ready_state(self) -> str:
        """``live`` or ``ended``; ended is final."""
        return 'ended' if self._stopped or self._source.status.ended else 'live'

    @property
    def muted(self) -> bool:
        """Whether the source delivers no frames at the moment."""
        return self._source.status.muted

    @property
    def capabilities(self) -> Capabilities:
        """What the device can do (getCapabilities)."""
        return self._source.snapshot.capabilities

    @property
    def settings(self) -> Settings:
        """What the device is set to (getSettings); on an ended track only who it was."""
        settings = self._source.snapshot.delivered_settings
        if self.ready_state == 'ended':
            return {name: value for name, value in settings.items() if VOCABULARY[name].identifies}
        return settings

    @property
    def constraints(self) -> Constraints:
        """The constraints of the last successful ``apply_constraints`` (getConstraints)."""
        return self._constraints

    def stop(self) -> None:
        """End the track; harmless when it has ended."""
        self._stopped = True

    def apply_constraints(self, constraints: Constraints) -> Future[None]:
        """Replace all constraints by ``constraints`` and bring the device to the nearest settings (applyConstraints).

        On an ended track nothing happens. The future raises OverconstrainedError, OperationError; nothing has changed
        then.

        :raises ConstraintTypeError: a value has the wrong type.
        :raises SecurityError: pan, tilt or zoom is constrained but not allowed.
        """
        constraints = Constraints(
            _checked_set(constraints.basic), tuple(_checked_set(one) for one in constraints.advanced),
        )
        if self.ready_state == 'ended':
            return _done()
        self._refuse_ptz(constraints)

        def solve(state: SourceState) -> Selection:
            return select_settings(state, [constraints.basic], constraints.advanced)

        def accept() -> None:
            self._constraints = constraints
            self._wishes = {}

        return self._source.apply(solve, accept)

    def apply_exact(self, values: ConstraintSet) -> Future[None]:
        """Bring some properties to exact values now; what was asked this way before gives way, as ideals.

        The constraints of ``apply_constraints`` stay and can make this fail. Errors as for ``apply_constraints``.

        :raises InvalidStateError: the track has ended; a parameter that is set must not seem to take effect.
        """
        values = _checked_set(values)
        if self.ready_state == 'ended':
            raise InvalidStateError(f'the track has ended: {self._source.status.reason}; configure the node again')
        self._refuse_ptz(Constraints(values))
        chosen: dict[str, SettingValue] = {}

        def solve(state: SourceState) -> Selection:
            asked = {**self._wishes, **values}
            earlier = {
                name: wish for name, wish in self._wishes.items() if name not in values and _counts(name, asked)
            }
            # A newer wish of the same user overrules an older ideal; what is required stays required.
            applied = {
                name: constraint.without_ideal() if name in asked or not _counts(name, asked) else constraint
                for name, constraint in self._constraints.basic.items()
            }
            selection = select_settings(state, [applied, earlier, values], self._constraints.advanced)
            chosen.update(selection.settings)
            return selection

        def accept() -> None:
            for name, value in values.items():
                self._wishes[name] = Constraint(ideal=value.ideal if value.exact is None else value.exact)
                coupling = VOCABULARY[name].coupling
                if coupling is not None and coupling.mode not in values and coupling.mode in chosen:
                    # The mode that came with the value is wanted from now on, whatever mode was asked for before.
                    self._wishes[coupling.mode] = Constraint(ideal=(str(chosen[coupling.mode]),))

        return self._source.apply(solve, accept)

    def _refuse_ptz(self, constraints: Constraints) -> None:
        if not self._allow_ptz and constraints.mentions(PAN_TILT_ZOOM):
            raise SecurityError('pan, tilt and zoom are not allowed here; start the node with allow_ptz:=true')


def _counts(name: str, asked: ConstraintSet) -> bool:
    """Return whether a value of ``name`` has an effect in the mode that ``asked`` wants, if it wants one."""
    coupling = VOCABULARY[name].coupling
    mode = None if coupling is None else asked.get(coupling.mode)
    if coupling is None or mode is None:
        return True
    wanted = mode.ideal if mode.exact is None else mode.exact
    return isinstance(wanted, tuple) and not coupling.effective_in.isdisjoint(wanted)


def _checked_set(constraints: ConstraintSet) -> ConstraintSet:
    checked = {name: checked_constraint(name, constraint) for name, constraint in constraints.items()}
    return {name: constraint for name, constraint in checked.items() if not constraint.empty}


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
