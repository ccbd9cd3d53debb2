"""Receive, triage, alarm, escalate, confirm, close, cancel, give up; and erasure of who asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.community import AdoptCatalogue, SetDutyContact
from dispatch.domain.errors import Refused
from dispatch.domain.help_request import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmRepeated,
    Closed,
    ReceiptConfirmed,
    RequestCancelled,
    RequestClosed,
    RequestEscalated,
    RequestReceived,
    RequestTriaged,
    RequestUnfilled,
    UrgencyChanged,
)
from dispatch.domain.intake import (
    AcknowledgeAlarm,
    CancelRequest,
    ChangeUrgency,
    CloseErased,
    CloseRequest,
    ConfirmReceipt,
    EscalateRequest,
    GiveUpRequest,
    RepeatAlarm,
    TriageRequest,
    alarm_repeats_at,
    has_failed_leg,
)
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.resident import BeginErasure, BeginIsolation
from dispatch.domain.values import SYSTEM, Actor, Channel, Command, Fact, ResidentId, Role, Sealed, Urgency
from tests.domain.given import Given, kinds_of
from tests.domain.test_community import state_of as community_of
from tests.domain.town import (
    GARDEN,
    LEAD,
    RESPONDERS,
    T0,
    TOWER,
    accepts,
    actor,
    after,
    asked,
    calls,
    completes,
    done_by,
    fails,
    place,
    request_of_town,
    responder_of,
    said,
    town,
)

LI = actor("p-li")
LIFE, HEALTH, NONE = Urgency.LIFE, Urgency.HEALTH, Urgency.NONE


def about(command: type[Command], by: Actor = LEAD, **fields: Any) -> Command:
    """Return a command about the request."""
    told: Command = said(command, by=by, request="q-1", **fields)
    return told


# ---- Receive and triage -------------------------------------------------------------------

_NOTE = Sealed(subject="p-li", field="note", command="c-1", nonce="AAAA", ciphertext="AAAA")


def test_a_call_is_written_down() -> None:
    """Who, for whom, how, what, where and when; the note arrives sealed; the place is the resident's door (R1)."""
    call = calls(reporter="r-captain", channel=Channel.DOOR, note=_NOTE, needed_by=after(600), triage=False)
    assert town().when(call) == [
        RequestReceived(
            beneficiary=ResidentId("p-li"),
            reporter="r-captain",
            channel=Channel.DOOR,
            kind="medicine",
            place=place(compound=GARDEN, building=TOWER, floor="12", household="h-li"),
            note=_NOTE,
            received_at=T0,
            needed_by=after(600),
        )
    ]


@pytest.mark.parametrize(
    ("fields", "urgency", "due"),
    [
        ({}, HEALTH, after(240)),
        ({"urgency": NONE}, NONE, after(1_440)),
        ({"urgency": Urgency.HARDSHIP}, Urgency.HARDSHIP, after(480)),
        ({"kind": "garbage"}, NONE, after(1_440)),
        ({"needed_by": after(30)}, HEALTH, after(30)),
        ({"needed_by": after(3_000)}, HEALTH, after(240)),
        ({"occurred_at": after(-60)}, HEALTH, after(180)),
        ({"occurred_at": after(4)}, HEALTH, after(240)),
    ],
    ids=str,
)
def test_urgency_and_deadline(fields: dict[str, Any], urgency: Urgency, due: object) -> None:
    """The caller's urgency or the kind's; the kind's deadline from the call, or the household's if it is earlier."""
    triaged = town().when(calls(**fields))[1]
    assert isinstance(triaged, RequestTriaged)
    assert (triaged.urgency, triaged.due_at) == (urgency, due)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "umbrella"}, "unknown_kind"),
        ({"beneficiary": "p-nobody"}, "unknown_resident"),
        ({"occurred_at": after(6)}, "from_the_future"),
        ({"occurred_at": T0 - timedelta(days=32)}, "too_long_ago"),
        ({"needed_by": T0}, "deadline_past"),
        ({"needed_by": after(-1)}, "deadline_past"),
        ({"by": LI, "reporter": "p-wu"}, "not_yourself"),
    ],
    ids=str,
)
def test_calls_that_are_refused(fields: dict[str, Any], code: str) -> None:
    """Each refusal has its own code."""
    assert town().refusal(calls(**fields)).code == code


