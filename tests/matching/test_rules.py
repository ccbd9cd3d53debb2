"""Hard rules: each one alone keeps somebody from a leg, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from dispatch.domain.control import Control
from dispatch.domain.duty import Duty, Secondment, Term
from dispatch.domain.grants import Grants
from dispatch.domain.help_request import HelpRequest
from dispatch.domain.kind import Permit
from dispatch.domain.leg import Ask, Offered, become
from dispatch.domain.medical_pass import Issued, Purpose
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.policy_tiers import Reserve, TierTimes
from dispatch.domain.posting import Posting
from dispatch.domain.regime import A2_REGIME, Regime
from dispatch.domain.resident import Erased, Leaving
from dispatch.domain.responder import Departed, Departing, Responder, Work
from dispatch.domain.ride import Booked
from dispatch.domain.shift import DutyLimits, Shift
from dispatch.domain.standby import Standby, StandbyStage
from dispatch.domain.values import (
    ControlLevel,
    LegId,
    OfferId,
    PassId,
    Place,
    Point,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    SeriesId,
    Side,
    Urgency,
    VehicleId,
)
from dispatch.domain.vehicle import CarPermit, Manned, OnTrip, Owner
from dispatch.domain.wheel import AtTheWheel
from dispatch.matching.board import Board
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.eligible import RULES, all_failures
from dispatch.matching.match import match
from tests.matching.boards import (
    AT,
    IN_TOWER,
    LONG,
    WALK_UP,
    board,
    leg,
    on_floor,
    person,
    register,
    request,
    resident,
    works,
)


class Case(NamedTuple):
    """What to change so that just one rule fails."""

    person: dict[str, Any] = {}  # noqa: RUF012 - never changed
    leg: dict[str, Any] = {}  # noqa: RUF012 - never changed
    resident: dict[str, Any] = {}  # noqa: RUF012 - never changed
    level: ControlLevel | None = None
    regime: Regime = A2_REGIME
    revoked: tuple[Role, ...] = ()
    policy: dict[str, Any] = {}  # noqa: RUF012 - never changed
    request: dict[str, Any] = {}  # noqa: RUF012 - never changed
    others: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - never changed
    elsewhere: dict[str, HelpRequest] = {}  # noqa: RUF012 - never changed


def became(kind: type[Responder]) -> Responder:
    """Return somebody in another stage."""
    plain = person()
    return kind(**{name: getattr(plain, name) for name in Responder.__dataclass_fields__})


NO_CHANGE: dict[str, Any] = {}
ASKED = Ask(OfferId("q-1#1"), ResponderId("r-1"), staff=False, effort=1, made_at=AT, answer_by=AT + timedelta(hours=1))
NO_SHELF = A2_REGIME.model_copy(
    update={"rules": tuple(rule.model_copy(update={"points": (Point.DOOR,)}) for rule in A2_REGIME.rules)}
)
SOON = AT + timedelta(minutes=30)
"""When the ride of these tests is agreed for."""

OUTWARDS = TierTimes(compound_s=(0, 0, 7_201, 7_201), community_s=(0, 0, 7_201, 7_201), reserve_s=(0, 0, 7_201, 7_201))
OUTWARDS_OF_HEALTH = TierTimes(
    compound_s=(0, 7_201, 7_201, 7_201), community_s=(0, 7_201, 7_201, 7_201), reserve_s=(0, 7_201, 7_201, 7_201)
)
RIDES = {"drives": True, "permit": Permit.MEDICAL_PASS}


def papers(
    ride: dict[str, Any] | None = NO_CHANGE,
    medical_pass: dict[str, Any] | None = NO_CHANGE,
    car: dict[str, Any] | None = NO_CHANGE,
) -> dict[str, dict[str, Any]]:
    """Return a ride, its pass and the car of r-1 in best order, each changed, or left out with `None`."""
    found: dict[str, dict[str, Any]] = {}
    if ride is not None:
        found["ride"] = {"q-1": replace(AGREED, **ride)}
    if medical_pass is not None:
        found["pass"] = {"m-1": replace(LIVE, **medical_pass)}
    if car is not None:
        parts = {name: getattr(USABLE, name) for name in Manned.__dataclass_fields__} | car
        found["vehicle"] = {"v-1": (OnTrip if "leg" in car else Manned)(**parts)}
        found["wheel"] = {"r-1": AtTheWheel(VehicleId("v-1"))}
    return found


AGREED = Booked(ResidentId("p-1"), PassId("m-1"), False, SOON, "north", frozenset(), None)
LIVE = Issued(
    ResidentId("p-1"),
    "p-1",
    Purpose.EXAMINATION,
    issued_by="r-doctor",
    valid_from=AT,
    valid_until=AT + timedelta(hours=8),
    rides_max=1,
    booked=frozenset({RequestId("q-1")}),
)
USABLE = Manned(
    Owner.FLEET,
    "north",
    frozenset(),
    4,
    permit=CarPermit(AT, AT + timedelta(hours=8)),
    driver=ResponderId("r-1"),
)
ASKED_TO_DRIVE = request(become(Offered, leg(asks=(ASKED,), **RIDES)))
CARRIED_THEN = request(
    become(Offered, leg(asks=(replace(ASKED, offer=OfferId("q-9#1")),), minutes=40)),
    beneficiary=ResidentId("p-1"),
    series=SeriesId("s-9"),
    needed_by=SOON,
)
PROMISED = {"holds": {OfferId("q-9#1"): Work(OfferId("q-9#1"), LegId("q-9/inside"), ResidentId("p-1"), 1)}}
STAYS = {IN_TOWER: AT + timedelta(hours=1)}
LATER = Term(valid_from=AT + timedelta(hours=1))
TODAY = Shift(starts_at=AT - timedelta(hours=2), ends_at=AT + timedelta(hours=2))
INSIDE, OUTSIDE = {IN_TOWER: Side.INSIDE}, {IN_TOWER: Side.OUTSIDE}

ALONE: dict[str, list[Case]] = {
    "serves_the_place": [
        Case({"scopes": (on_floor("5", WALK_UP),)}),
        Case({"scopes": (on_floor("6"),)}),
        Case({"scopes": ()}),
    ],
    "still_serving": [],
    "not_dropped_out": [Case({"out": True})],
    "role_not_revoked": [Case(revoked=(person().role,)), Case({"role": Role.CADRE}, revoked=(Role.CADRE,))],
    "not_isolated": [Case({"isolated": True})],
    "on_duty": [
        Case({"shifts": ()}),
        Case({"shifts": (Shift(starts_at=AT + timedelta(seconds=1), ends_at=AT + timedelta(hours=1)),)}),
        Case({"shifts": (Shift(starts_at=AT - timedelta(hours=1), ends_at=AT),)}),
    ],
    "is_lent_now": [Case({"duty": Duty(secondments=(Secondment(unit="school", term=LATER),))})],
    "is_trained": [
        Case(policy={"training": ("course",)}),
        Case({"duty": Duty(qualified={"course": AT})}, policy={"training": ("course",)}),
    ],
    "is_at_no_post": [
        Case(
            {
                "duty": Duty(
                    posts=(
                        Posting(post="gate", place=Place(), span=Shift(starts_at=AT, ends_at=AT + timedelta(hours=1))),
                    )
                )
            }
        )
    ],
    "knows_the_briefing": [Case({"duty": Duty(briefing=1)}, policy={"briefing": 2})],
    "within_duty_limits": [
        Case({"duty": Duty(limits=DutyLimits(day_s=3_600)), "shifts": (TODAY,)}),
        Case({"burden": {AT.toordinal(): 9}}, policy={"duty": DutyLimits(effort_day_max=9)}),
    ],
    "within_offers_ahead": [
        Case({"loads": works(0, 0, 0)}),
        Case(
            {
                "holds": {work.offer: work for work in works(0, 0).values()},
                "loads": {"q-9/x": works(0)[next(iter(works(0)))]},
            }
        ),
    ],
    "role_may": [
        Case(leg={"roles": (Role.CADRE,)}),
        Case(leg={"isolated_roles": (Role.CADRE,)}, resident={"isolated": True}),
    ],
    "has_the_skills": [
        Case(leg={"skills": ("stair_carry",)}),
        Case({"skills": frozenset({"drive"})}, leg={"skills": ("drive", "stair_carry")}),
        Case(leg={"isolated_skills": ("protective_gear",)}, resident={"isolated": True}),
    ],
    "crossing_needs_clearance": [Case(leg={"side": None}, level=ControlLevel.CONTROLLED)],
    "inside_may_not_leave": [Case({"sides": INSIDE}, leg={"side": Side.OUTSIDE}, level=ControlLevel.CONTROLLED)],
    "outside_may_not_enter": [Case({"sides": OUTSIDE}, level=ControlLevel.TEMPORARY)],
    "sealed_needs_clearance": [Case({"sides": INSIDE}, level=ControlLevel.SEALED)],
    "point_not_in_use": [Case({"sides": INSIDE}, level=ControlLevel.CONTROLLED, regime=NO_SHELF)],
    "point_needs_clearance": [Case({"sides": INSIDE}, leg={"origin": Point.GATE}, level=ControlLevel.TEMPORARY)],
    "may_not_return_yet": [
        Case(
            {"sides": INSIDE, "stays": STAYS, "clearance": ControlLevel.SEALED},
            leg={"side": None},
            level=ControlLevel.SEALED,
        ),
        Case(
            {"sides": INSIDE, "stays": {IN_TOWER: AT + timedelta(hours=1)}},
            {"side": Side.OUTSIDE},
            level=ControlLevel.PRECAUTION,
        ),
    ],
    "life_threat_goes_by_ambulance": [Case(leg=RIDES, others=papers(), request={"urgency": Urgency.LIFE})],
    "pass_is_live": [
        Case(leg=RIDES, others=papers(ride=None)),
        Case(leg=RIDES, others=papers(medical_pass=None)),
        Case(leg=RIDES, others=papers(medical_pass={"booked": frozenset()})),
        Case(leg=RIDES, others=papers(medical_pass={"valid_until": AT})),
        Case(leg=RIDES, others=papers(medical_pass={"valid_from": SOON + timedelta(seconds=1)})),
        Case(leg={"permit": Permit.MEDICAL_PASS}),
    ],
    "has_a_car": [Case(leg=RIDES, others=papers(car=None)), Case(leg={"drives": True})],
    "car_has_permit": [
        Case(leg=RIDES, others=papers(car={"permit": None})),
        Case(leg=RIDES, others=papers(car={"permit": CarPermit(AT, SOON)})),
    ],
    "car_is_free": [
        Case(leg=RIDES, others=papers(car={"free_from": AT + timedelta(microseconds=1)})),
        Case(leg=RIDES, others=papers(car={"leg": LegId("q-9/to_hospital"), "bound_at": AT})),
    ],
    "drives_one_at_a_time": [Case(leg=RIDES, others=papers(), elsewhere={"q-9": ASKED_TO_DRIVE})],
    "car_fits": [Case(leg=RIDES, others=papers(ride={"needs": frozenset({"wheelchair"})}))],
    "car_serves_the_area": [Case(leg=RIDES, others=papers(car={"area": "south"}))],
    "not_excluded_by_resident": [Case(resident={"excluded": frozenset({ResponderId("r-1")})})],
    "neighbours_excluded": [Case({"home": on_floor("2")}, resident={"neighbours_excluded": True})],
    "not_the_beneficiary": [Case({"resident": ResidentId("p-1")})],
    "not_asked_before": [Case(leg={"tried": frozenset({ResponderId("r-1")})})],
    "not_in_the_crew": [Case(leg={"crew": 3, "asks": (ASKED,)})],
    "free_at_the_agreed_time": [
        Case(PROMISED, request={"series": SeriesId("s-1"), "needed_by": SOON}, elsewhere={"q-9": CARRIED_THEN}),
        Case(
            PROMISED,
            request={"series": SeriesId("s-1"), "needed_by": SOON + timedelta(minutes=49)},
            elsewhere={"q-9": CARRIED_THEN},
        ),
    ],
    "within_capacity": [
        Case({"capacity": 3}, leg={"effort": 4}),
        Case({"loads": works(11)}, leg={"effort": 2}),
    ],
    "tier_is_open": [
        Case(policy={"tiers": TierTimes(community_s=(0, 0, 7_201, 7_201), reserve_s=(0, 0, 7_201, 7_201))}),
        Case({"home": on_floor("2", WALK_UP)}, policy={"tiers": OUTWARDS}),
        Case({"standby": Standby(StandbyStage.READY)}, policy={"tiers": TierTimes(reserve_s=(0, 0, 7_201, 7_201))}),
        Case(request={"urgency": Urgency.HEALTH}, policy={"tiers": OUTWARDS_OF_HEALTH}),
    ],
    "not_kept_free": [
        Case(policy={"reserve": Reserve(community_people=1, share_percent=100, opens_s=(7_201, 7_201))}),
        Case(
            {"home": on_floor("2")},
            policy={"reserve": Reserve(building_people=1, share_percent=100, opens_s=(7_201, 60))},
        ),
    ],
}

CASES = [(rule, case) for rule, cases in ALONE.items() for case in cases]


def board_of(case: Case) -> Board:
    """Return the board of a case: one responder, one request."""
    controls = (Control(place=IN_TOWER, level=case.level, effective_from=AT),) if case.level else ()
    grants = Grants(governed=True, revoked=frozenset(("r-1", role) for role in case.revoked))
    return board(
        {"r-1": person(**case.person)},
        {"q-1": request(leg(**case.leg), **case.request), **case.elsewhere},
        residents={"p-1": resident(**case.resident)},
        here=replace(register(*controls), regime=case.regime, grants=grants),
        others=case.others,
    )


def failures(seen: Board, policy: Policy = EVERYDAY) -> tuple[str, ...]:
    """Return every rule that keeps r-1 from q-1."""
    people = people_of(seen, policy, AT)
    ((_, task),) = tasks_of(seen)
    return all_failures(people[ResponderId("r-1")], task)


@pytest.mark.parametrize(
    ("hours", "series"),
    [(timedelta(minutes=60), True), (timedelta(minutes=-60), True), (timedelta(0), False)],
    ids=["after it", "before it", "a deadline is no agreed time"],
)
def test_another_half_hour_is_free(hours: timedelta, *, series: bool) -> None:
    """Forty minutes take two half-hours; what begins when they are over, or ends before, may be taken."""
    asked = request(series=SeriesId("s-1") if series else None, needed_by=SOON + hours)
    seen = board({"r-1": person(**PROMISED)}, {"q-1": asked, "q-9": CARRIED_THEN})
    (decided,) = match(seen, EVERYDAY, AT).decided
    assert decided.responder == "r-1"


def test_nothing_keeps_a_plain_person_from_a_plain_leg() -> None:
    """Without a change somebody is asked, so that each case below proves its rule."""
    seen = board_of(Case())
    assert failures(seen) == ()
    assert [decided.responder for decided in match(seen, EVERYDAY, AT).decided] == ["r-1"]


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}-{index}" for index, (rule, _) in enumerate(CASES)])
def test_each_rule_alone_keeps_somebody_away(rule: str, case: Case) -> None:
    """Just this rule fails, nobody is asked, and the shortfall names it with its count."""
    seen, policy = board_of(case), EVERYDAY.model_copy(update=case.policy)
    assert failures(seen, policy) == (rule,)
    result = match(seen, policy, AT)
    assert result.decided == ()
    assert result.unserved == 1
    people = people_of(seen, policy, AT)
    (demand,) = demands_of(tasks_of(seen), people, policy=policy, at=AT)
    assert demand.failed_by_all(people) == {"r-1": rule}
    if demand.people == 1:
        (shortfall,) = result.shortfalls
        assert shortfall.relaxation == (rule,)
        assert [(count.rule, count.count) for count in shortfall.failed] == [(rule, 1)]
        assert (shortfall.eligible, shortfall.would_serve, shortfall.missing) == (0, 1, 1)


def test_every_rule_has_a_case() -> None:
    """A new rule comes with its case."""
    assert set(ALONE) == set(RULES)
    assert [rule for rule, cases in ALONE.items() if not cases] == ["still_serving"]


@pytest.mark.parametrize("kind", [Departing, Departed])
def test_who_leaves_is_not_asked(kind: type[Responder]) -> None:
    """A responder whose erasure has begun gets nothing more."""
    seen = board({"r-1": became(kind)}, {"q-1": request()})
    assert failures(seen) == ("still_serving",)
    assert match(seen, EVERYDAY, AT).decided == ()


def test_isolated_at_home_is_isolated() -> None:
    """A captain who is isolated as a resident is not asked, whatever the responder's entry says (A2)."""
    people = {"r-1": person(resident=ResidentId("p-2"))}
    seen = board(people, {"q-1": request()}, residents={"p-1": resident(), "p-2": resident(isolated=True)})
    assert failures(seen) == ("not_isolated",)


