"""Rules of sides and control levels: may this responder do this leg here and now (R20, R21, A2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from .community import Registered, control_at
from .control import Control, strictness
from .leg import PlannedLeg
from .positions import Position
from .resident import Resident
from .responder import Responder
from .values import ControlLevel, Place, ResponderId, Role, Side


class Barred(NamedTuple):
    """The first rule that keeps a responder from a leg; `rule` is its name."""

    rule: str


_FREE = strictness(ControlLevel.PRECAUTION)
NEIGHBOURLY = (Role.FLOOR_CAPTAIN, Role.BUILDING_LEAD, Role.VOLUNTEER)
_SHELF_TO_DOOR = (ControlLevel.CONTROLLED, ControlLevel.TEMPORARY)


def side_allows(
    community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime
) -> Barred | None:
    """
    Return the rule that bars a responder from a leg at a place, or `None`.

    Every control line counts, the strictest first: those around the place of work, and those that the
    responder would have to leave to get there.

    Notes
    -----
    Up to 防范 everybody moves freely. Under 管控 and 临时管控 inside legs (shelf to door) are for
    those inside, outside legs for those outside, and a leg that crosses needs clearance for the
    level. Under 封控 nobody moves inside without clearance, captains included. Clearance lets people
    in; nobody who is inside is sent out (A2). What is done by telephone crosses nothing.
    """
    if leg.remote:
        return None
    lines = [c for c in community.controls if c.is_active(at) and strictness(c.level) > _FREE]
    for line in sorted(lines, key=lambda c: (-strictness(c.level), -c.place.depth)):
        barred = _barred_by(line, responder, leg, place=place)
        if barred is not None:
            return barred
    return None


def _barred_by(line: Control, responder: Responder, leg: PlannedLeg, *, place: Place) -> Barred | None:
    where = responder.side_of(line.place)
    if not line.place.contains(place):
        return Barred("inside_may_not_leave") if where is Side.INSIDE else None
    cleared = strictness(responder.clearance) >= strictness(line.level)
    if leg.side is None:
        return None if cleared else Barred("crossing_needs_clearance")
    if leg.side is Side.OUTSIDE:
        return None if where is Side.OUTSIDE else Barred("inside_may_not_leave")
    if line.level in _SHELF_TO_DOOR:
        if where is Side.INSIDE or cleared:
            return None
        return Barred("outside_may_not_enter")
    return None if cleared else Barred("sealed_needs_clearance")


def exclusion_bars(resident: Resident, who: ResponderId, responder: Responder) -> Barred | None:
    """Return the rule by which a resident keeps a responder away (回避), or `None`."""
    if who in resident.excluded:
        return Barred("not_excluded_by_resident")
    home = responder.home
    neighbour = home is not None and home.building is not None and home.building == resident.place.building
    if resident.neighbours_excluded and neighbour and responder.role in NEIGHBOURLY:
        return Barred("neighbours_excluded")
    return None


def role_bars(
    leg: PlannedLeg, responder: Responder, *, beneficiary: Resident, position: Position | None = None
) -> Barred | None:
    """Return the rule of roles or skills that keeps a responder from a leg of this person now, or `None` (A2, R9)."""
    if responder.role not in leg.roles_for(isolated=beneficiary.isolated, position=position):
        return Barred("role_may")
    if not responder.skills.issuperset(leg.skills_for(isolated=beneficiary.isolated, position=position)):
        return Barred("has_the_skills")
    return None


@dataclass(frozen=True, slots=True)
class Visit:
    """
    Somebody, for a leg, at somebody's place: what is looked at again while an offer is open or work goes on.

    `position` is the name of their place in the crew, if it has one.
    """

    community: Registered
    beneficiary: Resident
    who: ResponderId
    responder: Responder
    isolated_at_home: bool
    leg: PlannedLeg
    place: Place
    position: str | None = None


def bars_now(visit: Visit, at: datetime) -> Barred | None:
    """
    Return the rule that forbids a visit at an instant, or `None`.

    These are the rules that may change after somebody was asked: dropping out, isolation of either side,
    exclusions, roles and skills for isolated persons, control levels (S5, A2, R23).
    """
    if visit.responder.out:
        return Barred("not_dropped_out")
    if visit.responder.isolated or visit.isolated_at_home:
        return Barred("not_isolated")
    return (
        exclusion_bars(visit.beneficiary, visit.who, visit.responder)
        or role_bars(
            visit.leg,
            visit.responder,
            beneficiary=visit.beneficiary,
            position=visit.leg.position(visit.position),
        )
        or side_allows(visit.community, visit.responder, visit.leg, place=visit.place, at=at)
    )


def needs_gear(community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime) -> bool:
    """Tell whether a leg means putting on protective gear: crossing the line, or moving under 封控 (R21)."""
    if leg.remote:
        return False
    control = control_at(community, place, at)
    if control is None or strictness(control.level) <= _FREE:
        return False
    if control.level is ControlLevel.SEALED or leg.side is None:
        return True
    return leg.side is Side.INSIDE and responder.side_of(control.place) is Side.OUTSIDE
