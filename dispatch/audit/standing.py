"""
Whether whoever acted and whoever went was entitled to, at that very position of the log.

S4 the crew has what the leg needs; S5 no yes against a control level; S10 nobody whose role is
revoked, who is isolated or has left says yes; S11 whoever gave a command held the role it was given in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..domain.access import Visit, bars_now
from ..domain.authority import standing
from ..domain.community import Registered
from ..domain.escalation import ChargeTaken
from ..domain.going import visit_of
from ..domain.help_request import AlarmAcknowledged, HelpRequest
from ..domain.leg import AssignmentAcknowledged, OfferAccepted, ask_of
from ..domain.values import (
    Actor,
    Role,
    Stream,
    community_stream,
    request_of,
)
from ..matching.eligible import SIDE_RULES
from ..store.recorded import Recorded

Read = Callable[[Stream], Any]

ABILITY_RULES = frozenset({"has_the_skills", "role_may"})
FIRST = frozenset({"community.registered"})
"""Written before any role can be held."""

CALLED = frozenset({AlarmAcknowledged.TOPIC, ChargeTaken.TOPIC})
"""Who was called may answer without holding a role."""


def unentitled(event: Recorded, read: Read) -> str | None:
    """
    Return why the actor of a save was not entitled to speak in their role, or `None` (S11).

    Parameters
    ----------
    event
        The first event of the save.
    read
        States before the save.
    """
    register = read(community_stream(event.community))
    if event.meta.role is Role.SYSTEM or event.topic in FIRST | CALLED:
        return None
    if not isinstance(register, Registered) or not register.grants.governed:
        return None
    actor = Actor(id=event.meta.actor, role=event.meta.role, via=event.meta.via)
    if standing(actor, event.community, read, at=event.meta.recorded_at):
        return None
    return f"{actor.id} did not hold the role {actor.role}."


def unfit(event: Recorded, read: Read) -> Iterator[tuple[str, str]]:
    """
    Yield (invariant, detail) for a yes that the rules forbade when it was said (S4, S5, S10).

    Parameters
    ----------
    event
        An acceptance or acknowledgement.
    read
        States after the save.
    """
    fact = event.fact
    if not isinstance(fact, OfferAccepted | AssignmentAcknowledged):
        return
    state, register = read(event.stream), read(community_stream(event.community))
    visit = _visit(event, fact.offer, read) if isinstance(state, HelpRequest) else None
    if visit is None or not isinstance(register, Registered):
        yield "s3", f"Offer {fact.offer} was accepted and nobody holds it."
        return
    barred = bars_now(visit, event.meta.recorded_at)
    if barred is not None:
        rule = "s5" if barred.rule in SIDE_RULES else "s4" if barred.rule in ABILITY_RULES else "s10"
        yield rule, f"{visit.who} said yes to {fact.offer} against {barred.rule}."


def _visit(event: Recorded, offer: Any, read: Read) -> Visit | None:
    state: HelpRequest = read(event.stream)
    leg = state.leg_holding(offer)
    ask = ask_of(leg, offer) if leg is not None else None
    if leg is None or ask is None or request_of(offer) not in event.stream:
        return None
    return visit_of(read, event.community, request_of(offer), who=ask.responder, leg=leg.plan, position=ask.position)
