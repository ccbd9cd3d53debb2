"""A request as a whole: the life of each of the five kinds, and which event may follow which state."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dispatch.domain.approval import ApprovalGiven, ApprovalRefused
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.help_request import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmRepeated,
    AwaitingApproval,
    AwaitingHelp,
    AwaitingOthers,
    Cancelled,
    Closed,
    Confirmed,
    Delivered,
    HelpRequest,
    Merged,
    NotApproved,
    OnHold,
    ReceiptConfirmed,
    Received,
    RequestCancelled,
    RequestClosed,
    RequestDelivered,
    RequestEscalated,
    RequestReceived,
    RequestTriaged,
    RequestUnfilled,
    Triaged,
    UnderWay,
    Unfilled,
    UrgencyChanged,
    WorkPlanned,
    evolve,
    needs_people,
    next_offer,
)
from dispatch.domain.hold import RequestHeld, RequestResumed
from dispatch.domain.intake import CloseRequest, ConfirmReceipt, TriageRequest
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.leg import (
    Done,
    LegDone,
    LegFailed,
    LegReleased,
    Mustering,
    OfferAccepted,
    OfferMade,
    Planned,
    Waiting,
    plan_leg,
)
from dispatch.domain.link import (
    DependencyDropped,
    MergedRequestEnded,
    OthersAwaited,
    RequestMerged,
    RequestReadied,
    RequestReopened,
)
from dispatch.domain.record import ReimbursementNoted, TokenIssued
from dispatch.domain.values import Channel, Code, Fact, OfferId, RequestId, ResidentId, ResponderId, Role, Urgency
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    LEAD,
    RESPONDERS,
    T0,
    accepts,
    actor,
    after,
    asked,
    calls,
    completes,
    matches,
    request_of_town,
    responder_of,
    said,
    tower,
    town,
)

CARRIERS = ("r-carry1", "r-carry2", "r-carry3")

LIVES: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "medicine": [("outside", ("r-shopper",)), ("inside", ("r-captain",))],
    "food": [("outside", ("r-worker",)), ("inside", ("r-captain",))],
    "garbage": [("inside", ("r-captain",)), ("outside", ("r-cadre",))],
    "stair_carry": [("carry", CARRIERS)],
}


def stage(given: Given) -> str:
    """Return the name of the request's state."""
    return type(request_of_town(given)).__name__


def served(given: Given, leg: str, people: Sequence[str], *, made_before: int) -> tuple[Given, list[str]]:
    """Return the journal after a leg was asked for, taken and done, with the request's states on the way."""
    stages = []
    given = asked(given, leg, *people)
    for number, who in enumerate(people, start=made_before + 1):
        given = given.and_then(accepts(who, number))
        stages.append(stage(given))
    given = given.and_then(completes(people[-1], leg))
    return given, [*stages, stage(given)]


@pytest.mark.parametrize("kind", LIVES)
def test_the_whole_life_of_a_request(kind: str) -> None:
    """From the call to the closing, leg by leg, for kinds without a booking (R2, R5, R9)."""
    given = town().and_then(calls(kind=kind, triage=False))
    assert stage(given) == "Received"
    given = given.and_then(said(TriageRequest, by=LEAD, request="q-1", urgency=Urgency.HARDSHIP))
    assert stage(given) == "AwaitingHelp"
    made = 0
    for leg, people in LIVES[kind]:
        (waiting,) = needs_people(request_of_town(given))
        assert (waiting.plan.name, waiting.vacancies) == (leg, len(people))
        given, stages = served(given, leg, people, made_before=made)
        made += len(people)
        last = "Delivered" if leg == LIVES[kind][-1][0] else "UnderWay"
        first = "UnderWay" if made > len(people) else "AwaitingHelp"
        assert stages == [first] * (len(people) - 1) + ["UnderWay", last]
    assert needs_people(request_of_town(given)) == ()
    given = given.and_then(said(ConfirmReceipt, by=actor("p-li"), request="q-1"))
    assert stage(given) == "Confirmed"
    given = given.and_then(said(CloseRequest, by=LEAD, request="q-1", reason="confirmed"))
    assert stage(given) == "Closed"
    assert all(isinstance(leg, Done) for leg in request_of_town(given).legs)


@pytest.mark.parametrize("kind", LIVES)
def test_nobody_holds_anything_of_a_finished_request(kind: str) -> None:
    """Afterwards every slot is free, and the effort counts as burden of who did it."""
    given, made = town().and_then(calls(kind=kind)), 0
    for leg, people in LIVES[kind]:
        given, _ = served(given, leg, people, made_before=made)
        made += len(people)
    workers = {who for _, people in LIVES[kind] for who in people}
    for who in RESPONDERS:
        person = responder_of(given, who)
        assert person.open_count == 0
        assert bool(person.met) is (who in workers)
        assert set(person.met) <= {ResidentId("p-li")}


