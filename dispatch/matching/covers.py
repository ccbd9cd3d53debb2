"""
Crews that cannot all stand, because they ask for the same people: found from a flow, and priced.

A flow fills two crews of three by half where five people are, and no plan does. That no more than one of the two can
stand is a fact about every plan. Given a price, off what each of them costs when it is left and on the bottom line, it
raises the cost of flows and not of plans: so the bound comes nearer (cover inequalities of a knapsack, with Lagrange
multipliers; Wolsey, Integer Programming, 9.3 and 10.2).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

Place = tuple[str, int]
"""A crew, and which of its places."""


class Cover(NamedTuple):
    """Crews of which no more than `most` can stand."""

    teams: frozenset[str]
    most: int

    def odd(self, bits: int) -> int:
        """Return a number of so many bits that other covers do not have."""
        text = "\x1f".join(sorted(self.teams)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=bits // 8).digest())


Able = Mapping[str, Sequence[frozenset[str]]]
"""Crew id -> for each place, who may stand there and has a slot at all."""

LOOKS_MAX = 10


def short_of(team: str, able: Able, seats: Mapping[str, Place]) -> frozenset[str]:
    """
    Return the people whom a crew that is filled by half cannot do without, and of whom too many are asked for.

    Parameters
    ----------
    seats
        Who stands where, in this crew and others.

    Returns
    -------
    frozenset
        Where a place cannot be filled whoever moves on, the places met ask for one person more than there are (Hall):
        those people. Empty where all places could be filled.
    """
    holds = dict(seats)
    filled = set(holds.values())
    for index in range(len(able[team])):
        if (team, index) in filled:
            continue
        came, end = _search((team, index), able, holds)
        if end is None:
            return frozenset(came)
        while end is not None:
            before, place = came[end]
            holds[end], end = place, before
    return frozenset()


def cover_of(people: frozenset[str], able: Able, filled: Mapping[str, int], *, parts: int) -> Cover | None:
    """
    Return crews that cannot all stand and of which a flow fills more than can; of several the most overfilled.

    Parameters
    ----------
    people
        They are not enough for all.
    filled
        How far the flow fills each crew that it does not leave, in so many `parts`.

    Notes
    -----
    The least lack of a set of crews that need more people than these, for every number of people needed: a knapsack,
    crew by crew. A crew that needs as many as any of the set stands for any of it.
    """
    needs = {name: needed for name, places in able.items() if (needed := _needed(places, people))}
    goal = len(people) + 1
    least: list[tuple[int, tuple[str, ...]] | None] = [(0, ()), *[None] * goal]
    for name, needed in needs.items():
        lack = parts - filled.get(name, 0)
        for have in range(goal, -1, -1):
            known, then = least[have], min(goal, have + needed)
            if known is None or have == goal or known[0] + lack >= parts:
                continue
            better = least[then]
            if better is None or (known[0] + lack, len(known[1]) + 1) < (better[0], len(better[1])):
                least[then] = (known[0] + lack, (*known[1], name))
    found = least[goal]
    if found is None:
        return None
    largest = max(needs[name] for name in found[1])
    as_large = {name for name, needed in needs.items() if needed >= largest}
    return Cover(frozenset({*found[1], *as_large}), len(found[1]) - 1)


def _search(
    empty: Place, able: Able, holds: Mapping[str, Place]
) -> tuple[dict[str, tuple[str | None, Place]], str | None]:
    """Look for somebody free, breadth first; return how everybody was met, and who it is."""
    came: dict[str, tuple[str | None, Place]] = {}
    queue: list[tuple[str | None, Place]] = [(None, empty)]
    for before, place in queue:
        for r in sorted(able[place[0]][place[1]]):
            if r not in came:
                came[r] = (before, place)
                if r not in holds:
                    return came, r
                queue.append((r, holds[r]))
    return came, None


def _needed(places: Sequence[frozenset[str]], people: frozenset[str]) -> int:
    """Return how many of these people a crew needs at least."""
    elsewhere = frozenset[str]().union(*places) - people
    return max(sum(who <= people for who in places), len(places) - len(elsewhere))


class Covers:
    """
    Covers with a price each.

    Attributes
    ----------
    off
        Crew id -> what the prices take off its cost when it is left.
    given
        What they put on the bottom line.
    """

    def __init__(self) -> None:
        self.prices: dict[Cover, int] = {}
        self.off: Counter[str] = Counter()
        self.given = 0

    def charge(self, cover: Cover, price: int) -> None:
        """Give a cover a price, >= 0."""
        more = price - self.prices.get(cover, 0)
        self.prices[cover] = price
        self.given += more * (len(cover.teams) - cover.most)
        for name in cover.teams:
            self.off[name] += more

    def idle(self, settled: Mapping[str, bool]) -> int:
        """Return what prices take too much for crews of a cover that are left for good, beyond those that must be."""
        found = 0
        for cover, price in self.prices.items():
            left = sum(1 for name in cover.teams if settled.get(name) is False)
            found += price * max(0, left - len(cover.teams) + cover.most)
        return found

    def loose(self, standing: Collection[str]) -> dict[Cover, int]:
        """Return the covers of which fewer stand than could, each with what that costs less than the plan does."""
        short = {cover: cover.most - len(cover.teams.intersection(standing)) for cover in self.prices}
        return {cover: self.prices[cover] * by for cover, by in short.items() if by and self.prices[cover]}


class Look(NamedTuple):
    """What a flow costs at a price, and how much more it would at one more, in parts of a unit."""

    price: int
    cost: int
    slope: int


def peak(look: Callable[[int], Look], *, most: int, step: int, odd: int, parts: int) -> Look:
    """
    Return the price at which a flow costs most, `odd` above a multiple of `step` and no more than `most`, or 0.

    Notes
    -----
    The cost is concave and made of straight pieces: where the lines at two prices meet is the next to look at.
    """
    low = look(0)
    if low.slope <= 0 or most < odd:
        return low
    high = look((most - odd) // step * step + odd)
    for _ in range(LOOKS_MAX - 2):
        if high.slope >= 0:
            break
        meet = parts * (high.cost - low.cost) + low.slope * low.price - high.slope * high.price
        price = (meet // (low.slope - high.slope) - odd) // step * step + odd
        if not low.price < price < high.price:
            break
        found = look(price)
        low, high = (found, high) if found.slope >= 0 else (low, found)
    return max(low, high, key=lambda found: (found.cost, -found.price))
