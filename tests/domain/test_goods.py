"""Goods on a leg: set out, picked up, placed, handed over, received, refused, missing; always in somebody's hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.carrying import (
    ArriveAtLeg,
    HandOverGoods,
    PickUpGoods,
    PlaceGoods,
    RefuseGoods,
    StartLeg,
)
from dispatch.domain.decider import Changes
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.goods import (
    Carried,
    Goods,
    GoodsFound,
    GoodsHandedOver,
    GoodsMissing,
    GoodsPickedUp,
    GoodsPlaced,
    GoodsReceived,
    GoodsWaited,
    HandedOver,
    Missing,
    Placed,
    TurnedBack,
    WithRecipient,
)
from dispatch.domain.help_request import Confirmed, Delivered, RequestEscalated
from dispatch.domain.intake import CancelRequest
from dispatch.domain.leg import Done, EnRoute, Failed, OnScene, Taken, Waiting
from dispatch.domain.offer import RequeueLeg
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.receiving import CallForGoods, FindGoods, MissGoods, ReceiveGoods, ReportMissing, waits_until
from dispatch.domain.values import SYSTEM, Command, ControlLevel, Point, ResponderId
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    IN_TOWER,
    T0,
    WORKER,
    accepts,
    actor,
    after,
    asked,
    calls,
    completes,
    controls,
    leg_of,
    releases,
    request_at,
    request_of_town,
    said,
    town,
)

BUYER, CAPTAIN = "r-worker", "r-captain"
WAIT = timedelta(seconds=EVERYDAY.shelf_wait_s)


def of_leg(kind: type[Command], who: str = BUYER, leg: str = "outside", **fields: Any) -> Any:
    """Return what somebody says of a leg they have taken."""
    shape: dict[str, Any] = {"by": actor(who), "request": "q-1", "leg": leg, "responder": who}
    return said(kind, **(shape | fields))


def of_request(kind: type[Command], **fields: Any) -> Any:
    """Return what Li says of the goods for her."""
    shape: dict[str, Any] = {"by": actor("p-li"), "request": "q-1"} | fields
    return said(kind, **shape)


def taken(*more: Command) -> Given:
    """Return the town in which the worker goes for Li's medicine, with more said."""
    return asked(town().and_then(calls()), "outside", BUYER).and_then(accepts(BUYER), *more)


def on_shelf(*more: Command, **fields: Any) -> Given:
    """Return the town in which the medicine lies on the shelf in bag A-7."""
    return taken(of_leg(PickUpGoods, seals=("A-7",)), of_leg(PlaceGoods, **fields), *more)


def with_captain(*more: Command) -> Given:
    """Return the town in which the captain goes to fetch it from there."""
    return asked(on_shelf(), "inside", CAPTAIN).and_then(accepts(CAPTAIN, 2), *more)


def inside(kind: type[Command], **fields: Any) -> Any:
    """Return what the captain says of the leg to the door."""
    return of_leg(kind, CAPTAIN, "inside", **fields)


def at_door(*more: Command) -> Given:
    """Return the town in which the captain has the bag in hand."""
    return with_captain(inside(PickUpGoods, seals=("A-7",)), *more)


def goods_of(given: Given) -> Goods:
    """Return the goods of the request."""
    goods = request_of_town(given).goods
    assert goods is not None
    return goods


