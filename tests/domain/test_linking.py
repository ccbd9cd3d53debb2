"""Duplicates, requests that come after others, reopened ones, and legs joined to a visit."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.help_request import AwaitingOthers, Merged
from dispatch.domain.intake import CancelRequest, CloseRequest, ConfirmReceipt, GiveUpRequest
from dispatch.domain.linking import (
    AwaitOthers,
    DropDependency,
    EndMerged,
    FollowOthers,
    LinkDuplicate,
    ReopenRequest,
)
from dispatch.domain.resident import ExcludeResponder
from dispatch.domain.roster import SetCapacity
from dispatch.domain.values import SYSTEM, Actor, Channel, Command, Role, Urgency
from dispatch.domain.visit import JoinVisit
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    LEAD,
    T0,
    accepts,
    actor,
    asked,
    calls,
    done_by,
    leg_of,
    moving_in,
    releases,
    request_of_town,
    responder_of,
    said,
    tower,
    town,
)


def merges(request: str = "q-2", original: str = "q-1", **fields: Any) -> LinkDuplicate:
    """Return the link of a duplicate."""
    command: LinkDuplicate = said(LinkDuplicate, by=LEAD, request=request, original=original, **fields)
    return command


def ends_with(request: str = "q-2", original: str = "q-1") -> EndMerged:
    """Return the machine's end of a duplicate."""
    command: EndMerged = said(EndMerged, by=SYSTEM, request=request, original=original)
    return command


def cancels(request: str = "q-1") -> CancelRequest:
    """Return a cancellation."""
    command: CancelRequest = said(CancelRequest, request=request, reason="mistake")
    return command


def waits(request: str, *after: str) -> AwaitOthers:
    """Return that a request comes after others."""
    command: AwaitOthers = said(AwaitOthers, by=LEAD, request=request, after=after)
    return command


def follows(request: str) -> FollowOthers:
    """Return the machine's look at what a request waits for."""
    command: FollowOthers = said(FollowOthers, by=SYSTEM, request=request)
    return command


def reopens(request: str = "q-1", new: str = "q-9", **fields: Any) -> ReopenRequest:
    """Return a reopening."""
    shape: dict[str, Any] = {
        "by": LEAD,
        "request": request,
        "reopened_as": new,
        "reason": "not_received",
        "reporter": "p-li",
        "channel": Channel.PHONE,
        "occurred_at": T0,
    }
    command: ReopenRequest = said(ReopenRequest, **(shape | fields))
    return command


def two(**fields: Any) -> Given:
    """Return a town with two requests for the same; `fields` are of the second."""
    return town().and_then(calls(), calls("q-2", **fields))


# ---- Duplicates -----------------------------------------------------------------------------


def test_a_duplicate_frees_its_people_and_stays() -> None:
    """Who was asked for it is free in the same save; it is open until its original ends (R1)."""
    given = asked(two(), "outside", "r-shopper", request="q-2").and_then(merges())
    assert responder_of(given, "r-shopper").open_count == 0
    assert isinstance(request_of_town(given, "q-2"), Merged)
    assert given.when(merges()) == []
    assert given.when(ends_with()) == []


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (said(CancelRequest, request="q-1", reason="mistake"), "cancelled"),
        (said(GiveUpRequest, request="q-1", reason="nobody_can"), "unfilled"),
    ],
)
def test_a_duplicate_ends_as_its_original(end: Command, outcome: str) -> None:
    """Its reporter learns what became of it."""
    (event,) = two().and_then(merges(), end).when(ends_with())
    assert getattr(event, "outcome", None) == outcome


def test_a_duplicate_of_what_was_delivered_was_served() -> None:
    """Delivered and closed, whatever the reason of the closing."""
    given = two().and_then(merges())
    given = done_by(done_by(given, "outside", "r-shopper"), "inside", "r-captain")
    given = given.and_then(said(CloseRequest, request="q-1", reason="unresponsive"))
    (event,) = given.when(ends_with())
    assert getattr(event, "outcome", None) == "delivered"


