"""
The journal: one runner for every command, over every way of reading the log.

read → decide → append → on conflict look the command id up, then read and decide again, a bounded
number of times. An event that failed to save is never saved again as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from eventsourcing.persistence import OperationalError

from ..domain.decider import ABSENT
from ..domain.errors import Conflict, Refused, Unavailable
from ..domain.values import Command, Role, Stream
from .attempt import Attempt, Refusals
from .history import History
from .issued import EPOCH, Answer, BatchAnswer, Issued, from_micros, to_micros
from .outage import LOG
from .recorded import Recorded
from .recorders import DONE, ClockBehind, CommandKnown, CommandRow, Recorder, StaleStream

__all__ = ["Answer", "BatchAnswer", "Issued", "Journal", "from_micros", "to_micros"]

_NOT_KEPT: Final[tuple[Any, int]] = (ABSENT, 0)


CLOCK_RETRIES_MAX = 200
"""Times a command is stamped anew because others recorded a later instant meanwhile."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be done in one save; with `each`, a refused command leaves the others alone."""

    commands: Sequence[Command]
    issued: Issued
    restamp: bool = True
    each: bool = False

    def __post_init__(self) -> None:
        if not self.commands:
            raise ValueError("nothing to decide: give at least one command")

    def at(self, instant: datetime) -> _Order:
        """Return the same commands, all given at one instant."""
        moved = [c if c.at == instant else c.model_copy(update={"at": instant}) for c in self.commands]
        return replace(self, commands=moved)

    def row(self, *, outcome: str, stream: Stream | None) -> CommandRow:
        """Return the row of the command table; of several commands, in the name of the first."""
        first = self.commands[0]
        return CommandRow(
            command_id=self.issued.command_id,
            digest=self.issued.digest,
            actor=first.actor.id,
            recorded_at=to_micros(first.at),
            outcome=outcome,
            stream=stream,
        )


