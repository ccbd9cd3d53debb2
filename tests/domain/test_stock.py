"""Supply lots: nothing goes out that is not there, and everything that went out is somebody's."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain import stock
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory, Refused, Unknown
from dispatch.domain.intake import CancelRequest
from dispatch.domain.stock import lot_stream
from dispatch.domain.supply_lot import (
    ClosedLot,
    DistributionEnded,
    DistributionPlanned,
    LotClosed,
    LotCounted,
    LotIssued,
    LotReceived,
    LotReservationFreed,
    LotReserved,
    LotReturned,
    SupplyLot,
    evolve,
)
from dispatch.domain.values import SYSTEM, Command, Fact, LotId, Place, RequestId, ResidentId
from tests.domain.given import Given
from tests.domain.town import EVERYWHERE, RIVERSIDE, T0, actor, calls, place, said, town

PACKS = LotId("l-packs")
WORKER = actor("r-worker")


def about(kind: type[Command], **fields: Any) -> Command:
    """Return a command of a worker about the lot."""
    told: Command = said(kind, by=WORKER, lot=PACKS, **fields)
    return told


def received(quantity: int = 10, where: Place = EVERYWHERE) -> Command:
    """Return the taking in of vegetable packs."""
    return about(
        stock.ReceiveLot, item="vegetable_pack", unit="pack", quantity=quantity, source="government", place=where
    )


def issued(resident: str, quantity: int = 1, *, before: int = 0, request: str | None = None) -> Command:
    """Return a handing out."""
    return about(stock.IssueFromLot, resident=resident, quantity=quantity, before=before, request=request)


def lot(given: Given) -> SupplyLot:
    """Return the account."""
    state = given.read(lot_stream(RIVERSIDE, PACKS))
    assert isinstance(state, SupplyLot)
    return state


def stocked(*more: Command, quantity: int = 10) -> Given:
    """Return the town with a lot and an open request q-1 of Li's."""
    return town().and_then(calls("q-1"), received(quantity), *more)


def reserved(quantity: int = 4) -> Command:
    """Return the setting aside for q-1."""
    return about(stock.ReserveFromLot, request="q-1", quantity=quantity)


def owed(*residents: str, each: int = 2) -> Command:
    """Return a distribution."""
    return about(stock.PlanDistribution, residents=residents, each=each)


EVENTS: list[tuple[str, tuple[Command, ...], Command, list[type[Fact]]]] = [
    ("goods are set aside", (), reserved(), [LotReserved]),
    ("set aside twice is once", (reserved(),), reserved(), []),
    ("what was set aside is freed", (reserved(),), about(stock.FreeReservation, request="q-1"), [LotReservationFreed]),
    ("freed twice is once", (), about(stock.FreeReservation, request="q-1"), []),
    ("units are handed out", (), issued("p-li", 3), [LotIssued]),
    ("handed out twice is once", (issued("p-li", 3),), issued("p-li", 3), []),
    ("more is handed out later", (issued("p-li", 3),), issued("p-li", 2, before=3), [LotIssued]),
    (
        "units come back",
        (issued("p-li", 3),),
        about(stock.ReturnToLot, resident="p-li", quantity=1, before=3),
        [LotReturned],
    ),
    (
        "come back twice is once",
        (issued("p-li", 3), about(stock.ReturnToLot, resident="p-li", quantity=1, before=3)),
        about(stock.ReturnToLot, resident="p-li", quantity=1, before=3),
        [],
    ),
    ("the shelf is counted", (), about(stock.CountLot, counted=8, reason="spoiled"), [LotCounted]),
    ("a count that agrees says nothing", (), about(stock.CountLot, counted=10, reason="spoiled"), []),
    ("a distribution begins", (), owed("p-li", "p-wu"), [DistributionPlanned]),
    ("begun twice is once", (owed("p-li", "p-wu"),), owed("p-li", "p-wu"), []),
    ("a distribution ends", (owed("p-li"),), about(stock.EndDistribution, reason="enough"), [DistributionEnded]),
    ("ended twice is once", (), about(stock.EndDistribution, reason="enough"), []),
    ("a lot is closed", (), about(stock.CloseLot, reason="used_up"), [LotClosed]),
    ("closed twice is once", (about(stock.CloseLot, reason="used_up"),), about(stock.CloseLot, reason="used_up"), []),
]


@pytest.mark.parametrize(("past", "command", "events"), [row[1:] for row in EVENTS], ids=[row[0] for row in EVENTS])
def test_what_is_recorded(past: tuple[Command, ...], command: Command, events: list[type[Fact]]) -> None:
    """Each command says its event, and said again nothing."""
    assert [type(fact) for fact in stocked(*past).when(command)] == events


