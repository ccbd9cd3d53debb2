"""Who asks for what and when: a generated day, bursty as real ones are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..domain.values import RequestId, ResidentId, Urgency
from .draws import PERMILLE, Draws, mean_of
from .fitted import Fitted

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2022, 5, 16, tzinfo=ZONE)
QUARTER_S, HOUR_QUARTERS = 900, 4
WORK_LEAST_S = 60
KINDS = {
    Urgency.LIFE: ("medicine",),
    Urgency.HEALTH: ("medicine",),
    Urgency.HARDSHIP: ("food", "food", "food", "check_in"),
    Urgency.NONE: ("parcel", "garbage"),
}
"""What is asked for by how urgent it is; each of a row as often as the others."""


Shares = tuple[int, int, int, int]
COMMUNITY: Shares = (1, 9, 30, 60)
"""
What households that are shut in ask for: food, parcels and garbage above all, a few medicines that are due (ours).

An ambulance is called for hardly anything else than threats to life and health: of the calls that were measured they
are three in five.
"""


class Change(NamedTuple):
    """A judgement that changes: when, and to what."""

    at: datetime
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    One request and its fate, as far as it does not depend on who goes.

    Attributes
    ----------
    work_s
        Seconds of work at the door.
    answer_s
        Seconds until whoever is asked answers; `None` when each pair of people has its own.
    changes
        The judgement that changes, if it does.
    """

    request: RequestId
    resident: ResidentId
    at: datetime
    kind: str
    urgency: Urgency
    work_s: int
    answer_s: int | None = None
    change: Change | None = None

    @property
    def worst(self) -> Urgency:
        """How urgent it ever was: what it is counted under, whoever serves it and when."""
        return min(self.urgency, self.change.urgency, key=lambda u: u.rank) if self.change else self.urgency


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A day to generate.

    Attributes
    ----------
    requests, responders
        How many there are.
    from_hour, until_hour
        Local hours between which requests arrive.
    work_mean_s
        Mean seconds of work at the door: with the way there, the number of requests says how full the day is.
    shares
        Of a hundred requests, how many are judged at first a threat to life, health, hardship and none of these;
        `None` as in the calls that were measured. How judgements change is as in the calls in any case.
    """

    name: str
    requests: int
    responders: int = 200
    from_hour: int = 10
    until_hour: int = 20
    work_mean_s: int = 1_200
    shares: Shares | None = COMMUNITY

    @property
    def opens_at(self) -> datetime:
        """When the first request may arrive."""
        return (MIDNIGHT + timedelta(hours=self.from_hour)).astimezone(UTC)

    @property
    def closes_at(self) -> datetime:
        """When no more requests arrive."""
        return (MIDNIGHT + timedelta(hours=self.until_hour)).astimezone(UTC)


NORMAL = Scenario("normal", 4_200)
OVERLOAD = Scenario("overload", 5_200)
SCENARIOS = {scenario.name: scenario for scenario in (NORMAL, OVERLOAD)}
"""Ten hours with 200 people: 5,200 requests, of 20 minutes and 3 for the way, leave nobody a pause."""


def generated(scenario: Scenario, fitted: Fitted, draws: Draws, *, residents: Sequence[ResidentId]) -> list[Arrival]:
    """Return the requests of a day in order of time; the same seed gives the same ones."""
    weights = quarters(scenario, fitted, draws)
    instants = sorted(_second(weights, draws, number) for number in range(scenario.requests))
    return [
        _arrival(scenario, fitted, draws, number=number, second=second, residents=residents)
        for number, second in enumerate(instants, 1)
    ]


def quarters(scenario: Scenario, fitted: Fitted, draws: Draws) -> list[int]:
    """
    Return the weight of each quarter of an hour of the day.

    The hour of the day gives the mean; each hour, and each quarter in it, departs from it by a factor of
    its own whose variance was fitted (a doubly stochastic process: given the number of requests, each
    falls into a quarter with the chance of its weight).
    """
    weights = []
    for hour in range(scenario.from_hour, scenario.until_hour):
        busy = _factor(fitted.burst_hour, draws, "hour", hour)
        for quarter in range(HOUR_QUARTERS):
            burst = _factor(fitted.burst_quarter, draws, "quarter", hour, quarter)
            weights.append(fitted.by_hour[hour] * busy * burst)
    return weights


def _factor(variance: int, draws: Draws, *name: object) -> int:
    """Return a factor in thousandths with mean one and this variance, in thousandths; never below a twentieth."""
    deviation = _root(variance * PERMILLE)
    return max(PERMILLE // 20, PERMILLE + deviation * draws.bell(*name) // PERMILLE)


def _root(square: int) -> int:
    root = 0
    while (root + 1) * (root + 1) <= square:
        root += 1
    return root


def _second(weights: Sequence[int], draws: Draws, number: int) -> int:
    quarter = draws.weighted(weights, "arrival", number)
    return quarter * QUARTER_S + draws.number("second", number, among=QUARTER_S)


def _judgements(scenario: Scenario, fitted: Fitted) -> list[int]:
    """Return how often each pair of a first and a final judgement comes: of equal first ones, as often as measured."""
    counts = [judged.count for judged in fitted.judged]
    if scenario.shares is None:
        return counts
    of_first = Counter[Urgency]()
    for judged in fitted.judged:
        of_first[judged.first] += judged.count
    return [scenario.shares[j.first.rank] * PERMILLE * j.count // of_first[j.first] for j in fitted.judged]


def _arrival(
    scenario: Scenario, fitted: Fitted, draws: Draws, *, number: int, second: int, residents: Sequence[ResidentId]
) -> Arrival:
    at = scenario.opens_at + timedelta(seconds=second)
    judged = fitted.judged[draws.weighted(_judgements(scenario, fitted), "judged", number)]
    kinds = KINDS[judged.first]
    change = None
    if judged.final is not judged.first:
        later = draws.quantile(fitted.judged_anew_s, "judged anew", number)
        change = Change(at + timedelta(seconds=max(1, later)), judged.final)
    work = draws.quantile(fitted.work_s, "work", number) * scenario.work_mean_s // max(1, mean_of(fitted.work_s))
    return Arrival(
        request=RequestId(f"q-{number:06}"),
        resident=residents[draws.number("who", number, among=len(residents))],
        at=at,
        kind=kinds[draws.number("kind", number, among=len(kinds))],
        urgency=judged.first,
        work_s=max(WORK_LEAST_S, work),
        change=change,
    )
