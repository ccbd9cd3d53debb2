"""What happens to the load of a responder (工作负荷): held with an offer, taken with a yes, released."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .values import Code, Fact, Instant, LegId, OfferId, ResidentId


class OfferHeld(Fact):
    """An offer or assignment occupies capacity until it is resolved."""

    TOPIC: ClassVar[str] = "responder.offer_held"
    offer: OfferId
    leg: LegId
    beneficiary: ResidentId
    effort: Annotated[int, Field(ge=0)]
    held_at: Instant


class HoldReleased(Fact):
    """An offer was resolved without acceptance: declined, lapsed, withdrawn, returned or escalated."""

    TOPIC: ClassVar[str] = "responder.hold_released"
    offer: OfferId
    reason: Code
    released_at: Instant


class LoadTaken(Fact):
    """An accepted offer became work."""

    TOPIC: ClassVar[str] = "responder.load_taken"
    offer: OfferId
    leg: LegId
    taken_at: Instant


class LoadJoined(Fact):
    """Work joined to a visit that was accepted before; nobody had to be asked for it (R11)."""

    TOPIC: ClassVar[str] = "responder.load_joined"
    offer: OfferId
    leg: LegId
    beneficiary: ResidentId
    effort: Annotated[int, Field(ge=0)]
    joined_at: Instant


class LoadReleased(Fact):
    """Work ended. `worked` says whether its effort counts as burden and as a meeting."""

    TOPIC: ClassVar[str] = "responder.load_released"
    leg: LegId
    reason: Code
    worked: bool
    released_at: Instant
