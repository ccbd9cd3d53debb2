"""What the tables of the views hold, and what they must hold by a fold of the log from the first event."""

from __future__ import annotations

from typing import Any

from dispatch.domain.leg import Leg
from dispatch.domain.values import CommunityId
from dispatch.matching.board import Board, advance
from dispatch.store.codec import TOPICS
from dispatch.store.journal import Journal
from dispatch.store.recorders import Recorder
from dispatch.views import BoardLine, Views
from dispatch.views.tables import TABLES

Dump = dict[str, list[tuple[Any, ...]]]


def dump(recorder: Recorder) -> Dump:
    """Read every table of the views, each in an order of its own."""
    found: Dump = {}
    with recorder.view_read() as cursor:
        for name in TABLES:
            cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - the views' own
            found[name] = sorted(cursor.fetchall(), key=repr)
    return found


def views_of(recorder: Recorder, *, batch: int = 500) -> Views:
    """Open the views of a store."""
    return Views(Journal(recorder), batch=batch)


def folded(recorder: Recorder, community: str) -> Board:
    """Fold a community from its first event."""
    rows = recorder.select_rows(limit=1_000_000, prefix=f"{community}/")
    return advance(Board(CommunityId(community)), map(TOPICS.decode, rows))


def expected_lines(board: Board) -> set[tuple[Any, ...]]:
    """Say what the board for people must show, from the states alone."""
    found: set[tuple[Any, ...]] = set()
    for request, state in board.requests.items():
        legs: tuple[Leg | None, ...] = state.legs or (None,)
        for leg in legs:
            known = board.match_run.shortfalls.get(f"{request}/{leg.plan.name}") if leg else None  # type: ignore[call-overload]
            building = state.place.building
            found.add(
                (
                    request,
                    leg.plan.name if leg else None,
                    type(state).__name__,
                    type(leg).__name__ if leg else None,
                    state.kind,
                    state.urgency,
                    building,
                    board.place_register.buildings[building].name if building else None,
                    state.place.floor,
                    state.due_at,
                    (leg.ready_at if leg else None) or state.received_at,
                    tuple(ask.responder for ask in leg.asks) if leg else (),
                    tuple(ask.offer for ask in leg.asks) if leg else (),
                    min((ask.answer_by for ask in leg.asks if not ask.accepted), default=None) if leg else None,
                    leg.plan.crew - len(leg.asks) if leg else 0,
                    state.alarm.to if state.alarm and not state.alarm.acknowledged_by else None,
                    known or (0, ()),
                    leg.plan.effort if leg else 0,
                )
            )
    return found


def seen(line: BoardLine) -> tuple[Any, ...]:
    """Say what one line shows, in the order of `expected_lines`."""
    return (
        line.request,
        line.leg,
        line.request_state,
        line.leg_state,
        line.kind,
        line.urgency,
        line.building,
        line.building_name,
        line.floor,
        line.due_at,
        line.waiting_since,
        line.responders,
        line.offers,
        line.answer_by,
        line.vacancies,
        line.alarm,
        (line.missing, line.shortfall),
        line.effort,
    )