def test_an_id_is_used_once() -> None:
    """The same call under the same id is refused; the journal answers a repeated command id."""
    assert town().and_then(calls()).refusal(calls()).code == "request_exists"


def test_a_refused_kind_names_the_kinds_there_are() -> None:
    """The message helps to choose."""
    refused = town().refusal(calls(kind="umbrella"))
    assert "medicine, food, garbage, stair_carry, medical_ride" in refused.message


def test_garbage_of_isolated_persons() -> None:
    """It needs trained, equipped staff and never volunteers (A2)."""
    given = town().and_then(calls(kind="garbage"), said(BeginIsolation, by=LEAD, resident="p-li"))
    for leg in request_of_town(given).legs:
        assert set(leg.plan.roles_for(isolated=True)) == {Role.COMMUNITY_WORKER, Role.CADRE}
        assert leg.plan.skills_for(isolated=True) == ("protective_gear",)


@pytest.mark.parametrize("urgency", list(Urgency))
def test_a_person_judges(urgency: Urgency) -> None:
    """Judged later, the request has its urgency, its deadline from the call, and its work."""
    given = town().and_then(calls(triage=False))
    events = given.when(about(TriageRequest, urgency=urgency, at=after(20)))
    alarm = ["AlarmRaised"] if urgency is LIFE else []
    assert kinds_of(events) == ["RequestTriaged", *alarm, "WorkPlanned"]
    due = T0 + timedelta(seconds=EVERYDAY_CATALOGUE.kinds[0].due_within(urgency))
    assert events[0] == RequestTriaged(urgency=urgency, due_at=due, triaged_at=after(20))


def test_judged_twice() -> None:
    """The same judgement is nothing new; another one is a change of urgency and its own command."""
    given = town().and_then(calls(triage=False), about(TriageRequest, urgency=HEALTH))
    assert given.when(about(TriageRequest, urgency=HEALTH)) == []
    assert given.refusal(about(TriageRequest, urgency=NONE)).code == "request_state"


# ---- Threats to life ----------------------------------------------------------------------

ALARM = AlarmRaised(to="r-worker", call="120", raised_at=T0)


@pytest.mark.parametrize("triage", [True, False])
def test_a_threat_to_life_never_waits(triage: bool) -> None:  # noqa: FBT001 - the table's own words
    """The named person is alarmed in the save that receives the call, judged or not (A2)."""
    events = town().when(calls(urgency=LIFE, triage=triage))
    assert kinds_of(events) == ["RequestReceived", "RequestTriaged", "AlarmRaised", "WorkPlanned"]
    assert events[2] == ALARM


def test_raised_to_a_threat_to_life() -> None:
    """The alarm goes out in the same save as the new judgement."""
    given = town().and_then(calls())
    worse = about(ChangeUrgency, urgency=LIFE, reason="worse", at=after(30))
    assert given.when(worse) == [
        UrgencyChanged(urgency=LIFE, due_at=after(60), reason="worse", changed_at=after(30)),
        AlarmRaised(to="r-worker", call="120", raised_at=after(30)),
    ]
    assert given.and_then(worse).when(worse) == []


def test_lowered_and_raised_again() -> None:
    """An alarm that nobody took goes on; one that somebody took is raised anew."""
    lower, worse = (
        about(ChangeUrgency, urgency=NONE, reason="better"),
        about(ChangeUrgency, urgency=LIFE, reason="worse"),
    )
    given = town().and_then(calls(urgency=LIFE), lower)
    assert kinds_of(given.when(worse)) == ["UrgencyChanged"]
    given = given.and_then(about(AcknowledgeAlarm))
    assert kinds_of(given.when(worse)) == ["UrgencyChanged", "AlarmRaised"]


