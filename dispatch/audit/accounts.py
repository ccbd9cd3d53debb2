"""
What is kept for people, and what lies on the shelves: at every position somebody answers for it.

A custody is never empty (part B of the requirements); a lot never holds, owes or has issued less than
nothing (R32).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..domain.custody import Custody, Orphaned, Returned, TransferOffered
from ..domain.responder import Responder
from ..domain.supply_lot import ClosedLot, SupplyLot


def empty_custody(state: Custody, responder: Callable[[Any], Any]) -> Iterator[str]:
    """
    Yield why nobody answers for a thing in custody, or not for all of its money.

    Parameters
    ----------
    responder
        Returns the state of a responder by id.
    """
    if isinstance(state, Returned):
        return
    if not isinstance(responder(state.holder), Responder):
        yield f"Its holder {state.holder} is nobody of the register."
    if isinstance(state, Orphaned) and not state.called:
        yield f"{state.holder} cannot answer for it, and nobody was called."
    if isinstance(state, TransferOffered) and state.offered_to in (None, state.holder):
        yield f"It is offered to {state.offered_to or 'nobody'}."
    if state.left_fen is not None and state.left_fen < 0:
        yield f"{-state.left_fen} fen more are spent of it than were given."


def wrong_account(state: SupplyLot) -> Iterator[str]:
    """Yield what a lot has less than nothing of, or still owes when it is closed (R32)."""
    if state.on_hand < 0:
        yield f"{state.on_hand} units are on hand."
    for name in ("reserved", "due", "issued"):
        units = getattr(state, name)
        yield from (f"{name} for {who}: {units[who]} units." for who in sorted(units) if units[who] < 0)
    if isinstance(state, ClosedLot) and (state.reserved or state.due):
        yield "It is closed and still owes units."
