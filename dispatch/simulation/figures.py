"""What a simulated day comes to, in figures that can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..domain.values import Urgency
from .tally import Course, Tally

URGENT = frozenset({Urgency.LIFE})
"""What the goals call urgent: a threat to life, which comes first in the policy."""

ALL = "all"
P95 = 95
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Wait:
    """
    Minutes from the request to the setting out.

    `count` is how many set out a day, `mean` and `p95` are means over the seeds of each day's own.
    """

    count: float
    mean: float
    p95: float


@dataclass(frozen=True, slots=True)
class Spread:
    """
    How something is spread over all people.

    Attributes
    ----------
    mean, least, median, most
        What one person has.
    gini
        0 when everybody has the same, near 1 when one person has all of it.
    """

    mean: float
    least: float
    median: float
    most: float
    gini: float

    @property
    def most_to_mean(self) -> float:
        """How many times the mean the one with the most has."""
        return self.most / self.mean if self.mean else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What one contender did, each number the mean over the seeds.

    Attributes
    ----------
    requests, served, under_way, waiting
        All requests; delivered, begun and not delivered, not begun at the end.
    waits
        By the worst urgency a request ever had, and under `ALL` of all.
    own_captain, continuity
        Per cent of legs done by the captain of the very floor; legs done by somebody who had helped this
        person before.
    worked_minutes, offers
        Spread over all people.
    plan_changes
        People who were told otherwise, for each request.
    decisions_a_second
        Of the machine that simulated it; the only figure that another run does not repeat.
    """

    name: str
    seeds: int
    requests: float
    served: float
    under_way: float
    waiting: float
    waits: dict[str, Wait]
    own_captain: float
    continuity: float
    worked_minutes: Spread
    offers: Spread
    asked: float
    declined: float
    silent: float
    no_show: float
    plan_changes: float
    decisions_a_second: float

    @property
    def urgent(self) -> Wait:
        """The waits of what the goals call urgent."""
        return self.waits["urgent"]


def figures_of(name: str, tallies: Sequence[Tally]) -> Figures:
    """Return the figures of one contender from what was written down for each seed."""

    def mean(of: Callable[[Tally], float]) -> float:
        return sum(map(of, tallies)) / len(tallies)

    waits = {str(urgency): _wait(tallies, {urgency}) for urgency in Urgency}
    waits |= {"urgent": _wait(tallies, URGENT), ALL: _wait(tallies, set(Urgency))}
    seconds = sum(tally.match_s for tally in tallies)
    return Figures(
        name=name,
        seeds=len(tallies),
        requests=mean(lambda tally: len(tally.courses)),
        served=mean(lambda tally: _count(tally, _is_served)),
        under_way=mean(lambda tally: _count(tally, _is_under_way)),
        waiting=mean(lambda tally: _count(tally, _is_waiting)),
        waits=waits,
        own_captain=mean(_own_captain),
        continuity=mean(lambda tally: sum(course.met_before for course in tally.courses.values())),
        worked_minutes=_spreads([[s / 60 for s in tally.worked_s.values()] for tally in tallies]),
        offers=_spreads([list(tally.asked.values()) for tally in tallies]),
        asked=mean(lambda tally: tally.counts["asked"]),
        declined=mean(lambda tally: tally.counts["declined"]),
        silent=mean(lambda tally: tally.counts["silent"]),
        no_show=mean(lambda tally: tally.counts["no_show"]),
        plan_changes=mean(lambda tally: tally.counts["withdrawn"] / max(1, len(tally.courses))),
        decisions_a_second=sum(tally.counts["asked"] for tally in tallies) / seconds if seconds else 0.0,
    )


def _count(tally: Tally, of: Callable[[Course], bool]) -> int:
    return sum(map(of, tally.courses.values()))


def _is_served(course: Course) -> bool:
    return course.delivered_at is not None


def _is_under_way(course: Course) -> bool:
    return course.delivered_at is None and course.started_at is not None


def _is_waiting(course: Course) -> bool:
    return course.started_at is None and course.delivered_at is None


def _own_captain(tally: Tally) -> float:
    legs = sum(course.legs for course in tally.courses.values())
    return PERCENT * sum(course.own_captain for course in tally.courses.values()) / legs if legs else 0.0


def _wait(tallies: Iterable[Tally], urgencies: Iterable[Urgency]) -> Wait:
    """Return the mean over the days that had any such request."""
    wanted, days, every = set(urgencies), [], 0
    for tally in tallies:
        every += 1
        waits = sorted(
            course.wait_s for course in tally.courses.values() if course.urgency in wanted and course.wait_s is not None
        )
        if waits:
            days.append((len(waits), sum(waits) / len(waits), waits[P95 * (len(waits) - 1) // PERCENT]))
    if not days:
        return Wait(0.0, 0.0, 0.0)
    count, mean, p95 = (sum(column) for column in zip(*days, strict=True))
    return Wait(count / every, mean / len(days) / 60, p95 / len(days) / 60)


def _spreads(days: Sequence[Sequence[float]]) -> Spread:
    found = [_spread(day) for day in days]
    parts = zip(*((s.mean, s.least, s.median, s.most, s.gini) for s in found), strict=True)
    return Spread(*(sum(part) / len(found) for part in parts))


def _spread(values: Sequence[float]) -> Spread:
    if not values or not sum(values):
        return Spread(0.0, 0.0, 0.0, 0.0, 0.0)
    ordered, total, count = sorted(values), sum(values), len(values)
    ranked = sum(rank * value for rank, value in enumerate(ordered, 1))
    gini = 2 * ranked / (count * total) - (count + 1) / count
    return Spread(total / count, ordered[0], ordered[count // 2], ordered[-1], gini)
