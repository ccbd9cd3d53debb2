"""One long story in which everything happens that can happen: no event class is without a command."""

from __future__ import annotations

from typing import Any

from dispatch.domain import stock
from dispatch.domain.absence import DropOut, ReturnToDuty
from dispatch.domain.aggregates import AGGREGATES
from dispatch.domain.authority import GrantRole, RevokeRole
from dispatch.domain.calling import CloseRound, EscalateRound, ExcuseItem, HandOverCalls, RecordCodeCheck
from dispatch.domain.carrying import ArriveAtLeg, HandOverGoods, PickUpGoods, PlaceGoods, RefuseGoods, StartLeg
from dispatch.domain.case_plan import EndPlan, RemindOfContact
from dispatch.domain.climbing import BeginLadder, ClimbLadder, EndLadder, Named, TakeCharge
from dispatch.domain.community import AdoptPolicy, SetDutyContact
from dispatch.domain.control_order import AdoptRegime
from dispatch.domain.custody import Belonging
from dispatch.domain.duty import Deputy, Secondment, Term
from dispatch.domain.duty_orders import (
    AcknowledgeBriefing,
    DismissDeputy,
    EndSecondment,
    GrantQualification,
    NameDeputy,
    RevokeQualification,
    SecondResponder,
    SetBell,
    SetClearanceExpiry,
    SetDutyLimits,
)
from dispatch.domain.duty_task import EndDuty, OrderDuty, RecordAgreement, RecordRefusal
from dispatch.domain.flags import SetFlags
from dispatch.domain.intake import (
    AcknowledgeAlarm,
    CancelRequest,
    ChangeUrgency,
    CloseRequest,
    ConfirmReceipt,
    EscalateRequest,
    GiveUpRequest,
    RepeatAlarm,
    TriageRequest,
)
from dispatch.domain.keeping import (
    DeclineCustody,
    OfferCustody,
    OrphanCustody,
    ReturnCustody,
    SpendMoney,
    TakeCustody,
    TransferCustody,
)
from dispatch.domain.ladder import RemoveLadderContact, SetLadderContact
from dispatch.domain.notice import BeginNotice, ClearNotice, ClimbNotice, Matter, NoteNotice
from dispatch.domain.offer import RequeueLeg
from dispatch.domain.place_register import EndSteward, NameSteward, SurveyBuilding
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.post import AssignPost, CheckPresence, RelievePost
from dispatch.domain.post_note import AcknowledgePostNote, GivePostNote, PostLeft
from dispatch.domain.posting import Posting
from dispatch.domain.receiving import CallForGoods, FindGoods, ReceiveGoods, ReportMissing
from dispatch.domain.regime import A2_REGIME
from dispatch.domain.resident import (
    AccessPersonalData,
    BeginErasure,
    BeginIsolation,
    CompleteErasure,
    EndIsolation,
    ExcludeNeighbours,
    ExcludeResponder,
    LiftExclusions,
)
from dispatch.domain.roster import (
    AccessResponderData,
    BeginResponderErasure,
    CancelShift,
    CompleteResponderErasure,
    EndResponderIsolation,
    IsolateResponder,
    PlanShift,
    RecordSide,
    SetCapacity,
    SetClearance,
    SetScope,
    SetSkills,
)
from dispatch.domain.round_visits import FindNeed, RaiseWelfareAlarm, RecordSeen, SettleVisit
from dispatch.domain.shift import DutyLimits, Shift
from dispatch.domain.shopping import AddItem, ConfirmItem, DropItem, ReportFound, ReportNotFound
from dispatch.domain.values import SYSTEM, Command, ControlLevel, LegId, Point, ResponderId, Role, Side, Urgency
from dispatch.domain.wrong_side import AcknowledgeWrongSide, Change, ListWrongSide
from tests.domain.given import Given
from tests.domain.rides import outings
from tests.domain.round_town import ROUND, TONIGHT, of_item, reaches, rings, starts, visit_of, visits
from tests.domain.test_case_plan import of_plan, opens
from tests.domain.test_crew_start import met
from tests.domain.test_match_run import records, short
from tests.domain.test_series import through_everything
from tests.domain.test_standby import through_standby
from tests.domain.test_wrong_side import FOUND
from tests.domain.town import (
    ALL_DAY,
    IN_TOWER,
    LEAD,
    T0,
    TOWER,
    accepts,
    actor,
    after,
    asked,
    calls,
    controls,
    declines,
    done_by,
    fails,
    lapses,
    lifts,
    releases,
    said,
    town,
    withdraws,
)
from tests.domain.written import everything_written


