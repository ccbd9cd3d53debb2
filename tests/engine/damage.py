"""Somebody who spoils a row of a log's file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

BROKEN = b"[1,{},{}]"


def spoil(path: Path, stream: str, *, state: bytes = BROKEN, topic: str | None = None) -> int:
    """Put rubbish into the first row of a stream; return its position."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'stored_events'"
        ).fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        (position,) = connection.execute(
            "SELECT min(position) FROM stored_events WHERE originator_id = ?", (stream,)
        ).fetchone()
        connection.execute(
            "UPDATE stored_events SET state = ?, topic = coalesce(?, topic) WHERE position = ?",
            (state, topic, position),
        )
    assert isinstance(position, int)
    return position


def mend(path: Path, position: int, state: bytes) -> None:
    """Put a row back, as a person does who restores it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE stored_events SET state = ? WHERE position = ?", (state, position))


def state_at(path: Path, position: int) -> bytes:
    """Return the stored state of a row."""
    with closing(sqlite3.connect(path)) as connection:
        (state,) = connection.execute("SELECT state FROM stored_events WHERE position = ?", (position,)).fetchone()
    return bytes(state)
