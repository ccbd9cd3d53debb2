"""Two people, two engines, one store: one wins, and the other is told who holds what now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch import Dispatch, Offer
from tests.engine.town import HERE, Town, by, refusal_of, town_on


@pytest.fixture
def town(lasting_store: str) -> Iterator[Town]:
    """Give a settled community on a store that two engines may share."""
    with town_on(lasting_store) as settled:
        yield settled


@pytest.fixture
def other(town: Town, lasting_store: str) -> Iterator[Dispatch]:
    """Give the second engine, which has seen the community as it was."""
    with Dispatch.open(lasting_store, clock=town.clock) as engine:
        engine.board_of(HERE)
        yield engine


def asked(town: Town) -> Offer:
    """Return the assignment of the way to the shop for a new request."""
    request = town.open()
    return town.tick()[f"{request}/outside"]


def test_accepted_and_declined(town: Town, other: Dispatch) -> None:
    """What one has accepted the other cannot decline any more; who holds it is told."""
    offer = asked(town)
    town.engine.accept(HERE, offer.offer)
    refusal = refusal_of(lambda: other.decline(HERE, offer.offer, responder=offer.responder))
    assert (refusal.code, refusal.fields["holders"]) == ("offer_not_held", (offer.responder,))


def test_accepted_by_two(town: Town, other: Dispatch) -> None:
    """Somebody else who accepts it too is told who holds it."""
    offer = asked(town)
    town.engine.accept(HERE, offer.offer)
    refusal = refusal_of(lambda: other.accept(HERE, offer.offer, responder=town.volunteer))
    assert (refusal.code, refusal.fields["holders"]) == ("offer_not_held", (offer.responder,))


def test_declined_and_accepted(town: Town, other: Dispatch) -> None:
    """What one has declined the other cannot accept any more; nobody holds it."""
    offer = asked(town)
    town.engine.decline(HERE, offer.offer)
    refusal = refusal_of(lambda: other.accept(HERE, offer.offer, responder=offer.responder))
    assert (refusal.code, refusal.fields["holders"]) == ("offer_not_held", ())


def test_cancelled_and_done(town: Town, other: Dispatch) -> None:
    """Work of a request that one has called off is not reported done by the other."""
    offer = asked(town)
    town.engine.accept(HERE, offer.offer)
    request, _, leg = offer.leg.partition("/")
    town.engine.cancel(HERE, request, reason="not_needed")  # type: ignore[arg-type]
    refusal = refusal_of(lambda: other.complete(HERE, request, leg, responder=offer.responder))  # type: ignore[arg-type]
    assert (refusal.code, refusal.fields["state"]) == ("request_state", "Cancelled")


def test_transferred_and_offered(town: Town, other: Dispatch) -> None:
    """A card that the desk has handed on is not its old holder's to offer, or anybody's to take over."""
    card = town.engine.take_custody(HERE, town.captain, owner=town.resident, what="card")
    town.engine.offer_custody(HERE, card, responder=town.captain, to=town.volunteer)
    other.custody(HERE, card)
    town.engine.transfer_custody(HERE, card, to=town.cadre)
    late = refusal_of(lambda: other.accept_custody(HERE, card, responder=town.volunteer, ask=1))
    assert (late.code, late.fields["holder"]) == ("custody_not_offered", town.cadre)
    old = refusal_of(lambda: other.offer_custody(HERE, card, responder=town.captain, to=town.volunteer))
    assert (old.code, old.fields["holder"]) == ("custody_not_held", town.cadre)


def test_two_take_charge(town: Town, other: Dispatch) -> None:
    """Who comes second is told who has it."""
    request = town.open()
    town.engine.grant(HERE, "worker", "community_worker")
    town.engine.escalate(HERE, request, reason="family_insists")
    town.tick()
    town.engine.take_charge(HERE, request)
    refusal = refusal_of(lambda: other.take_charge(HERE, request, by=by("worker", "community_worker")))
    assert (refusal.code, refusal.fields["in_charge"]) == ("charge_taken", "desk")


def test_the_last_one_of_a_lot(town: Town, other: Dispatch) -> None:
    """Handed out by one, it is not there for the other."""
    lot = town.engine.receive_goods(HERE, "vegetable_pack", 1)
    other.lot(HERE, lot)
    town.engine.issue_goods(HERE, lot, resident=town.resident)
    refusal = refusal_of(lambda: other.issue_goods(HERE, lot, resident=town.high))
    assert (refusal.code, refusal.fields["available"]) == ("not_enough_in_lot", 0)


def test_two_reopen(town: Town, other: Dispatch) -> None:
    """Who comes second is told of the request that was opened."""
    request = town.open()
    town.engine.cancel(HERE, request, reason="not_needed")
    again = town.engine.reopen(HERE, request, reason="came_back")
    refusal = refusal_of(lambda: other.reopen(HERE, request, reason="came_back"))
    assert (refusal.code, refusal.fields["request"]) == ("reopened_already", again)


def test_two_take_one_car(town: Town, other: Dispatch) -> None:
    """Who comes second is told who drives it."""
    car = town.engine.register_car(HERE)
    second = town.engine.register_responder(HERE, "driver", skills=["drive"])
    town.engine.take_car(HERE, car, driver=town.driver)
    refusal = refusal_of(lambda: other.take_car(HERE, car, driver=second))
    assert refusal.code == "car_taken"
    assert town.driver in refusal.message