HAPPENS: dict[str, tuple[Given, Command, list[str]]] = {
    "sets out": (taken(), of_leg(StartLeg), ["LegStarted"]),
    "arrives": (taken(), of_leg(ArriveAtLeg), ["LegArrived"]),
    "arrives after setting out": (taken(of_leg(StartLeg)), of_leg(ArriveAtLeg), ["LegArrived"]),
    "picks up": (taken(), of_leg(PickUpGoods), ["GoodsPickedUp"]),
    "places": (taken(of_leg(PickUpGoods)), of_leg(PlaceGoods), ["GoodsPlaced", "LegDone", "LoadReleased"]),
    "places at once": (taken(), of_leg(PlaceGoods, point=Point.GATE), ["GoodsPlaced", "LegDone", "LoadReleased"]),
    "hands over": (
        taken(),
        of_leg(HandOverGoods, to="r-lead", point=Point.GATE),
        ["GoodsHandedOver", "LegDone", "LoadReleased"],
    ),
    "takes from the shelf": (with_captain(), inside(PickUpGoods, seals=("A-7",)), ["GoodsPickedUp"]),
    "left at the door": (at_door(), inside(PlaceGoods), ["GoodsPlaced", "LegDone", "RequestDelivered", "LoadReleased"]),
    "is refused": (
        at_door(),
        inside(RefuseGoods, reason="not_wanted"),
        ["GoodsRefused", "LegFailed", "RequestEscalated", "LoadReleased"],
    ),
    "is refused by hand": (
        asked(taken(of_leg(HandOverGoods, to=CAPTAIN, point=Point.GATE)), "inside", CAPTAIN).and_then(
            accepts(CAPTAIN, 2)
        ),
        inside(RefuseGoods, reason="not_wanted"),
        ["GoodsRefused", "LegFailed", "RequestEscalated", "LoadReleased"],
    ),
    "is missing": (
        with_captain(),
        inside(ReportMissing),
        ["GoodsMissing", "RequestEscalated", "LegFailed", "RequestEscalated", "LoadReleased"],
    ),
    "is received in hand": (at_door(), of_request(ReceiveGoods), ["GoodsReceived"]),
    "is received at the door": (
        at_door(inside(PlaceGoods)),
        of_request(ReceiveGoods, seals=("A-7",)),
        ["GoodsReceived", "ReceiptConfirmed"],
    ),
    "is not at the door": (at_door(inside(PlaceGoods)), of_request(MissGoods), ["GoodsMissing", "RequestEscalated"]),
    "is found again": (
        with_captain(inside(ReportMissing)),
        of_request(FindGoods, by=WORKER, point=Point.GATE),
        ["GoodsFound"],
    ),
    "waits too long": (
        on_shelf(),
        of_request(CallForGoods, by=SYSTEM, placed_at=T0, at=T0 + WAIT),
        ["GoodsWaited"],
    ),
}


@pytest.mark.parametrize("name", HAPPENS)
def test_what_happens(name: str) -> None:
    """Each command records just this."""
    given, command, expected = HAPPENS[name]
    assert kinds_of(given.when(command)) == expected


@pytest.mark.parametrize("name", HAPPENS)
def test_said_again(name: str) -> None:
    """Each command said again records nothing."""
    given, command, _ = HAPPENS[name]
    assert given.and_then(command).when(command) == []


def test_who_only_reports_it_finished_has_said_enough() -> None:
    """No step on the way is asked for: accepted and completed is a whole leg."""
    assert kinds_of(taken().when(completes(BUYER, "outside"))) == ["LegDone", "LoadReleased"]


def test_the_course_of_a_leg() -> None:
    """Taken, on the way, there, done."""
    steps = [taken(), taken(of_leg(StartLeg)), taken(of_leg(StartLeg), of_leg(ArriveAtLeg)), on_shelf()]
    assert [type(leg_of(given, "outside")) for given in steps] == [Taken, EnRoute, OnScene, Done]


def test_setting_out_is_guarded_by_the_control_level() -> None:
    """A zone sealed between yes and start keeps who would enter it from setting out (S5, bad input 57)."""
    given = with_captain(controls(ControlLevel.SEALED, IN_TOWER))
    assert given.refusal(inside(StartLeg)).code == "sealed_needs_clearance"


def test_both_sides_of_a_hand_over_are_recorded() -> None:
    """Across the fence neither crosses: who handed and who took are one event (R6)."""
    handed = of_leg(HandOverGoods, to="r-lead", point=Point.GATE, seals=("B-12",))
    fact = taken().when(handed)[0]
    assert isinstance(fact, GoodsHandedOver)
    assert (fact.giver, fact.taker, fact.point, fact.seals) == (BUYER, "r-lead", Point.GATE, ("B-12",))


