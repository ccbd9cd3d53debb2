"""The goals of a simulated day, and whether they are met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .figures import ALL, PERCENT, Figures
from .rivals import GREEDY, PULL, PULL_AGEING


@dataclass(frozen=True, slots=True)
class Goal:
    """
    One goal, and how it went.

    Attributes
    ----------
    name
        Its code.
    rival
        Whom it is measured against; `None` when it is absolute.
    wanted, found
        What it asks for and what came of it, both in `unit`: minutes, percent, points or changes.
    least
        Whether it asks for at least so much, not for at most.
    """

    name: str
    rival: str | None
    unit: str
    wanted: float
    found: float
    least: bool = False

    @property
    def is_met(self) -> bool:
        """Tell whether it is met."""
        return self.found >= self.wanted if self.least else self.found <= self.wanted

    @property
    def missed_by(self) -> float:
        """By how much it is missed; 0 when it is met."""
        return 0.0 if self.is_met else abs(self.found - self.wanted)


def goals_of(ours: Figures, rivals: dict[str, Figures]) -> Iterator[Goal]:
    """
    Yield the goals that can be judged with these rivals.

    Notes
    -----
    Against «an idle responder pulls», with ageing or without: urgent at most 0.2 minutes later, all five per
    cent sooner and their 95th percentile ten, ten points more by the own captain. Against «greedy, queue
    now»: urgent 80 per cent sooner. And at most one change of plan for each request.
    """
    for name in (PULL, PULL_AGEING):
        pull = rivals.get(name)
        if pull is not None:
            yield Goal("urgent_mean", name, "minutes", 0.2, ours.urgent.mean - pull.urgent.mean)
            yield Goal("all_mean", name, "percent", -5.0, _change(ours.waits[ALL].mean, pull.waits[ALL].mean))
            yield Goal("all_p95", name, "percent", -10.0, _change(ours.waits[ALL].p95, pull.waits[ALL].p95))
            yield Goal("own_captain", name, "points", 10.0, ours.own_captain - pull.own_captain, least=True)
    greedy = rivals.get(GREEDY)
    if greedy is not None:
        yield Goal("urgent_mean", GREEDY, "percent", -80.0, _change(ours.urgent.mean, greedy.urgent.mean))
    yield Goal("plan_changes", None, "changes", 1.0, ours.plan_changes)


def _change(ours: float, theirs: float) -> float:
    """Return by how many per cent ours differs from theirs."""
    return PERCENT * (ours - theirs) / theirs if theirs else 0.0