def duties() -> tuple[Command, ...]:
    """Return everything that bounds and dates somebody's duty."""
    of_deputy: dict[str, Any] = {"responder": "r-deputy"}
    long = Shift(starts_at=after(9_000), ends_at=after(9_600))
    deputy = Deputy(responder=ResponderId("r-lead"), scope=IN_TOWER, term=Term(valid_from=T0))
    lent = Secondment(unit="district_statistics", term=Term(valid_from=T0))
    return (
        said(SetDutyLimits, limits=DutyLimits(day_s=3_600), reason="agreed", **of_deputy),
        said(PlanShift, shift=long, override="emergency", **of_deputy),
        said(GrantQualification, skill="drive", valid_until=after(60), **of_deputy),
        said(RevokeQualification, skill="drive", **of_deputy),
        said(SetClearanceExpiry, valid_until=after(60), **of_deputy),
        said(AcknowledgeBriefing, version=2, **of_deputy),
        said(SecondResponder, secondment=lent, **of_deputy),
        said(EndSecondment, unit="district_statistics", at=after(1), **of_deputy),
        said(NameDeputy, deputy=deputy, **of_deputy),
        said(DismissDeputy, deputy="r-lead", scope=IN_TOWER, **of_deputy),
        said(SetBell, bell="fire_station", **of_deputy),
        said(AssignPost, posting=AT_THE_GATE, responder="r-captain"),
        said(CheckPresence, post="gate", found=True, responder="r-captain"),
        said(
            GivePostNote,
            by=actor("r-captain"),
            post_note="n-1",
            responder="r-captain",
            post="gate",
            place=IN_TOWER,
            left=PostLeft(),
            as_of=1,
        ),
        said(AssignPost, posting=AT_THE_GATE, responder="r-lead"),
        said(AcknowledgePostNote, by=LEAD, post_note="n-1", responder="r-lead"),
        said(RelievePost, posting=AT_THE_GATE, responder="r-lead"),
        said(RelievePost, posting=AT_THE_GATE, responder="r-captain"),
    )


AT_THE_GATE = Posting(post="gate", place=IN_TOWER, span=ALL_DAY)


def people_and_places() -> tuple[Command, ...]:
    """Return everything that is said of places, residents and responders."""
    of_li: dict[str, Any] = {"resident": "p-li"}
    of_deputy: dict[str, Any] = {"responder": "r-deputy"}
    reading: dict[str, Any] = {"fields": ("phone",), "purpose": "call"}
    return (
        said(AdoptPolicy, policy=EVERYDAY.model_copy(update={"version": 2})),
        said(SetDutyContact, duty="r-lead"),
        said(GrantRole, account="desk.2", role=Role.CADRE, scope=IN_TOWER),
        said(RevokeRole, account="desk.2", role=Role.CADRE),
        said(SetLadderContact, place=IN_TOWER, step="standby", account="desk.2"),
        said(RemoveLadderContact, place=IN_TOWER, step="standby", account="desk.2"),
        controls(ControlLevel.CONTROLLED, IN_TOWER),
        said(
            ListWrongSide,
            by=SYSTEM,
            place=IN_TOWER,
            level=ControlLevel.CONTROLLED,
            changed_at=T0,
            found=FOUND,
            as_of=1,
        ),
        said(AcknowledgeWrongSide, strays=Change(IN_TOWER, ControlLevel.CONTROLLED, T0).id),
        lifts(IN_TOWER),
        said(AdoptRegime, regime=A2_REGIME.model_copy(update={"version": 2})),
        said(SurveyBuilding, building=TOWER, doors=4, households=68),
        said(NameSteward, place=IN_TOWER, responder="r-lead"),
        said(EndSteward, place=IN_TOWER, responder="r-lead"),
        said(BeginIsolation, **of_li),
        said(EndIsolation, **of_li),
        said(ExcludeResponder, responder="r-cadre", **of_li),
        said(ExcludeNeighbours, **of_li),
        said(LiftExclusions, **of_li),
        said(AccessPersonalData, **of_li, **reading),
        said(CancelShift, shift=ALL_DAY, **of_deputy),
        said(RecordSide, line=IN_TOWER, side=Side.OUTSIDE, **of_deputy),
        said(IsolateResponder, **of_deputy),
        said(EndResponderIsolation, **of_deputy),
        said(DropOut, reason="unwell", **of_deputy),
        said(ReturnToDuty, **of_deputy),
        *duties(),
        said(SetScope, scopes=(IN_TOWER, IN_TOWER), **of_deputy),
        said(SetSkills, skills=("drive",), **of_deputy),
        said(SetCapacity, capacity=9, **of_deputy),
        said(SetClearance, clearance=ControlLevel.SEALED, **of_deputy),
        said(AccessResponderData, **of_deputy, **reading),
        said(BeginResponderErasure, **of_deputy),
        said(CompleteResponderErasure, by=SYSTEM, **of_deputy),
    )