def test_urgency_may_change_when_the_kind_is_gone() -> None:
    """A later catalogue without the kind does not keep anybody from raising the alarm; the deadline stands."""
    fewer = EVERYDAY_CATALOGUE.model_copy(update={"version": 3, "kinds": EVERYDAY_CATALOGUE.kinds[1:]})
    given = town().and_then(calls(), said(AdoptCatalogue, catalogue=fewer))
    events = given.when(about(ChangeUrgency, urgency=LIFE, reason="worse"))
    assert kinds_of(events) == ["UrgencyChanged", "AlarmRaised"]
    assert events[0] == UrgencyChanged(urgency=LIFE, due_at=after(240), reason="worse", changed_at=T0)


def repeats(minutes: float) -> Command:
    """Return the machine's repetition of the alarm."""
    return about(RepeatAlarm, by=SYSTEM, at=after(minutes), due=after(minutes))


def test_an_alarm_repeats_until_somebody_takes_it() -> None:
    """Every two minutes, to whoever is on duty then, and no sooner; once taken, never again."""
    given = town().and_then(calls(urgency=LIFE))
    assert given.when(repeats(1.9)) == []
    assert given.when(repeats(2)) == [AlarmRepeated(to="r-worker", repeated_at=after(2))]
    given = given.and_then(repeats(2), said(SetDutyContact, duty="r-lead"))
    assert given.when(repeats(3.9)) == []
    assert given.when(repeats(4)) == [AlarmRepeated(to="r-lead", repeated_at=after(4))]
    assert alarm_repeats_at(request_of_town(given), community_of(given)) == after(4)
    taken = about(AcknowledgeAlarm, by=actor("r-captain"), at=after(5))
    assert given.when(taken) == [AlarmAcknowledged(by="r-captain", acknowledged_at=after(5))]
    given = given.and_then(taken)
    assert given.when(taken) == []
    late = given.refusal(about(AcknowledgeAlarm, by=LEAD, at=after(6)))
    assert (late.code, late.fields["in_charge"]) == ("alarm_taken", "r-captain")
    assert given.when(repeats(60)) == []
    assert alarm_repeats_at(request_of_town(given), community_of(given)) is None


def test_an_alarm_of_what_is_over() -> None:
    """Cancelled, the alarm neither repeats nor can be taken; the journal stays whole."""
    given = town().and_then(calls(urgency=LIFE), about(CancelRequest, reason="mistake"))
    assert given.when(repeats(60)) == []
    assert given.refusal(about(AcknowledgeAlarm)).code == "request_state"


def test_no_alarm_to_take() -> None:
    """Without a threat to life there is nothing to take or to repeat."""
    given = town().and_then(calls())
    assert given.refusal(about(AcknowledgeAlarm)).code == "no_alarm"
    assert given.when(repeats(60)) == []


# ---- Escalation ---------------------------------------------------------------------------


def test_a_person_is_called_once_for_each_reason() -> None:
    """Repeated sweeps do not ring for ever; another reason rings again."""
    overdue = about(EscalateRequest, by=SYSTEM, reason="overdue")
    given = town().and_then(calls())
    assert given.when(overdue) == [RequestEscalated(to="r-worker", reason="overdue", escalated_at=T0)]
    given = given.and_then(overdue)
    assert given.when(overdue) == []
    assert len(given.when(about(EscalateRequest, by=SYSTEM, reason="offers_exhausted"))) == 1


def test_nobody_is_called_for_what_is_over() -> None:
    """After the end no escalation is recorded."""
    given = town().and_then(calls(), about(CancelRequest, reason="mistake"))
    assert given.when(about(EscalateRequest, reason="overdue")) == []


def test_a_failed_leg_waits_for_a_person() -> None:
    """Others can tell that a leg has failed."""
    given = asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"))
    assert not has_failed_leg(request_of_town(given))
    assert has_failed_leg(request_of_town(given.and_then(fails("r-shopper", "outside"))))


# ---- Ends ---------------------------------------------------------------------------------


def delivered(**fields: Any) -> Given:
    """Return a journal in which Li's medicine is at the door."""
    given = done_by(town().and_then(calls(**fields)), "outside", "r-shopper")
    return done_by(given, "inside", "r-captain")


