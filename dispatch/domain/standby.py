"""
Standby (备勤): who waits to be called up for duty, and how often they were called (R23).

Ready → Called → Ready or Deployed → Ready. The events are on the responder's stream, so that nobody is
called for two things at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from .errors import impossible
from .shift import Shift
from .values import CallUpId, Code, Fact, Instant


class StandbyStage(StrEnum):
    """Where somebody is with respect to the pool."""

    NONE = "none"
    READY = "ready"
    CALLED = "called"
    DEPLOYED = "deployed"


@dataclass(frozen=True, slots=True)
class Standby:
    """
    Somebody's place in the pool.

    Attributes
    ----------
    called
        How often they were ever called up, whatever the answer: the first thing that a fair order looks at.
    call_up
        What they are called or deployed for now.
    shift
        What they serve for it, while deployed.
    """

    stage: StandbyStage = StandbyStage.NONE
    called: int = 0
    call_up: CallUpId | None = None
    shift: Shift | None = None


NO_STANDBY = Standby()


class StandbyBegan(Fact):
    """The responder waits to be called up."""

    TOPIC: ClassVar[str] = "responder.standby_began"
    standby_from: Instant


class StandbyEnded(Fact):
    """The responder waits to be called up no more."""

    TOPIC: ClassVar[str] = "responder.standby_ended"
    standby_until: Instant


class ResponderCalledUp(Fact):
    """The responder is called up for duty; nobody else may call them meanwhile."""

    TOPIC: ClassVar[str] = "responder.called_up"
    call_up: CallUpId
    called_at: Instant


class ResponderCallEnded(Fact):
    """The responder is called no more, without coming: declined, silent, or not needed any more; it costs nothing."""

    TOPIC: ClassVar[str] = "responder.call_ended"
    call_up: CallUpId
    reason: Code
    ended_at: Instant


class ResponderDeployed(Fact):
    """The responder comes; the shift is planned in the same save."""

    TOPIC: ClassVar[str] = "responder.deployed"
    call_up: CallUpId
    shift: Shift
    deployed_at: Instant


class ResponderStoodDown(Fact):
    """The responder is back on standby."""

    TOPIC: ClassVar[str] = "responder.stood_down"
    call_up: CallUpId
    stood_down_at: Instant


STANDBY_FACTS: tuple[type[Fact], ...] = (
    StandbyBegan,
    StandbyEnded,
    ResponderCalledUp,
    ResponderCallEnded,
    ResponderDeployed,
    ResponderStoodDown,
)


def evolve_standby(standby: Standby, event: Fact) -> Standby:
    """Return somebody's place in the pool after one of its events."""
    stage, mine = standby.stage, standby.call_up
    ready = replace(standby, stage=StandbyStage.READY, call_up=None, shift=None)
    match event:
        case StandbyBegan() if stage is StandbyStage.NONE:
            return ready
        case StandbyEnded() if stage is StandbyStage.READY:
            return replace(standby, stage=StandbyStage.NONE)
        case ResponderCalledUp() if stage is StandbyStage.READY:
            return replace(standby, stage=StandbyStage.CALLED, call_up=event.call_up, called=standby.called + 1)
        case ResponderCallEnded() if stage is StandbyStage.CALLED and mine == event.call_up:
            return ready
        case ResponderDeployed() if stage is StandbyStage.CALLED and mine == event.call_up:
            return replace(standby, stage=StandbyStage.DEPLOYED, shift=event.shift)
        case ResponderStoodDown() if stage is StandbyStage.DEPLOYED and mine == event.call_up:
            return ready
        case _:
            raise impossible(event, standby)
