"""The invariants that doctor checks: each check finds what it is for, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch import EVERYDAY, Board, Dispatch, HelpRequest, RequestId, ResponderId
from dispatch.audit import open_log, overdue, stale_lines, violations
from dispatch.audit.invariants import overload, wrong_crews, wrong_holds
from dispatch.domain.leg import Offered, Taken, become
from dispatch.domain.values import CommunityId, responder_stream

HERE = "riverside"
START = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Give a store in which somebody has taken a leg and somebody else is asked for another."""
    url = f"sqlite:///{tmp_path}/community.db"
    with Dispatch.open(url, clock=lambda: START) as engine:
        engine.register_community(HERE, name="河畔社区", duty="desk-1", policy=EVERYDAY)  # several offers at once
        engine.register_building(HERE, "11号楼", floors=19, lift=True)
        for _ in range(2):
            engine.register_responder(HERE, "cadre")
        for floor in (5, 6):
            engine.open_request(HERE, "food", address=f"11号楼{floor}01")
        offers = engine.tick().offers
        engine.accept(HERE, offers[0].offer)
    return url


@pytest.fixture
def board(store: str) -> Iterator[Board]:
    """Give the board of that store."""
    with Dispatch.open(store, clock=lambda: START) as engine:
        yield engine.board_of(HERE)


def taken(board: Board) -> tuple[RequestId, HelpRequest]:
    """Return the request whose leg is taken."""
    return next((id_, state) for id_, state in board.requests.items() if isinstance(state.legs[0], Taken))


def changed(url: str, statement: str, *values: object) -> None:
    """Change the log behind the program's back."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS stored_events_never_change")
        connection.execute("DROP TRIGGER IF EXISTS stored_events_never_go")
        connection.execute(statement, values)


def rules(url: str) -> set[str]:
    """Return the rules that do not hold."""
    with open_log(url) as log:
        return {violation.rule for violation in violations(log)}


def test_a_sound_log_has_none(store: str) -> None:
    """Nothing is found, and progress ends at the head."""
    seen: list[tuple[int, int]] = []
    with open_log(store) as log:
        assert violations(log, progress=lambda done, end: seen.append((done, end))) == ()
        assert violations(log, community=HERE) == ()
        assert seen[-1] == (log.head(), log.head())


def test_what_has_ended_is_held_by_nobody(store: str) -> None:
    """A cancelled request and a failed leg keep who was asked, and that is sound."""
    with Dispatch.open(store, clock=lambda: START) as engine:
        held = {id_: state.legs[0] for id_, state in engine.board_of(HERE).requests.items()}
        for id_, leg in held.items():
            if isinstance(leg, Taken):
                engine.fail(HERE, id_, leg.plan.name, outcome="not_home")
            else:
                engine.cancel(HERE, id_, reason="not_needed")
        engine.tick()
    with open_log(store) as log:
        assert violations(log) == ()


def test_s1_an_impossible_step(store: str) -> None:
    """An event that cannot follow the state before it is found at its row, and nothing of what follows."""
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as connection:
        position, state = connection.execute(
            "SELECT position, state FROM stored_events WHERE topic = 'request.triaged' LIMIT 1"
        ).fetchone()
    schema, meta, body = json.loads(state)
    delivered = json.dumps([schema, meta, {"delivered_at": body["triaged_at"]}]).encode()
    change = "UPDATE stored_events SET topic = 'request.delivered', state = ? WHERE position = ?"
    changed(store, change, delivered, position)
    with open_log(store) as log:
        (found,) = violations(log)
    assert (found.rule, found.position) == ("s1", position)
    assert "RequestDelivered cannot follow Received" in found.detail


def test_s1_an_unreadable_row(store: str) -> None:
    """A row that is no event is found."""
    changed(store, "UPDATE stored_events SET state = x'5b' WHERE position = 5")
    assert rules(store) == {"s1"}


def test_s2_more_than_one_can_carry(board: Board) -> None:
    """A load above the capacity is found."""
    person = next(state for state in board.responders.values() if state.load)
    assert list(overload(person)) == []
    assert len(list(overload(replace(person, capacity=person.load - 1)))) == 1


def test_s3_crews(board: Board) -> None:
    """Somebody twice, too many, too few, and an offer that its responder does not hold are found."""
    _, request = taken(board)
    leg = request.legs[0]

    def told(**changes: object) -> list[str]:
        wrong = replace(request, legs=(replace(leg, **changes), *request.legs[1:]))  # type: ignore[arg-type]
        return list(wrong_crews(wrong, lambda who: board.responders.get(ResponderId(who))))

    assert told() == []
    assert any("asks somebody twice" in one for one in told(asks=leg.asks * 2))
    assert any("for a crew of" in one for one in told(asks=leg.asks * 2))
    assert any("is taken by 0 of 1" in one for one in told(asks=(replace(leg.asks[0], accepted=False),)))
    nobody = replace(leg.asks[0], responder=ResponderId("r-0000000000000000"))
    assert any("does not hold it" in one for one in told(asks=(nobody,)))


def test_s3_holds(board: Board) -> None:
    """An offer that is held and that the request does not have is found."""
    id_, request = taken(board)
    who = request.legs[0].asks[0].responder
    person = board.responders[who]
    stream = responder_stream(CommunityId(HERE), who)
    streams = {f"{HERE}/request/{request_id}": state for request_id, state in board.requests.items()}
    assert list(wrong_holds(stream, person, streams.get)) == []
    free = replace(request, legs=tuple(become(Offered, replace(leg, asks=())) for leg in request.legs))
    assert len(list(wrong_holds(stream, person, (streams | {f"{HERE}/request/{id_}": free}).get))) == 1


def test_s7_a_command_twice(store: str) -> None:
    """A command whose events stand in two places is found."""
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as connection:
        (first, last) = connection.execute(
            "SELECT min(command_id) FILTER (WHERE first_position = 1),"
            " min(command_id) FILTER (WHERE last_position = (SELECT max(last_position) FROM commands)) FROM commands"
        ).fetchone()
    assert first != last
    again = "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), ?, ?) AS BLOB) WHERE position > 3"
    changed(store, again, last, first)
    assert "s7" in rules(store)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM stored_events WHERE position = 4",
        "UPDATE stored_events SET originator_version = 9 WHERE position = 4",
    ],
)
def test_s8_gaps(store: str, change: str) -> None:
    """A missing position and a missing version are found."""
    changed(store, change)
    assert "s8" in rules(store)


def test_timers(board: Board) -> None:
    """What is due is overdue only after its grace."""
    answers = [ask.answer_by for state in board.requests.values() for leg in state.legs for ask in leg.asks]
    assert overdue(board, min(answers)) == ()
    assert overdue(board, max(answers) + timedelta(minutes=2))


def test_stale_lines(store: str) -> None:
    """A line that is missing, added or different is found by its request."""
    with Dispatch.open(store, clock=lambda: START) as engine:
        lines, board = engine.board(HERE), engine.board_of(HERE)
    assert stale_lines(board, lines) == []
    assert stale_lines(board, lines[1:]) == [lines[0].request]
    other = replace(lines[0], leg_state="Done")
    assert stale_lines(board, (other, *lines[1:])) == [lines[0].request]
    ghost = replace(lines[0], request=RequestId("q-0000000000000000"))
    assert stale_lines(board, (ghost, *lines)) == [ghost.request]


def rewritten(url: str, topic: str, old: str, new: str) -> None:
    """Change a part of every event of a topic, as somebody with the file could."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT rowid, state FROM stored_events WHERE topic = ?", (topic,)).fetchall()
    assert rows
    for rowid, state in rows:
        assert old.encode() in state
        altered = state.replace(old.encode(), new.encode())
        changed(url, "UPDATE stored_events SET state = ? WHERE rowid = ?", altered, rowid)


