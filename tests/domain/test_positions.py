"""Who stands where in a crew (R9): everybody who can be placed is placed, and always in the same place."""

from __future__ import annotations

from itertools import permutations
from random import Random

from dispatch.domain.positions import Position, seated

BEHIND, ARM, FRONT = PLACES = tuple(Position(name=name) for name in ("behind", "arm", "front"))


def where(can: dict[str, str], *members: str) -> dict[str, str]:
    """Return where members stand who can hold the positions whose initials are given."""
    found = seated(members, PLACES, lambda member, position: position.name[0] in can[member])
    return {member: position.name for member, position in found.items()}


def test_who_fits_only_one_place_has_it() -> None:
    """The strong one goes behind; who could stand anywhere gives way."""
    can = {"r-1": "baf", "r-2": "ba", "r-3": "b"}
    assert where(can, "r-1", "r-2", "r-3") == {"r-3": "behind", "r-2": "arm", "r-1": "front"}


def test_two_who_fit_the_same_place_only() -> None:
    """One of them is left out, and nobody else."""
    can = {"r-1": "b", "r-2": "b", "r-3": "baf"}
    assert where(can, "r-1", "r-2", "r-3") == {"r-1": "behind", "r-3": "arm"}


def test_the_same_people_stand_in_the_same_places() -> None:
    """In whatever order they are found: from the second day on everybody knows where to stand."""
    can = {"r-1": "baf", "r-2": "baf", "r-3": "ba"}
    assert len({tuple(sorted(where(can, *order).items())) for order in permutations(can)}) == 1


def test_as_many_as_can_be_are_placed() -> None:
    """Against trying all orders: never one fewer than the best."""
    draw = Random(9)
    for _ in range(300):
        can = {f"r-{n}": "".join(draw.sample("baf", draw.randint(0, 3))) for n in range(draw.randint(0, 4))}
        best = max(
            sum(place.name[0] in can.get(who, "") for place, who in zip(PLACES, order, strict=False))
            for order in permutations([*can, *["nobody"] * len(PLACES)], len(PLACES))
        )
        assert len(where(can, *can)) == best
