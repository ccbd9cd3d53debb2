"""Supplies through the façade: every store, repeats, and what follows when a request is over."""

from __future__ import annotations

import pytest

from dispatch import Refused, ResidentId
from tests.engine.town import HERE, Town


def test_a_distribution_misses_nobody(town: Town) -> None:
    """One resident stands for each household, and is owed until they have got theirs."""
    engine = town.engine
    lot = engine.receive_goods(HERE, "vegetable_pack", 100, unit="pack")
    engine.distribute(HERE, lot)
    owed = engine.distribution(HERE, lot).owed
    households = {state.household for state in engine.board_of(HERE).residents.values()}
    assert len(owed) == len(households) > 0
    engine.issue_goods(HERE, lot, resident=owed[0])
    assert engine.distribution(HERE, lot).coverage == (1, len(households))
    assert engine.lots(HERE)[lot].on_hand == 99


def test_handing_out_twice_under_one_id_is_once(town: Town) -> None:
    """A button pressed twice gives one pack; pressed anew it gives another."""
    engine = town.engine
    lot = engine.receive_goods(HERE, "rice", 5, command_id="came-in")
    assert engine.receive_goods(HERE, "rice", 5, command_id="came-in") == lot
    who = next(iter(sorted(engine.board_of(HERE).residents)))
    first = engine.issue_goods(HERE, lot, resident=who, command_id="pressed")
    again = engine.issue_goods(HERE, lot, resident=who, command_id="pressed")
    assert (first.repeated, again.repeated) == (False, True)
    engine.issue_goods(HERE, lot, resident=who)
    assert engine.lot(HERE, lot).issued == {who: 2}


def test_what_was_set_aside_is_free_when_the_request_is_over(quick: Town) -> None:
    """Nobody has to remember it: the next tick frees it."""
    engine = quick.engine
    who = next(iter(sorted(engine.board_of(HERE).residents)))
    request = engine.open_request(HERE, "food", beneficiary=who)
    lot = engine.receive_goods(HERE, "rice", 5)
    engine.reserve_goods(HERE, lot, request=request, quantity=4)
    assert engine.lot(HERE, lot).free == 1
    engine.cancel(HERE, request, reason="not_needed")
    engine.tick()
    assert engine.lot(HERE, lot).free == 5


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, True, 2**70, 1.5])
def test_a_quantity_that_is_none(quick: Town, quantity: int) -> None:
    """Zero, less, more than a million, a truth value, a fraction: refused, and nothing is recorded."""
    before = quick.engine.position()
    with pytest.raises(Refused) as caught:
        quick.engine.receive_goods(HERE, "rice", quantity)
    assert caught.value.code == "bad_input"
    assert quick.engine.position() == before


def test_somebody_who_is_not_there(quick: Town) -> None:
    """A pack goes to a resident of the register."""
    lot = quick.engine.receive_goods(HERE, "rice", 5)
    with pytest.raises(Refused) as caught:
        quick.engine.issue_goods(HERE, lot, resident=ResidentId("p-nobody"))
    assert caught.value.code == "unknown_resident"


def test_the_account_of_a_lot_from_first_to_last(town: Town) -> None:
    """Handed out, taken back, set aside freed, owed, not owed, counted, closed: the account is right each time."""
    engine = town.engine
    who = min(engine.board_of(HERE).residents)
    request = engine.open_request(HERE, "food", beneficiary=who)
    lot = engine.receive_goods(HERE, "rice", 9, unit="bag", source="donated")
    engine.issue_goods(HERE, lot, resident=who, quantity=3)
    engine.return_goods(HERE, lot, resident=who, quantity=1)
    engine.reserve_goods(HERE, lot, request=request, quantity=2)
    engine.free_goods(HERE, lot, request=request)
    engine.distribute(HERE, lot, residents=[who], each=4)
    assert engine.lot(HERE, lot).free == 3
    engine.end_distribution(HERE, lot, reason="enough")
    engine.count_goods(HERE, lot, 6, reason="spoiled")
    assert (engine.lot(HERE, lot).on_hand, engine.lot(HERE, lot).issued) == (6, {who: 2})
    engine.close_lot(HERE, lot, reason="used_up")
    assert engine.lots(HERE) == {}
    with pytest.raises(Refused) as caught:
        engine.issue_goods(HERE, lot, resident=who)
    assert caught.value.code == "lot_closed"
