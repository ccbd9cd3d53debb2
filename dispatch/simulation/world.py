"""The world of a simulated day: a board that real deciders change, in memory, and the timers that are due on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..domain.commands import decide
from ..domain.decider import Decision
from ..domain.errors import Refused
from ..domain.help_request import needs_people
from ..domain.values import Command, CommunityId, Fact, RequestId, Stream
from ..matching.board import Board, advance
from ..reactions import due, next_change_at, request_changes_at
from ..reactions.agenda import Agenda

BY_REQUEST = frozenset({"escalation", "ride"})
"""Aggregates that have the ids of the requests they are about."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with its place in the history."""

    position: int
    stream: Stream
    fact: Fact


Listener = Callable[[Command, Sequence[Happened]], None]
"""Is told of every command that changed something, with its events."""


class World:
    """
    One community from its registration on; every change is decided by the domain's own deciders.

    Parameters
    ----------
    community
        Its id.
    listener
        Called after every command that changed something.

    Attributes
    ----------
    board
        The community now.
    refused
        How often the domain refused a command, by code: what came too late.
    commands
        How many commands changed something.
    """

    def __init__(self, community: CommunityId, listener: Listener | None = None) -> None:
        self.board = Board(community)
        self.refused: Counter[str] = Counter()
        self.commands = 0
        self._listener = listener
        self._timers: Agenda[RequestId] = Agenda()
        self._again_at: datetime | None = None

    @property
    def community(self) -> CommunityId:
        """Its id."""
        return self.board.community

    def say(self, command: Command) -> tuple[Fact, ...]:
        """
        Give one command and return what it changed; what is refused is counted and changes nothing.

        Raises
        ------
        Conflict
            It was made from another board than this one.
        """
        try:
            decision = decide(command, self.board.read)
        except Refused as refusal:
            self.refused[refusal.code] += 1
            return ()
        return self._record([(command, decision)])

    def found(self, *commands: Command) -> None:
        """
        Give commands none of which needs what another one of them changes; nothing may be refused.

        Raises
        ------
        Refused
            The community cannot be set up so.
        """
        self._record([(command, decide(command, self.board.read)) for command in commands])

    def _record(self, decided: Iterable[tuple[Command, Decision]]) -> tuple[Fact, ...]:
        position, saves = self.board.position, []
        for command, decision in decided:
            first = position
            changes = [(stream, fact) for stream, facts in decision for fact in facts]
            position += len(changes)
            events = [Happened(first + n, stream, fact) for n, (stream, fact) in enumerate(changes, 1)]
            saves.append((command, events))
        happened = [event for _, events in saves for event in events]
        if not happened:
            return ()
        self.board = advance(self.board, happened)
        self._look(happened, saves[-1][0].at)
        for command, events in saves:
            self.commands += bool(events)
            if events and self._listener is not None:
                self._listener(command, events)
        return tuple(event.fact for event in happened)

    # -- timers --------------------------------------------------------------------------

    def _look(self, happened: Iterable[Happened], at: datetime) -> None:
        """Note when time alone may next bring something to the requests that changed."""
        prefix = f"{self.community}/"
        touched: dict[RequestId, None] = {}
        for event in happened:
            aggregate, _, local = event.stream.removeprefix(prefix).partition("/")
            if aggregate == "request" or aggregate in BY_REQUEST:
                touched[RequestId(local)] = None
        for request in touched:
            self._plan(request, at)

    def _plan(self, request: RequestId, at: datetime) -> None:
        known = request_changes_at(self.board, request) if request in self.board.requests else ()
        self._timers.put(request, min((then for then in known if then > at), default=None))

    def next_timer(self) -> datetime | None:
        """Return when time alone may next bring something."""
        return min((t for t in (self._timers.earliest(), self._again_at) if t is not None), default=None)

    def rests(self, at: datetime) -> None:
        """Note that everything was shared out that can be now, and when it is to be looked at again all the same."""
        waiting = next((request for request, state in self.board.requests.items() if needs_people(state)), None)
        self._again_at = None
        if waiting is not None:
            self._again_at = next_change_at(replace(self._only((waiting,)), responders={}), at)

    def fire(self, at: datetime) -> None:
        """Carry out what is due by now, and what follows from it, as System."""
        while (then := self.next_timer()) is not None and then <= at:
            self._again_at = None
            requests = self._timers.take(at)
            for reaction in due(self._only(requests), at):
                self.say(reaction.command)
            for request in requests:
                if request not in self._timers:
                    self._plan(request, at)

    def _only(self, requests: Iterable[RequestId]) -> Board:
        """
        Return the board with these requests only: what time brings to one does not depend on the others.

        Everything else that time changes by itself (shifts, control levels, rounds, stocks) stands still in a
        simulated day, which has none of it.
        """
        board = self.board
        states = {request: board.requests[request] for request in requests if request in board.requests}
        who = {state.beneficiary: board.residents[state.beneficiary] for state in states.values()}
        others = {name: _of(items, states) for name, items in board.others.items() if name in BY_REQUEST}
        return replace(board, requests=states, residents=who, others=others)


def _of(items: Mapping[str, Any], requests: Mapping[RequestId, Any]) -> dict[str, Any]:
    return {request: items[request] for request in requests if request in items}
