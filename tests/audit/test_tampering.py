"""Whoever alters the file of a log is found out, and the report names the row."""

from __future__ import annotations

import json
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.audit.day import THERE
from tests.audit.tampering import DECISIONS, Stored, Tampered, codes, flipped, named

MADE_BY_THE_MATCHER = (*DECISIONS, "request.offer_made", "request.assignment_made", "responder.offer_held")


def edited(row: Stored, **changes: Any) -> Stored:
    """Return a row with other values in the body of its event."""
    schema, meta, body = json.loads(row.state)
    assert set(changes) <= set(body)
    return row._replace(state=json.dumps([schema, meta, body | changes], separators=(",", ":")).encode())


def retold(row: Stored, **changes: Any) -> Stored:
    """Return a row with other values in the envelope of its event."""
    schema, meta, body = json.loads(row.state)
    assert set(changes) <= set(meta)
    return row._replace(state=json.dumps([schema, meta | changes, body], separators=(",", ":")).encode())


def _command(row: Stored) -> str:
    command: str = json.loads(row.state)[1]["command"]
    return command


def test_writing_json_anew_is_the_same_bytes(few: Tampered) -> None:
    """The two functions above change what they say and nothing else."""
    for row in few.rows():
        if row.topic in MADE_BY_THE_MATCHER:
            assert edited(row) == retold(row) == row


@pytest.mark.parametrize(("which", "bit"), [(0, 0x01), (1, 0x02)], ids=["decision", "shortfall"])
def test_every_byte_of_a_decision(few: Tampered, which: int, bit: int) -> None:
    """One bit of one byte of a stored decision, each byte in turn: always found and named, no other save accused."""
    row, whole = few.decisions()[which], few.replay()
    save = {other.position for other in few.rows() if _command(other) == _command(row)}
    assert whole.ok
    for variant in flipped(row.state, bit=bit):
        few.put(row._replace(state=variant))
        report = few.replay()
        assert not report.ok, variant
        assert row.position in named(report) <= save, variant
        assert report.reproduced == whole.reproduced - 1, variant
    few.put(row)
    assert few.replay() == whole


@pytest.mark.slow
def test_every_byte_of_every_row_of_the_matcher(few: Tampered) -> None:
    """Offers and holds too; the row itself is always among those named."""
    for row in few.rows():
        if row.topic not in MADE_BY_THE_MATCHER:
            continue
        for bit in (0x01, 0x02, 0x10, 0x20, 0x40, 0x80):
            for variant in flipped(row.state, bit=bit):
                few.put(row._replace(state=variant))
                assert row.position in named(few.replay()), variant
        few.put(row)


def test_every_column_of_a_decision(few: Tampered) -> None:
    """Topic, stream and version are part of what was decided."""
    row = few.decisions()[0]
    others = [
        *(row._replace(topic=topic) for topic in ("match.shortfall_found", "match.decideds", "request.offer_made", "")),
        *(row._replace(stream=stream) for stream in ("riverside/matcg", "siverside/match", "riverside/match/x", "")),
        *(row._replace(version=version) for version in (0, 3, 1_000, -1)),
    ]
    for other in others:
        few.do("DELETE FROM stored_events WHERE position = ?", (row.position,))
        few.do("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", other)
        report = few.replay()
        assert row.position in named(report), other
        assert not report.ok


def test_columns_of_other_types(few: Tampered) -> None:
    """SQLite stores what it is given: texts for bytes, bytes for texts, words for numbers."""
    row = few.decisions()[0]
    for column, value in (
        ("state", row.state.decode()),
        ("state", 5),
        ("topic", row.topic.encode()),
        ("originator_id", row.stream.encode()),
        ("originator_version", "one"),
        ("originator_version", 1.5),
    ):
        few.do(f"UPDATE stored_events SET {column} = ? WHERE position = ?", (value, row.position))  # noqa: S608 - the tests' own
        assert row.position in named(few.replay()), (column, value)
        few.do("DELETE FROM stored_events WHERE position = ?", (row.position,))
        few.do("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", row)
    assert few.replay().ok


def test_one_altered_decision_accuses_no_other(day: Tampered) -> None:
    """Of a whole day one decision is named, and all the others are reproduced."""
    whole, decisions = day.replay(), day.decisions()
    for row in Random(1).sample(decisions, 3):
        middle = len(row.state) // 2
        for state in (row.state.replace(b'"explanation":"', b'"explanation":"0'), row.state[:middle], b"", b"[]"):
            if state == row.state:
                continue
            day.put(row._replace(state=state))
            report = day.replay()
            assert named(report) == {row.position}
            assert report.reproduced == whole.reproduced - 1
        day.put(row)
    assert day.replay() == whole