def work(given: Given) -> Given:
    """Return the journal after a request on which everything goes wrong that can, and which is served."""
    given = given.and_then(
        calls(urgency=Urgency.LIFE),
        said(RepeatAlarm, by=SYSTEM, at=after(5), request="q-1", due=after(5)),
        said(AcknowledgeAlarm, request="q-1"),
        said(ChangeUrgency, request="q-1", urgency=Urgency.HEALTH, reason="better"),
        said(EscalateRequest, request="q-1", reason="overdue"),
        records(short(leg=LegId("q-1/outside"))),
    )
    given = asked(given, "outside", "r-shopper").and_then(declines("r-shopper", 1))
    given = asked(given, "outside", "r-worker").and_then(declines("r-worker", 2))
    given = asked(given, "outside", "r-carry1").and_then(lapses(3))
    given = asked(given, "outside", "r-cadre").and_then(lapses(4))
    given = asked(given, "outside", "r-carry2").and_then(withdraws(5))
    given = asked(given, "outside", "r-carry2").and_then(accepts("r-carry2", 6), releases("r-carry2", "outside"))
    given = asked(given, "outside", "r-driver").and_then(accepts("r-driver", 7), fails("r-driver", "outside"))
    given = given.and_then(said(RequeueLeg, request="q-1", leg="outside"))
    given = done_by(done_by(given, "outside", "r-shopper"), "inside", "r-captain")
    return given.and_then(
        said(ConfirmReceipt, by=actor("p-li"), request="q-1"),
        said(CloseRequest, request="q-1", reason="confirmed"),
    )


def keeping(given: Given) -> Given:
    """Return the journal after money of a resident was kept, spent, handed on, orphaned and returned."""
    of_captain: dict[str, Any] = {"custody": "i-1", "responder": "r-captain", "by": actor("r-captain")}
    of_lead: dict[str, Any] = {"custody": "i-1", "responder": "r-lead", "by": LEAD}
    money: dict[str, Any] = {"belonging": Belonging.MONEY, "owner": "p-li", "request": "q-9", "amount_fen": 5_000}
    return given.and_then(
        calls("q-9"),
        said(TakeCustody, **of_captain, **money),
        said(SpendMoney, **of_captain, spent_fen=100),
        said(OfferCustody, **of_captain, to="r-lead"),
        said(DeclineCustody, **of_lead, reason="busy"),
        said(OrphanCustody, custodies=("i-1",), holder="r-captain", reason="lost"),
        said(TransferCustody, custodies=("i-1",), to="r-lead"),
        said(ReturnCustody, custody="i-1", on_behalf_of="p-li"),
        said(CancelRequest, request="q-9", reason="mistake"),
    )


