"""The command that lets days pass in simulation, to compare ways to dispatch."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from dispatch.simulation import (
    COMMUNITY,
    POLICIES,
    RIVALS,
    SCENARIOS,
    USUAL_RIVALS,
    Contender,
    Days,
    Figures,
    Fortnight,
    GeneratedDay,
    Goal,
    Unusable,
    contender,
    contest,
    drawn,
    fit,
    fitted,
    goals_of,
    read_blocks,
    read_calls,
    rival,
)

from .commands import command
from .exits import Exit
from .failures import Failure
from .run import Run
from .simulated import figures_table, goals_table, panels_of, plain_figures, plain_goal, title_of

COUNT_MAX = 100_000
SEEDS_MAX = 1_000
PACE_MAX = 100
MIXES = {"community": COMMUNITY, "calls": None}
"""How many requests are how urgent, by name: see `Scenario.shares`."""


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, "simulate", panel="operation")(simulate)


def simulate(
    run: Run,
    *,
    scenario: Annotated[str | None, typer.Option("--day")] = None,
    calls: Path | None = None,
    blocks: Path | None = None,
    policies: Annotated[list[str] | None, typer.Option("--policy")] = None,
    against: list[str] | None = None,
    seeds: int = 1,
    limit: int | None = None,
    a_day: Annotated[int | None, typer.Option("--requests")] = None,
    helpers: Annotated[int | None, typer.Option("--responders")] = None,
    pace: int | None = None,
    mix: str | None = None,
    goals: Annotated[bool, typer.Option("--goals")] = False,
    picture: Path | None = None,
    fitting: Annotated[Path | None, typer.Option("--fit")] = None,
) -> int:
    """Let days pass under several ways to dispatch, and compare them."""
    try:
        if fitting is not None:
            run.emit(fit(fitting))
            return Exit.DONE
        days = _days(
            scenario, calls, blocks, limit=limit, pace=pace, mix=mix, sizes={"requests": a_day, "responders": helpers}
        )
    except Unusable as problem:
        raise Failure(f"simulate_{problem.problem}", Exit.USAGE, **problem.fields) from None
    contenders = _contenders(policies, against)
    _at_least_one("--seeds", seeds, most=SEEDS_MAX)
    _can_be_written(picture)
    found = _played(run, days, contenders, seeds=range(1, seeds + 1))
    judged = _judged(found, len(contenders) - sum(one.name in RIVALS for one in contenders))
    _told(run, days, found, judged=judged if goals else {})
    if picture is not None:
        title = run.words("simulate.title", requests=days.requests, responders=days.responders, seeds=seeds)
        text = drawn(title, [title_of(run.words, one.name) for one in found], panels_of(run.words, found))
        picture.write_text(text, encoding="utf-8")
        if not run.json:
            run.say("simulate.drawn", path=str(picture))
    return Exit.DONE if all(goal.is_met for many in judged.values() for goal in many) or not goals else Exit.FOUND


def _days(
    scenario: str | None,
    calls: Path | None,
    blocks: Path | None,
    *,
    limit: int | None,
    pace: int | None,
    mix: str | None,
    sizes: dict[str, int | None],
) -> Days:
    for name, size in (sizes | {"limit": limit}).items():
        _at_least_one(f"--{name}", 1 if size is None else size)
    _at_least_one("--pace", 1 if pace is None else pace, most=PACE_MAX)
    if calls is None and blocks is None:
        if pace is not None:
            raise Failure("simulate_both_files")
        if scenario is not None and scenario not in SCENARIOS:
            raise Failure("choice", option="--day", choices=", ".join(SCENARIOS))
        if mix is not None and mix not in MIXES:
            raise Failure("choice", option="--mix", choices=", ".join(MIXES))
        day = SCENARIOS[scenario or "normal"]
        requests, responders = sizes["requests"] or day.requests, sizes["responders"] or day.responders
        day = replace(day, requests=requests, responders=responders, shares=MIXES[mix or "community"])
        return GeneratedDay(day, fitted(), limit)
    if calls is None or blocks is None:
        raise Failure("simulate_both_files")
    if scenario is not None or mix is not None or any(size is not None for size in sizes.values()):
        raise Failure("simulate_either")
    source = read_calls(calls, limit)
    return Fortnight(source, read_blocks(blocks, source), fitted(), pace or 1)


def _at_least_one(option: str, number: int, *, most: int = COUNT_MAX) -> None:
    if not 1 <= number <= most:
        raise Failure("simulate_number", option=option, most=str(most))


def _can_be_written(picture: Path | None) -> None:
    """Refuse a picture that nobody could write before hours have passed."""
    if picture is not None and (picture.is_dir() or not picture.parent.is_dir()):
        raise Failure("simulate_picture", path=str(picture))


def _contenders(policies: Iterable[str] | None, against: Iterable[str] | None) -> list[Contender]:
    """Return who is compared: policies first, then rivals under the hard rules of the first policy."""
    names = _named("--policy", policies, POLICIES) or [next(iter(POLICIES))]
    rivals = list(USUAL_RIVALS) if against is None else _named("--against", against, (*RIVALS, "none"))
    first = POLICIES[names[0]]
    return [
        *(contender(POLICIES[name], name) for name in names),
        *(rival(name, first) for name in rivals if name != "none"),
    ]


def _named(option: str, given: Iterable[str] | None, known: Iterable[str]) -> list[str]:
    """Return names that were given, one by one or with commas between them, each once."""
    names = [name.strip() for text in given or () for name in text.split(",")]
    if any(name not in set(known) for name in names):
        raise Failure("choice", option=option, choices=", ".join(known))
    return list(dict.fromkeys(names))


def _played(run: Run, days: Days, contenders: Sequence[Contender], *, seeds: Sequence[int]) -> list[Figures]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=run.err, transient=True, disable=not sys.stderr.isatty()) as bar:
        total = days.requests * len(seeds)
        tasks = {one.name: bar.add_task(title_of(run.words, one.name), total=total, start=False) for one in contenders}
        began: set[str] = set()

        def progress(name: str, seed: int, arrived: int) -> None:
            if name not in began:
                began.add(name)
                bar.start_task(tasks[name])
            bar.update(tasks[name], completed=days.requests * (seed - seeds[0]) + arrived)

        return contest(days, contenders, seeds, progress=progress)


def _judged(found: Sequence[Figures], ours: int) -> dict[str, list[Goal]]:
    rivals = {one.name: one for one in found[ours:]}
    return {one.name: list(goals_of(one, rivals)) for one in found[:ours]}


def _told(run: Run, days: Days, found: Sequence[Figures], *, judged: Mapping[str, Sequence[Goal]]) -> None:
    dirty: Any = days.source.dirty if isinstance(days, Fortnight) else {}
    if run.json:
        run.emit(
            {
                "requests": days.requests,
                "responders": days.responders,
                "seeds": found[0].seeds,
                "contenders": [plain_figures(one) for one in found],
                "goals": {name: [plain_goal(goal) for goal in goals] for name, goals in judged.items()},
                "dirty_rows": dict(sorted(dirty.items())),
            }
        )
        return
    words = run.words
    run.say("simulate.title", requests=days.requests, responders=days.responders, seeds=found[0].seeds)
    if dirty:
        run.say("simulate.dirty", rows=words.number(sum(dirty.values())), kinds=len(dirty))
    run.show(figures_table(words, found))
    for name, goals in judged.items():
        run.show(goals_table(words, name, goals))
    run.say("simulate.assumed")
