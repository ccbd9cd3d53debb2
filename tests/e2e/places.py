"""A small community as an application sets it up, through the public verbs alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch import Dispatch, Place, ResidentId, Role

RIVERSIDE = "riverside"
FLOORS = 19


@dataclass(frozen=True)
class Community:
    """One tower: a captain and a household on every floor, and staff."""

    name: str
    residents: Sequence[ResidentId]


def register(engine: Dispatch, name: str = RIVERSIDE, *, staff: int = 6, capacity: int = 40) -> Community:
    """Set up a community."""
    engine.register_community(name, name="河畔社区", duty="desk")
    tower = engine.register_building(name, "11号楼", floors=FLOORS, lift=True)
    with engine.batch(name) as batch:
        residents = [batch.register_resident(name, Place(building=tower, floor=str(n))) for n in range(1, FLOORS + 1)]
        for n in range(1, FLOORS + 1):
            batch.register_responder(
                name, Role.FLOOR_CAPTAIN, home=Place(building=tower, floor=str(n)), capacity=capacity
            )
        for _ in range(staff):
            batch.register_responder(name, Role.COMMUNITY_WORKER, capacity=capacity)
    return Community(name, residents)