def test_the_next_takes_it_from_who_took_it() -> None:
    """Who took it across the fence is who gives it to the captain."""
    given = taken(of_leg(HandOverGoods, to="r-lead", point=Point.GATE, seals=("A-7",)))
    fact = asked(given, "inside", CAPTAIN).and_then(accepts(CAPTAIN, 2)).when(inside(PickUpGoods, seals=("A-7",)))[0]
    assert isinstance(fact, GoodsPickedUp)
    assert (fact.giver, fact.responder) == ("r-lead", CAPTAIN)


REFUSED: dict[str, tuple[Given, Command, str]] = {
    "set out by another": (taken(), of_leg(StartLeg, "r-shopper"), "not_your_leg"),
    "set out for what nobody took": (town().and_then(calls()), of_leg(StartLeg), "leg_not_taken"),
    "set out for nothing": (taken(), of_leg(StartLeg, leg="nowhere"), "unknown_leg"),
    "set out in another's name": (taken(), of_leg(StartLeg, by=actor("r-shopper")), "not_your_offer"),
    "placed after a cancel": (
        taken(said(CancelRequest, request="q-1", reason="mistake")),
        of_leg(PlaceGoods),
        "request_state",
    ),
    "placed at the door of a shelf leg": (taken(), of_leg(PlaceGoods, point=Point.DOOR), "wrong_point"),
    "left at the gate of a door leg": (at_door(), inside(PlaceGoods, point=Point.GATE), "wrong_point"),
    "handed to oneself": (taken(), of_leg(HandOverGoods, to=BUYER), "same_holder"),
    "handed to nobody known": (taken(), of_leg(HandOverGoods, to="r-nobody"), "unknown_responder"),
    "handed to another resident": (taken(), of_leg(HandOverGoods, to="p-wu"), "not_of_this_request"),
    "another bag": (with_captain(), inside(PickUpGoods, seals=("A-8",)), "seal_differs"),
    "one bag too few": (with_captain(), inside(PickUpGoods), "seal_needed"),
    "placed with another number": (at_door(), inside(PlaceGoods, seals=("A-8",)), "seal_differs"),
    "received with another number": (at_door(), of_request(ReceiveGoods, seals=("A-8",)), "seal_differs"),
    "received by another": (at_door(), of_request(ReceiveGoods, by=actor("p-wu")), "not_yours_to_confirm"),
    "missed by another resident": (on_shelf(), of_request(MissGoods, by=actor("p-wu")), "not_your_request"),
    "refused before it was picked up": (with_captain(), inside(RefuseGoods, reason="not_wanted"), "goods_elsewhere"),
    "refused in other hands": (
        asked(taken(of_leg(HandOverGoods, to="r-lead", point=Point.GATE)), "inside", CAPTAIN).and_then(
            accepts(CAPTAIN, 2)
        ),
        inside(RefuseGoods, reason="not_wanted"),
        "goods_elsewhere",
    ),
    "received before it was brought": (taken(), of_request(ReceiveGoods), "no_goods"),
    "missed before it was brought": (taken(), of_leg(ReportMissing), "no_goods"),
    "picked up when missing": (
        asked(
            with_captain(inside(ReportMissing), said(RequeueLeg, request="q-1", leg="inside")), "inside", "r-lead"
        ).and_then(accepts("r-lead", 3)),
        of_leg(PickUpGoods, "r-lead", "inside", seals=("A-7",)),
        "goods_missing",
    ),
    "picked up when received": (at_door(of_request(ReceiveGoods)), inside(RefuseGoods, reason="x"), "goods_received"),
    "found by a volunteer": (
        with_captain(),
        of_request(FindGoods, by=actor(CAPTAIN), point=Point.GATE),
        "not_permitted",
    ),
    "called by a person": (on_shelf(), of_request(CallForGoods, by=WORKER, placed_at=T0), "not_permitted"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """Each is refused by its own name."""
    given, command, code = REFUSED[name]
    assert given.refusal(command).code == code


def test_a_wrong_number_says_who_had_it_last() -> None:
    """The number is checked at each hand-over, and the last holder is named (R3)."""
    refusal = with_captain().refusal(inside(PickUpGoods, seals=("A-8",)))
    assert refusal.fields["holder"] == BUYER
    assert "A-7" in refusal.message


def test_what_is_missing_names_who_had_it_last() -> None:
    """Goods that are not there are recorded with their last holder, and a person is called."""
    missing, called = with_captain().when(inside(ReportMissing))[:2]
    assert isinstance(missing, GoodsMissing)
    assert missing.last_held_by == BUYER
    assert isinstance(called, RequestEscalated)
    assert (called.reason, called.to) == ("goods_missing", "r-worker")


def test_found_goods_are_brought_after_all() -> None:
    """Found at the gate, the failed leg is tried again and ends at the door."""
    found = with_captain(
        inside(ReportMissing),
        of_request(FindGoods, by=WORKER, point=Point.GATE),
        said(RequeueLeg, request="q-1", leg="inside"),
    )
    again = asked(found, "inside", "r-lead").and_then(
        accepts("r-lead", 3),
        of_leg(PickUpGoods, "r-lead", "inside", seals=("A-7",)),
        of_leg(PlaceGoods, "r-lead", "inside"),
    )
    assert isinstance(request_of_town(again), Delivered)


def test_received_in_hand_is_confirmed_with_the_last_leg() -> None:
    """What the resident said at the door counts; nobody asks again when the leg is finished (R7)."""
    facts = at_door(of_request(ReceiveGoods)).when(inside_done())
    assert kinds_of(facts) == ["LegDone", "RequestDelivered", "ReceiptConfirmed", "LoadReleased"]


def inside_done() -> Command:
    """Return the captain's report."""
    return completes(CAPTAIN, "inside", request="q-1")


def test_who_fetches_it_themselves_frees_the_others() -> None:
    """Fetched from the shelf while the captain is on the way: nothing is left to do and he is free (R5)."""
    facts = with_captain().when(of_request(ReceiveGoods))
    assert kinds_of(facts) == [
        "GoodsReceived",
        "LegNotNeeded",
        "RequestDelivered",
        "ReceiptConfirmed",
        "LoadReleased",
    ]
    assert isinstance(request_of_town(with_captain(of_request(ReceiveGoods))), Confirmed)


def test_who_takes_it_after_all_has_it() -> None:
    """Refused at the door and taken after all: the failed leg is not needed any more."""
    facts = at_door(inside(RefuseGoods, reason="not_wanted")).when(of_request(ReceiveGoods))
    assert kinds_of(facts) == ["GoodsReceived", "LegNotNeeded", "RequestDelivered", "ReceiptConfirmed"]


def test_who_is_released_with_goods_in_hand_answers_for_them() -> None:
    """A carrier released mid-route still has the goods; a person is called, and the next takes them from him."""
    facts = at_door().when(releases(CAPTAIN, "inside"))
    assert [fact.reason for fact in facts if isinstance(fact, RequestEscalated)] == ["goods_left_behind"]
    given = at_door(releases(CAPTAIN, "inside"))
    assert isinstance(leg_of(given, "inside"), Waiting)
    assert (type(goods_of(given)), goods_of(given).holder) == (Carried, CAPTAIN)
    next_one = asked(given, "inside", "r-lead").and_then(accepts("r-lead", 3))
    assert next_one.refusal(of_leg(PlaceGoods, "r-lead", "inside")).code == "goods_elsewhere"
    fact = next_one.when(of_leg(PickUpGoods, "r-lead", "inside", seals=("A-7",)))[0]
    assert isinstance(fact, GoodsPickedUp)
    assert fact.giver == CAPTAIN


def test_a_cancel_with_goods_on_the_way_calls_a_person() -> None:
    """Cancelled while the bag is on the way: the carrier is free, has it still; a person is called (51)."""
    cancel = said(CancelRequest, request="q-1", reason="mistake")
    assert kinds_of(at_door().when(cancel)) == ["RequestEscalated", "RequestCancelled", "LoadReleased"]
    assert kinds_of(taken().when(cancel)) == ["RequestCancelled", "LoadReleased"]
    assert goods_of(at_door(cancel)).holder == CAPTAIN


def test_a_release_without_goods_calls_nobody() -> None:
    """Who has nothing in hand is released as ever."""
    assert kinds_of(with_captain().when(releases(CAPTAIN, "inside"))) == ["LegReleased", "LoadReleased"]


@pytest.mark.parametrize(
    ("given", "command"),
    [
        pytest.param(on_shelf(), of_request(CallForGoods, by=SYSTEM, placed_at=T0, at=after(1)), id="too early"),
        pytest.param(
            on_shelf(), of_request(CallForGoods, by=SYSTEM, placed_at=after(-9), at=T0 + WAIT), id="another placing"
        ),
        pytest.param(
            with_captain(), of_request(CallForGoods, by=SYSTEM, placed_at=T0, at=T0 + WAIT), id="somebody is coming"
        ),
        pytest.param(
            at_door(), of_request(CallForGoods, by=SYSTEM, placed_at=T0, at=T0 + WAIT), id="taken up in between"
        ),
        pytest.param(
            at_door(inside(PlaceGoods)),
            of_request(CallForGoods, by=SYSTEM, placed_at=T0, at=T0 + WAIT),
            id="at the door",
        ),
    ],
)
def test_nobody_is_called(given: Given, command: Command) -> None:
    """A late or mistaken timer changes nothing."""
    assert given.when(command) == []


def test_each_placing_calls_once() -> None:
    """Once called, nobody is called again for the same placing."""
    given = on_shelf(of_request(CallForGoods, by=SYSTEM, placed_at=T0, at=T0 + WAIT))
    assert waits_until(request_of_town(given), EVERYDAY) is None
    assert goods_of(given).called


def test_there_is_always_a_holder() -> None:
    """In every state somebody is named."""
    states = [
        goods_of(given)
        for given in (
            at_door(),
            on_shelf(),
            taken(of_leg(HandOverGoods, to="r-lead")),
            at_door(inside(RefuseGoods, reason="not_wanted")),
            at_door(of_request(ReceiveGoods)),
            with_captain(inside(ReportMissing)),
        )
    ]
    assert [type(state) for state in states] == [Carried, Placed, HandedOver, TurnedBack, WithRecipient, Missing]
    assert [state.holder for state in states] == [CAPTAIN, BUYER, "r-lead", CAPTAIN, "p-li", BUYER]


def test_a_failed_leg_keeps_its_goods() -> None:
    """Refused at the door, the bag is still the captain's to answer for."""
    given = at_door(inside(RefuseGoods, reason="not_wanted"))
    assert isinstance(leg_of(given, "inside"), Failed)
    assert goods_of(given).seals == ("A-7",)


IMPOSSIBLE = [
    (taken(), GoodsWaited(to="r-worker", placed_at=T0, called_at=T0)),
    (taken(), GoodsReceived(by="p-li", giver=BUYER, received_at=T0)),
    (on_shelf(), GoodsMissing(last_held_by="r-lead", reported_by="p-li", missed_at=T0)),
    (on_shelf(), GoodsFound(by="r-worker", point=Point.GATE, found_at=T0)),
    (
        at_door(of_request(ReceiveGoods)),
        GoodsPlaced(leg="inside", responder=ResponderId(CAPTAIN), point=Point.DOOR, placed_at=T0),
    ),
]


@pytest.mark.parametrize(("given", "event"), IMPOSSIBLE)
def test_an_impossible_history_stops(given: Given, event: Any) -> None:
    """An event that cannot follow is a damaged journal."""
    with pytest.raises(CorruptHistory):
        given.record((Changes(request_at("q-1"), (event,)),))
