"""
What one event costs a community of the real domain: a drain that remembers beside one that begins anew.

``python benchmarks/drain.py [--json]``

2,000 open legs and 400 responders of `benchmarks/town.py`, 12,000 residents, everything on one SQLite log in
memory. Somebody calls for help, or somebody's work is done; then the community is drained. The same event is drained by
the engine that has been running and by one that has just been opened on the log with its board folded already. Also
told: what the board takes in memory, and what folding one event of a resident costs, since it copies the largest map.

``--many 10000`` has so many call at once instead, under both versions of `everyday`: the first match run, from nothing,
and the drain of them all.
"""

from __future__ import annotations

import argparse
import json
import sys
import tracemalloc
from collections.abc import Mapping
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import process_time

from benchmarks.town import HERE, Town, settle
from dispatch import EVERYDAY, EVERYDAY_LATE
from dispatch.domain.resident import IsolationBegan
from dispatch.domain.values import resident_stream
from dispatch.matching.board import Board, advance
from dispatch.matching.match import match
from dispatch.matching.memory import Memory
from dispatch.simulation.world import Happened

RESIDENTS, EVENTS = 12_000, 8


def drain_events(work: int, people: int, *, residents: int = RESIDENTS, events: int = EVENTS) -> dict[str, float]:
    """Return milliseconds of processor time of drains and match runs, warm and cold, and what the board takes."""
    town = settle(responders=people, residents=residents, requests=work)
    town.engine.tick()
    town.opens()
    town.engine.tick()
    warm, memory, runs = [], Memory(), []
    for number in range(events):
        _happens(town, number)
        board, at = town.engine.board_of(HERE), town.clock.now
        policy = board.place_register.policy
        start = process_time()
        cold_run = match(board, policy, at)
        between = process_time()
        assert match(board, policy, at, memory=memory) == cold_run
        runs.append((process_time() - between, between - start))
        start = process_time()
        town.engine.tick()
        warm.append(process_time() - start)
    warm_run, cold_run_s = (median(times) for times in zip(*runs[1:], strict=True))
    return {
        "open_legs": len(town.engine.board_of(HERE).requests),
        "drain_warm_ms": 1_000 * median(warm),
        "match_warm_ms": 1_000 * warm_run,
        "match_cold_ms": 1_000 * cold_run_s,
        "match_times_faster": cold_run_s / warm_run,
        **board_costs(town),
    }


def _happens(town: Town, number: int) -> None:
    """Let somebody call for help, or somebody say yes to what they are asked."""
    offers = [offer for person in town.engine.board_of(HERE).responders.values() for offer in person.holds]
    if number % 2 and offers:
        town.engine.accept(HERE, offers[number])
    else:
        town.opens()


def board_costs(town: Town) -> dict[str, float]:
    """Return what a board takes in memory, and what folding one event of a resident costs."""
    here = town.engine.board_of(HERE).community
    tracemalloc.start()
    board = advance(Board(here), town.engine.journal.read(community=here))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    stream = resident_stream(here, next(iter(board.residents)))
    event = Happened(board.position + 1, stream, IsolationBegan(began_at=town.clock.now))
    start = process_time()
    for _ in range(100):
        advance(board, [event])
    return {
        "board_mb": taken / 1e6,
        "board_kb_per_resident": taken / 1e3 / max(1, len(board.residents)),
        "fold_one_event_ms": 10 * (process_time() - start),
    }


def many_at_once(work: int, people: int, *, residents: int = 3_000) -> dict[str, float]:
    """Return what it costs when so many call at once: seconds of the first run and of the whole drain, and memory."""
    told: dict[str, float] = {}
    for policy in (EVERYDAY, EVERYDAY_LATE):
        name = f"{policy.name}@{policy.version}"
        town = settle(responders=people, residents=residents, requests=work, policy=policy)
        board, before = town.engine.board_of(HERE), getrusage(RUSAGE_SELF).ru_maxrss
        start = process_time()
        match(board, policy, town.clock.now)
        between = process_time()
        drained = [town.engine.tick().drained[0]]
        while not drained[-1].complete:
            drained += town.engine.tick().drained
        told |= {
            f"{name}_first_run_s": between - start,
            f"{name}_drain_s": process_time() - between,
            f"{name}_passes": sum(one.passes for one in drained),
            f"{name}_offers": sum(len(one.offers) for one in drained),
            f"{name}_more_mb": (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1e3,
        }
        town.engine.close()
    return told


def show(told: Mapping[str, float]) -> None:
    """Print what was measured."""
    for name, value in told.items():
        print(f"  {name}: {value:.2f}")


def main() -> int:
    """Print the table or the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--many", type=int, help="so many call at once")
    args = parser.parse_args()
    told = drain_events(2_000, 400) if args.many is None else many_at_once(args.many, 400)
    print(json.dumps(told, indent=1)) if args.json else show(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