def test_a_role_that_was_not_held_is_found(store: str) -> None:
    """An account that nobody granted anything speaks for the community (S11)."""
    rewritten(store, "community.building_registered", '"actor":"desk"', '"actor":"dusk"')
    assert rules(store) == {"s11"}


def test_a_yes_of_somebody_without_the_skill_is_found(store: str) -> None:
    """Whoever said yes is turned into somebody of a role that may not (S4)."""
    rewritten(store, "responder.registered", '"role":"cadre"', '"role":"counsellor"')
    assert "s4" in rules(store)


def test_a_clock_that_went_back_is_found(store: str) -> None:
    """An event that was recorded a year before the one above it (S13)."""
    rewritten(store, "request.assignment_acknowledged", '"recorded_at":"2026', '"recorded_at":"2025')
    assert "s13" in rules(store)


def test_a_yes_inside_a_sealed_building_is_found(store: str) -> None:
    """A control level that the log now has, and that the yes ignored (S5)."""
    with Dispatch.open(store, clock=lambda: START + timedelta(minutes=1)) as engine:
        engine.open_request(HERE, "garbage", address="11号楼701")
        (offer,) = [offer.offer for offer in engine.tick().offers]
        engine.set_control_level(HERE, "11号楼", "controlled", reason="case_found")
        with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as connection:
            (level,) = connection.execute(
                "SELECT state FROM stored_events WHERE topic = 'community.control_level_set'"
            ).fetchone()
        changed(
            store,
            "UPDATE stored_events SET state = ? WHERE topic = 'community.control_level_set'",
            level.replace(b'"level":"controlled"', b'"level":"precaution"'),
        )
    with Dispatch.open(store, clock=lambda: START + timedelta(minutes=2)) as engine:
        engine.accept(HERE, offer)
    assert rules(store) == set()
    changed(store, "UPDATE stored_events SET state = ? WHERE topic = 'community.control_level_set'", level)
    assert rules(store) == {"s5"}