REFUSED: list[tuple[str, tuple[Command, ...], Command, str]] = [
    ("the same id", (), received(), "lot_exists"),
    ("more than is there", (), issued("p-li", 11), "not_enough_in_lot"),
    ("what is set aside for another", (reserved(8),), issued("p-wu", 3), "not_enough_in_lot"),
    ("what is owed to another", (owed("p-li", each=9),), issued("p-wu", 2), "not_enough_in_lot"),
    ("setting aside too much", (), reserved(11), "not_enough_in_lot"),
    ("another number for one request", (reserved(4),), reserved(5), "reserved_already"),
    ("somebody handed out meanwhile", (issued("p-li", 2),), issued("p-li", 3), "issued_meanwhile"),
    (
        "more comes back than went out",
        (issued("p-li", 2),),
        about(stock.ReturnToLot, resident="p-li", quantity=3, before=2),
        "not_enough_in_lot",
    ),
    ("too much for all", (), owed("p-li", "p-wu", each=6), "not_enough_in_lot"),
    ("somebody twice on the list", (), owed("p-li", "p-li"), "named_twice"),
    ("a second distribution", (owed("p-li"),), owed("p-wu"), "distribution_under_way"),
    ("closing while something is owed", (owed("p-li"),), about(stock.CloseLot, reason="used_up"), "lot_owes"),
    ("a closed lot", (about(stock.CloseLot, reason="used_up"),), issued("p-li"), "lot_closed"),
]


@pytest.mark.parametrize(("past", "command", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """Nothing goes out twice, and nothing that is somebody else's."""
    assert stocked(*past).refusal(command).code == code


def test_units_go_first_from_what_is_theirs() -> None:
    """Set aside first, then owed, then free; each part of the account says so."""
    given = stocked(reserved(3), owed("p-li", each=2)).and_then(issued("p-li", 6, request="q-1"))
    account = lot(given)
    assert (account.on_hand, account.reserved, account.due, account.issued) == (4, {}, {}, {"p-li": 6})
    assert account.free == 4


def test_a_count_below_what_is_promised_leaves_nothing_free() -> None:
    """The shelf is right, the promises stay: whoever has one is served as long as there is something."""
    given = stocked(reserved(6)).and_then(about(stock.CountLot, counted=4, reason="spoiled"))
    assert lot(given).free == -2
    assert given.refusal(issued("p-wu", 1)).fields["available"] == 0
    assert lot(given.and_then(issued("p-li", 4, request="q-1"))).on_hand == 0


def test_goods_are_set_aside_for_open_requests_only() -> None:
    """A request that nobody knows, or that is over, takes nothing from others."""
    with pytest.raises(Unknown):
        stocked().decide(about(stock.ReserveFromLot, request="q-9", quantity=1))
    over = stocked().and_then(said(CancelRequest, by=WORKER, request="q-1", reason="mistake"))
    assert over.refusal(reserved()).code == "request_over"


def test_a_place_that_is_not_there() -> None:
    """Goods lie somewhere in the register."""
    with pytest.raises(Refused):
        town().decide(received(where=place(building="b-nowhere")))


def test_the_machine_frees_what_is_set_aside() -> None:
    """A reservation may be freed by System, whose timer does so when the request is over."""
    freed = said(stock.FreeReservation, by=SYSTEM, lot=PACKS, request="q-1")
    assert [type(fact) for fact in stocked(reserved()).when(freed)] == [LotReservationFreed]


@pytest.mark.parametrize(
    "event",
    [
        LotReserved(request=RequestId("q-1"), quantity=1, reserved_at=T0),
        LotIssued(resident=ResidentId("p-li"), quantity=1, issued_at=T0),
        LotClosed(reason="used_up", closed_at=T0),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_before_the_goods_came_is_damage(event: Fact) -> None:
    """What cannot follow stops."""
    with pytest.raises(CorruptHistory):
        evolve(ABSENT, event)


def test_an_event_after_the_end_is_damage() -> None:
    """A closed account stays closed."""
    first = LotReceived(item="rice", unit="bag", quantity=1, source="bought", place=EVERYWHERE, received_at=T0)
    closed = fold(evolve, [first, LotClosed(reason="used_up", closed_at=T0)])
    assert isinstance(closed, ClosedLot)
    with pytest.raises(CorruptHistory):
        evolve(closed, LotReserved(request=RequestId("q-1"), quantity=1, reserved_at=T0))
