"""
Where a log is kept: `open_recorder` opens it, and these are the names that belong to it.

Both stores answer alike; the contract tests run on both.
"""

from dispatch.store.rows import (
    DONE,
    MAX_BYTES_PER_EVENT,
    MAX_BYTES_PER_SAVE,
    MAX_EVENTS_PER_SAVE,
    ClockBehind,
    CommandKnown,
    CommandRow,
    Guard,
    IntegrityError,
    OperationalError,
    Parked,
    ProgrammingError,
    Row,
    SaveTooLarge,
    StaleStream,
    StoredEvent,
    StoreUnfit,
    Tracking,
)
from dispatch.store.sql import Recorder
from dispatch.store.sqlite import SQLiteRecorder
from dispatch.store.statements import ViewCursor

__all__ = [
    "DONE",
    "MAX_BYTES_PER_EVENT",
    "MAX_BYTES_PER_SAVE",
    "MAX_EVENTS_PER_SAVE",
    "ClockBehind",
    "CommandKnown",
    "CommandRow",
    "Guard",
    "IntegrityError",
    "OperationalError",
    "Parked",
    "ProgrammingError",
    "Recorder",
    "Row",
    "SaveTooLarge",
    "StaleStream",
    "StoreUnfit",
    "StoredEvent",
    "Tracking",
    "ViewCursor",
    "open_recorder",
]

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


def open_recorder(url: str, *, create: bool = True, pool_size: int = 4, lock_timeout_s: float = 30.0) -> Recorder:
    """
    Open the store at a URL; close it with ``close()`` or a ``with`` block.

    Parameters
    ----------
    url
        ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite:///:memory:`` or
        ``postgresql://user:password@host/database?schema=name``.
    create
        Whether missing tables, and a missing SQLite file, are created.
    pool_size
        Connections at most: of this process to PostgreSQL, or for reading a SQLite file.
    lock_timeout_s
        Seconds that a writer waits for its turn.

    Raises
    ------
    ValueError
        The URL is of none of these forms.
    StoreUnfit
        The store is missing, newer than this program, or set up in a way that could lose events.
    OperationalError
        The server cannot be reached, or the file stayed locked.
    """
    recorder = _connect(url, create=create, pool_size=pool_size, lock_timeout_s=lock_timeout_s)
    try:
        if create:
            recorder.migrate()
        else:
            recorder.check_tables()
        recorder.verify_settings()
    except BaseException:
        recorder.close()
        raise
    return recorder


def _connect(url: str, *, create: bool, pool_size: int, lock_timeout_s: float) -> Recorder:
    path = url.removeprefix(SQLITE)
    if path not in (url, ""):
        return SQLiteRecorder(path, create=create, pool_size=pool_size, lock_timeout_s=lock_timeout_s)
    if url.startswith(POSTGRES):
        # An application on a SQLite file need not load libpq.
        from dispatch.store.postgres import PostgresRecorder  # noqa: PLC0415

        return PostgresRecorder(url, pool_size=pool_size, lock_timeout_s=lock_timeout_s)
    scheme = url.partition(":")[0] if ":" in url else "none"
    raise ValueError(
        f"The store's address has the scheme {scheme}. Expected sqlite:///file.db, "
        "sqlite:////absolute/file.db, sqlite:///:memory: or postgresql://user@host/database."
    )
