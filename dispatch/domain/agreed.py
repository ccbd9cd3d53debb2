"""
Agreed times: what is begun at a certain hour, in half-hours that one person can give away only once (S6).

A ride is booked for an hour (R12), an occurrence of a series has its hour (R9). Whoever is asked for the leg that
begins it keeps those half-hours free of everything else that has an hour of its own. A deadline is no agreed time,
and legs that follow on others go when those are done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from .decider import Read
from .help_request import HelpRequest
from .leg import Done, Failed, Leg, PlannedLeg
from .responder import Responder
from .ride_rules import is_ride
from .values import CommunityId, RequestId, request_of, request_stream

HALF_HOUR_S = 1_800


class Agreed(NamedTuple):
    """The half-hours (since 1970, UTC) that a leg takes, and of which request."""

    request: RequestId
    half_hours: frozenset[int]


def agreed_time(request: RequestId, state: HelpRequest, plan: PlannedLeg) -> Agreed | None:
    """Return when a leg takes place, where that is agreed; each half-hour that it touches is taken whole."""
    begins_at = state.needed_by if state.series is not None or is_ride(plan) else None
    if begins_at is None or plan.after:
        return None
    begin = int(begins_at.timestamp())
    end = begin + plan.minutes * 60
    return Agreed(request, frozenset(range(begin // HALF_HOUR_S, -(-end // HALF_HOUR_S))))


def to_come(agreed: Agreed, at: datetime) -> Iterator[tuple[RequestId, int]]:
    """Give the half-hours that are not over at an instant, each with its request."""
    now = int(at.timestamp()) // HALF_HOUR_S
    return ((agreed.request, half_hour) for half_hour in agreed.half_hours if half_hour >= now)


def engagements(
    read: Read, community: CommunityId, person: Responder, *, at: datetime
) -> frozenset[tuple[RequestId, int]]:
    """Return the half-hours to come that somebody has promised or is asked for, each with its request."""
    found: set[tuple[RequestId, int]] = set()
    for work in (*person.holds.values(), *person.loads.values()):
        request = request_of(work.leg)
        state = read(request_stream(community, request))
        leg = state.leg_holding(work.offer) if isinstance(state, HelpRequest) else None
        if leg is None or isinstance(leg, Done | Failed) or is_joined(leg):
            continue
        agreed = agreed_time(request, state, leg.plan)
        found.update(to_come(agreed, at) if agreed is not None else ())
    return frozenset(found)


def is_joined(leg: Leg) -> bool:
    """Tell whether a leg was joined to a visit (R11): it is done on the way, whatever the hour."""
    return any(ask.accepted and ask.answer_by == ask.made_at for ask in leg.asks)


def clashes(promised: frozenset[tuple[RequestId, int]], agreed: Agreed) -> bool:
    """Tell whether a leg falls into half-hours that are promised to another request."""
    return any(half_hour in agreed.half_hours and request != agreed.request for request, half_hour in promised)
