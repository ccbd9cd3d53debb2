"""Standby through the façade: called in waves, silent people passed by, released, stood down, gone home."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch import Refused, Role
from tests.engine.town import HERE, Town


def test_a_call_up_from_order_to_stand_down(town: Town) -> None:
    """Silence brings the next wave; who is let go is replaced; at the end everybody is on standby again."""
    engine = town.engine
    pool = [engine.register_responder(HERE, Role.VOLUNTEER, shifts=[]) for _ in range(4)]
    engine.begin_standby(HERE, pool)
    now = engine.clock()
    call_up = engine.call_up(
        HERE,
        2,
        starts_at=now + timedelta(hours=2),
        ends_at=now + timedelta(hours=4),
        roles=["volunteer"],
        wave_size=2,
        answer_within_s=600,
    )
    town.tick()
    first, silent = engine.call_up_state(HERE, call_up).having("open")
    engine.come(HERE, call_up, responder=first, on_behalf_of=first)
    town.clock.forward(minutes=11)
    town.tick()
    (second,) = engine.call_up_state(HERE, call_up).having("open")
    assert second not in (first, silent)
    engine.decline_duty(HERE, call_up, responder=second, on_behalf_of=second)
    town.tick()
    (third,) = engine.call_up_state(HERE, call_up).having("open")
    engine.come(HERE, call_up, responder=third, on_behalf_of=third)
    assert engine.call_up_state(HERE, call_up).missing == 0
    engine.release_deployed(HERE, call_up, third, reason="ill")
    assert engine.call_up_state(HERE, call_up).missing == 1
    assert {line.responder: line.stage for line in engine.standby_pool(HERE)}[first] == "deployed"
    with pytest.raises(Refused) as caught:
        engine.end_standby(HERE, [first])
    assert caught.value.code == "called_up_now"
    engine.stand_down(HERE, call_up)
    assert {line.stage for line in engine.standby_pool(HERE)} == {"ready"}
    engine.end_standby(HERE, pool)
    assert engine.standby_pool(HERE) == ()
    assert not engine.stand_down(HERE, call_up).events


def test_a_pool_that_is_empty_calls_a_person(quick: Town) -> None:
    """Nobody waits: the call-up says so once, and somebody is told."""
    engine = quick.engine
    now = engine.clock()
    engine.call_up(HERE, 1, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    for _ in range(2):
        engine.tick()
    topics = [event.topic for event in engine.subscribe(community=HERE)]
    assert topics.count("call_up.exhausted") == 1
