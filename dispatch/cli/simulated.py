"""How the figures of a simulation are shown: as a table, as a picture, for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from dispatch import Urgency
from dispatch.simulation import ALL, RIVALS, VERSION, Bar, Figures, Goal, Panel, Spread, Wait
from dispatch.words import Words

DECIMALS = 3
Row = tuple[str, Sequence[str]]


def title_of(words: Words, contender: str) -> str:
    """Return how a policy or a rival is called."""
    if contender in RIVALS:
        return words.code("contender", contender)
    name, at, version = contender.partition(VERSION)
    return f"{words.code('policy_title', name)}{at}{version}"


def plain_figures(figures: Figures) -> dict[str, Any]:
    """Return figures for a program, rounded; waits and work in minutes, shares in per cent."""
    found = asdict(figures)
    for name in ("worked_minutes", "offers"):
        found[name]["most_to_mean"] = getattr(figures, name).most_to_mean
    rounded: dict[str, Any] = _rounded(found)
    return rounded


def plain_goal(goal: Goal) -> dict[str, Any]:
    """Return a goal for a program."""
    found: dict[str, Any] = _rounded(asdict(goal) | {"is_met": goal.is_met, "missed_by": goal.missed_by})
    return found


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def figures_table(words: Words, found: Sequence[Figures]) -> Table:
    """Return all figures, one column for each contender."""
    table = Table(title=words("simulate.figures"), title_justify="left")
    table.add_column("")
    for one in found:
        table.add_column(title_of(words, one.name), justify="right")
    for label, cells in _rows(words, found):
        table.add_row(label, *cells)
    return table


def _rows(words: Words, found: Sequence[Figures]) -> Iterator[Row]:
    def number(value: float, decimals: int = 0) -> str:
        return words.number(value, decimals=decimals)

    yield words("simulate.served"), [number(one.served) for one in found]
    yield words("simulate.under_way"), [number(one.under_way) for one in found]
    yield words("simulate.waiting"), [number(one.waiting) for one in found]
    for name, label in _urgencies(words):
        cells = [_wait(words, one.waits[name]) for one in found]
        yield words("simulate.wait", urgency=label), cells
    yield words("simulate.own_captain"), [words.percent(one.own_captain, 100) for one in found]
    yield words("simulate.continuity"), [number(one.continuity) for one in found]
    yield words("simulate.work_spread"), [_spread(words, one.worked_minutes) for one in found]
    yield words("simulate.offer_spread"), [_spread(words, one.offers) for one in found]
    yield words("simulate.work_of"), [_least_most(words, one.worked_minutes) for one in found]
    yield words("simulate.offers_of"), [_least_most(words, one.offers) for one in found]
    yield words("simulate.asked"), [number(one.asked) for one in found]
    yield words("simulate.not_come"), [number(one.declined + one.silent + one.no_show) for one in found]
    yield words("simulate.plan_changes"), [number(one.plan_changes, 2) for one in found]
    yield words("simulate.speed"), [number(one.decisions_a_second) for one in found]


def _urgencies(words: Words) -> Iterator[tuple[str, str]]:
    for urgency in Urgency:
        yield str(urgency), words.code("urgency", urgency)
    yield ALL, words("simulate.all")


def _wait(words: Words, wait: Wait) -> str:
    mean, p95 = words.number(wait.mean, decimals=1), words.number(wait.p95, decimals=1)
    return words("simulate.mean_p95", mean=mean, p95=p95)


def _spread(words: Words, spread: Spread) -> str:
    gini, most = words.number(spread.gini, decimals=2), words.number(spread.most_to_mean, decimals=1)
    return words("simulate.gini_most", gini=gini, most=most)


def _least_most(words: Words, spread: Spread) -> str:
    least, median, most = (words.number(value) for value in (spread.least, spread.median, spread.most))
    return words("simulate.least_most", least=least, median=median, most=most)


def goals_table(words: Words, name: str, goals: Sequence[Goal]) -> Table:
    """Return the goals of one policy: met, or by how much not."""
    table = Table(title=words("simulate.goals", contender=title_of(words, name)), title_justify="left")
    for key in ("goal", "wanted", "found", "verdict"):
        table.add_column(words(f"simulate.{key}"), justify="left" if key in ("goal", "verdict") else "right")
    for goal in goals:
        against = title_of(words, goal.rival) if goal.rival is not None else None
        what = words(f"simulate.goal_of.{goal.name}")
        label = words("simulate.against", what=what, rival=against) if against is not None else what
        met = words("simulate.met") if goal.is_met else words("simulate.missed", by=_unit(words, goal, goal.missed_by))
        bound = "simulate.at_least" if goal.least else "simulate.at_most"
        wanted = words(bound, number=_unit(words, goal, goal.wanted))
        table.add_row(label, wanted, _unit(words, goal, goal.found), met)
    return table


def _unit(words: Words, goal: Goal, value: float) -> str:
    if goal.unit == "percent":
        return words.percent(value, 100, decimals=1)
    decimals = 1 if goal.unit == "points" else 2
    return words(f"simulate.unit.{goal.unit}", number=words.number(value, decimals=decimals))


def panels_of(words: Words, found: Sequence[Figures]) -> list[Panel]:
    """Return the panels of the picture."""
    waits = [
        (label, [Bar(one.waits[name].mean, _wait(words, one.waits[name]), one.waits[name].p95) for one in found])
        for name, label in _urgencies(words)
    ]
    shares = [
        (words("simulate.own_captain"), [Bar(one.own_captain, words.percent(one.own_captain, 100)) for one in found])
    ]
    work = [one.worked_minutes for one in found]
    offers = [one.offers for one in found]
    spreads = [
        (label, [Bar(one.median, _least_most(words, one), one.most) for one in of])
        for label, of in ((words("simulate.work_of"), work), (words("simulate.offers_of"), offers))
    ]
    even = [
        (label, [Bar(one.gini, words.number(one.gini, decimals=2)) for one in of])
        for label, of in ((words("simulate.of_work"), work), (words("simulate.of_offers"), offers))
    ]
    counts = [
        (words("simulate.waiting"), [Bar(one.waiting, words.number(one.waiting)) for one in found]),
        (words("simulate.continuity"), [Bar(one.continuity, words.number(one.continuity)) for one in found]),
    ]
    return [
        Panel(words("simulate.panel.waits"), waits),
        Panel(words("simulate.panel.shares"), shares),
        *(Panel(words("simulate.panel.people"), [row]) for row in spreads),
        Panel(words("simulate.panel.spread"), even),
        Panel(words("simulate.panel.counts"), counts),
    ]
