"""Match decisions: recorded with the offers and the holds in one save, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.intake import CancelRequest
from dispatch.domain.leg import AssignmentMade, OfferMade
from dispatch.domain.match_run import MATCH_RUN, MatchRun, RecordMatch, RuleCount, ShortfallFound
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.responder import OfferHeld
from dispatch.domain.roster import BeginResponderErasure, IsolateResponder
from dispatch.domain.values import SYSTEM, Command, LegId, OfferId, ResidentId, ResponderId, match_stream
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    LEAD,
    RIVERSIDE,
    T0,
    accepts,
    actor,
    after,
    asked,
    calls,
    declines,
    leg_of,
    matches,
    responder_of,
    said,
    town,
)

OUTSIDE = LegId("q-1/outside")
CARRIERS = ("r-carry1", "r-carry2", "r-carry3")


def called() -> Given:
    """Return a journal with one request that waits."""
    return town().and_then(calls())


def carry() -> Given:
    """Return a journal with a stair carry that waits for three."""
    return town().and_then(calls(kind="stair_carry"))


def run_of(given: Given) -> MatchRun:
    """Return the matcher's own state."""
    state = given.read(match_stream(RIVERSIDE))
    assert isinstance(state, MatchRun)
    return state


def short(missing: int = 1, relaxation: tuple[str, ...] = (), leg: LegId = OUTSIDE) -> ShortfallFound:
    """Return a shortfall."""
    return ShortfallFound(
        as_of=1,
        at=T0,
        policy=EVERYDAY.digest(),
        matcher=1,
        leg=leg,
        missing=missing,
        eligible=0,
        failed=(RuleCount(rule="on_duty", count=11),),
        relaxation=relaxation,
        would_serve=len(relaxation),
    )


def records(*shortfalls: ShortfallFound, fence: int = 0) -> RecordMatch:
    """Return a match that found nobody."""
    command: RecordMatch = said(RecordMatch, by=SYSTEM, as_of=1, fence=fence, decided=(), shortfalls=shortfalls)
    return command


def test_a_decision_comes_with_its_offer_and_its_hold() -> None:
    """Decision, offer and held capacity are one save (A1, S2)."""
    given = called()
    command = matches(given, "outside", "r-shopper")
    assert given.when(command) == [
        command.decided[0],
        OfferMade(
            leg="outside",
            offer=OfferId("q-1#1"),
            responder=ResponderId("r-shopper"),
            effort=3,
            made_at=T0,
            respond_by=after(10),
        ),
        OfferHeld(offer=OfferId("q-1#1"), leg=OUTSIDE, beneficiary=ResidentId("p-li"), effort=3, held_at=T0),
    ]


def test_staff_are_assigned() -> None:
    """To a community worker the same decision is an assignment."""
    made = called().when(matches(called(), "outside", "r-worker"))[1]
    assert isinstance(made, AssignmentMade)
    assert made.acknowledge_by == after(15)


def test_a_crew_is_asked_in_one_save() -> None:
    """Three decisions, three numbered offers, three holds."""
    events = carry().when(matches(carry(), "carry", *CARRIERS))
    assert kinds_of(events) == [*["MatchDecided"] * 3, "OfferMade", "OfferMade", "AssignmentMade", *["OfferHeld"] * 3]
    leg = leg_of(asked(carry(), "carry", *CARRIERS), "carry")
    assert [ask.offer for ask in leg.asks] == ["q-1#1", "q-1#2", "q-1#3"]


def test_nothing_decided_is_nothing_recorded() -> None:
    """An empty run writes nothing, not even to look at the fence."""
    assert called().when(records(fence=99)) == []


def two_for_one(given: Given) -> RecordMatch:
    """Return a match that asks two for a leg of one."""
    return matches(given, "outside", "r-shopper", "r-driver")


def somebody_twice(given: Given) -> RecordMatch:
    """Return a match that puts somebody into a crew twice."""
    return matches(given, "carry", "r-carry1", "r-carry1", "r-carry2")


def over_capacity(given: Given) -> RecordMatch:
    """Return a match that gives somebody two legs, each of which fits and both of which do not."""
    one = matches(given, "outside", "r-shopper")
    two = matches(given, "outside", "r-shopper", request="q-2")
    return one.model_copy(update={"decided": (*one.decided, *two.decided)})


_SHOPPER: dict[str, Any] = {"responder": "r-shopper"}


