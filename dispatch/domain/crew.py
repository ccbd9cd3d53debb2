"""
A crew between «complete» and «under way»: it is called by the household, meets, and goes (R9).

A complete crew is bound. Where the kind says so it goes only when the household calls, and starts work
only when each member has reported ready at the meeting point. Events live on the stream of their
request, beside those of its legs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from .errors import Refused, impossible
from .leg import LEG_FACTS, Done, Failed, Leg, Planned, Taken, become, evolve_leg, place_of
from .policy import Policy
from .values import Account, Code, Fact, Instant, OfferId, RequestId, ResponderId


class Mustered(Taken):
    """Every member of the crew has reported ready; work may start."""

    __slots__ = ()


class HouseholdCalled(Fact):
    """The household called: whoever has taken the leg may go now (R9: the daughter phones ahead)."""

    TOPIC: ClassVar[str] = "request.household_called"
    leg: Code
    by: Account
    called_at: Instant


class CrewMemberReady(Fact):
    """A member of a complete crew has come to the meeting point."""

    TOPIC: ClassVar[str] = "request.crew_member_ready"
    leg: Code
    offer: OfferId
    responder: ResponderId
    ready_at: Instant


class CrewMustered(Fact):
    """All members of a crew have come to the meeting point."""

    TOPIC: ClassVar[str] = "request.crew_mustered"
    leg: Code
    mustered_at: Instant


CREW_FACTS: tuple[type[Fact], ...] = (HouseholdCalled, CrewMemberReady, CrewMustered)
WORK_FACTS: tuple[type[Fact], ...] = (*LEG_FACTS, *CREW_FACTS)
"""Everything that may happen to a leg."""


def evolve_work(leg: Leg, event: Fact) -> Leg:
    """Return the leg after one of its events; an impossible pair is a damaged journal."""
    match leg, event:
        case Planned() | Done() | Failed(), _ if isinstance(event, CREW_FACTS):
            raise impossible(event, leg)
        case _, HouseholdCalled() if leg.called_at is None:
            return replace(leg, called_at=event.called_at)
        case Taken(), CrewMemberReady() if _is_expected(leg, event):
            asks = tuple(replace(ask, ready=True) if ask.offer == event.offer else ask for ask in leg.asks)
            return replace(leg, asks=asks)
        case Taken(), CrewMustered() if has_mustered(leg) and not isinstance(leg, Mustered):
            return become(Mustered, leg) if type(leg) is Taken else leg
        case _ if isinstance(event, CREW_FACTS):
            raise impossible(event, leg)
        case _:
            return evolve_leg(leg, event)


def _is_expected(leg: Leg, event: CrewMemberReady) -> bool:
    ask = place_of(leg, event.responder)
    return ask is not None and ask.offer == event.offer and not ask.ready


def has_mustered(leg: Leg) -> bool:
    """Tell whether every member has reported ready."""
    return bool(leg.asks) and all(ask.ready for ask in leg.asks)


def household_has_called(leg: Leg) -> str | None:
    """A crew that is called ahead goes only when the household calls (R9)."""
    if leg.plan.call_ahead and leg.called_at is None:
        return "household_has_not_called"
    return None


def crew_has_mustered(leg: Leg) -> str | None:
    """A crew starts work together: each member has reported ready (machine «Crew»)."""
    if leg.plan.muster and not has_mustered(leg):
        return "crew_has_not_mustered"
    return None


def check_may_start(request: RequestId, leg: Leg) -> None:
    """Refuse to start or finish a leg whose household has not called, or whose crew has not met."""
    _check(request, leg, household_has_called(leg) or crew_has_mustered(leg))


def check_called(request: RequestId, leg: Leg) -> None:
    """Refuse to set out for a leg whose household has not called."""
    _check(request, leg, household_has_called(leg))


def _check(request: RequestId, leg: Leg, rule: str | None) -> None:
    if rule is not None:
        missing = ", ".join(ask.responder for ask in leg.asks if not ask.ready) or "nobody"
        raise Refused(
            rule,
            f"Leg {leg.plan.name} of request {request} cannot start yet ({rule}); not reported ready: {missing}. "
            "Record the household's call, then let each member report ready.",
            request=request,
            leg=leg.plan.name,
        )


def call_due_at(leg: Leg, *, needed_by: datetime | None, policy: Policy) -> datetime | None:
    """
    Return when somebody is told that the household has not called, or `None` while no call is expected.

    Notes
    -----
    Of a leg for a certain hour `call_ahead_s` before that hour. A way back has no hour of its own:
    `call_back_s` after it became possible.
    """
    waits = leg.plan.call_ahead and leg.called_at is None and not isinstance(leg, Planned | Done | Failed)
    if not waits or leg.ready_at is None:
        return None
    if leg.plan.after or needed_by is None:
        return leg.ready_at + timedelta(seconds=policy.call_back_s)
    return max(leg.ready_at, needed_by - timedelta(seconds=policy.call_ahead_s))


def uncalled(leg: Leg) -> str:
    """Return the reason for which somebody is told, one for the way there and one for the way back."""
    return "not_called_back" if leg.plan.after else "not_called_ahead"