def test_every_row_that_the_matcher_wrote(day: Tampered) -> None:
    """Somebody else's offer, effort or answer time in any row of any save is found in that row."""
    rows = [row for row in day.rows() if row.topic in MADE_BY_THE_MATCHER]
    for row in Random(2).sample(rows, 12):
        if row.topic == "match.shortfall_found":
            other = edited(row, missing=9)
        else:
            other = edited(row, effort=json.loads(row.state)[2]["effort"] + 1)
        day.put(other)
        report = day.replay()
        assert row.position in named(report)
        assert "altered" in codes(report)
        day.put(row)


def test_another_policy_than_the_one_in_force(day: Tampered) -> None:
    """After a new policy was adopted, a decision under the old one is named."""
    adopted = [row.position for row in day.rows("topic = 'community.policy_adopted'")]
    decisions = day.decisions()
    old = json.loads(decisions[0].state)[2]["policy"]
    row = next(row for row in decisions if row.position > adopted[-1])
    day.put(edited(row, policy=old))
    report = day.replay()
    assert codes(report) == {"altered", "policy_not_in_force"}
    assert named(report) == {row.position}


def test_a_decision_on_a_later_board(few: Tampered) -> None:
    """A decision that says it knew what came after it is found, even when all its rows say so."""
    decision = few.decisions()[0]
    command = _command(decision)
    for row in few.rows():
        if _command(row) == command:
            other = retold(row, cause=decision.position, command=f"match:riverside:0:{decision.position}")
            if row.topic == "match.decided":
                other = edited(other, as_of=decision.position)
            few.put(other)
    few.do(
        "UPDATE commands SET command_id = ? WHERE command_id = ?",
        (f"match:riverside:0:{decision.position}", command),
    )
    report = few.replay()
    assert "as_of" in codes(report)
    assert decision.position in named(report)


def test_the_picture_was_another(day: Tampered) -> None:
    """Somebody's role is altered long before: the decisions that it would have changed are named."""
    row = day.rows("topic = 'responder.registered'")[-2]
    assert json.loads(row.state)[2]["role"] == "driver"
    day.put(edited(row, skills=[]))
    report = day.replay()
    assert report.findings
    assert {"altered"} <= codes(report)
    assert report.reproduced < day.replay().decisions + report.shortfalls


def test_every_deleted_row(few: Tampered) -> None:
    """Wherever a row is taken out, the place is named."""
    rows = few.rows()
    for row in rows:
        few.do("DELETE FROM stored_events WHERE position = ?", (row.position,))
        report = few.replay()
        assert not report.ok
        assert named(report) & {row.position, row.position + 1} or row.position == rows[-1].position
        assert "gap" in codes(report) or row.position == rows[-1].position
        few.do("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", row)


def test_deleted_rows_of_a_day(day: Tampered) -> None:
    """The same in a long log, and with the gap closed again."""
    for row in Random(3).sample(day.rows(), 4):
        day.do("DELETE FROM stored_events WHERE position = ?", (row.position,))
        assert {row.position, row.position + 1} & named(day.replay())
        day.do("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", row)
    assert day.replay().ok
    day.do("DELETE FROM stored_events WHERE position = 700")
    for position in range(701, len(day.rows()) + 2):
        day.do("UPDATE stored_events SET position = ? WHERE position = ?", (position - 1, position))
    report = day.replay()
    assert "gap" not in codes(report)
    assert min(named(report)) <= 700


def test_a_tail_that_is_cut_off(day: Tampered) -> None:
    """The table of commands still speaks of the last saves."""
    head = len(day.rows())
    day.do("DELETE FROM stored_events WHERE position > ?", (head - 5,))
    report = day.replay()
    assert "command_row" in codes(report)
    assert max(named(report)) > head - 5 - 3


def test_a_row_that_was_added(few: Tampered) -> None:
    """An offer that nobody decided, put at the end or into the middle, is named."""
    made = few.rows("topic = 'request.assignment_made'")[0]
    head = len(few.rows())
    forged = edited(made, offer=made.stream.rpartition("/")[2] + "#2")
    few.do("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", forged._replace(position=head + 1, version=99))
    report = few.replay()
    assert {"command_row", "offer_without_decision", "version_gap"} <= codes(report)
    assert head + 1 in named(report)
    few.do("DELETE FROM stored_events WHERE position = ?", (head + 1,))
    for position in range(head, made.position, -1):
        few.do("UPDATE stored_events SET position = ? WHERE position = ?", (position + 1, position))
    few.do("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", forged._replace(position=made.position + 1, version=99))
    assert made.position + 1 in named(few.replay())


