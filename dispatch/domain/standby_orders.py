"""Commands about the standby pool: who waits, who is called in which wave, who comes, and the end of it (R23)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from .call_up import (
    WAVE_MAX,
    BarredBy,
    CallAccepted,
    CallDeclined,
    CallLapsed,
    CallUp,
    CallUpOrdered,
    CallUpStoodDown,
    CallWithdrawn,
    DeployedReleased,
    Exhausted,
    InLine,
    Need,
    PoolExhausted,
    Reply,
    StoodDown,
    WaveCalled,
    call_up_stream,
    known,
)
from .community import check_place, registered
from .decider import NOTHING, Absent, Changes, Decision, Gathered, Read
from .duty import DutyLimitOverridden
from .errors import Refused
from .ladder import LadderContacts, ladder_stream
from .responder import Departed, Departing, Responder, serving
from .responder import known as known_responder
from .roster import ResponderCommand
from .shift import Shift, ShiftCancelled, ShiftPlanned
from .standby import (
    ResponderCalledUp,
    ResponderCallEnded,
    ResponderDeployed,
    ResponderStoodDown,
    StandbyBegan,
    StandbyEnded,
    StandbyStage,
)
from .standby_rules import Candidate, bars_call, bars_coming, candidate, excess, in_line
from .values import CallUpId, Code, Command, CommunityId, Fact, Instant, Place, ResponderId, responder_stream

AHEAD_MAX = timedelta(days=31)
LASTS_MAX = timedelta(days=2)
STANDBY_STEP = "standby"


class BeginStandby(ResponderCommand):
    """Let somebody wait to be called up."""


class EndStandby(ResponderCommand):
    """Let somebody wait no more."""


class CallUpCommand(Command):
    """Base of the commands about one call-up."""

    call_up: CallUpId


class OrderCallUp(CallUpCommand):
    """Ask for people from the pool."""

    need: Need
    reason: Code

    @property
    def place(self) -> Place:
        """Where they are needed: who orders it holds the role there."""
        return self.need.place


class CallWave(CallUpCommand):
    """
    Call the next wave.

    `named` are the first in line on the picture at `as_of`, `barred` what kept the others of the pool.
    """

    wave: Annotated[int, Field(ge=1)]
    named: Annotated[tuple[ResponderId, ...], Field(max_length=WAVE_MAX + 1)]
    barred: tuple[BarredBy, ...] = ()
    as_of: Annotated[int, Field(ge=0)]


class AnswerCall(CallUpCommand):
    """Base of the answers to a call; a call-up calls nobody twice, so the two ids name the call."""

    responder: ResponderId


class ComeForDuty(AnswerCall):
    """Say that one comes."""


class DeclineDuty(AnswerCall):
    """Say that one does not come."""

    reason: Code


class LapseCall(CallUpCommand):
    """Give up waiting for an answer; `due` is when it should have come."""

    responder: ResponderId
    due: Instant


class WithdrawCall(CallUpCommand):
    """Call somebody no more, because a rule keeps them now."""

    responder: ResponderId
    reason: Code


class ReleaseDeployed(CallUpCommand):
    """Let somebody go who came, blameless."""

    responder: ResponderId
    reason: Code


class StandDown(CallUpCommand):
    """End it: whoever came is back on standby."""

    reason: Code


def begin_standby(command: BeginStandby, read: Read) -> Decision:
    """Let somebody wait to be called up; who does already, or was called, stays as they are."""
    state = serving(read, command.community, command.responder)
    if state.standby.stage is not StandbyStage.NONE:
        return NOTHING
    stream = responder_stream(command.community, command.responder)
    return (Changes(stream, (StandbyBegan(standby_from=command.at),)),)


def end_standby(command: EndStandby, read: Read) -> Decision:
    """
    Let somebody wait no more.

    Raises
    ------
    Refused
        ``called_up_now``: they are called or deployed; that is answered, or stood down, first.
    """
    standby = serving(read, command.community, command.responder).standby
    if standby.stage is StandbyStage.NONE:
        return NOTHING
    if standby.stage is not StandbyStage.READY:
        raise Refused(
            "called_up_now",
            f"Responder {command.responder} is {standby.stage} for call-up {standby.call_up}. "
            "Let them answer, or stand it down first.",
            responder=command.responder,
            call_up=standby.call_up,
        )
    stream = responder_stream(command.community, command.responder)
    return (Changes(stream, (StandbyEnded(standby_until=command.at),)),)


def order_call_up(command: OrderCallUp, read: Read) -> Decision:
    """
    Order a call-up; its first wave is called by the next drain.

    Raises
    ------
    Refused
        ``call_up_exists``; ``bad_call_up_span``: it is over already, lasts too long or lies too far ahead.
    """
    stream = call_up_stream(command.community, command.call_up)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "call_up_exists",
            f"Call-up {command.call_up} exists already. Use another id.",
            call_up=command.call_up,
        )
    check_place(registered(read, command.community), command.need.place)
    span = command.need.shift
    too_far = span.ends_at - span.starts_at > LASTS_MAX or span.starts_at - command.at > AHEAD_MAX
    if span.ends_at <= command.at or too_far:
        raise Refused(
            "bad_call_up_span",
            "People are called for a span that is not over, lasts at most two days and begins within 31 days. "
            "Correct its hours.",
        )
    fact = CallUpOrdered(need=command.need, reason=command.reason, ordered_by=command.actor.id, ordered_at=command.at)
    return (Changes(stream, (fact,)),)


def call_wave(command: CallWave, read: Read) -> Decision:
    """
    Call the next wave: as many as are missing, at most a wave, the first in the fair order (R23).

    Nobody named means that the pool is exhausted: then a person is called, once until somebody else may come.
    """
    state = known(read, command.community, command.call_up)
    if not state.wants_wave or command.wave != state.waves + 1 or state.need.shift.ends_at <= command.at:
        return NOTHING
    if not command.named:
        return _exhausted(command, state, read)
    line = _line(command, state, read)
    count = min(state.need.wave_size, state.missing)
    if not line:
        return NOTHING  # a newer picture names others
    answer_by = command.at + timedelta(seconds=state.need.answer_within_s)
    fact = WaveCalled(
        wave=command.wave,
        called=line[:count],
        next_in_line=line[count] if len(line) > count else None,
        barred=command.barred,
        as_of=command.as_of,
        answer_by=min(answer_by, state.need.shift.ends_at),
        called_at=command.at,
    )
    gathered = Gathered()
    gathered.add(call_up_stream(command.community, command.call_up), fact)
    for choice in fact.called:
        called = ResponderCalledUp(call_up=command.call_up, called_at=command.at)
        gathered.add(responder_stream(command.community, choice.responder), called)
    return gathered.decision()


def _line(command: CallWave, state: CallUp, read: Read) -> tuple[InLine, ...]:
    """Return who of those named may be called, in the fair order; looked at anew, because the picture may be old."""
    people = [
        candidate(read, command.community, who, call_up=state, at=command.at) for who in dict.fromkeys(command.named)
    ]
    free = [person for person in people if person is not None and bars_call(person) is None]
    return tuple(sorted((in_line(person, command.call_up) for person in free), key=lambda choice: choice.rank))


def _exhausted(command: CallWave, state: CallUp, read: Read) -> Decision:
    if isinstance(state, Exhausted):
        return NOTHING
    fact = PoolExhausted(
        to=_after_standby(read, command.community, state.need.place),
        missing=state.missing,
        barred=command.barred,
        as_of=command.as_of,
        exhausted_at=command.at,
    )
    return (Changes(call_up_stream(command.community, command.call_up), (fact,)),)


def _after_standby(read: Read, community: CommunityId, place: Place) -> str:
    """Return who is called when the pool is empty: named for a later step of the ladder, else the duty contact."""
    register, contacts = registered(read, community), read(ladder_stream(community))
    steps = [step.name for step in register.policy.ladder]
    later = steps[steps.index(STANDBY_STEP) + 1 :] if STANDBY_STEP in steps else []
    if not isinstance(contacts, LadderContacts):
        return register.duty
    named = [who for step in later for who in contacts.at(place, step)]
    return named[0] if named else register.duty


def _open_call(command: AnswerCall, read: Read, *, answered: Reply) -> CallUp | None:
    """Return the call-up whose call is open; `None` when this very answer was given before."""
    state = known(read, command.community, command.call_up)
    reply = state.calls.get(command.responder)
    if reply is answered:
        return None
    if reply is not Reply.OPEN:
        raise Refused(
            "not_called",
            f"Responder {command.responder} has no open call of call-up {command.call_up}: "
            f"{'never called' if reply is None else reply}. Nothing is left to answer.",
            responder=command.responder,
            call_up=command.call_up,
        )
    return state


def come_for_duty(command: ComeForDuty, read: Read) -> Decision:
    """
    Come: the shift is planned and the responder deployed in one save.

    Raises
    ------
    Refused
        ``not_called``; ``may_not_come`` names the rule that keeps them now; ``call_up_over``.
    """
    state = _open_call(command, read, answered=Reply.COMES)
    if state is None:
        return NOTHING
    if state.need.shift.ends_at <= command.at:
        raise Refused(
            "call_up_over",
            f"The duty of call-up {command.call_up} is over. Nothing is left to do.",
            call_up=command.call_up,
        )
    serving(read, command.community, command.responder)
    person = candidate(read, command.community, command.responder, call_up=state, at=command.at)
    rule = bars_coming(person) if person is not None else "still_serving"
    if person is None or rule is not None:
        raise Refused(
            "may_not_come",
            f"Responder {command.responder} may not come now: {rule}. Let them decline, so that the next is called.",
            responder=command.responder,
            rule=rule,
        )
    gathered = Gathered()
    accepted = CallAccepted(responder=command.responder, accepted_at=command.at)
    gathered.add(call_up_stream(command.community, command.call_up), accepted)
    gathered.add(responder_stream(command.community, command.responder), *_deployed(command, state, person))
    return gathered.decision()


def _deployed(command: ComeForDuty, state: CallUp, person: Candidate) -> tuple[Fact, ...]:
    """Return the shift that somebody serves, with the override of a limit as whoever ordered the call-up gave it."""
    shift, beyond = person.shift, excess(person)
    planned = ShiftPlanned(shift=shift, planned_at=command.at)
    deployed = ResponderDeployed(call_up=command.call_up, shift=shift, deployed_at=command.at)
    if beyond is None or state.need.override is None:
        return (planned, deployed)
    overridden = DutyLimitOverridden(
        shift=shift,
        limit=beyond.limit,
        found=beyond.found,
        allowed=beyond.allowed,
        reason=state.need.override,
        by=state.ordered_by,
        overridden_at=command.at,
    )
    return (planned, overridden, deployed)


def decline_duty(command: DeclineDuty, read: Read) -> Decision:
    """Decline; that costs nothing, and the next wave is called when this one is answered."""
    if _open_call(command, read, answered=Reply.DECLINED) is None:
        return NOTHING
    fact = CallDeclined(responder=command.responder, reason=command.reason, declined_at=command.at)
    return _call_ended(command, command.responder, fact, reason="declined", read=read)


def lapse_call(command: LapseCall, read: Read) -> Decision:
    """Give up waiting, when the time of the very call is over."""
    state = known(read, command.community, command.call_up)
    is_open = state.calls.get(command.responder) is Reply.OPEN
    if not is_open or state.answer_by != command.due or command.at < command.due:
        return NOTHING
    fact = CallLapsed(responder=command.responder, lapsed_at=command.at)
    return _call_ended(command, command.responder, fact, reason="lapsed", read=read)


def withdraw_call(command: WithdrawCall, read: Read) -> Decision:
    """Call somebody no more; an answer that came first stays."""
    state = known(read, command.community, command.call_up)
    if state.calls.get(command.responder) is not Reply.OPEN:
        return NOTHING
    fact = CallWithdrawn(responder=command.responder, reason=command.reason, withdrawn_at=command.at)
    return _call_ended(command, command.responder, fact, reason=command.reason, read=read)


def _call_ended(command: CallUpCommand, who: ResponderId, fact: Fact, *, reason: str, read: Read) -> Decision:
    gathered = Gathered()
    gathered.add(call_up_stream(command.community, command.call_up), fact)
    gathered.add(responder_stream(command.community, who), *_free(command, who, reason=reason, read=read))
    return gathered.decision()


def _free(command: CallUpCommand, who: ResponderId, *, reason: str, read: Read) -> tuple[Fact, ...]:
    if isinstance(known_responder(read, command.community, who), Departing | Departed):
        return ()  # who leaves for good is in no pool any more
    return (ResponderCallEnded(call_up=command.call_up, reason=reason, ended_at=command.at),)


def release_deployed(command: ReleaseDeployed, read: Read) -> Decision:
    """Let somebody go who came: what is left of the shift is taken back, and one more is called."""
    state = known(read, command.community, command.call_up)
    if state.calls.get(command.responder) is not Reply.COMES or not state.is_open:
        return NOTHING
    gathered = Gathered()
    fact = DeployedReleased(responder=command.responder, reason=command.reason, released_at=command.at)
    gathered.add(call_up_stream(command.community, command.call_up), fact)
    gathered.add(responder_stream(command.community, command.responder), *_back(command, command.responder, read=read))
    return gathered.decision()


def _back(command: CallUpCommand, who: ResponderId, *, read: Read) -> tuple[Fact, ...]:
    """Return how somebody goes back to standby; what they served counts against their limits still."""
    person: Responder = known_responder(read, command.community, who)
    if isinstance(person, Departing | Departed):
        return ()
    stood_down = ResponderStoodDown(call_up=command.call_up, stood_down_at=command.at)
    return (*_cut_short(person.standby.shift, person, command.at), stood_down)


def _cut_short(shift: Shift | None, person: Responder, at: datetime) -> tuple[Fact, ...]:
    if shift is None or shift not in person.shifts or shift.ends_at <= at:
        return ()
    cancelled = ShiftCancelled(shift=shift, cancelled_at=at)
    if at <= shift.starts_at:
        return (cancelled,)
    return (cancelled, ShiftPlanned(shift=Shift(starts_at=shift.starts_at, ends_at=at), planned_at=at))


def stand_down(command: StandDown, read: Read) -> Decision:
    """End it: open calls are withdrawn, whoever came goes back to standby, in one save."""
    state = known(read, command.community, command.call_up)
    if isinstance(state, StoodDown):
        return NOTHING
    gathered, stream = Gathered(), call_up_stream(command.community, command.call_up)
    for who in state.having(Reply.OPEN):
        gathered.add(stream, CallWithdrawn(responder=who, reason="stood_down", withdrawn_at=command.at))
        gathered.add(responder_stream(command.community, who), *_free(command, who, reason="stood_down", read=read))
    for who in state.having(Reply.COMES):
        gathered.add(responder_stream(command.community, who), *_back(command, who, read=read))
    gathered.add(stream, CallUpStoodDown(reason=command.reason, stood_down_at=command.at))
    return gathered.decision()
