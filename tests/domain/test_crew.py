"""Crews: three people for one leg, all or nothing (R9)."""

from __future__ import annotations

from functools import cache

from dispatch.domain.leg import (
    LegReleased,
    Mustering,
    OfferWithdrawn,
    Taken,
    Waiting,
)
from dispatch.domain.responder import LoadReleased
from dispatch.domain.values import LegId, ResponderId
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    T0,
    accepts,
    asked,
    calls,
    completes,
    declines,
    lapses,
    leg_of,
    offer_of,
    releases,
    responder_of,
    town,
    withdraws,
)

CARRY = LegId("q-1/carry")
CARRIERS = ("r-carry1", "r-carry2", "r-carry3")


@cache
def mustering() -> Given:
    """Return a journal in which three are asked for a stair carry and one of them has said yes."""
    given = town().and_then(calls(kind="stair_carry", beneficiary="p-wu", reporter="p-wu"))
    return asked(given, "carry", *CARRIERS).and_then(accepts("r-carry1", 1))


@cache
def complete() -> Given:
    """Return a journal in which all three have said yes."""
    return mustering().and_then(accepts("r-carry2", 2), accepts("r-carry3", 3))


def idle(reason: str) -> LoadReleased:
    """Return the end of a place in the carry that was not worked."""
    return LoadReleased(leg=CARRY, reason=reason, worked=False, released_at=T0)


def test_a_crew_starts_with_the_last_yes() -> None:
    """Two of three have said yes: nobody has taken the leg; the third takes it for all (R9)."""
    given = mustering().and_then(accepts("r-carry3", 3))
    assert isinstance(leg_of(given, "carry"), Mustering)
    assert given.refusal(completes("r-carry1", "carry")).code == "leg_not_taken"
    given = given.and_then(accepts("r-carry2", 2))
    assert isinstance(leg_of(given, "carry"), Taken)
    assert [responder_of(given, who).load for who in CARRIERS] == [9, 9, 9]


def test_a_no_in_a_crew_leaves_the_others_in_place() -> None:
    """One declines: the one who came keeps the place, the third keeps the question."""
    given = mustering().and_then(declines("r-carry2", 2))
    leg = leg_of(given, "carry")
    assert [(ask.responder, ask.accepted) for ask in leg.asks] == [("r-carry1", True), ("r-carry3", False)]
    assert [responder_of(given, who).load for who in CARRIERS] == [9, 0, 9]
    given = asked(given, "carry", "r-carry4").and_then(accepts("r-carry4", 4), accepts("r-carry3", 3))
    assert isinstance(leg_of(given, "carry"), Taken)


def test_silence_in_a_crew() -> None:
    """Who said yes has nothing to lapse."""
    given = mustering()
    assert given.when(lapses(1)) == []
    assert kinds_of(given.when(lapses(2))) == ["OfferLapsed", "HoldReleased"]
    assert kinds_of(given.when(lapses(3))) == ["AssignmentEscalated", "HoldReleased"]


def test_an_accepted_place_of_a_crew_is_withdrawn() -> None:
    """A crew that cannot be completed is sent home: who had said yes is free as well."""
    assert mustering().when(withdraws(1, reason="crew_collapsed")) == [
        OfferWithdrawn(offer=offer_of(1), reason="crew_collapsed", withdrawn_at=T0),
        idle("crew_collapsed"),
    ]
    given = mustering().and_then(*(withdraws(number) for number in (1, 2, 3)))
    assert isinstance(leg_of(given, "carry"), Waiting)
    assert all(responder_of(given, who).load == 0 for who in CARRIERS)


def test_a_place_in_a_forming_crew_is_given_back() -> None:
    """Who fell ill while the others were still asked goes alone and is not asked again."""
    gone = releases("r-carry1", "carry")
    assert mustering().when(gone) == [
        LegReleased(leg="carry", responder=ResponderId("r-carry1"), reason="fell_ill", released_at=T0),
        idle("fell_ill"),
    ]
    given = mustering().and_then(gone)
    assert leg_of(given, "carry").tried == {"r-carry1"}
    assert [responder_of(given, who).load for who in CARRIERS] == [0, 9, 9]
    assert given.when(gone) == []


def test_a_complete_crew_is_dissolved_together() -> None:
    """One of three falls ill: all are free, the leg is asked for anew, only that one is not asked again."""
    given = complete().and_then(releases("r-carry2", "carry"))
    assert isinstance(leg_of(given, "carry"), Waiting)
    assert leg_of(given, "carry").tried == {"r-carry2"}
    assert [responder_of(given, who).load for who in CARRIERS] == [0, 0, 0]


def test_a_crew_is_done_together() -> None:
    """Any member reports; each is free, each has worked; another member's report is nothing new."""
    events = complete().when(completes("r-carry2", "carry"))
    assert kinds_of(events) == ["LegDone", "RequestDelivered", *["LoadReleased"] * 3]
    given = complete().and_then(completes("r-carry2", "carry"))
    assert [responder_of(given, who).load for who in CARRIERS] == [0, 0, 0]
    assert [responder_of(given, who).burden for who in CARRIERS] == [{T0.toordinal(): 9}] * 3
    assert given.when(completes("r-carry1", "carry")) == []
    assert given.refusal(completes("r-carry4", "carry")).code == "request_state"
