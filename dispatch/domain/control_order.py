"""Commands about control: setting and lifting a level, adopting what levels mean."""

from __future__ import annotations

from . import resident as residents
from .community import (
    ControlLevelLifted,
    ControlLevelSet,
    check_place,
    registered,
)
from .control import Control, in_force, with_lifting
from .decider import NOTHING, Changes, Decision, Read
from .errors import Refused
from .regime import Regime, RegimeAdopted
from .values import Code, Command, Instant, Place, ResidentId, community_stream


class SetControlLevel(Command):
    """
    Set the control level of a place from an instant, possibly until one.

    The control of one door names a `resident` who lives behind it: the register has no doors.
    """

    control: Control
    reason: Code
    resident: ResidentId | None = None


class LiftControlLevel(Command):
    """End all controls of a place."""

    place: Place
    effective_from: Instant


class AdoptRegime(Command):
    """Replace what control levels mean; the version must rise."""

    regime: Regime


def set_control_level(command: SetControlLevel, read: Read) -> Decision:
    """Set a control level; open offers and work are looked at again by the next drain (R20)."""
    state, control = registered(read, command.community), command.control
    check_place(state, control.place)
    _check_door(command, read)
    if control.until is not None and control.until <= control.effective_from:
        raise Refused("ends_before_start", "The control would end before it begins. Give an end after its beginning.")
    if control in state.orders.get(control.place, ()):
        return NOTHING
    fact = ControlLevelSet(control=control, reason=command.reason, set_at=command.at)
    return (Changes(community_stream(command.community), (fact,)),)


def _check_door(command: SetControlLevel, read: Read) -> None:
    place, resident = command.control.place, command.resident
    if place.household is None:
        return
    if resident is None or residents.present(read, command.community, resident).door != place:
        raise Refused(
            "nobody_behind_the_door",
            f"Household {place.household} is not known to live there. Name a resident of the household.",
            household=place.household,
        )


def lift_control_level(command: LiftControlLevel, read: Read) -> Decision:
    """Lift every control of exactly this place."""
    state = registered(read, command.community)
    check_place(state, command.place)
    orders = state.orders.get(command.place, ())
    if in_force(with_lifting(orders, command.place, command.effective_from)) == in_force(orders):
        return NOTHING
    lifted = ControlLevelLifted(place=command.place, effective_from=command.effective_from, lifted_at=command.at)
    return (Changes(community_stream(command.community), (lifted,)),)


def adopt_regime(command: AdoptRegime, read: Read) -> Decision:
    """Adopt what levels mean from now on; the next drain looks at open offers and work again."""
    new, old = command.regime, registered(read, command.community).regime
    if new == old:
        return NOTHING
    if new.version <= old.version:
        raise Refused(
            "regime_version",
            f"Regime version {new.version} does not follow {old.version}. Raise it.",
            version=new.version,
        )
    adopted = RegimeAdopted(regime=new, adopted_at=command.at)
    return (Changes(community_stream(command.community), (adopted,)),)
