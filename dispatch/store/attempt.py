"""One attempt at a command: what it read, what it decided, and the rows it would store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..domain.aggregates import aggregate_of
from ..domain.commands import decide
from ..domain.decider import Decision
from ..domain.errors import Refused
from ..domain.values import Command, Stream
from .codec import TOPICS
from .issued import Issued
from .recorded import Meta, Recorded
from .recorders import MAX_BYTES_PER_SAVE, MAX_EVENTS_PER_SAVE, Guard, StoredEvent

StateOf = Callable[[Stream], tuple[Any, int]]
"""Returns the state of a stream and its version."""

Refusals = tuple[tuple[int, Refused], ...]
"""Refused commands by their index, from 0."""


class Attempt:
    """
    Decides commands one after another, each on what those before it decided.

    Parameters
    ----------
    state_of
        Where states come from. They may be stale or of different moments: saving guards the version
        of each stream that was read, and `is_settled` tells when an answer without a save may stand.
    issued
        What the commands are recorded under.
    """

    def __init__(self, state_of: StateOf, issued: Issued) -> None:
        self._state_of = state_of
        self._issued = issued
        self._states: dict[Stream, Any] = {}
        self._next: dict[Stream, int] = {}
        self._bytes = 0
        self.versions: dict[Stream, int] = {}
        self.records: list[Recorded] = []
        self.stored: list[StoredEvent] = []

    def read(self, stream: Stream, /) -> Any:
        """Return the state of a stream, with what is already decided; its version is guarded from now on."""
        if stream not in self._states:
            self._states[stream], self.versions[stream] = self._state_of(stream)
        return self._states[stream]

    def decide(self, commands: Sequence[Command], *, each: bool = False) -> Refusals:
        """
        Decide every command, and return the refused ones with their index.

        Parameters
        ----------
        each
            Whether a refused command leaves the others alone; otherwise its refusal is raised.

        Raises
        ------
        Refused
            ``save_too_large``, or the first refusal.
        """
        refused = []
        for index, command in enumerate(commands):
            try:
                self._apply(decide(command, self.read), command)
            except Refused as refusal:
                if not each:
                    raise
                refused.append((index, refusal))
            self._check_size()
        return tuple(refused)

    def _apply(self, decision: Decision, command: Command) -> None:
        """Take a decision over whole or, when one of its events cannot be stored, not at all."""
        states: dict[Stream, Any] = {}
        versions: dict[Stream, int] = {}
        records: list[Recorded] = []
        stored: list[StoredEvent] = []
        first = len(self.records)
        for stream, facts in decision:
            if not facts:
                continue
            state = states[stream] if stream in states else self.read(stream)
            version = versions.get(stream) or self._next.get(stream) or self.versions[stream]
            evolve = aggregate_of(stream).evolve
            for fact in facts:
                version += 1
                state = evolve(state, fact)
                meta = self._meta(command, first + len(records))
                records.append(Recorded(0, stream, version, meta, fact))
                stored.append(StoredEvent(stream, version, fact.TOPIC, TOPICS.encode(meta, fact)))
            states[stream], versions[stream] = state, version
        self._states |= states
        self._next |= versions
        self.records += records
        self.stored += stored
        self._bytes += sum(len(event.state) for event in stored)

    def _meta(self, command: Command, index: int) -> Meta:
        issued, actor = self._issued, command.actor
        return Meta(
            command=issued.command_id,
            index=index,
            actor=actor.id,
            role=actor.role,
            via=actor.via,
            on_behalf_of=command.on_behalf_of,
            occurred_at=issued.occurred_at or command.at,
            recorded_at=command.at,
            cause=issued.cause,
        )

    def _check_size(self) -> None:
        count = len(self.stored)
        if count > MAX_EVENTS_PER_SAVE or self._bytes > MAX_BYTES_PER_SAVE:
            raise Refused(
                "save_too_large",
                f"{count} events of {self._bytes} bytes do not fit one save ({MAX_EVENTS_PER_SAVE} events, "
                f"{MAX_BYTES_PER_SAVE} bytes). Nothing was recorded; send fewer commands at a time.",
                events=count,
                size=self._bytes,
            )

    def is_settled(self, before: Mapping[Stream, int]) -> bool:
        """
        Tell whether everything that was read held at one moment.

        Parameters
        ----------
        before
            Versions that the attempt before this one read.

        Notes
        -----
        Versions only rise. A stream found at the same version twice was there all the time between,
        so if all were, they were there together (the double collect of Afek et al., 1993).
        """
        return len(self.versions) <= 1 or self.versions == before

    def guards(self) -> tuple[Guard, ...]:
        """Return the streams that were read and stay as they are, with their versions."""
        return tuple(Guard(stream, version) for stream, version in self.versions.items() if stream not in self._next)

    def changed(self) -> list[tuple[Stream, Any, int]]:
        """Return the streams that change, with their new states and versions."""
        return [(stream, self._states[stream], version) for stream, version in self._next.items()]
