"""A crew between «complete» and «done»: the household calls, the crew meets, the crew goes (R9)."""

from __future__ import annotations

from functools import cache
from typing import Any

from dispatch.domain.crew import CrewMemberReady, CrewMustered, HouseholdCalled, Mustered, call_due_at
from dispatch.domain.crew_commands import CallAhead, ReportReady
from dispatch.domain.leg import Done, Taken, Waiting
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import ResponderId
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    T0,
    accepts,
    actor,
    after,
    asked,
    calls,
    completes,
    fails,
    leg_of,
    offer_of,
    releases,
    said,
    town,
)

CARRIERS = ("r-carry1", "r-carry2", "r-carry3")


def phones(leg: str = "carry", **fields: Any) -> CallAhead:
    """Return the household's call."""
    shape: dict[str, Any] = {"by": actor("p-wu"), "request": "q-1", "leg": leg} | fields
    command: CallAhead = said(CallAhead, **shape)
    return command


def ready(who: str, leg: str = "carry", **fields: Any) -> ReportReady:
    """Return the report of a member who has come to the meeting point."""
    command: ReportReady = said(ReportReady, by=actor(who), request="q-1", leg=leg, responder=who, **fields)
    return command


def complete(given: Given, leg: str, first: int = 1) -> Given:
    """Return the journal after three were asked for a leg and said yes."""
    given = asked(given, leg, *CARRIERS)
    return given.and_then(*(accepts(who, number) for number, who in enumerate(CARRIERS, start=first)))


@cache
def waiting() -> Given:
    """Return a journal in which somebody asked to be carried down and up again."""
    return town().and_then(calls(kind="stair_carry_return", beneficiary="p-wu", reporter="p-wu"))


@cache
def bound() -> Given:
    """Return a journal in which the crew is complete and nobody has called."""
    return complete(waiting(), "carry")


@cache
def met() -> Given:
    """Return a journal in which the household has called and the crew has met."""
    return bound().and_then(phones(), *map(ready, CARRIERS))


def test_a_crew_that_is_called_ahead_does_not_start_by_itself() -> None:
    """Complete and bound: no work before the call, and no meeting either."""
    assert bound().refusal(completes("r-carry1", "carry")).code == "household_has_not_called"
    assert bound().refusal(ready("r-carry1")).code == "household_has_not_called"
    called = bound().and_then(phones())
    assert called.refusal(completes("r-carry1", "carry")).code == "crew_has_not_mustered"


def test_the_daughter_phones_ahead() -> None:
    """One call for the crew; a second one says nothing new."""
    assert bound().when(phones()) == [HouseholdCalled(leg="carry", by="p-wu", called_at=T0)]
    assert bound().and_then(phones()).when(phones(at=after(3))) == []


def test_a_call_that_staff_took_down() -> None:
    """Both names are kept: who called, and in the journal who wrote it down."""
    (called,) = bound().when(phones(by=actor("r-worker"), on_behalf_of="p-wu"))
    assert isinstance(called, HouseholdCalled)
    assert called.by == "p-wu"


def test_somebody_else_does_not_call() -> None:
    """A neighbour cannot send the crew."""
    assert bound().refusal(phones(by=actor("p-li"))).code == "not_yours_to_call"


def test_the_call_may_come_first() -> None:
    """While the crew is still forming, and it is not forgotten when the crew collapses and is formed anew."""
    given = complete(waiting().and_then(phones()), "carry").and_then(releases("r-carry2", "carry"))
    assert isinstance(leg_of(given, "carry"), Waiting)
    assert leg_of(given, "carry").called_at == T0


def test_each_reports_ready_and_the_last_one_musters() -> None:
    """Two of three have come: the crew waits; with the third it has met, and may start."""
    given = bound().and_then(phones(), ready("r-carry1"))
    assert given.when(ready("r-carry1")) == []
    assert given.when(ready("r-carry2", at=after(2))) == [
        CrewMemberReady(leg="carry", offer=offer_of(2), responder=ResponderId("r-carry2"), ready_at=after(2))
    ]
    given = given.and_then(ready("r-carry2"))
    assert isinstance(leg_of(given, "carry"), Taken)
    assert kinds_of(given.when(ready("r-carry3"))) == ["CrewMemberReady", "CrewMustered"]
    given = given.and_then(ready("r-carry3"))
    assert isinstance(leg_of(given, "carry"), Mustered)
    assert isinstance(leg_of(given.and_then(completes("r-carry1", "carry")), "carry"), Done)


