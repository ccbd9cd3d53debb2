"""The levels of a policy, compiled: their order by name, and the exact mixed-radix cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import NamedTuple

from ..domain.policy import Policy
from ..domain.policy_levels import MEASURES, WAITING_LEVELS, Measure


class Level(NamedTuple):
    """A level and the greatest value one leg can have on it."""

    name: str
    cap: int


@dataclass(frozen=True)
class Levels:
    """
    The levels of a policy, most important first.

    Attributes
    ----------
    waiting
        How many of them price leaving a leg unserved; the others price who goes.
    weights
        What one unit of each measure counts inside its level.
    """

    all: tuple[Level, ...]
    waiting: int
    weights: Mapping[Measure, int]

    def __iter__(self) -> Iterator[Level]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all levels, in order."""
        return tuple(level.name for level in self.all)

    @cached_property
    def pair(self) -> tuple[str, ...]:
        """The names of those that price who goes, in order: what a candidate's vector holds."""
        return self.names[self.waiting :]

    @cached_property
    def _stands(self) -> Mapping[str, int]:
        return {level.name: index for index, level in enumerate(self.all)}

    def index(self, name: str) -> int | None:
        """Return where a level stands among all, from 0, or `None` where the policy does without."""
        return self._stands.get(name)

    def in_pair(self, name: str) -> int | None:
        """Return where a level stands in a candidate's vector, or `None` where the policy does without."""
        index = self.index(name)
        return None if index is None or index < self.waiting else index - self.waiting

    def cap(self, name: str) -> int:
        """Return the greatest value of one leg on a level; 0 where the policy does without."""
        index = self.index(name)
        return 0 if index is None else self.all[index].cap

    def priced(self, pair: Sequence[int]) -> tuple[int, ...]:
        """Return a vector on all levels for one of who goes, the waiting ones at 0."""
        return (*(0 for _ in range(self.waiting)), *pair)


def levels_of(policy: Policy) -> Levels:
    """Return the levels of a policy, most important first."""
    weights = {measure: weight for measures in MEASURES.values() for measure, weight in measures.items()}
    for level in policy.levels:
        weights |= {weight.measure: weight.weight for weight in level.weights}
    levels = tuple(Level(level.name.value, level.cap) for level in policy.levels)
    return Levels(levels, sum(level.name in WAITING_LEVELS for level in levels), weights)


@dataclass(frozen=True, slots=True)
class Scale:
    """
    Turns level vectors into one integer and differences back into vectors.

    Each radix is more than twice the greatest sum over the board, so that differences decode exactly too.
    """

    weights: tuple[int, ...]
    radixes: tuple[int, ...]

    @classmethod
    def of(cls, levels: Iterable[Level], *, legs: int) -> Scale:
        """Return the scale for a board with this many legs to place."""
        radixes = tuple(2 * level.cap * max(1, legs) + 1 for level in levels)
        weights = [1]
        for radix in reversed(radixes[1:]):
            weights.append(weights[-1] * radix)
        return cls(tuple(reversed(weights)), radixes)

    def cost(self, vector: Sequence[int], *, first: int = 0) -> int:
        """Return the cost of a vector whose first value stands on level `first`."""
        return sum(map(mul, vector, self.weights[first:] if first else self.weights))

    def decode(self, difference: int) -> tuple[int, ...]:
        """Return the level-by-level change behind a difference of total costs."""
        digits: list[int] = []
        for radix in reversed(self.radixes):
            digit = difference % radix
            if digit > radix // 2:
                digit -= radix
            digits.append(digit)
            difference = (difference - digit) // radix
        return tuple(reversed(digits))
