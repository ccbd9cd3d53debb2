"""The map of isolated households as data: building → building_unit → floor → counts, by who asks (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.policy import MapDetail, Policy
from ..domain.resident import Erased, Leaving, Resident
from ..domain.values import DESK, BuildingId, HouseholdId, Place, ResidentId, Role
from ..matching.board import Board

_ALL_HOUSEHOLDS = DESK | {Role.AUDITOR, Role.SYSTEM}


@dataclass(frozen=True, slots=True)
class MapLine:
    """
    One place with isolated people.

    Attributes
    ----------
    building_unit, floor
        `None` where the reader sees no further, and where the register has none.
    isolated, isolated_households
        People who are isolated at home, and the households they live in.
    households
        Households of this very place on the register.
    household_ids
        Which ones are isolated; empty for who sees counts only.
    """

    building: BuildingId | None
    building_unit: str | None
    floor: str | None
    isolated: int
    isolated_households: int
    households: int
    household_ids: tuple[HouseholdId, ...]


def map_detail(role: Role, policy: Policy) -> MapDetail:
    """
    Return how much of the map a role sees.

    The desk sees households, auditors too (ids are pseudonyms); other helpers see floors; what residents see
    is a setting of the policy, counts for each building by default.
    """
    if role in _ALL_HOUSEHOLDS:
        return MapDetail.HOUSEHOLD
    return policy.residents_see if role is Role.RESIDENT else MapDetail.FLOOR


def isolated_map(board: Board, detail: MapDetail, *, within: Sequence[Place] = (Place(),)) -> tuple[MapLine, ...]:
    """Return the places with isolated people that lie within others, by building, building_unit and floor."""
    if detail is MapDetail.NOTHING:
        return ()
    people: dict[tuple[str, str, str], dict[ResidentId, Resident]] = {}
    for resident, state in board.residents.items():
        if not isinstance(state, Leaving | Erased) and any(place.contains(state.place) for place in within):
            people.setdefault(_key(state.place, detail), {})[resident] = state
    lines = (_line(key, list(there.values()), detail) for key, there in sorted(people.items()))
    return tuple(line for line in lines if line.isolated)


def _key(place: Place, detail: MapDetail) -> tuple[str, str, str]:
    if detail is MapDetail.BUILDING:
        return (place.building or "", "", "")
    return (place.building or "", place.building_unit or "", place.floor or "")


def _line(key: tuple[str, str, str], people: list[Resident], detail: MapDetail) -> MapLine:
    isolated = [person for person in people if person.isolated]
    households = sorted({person.household for person in isolated})
    return MapLine(
        building=BuildingId(key[0]) if key[0] else None,
        building_unit=key[1] or None,
        floor=key[2] or None,
        isolated=len(isolated),
        isolated_households=len(households),
        households=len({person.household for person in people}),
        household_ids=tuple(households) if detail is MapDetail.HOUSEHOLD else (),
    )