def rounds(given: Given) -> Given:
    """Return the journal after a calling round and a case plan in which everything happens."""
    given = given.and_then(
        said(SetFlags, resident="p-li", green_lane=True, no_phone=False),
        said(BeginIsolation, resident="p-li", until=after(600)),
        said(BeginIsolation, resident="p-li", until=after(700)),
        opens(),
        opens(needs=("food",)),
        of_plan(RemindOfContact, by=SYSTEM, at=after(1_440), due=after(1_440)),
        starts("p-li", "p-wu", "p-captain"),
        said(HandOverCalls, round=ROUND, hand_over=1, caller="r-cadre", to="r-worker", reason="ill"),
        of_item(RecordCodeCheck, check=1, matched=True),
        rings(1, on_behalf_of="r-worker"),
        reaches(2, on_behalf_of="r-worker"),
        of_item(FindNeed, request="q-8", kind="food", occurred_at=T0),
        visits("p-wu"),
        visits("p-captain"),
    )
    for who in ("p-wu", "p-captain"):
        given = given.and_then(said(CancelRequest, request=visit_of(given, who), reason="mistake"))
    return given.and_then(
        of_item(SettleVisit, "p-wu", by=SYSTEM, request=visit_of(given, "p-wu")),
        of_item(RecordSeen, "p-captain", request=visit_of(given, "p-captain"), supplies_enough=True, condition_ok=True),
        said(EscalateRound, by=SYSTEM, at=TONIGHT, round=ROUND),
        of_item(RaiseWelfareAlarm, "p-captain"),
        of_item(ExcuseItem, "p-wu", reason="in_hospital"),
        said(CloseRound, round=ROUND),
        of_plan(EndPlan, reason="done"),
    )


def supplies() -> tuple[Command, ...]:
    """Return everything that is said of a lot."""
    of_packs: dict[str, Any] = {"lot": "l-packs"}
    goods: dict[str, Any] = {"item": "rice", "unit": "bag", "quantity": 9, "source": "donated", "place": IN_TOWER}
    return (
        calls("q-7"),
        said(stock.ReceiveLot, **of_packs, **goods),
        said(stock.ReserveFromLot, **of_packs, request="q-7", quantity=2),
        said(stock.FreeReservation, **of_packs, request="q-7"),
        said(stock.IssueFromLot, **of_packs, resident="p-li", quantity=2, before=0),
        said(stock.ReturnToLot, **of_packs, resident="p-li", quantity=1, before=2),
        said(stock.CountLot, **of_packs, counted=7, reason="spoiled"),
        said(stock.PlanDistribution, **of_packs, residents=("p-li",), each=1),
        said(stock.EndDistribution, **of_packs, reason="enough"),
        said(stock.CloseLot, **of_packs, reason="used_up"),
    )


def goods(given: Given) -> Given:
    """Return the journal after medicine was looked for, handed over, lost, found, refused and fetched."""
    of_buyer: dict[str, Any] = {"request": "q-81", "leg": "outside", "responder": "r-shopper", "by": actor("r-shopper")}
    of_cadre: dict[str, Any] = {"request": "q-81", "leg": "inside", "responder": "r-cadre", "by": actor("r-cadre")}
    of_lead: dict[str, Any] = {"request": "q-81", "leg": "inside", "responder": "r-lead", "by": LEAD}
    here: dict[str, Any] = {"place": "Pharmacy 1"}
    given = given.and_then(
        calls("q-81"),
        said(AddItem, request="q-81", item=1, needs_doctor=True),
        said(AddItem, request="q-81", item=2),
        said(AddItem, request="q-81", item=3),
        said(ConfirmItem, request="q-81", item=1, on_behalf_of="dr-1"),
        said(DropItem, request="q-81", item=2, reason="not_needed"),
    )
    given = asked(given, "outside", "r-shopper", request="q-81").and_then(
        accepts("r-shopper", 1, "q-81"),
        said(StartLeg, **of_buyer),
        said(ArriveAtLeg, **of_buyer),
        said(ReportNotFound, **of_buyer, **here, item=1, nowhere_else=True),
        said(ReportFound, **of_buyer, **here, item=3),
        said(PickUpGoods, **of_buyer),
        said(HandOverGoods, **of_buyer, to="r-lead"),
    )
    given = asked(given, "inside", "r-cadre", request="q-81").and_then(
        accepts("r-cadre", 2, "q-81"),
        said(ReportMissing, **of_cadre),
        said(FindGoods, request="q-81", point=Point.SHELF),
        said(RequeueLeg, request="q-81", leg="inside"),
        said(CallForGoods, by=SYSTEM, at=after(60), request="q-81", placed_at=after(0)),
    )
    given = asked(given, "inside", "r-lead", request="q-81").and_then(
        accepts("r-lead", 3, "q-81"),
        said(PickUpGoods, **of_lead),
        said(RefuseGoods, **of_lead, reason="not_wanted"),
        said(ReceiveGoods, request="q-81", on_behalf_of="p-li"),
    )
    given = given.and_then(calls("q-71"))
    of_driver: dict[str, Any] = {**of_buyer, "request": "q-71", "responder": "r-driver", "by": actor("r-driver")}
    return asked(given, "outside", "r-driver", request="q-71").and_then(
        accepts("r-driver", 1, "q-71"),
        said(PlaceGoods, **of_driver),
        said(ReceiveGoods, request="q-71", on_behalf_of="p-li"),
    )


