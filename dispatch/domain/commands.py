"""The closed table of commands: who decides each, and who may give it (deny by default)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import (
    absence,
    authority,
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
    ladder,
    linking,
    match_run,
    notice,
    offer,
    place_register,
    post,
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
from .authority import check_standing
from .decider import Decision, Read
from .errors import Refused
from .kind import APPROVING
from .values import DESK, OFFICE, RESPONDING, Command, Role

Handler = Callable[[Any, Read], Decision]

MACHINE = frozenset({Role.SYSTEM})
MEDICAL = frozenset({Role.MEDICAL_STAFF})
ANYBODY = RESPONDING | {Role.RESIDENT}

TABLE: Mapping[type[Command], tuple[Handler, frozenset[Role]]] = {
    community.RegisterCommunity: (community.register_community, OFFICE),
    community.AdoptCatalogue: (community.adopt_catalogue, OFFICE),
    community.AdoptPolicy: (community.adopt_policy, OFFICE),
    community.RegisterCompound: (community.register_compound, OFFICE),
    community.RegisterBuilding: (community.register_building, OFFICE),
    place_register.SurveyBuilding: (place_register.survey_building, OFFICE),
    place_register.NameSteward: (place_register.name_steward, OFFICE),
    place_register.EndSteward: (place_register.end_steward, OFFICE),
    control_order.SetControlLevel: (control_order.set_control_level, OFFICE),
    control_order.LiftControlLevel: (control_order.lift_control_level, OFFICE),
    control_order.AdoptRegime: (control_order.adopt_regime, OFFICE),
    wrong_side.ListWrongSide: (wrong_side.list_wrong_side, MACHINE),
    duty_task.OrderDuty: (duty_task.order_duty, DESK),
    duty_task.RecordRefusal: (duty_task.record_refusal, RESPONDING),
    duty_task.RecordAgreement: (duty_task.record_agreement, RESPONDING),
    duty_task.EndDuty: (duty_task.end_duty, MACHINE),
    wrong_side.AcknowledgeWrongSide: (wrong_side.acknowledge_wrong_side, DESK),
    community.SetDutyContact: (community.set_duty_contact, OFFICE),
    authority.GrantRole: (authority.grant_role, DESK),
    authority.RevokeRole: (authority.revoke_role, DESK),
    ladder.SetLadderContact: (ladder.set_ladder_contact, DESK),
    ladder.RemoveLadderContact: (ladder.remove_ladder_contact, DESK),
    climbing.BeginLadder: (climbing.begin_ladder, MACHINE),
    climbing.ClimbLadder: (climbing.climb_ladder, MACHINE),
    climbing.TakeCharge: (climbing.take_charge, RESPONDING),
    climbing.EndLadder: (climbing.end_ladder, MACHINE),
    notice.BeginNotice: (notice.begin_notice, MACHINE),
    notice.ClimbNotice: (notice.climb_notice, MACHINE),
    notice.NoteNotice: (notice.note_notice, RESPONDING),
    notice.ClearNotice: (notice.clear_notice, MACHINE),
    resident.RegisterResident: (resident.register_resident, DESK),
    resident.BeginIsolation: (resident.begin_isolation, DESK),
    resident.EndIsolation: (resident.end_isolation, DESK),
    resident.ExcludeResponder: (resident.exclude_responder, DESK | {Role.RESIDENT}),
    resident.ExcludeNeighbours: (resident.exclude_neighbours, DESK | {Role.RESIDENT}),
    resident.LiftExclusions: (resident.lift_exclusions, DESK | {Role.RESIDENT}),
    resident.AccessPersonalData: (resident.access_personal_data, RESPONDING | {Role.RESIDENT}),
    resident.BeginErasure: (resident.begin_erasure, OFFICE | {Role.RESIDENT}),
    resident.CompleteErasure: (resident.complete_erasure, MACHINE),
    flags.SetFlags: (flags.set_flags, DESK),
    flags.LapseIsolation: (flags.lapse_isolation, MACHINE),
    case_plan.OpenPlan: (case_plan.open_plan, DESK),
    case_plan.RecordContact: (case_plan.record_contact, DESK | {Role.COUNSELLOR}),
    case_plan.RemindOfContact: (case_plan.remind_of_contact, MACHINE),
    case_plan.EndPlan: (case_plan.end_plan, DESK | MACHINE),
    calling.StartRound: (calling.start_round, DESK),
    calling.RecordAttempt: (calling.record_attempt, DESK),
    calling.ExcuseItem: (calling.excuse_item, DESK | MACHINE),
    calling.HandOverCalls: (calling.hand_over_calls, DESK | MACHINE),
    calling.RecordCodeCheck: (calling.record_code_check, DESK | {Role.RESIDENT}),
    calling.EscalateRound: (calling.escalate_round, MACHINE),
    calling.CloseRound: (calling.close_round, DESK | MACHINE),
    round_visits.RecordReached: (round_visits.record_reached, DESK),
    round_visits.OrderVisit: (round_visits.order_visit, DESK | MACHINE),
    round_visits.RecordSeen: (round_visits.record_seen, RESPONDING),
    round_visits.SettleVisit: (round_visits.settle_visit, MACHINE),
    round_visits.RaiseWelfareAlarm: (round_visits.raise_welfare_alarm, RESPONDING),
    round_visits.FindNeed: (round_visits.find_need, RESPONDING),
    roster.RegisterResponder: (roster.register_responder, OFFICE),
    roster.PlanShift: (roster.plan_shift, RESPONDING),
    roster.CancelShift: (roster.cancel_shift, RESPONDING),
    roster.RecordSide: (roster.record_side, RESPONDING),
    roster.IsolateResponder: (roster.isolate_responder, RESPONDING),
    roster.EndResponderIsolation: (roster.end_responder_isolation, DESK),
    absence.DropOut: (absence.drop_out, RESPONDING),
    absence.ReturnToDuty: (absence.return_to_duty, RESPONDING),
    absence.CallAway: (absence.call_away, DESK),
    duty_orders.SetDutyLimits: (duty_orders.set_duty_limits, DESK),
    duty_orders.GrantQualification: (duty_orders.grant_qualification, DESK),
    duty_orders.RevokeQualification: (duty_orders.revoke_qualification, DESK),
    duty_orders.SetClearanceExpiry: (duty_orders.set_clearance_expiry, OFFICE),
    duty_orders.AcknowledgeBriefing: (duty_orders.acknowledge_briefing, RESPONDING),
    duty_orders.SecondResponder: (duty_orders.second_responder, OFFICE),
    duty_orders.EndSecondment: (duty_orders.end_secondment, OFFICE),
    duty_orders.NameDeputy: (duty_orders.name_deputy, RESPONDING),
    duty_orders.DismissDeputy: (duty_orders.dismiss_deputy, RESPONDING),
    duty_orders.SetBell: (duty_orders.set_bell, OFFICE),
    post.AssignPost: (post.assign_post, DESK),
    post.RelievePost: (post.relieve_post, DESK),
    post.CheckPresence: (post.check_presence, DESK),
    post_note.GivePostNote: (post_note.give_post_note, RESPONDING),
    post_note.AcknowledgePostNote: (post_note.acknowledge_post_note, RESPONDING),
    roster.SetScope: (roster.set_scope, OFFICE),
    roster.SetSkills: (roster.set_skills, OFFICE),
    roster.SetCapacity: (roster.set_capacity, RESPONDING),
    roster.SetClearance: (roster.set_clearance, OFFICE),
    roster.AccessResponderData: (roster.access_responder_data, RESPONDING),
    roster.BeginResponderErasure: (roster.begin_responder_erasure, RESPONDING),
    roster.CompleteResponderErasure: (roster.complete_responder_erasure, MACHINE),
    intake.ReceiveRequest: (intake.receive_request, ANYBODY),
    intake.TriageRequest: (intake.triage_request, DESK),
    intake.ChangeUrgency: (intake.change_urgency, DESK),
    intake.AcknowledgeAlarm: (intake.acknowledge_alarm, RESPONDING),
    intake.RepeatAlarm: (intake.repeat_alarm, MACHINE),
    intake.EscalateRequest: (intake.escalate_request, DESK | MACHINE),
    intake.ConfirmReceipt: (intake.confirm_receipt, ANYBODY),
    intake.CloseRequest: (intake.close_request, DESK),
    intake.CancelRequest: (intake.cancel_request, DESK | {Role.RESIDENT}),
    intake.GiveUpRequest: (intake.give_up_request, DESK),
    intake.CloseErased: (intake.close_erased, MACHINE),
    steering.ApproveRequest: (steering.approve_request, APPROVING),
    steering.RefuseApproval: (steering.refuse_approval, APPROVING),
    steering.HoldRequest: (steering.hold_request, DESK),
    steering.ResumeRequest: (steering.resume_request, DESK | MACHINE),
    linking.LinkDuplicate: (linking.link_duplicate, DESK),
    linking.EndMerged: (linking.end_merged, MACHINE),
    linking.AwaitOthers: (linking.await_others, DESK),
    linking.DropDependency: (linking.drop_dependency, DESK),
    linking.FollowOthers: (linking.follow_others, MACHINE),
    linking.ReopenRequest: (linking.reopen_request, DESK | {Role.RESIDENT}),
    recording.AddNote: (recording.add_note, ANYBODY),
    recording.IssueToken: (recording.issue_token, DESK),
    recording.RecordProof: (recording.record_proof, RESPONDING),
    recording.NoteReimbursement: (recording.note_reimbursement, RESPONDING),
    recording.ReportGift: (recording.report_gift, RESPONDING),
    recording.RecordOutcome: (recording.record_outcome, DESK),
    recording.VoidLine: (recording.void_line, DESK),
    visit.JoinVisit: (visit.join_visit, RESPONDING),
    offer.AcceptOffer: (offer.accept_offer, RESPONDING),
    offer.DeclineOffer: (offer.decline_offer, RESPONDING),
    offer.LapseOffer: (offer.lapse_offer, MACHINE),
    offer.WithdrawOffer: (offer.withdraw_offer, DESK | MACHINE),
    offer.CompleteLeg: (offer.complete_leg, RESPONDING),
    offer.FailLeg: (offer.fail_leg, RESPONDING),
    offer.ReleaseLeg: (offer.release_leg, RESPONDING | MACHINE),
    offer.RequeueLeg: (offer.requeue_leg, DESK),
    series_commands.StartSeries: (series_commands.start_series, DESK),
    series_commands.SkipOccurrence: (series_commands.skip_occurrence, DESK | {Role.RESIDENT}),
    series_commands.MoveOccurrence: (series_commands.move_occurrence, DESK | {Role.RESIDENT}),
    series_commands.SuspendSeries: (series_commands.suspend_series, DESK),
    series_commands.ResumeSeries: (series_commands.resume_series, DESK),
    series_commands.EndSeries: (series_commands.end_series, DESK | MACHINE),
    series_commands.OpenOccurrence: (series_commands.open_occurrence, MACHINE),
    crew_commands.CallAhead: (crew_commands.call_ahead, ANYBODY),
    crew_commands.ReportReady: (crew_commands.report_ready, RESPONDING),
    match_run.RecordMatch: (match_run.record_match, MACHINE),
    carrying.StartLeg: (carrying.start_leg, RESPONDING),
    carrying.ArriveAtLeg: (carrying.arrive_at_leg, RESPONDING),
    carrying.PickUpGoods: (carrying.pick_up_goods, RESPONDING),
    carrying.PlaceGoods: (carrying.place_goods, RESPONDING),
    carrying.HandOverGoods: (carrying.hand_over_goods, RESPONDING),
    carrying.RefuseGoods: (carrying.refuse_goods, RESPONDING),
    receiving.ReportMissing: (receiving.report_missing, RESPONDING),
    receiving.ReceiveGoods: (receiving.receive_goods, ANYBODY),
    receiving.MissGoods: (receiving.miss_goods, ANYBODY),
    receiving.FindGoods: (receiving.find_goods, DESK),
    receiving.CallForGoods: (receiving.call_for_goods, MACHINE),
    shopping.AddItem: (shopping.add_item, ANYBODY),
    shopping.ConfirmItem: (shopping.confirm_item, DESK),
    shopping.DropItem: (shopping.drop_item, DESK | {Role.RESIDENT}),
    shopping.ReportNotFound: (shopping.report_not_found, RESPONDING),
    shopping.ReportFound: (shopping.report_found, RESPONDING),
    keeping.TakeCustody: (keeping.take_custody, RESPONDING),
    keeping.OfferCustody: (keeping.offer_custody, RESPONDING),
    keeping.AcceptCustody: (keeping.accept_custody, RESPONDING),
    keeping.DeclineCustody: (keeping.decline_custody, RESPONDING),
    keeping.TransferCustody: (keeping.transfer_custody, DESK),
    keeping.OrphanCustody: (keeping.orphan_custody, DESK | MACHINE),
    keeping.SpendMoney: (keeping.spend_money, RESPONDING),
    keeping.ReturnCustody: (keeping.return_custody, DESK | {Role.RESIDENT}),
    stock.ReceiveLot: (stock.receive_lot, OFFICE),
    stock.ReserveFromLot: (stock.reserve_from_lot, DESK),
    stock.FreeReservation: (stock.free_reservation, DESK | MACHINE),
    stock.IssueFromLot: (stock.issue_from_lot, RESPONDING),
    stock.ReturnToLot: (stock.return_to_lot, RESPONDING),
    stock.CountLot: (stock.count_lot, OFFICE),
    stock.PlanDistribution: (stock.plan_distribution, OFFICE),
    stock.EndDistribution: (stock.end_distribution, OFFICE),
    stock.CloseLot: (stock.close_lot, OFFICE),
    judging.RequestPass: (judging.request_pass, ANYBODY),
    judging.BeginReview: (judging.begin_review, MEDICAL),
    judging.IssuePass: (judging.issue_pass, MEDICAL),
    judging.RefusePass: (judging.refuse_pass, MEDICAL),
    judging.RevokePass: (judging.revoke_pass, OFFICE | MEDICAL | MACHINE),
    judging.ExpirePass: (judging.expire_pass, MACHINE),
    fleet.SetQuota: (fleet.set_quota, OFFICE),
    driving.RegisterVehicle: (driving.register_vehicle, OFFICE),
    driving.IssueCarPermit: (driving.issue_car_permit, OFFICE),
    driving.RevokeCarPermit: (driving.revoke_car_permit, OFFICE),
    driving.WithdrawVehicle: (driving.withdraw_vehicle, OFFICE),
    driving.ShowPlate: (driving.show_plate, DESK),
    driving.TakeCar: (driving.take_car, RESPONDING),
    driving.LeaveCar: (driving.leave_car, RESPONDING | MACHINE),
    driving.FreeCar: (driving.free_car, MACHINE),
    booking.BookRide: (booking.book_ride, DESK | {Role.RESIDENT}),
    trips.ShareRide: (trips.share_ride, MACHINE),
    trips.CallForReturn: (trips.call_for_return, ANYBODY),
    trips.RedirectRide: (trips.redirect_ride, RESPONDING),
    trips.PatientStays: (trips.patient_stays, RESPONDING),
    trips.EndRide: (trips.end_ride, MACHINE),
    standby_orders.BeginStandby: (standby_orders.begin_standby, RESPONDING),
    standby_orders.EndStandby: (standby_orders.end_standby, RESPONDING),
    standby_orders.OrderCallUp: (standby_orders.order_call_up, DESK),
    standby_orders.CallWave: (standby_orders.call_wave, MACHINE),
    standby_orders.ComeForDuty: (standby_orders.come_for_duty, RESPONDING),
    standby_orders.DeclineDuty: (standby_orders.decline_duty, RESPONDING),
    standby_orders.LapseCall: (standby_orders.lapse_call, MACHINE),
    standby_orders.WithdrawCall: (standby_orders.withdraw_call, MACHINE),
    standby_orders.ReleaseDeployed: (standby_orders.release_deployed, DESK | MACHINE),
    standby_orders.StandDown: (standby_orders.stand_down, DESK | MACHINE),
}

OwnWork = (
    offer.AnswerOffer
    | offer.WorkCommand
    | keeping.KeepingCommand
    | visit.JoinVisit
    | standby_orders.AnswerCall
    | post_note.GivePostNote
    | post_note.AcknowledgePostNote
)


def authorise(command: Command) -> None:
    """
    Refuse a command that its actor may not give; deny by default.

    Raises
    ------
    Refused
        ``not_permitted`` (the role may not), ``not_your_offer`` (an answer in somebody else's name
        without saying so: give `on_behalf_of`, 代办, and both names are stored), ``not_yourself``
        (who is not of the desk speaks and acts as themselves only).
    """
    actor = command.actor
    entry = TABLE.get(type(command))
    if entry is None or actor.role not in entry[1]:
        raise Refused(
            "not_permitted",
            f"{actor.id} ({actor.role}) may not {type(command).__name__}. Ask somebody whose role may.",
            actor=actor.id,
            role=str(actor.role),
            command=type(command).__name__,
        )
    if isinstance(command, OwnWork):
        _own_or_on_behalf(command)
    if not _speaks_for_themselves(command):
        raise Refused(
            "not_yourself",
            f"{actor.id} ({actor.role}) may {type(command).__name__} for themselves only. "
            "Let the person or the desk do it.",
            actor=actor.id,
            role=str(actor.role),
            command=type(command).__name__,
        )


def _speaks_for_themselves(command: Command) -> bool:
    actor = command.actor
    if actor.role is Role.SYSTEM:
        return True
    if actor.role is Role.RESIDENT:
        return command.on_behalf_of is None and getattr(command, "resident", actor.id) == actor.id
    if isinstance(command, roster.ResponderCommand) and actor.id != command.responder:
        return actor.role in (OFFICE if isinstance(command, roster.BeginResponderErasure) else DESK)
    return True


def _own_or_on_behalf(command: OwnWork) -> None:
    actor = command.actor
    if actor.role is Role.SYSTEM or (
        actor.id == command.responder and command.on_behalf_of in (None, command.responder)
    ):
        return
    if command.on_behalf_of == command.responder and actor.role in DESK:
        return
    raise Refused(
        "not_your_offer",
        f"{actor.id} ({actor.role}) may not answer for responder {command.responder}. "
        "Answer for yourself, or let a building lead or staff answer on behalf of the responder.",
        actor=actor.id,
        responder=command.responder,
    )


def decide(command: Command, read: Read) -> Decision:
    """
    Authorise and decide one command; pure.

    Parameters
    ----------
    command
        With its one recorded instant.
    read
        Returns the state of a stream; every stream read is guarded when the decision is saved.

    Raises
    ------
    Refused, Conflict, CorruptHistory
        See `dispatch.domain.errors`.
    """
    authorise(command)
    handler, roles = TABLE[type(command)]
    check_standing(command, read, open_to_helpers=roles >= RESPONDING)
    return handler(command, read)
