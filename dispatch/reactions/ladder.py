"""What the escalation ladder brings by time alone: it begins, climbs and ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.climbing import BeginLadder, ClimbLadder, EndLadder, Named, climbs_at, is_called_for, is_settled
from ..domain.escalation import Escalation
from ..domain.help_request import HelpRequest
from ..domain.ladder import LadderContacts, ladder_stream
from ..domain.resident import Erased, Leaving
from ..domain.responder import Departed, Departing
from ..domain.values import SYSTEM, Place, RequestId, Role
from ..matching.board import Board
from .reaction import Reaction

AGGREGATE = "escalation"
_BY_REGISTER = {"captain": Role.FLOOR_CAPTAIN, "deputy": Role.FLOOR_CAPTAIN, "building_lead": Role.BUILDING_LEAD}
DUTY = "duty"
_VERBS = {BeginLadder: "begin", ClimbLadder: "climb", EndLadder: "end"}


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield what is due about escalations, in order of the requests' ids."""
    ladders = board.all(AGGREGATE)
    for request in sorted(board.requests):
        command = _next_for(board, request, at)
        if command is not None:
            yield _reaction(ladders.get(request), command)
    for local in sorted(ladders):
        if local not in board.requests:
            over = EndLadder(community=board.community, actor=SYSTEM, at=at, request=RequestId(local))
            yield _reaction(ladders[local], over)


def _next_for(board: Board, request: RequestId, at: datetime) -> BeginLadder | ClimbLadder | EndLadder | None:
    state, ladder, here = board.requests[request], board.all(AGGREGATE).get(request), board.community
    if isinstance(board.residents[state.beneficiary], Leaving | Erased):
        return None  # it closes, and that ends the ladder
    if is_called_for(state, ladder):
        named = named_for(board, state)
        return BeginLadder(community=here, actor=SYSTEM, at=at, request=request, named=named)
    if ladder is None:
        return None
    if is_settled(state, ladder):
        return EndLadder(community=here, actor=SYSTEM, at=at, request=request)
    climbs = climbs_at(ladder)
    if climbs is None or climbs > at:
        return None
    named = named_for(board, state)
    return ClimbLadder(community=here, actor=SYSTEM, at=at, request=request, named=named, turn=ladder.turn)


def _reaction(ladder: Escalation | None, command: BeginLadder | ClimbLadder | EndLadder) -> Reaction:
    turn = 0 if ladder is None else ladder.turn
    return Reaction(f"ladder:{command.community}:{command.request}:{turn}:{_VERBS[type(command)]}", command)


def named_for(board: Board, state: HelpRequest) -> tuple[Named, ...]:
    """
    Return who could be called at each step about a request, in order.

    Contacts that were named come first, those of the innermost place before others. Then the registers
    answer: the captains of the place, all but the first as deputies; its building leads; the duty contact.
    """
    contacts = board.read(ladder_stream(board.community))
    found: list[Named] = []
    for step in board.place_register.policy.ladder:
        named = contacts.at(state.place, step.name) if isinstance(contacts, LadderContacts) else ()
        known = _by_register(board, step.name, state.place)
        accounts = dict.fromkeys((*named, *known))
        found.extend(Named(step=step.name, account=account) for account in accounts)
    return tuple(found)


def _by_register(board: Board, step: str, place: Place) -> tuple[str, ...]:
    if step == DUTY:
        return (board.place_register.duty,)
    role = _BY_REGISTER.get(step)
    if role is None:
        return ()
    return tuple(
        name
        for name in sorted(board.responders)
        if (person := board.responders[name]).role is role
        and not isinstance(person, Departing | Departed)
        and any(scope.contains(place) for scope in person.scopes)
    )


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield the instants at which a next step is called."""
    for ladder in board.all(AGGREGATE).values():
        climbs = climbs_at(ladder)
        if climbs is not None:
            yield climbs
