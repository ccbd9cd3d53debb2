"""Duties through the façade: ordered, refused, agreed, and too long (R28)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from dispatch import Actor, Role
from tests.engine.town import HERE, Town, refusal_of


def test_a_duty_from_order_to_end(town: Town) -> None:
    """Two in gear are assigned; a refusal calls a person; twenty minutes of gear are planned once each."""
    engine = town.engine
    engine.register_responder(HERE, "community_worker", skills=["protective_gear"], clearance="sealed")
    until = town.clock.now + timedelta(hours=3)
    duty = engine.order_duty(HERE, town.resident, until=until, note="second floor, back door")
    request = engine.duty_task(HERE, duty).request
    offers = [offer for offer in engine.tick().offers if offer.leg == f"{request}/escort"]
    assert [offer.staff for offer in offers] == [True, True]
    for offer in offers:
        engine.accept(HERE, offer.offer)
    entries = engine.entries(HERE, request)
    assert [(entry.gear_minutes, entry.minutes) for entry in entries] == [(20, 200), (20, 200)]
    assert all("protective_suit" in entry.pieces for entry in entries)
    engine.record_refusal(HERE, duty, reason="will_not_leave")
    done = partial(engine.complete, HERE, request, "escort", responder=offers[0].responder)
    assert refusal_of(done).code == "person_refuses"
    assert type(engine.duty_task(HERE, duty)).__name__ == "Refusing"
    engine.record_agreement(HERE, duty)
    assert type(engine.duty_task(HERE, duty)).__name__ == "Agreed"
    assert engine.next_change_at(HERE) is not None
    town.clock.now = until - timedelta(microseconds=1)
    town.tick()
    assert "relief_due" not in town.request(request).escalated
    town.clock.now = until
    town.tick()
    assert "relief_due" in town.request(request).escalated
    done()
    assert town.stage(request) == "Delivered"
    engine.confirm(HERE, request, on_behalf_of=town.resident)
    engine.close_request(HERE, request)
    town.tick()
    assert type(engine.duty_task(HERE, duty)).__name__ == "Ended"
    assert not engine.board_of(HERE).all("duty")


def test_a_resident_orders_nothing(quick: Town) -> None:
    """Neither the duty nor its request."""
    me = Actor(id=quick.resident, role=Role.RESIDENT)
    until = quick.clock.now + timedelta(hours=3)
    refused = refusal_of(lambda: quick.engine.order_duty(HERE, quick.resident, until=until, by=me))
    assert refused.code in ("not_permitted", "staff_only")
    assert "duty.ordered" not in quick.topics()


def test_the_same_order_twice(quick: Town) -> None:
    """A command id sent again gives the first duty."""
    until = quick.clock.now + timedelta(hours=3)
    first = quick.engine.order_duty(HERE, quick.resident, until=until, command_id="once")
    assert quick.engine.order_duty(HERE, quick.resident, until=until, command_id="once") == first
    assert quick.topics().count("duty.ordered") == 1
