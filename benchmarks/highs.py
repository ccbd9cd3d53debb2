"""
The linear program of a board, kept warm by HiGHS: dual simplex from the last basis after each changed row.

A program of its own, because HiGHS and OR-Tools cannot live in one process: it reads the problem as JSON from
standard input and writes times in milliseconds and the last optimum to standard output.

Twice: as the library comes, and as we found it fastest here after every event among some thirty settings and
forms of the program. That is without perturbed costs, presolve or scaling, and with choices that only their rows
bound; together these make a cold start slower, so compare a cold start with the library as it comes. Neither reads the
plan out after an event; ours has it by then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from time import process_time
from typing import Any

Work = tuple[str, int, list[tuple[str, int]]]
"""Id, unserved cost, (responder, cost) of each candidate."""
EVENTS = ("leave_ms", "arrive_ms")
ONE_CORE: Mapping[str, Any] = {"output_flag": False, "threads": 1, "parallel": "off", "solver": "simplex"}
TUNED: Mapping[str, Any] = {
    "presolve": "off",
    "simplex_scale_strategy": 0,
    "dual_simplex_cost_perturbation_multiplier": 0.0,
}


def columns(
    work: Sequence[Work], slots: Mapping[str, Sequence[int]], *, rows: Mapping[str, int], people: Mapping[str, int]
) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Give cost and entries of every choice of a leg, and of every slot."""
    for name, unserved, arcs in work:
        yield unserved, [(rows[name], 1.0)]
        for responder, cost in arcs:
            yield cost, [(rows[name], 1.0), (people[responder], 1.0)]
    for name, costs in slots.items():
        for cost in costs:
            yield cost, [(people[name], -1.0)]


def model_of(work: Sequence[Work], slots: Mapping[str, Sequence[int]], *, tuned: bool) -> tuple[Any, Mapping[str, int]]:
    """Return the linear program of a board, and the row of each leg."""
    import highspy  # noqa: PLC0415 - only in the process that is HiGHS's own

    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in ({**ONE_CORE, **TUNED} if tuned else ONE_CORE).items():
        model.setOptionValue(name, value)
    rows = {name: row for row, (name, _, _) in enumerate(work)}
    people = {name: len(rows) + row for row, name in enumerate(slots)}
    for _ in rows:
        model.addRow(1.0, 1.0, 0, [], [])
    for _ in people:
        model.addRow(0.0, 0.0, 0, [], [])
    for cost, entries in columns(work, slots, rows=rows, people=people):
        # The row of a leg bounds its choices already; only a slot needs a bound of its own.
        bound = highspy.kHighsInf if tuned and entries[0][1] > 0 else 1.0
        model.addCol(
            float(cost), 0.0, bound, len(entries), [row for row, _ in entries], [value for _, value in entries]
        )
    return model, rows


def run(problem: Mapping[str, Any], *, tuned: bool) -> dict[str, Any]:
    """Solve from cold, then follow the events, each solved by itself."""
    model, rows = model_of(problem["work"], problem["slots"], tuned=tuned)
    for name in set(rows) - set(problem["first"]):
        model.changeRowBounds(rows[name], 0.0, 0.0)
    start = process_time()
    model.run()
    cold = 1_000 * (process_time() - start)
    times: tuple[list[float], list[float]] = ([], [])
    for turn in problem["turns"]:
        for name, bound, spent in zip(turn, (0.0, 1.0), times, strict=True):
            start = process_time()
            model.changeRowBounds(rows[name], bound, bound)
            model.run()
            spent.append(1_000 * (process_time() - start))
    return {"cold_ms": cold, "leave_ms": times[0], "arrive_ms": times[1], "cost": model.getObjectiveValue()}


def best_of(problem: Mapping[str, Any], *, tuned: bool) -> dict[str, Any]:
    """Return of each event the best time of so many histories."""
    told = [run(problem, tuned=tuned) for _ in range(problem["rounds"])]
    best = {name: [min(spent) for spent in zip(*(one[name] for one in told), strict=True)] for name in EVENTS}
    return {"cold_ms": min(one["cold_ms"] for one in told), **best, "cost": told[0]["cost"]}


if __name__ == "__main__" and sys.argv[1:] == ["--stdin"]:
    board = json.load(sys.stdin)
    print(json.dumps({name: best_of(board, tuned=name == "tuned") for name in ("plain", "tuned")}))
