"""An application that does not own its tables: it appends, and cannot touch what is stored."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from psycopg import sql

from dispatch.store.recorders import IntegrityError, open_recorder
from tests.contract.saves import A, B, command, event, fill

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON stored_events TO {app};
GRANT SELECT, INSERT, UPDATE, DELETE ON commands, tracking, parked TO {app};
GRANT SELECT ON store_schema TO {app};
"""


@pytest.fixture
def app_url(postgres_database: str) -> Iterator[str]:
    """Make the tables as their owner, and give the address for a role that may only use them."""
    open_recorder(postgres_database).close()
    name, password = f"app_{secrets.token_hex(4)}", secrets.token_hex(8)
    app = sql.Identifier(name)
    with psycopg.connect(postgres_database, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(app, sql.Literal(password)))
        try:
            owner.execute(sql.SQL(GRANTS).format(app=app))
            parts = urlsplit(postgres_database)
            yield parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}").geturl()
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}").format(app))
            owner.execute(sql.SQL("DROP ROLE {}").format(app))


def test_the_grants_are_enough(app_url: str) -> None:
    """Everything that a recorder does, without owning a table; opening makes none."""
    with open_recorder(app_url) as recorder:
        fill(recorder, A, B)
        recorder.record_refusal(command("c-no", outcome="floor_unknown"))
        recorder.park("riverside", 1, "bad_json", 5)
        recorder.unpark("riverside")
        assert recorder.rebuild_commands(recorder.select_commands(limit=9)) == 2
        with recorder.view_transaction() as cursor:
            cursor.track("board", 2)
        assert recorder.insert_events([event(A, 2)], command=command("c-3", at=20)) == [3]


@pytest.mark.parametrize(
    ("tampering", "refusal"),
    [
        ("UPDATE stored_events SET state = ''", IntegrityError),
        ("DELETE FROM stored_events", PersistenceError),
        ("TRUNCATE stored_events", PersistenceError),
        ("ALTER TABLE stored_events DISABLE TRIGGER ALL", PersistenceError),
        ("DROP TRIGGER stored_events_never_change ON stored_events", PersistenceError),
        ("DROP TABLE stored_events", PersistenceError),
        ("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS ''", PersistenceError),
        ("SET session_replication_role = replica", PersistenceError),
    ],
)
def test_the_role_cannot_tamper(app_url: str, tampering: str, refusal: type[Exception]) -> None:
    """Neither with rows nor with what guards them."""
    with open_recorder(app_url) as recorder:
        fill(recorder, A)
        with pytest.raises(refusal), recorder.view_transaction() as cursor:
            cursor.execute(tampering)
        assert [row.state for row in recorder.select_rows(limit=9)] == [b"10"]
