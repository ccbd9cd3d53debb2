"""Rules of sides and control levels: may this responder do this leg here and now (R20, R21, A2)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .community import Registered, control_at
from .control import strictness
from .leg import PlannedLeg
from .responder import Responder
from .values import ControlLevel, Place, Side


class Barred(NamedTuple):
    """The first rule that keeps a responder from a leg; `rule` is its name."""

    rule: str


_FREE = strictness(ControlLevel.PRECAUTION)
_SHELF_TO_DOOR = (ControlLevel.CONTROLLED, ControlLevel.TEMPORARY)


def side_allows(
    community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime
) -> Barred | None:
    """
    Return the rule that bars a responder from a leg at a place, or `None`.

    Notes
    -----
    Up to 防范 everybody moves freely. Under 管控 and 临时管控 inside legs (shelf to door) are for
    those inside, outside legs for those outside, and a leg that crosses needs clearance for the
    level. Under 封控 nobody moves inside without clearance, captains included (A2).
    """
    control = control_at(community, place, at)
    if control is None or strictness(control.level) <= _FREE:
        return None
    cleared = strictness(responder.clearance) >= strictness(control.level)
    if leg.side is None:
        return None if cleared else Barred("crossing_needs_clearance")
    where = responder.side_of(control.place)
    if leg.side is Side.OUTSIDE:
        return None if where is Side.OUTSIDE else Barred("inside_may_not_leave")
    if control.level in _SHELF_TO_DOOR:
        if where is Side.INSIDE or cleared:
            return None
        return Barred("outside_may_not_enter")
    return None if cleared else Barred("sealed_needs_clearance")


def needs_gear(community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime) -> bool:
    """Tell whether a leg means putting on protective gear: crossing the line, or moving under 封控 (R21)."""
    control = control_at(community, place, at)
    if control is None or strictness(control.level) <= _FREE:
        return False
    if control.level is ControlLevel.SEALED or leg.side is None:
        return True
    return leg.side is Side.INSIDE and responder.side_of(control.place) is Side.OUTSIDE