_CONFIRMS = about(ConfirmReceipt, by=LI)
_CLOSES = about(CloseRequest, reason="confirmed")


def test_delivered_confirmed_closed() -> None:
    """Three facts, not one; each said once."""
    given = delivered()
    assert given.when(_CONFIRMS) == [ReceiptConfirmed(confirmed_by="p-li", confirmed_at=T0)]
    given = given.and_then(_CONFIRMS)
    assert given.when(_CONFIRMS) == []
    assert given.when(_CLOSES) == [RequestClosed(reason="confirmed", closed_at=T0)]
    given = given.and_then(_CLOSES)
    assert given.when(_CLOSES) == []
    assert given.refusal(_CONFIRMS).code == "request_state"


@pytest.mark.parametrize(
    ("by", "behalf", "name"),
    [(LI, None, "p-li"), (LEAD, "p-li", "p-li"), (actor("r-captain"), "p-li", "p-li"), (actor("p-wu"), None, "p-wu")],
    ids=str,
)
def test_who_may_confirm(by: Actor, behalf: str | None, name: str) -> None:
    """The resident, who asked for them, or somebody who says on whose behalf; both names are stored."""
    confirms = about(ConfirmReceipt, by=by, on_behalf_of=behalf)
    assert delivered(reporter="p-wu").when(confirms) == [ReceiptConfirmed(confirmed_by=name, confirmed_at=T0)]


