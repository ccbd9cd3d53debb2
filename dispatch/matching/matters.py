"""What a person must know although it is no request, read off a board; pure (case 59, R4, R5, R14, R20, R26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.calling_round import UnderWay as RoundUnderWay
from ..domain.climbing import Named
from ..domain.custody import Custody, Held, Orphaned, TransferOffered
from ..domain.goods import Placed
from ..domain.help_request import needs_people
from ..domain.leg import Taken
from ..domain.notice import HOLDER, RECEIVER, Matter
from ..domain.post_note import Given, PostNote
from ..domain.responder import Departed, Departing, Responder
from ..domain.values import Place, ResponderId, Role
from ..domain.wrong_side import WrongSideList
from .board import Board


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A matter that stands now.

    Attributes
    ----------
    key
        What tells it from others of its kind.
    about
        Ids that belong to it.
    told
        Who was called about it by the event that brought it.
    first
        Who is reminded first, where the steps of the matter begin with somebody in particular.
    """

    matter: Matter
    key: str
    place: Place
    about: tuple[str, ...] = ()
    told: str | None = None
    first: Named | None = None


def standing_matters(board: Board, at: datetime) -> Iterator[Standing]:
    """Yield every matter that stands at an instant, always in the same order."""
    yield from _unserved_floors(board, at)
    yield from _rounds(board)
    yield from _wrong_sides(board)
    yield from _belongings(board)
    yield from _goods(board)
    yield from _post_notes(board, at)


def serves(board: Board, person: Responder) -> bool:
    """Tell whether somebody serves at all: whoever is off duty serves, whoever is out, isolated or leaving does not."""
    gone = isinstance(person, Departing | Departed) or person.out or person.isolated
    return not gone and not board.isolated_at_home(person)


def is_served(board: Board, place: Place, at: datetime) -> bool:
    """Tell whether a captain, or a deputy of one, serves all of a place."""
    revoked = board.place_register.grants.revoked
    for who, person in board.responders.items():
        if person.role is not Role.FLOOR_CAPTAIN:
            continue
        if serves(board, person) and (who, person.role) not in revoked and _within(place, person.scopes):
            return True
        for deputy in person.duty.deputies:
            other = board.responders.get(deputy.responder)
            if deputy.scope.contains(place) and deputy.term.covers(at) and other is not None and serves(board, other):
                return True
    return False


def _within(place: Place, scopes: tuple[Place, ...]) -> bool:
    return any(scope.contains(place) for scope in scopes)


def _unserved_floors(board: Board, at: datetime) -> Iterator[Standing]:
    """Yield the places whose last captain has left, dropped out or is isolated; with the open requests there."""
    lost = {
        scope
        for person in board.responders.values()
        if person.role is Role.FLOOR_CAPTAIN and not serves(board, person)
        for scope in person.scopes
        if scope.building is not None
    }
    for place in sorted(lost, key=lambda p: p.model_dump_json()):
        if not is_served(board, place, at):
            waits = sorted(r for r, s in board.requests.items() if place.contains(s.place) and any(needs_people(s)))
            yield Standing(Matter.FLOOR_UNSERVED, place.model_dump_json(), place, tuple(waits))


def _rounds(board: Board) -> Iterator[Standing]:
    for name, one in sorted(board.all("round").items()):
        if not isinstance(one, RoundUnderWay) or not one.left:
            continue
        if one.escalated:
            duty = board.place_register.duty
            yield Standing(Matter.ROUND_LEFT, name, Place(), (name, *one.left), duty)
        callers = {one.items[left].caller for left in one.left}
        missing = [who for who in sorted(callers) if not _calls(board, who)]
        if missing and not any(_calls(board, item.caller) for item in one.items.values()):
            yield Standing(Matter.CALLS_WITHOUT_CALLER, name, Place(), (name, *missing))


def _calls(board: Board, who: ResponderId) -> bool:
    person = board.responders.get(who)
    return person is not None and serves(board, person)


def _wrong_sides(board: Board) -> Iterator[Standing]:
    for name, one in sorted(board.all("strays").items()):
        if isinstance(one, WrongSideList) and one.is_open:
            yield Standing(Matter.WRONG_SIDE, name, one.place, (name,), one.to)


def _belongings(board: Board) -> Iterator[Standing]:
    orphaned: dict[ResponderId, list[str]] = {}
    called: dict[ResponderId, str | None] = {}
    for name, one in sorted(board.all("custody").items()):
        if isinstance(one, Orphaned):
            orphaned.setdefault(one.holder, []).append(name)
            called[one.holder] = one.called
        elif isinstance(one, Held | TransferOffered) and _is_over(board, one):
            yield Standing(
                Matter.CUSTODY_KEPT,
                f"{name}.{one.holdings}",
                _home_of(board, one),
                (name,),
                first=Named(step=HOLDER, account=one.holder),
            )
    for holder in sorted(orphaned):
        yield Standing(Matter.CUSTODY_ORPHANED, holder, Place(), (holder, *orphaned[holder]), called[holder])


def _is_over(board: Board, kept: Custody) -> bool:
    return kept.request is not None and kept.request not in board.requests


def _home_of(board: Board, kept: Custody) -> Place:
    return board.residents[kept.owner].place if kept.owner in board.residents else Place()


def _goods(board: Board) -> Iterator[Standing]:
    called = [r for r, s in board.requests.items() if isinstance(s.goods, Placed) and s.goods.called]
    for request in sorted(called):
        state = board.requests[request]
        goods = state.goods
        if goods is not None and not any(isinstance(leg, Taken) for leg in state.legs):
            key = f"{request}.{goods.since.isoformat()}"
            yield Standing(Matter.GOODS_WAITING, key, state.place, (request,), board.place_register.duty)


def _post_notes(board: Board, at: datetime) -> Iterator[Standing]:
    for name, note in sorted(board.all("post_note").items()):
        if isinstance(note, Given) and left_at(board, note) <= at:
            first = None if note.receiver is None else Named(step=RECEIVER, account=note.receiver)
            yield Standing(Matter.POST_NOTE_LEFT, name, note.place, (name, note.giver), first=first)


def left_at(board: Board, note: PostNote) -> datetime:
    """Return from when somebody is reminded of a hand-over note that nobody has taken over (R26)."""
    return note.given_at + timedelta(seconds=board.place_register.policy.post_note_within_s)