@pytest.mark.parametrize(
    ("given", "command", "code"),
    [
        (two(), merges("q-1", "q-1"), "duplicate_of_itself"),
        (two(urgency=Urgency.LIFE), merges(), "original_less_urgent"),
        (two().and_then(cancels()), merges(), "request_state"),
        (two().and_then(cancels("q-2")), merges(), "request_state"),
        (two().and_then(calls("q-3"), merges()), merges("q-3", "q-2"), "original_is_merged"),
        (two(), merges("q-2", "q-8"), "unknown_request"),
    ],
)
def test_what_is_no_duplicate(given: Given, command: LinkDuplicate, code: str) -> None:
    """Nothing urgent hides behind something else, and there are no chains to nowhere."""
    assert given.refusal(command).code == code


def test_a_merged_request_is_not_served_again() -> None:
    """Bad inputs 51 and 52: whatever comes late finds it merged."""
    given = asked(two(), "outside", "r-shopper", request="q-2").and_then(merges())
    assert given.refusal(accepts("r-shopper", 1, "q-2")).code == "offer_not_held"
    assert given.refusal(cancels("q-2")).code == "request_state"


# ---- After others ---------------------------------------------------------------------------


def test_it_is_ready_when_all_are_delivered() -> None:
    """One of two is not enough (R4)."""
    given = two(kind="check_in").and_then(calls("q-3", after=("q-1", "q-2")))
    assert isinstance(request_of_town(given, "q-3"), AwaitingOthers)
    given = done_by(given, "visit", "r-captain", request="q-2")
    assert given.when(follows("q-3")) == []
    given = done_by(done_by(given, "outside", "r-shopper"), "inside", "r-captain")
    assert kinds_of(given.when(follows("q-3"))) == ["RequestReadied"]
    assert leg_of(given.and_then(follows("q-3")), "outside", "q-3").ready_at == T0


def test_after_what_is_delivered_it_is_ready_at_once() -> None:
    """In the save in which it is received."""
    given = done_by(town().and_then(calls(kind="check_in")), "visit", "r-captain")
    assert kinds_of(given.when(calls("q-2", after=("q-1",))))[-1] == "RequestReadied"


def test_what_is_asked_is_taken_back_when_others_come_first() -> None:
    """Nobody shops for a card that is not there yet."""
    given = asked(two(), "outside", "r-shopper", request="q-2").and_then(waits("q-2", "q-1"))
    assert responder_of(given, "r-shopper").open_count == 0
    assert given.when(waits("q-2", "q-1")) == []


def test_who_has_begun_does_not_wait() -> None:
    """What is under way goes on."""
    given = asked(two(), "outside", "r-shopper", request="q-2").and_then(accepts("r-shopper", 1, "q-2"))
    assert given.refusal(waits("q-2", "q-1")).code == "request_state"


@pytest.mark.parametrize(
    ("given", "command", "code"),
    [
        (two(), waits("q-1", "q-1"), "circle"),
        (two().and_then(waits("q-2", "q-1")), waits("q-1", "q-2"), "circle"),
        (two().and_then(calls("q-3"), waits("q-2", "q-1"), waits("q-3", "q-2")), waits("q-1", "q-3"), "circle"),
        (two().and_then(cancels()), waits("q-2", "q-1"), "predecessor_ended"),
        (two(), waits("q-2", "q-8"), "unknown_request"),
        (two(), calls("q-3", after=("q-3",)), "circle"),
        (two(), calls("q-3", follows="q-1", beneficiary="p-wu"), "another_beneficiary"),
    ],
)
def test_what_cannot_come_first(given: Given, command: Command, code: str) -> None:
    """Bad input 53: a circle, however long, would never begin."""
    assert given.refusal(command).code == code


def test_a_predecessor_that_ended_calls_a_person_once() -> None:
    """The person drops it; nothing else is in the way then."""
    given = two().and_then(waits("q-2", "q-1"), cancels())
    assert kinds_of(given.when(follows("q-2"))) == ["RequestEscalated"]
    given = given.and_then(follows("q-2"))
    assert given.when(follows("q-2")) == []
    drop = said(DropDependency, by=LEAD, request="q-2", after="q-1", reason="not_needed_first")
    assert kinds_of(given.when(drop)) == ["DependencyDropped", "RequestReadied"]


# ---- Reopened -------------------------------------------------------------------------------


