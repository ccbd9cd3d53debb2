"""
Escalation (上报): the timed ladder (逐级转派) about one request, until somebody takes charge of it.

Climbing → InCharge; Climbing → Exhausted (external alarm) → InCharge; Ended. Each step says whom it
called, or why nobody: so that it can be told afterwards who knew, and when (L1, L2, L5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, as_stage
from .errors import impossible
from .values import Account, Code, CommunityId, Fact, Instant, RequestId, Stream, Urgency, stream_of

LIFE_THREAT = "life_threat"
"""The reason of a ladder that an alarm began; every other one is a reason of `RequestEscalated`."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """
    Base of the states.

    `covers` counts the escalations of the request that are answered for, `alarm_at` is the alarm that is;
    `turn` counts the events, so that each timer has an id of its own; `called` are (step, account).
    """

    reasons: tuple[str, ...] = ()
    covers: int = 0
    alarm_at: datetime | None = None
    turn: int = 0
    called: tuple[tuple[str, str], ...] = ()
    passed: tuple[str, ...] = ()
    answer_by: datetime | None = None
    by: str | None = None

    def was_called(self, account: str) -> bool:
        """Tell whether somebody was called since the ladder last began."""
        return any(who == account for _, who in self.called)


class Climbing(Escalation):
    """Somebody is called, or about to be; nobody has taken charge."""

    __slots__ = ()


class Exhausted(Escalation):
    """All steps were tried and the external alarm is raised; nobody has taken charge."""

    __slots__ = ()


class InCharge(Escalation):
    """`by` has taken charge of it."""

    __slots__ = ()


class Ended(Escalation):
    """There is nothing to take charge of any more; a new reason may begin it anew while the request is open."""

    __slots__ = ()


class Over(Escalation):
    """The request is over."""

    __slots__ = ()


class LadderBegun(Fact):
    """The machine alone does not get it done: people are called in turn."""

    TOPIC: ClassVar[str] = "escalation.begun"
    reasons: Annotated[tuple[Code, ...], Field(min_length=1)]
    urgency: Urgency
    covers: Annotated[int, Field(ge=0)]
    alarm_at: Instant | None = None
    begun_at: Instant


class StepCalled(Fact):
    """Somebody is called and has until `answer_by` to take charge."""

    TOPIC: ClassVar[str] = "escalation.step_called"
    step: Code
    to: Account
    answer_by: Instant
    called_at: Instant


class StepSkipped(Fact):
    """A step that reaches nobody is not waited for; the reason says why."""

    TOPIC: ClassVar[str] = "escalation.step_skipped"
    step: Code
    reason: Code
    skipped_at: Instant


class ExternalAlarmRaised(Fact):
    """The ladder ends here and nobody has taken charge: whoever embeds this calls for help from outside (L5)."""

    TOPIC: ClassVar[str] = "escalation.external_alarm_raised"
    reasons: tuple[Code, ...]
    raised_at: Instant


class ChargeTaken(Fact):
    """A named person has taken charge; nobody else is called."""

    TOPIC: ClassVar[str] = "escalation.charge_taken"
    by: Account
    covers: Annotated[int, Field(ge=0)]
    taken_at: Instant


class LadderEnded(Fact):
    """Nobody needs to take charge any more: what people were called for is settled, or the request is over."""

    TOPIC: ClassVar[str] = "escalation.ended"
    reason: Code
    covers: Annotated[int, Field(ge=0)]
    ended_at: Instant


REQUEST_OVER = "request_over"


def evolve(state: Any, event: Fact) -> Any:
    """Return the escalation after one of its events."""
    match state, event:
        case Absent() | InCharge() | Ended(), LadderBegun():
            turn = 0 if isinstance(state, Absent) else state.turn
            return Climbing(reasons=event.reasons, covers=event.covers, alarm_at=event.alarm_at, turn=turn + 1)
        case Climbing(), StepCalled():
            called = (*state.called, (event.step, event.to))
            climbed = replace(state, called=called, answer_by=event.answer_by)
            return _passed(climbed, event.step)
        case Climbing(), StepSkipped():
            return _passed(state, event.step)
        case Climbing(), ExternalAlarmRaised():
            return _become(Exhausted, replace(state, answer_by=None))
        case Climbing() | Exhausted(), ChargeTaken():
            return _become(InCharge, replace(state, by=event.by, covers=event.covers, answer_by=None))
        case Climbing() | Exhausted() | InCharge() | Ended(), LadderEnded():
            stage = Over if event.reason == REQUEST_OVER else Ended
            return _become(stage, replace(state, covers=event.covers, answer_by=None))
        case _:
            raise impossible(event, state)


def _passed(state: Escalation, step: str) -> Escalation:
    return replace(state, passed=(*state.passed, step), turn=state.turn + 1)


def _become(stage: type[Escalation], state: Escalation) -> Escalation:
    return as_stage(Escalation, stage, state, turn=state.turn + 1)


ESCALATION = Aggregate(
    name="escalation",
    evolve=evolve,
    facts=(LadderBegun, StepCalled, StepSkipped, ExternalAlarmRaised, ChargeTaken, LadderEnded),
    is_over=lambda state: isinstance(state, Over),
)


def escalation_stream(community: CommunityId, request: RequestId) -> Stream:
    """Return the stream of the escalation of a request."""
    return stream_of(community, "escalation", request)
