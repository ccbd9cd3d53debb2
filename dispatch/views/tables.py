"""The tables of the views, in SQL that both stores understand; their names begin with ``view_``."""

from __future__ import annotations

from ..store.recorders import Recorder, ViewCursor

LAYOUT = 1
"""Version of these tables; raised whenever a column changes: then they are made anew and filled from the log."""

NAME = "views"
"""Under this name the store tracks how far the views have read."""

ONE_AT_A_TIME = "tables of the views"

BOARD_COLUMNS = (
    "community, request, ordinal, leg, kind, urgency, request_state, leg_state, building, building_unit, floor,"
    " waiting_since, due_at, responders, offers, answer_by, vacancies, alarm, effort"
)
TIMELINE_COLUMNS = (
    "position, community, recorded_at, occurred_at, topic, stream, actor, role, via, on_behalf_of, about, body"
)

TABLES = {
    # One row: `position` is changed by whoever holds it, so followers wait for each other here.
    "view_progress": "name TEXT PRIMARY KEY, layout BIGINT NOT NULL, position BIGINT NOT NULL",
    "view_stopped": "community TEXT PRIMARY KEY, position BIGINT NOT NULL",
    "view_board": """
        community TEXT NOT NULL, request TEXT NOT NULL, ordinal BIGINT NOT NULL, leg TEXT, kind TEXT NOT NULL,
        urgency TEXT NOT NULL, request_state TEXT NOT NULL, leg_state TEXT, building TEXT, building_unit TEXT,
        floor TEXT, waiting_since BIGINT NOT NULL, due_at BIGINT, responders TEXT NOT NULL, offers TEXT NOT NULL,
        answer_by BIGINT, vacancies BIGINT NOT NULL, alarm TEXT, effort BIGINT NOT NULL,
        PRIMARY KEY (community, request, ordinal)
    """,
    "view_shortfalls": """
        community TEXT NOT NULL, request TEXT NOT NULL, leg TEXT NOT NULL, missing BIGINT NOT NULL,
        relaxation TEXT NOT NULL, PRIMARY KEY (community, request, leg)
    """,
    "view_buildings": """
        community TEXT NOT NULL, building TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (community, building)
    """,
    "view_timeline": """
        position BIGINT PRIMARY KEY, community TEXT NOT NULL, recorded_at BIGINT NOT NULL,
        occurred_at BIGINT NOT NULL, topic TEXT NOT NULL, stream TEXT NOT NULL, actor TEXT NOT NULL,
        role TEXT NOT NULL, via TEXT NOT NULL, on_behalf_of TEXT, about TEXT NOT NULL, body TEXT NOT NULL
    """,
    "view_about": """
        community TEXT NOT NULL, about TEXT NOT NULL, position BIGINT NOT NULL,
        PRIMARY KEY (community, about, position)
    """,
}
INDEXES = ("CREATE INDEX view_timeline_by_community ON view_timeline (community, position)",)
EMPTIED = ("view_stopped", "view_board", "view_shortfalls", "view_buildings", "view_timeline", "view_about")


def create(recorder: Recorder) -> None:
    """Create the tables if they are missing or of another layout; several processes may do so at once."""
    with recorder.view_read() as cursor:
        if _layout(cursor) == LAYOUT:
            return
    with recorder.view_transaction() as cursor:
        # The next one must find what this one has made, or it would drop the tables under others who follow already.
        cursor.alone(ONE_AT_A_TIME)
        if _layout(cursor) != LAYOUT:
            _create(cursor)


def _create(cursor: ViewCursor) -> None:
    cursor.reset_tracking(NAME)
    for name, columns in TABLES.items():
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TABLE {name} ({columns})")
    for index in INDEXES:
        cursor.execute(index)
    cursor.execute("INSERT INTO view_progress (name, layout, position) VALUES (?, ?, 0)", (NAME, LAYOUT))


def _layout(cursor: ViewCursor) -> int | None:
    if not cursor.has_table("view_progress"):
        return None
    cursor.execute("SELECT layout FROM view_progress WHERE name = ?", (NAME,))
    row = cursor.fetchone()
    return None if row is None else int(row[0])


def empty(cursor: ViewCursor) -> None:
    """Drop every row, and where the views have read to, in the transaction of `cursor`."""
    cursor.reset_tracking(NAME)
    cursor.execute("UPDATE view_progress SET position = 0 WHERE name = ?", (NAME,))
    for name in EMPTIED:
        cursor.execute(f"DELETE FROM {name}")
