"""
Random commands that mostly make sense: what a community of people, timers and drains could say next.

Each strategy looks at the journal, so that answers name offers that exist, or once did, or never.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from dispatch.domain.absence import DropOut, ReturnToDuty
from dispatch.domain.carrying import ArriveAtLeg, HandOverGoods, PickUpGoods, PlaceGoods, RefuseGoods, StartLeg
from dispatch.domain.crew_commands import CallAhead, ReportReady
from dispatch.domain.custody import Belonging
from dispatch.domain.decider import Absent
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
from dispatch.domain.help_request import Confirmed, Delivered, HelpRequest, Received, needs_people
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
)
from dispatch.domain.keeping import (
    AcceptCustody,
    DeclineCustody,
    OfferCustody,
    OrphanCustody,
    ReturnCustody,
    SpendMoney,
    TakeCustody,
    TransferCustody,
)
from dispatch.domain.leg import Done, Failed, Leg, Planned
from dispatch.domain.offer import (
    AcceptOffer,
    CompleteLeg,
    DeclineOffer,
    FailLeg,
    LapseOffer,
    ReleaseLeg,
    RequeueLeg,
    WithdrawOffer,
)
from dispatch.domain.receiving import CallForGoods, FindGoods, MissGoods, ReceiveGoods, ReportMissing
from dispatch.domain.resident import (
    AccessPersonalData,
    BeginErasure,
    BeginIsolation,
    CompleteErasure,
    EndIsolation,
    ExcludeNeighbours,
    ExcludeResponder,
    Leaving,
    LiftExclusions,
)
from dispatch.domain.responder import Departing
from dispatch.domain.roster import (
    BeginResponderErasure,
    CompleteResponderErasure,
    EndResponderIsolation,
    IsolateResponder,
    PlanShift,
    RecordSide,
    SetCapacity,
    SetClearance,
)
from dispatch.domain.series_commands import (
    EndSeries,
    MoveOccurrence,
    OpenOccurrence,
    ResumeSeries,
    SkipOccurrence,
    SuspendSeries,
)
from dispatch.domain.shift import DutyLimits, Shift
from dispatch.domain.shopping import AddItem, ConfirmItem, DropItem, ReportFound, ReportNotFound
from dispatch.domain.values import (
    SYSTEM,
    Actor,
    Command,
    ControlLevel,
    OfferId,
    Point,
    ResponderId,
    Role,
    SeriesId,
    Side,
    Urgency,
    series_stream,
)
from tests.domain.any_waiting import any_waiting
from tests.domain.given import Given
from tests.domain.test_series import starts
from tests.domain.town import (
    EVERYWHERE,
    IN_TOWER,
    IN_WALKUP,
    LEAD,
    RESIDENTS,
    RESPONDERS,
    RIVERSIDE,
    WORKER,
    actor,
    calls,
    controls,
    lifts,
    matches,
    moving_in,
    offer_of,
    request_at,
    resident_at,
    responder_of,
    said,
)

REQUESTS = ("q-1", "q-2", "q-3")
REOPENED = "q-4"
"""The id of whatever is taken up again."""
KINDS = (
    *("medicine", "food", "garbage", "stair_carry", "medical_ride", "stair_carry_return", "check_in", "mediation"),
    "childcare",
    # A single visit is delivered soonest, and much can be said only of what is delivered.
    *("check_in", "check_in", "check_in", "check_in"),
)
REASONS = ("busy", "unwell")

Said = st.SearchStrategy[Command]


def requests_of(given: Given) -> dict[str, HelpRequest]:
    """Return the requests of these tests that exist, by id."""
    found = {name: given.read(request_at(name)) for name in (*REQUESTS, REOPENED)}
    return {name: state for name, state in found.items() if isinstance(state, HelpRequest)}


def responders_of(given: Given) -> dict[str, Any]:
    """Return all responders by id."""
    return {name: responder_of(given, name) for name in RESPONDERS}


@st.composite
def any_call(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a call for help, under an id that is free as long as there is one."""
    who = draw(st.sampled_from(sorted(RESIDENTS)))
    free = [name for name in REQUESTS if name not in requests_of(given)]
    return calls(
        draw(st.sampled_from(free or REQUESTS)),
        at=at,
        beneficiary=who,
        reporter=who,
        kind=draw(st.sampled_from(KINDS)),
        triage=draw(st.sampled_from([True, True, False])),
        urgency=draw(st.sampled_from([None, None, *Urgency])),
    )


