"""
Line items: what exactly is to be bought, and what became of each (R3).

Wanted → Found, Unfound (nowhere else to look) or Dropped. What it is called is sealed; in clear is
only what decisions need: how many, whether another may be brought instead, whether a doctor must
agree first. Items lie on the stream of their request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import Field

from .decider import as_stage
from .errors import impossible
from .leg import Leg
from .values import Account, Code, Fact, Instant, Label, Point, ResponderId, Sealed

ITEMS_MAX = 30
QUANTITY_MAX = 999

ItemNumber = Annotated[int, Field(ge=1, le=ITEMS_MAX)]
Quantity = Annotated[int, Field(ge=1, le=QUANTITY_MAX)]


@dataclass(frozen=True, slots=True)
class LineItem:
    """
    Base of the states of one item.

    Attributes
    ----------
    number
        Its number within the request, from 1.
    no_substitution
        Only this brand; nothing else may be brought instead.
    needs_doctor
        A doctor confirms it with the patient before anybody is sent for it.
    confirmed_by
        The doctor who did.
    looked
        Places where it was not found, in the order of the search.
    place, substituted
        Of a found one: where, and whether it is another brand.
    """

    number: int
    quantity: int
    no_substitution: bool
    needs_doctor: bool
    confirmed_by: str | None = None
    looked: tuple[str, ...] = ()
    place: str | None = None
    substituted: bool = False

    @property
    def awaits_doctor(self) -> bool:
        """Tell whether a doctor must still agree."""
        return isinstance(self, Wanted) and self.needs_doctor and self.confirmed_by is None


class Wanted(LineItem):
    """To be looked for."""

    __slots__ = ()


class Found(LineItem):
    """Bought."""

    __slots__ = ()


class Unfound(LineItem):
    """Not to be had at any place that there is."""

    __slots__ = ()


class Dropped(LineItem):
    """Not wanted any more, or a doctor did not agree."""

    __slots__ = ()


Items = tuple[LineItem, ...]


class ItemAdded(Fact):
    """Something to be bought was written down; what it is called is sealed under the beneficiary's key."""

    TOPIC: ClassVar[str] = "request.item_added"
    number: ItemNumber
    wanted: Sealed | None = None
    quantity: Quantity
    no_substitution: bool
    needs_doctor: bool
    added_at: Instant


class ItemConfirmed(Fact):
    """A doctor agreed to it with the patient."""

    TOPIC: ClassVar[str] = "request.item_confirmed"
    number: ItemNumber
    by: Account
    confirmed_at: Instant


class ItemDropped(Fact):
    """It is not wanted any more, or a doctor did not agree."""

    TOPIC: ClassVar[str] = "request.item_dropped"
    number: ItemNumber
    reason: Code
    dropped_at: Instant


class ItemNotFound(Fact):
    """It was not found at one place; the search goes on."""

    TOPIC: ClassVar[str] = "request.item_not_found"
    leg: Code
    number: ItemNumber
    place: Label
    responder: ResponderId
    looked_at: Instant


class ItemGivenUp(Fact):
    """There is nowhere else to look for it."""

    TOPIC: ClassVar[str] = "request.item_given_up"
    leg: Code
    number: ItemNumber
    given_up_at: Instant


class ItemFound(Fact):
    """It was bought: where, and whether it is another brand than the one asked for."""

    TOPIC: ClassVar[str] = "request.item_found"
    leg: Code
    number: ItemNumber
    place: Label
    substituted: bool
    responder: ResponderId
    found_at: Instant


ITEM_FACTS: tuple[type[Fact], ...] = (ItemAdded, ItemConfirmed, ItemDropped, ItemNotFound, ItemGivenUp, ItemFound)


def evolve_items(items: Items, event: Fact) -> Items:
    """Return the items after one of their events; an impossible pair is a damaged journal."""
    if isinstance(event, ItemAdded):
        if event.number != len(items) + 1:
            raise impossible(event, items)
        return (*items, Wanted(event.number, event.quantity, event.no_substitution, event.needs_doctor))
    number = getattr(event, "number", 0)
    old = item_of(items, number)
    if old is None:
        raise impossible(event, items)
    return tuple(_evolve(old, event) if item is old else item for item in items)


def _evolve(item: LineItem, event: Fact) -> LineItem:
    match item, event:
        case Wanted(), ItemConfirmed():
            return replace(item, confirmed_by=event.by)
        case Wanted(), ItemDropped():
            return as_stage(LineItem, Dropped, item)
        case Wanted(), ItemNotFound():
            return replace(item, looked=(*(place for place in item.looked if place != event.place), event.place))
        case Wanted(), ItemGivenUp():
            return as_stage(LineItem, Unfound, item)
        case Wanted() | Unfound(), ItemFound() if not (item.no_substitution and event.substituted):
            return as_stage(LineItem, Found, replace(item, place=event.place, substituted=event.substituted))
        case _:
            raise impossible(event, item)


def looked_for_again(items: Items) -> Items:
    """Return the items when a person has the search begun anew: every place may be asked again."""
    return tuple(
        as_stage(LineItem, Wanted, replace(item, looked=())) if isinstance(item, Unfound) else item for item in items
    )


def item_of(items: Items, number: int) -> LineItem | None:
    """Return an item by its number."""
    return items[number - 1] if 1 <= number <= len(items) else None


def buys(leg: Leg) -> bool:
    """Tell whether a leg is the one on which things are bought: it begins at a shop or pharmacy."""
    return leg.plan.origin is Point.SHOP


def await_doctor(items: Iterable[LineItem]) -> bool:
    """Tell whether nobody may be sent yet, because a doctor must agree first (R3)."""
    return any(item.awaits_doctor for item in items)


def open_items(items: Iterable[LineItem]) -> tuple[int, ...]:
    """Return the numbers of the items that nobody has found or given up."""
    return tuple(item.number for item in items if isinstance(item, Wanted))


def nothing_to_be_had(items: Iterable[LineItem]) -> bool:
    """Tell whether everything that was wanted is not to be had (R3)."""
    asked = [item for item in items if not isinstance(item, Dropped)]
    return bool(asked) and all(isinstance(item, Unfound) for item in asked)