def test_the_second_leg_waits_for_the_first() -> None:
    """The inside leg is not shared out before the goods are on the shelf, and waits from then on."""
    given = town().and_then(calls())
    assert [leg.plan.name for leg in needs_people(request_of_town(given))] == ["outside"]
    given.conflict(matches(given, "inside", "r-captain"))
    given = asked(given, "outside", "r-shopper").and_then(accepts("r-shopper"))
    given = given.and_then(completes("r-shopper", "outside", at=after(50)))
    (inside,) = needs_people(request_of_town(given))
    assert (inside.plan.name, inside.ready_at) == ("inside", after(50))


def test_states_name_what_is_open() -> None:
    """Only what has ended is not open; only waiting and working requests are shared out."""
    ended = {Closed, Cancelled, Unfilled, NotApproved}
    assert {kind for kind in STATES if not example(kind).is_open} == ended
    undelivered = set(STATES) - ended - {Delivered, Confirmed, Merged}
    assert {kind for kind in STATES if example(kind).is_undelivered} == undelivered
    assert {kind for kind in STATES if example(kind).is_planned} == undelivered - {Received, Triaged}
    assert {kind for kind in STATES if example(kind).is_worked_on} == {AwaitingHelp, UnderWay, OnHold}
    assert {kind for kind in STATES if example(kind).is_matchable} == {AwaitingHelp, UnderWay}


# ---- Which event may follow which state -----------------------------------------------------

_MEDICINE = EVERYDAY_CATALOGUE.kinds[0]
_PLANS = tuple(plan_leg(leg, None, floor=None) for leg in _MEDICINE.legs)
CAPTAIN, SHOPPER = ResponderId("r-captain"), ResponderId("r-shopper")

RECEIVED = RequestReceived(
    beneficiary=ResidentId("p-li"),
    reporter="p-li",
    channel=Channel.PHONE,
    kind="medicine",
    place=tower("12"),
    received_at=T0,
)
TRIAGED = RequestTriaged(urgency=Urgency.HEALTH, due_at=after(240), triaged_at=T0)
PLANNED = WorkPlanned(legs=_PLANS, same_person=False, planned_at=T0)


def made(ordinal: int, leg: Code = "outside", who: ResponderId = SHOPPER) -> OfferMade:
    """Return an offer."""
    offer = OfferId(f"q-1#{ordinal}")
    return OfferMade(leg=leg, offer=offer, responder=who, effort=1, made_at=T0, respond_by=after(10))


def accepted(ordinal: int) -> OfferAccepted:
    """Return a yes."""
    return OfferAccepted(offer=OfferId(f"q-1#{ordinal}"), accepted_at=T0)


def done(leg: Code) -> LegDone:
    """Return a finished leg."""
    return LegDone(leg=leg, outcome="success", done_at=T0)


DELIVERED = RequestDelivered(delivered_at=T0)
CONFIRMED = ReceiptConfirmed(confirmed_by="p-li", confirmed_at=T0)
CLOSED = RequestClosed(reason="confirmed", closed_at=T0)
CANCELLED = RequestCancelled(by="p-li", reason="done_by_others", cancelled_at=T0)
UNFILLED = RequestUnfilled(reason="nobody_can", decided_at=T0)
CHANGED = UrgencyChanged(urgency=Urgency.LIFE, due_at=after(60), reason="worse", changed_at=T0)
ALARM = AlarmRaised(to="r-worker", call="120", raised_at=T0)
REPEATED = AlarmRepeated(to="r-worker", repeated_at=T0)
ACKNOWLEDGED = AlarmAcknowledged(by="r-worker", acknowledged_at=T0)
ESCALATED = RequestEscalated(to="r-worker", reason="overdue", escalated_at=T0)
Q2 = RequestId("q-2")
APPROVAL_NEEDED = PLANNED.model_copy(update={"approvals": (Role.COMMUNITY_WORKER,)})
APPROVED = ApprovalGiven(role=Role.COMMUNITY_WORKER, by="r-worker", given_at=T0)
DISAPPROVED = ApprovalRefused(role=Role.COMMUNITY_WORKER, by="r-worker", reason="nobody_can", refused_at=T0)
HELD = RequestHeld(reason="shop_closed", held_at=T0)
RESUMED = RequestResumed(due_at=after(300), resumed_at=after(60))
MERGED = RequestMerged(original=Q2, reason="duplicate", by="r-worker", merged_at=T0)
MERGED_ENDED = MergedRequestEnded(original=Q2, outcome="delivered", ended_at=T0)
AWAITED = OthersAwaited(after=(Q2,), since=T0)
DROPPED = DependencyDropped(after=Q2, reason="not_needed_first", dropped_at=T0)
READIED = RequestReadied(readied_at=T0)
TOKEN = TokenIssued(digest="0" * 16, issued_at=T0)
SPENT = ReimbursementNoted(amount_fen=1_250, spent_by="r-shopper", noted_at=T0)
REOPENED = RequestReopened(reopened_as=RequestId("q-3"), reason="not_received", reopened_at=T0)

