"""Requests that wait, are approved, linked, joined to a visit and written about, through the verbs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch import Actor, Dispatch, Refused, RequestId, Role
from tests.engine.town import HERE, Town

WORKER = Actor(id="worker-2", role=Role.COMMUNITY_WORKER)


def another_worker(town: Town) -> Actor:
    """Return a second community worker, who holds the role."""
    town.engine.grant(HERE, WORKER.id, WORKER.role)
    return WORKER


def deliver(town: Town, request: RequestId) -> None:
    """Let a request's legs be offered, accepted and done until it is delivered."""
    for _ in town.request(request).legs:
        for leg, offer in town.tick().items():
            if leg.startswith(request):
                town.engine.accept(HERE, offer.offer)
                town.engine.complete(HERE, request, leg.rpartition("/")[2])
    assert town.stage(request) == "Delivered"


def topics_of(engine: Dispatch, request: RequestId) -> list[str]:
    """Return what happened to a request."""
    told = [line.topic for line in engine.timeline(HERE, about=request)]
    return [topic.removeprefix("request.") for topic in told if topic.startswith("request.")]


def test_nothing_is_shared_out_before_it_is_approved(town: Town) -> None:
    """Childcare waits for a community worker who is not the one that asked (R12)."""
    request = town.open("childcare", beneficiary=town.high)
    assert not town.tick()
    with pytest.raises(Refused, match="asked for it"):
        town.engine.approve(HERE, request)
    town.engine.approve(HERE, request, by=another_worker(town))
    assert set(town.tick()) == {f"{request}/care"}


def test_what_is_not_approved_is_over(quick: Town) -> None:
    """Taken up again it is a new request, which says where it comes from."""
    request = quick.open("childcare")
    quick.engine.refuse_approval(HERE, request, reason="nobody_can", by=another_worker(quick))
    assert quick.stage(request) == "NotApproved"
    again = quick.engine.reopen(HERE, request, reason="misjudged", note="两个孩子", command_id="again-1")
    assert quick.request(again).reopens == request
    assert quick.request(request).reopened_as == again
    assert quick.engine.reveal(HERE, again, purpose="review")["note"] == "两个孩子"
    assert quick.engine.reopen(HERE, request, reason="misjudged", note="两个孩子", command_id="again-1") == again


def test_what_is_written_of_a_request_that_is_over_stops_nobody(quick: Town) -> None:
    """The board has dropped it: a note and its reopening are passed by, and the community goes on."""
    request = quick.open("garbage")
    quick.engine.cancel(HERE, request, reason="not_needed")
    quick.tick()
    quick.engine.add_note(HERE, request, "又有一袋")
    again = quick.engine.reopen(HERE, request, reason="needed_after_all")
    assert set(quick.tick()) == {f"{again}/inside"}
    assert quick.engine.parked() == ()


def test_a_hold_withdraws_offers_and_moves_the_deadline(town: Town) -> None:
    """It ends by itself at its time; the deadline has moved by the pause."""
    request = town.open()
    town.tick()
    due = town.request(request).due_at
    town.clock.forward(minutes=1)
    town.engine.hold(HERE, request, reason="shop_closed", until=town.clock.now + timedelta(hours=3))
    assert not town.tick()
    assert [leg.asks for leg in town.request(request).legs] == [(), ()]
    town.clock.forward(hours=3)
    assert set(town.tick()) == {f"{request}/outside"}
    assert due is not None
    assert town.request(request).due_at == due + timedelta(hours=3)


def test_a_hold_ends_when_somebody_says_so(quick: Town) -> None:
    """Nobody need wait for its time."""
    request = quick.open()
    quick.engine.hold(HERE, request, reason="resident_away")
    quick.engine.resume(HERE, request)
    assert quick.stage(request) == "AwaitingHelp"


def test_a_forgotten_hold_calls_a_person(quick: Town) -> None:
    """A hold without an end is looked at after a day, once (L1)."""
    request = quick.open()
    quick.engine.hold(HERE, request, reason="resident_away")
    quick.clock.forward(hours=23)
    quick.tick()
    assert "escalated" not in topics_of(quick.engine, request)
    quick.clock.forward(hours=2)
    quick.tick()
    quick.clock.forward(hours=2)
    quick.tick()
    assert topics_of(quick.engine, request).count("escalated") == 1


def test_likely_duplicates_are_found_and_never_merged_by_the_machine(town: Town) -> None:
    """A person links what is one; it ends with its original, and its reporter learns how (R1)."""
    first, second = town.open(), town.open(reporter="neighbour-1")
    other = town.open("medicine")
    assert town.engine.likely_duplicates(HERE, second) == (first,)
    assert town.engine.likely_duplicates(HERE, other) == ()
    town.tick()
    assert town.stage(second) == "AwaitingHelp"
    town.engine.link_duplicate(HERE, second, first)
    assert town.engine.likely_duplicates(HERE, first) == ()
    town.engine.cancel(HERE, first, reason="done_by_others")
    assert town.stage(second) == "Merged"
    town.tick()
    assert town.stage(second) == "Closed"
    assert topics_of(town.engine, second)[-1] == "merged_ended"


def test_a_request_comes_after_another(town: Town) -> None:
    """The ride is shared out when the card is there, and not before (R4)."""
    card = town.open("food")
    ride = town.open("medicine", after=[card])
    deliver(town, card)
    assert set(town.tick()) == {f"{ride}/outside"}


