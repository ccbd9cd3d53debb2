"""Agreed times through the façade: nobody is asked to be in two places, and the audit says when somebody was (S6)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from dispatch import ResponderId
from dispatch.audit import open_log, violations
from tests.engine.town import HERE, MORNING, Town, town_on

TOMORROW = MORNING + timedelta(days=1)


def carriers(town: Town, number: int) -> list[ResponderId]:
    """Register so many people who may carry, and could carry all day."""
    return [
        town.engine.register_responder(HERE, "volunteer", skills=["stair_carry"], capacity=100) for _ in range(number)
    ]


def two_series(town: Town, *, apart: timedelta) -> None:
    """Arrange two infusions of tomorrow, so far apart, and open both."""
    for who, starts in ((town.high, TOMORROW), (town.resident, TOMORROW + apart)):
        town.engine.start_series(HERE, "stair_carry", beneficiary=who, rule="FREQ=DAILY;COUNT=1", starts=starts)
    town.clock.now = TOMORROW - timedelta(hours=2)


@pytest.mark.parametrize(
    ("apart", "people", "asked"),
    [
        (timedelta(0), 5, 3),
        (timedelta(0), 6, 6),
        (timedelta(minutes=30), 5, 3),
        (timedelta(minutes=60), 3, 6),
    ],
    ids=["too few", "enough", "they overlap", "one after the other"],
)
def test_two_carries(quick: Town, apart: timedelta, people: int, asked: int) -> None:
    """Forty minutes from half past eight: whoever is asked for the one is asked for the other when it is over."""
    carriers(quick, people)
    two_series(quick, apart=apart)
    offers = quick.engine.tick().offers
    assert len(offers) == asked
    by_request = {offer.offer.split("#")[0]: set() for offer in offers}  # type: ignore[var-annotated]
    for offer in offers:
        by_request[offer.offer.split("#")[0]].add(offer.responder)
    assert all(len(crew) == 3 for crew in by_request.values())
    if apart < timedelta(minutes=60):
        assert sum(map(len, by_request.values())) == len(set().union(*by_request.values()))


def test_the_audit_finds_two_places_at_once(file_store: str) -> None:
    """A log in which the second carry was moved into the time of the first (S6)."""
    with town_on(file_store) as town:
        carriers(town, 3)
        two_series(town, apart=timedelta(hours=1))
        assert len(town.engine.tick().offers) == 6
    with open_log(file_store) as log:
        assert violations(log) == ()
    hour = '"needed_by":"%s"'
    later, sooner = ((TOMORROW + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ") for h in (1, 0))
    with closing(sqlite3.connect(file_store.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT rowid, state FROM stored_events WHERE topic = 'request.received'").fetchall()
        moved = [(row, state) for row, state in rows if (hour % later).encode() in state]
        assert len(moved) == 1
        for row, state in moved:
            altered = state.replace((hour % later).encode(), (hour % sooner).encode())
            connection.execute("DROP TRIGGER IF EXISTS stored_events_never_change")
            connection.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (altered, row))
        connection.commit()
    with open_log(file_store) as log:
        found = violations(log)
    assert {one.rule for one in found} == {"s6"}
    assert len({one.stream for one in found}) == 3
