"""
Goods: where the things of one request are, and in whose hands (R5, R6).

Carried → Placed at gate or shelf, or HandedOver → Carried by the next → WithRecipient; TurnedBack, Missing.
Kinds whose legs carry nothing, and people who only report a leg finished, have none of it. Goods lie
on the stream of their request, beside its legs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from .errors import impossible
from .values import Account, Code, Fact, Instant, Point, ResponderId

SEALS_MAX = 20

SealNumber = Annotated[str, StringConstraints(pattern=r"^(?:[A-Z]{1,3}-?)?[0-9]{1,7}$")]
"""The number on a closed bag (A2): letters and at most seven digits, so that no phone fits in."""

Seals = Annotated[tuple[SealNumber, ...], Field(max_length=SEALS_MAX)]


@dataclass(frozen=True, slots=True)
class Goods:
    """
    Base of the states of a request's goods.

    Attributes
    ----------
    holder
        Who has them, or had them last: there is always one.
    since
        From when on it is so.
    leg
        The leg that brought them there.
    point
        Where they lie or were handed over.
    seals
        Numbers of the closed bags, in order; none when bags have no numbers.
    called
        Whether a person was called because they wait (R5).
    """

    holder: str
    since: datetime
    leg: str | None = None
    point: Point | None = None
    seals: tuple[str, ...] = ()
    called: bool = False


class Carried(Goods):
    """On the way with who does the leg."""

    __slots__ = ()


class Placed(Goods):
    """Put down at gate, shelf or door; nobody has taken them up."""

    __slots__ = ()


class HandedOver(Goods):
    """Given from hand to hand, across the fence for example; who took them is not yet on the next leg."""

    __slots__ = ()


class TurnedBack(Goods):
    """Not taken at the other side; still with who brought them."""

    __slots__ = ()


class WithRecipient(Goods):
    """Whom they are for has them."""

    __slots__ = ()


class Missing(Goods):
    """Not where they should be; `holder` had them last."""

    __slots__ = ()


class GoodsPickedUp(Fact):
    """Who does a leg took the goods up, from whoever had them before; bags were closed and had these numbers."""

    TOPIC: ClassVar[str] = "request.goods_picked_up"
    leg: Code
    responder: ResponderId
    giver: Account | None = None
    seals: Seals = ()
    picked_up_at: Instant


class GoodsPlaced(Fact):
    """Who did a leg put the goods down."""

    TOPIC: ClassVar[str] = "request.goods_placed"
    leg: Code
    responder: ResponderId
    point: Point
    seals: Seals = ()
    placed_at: Instant


class GoodsHandedOver(Fact):
    """The goods went from hand to hand; neither side crossed the line, and both are written down (R6)."""

    TOPIC: ClassVar[str] = "request.goods_handed_over"
    leg: Code
    giver: ResponderId
    taker: Account
    point: Point
    seals: Seals = ()
    handed_over_at: Instant


class GoodsRefused(Fact):
    """The other side did not take the goods; they stay with who brought them."""

    TOPIC: ClassVar[str] = "request.goods_refused"
    leg: Code
    responder: ResponderId
    reason: Code
    refused_at: Instant


class GoodsReceived(Fact):
    """Whom the goods are for has them (R7)."""

    TOPIC: ClassVar[str] = "request.goods_received"
    by: Account
    giver: Account
    received_at: Instant


class GoodsMissing(Fact):
    """The goods are not where they should be, or not in their bags; who had them last is named (R3, R5)."""

    TOPIC: ClassVar[str] = "request.goods_missing"
    last_held_by: Account
    reported_by: Account
    missed_at: Instant


class GoodsFound(Fact):
    """Missing goods were found, and lie at a point again."""

    TOPIC: ClassVar[str] = "request.goods_found"
    by: Account
    point: Point
    found_at: Instant


class GoodsWaited(Fact):
    """Goods lie at gate or shelf and nobody came for them: a person was called, once for this placing (R5)."""

    TOPIC: ClassVar[str] = "request.goods_waited"
    to: Account
    placed_at: Instant
    called_at: Instant


GOODS_FACTS: tuple[type[Fact], ...] = (
    GoodsPickedUp,
    GoodsPlaced,
    GoodsHandedOver,
    GoodsRefused,
    GoodsReceived,
    GoodsMissing,
    GoodsFound,
    GoodsWaited,
)


def evolve_goods(goods: Goods | None, event: Fact) -> Goods:
    """Return the goods after one of their events; an impossible pair is a damaged journal."""
    match goods, event:
        case (WithRecipient(), _) | (Missing(), GoodsPickedUp() | GoodsPlaced() | GoodsHandedOver() | GoodsReceived()):
            raise impossible(event, goods)
        case Missing(), GoodsFound():
            return Placed(event.by, event.found_at, goods.leg, event.point, goods.seals)
        case Placed(called=False), GoodsWaited() if event.placed_at == goods.since:
            return replace(goods, called=True)
        case None | Carried() | HandedOver(), GoodsRefused() if goods is None or goods.holder == event.responder:
            return TurnedBack(event.responder, event.refused_at, event.leg, seals=goods.seals if goods else ())
        case Goods(), GoodsReceived() if event.giver == goods.holder:
            return WithRecipient(event.by, event.received_at, goods.leg, goods.point, goods.seals)
        case Carried() | Placed() | HandedOver() | TurnedBack(), GoodsMissing() if event.last_held_by == goods.holder:
            return Missing(goods.holder, event.missed_at, goods.leg, goods.point, goods.seals)
        case _, GoodsPickedUp() | GoodsPlaced() | GoodsHandedOver():
            return _moved(event)
        case _:
            raise impossible(event, goods)


def _moved(event: GoodsPickedUp | GoodsPlaced | GoodsHandedOver) -> Goods:
    match event:
        case GoodsPickedUp():
            return Carried(event.responder, event.picked_up_at, event.leg, seals=event.seals)
        case GoodsPlaced():
            return Placed(event.responder, event.placed_at, event.leg, event.point, event.seals)
        case GoodsHandedOver():
            return HandedOver(event.taker, event.handed_over_at, event.leg, event.point, event.seals)
