"""Chance that can be repeated: numbers made of a name, the same on any machine and in any order of asking."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

PERMILLE = 1_000
_STEPS = 1_000
"""Steps into which the space between two quantiles is divided."""


def pick(*parts: object, among: int) -> int:
    """Return the same number from 0 to among-1 for the same parts, on any machine."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % among


class Draws:
    """
    Draws from one named seed.

    Parameters
    ----------
    seed
        Its name. Each draw is named too, so that one more draw elsewhere changes none of the others:
        whoever goes, a request lasts as long, and the same two people answer alike.
    """

    def __init__(self, seed: object) -> None:
        self.seed = str(seed)

    def number(self, *name: object, among: int) -> int:
        """Return the whole number from 0 to among-1 of this name."""
        return pick(self.seed, *name, among=among)

    def happens(self, permille: int, *name: object) -> bool:
        """Tell whether what happens so many times in a thousand happens here."""
        return self.number(*name, among=PERMILLE) < permille

    def quantile(self, quantiles: Sequence[int], *name: object) -> int:
        """Return a value of the distribution with these quantiles, evenly spaced from its least to its greatest."""
        spaces = len(quantiles) - 1
        space, step = divmod(self.number(*name, among=spaces * _STEPS), _STEPS)
        low, high = quantiles[space], quantiles[space + 1]
        return low + (high - low) * step // _STEPS

    def weighted(self, weights: Sequence[int], *name: object) -> int:
        """Return an index, each as often as its weight says."""
        left = self.number(*name, among=sum(weights))
        for index, weight in enumerate(weights):
            if left < weight:
                return index
            left -= weight
        raise AssertionError("a number below the sum of the weights falls on one of them")

    def bell(self, *name: object) -> int:
        """Return a draw in thousandths from a bell curve with mean 0 and standard deviation 1."""
        twelve = (self.number(*name, "bell", part, among=PERMILLE) for part in range(12))
        return sum(twelve) - 6 * PERMILLE


def mean_of(quantiles: Sequence[int]) -> int:
    """Return the mean of the distribution with these evenly spaced quantiles, rounded down."""
    spaces = len(quantiles) - 1
    return (2 * sum(quantiles) - quantiles[0] - quantiles[-1]) // (2 * spaces)
