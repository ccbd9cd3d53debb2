"""Replay decides a whole day again and gets the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from dispatch.audit import ReplayReport, open_log, replay
from dispatch.domain.errors import Unavailable
from dispatch.domain.values import Place
from dispatch.engine import Dispatch
from dispatch.matching.match import MATCHER, match, record_id, record_of
from dispatch.store.codec import TOPICS
from dispatch.store.journal import Issued
from dispatch.store.recorders import open_recorder
from tests.audit.day import HERE, KINDS, MORNING, THERE, Day
from tests.audit.tampering import DECISIONS, Tampered

LIVED = {
    *("community.control_level_set", "community.policy_adopted", "match.decided", "match.shortfall_found"),
    *("request.alarm_raised", "request.alarm_repeated", "request.assignment_acknowledged"),
    *("request.assignment_escalated", "request.assignment_returned", "request.closed", "request.leg_failed"),
    *("request.leg_released", "request.leg_requeued", "request.offer_accepted", "request.offer_declined"),
    *("request.offer_lapsed", "request.offer_withdrawn", "resident.erasure_completed", "resident.isolation_began"),
    *("resident.neighbours_excluded", "responder.erasure_completed", "responder.isolation_began"),
}


def test_the_day_is_a_day(day: Tampered) -> None:
    """The log that the other tests read holds all five kinds, a whole crew, and everything that goes wrong."""
    rows = day.rows()
    assert {row.topic for row in rows} >= LIVED
    received = b"".join(row.state for row in rows if row.topic == "request.received")
    assert all(f'"kind":"{kind}"'.encode() in received for kind in KINDS)
    crews = [row for row in rows if row.topic == "match.decided" and b'"solved_by":"crew' in row.state]
    assert len(crews) >= 3


def test_a_day_is_reproduced(day: Tampered) -> None:
    """Every decision of the day comes out again, byte for byte, and nothing is found."""
    report, decisions = day.replay(), day.decisions()
    assert report.ok
    assert (report.findings, report.unchecked) == ((), ())
    assert report.events == len(day.rows())
    assert report.decisions + report.shortfalls == report.reproduced == len(decisions)
    assert report.decisions > 100
    assert report.shortfalls > 5


def test_neither_keys_nor_names_are_needed(day: Tampered) -> None:
    """The copy has no key store beside it, two persons of the day are erased, and the report is the same."""
    assert list(day.path.parent.glob("*.keys*")) == []
    assert {"resident.erasure_completed", "responder.erasure_completed"} <= {row.topic for row in day.rows()}
    assert day.replay().ok


def test_an_empty_log_is_in_order(tmp_path: Path) -> None:
    """Of nothing there is nothing to find."""
    url = f"sqlite:///{tmp_path}/empty.db"
    open_recorder(url).close()
    with open_log(url) as log:
        assert replay(log) == ReplayReport(0, 0, 0, 0, (), (), hashlib.blake2b(digest_size=16).hexdigest())


def test_reading_changes_nothing(day_file: Path, tmp_path: Path) -> None:
    """The file of the log is the same before and after, to the last byte, and nothing lies beside it."""
    path = tmp_path / "day.db"
    shutil.copy(day_file, path)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with open_log(f"sqlite:///{path}") as log:
        assert replay(log).ok
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [found.name for found in tmp_path.iterdir()] == ["day.db"]


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """An audit of a mistyped name says so, and leaves no file."""
    with pytest.raises(Unavailable):
        open_log(f"sqlite:///{tmp_path}/nothing.db")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="scheme"):
        open_log("mysql://there")


@pytest.mark.parametrize("batch", [1, 7, 400])
def test_the_size_of_the_readings_changes_nothing(day: Tampered, batch: int) -> None:
    """Rows read one by one, a few or all at once give the same report."""
    with open_log(day.url, read_batch=batch) as log:
        assert replay(log) == day.replay()


def test_each_community_alone(day: Tampered) -> None:
    """A community replays without the others, and the parts add up."""
    whole = day.replay()
    with open_log(day.url) as log:
        parts = [replay(log, community=name) for name in (HERE, THERE)]
    assert all(part.ok for part in parts)
    assert sum(part.events for part in parts) == whole.events
    assert sum(part.reproduced for part in parts) == whole.reproduced
    assert all(part.reproduced for part in parts)


def test_up_to_any_position(few: Tampered) -> None:
    """Wherever one stops, nothing is found, and a save that is cut is left out whole."""
    ends = {0: 0} | {row.position: _save_end(few, row.position) for row in few.rows()}
    with open_log(few.url) as log:
        for until, end in ends.items():
            report = replay(log, until=until)
            assert report.ok, until
            assert report.events == end, until


def _save_end(log: Tampered, position: int) -> int:
    """Return the last position, up to one, at which a save ends."""
    with open_log(log.url) as opened:
        commands = [TOPICS.decode(row).meta.command for row in opened.rows()]
    following = commands[position] if position < len(commands) else None
    while position and commands[position - 1] == following:
        position -= 1
    return position


def test_up_to_an_instant(day: Tampered) -> None:
    """«As of noon» is the last position recorded at or before noon."""
    noon = MORNING + timedelta(hours=3)
    with open_log(day.url) as log:
        report = replay(log, until=noon)
        events = [TOPICS.decode(row) for row in log.rows()]
    assert report.ok
    assert 0 < report.events < len(events)
    assert events[report.events - 1].meta.recorded_at <= noon < events[report.events].meta.recorded_at


def test_progress_is_told(day: Tampered) -> None:
    """The caller hears how far it is, and that it has come to the end."""
    told: list[tuple[int, int]] = []
    with open_log(day.url) as log:
        replay(log, progress=lambda position, end: told.append((position, end)))
        head = log.head()
    assert told[-1] == (head, head)
    assert told == sorted(told)
    assert len(told) > 1


SAY = """
import sys
from dispatch.audit import open_log, replay
for url in sys.argv[1:]:
    with open_log(url) as log:
        print(replay(log))