@pytest.mark.parametrize(
    ("by", "behalf", "code"),
    [
        (actor("r-captain"), None, "not_yours_to_confirm"),
        (LEAD, None, "not_yours_to_confirm"),
        (LEAD, "p-wu", "not_yours_to_confirm"),
        (actor("p-wu"), None, "not_yours_to_confirm"),
        (actor("p-wu"), "p-li", "not_yourself"),
    ],
    ids=str,
)
def test_who_may_not_confirm(by: Actor, behalf: str | None, code: str) -> None:
    """«Closed» must mean something: who delivered does not confirm in their own name (D10)."""
    assert delivered().refusal(about(ConfirmReceipt, by=by, on_behalf_of=behalf)).code == code


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (_CLOSES, "not_confirmed"),
        (about(CancelRequest, reason="mistake"), "request_state"),
        (about(GiveUpRequest, reason="nobody_can"), "request_state"),
        (about(ChangeUrgency, urgency=NONE, reason="better"), "request_state"),
        (about(CloseErased, by=SYSTEM), "erasure_not_begun"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_said_of_delivered_help(command: Command, code: str) -> None:
    """It cannot be cancelled any more, and not be closed as confirmed by nobody."""
    assert delivered().refusal(command).code == code


def test_closed_without_confirmation_with_the_true_reason() -> None:
    """Delivered and nobody to confirm: closed with a recorded reason."""
    closes = about(CloseRequest, reason="left_at_the_door")
    assert delivered().when(closes) == [RequestClosed(reason="left_at_the_door", closed_at=T0)]


@pytest.mark.parametrize("command", [_CONFIRMS, _CLOSES], ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("triage", [True, False])
def test_what_is_not_delivered_is_neither_confirmed_nor_closed(command: Command, *, triage: bool) -> None:
    """Not before all legs are done."""
    assert town().and_then(calls(triage=triage)).refusal(command).code == "request_state"


_CANCELS = about(CancelRequest, by=LI, reason="done_by_others")
_GIVES_UP = about(GiveUpRequest, reason="nobody_can")


@pytest.mark.parametrize("triage", [True, False])
@pytest.mark.parametrize(
    ("command", "event"),
    [
        (_CANCELS, RequestCancelled(by="p-li", reason="done_by_others", cancelled_at=T0)),
        (_GIVES_UP, RequestUnfilled(reason="nobody_can", decided_at=T0)),
    ],
    ids=["cancelled", "given up"],
)
def test_ended_before_it_was_served(command: Command, event: Fact, *, triage: bool) -> None:
    """Judged or not, a request may end unserved; said twice, nothing new; and it stays ended (S1)."""
    given = town().and_then(calls(triage=triage))
    assert given.when(command) == [event]
    given = given.and_then(command)
    assert given.when(command) == []
    for other in (_CANCELS, _GIVES_UP, _CONFIRMS, _CLOSES, about(TriageRequest, urgency=NONE)):
        if type(other) is not type(command):
            assert given.refusal(other).code == "request_state"


def crew_on_its_way() -> Given:
    """Return a carry whose crew is half there: one yes, two open questions."""
    given = town().and_then(calls(kind="stair_carry"))
    return asked(given, "carry", "r-carry1", "r-carry2", "r-carry3").and_then(accepts("r-carry1"))


def shopping_taken() -> Given:
    """Return a request whose first leg is taken."""
    return asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"))


def shopping_failed() -> Given:
    """Return a request whose first leg has failed: its people are free already."""
    return shopping_taken().and_then(fails("r-shopper", "outside"))


def second_leg_offered() -> Given:
    """Return a request whose first leg is done and whose second is offered."""
    return asked(shopping_taken().and_then(completes("r-shopper", "outside")), "inside", "r-captain")


@pytest.mark.parametrize(
    ("given", "freed"),
    [
        (crew_on_its_way(), ["LoadReleased", "HoldReleased", "HoldReleased"]),
        (shopping_taken(), ["LoadReleased"]),
        (shopping_failed(), []),
        (second_leg_offered(), ["HoldReleased"]),
    ],
    ids=["crew", "taken", "failed", "second leg"],
)
@pytest.mark.parametrize("end", ["cancelled", "given up", "erased"])
def test_an_end_frees_everybody(given: Given, freed: list[str], end: str) -> None:
    """Whoever holds or has taken a leg is free in the same save, and none of it counts as burden."""
    if end == "erased":
        given = given.and_then(said(BeginErasure, by=LI, resident="p-li"))
    command = {"cancelled": _CANCELS, "given up": _GIVES_UP, "erased": about(CloseErased, by=SYSTEM)}[end]
    assert kinds_of(given.when(command))[1:] == freed
    before = {who: responder_of(given, who).burden for who in RESPONDERS}
    given = given.and_then(command)
    assert all(responder_of(given, who).open_count == 0 for who in RESPONDERS)
    assert {who: responder_of(given, who).burden for who in RESPONDERS} == before


@pytest.mark.parametrize(
    "given", [town().and_then(calls(triage=False)), delivered(), delivered().and_then(_CONFIRMS)], ids=["0", "1", "2"]
)
def test_requests_of_an_erased_person_close_in_any_state(given: Given) -> None:
    """What is still open is closed with that reason; closed once, it stays closed."""
    closes = about(CloseErased, by=SYSTEM)
    given = given.and_then(said(BeginErasure, by=LI, resident="p-li"))
    assert given.when(closes) == [RequestClosed(reason="erased", closed_at=T0)]
    given = given.and_then(closes)
    assert isinstance(request_of_town(given), Closed)
    assert given.when(closes) == []


def test_nothing_is_judged_for_an_erased_person() -> None:
    """A request that waits for judgement while the person is erased can only be closed."""
    given = town().and_then(calls(triage=False), said(BeginErasure, by=LI, resident="p-li"))
    assert given.refusal(about(TriageRequest, urgency=NONE)).code == "erased"


@pytest.mark.parametrize(("who", "code"), [("p-wu", "not_yours_to_cancel"), ("p-li", None), ("p-captain", None)])
def test_who_may_cancel(who: str, code: str | None) -> None:
    """The resident and who asked for them; another resident may not."""
    given = town().and_then(calls(reporter="p-captain"))
    cancels = about(CancelRequest, by=actor(who), reason="mistake")
    if code is None:
        assert kinds_of(given.when(cancels)) == ["RequestCancelled"]
    else:
        assert given.refusal(cancels).code == code


def test_a_refusal_names_request_and_state() -> None:
    """Typed fields stand beside the message, and neither tells of the household."""
    refused = town().and_then(calls(), _CANCELS).refusal(_GIVES_UP)
    assert isinstance(refused, Refused)
    assert refused.fields == {"request": "q-1", "state": "Cancelled"}
    assert "p-li" not in refused.message
