"""What a calling round finds becomes requests: visits, seen, welfare alarms, needs (R14)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.calling import ExcuseItem
from dispatch.domain.calling_round import (
    Alarmed,
    HouseholdSeen,
    NoAnswer,
    Reached,
    Seen,
    ToBeVisited,
    VisitFellThrough,
    WelfareAlarmRaised,
)
from dispatch.domain.help_request import AwaitingHelp, Cancelled, Delivered
from dispatch.domain.intake import CancelRequest
from dispatch.domain.resident import BeginErasure
from dispatch.domain.round_visits import FindNeed, RaiseWelfareAlarm, RecordSeen, SettleVisit
from dispatch.domain.values import SYSTEM, Channel, Command, RequestId, ResidentId, ResponderId, Urgency
from tests.domain.given import Given, kinds_of
from tests.domain.round_town import (
    ROUND,
    TONIGHT,
    item_of,
    note_of,
    of_item,
    reaches,
    rings,
    started,
    unanswered,
    visit_of,
    visits,
)
from tests.domain.town import (
    LEAD,
    T0,
    WORKER,
    accepts,
    actor,
    asked,
    completes,
    request_of_town,
    responder_of,
    said,
)

LI = ResidentId("p-li")


def sees(given: Given, **fields: Any) -> Any:
    """Return what somebody saw at Li's door."""
    shape: dict[str, Any] = {"request": visit_of(given), "supplies_enough": True, "condition_ok": True}
    return of_item(RecordSeen, **(shape | fields))


def settles(given: Given) -> Any:
    """Return what the machine takes over from the request of the visit."""
    return of_item(SettleVisit, by=SYSTEM, request=visit_of(given))


def taken() -> Given:
    """Return the town after the building lead took the visit to Li."""
    given = unanswered()
    given = asked(given, "visit", "r-lead", request=visit_of(given))
    return given.and_then(accepts("r-lead", request=visit_of(given)))


def test_no_answer_becomes_a_visit_the_same_day() -> None:
    """The order and the request are one save; it is needed by the round's own deadline."""
    given = started().and_then(rings(1), rings(2))
    assert isinstance(item_of(given), NoAnswer)
    events = given.when(visits())
    assert kinds_of(events)[:2] == ["VisitOrdered", "RequestReceived"]
    given = given.and_then(visits())
    visit = request_of_town(given, visit_of(given))
    assert isinstance(item_of(given), ToBeVisited)
    assert isinstance(visit, AwaitingHelp)
    assert (visit.kind, visit.beneficiary, visit.needed_by) == ("check_in", "p-li", TONIGHT)
    assert visit.reporter == "system"


def test_a_visit_after_the_deadline_has_the_kinds_own() -> None:
    """The round's deadline is past, so the visit is not refused for it."""
    given = started().and_then(visits(at=TONIGHT))
    assert request_of_town(given, visit_of(given)).needed_by is None


def test_one_visit_at_a_time() -> None:
    """System and the caller order the same visit: one request."""
    given = unanswered()
    assert given.when(visits(by=LEAD)) == []
    assert given.refusal(visits(visit=2)).code == "item_state"
    assert started().refusal(visits(visit=2)).code == "visit_order"


def test_who_took_the_visit_reports_it() -> None:
    """The leg is done and the load is free in the same save; nobody reports a visit twice."""
    given = taken()
    report = sees(given, by=actor("r-lead"), note=note_of("AAAA"))
    seen = HouseholdSeen(
        resident=LI, by="r-lead", supplies_enough=True, condition_ok=True, note=note_of("AAAA"), seen_at=T0
    )
    assert seen in given.when(report)
    given = given.and_then(report)
    assert isinstance(item_of(given), Seen)
    assert isinstance(request_of_town(given, visit_of(given)), Delivered)
    assert not responder_of(given, "r-lead").loads
    assert given.when(report) == []


def test_somebody_else_was_there() -> None:
    """The desk records it for whoever went; the work on the visit is called off and everybody free."""
    given = taken()
    given = given.and_then(sees(given, on_behalf_of="r-captain"))
    assert isinstance(item_of(given), Seen)
    assert isinstance(request_of_town(given, visit_of(given)), Cancelled)
    assert not responder_of(given, "r-lead").loads


@pytest.mark.parametrize(
    "who", [{"by": actor("r-captain")}, {"by": actor("r-captain"), "on_behalf_of": "r-lead"}], ids=["own", "other"]
)
def test_others_do_not_report_a_visit(who: dict[str, Any]) -> None:
    """A captain without the visit says nothing of it."""
    given = taken()
    assert given.refusal(sees(given, **who)).code == "not_your_visit"


def test_a_report_names_its_visit() -> None:
    """A report of another visit, or of none, is refused."""
    given = unanswered()
    assert given.refusal(sees(given, request=RequestId("q-9"))).code == "item_state"
    assert started().refusal(of_item(RecordSeen, request="q-9", supplies_enough=True, condition_ok=True)).code == (
        "item_state"
    )


