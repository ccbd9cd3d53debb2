"""Legs: which event may follow which state, what crews do, and how a leg is planned."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from dispatch.domain.errors import CorruptHistory
from dispatch.domain.kinds import LegKind
from dispatch.domain.leg import (
    Assigned,
    AssignmentAcknowledged,
    AssignmentEscalated,
    AssignmentMade,
    AssignmentReturned,
    Done,
    Failed,
    Leg,
    LegDone,
    LegFailed,
    LegReleased,
    LegRequeued,
    Mustering,
    OfferAccepted,
    OfferDeclined,
    Offered,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    Planned,
    PlannedLeg,
    Taken,
    Waiting,
    ask_of,
    evolve_leg,
    place_of,
    plan_leg,
)
from dispatch.domain.values import Fact, OfferId, Point, ResponderId, Role, Side
from tests.domain.town import T0, THE_WALKUP, after, building

ANN, BEN, CAT = ResponderId("r-ann"), ResponderId("r-ben"), ResponderId("r-cat")
ORDINALS = {ANN: 1, BEN: 2, CAT: 3}


def plan(crew: int = 1) -> PlannedLeg:
    """Return a leg for so many people."""
    return PlannedLeg(
        name="leg",
        side=None,
        origin=Point.DOOR,
        destination=Point.DOWNSTAIRS,
        crew=crew,
        effort=3,
        roles=(Role.VOLUNTEER, Role.CADRE),
        minutes=40,
    )


def offer(who: ResponderId) -> OfferId:
    """Return the id of somebody's offer: each has one."""
    return OfferId(f"q-1#{ORDINALS[who]}")


def made(who: ResponderId = ANN) -> OfferMade:
    """Return an offer."""
    return OfferMade(leg="leg", offer=offer(who), responder=who, effort=3, made_at=T0, respond_by=after(10))


def assigned(who: ResponderId = ANN) -> AssignmentMade:
    """Return an assignment."""
    return AssignmentMade(leg="leg", offer=offer(who), responder=who, effort=3, made_at=T0, acknowledge_by=after(15))


def accepted(who: ResponderId = ANN) -> OfferAccepted:
    """Return a yes."""
    return OfferAccepted(offer=offer(who), accepted_at=T0)


def acknowledged(who: ResponderId = ANN) -> AssignmentAcknowledged:
    """Return a member of staff's yes."""
    return AssignmentAcknowledged(offer=offer(who), acknowledged_at=T0)


def declined(who: ResponderId = ANN) -> OfferDeclined:
    """Return a no."""
    return OfferDeclined(offer=offer(who), reason="busy", declined_at=T0)


def lapsed(who: ResponderId = ANN) -> OfferLapsed:
    """Return silence."""
    return OfferLapsed(offer=offer(who), lapsed_at=T0)


def returned(who: ResponderId = ANN) -> AssignmentReturned:
    """Return a member of staff's no."""
    return AssignmentReturned(offer=offer(who), reason="busy", returned_at=T0)


def escalated(who: ResponderId = ANN) -> AssignmentEscalated:
    """Return a member of staff's silence."""
    return AssignmentEscalated(offer=offer(who), to="r-duty", escalated_at=T0)


def withdrawn(who: ResponderId = ANN) -> OfferWithdrawn:
    """Return an offer taken back."""
    return OfferWithdrawn(offer=offer(who), reason="rule_fails", withdrawn_at=T0)


def released(who: ResponderId = ANN) -> LegReleased:
    """Return work given back."""
    return LegReleased(leg="leg", responder=who, reason="fell_ill", released_at=T0)


DONE = LegDone(leg="leg", outcome="success", done_at=T0)
FAILED = LegFailed(leg="leg", outcome="not_home", failed_at=T0)
REQUEUED = LegRequeued(leg="leg", requeued_at=after(60))


def run(leg: Leg, *events: Fact) -> Leg:
    """Return the leg after events."""
    for event in events:
        leg = evolve_leg(leg, event)
    return leg


SINGLE: Leg = Waiting(plan(), ready_at=T0)
CREW: Leg = Waiting(plan(crew=2), ready_at=T0)

STATES: dict[str, Leg] = {
    "planned": Planned(plan()),
    "waiting": SINGLE,
    "tried": run(SINGLE, made(), declined()),
    "offered": run(SINGLE, made()),
    "assigned": run(SINGLE, assigned()),
    "taken": run(SINGLE, made(), accepted()),
    "done": run(SINGLE, made(), accepted(), DONE),
    "failed": run(SINGLE, made(), accepted(), FAILED),
    "crew": CREW,
    "crew one asked": run(CREW, made()),
    "crew one came": run(CREW, made(), accepted()),
    "crew full": run(CREW, made(), accepted(), made(BEN)),
    "crew taken": run(CREW, made(), accepted(), made(BEN), accepted(BEN)),
}