def test_any_two_rows_that_changed_places(few: Tampered) -> None:
    """Order is part of the log: two rows that were swapped are named."""
    rows = few.rows()
    for one, other in pairwise(rows):
        few.put(one._replace(position=-1))
        for old, new in ((one.position, -1), (other.position, one.position), (-1, other.position)):
            few.do("UPDATE stored_events SET position = ? WHERE position = ?", (new, old))
        report = few.replay()
        assert {one.position, other.position} & named(report), (one, other)
        for old, new in ((one.position, -1), (other.position, one.position), (-1, other.position)):
            few.do("UPDATE stored_events SET position = ? WHERE position = ?", (new, old))
    assert few.replay().ok


def test_contents_that_changed_places(day: Tampered) -> None:
    """Two decisions with each other's content are both named."""
    one, other = day.decisions()[3], day.decisions()[40]
    day.put(one._replace(state=other.state))
    day.put(other._replace(state=one.state))
    assert {one.position, other.position} <= named(day.replay())


def test_a_damaged_row_stops_its_own_community_only(day: Tampered) -> None:
    """A row that nobody can read is named; what cannot be checked for it is said; the other community is checked."""
    row = day.rows("topic = 'responder.registered' AND originator_id LIKE 'riverside/%'")[0]
    day.put(row._replace(state=b"\xff"))
    report = day.replay()
    assert [finding.position for finding in report.findings] == [row.position]
    assert codes(report) == {"undecodable"}
    assert {finding.code for finding in report.unchecked} == {"community_halted"}
    there = [found for found in day.decisions() if found.stream.startswith(THERE)]
    assert report.reproduced == len(there) > 0


def test_an_event_that_cannot_follow(few: Tampered) -> None:
    """A row that reads well and is impossible after what is before it is named."""
    row = few.rows("topic = 'request.triaged'")[0]
    planned = few.rows("topic = 'request.work_planned'")[0]
    few.put(row._replace(topic=planned.topic, state=retold(planned, index=json.loads(row.state)[1]["index"]).state))
    report = few.replay()
    assert ("impossible", row.position) in {(found.code, found.position) for found in report.findings}


def test_a_clock_that_went_back(few: Tampered) -> None:
    """A save that says it was recorded before those before it is named."""
    row = few.rows("topic = 'request.received'")[-1]
    command = _command(row)
    for member in few.rows():
        if _command(member) == command:
            few.put(retold(member, recorded_at="1970-01-01T00:00:01Z"))
    few.do("UPDATE commands SET recorded_at = 1000000 WHERE command_id = ?", (command,))
    report = few.replay()
    assert codes(report) == {"clock_back"}
    assert named(report) == {row.position}


def test_the_table_of_commands(few: Tampered) -> None:
    """It speaks for the log, so it may not lose, add or alter a row either."""
    report = few.replay()
    command = _command(few.decisions()[0])
    for change in (
        "DELETE FROM commands WHERE command_id = ?",
        "UPDATE commands SET last_position = last_position + 1000 WHERE command_id = ?",
        "UPDATE commands SET recorded_at = 5 WHERE command_id = ?",
        "UPDATE commands SET command_id = 'c-other' WHERE command_id = ?",
    ):
        few.do("CREATE TABLE kept AS SELECT * FROM commands")
        few.do(change, (command,))
        altered = few.replay()
        assert codes(altered) == {"command_row"}, change
        assert altered.reproduced == report.reproduced
        few.do("DELETE FROM commands")
        few.do("INSERT INTO commands SELECT * FROM kept")
        few.do("DROP TABLE kept")
    assert few.replay() == report


def test_offers_and_decisions_belong_together(few: Tampered) -> None:
    """An offer, its decision and its hold that are torn apart are named as such (A1)."""
    made = few.rows("topic = 'request.assignment_made'")[0]
    few.put(edited(made, offer=made.stream.rpartition("/")[2] + "#2"))
    assert {
        "decision_without_offer",
        "hold_without_offer",
        "offer_without_decision",
        "offer_without_hold",
    } <= codes(few.replay())
