"""
Duty task (紧急值守任务): what staff are ordered to do about a person, not what a resident asked for (R28).

A close contact is rung at 23:00, two people in gear go, and stay with them until 02:00. The work itself is
a request of a kind that only staff may open, with its own legs and crew; here is what it has besides:
who ordered it, until when, and whether the person comes or refuses. Ordered → Refusing → Agreed, and
Ended with its request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .community import registered
from .decider import NOTHING, Absent, Aggregate, Decision, Gathered, Read, as_stage
from .errors import Refused, Unknown, impossible
from .help_request import HelpRequest, RequestEscalated, ended
from .help_request import known as known_request
from .request_events import PersonAnswered
from .values import (
    DESK,
    Account,
    Code,
    Command,
    CommunityId,
    DutyTaskId,
    Fact,
    Instant,
    RequestId,
    Stream,
    request_stream,
    stream_of,
)

LASTS_MAX = timedelta(days=2)
PERSON_REFUSES = "person_refuses"


@dataclass(frozen=True, slots=True)
class DutyTask:
    """
    Base of the states of a duty.

    `refusals` counts how often the person refused: what an agreement answers.
    """

    request: RequestId
    ordered_by: str
    ordered_at: datetime
    until: datetime
    refusals: int = 0
    reason: str | None = None


class Ordered(DutyTask):
    """The person has neither refused nor agreed."""

    __slots__ = ()


class Refusing(DutyTask):
    """The person refuses; a person was called."""

    __slots__ = ()


class Agreed(DutyTask):
    """The person comes."""

    __slots__ = ()


class Ended(DutyTask):
    """Its request is over."""

    __slots__ = ()


class DutyOrdered(Fact):
    """Staff were ordered to see to a person, until an instant."""

    TOPIC: ClassVar[str] = "duty.ordered"
    request: RequestId
    ordered_by: Account
    until: Instant
    ordered_at: Instant


class RefusalRecorded(Fact):
    """The person refuses; the reason is a code, such as will_not_leave."""

    TOPIC: ClassVar[str] = "duty.refusal_recorded"
    reason: Code
    recorded_at: Instant


class AgreementRecorded(Fact):
    """The person comes, at once or after refusing."""

    TOPIC: ClassVar[str] = "duty.agreement_recorded"
    recorded_at: Instant


class DutyEnded(Fact):
    """The request of the duty is over, done or not."""

    TOPIC: ClassVar[str] = "duty.ended"
    ended_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the duty after one of its events."""
    match state, event:
        case Absent(), DutyOrdered():
            return Ordered(event.request, event.ordered_by, event.ordered_at, event.until)
        case Ordered() | Agreed(), RefusalRecorded():
            return _move(Refusing, state, refusals=state.refusals + 1, reason=event.reason)
        case Ordered() | Refusing(), AgreementRecorded():
            return _move(Agreed, state)
        case Ordered() | Refusing() | Agreed(), DutyEnded():
            return _move(Ended, state)
        case _:
            raise impossible(event, state)


def _move(stage: type[DutyTask], state: DutyTask, **changes: Any) -> DutyTask:
    return as_stage(DutyTask, stage, state, **changes)


DUTY_TASK = Aggregate(
    name="duty",
    evolve=evolve,
    is_over=lambda state: isinstance(state, Ended),
    facts=(DutyOrdered, RefusalRecorded, AgreementRecorded, DutyEnded),
)


class OrderDuty(Command):
    """Order a duty; its request is opened in the same save."""

    duty: DutyTaskId
    request: RequestId
    until: Instant


class RecordRefusal(Command):
    """Record that the person refuses."""

    duty: DutyTaskId
    reason: Code


class RecordAgreement(Command):
    """
    Record that the person comes.

    `refusals` says how many refusals it answers, so that a late repeat does not undo a newer one.
    """

    duty: DutyTaskId
    refusals: int


class EndDuty(Command):
    """End a duty whose request is over."""

    duty: DutyTaskId


def duty_stream(community: CommunityId, duty: DutyTaskId) -> Stream:
    """Return the stream of one duty."""
    return stream_of(community, "duty", duty)