def test_a_visit_done_by_the_ordinary_way_is_seen() -> None:
    """Who completes the leg was at the door: System takes it over."""
    given = taken()
    assert given.when(settles(given)) == []
    given = given.and_then(completes("r-lead", "visit", request=visit_of(given)))
    assert HouseholdSeen(resident=LI, by=ResponderId("r-lead"), seen_at=T0) in given.when(settles(given))
    given = given.and_then(settles(given))
    assert isinstance(item_of(given), Seen)
    assert given.when(settles(given)) == []


def test_a_cancelled_visit_is_no_outcome() -> None:
    """The household is open again; only a person orders another visit."""
    given = unanswered()
    request = visit_of(given)
    given = given.and_then(said(CancelRequest, by=LEAD, request=request, reason="not_needed"))
    fell = VisitFellThrough(resident=LI, request=request, fell_through_at=T0)
    assert given.when(settles(given)) == [fell]
    given = given.and_then(settles(given))
    assert isinstance(item_of(given), NoAnswer)
    assert given.when(of_item(SettleVisit, by=SYSTEM, request=request)) == []
    again = given.and_then(visits(by=LEAD, visit=2))
    assert visit_of(again) != request


def test_a_household_that_rings_back_is_reached() -> None:
    """The visit is called off in the same save."""
    given = taken().and_then(reaches(3))
    assert isinstance(item_of(given), Reached)
    assert isinstance(request_of_town(given, visit_of(given)), Cancelled)
    assert not responder_of(given, "r-lead").loads


# ---- Welfare alarms -----------------------------------------------------------------------


def alarms(**fields: Any) -> Any:
    """Return a welfare alarm for Li."""
    return of_item(RaiseWelfareAlarm, **fields)


def test_an_alarm_at_the_door() -> None:
    """The visit becomes a threat to life, and a named person is alarmed, in the same save."""
    given = taken()
    request = visit_of(given)
    alarm = alarms(by=actor("r-lead"), note=note_of("AAAA"))
    assert given.when(alarm)[0] == WelfareAlarmRaised(resident=LI, request=request, note=note_of("AAAA"), raised_at=T0)
    given = given.and_then(alarm)
    state = request_of_town(given, request)
    assert isinstance(item_of(given), Alarmed)
    assert state.urgency is Urgency.LIFE
    assert state.alarm is not None
    assert state.alarm.to == "r-worker"
    assert given.when(alarm) == []


@pytest.mark.parametrize("past", [(), (rings(1),), (reaches(),), (rings(1), rings(2))], ids=len)
def test_an_alarm_on_the_phone(past: tuple[Command, ...]) -> None:
    """Without a visit on the way a request of its own is opened as a threat to life."""
    given = started().and_then(*past, alarms())
    event = given.log[_round_stream(given)][-1]
    assert isinstance(event, WelfareAlarmRaised)
    state = request_of_town(given, event.request)
    assert (state.urgency, state.kind, state.needed_by) == (Urgency.LIFE, "check_in", None)
    assert state.alarm is not None


def _round_stream(given: Given) -> Any:
    return next(stream for stream in given.log if stream.endswith(f"/round/{ROUND}"))


def test_no_alarm_for_who_is_off_the_round() -> None:
    """Somebody in hospital is looked after; open a request if they are not."""
    given = started().and_then(of_item(ExcuseItem, reason="in_hospital"))
    assert given.refusal(alarms()).code == "item_state"


# ---- Needs --------------------------------------------------------------------------------


def needs(request: str = "q-1", **fields: Any) -> Any:
    """Return a need found at Li's: food."""
    shape: dict[str, Any] = {"request": request, "kind": "food", "occurred_at": T0}
    return of_item(FindNeed, **(shape | fields))


def test_a_need_becomes_a_request_of_its_own() -> None:
    """By the ordinary intake, linked to the round; what was lacking is answered then."""
    given = started().and_then(reaches(supplies_enough=False))
    assert item_of(given).lacks
    given = given.and_then(needs(by=WORKER, note=note_of("AAAA")))
    assert item_of(given).needs == ("q-1",)
    assert not item_of(given).lacks
    state = request_of_town(given)
    assert (state.kind, state.beneficiary, state.reporter) == ("food", "p-li", "r-worker")
    received = given.log[next(stream for stream in given.log if stream.endswith("/q-1"))][0]
    assert received.channel is Channel.PHONE  # type: ignore[attr-defined]
    assert given.when(needs(by=WORKER, note=note_of("AAAA"))) == []


def test_a_need_found_at_the_door() -> None:
    """The channel says how it came in (R1)."""
    given = unanswered().and_then(needs())
    received = given.log[next(stream for stream in given.log if stream.endswith("/q-1"))][0]
    assert received.channel is Channel.DOOR  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((of_item(ExcuseItem, reason="away"),), needs(), "item_state"),
        ((), needs(kind="walk_the_dog"), "unknown_kind"),
        ((needs(),), needs(resident="p-wu"), "request_exists"),
        ((said(BeginErasure, resident="p-li"),), needs(), "erased"),
    ],
)
def test_needs_that_are_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """As at the ordinary intake."""
    assert started().and_then(*past).refusal(command).code == code
