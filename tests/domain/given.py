"""
A journal in a plain dict: what was said before, one command now, and what it changes.

Everything that is recorded goes through the real deciders and folds, and through JSON and back, so
that no test stands on an event that could not have been stored.
"""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.aggregates import evolve
from dispatch.domain.commands import decide
from dispatch.domain.decider import ABSENT, Decision
from dispatch.domain.errors import Conflict, Refused
from dispatch.domain.values import Command, Fact, Stream

Log = dict[Stream, tuple[Fact, ...]]


class Given:
    """
    What is recorded so far.

    Attributes
    ----------
    log
        Every stream with its events, oldest first.
    states
        The fold of each stream.
    """

    def __init__(self, *past: Command) -> None:
        self.log: Log = {}
        self.states: dict[Stream, Any] = {}
        for command in past:
            self.record(self.decide(command))

    def read(self, stream: Stream, /) -> Any:
        """Return the state of a stream."""
        return self.states.get(stream, ABSENT)

    def decide(self, command: Command) -> Decision:
        """Decide a command and record nothing."""
        return decide(command, self.read)

    def record(self, decision: Decision) -> None:
        """Append a decision as a store would: whole, and through JSON."""
        states, log = dict(self.states), dict(self.log)
        for stream, events in decision:
            for event in events:
                stored = type(event).model_validate_json(event.model_dump_json())
                assert stored == event
                states[stream] = evolve(stream, states.get(stream, ABSENT), stored)
                log[stream] = (*log.get(stream, ()), stored)
        self.states, self.log = states, log

    def and_then(self, *commands: Command) -> Given:
        """Return a journal with more said; this one stays as it is."""
        more = Given()
        more.log, more.states = dict(self.log), dict(self.states)
        for command in commands:
            more.record(more.decide(command))
        return more

    def when(self, command: Command) -> list[Fact]:
        """Return what a command would record, in the order of the save; it must also be recordable."""
        decision = self.decide(command)
        self.and_then().record(decision)
        return [event for _, events in decision for event in events]

    def refusal(self, command: Command) -> Refused:
        """Return why a command is refused; it is an error if it is not."""
        with pytest.raises(Refused) as caught:
            self.decide(command)
        return caught.value

    def conflict(self, command: Command) -> Conflict:
        """Return why a command is to be decided anew; it is an error if it is not."""
        with pytest.raises(Conflict) as caught:
            self.decide(command)
        return caught.value


def kinds_of(events: list[Fact]) -> list[str]:
    """Return the names of events."""
    return [type(event).__name__ for event in events]
