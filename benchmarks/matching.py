"""
What one event costs: the live plan beside a warm LP, a full solution and a greedy insert, in one run.

``python benchmarks/matching.py [--json] [--events N] [--sizes 500x100 2000x400 …]``

The board is that of `benchmarks/flow.py` (quarters: captains and cadres, 16 candidates a leg, a few per cent
that nobody can take). Legs have come in any order; then at each event one leaves for good and another comes. Each
method sees the same events:

- ours: one shortest path (`LivePlan`), with costs of 248 bits as the policy's levels make them;
- HiGHS: the linear program, warm dual simplex after a changed row; in a process of its own, because it
  and OR-Tools cannot live in one; narrow costs, because it counts in floating point;
- OR-Tools: the whole board solved again, narrow costs;
- greedy: the cheapest free slot now, nobody moved ever.

Processor time, so that other work on the machine is not counted; medians and 99th percentiles. The last
optimum of ours is proven by its certificate and equals that of OR-Tools and HiGHS. Ends with 1 when a
goal is not met.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import process_time
from typing import Any

from benchmarks.flow import SMALL, WIDE, Board, draw_board, solve_by_ortools
from dispatch.matching.flow import Slots, Supply
from dispatch.matching.live import LivePlan

SIZES = ((500, 100), (2000, 400), (5000, 1000))
GOAL_SIZE = (2000, 400)
EVENTS = 400
HIGHS_EVENTS_MAX = 100
ARRIVE_P99_MS, LEAVE_P99_MS, COLD_MS = 2.0, 5.0, 250.0
FASTER_THAN_HIGHS, FEWER_THAN_GREEDY = 50.0, 0.15


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Run once and return milliseconds of processor time."""
    start = process_time()
    work(*arguments)
    return 1_000 * (process_time() - start)


def history(board: Board, events: int) -> tuple[list[Supply], list[tuple[Supply, Supply]]]:
    """Draw who is on the board at first, in order of arrival, and who then leaves for whom; the same every time."""
    rng = random.Random(f"events {len(board.supplies)}")
    order = rng.sample(board.supplies, len(board.supplies))
    away = len(order) // 10
    here, waiting = order[away:], order[:away]
    turns = []
    for number in range(events):
        leaves = here.pop(rng.randrange(len(here)))
        comes = waiting[number % away]
        here.append(comes)
        waiting[number % away] = leaves
        turns.append((leaves, comes))
    return order[away:], turns


def live_events(board: Board, events: int) -> dict[str, Any]:
    """Time leaving and arriving on the live plan."""
    first, turns = history(board, events)
    live = LivePlan((), board.slots)
    for supply in first:
        live.arrive(supply)
    live.leave(first[0].id)
    live.arrive(first[0])  # the lists of who seeks whom are made at the first departure
    leaves, arrives, moved = [], [], 0
    here = {supply.id: supply for supply in first}
    for gone, come in turns:
        leaves.append(timed(live.leave, gone.id))
        before = live.placed
        arrives.append(timed(live.arrive, come))
        moved += sum(1 for s, r in live.placed.items() if before.get(s, r) != r)
        del here[gone.id]
        here[come.id] = come
    board_now = list(here.values())
    assert live.certificate().check(board_now, board.slots) == []
    return {
        "cold_ms": percentile([timed(LivePlan, board_now, board.slots) for _ in range(3)], 0.5),
        "arrive_p50_ms": percentile(arrives, 0.5),
        "arrive_p99_ms": percentile(arrives, 0.99),
        "leave_p50_ms": percentile(leaves, 0.5),
        "leave_p99_ms": percentile(leaves, 0.99),
        "others_moved": moved / events,
        "unserved": len(live) - len(live.placed),
        "cost": live.cost,
    }