def known(read: Read, community: CommunityId, duty: DutyTaskId) -> DutyTask:
    """
    Return a duty.

    Raises
    ------
    Unknown
        Nobody ordered it.
    """
    state = read(duty_stream(community, duty))
    if not isinstance(state, DutyTask):
        raise Unknown("duty", duty, now="Correct the id.")
    return state


def order_duty(command: OrderDuty, read: Read) -> Decision:
    """Order a duty about an open request of a kind of staff's own."""
    stream = duty_stream(command.community, command.duty)
    if not isinstance(read(stream), Absent):
        raise Refused("duty_exists", f"Duty {command.duty} exists already. Use another id.", duty=command.duty)
    request = known_request(read, command.community, command.request)
    if not request.is_open:
        raise ended(command.request, request)
    kind = registered(read, command.community).catalogue.find(request.kind)
    if kind is None or not kind.staff_only:
        raise Refused(
            "not_a_duty",
            f"Kind {request.kind} is asked for by residents. Order a kind that the catalogue keeps to staff.",
            kind=request.kind,
        )
    if not command.at < command.until <= command.at + LASTS_MAX:
        raise Refused("bad_duty_end", "A duty ends after it is ordered and within two days. Correct its end.")
    fact = DutyOrdered(request=command.request, ordered_by=command.actor.id, until=command.until, ordered_at=command.at)
    gathered = Gathered()
    gathered.add(stream, fact)
    return gathered.decision()


def _was_there(command: RecordRefusal | RecordAgreement, state: DutyTask, request: HelpRequest) -> None:
    """What the person says is written down by who has taken the duty, or by the desk (R28)."""
    who, role = command.on_behalf_of or command.actor.id, command.actor.role
    there = {ask.responder for leg in request.legs for ask in leg.asks if ask.accepted}
    if role not in DESK and who not in there:
        raise Refused(
            "not_concerned",
            f"{who} has not taken duty {command.duty}. Let its crew, or the desk, write this down.",
            actor=who,
            request=state.request,
        )


def record_refusal(command: RecordRefusal, read: Read) -> Decision:
    """Record a refusal and call the duty contact, in one save: nobody is carried off by a machine."""
    state = known(read, command.community, command.duty)
    if isinstance(state, Refusing):
        return NOTHING
    request = known_request(read, command.community, state.request)
    _was_there(command, state, request)
    if not request.is_open:
        raise ended(state.request, request)
    duty = registered(read, command.community).duty
    gathered = Gathered()
    refused = RefusalRecorded(reason=command.reason, recorded_at=command.at)
    gathered.add(duty_stream(command.community, command.duty), refused)
    called = RequestEscalated(to=duty, reason=PERSON_REFUSES, escalated_at=command.at)
    answered = PersonAnswered(comes=False, answered_at=command.at)
    gathered.add(request_stream(command.community, state.request), called, answered)
    return gathered.decision()


def record_agreement(command: RecordAgreement, read: Read) -> Decision:
    """Record that the person comes."""
    state = known(read, command.community, command.duty)
    if isinstance(state, Agreed | Ended) or command.refusals != state.refusals:
        return NOTHING
    request = known_request(read, command.community, state.request)
    _was_there(command, state, request)
    gathered = Gathered()
    agreed = AgreementRecorded(recorded_at=command.at)
    gathered.add(duty_stream(command.community, command.duty), agreed)
    if request.refusing and request.is_open:
        answered = PersonAnswered(comes=True, answered_at=command.at)
        gathered.add(request_stream(command.community, state.request), answered)
    return gathered.decision()


def end_duty(command: EndDuty, read: Read) -> Decision:
    """End a duty when its request is over; until then nothing happens."""
    state = known(read, command.community, command.duty)
    if isinstance(state, Ended) or known_request(read, command.community, state.request).is_open:
        return NOTHING
    gathered = Gathered()
    gathered.add(duty_stream(command.community, command.duty), DutyEnded(ended_at=command.at))
    return gathered.decision()