def test_ready_is_said_by_members_only() -> None:
    """And by whom the place was offered to, not by an earlier offer."""
    called = bound().and_then(phones())
    assert called.refusal(ready("r-carry4")).code == "not_your_leg"
    assert called.refusal(ready("r-carry1", offer=offer_of(9))).code == "not_your_leg"
    forming = asked(waiting().and_then(phones()), "carry", *CARRIERS).and_then(accepts("r-carry1"))
    assert forming.refusal(ready("r-carry1")).code == "leg_not_taken"


def test_ready_said_late_is_nothing_new() -> None:
    """After the work is done the report is only a repeat."""
    done = met().and_then(completes("r-carry1", "carry"))
    assert done.when(ready("r-carry3")) == []


def test_the_crew_that_met_collapses_like_any_other() -> None:
    """The new crew has to meet again, and nobody has to call again."""
    given = met().and_then(releases("r-carry3", "carry"))
    assert leg_of(given, "carry").returned == {"r-carry1", "r-carry2"}
    given = asked(given, "carry", "r-carry1", "r-carry2", "r-carry4")
    given = given.and_then(accepts("r-carry1", 4), accepts("r-carry2", 5), accepts("r-carry4", 6))
    assert given.refusal(completes("r-carry1", "carry")).code == "crew_has_not_mustered"
    (last,) = given.and_then(ready("r-carry1"), ready("r-carry2")).when(ready("r-carry4"))[1:]
    assert last == CrewMustered(leg="carry", mustered_at=T0)


def test_the_way_back_is_called_for_by_itself() -> None:
    """Nobody is called back before the way down is done; then it needs its own call."""
    assert met().refusal(phones("carry_back")).code == "leg_not_open"
    given = complete(met().and_then(completes("r-carry1", "carry")), "carry_back", first=4)
    assert given.when(phones("carry")) == []
    assert given.refusal(completes("r-carry1", "carry_back")).code == "household_has_not_called"
    given = given.and_then(phones("carry_back"), *(ready(who, "carry_back") for who in CARRIERS))
    assert kinds_of(given.when(completes("r-carry1", "carry_back")))[:2] == ["LegDone", "RequestDelivered"]


def test_what_could_not_be_done_needs_no_meeting() -> None:
    """Nobody opened: the crew says so, and is free; tried again, it is called again."""
    given = bound().and_then(fails("r-carry1", "carry"))
    assert given.refusal(phones()).code == "leg_not_open"


def test_a_leg_that_is_not_called_ahead() -> None:
    """A plain carry starts when it is complete, as ever; whoever likes may report ready."""
    plain = complete(town().and_then(calls(kind="stair_carry", beneficiary="p-wu", reporter="p-wu")), "carry")
    assert plain.refusal(phones()).code == "not_called_ahead"
    assert kinds_of(plain.when(completes("r-carry1", "carry")))[0] == "LegDone"
    assert kinds_of(plain.when(ready("r-carry1"))) == ["CrewMemberReady"]


def test_when_somebody_is_told_that_nobody_called() -> None:
    """Half an hour before the hour; without an hour, and on the way back, six hours after it became possible."""
    leg = leg_of(waiting(), "carry")
    assert call_due_at(leg, needed_by=after(240), policy=EVERYDAY) == after(210)
    assert call_due_at(leg, needed_by=after(10), policy=EVERYDAY) == T0
    assert call_due_at(leg, needed_by=None, policy=EVERYDAY) == after(360)
    assert call_due_at(leg_of(waiting(), "carry_back"), needed_by=None, policy=EVERYDAY) is None
    done = met().and_then(completes("r-carry1", "carry", at=after(60)))
    assert call_due_at(leg_of(done, "carry"), needed_by=after(240), policy=EVERYDAY) is None
    assert call_due_at(leg_of(done, "carry_back"), needed_by=after(240), policy=EVERYDAY) == after(420)
    assert call_due_at(leg_of(bound().and_then(phones()), "carry"), needed_by=after(240), policy=EVERYDAY) is None
