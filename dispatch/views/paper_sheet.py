"""The sheet of a captain without a phone: what is bound for them, to be printed and brought (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.sheet import next_sheet_at
from ..domain.values import LegId, OfferId, Place, ResponderId, Urgency, request_of
from ..matching.board import Board


@dataclass(frozen=True, slots=True)
class SheetLine:
    """
    One leg on a sheet.

    `taken` tells work from an offer that waits for an answer until `answer_by`. Names and doors are
    not on it: who hands it over adds them by hand, or opens them for a purpose.
    """

    leg: LegId
    offer: OfferId
    kind: str
    urgency: Urgency
    place: Place
    taken: bool
    answer_by: datetime | None
    effort: int
    minutes: int


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """What is bound for a captain; `brought_at` is the next fixed hour, `None` where the policy names none."""

    captain: ResponderId
    brought_at: datetime | None
    lines: tuple[SheetLine, ...]


def paper_sheet(board: Board, captain: ResponderId, at: datetime) -> PaperSheet:
    """Return the sheet of a captain at an instant; work first, then offers, each in order of the leg's id."""
    register, person = board.place_register, board.responders[captain]
    lines: list[SheetLine] = []
    for work in (*person.loads.values(), *person.holds.values()):
        state = board.requests[request_of(work.leg)]
        leg = state.leg_holding(work.offer)
        ask = next((ask for ask in (leg.asks if leg is not None else ()) if ask.offer == work.offer), None)
        if leg is None or ask is None:
            continue
        lines.append(
            SheetLine(
                leg=work.leg,
                offer=work.offer,
                kind=state.kind,
                urgency=state.urgency,
                place=state.place,
                taken=ask.accepted,
                answer_by=None if ask.accepted else ask.answer_by,
                effort=work.effort,
                minutes=leg.plan.minutes,
            )
        )
    lines.sort(key=lambda line: (not line.taken, line.leg))
    return PaperSheet(captain, next_sheet_at(register.policy, at, zone=register.time_zone), tuple(lines))
