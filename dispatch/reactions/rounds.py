"""What calling rounds, case plans and isolations bring by time alone (R14, R29)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..domain.calling import CloseRound, EscalateRound, ExcuseItem
from ..domain.calling_round import CallingRound, Due, Item, NoAnswer, ToBeVisited
from ..domain.case_plan import CasePlan, EndPlan, RemindOfContact
from ..domain.flags import LapseIsolation
from ..domain.help_request import Confirmed, Delivered
from ..domain.resident import Erased, Leaving, Resident
from ..domain.round_visits import OrderVisit, SettleVisit
from ..domain.values import SYSTEM, ResidentId, RoundId
from ..matching.board import Board
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """
    Yield what is due about rounds and plans, in order of their ids.

    Who has no phone, or did not answer as often as the round rings, is visited; visits that ended are taken
    over; what has no outcome at the end of a round calls a person, and a round without such closes; overdue
    contacts remind; plans end at their end.
    """
    rounds: Mapping[str, CallingRound] = board.all("round")
    for name in sorted(rounds):
        yield from _round_due(board, RoundId(name), rounds[name], at=at)
    plans: Mapping[str, CasePlan] = board.all("plan")
    for name in sorted(plans):
        yield from _plan_due(board, ResidentId(name), plans[name], at=at)


def _round_due(board: Board, name: RoundId, state: CallingRound, *, at: datetime) -> Iterator[Reaction]:
    for resident, item in state.items.items():
        yield from _item_due(board, name, resident, item=item, at=at)
    said: dict[str, Any] = {"community": board.community, "actor": SYSTEM, "at": at, "round": name}
    prefix = f"round:{board.community}:{name}"
    if state.ends_at > at:
        return
    if not state.left:
        yield Reaction(f"{prefix}:close", CloseRound(**said))
    elif not state.escalated:
        yield Reaction(f"{prefix}:escalate", EscalateRound(**said))


def _item_due(board: Board, name: RoundId, resident: ResidentId, *, item: Item, at: datetime) -> Iterator[Reaction]:
    said: dict[str, Any] = {"community": board.community, "actor": SYSTEM, "at": at, "round": name}
    said["resident"] = resident
    prefix = f"round:{board.community}:{name}:{resident}"
    if item.has_outcome:
        return
    if isinstance(board.residents[resident], Leaving | Erased):
        yield Reaction(f"{prefix}:erased", ExcuseItem(**said, reason="erased"))
    elif isinstance(item, NoAnswer) and not item.visits:
        yield Reaction(f"{prefix}:visit", OrderVisit(**said, visit=1, reason="no_answer"))
    elif isinstance(item, Due) and item.no_phone:
        yield Reaction(f"{prefix}:visit", OrderVisit(**said, visit=1, reason="no_phone"))
    elif isinstance(item, ToBeVisited):
        visit = item.visits[-1]
        request = board.requests.get(visit)
        if request is None or isinstance(request, Delivered | Confirmed):
            yield Reaction(f"{prefix}:settle:{visit}", SettleVisit(**said, request=visit))


def _plan_due(board: Board, resident: ResidentId, state: CasePlan, *, at: datetime) -> Iterator[Reaction]:
    said: dict[str, Any] = {"community": board.community, "actor": SYSTEM, "at": at, "resident": resident}
    prefix = f"plan:{board.community}:{resident}"
    if isinstance(board.residents[resident], Leaving | Erased):
        yield Reaction(f"{prefix}:erased", EndPlan(**said, reason="erased"))
    elif state.ends_at is not None and state.ends_at <= at:
        yield Reaction(f"{prefix}:end:{state.ends_at.isoformat()}", EndPlan(**said, reason="end_reached"))
    elif state.reminder_due_at <= at:
        remind = RemindOfContact(**said, due=state.reminder_due_at)
        yield Reaction(f"{prefix}:remind:{state.reminder_due_at.isoformat()}", remind)


def is_dated(state: Resident) -> bool:
    """Tell whether the end of somebody's isolation is known."""
    return state.isolated_until is not None


def resident_due(board: Board, resident: ResidentId, at: datetime) -> Iterator[Reaction]:
    """Yield that an isolation ends at its end."""
    until = board.residents[resident].isolated_until
    if until is not None and until <= at and not isinstance(board.residents[resident], Leaving | Erased):
        lapse = LapseIsolation(community=board.community, actor=SYSTEM, at=at, resident=resident, until=until)
        yield Reaction(f"isolation:{board.community}:{resident}:{until.isoformat()}", lapse)


def resident_changes_at(board: Board, resident: ResidentId) -> Iterator[datetime]:
    """Yield when an isolation ends."""
    until = board.residents[resident].isolated_until
    if until is not None:
        yield until


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield when rounds end, contacts are due, and plans end."""
    for calling_round in board.all("round").values():
        yield calling_round.ends_at
    for plan in board.all("plan").values():
        yield plan.reminder_due_at
        if plan.ends_at is not None:
            yield plan.ends_at
