"""Who is kept free for threats to life and for health (reserve coverage, requirements part C)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..domain.policy import Policy
from ..domain.values import BuildingId, ResponderId
from .eligible import Person, personal_failure

_THERE = (None, "within_offers_ahead")
"""What bars those who are there at most: having enough to do."""

_WHOLE = ""
"""Stands for the whole community where a building is named."""


def kept_free(people: Mapping[ResponderId, Person], policy: Policy) -> frozenset[ResponderId]:
    """
    Return who is kept free on a board.

    Notes
    -----
    People who hold nothing, whom no personal rule bars. In each building the first ones by a hash of the
    day (UTC), so that everybody has a turn; then the first ones of the whole community, until there are
    enough. Never more than the policy's share of those who are there, whatever they hold.
    """
    reserve = policy.reserve
    if not reserve.is_kept:
        return frozenset()
    there = [person for person in people.values() if personal_failure(person) in _THERE]
    by_building: dict[BuildingId, list[Person]] = {}
    for person in there:
        for building in _buildings(person):
            by_building.setdefault(building, []).append(person)
    kept: set[ResponderId] = set()
    for building in sorted(by_building):
        near = by_building[building]
        kept.update(_turns(near, building)[: _count(near, reserve.building_people, policy)])
    missing = _count(there, reserve.community_people, policy) - len(kept)
    others = [person for person in there if person.id not in kept]
    kept.update(_turns(others, _WHOLE)[: max(0, missing)])
    return frozenset(kept)


def _buildings(person: Person) -> set[BuildingId]:
    home = [] if person.state.home is None else [person.state.home]
    return {place.building for place in (*person.state.scopes, *home) if place.building is not None}


def _count(there: Sequence[Person], most: int, policy: Policy) -> int:
    return min(most, len(there) * policy.reserve.share_percent // 100)


def _turns(there: Iterable[Person], where: str) -> list[ResponderId]:
    """Return who holds nothing, in the order of the day."""
    idle = [person for person in there if not person.state.open_count]
    return [who for _, who in sorted((p.policy.tie(where, p.at.date().isoformat(), p.id), p.id) for p in idle)]
