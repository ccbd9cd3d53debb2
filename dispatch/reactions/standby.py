"""What call-ups bring by time alone: the next wave, silence, people who cannot come any more, and the end (R23)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ..domain.call_up import BarredBy, CallUp, Exhausted, Reply
from ..domain.standby import StandbyStage
from ..domain.standby_orders import CallWave, LapseCall, ReleaseDeployed, StandDown, WithdrawCall
from ..domain.standby_rules import Candidate, bars_call, bars_here, in_line
from ..domain.values import SYSTEM, CallUpId, ResponderId
from ..matching.board import Board
from .reaction import Reaction

_ID_BYTES = 8


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield what is due about call-ups, in order of their ids."""
    for name, state in sorted(board.all("call_up").items()):
        yield from _due_of(board, CallUpId(name), state, at=at)


def _due_of(board: Board, name: CallUpId, state: CallUp, *, at: datetime) -> Iterator[Reaction]:
    said: dict[str, Any] = {"community": board.community, "actor": SYSTEM, "at": at, "call_up": name}
    prefix = f"call_up:{board.community}:{name}"
    if state.need.shift.ends_at <= at:
        yield Reaction(f"{prefix}:over", StandDown(**said, reason="span_over"))
        return
    for who in state.having(Reply.OPEN):
        rule = bars_here(_seen(board, who, state, at=at))
        if rule is not None:
            yield Reaction(f"{prefix}:withdraw:{who}", WithdrawCall(**said, responder=who, reason=rule))
        elif state.answer_by is not None and state.answer_by <= at:
            yield Reaction(f"{prefix}:lapse:{who}", LapseCall(**said, responder=who, due=state.answer_by))
    for who in state.having(Reply.COMES):
        rule = bars_here(_seen(board, who, state, at=at))
        if rule is not None:
            yield Reaction(f"{prefix}:release:{who}", ReleaseDeployed(**said, responder=who, reason=rule))
    if state.wants_wave:
        yield from _wave(board, name, state, at=at)


def _wave(board: Board, name: CallUpId, state: CallUp, *, at: datetime) -> Iterator[Reaction]:
    pool = [who for who, person in board.responders.items() if person.standby.stage is not StandbyStage.NONE]
    seen = {who: _seen(board, who, state, at=at) for who in sorted(pool)}
    rules = {who: bars_call(person) for who, person in seen.items()}
    free = sorted((in_line(seen[who], name) for who, rule in rules.items() if rule is None), key=lambda one: one.rank)
    if not free and isinstance(state, Exhausted):
        return
    named = tuple(one.responder for one in free[: min(state.need.wave_size, state.missing) + 1])
    counts = Counter(rule for rule in rules.values() if rule is not None)
    barred = tuple(BarredBy(rule=rule, people=counts[rule]) for rule in sorted(counts))
    command = CallWave(
        community=board.community,
        actor=SYSTEM,
        at=at,
        call_up=name,
        wave=state.waves + 1,
        named=named,
        barred=barred,
        as_of=board.position,
    )
    # Who is named is part of the id: a wave that an older picture could not call is another command.
    text = "\x1f".join((*named, str(len(state.having(Reply.RELEASED)))))
    digest = hashlib.blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest()
    yield Reaction(f"call_up:{board.community}:{name}:wave:{command.wave}:{digest}", command)


def _seen(board: Board, who: ResponderId, state: CallUp, *, at: datetime) -> Candidate:
    person = board.responders[who]
    return Candidate(
        id=who,
        state=person,
        isolated_at_home=board.isolated_at_home(person),
        community=board.place_register,
        call_up=state,
        at=at,
    )


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield when answers run out and duties are over."""
    for state in board.all("call_up").values():
        yield state.need.shift.ends_at
        if state.answer_by is not None and state.having(Reply.OPEN):
            yield state.answer_by
