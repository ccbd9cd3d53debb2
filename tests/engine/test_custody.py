"""Custody through the façade: who keeps what, sealed descriptions, batches, and what the drain does by itself."""

from __future__ import annotations

import pytest

from dispatch import Refused
from dispatch.domain.custody import CustodyOrphaned
from tests.engine.town import HERE, Town, by


def test_who_keeps_what_is_told(town: Town) -> None:
    """A card taken is a line of its holder, and of nobody when it is back."""
    card = town.engine.take_custody(HERE, town.captain, owner=town.resident, what="card")
    (line,) = town.engine.custody_of(HERE, town.captain)
    assert (line.custody, line.belonging, line.owner, line.state) == (card, "card", town.resident, "Held")
    town.engine.return_custody(HERE, card, by=by(town.resident, "resident"))
    assert town.engine.custody_lines(HERE) == ()
    assert type(town.engine.custody(HERE, card)).__name__ == "Returned"


def test_it_goes_from_hand_to_hand(town: Town) -> None:
    """The holder asks, the other takes it over; as it was before is still there to be read."""
    engine = town.engine
    key = engine.take_custody(HERE, town.captain, owner=town.resident, what="key")
    before = engine.position()
    engine.offer_custody(HERE, key, responder=town.captain, to=town.volunteer)
    engine.decline_custody(HERE, key, responder=town.volunteer)
    engine.offer_custody(HERE, key, responder=town.captain, to=town.volunteer)
    engine.accept_custody(HERE, key, responder=town.volunteer, ask=2)
    assert engine.custody(HERE, key).holder == town.volunteer
    assert engine.custody(HERE, key, as_of=before).holder == town.captain


def test_the_next_drain_orphans_what_an_isolated_holder_keeps(town: Town) -> None:
    """The duty contact is called, and who names the next holder is the desk."""
    engine = town.engine
    cards = [engine.take_custody(HERE, town.captain, owner=town.resident, what="card") for _ in range(3)]
    engine.isolate_responder(HERE, town.captain)
    engine.tick()
    assert {line.state for line in engine.custody_lines(HERE)} == {"Orphaned"}
    assert engine.custody_of(HERE, town.captain) == ()
    engine.transfer_custody(HERE, cards, to=town.cadre)
    assert [line.custody for line in engine.custody_of(HERE, town.cadre)] == sorted(cards)


def test_an_erased_holder_leaves_nothing_behind(town: Town) -> None:
    """Who is erased as a responder holds nothing afterwards; what they had is orphaned, not lost."""
    card = town.engine.take_custody(HERE, town.volunteer, owner=town.resident, what="card")
    town.engine.erase(HERE, town.volunteer)
    town.engine.tick()
    assert type(town.engine.custody(HERE, card)).__name__ == "Orphaned"


def test_a_description_is_sealed(town: Town) -> None:
    """Which card it is stands nowhere in clear, and is opened like other personal data."""
    card = town.engine.take_custody(HERE, town.captain, owner=town.resident, what="card", description="旧医保卡")
    assert town.engine.reveal(HERE, card, purpose="delivery")["description"] == "旧医保卡"
    assert all("旧医保卡" not in repr(event.fact) for event in town.engine.subscribe())
    town.engine.erase(HERE, town.resident)
    with pytest.raises(Refused, match="erased"):
        town.engine.reveal(HERE, card, purpose="delivery")


def test_one_text_is_no_list_of_letters(town: Town) -> None:
    """One id may be given as it is."""
    card = town.engine.take_custody(HERE, town.captain, owner=town.resident, what="card")
    town.engine.transfer_custody(HERE, card, to=town.cadre)
    assert town.engine.custody(HERE, card).holder == town.cadre


def test_money_has_a_ledger_of_its_own(town: Town) -> None:
    """What was given, spent and is left is told with the request it was for (R16)."""
    request = town.open("food")
    money = town.engine.take_custody(
        HERE, town.cadre, owner=town.resident, what="money", request=request, amount_fen=20_000
    )
    town.engine.spend_money(HERE, money, responder=town.cadre, spent_fen=13_580)
    (line,) = town.engine.custody_lines(HERE)
    assert (line.request, line.amount_fen, line.spent_fen) == (request, 20_000, 13_580)
    assert town.engine.custody(HERE, money).left_fen == 20_000 - 13_580


def test_a_batch_takes_many_things(town: Town) -> None:
    """Hundreds of cards are taken in few saves."""
    with town.engine.batch(HERE) as batch:
        for _ in range(30):
            batch.take_custody(HERE, town.cadre, owner=town.resident, what="card", description="卡")
    assert batch.refused == []
    assert len(town.engine.custody_of(HERE, town.cadre)) == 30


@pytest.mark.parametrize("what", ["", "illness", None])
def test_what_is_kept_is_a_closed_list(town: Town, what: str) -> None:
    """No other word, and so no illness, is ever stored."""
    with pytest.raises(Refused) as caught:
        town.engine.take_custody(HERE, town.captain, owner=town.resident, what=what)
    assert caught.value.code == "bad_choice"


def test_a_lost_key_is_orphaned_by_the_desk(town: Town) -> None:
    """The holder cannot answer for it any more: the duty contact is called, what others hold stays theirs."""
    engine = town.engine
    lost, other = (
        engine.take_custody(HERE, who, owner=town.resident, what="key") for who in (town.captain, town.volunteer)
    )
    engine.orphan_custody(HERE, [lost, other], holder=town.captain, reason="lost")
    (orphaned,) = (event.fact for event in engine.subscribe() if isinstance(event.fact, CustodyOrphaned))
    assert (orphaned.holder, orphaned.reason, orphaned.to) == (town.captain, "lost", "duty-desk")
    assert [line.custody for line in engine.custody_of(HERE, town.volunteer)] == [other]
    before = engine.position()
    engine.orphan_custody(HERE, lost, holder=town.captain, reason="lost")
    assert engine.position() == before
