"""
How fast the exact flow solves a board from cold, as a ratio to OR-Tools on the same board in the same run.

``python benchmarks/flow.py [--json] [--rounds N] [--sizes 500x100 2000x400 …]``

Two kinds of board, both with 16 candidates a leg and a few per cent that nobody can take. `quarters`:
captains of the leg's building and cadres of its quarter, as communities are. `everywhere`: the cadres
of every leg are drawn from the whole community and every slot is needed: the hardest case, since each
late arrival re-prices everybody. Costs fit 64 bits for OR-Tools; `wide` has levels of 248 bits in all.

Both solvers run in turns and the median counts, so that another load on the machine meets both.
OR-Tools is timed with the filling of its arrays, ours with its checks. Ends with 1 when a goal is not met.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import TypeVar

from dispatch.matching.flow import Flow, Slots, Supply, solve

T = TypeVar("T")

SIZES = ((500, 100), (2000, 400), (5000, 1000))
FLOORS = 18
BUILDINGS_IN_QUARTER = 4
# Greatest value + 1 on each level: unserved, building tier, load, own floor, travel, tie.
SMALL = (256, 4, 32, 2, 128, 1 << 12)
WIDE = tuple(radix << 34 for radix in SMALL)
# Greatest time as a multiple of OR-Tools, a C++ library.
GOALS = {("quarters", 500): 12.0, ("quarters", 2000): 20.0}


@dataclass(frozen=True)
class Person:
    """Somebody at home in a building (a captain) or in a quarter (a cadre)."""

    name: str
    quarter: int
    building: int | None
    floor: int
    capacity: int


@dataclass(frozen=True)
class Board:
    """What is to be placed, and with whom."""

    supplies: list[Supply]
    slots: list[Slots]


def weigh(radixes: Sequence[int], values: Sequence[int]) -> int:
    """Put level values into one integer."""
    total = 0
    for radix, value in zip(radixes, values, strict=True):
        total = total * radix + value
    return total


def draw_people(rng: random.Random, count: int, kind: str) -> list[Person]:
    """Draw captains, one a floor, and cadres."""
    captains = count * 7 // 10
    quarters = -(-captains // (FLOORS * BUILDINGS_IN_QUARTER))
    few = kind == "everywhere"
    people = []
    for i in range(count):
        building = i // FLOORS if i < captains else None
        quarter = rng.randrange(quarters) if building is None else building // BUILDINGS_IN_QUARTER
        held = ((3, 4, 5), (5, 6, 7, 8)) if few else ((3, 4, 4, 5, 6), (4, 6, 8))
        capacity = rng.choice(held[building is None])
        people.append(Person(f"r-{i:05}", quarter, building, i % FLOORS, capacity))
    return people


def draw_board(size: tuple[int, int], *, kind: str, radixes: Sequence[int]) -> Board:
    """Draw a board of one kind; the same for the same arguments."""
    rng = random.Random(f"{kind} {size}")
    people = draw_people(rng, size[1], kind)
    captains: dict[int, list[Person]] = {}
    cadres: dict[int, list[Person]] = {}
    for person in people:
        if person.building is None:
            cadres.setdefault(0 if kind == "everywhere" else person.quarter, []).append(person)
        else:
            captains.setdefault(person.building, []).append(person)
    crowd = [1 if kind == "everywhere" else rng.choice((1, 1, 2, 2, 3)) for _ in captains]
    supplies = []
    for i in range(size[0]):
        building = rng.choices(list(captains), crowd)[0]
        quarter = 0 if kind == "everywhere" else building // BUILDINGS_IN_QUARTER
        near = cadres.get(quarter, []) + (cadres.get(quarter + 1, []) if rng.random() < 0.4 else [])
        candidates = rng.sample(captains[building], min(10, len(captains[building])))
        candidates += rng.sample(near, min(6, len(near)))
        arcs = draw_arcs(rng, candidates, place=(quarter, building), radixes=radixes)
        unserved = weigh(radixes, (8 * rng.choice((1, 1, 1, 2, 4, 16)) + rng.randrange(8), 0, 0, 0, 0, 0))
        supplies.append(Supply(f"q-{i:05}/door", unserved, arcs))
    slots = [
        Slots(p.name, tuple(weigh(radixes, (0, 0, 16 * k // p.capacity, 0, 0, 0)) for k in range(p.capacity)))
        for p in people
    ]
    return Board(supplies, slots)


def draw_arcs(
    rng: random.Random, candidates: Sequence[Person], *, place: tuple[int, int], radixes: Sequence[int]
) -> tuple[tuple[str, int], ...]:
    """Weigh every candidate for a leg on a floor of a building in a quarter."""
    quarter, building = place
    floor = rng.randrange(FLOORS)
    arcs = []
    for person in sorted(candidates, key=lambda p: p.name):
        tier = 0 if person.building == building else 1 if person.quarter == quarter else 2
        own = 0 if tier == 0 and person.floor == floor else 1
        vector = (0, tier, 0, own, abs(person.floor - floor) + 10 * tier, rng.randrange(SMALL[-1]))
        arcs.append((person.name, weigh(radixes, vector)))
    return tuple(arcs)


def solve_by_ortools(board: Board) -> int:
    """Fill the arrays of OR-Tools, solve, and return the cost."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415 - HiGHS cannot live beside it

    other = SimpleMinCostFlow()
    sink = len(board.supplies) + len(board.slots)
    node = {s.id: len(board.supplies) + i for i, s in enumerate(board.slots)}
    for i, supply in enumerate(board.supplies):
        other.set_node_supply(i, 1)
        other.add_arc_with_capacity_and_unit_cost(i, sink, 1, supply.unserved)
        for responder, cost in supply.arcs:
            other.add_arc_with_capacity_and_unit_cost(i, node[responder], 1, cost)
    for slot in board.slots:
        for cost in slot.costs:
            other.add_arc_with_capacity_and_unit_cost(node[slot.id], sink, 1, cost)
    other.set_node_supply(sink, -len(board.supplies))
    assert other.solve() == other.OPTIMAL
    return int(other.optimal_cost())