def asks_shopper(given: Given, **fields: Any) -> RecordMatch:
    """Return a match that asks the shopper, with something wrong in it if so wished."""
    return matches(given, "outside", "r-shopper", **fields)


def behind_the_fence(given: Given) -> RecordMatch:
    """Return a match of a drain that saw another version of the match stream."""
    return asks_shopper(given).model_copy(update={"fence": 1})


def for_no_leg(given: Given) -> RecordMatch:
    """Return a match for a leg that the request has not."""
    (decided,) = asks_shopper(given).decided
    nowhere = decided.model_copy(update={"leg": LegId("q-1/upstairs")})
    return asks_shopper(given).model_copy(update={"decided": (nowhere,)})


def for_a_planned_leg(given: Given) -> RecordMatch:
    """Return a match for a leg whose time has not come."""
    return matches(given, "inside", "r-captain")


def for_the_crew(given: Given) -> RecordMatch:
    """Return a match that asks somebody of the crew again."""
    return matches(given, "carry", "r-carry1")


@pytest.mark.parametrize(
    ("seen", "then", "match"),
    [
        (called(), (), behind_the_fence),
        (called(), (records(short()),), asks_shopper),
        (called(), (said(CancelRequest, by=LEAD, request="q-1", reason="mistake"),), asks_shopper),
        (called(), (said(IsolateResponder, **_SHOPPER),), asks_shopper),
        (called(), (said(BeginResponderErasure, by=actor("r-shopper"), **_SHOPPER),), asks_shopper),
        (called(), (), partial(asks_shopper, effort=5)),
        (called(), (), partial(asks_shopper, staff=True)),
        (called(), (), partial(asks_shopper, offer="q-1#2")),
        (called(), (), for_no_leg),
        (called(), (), for_a_planned_leg),
        (called(), (), two_for_one),
        (carry(), (), somebody_twice),
        (called().and_then(calls("q-2")), (), over_capacity),
        (asked(called(), "outside", "r-shopper"), (), asks_shopper),
        (asked(called(), "outside", "r-shopper").and_then(accepts("r-shopper")), (), asks_shopper),
        (asked(called(), "outside", "r-shopper").and_then(declines("r-shopper")), (), asks_shopper),
        (asked(carry(), "carry", "r-carry1"), (), for_the_crew),
    ],
    ids=[
        "another drain was first",
        "a shortfall was recorded since",
        "request cancelled since",
        "responder isolated since",
        "responder left since",
        "capacity",
        "staff are not volunteers",
        "offer number",
        "no such leg",
        "leg not ready",
        "two people for one place",
        "one person in two places",
        "two legs over one capacity",
        "offered already",
        "taken already",
        "declined before",
        "in the crew already",
    ],
)
def test_a_match_on_an_old_board(seen: Given, then: tuple[Command, ...], match: Callable[[Given], RecordMatch]) -> None:
    """What does not fit what is recorded now is decided anew on a fresh board; nothing of it is saved."""
    given = seen.and_then(*then)
    conflict = given.conflict(match(seen))
    assert "Match again" in conflict.message


def test_the_fence_counts_every_decision() -> None:
    """The version of the match stream is what the fence is compared with."""
    given = asked(called(), "outside", "r-shopper").and_then(records(short(leg=LegId("q-9/outside")), fence=1))
    assert run_of(given).version == 2
    assert len(given.log[match_stream(RIVERSIDE)]) == 2


def test_shortfalls_are_known_until_somebody_is_asked() -> None:
    """A shortfall is what is missing and what would help; an offer for the leg ends it."""
    given = called().and_then(records(short()), records(short(1, ("on_duty",)), fence=1))
    assert run_of(given).shortfalls == {OUTSIDE: (1, ("on_duty",))}
    given = asked(given, "outside", "r-shopper")
    assert run_of(given).shortfalls == {}


def test_a_slot_is_held_from_the_offer_on() -> None:
    """The capacity of who is asked is taken at the position of the offer, not of the answer."""
    given = asked(called(), "outside", "r-shopper")
    assert responder_of(given, "r-shopper").load == 3
    assert set(responder_of(given, "r-shopper").holds) == {"q-1#1"}


def test_another_event_on_the_match_stream_is_damage() -> None:
    """Only decisions and shortfalls stand there."""
    with pytest.raises(CorruptHistory):
        fold(MATCH_RUN.evolve, called().when(matches(called(), "outside", "r-shopper"))[1:], ABSENT)
