"""The course of a taken leg, as far as somebody tells of it; each step may be left out."""

from __future__ import annotations

from typing import ClassVar

from .values import Code, Fact, Instant, ResponderId


class LegStarted(Fact):
    """Somebody set out for a leg they had taken."""

    TOPIC: ClassVar[str] = "request.leg_started"
    leg: Code
    responder: ResponderId
    started_at: Instant


class LegArrived(Fact):
    """Somebody is where the leg is done."""

    TOPIC: ClassVar[str] = "request.leg_arrived"
    leg: Code
    responder: ResponderId
    arrived_at: Instant


class LegNotNeeded(Fact):
    """Nobody need do a leg any more: the person fetched the things themselves, for example."""

    TOPIC: ClassVar[str] = "request.leg_not_needed"
    leg: Code
    reason: Code
    done_at: Instant
