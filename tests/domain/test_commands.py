"""The closed table of commands: who may give which, and for whom; deny by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.domain import (
    absence,
    booking,
    calling,
    carrying,
    case_plan,
    climbing,
    community,
    control_order,
    crew_commands,
    driving,
    duty_orders,
    duty_task,
    flags,
    fleet,
    intake,
    judging,
    keeping,
    linking,
    match_run,
    notice,
    offer,
    place_register,
    post_note,
    receiving,
    recording,
    resident,
    roster,
    round_visits,
    series_commands,
    shopping,
    standby_orders,
    steering,
    stock,
    trips,
    visit,
    wrong_side,
)
from dispatch.domain.commands import TABLE, authorise, decide
from dispatch.domain.errors import Refused
from dispatch.domain.intake import AcknowledgeAlarm, CancelRequest
from dispatch.domain.kind import APPROVING
from dispatch.domain.values import DESK, OFFICE, RESPONDING, SYSTEM, Actor, Command, Role
from tests.domain.given import Given
from tests.domain.town import (
    LEAD,
    RIVERSIDE,
    T0,
    accepts,
    actor,
    asked,
    calls,
    completes,
    declines,
    done_by,
    fails,
    releases,
    said,
    town,
)


def commands_of(base: type[Command]) -> Iterator[type[Command]]:
    """Give the command classes of the domain that nothing derives from."""
    for kind in base.__subclasses__():
        if not kind.__module__.startswith("dispatch."):
            continue
        deeper = list(commands_of(kind))
        yield from deeper or [kind]


def name_of(kind: type[Command]) -> str:
    """Return the name of a command."""
    return kind.__name__


COMMANDS = sorted(commands_of(Command), key=name_of)


def bare(kind: type[Command], by: Actor, **fields: Any) -> Command:
    """Return a command with nothing in it but who gives it: authority looks at nothing else."""
    return kind.model_construct(community=RIVERSIDE, actor=by, at=T0, on_behalf_of=None, **fields)


def refusal_of(command: Command) -> Refused | None:
    """Return why a command is not permitted, if it is not."""
    try:
        authorise(command)
    except Refused as refused:
        return refused
    return None


def may(role: Role, kind: type[Command]) -> bool:
    """Tell whether somebody of this role may give a command about themselves."""
    me = Actor(id="r-me", role=role)
    refused = refusal_of(bare(kind, me, responder="r-me", resident="r-me"))
    if refused is None:
        return True
    assert refused.code == "not_permitted"
    assert refused.fields == {"actor": "r-me", "role": str(role), "command": kind.__name__}
    return False


def test_every_command_has_its_line_in_the_table() -> None:
    """A command class without a line could not be given; a line without a class would be a leftover."""
    assert set(COMMANDS) == set(TABLE)


def test_every_handler_decides_one_command() -> None:
    """No two commands share a handler by mistake."""
    handlers = [handler for handler, _ in TABLE.values()]
    assert len(set(handlers)) == len(handlers)


@pytest.mark.parametrize("role", list(Role))
def test_an_unknown_command_is_denied_to_everybody(role: Role) -> None:
    """What is not in the table may nobody, not even the machine."""

    class PaintTheTownRed(Command):
        """A command that nobody has heard of."""

    assert not may(role, PaintTheTownRed)


_TIMERS: set[type[Command]] = {
    standby_orders.CallWave,
    standby_orders.LapseCall,
    standby_orders.WithdrawCall,
    receiving.CallForGoods,
    resident.CompleteErasure,
    roster.CompleteResponderErasure,
    intake.RepeatAlarm,
    intake.CloseErased,
    series_commands.OpenOccurrence,
    offer.LapseOffer,
    climbing.BeginLadder,
    climbing.ClimbLadder,
    climbing.EndLadder,
    notice.BeginNotice,
    notice.ClimbNotice,
    notice.ClearNotice,
    duty_task.EndDuty,
    match_run.RecordMatch,
    flags.LapseIsolation,
    case_plan.RemindOfContact,
    calling.EscalateRound,
    round_visits.SettleVisit,
    wrong_side.ListWrongSide,
    linking.EndMerged,
    linking.FollowOthers,
    judging.ExpirePass,
    driving.FreeCar,
    trips.ShareRide,
    trips.EndRide,
}

_JUDGING: set[type[Command]] = {judging.BeginReview, judging.IssuePass, judging.RefusePass}
"""What the medical group alone may."""


_ROUNDS_GO_ON = {
    calling.CloseRound,
    calling.HandOverCalls,
    calling.ExcuseItem,
    case_plan.EndPlan,
    round_visits.OrderVisit,
}


@pytest.mark.parametrize("kind", COMMANDS, ids=name_of)
def test_what_the_machine_may(kind: type[Command]) -> None:
    """The machine fires timers, matches, and takes back; it never judges, cancels or gives up."""
    also = {
        standby_orders.ReleaseDeployed,
        standby_orders.StandDown,
        intake.EscalateRequest,
        offer.WithdrawOffer,
        series_commands.EndSeries,
        offer.ReleaseLeg,
        keeping.OrphanCustody,
        stock.FreeReservation,
        steering.ResumeRequest,
        *_ROUNDS_GO_ON,
    }
    also |= {judging.RevokePass, driving.LeaveCar}
    assert may(Role.SYSTEM, kind) is (kind in _TIMERS | also)


@pytest.mark.parametrize("kind", [kind for kind in COMMANDS if kind in _TIMERS], ids=name_of)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_timers_are_the_machines_alone(kind: type[Command], role: Role) -> None:
    """No person fires a timer or forges a match."""
    assert not may(role, kind)


@pytest.mark.parametrize("kind", COMMANDS, ids=name_of)
def test_what_an_auditor_may(kind: type[Command]) -> None:
    """An auditor reads (R33)."""
    assert not may(Role.AUDITOR, kind)


@pytest.mark.parametrize("kind", COMMANDS, ids=name_of)
def test_what_a_resident_may(kind: type[Command]) -> None:
    """A resident asks, confirms, cancels, excludes, and decides about their own data."""
    own = {
        intake.ReceiveRequest,
        intake.ConfirmReceipt,
        intake.CancelRequest,
        crew_commands.CallAhead,
        series_commands.SkipOccurrence,
        series_commands.MoveOccurrence,
        resident.ExcludeResponder,
        resident.ExcludeNeighbours,
        resident.LiftExclusions,
        resident.AccessPersonalData,
        resident.BeginErasure,
        keeping.ReturnCustody,
        receiving.ReceiveGoods,
        receiving.MissGoods,
        shopping.AddItem,
        shopping.DropItem,
        calling.RecordCodeCheck,
        linking.ReopenRequest,
        recording.AddNote,
        judging.RequestPass,
        booking.BookRide,
        trips.CallForReturn,
    }
    assert may(Role.RESIDENT, kind) is (kind in own)


_HELPING = {
    standby_orders.BeginStandby,
    standby_orders.EndStandby,
    standby_orders.ComeForDuty,
    standby_orders.DeclineDuty,
    round_visits.RecordSeen,
    round_visits.RaiseWelfareAlarm,
    round_visits.FindNeed,
    intake.ReceiveRequest,
    intake.ConfirmReceipt,
    intake.AcknowledgeAlarm,
    climbing.TakeCharge,
    resident.AccessPersonalData,
    roster.PlanShift,
    roster.CancelShift,
    notice.NoteNotice,
    post_note.GivePostNote,
    post_note.AcknowledgePostNote,
    absence.DropOut,
    absence.ReturnToDuty,
    duty_orders.AcknowledgeBriefing,
    duty_orders.NameDeputy,
    duty_orders.DismissDeputy,
    roster.RecordSide,
    roster.IsolateResponder,
    roster.SetCapacity,
    roster.AccessResponderData,
    roster.BeginResponderErasure,
    crew_commands.CallAhead,
    crew_commands.ReportReady,
    duty_task.RecordRefusal,
    duty_task.RecordAgreement,
    offer.AcceptOffer,
    offer.DeclineOffer,
    offer.CompleteLeg,
    offer.FailLeg,
    offer.ReleaseLeg,
    keeping.TakeCustody,
    keeping.OfferCustody,
    keeping.AcceptCustody,
    keeping.DeclineCustody,
    keeping.SpendMoney,
    stock.IssueFromLot,
    stock.ReturnToLot,
    carrying.StartLeg,
    carrying.ArriveAtLeg,
    carrying.PickUpGoods,
    carrying.PlaceGoods,
    carrying.HandOverGoods,
    carrying.RefuseGoods,
    receiving.ReportMissing,
    receiving.ReceiveGoods,
    receiving.MissGoods,
    shopping.AddItem,
    shopping.ReportNotFound,
    shopping.ReportFound,
    recording.AddNote,
    recording.RecordProof,
    recording.NoteReimbursement,
    recording.ReportGift,
    visit.JoinVisit,
    judging.RequestPass,
    driving.TakeCar,
    driving.LeaveCar,
    trips.CallForReturn,
    trips.RedirectRide,
    trips.PatientStays,
}

_APPROVALS = {steering.ApproveRequest, steering.RefuseApproval}


@pytest.mark.parametrize("kind", COMMANDS, ids=name_of)
@pytest.mark.parametrize("role", sorted(RESPONDING - DESK))
def test_what_helpers_may(kind: type[Command], role: Role) -> None:
    """Captains, volunteers, drivers and counsellors answer, work, and speak of themselves; staff approve."""
    speaks_to_people = role is Role.COUNSELLOR and kind is case_plan.RecordContact
    approves = role in APPROVING and kind in _APPROVALS
    assert may(role, kind) is (kind in _HELPING or speaks_to_people or approves)


@pytest.mark.parametrize("kind", COMMANDS, ids=name_of)
def test_what_only_the_office_may(kind: type[Command]) -> None:
    """The registers, clearances and skills are the office's; the desk judges and steers."""
    registers = {
        community.RegisterCommunity,
        community.AdoptCatalogue,
        community.AdoptPolicy,
        community.RegisterCompound,
        community.RegisterBuilding,
        place_register.SurveyBuilding,
        place_register.NameSteward,
        place_register.EndSteward,
        control_order.SetControlLevel,
        control_order.LiftControlLevel,
        control_order.AdoptRegime,
        community.SetDutyContact,
        roster.RegisterResponder,
        roster.SetScope,
        roster.SetSkills,
        roster.SetClearance,
        stock.ReceiveLot,
        stock.CountLot,
        stock.PlanDistribution,
        stock.EndDistribution,
        stock.CloseLot,
        duty_orders.SetClearanceExpiry,
        duty_orders.SecondResponder,
        duty_orders.EndSecondment,
        duty_orders.SetBell,
        fleet.SetQuota,
        driving.RegisterVehicle,
        driving.IssueCarPermit,
        driving.RevokeCarPermit,
        driving.WithdrawVehicle,
    }
    everybody = _TIMERS | registers
    for role in OFFICE:
        assert may(role, kind) is (kind not in _TIMERS | _JUDGING)
    for role in DESK - OFFICE:
        others = set() if role is Role.MEDICAL_STAFF else _JUDGING | {judging.RevokePass}
        assert may(role, kind) is (kind not in everybody | others | {resident.BeginErasure})