class Greedy:
    """The cheapest free slot at arrival, and nobody is ever moved."""

    def __init__(self, board: Board) -> None:
        self.slots: Mapping[str, Slots] = {slot.id: slot for slot in board.slots}
        self.used = dict.fromkeys(self.slots, 0)
        self.placed: dict[str, str] = {}

    def arrive(self, supply: Supply) -> None:
        """Take the cheapest candidate with a free slot, if that is cheaper than leaving it."""
        options = [
            (cost + self.slots[r].costs[self.used[r]], r)
            for r, cost in supply.arcs
            if self.used[r] < len(self.slots[r].costs)
        ]
        best = min(options, default=None)
        if best is not None and best[0] < supply.unserved:
            self.placed[supply.id] = best[1]
            self.used[best[1]] += 1

    def leave(self, supply: Supply) -> None:
        """Free its slot; nobody who waits moves in."""
        responder = self.placed.pop(supply.id, None)
        if responder is not None:
            self.used[responder] -= 1


def greedy_unserved(board: Board, events: int) -> int:
    """Return how many legs greedy leaves after the same events."""
    greedy = Greedy(board)
    first, turns = history(board, events)
    for supply in first:
        greedy.arrive(supply)
    for gone, come in turns:
        greedy.leave(gone)
        greedy.arrive(come)
    return len(first) - len(greedy.placed)


def highs_events(board: Board, events: int) -> dict[str, Any]:
    """Time the same events on the linear program, each solved from the last basis."""
    model, rows = highs_model(board)
    first, turns = history(board, events)
    for row in set(rows.values()) - {rows[supply.id] for supply in first}:
        model.changeRowBounds(row, 0.0, 0.0)
    model.run()
    times = []
    for number, turn in enumerate(turns):
        for supply, bound in zip(turn, (0.0, 1.0), strict=True):
            start = process_time()
            model.changeRowBounds(rows[supply.id], bound, bound)
            if number < HIGHS_EVENTS_MAX:
                model.run()
                times.append(1_000 * (process_time() - start))
    model.run()
    return {"event_p50_ms": percentile(times, 0.5), "cost": model.getObjectiveValue()}


def highs_model(board: Board) -> tuple[Any, Mapping[str, int]]:
    """Return the linear program of a board, and the row of each supply."""
    import highspy  # noqa: PLC0415 - only in the process that is HiGHS's own

    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("solver", "simplex")):
        model.setOptionValue(name, value)
    rows = {supply.id: row for row, supply in enumerate(board.supplies)}
    people = {slot.id: len(rows) + row for row, slot in enumerate(board.slots)}
    for _ in rows:
        model.addRow(1.0, 1.0, 0, [], [])
    for _ in people:
        model.addRow(0.0, 0.0, 0, [], [])
    for cost, entries in columns(board, rows, people):
        model.addCol(float(cost), 0.0, 1.0, len(entries), [row for row, _ in entries], [value for _, value in entries])
    return model, rows


