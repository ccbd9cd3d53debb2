"""Somebody who holds the file of a log, and may do anything to it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from dispatch.audit import ReplayReport, open_log, replay

COLUMNS = "position, originator_id, originator_version, topic, state"
DECISIONS = ("match.decided", "match.shortfall_found")


class Stored(NamedTuple):
    """One row of the log."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes


class Tampered:
    """
    A copy of a log without the triggers that guard against accidents.

    Parameters
    ----------
    original, path
        The file to copy, and where to.
    """

    def __init__(self, original: Path, path: Path) -> None:
        shutil.copy(original, path)
        self.path = path
        self.url = f"sqlite:///{path}"
        self.do("DROP TRIGGER stored_events_never_change")
        self.do("DROP TRIGGER stored_events_never_go")

    def do(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute(sql, params)

    def rows(self, where: str = "1", params: Sequence[Any] = ()) -> list[Stored]:
        """Read rows of the log."""
        sql = f"SELECT {COLUMNS} FROM stored_events WHERE {where} ORDER BY position"  # noqa: S608 - the tests' own
        with closing(sqlite3.connect(self.path)) as connection:
            return [Stored(*row) for row in connection.execute(sql, params)]

    def decisions(self) -> list[Stored]:
        """Read the rows of decisions and shortfalls."""
        return self.rows("topic IN (?, ?)", DECISIONS)

    def put(self, row: Stored) -> None:
        """Put a row in place of the one at its position."""
        self.do(
            "UPDATE stored_events SET originator_id = ?, originator_version = ?, topic = ?, state = ?"
            " WHERE position = ?",
            (*row[1:], row.position),
        )

    def replay(self) -> ReplayReport:
        """Replay the whole log."""
        with open_log(self.url) as log:
            return replay(log)


def named(report: ReplayReport) -> set[int]:
    """Return the positions that a report names."""
    return {finding.position for finding in (*report.findings, *report.unchecked)}


def codes(report: ReplayReport) -> set[str]:
    """Return the codes of a report's findings."""
    return {finding.code for finding in report.findings}


def flipped(state: bytes, *, bit: int) -> Iterator[bytes]:
    """Yield a state with one bit of each byte flipped in turn."""
    for index, byte in enumerate(state):
        yield state[:index] + bytes([byte ^ bit]) + state[index + 1 :]
