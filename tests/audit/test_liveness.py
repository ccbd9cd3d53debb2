"""What waits longer than it may is found, and what was seen to in time is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dispatch import EVERYDAY, Dispatch, RequestId, VirtualClock
from dispatch.audit import stranded

HERE = "riverside"
START = datetime(2022, 5, 16, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    """Give a clock that stands."""
    return VirtualClock(START)


@pytest.fixture
def engine(clock: VirtualClock) -> Iterator[Dispatch]:
    """Give a community with one cadre, in which a leg may be overtaken once."""
    with Dispatch.open("sqlite:///:memory:", clock=clock) as engine:
        policy = EVERYDAY.model_copy(update={"overtaken_max": 1})
        engine.register_community(HERE, name="河畔社区", duty="desk-1", policy=policy)
        engine.register_building(HERE, "11号楼", floors=19, lift=True)
        engine.register_responder(HERE, "cadre", capacity=100)
        yield engine


def opened(engine: Dispatch, kind: str = "food", *, triage: bool = True) -> RequestId:
    """Open a request."""
    resident = engine.register_resident(HERE, "11号楼5层")
    return engine.open_request(HERE, kind, beneficiary=resident, triage=triage)


def found(engine: Dispatch, at: datetime) -> set[tuple[str, str]]:
    """Return what waits too long at an instant, as (rule, about)."""
    return {(one.rule, one.about) for one in stranded(engine.board_of(HERE), at)}


def test_a_community_at_rest_has_nothing_stranded(engine: Dispatch, clock: VirtualClock) -> None:
    """While time passes, ticks see to everything."""
    opened(engine)
    opened(engine, triage=False)
    opened(engine, "counselling")
    for hour in range(40):
        clock.move_to(START + timedelta(hours=hour))
        engine.tick()
        assert found(engine, clock.now) == set()


def test_l1_a_request_that_nobody_judged(engine: Dispatch) -> None:
    """Received, and nobody ticks."""
    request = opened(engine, triage=False)
    late = START + timedelta(seconds=EVERYDAY.triage_within_s)
    assert found(engine, late) == set()
    assert found(engine, late + timedelta(minutes=1)) == {("l1", request)}


def test_l1_a_request_past_its_deadline(engine: Dispatch) -> None:
    """Nobody can be asked, its time is over, and nobody ticks."""
    request = opened(engine, "counselling")
    due = engine.request(HERE, request).due_at
    assert due is not None
    assert found(engine, due) == set()
    assert found(engine, due + timedelta(minutes=1)) == {("l1", request)}


def test_l2_an_offer_that_outlives_its_time(engine: Dispatch) -> None:
    """Nobody answers, and nobody ticks."""
    opened(engine)
    (offer,) = engine.tick().offers
    assert found(engine, offer.answer_by) == set()
    assert found(engine, offer.answer_by + timedelta(minutes=1)) == {("l2", offer.offer)}


def test_l3_a_leg_that_is_overtaken(engine: Dispatch) -> None:
    """Two others were served while a leg waited for want of people; the next drain calls a person."""
    waiting = opened(engine, "counselling")
    engine.tick()
    opened(engine)
    engine.tick()
    assert found(engine, START) == set()
    opened(engine)
    resting = engine.board_of(HERE)
    engine.tick()
    assert resting.match_run.decided == 1
    assert "overtaken" in engine.request(HERE, waiting).escalated
    decided = [event.position for event in engine.subscribe() if event.topic == "match.decided"]
    before = engine.board_of(HERE, position=decided[-1])
    assert [(one.rule, one.about) for one in stranded(before, START)] == [("l3", f"{waiting}/call")]


def test_l5_an_escalation_that_reaches_nobody(engine: Dispatch, clock: VirtualClock) -> None:
    """Escalated, and nobody ticks: nobody is called; ticked once and never again: nobody else is called."""
    request = opened(engine)
    engine.escalate(HERE, request, reason="family_insists")
    assert found(engine, START) == {("l5", request)}
    engine.tick()
    assert found(engine, START) == set()
    ladder = engine.escalation(HERE, request)
    assert ladder is not None
    assert ladder.answer_by is not None
    clock.move_to(ladder.answer_by + timedelta(minutes=1))
    assert ("l5", request) in found(engine, clock.now)
