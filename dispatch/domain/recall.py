"""Taking back what a request has given out: offers when it stands still, everything when it ends."""

from __future__ import annotations

from .decider import Gathered
from .help_request import HelpRequest, full_leg_id
from .leg import Ask, Done, Failed, Leg, OfferWithdrawn, Taken
from .responder import HoldReleased, LoadReleased
from .values import Command, Fact, RequestId, request_stream, responder_stream


def withdraw_all(command: Command, request: RequestId, state: HelpRequest, *, reason: str, gathered: Gathered) -> None:
    """Take back every offer and every place in a crew that is not complete; work that is taken stays."""
    for leg in state.legs:
        if isinstance(leg, Taken | Done | Failed):
            continue
        for ask in leg.asks:
            fact = OfferWithdrawn(offer=ask.offer, reason=reason, withdrawn_at=command.at)
            gathered.add(request_stream(command.community, request), fact)
            gathered.add(
                responder_stream(command.community, ask.responder),
                _freed(command, request, leg, ask=ask, reason=reason),
            )


def _freed(command: Command, request: RequestId, leg: Leg, *, ask: Ask, reason: str) -> Fact:
    if ask.accepted:
        return LoadReleased(leg=full_leg_id(request, leg), reason=reason, worked=False, released_at=command.at)
    return HoldReleased(offer=ask.offer, reason=reason, released_at=command.at)


def release_all(command: Command, request: RequestId, state: HelpRequest, *, reason: str, gathered: Gathered) -> None:
    """Free everybody who holds a leg of a request that ends."""
    for leg in state.legs:
        if isinstance(leg, Done | Failed):
            continue
        for ask in leg.asks:
            gathered.add(
                responder_stream(command.community, ask.responder),
                _freed(command, request, leg, ask=ask, reason=reason),
            )
