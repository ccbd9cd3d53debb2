"""
Hard rules: who may be asked for a leg at all.

Each rule is a sentence with its source. They are checked in the order of `RULES`; a decision counts
the first one that failed, a shortfall all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..domain.access import neighbour_bars, role_bars, side_allows
from ..domain.agreed import Agreed, clashes
from ..domain.community import Registered
from ..domain.help_request import HelpRequest
from ..domain.leg import Leg
from ..domain.policy import Policy
from ..domain.positions import Position
from ..domain.readiness import READINESS, readiness_bars, within_duty_limits
from ..domain.resident import Resident
from ..domain.responder import Departed, Departing, Responder
from ..domain.ride_rules import RIDE_RULES, Papers
from ..domain.shift import NO_LIMITS, DutyLimits
from ..domain.values import LegId, Place, RequestId, ResponderId, Urgency
from ..domain.vehicle import Vehicle
from .scale import Levels
from .tiers import tier_of, waits_since

CAN_WAIT = frozenset({Urgency.HARDSHIP, Urgency.NONE})
"""What is no threat to life or health."""

SERVES_THE_PLACE = "serves_the_place"
SIDE_RULES = (
    "crossing_needs_clearance",
    "inside_may_not_leave",
    "outside_may_not_enter",
    "sealed_needs_clearance",
    "point_not_in_use",
    "point_needs_clearance",
    "may_not_return_yet",
)


@dataclass(frozen=True, slots=True)
class Person:
    """
    A responder as one match run sees them; `state` is `effective` at `at`, days are those of `zone`.

    `entered` are the lines they go behind in gear already (R21), `car` is the one they are at the wheel
    of, `driving` the leg for which they are asked to drive or drive. Who is
    `kept` is kept free for the urgent. `promised` are the half-hours to come of what they hold with an agreed time.
    Of whoever holds a sent offer that is placed anew, `told` are the legs in hand with it.
    """

    id: ResponderId
    state: Responder
    at: datetime
    policy: Policy
    levels: Levels
    isolated_at_home: bool = False
    entered: frozenset[Place] = frozenset()
    revoked: bool = False
    limits: DutyLimits = NO_LIMITS
    zone: str = "UTC"
    car: Vehicle | None = None
    driving: LegId | None = None
    kept: bool = False
    promised: frozenset[tuple[RequestId, int]] = frozenset()
    told: int = 0

    @property
    def ahead_max(self) -> int:
        """Open offers and accepted legs they may hold: more for whoever gets a sheet, if the policy says so (A2)."""
        paper = self.policy.paper_ahead_max if self.state.paper else 0
        return paper or self.policy.offers_ahead_max

    @property
    def places_max(self) -> int:
        """Legs they may have in hand and in the plan together; a crew may be asked of whoever has work in hand."""
        return max(self.ahead_max, self.policy.plan_ahead_max)


@dataclass(frozen=True, slots=True)
class Task:
    """A leg as one match run sees it, with its request and beneficiary."""

    request: HelpRequest
    leg: Leg
    beneficiary: Resident
    register: Registered
    papers: Papers | None = None
    agreed: Agreed | None = None


def still_serving(person: Person) -> str | None:
    """A responder who is leaving for good is not asked."""
    return "still_serving" if isinstance(person.state, Departing | Departed) else None


def not_dropped_out(person: Person) -> str | None:
    """A responder who has dropped out or was called away is not asked (R23, R25)."""
    return "not_dropped_out" if person.state.out else None


def role_not_revoked(person: Person) -> str | None:
    """A responder whose role was revoked is not asked (S10)."""
    return "role_not_revoked" if person.revoked else None


def not_isolated(person: Person) -> str | None:
    """A responder who is isolated is not asked (A2)."""
    return "not_isolated" if person.state.isolated or person.isolated_at_home else None


def on_duty(person: Person) -> str | None:
    """A responder is asked within their shifts only (R24)."""
    return None if person.state.on_duty(person.at) else "on_duty"


def is_ready(person: Person) -> str | None:
    """Whoever is asked is lent now, trained and briefed (R22, R26)."""
    return readiness_bars(person.state, person.policy, person.at)


def inside_duty_limits(person: Person) -> str | None:
    """Nobody is asked beyond the limits of hours, rest, days in a row and effort (R24)."""
    fits = within_duty_limits(person.state, person.limits, person.at, zone=person.zone)
    return None if fits else "within_duty_limits"


def within_offers_ahead(person: Person) -> str | None:
    """Nobody holds more open legs than the policy offers or plans ahead (late binding)."""
    return "within_offers_ahead" if person.state.open_count >= person.places_max else None


def serves_the_place(person: Person, task: Task) -> str | None:
    """A responder serves the places of their scopes (R18)."""
    place = task.request.place
    return None if any(scope.contains(place) for scope in person.state.scopes) else SERVES_THE_PLACE


def role_may(person: Person, task: Task) -> str | None:
    """The kind says which roles may take its legs; isolated persons' garbage is for trained staff (A2)."""
    if task.leg.plan.positions:
        fails = [place_bars(person, task, position) for position in task.leg.open_positions]
        return "role_may" if all(failed == "role_may" for failed in fails) else None
    return None if person.state.role in task.leg.plan.roles_for(isolated=task.beneficiary.isolated) else "role_may"


