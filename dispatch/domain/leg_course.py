"""The course of a taken leg, as far as somebody tells of it; each step may be left out."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .values import Code, Fact, Instant, OfferId, ResponderId


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


class LegJoined(Fact):
    """
    Somebody does this leg too on a visit that they have accepted already (R11).

    Nobody was chosen by the matcher and nobody was asked: they said so themselves, so there is no
    decision and no second offer; `offer` only gives the work its number.
    """

    TOPIC: ClassVar[str] = "request.leg_joined"
    leg: Code
    offer: OfferId
    responder: ResponderId
    staff: bool
    effort: Annotated[int, Field(ge=0)]
    visit: OfferId
    joined_at: Instant