EVENTS: dict[str, Fact] = {
    "made": made(),
    "made ben": made(BEN),
    "made cat": made(CAT),
    "assigned": assigned(),
    "assigned ben": assigned(BEN),
    "accepted": accepted(),
    "accepted ben": accepted(BEN),
    "acknowledged": acknowledged(),
    "declined": declined(),
    "declined ben": declined(BEN),
    "lapsed": lapsed(),
    "returned": returned(),
    "escalated": escalated(),
    "withdrawn": withdrawn(),
    "withdrawn ben": withdrawn(BEN),
    "released": released(),
    "released ben": released(BEN),
    "done": DONE,
    "failed": FAILED,
    "requeued": REQUEUED,
}

ANYBODY_MAY_BE_ASKED = ("made", "made ben", "made cat", "assigned", "assigned ben")
MAY_FOLLOW: dict[str, dict[str, type[Leg]]] = {
    "planned": {},
    "waiting": {name: Assigned if name.startswith("assigned") else Offered for name in ANYBODY_MAY_BE_ASKED},
    "tried": {"made ben": Offered, "made cat": Offered, "assigned ben": Assigned, "requeued": Waiting},
    "offered": {"accepted": Taken, "declined": Waiting, "lapsed": Waiting, "withdrawn": Waiting},
    "assigned": {"acknowledged": Taken, "returned": Waiting, "escalated": Waiting, "withdrawn": Waiting},
    "taken": {"released": Waiting, "done": Done, "failed": Failed},
    "done": {},
    "failed": {"requeued": Waiting},
    "crew": dict.fromkeys(ANYBODY_MAY_BE_ASKED, Mustering),
    "crew one asked": {
        "made ben": Mustering,
        "made cat": Mustering,
        "assigned ben": Mustering,
        "accepted": Mustering,
        "declined": Waiting,
        "lapsed": Waiting,
        "withdrawn": Waiting,
    },
    "crew one came": {
        "made ben": Mustering,
        "made cat": Mustering,
        "assigned ben": Mustering,
        "withdrawn": Waiting,
        "released": Waiting,
    },
    "crew full": {
        "accepted ben": Taken,
        "declined ben": Mustering,
        "withdrawn": Mustering,
        "withdrawn ben": Mustering,
        "released": Mustering,
    },
    "crew taken": {"released": Waiting, "released ben": Waiting, "done": Done, "failed": Failed},
}


@pytest.mark.parametrize(("state", "event"), list(product(STATES, EVENTS)))
def test_what_may_follow_what(state: str, event: str) -> None:
    """Every pair of state and event is either in the table or a damaged journal."""
    expected = MAY_FOLLOW[state].get(event)
    if expected is None:
        with pytest.raises(CorruptHistory):
            evolve_leg(STATES[state], EVENTS[event])
    else:
        assert type(evolve_leg(STATES[state], EVENTS[event])) is expected


def test_every_state_is_reached() -> None:
    """No state of a leg exists that no history leads to."""
    assert {type(leg) for leg in STATES.values()} == set(Leg.__subclasses__())


def test_waiting_is_not_forgotten() -> None:
    """A no, silence, a withdrawal and a release keep the instant since when the leg waits."""
    leg = run(SINGLE, made(), declined(), made(BEN), lapsed(BEN), made(CAT), withdrawn(CAT))
    assert leg.ready_at == T0
    assert leg.tried == {ANN, BEN}
    assert (leg.asks_made, leg.vacancies) == (3, 1)


def test_a_withdrawal_is_nobodys_refusal() -> None:
    """Who was withdrawn may be asked again; who gave the leg back may not."""
    assert isinstance(run(SINGLE, made(), withdrawn(), made()), Offered)
    with pytest.raises(CorruptHistory):
        run(SINGLE, made(), accepted(), released(), made())


def test_a_failed_leg_starts_anew() -> None:
    """Put back, everybody may be asked again, and it waits from now."""
    leg = run(SINGLE, made(BEN), declined(BEN), made(), accepted(), FAILED, REQUEUED)
    assert (leg.ready_at, leg.tried, leg.asks) == (after(60), frozenset(), ())
    assert isinstance(run(leg, made()), Offered)