def test_who_waits_for_what_never_comes_calls_a_person(town: Town) -> None:
    """A cancelled predecessor is told once; a person drops it, and the request goes on."""
    card, ride = town.open("food"), town.open("medicine")
    town.engine.await_others(HERE, ride, [card])
    town.engine.cancel(HERE, card, reason="not_needed")
    town.tick()
    town.tick()
    assert topics_of(town.engine, ride).count("escalated") == 1
    town.engine.drop_dependency(HERE, ride, card, reason="not_needed_first")
    assert set(town.tick()) == {f"{ride}/outside"}


def test_requests_in_a_circle_are_refused(quick: Town) -> None:
    """Bad input 53: neither would ever begin."""
    one, two = quick.open("food"), quick.open("medicine")
    quick.engine.await_others(HERE, two, [one])
    with pytest.raises(Refused) as refused:
        quick.engine.await_others(HERE, one, [two])
    assert refused.value.code == "circle"


def test_garbage_goes_down_on_the_visit_that_brings_food(town: Town) -> None:
    """One visit, one offer, one climb: nobody is asked for the second errand (R11)."""
    food = town.open("food")
    town.serve(f"{food}/outside", town.tick())
    visit = town.tick()[f"{food}/inside"]
    town.engine.accept(HERE, visit.offer)
    bags = town.open("garbage")
    town.engine.join_visit(HERE, bags, "inside", visit_offer=visit.offer)
    assert not town.tick()
    town.engine.complete(HERE, bags, "inside")
    assert topics_of(town.engine, bags)[3:] == ["leg_joined", "leg_done"]


def test_a_call_follows_an_errand(quick: Town) -> None:
    """The follow-up names what it comes back on (R17)."""
    errand = quick.open("food")
    call = quick.open("check_in", follows=errand)
    assert quick.request(call).follows == errand


def test_a_wrong_line_is_voided_and_both_stay(town: Town) -> None:
    """The outcome was «left there»; the void and the truth stand beside it."""
    request = town.open("check_in")
    offer = town.tick()[f"{request}/visit"]
    town.engine.accept(HERE, offer.offer)
    town.engine.complete(HERE, request, "visit", outcome="left_there")
    town.engine.confirm(HERE, request, on_behalf_of=town.resident)
    town.engine.close_request(HERE, request)
    town.engine.void(HERE, request, 1, reason="misjudged")
    town.engine.record_outcome(HERE, request, "visit", outcome="handed_over")
    record = town.request(request).record
    assert [(line.kind, line.code, line.void is not None) for line in record] == [
        ("outcome", "left_there", True),
        ("confirmation", None, False),
        ("outcome", "handed_over", False),
    ]
    assert town.stage(request) == "Closed"
    assert not town.tick()


def test_proof_is_a_digest_and_the_word_is_the_residents(town: Town) -> None:
    """The log holds neither the photo nor the word; a wrong word is refused (R8)."""
    request = town.open()
    word = town.engine.issue_token(HERE, request, command_id="word-1")
    assert town.engine.issue_token(HERE, request, command_id="word-1") == word
    with pytest.raises(Refused) as refused:
        town.engine.record_proof(HERE, request, word=f"{word}x")
    assert refused.value.code == "wrong_token"
    town.engine.record_proof(HERE, request, word=f" {word.upper()} ")
    town.engine.record_proof(HERE, request, photo=b"JPEG")
    assert [line.code for line in town.request(request).record] == ["token", "photo"]
    stored = "".join(str(event.fact) for event in town.engine.subscribe())
    assert word not in stored
    assert "JPEG" not in stored


def test_a_takeaway_closes_with_a_confirmation(quick: Town) -> None:
    """Left only after receipt is confirmed (R7)."""
    request = quick.open("takeaway")
    deliver(quick, request)
    with pytest.raises(Refused) as refused:
        quick.engine.close_request(HERE, request, reason="left_at_door")
    assert refused.value.code == "confirmation_needed"
    quick.engine.confirm(HERE, request, on_behalf_of=quick.resident)
    quick.engine.close_request(HERE, request)


def test_gifts_are_refused_and_money_spent_is_noted(quick: Town) -> None:
    """What the captain paid at the pharmacy is no payment for the help (R16)."""
    request = quick.open("medicine")
    quick.engine.report_gift(HERE, request, quick.captain, gift="money")
    with pytest.raises(Refused) as refused:
        quick.engine.report_gift(HERE, request, quick.captain, gift="meal", taken=True)
    assert refused.value.code == "gift_taken"
    for _ in range(2):
        quick.engine.note_reimbursement(HERE, request, 3_580, spent_by=quick.captain, receipt=b"receipt")
    assert [line.amount_fen for line in quick.request(request).record] == [0, 3_580]


def test_notes_are_sealed_and_opened_together(quick: Town) -> None:
    """Whoever opens the request's notes opens those that were added too."""
    request = quick.open("food", note="大米")
    quick.engine.add_note(HERE, request, "改要面粉")
    found = quick.engine.reveal(HERE, request, purpose="delivery")
    assert (found["note"], found["note_2"]) == ("大米", "改要面粉")
    with pytest.raises(Refused):
        quick.engine.add_note(HERE, request, "  ")


def test_notes_of_somebody_erased_stay_shut(quick: Town) -> None:
    """After the erasure nothing is added, and a wrong line may still be voided."""
    request = quick.open("food", note="大米")
    quick.engine.add_note(HERE, request, "改要面粉")
    quick.engine.erase(HERE, quick.resident)
    with pytest.raises(Refused) as refused:
        quick.engine.add_note(HERE, request, "再来")
    assert refused.value.code == "erased"
    quick.engine.void(HERE, request, 1, reason="misjudged")
    assert quick.request(request).record[0].void is not None