@pytest.mark.parametrize("stage", [Leaving, Erased])
def test_nobody_is_sent_to_somebody_being_erased(stage: type[Leaving | Erased]) -> None:
    """Legs of a person who is being erased are not shared out and are no shortfall."""
    plain = resident()
    seen = board({"r-1": person()}, {"q-1": request()}, residents={"p-1": stage(plain.household, plain.place)})
    result = match(seen, EVERYDAY, AT)
    assert (result.decided, result.shortfalls, result.unserved) == ((), (), 0)


@pytest.mark.parametrize(
    ("level", "side", "sides", "clearance", "may"),
    [
        (ControlLevel.PRECAUTION, None, OUTSIDE, ControlLevel.OPEN, True),
        (ControlLevel.ENCLOSED, Side.OUTSIDE, INSIDE, ControlLevel.OPEN, True),
        (ControlLevel.CONTROLLED, Side.INSIDE, INSIDE, ControlLevel.OPEN, True),
        (ControlLevel.CONTROLLED, Side.OUTSIDE, OUTSIDE, ControlLevel.OPEN, True),
        (ControlLevel.CONTROLLED, Side.OUTSIDE, INSIDE, ControlLevel.SEALED, False),
        (ControlLevel.CONTROLLED, Side.INSIDE, OUTSIDE, ControlLevel.OPEN, False),
        (ControlLevel.CONTROLLED, Side.INSIDE, OUTSIDE, ControlLevel.CONTROLLED, True),
        (ControlLevel.TEMPORARY, None, OUTSIDE, ControlLevel.CONTROLLED, False),
        (ControlLevel.TEMPORARY, None, OUTSIDE, ControlLevel.TEMPORARY, True),
        (ControlLevel.SEALED, Side.INSIDE, INSIDE, ControlLevel.TEMPORARY, False),
        (ControlLevel.SEALED, Side.INSIDE, INSIDE, ControlLevel.SEALED, True),
        (ControlLevel.SEALED, None, OUTSIDE, ControlLevel.SEALED, True),
    ],
)
def test_sides_and_levels(
    level: ControlLevel, side: Side | None, sides: dict[Place, Side], clearance: ControlLevel, *, may: bool
) -> None:
    """Who may do which leg under which level, from which side, with which clearance (R20, A2)."""
    case = Case({"sides": sides, "clearance": clearance}, leg={"side": side}, level=level)
    assert bool(match(board_of(case), EVERYDAY, AT).decided) is may


