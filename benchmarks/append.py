"""
How fast saves are, beside raw inserts of the same payload in the same run.

``python benchmarks/append.py [--json] [--rounds N] [--saves N] [--folder DIR] [--postgres URL]``

A save is one command with its events, through our recorder: the id is looked up, the clock and
the versions are checked, positions are dense. A raw insert is the bare row in a table with the
same primary key, committed as safely. Both take turns, round by round, and medians count, so
that another load on the machine meets both. Ends with 1 when a goal is not met.
"""

import argparse
import json
import os
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from dispatch.store.recorders import CommandRow, Recorder, StoredEvent, open_recorder
from tests.servers import measured_database

BATCH = 100
TABLE = (
    "CREATE TABLE IF NOT EXISTS raw_events (id TEXT, version BIGINT, topic TEXT, state {}, PRIMARY KEY (id, version))"
)

Save = list[StoredEvent]
Timed = Callable[[list[Save]], float]


@dataclass(frozen=True)
class Goal:
    """
    What one line has to reach, and what it is about.

    Attributes
    ----------
    name
        Store and size of a save.
    batch
        Events per save.
    ratio
        Least ratio to raw inserts, or None.
    rate
        Least events per second, or None.
    """

    name: str
    batch: int
    ratio: float | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Line:
    """Medians of one line, in events per second."""

    name: str
    ours_per_s: float
    raw_per_s: float
    ratio: float
    goal: str
    missed_by: float
    """Share of the goal that is lacking; 0 when it is met or there is none."""


def payload(batch: int) -> Save:
    """Make the events of one save: streams of their own, states of 400 bytes."""
    state = json.dumps([1, {"command": secrets.token_hex(16)}, {"body": secrets.token_hex(164)}]).encode()
    streams = (f"riverside/request/q-{secrets.token_hex(8)}" for _ in range(batch))
    return [StoredEvent(stream, 1, "request.received", state) for stream in streams]


def command_row(save: Save, instant: int) -> CommandRow:
    """Make a command for a save."""
    stream = str(save[0].originator_id)
    return CommandRow(secrets.token_hex(16), os.urandom(32), "r-0123456789abcdef", instant, "done", stream)


def timed_saves(recorder: Recorder) -> Timed:
    """Time saves through a recorder, each by a command of its own."""

    def run(saves: list[Save]) -> float:
        start = time.time_ns() // 1_000
        commands = [command_row(save, start + n) for n, save in enumerate(saves)]
        began = time.perf_counter()
        for save, command in zip(saves, commands, strict=True):
            recorder.insert_events(save, command=command)
        return time.perf_counter() - began

    return run


def timed_sqlite(folder: Path) -> Timed:
    """Time raw inserts into a SQLite file that is as safe as ours."""

    def run(saves: list[Save]) -> float:
        connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(TABLE.format("BLOB"))
        rows = [[(event.originator_id, 1, event.topic, event.state) for event in save] for save in saves]
        began = time.perf_counter()
        for save in rows:
            if len(save) == 1:
                connection.execute("INSERT INTO raw_events VALUES (?, ?, ?, ?)", save[0])
            else:
                connection.execute("BEGIN")
                connection.executemany("INSERT INTO raw_events VALUES (?, ?, ?, ?)", save)
                connection.execute("COMMIT")
        spent = time.perf_counter() - began
        connection.close()
        return spent

    return run


def timed_postgres(url: str) -> Timed:
    """Time raw inserts into a PostgreSQL table."""

    def run(saves: list[Save]) -> float:
        rows = [[(event.originator_id, 1, event.topic, event.state) for event in save] for save in saves]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(TABLE).format(sql.SQL("BYTEA")))
            insert = "INSERT INTO raw_events VALUES (%s, %s, %s, %s)"
            began = time.perf_counter()
            for save in rows:
                if len(save) == 1:
                    connection.execute(insert, save[0], prepare=True)
                else:
                    with connection.transaction(), connection.cursor() as cursor:
                        cursor.executemany(insert, save)
            return time.perf_counter() - began

    return run


def measure(goal: Goal, saves: int, *, ours: Timed, raw: Timed, rounds: int) -> Line:
    """Let both sides take turns, and compare their medians."""
    rates: dict[str, list[float]] = {"ours": [], "raw": []}
    for _ in range(rounds):
        for side, run in (("raw", raw), ("ours", ours)):
            work = [payload(goal.batch) for _ in range(saves)]
            rates[side].append(saves * goal.batch / run(work))
    ours_per_s, raw_per_s = statistics.median(rates["ours"]), statistics.median(rates["raw"])
    ratio = statistics.median(ours / raw for ours, raw in zip(rates["ours"], rates["raw"], strict=True))
    words, missed = "-", 0.0
    if goal.ratio is not None:
        words, missed = f"ratio >= {goal.ratio}", max(0.0, 1 - ratio / goal.ratio)
    elif goal.rate is not None:
        words, missed = f">= {goal.rate:,.0f}/s", max(0.0, 1 - ours_per_s / goal.rate)
    return Line(goal.name, round(ours_per_s), round(raw_per_s), round(ratio, 2), words, round(missed, 3))


def lines(folder: Path, postgres: str, *, rounds: int, saves: int) -> Iterator[Line]:
    """Measure every line, each store fresh."""
    with open_recorder(f"sqlite:///{folder}/ours.db") as recorder:
        against = partial(measure, ours=timed_saves(recorder), raw=timed_sqlite(folder), rounds=rounds)
        yield against(Goal("SQLite, 1 event per save", 1, ratio=0.5), saves)
        yield against(Goal("SQLite, 100 events per save", BATCH, rate=20_000), saves // 10)
    with open_recorder(postgres) as recorder:
        against = partial(measure, ours=timed_saves(recorder), raw=timed_postgres(postgres), rounds=rounds)
        yield against(Goal("PostgreSQL, 1 event per save", 1), saves)
        yield against(Goal("PostgreSQL, 100 events per save", BATCH, rate=10_000), saves // 10)


def shown(line: Line) -> str:
    """Write one line for a person."""
    verdict = ""
    if line.goal != "-":
        verdict = f"NOT MET by {line.missed_by:.0%}" if line.missed_by else "met"
    return (
        f"{line.name:32} {line.ours_per_s:>9,.0f}/s   raw {line.raw_per_s:>9,.0f}/s"
        f"   ratio {line.ratio:.2f}   {line.goal:>14}   {verdict}"
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    parser.add_argument("--saves", type=int, default=2_000, help="saves of one event per turn; of 100 a tenth of it")
    parser.add_argument("--folder", type=Path, help="where the SQLite files are made: the disk to measure")
    parser.add_argument("--postgres", default=os.environ.get("DISPATCH_TEST_POSTGRES_URL"), help="a server to measure")
    return parser.parse_args()


def main() -> int:
    """Measure, print, and say by the exit code whether every goal is met."""
    asked = arguments()
    measured = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, measured_database(asked.postgres) as postgres:
        for line in lines(Path(folder), postgres, rounds=asked.rounds, saves=asked.saves):
            measured.append(line)
            if not asked.json:
                print(shown(line), flush=True)
    if asked.json:
        print(json.dumps([asdict(line) for line in measured], indent=2))
    return int(any(line.missed_by for line in measured))


if __name__ == "__main__":
    sys.exit(main())