def columns(
    board: Board, rows: Mapping[str, int], people: Mapping[str, int]
) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Give cost and entries of every choice of a leg, and of every slot."""
    for supply in board.supplies:
        yield supply.unserved, [(rows[supply.id], 1.0)]
        for responder, cost in supply.arcs:
            yield cost, [(rows[supply.id], 1.0), (people[responder], 1.0)]
    for slot in board.slots:
        for cost in slot.costs:
            yield cost, [(people[slot.id], -1.0)]


def by_highs(size: tuple[int, int], events: int) -> dict[str, Any]:
    """Run HiGHS in a process of its own."""
    command = [sys.executable, __file__, "--highs", f"{size[0]}x{size[1]}", "--events", str(events)]
    ran = subprocess.run(command, capture_output=True, check=True, text=True)
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def measure(size: tuple[int, int], events: int) -> dict[str, Any]:
    """Measure one size, every method on the same events."""
    narrow = draw_board(size, kind="quarters", radixes=SMALL)
    wide = draw_board(size, kind="quarters", radixes=WIDE)
    ours, ours_narrow = live_events(wide, events), live_events(narrow, events)
    here = {supply.id: supply for supply in history(narrow, events)[0]}
    for gone, come in history(narrow, events)[1]:
        del here[gone.id]
        here[come.id] = come
    now = Board(list(here.values()), narrow.slots)
    resolve = percentile([timed(solve_by_ortools, now) for _ in range(5)], 0.5)
    highs, greedy = by_highs(size, events), greedy_unserved(wide, events)
    assert ours_narrow["cost"] == solve_by_ortools(now)
    assert abs(highs["cost"] - ours_narrow["cost"]) < 1
    event = (ours["arrive_p50_ms"] + ours["leave_p50_ms"]) / 2
    return {
        "size": f"{size[0]}x{size[1]}",
        "bits": ours["cost"].bit_length(),
        **{name: value for name, value in ours.items() if name != "cost"},
        "highs_warm_p50_ms": highs["event_p50_ms"],
        "ortools_resolve_ms": resolve,
        "greedy_unserved": greedy,
        "times_faster_than_highs": highs["event_p50_ms"] / event,
        "times_faster_than_ortools": resolve / event,
        "fewer_unserved_than_greedy": 1 - ours["unserved"] / greedy if greedy else 0.0,
    }


def goals(row: Mapping[str, Any]) -> Iterator[tuple[str, float, float, bool]]:
    """Give each goal of the size that has goals: name, reached, wanted, whether it is met."""
    for name, wanted in (
        ("arrive_p99_ms", ARRIVE_P99_MS),
        ("leave_p99_ms", LEAVE_P99_MS),
        ("cold_ms", COLD_MS),
    ):
        yield name, row[name], wanted, row[name] <= wanted
    for name, wanted in (
        ("times_faster_than_highs", FASTER_THAN_HIGHS),
        ("fewer_unserved_than_greedy", FEWER_THAN_GREEDY),
    ):
        yield name, row[name], wanted, row[name] >= wanted


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the table, and every goal as met or by how much not."""
    for row in rows:
        print(f"\n{row['size']}, {row['bits']}-bit costs, {row['unserved']} unserved (greedy {row['greedy_unserved']})")
        print(f"  arrive p50 {row['arrive_p50_ms']:.3f} ms, p99 {row['arrive_p99_ms']:.2f} ms", end=";  ")
        print(f"leave p50 {row['leave_p50_ms']:.3f} ms, p99 {row['leave_p99_ms']:.2f} ms", end=";  ")
        print(f"cold {row['cold_ms']:.0f} ms;  {row['others_moved']:.1f} others move at an arrival")
        print(
            f"  HiGHS warm {row['highs_warm_p50_ms']:.1f} ms = {row['times_faster_than_highs']:.0f} x ours", end=";  "
        )
        print(f"OR-Tools anew {row['ortools_resolve_ms']:.1f} ms = {row['times_faster_than_ortools']:.0f} x ours")
        if row["size"] == f"{GOAL_SIZE[0]}x{GOAL_SIZE[1]}":
            for name, reached, wanted, met in goals(row):
                verdict = "met" if met else f"NOT MET by {abs(reached - wanted) / wanted:.0%}"
                print(f"    goal {name}: {reached:.2f} (wanted {wanted:g})  {verdict}")


def size_of(text: str) -> tuple[int, int]:
    """Read «2000x400»."""
    work, _, people = text.partition("x")
    return int(work), int(people)


def main() -> int:
    """Print the table or the JSON; 1 when a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON list on standard output")
    parser.add_argument("--events", type=int, default=EVENTS, help="legs that leave and come back")
    parser.add_argument("--sizes", nargs="*", type=size_of, default=list(SIZES))
    parser.add_argument("--highs", type=size_of, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.highs is not None:
        print(json.dumps(highs_events(draw_board(args.highs, kind="quarters", radixes=SMALL), args.events)))
        return 0
    rows = [measure(size, args.events) for size in args.sizes]
    if args.json:
        print(json.dumps(rows, indent=1))
    else:
        show(rows)
    judged = [row for row in rows if row["size"] == f"{GOAL_SIZE[0]}x{GOAL_SIZE[1]}"]
    return 0 if all(met for row in judged for *_, met in goals(row)) else 1


if __name__ == "__main__":
    sys.exit(main())