def test_what_is_over_stays_over_and_says_where_it_goes_on() -> None:
    """The new one has the same beneficiary, kind and urgency, and names the old one (S1)."""
    given = town().and_then(calls(urgency=Urgency.HARDSHIP), cancels(), reopens())
    old, new = request_of_town(given), request_of_town(given, "q-9")
    assert (type(old).__name__, old.reopened_as) == ("Cancelled", "q-9")
    assert (new.reopens, new.kind, new.beneficiary, new.urgency) == ("q-1", "medicine", "p-li", Urgency.HARDSHIP)


def test_a_request_is_reopened_once() -> None:
    """The second one is told of the first's."""
    refusal = town().and_then(calls(), cancels(), reopens()).refusal(reopens(new="q-8"))
    assert (refusal.code, refusal.fields["request"]) == ("reopened_already", "q-9")


@pytest.mark.parametrize(
    ("by", "code"),
    [(LEAD, "request_state"), (Actor(id="p-wu", role=Role.RESIDENT), "not_yours_to_reopen")],
)
def test_what_is_not_reopened(by: Actor, code: str) -> None:
    """What is still open, and what somebody else asked for."""
    assert town().and_then(calls()).refusal(reopens(by=by, reporter=by.id)).code == code


def test_a_delivered_request_is_reopened_by_who_did_not_get_it() -> None:
    """It need not be closed first."""
    given = done_by(town().and_then(calls(kind="check_in")), "visit", "r-captain")
    assert request_of_town(given.and_then(reopens(by=actor("p-li"))), "q-9").reopens == "q-1"
    confirmed = given.and_then(said(ConfirmReceipt, by=actor("p-li"), request="q-1"))
    assert request_of_town(confirmed.and_then(reopens()), "q-9").reopens == "q-1"


# ---- Visits ---------------------------------------------------------------------------------


def visit(kind: str = "garbage", **fields: Any) -> Given:
    """Return a town in which the captain goes to Li's door, and Li's garbage waits."""
    given = asked(town().and_then(calls(kind="check_in")), "visit", "r-captain").and_then(accepts("r-captain"))
    return given.and_then(calls("q-2", kind=kind, **fields))


def joins(leg: str = "inside", who: str = "r-captain", **fields: Any) -> JoinVisit:
    """Return that somebody does Li's garbage too."""
    shape: dict[str, Any] = {"by": actor(who), "request": "q-2", "leg": leg, "responder": who, "visit": "q-1#1"}
    command: JoinVisit = said(JoinVisit, **(shape | fields))
    return command


def test_a_small_leg_is_done_on_the_way() -> None:
    """Taken at once, without an offer of its own, and without a second climb (R11)."""
    given = visit()
    assert kinds_of(given.when(joins())) == ["LegJoined", "LoadJoined"]
    given = given.and_then(joins())
    assert responder_of(given, "r-captain").open_count == 2
    assert responder_of(given, "r-captain").asked == 1
    assert given.when(joins()) == []


@pytest.mark.parametrize(
    ("given", "command", "code"),
    [
        (visit(beneficiary="p-captain"), joins(), "another_door"),
        (visit("medicine"), joins("outside"), "another_door"),
        (visit("stair_carry"), joins("carry"), "leg_not_free"),
        (visit(), joins("outside"), "leg_not_free"),
        (visit(), joins(who="r-lead", by=LEAD), "offer_not_held"),
        (visit(), joins(by=actor("r-shopper")), "not_your_offer"),
        (visit().and_then(releases("r-captain", "visit")), joins(), "offer_not_held"),
        (visit().and_then(said(SetCapacity, responder="r-captain", capacity=1)), joins(), "capacity_reached"),
        (visit().and_then(cancels("q-2")), joins(), "request_state"),
    ],
)
def test_what_cannot_be_joined(given: Given, command: JoinVisit, code: str) -> None:
    """Another door, another person's visit, a full load, work that nobody could do alone."""
    assert given.refusal(command).code == code


def test_the_rules_of_an_acceptance_hold_for_a_visit() -> None:
    """Whom the resident does not want, they do not want for the garbage either (A2)."""
    given = visit().and_then(said(ExcludeResponder, resident="p-li", responder="r-captain"))
    assert given.refusal(joins()).code == "not_excluded_by_resident"


def test_neighbours_on_one_floor_have_two_doors() -> None:
    """The same place is not the same household."""
    given = visit().and_then(
        moving_in("p-next", tower("12")), calls("q-3", beneficiary="p-next", reporter="p-next", kind="garbage")
    )
    assert given.refusal(joins(request="q-3")).code == "another_door"
