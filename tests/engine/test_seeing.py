"""What each role sees of the board, the timeline and the own work; nothing that it does not need."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

import pytest

from dispatch import Actor, RequestId, ResidentId
from dispatch.engine.seeing import MyLeg
from tests.engine.town import HERE, TOWER, WALK_UP, Town, by, refusal_of


def seen(town: Town, actor: Actor) -> set[RequestId]:
    """Return the requests on the board with somebody's eyes."""
    return {line.request for line in town.engine.board_for(HERE, by=actor)}


def three(town: Town) -> tuple[RequestId, RequestId, RequestId]:
    """Open a request in the tower, one in the walk-up, and one in the tower that few may see."""
    return town.open("garbage"), town.open("garbage", beneficiary=town.high), town.open("counselling")


def test_a_captain_sees_the_own_floor(quick: Town) -> None:
    """One floor, and nothing of a restricted kind (R34)."""
    low, _, _ = three(quick)
    assert seen(quick, by(quick.captain, "floor_captain")) == {low}


def test_a_resident_sees_the_own_requests(quick: Town) -> None:
    """Their own, also of a restricted kind, and nobody else's."""
    low, high, private = three(quick)
    assert seen(quick, by(quick.resident, "resident")) == {low, private}
    assert seen(quick, by(quick.high, "resident")) == {high}


@pytest.mark.parametrize(("role", "sees_private"), [("community_worker", True), ("counsellor", True), ("cadre", False)])
def test_restricted_kinds_are_for_named_roles(quick: Town, role: str, *, sees_private: bool) -> None:
    """Counselling is seen by counsellors and community workers (R17)."""
    low, high, private = three(quick)
    quick.engine.grant(HERE, "desk-2", role)
    expected = {low, high, private} if sees_private else {low, high}
    assert seen(quick, by("desk-2", role)) == expected


def test_who_works_on_it_sees_it(quick: Town) -> None:
    """Whoever is asked for a leg sees that request, restricted or not, and no other of the kind."""
    counsellor = quick.engine.register_responder(HERE, "counsellor", scope=TOWER)
    private = quick.open("counselling")
    quick.tick()
    assert private in seen(quick, by(counsellor, "counsellor"))


def test_an_account_sees_the_places_it_holds(quick: Town) -> None:
    """A grant over the walk-up shows the walk-up."""
    _, high, _ = three(quick)
    quick.engine.grant(HERE, "desk-2", "cadre", scope=WALK_UP)
    assert seen(quick, by("desk-2", "cadre")) == {high}


def test_an_auditor_sees_ids_and_opens_nothing(quick: Town) -> None:
    """Read-only, pseudonyms only (R33)."""
    low, high, _ = three(quick)
    inspector = by("inspector", "auditor")
    assert refusal_of(partial(quick.engine.board_for, HERE, by=inspector)).code == "role_not_held"
    quick.engine.grant(HERE, "inspector", "auditor")
    assert seen(quick, inspector) == {low, high}
    assert quick.engine.timeline_for(HERE, low, by=inspector)
    refused = refusal_of(partial(quick.engine.reveal, HERE, low, purpose="look", by=inspector))
    assert refused.code == "not_permitted"


def test_the_timeline_of_what_is_not_theirs(quick: Town) -> None:
    """Asked for by id, it is refused; one's own is not."""
    low, high, _ = three(quick)
    captain = by(quick.captain, "floor_captain")
    assert quick.engine.timeline_for(HERE, low, by=captain)
    assert refusal_of(partial(quick.engine.timeline_for, HERE, high, by=captain)).code == "not_yours_to_see"


def test_what_is_over_is_for_the_desk_and_auditors(quick: Town) -> None:
    """A closed request is on no captain's floor any more."""
    low, _, _ = three(quick)
    quick.engine.cancel(HERE, low, reason="mistake")
    captain = by(quick.captain, "floor_captain")
    assert refusal_of(partial(quick.engine.timeline_for, HERE, low, by=captain)).code == "not_yours_to_see"
    assert quick.engine.timeline_for(HERE, low, by=by("desk", "community_worker"))


def test_my_work_is_what_i_am_asked_for_and_no_note(quick: Town) -> None:
    """The current leg with place and deadline; note, name and door open with a taken leg and a purpose (P4)."""
    request = quick.open("garbage", note="门口两袋")
    captain = by(quick.captain, "floor_captain")
    assert quick.engine.my_work(HERE, by=captain) == ()
    offer = quick.tick()[f"{request}/inside"]
    (mine,) = quick.engine.my_work(HERE, by=captain)
    assert (mine.request, mine.offer, mine.taken, mine.answer_by) == (request, offer.offer, False, offer.answer_by)
    quick.engine.accept(HERE, offer.offer, by=captain)
    (mine,) = quick.engine.my_work(HERE, by=captain)
    assert (mine.taken, mine.answer_by) == (True, None)
    assert {field.name for field in fields(MyLeg)}.isdisjoint({"note", "name", "phone", "door", "beneficiary"})


@pytest.mark.parametrize("who", ["p-0", "r-0", "desk-9"])
def test_who_holds_nothing_sees_nothing(quick: Town, who: str) -> None:
    """Deny by default, for reading too."""
    role = "resident" if who.startswith("p-") else "cadre"
    for look in (quick.engine.board_for, quick.engine.my_work):
        assert refusal_of(partial(look, HERE, by=by(ResidentId(who), role))).code == "role_not_held"
