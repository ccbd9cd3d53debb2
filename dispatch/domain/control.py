"""
Control levels of a place over time (封控, 管控, 防范, 临时管控, 围合): any may follow any other (R20).

What was ordered is kept as it was ordered; what is in force is worked out from it, so that a late
entry or a plan for tomorrow changes only the time it speaks of.
"""

from __future__ import annotations

from collections.abc import Sequence

from .values import ControlLevel, Instant, Place, Value


class Control(Value):
    """A control level of a place, from an instant and possibly until one (R20)."""

    place: Place
    level: ControlLevel
    effective_from: Instant
    until: Instant | None = None

    def is_active(self, at: Instant) -> bool:
        """Tell whether it holds at an instant."""
        return self.effective_from <= at and (self.until is None or at < self.until)


STRICTNESS = (
    ControlLevel.OPEN,
    ControlLevel.ENCLOSED,
    ControlLevel.PRECAUTION,
    ControlLevel.CONTROLLED,
    ControlLevel.TEMPORARY,
    ControlLevel.SEALED,
)
"""Control levels from the freest to the strictest."""


def strictness(level: ControlLevel) -> int:
    """Order control levels from 0 (open) to 5 (sealed), as `STRICTNESS` does."""
    return STRICTNESS.index(level)


def with_order(orders: Sequence[Control], new: Control) -> tuple[Control, ...]:
    """Return a place's orders after one more; without an end it replaces the one that begins at the same instant."""
    same = [o for o in orders if new.until is None and o.until is None and o.effective_from == new.effective_from]
    return (*(o for o in orders if o not in same), new)


def with_lifting(orders: Sequence[Control], place: Place, effective_from: Instant) -> tuple[Control, ...]:
    """Return a place's orders after its lifting: what is ordered for later is dropped, what holds then ends."""
    kept: list[Control] = []
    for order in orders:
        if order.effective_from >= effective_from:
            continue
        cut = order.until is not None and order.until > effective_from
        kept.append(order.model_copy(update={"until": effective_from}) if cut else order)
    return (*kept, Control(place=place, level=ControlLevel.OPEN, effective_from=effective_from))


def in_force(orders: Sequence[Control]) -> tuple[Control, ...]:
    """
    Return when each order of a place holds.

    An order without an end holds until the next one without an end begins, whenever either was
    given; one with an end lies over them. «Open» is the absence of control.
    """
    starts = sorted(order.effective_from for order in orders if order.until is None)
    held: list[Control] = []
    for order in orders:
        until = order.until or next((start for start in starts if start > order.effective_from), None)
        if order.level is not ControlLevel.OPEN:
            held.append(order.model_copy(update={"until": until}))
    return tuple(held)
