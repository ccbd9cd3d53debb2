"""Dropping out and coming back: blameless, at once, and with a list of what was open."""

from __future__ import annotations

from typing import Any

from dispatch.domain.absence import DropOut, ReturnToDuty
from dispatch.domain.duty import ResponderDroppedOut, ResponderReturned
from dispatch.domain.leg import LegReleased, Mustering, OfferWithdrawn, Waiting
from dispatch.domain.responder import HoldReleased, LoadReleased
from dispatch.domain.roster import BeginResponderErasure
from dispatch.domain.values import LegId, Urgency
from tests.domain.given import kinds_of
from tests.domain.town import (
    LEAD,
    T0,
    accepts,
    actor,
    after,
    asked,
    calls,
    done_by,
    leg_of,
    matches,
    releases,
    responder_of,
    said,
    town,
)


def drops(who: str = "r-captain", **fields: Any) -> DropOut:
    """Return the word that somebody cannot serve."""
    command: DropOut = said(DropOut, **({"responder": who, "reason": "unwell"} | fields))
    return command


def returns(who: str = "r-captain", **fields: Any) -> ReturnToDuty:
    """Return the word that somebody serves again."""
    command: ReturnToDuty = said(ReturnToDuty, **({"responder": who} | fields))
    return command


def test_who_holds_nothing_only_drops_out() -> None:
    """The fact says why and that nothing was open."""
    assert town().when(drops()) == [ResponderDroppedOut(reason="unwell", left_open=(), dropped_out_at=T0)]


def test_an_open_offer_is_withdrawn_in_the_same_save() -> None:
    """The capacity is free and the leg waits for somebody else."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")
    events = given.when(drops())
    assert kinds_of(events) == ["ResponderDroppedOut", "HoldReleased", "OfferWithdrawn"]
    assert isinstance(events[0], ResponderDroppedOut)
    assert events[0].left_open == (LegId("q-1/inside"),)
    assert isinstance(events[1], HoldReleased)
    assert isinstance(events[2], OfferWithdrawn)
    assert (events[1].reason, events[2].reason) == ("unwell", "unwell")
    then = given.and_then(drops())
    assert isinstance(leg_of(then, "inside"), Waiting)
    assert responder_of(then, "r-captain").load == 0


def test_taken_work_is_released_and_does_not_count_as_done() -> None:
    """Nobody is charged with work that they had to leave."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")
    given = given.and_then(accepts("r-captain", 2))
    events = given.when(drops())
    assert kinds_of(events) == ["ResponderDroppedOut", "LoadReleased", "LegReleased"]
    assert isinstance(events[1], LoadReleased)
    assert isinstance(events[2], LegReleased)
    assert not events[1].worked
    then = given.and_then(drops())
    assert responder_of(then, "r-captain").burden == responder_of(given, "r-captain").burden


def test_a_crew_that_is_not_complete_loses_its_member_only() -> None:
    """The others keep their places."""
    called = town().and_then(calls("q-1", kind="stair_carry", urgency=Urgency.HEALTH))
    given = asked(called, "carry", "r-carry1", "r-carry2", "r-carry3").and_then(accepts("r-carry1", 1))
    then = given.and_then(drops("r-carry1"))
    leg = leg_of(then, "carry")
    assert isinstance(leg, Mustering)
    assert sorted(ask.responder for ask in leg.asks) == ["r-carry2", "r-carry3"]


def test_who_is_out_may_not_accept() -> None:
    """What was handed back cannot be accepted any more."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")
    out = given.and_then(drops())
    assert out.refusal(accepts("r-captain", 2)).code == "offer_not_held"


def test_a_match_that_had_not_seen_it_is_a_conflict() -> None:
    """Who is out is not held to an offer of an older board."""
    given = done_by(town().and_then(calls()), "outside", "r-shopper").and_then(drops())
    assert "Match again" in str(given.conflict(matches(given, "inside", "r-captain")))


def test_coming_back_ends_it_and_forgets_the_list() -> None:
    """What was handed back stays with whoever has it."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain").and_then(drops())
    assert responder_of(given, "r-captain").left_open == (LegId("q-1/inside"),)
    assert given.when(returns(at=after(60))) == [ResponderReturned(returned_at=after(60))]
    back = responder_of(given.and_then(returns(at=after(60))), "r-captain")
    assert (back.out, back.left_open) == (False, ())


def test_who_comes_back_is_asked_again() -> None:
    """What the bell took away bars nobody from it later; what they gave back themselves does (R25)."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")
    back = given.and_then(accepts("r-captain", 2), drops(), returns(at=after(60)))
    leg = leg_of(back, "inside")
    assert not leg.tried
    assert set(map(str, leg.spared)) == {"r-captain"}
    again = asked(back, "inside", "r-captain").and_then(accepts("r-captain", 3))
    assert responder_of(again, "r-captain").loads.keys() == {LegId("q-1/inside")}
    assert (
        "r-captain" in leg_of(given.and_then(accepts("r-captain", 2), releases("r-captain", "inside")), "inside").tried
    )


def test_what_was_given_back_has_waited_all_the_time() -> None:
    """A leg handed back keeps the instant from which its waiting counts, so it goes ahead of younger ones."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")
    taken = given.and_then(accepts("r-captain", 2))
    then = leg_of(taken.and_then(drops(at=after(30))), "inside")
    assert then.ready_at == leg_of(taken, "inside").ready_at == T0


def test_said_twice_is_said_once() -> None:
    """Neither dropping out nor coming back happens twice."""
    assert town().when(returns()) == []
    assert town().and_then(drops()).when(drops(reason="called_away")) == []


def test_only_the_desk_speaks_for_others() -> None:
    """A captain drops out for themselves, a lead for anybody."""
    assert town().when(drops(by=actor("r-captain")))
    assert town().when(drops(by=LEAD))
    assert town().refusal(drops(by=actor("r-carry1"))).code == "not_yourself"


def test_who_has_left_for_good_is_refused() -> None:
    """An erased responder has nothing to drop out of."""
    left = town().and_then(said(BeginResponderErasure, responder="r-captain"))
    assert left.refusal(drops()).code == "erased"