def test_control_holds_from_its_instant_until_its_end() -> None:
    """Half open: from the instant it begins, until just before it ends."""
    until = AT + timedelta(hours=7)
    control = Control(place=IN_TOWER, level=ControlLevel.TEMPORARY, effective_from=AT, until=until)
    seen = board({"r-1": person(shifts=(LONG,))}, {"q-1": request(leg(side=None))}, here=register(control))
    for instant, asked in (
        (AT - timedelta(microseconds=1), 1),
        (AT, 0),
        (until - timedelta(microseconds=1), 0),
        (until, 1),
    ):
        assert len(match(seen, EVERYDAY, instant).decided) == asked, instant


def test_a_place_in_a_crew_is_one_place() -> None:
    """Somebody who holds one place of a crew is not asked for another, others are."""
    started = request(leg(crew=3, asks=(ASKED,), asks_made=1), asks_made=1)
    seen = board({name: person() for name in ("r-1", "r-2", "r-3")}, {"q-1": started})
    decided = match(seen, EVERYDAY, AT).decided
    assert sorted(one.responder for one in decided) == ["r-2", "r-3"]
    assert [one.offer for one in decided] == ["q-1#2", "q-1#3"]


def test_rules_look_at_the_responder_of_the_board() -> None:
    """A changed state changes the answer, and nothing is kept from an earlier run."""
    seen = board_of(Case({"isolated": True}))
    assert match(seen, EVERYDAY, AT).decided == ()
    free = replace(seen, responders={ResponderId("r-1"): person()})
    assert len(match(free, EVERYDAY, AT).decided) == 1
    assert match(seen, EVERYDAY, AT).decided == ()
