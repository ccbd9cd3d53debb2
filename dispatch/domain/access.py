"""Rules of sides and control levels: may this responder do this leg here and now (R20, R21, A2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from .community import Registered
from .control import Control, strictness
from .leg import PlannedLeg
from .positions import Position
from .readiness import as_of, readiness_bars
from .regime import POINTS, LevelRule
from .resident import Resident
from .responder import Responder
from .ride_rules import Papers, failed_rule
from .values import Code, Place, ResponderId, Role, Side


class Barred(NamedTuple):
    """The first rule that keeps a responder from a leg; `rule` is its name."""

    rule: str


NEIGHBOURLY = (Role.FLOOR_CAPTAIN, Role.BUILDING_LEAD, Role.VOLUNTEER)


def side_allows(
    community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime
) -> Barred | None:
    """
    Return the rule that bars a responder from a leg at a place, or `None`.

    Every control line counts, the strictest first: those around the place of work, and those that the
    responder would have to leave to get there.

    Notes
    -----
    The community's regime says what a level means; by default (`A2_REGIME`): up to 防范 everybody moves
    freely. Under 管控 and 临时管控 inside legs (shelf to door) are for those inside, outside legs for
    those outside, and a leg that crosses needs clearance for the level. Under 封控 nobody moves inside
    without clearance, captains included. Clearance lets people in; nobody who is inside is sent out (A2).
    What is done by telephone crosses nothing.
    """
    if leg.remote:
        return None
    for line in _lines(community, at):
        barred = _barred_by(line, responder, leg, place=place, rule=community.regime.of(line.level), at=at)
        if barred is not None:
            return Barred(barred)
    return None


def _lines(community: Registered, at: datetime) -> list[Control]:
    """Return the control lines in force, the strictest first, of the same level the innermost."""
    if not community.controls:
        return []
    lines = [control for control in community.controls if control.is_active(at)]
    return sorted(lines, key=lambda c: (-strictness(c.level), -c.place.depth))


def _barred_by(
    line: Control, responder: Responder, leg: PlannedLeg, *, place: Place, rule: LevelRule, at: datetime
) -> str | None:
    here, within = line.place.contains(place), responder.side_of(line.place) is Side.INSIDE
    if within and responder.stays_in(line.place, at) and not (here and leg.side is Side.INSIDE):
        return "may_not_return_yet"
    if not rule.guarded:
        return None
    if not here:
        return "inside_may_not_leave" if within else None
    if not used_points(leg) <= set(rule.points):
        return "point_not_in_use"
    if leg.side is None:
        return None if is_cleared(responder, line, rule) else "crossing_needs_clearance"
    if leg.side is Side.OUTSIDE or line.place.household is not None:
        # At a door the goods stay outside: who lives behind it would have to come out.
        return "inside_may_not_leave" if within else None
    return None if is_cleared(responder, line, rule) else _may_not_carry(leg, rule, within=within)


def _may_not_carry(leg: PlannedLeg, rule: LevelRule, *, within: bool) -> str | None:
    """Return what keeps somebody without clearance from an inside leg: captains work from the shelf to the doors."""
    if not rule.carry:
        return "sealed_needs_clearance"
    if not within:
        return "outside_may_not_enter"
    return None if used_points(leg) <= set(rule.carry) else "point_needs_clearance"


def is_cleared(responder: Responder, line: Control, rule: LevelRule) -> bool:
    """Tell whether somebody is equipped and authorised to cross a line, and the regime lets the role."""
    return strictness(responder.clearance) >= strictness(line.level) and responder.role in rule.crossing


def used_points(leg: PlannedLeg) -> set[str]:
    """Return the hand-over points that a leg begins or ends at."""
    return {point for point in (leg.origin, leg.destination) if point in POINTS}


def exclusion_bars(resident: Resident, who: ResponderId, responder: Responder) -> Barred | None:
    """Return the rule by which a resident keeps a responder away (回避), or `None`."""
    return Barred("not_excluded_by_resident") if who in resident.excluded else neighbour_bars(resident, responder)


def neighbour_bars(resident: Resident, responder: Responder) -> Barred | None:
    """Return the rule by which a resident keeps all volunteers of the own building away (回避), or `None`."""
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
    Somebody, for a leg, at somebody's place: looked at again while an offer is open or work goes on (`taken`).

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
    taken: bool = False
    papers: Papers | None = None


def bars_now(visit: Visit, at: datetime) -> Barred | None:
    """
    Return the rule that forbids a visit at an instant, or `None`.

    These are the rules that may change after somebody was asked: dropping out, a revoked role, isolation of
    either side, exclusions, roles and skills for isolated persons, control levels, passes and cars (S5, S10,
    A2, R12, R13, R23).
    """
    if visit.responder.out:
        return Barred("not_dropped_out")
    if (visit.who, visit.responder.role) in visit.community.grants.revoked:
        return Barred("role_not_revoked")
    if visit.responder.isolated or visit.isolated_at_home:
        return Barred("not_isolated")
    now = as_of(visit.responder, at)
    unready, able = None, now
    if visit.taken:
        # Work under way is finished by who began it, although a course or a daily test has run out meanwhile.
        able = replace(now, skills=now.skills | visit.responder.skills | visit.responder.duty.qualified.keys())
    else:
        unready = readiness_bars(now, visit.community.policy, at)
    return (
        (Barred(unready) if unready else None)
        or exclusion_bars(visit.beneficiary, visit.who, visit.responder)
        or role_bars(
            visit.leg,
            able,
            beneficiary=visit.beneficiary,
            position=visit.leg.position(visit.position),
        )
        or side_allows(visit.community, now, visit.leg, place=visit.place, at=at)
        or papers_bar(visit.papers, at)
    )


@dataclass(frozen=True, slots=True)
class Gear:
    """
    What somebody puts on for a leg (R21).

    Attributes
    ----------
    line
        The place whose line is crossed: legs behind the same line share one putting on.
    pieces
        What is worn.
    minutes
        Minutes to put it on.
    """

    line: Place
    pieces: tuple[Code, ...]
    minutes: int


def gear_for(
    community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime
) -> Gear | None:
    """
    Return what is put on for a leg, by the strictest line that asks for it; `None` when nothing takes time.

    Notes
    -----
    Gear is put on to cross a line, and to move inside one behind which nobody may carry without
    clearance (封控). A leg that is always done in gear (`PlannedLeg.gear`) takes what the strictest level
    asks for, also where no line is (R28).
    """
    for line in _geared(community, responder, leg, place=place, at=at):
        rule = community.regime.of(line.level)
        return Gear(line.place, rule.gear, rule.gear_minutes)
    if leg.remote or not leg.gear:
        return None
    strictest = community.regime.rules[-1]
    return Gear(place, strictest.gear, strictest.gear_minutes)


def _geared(
    community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime
) -> Iterator[Control]:
    if leg.remote or leg.side is Side.OUTSIDE:
        return
    for line in _lines(community, at):
        rule = community.regime.of(line.level)
        if not (rule.guarded and rule.gear_minutes and line.place.contains(place)):
            continue
        at_a_door = line.place.household is not None and leg.side is Side.INSIDE
        comes_in = responder.side_of(line.place) is Side.OUTSIDE
        if not at_a_door and (leg.side is None or comes_in or not rule.carry):
            yield line


def papers_bar(papers: Papers | None, at: datetime) -> Barred | None:
    """Return the rule of passes and cars that forbids a leg of a ride, or `None` (R12, R13)."""
    rule = failed_rule(papers, at)
    return Barred(rule) if rule is not None else None


def needs_gear(community: Registered, responder: Responder, leg: PlannedLeg, *, place: Place, at: datetime) -> bool:
    """Tell whether a leg means putting on protective gear: crossing the line, or moving under 封控 (R21)."""
    return gear_for(community, responder, leg, place=place, at=at) is not None


def planned_minutes(leg: PlannedLeg, gear: Gear | None, *, entered: frozenset[Place] = frozenset()) -> int:
    """
    Return how long a leg is planned to take, putting on gear included.

    Parameters
    ----------
    entered
        Lines behind which the person already goes in gear: that putting on is not counted again (R21).
    """
    return leg.minutes + (gear.minutes if gear is not None and gear.line not in entered else 0)