def has_the_skills(person: Person, task: Task) -> str | None:
    """Every member has every skill the leg needs, and those of a position that is open (R2, R9, S4)."""
    if task.leg.plan.positions:
        fails = [place_bars(person, task, position) for position in task.leg.open_positions]
        return "has_the_skills" if fails and None not in fails and "has_the_skills" in fails else None
    needed = task.leg.plan.skills_for(isolated=task.beneficiary.isolated)
    return None if person.state.skills.issuperset(needed) else "has_the_skills"


def place_bars(person: Person, task: Task, position: Position) -> str | None:
    """Return the rule of roles or skills that keeps somebody from a place in the crew, or `None` (R9)."""
    barred = role_bars(task.leg.plan, person.state, beneficiary=task.beneficiary, position=position)
    return barred.rule if barred else None


def on_the_right_side(person: Person, task: Task) -> str | None:
    """The control level of the place lets them do this leg from where they are (R20, A2)."""
    barred = side_allows(task.register, person.state, task.leg.plan, place=task.request.place, at=person.at)
    return barred.rule if barred else None


def not_excluded_by_resident(person: Person, task: Task) -> str | None:
    """A resident may exclude a responder (回避)."""
    return "not_excluded_by_resident" if person.id in task.beneficiary.excluded else None


def neighbours_excluded(person: Person, task: Task) -> str | None:
    """A resident may exclude all volunteers of the own building (回避)."""
    if not task.beneficiary.neighbours_excluded:
        return None
    barred = neighbour_bars(task.beneficiary, person.state)
    return barred.rule if barred else None


def not_the_beneficiary(person: Person, task: Task) -> str | None:
    """Nobody is asked to help themselves."""
    return "not_the_beneficiary" if person.state.resident == task.request.beneficiary else None


def not_asked_before(person: Person, task: Task) -> str | None:
    """Nobody who declined, lapsed, returned or was released is asked again for the same leg."""
    return "not_asked_before" if person.id in task.leg.tried else None


def not_in_the_crew(person: Person, task: Task) -> str | None:
    """A crew is a set of different people."""
    return "not_in_the_crew" if any(ask.responder == person.id for ask in task.leg.asks) else None


def free_at_the_agreed_time(person: Person, task: Task) -> str | None:
    """Nobody is asked to be in two places at an agreed time (S6)."""
    busy = task.agreed is not None and clashes(person.promised, task.agreed)
    return "free_at_the_agreed_time" if busy else None


def within_capacity(person: Person, task: Task) -> str | None:
    """What is held and this leg together stay within the personal capacity, in effort units (R10)."""
    return None if person.state.load + task.leg.plan.effort <= person.state.capacity else "within_capacity"


def tier_is_open(person: Person, task: Task) -> str | None:
    """Somebody further away is asked when the leg has waited so long, by urgency; a threat to life at once."""
    tiers, urgency = person.policy.tiers, task.request.urgency
    if not tiers.reserve_s[urgency.rank] or serves_the_place(person, task) is not None:
        return None  # everything is open, or nobody knows how near they would be
    opens_s = tiers.opens_after(tier_of(person.state, task.request.place), urgency)
    return None if _waited(person, task) >= opens_s else "tier_is_open"


def not_kept_free(person: Person, task: Task) -> str | None:
    """Whoever is kept free for the urgent is asked for other legs when those have waited so long."""
    if not person.kept or task.request.urgency not in CAN_WAIT:
        return None
    return None if _waited(person, task) >= person.policy.reserve.opens_after(task.request.urgency) else "not_kept_free"


