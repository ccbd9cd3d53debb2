"""The board for people: every leg of every open request, as rows and as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.help_request import HelpRequest
from ..domain.leg import Leg
from ..domain.values import BuildingId, CommunityId, OfferId, RequestId, ResponderId, Urgency
from ..store.journal import from_micros, to_micros

SELECT = """
    SELECT b.community, b.request, b.leg, b.kind, b.urgency, b.request_state, b.leg_state, b.building, n.name,
        b.building_unit, b.floor, b.waiting_since, b.due_at, b.responders, b.offers, b.answer_by, b.vacancies,
        b.alarm, s.relaxation, s.missing, b.effort, b.ordinal
    FROM view_board b
    LEFT JOIN view_buildings n ON n.community = b.community AND n.building = b.building
    LEFT JOIN view_shortfalls s ON s.community = b.community AND s.request = b.request AND s.leg = b.leg
    WHERE b.community = ?
"""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """
    One leg of one open request.

    Attributes
    ----------
    leg, leg_state
        Its name and state; `None` while the work of the request is not planned.
    building, building_name
        Its id and the register's name; `None` for a request of the whole community or a compound.
    waiting_since
        When the leg became ready, else when the request was received, UTC.
    responders, offers
        Who is asked or does it, and by which offers or assignments, in the order of asking.
    answer_by
        The earliest instant at which an open offer may lapse or an assignment be escalated.
    vacancies
        People still to be asked.
    alarm
        Account that is alarmed for a threat to life and has not acknowledged.
    missing, shortfall
        People missing by the last shortfall found, 0 without one; and the smallest relaxation of the
        rules that would help, empty when none would.
    effort
        Effort units the leg takes from each member.
    """

    community: CommunityId
    request: RequestId
    leg: str | None
    kind: str
    urgency: Urgency
    request_state: str
    leg_state: str | None
    building: BuildingId | None
    building_name: str | None
    building_unit: str | None
    floor: str | None
    waiting_since: datetime
    due_at: datetime | None
    responders: tuple[ResponderId, ...]
    offers: tuple[OfferId, ...]
    answer_by: datetime | None
    vacancies: int
    alarm: str | None
    shortfall: tuple[str, ...]
    missing: int
    effort: int


Rows = list[tuple[Any, ...]]


def rows_of(community: CommunityId, request: RequestId, state: HelpRequest) -> Rows:
    """Return the rows of a request, in the order of its legs; none for one that has ended."""
    if not state.is_open:
        return []
    if not state.legs:
        return [_row(community, request, state, ordinal=0, leg=None)]
    return [_row(community, request, state, ordinal=ordinal, leg=leg) for ordinal, leg in enumerate(state.legs)]


def _row(
    community: CommunityId, request: RequestId, state: HelpRequest, *, ordinal: int, leg: Leg | None
) -> tuple[Any, ...]:
    asks = leg.asks if leg is not None else ()
    answer_by = min((ask.answer_by for ask in asks if not ask.accepted), default=None)
    alarmed = state.alarm is not None and state.alarm.acknowledged_by is None
    since = leg.ready_at if leg is not None and leg.ready_at is not None else state.received_at
    return (
        community,
        request,
        ordinal,
        leg.plan.name if leg is not None else None,
        state.kind,
        state.urgency.value,
        type(state).__name__,
        type(leg).__name__ if leg is not None else None,
        state.place.building,
        state.place.building_unit,
        state.place.floor,
        to_micros(since),
        _micros(state.due_at),
        " ".join(ask.responder for ask in asks),
        " ".join(ask.offer for ask in asks),
        _micros(answer_by),
        leg.vacancies if leg is not None else 0,
        state.alarm.to if alarmed and state.alarm is not None else None,
        leg.plan.effort if leg is not None else 0,
    )


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else to_micros(instant)


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def lines_of(rows: Iterable[Sequence[Any]]) -> tuple[BoardLine, ...]:
    """Return the rows of `SELECT` as lines, most urgent first: urgency, deadline, longest waiting, request, leg."""
    rows = list(rows)
    since: dict[str, int] = {}
    for row in rows:
        since[row[1]] = min(row[11], since.get(row[1], row[11]))
    return tuple(_line(row) for row in sorted(rows, key=lambda row: _most_urgent(row, since[row[1]])))


def _most_urgent(row: Sequence[Any], since: int) -> tuple[Any, ...]:
    due = row[12]
    return (Urgency(row[4]).rank, due is None, due or 0, since, row[1], row[21])


def _line(row: Sequence[Any]) -> BoardLine:
    return BoardLine(
        community=CommunityId(row[0]),
        request=RequestId(row[1]),
        leg=row[2],
        kind=row[3],
        urgency=Urgency(row[4]),
        request_state=row[5],
        leg_state=row[6],
        building=None if row[7] is None else BuildingId(row[7]),
        building_name=row[8],
        building_unit=row[9],
        floor=row[10],
        waiting_since=from_micros(row[11]),
        due_at=_instant(row[12]),
        responders=tuple(map(ResponderId, row[13].split())),
        offers=tuple(map(OfferId, row[14].split())),
        answer_by=_instant(row[15]),
        vacancies=row[16],
        alarm=row[17],
        shortfall=tuple((row[18] or "").split()),
        missing=row[19] or 0,
        effort=row[20],
    )