_BASE = (RECEIVED, TRIAGED, PLANNED)
_TAKEN = (*_BASE, made(1), accepted(1))
_ALL_DONE = (*_TAKEN, done("outside"), made(2, "inside", CAPTAIN), accepted(2), done("inside"))
STATES: dict[type[HelpRequest], tuple[Fact, ...]] = {
    Received: (RECEIVED,),
    Triaged: (RECEIVED, TRIAGED),
    AwaitingApproval: (RECEIVED, TRIAGED, APPROVAL_NEEDED),
    AwaitingOthers: (RECEIVED, AWAITED, TRIAGED, PLANNED),
    OnHold: (*_TAKEN, HELD),
    Merged: (*_BASE, MERGED),
    NotApproved: (RECEIVED, TRIAGED, APPROVAL_NEEDED, DISAPPROVED),
    AwaitingHelp: _BASE,
    UnderWay: _TAKEN,
    Delivered: (*_ALL_DONE, DELIVERED),
    Confirmed: (*_ALL_DONE, DELIVERED, CONFIRMED),
    Closed: (*_ALL_DONE, DELIVERED, CONFIRMED, CLOSED),
    Cancelled: (*_BASE, CANCELLED),
    Unfilled: (*_BASE, UNFILLED),
}
FACTS = {
    "received": RECEIVED,
    "triaged": TRIAGED,
    "planned": PLANNED,
    "made": made(1),
    "made again": made(2),
    "done": done("outside"),
    "delivered": DELIVERED,
    "confirmed": CONFIRMED,
    "closed": CLOSED,
    "cancelled": CANCELLED,
    "unfilled": UNFILLED,
    "urgency": CHANGED,
    "alarm": ALARM,
    "repeated": REPEATED,
    "acknowledged": ACKNOWLEDGED,
    "escalated": ESCALATED,
    "approved": APPROVED,
    "disapproved": DISAPPROVED,
    "held": HELD,
    "resumed": RESUMED,
    "merged": MERGED,
    "merged ended": MERGED_ENDED,
    "awaited": AWAITED,
    "dropped": DROPPED,
    "readied": READIED,
    "token": TOKEN,
    "spent": SPENT,
    "reopened": REOPENED,
}
_BEFORE_WORK = {
    "closed": Closed,
    "cancelled": Cancelled,
    "unfilled": Unfilled,
    "merged": Merged,
}


def _stays(kind: type[HelpRequest], *more: str) -> dict[str, type[HelpRequest]]:
    """Return what may be said of an open request without moving it."""
    return dict.fromkeys(("alarm", "escalated", "spent", "reopened", *more), kind)


MAY_FOLLOW: dict[type[HelpRequest], dict[str, type[HelpRequest]]] = {
    Received: {"triaged": Triaged, "awaited": Received, **_stays(Received), **_BEFORE_WORK},
    Triaged: {"planned": AwaitingHelp, "awaited": Triaged, **_stays(Triaged), **_BEFORE_WORK},
    AwaitingApproval: {
        "approved": AwaitingOthers,
        "disapproved": NotApproved,
        "awaited": AwaitingApproval,
        "held": OnHold,
        **_stays(AwaitingApproval, "urgency", "token"),
        **_BEFORE_WORK,
    },
    AwaitingOthers: {
        "readied": AwaitingHelp,
        "dropped": AwaitingOthers,
        "awaited": AwaitingOthers,
        "held": OnHold,
        **_stays(AwaitingOthers, "urgency", "token"),
        **_BEFORE_WORK,
    },
    AwaitingHelp: {
        "made": AwaitingHelp,
        "awaited": AwaitingOthers,
        "held": OnHold,
        **_stays(AwaitingHelp, "urgency", "token"),
        **_BEFORE_WORK,
    },
    UnderWay: {"done": UnderWay, "held": OnHold, **_stays(UnderWay, "urgency", "token"), **_BEFORE_WORK},
    OnHold: {"done": OnHold, "resumed": UnderWay, **_stays(OnHold, "urgency", "token"), **_BEFORE_WORK},
    Merged: {"merged ended": Closed, "closed": Closed, **_stays(Merged)},
    Delivered: {"confirmed": Confirmed, "closed": Closed, **_stays(Delivered)},
    Confirmed: {"closed": Closed, **_stays(Confirmed)},
    Closed: {"spent": Closed, "reopened": Closed},
    Cancelled: {"spent": Cancelled, "reopened": Cancelled},
    Unfilled: {"spent": Unfilled, "reopened": Unfilled},
    NotApproved: {"spent": NotApproved, "reopened": NotApproved},
}