# ---- For whom -----------------------------------------------------------------------------


def code_of(command: Command) -> str | None:
    """Return the code of why a command is not permitted, if it is not."""
    refused = refusal_of(command)
    return refused.code if refused else None


_CAPTAIN = actor("r-captain")
_ABOUT_RESPONDERS = sorted(
    (kind for kind in commands_of(roster.ResponderCommand) if TABLE[kind][1] >= RESPONDING),
    key=name_of,
)


@pytest.mark.parametrize("kind", _ABOUT_RESPONDERS, ids=name_of)
def test_helpers_speak_of_themselves_only(kind: type[Command]) -> None:
    """No volunteer changes another's shifts, side, isolation, capacity or data; the desk may."""
    assert code_of(bare(kind, _CAPTAIN, responder="r-captain")) is None
    assert code_of(bare(kind, _CAPTAIN, responder="r-deputy")) == "not_yourself"
    lead = "not_yourself" if kind is roster.BeginResponderErasure else None
    assert code_of(bare(kind, LEAD, responder="r-deputy")) == lead
    assert code_of(bare(kind, actor("r-worker"), responder="r-deputy")) is None


@pytest.mark.parametrize(
    "kind",
    [resident.ExcludeResponder, resident.ExcludeNeighbours, resident.LiftExclusions, resident.BeginErasure],
    ids=name_of,
)
def test_residents_speak_of_themselves_only(kind: type[Command]) -> None:
    """No resident decides for a neighbour, in their own name or in the neighbour's."""
    li = actor("p-li")
    assert code_of(bare(kind, li, resident="p-li")) is None
    assert code_of(bare(kind, li, resident="p-wu")) == "not_yourself"
    in_their_name = said(kind, by=li, resident="p-wu", on_behalf_of="p-wu", **_extra(kind))
    assert code_of(in_their_name) == "not_yourself"


