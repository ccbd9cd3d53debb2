"""A store that is away, full, locked or silent at the wrong moment; processes that die. Nothing twice, nothing lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest
from eventsourcing import persistence

from dispatch.domain.errors import Conflict, CorruptHistory, Refused, Unavailable
from dispatch.store.journal import Issued, Journal
from dispatch.store.outage import LOG
from dispatch.store.recorders import OperationalError, Recorder, SaveTooLarge, StoreUnfit, open_recorder
from tests.contract import journals
from tests.contract.journal_processes import start
from tests.contract.journals import Meddled, begin, end, exclude, once, prepare, settle
from tests.servers import start_postgres
from tests.subprocesses import answers, begin_at_once, looked_after

PROCESSES = 4
COMMANDS = 40


@pytest.fixture
def meddled(recorder: Recorder) -> Meddled:
    """Give a recorder whose calls can fail, on a store with a community, a building and resident 1."""
    prepare(Journal(recorder))
    return Meddled(recorder)


def fails(*_: object) -> None:
    """Fail as a lost connection does."""
    raise OperationalError("the connection was lost")


def unavailable(say: Callable[[], object]) -> Unavailable:
    """Give the error of something that cannot be done now."""
    with pytest.raises(Unavailable) as caught:
        say()
    return caught.value


# -- replies that are lost -----------------------------------------------------------------


@pytest.mark.parametrize("verb", ["execute", "execute_batch"])
def test_a_lost_reply_to_a_commit_is_not_noticed(meddled: Meddled, verb: str) -> None:
    """The events are stored and the reply is lost: the journal looks, and answers as if nothing had been."""
    journal = meddled.journal()
    meddled.after["insert_events"] = once(fails)
    if verb == "execute":
        answer = journal.execute(begin(), Issued("c-1", b"d"))
    else:
        outcome = journal.execute_batch([begin(), begin(7)], Issued("c-1", b"d"))
        answer = outcome.answer
        assert [(index, refusal.code) for index, refusal in outcome.refused] == [(1, "unknown_resident")]
    assert not answer.repeated
    assert [event.topic for event in answer.events] == ["resident.isolation_began"]
    assert tuple(journal.read(gt=answer.position - 1)) == answer.events
    assert len(journal.execute(end(), Issued("c-2")).events) == 1


def test_a_lost_reply_and_a_store_that_is_away(meddled: Meddled) -> None:
    """Nobody can look: the caller hears that it may send the command again, and then has the first answer."""
    journal = meddled.journal()
    meddled.after["insert_events"] = fails
    meddled.before["select_command"] = fails
    for _ in range(3):
        assert unavailable(lambda: journal.execute(begin(), Issued("c-1", b"d"))).fields == {
            "reason": "OperationalError"
        }
    meddled.after.clear()
    meddled.before.clear()
    answer = journal.execute(begin(), Issued("c-1", b"d"))
    assert answer.repeated
    assert [event.topic for event in answer.events] == ["resident.isolation_began"]
    assert len(journal.stream(journals.resident())) == 2


def test_a_request_that_never_arrived(meddled: Meddled) -> None:
    """Nothing is stored, the id is free, and what was kept in memory is not ahead of the store."""
    journal = meddled.journal()
    meddled.before["insert_events"] = fails
    unavailable(lambda: journal.execute(begin(), Issued("c-1")))
    assert journal.state(journals.resident(), fresh=False)[1] == 1
    meddled.before.clear()
    answer = journal.execute(begin(), Issued("c-1"))
    assert (len(answer.events), answer.repeated) == (1, False)


def test_a_lost_reply_to_a_refusal(meddled: Meddled) -> None:
    """The refusal may be recorded; the repeat has it as its answer."""
    journal = meddled.journal()
    meddled.after["record_refusal"] = once(fails)
    unavailable(lambda: journal.execute(begin(7), Issued("c-1")))
    Journal(meddled._recorder).execute(settle(7), Issued("c-0"))
    with pytest.raises(Refused) as caught:
        journal.execute(begin(7), Issued("c-1"))
    assert caught.value.code == "unknown_resident"


def test_a_refusal_that_cannot_be_recorded_is_not_given(meddled: Meddled) -> None:
    """An answer is on record before it is given."""
    journal = meddled.journal()
    meddled.before["record_refusal"] = once(fails)
    unavailable(lambda: journal.execute(begin(7), Issued("c-1")))
    assert not journal.answered("c-1")
    with pytest.raises(Refused):
        journal.execute(begin(7), Issued("c-1"))
    assert journal.answered("c-1")


def test_every_way_of_reading_says_so_when_the_store_is_away(meddled: Meddled) -> None:
    """One error for all of them, and the id of a command is not used up."""
    journal = meddled.journal()
    for method in (
        *("select_stream", "select_rows", "select_command", "last_position", "community_heads", "position_at"),
        *("insert_events", "record_refusal"),
    ):
        meddled.before[method] = fails
    stream = journals.resident()
    for say in (
        *(lambda: journal.state(stream), lambda: journal.state_at(stream, 3), lambda: journal.stream(stream)),
        *(journal.head, journal.heads, journal.read, lambda: list(journal.read(lte=3))),
        *(lambda: journal.answered("c-1"), lambda: journal.position_at(journals.T0)),
        *(lambda: journal.execute(begin(), Issued("c-1")), lambda: journal.execute_batch([end()], Issued("c-1"))),
    ):
        assert "again with the same id" in str(unavailable(say))
    meddled.before.clear()
    assert not journal.answered("c-1")


# -- errors of the storage library ---------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (persistence.OperationalError, Unavailable),
        (persistence.InterfaceError, Unavailable),
        (persistence.InternalError, Unavailable),
        (persistence.IntegrityError, CorruptHistory),
        (persistence.DatabaseError, CorruptHistory),
        (persistence.ProgrammingError, persistence.ProgrammingError),
        (persistence.DataError, persistence.DataError),
        (SaveTooLarge, SaveTooLarge),
        (StoreUnfit, StoreUnfit),
        (Conflict, Conflict),
        (KeyError, KeyError),
    ],
)
def test_each_error_calls_for_one_reaction(error: type[Exception], expected: type[Exception]) -> None:
    """Away: try again. Damaged: call a person. A call that can never succeed: a defect, shown as it is."""
    with pytest.raises(expected) as caught, LOG:
        raise error("said by the driver")
    assert type(caught.value) is expected
    if expected in (Unavailable, CorruptHistory):
        assert "said by the driver" not in str(caught.value)
        assert isinstance(caught.value.__cause__, error)


# -- real stores ---------------------------------------------------------------------------


def test_a_file_that_others_hold_locked(tmp_path: Path) -> None:
    """After the time that was allowed for waiting the caller hears it; when the lock is gone, it works."""
    path = tmp_path / "log.db"
    with open_recorder(f"sqlite:///{path}", lock_timeout_s=0.1) as recorder:
        journal = Journal(recorder)
        prepare(journal)
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            unavailable(lambda: journal.execute(begin(), Issued("c-1")))
            assert journal.head() > 0
            holder.execute("ROLLBACK")
        assert len(journal.execute(begin(), Issued("c-1")).events) == 1


def test_a_closed_journal_says_so(shared: Recorder) -> None:
    """Whoever still holds it is told, by the same error."""
    journal = Journal(shared)
    prepare(journal)
    journal.close()
    unavailable(lambda: journal.execute(begin(), Issued("c-1")))
    unavailable(journal.head)


def test_connections_that_were_cut(postgres_database: str) -> None:
    """The server drops them between two commands: sent again with the same id, each is done once."""
    with open_recorder(postgres_database) as recorder:
        journal = Journal(recorder)
        prepare(journal)
        for n in range(5):
            with psycopg.connect(postgres_database, autocommit=True) as killer:
                killer.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            command = partial(journal.execute, exclude(responder=f"r-{n}"), Issued(f"c-{n}"))
            unavailable(command)
            assert len(command().events) == 1
        assert len(journal.stream(journals.resident())) == 1 + 5


def test_a_server_that_is_gone() -> None:
    """Reading and writing say that the store is unavailable."""
    with start_postgres() as server, open_recorder(server.url) as recorder:
        journal = Journal(recorder)
        prepare(journal)
        server.stop()
        unavailable(lambda: journal.execute(begin(), Issued("c-1")))
        unavailable(lambda: journal.state(journals.resident()))


def test_a_full_disk(tmp_path: Path) -> None:
    """What was answered stays, what was not is not there; with room again, the same process does the rest."""
    url = f"sqlite:///{tmp_path}/log.db"
    with open_recorder(url) as recorder:
        prepare(Journal(recorder))
        first = recorder.last_position()
    (told,) = answers([start("fill_disk", url, 400_000)])
    assert len(told["failed"]) == 3
    assert told["seen"] == list(range(1, first + 1)) + told["done"]
    assert told["done"] == list(range(first + 1, first + 1 + len(told["done"])))
    assert len(told["after"]) == len(told["done"]) + 3
    assert set(told["done"]) < set(told["after"])
    with open_recorder(url) as recorder:
        positions = [event.position for event in Journal(recorder).read()]
    assert positions == list(range(1, max(told["after"]) + 1))


# -- processes -----------------------------------------------------------------------------


@pytest.fixture
def prepared_url(shared_url: str) -> str:
    """Give the address of a store with a community, a building and resident 1."""
    with open_recorder(shared_url) as recorder:
        prepare(Journal(recorder))
    return shared_url


def test_four_processes_do_every_command_once(prepared_url: str) -> None:
    """All give the same commands, each twice, in different orders: all hear the same answers."""
    told = answers([start("insist", prepared_url, f"process {n}", COMMANDS) for n in range(PROCESSES)])
    with open_recorder(prepared_url) as recorder:
        events = Journal(recorder).stream(journals.resident())[1:]
    expected = {event.meta.command: [event.position] * 2 for event in events}
    assert len(events) == len(expected) == COMMANDS
    assert [*told] == [expected] * PROCESSES


def test_a_process_that_is_killed_is_followed_by_another(prepared_url: str) -> None:
    """What the first one had answered is answered alike, and the rest is done."""
    first = start("acknowledge", prepared_url, "r", 10_000)
    with looked_after(first):
        assert first.stdout is not None
        begin_at_once([first])
        heard = [int(first.stdout.readline()) for _ in range(25)]
        first.kill()
        heard += [int(line) for line in first.stdout.read().splitlines()]
    with open_recorder(prepared_url) as recorder:
        journal = Journal(recorder)
        answered = [journal.execute(exclude(responder=f"r-{n}"), Issued(f"c-{n}")) for n in range(len(heard) + 5)]
        assert [answer.position for answer in answered][: len(heard)] == heard
        assert all(answer.repeated for answer in answered[: len(heard)])
        assert len(journal.stream(journals.resident())) == 1 + len(answered)
