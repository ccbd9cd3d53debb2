"""Answers to offers and assignments, and the work they become; each in one save with the capacity."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest

from dispatch.domain.help_request import RequestDelivered, RequestEscalated
from dispatch.domain.intake import CancelRequest
from dispatch.domain.leg import (
    AssignmentAcknowledged,
    AssignmentEscalated,
    AssignmentReturned,
    Failed,
    LegDone,
    LegFailed,
    LegRequeued,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    Waiting,
)
from dispatch.domain.offer import RequeueLeg
from dispatch.domain.resident import BeginErasure, BeginIsolation, ExcludeNeighbours, ExcludeResponder
from dispatch.domain.responder import HoldReleased, LoadReleased, LoadTaken
from dispatch.domain.roster import IsolateResponder, RecordSide
from dispatch.domain.values import Command, ControlLevel, Fact, LegId, Side
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    IN_TOWER,
    LEAD,
    T0,
    accepts,
    after,
    asked,
    calls,
    completes,
    controls,
    declines,
    done_by,
    fails,
    lapses,
    leg_of,
    matches,
    offer_of,
    releases,
    request_of_town,
    responder_of,
    said,
    town,
    withdraws,
)

OUTSIDE, INSIDE = LegId("q-1/outside"), LegId("q-1/inside")
CANCELS = said(CancelRequest, by=LEAD, request="q-1", reason="done_by_others")
REQUEUES = said(RequeueLeg, by=LEAD, request="q-1", leg="outside", at=after(60))


@cache
def offered() -> Given:
    """Return a journal in which a volunteer is offered the shopping."""
    return asked(town().and_then(calls()), "outside", "r-shopper")


@cache
def assigned() -> Given:
    """Return a journal in which a community worker is assigned the shopping."""
    return asked(town().and_then(calls()), "outside", "r-worker")


@cache
def at_the_shelf() -> Given:
    """Return a journal in which the captain of the floor is offered the way from the shelf to the door."""
    return asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")


# ---- Yes ----------------------------------------------------------------------------------


def test_a_volunteer_accepts() -> None:
    """The answer and the load are one save."""
    assert offered().when(accepts("r-shopper")) == [
        OfferAccepted(offer=offer_of(1), accepted_at=T0),
        LoadTaken(offer=offer_of(1), leg=OUTSIDE, taken_at=T0),
    ]


def test_staff_acknowledge() -> None:
    """To staff the same answer is an acknowledgement (A2)."""
    assert assigned().when(accepts("r-worker")) == [
        AssignmentAcknowledged(offer=offer_of(1), acknowledged_at=T0),
        LoadTaken(offer=offer_of(1), leg=OUTSIDE, taken_at=T0),
    ]


@pytest.mark.parametrize("later", [(), (completes("r-shopper", "outside"),), (CANCELS,)], ids=["", "done", "cancelled"])
def test_a_yes_said_twice(later: tuple[Command, ...]) -> None:
    """Whatever has happened since, a repeated yes to what one had taken is nothing new."""
    given = offered().and_then(accepts("r-shopper"), *later)
    assert given.when(accepts("r-shopper")) == []


def test_a_yes_within_the_time_of_grace() -> None:
    """`respond_by` only entitles the machine to end the offer: until it has, a late yes counts."""
    late = accepts("r-shopper", at=after(60))
    assert kinds_of(offered().when(late)) == ["OfferAccepted", "LoadTaken"]


def test_a_yes_after_the_lapse_says_who_holds_it_now() -> None:
    """Accepting a lapsed offer fails, and the message names who goes instead."""
    given = asked(offered().and_then(lapses()), "outside", "r-driver", at=after(60))
    refused = given.refusal(accepts("r-shopper", at=after(61)))
    assert refused.code == "offer_not_held"
    assert refused.fields["holders"] == ("r-driver",)
    assert "held now by r-driver" in refused.message
    assert "Ask for a new match" in refused.message


def test_a_yes_after_the_lapse_when_nobody_goes() -> None:
    """Then nobody holds it."""
    refused = offered().and_then(lapses()).refusal(accepts("r-shopper"))
    assert refused.fields["holders"] == ()
    assert "nobody holds it now" in refused.message


def test_a_yes_to_a_cancelled_request() -> None:
    """What is over takes no answers, and nobody is said to hold it."""
    refused = offered().and_then(CANCELS).refusal(accepts("r-shopper"))
    assert (refused.code, refused.fields["holders"]) == ("offer_not_held", ())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (accepts("r-driver"), "offer_not_held"),
        (accepts("r-shopper", 2), "offer_not_held"),
        (accepts("r-shopper", 1, "q-2"), "unknown_request"),
        (declines("r-driver"), "offer_not_held"),
        (declines("r-shopper", 2), "offer_not_held"),
        (withdraws(1, "q-2"), "unknown_request"),
    ],
)
def test_answers_to_what_was_not_asked(answer: Command, code: str) -> None:
    """Nobody takes somebody else's offer, and nobody answers what does not exist."""
    assert offered().refusal(answer).code == code


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (said(IsolateResponder, by=LEAD, responder="r-captain"), "responder_is_isolated"),
        (said(BeginIsolation, by=LEAD, resident="p-captain"), "responder_is_isolated"),
        (said(ExcludeResponder, by=LEAD, resident="p-li", responder="r-captain"), "not_excluded_by_resident"),
        (said(ExcludeNeighbours, by=LEAD, resident="p-li"), "neighbours_excluded"),
        (said(BeginErasure, resident="p-li"), "erased"),
        (controls(ControlLevel.SEALED, IN_TOWER), "sealed_needs_clearance"),
        (controls(ControlLevel.TEMPORARY, IN_TOWER, until=after(1)), None),
        (controls(ControlLevel.SEALED, IN_TOWER, since=after(1)), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_yes_is_guarded_by_what_has_changed(change: Command, rule: str | None) -> None:
    """Between offer and answer the world moves on; the next drain has not come yet (S5)."""
    given = at_the_shelf().and_then(change)
    if rule is None:
        assert kinds_of(given.when(accepts("r-captain", 2))) == ["OfferAccepted", "LoadTaken"]
    else:
        assert given.refusal(accepts("r-captain", 2)).code == rule


def test_who_went_out_does_not_deliver_inside() -> None:
    """Under 管控 a captain seen outside the tower may not go in again."""
    given = at_the_shelf().and_then(
        controls(ControlLevel.CONTROLLED, IN_TOWER),
        said(RecordSide, by=LEAD, responder="r-captain", line=IN_TOWER, side=Side.OUTSIDE),
    )
    assert given.refusal(accepts("r-captain", 2)).code == "outside_may_not_enter"


# ---- No, and silence ----------------------------------------------------------------------


def freed(reason: str, at: datetime = T0) -> HoldReleased:
    """Return the end of a hold."""
    return HoldReleased(offer=offer_of(1), reason=reason, released_at=at)


@pytest.mark.parametrize(
    ("given", "command", "events"),
    [
        (
            offered(),
            declines("r-shopper"),
            [OfferDeclined(offer=offer_of(1), reason="busy", declined_at=T0), freed("declined")],
        ),
        (
            assigned(),
            declines("r-worker"),
            [AssignmentReturned(offer=offer_of(1), reason="busy", returned_at=T0), freed("returned")],
        ),
        (
            offered(),
            lapses(at=after(10)),
            [OfferLapsed(offer=offer_of(1), lapsed_at=after(10)), freed("lapsed", after(10))],
        ),
        (
            assigned(),
            lapses(at=after(15)),
            [
                AssignmentEscalated(offer=offer_of(1), to="r-worker", escalated_at=after(15)),
                freed("escalated", after(15)),
            ],
        ),
        (
            offered(),
            withdraws(),
            [OfferWithdrawn(offer=offer_of(1), reason="rule_fails", withdrawn_at=T0), freed("rule_fails")],
        ),
    ],
    ids=["declined", "returned", "lapsed", "escalated", "withdrawn"],
)
def test_an_offer_ends_and_its_slot_is_free(given: Given, command: Command, events: list[Fact]) -> None:
    """Each end of an offer frees the capacity it held, in the same save."""
    assert given.when(command) == events
    now = given.and_then(command)
    assert isinstance(leg_of(now, "outside"), Waiting)
    assert all(responder_of(now, who).load == 0 for who in ("r-shopper", "r-worker"))
    assert now.when(command) == []


@pytest.mark.parametrize("minutes", [0, 9.99])
def test_a_lapse_before_its_time(minutes: float) -> None:
    """The machine may not end an offer before the responder's time is over."""
    assert offered().when(lapses(at=after(minutes))) == []


def test_refusal_and_silence_cost_nothing() -> None:
    """Declined or lapsed, no burden and no meeting is recorded; only that they were asked."""
    for end in (declines("r-shopper"), lapses()):
        person = responder_of(offered().and_then(end), "r-shopper")
        assert (person.burden, person.met, person.asked) == ({}, {}, 1)


@pytest.mark.parametrize(
    "past",
    [(lapses(),), (declines("r-shopper"),), (CANCELS,)],
    ids=["lapsed", "declined", "cancelled"],
)
def test_a_no_to_what_is_over_already(past: tuple[Command, ...]) -> None:
    """A late no changes nothing and is not an error."""
    assert offered().and_then(*past).when(declines("r-shopper", at=after(61))) == []


def test_a_no_after_the_yes() -> None:
    """Who has taken a leg gives it back; declining the offer is over."""
    given = offered().and_then(accepts("r-shopper"))
    assert given.refusal(declines("r-shopper")).code == "offer_not_held"


@pytest.mark.parametrize(
    "past",
    [(accepts("r-shopper"),), (declines("r-shopper"),), (CANCELS,), (accepts("r-shopper"), CANCELS)],
    ids=["accepted", "declined", "cancelled", "accepted and cancelled"],
)
@pytest.mark.parametrize("timer", [lapses(), withdraws()], ids=["lapse", "withdraw"])
def test_timers_that_come_too_late(past: tuple[Command, ...], timer: Command) -> None:
    """A timer acts on what is open at its moment, or on nothing."""
    assert offered().and_then(*past).when(timer) == []


@pytest.mark.parametrize(
    "late",
    [accepts("r-shopper"), declines("r-shopper")],
    ids=["yes", "no"],
)
def test_a_late_answer_does_not_touch_a_newer_offer(late: Command) -> None:
    """An answer names the offer it answers: to the first one it says nothing about the second."""
    given = asked(offered().and_then(withdraws()), "outside", "r-shopper", at=after(5))
    assert given.refusal(late).code == "offer_not_held"
    assert given.when(lapses(1, at=after(600))) == []
    assert given.when(withdraws(1)) == []
    assert leg_of(given, "outside").asks[0].offer == offer_of(2)


# ---- Work ---------------------------------------------------------------------------------


def worked(leg: LegId, reason: str) -> LoadReleased:
    """Return the end of work that counts."""
    return LoadReleased(leg=leg, reason=reason, worked=True, released_at=T0)


def test_a_leg_is_done() -> None:
    """The first leg ends without delivering the request; the last one delivers it."""
    assert offered().and_then(accepts("r-shopper")).when(completes("r-shopper", "outside")) == [
        LegDone(leg="outside", outcome="success", done_at=T0),
        worked(OUTSIDE, "done"),
    ]
    assert at_the_shelf().and_then(accepts("r-captain", 2)).when(completes("r-captain", "inside")) == [
        LegDone(leg="inside", outcome="success", done_at=T0),
        RequestDelivered(delivered_at=T0),
        worked(INSIDE, "done"),
    ]


def test_a_leg_fails_and_a_person_is_called_each_time() -> None:
    """A failed leg frees its people and calls the duty contact at once; failed again, it calls again."""
    taken = offered().and_then(accepts("r-shopper"))
    failing = fails("r-shopper", "outside")
    assert taken.when(failing) == [
        LegFailed(leg="outside", outcome="not_home", failed_at=T0),
        RequestEscalated(to="r-worker", reason="leg_failed", escalated_at=T0),
        worked(OUTSIDE, "failed"),
    ]
    given = taken.and_then(failing)
    assert isinstance(leg_of(given, "outside"), Failed)
    assert responder_of(given, "r-shopper").load == 0
    again = asked(given.and_then(REQUEUES), "outside", "r-shopper", at=after(60)).and_then(accepts("r-shopper", 2))
    assert kinds_of(again.when(failing)) == ["LegFailed", "RequestEscalated", "LoadReleased"]


def test_a_leg_that_all_have_declined_is_asked_anew() -> None:
    """The machine asks nobody twice; a person may decide that all are asked again; waiting is not forgotten."""
    given = offered().and_then(declines("r-shopper"))
    waited = leg_of(given, "outside")
    assert waited.tried == {"r-shopper"}
    given = given.and_then(REQUEUES)
    assert leg_of(given, "outside").tried == frozenset()
    assert leg_of(given, "outside").ready_at == waited.ready_at
    assert given.when(REQUEUES) == []


def test_a_failed_leg_is_put_back() -> None:
    """Nothing is asked of anybody until a person puts it back; then everybody may be asked again."""
    given = offered().and_then(accepts("r-shopper"), fails("r-shopper", "outside"))
    given.conflict(asking(given))
    assert given.when(REQUEUES) == [LegRequeued(leg="outside", requeued_at=after(60))]
    given = given.and_then(REQUEUES)
    assert given.when(REQUEUES) == []
    assert leg_of(given, "outside").ready_at == after(60)
    assert kinds_of(given.when(asking(given))) == ["MatchDecided", "OfferMade", "OfferHeld"]


def asking(given: Given) -> Command:
    """Return a match that asks the shopper once more."""
    return matches(given, "outside", "r-shopper")


def test_work_is_given_back() -> None:
    """Blameless: the leg waits again since when it waited, and no burden is counted."""
    given = offered().and_then(accepts("r-shopper"))
    back = releases("r-shopper", "outside", at=after(5))
    assert kinds_of(given.when(back)) == ["LegReleased", "LoadReleased"]
    given = given.and_then(back)
    assert given.when(back) == []
    assert leg_of(given, "outside").ready_at == T0
    person = responder_of(given, "r-shopper")
    assert (person.load, person.burden) == (0, {})


_TAKEN = (accepts("r-shopper"),)
_DONE = (*_TAKEN, completes("r-shopper", "outside"))
_FAILED = (*_TAKEN, fails("r-shopper", "outside"))


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((), completes("r-shopper", "outside"), "leg_not_taken"),
        ((), fails("r-shopper", "outside"), "leg_not_taken"),
        ((), releases("r-shopper", "outside"), "leg_not_taken"),
        ((), completes("r-shopper", "inside"), "leg_not_taken"),
        ((), completes("r-shopper", "upstairs"), "unknown_leg"),
        (_TAKEN, completes("r-driver", "outside"), "not_your_leg"),
        (_TAKEN, fails("r-driver", "outside"), "not_your_leg"),
        (_TAKEN, releases("r-driver", "outside"), "not_your_leg"),
        (_DONE, completes("r-driver", "outside"), "leg_not_taken"),
        (_DONE, fails("r-shopper", "outside"), "leg_not_taken"),
        (_FAILED, completes("r-shopper", "outside"), "leg_not_taken"),
        ((*_TAKEN, CANCELS), completes("r-shopper", "outside"), "request_state"),
        ((*_TAKEN, CANCELS), fails("r-shopper", "outside"), "request_state"),
        ((*_TAKEN, CANCELS), releases("r-shopper", "outside"), "request_state"),
        ((*_FAILED, CANCELS), REQUEUES, "request_state"),
        ((), completes("r-shopper", "outside", request="q-2"), "unknown_request"),
    ],
)
def test_reports_that_are_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """Only who has taken a leg reports on it, and only while it is taken."""
    assert offered().and_then(*past).refusal(command).code == code


@pytest.mark.parametrize(
    ("past", "command"),
    [
        (_DONE, completes("r-shopper", "outside")),
        (_FAILED, fails("r-shopper", "outside")),
        (_TAKEN, said(RequeueLeg, by=LEAD, request="q-1", leg="outside")),
    ],
)
def test_reports_that_say_nothing_new(past: tuple[Command, ...], command: Command) -> None:
    """Said twice, nothing is recorded."""
    assert offered().and_then(*past).when(command) == []


def test_a_refused_report_names_the_legs_there_are() -> None:
    """The message helps to correct the name."""
    assert "outside, inside" in offered().refusal(completes("r-shopper", "upstairs")).message


def test_two_offers_of_two_requests_are_two_slots() -> None:
    """The same person holds legs of two requests; ending one leaves the other."""
    given = asked(at_the_shelf().and_then(calls("q-2", kind="garbage")), "inside", "r-captain", request="q-2")
    assert responder_of(given, "r-captain").load == 2
    given = given.and_then(accepts("r-captain", 2), accepts("r-captain", 1, "q-2"), completes("r-captain", "inside"))
    assert set(responder_of(given, "r-captain").loads) == {"q-2/inside"}
    assert request_of_town(given).is_open