def example(kind: type[HelpRequest]) -> HelpRequest:
    """Return a request in a state."""
    state = fold(evolve, STATES[kind], ABSENT)
    assert isinstance(state, kind)
    return state


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: str(kind.__name__))
@pytest.mark.parametrize("fact", FACTS)
def test_what_may_follow_what(kind: type[HelpRequest], fact: str) -> None:
    """Every pair of state and event is either in the table or a damaged journal; ends are final (S1)."""
    expected = MAY_FOLLOW[kind].get(fact)
    if expected is None:
        with pytest.raises(CorruptHistory):
            evolve(example(kind), FACTS[fact])
    else:
        assert type(evolve(example(kind), FACTS[fact])) is expected


def test_every_state_is_reached() -> None:
    """No state of a request exists that no history leads to."""
    assert set(STATES) == set(HelpRequest.__subclasses__())


@pytest.mark.parametrize(
    "events",
    [
        (TRIAGED,),
        (*_BASE, made(2)),
        (*_TAKEN, made(1, "inside", CAPTAIN)),
        (*_BASE, made(1, "upstairs")),
        (*_BASE, made(1, "inside")),
        (*_BASE, accepted(1)),
        (*_TAKEN, accepted(1)),
        (*_BASE, made(1), done("outside")),
        (*_TAKEN, DELIVERED),
        (*_TAKEN, done("outside"), DELIVERED),
        (*_ALL_DONE, done("inside")),
        (*_BASE, ALARM, ALARM),
        (*_BASE, ALARM, ACKNOWLEDGED, ACKNOWLEDGED),
        (*_BASE, ALARM, ACKNOWLEDGED, REPEATED),
        (*_BASE, CANCELLED, accepted(1)),
        (*_BASE, made(1), CANCELLED, accepted(1)),
        (*_BASE, ALARM, CANCELLED, ACKNOWLEDGED),
    ],
    ids=lambda events: "-".join(type(event).__name__ for event in events[3:]),
)
def test_histories_that_cannot_be(events: tuple[Fact, ...]) -> None:
    """Offers are numbered without gaps, answered once, and nothing happens to what is over."""
    with pytest.raises(CorruptHistory):
        fold(evolve, events, ABSENT)


def test_a_request_is_under_way_from_the_first_yes() -> None:
    """Released, it waits again; with one leg done or failed it stays under way."""
    released = LegReleased(leg="outside", responder=SHOPPER, reason="fell_ill", released_at=T0)
    failed = LegFailed(leg="outside", outcome="not_home", failed_at=T0)
    assert type(fold(evolve, _TAKEN, ABSENT)) is UnderWay
    assert type(fold(evolve, (*_TAKEN, released), ABSENT)) is AwaitingHelp
    assert type(fold(evolve, (*_TAKEN, failed), ABSENT)) is UnderWay
    assert type(fold(evolve, (*_TAKEN, done("outside")), ABSENT)) is UnderWay


def test_offers_are_numbered_over_all_legs() -> None:
    """The next number follows the last offer of the request, whichever leg it was for."""
    state = fold(evolve, (*_TAKEN, done("outside")), ABSENT)
    request = RequestId("q-1")
    assert next_offer(request, state) == "q-1#2"
    assert next_offer(request, state, already=2) == "q-1#4"


def test_an_alarm_after_an_acknowledged_one_is_a_new_one() -> None:
    """A threat to life that comes back alarms again; repeats count."""
    state = fold(evolve, (*_BASE, ALARM, REPEATED, REPEATED), ABSENT)
    assert (state.alarm.times, state.alarm.acknowledged_by) == (3, None)
    state = fold(evolve, (*_BASE, ALARM, REPEATED, ACKNOWLEDGED, ALARM), ABSENT)
    assert (state.alarm.times, state.alarm.acknowledged_by) == (1, None)


def test_a_crew_with_a_free_place_needs_people() -> None:
    """What is shared out: waiting legs, and crews that are not full."""
    given = town().and_then(calls(kind="stair_carry"))
    assert [type(leg) for leg in needs_people(request_of_town(given))] == [Waiting]
    given = asked(given, "carry", *CARRIERS[:2])
    (leg,) = needs_people(request_of_town(given))
    assert isinstance(leg, Mustering)
    assert leg.vacancies == 1
    assert needs_people(request_of_town(asked(given, "carry", CARRIERS[2]))) == ()


def test_legs_are_planned_when_the_work_is_shared_out() -> None:
    """A request judged at once has its first leg waiting and the second planned, in one save."""
    assert kinds_of(town().when(calls())) == ["RequestReceived", "RequestTriaged", "WorkPlanned"]
    given = town().and_then(calls())
    assert [type(leg) for leg in request_of_town(given).legs] == [Waiting, Planned]