def _extra(kind: type[Command]) -> dict[str, Any]:
    return {"responder": "r-captain"} if kind is resident.ExcludeResponder else {}


_ANSWERS = [accepts, declines]
_REPORTS = [completes, fails, releases]


def own_work(**fields: Any) -> list[Command]:
    """Return all that is said of the captain's own work."""
    return [
        *(answer("r-captain", 1, **fields) for answer in _ANSWERS),
        *(report("r-captain", "inside", **fields) for report in _REPORTS),
    ]


@pytest.mark.parametrize(
    ("by", "behalf", "code"),
    [
        ("r-captain", None, None),
        ("r-captain", "r-captain", None),
        ("r-captain", "r-deputy", "not_your_offer"),
        ("r-deputy", None, "not_your_offer"),
        ("r-deputy", "r-captain", "not_your_offer"),
        ("r-driver", "r-captain", "not_your_offer"),
        ("r-lead", None, "not_your_offer"),
        ("r-lead", "r-deputy", "not_your_offer"),
        ("r-lead", "r-captain", None),
        ("r-worker", "r-captain", None),
        ("r-cadre", "r-captain", None),
    ],
)
def test_who_answers_for_whom(by: str, behalf: str | None, code: str | None) -> None:
    """A lead or staff may answer for a captain without a smartphone, and say so (代办, A2)."""
    for command in own_work(by=actor(by), on_behalf_of=behalf):
        assert code_of(command) == code


