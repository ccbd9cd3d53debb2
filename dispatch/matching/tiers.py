"""How near somebody is to a place, and what opens to a leg as it waits: further tiers, and the reserve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ..domain.help_request import HelpRequest, needs_people
from ..domain.leg import Leg
from ..domain.policy import Policy
from ..domain.responder import Responder
from ..domain.standby import StandbyStage
from ..domain.values import Place

OWN_BUILDING, COMPOUND, COMMUNITY, RESERVE = range(4)
"""The tiers, nearest first."""


def tier_of(person: Responder, place: Place) -> int:
    """
    Return how near somebody is: own building, compound, community, or the reserve.

    Home and posts count alike. Who waits on standby is the reserve wherever only the community is theirs,
    until called up and deployed (R23); so is who has neither home nor post here.
    """
    posts = [scope for scope in person.scopes if scope.contains(place)]
    if person.home is not None:
        posts.append(person.home)
    if any(post.building is not None and post.building == place.building for post in posts):
        return OWN_BUILDING
    if any(post.compound is not None and post.compound == place.compound for post in posts):
        return COMPOUND
    waits = person.standby.stage in (StandbyStage.READY, StandbyStage.CALLED)
    return COMMUNITY if posts and not waits else RESERVE


def waits_since(request: HelpRequest, leg: Leg) -> datetime:
    """Return since when a leg waits for somebody."""
    return leg.ready_at or request.received_at


def opens_at(requests: Iterable[HelpRequest], policy: Policy) -> Iterator[datetime]:
    """Yield when further people may be asked for legs that wait, past instants too."""
    for request in requests:
        urgency = request.urgency
        openings = {tier[urgency.rank] for tier in policy.tiers.by_tier}
        if policy.reserve.is_kept:
            openings.add(policy.reserve.opens_after(urgency))
        openings.discard(0)
        if openings:
            legs = needs_people(request)
            yield from (waits_since(request, leg) + timedelta(seconds=s) for leg in legs for s in sorted(openings))
