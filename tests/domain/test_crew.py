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
    matches,
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


def test_everybody_has_a_place() -> None:
    """Behind, at the arm, in front: the offer says where, and nobody is asked for a place that is held (56)."""
    given = mustering()
    assert [(ask.responder, ask.position) for ask in leg_of(given, "carry").asks] == list(
        zip(CARRIERS, ("behind", "arm", "front"), strict=True)
    )
    gone = given.and_then(declines("r-carry2", 2))
    assert [position.name for position in leg_of(gone, "carry").open_positions] == ["arm"]
    for wrong in ("behind", None, "above"):
        assert gone.conflict(matches(gone, "carry", "r-carry4", position=wrong)).code == "conflict"
    assert leg_of(asked(gone, "carry", "r-carry4"), "carry").asks[-1].position == "arm"


def test_one_place_for_two_in_one_save() -> None:
    """Two people for the same place are not recorded."""
    given = town().and_then(calls(kind="stair_carry", beneficiary="p-wu", reporter="p-wu"))
    assert given.conflict(matches(given, "carry", "r-carry1", "r-carry2", position="arm")).code == "conflict"


def test_who_is_sent_back_by_a_collapse_is_preferred() -> None:
    """The one who fell ill is not asked again; the others are free, with that reason, and come first (R9)."""
    ill = releases("r-carry2", "carry")
    reasons = [fact.reason for fact in complete().when(ill) if isinstance(fact, LoadReleased)]
    assert reasons == ["crew_collapsed", "fell_ill", "crew_collapsed"]
    leg = leg_of(complete().and_then(ill), "carry")
    assert leg.tried == {"r-carry2"}
    assert leg.returned == {"r-carry1", "r-carry3"}


def test_of_a_crew_that_never_was_only_who_had_said_yes() -> None:
    """Who had not answered was promised nothing; who is withdrawn by a rule is not preferred."""
    gone = mustering().and_then(*(withdraws(number, reason="crew_collapsed") for number in (1, 2, 3)))
    assert leg_of(gone, "carry").returned == {"r-carry1"}
    assert leg_of(mustering().and_then(withdraws(1, reason="not_isolated")), "carry").returned == set()


def test_preference_ends_with_the_new_crew() -> None:
    """Asked first and declining, nobody is preferred any more; complete again, nobody needs to be."""
    given = asked(complete().and_then(releases("r-carry2", "carry")), "carry", "r-carry1", "r-carry3", "r-carry4")
    assert leg_of(given.and_then(declines("r-carry1", 4)), "carry").returned == {"r-carry3"}
    given = given.and_then(accepts("r-carry1", 4), accepts("r-carry3", 5), accepts("r-carry4", 6))
    assert isinstance(leg_of(given, "carry"), Taken)
    assert leg_of(given, "carry").returned == set()
