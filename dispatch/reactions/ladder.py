"""What the escalation ladder brings by time alone: it begins, climbs and ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..domain.climbing import BeginLadder, ClimbLadder, EndLadder, Named, climbs_at, is_called_for, is_settled
from ..domain.escalation import Escalation
from ..domain.ladder import LadderContacts, ladder_stream
from ..domain.resident import Erased, Leaving
from ..domain.responder import Departed, Departing
from ..domain.values import SYSTEM, Place, RequestId, Role
from ..matching.board import Board
from .reaction import Reaction

AGGREGATE = "escalation"
_BY_REGISTER = {"captain": Role.FLOOR_CAPTAIN, "deputy": Role.FLOOR_CAPTAIN, "building_lead": Role.BUILDING_LEAD}
DUTY = "duty"
DEPUTY = "deputy"
_VERBS = {BeginLadder: "begin", ClimbLadder: "climb", EndLadder: "end"}


def request_due(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    """Yield what is due about the escalation of a request."""
    command = _next_for(board, request, at)
    if command is not None:
        yield _reaction(board.all(AGGREGATE).get(request), command)


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield that ladders end whose request is over, in order of its id."""
    ladders = board.all(AGGREGATE)
    for local in sorted(ladders.keys() - board.requests.keys()):
        over = EndLadder(community=board.community, actor=SYSTEM, at=at, request=RequestId(local))
        yield _reaction(ladders[local], over)


def _next_for(board: Board, request: RequestId, at: datetime) -> BeginLadder | ClimbLadder | EndLadder | None:
    state, ladder, here = board.requests[request], board.all(AGGREGATE).get(request), board.community
    if isinstance(board.residents[state.beneficiary], Leaving | Erased):
        return None  # it closes, and that ends the ladder
    if is_called_for(state, ladder):
        named = named_at(board, state.place, at)
        return BeginLadder(community=here, actor=SYSTEM, at=at, request=request, named=named)
    if ladder is None:
        return None
    if is_settled(state, ladder):
        return EndLadder(community=here, actor=SYSTEM, at=at, request=request)
    climbs = climbs_at(ladder)
    if climbs is None or climbs > at:
        return None
    named = named_at(board, state.place, at)
    return ClimbLadder(community=here, actor=SYSTEM, at=at, request=request, named=named, turn=ladder.turn)


def _reaction(ladder: Escalation | None, command: BeginLadder | ClimbLadder | EndLadder) -> Reaction:
    turn = 0 if ladder is None else ladder.turn
    return Reaction(f"ladder:{command.community}:{command.request}:{turn}:{_VERBS[type(command)]}", command)


def named_at(board: Board, place: Place, at: datetime) -> tuple[Named, ...]:
    """
    Return who could be called at each step about a place, in order.

    Contacts that were named come first, those of the innermost place before others. Then the registers
    answer: the captains of the place; their deputies now, or, where none is named, the captains but the
    first; its building leads; the duty contact.
    """
    contacts = board.read(ladder_stream(board.community))
    found: list[Named] = []
    for step in board.place_register.policy.ladder:
        named = contacts.at(place, step.name) if isinstance(contacts, LadderContacts) else ()
        known = _by_register(board, step.name, place, at=at)
        accounts = dict.fromkeys((*named, *known))
        found.extend(Named(step=step.name, account=account) for account in accounts)
    return tuple(found)


def _by_register(board: Board, step: str, place: Place, *, at: datetime) -> tuple[str, ...]:
    if step == DUTY:
        return (board.place_register.duty,)
    role = _BY_REGISTER.get(step)
    if role is None:
        return ()
    deputies = _deputies(board, place, at) if step == DEPUTY else ()
    return deputies or tuple(
        name
        for name in sorted(board.responders)
        if (person := board.responders[name]).role is role
        and not isinstance(person, Departing | Departed)
        and any(scope.contains(place) for scope in person.scopes)
    )


def _deputies(board: Board, place: Place, at: datetime) -> tuple[str, ...]:
    """Return who is named to stand in for a captain of a place now, in the order of captains (R18)."""
    captains = (board.responders[name] for name in sorted(board.responders))
    found = [
        deputy.responder
        for person in captains
        if person.role is Role.FLOOR_CAPTAIN and not isinstance(person, Departing | Departed)
        for deputy in person.duty.deputies
        if deputy.scope.contains(place) and deputy.term.covers(at)
    ]
    return tuple(dict.fromkeys(found))


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield the instant at which a next step is called."""
    ladder = board.all(AGGREGATE).get(request)
    climbs = None if ladder is None else climbs_at(ladder)
    if climbs is not None:
        yield climbs


def changes_at(_board: Board) -> Iterable[datetime]:
    """Return nothing: what is over has no next step."""
    return ()
