"""Somebody answers for whatever is in custody, and no lot falls below nothing: each check finds what it is for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch import Board, Custody, Dispatch, ResponderId, SupplyLot
from dispatch.audit.accounts import empty_custody, wrong_account
from dispatch.domain.custody import Orphaned, Returned, TransferOffered
from dispatch.domain.supply_lot import ClosedLot

HERE = "riverside"
START = datetime(2022, 4, 24, 1, tzinfo=UTC)
NOBODY = ResponderId("r-0000000000000000")


@pytest.fixture(scope="module")
def board() -> Board:
    """Give a board on which a responder keeps a card, and units of a lot are set aside, owed and issued."""
    with Dispatch.open("sqlite:///:memory:", clock=lambda: START) as engine:
        engine.register_community(HERE, name="河畔社区", duty="desk-1")
        engine.register_building(HERE, "11号楼", floors=19, lift=True)
        holder = engine.register_responder(HERE, "cadre")
        owner, other = (engine.register_resident(HERE, f"11号楼{floor}层") for floor in (5, 6))
        request = engine.open_request(HERE, "food", beneficiary=owner)
        engine.take_custody(HERE, holder, owner=owner, what="card")
        lot = engine.receive_goods(HERE, "vegetable_pack", 10)
        engine.reserve_goods(HERE, lot, request=request, quantity=2)
        engine.issue_goods(HERE, lot, resident=owner, quantity=3)
        engine.distribute(HERE, lot, residents=[other])
        return engine.board_of(HERE)


def card_of(board: Board) -> Custody:
    """Return the card."""
    (card,) = board.all("custody").values()
    assert isinstance(card, Custody)
    return card


def as_stage(stage: type[Custody], card: Custody, **changes: Any) -> Custody:
    """Return the card in another state."""
    return stage(**{name: getattr(card, name) for name in Custody.__dataclass_fields__} | changes)


def told(board: Board, card: Custody) -> list[str]:
    """Return what is wrong with a card."""
    return list(empty_custody(card, board.responders.get))


def lot_of(board: Board) -> SupplyLot:
    """Return the lot."""
    (lot,) = board.all("lot").values()
    assert isinstance(lot, SupplyLot)
    return lot


def test_what_is_kept_is_sound(board: Board) -> None:
    """A card in the hands of a responder, offered to another, orphaned with a call, or returned is in order."""
    card = card_of(board)
    assert told(board, card) == []
    assert told(board, as_stage(TransferOffered, card, offered_to=NOBODY)) == []
    assert told(board, as_stage(Orphaned, card, called="desk-1")) == []
    assert told(board, as_stage(Returned, card, holder=NOBODY)) == []


def test_a_card_that_nobody_holds_is_found(board: Board) -> None:
    """Its holder is not on the register."""
    assert told(board, replace(card_of(board), holder=NOBODY)) == [f"Its holder {NOBODY} is nobody of the register."]


def test_an_orphaned_card_without_a_call_is_found(board: Board) -> None:
    """Nobody was called to name another holder."""
    (found,) = told(board, as_stage(Orphaned, card_of(board)))
    assert "nobody was called" in found


def test_an_offer_to_nobody_is_found(board: Board) -> None:
    """To be taken over by nobody, or by its own holder, is no offer."""
    card = card_of(board)
    assert told(board, as_stage(TransferOffered, card)) == ["It is offered to nobody."]
    assert told(board, as_stage(TransferOffered, card, offered_to=card.holder)) == [f"It is offered to {card.holder}."]


def test_more_spent_than_given_is_found(board: Board) -> None:
    """Money that was never given is spent."""
    (found,) = told(board, replace(card_of(board), amount_fen=100, spent_fen=130))
    assert found == "30 fen more are spent of it than were given."


def test_a_lot_is_sound(board: Board) -> None:
    """Ten came in, three went out, two are set aside, one is owed."""
    lot = lot_of(board)
    assert (lot.on_hand, lot.free) == (7, 4)
    assert list(wrong_account(lot)) == []


def test_less_than_nothing_is_found(board: Board) -> None:
    """On hand, set aside, owed and issued, each by itself."""
    lot = lot_of(board)
    assert list(wrong_account(replace(lot, on_hand=-1))) == ["-1 units are on hand."]
    for name in ("reserved", "due", "issued"):
        (who,) = getattr(lot, name)
        short: dict[str, Any] = {name: {who: -2}}
        assert list(wrong_account(replace(lot, **short))) == [f"{name} for {who}: -2 units."]


def test_a_closed_lot_that_owes_is_found(board: Board) -> None:
    """Who closes an account owes nobody anything."""
    lot = lot_of(board)
    closed = ClosedLot(lot.item, lot.unit, lot.place, lot.on_hand, lot.reserved, {}, lot.issued)
    assert list(wrong_account(closed)) == ["It is closed and still owes units."]
    assert list(wrong_account(replace(closed, reserved={}))) == []
