"""What exactly is to be bought for a request, as a caller gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..domain import shopping
from ..domain.errors import Refused
from ..domain.text import is_blank
from ..domain.values import RequestId, ResidentId
from .given import several
from .plan import Plan


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing to be bought (R3).

    Attributes
    ----------
    wanted
        What it is called, with its brand; sealed under the beneficiary's key.
    quantity
        How many, 1 to 999.
    no_substitution
        Only this; nothing else may be brought instead.
    needs_doctor
        A doctor confirms it with the patient before anybody is sent for it.
    """

    wanted: str
    quantity: int = 1
    no_substitution: bool = False
    needs_doctor: bool = False


def checked_items(given: Iterable[Item]) -> tuple[Item, ...]:
    """Return items as a tuple; refused as ``bad_input`` when they are something else."""
    items = several(given, "items")
    for item in items:
        check_item(item)
    return items


def check_item(item: object) -> None:
    """Refuse an item that says nothing; ``bad_input``."""
    wanted: object = item.wanted if isinstance(item, Item) else None
    if not isinstance(wanted, str) or is_blank(wanted):
        raise Refused("bad_input", "wanted: say what is to be bought. Correct it and send it again.", field="wanted")


def plans_of(request: RequestId, beneficiary: ResidentId, items: Iterable[Item], *, first: int = 1) -> list[Plan]:
    """Return how items are written down, numbered from `first`."""
    return [
        plan_of(request, beneficiary, asdict(item) | {"item": number}) for number, item in enumerate(items, start=first)
    ]


def plan_of(request: RequestId, beneficiary: ResidentId, item: Mapping[str, Any]) -> Plan:
    """Return how one item is written down; what it is called is sealed."""
    said = {"request": request, **item}
    fields = {name: value for name, value in said.items() if name != "wanted"}
    return Plan(shopping.AddItem, fields, said=said, subject=beneficiary, personal={"wanted": item["wanted"]})