def timed(work: Callable[..., T], *arguments: object) -> tuple[float, T]:
    """Run once; return milliseconds of processor time and the result."""
    start = process_time()
    result = work(*arguments)
    return 1_000 * (process_time() - start), result


def measure(size: tuple[int, int], *, kind: str, rounds: int) -> dict[str, object]:
    """Time everything about one board, in turns."""
    board = draw_board(size, kind=kind, radixes=SMALL)
    wide = draw_board(size, kind=kind, radixes=WIDE)
    times: dict[str, list[float]] = {"ortools": [], "small": [], "wide": [], "check": []}
    for _ in range(rounds):
        spent, cost = timed(solve_by_ortools, board)
        times["ortools"].append(spent)
        for name, drawn in (("small", board), ("wide", wide)):
            spent, flow = timed(solve, drawn.supplies, drawn.slots)
            times[name].append(spent)
            if name == "small":
                assert flow.cost == cost
            proof = flow.certificate()
            spent, findings = timed(proof.check, drawn.supplies, drawn.slots)
            times["check"].append(spent)
            assert findings == []
    ms = {name: median(values) for name, values in times.items()}
    ratio = ms["small"] / ms["ortools"]
    goal = GOALS.get((kind, size[0]))
    return {
        "board": kind,
        "size": f"{size[0]}x{size[1]}",
        "unserved_percent": 100 * len(flow.unserved) / size[0],
        "bits": flow.cost.bit_length(),
        **{f"{name}_ms": round(value, 1) for name, value in ms.items()},
        "forced_ms": round(time_forced(flow), 2),
        "small_per_ortools": round(ratio, 1),
        "wide_per_small": round(ms["wide"] / ms["small"], 2),
        "goal": goal,
        "met": goal is None or ratio <= goal,
    }


def time_forced(flow: Flow) -> float:
    """Return the median milliseconds of one `forced`, over up to 200 placed supplies."""
    asked = list(flow.placed)[:200]
    return median(timed(flow.forced, supply)[0] for supply in asked)


def main() -> int:
    """Print the table or the JSON; 1 when a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON list on standard output")
    parser.add_argument("--rounds", type=int, default=3, help="times each is run; the median counts")
    parser.add_argument("--sizes", nargs="*", default=["x".join(map(str, size)) for size in SIZES])
    args = parser.parse_args()
    sizes = [(int(work), int(people)) for work, people in (size.split("x") for size in args.sizes)]
    rows = [measure(size, kind=kind, rounds=args.rounds) for kind in ("quarters", "everywhere") for size in sizes]
    if args.json:
        print(json.dumps(rows, indent=1))
    else:
        print(
            f"{'board':<11}{'size':>10}{'unserved':>9}{'OR-Tools':>9}{'ours':>8}{'ratio':>7}{'wide':>8}{'check':>7}{'forced':>8}"
        )
        for row in rows:
            print(
                f"{row['board']:<11}{row['size']:>10}{row['unserved_percent']:>8.1f}%{row['ortools_ms']:>9}{row['small_ms']:>8}"
                f"{row['small_per_ortools']:>6}x{row['wide_ms']:>8}{row['check_ms']:>7}{row['forced_ms']:>8}"
                + ("" if row["goal"] is None else f"   goal {row['goal']:.0f}x {'met' if row['met'] else 'NOT MET'}")
            )
        print("Times in ms, medians; `forced` is one question.")
    return 0 if all(row["met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