class Journal(History):
    """
    The log of all communities in one database.

    Parameters
    ----------
    recorder
        Where it is stored.
    state_cache_max
        Folded states kept in memory; states are immutable, so they are shared safely.
    conflict_retries_max
        Times a command is decided anew after somebody else changed what it read.
    read_batch
        Rows per reading of the log.

    Notes
    -----
    A command is first decided on kept states, and what is not kept is taken not to exist, as every
    stream once did not: a new request or resident costs no question. If that leads to a save, the
    store checks the versions of all that was read, under its lock. If it leads to anything else — a
    refusal, a conflict, an error — it is decided again on states read afresh, until everything it
    read is known to have held at one moment.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        state_cache_max: int = 20_000,
        conflict_retries_max: int = 8,
        read_batch: int = 1_000,
    ) -> None:
        super().__init__(recorder, state_cache_max=state_cache_max, read_batch=read_batch)
        self._retries_max = conflict_retries_max
        self._last = EPOCH

    def execute(self, command: Command, issued: Issued, *, restamp: bool = True) -> Answer:
        """
        Decide one command and record its events.

        Parameters
        ----------
        command
            With the instant of now; it is decided at a later one if the log is already later.
        restamp
            False for a command whose content depends on its instant: then a log that is already
            later is a `Conflict`.

        Raises
        ------
        Refused
            By a rule (recorded without its body, unless System gave it), or because the command id was
            used with another body.
        Conflict
            The retries are used up.
        Unavailable
            The store cannot be reached or written; the command may be sent again with the same id.
        """
        return self._run(_Order([command], issued, restamp=restamp)).answer

    def execute_together(self, commands: Sequence[Command], issued: Issued) -> Answer:
        """
        Decide several commands of one actor in one save, all or nothing; each sees what those before it decided.

        Raises
        ------
        Refused
            The first one that is refused; nothing of the others is recorded.
        """
        return self._run(_Order(commands, issued)).answer

    def execute_batch(self, commands: Sequence[Command], issued: Issued) -> BatchAnswer:
        """
        Decide many commands of one actor in one save; each sees what those before it decided.

        A refused command leaves the others alone and is reported by its index. The same id again
        gives the first answer, refusals included: they are decided anew on the log as it was then.
        A batch that recorded nothing and was refused in part has not taken its id.

        Raises
        ------
        Refused
            ``save_too_large``: the events of all do not fit one save; send fewer at a time.
        """
        return self._run(_Order(commands, issued, each=True))

    def answered(self, command_id: str) -> bool:
        """Tell whether a command id was answered before, with events, nothing or a refusal."""
        with LOG:
            return self.recorder.select_command(command_id) is not None

    def stamp(self, now: datetime) -> datetime:
        """Return `now`, or the last recorded instant this process knows of if that is later."""
        return max(now, self._last)

    def _run(self, order: _Order) -> BatchAnswer:
        attempt = Attempt(self._kept_state, order.issued)
        moved = "what it reads"
        with LOG:
            # One attempt on kept states, two on fresh ones, and then as many as were allowed.
            # A later instant in the log is no quarrel about content, so it does not use an attempt up.
            spent = 0
            for number in range(self._retries_max + 3 + CLOCK_RETRIES_MAX):
                if spent == self._retries_max + 3:
                    break
                spent += 1
                fresh, before = number > 0, attempt.versions
                attempt = Attempt(self.state if fresh else self._kept_state, order.issued)
                try:
                    order = self._stamped(order)
                    refused = attempt.decide(order.commands, each=order.each)
                except Unavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - any error may come from states of different moments
                    if fresh and attempt.is_settled(before):
                        return self._unsaved(order, error)
                    continue
                if refused and not attempt.records:
                    if fresh and attempt.is_settled(before):
                        return self._unsaved(order, refused)
                    continue
                try:
                    return BatchAnswer(self._append(order, attempt), refused)
                except CommandKnown:
                    return self._first_answer(order)
                except ClockBehind as behind:
                    self._heard(from_micros(behind.last))
                    spent -= 1
                    moved = "the log's clock"
                except StaleStream as stale:
                    self._forget(Stream(stale.stream), above=stale.current)
                    moved = stale.stream
        raise Conflict(
            f"Somebody else changed {moved} first, {self._retries_max + 2} times in a row. Send the command again.",
            stream=moved,
        )

    def _kept_state(self, stream: Stream, /) -> tuple[Any, int]:
        with self._lock:
            return self._states.get(stream, _NOT_KEPT)

    def _stamped(self, order: _Order) -> _Order:
        """Give all commands of a save the same instant, at or after the log's last one."""
        at = self.stamp(max(command.at for command in order.commands))
        if all(command.at == at for command in order.commands):
            return order
        if not order.restamp:
            raise Conflict("The log is already later than this decision's instant. Decide again.")
        return order.at(at)

    def _heard(self, instant: datetime) -> None:
        with self._lock:
            self._last = max(self._last, instant)

    def _append(self, order: _Order, attempt: Attempt) -> Answer:
        row = order.row(outcome=DONE, stream=attempt.records[0].stream if attempt.records else None)
        try:
            positions = self.recorder.insert_events(attempt.stored, command=row, guards=attempt.guards())
        except OperationalError:
            # The commit may have been made and only its answer lost: then the row is there.
            stored = self.recorder.select_command(row.command_id)
            if stored is None:
                raise
            return replace(self._first_answer(order, stored).answer, repeated=False)
        at = order.commands[0].at
        self._heard(at)
        for stream, state, version in attempt.changed():
            self._keep(stream, state, version)
        events = tuple(
            Recorded(position, record.stream, record.version, record.meta, record.fact)
            for position, record in zip(positions, attempt.records, strict=True)
        )
        return Answer(row.command_id, events, at)

    def _unsaved(self, order: _Order, verdict: Exception | Refusals) -> BatchAnswer:
        """Answer without a save, unless the same command was answered before."""
        known = self.recorder.select_command(order.issued.command_id)
        if known is not None:
            return self._first_answer(order, known)
        first = order.commands[0]
        if not isinstance(verdict, Exception):
            return BatchAnswer(Answer(order.issued.command_id, (), first.at), verdict)
        # Timers that come late are refused by the thousand and nobody asks for their answers.
        if isinstance(verdict, Refused) and not order.each and first.actor.role is not Role.SYSTEM:
            try:
                self.recorder.record_refusal(order.row(outcome=verdict.code, stream=None))
            except CommandKnown:
                return self._first_answer(order)
        raise verdict

    def _first_answer(self, order: _Order, row: CommandRow | None = None) -> BatchAnswer:
        command_id, digest = order.issued.command_id, order.issued.digest
        row = row or self.recorder.select_command(command_id)
        if row is None:
            raise Unavailable(f"Command {command_id} is known and cannot be found. Run `dispatch doctor`.")
        if digest and row.digest and row.digest != digest:
            raise Refused(
                "command_id_reused",
                f"Command id {command_id} was used before for something else. Use a new id for a new command.",
                command=command_id,
            )
        if row.outcome != DONE:
            raise Refused(row.outcome, f"Command {command_id} was refused before ({row.outcome}).", command=command_id)
        if row.first_position is None or row.last_position is None:
            return BatchAnswer(Answer(command_id, (), from_micros(row.recorded_at), repeated=True), ())
        base, at = row.first_position - 1, from_micros(row.recorded_at)
        answer = Answer(command_id, tuple(self.read(gt=base, lte=row.last_position)), at, repeated=True)
        if not order.each:
            return BatchAnswer(answer, ())
        then = Attempt(partial(self._state_until, position=base), order.issued)
        return BatchAnswer(answer, then.decide(order.at(at).commands, each=True))
