"""The course of a leg through the façade: goods from hand to hand, items looked for, calls for what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch import EVERYDAY, Item, Refused, RequestId
from dispatch.domain.goods import GoodsMissing
from tests.engine.town import HERE, Town, by, refusal_of

ASPIRIN = Item("阿司匹林肠溶片 100毫克", no_substitution=True)


def fetched(town: Town, *items: Item) -> RequestId:
    """Open a request for medicine and let the cadre take its first leg."""
    request = town.open("medicine", items=items)
    town.engine.accept(HERE, town.tick()[f"{request}/outside"].offer)
    return request


def test_a_bag_goes_from_the_shop_to_the_door(town: Town) -> None:
    """Bought, put on the shelf, taken up with its number read, received in hand: one confirmation is enough."""
    engine, request = town.engine, fetched(town)
    engine.start_leg(HERE, request, "outside")
    engine.arrive(HERE, request, "outside")
    engine.pick_up_goods(HERE, request, "outside", seals=["A-7"])
    (buyer,) = [ask.responder for leg in town.request(request).legs for ask in leg.asks]
    engine.place_goods(HERE, request, "outside")
    engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    with pytest.raises(Refused) as caught:
        engine.pick_up_goods(HERE, request, "inside", seals=["A-8"])
    assert (caught.value.code, caught.value.fields["holder"]) == ("seal_differs", buyer)
    engine.pick_up_goods(HERE, request, "inside", seals=["A-7"])
    engine.take_delivery(HERE, request, by=by(town.resident, "resident"))
    engine.complete(HERE, request, "inside")
    assert town.stage(request) == "Confirmed"


def test_goods_that_wait_call_a_person_once(town: Town) -> None:
    """Nobody comes for what lies on the shelf: the duty contact is called once, by the timer (R5)."""
    request = fetched(town)
    town.engine.isolate_responder(HERE, town.captain)
    town.engine.place_goods(HERE, request, "outside")
    town.engine.tick()
    due = town.clock() + timedelta(seconds=EVERYDAY.shelf_wait_s)
    town.clock.forward(minutes=EVERYDAY.shelf_wait_s / 60 - 1)
    town.engine.tick()
    assert "request.goods_waited" not in town.topics()
    town.clock.now = due
    town.engine.tick()
    town.clock.forward(hours=1)
    town.engine.tick()
    assert town.topics().count("request.goods_waited") == 1


def test_an_item_is_sealed_and_opened_with_its_request(town: Town) -> None:
    """What is to be bought stands nowhere in clear; who goes for it may read it."""
    request = fetched(town, ASPIRIN)
    assert all("阿司匹林" not in repr(event.fact) for event in town.engine.subscribe())
    assert town.engine.reveal(HERE, request, purpose="delivery")["item_1"] == ASPIRIN.wanted


def test_who_brings_the_bag_reads_no_medicine(town: Town) -> None:
    """The captain gets door and telephone for the leg to the door, and not what is in the bag (R3)."""
    request = fetched(town, ASPIRIN)
    town.engine.item_found(HERE, request, 1, place="Pharmacy")
    town.engine.place_goods(HERE, request, "outside")
    town.engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    shown = town.engine.reveal(HERE, request, purpose="delivery", by=by(town.captain, "floor_captain"))
    assert "phone" in shown
    assert "item_1" not in shown
    assert "item_1" in town.engine.reveal(HERE, request, purpose="delivery")


def test_a_search_ends_in_the_third_pharmacy(town: Town) -> None:
    """Two places have it not, the third has; another brand is refused."""
    engine, request = town.engine, fetched(town, ASPIRIN)
    engine.item_not_found(HERE, request, 1, place="社区药店")
    engine.item_not_found(HERE, request, 1, place="City Pharmacy")
    with pytest.raises(Refused, match="may not be replaced"):
        engine.item_found(HERE, request, 1, place="Third", substituted=True)
    engine.item_found(HERE, request, 1, place="Third")
    (item,) = engine.request(HERE, request).items
    assert (type(item).__name__, item.looked, item.place) == ("Found", ("社区药店", "City Pharmacy"), "Third")


def test_nobody_is_asked_before_the_doctor_agrees(town: Town) -> None:
    """The gate is closed in the very save that opens the request."""
    request = town.open("medicine", items=[Item("胰岛素", needs_doctor=True)])
    assert town.tick() == {}
    town.engine.confirm_item(HERE, request, 1, on_behalf_of="doctor-1")
    assert list(town.tick()) == [f"{request}/outside"]


def test_items_are_numbered_in_order(town: Town) -> None:
    """The same command again gives the same number."""
    request = town.open("food", items=[Item("米")])
    number = town.engine.add_item(HERE, request, Item("油", quantity=2), command_id="oil")
    assert number == 2
    assert town.engine.add_item(HERE, request, Item("油", quantity=2), command_id="oil") == number
    assert len(town.engine.request(HERE, request).items) == 2


def test_the_same_request_with_its_items_is_one_request(town: Town) -> None:
    """Sent again with its id it is answered and not done again; with other items it is refused."""
    first = town.open("food", items=[Item("米")], command_id="rice")
    assert town.open("food", items=[Item("米")], command_id="rice") == first
    with pytest.raises(Refused) as caught:
        town.open("food", items=[Item("面")], command_id="rice")
    assert caught.value.code == "command_id_reused"


def test_a_batch_opens_requests_with_items(town: Town) -> None:
    """Items are gathered with their requests."""
    with town.engine.batch(HERE) as batch:
        requests = [
            batch.open_request(HERE, "food", beneficiary=town.resident, items=[Item("米"), Item("油")])
            for _ in range(3)
        ]
    assert batch.refused == []
    assert [len(town.request(request).items) for request in requests] == [2, 2, 2]


@pytest.mark.parametrize("items", ["米", [("米", 1)], [Item("")], [Item("米", quantity=0)]])
def test_what_is_no_item_is_refused(town: Town, items: object) -> None:
    """A text, a tuple, an empty name, a quantity of nothing."""
    with pytest.raises(Refused):
        town.open("food", items=items)


def test_a_sealed_zone_mid_route_leaves_the_goods_with_a_name(town: Town) -> None:
    """A zone sealed with the bag on the way: the captain is released, has the bag still, and a person is called."""
    engine, request = town.engine, fetched(town)
    engine.place_goods(HERE, request, "outside")
    engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    engine.pick_up_goods(HERE, request, "inside")
    engine.set_control_level(HERE, "11号楼", "sealed", reason="case_found")
    town.engine.tick()
    state = engine.request(HERE, request)
    assert state.goods is not None
    assert (type(state.goods).__name__, state.goods.holder) == ("Carried", town.captain)
    assert "goods_left_behind" in state.escalated


def test_an_erased_person_leaves_no_item_readable(town: Town) -> None:
    """With the key of the beneficiary the names of the items are gone."""
    request = fetched(town, ASPIRIN)
    town.engine.erase(HERE, town.resident)
    with pytest.raises(Refused, match="erased"):
        town.engine.reveal(HERE, request, purpose="delivery")


def brought(town: Town) -> RequestId:
    """Have food on the shelf and the captain on the way to the door with it."""
    request = town.open("food")
    town.engine.accept(HERE, town.tick()[f"{request}/outside"].offer)
    town.engine.place_goods(HERE, request, "outside")
    town.engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    return request


def test_goods_refused_at_the_door_stay_with_who_brought_them(town: Town) -> None:
    """The leg has failed, the captain still has the bag, and a later try by the same hands delivers it."""
    engine, request = town.engine, brought(town)
    engine.pick_up_goods(HERE, request, "inside")
    engine.refuse_goods(HERE, request, "inside", reason="not_ordered")
    state = town.request(request)
    assert state.goods is not None
    assert (type(state.goods).__name__, state.goods.holder) == ("TurnedBack", town.captain)
    assert type(state.leg("inside")).__name__ == "Failed"
    town.engine.tick()
    assert "leg_failed" in town.request(request).escalated
    before = engine.position()
    engine.refuse_goods(HERE, request, "inside", reason="not_ordered", responder=town.captain)
    assert engine.position() == before


def test_a_bag_that_is_not_on_the_shelf_is_found_again(town: Town) -> None:
    """Who put it there last is named, a person is called; found at the gate, the leg is tried again from there."""
    engine, request = town.engine, brought(town)
    had_it_last = getattr(town.request(request).goods, "holder", None)
    engine.report_missing(HERE, request, "inside")
    (missed,) = (event.fact for event in engine.subscribe() if isinstance(event.fact, GoodsMissing))
    assert (missed.last_held_by, missed.reported_by) == (had_it_last, town.captain)
    assert "goods_missing" in town.request(request).escalated
    engine.find_goods(HERE, request, point="gate")
    found = town.request(request).goods
    assert (type(found).__name__, getattr(found, "point", None)) == ("Placed", "gate")
    engine.requeue(HERE, request, "inside")
    assert f"{request}/inside" in town.tick()


def test_what_was_left_at_the_door_is_missed(town: Town) -> None:
    """The resident says so; nobody else's resident may."""
    engine, request = town.engine, brought(town)
    engine.place_goods(HERE, request, "inside")
    stranger = refusal_of(lambda: engine.miss_goods(HERE, request, by=by(town.high, "resident")))
    assert stranger.code == "not_your_request"
    engine.miss_goods(HERE, request, by=by(town.resident, "resident"))
    assert type(town.request(request).goods).__name__ == "Missing"
    assert "goods_missing" in town.request(request).escalated


def test_an_item_is_dropped_and_the_last_one_is_not(town: Town) -> None:
    """A dropped item is looked for no more; without any item the request is to be cancelled instead."""
    engine, request = town.engine, fetched(town, ASPIRIN, Item("碘伏"))
    engine.drop_item(HERE, request, 2, by=by(town.resident, "resident"))
    assert [type(item).__name__ for item in engine.request(HERE, request).items] == ["Wanted", "Dropped"]
    gone = refusal_of(lambda: engine.item_found(HERE, request, 2, place="Pharmacy"))
    assert gone.code == "item_settled"
    assert refusal_of(lambda: engine.drop_item(HERE, request, 1)).code == "last_item"
    engine.item_found(HERE, request, 1, place="Pharmacy")
    engine.complete(HERE, request, "outside")
    assert type(town.request(request).leg("outside")).__name__ == "Done"
