"""
The linear program of a board, kept warm by HiGHS: dual simplex from the last basis after each changed row.

A program of its own, because HiGHS and OR-Tools cannot live in one process: it reads the problem as JSON from
standard input and writes times in milliseconds and the last optimum to standard output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from time import process_time
from typing import Any

Work = tuple[str, int, list[tuple[str, int]]]
"""Id, unserved cost, (responder, cost) of each candidate."""


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


def model_of(work: Sequence[Work], slots: Mapping[str, Sequence[int]]) -> tuple[Any, Mapping[str, int]]:
    """Return the linear program of a board, and the row of each leg."""
    import highspy  # noqa: PLC0415 - only in the process that is HiGHS's own

    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("solver", "simplex")):
        model.setOptionValue(name, value)
    rows = {name: row for row, (name, _, _) in enumerate(work)}
    people = {name: len(rows) + row for row, name in enumerate(slots)}
    for _ in rows:
        model.addRow(1.0, 1.0, 0, [], [])
    for _ in people:
        model.addRow(0.0, 0.0, 0, [], [])
    for cost, entries in columns(work, slots, rows=rows, people=people):
        model.addCol(float(cost), 0.0, 1.0, len(entries), [row for row, _ in entries], [value for _, value in entries])
    return model, rows


def run(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Solve from cold, then follow the events; the first `timed` of them are solved one by one."""
    model, rows = model_of(problem["work"], problem["slots"])
    for name in set(rows) - set(problem["first"]):
        model.changeRowBounds(rows[name], 0.0, 0.0)
    start = process_time()
    model.run()
    cold = 1_000 * (process_time() - start)
    times: tuple[list[float], list[float]] = ([], [])
    for number, turn in enumerate(problem["turns"]):
        for name, bound, spent in zip(turn, (0.0, 1.0), times, strict=True):
            start = process_time()
            model.changeRowBounds(rows[name], bound, bound)
            if number < problem["timed"]:
                model.run()
                spent.append(1_000 * (process_time() - start))
    model.run()
    return {"cold_ms": cold, "leave_ms": times[0], "arrive_ms": times[1], "cost": model.getObjectiveValue()}


if __name__ == "__main__" and sys.argv[1:] == ["--stdin"]:
    print(json.dumps(run(json.load(sys.stdin))))
