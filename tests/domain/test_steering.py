"""Approvals and holds: who may say so, what it does to offers, work and the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dispatch.domain.authority import GrantRole
from dispatch.domain.community import AdoptCatalogue
from dispatch.domain.help_request import AwaitingHelp, OnHold, UnderWay
from dispatch.domain.intake import ChangeUrgency
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.steering import ApproveRequest, HoldRequest, RefuseApproval, ResumeRequest
from dispatch.domain.values import SYSTEM, Actor, Role, Urgency
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    EVERYWHERE,
    LEAD,
    T0,
    WORKER,
    accepts,
    actor,
    after,
    asked,
    calls,
    completes,
    matches,
    releases,
    request_of_town,
    responder_of,
    said,
    town,
)

CADRE = actor("r-cadre")
DOCTOR = Actor(id="dr-1", role=Role.MEDICAL_STAFF)
SECOND = Actor(id="w-2", role=Role.COMMUNITY_WORKER)
ALSO_CADRE = Actor(id="w-2", role=Role.CADRE)
CAPTAIN_AS_CADRE = Actor(id="r-captain", role=Role.CADRE)


def two_approvals() -> Given:
    """Return a town in which childcare needs a community worker and a cadre."""
    kinds = tuple(
        kind.model_copy(update={"approvals": (Role.COMMUNITY_WORKER, Role.CADRE)}) if kind.key == "childcare" else kind
        for kind in EVERYDAY_CATALOGUE.kinds
    )
    catalogue = EVERYDAY_CATALOGUE.model_copy(update={"version": EVERYDAY_CATALOGUE.version + 1, "kinds": kinds})
    grants = (
        said(GrantRole, account=who.id, role=who.role, scope=EVERYWHERE)
        for who in (DOCTOR, SECOND, ALSO_CADRE, CAPTAIN_AS_CADRE)
    )
    return town().and_then(said(AdoptCatalogue, catalogue=catalogue), *grants, calls(kind="childcare"))


def approves(by: Actor = WORKER, **fields: Any) -> ApproveRequest:
    """Return a yes."""
    command: ApproveRequest = said(ApproveRequest, by=by, request="q-1", **fields)
    return command


def holds(**fields: Any) -> HoldRequest:
    """Return a hold."""
    shape: dict[str, Any] = {"by": LEAD, "request": "q-1", "reason": "shop_closed"} | fields
    command: HoldRequest = said(HoldRequest, **shape)
    return command


def resumes(at: datetime, **fields: Any) -> ResumeRequest:
    """Return the end of a hold."""
    shape: dict[str, Any] = {"by": LEAD, "request": "q-1", "at": at} | fields
    command: ResumeRequest = said(ResumeRequest, **shape)
    return command


# ---- Approvals ------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(WORKER, CADRE), (CADRE, WORKER)])
def test_approvals_come_in_any_order(order: tuple[Actor, Actor]) -> None:
    """The legs are shared out with the last one, and not before (R12)."""
    given = two_approvals().and_then(approves(order[0]))
    assert type(request_of_town(given)).__name__ == "AwaitingApproval"
    assert kinds_of(given.when(approves(order[1]))) == ["ApprovalGiven", "RequestReadied"]
    assert isinstance(request_of_town(given.and_then(approves(order[1]))), AwaitingHelp)


def test_an_approval_said_again_is_nothing_new() -> None:
    """By the same person or another of that role, also when the request has gone on."""
    given = two_approvals().and_then(approves(), approves(CADRE))
    assert given.when(approves(at=after(5))) == []
    assert given.when(approves(SECOND)) == []


@pytest.mark.parametrize(
    ("by", "reporter", "code"),
    [
        (DOCTOR, "p-li", "not_your_approval"),
        (WORKER, "r-worker", "own_approval"),
        (CAPTAIN_AS_CADRE, "p-captain", "own_approval"),
    ],
)
def test_who_may_not_approve(by: Actor, reporter: str, code: str) -> None:
    """Another role; who asked; who asked as the resident that they are."""
    given = two_approvals().and_then(calls("q-2", kind="childcare", reporter=reporter))
    assert given.refusal(said(ApproveRequest, by=by, request="q-2")).code == code
    assert given.refusal(said(RefuseApproval, by=by, request="q-2", reason="nobody_can")).code == code


def test_two_approvals_are_two_people() -> None:
    """One account with two roles is one pair of eyes."""
    given = two_approvals().and_then(approves(SECOND))
    assert given.refusal(approves(ALSO_CADRE)).code == "own_approval"


def test_nothing_is_approved_that_does_not_wait_for_it() -> None:
    """A request of a kind without approvals, or one that is refused already."""
    assert town().and_then(calls()).refusal(approves()).code == "request_state"
    refusal = said(RefuseApproval, request="q-1", reason="nobody_can")
    given = town().and_then(calls(kind="childcare"), refusal)
    assert given.refusal(approves()).code == "request_state"
    assert given.when(refusal) == []


def test_a_life_threat_alarms_before_it_is_approved() -> None:
    """Whatever the kind waits for, the alarm does not (A2)."""
    events = town().when(calls(kind="childcare", urgency=Urgency.LIFE))
    assert kinds_of(events) == ["RequestReceived", "RequestTriaged", "AlarmRaised", "WorkPlanned"]


# ---- Holds ----------------------------------------------------------------------------------


def test_a_hold_withdraws_what_nobody_has_answered() -> None:
    """The offer goes back and the captain's capacity is free, in one save."""
    given = asked(town().and_then(calls()), "outside", "r-shopper")
    assert kinds_of(given.when(holds())) == ["OfferWithdrawn", "RequestHeld", "HoldReleased"]
    given = given.and_then(holds())
    assert responder_of(given, "r-shopper").open_count == 0
    given.conflict(matches(given, "outside", "r-driver"))