def test_answered_on_behalf_counts_as_answered() -> None:
    """The captain goes; the command carries both names, and the envelope keeps both."""
    given = asked(done_by(town().and_then(calls()), "outside", "r-shopper"), "inside", "r-captain")
    own = accepts("r-captain", 2)
    for_them = accepts("r-captain", 2, by=LEAD, on_behalf_of="r-captain")
    assert given.when(for_them) == given.when(own)
    assert (for_them.actor.id, for_them.on_behalf_of) == ("r-lead", "r-captain")
    assert given.and_then(for_them).when(own) == []


def test_authority_comes_first() -> None:
    """Who may not ask does not learn whether the thing exists."""
    nobody = Actor(id="a-1", role=Role.AUDITOR)
    command = said(CancelRequest, by=nobody, request="q-404", reason="mistake")
    assert Given().refusal(command).code == "not_permitted"


def test_a_refusal_says_who_and_what_and_what_now() -> None:
    """The message names actor, role and command, and where to turn."""
    with pytest.raises(Refused, match="r-me") as caught:
        decide(bare(AcknowledgeAlarm, Actor(id="r-me", role=Role.AUDITOR)), Given().read)
    assert "AcknowledgeAlarm" in caught.value.message
    assert "Ask somebody whose role may" in caught.value.message


def test_the_machine_acts_as_itself() -> None:
    """Timers act as System, never as whoever's call ran them."""
    assert SYSTEM.role is Role.SYSTEM
    assert SYSTEM.id == "system"
