"""Duty through the façade: who drops out, who comes back."""

from __future__ import annotations

from dispatch.domain.responder import ResponderDroppedOut
from tests.engine.town import HERE, Town


def test_who_drops_out_gives_everything_back_at_once(town: Town) -> None:
    """The answer lists what was open, somebody else is asked at the next tick, and a return ends it."""
    town.open("garbage")
    (offer,) = town.tick().values()
    answer = town.engine.drop_out(HERE, offer.responder)
    (fact,) = [event.fact for event in answer.events if isinstance(event.fact, ResponderDroppedOut)]
    assert fact.left_open == (offer.leg,)
    state = town.engine.responder(HERE, offer.responder)
    assert (state.out, state.left_open, state.load) == (True, (offer.leg,), 0)
    again = town.tick()
    assert all(other.responder != offer.responder for other in again.values())
    town.engine.return_to_duty(HERE, offer.responder)
    assert not town.engine.responder(HERE, offer.responder).out