def test_a_crew_that_is_not_complete_goes_home() -> None:
    """Whoever had accepted a place in it is free too."""
    given = asked(town().and_then(calls(kind="stair_carry")), "carry", "r-carry1", "r-carry2", "r-carry3")
    given = given.and_then(accepts("r-carry1"), holds())
    assert [responder_of(given, f"r-carry{n}").open_count for n in (1, 2, 3)] == [0, 0, 0]


def test_taken_work_is_kept_and_may_be_finished() -> None:
    """The goods may be in their hands; what happened is recorded, hold or not."""
    given = asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"), holds())
    assert responder_of(given, "r-shopper").open_count == 1
    given = given.and_then(completes("r-shopper", "outside"))
    assert isinstance(request_of_town(given), OnHold)
    assert isinstance(request_of_town(given.and_then(resumes(after(9)))), UnderWay)


def test_the_last_leg_delivers_also_while_on_hold() -> None:
    """A fact is a fact."""
    given = asked(town().and_then(calls(kind="check_in")), "visit", "r-captain").and_then(accepts("r-captain"))
    given = given.and_then(holds(), completes("r-captain", "visit"))
    assert type(request_of_town(given)).__name__ == "Delivered"
    assert request_of_town(given).hold is None


def test_work_may_be_given_back_on_hold() -> None:
    """It waits then, and is shared out when the request goes on."""
    given = asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"), holds())
    given = given.and_then(releases("r-shopper", "outside"), resumes(after(9)))
    assert isinstance(request_of_town(given), AwaitingHelp)


def test_the_deadline_moves_by_each_pause() -> None:
    """Two pauses of one and two hours move it by three, and a new urgency keeps them."""
    given = town().and_then(calls())
    due = request_of_town(given).due_at
    assert due is not None
    for begin, end in ((10, 70), (100, 220)):
        given = given.and_then(holds(at=after(begin)), resumes(after(end)))
    moved = request_of_town(given).due_at
    assert moved is not None
    assert moved - due == after(180) - T0
    worse = said(ChangeUrgency, by=LEAD, at=after(230), request="q-1", urgency=Urgency.NONE, reason="better")
    judged = request_of_town(given.and_then(worse)).due_at
    assert judged is not None
    assert judged - T0 == after(180) - T0 + (after(24 * 60) - T0)


def test_a_threat_to_life_ends_a_hold_and_is_never_held() -> None:
    """Raised while it stands still, it goes on and alarms in one save."""
    worse = said(ChangeUrgency, by=LEAD, at=after(30), request="q-1", urgency=Urgency.LIFE, reason="worse")
    given = town().and_then(calls(), holds())
    assert kinds_of(given.when(worse)) == ["UrgencyChanged", "RequestResumed", "AlarmRaised"]
    assert given.and_then(worse).refusal(holds(at=after(31))).code == "life_never_waits"


def test_a_late_timer_does_not_end_another_hold() -> None:
    """The machine's command names the hold it ends, and comes not before its time."""
    given = town().and_then(calls(), holds(until=after(30)))
    early = resumes(after(20), by=SYSTEM, since=T0)
    assert given.when(early) == []
    given = given.and_then(resumes(after(10)), holds(at=after(15), reason="resident_away", until=after(25)))
    assert given.when(resumes(after(30), by=SYSTEM, since=T0)) == []
    assert kinds_of(given.when(resumes(after(30), by=SYSTEM, since=after(15)))) == ["RequestResumed"]


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_hold_that_ends_before_it_begins(minutes: int) -> None:
    """Bad inputs 46 and 48."""
    assert town().and_then(calls()).refusal(holds(until=after(minutes))).code == "hold_past"


def test_what_is_not_judged_or_over_is_not_held() -> None:
    """There is no clock to pause."""
    assert town().and_then(calls(triage=False)).refusal(holds()).code == "request_state"
    given = town().and_then(calls(), holds())
    assert given.refusal(holds(reason="resident_away")).code == "request_state"
    assert given.when(holds()) == []