def could_be_asked(given: Given, leg: Leg) -> list[str]:
    """Return who could be asked for a leg, as far as what is recorded goes."""
    asked = {ask.responder for ask in leg.asks} | leg.tried
    return [
        name
        for name, person in responders_of(given).items()
        if name not in asked
        and not person.isolated
        and not person.out
        and person.load + leg.plan.effort <= person.capacity
    ]


@st.composite
def any_match(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a match for some leg that needs people; now and then with people who cannot be asked."""
    wanted = [(name, leg) for name, state in requests_of(given).items() for leg in needs_people(state)]
    name, leg = draw(st.sampled_from(wanted))
    everybody = list(RESPONDERS)
    fitting = could_be_asked(given, leg) or everybody
    pool = draw(st.sampled_from([fitting, fitting, fitting, everybody]))
    full = min(leg.vacancies, len(pool))
    count = draw(st.sampled_from([full, full, 1]))
    who = draw(st.lists(st.sampled_from(pool), min_size=count, max_size=count, unique=True))
    return matches(given, leg.plan.name, *who, request=name, at=at)


def open_asks(given: Given) -> list[tuple[OfferId, str]]:
    """Return the offers that wait for an answer, with whom they ask."""
    return [
        (ask.offer, ask.responder)
        for state in requests_of(given).values()
        for leg in state.legs
        for ask in leg.asks
        if state.is_matchable and not ask.accepted
    ]


def taken_legs(given: Given) -> list[tuple[str, str, str]]:
    """Return the legs, or places in crews, that somebody has taken: request, leg, responder."""
    return [
        (name, leg.plan.name, ask.responder)
        for name, state in requests_of(given).items()
        for leg in state.legs
        for ask in leg.asks
        if state.is_worked_on and ask.accepted and not isinstance(leg, Done | Failed)
    ]


@st.composite
def any_answer(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a yes, a no, a lapse or a withdrawal of an open offer."""
    offer, who = draw(st.sampled_from(open_asks(given)))
    return draw(_about_offer(offer, who, at))


@st.composite
def any_stray_answer(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw an answer to any offer: open, answered, over, or never made; by whom it asked, or by another."""
    request = draw(st.sampled_from(REQUESTS))
    state = requests_of(given).get(request)
    ordinal = draw(st.integers(1, (state.asks_made if state else 0) + 1))
    return draw(_about_offer(offer_of(ordinal, request), draw(st.sampled_from(sorted(RESPONDERS))), at))


@st.composite
def _about_offer(draw: st.DrawFn, offer: OfferId, who: str, at: datetime) -> Command:
    of_theirs: dict[str, Any] = {"at": at, "offer": offer, "responder": who}
    of_machine: dict[str, Any] = {"by": SYSTEM, "at": at, "offer": offer}
    yes: Command = said(AcceptOffer, by=actor(who), **of_theirs)
    answers: list[Command] = [
        yes,
        yes,
        yes,
        said(AcceptOffer, by=LEAD, on_behalf_of=who, **of_theirs),
        said(DeclineOffer, by=actor(who), reason="busy", **of_theirs),
        said(LapseOffer, due=at, **of_machine),
        said(WithdrawOffer, reason="rule_fails", **of_machine),
    ]
    return draw(st.sampled_from(answers))


@st.composite
def any_report(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a report on a leg by somebody who has taken it, or has a place in its crew."""
    request, leg, who = draw(st.sampled_from(taken_legs(given)))
    return draw(_about_leg(request, leg, who=who, at=at))


@st.composite
def any_stray_report(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a report on any leg by anybody."""
    legs = [(name, leg.plan.name) for name, state in requests_of(given).items() for leg in state.legs]
    request, leg = draw(st.sampled_from(legs or [("q-1", "outside")]))
    return draw(_about_leg(request, leg, who=draw(st.sampled_from(sorted(RESPONDERS))), at=at))


@st.composite
def _about_leg(draw: st.DrawFn, request: str, leg: str, *, who: str, at: datetime) -> Command:
    of_it: dict[str, Any] = {"by": actor(who), "at": at, "request": request, "leg": leg, "responder": who}
    done: Command = said(CompleteLeg, outcome="success", **of_it)
    failed: Command = said(FailLeg, outcome="not_home", **of_it)
    released: Command = said(ReleaseLeg, reason="fell_ill", **of_it)
    ready: Command = said(ReportReady, **of_it)
    return draw(st.sampled_from([done, done, done, failed, released, ready]))


Wish = tuple[type[Command], dict[str, Any]]


def next_steps(given: Given, state: HelpRequest, at: datetime) -> list[Wish]:
    """Return what a person or a timer would say next of a request in this state."""
    if isinstance(given.read(resident_at(state.beneficiary)), Leaving) and state.is_open:
        return [(CloseErased, {"by": SYSTEM})]
    steps: list[Wish] = [(EscalateRequest, {"reason": "overdue"})]
    if isinstance(state, Received):
        steps += [(TriageRequest, {"urgency": urgency}) for urgency in Urgency]
    if isinstance(state, Delivered):
        steps += [(ConfirmReceipt, {"by": actor(state.beneficiary)}), (CloseRequest, {"reason": "left_at_the_door"})]
    if isinstance(state, Confirmed):
        steps += [(CloseRequest, {"reason": "confirmed"})]
    if state.alarm is not None and state.alarm.acknowledged_by is None:
        steps += [(AcknowledgeAlarm, {}), (RepeatAlarm, {"by": SYSTEM, "due": at})]
    requeues: list[Wish] = [(RequeueLeg, {"leg": leg.plan.name}) for leg in state.legs if isinstance(leg, Failed)]
    expected: list[Wish] = [
        (CallAhead, {"leg": leg.plan.name})
        for leg in state.legs
        if leg.plan.call_ahead and leg.called_at is None and not isinstance(leg, Planned | Done | Failed)
    ]
    return steps + 4 * requeues + 4 * (expected if state.is_matchable else [])


@st.composite
def any_step(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw the next step of some request."""
    request, state = draw(st.sampled_from(sorted(requests_of(given).items(), key=lambda item: item[0])))
    command, fields = draw(st.sampled_from(next_steps(given, state, at)))
    shape: dict[str, Any] = {"by": LEAD, "at": at, "request": request} | fields
    told: Command = said(command, **shape)
    return told


@st.composite
def any_steering(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw what a person or a timer could say of a request as a whole, whether it fits or not."""
    request = draw(st.sampled_from(sorted(requests_of(given)) or REQUESTS))
    urgency, reason = draw(st.sampled_from(list(Urgency))), draw(st.sampled_from(REASONS))
    wishes: list[Wish] = [
        (ChangeUrgency, {"urgency": urgency, "reason": reason}),
        (ChangeUrgency, {"urgency": Urgency.LIFE, "reason": reason}),
        (TriageRequest, {"urgency": urgency}),
        (RequeueLeg, {"leg": "inside"}),
        (AcknowledgeAlarm, {}),
        (ConfirmReceipt, {"on_behalf_of": "p-li"}),
        (CloseRequest, {"reason": "confirmed"}),
        (CloseErased, {"by": SYSTEM}),
        (CancelRequest, {"reason": reason}),
        (GiveUpRequest, {"reason": reason}),
    ]
    command, fields = draw(st.sampled_from(wishes))
    shape: dict[str, Any] = {"by": LEAD, "at": at, "request": request} | fields
    told: Command = said(command, **shape)
    return told


def _duties(draw: st.DrawFn, at: datetime) -> list[Wish]:
    """Return what is said of somebody's duty, one wish of them all."""
    other = draw(st.sampled_from(sorted(RESPONDERS)))
    term = Term(valid_from=at, valid_until=at + timedelta(hours=draw(st.integers(1, 9))))
    scope = draw(st.sampled_from([EVERYWHERE, IN_TOWER]))
    skill = draw(st.sampled_from(["drive", "stair_carry"]))
    wishes: list[Wish] = [
        (SetDutyLimits, {"limits": DutyLimits(day_s=draw(st.integers(1_800, 86_400))), "reason": "agreed"}),
        (SetDutyLimits, {"reason": "agreed"}),
        (PlanShift, {"shift": Shift(starts_at=term.valid_from, ends_at=term.valid_from + timedelta(hours=9))}),
        (GrantQualification, {"skill": skill, "valid_until": term.valid_until}),
        (RevokeQualification, {"skill": skill}),
        (SetClearanceExpiry, {"valid_until": term.valid_until}),
        (AcknowledgeBriefing, {"version": draw(st.integers(1, 3))}),
        (SecondResponder, {"secondment": Secondment(unit="district_statistics", term=term)}),
        (EndSecondment, {"unit": "district_statistics"}),
        (NameDeputy, {"deputy": Deputy(responder=ResponderId(other), scope=scope, term=term)}),
        (DismissDeputy, {"deputy": other, "scope": scope}),
        (SetBell, {"bell": draw(st.sampled_from(["fire_station", None]))}),
    ]
    return [draw(st.sampled_from(wishes))]


@st.composite
def any_news_of_people(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw what is said of responders and residents."""
    who, resident = draw(st.sampled_from(sorted(RESPONDERS))), draw(st.sampled_from(sorted(RESIDENTS)))
    line, side = draw(st.sampled_from([EVERYWHERE, IN_TOWER, IN_WALKUP])), draw(st.sampled_from(list(Side)))
    of_responder: list[tuple[type[Command], dict[str, Any]]] = [
        (IsolateResponder, {}),
        (EndResponderIsolation, {}),
        (DropOut, {"reason": draw(st.sampled_from(REASONS))}),
        *[(ReturnToDuty, {"responder": name}) for name, person in responders_of(given).items() if person.out] * 2,
        (RecordSide, {"line": line, "side": side}),
        (SetCapacity, {"capacity": draw(st.integers(1, 30))}),
        (SetClearance, {"clearance": draw(st.sampled_from(list(ControlLevel)))}),
    ]
    of_responder += _duties(draw, at)
    of_resident: list[tuple[type[Command], dict[str, Any]]] = [
        (BeginIsolation, {}),
        (EndIsolation, {}),
        (ExcludeResponder, {"responder": who}),
        (ExcludeNeighbours, {}),
        (LiftExclusions, {}),
        (AccessPersonalData, {"by": actor(who), "fields": ("phone",), "purpose": "delivery"}),
    ]
    if draw(st.booleans()):
        command, fields = draw(st.sampled_from(of_responder))
        shape: dict[str, Any] = {"by": WORKER, "at": at, "responder": who} | fields
    else:
        command, fields = draw(st.sampled_from(of_resident))
        shape = {"by": WORKER, "at": at, "resident": resident} | fields
    told: Command = said(command, **shape)
    return told


@st.composite
def any_departure(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a step of the erasure of somebody; most people stay, so that there is work to watch."""
    leaving: list[Command] = []
    for who in ("r-carry4", "r-shopper"):
        leaving += [
            said(BeginResponderErasure, by=WORKER, at=at, responder=who),
            said(CompleteResponderErasure, by=SYSTEM, at=at, responder=who),
        ]
    for who in ("p-captain", "p-li"):
        leaving += [
            said(BeginErasure, by=WORKER, at=at, resident=who),
            said(CompleteErasure, by=SYSTEM, at=at, resident=who),
        ]
    begun = [c for c in leaving if _is_leaving(given, c)]
    return draw(st.sampled_from(begun or leaving))


def _is_leaving(given: Given, command: Command) -> bool:
    if isinstance(command, CompleteErasure):
        return isinstance(given.read(resident_at(command.resident)), Leaving)
    if isinstance(command, CompleteResponderErasure):
        return isinstance(responder_of(given, command.responder), Departing)
    return False


@st.composite
def any_news_of_places(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw a control level set or lifted, now, late or planned; or somebody moving in."""
    where = draw(st.sampled_from([EVERYWHERE, IN_TOWER, IN_WALKUP]))
    since = at + timedelta(minutes=draw(st.integers(-60, 60)))
    until = draw(st.sampled_from([None, since + timedelta(minutes=30)]))
    level = draw(st.sampled_from(list(ControlLevel)))
    return draw(
        st.sampled_from(
            [
                controls(level, where, since=since, until=until, at=at),
                lifts(where, since=since, at=at),
                moving_in(draw(st.sampled_from(sorted(RESIDENTS))), IN_TOWER, at=at),
            ]
        )
    )


@st.composite
def any_keeping(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw what is said of things in custody: taken, handed on, orphaned, spent, returned."""
    thing = draw(st.sampled_from(["i-1", "i-2"]))
    who, other = draw(st.sampled_from(sorted(RESPONDERS))), draw(st.sampled_from(sorted(RESPONDERS)))
    owner = draw(st.sampled_from(sorted(RESIDENTS)))
    request = draw(st.sampled_from(sorted(requests_of(given)) or REQUESTS))
    of_theirs: dict[str, Any] = {"by": actor(who), "custody": thing, "responder": who}
    is_money: dict[str, Any] = {"belonging": Belonging.MONEY, "request": request, "amount_fen": 5_000}
    wishes: list[Wish] = [
        (TakeCustody, {**of_theirs, "owner": owner, "belonging": Belonging.CARD}),
        (TakeCustody, {**of_theirs, "owner": owner} | is_money),
        (OfferCustody, {**of_theirs, "to": other}),
        (AcceptCustody, of_theirs),
        (DeclineCustody, {**of_theirs, "reason": "busy"}),
        (SpendMoney, {**of_theirs, "spent_fen": draw(st.integers(0, 6_000))}),
        (TransferCustody, {"custodies": ("i-1", "i-2"), "to": other}),
        (TransferCustody, {"custodies": (thing,), "to": other}),
        (OrphanCustody, {"by": SYSTEM, "custodies": (thing,), "holder": who, "reason": "not_isolated"}),
        (OrphanCustody, {"custodies": (thing,), "holder": who, "reason": "lost"}),
        (ReturnCustody, {"custody": thing, "by": LEAD, "on_behalf_of": owner}),
    ]
    command, fields = draw(st.sampled_from(wishes))
    shape: dict[str, Any] = {"by": WORKER, "at": at} | fields
    told: Command = said(command, **shape)
    return told


@st.composite
def any_carrying(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw what is said of the course of a leg and the goods on it, by who has taken it."""
    request, leg, who = draw(st.sampled_from(taken_legs(given)))
    of_it: dict[str, Any] = {"by": actor(who), "at": at, "request": request, "leg": leg, "responder": who}
    bag = {"seals": draw(st.sampled_from([(), ("A-1",), ("A-2",)]))}
    wishes: list[Wish] = [
        (StartLeg, {}),
        (ArriveAtLeg, {}),
        (PickUpGoods, bag),
        (PickUpGoods, bag),
        (PlaceGoods, bag),
        (PlaceGoods, {"point": draw(st.sampled_from(list(Point)))}),
        (HandOverGoods, bag | {"to": draw(st.sampled_from([*sorted(RESPONDERS), *sorted(RESIDENTS), "gate-1"]))}),
        (RefuseGoods, {"reason": "not_wanted"}),
        (ReportMissing, {}),
        (ReportNotFound, {"item": 1, "place": "Pharmacy 1", "nowhere_else": draw(st.booleans())}),
        (ReportFound, {"item": 1, "place": "Pharmacy 2", "substituted": draw(st.booleans())}),
    ]
    command, fields = draw(st.sampled_from(wishes))
    told: Command = said(command, **(of_it | fields))
    return told


@st.composite
def any_receipt(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw what is said of the goods or the items of a request as a whole."""
    request, state = draw(st.sampled_from(sorted(requests_of(given).items(), key=lambda item: item[0])))
    doctor = Actor(id="dr-1", role=Role.MEDICAL_STAFF)
    wishes: list[Wish] = [
        (ReceiveGoods, {"by": LEAD, "on_behalf_of": state.beneficiary}),
        (MissGoods, {}),
        (FindGoods, {"point": Point.SHELF}),
        (CallForGoods, {"by": SYSTEM, "placed_at": state.goods.since if state.goods else at}),
        (AddItem, {"item": len(state.items) + 1, "no_substitution": draw(st.booleans())}),
        (AddItem, {"item": len(state.items) + 1, "needs_doctor": True}),
        (ConfirmItem, {"by": doctor, "item": 1}),
        (DropItem, {"item": 1, "reason": "not_needed"}),
    ]
    command, fields = draw(st.sampled_from(wishes))
    shape: dict[str, Any] = {"by": WORKER, "at": at, "request": request} | fields
    told: Command = said(command, **shape)
    return told


def any_wait(given: Given, at: datetime) -> Said:
    """Return a strategy for what lets requests wait, go on, or be linked, and for what is written about them."""
    return any_waiting(requests_of(given), at)


@st.composite
def any_news_of_series(draw: st.DrawFn, given: Given, at: datetime) -> Command:
    """Draw what is said of a series that recurs every day from soon on, or its start."""
    if isinstance(given.read(series_stream(RIVERSIDE, SeriesId("s-1"))), Absent):
        fields = {"kind": draw(st.sampled_from(KINDS)), "starts_at": at + timedelta(minutes=draw(st.integers(1, 90)))}
        return starts(at=at, **fields)
    state = given.read(series_stream(RIVERSIDE, SeriesId("s-1")))
    named, occurrence = draw(st.sampled_from(sorted(state.occurrences.items(), key=lambda item: item[0])[:3]))
    wishes: list[Wish] = [
        (OpenOccurrence, {"by": SYSTEM, "occurrence": named, "opening": occurrence.openings + 1}),
        (OpenOccurrence, {"by": SYSTEM, "occurrence": named, "opening": 1}),
        (SkipOccurrence, {"occurrence": named, "reason": "not_needed"}),
        (MoveOccurrence, {"occurrence": named, "to": at + timedelta(minutes=draw(st.integers(-5, 60)))}),
        (SuspendSeries, {"reason": "in_hospital"}),
        (ResumeSeries, {}),
        (EndSeries, {"reason": "recovered"}),
    ]
    command, fields = draw(st.sampled_from(wishes))
    shape: dict[str, Any] = {"by": LEAD, "at": at, "series": "s-1"} | fields
    told: Command = said(command, **shape)
    return told


def any_command(given: Given, at: datetime) -> Said:
    """Return a strategy for whatever could be said now; what moves the work on is said most."""
    weights: list[tuple[int, Callable[[Given, datetime], Said], bool]] = [
        (3, any_call, len(requests_of(given)) <= len(REQUESTS)),
        (6, any_match, any(needs_people(state) for state in requests_of(given).values())),
        (6, any_answer, bool(open_asks(given))),
        (6, any_report, bool(taken_legs(given))),
        (3, any_step, bool(requests_of(given))),
        (3, any_wait, bool(requests_of(given))),
        (2, any_steering, True),
        (1, any_news_of_people, True),
        (1, any_news_of_places, True),
        (1, any_news_of_series, True),
        (1, any_stray_answer, True),
        (1, any_stray_report, True),
        (1, any_departure, True),
        (2, any_keeping, True),
        (4, any_carrying, bool(taken_legs(given))),
        (2, any_receipt, bool(requests_of(given))),
    ]
    talk = [kind for weight, kind, possible in weights if possible for _ in range(weight)]
    return st.sampled_from(talk).flatmap(lambda kind: kind(given, at))
