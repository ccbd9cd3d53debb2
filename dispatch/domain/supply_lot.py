"""
Supply lot (物资批次): what came in, what is set aside, what went out, and to whom (R32).

The account is kept by facts only: at every position what was received, corrected and returned is on
the shelf or was issued. A distribution gives the same to each household of a list, and shows who is
still to get theirs, so that no household is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, with_item, without
from .errors import impossible
from .values import (
    Code,
    Fact,
    Instant,
    Place,
    RequestId,
    ResidentId,
)

QUANTITY_MAX = 1_000_000
HOUSEHOLDS_MAX = 2_000
"""Of one distribution: its list is one event of at most 64 KiB."""

Quantity = Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
Count = Annotated[int, Field(ge=0, le=QUANTITY_MAX)]


@dataclass(frozen=True, slots=True)
class SupplyLot:
    """
    A lot of one item.

    `on_hand` counts units on the shelf, set aside or not; `reserved` maps a request to the units set aside
    for it; `due` maps a resident to the units a distribution still owes them; `issued` what each has got.
    """

    item: Code
    unit: Code
    place: Place
    on_hand: int
    reserved: Mapping[RequestId, int] = field(default_factory=dict)
    due: Mapping[ResidentId, int] = field(default_factory=dict)
    issued: Mapping[ResidentId, int] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """Units that are neither set aside for a request nor owed to a household."""
        return self.on_hand - sum(self.reserved.values()) - sum(self.due.values())


@dataclass(frozen=True, slots=True)
class ClosedLot(SupplyLot):
    """Nothing comes or goes any more; the account stays."""


class LotReceived(Fact):
    """Goods came in."""

    TOPIC: ClassVar[str] = "lot.received"
    item: Code
    unit: Code
    quantity: Quantity
    source: Code
    place: Place
    received_at: Instant


class LotReserved(Fact):
    """Units were set aside for a request."""

    TOPIC: ClassVar[str] = "lot.reserved"
    request: RequestId
    quantity: Quantity
    reserved_at: Instant


class LotReservationFreed(Fact):
    """Units set aside for a request are free again."""

    TOPIC: ClassVar[str] = "lot.reservation_freed"
    request: RequestId
    freed_at: Instant


class LotIssued(Fact):
    """Units went out to a resident: what was set aside for the request, what a distribution owed them, or free ones."""

    TOPIC: ClassVar[str] = "lot.issued"
    resident: ResidentId
    request: RequestId | None = None
    quantity: Quantity
    issued_at: Instant


class LotReturned(Fact):
    """A resident's units came back."""

    TOPIC: ClassVar[str] = "lot.returned"
    resident: ResidentId
    quantity: Quantity
    returned_at: Instant


class LotCounted(Fact):
    """The shelf was counted; the account follows the shelf, and the reason of a difference is kept."""

    TOPIC: ClassVar[str] = "lot.counted"
    counted: Count
    reason: Code
    counted_at: Instant


class DistributionPlanned(Fact):
    """Every household of a list is to get the same."""

    TOPIC: ClassVar[str] = "lot.distribution_planned"
    residents: Annotated[tuple[ResidentId, ...], Field(min_length=1, max_length=HOUSEHOLDS_MAX)]
    each: Quantity
    planned_at: Instant


class DistributionEnded(Fact):
    """What a distribution still owed is owed no more; who went without is named by the log."""

    TOPIC: ClassVar[str] = "lot.distribution_ended"
    reason: Code
    ended_at: Instant


class LotClosed(Fact):
    """The lot is used up or given away."""

    TOPIC: ClassVar[str] = "lot.closed"
    reason: Code
    closed_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the lot after one of its events."""
    match state, event:
        case Absent(), LotReceived():
            return SupplyLot(item=event.item, unit=event.unit, place=event.place, on_hand=event.quantity)
        case ClosedLot(), _:
            raise impossible(event, state)
        case SupplyLot(), LotReserved() if event.quantity <= state.free:
            units = state.reserved.get(event.request, 0) + event.quantity
            return replace(state, reserved=with_item(state.reserved, event.request, units))
        case SupplyLot(), LotReservationFreed() if event.request in state.reserved:
            return replace(state, reserved=without(state.reserved, event.request))
        case SupplyLot(), LotIssued() if event.quantity <= available_to(state, event.resident, event.request):
            return _issued(state, event)
        case SupplyLot(), LotReturned() if event.quantity <= state.issued.get(event.resident, 0):
            left = state.issued[event.resident] - event.quantity
            return replace(
                state, on_hand=state.on_hand + event.quantity, issued=with_item(state.issued, event.resident, left)
            )
        case SupplyLot(), LotCounted():
            return replace(state, on_hand=event.counted)
        case SupplyLot(), DistributionPlanned() if not state.due:
            return replace(state, due=dict.fromkeys(event.residents, event.each))
        case SupplyLot(), DistributionEnded() if state.due:
            return replace(state, due={})
        case SupplyLot(), LotClosed():
            return ClosedLot(state.item, state.unit, state.place, state.on_hand, {}, {}, state.issued)
        case _:
            raise impossible(event, state)


def available_to(state: SupplyLot, resident: ResidentId, request: RequestId | None) -> int:
    """Return how many units may go to a resident: theirs by request or distribution, and the free ones."""
    theirs = state.reserved.get(request, 0) if request is not None else 0
    return min(state.on_hand, max(0, state.free) + theirs + state.due.get(resident, 0))


def _issued(state: SupplyLot, event: LotIssued) -> SupplyLot:
    rest = event.quantity
    reserved, due = state.reserved, state.due
    if event.request is not None and event.request in reserved:
        used = min(rest, reserved[event.request])
        reserved, rest = _less(reserved, event.request, used), rest - used
    if rest and event.resident in due:
        due = _less(due, event.resident, min(rest, due[event.resident]))
    has = state.issued.get(event.resident, 0) + event.quantity
    return replace(
        state,
        on_hand=state.on_hand - event.quantity,
        reserved=reserved,
        due=due,
        issued=with_item(state.issued, event.resident, has),
    )


def _less(units: Mapping[Any, int], key: Any, used: int) -> dict[Any, int]:
    return with_item(units, key, units[key] - used) if units[key] > used else without(units, key)


SUPPLY_LOT = Aggregate(
    name="lot",
    evolve=evolve,
    facts=(
        LotReceived,
        LotReserved,
        LotReservationFreed,
        LotIssued,
        LotReturned,
        LotCounted,
        DistributionPlanned,
        DistributionEnded,
        LotClosed,
    ),
    is_over=lambda state: isinstance(state, ClosedLot),
)
