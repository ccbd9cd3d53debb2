"""Agreed times as half-hours: what has one, which they are, and what keeps them (S6, R9, R12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.domain.agreed import agreed_time, clashes, engagements
from dispatch.domain.decider import ABSENT
from dispatch.domain.kind import Permit
from dispatch.domain.leg import Ask, Done, Leg, Offered, become
from dispatch.domain.responder import Work
from dispatch.domain.values import (
    LegId,
    OfferId,
    RequestId,
    ResidentId,
    ResponderId,
    SeriesId,
    Stream,
    request_stream,
)
from tests.matching.boards import HERE, leg, person, plan, request

NINE = datetime(2022, 5, 17, 1, 0, tzinfo=UTC)
HALF = int(NINE.timestamp()) // 1_800
DAILY: dict[str, Any] = {"series": SeriesId("s-1"), "needed_by": NINE}


@pytest.mark.parametrize(
    ("minutes", "begins", "expected"),
    [
        (1, timedelta(0), {0}),
        (30, timedelta(0), {0}),
        (31, timedelta(0), {0, 1}),
        (40, timedelta(minutes=20), {0, 1}),
        (40, timedelta(minutes=-1), {-1, 0, 1}),
        (1_440, timedelta(0), set(range(48))),
    ],
)
def test_each_half_hour_that_is_touched(minutes: int, begins: timedelta, expected: set[int]) -> None:
    """From the agreed time on, as long as the leg is planned to take."""
    state = request(series=SeriesId("s-1"), needed_by=NINE + begins)
    agreed = agreed_time(RequestId("q-1"), state, plan(minutes=minutes))
    assert agreed is not None
    assert agreed.half_hours == {HALF + step for step in expected}


@pytest.mark.parametrize(
    ("state", "leg_plan", "is_agreed"),
    [
        (DAILY, {}, True),
        (DAILY, {"after": ("down",)}, False),
        ({"needed_by": NINE}, {}, False),
        ({"needed_by": NINE}, {"permit": Permit.MEDICAL_PASS}, True),
        ({"needed_by": NINE}, {"drives": True, "after": ("to_car",)}, False),
        ({"series": SeriesId("s-1")}, {}, False),
    ],
    ids=["occurrence", "way back", "deadline", "ride", "later leg of a ride", "series without an hour"],
)
def test_what_has_an_agreed_time(state: dict[str, Any], leg_plan: dict[str, Any], *, is_agreed: bool) -> None:
    """The leg with which an occurrence of a series or a ride begins; no deadline, and nothing that follows on."""
    assert (agreed_time(RequestId("q-1"), request(**state), plan(**leg_plan)) is not None) is is_agreed


def held(what: Leg, **changes: Any) -> tuple[Any, dict[Stream, Any]]:
    """Return somebody who holds a leg of q-1, and the states around."""
    ask = Ask(OfferId("q-1#1"), ResponderId("r-1"), False, 1, NINE, NINE + timedelta(minutes=5))
    work = Work(OfferId("q-1#1"), LegId("q-1/inside"), ResidentId("p-1"), 1)
    state = request(replace(what, asks=(replace(ask, **changes),)), **DAILY)
    return person(holds={work.offer: work}), {request_stream(HERE, RequestId("q-1")): state}


def test_what_is_held_is_promised_until_it_is_over() -> None:
    """Offered or taken: its half-hours to come; when they are over, or the leg is done, nothing."""
    who, states = held(become(Offered, leg(minutes=40)))
    read = lambda stream: states.get(stream, ABSENT)  # noqa: E731 - as the deciders read
    expected = [(NINE - timedelta(days=1), {HALF, HALF + 1}), (NINE + timedelta(minutes=30), {HALF + 1})]
    for at, half_hours in [*expected, (NINE + timedelta(minutes=60), set())]:
        assert engagements(read, HERE, who, at=at) == {("q-1", half_hour) for half_hour in half_hours}
    who, states = held(become(Done, leg()))
    assert engagements(lambda stream: states.get(stream, ABSENT), HERE, who, at=NINE) == frozenset()


def test_what_was_joined_to_a_visit_is_done_on_the_way() -> None:
    """A leg that nobody was asked for keeps no hour (R11)."""
    who, states = held(become(Offered, leg()), accepted=True, answer_by=NINE)
    assert engagements(lambda stream: states.get(stream, ABSENT), HERE, who, at=NINE) == frozenset()


def test_two_legs_of_one_request_do_not_clash() -> None:
    """Who carries and drives the same person is in one place."""
    agreed = agreed_time(RequestId("q-1"), request(**DAILY), plan())
    assert agreed is not None
    assert not clashes(frozenset({(RequestId("q-1"), HALF)}), agreed)
    assert clashes(frozenset({(RequestId("q-2"), HALF)}), agreed)
    assert not clashes(frozenset({(RequestId("q-2"), HALF + 1)}), agreed)
