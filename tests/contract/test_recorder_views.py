"""Transactions of views, on every store; and what no transaction may do to the log."""

from collections.abc import Iterator

import pytest
from eventsourcing.persistence import InternalError, PersistenceError

from dispatch.store.recorders import IntegrityError, ProgrammingError, Recorder
from tests.contract.saves import A, command, event, fill

INSERT = "INSERT INTO view_lines (k, n) VALUES (?, ?)"


@pytest.fixture(autouse=True)
def _table(recorder: Recorder) -> None:
    with recorder.view_transaction() as cursor:
        cursor.execute("CREATE TABLE view_lines (k TEXT PRIMARY KEY, n BIGINT)")


def lines(recorder: Recorder) -> list[tuple[str, int]]:
    """Read what the view holds."""
    with recorder.view_read() as cursor:
        cursor.execute("SELECT k, n FROM view_lines ORDER BY k")
        return [(k, n) for k, n in cursor.fetchall()]


def test_a_view_is_written_and_read(recorder: Recorder) -> None:
    """Values go in by question marks, on every store."""
    with recorder.view_transaction() as cursor:
        cursor.execute(INSERT, ("a", 1))
        cursor.executemany(INSERT, [("b", 2), ("c", None)])
        cursor.execute("SELECT n FROM view_lines WHERE k = ?", ("b",))
        assert cursor.fetchone() == (2,)
        assert cursor.fetchone() is None
    with recorder.view_read() as cursor:
        cursor.execute("SELECT k, n FROM view_lines WHERE n IS NULL OR n < ? ORDER BY k", (9,))
        assert cursor.fetchall() == [("a", 1), ("b", 2), ("c", None)]


def test_question_marks_and_percents_in_quotes_are_text(recorder: Recorder) -> None:
    """Only a bare question mark is a value."""
    with recorder.view_read() as cursor:
        cursor.execute("""SELECT '100%?', 'it''s ?', ? AS "a?%", 7 % 4""", ("x",))
        assert cursor.fetchall() == [("100%?", "it's ?", "x", 3)]


def test_an_error_undoes_the_whole_transaction(recorder: Recorder) -> None:
    """Whatever the error, neither lines nor tracking stay; and the recorder goes on."""

    def stumble() -> None:
        with recorder.view_transaction() as cursor:
            cursor.track("board", 5)
            cursor.execute(INSERT, ("a", 1))
            raise RuntimeError("the fold stumbled")

    with pytest.raises(RuntimeError, match="the fold"):
        stumble()
    assert lines(recorder) == []
    assert recorder.max_tracking_id("board") is None
    fill(recorder, A)
    assert recorder.last_position() == 1


def test_tracking_only_moves_forwards(recorder: Recorder) -> None:
    """Whoever comes second to a position leaves without writing."""
    with recorder.view_transaction() as cursor:
        cursor.track("board", 5)
        cursor.track("timeline", 2)

    def come_second(position: int) -> None:
        with recorder.view_transaction() as cursor:
            cursor.execute(INSERT, ("a", 1))
            cursor.track("board", position)

    for position in (5, 4):
        with pytest.raises(IntegrityError, match="board"):
            come_second(position)
    assert lines(recorder) == []
    assert recorder.max_tracking_id("board") == 5
    assert recorder.max_tracking_id("timeline") == 2


def test_tracking_is_forgotten_for_a_rebuild(recorder: Recorder) -> None:
    """A view begins again at the first position, in the transaction that empties it."""
    with recorder.view_transaction() as cursor:
        cursor.track("board", 5)
    with recorder.view_transaction() as cursor:
        cursor.reset_tracking("board")
        cursor.track("board", 1)
    assert recorder.max_tracking_id("board") == 1


def test_many_and_large_lines(recorder: Recorder) -> None:
    """Ten thousand lines in one call, from an iterator, and lines larger than a socket's buffer."""

    def rows() -> Iterator[tuple[str, int]]:
        for n in range(10_000):
            yield f"{n:05}", n

    with recorder.view_transaction() as cursor:
        cursor.executemany(INSERT, rows())
        cursor.execute("CREATE TABLE view_texts (k BIGINT, t TEXT)")
        large = [(n, "字" * 400_000) for n in range(4)]
        cursor.executemany("INSERT INTO view_texts (k, t) VALUES (?, ?)", large)
        cursor.executemany("INSERT INTO view_texts (k, t) VALUES (?, ?)", [])
        cursor.execute("SELECT count(*), sum(length(t)) FROM view_texts")
        assert cursor.fetchone() == (4, 1_600_000)
    assert lines(recorder) == list(rows())


def test_a_failed_statement_is_not_passed_over(recorder: Recorder) -> None:
    """A block that swallows a failure would store half of what it meant."""

    def swallow() -> None:
        with recorder.view_transaction() as cursor:
            cursor.execute(INSERT, ("a", 1))
            with pytest.raises(IntegrityError):
                cursor.execute(INSERT, ("a", 2))

    with pytest.raises(InternalError):
        swallow()
    assert lines(recorder) == []


@pytest.mark.parametrize("sql", ["SELECT * FROM no_such_table", "SELEC 1", "SELECT no_such_column FROM view_lines"])
def test_mistakes_in_sql_are_not_outages(recorder: Recorder, sql: str) -> None:
    """Trying again would not help, so they are not of the class that is tried again."""
    with pytest.raises(ProgrammingError), recorder.view_read() as cursor:
        cursor.execute(sql)


def test_a_reader_does_not_write(recorder: Recorder) -> None:
    """What-if questions are asked through a reader, so this is refused by the database."""
    with pytest.raises(PersistenceError), recorder.view_read() as cursor:
        cursor.execute(INSERT, ("a", 1))
    assert lines(recorder) == []
    fill(recorder, A)


def test_a_view_writes_while_it_reads_the_log(recorder: Recorder) -> None:
    """Rows of the log are read inside the transaction that folds them."""
    fill(recorder, A, A)
    with recorder.view_transaction() as cursor:
        rows = recorder.select_rows(limit=10)
        cursor.track("board", rows[-1].position)
        cursor.executemany(INSERT, [(row.stream + str(row.version), 1) for row in rows])
    assert len(lines(recorder)) == 2


def test_a_view_is_read_while_it_is_written(recorder: Recorder) -> None:
    """A reader may be opened inside a transaction, and both go on."""
    with recorder.view_transaction() as cursor:
        cursor.execute(INSERT, ("a", 1))
        assert lines(recorder) in ([], [("a", 1)])  # one connection in memory, two elsewhere
        cursor.execute(INSERT, ("b", 2))
    with recorder.view_read() as cursor:
        cursor.execute("SELECT 1")
        assert lines(recorder) == [("a", 1), ("b", 2)]
        assert cursor.fetchall() == [(1,)]
    fill(recorder, A)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE stored_events SET state = ? WHERE position = 1",
        "UPDATE stored_events SET position = 9, state = ?",
        "DELETE FROM stored_events WHERE state <> ?",
    ],
)
def test_stored_events_are_neither_changed_nor_deleted(recorder: Recorder, tampering: str) -> None:
    """The database itself refuses, whoever asks by accident."""
    recorder.insert_events([event(A, 1, state=b"true")], command=command("c-1"))
    with pytest.raises(IntegrityError, match="stored events are never"), recorder.view_transaction() as cursor:
        cursor.execute(tampering, (b"false",))
    assert [row.state for row in recorder.select_rows(limit=10)] == [b"true"]