def calls_people(request: str) -> tuple[Command, ...]:
    """Return a threat to life that nobody takes charge of before help from outside is called."""
    named = (Named(step="captain", account="r-captain"), Named(step="duty", account="r-captain"))
    of_it: dict[str, Any] = {"request": request}
    return (
        calls(request, urgency=Urgency.LIFE),
        said(BeginLadder, by=SYSTEM, named=named, **of_it),
        said(ClimbLadder, by=SYSTEM, named=named, turn=2, at=after(1), **of_it),
        said(TakeCharge, by=LEAD, at=after(2), **of_it),
    )


def notices() -> tuple[Command, ...]:
    """Return a floor without a captain: nobody takes note in time, then somebody does; and it is served again."""
    named = (Named(step="duty", account="r-lead"),)
    of_it: dict[str, Any] = {"by": SYSTEM, "notice": "a-1"}
    return (
        said(BeginNotice, matter=Matter.FLOOR_UNSERVED, place=IN_TOWER, named=named, **of_it),
        said(ClimbNotice, turn=2, named=named, at=after(60), **of_it),
        said(NoteNotice, by=LEAD, notice="a-1", at=after(61)),
        said(ClearNotice, turn=6, at=after(62), **of_it),
    )


def ends(given: Given) -> Given:
    """Return the journal after requests that nobody serves, and after a resident was erased."""
    return given.and_then(
        calls("q-2", triage=False),
        said(TriageRequest, by=LEAD, request="q-2", urgency=Urgency.NONE),
        said(CancelRequest, request="q-2", reason="mistake"),
        calls("q-n1", kind="night_escort"),
        said(OrderDuty, duty="t-1", request="q-n1", until=after(60)),
        said(RecordRefusal, duty="t-1", reason="will_not_leave"),
        said(RecordAgreement, duty="t-1", refusals=1),
        said(CancelRequest, request="q-n1", reason="mistake"),
        said(EndDuty, by=SYSTEM, duty="t-1"),
        *calls_people("q-3"),
        *notices(),
        said(GiveUpRequest, request="q-3", reason="nobody_can"),
        said(EndLadder, by=SYSTEM, request="q-3"),
        said(BeginErasure, resident="p-li"),
        said(CompleteErasure, by=SYSTEM, resident="p-li"),
    )


def test_no_event_is_without_a_command() -> None:
    """Everything that can be stored is stored by something that can be said."""
    given = work(town().and_then(*supplies(), *people_and_places()))
    given = ends(goods(everything_written(rounds(keeping(given)))))
    told = {type(event) for events in given.log.values() for event in events}
    for other in (met(), through_everything(), outings(), through_standby()):
        told |= {type(event) for events in other.log.values() for event in events}
    assert {fact.__name__ for a in AGGREGATES.values() for fact in a.facts if fact not in told} == set()