"""


def test_every_hash_seed_gives_the_same_bytes(few: Tampered, day: Tampered) -> None:
    """The order of sets and dicts of a process has no say; whoever checks elsewhere finds the same."""
    altered = few.decisions()[0]
    few.put(altered._replace(state=altered.state.replace(b'"eligible":2', b'"eligible":3')))
    here = [repr(log.replay()) for log in (few, day)]
    for seed in ("0", "1", "2", "3", "4"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        said = subprocess.run(
            [sys.executable, "-c", SAY, few.url, day.url], env=environment, capture_output=True, text=True, check=True
        )
        assert said.stdout.splitlines() == here


def test_the_same_day_on_postgresql(day: Tampered, postgres_database: str) -> None:
    """The same day on another store is the same log, and replays to the same bytes, and the audit writes no row."""
    Day(postgres_database).run()
    counted = _row_counts(postgres_database)
    with open_log(postgres_database) as log:
        report, rows = replay(log), list(log.rows())
    assert report == day.replay()
    assert [row[:4] for row in rows] == [row[:4] for row in day.rows()]
    assert [tuple(row) for row in rows if row.topic in DECISIONS] == [tuple(row) for row in day.decisions()]
    assert _row_counts(postgres_database) == counted


def _row_counts(url: str) -> dict[str, int]:
    with closing(psycopg.connect(url)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        counts = {}
        for (table,) in tables:
            counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - the catalogue's own
            counts[table] = counted[0] if counted else -1
        return counts


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Dispatch]:
    """Give an engine with two workers and one request that nobody has been asked for."""
    ids = iter(range(1, 1_000))
    url = f"sqlite:///{tmp_path}/log.db"
    with Dispatch.open(url, clock=lambda: MORNING, ids=lambda: f"{next(ids):016x}") as opened:
        opened.register_community(HERE, name="Riverside", duty="desk")
        building = opened.register_building(HERE, "11", floors=3, lift=False)
        for _ in range(2):
            opened.register_responder(HERE, "community_worker")
        resident = opened.register_resident(HERE, Place(building=building, floor="3"))
        opened.open_request(HERE, "garbage", beneficiary=resident)
        yield opened


def test_what_came_between_the_board_and_the_save(engine: Dispatch, tmp_path: Path) -> None:
    """A decision stands on the board it names, though others wrote before it was saved, to the same streams too."""
    board = engine.board_of(HERE)
    result = match(board, board.place_register.policy, MORNING)
    command = record_of(board, result, MORNING)
    assert command is not None
    for responder in sorted(board.responders):
        engine.set_skills(HERE, responder, ("drive",))
    engine.open_request(HERE, "food", beneficiary=next(iter(board.residents)))
    engine.journal.execute(command, Issued(record_id(command), cause=board.position), restamp=False)
    with open_log(f"sqlite:///{tmp_path}/log.db") as log:
        report, head = replay(log), log.head()
    assert report.ok
    assert report.reproduced == report.decisions == 1
    assert head > board.position + 3 + 3


def test_a_log_is_read_while_it_is_written(engine: Dispatch, tmp_path: Path) -> None:
    """An engine that is open, and a writer who goes on during the replay, are no findings."""
    engine.tick()
    skills = iter(("drive", "stair_carry", "protective_gear", "first_aid") * 50)
    responder = next(iter(engine.board_of(HERE).responders))

    def meanwhile(position: int, end: int) -> None:
        engine.set_skills(HERE, responder, (next(skills),))
        engine.tick()

    with open_log(f"sqlite:///{tmp_path}/log.db") as log:
        assert replay(log, progress=meanwhile).ok
        assert replay(log, progress=meanwhile).events > 0


def test_an_unknown_matcher_cannot_be_checked(few: Tampered) -> None:
    """Another matcher's decisions are neither right nor wrong here: they are named as not checked."""
    for row in few.decisions():
        few.put(row._replace(state=row.state.replace(b'"matcher":%d' % MATCHER, b'"matcher":99')))
    report = few.replay()
    assert report.findings == ()
    assert {finding.code for finding in report.unchecked} == {"unknown_matcher"}
    assert report.reproduced == 0
    assert not report.ok