@pytest.mark.parametrize("order", list(permutations([ANN, BEN, CAT])), ids=str)
def test_a_crew_of_three_is_complete_with_the_last_yes(order: tuple[ResponderId, ...]) -> None:
    """All or nothing (R9): in whatever order they answer, the leg is taken with the third."""
    leg = run(Waiting(plan(crew=3)), made(ANN), assigned(BEN), made(CAT))
    for number, who in enumerate(order, start=1):
        leg = evolve_leg(leg, acknowledged(who) if who == BEN else accepted(who))
        assert isinstance(leg, Taken) is (number == 3)
    assert {ask.responder for ask in leg.asks} == {ANN, BEN, CAT}


def test_a_no_in_a_crew_keeps_the_others() -> None:
    """Who said yes stays; one place is free again."""
    leg = run(Waiting(plan(crew=3)), made(ANN), made(BEN), made(CAT), accepted(ANN), declined(BEN))
    assert isinstance(leg, Mustering)
    assert [(ask.responder, ask.accepted) for ask in leg.asks] == [(ANN, True), (CAT, False)]
    assert leg.vacancies == 1
    assert leg.tried == {BEN}


def test_one_place_given_back_keeps_the_crew() -> None:
    """Before the crew is complete a member leaves alone; after that the crew is dissolved with them."""
    forming = run(Waiting(plan(crew=3)), made(ANN), made(BEN), accepted(ANN), accepted(BEN), released(ANN))
    assert [ask.responder for ask in forming.asks] == [BEN]
    complete = run(CREW, made(ANN), made(BEN), accepted(ANN), accepted(BEN), released(ANN))
    assert complete.asks == ()
    assert complete.tried == {ANN}


def test_finding_a_place_in_a_leg() -> None:
    """By offer and by person."""
    leg = STATES["crew full"]
    assert ask_of(leg, offer(ANN)) == place_of(leg, ANN)
    assert ask_of(leg, offer(CAT)) is None
    assert place_of(leg, CAT) is None


# ---- Planning -----------------------------------------------------------------------------

CARRY = LegKind(
    name="carry",
    side=None,
    origin=Point.DOOR,
    destination=Point.DOWNSTAIRS,
    effort=2,
    stairs=True,
    skills=("stair_carry",),
    roles=(Role.VOLUNTEER,),
    isolated_roles=(Role.CADRE,),
    isolated_skills=("protective_gear",),
    minutes=40,
)


@pytest.mark.parametrize(
    ("floor", "trips", "lift", "effort"),
    [("7", 1, False, 8), ("7", 3, False, 20), ("1", 3, False, 2), (None, 3, False, 2), ("7", 3, True, 2)],
)
def test_stairs_weigh(floor: str | None, trips: int, effort: int, *, lift: bool) -> None:
    """Each storey without a lift is one effort unit for each trip: the 7th-floor household of R10."""
    kind = CARRY.model_copy(update={"trips": trips})
    where = THE_WALKUP.model_copy(update={"lift": lift})
    assert plan_leg(kind, where, floor=floor).effort == effort


def test_what_weighs_nothing() -> None:
    """Without stairs in the kind, or without a known building, only the kind's effort counts."""
    flat = CARRY.model_copy(update={"stairs": False})
    assert plan_leg(flat, THE_WALKUP, floor="7").effort == 2
    assert plan_leg(CARRY, None, floor=None).effort == 2
    down = plan_leg(CARRY, building(lift=False), floor="B2")
    assert down.effort == 4


def test_isolation_changes_who_may_come() -> None:
    """While the beneficiary is isolated the kind's stricter roles and skills apply, whenever that began (A2)."""
    plan = plan_leg(CARRY, None, floor=None)
    assert (plan.roles_for(isolated=False), plan.skills_for(isolated=False)) == ((Role.VOLUNTEER,), ("stair_carry",))
    assert plan.roles_for(isolated=True) == (Role.CADRE,)
    assert set(plan.skills_for(isolated=True)) == {"protective_gear", "stair_carry"}
    lax = CARRY.model_copy(update={"isolated_roles": None})
    assert plan_leg(lax, None, floor=None).roles_for(isolated=True) == (Role.VOLUNTEER,)


def test_sides_of_a_plan() -> None:
    """A plan keeps what the kind says of sides and points."""
    kind = CARRY.model_copy(update={"side": Side.INSIDE, "after": ("first",)})
    planned = plan_leg(kind, None, floor=None)
    assert (planned.side, planned.origin, planned.destination) == (Side.INSIDE, Point.DOOR, Point.DOWNSTAIRS)
    assert planned.after == ("first",)
