"""Commands about a request as a whole: receive, triage, alarm, confirm, close, cancel, give up."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import resident as residents
from .care import green_lane_raises
from .closing import check_closing
from .community import Registered, registered
from .decider import NOTHING, Absent, Changes, Decision, Gathered, Read
from .errors import Refused, Unknown
from .goods import WithRecipient
from .help_request import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmRepeated,
    Cancelled,
    Closed,
    Confirmed,
    Delivered,
    HelpRequest,
    OnHold,
    ReceiptConfirmed,
    Received,
    RequestCancelled,
    RequestClosed,
    RequestEscalated,
    RequestReceived,
    RequestTriaged,
    RequestUnfilled,
    Unfilled,
    UrgencyChanged,
    WorkPlanned,
    check_confirms,
    ended,
    known,
)
from .hold import Hold, RequestResumed, moved_by_pause
from .kind import Kind
from .leg import Failed, plan_leg
from .link import Others, RequestReadied
from .predecessors import all_delivered, check_after, check_followed
from .recall import release_all
from .resident import Erased, Leaving
from .values import (
    DESK,
    Account,
    Channel,
    Code,
    Command,
    Fact,
    Instant,
    Place,
    RequestId,
    ResidentId,
    Role,
    Sealed,
    SeriesId,
    Urgency,
    request_stream,
)

EMERGENCY_CALL = "120"
DEVICE_AHEAD_MAX = timedelta(minutes=5)
DEVICE_BEHIND_MAX = timedelta(days=31)


class RequestCommand(Command):
    """Base of the commands about one request."""

    request: RequestId


class ReceiveRequest(RequestCommand):
    """
    Write down that somebody needs help.

    `urgency` is the caller's or staff's judgement; without one the catalogue's applies. `triage` says
    whether that judgement stands or a person will judge first; a threat to life never waits for one.
    `after` names requests that must be delivered first (R4), `follows` the one on which this one comes
    back (R17).
    """

    beneficiary: ResidentId
    reporter: Account
    channel: Channel
    kind: Code
    note: Sealed | None = None
    occurred_at: Instant
    needed_by: Instant | None = None
    urgency: Urgency | None = None
    triage: bool = True
    after: Others = ()
    follows: RequestId | None = None
    series: SeriesId | None = None


class TriageRequest(RequestCommand):
    """Judge a received request."""

    urgency: Urgency


class ChangeUrgency(RequestCommand):
    """Judge a request anew."""

    urgency: Urgency
    reason: Code


class AcknowledgeAlarm(RequestCommand):
    """Take an alarm."""


class RepeatAlarm(RequestCommand):
    """Raise an unacknowledged alarm again."""

    due: Instant


class EscalateRequest(RequestCommand):
    """Call the duty contact about a request, once for each reason."""

    reason: Code


class ConfirmReceipt(RequestCommand):
    """Confirm that help arrived."""


class CloseRequest(RequestCommand):
    """Close a confirmed request, or a delivered one with a reason."""

    reason: Code


class CancelRequest(RequestCommand):
    """Cancel a request that is not delivered."""

    reason: Code


class GiveUpRequest(RequestCommand):
    """Record that a request will not be served."""

    reason: Code


class CloseErased(RequestCommand):
    """Close an open request whose beneficiary is being erased."""


def receive_request(command: ReceiveRequest, read: Read) -> Decision:
    """Receive a request for a registered resident; triage it at once unless a person shall."""
    return receive(command, read)


def receive(command: ReceiveRequest, read: Read, *, reopens: RequestId | None = None) -> Decision:
    """Return what receiving a request records; `reopens` names the one that it takes up again."""
    stream = request_stream(command.community, command.request)
    community = registered(read, command.community)
    kind = _kind(community, command.kind)
    person = residents.present(read, command.community, command.beneficiary)
    if kind.staff_only and command.actor.role not in DESK:
        raise Refused(
            "staff_only",
            f"Kind {command.kind} is a duty that staff are ordered to. Let the desk order it.",
            kind=kind.key,
        )
    if command.actor.role is Role.RESIDENT and command.reporter != command.actor.id:
        raise Refused(
            "not_yourself", f"Resident {command.actor.id} reports in their own name only.", actor=command.actor.id
        )
    if not isinstance(read(stream), Absent):
        raise Refused(
            "request_exists", f"Request {command.request} exists already. Use another id.", request=command.request
        )
    check_after(command.request, command.after, read, community=command.community)
    if command.follows is not None:
        check_followed(command.follows, command.beneficiary, read, community=command.community)
    received_at = _received_at(command)
    if command.needed_by is not None and command.needed_by <= received_at:
        raise Refused("deadline_past", "The help would be needed before it was asked for. Give a later time or none.")
    received = RequestReceived(
        beneficiary=command.beneficiary,
        reporter=command.reporter,
        channel=command.channel,
        kind=command.kind,
        urgency=command.urgency,
        place=person.door,
        note=command.note,
        received_at=received_at,
        needed_by=command.needed_by,
        restricted=kind.restricted,
        after=command.after,
        reopens=reopens,
        follows=command.follows,
        series=command.series,
    )
    gathered = Gathered()
    gathered.add(stream, received)
    urgency = command.urgency or green_lane_raises(kind.urgency, green_lane=person.green_lane)
    if command.triage or urgency is Urgency.LIFE:
        hour = command.needed_by if command.series is not None else None
        due_at = hour or _due_at(kind, urgency, received_at=received_at, needed_by=command.needed_by)
        gathered.add(stream, *_triaged(command, community, urgency=urgency, due_at=due_at))
        work = _work(command, community, kind, place=person.door)
        gathered.add(stream, work, *_ready_at_once(command, read, work=work, after=command.after))
    return gathered.decision()


def _received_at(command: ReceiveRequest) -> datetime:
    if command.occurred_at > command.at + DEVICE_AHEAD_MAX:
        raise Refused(
            "from_the_future",
            "The request was made in the future by more than 5 minutes. Correct the device's clock or the time given.",
        )
    if command.occurred_at < command.at - DEVICE_BEHIND_MAX:
        raise Refused(
            "too_long_ago",
            "The request was made more than 31 days ago. Correct the device's clock, or ask anew.",
        )
    return min(command.occurred_at, command.at)


def _kind(community: Registered, key: str) -> Kind:
    kind = community.catalogue.find(key)
    if kind is None:
        keys = ", ".join(k.key for k in community.catalogue.kinds)
        raise Unknown("kind", key, now=f"The catalogue has: {keys}.")
    return kind


def _due_at(kind: Kind, urgency: Urgency, *, received_at: datetime, needed_by: datetime | None) -> datetime:
    due = received_at + timedelta(seconds=kind.due_within(urgency))
    return min(due, needed_by) if needed_by is not None else due


def _triaged(command: RequestCommand, community: Registered, *, urgency: Urgency, due_at: datetime) -> tuple[Fact, ...]:
    triaged = RequestTriaged(urgency=urgency, due_at=due_at, triaged_at=command.at)
    if urgency is not Urgency.LIFE:
        return (triaged,)
    return (triaged, AlarmRaised(to=community.duty, call=EMERGENCY_CALL, raised_at=command.at))


def _work(command: RequestCommand, community: Registered, kind: Kind, *, place: Place) -> WorkPlanned:
    building = community.buildings[place.building] if place.building is not None else None
    legs = tuple(plan_leg(leg, building, floor=place.floor, building_unit=place.building_unit) for leg in kind.legs)
    return WorkPlanned(
        legs=legs,
        same_person=kind.same_person,
        planned_at=command.at,
        approvals=kind.approvals,
        contactless=kind.contactless,
        proof=kind.proof,
        no_payment=kind.no_payment,
        needs_confirmation=kind.needs_confirmation,
    )


def _ready_at_once(
    command: RequestCommand, read: Read, *, work: WorkPlanned, after: tuple[RequestId, ...]
) -> tuple[Fact, ...]:
    """Return that nothing is in the way of a request that comes after others, when that is so already."""
    if not after or work.approvals or not all_delivered(after, read, community=command.community):
        return ()
    return (RequestReadied(readied_at=command.at),)


def triage_request(command: TriageRequest, read: Read) -> Decision:
    """Judge a received request; a threat to life alarms the named person in the same save."""
    state = known(read, command.community, command.request)
    if not isinstance(state, Received):
        if state.urgency is command.urgency and state.is_open:
            return NOTHING
        raise ended(command.request, state)
    community = registered(read, command.community)
    kind = _kind(community, state.kind)
    residents.present(read, command.community, state.beneficiary)
    due_at = _due_at(kind, command.urgency, received_at=state.received_at, needed_by=state.needed_by)
    facts = _triaged(command, community, urgency=command.urgency, due_at=due_at)
    work = _work(command, community, kind, place=state.place)
    return _one(command, *facts, work, *_ready_at_once(command, read, work=work, after=state.after))


def change_urgency(command: ChangeUrgency, read: Read) -> Decision:
    """Raise or lower the urgency; raised to a threat to life, a hold ends and the alarm goes out in the same save."""
    state = known(read, command.community, command.request)
    if not state.is_planned:
        raise ended(command.request, state)
    if state.urgency is command.urgency:
        return NOTHING
    community = registered(read, command.community)
    kind = community.catalogue.find(state.kind)
    due_at = state.due_at or command.at
    if kind is not None:  # a later catalogue may have dropped it; the old deadline stands then
        hour = state.needed_by if state.series is not None else None
        due_at = hour or _due_at(kind, command.urgency, received_at=state.received_at, needed_by=state.needed_by)
        due_at += state.paused
    changed = UrgencyChanged(urgency=command.urgency, due_at=due_at, reason=command.reason, changed_at=command.at)
    if command.urgency is not Urgency.LIFE:
        return _one(command, changed)
    facts: list[Fact] = [changed]
    if isinstance(state, OnHold) and isinstance(state.hold, Hold):
        due_at = moved_by_pause(due_at, state.hold, command.at) or due_at
        facts.append(RequestResumed(due_at=due_at, resumed_at=command.at))
    if state.alarm is None or state.alarm.acknowledged_by is not None:
        facts.append(AlarmRaised(to=community.duty, call=EMERGENCY_CALL, raised_at=command.at))
    return _one(command, *facts)


def acknowledge_alarm(command: AcknowledgeAlarm, read: Read) -> Decision:
    """Record who took the alarm; the first one does, and the others are told who has it."""
    state = known(read, command.community, command.request)
    if state.alarm is None:
        raise Refused("no_alarm", f"Request {command.request} has no alarm.", request=command.request)
    holder = state.alarm.acknowledged_by
    if holder == command.actor.id:
        return NOTHING
    if holder is not None:
        raise Refused(
            "alarm_taken",
            f"{holder} has taken the alarm of request {command.request} already. Talk to them.",
            request=command.request,
            in_charge=holder,
        )
    if not state.is_open:
        raise ended(command.request, state)
    return _one(command, AlarmAcknowledged(by=command.actor.id, acknowledged_at=command.at))


def alarm_repeats_at(state: HelpRequest, community: Registered) -> datetime | None:
    """Return when an unacknowledged alarm is raised again."""
    if state.alarm is None or state.alarm.acknowledged_by is not None or not state.is_open:
        return None
    return state.alarm.last_at + timedelta(seconds=community.policy.alarm_repeat_s)


def repeat_alarm(command: RepeatAlarm, read: Read) -> Decision:
    """Raise an alarm again when it is due, to whoever is on duty now."""
    state = known(read, command.community, command.request)
    community = registered(read, command.community)
    due = alarm_repeats_at(state, community)
    if due is None or due > command.at:
        return NOTHING
    return _one(command, AlarmRepeated(to=community.duty, repeated_at=command.at))


def escalate_request(command: EscalateRequest, read: Read) -> Decision:
    """Call the duty contact, once for each reason."""
    state = known(read, command.community, command.request)
    if not state.is_open or command.reason in state.escalated:
        return NOTHING
    duty = registered(read, command.community).duty
    return _one(command, RequestEscalated(to=duty, reason=command.reason, escalated_at=command.at))


def confirm_receipt(command: ConfirmReceipt, read: Read) -> Decision:
    """Confirm a delivered request; the resident, or somebody on their behalf with both names stored."""
    state = known(read, command.community, command.request)
    by = check_confirms(command, command.request, state)
    if isinstance(state, Confirmed):
        return NOTHING
    if not isinstance(state, Delivered):
        raise ended(command.request, state)
    return _one(command, ReceiptConfirmed(confirmed_by=by, confirmed_at=command.at))


def close_request(command: CloseRequest, read: Read) -> Decision:
    """Close: confirmed by the resident, or delivered with a recorded reason and what its kind asks for (R7, R8)."""
    state = known(read, command.community, command.request)
    if isinstance(state, Closed):
        return NOTHING
    if not isinstance(state, Delivered | Confirmed):
        raise ended(command.request, state)
    if isinstance(state, Delivered) and command.reason == "confirmed":
        raise Refused(
            "not_confirmed",
            f"Nobody confirmed request {command.request}. Confirm it, or close it with the true reason.",
        )
    check_closing(command.request, state, reason=command.reason)
    return _one(command, RequestClosed(reason=command.reason, closed_at=command.at))


def cancel_request(command: CancelRequest, read: Read) -> Decision:
    """Cancel and free everybody who holds a leg of it, in one save."""
    state = known(read, command.community, command.request)
    if command.actor.role is Role.RESIDENT and command.actor.id not in state.spoken_for:
        raise Refused(
            "not_yours_to_cancel",
            f"{command.actor.id} did not ask for request {command.request}. Let the resident or staff cancel it.",
            actor=command.actor.id,
            request=command.request,
        )
    if isinstance(state, Cancelled):
        return NOTHING
    _not_delivered(command, state)
    fact = RequestCancelled(by=command.actor.id, reason=command.reason, cancelled_at=command.at)
    return _over(command, state, fact, reason="request_cancelled", read=read)


def give_up_request(command: GiveUpRequest, read: Read) -> Decision:
    """A person, never the machine, decides that a request will not be served."""
    state = known(read, command.community, command.request)
    if isinstance(state, Unfilled):
        return NOTHING
    _not_delivered(command, state)
    return _over(
        command,
        state,
        RequestUnfilled(reason=command.reason, decided_at=command.at),
        reason="request_unfilled",
        read=read,
    )


def close_erased(command: CloseErased, read: Read) -> Decision:
    """Close an open request of a person who is being erased, whatever its state."""
    state = known(read, command.community, command.request)
    if not state.is_open:
        return NOTHING
    if not isinstance(residents.known(read, command.community, state.beneficiary), Leaving | Erased):
        raise Refused("erasure_not_begun", f"The beneficiary of request {command.request} is not being erased.")
    return _over(command, state, RequestClosed(reason="erased", closed_at=command.at), reason="erased", read=read)


def _not_delivered(command: RequestCommand, state: HelpRequest) -> None:
    if not state.is_undelivered:
        raise ended(command.request, state)


def _over(command: RequestCommand, state: HelpRequest, fact: Fact, *, reason: str, read: Read) -> Decision:
    gathered = Gathered()
    stream = request_stream(command.community, command.request)
    if state.goods is not None and not isinstance(state.goods, WithRecipient):
        # Whoever has the goods keeps them when the request ends: somebody must take them back.
        duty = registered(read, command.community).duty
        gathered.add(stream, RequestEscalated(to=duty, reason="goods_left_behind", escalated_at=command.at))
    gathered.add(stream, fact)
    release_all(command, command.request, state, reason=reason, gathered=gathered)
    return gathered.decision()


def has_failed_leg(state: HelpRequest) -> bool:
    """Tell whether a leg waits for a person's decision."""
    return any(isinstance(leg, Failed) for leg in state.legs)


def _one(command: RequestCommand, *facts: Fact) -> Decision:
    return (Changes(request_stream(command.community, command.request), facts),)
