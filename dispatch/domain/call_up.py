"""
Call-up (备勤调用): people on standby are called for duty in waves, until there are enough (R23).

Ten are deployed and twenty wait. What is offered is duty, not a leg: who is called comes, declines or is
silent, and none of it costs anything. Calling → Filled; Calling → Exhausted (a person was called);
each may fall back to Calling; StoodDown is the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, Read, as_stage, with_item
from .errors import Unknown, impossible
from .shift import Shift
from .values import (
    Account,
    CallUpId,
    Code,
    CommunityId,
    Fact,
    Instant,
    Place,
    ResponderId,
    Role,
    Stream,
    Value,
    stream_of,
)

PEOPLE_MAX = 200
WAVE_MAX = 50

People = Annotated[int, Field(ge=1, le=PEOPLE_MAX)]
WaveSize = Annotated[int, Field(ge=1, le=WAVE_MAX)]
AnswerWithin = Annotated[int, Field(ge=60, le=86_400)]
Count = Annotated[int, Field(ge=0)]


class Need(Value):
    """
    Who is needed, where and when.

    Attributes
    ----------
    roles, skills
        One of the roles, or any when none is named; all of the skills.
    people
        How many.
    wave_size
        How many are called at a time, at most; never more than are missing.
    answer_within_s
        Seconds that each has to answer.
    override
        Why people may be called beyond their limits of duty when nobody else is left; without it nobody is (R24).
    """

    place: Place
    shift: Shift
    people: People
    roles: tuple[Role, ...] = ()
    skills: tuple[Code, ...] = ()
    wave_size: WaveSize = 5
    answer_within_s: AnswerWithin = 900
    override: Code | None = None


class InLine(Value):
    """
    Somebody's place in the fair order of a wave; the smallest comes first, field by field.

    Attributes
    ----------
    beyond
        The limit of duty that they would go beyond (`Need.override`); those come last.
    called
        How often they were called up before.
    burden
        Effort units finished in the days that the policy counts, and held now.
    tie
        A stable hash of call-up and person: nobody is first for ever.
    """

    responder: ResponderId
    beyond: Code | None = None
    called: Count
    burden: Count
    tie: Count

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """What is compared."""
        return (self.beyond is not None, self.called, self.burden, self.tie)


class BarredBy(Value):
    """How many of the pool a rule kept from a wave: the first rule that each of them fails."""

    rule: Code
    people: Count


class CallUpOrdered(Fact):
    """Somebody needs people from the standby pool."""

    TOPIC: ClassVar[str] = "call_up.ordered"
    need: Need
    reason: Code
    ordered_by: Account
    ordered_at: Instant


class WaveCalled(Fact):
    """
    A wave was called: why these, who would have been next, and what kept the others of the pool (A1).

    `as_of` is the log position of the picture from which the pool was counted.
    """

    TOPIC: ClassVar[str] = "call_up.wave_called"
    wave: Annotated[int, Field(ge=1)]
    called: Annotated[tuple[InLine, ...], Field(min_length=1, max_length=WAVE_MAX)]
    next_in_line: InLine | None = None
    barred: tuple[BarredBy, ...] = ()
    as_of: Count
    answer_by: Instant
    called_at: Instant


class CallAccepted(Fact):
    """Somebody comes."""

    TOPIC: ClassVar[str] = "call_up.accepted"
    responder: ResponderId
    accepted_at: Instant


class CallDeclined(Fact):
    """Somebody does not come; that costs nothing."""

    TOPIC: ClassVar[str] = "call_up.declined"
    responder: ResponderId
    reason: Code
    declined_at: Instant


class CallLapsed(Fact):
    """Somebody did not answer in time."""

    TOPIC: ClassVar[str] = "call_up.lapsed"
    responder: ResponderId
    lapsed_at: Instant


class CallWithdrawn(Fact):
    """Somebody is not called any more: enough come, it was stood down, or a rule keeps them now."""

    TOPIC: ClassVar[str] = "call_up.withdrawn"
    responder: ResponderId
    reason: Code
    withdrawn_at: Instant


class DeployedReleased(Fact):
    """Somebody who came cannot any more, blameless; one more is needed again."""

    TOPIC: ClassVar[str] = "call_up.released"
    responder: ResponderId
    reason: Code
    released_at: Instant


class PoolExhausted(Fact):
    """Nobody is left to be called and people are missing: a person is called."""

    TOPIC: ClassVar[str] = "call_up.exhausted"
    to: Account
    missing: People
    barred: tuple[BarredBy, ...] = ()
    as_of: Count
    exhausted_at: Instant


class CallUpStoodDown(Fact):
    """It is over: whoever came is back on standby."""

    TOPIC: ClassVar[str] = "call_up.stood_down"
    reason: Code
    stood_down_at: Instant


class Reply(StrEnum):
    """What became of a call."""

    OPEN = "open"
    COMES = "comes"
    DECLINED = "declined"
    SILENT = "silent"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class CallUp:
    """Base of the states; `calls` says what became of each call, `answer_by` when those of the last wave run out."""

    need: Need
    reason: str
    ordered_by: str
    ordered_at: datetime
    waves: int = 0
    calls: Mapping[ResponderId, Reply] = field(default_factory=dict)
    answer_by: datetime | None = None

    def having(self, reply: Reply | str) -> tuple[ResponderId, ...]:
        """Return who gave a reply, in the order in which they were called."""
        return tuple(who for who, said in self.calls.items() if said == reply)

    @property
    def place(self) -> Place:
        """Where people are needed; who may speak of it holds their role there."""
        return self.need.place

    @property
    def missing(self) -> int:
        """How many are still needed."""
        return max(self.need.people - len(self.having(Reply.COMES)), 0)

    @property
    def is_open(self) -> bool:
        """Tell whether it is not over."""
        return not isinstance(self, StoodDown)

    @property
    def wants_wave(self) -> bool:
        """Tell whether the next wave is to be called: people are missing and nobody is still asked."""
        return self.is_open and self.missing > 0 and not self.having(Reply.OPEN)


class Calling(CallUp):
    """People are missing and are being called."""

    __slots__ = ()


class Exhausted(CallUp):
    """People are missing and nobody is left to be called; a person was."""

    __slots__ = ()


class Filled(CallUp):
    """Enough people come."""

    __slots__ = ()


class StoodDown(CallUp):
    """Over."""

    __slots__ = ()


def evolve(state: Any, event: Fact) -> Any:
    """Return the call-up after one of its events."""
    match state, event:
        case Absent(), CallUpOrdered():
            return Calling(event.need, event.reason, event.ordered_by, event.ordered_at)
        case Calling() | Exhausted(), WaveCalled() if not {c.responder for c in event.called} & state.calls.keys():
            calls = {**state.calls, **{choice.responder: Reply.OPEN for choice in event.called}}
            called = replace(state, waves=event.wave, calls=calls, answer_by=event.answer_by)
            return as_stage(CallUp, Calling, called)
        case Calling(), PoolExhausted():
            return as_stage(CallUp, Exhausted, state)
        case Calling() | Filled() | Exhausted(), CallUpStoodDown() if not state.having(Reply.OPEN):
            return as_stage(CallUp, StoodDown, state)
        case Calling() | Filled() | Exhausted(), _:
            return _replied(state, event)
        case _:
            raise impossible(event, state)


def _replied(state: CallUp, event: Fact) -> CallUp:
    match event:
        case CallAccepted():
            reply, before = Reply.COMES, Reply.OPEN
        case CallDeclined():
            reply, before = Reply.DECLINED, Reply.OPEN
        case CallLapsed():
            reply, before = Reply.SILENT, Reply.OPEN
        case CallWithdrawn():
            reply, before = Reply.WITHDRAWN, Reply.OPEN
        case DeployedReleased():
            reply, before = Reply.RELEASED, Reply.COMES
        case _:
            raise impossible(event, state)
    if state.calls.get(event.responder) is not before:
        raise impossible(event, state)
    then = replace(state, calls=with_item(state.calls, event.responder, reply))
    if reply is Reply.RELEASED:
        return as_stage(CallUp, Calling, then)
    return as_stage(CallUp, Filled, then) if not then.missing else then


CALL_UP = Aggregate(
    name="call_up",
    evolve=evolve,
    facts=(
        CallUpOrdered,
        WaveCalled,
        CallAccepted,
        CallDeclined,
        CallLapsed,
        CallWithdrawn,
        DeployedReleased,
        PoolExhausted,
        CallUpStoodDown,
    ),
    is_over=lambda state: isinstance(state, StoodDown),
)


def call_up_stream(community: CommunityId, call_up: CallUpId) -> Stream:
    """Return the stream of one call-up."""
    return stream_of(community, "call_up", call_up)


def known(read: Read, community: CommunityId, call_up: CallUpId) -> CallUp:
    """
    Return a call-up.

    Raises
    ------
    Unknown
        Nobody ordered it.
    """
    state = read(call_up_stream(community, call_up))
    if not isinstance(state, CallUp):
        raise Unknown("call_up", call_up, now="Correct the id.")
    return state