def _waited(person: Person, task: Task) -> float:
    return (person.at - waits_since(task.request, task.leg)).total_seconds()


def _of_rides(rule: Callable[[Papers, datetime], bool]) -> Callable[[Person, Task], str | None]:
    """Return a rule of rides as a rule of this table; other legs are none of its business."""

    def check(person: Person, task: Task) -> str | None:
        papers = task.papers
        if papers is None or rule(papers.of(person.car, driving=person.driving), person.at):
            return None
        return rule.__name__

    return check


_OF_RIDES = tuple(map(_of_rides, RIDE_RULES))
PERSONAL_RULES: tuple[Callable[[Person], str | None], ...] = (
    still_serving,
    not_dropped_out,
    role_not_revoked,
    not_isolated,
    on_duty,
    is_ready,
    inside_duty_limits,
    within_offers_ahead,
)
TASK_RULES: tuple[Callable[[Person, Task], str | None], ...] = (
    role_may,
    has_the_skills,
    on_the_right_side,
    *_OF_RIDES,
    not_excluded_by_resident,
    neighbours_excluded,
    not_the_beneficiary,
    not_asked_before,
    not_in_the_crew,
    free_at_the_agreed_time,
    within_capacity,
    tier_is_open,
    not_kept_free,
)

_RULES_OF_NO_RIDE = tuple(rule for rule in TASK_RULES if rule not in _OF_RIDES)
"""Those that say anything about a leg that is no ride."""

RULES: tuple[str, ...] = (
    SERVES_THE_PLACE,
    "still_serving",
    "not_dropped_out",
    "role_not_revoked",
    "not_isolated",
    "on_duty",
    *(rule.__name__ for rule in READINESS),
    "within_duty_limits",
    "within_offers_ahead",
    "role_may",
    "has_the_skills",
    *SIDE_RULES,
    *(rule.__name__ for rule in RIDE_RULES),
    "not_excluded_by_resident",
    "neighbours_excluded",
    "not_the_beneficiary",
    "not_asked_before",
    "not_in_the_crew",
    "free_at_the_agreed_time",
    "within_capacity",
    "tier_is_open",
    "not_kept_free",
)
"""The names of all hard rules, in the order in which they are checked."""


def personal_failure(person: Person) -> str | None:
    """Return the first rule that keeps somebody from any leg at all."""
    for rule in PERSONAL_RULES:
        failed = rule(person)
        if failed is not None:
            return failed
    return None


def task_failure(person: Person, task: Task) -> str | None:
    """Return the first rule that keeps somebody from this leg, given that place and personal ones hold."""
    for rule in TASK_RULES if task.papers is not None else _RULES_OF_NO_RIDE:
        failed = rule(person, task)
        if failed is not None:
            return failed
    return None


def all_failures(person: Person, task: Task, *, personal: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """
    Return every rule that keeps somebody from a leg.

    Parameters
    ----------
    personal
        Those that keep them from any leg, if they are known.
    """
    rules = TASK_RULES if task.papers is not None else _RULES_OF_NO_RIDE
    about_task = [failed for rule in (serves_the_place, *rules) if (failed := rule(person, task)) is not None]
    return (*(personal_failures(person) if personal is None else personal), *about_task)


_OF_ACQUAINTANCE = frozenset({
    "not_excluded_by_resident",
    "neighbours_excluded",
    "not_the_beneficiary",
    "not_asked_before",
    "not_in_the_crew",
    "tier_is_open",
})  # fmt: skip
_OF_ANYBODY = tuple(rule for rule in TASK_RULES if rule.__name__ not in _OF_ACQUAINTANCE)
_OF_ANYBODY_AND_NO_RIDE = tuple(rule for rule in _OF_ANYBODY if rule not in _OF_RIDES)


def stranger_failures(person: Person, task: Task) -> frozenset[str]:
    """Return every rule that would keep somebody from a leg if it were elsewhere and nobody there knew them."""
    rules = _OF_ANYBODY if task.papers is not None else _OF_ANYBODY_AND_NO_RIDE
    failed = [failed for rule in rules if (failed := rule(person, task)) is not None]
    return frozenset((SERVES_THE_PLACE, *personal_failures(person), *failed))


def personal_failures(person: Person) -> tuple[str, ...]:
    """Return every rule that keeps somebody from any leg at all, in order."""
    return tuple(failed for rule in PERSONAL_RULES if (failed := rule(person)) is not None)
