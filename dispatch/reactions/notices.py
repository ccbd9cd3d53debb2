"""People called about what is no request: it begins, climbs to the next contact, clears (case 59, R4, R5, R14, R26)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..domain.calling import HandOverCalls
from ..domain.calling_round import CallingRound, UnderWay
from ..domain.climbing import Named
from ..domain.notice import (
    ABOUT_MAX,
    BeginNotice,
    Calling,
    ClearNotice,
    ClimbNotice,
    Matter,
    Notice,
    notice_id,
)
from ..domain.post_note import Given
from ..domain.values import SYSTEM, NoticeId, ResponderId, RoundId
from ..matching.board import Board
from ..matching.deputies import can_serve
from ..matching.matters import Standing, is_served, left_at, serves, standing_matters
from .ladder import named_at
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield what is due about notices, in order of matters; then the calls of callers who are out are given on."""
    notices: Mapping[str, Notice] = board.all("notice")
    standing = {notice_id(one.matter, one.key): one for one in standing_matters(board, at)}
    for which, one in standing.items():
        yield from _standing_due(board, which, one, state=notices.get(which), at=at)
    for name in sorted(notices):
        state = notices[name]
        if state.is_open and name not in standing and _is_settled(board, state, at):
            command = ClearNotice(
                community=board.community, actor=SYSTEM, at=at, notice=NoticeId(name), turn=state.turn
            )
            yield _reaction(state, command, "clear")
    yield from _calls_given_on(board, at)


def _is_settled(board: Board, state: Notice, at: datetime) -> bool:
    """A floor whose captain has left for good is nobody's on the board any more: only who serves it settles that."""
    return state.matter is not Matter.FLOOR_UNSERVED or is_served(board, state.place, at)


def _standing_due(
    board: Board, name: NoticeId, one: Standing, *, state: Notice | None, at: datetime
) -> Iterator[Reaction]:
    said: dict[str, Any] = {"community": board.community, "actor": SYSTEM, "at": at, "notice": name}
    if state is None or not state.is_open:
        named = _named(board, one, at)
        begin = BeginNotice(
            **said, matter=one.matter, place=one.place, about=one.about[:ABOUT_MAX], told=one.told, named=named
        )
        yield _reaction(state, begin, "begin")
    elif isinstance(state, Calling) and (state.answer_by is None or state.answer_by <= at):
        climb = ClimbNotice(**said, turn=state.turn, named=_named(board, one, at))
        yield _reaction(state, climb, "climb")


def _named(board: Board, one: Standing, at: datetime) -> tuple[Named, ...]:
    first = () if one.first is None else (one.first,)
    return (*first, *named_at(board, one.place, at))


def _reaction(state: Notice | None, command: BeginNotice | ClimbNotice | ClearNotice, verb: str) -> Reaction:
    turn = 0 if state is None else state.turn
    return Reaction(f"notice:{command.community}:{command.notice}:{turn}:{verb}", command)


def _calls_given_on(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield that calls of a caller who cannot serve go to the caller of the round with fewest open ones (R14)."""
    rounds: Mapping[str, CallingRound] = board.all("round")
    for name in sorted(rounds):
        state = rounds[name]
        if not isinstance(state, UnderWay) or not state.left:
            continue
        for caller in sorted({state.items[left].caller for left in state.left}):
            if serves(board, board.responders[caller]):
                continue
            other = _other_caller(board, state, caller, at=at)
            if other is None:
                continue
            command = HandOverCalls(
                community=board.community,
                actor=SYSTEM,
                at=at,
                round=RoundId(name),
                hand_over=state.hand_overs + 1,
                caller=caller,
                to=other,
                reason="caller_out",
            )
            yield Reaction(f"round:{board.community}:{name}:given_on:{state.hand_overs + 1}", command)
            break  # the next one counts from there


def _other_caller(board: Board, state: CallingRound, caller: ResponderId, *, at: datetime) -> ResponderId | None:
    open_ones = {left for left in state.left if state.items[left].caller == caller}
    others = sorted({item.caller for item in state.items.values()} - {caller})
    able = [w for w in others if can_serve(board, board.responders[w], at)]
    free = [w for w in able if board.responders[w].resident not in open_ones]
    return min(free, key=lambda who: (sum(state.items[left].caller == who for left in state.left), who), default=None)


def changes_at(board: Board) -> Iterable[datetime]:
    """Return when the next person is called, and from when somebody is reminded of a hand-over note."""
    states: Iterable[Notice] = board.all("notice").values()
    yield from (state.answer_by for state in states if isinstance(state, Calling) and state.answer_by is not None)
    yield from (left_at(board, note) for note in board.all("post_note").values() if isinstance(note, Given))
