"""A row that cannot be read stops its own community, by name, and no other; mended, it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.domain.values import CommunityId
from dispatch.store.recorders import Recorder, open_recorder
from tests.audit.day import HERE, THERE
from tests.audit.tampering import Stored, Tampered
from tests.views.tables import Dump, dump, expected_lines, folded, seen, views_of


@pytest.fixture
def lived(lived_file: Path, tmp_path: Path) -> Tampered:
    """Give a copy of the day, to be damaged."""
    return Tampered(lived_file, tmp_path / "damaged.db")


@pytest.fixture
def recorder(lived: Tampered) -> Iterator[Recorder]:
    """Open it."""
    with open_recorder(lived.url) as opened:
        yield opened


@pytest.fixture
def sound(lived_file: Path, tmp_path: Path) -> Dump:
    """Give the tables of the views of the day without damage."""
    with open_recorder(Tampered(lived_file, tmp_path / "sound.db").url) as opened:
        views_of(opened).follow()
        return dump(opened)


def row_at(lived: Tampered, topic: str, which: int) -> Stored:
    """Return one of the rows of a topic in the first community."""
    return lived.rows("topic = ? AND originator_id LIKE 'riverside/%'", (topic,))[which]


def without(community: str, tables: Dump) -> Dump:
    """Return what tables say of the other communities."""
    return {
        name: [row for row in rows if community not in row]
        for name, rows in tables.items()
        if name not in {"view_progress", "view_stopped"}
    }


@pytest.mark.parametrize(
    ("topic", "which", "state", "code"),
    [
        ("request.triaged", 9, b"{", "damaged_body"),
        ("responder.registered", 0, b'[2,{},"x"]', "unknown_schema"),
        ("match.decided", 20, b"", "damaged_body"),
    ],
)
@pytest.mark.parametrize("batch", [1, 64, 5_000])
def test_one_community_stops(
    lived: Tampered, recorder: Recorder, sound: Dump, *, topic: str, which: int, state: bytes, code: str, batch: int
) -> None:
    """The damaged one shows what was before the damage; everything about the other is there; who parks says why."""
    row = row_at(lived, topic, which)
    lived.put(row._replace(state=state))
    views = views_of(recorder, batch=batch)
    views.follow()
    assert views.lag() == 0
    [parked] = recorder.parked()
    assert (parked.community, parked.position, parked.code) == (HERE, row.position, code)
    found = dump(recorder)
    assert without(HERE, found) == without(HERE, sound)
    before = [line for line in sound["view_timeline"] if line[0] < row.position and line[1] == HERE]
    assert [line for line in found["view_timeline"] if line[1] == HERE] == before


@pytest.mark.parametrize("batch", [3, 100])
def test_mended_it_catches_up(lived: Tampered, recorder: Recorder, sound: Dump, batch: int) -> None:
    """The row restored and the community let go, the views are as if nothing had been."""
    row = row_at(lived, "request.work_planned", 5)
    lived.put(row._replace(topic="request.unheard_of"))
    views = views_of(recorder, batch=batch)
    views.follow()
    assert [parked.code for parked in recorder.parked()] == ["unknown_topic"]
    assert views.follow() == 0
    recorder.unpark(HERE)
    assert views.follow() == 0
    assert [parked.position for parked in recorder.parked()] == [row.position]
    lived.put(row)
    assert views.follow() == 0
    recorder.unpark(HERE)
    assert views_of(recorder, batch=batch).follow() > 0
    assert dump(recorder) == sound
    assert recorder.parked() == []


def test_what_cannot_follow_stops_too(lived: Tampered, recorder: Recorder) -> None:
    """An event that reads well and is impossible, and a version that is not there, are damage."""
    row = row_at(lived, "request.work_planned", 3)
    planned = json.loads(row.state)
    closed = [planned[0], planned[1], {"confirmed_by": "x", "confirmed_at": planned[1]["recorded_at"]}]
    lived.put(row._replace(topic="request.receipt_confirmed", state=json.dumps(closed).encode()))
    views_of(recorder).follow()
    assert [(found.position, found.code) for found in recorder.parked()] == [(row.position, "corrupt_history")]
    lived.put(row)
    lived.do("DELETE FROM stored_events WHERE position = ?", (row.position,))
    recorder.unpark(HERE)
    views_of(recorder).rebuild()
    [parked] = recorder.parked()
    assert parked.code == "missing_version"
    assert parked.position > row.position


def test_an_event_of_another_aggregate_is_damage(lived: Tampered, recorder: Recorder) -> None:
    """A topic that is known and does not belong to its stream stops the community at that row."""
    row = row_at(lived, "responder.skills_set", 0)
    other = row_at(lived, "resident.isolation_began", 0)
    lived.put(row._replace(topic=other.topic, state=other.state))
    views_of(recorder).follow()
    assert [(found.position, found.code) for found in recorder.parked()] == [(row.position, "foreign_topic")]


def test_the_board_of_a_parked_community_is_the_fold_before(lived: Tampered, recorder: Recorder) -> None:
    """It does not lie: it shows the last state that is sure."""
    row = row_at(lived, "request.leg_done", 10)
    lived.put(row._replace(state=b"[]"))
    views = views_of(recorder)
    views.follow()
    lines = views.board(CommunityId(HERE))
    lived.do("DELETE FROM stored_events WHERE position >= ?", (row.position,))
    assert {seen(line) for line in lines} == expected_lines(folded(recorder, HERE))
    assert views.board(CommunityId(THERE)) != ()
