"""
The board of the goals: 18-floor towers with one captain a floor, and cadres who roam.

A leg has 16 candidates or so: captains of its tower up to five floors away, and seven cadres of those who roam
within two towers of their own.
Levels in the order urgent and served count → locality → continuity → travel → load Σk² → tie. So many legs are
open that the optimum leaves 4 to 9 % of them unserved.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.flow import Board, weigh
from dispatch.matching.flow import Slots, Supply

FLOORS = 18
CAPTAINS_PERCENT = 72
CADRES_ASKED = 7
FLOORS_APART, TOWERS_APART = 5, 2
# Greatest value + 1 on each level: unserved, building tier, continuity, travel, load, tie.
NARROW = (256, 4, 8, 64, 32, 1 << 6)
"""30 bits together, for solvers that count in 64 bits or in floating point."""
WIDE = (*(radix << 14 for radix in NARROW[:-1]), 1 << 48)
"""As wide as the policy's levels make them."""


class _Person(NamedTuple):
    name: str
    tower: int
    floor: int
    capacity: int
    roams: bool


def draw_towers(size: tuple[int, int], *, radixes: Sequence[int]) -> Board:
    """Draw a board of so many legs and responders; the same for the same arguments."""
    rng = random.Random(f"towers {size}")
    people = _draw_people(rng, size[1])
    captains = [person for person in people if not person.roams]
    by_tower: dict[int, list[_Person]] = {}
    for person in captains:
        by_tower.setdefault(person.tower, []).append(person)
    cadres = [person for person in people if person.roams]
    crowd = [rng.choice((1, 1, 2, 2, 3)) for _ in by_tower]
    supplies = []
    for i in range(size[0]):
        tower, floor = rng.choices(list(by_tower), crowd)[0], rng.randrange(FLOORS)
        near = [person for person in by_tower[tower] if abs(person.floor - floor) <= FLOORS_APART]
        roaming = [person for person in cadres if abs(person.tower - tower) <= TOWERS_APART]
        candidates = [*near, *rng.sample(roaming, min(CADRES_ASKED, len(roaming)))]
        unserved = weigh(radixes, (8 * rng.choice((1, 1, 1, 2, 4, 16)) + rng.randrange(8), 0, 0, 0, 0, 0))
        supplies.append(
            Supply(f"q-{i:05}/door", unserved, _arcs(rng, candidates, place=(tower, floor), radixes=radixes))
        )
    slots = [
        Slots(p.name, tuple(weigh(radixes, (0, 0, 0, 0, 2 * k + 1, 0)) for k in range(p.capacity))) for p in people
    ]
    return Board(supplies, slots)


def _draw_people(rng: random.Random, count: int) -> list[_Person]:
    towers = max(1, count * CAPTAINS_PERCENT // 100 // FLOORS)
    people = []
    for i in range(count):
        roams = i >= towers * FLOORS
        tower = rng.randrange(towers) if roams else i // FLOORS
        capacity = rng.choice((5, 6, 7, 8) if roams else (3, 4, 4, 5, 5))
        people.append(_Person(f"r-{i:05}", tower, i % FLOORS, capacity, roams))
    return people


def _arcs(
    rng: random.Random, candidates: Sequence[_Person], *, place: tuple[int, int], radixes: Sequence[int]
) -> tuple[tuple[str, int], ...]:
    """Weigh every candidate for a leg on a floor of a tower; two of them have been there before."""
    tower, floor = place
    known = {person.name for person in rng.sample(candidates, 2)}
    arcs = []
    for person in sorted(candidates, key=lambda p: p.name):
        apart = abs(person.tower - tower)
        tier = min(apart, 1) + 1 if person.roams else 0
        travel = FLOORS + 8 * apart if person.roams else abs(person.floor - floor)
        # The same draw on every scale: narrow and wide boards differ in the width of their levels only.
        tie = rng.randrange(NARROW[-1]) * (radixes[-1] // NARROW[-1])
        arcs.append((person.name, weigh(radixes, (0, tier, 0 if person.name in known else 5, travel, 0, tie))))
    return tuple(arcs)
