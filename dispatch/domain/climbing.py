"""Commands of the escalation ladder: begin, climb, take charge, end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from .community import Registered, registered
from .decider import NOTHING, Absent, Changes, Decision, Gathered, Read
from .errors import Refused
from .escalation import (
    LIFE_THREAT,
    REQUEST_OVER,
    ChargeTaken,
    Climbing,
    Ended,
    Escalation,
    Exhausted,
    ExternalAlarmRaised,
    InCharge,
    LadderBegun,
    LadderEnded,
    StepCalled,
    StepSkipped,
    escalation_stream,
)
from .help_request import AlarmAcknowledged, Confirmed, Delivered, HelpRequest, Received, known
from .responder import Departed, Departing, Responder
from .values import (
    Account,
    Code,
    Command,
    CommunityId,
    Fact,
    RequestId,
    ResponderId,
    Value,
    is_local_id,
    request_stream,
    responder_stream,
)


class Named(Value):
    """Somebody who could be called at a step."""

    step: Code
    account: Account


class LadderCommand(Command):
    """Base of the commands about the escalation of one request."""

    request: RequestId


class BeginLadder(LadderCommand):
    """Begin to call people; `named` is who the contacts and the registers give for each step, in order."""

    named: tuple[Named, ...]


class ClimbLadder(LadderCommand):
    """Call the next step, when whoever was called has not taken charge in time."""

    named: tuple[Named, ...]
    turn: int


class TakeCharge(LadderCommand):
    """Take charge of what people are called for."""


class EndLadder(LadderCommand):
    """Call nobody any more, because there is nothing left to take charge of."""


def reasons_of(state: HelpRequest) -> tuple[str, ...]:
    """Return why somebody should be called about a request now: reasons that are settled do not count."""
    if not state.is_open:
        return ()
    found = [LIFE_THREAT] if state.alarm is not None and state.alarm.acknowledged_by is None else []
    found += sorted(
        reason
        for reason in state.escalated
        if (isinstance(state, Received) if reason == "untriaged" else not isinstance(state, Delivered | Confirmed))
    )
    return tuple(found)


def is_called_for(state: HelpRequest, ladder: Escalation | None) -> bool:
    """Tell whether something happened that nobody has been called for yet."""
    alarm_at = state.alarm.raised_at if state.alarm is not None and state.alarm.acknowledged_by is None else None
    if ladder is None:
        return bool(reasons_of(state))
    if isinstance(ladder, Climbing | Exhausted):
        return False
    new_alarm = alarm_at is not None and alarm_at != ladder.alarm_at
    return bool(reasons_of(state)) and (new_alarm or state.escalations > ladder.covers)


def is_settled(state: HelpRequest, ladder: Escalation) -> bool:
    """Tell whether nothing is left of what people are being called for."""
    return isinstance(ladder, Climbing | Exhausted) and not set(ladder.reasons) & set(reasons_of(state))


def _ladder(command: LadderCommand, read: Read) -> Escalation | None:
    state = read(escalation_stream(command.community, command.request))
    return None if isinstance(state, Absent) else state


def begin_ladder(command: BeginLadder, read: Read) -> Decision:
    """Begin a ladder and call its first step that reaches somebody; nothing when nobody needs to be called."""
    state, ladder = known(read, command.community, command.request), _ladder(command, read)
    if not is_called_for(state, ladder):
        return NOTHING
    register = registered(read, command.community)
    begun = LadderBegun(
        reasons=reasons_of(state),
        urgency=state.urgency,
        covers=state.escalations,
        alarm_at=state.alarm.raised_at if state.alarm is not None else None,
        begun_at=command.at,
    )
    steps = _climb(command, register, state, ladder=Escalation(reasons=begun.reasons), read=read)
    return (Changes(escalation_stream(command.community, command.request), (begun, *steps)),)


def climb_ladder(command: ClimbLadder, read: Read) -> Decision:
    """Call the next step when the time of the last one is over; taken charge of in between, nothing happens."""
    state, ladder = known(read, command.community, command.request), _ladder(command, read)
    if not isinstance(ladder, Climbing) or ladder.turn != command.turn or is_settled(state, ladder):
        return NOTHING
    if ladder.answer_by is not None and ladder.answer_by > command.at:
        return NOTHING
    register = registered(read, command.community)
    steps = tuple(_climb(command, register, state, ladder=ladder, read=read))
    return (Changes(escalation_stream(command.community, command.request), steps),)


def _climb(
    command: BeginLadder | ClimbLadder, register: Registered, state: HelpRequest, *, ladder: Escalation, read: Read
) -> Iterator[Fact]:
    """Yield the steps up to the first that reaches somebody; when none does, the external alarm (L5)."""
    for step in register.policy.ladder:
        if step.name in ladder.passed:
            continue
        reason = "nobody_named"
        for account in (named.account for named in command.named if named.step == step.name):
            why = "called_already" if ladder.was_called(account) else out_of_reach(account, command, read)
            if why is None:
                within = timedelta(seconds=step.within_s[state.urgency.rank])
                yield StepCalled(step=step.name, to=account, answer_by=command.at + within, called_at=command.at)
                return
            reason = why
        yield StepSkipped(step=step.name, reason=reason, skipped_at=command.at)
    yield ExternalAlarmRaised(reasons=ladder.reasons, raised_at=command.at)


def out_of_reach(account: str, command: Command, read: Read) -> str | None:
    """
    Return the rule by which somebody is not called now, or `None`.

    A desk without an entry among the responders has no shifts: it is taken to be manned.
    """
    person = responder_behind(account, command.community, read)
    if person is None:
        return None
    if isinstance(person, Departing | Departed):
        return "still_serving"
    if (account, person.role) in registered(read, command.community).grants.revoked:
        return "role_not_revoked"
    if person.out:
        return "not_dropped_out"
    if person.isolated:
        return "not_isolated"
    return None if person.on_duty(command.at) else "on_duty"


def responder_behind(account: str, community: CommunityId, read: Read) -> Responder | None:
    """Return the responder whose id an account is, if it is one."""
    if not is_local_id(account):
        return None
    person = read(responder_stream(community, ResponderId(account)))
    return person if isinstance(person, Responder) else None


def take_charge(command: TakeCharge, read: Read) -> Decision:
    """
    Take charge, once: the ladder stops, and an alarm is acknowledged in the same save.

    Raises
    ------
    Refused
        ``charge_taken`` says who has it; ``nothing_to_take``: nobody is called about this request.
    """
    state, ladder = known(read, command.community, command.request), _ladder(command, read)
    me = command.actor.id
    if isinstance(ladder, InCharge):
        if ladder.by == me:
            return NOTHING
        raise Refused(
            "charge_taken",
            f"{ladder.by} has taken charge of request {command.request} already. Talk to them.",
            request=command.request,
            in_charge=ladder.by,
        )
    if not isinstance(ladder, Climbing | Exhausted):
        raise Refused(
            "nothing_to_take",
            f"Nobody is called about request {command.request} now. Look at its timeline.",
            request=command.request,
        )
    gathered = Gathered()
    taken = ChargeTaken(by=me, covers=state.escalations, taken_at=command.at)
    gathered.add(escalation_stream(command.community, command.request), taken)
    if state.is_open and state.alarm is not None and state.alarm.acknowledged_by is None:
        stream = request_stream(command.community, command.request)
        gathered.add(stream, AlarmAcknowledged(by=me, acknowledged_at=command.at))
    return gathered.decision()


def end_ladder(command: EndLadder, read: Read) -> Decision:
    """End what is settled; of a request that is over, for good."""
    state, ladder = known(read, command.community, command.request), _ladder(command, read)
    if ladder is None:
        return NOTHING
    over = not state.is_open and isinstance(ladder, Climbing | Exhausted | InCharge | Ended)
    if not over and not is_settled(state, ladder):
        return NOTHING
    fact = LadderEnded(reason=REQUEST_OVER if over else "settled", covers=state.escalations, ended_at=command.at)
    return (Changes(escalation_stream(command.community, command.request), (fact,)),)


def climbs_at(ladder: Escalation) -> datetime | None:
    """Return when the next step is called."""
    return ladder.answer_by if isinstance(ladder, Climbing) else None
