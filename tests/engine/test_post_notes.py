"""The note that a post is handed over with, through the façade (R26)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch import Refused, ResponderId
from tests.engine.town import HERE, TOWER, Town


def shifts_at_the_gate(town: Town) -> tuple[ResponderId, ResponderId]:
    """Put two people at the gate, one after the other, for two hours each; the first is there now."""
    pair = [town.engine.register_responder(HERE, "cadre", capacity=20) for _ in range(2)]
    for who, hour in zip(pair, (0, 2), strict=True):
        starts_at = town.clock.now + timedelta(hours=hour)
        ends_at = starts_at + timedelta(hours=2)
        town.engine.assign_post(HERE, who, "gate", where=TOWER, starts_at=starts_at, ends_at=ends_at)
    return pair[0], pair[1]


def test_what_is_open_goes_over_with_the_post(town: Town) -> None:
    """Custody, an alarm and an unfinished round are on the note; the remark opens for a purpose."""
    engine, (early, late) = town.engine, shifts_at_the_gate(town)
    card = engine.take_custody(HERE, early, owner=town.resident, what="card")
    alarmed = engine.open_request(HERE, "medicine", beneficiary=town.resident, urgency="life")
    calls = engine.start_round(HERE, [town.resident], callers=[early])
    town.clock.now += timedelta(hours=2)
    draft = engine.post_note_draft(HERE, early, "gate")
    note = engine.give_post_note(HERE, early, "gate", to=late, remark="钥匙在抽屉里")
    assert engine.post_notes(HERE)[note].left == draft
    assert (draft.custody, draft.alarms, draft.rounds, draft.more) == ((card,), (alarmed,), (calls,), 0)
    engine.acknowledge_post_note(HERE, note, responder=late)
    assert engine.post_notes(HERE) == {}
    assert engine.post_note(HERE, note).taken_over_by == late
    assert engine.reveal(HERE, note, purpose="shift") == {"remark": "钥匙在抽屉里"}
    assert "抽屉" not in "".join(event.fact.model_dump_json() for event in engine.subscribe())


def test_goods_on_the_shelf(quick: Town) -> None:
    """What waits in the post's place is told whoever put it there."""
    engine, (early, _) = quick.engine, shifts_at_the_gate(quick)
    request = engine.open_request(HERE, "parcel", beneficiary=quick.resident)
    for offer in engine.tick().offers:
        outside = offer.leg.partition("/")[2]
        engine.accept(HERE, offer.offer)
        engine.start_leg(HERE, request, outside, responder=offer.responder)
        engine.place_goods(HERE, request, outside, point="shelf", responder=offer.responder)
    assert engine.post_note_draft(HERE, early, "gate").shelf == (request,)


def test_a_note_said_twice_is_one(quick: Town) -> None:
    """The same command id gives the same note; taken over twice, nothing new happens."""
    engine, (early, late) = quick.engine, shifts_at_the_gate(quick)
    (note,) = {engine.give_post_note(HERE, early, "gate", command_id="once") for _ in range(2)}
    assert list(engine.post_notes(HERE, post="gate")) == [note]
    assert engine.post_notes(HERE, post="patrol") == {}
    engine.acknowledge_post_note(HERE, note, responder=late)
    assert engine.acknowledge_post_note(HERE, note, responder=late).events == ()


def test_who_was_never_there(quick: Town) -> None:
    """Neither before the shift nor at another post is there anything to hand over."""
    early, late = shifts_at_the_gate(quick)
    for who, post in ((late, "gate"), (early, "patrol")):
        with pytest.raises(Refused) as refused:
            quick.engine.give_post_note(HERE, who, post)
        assert refused.value.code == "was_not_at_this_post"
