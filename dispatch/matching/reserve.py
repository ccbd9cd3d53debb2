"""Who is kept free for threats to life and for health (reserve coverage, requirements part C)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..domain.policy import Policy
from ..domain.values import BuildingId, ResponderId
from .eligible import Person, personal_failure

_WHOLE = ""
"""Stands for the whole community where a building is named."""


def kept_free(people: Mapping[ResponderId, Person], policy: Policy) -> frozenset[ResponderId]:
    """
    Return who is kept free on a board.

    Notes
    -----
    People who hold nothing, whom no personal rule bars. In each building the first ones by a hash of the
    day, so that everybody has a turn; then the first ones of the whole community, until there are enough.
    """
    reserve = policy.reserve
    if not reserve.is_kept:
        return frozenset()
    idle = [person for person in people.values() if not person.state.open_count and personal_failure(person) is None]
    kept: set[ResponderId] = set()
    by_building: dict[BuildingId, list[Person]] = {}
    for person in idle:
        for building in _buildings(person):
            by_building.setdefault(building, []).append(person)
    for building in sorted(by_building):
        kept.update(_first(by_building[building], building, reserve.building_people))
    others = [person for person in idle if person.id not in kept]
    kept.update(_first(others, _WHOLE, reserve.community_people - len(kept)))
    return frozenset(kept)


def _buildings(person: Person) -> set[BuildingId]:
    home = [] if person.state.home is None else [person.state.home]
    return {place.building for place in (*person.state.scopes, *home) if place.building is not None}


def _first(people: Iterable[Person], where: str, count: int) -> list[ResponderId]:
    turns = sorted((p.policy.tie(where, p.at.date().isoformat(), p.id), p.id) for p in people)
    return [who for _, who in turns[: max(0, count)]]
