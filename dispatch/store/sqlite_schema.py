"""Tables of the SQLite store, created once."""

from typing import Final

COMMUNITY: Final = "substr(originator_id, 1, instr(originator_id || '/', '/') - 1)"
"""First part of a stream id; a query uses the index only when it says exactly this."""

STATEMENTS: Final = (
    """
    CREATE TABLE stored_events (
        position INTEGER PRIMARY KEY,
        originator_id TEXT NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        state BLOB NOT NULL,
        UNIQUE (originator_id, originator_version)
    )
    """,
    # SQLite ends every index entry with the row's key, so this one is in order of positions.
    f"CREATE INDEX stored_events_by_community ON stored_events ({COMMUNITY})",
    """
    CREATE TRIGGER stored_events_never_change BEFORE UPDATE ON stored_events
    BEGIN SELECT RAISE(ABORT, 'stored events are never changed'); END
    """,
    """
    CREATE TRIGGER stored_events_never_go BEFORE DELETE ON stored_events
    BEGIN SELECT RAISE(ABORT, 'stored events are never deleted'); END
    """,
    """
    CREATE TABLE commands (
        command_id TEXT PRIMARY KEY NOT NULL,
        digest BLOB NOT NULL,
        actor TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        stream TEXT,
        first_position INTEGER,
        last_position INTEGER
    ) WITHOUT ROWID
    """,
    """
    CREATE UNIQUE INDEX commands_by_position ON commands (last_position)
    WHERE last_position IS NOT NULL
    """,
    """
    CREATE TABLE tracking (
        application_name TEXT PRIMARY KEY NOT NULL,
        notification_id INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE parked (
        community TEXT PRIMARY KEY NOT NULL,
        position INTEGER NOT NULL,
        code TEXT NOT NULL,
        recorded_at INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)
