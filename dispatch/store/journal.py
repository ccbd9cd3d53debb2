"""
The journal: one runner for every command, and every way of reading the log.

read → decide → append → on conflict look the command id up, then read and decide again, a bounded
number of times. An event that failed to save is never saved again as it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from eventsourcing.persistence import EventStore, PersistenceError

from ..domain import aggregates
from ..domain.commands import decide
from ..domain.decider import ABSENT, Decision
from ..domain.errors import Conflict, DispatchError, Refused, Unavailable
from ..domain.values import Command, CommunityId, Fact, Role, Stream
from .codec import TOPICS, EnvelopeMapper
from .recorded import Meta, Recorded
from .recorders import ClockBehind, CommandKnown, CommandRow, Guard, Recorder, StaleStream

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
DONE = "done"


def to_micros(instant: datetime) -> int:
    """Return microseconds since the epoch."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC instant of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True, slots=True)
class Issued:
    """
    A command on its way: its id, the keyed digest of its body, and what is known of its origin.

    An empty `digest` says that the body cannot be compared any more (its key is erased).
    """

    command_id: str
    digest: bytes = b""
    occurred_at: datetime | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a command.

    `events` are those it recorded: none when nothing new happened. `repeated` tells that the same
    command had been answered before and that this is the first answer.
    """

    command_id: str
    events: tuple[Recorded, ...]
    recorded_at: datetime
    repeated: bool = False

    @property
    def position(self) -> int:
        """Position of the last event, 0 when there is none."""
        return self.events[-1].position if self.events else 0

    def facts(self) -> tuple[Fact, ...]:
        """Return the bodies alone."""
        return tuple(event.fact for event in self.events)


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of a batch: one save; refused commands by their index in the batch."""

    answer: Answer
    refused: tuple[tuple[int, Refused], ...]


class _Snapshot:
    """The states one attempt has read, with the versions that guard them, under what it has decided so far."""

    def __init__(self, journal: Journal, *, fresh: bool) -> None:
        self._journal = journal
        self._fresh = fresh
        self.versions: dict[Stream, int] = {}
        self.states: dict[Stream, Any] = {}
        self.pending: list[tuple[Stream, int, Fact, Command]] = []
        self._next: dict[Stream, int] = {}

    def read(self, stream: Stream, /) -> Any:
        if stream not in self.states:
            self.states[stream], self.versions[stream] = self._journal.state(stream, fresh=self._fresh)
        return self.states[stream]

    def apply(self, decision: Decision, command: Command) -> None:
        for stream, facts in decision:
            state = self.read(stream)
            version = self._next.get(stream, self.versions[stream])
            for fact in facts:
                version += 1
                state = aggregates.evolve(stream, state, fact)
                self.pending.append((stream, version, fact, command))
            self.states[stream], self._next[stream] = state, version

    def guards(self) -> tuple[Guard, ...]:
        return tuple(Guard(stream, version) for stream, version in self.versions.items() if stream not in self._next)

    def changed(self) -> Iterator[tuple[Stream, Any, int]]:
        return ((stream, self.states[stream], version) for stream, version in self._next.items())


class Journal:
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
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        state_cache_max: int = 20_000,
        conflict_retries_max: int = 8,
        read_batch: int = 5_000,
    ) -> None:
        self.recorder = recorder
        self._events: EventStore[str] = EventStore(EnvelopeMapper(), recorder)
        self._states: OrderedDict[Stream, tuple[Any, int]] = OrderedDict()
        self._states_max = state_cache_max
        self._retries_max = conflict_retries_max
        self._read_batch = read_batch
        self._lock = Lock()
        self._last: datetime = _EPOCH

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
            By a rule (recorded without its body), or because the command id was used with another body.
        Conflict
            The retries are used up.
        Unavailable
            The store cannot be reached or written; the command may be sent again with the same id.
        """
        with _unavailable():
            outcome = self._run([command], issued, restamp=restamp, single=True)
        return outcome.answer

    def execute_batch(self, commands: Sequence[Command], issued: Issued) -> BatchAnswer:
        """
        Decide many commands of one actor in one save; each sees what those before it decided.

        A refused command leaves the others alone and is reported by its index.
        """
        with _unavailable():
            return self._run(commands, issued, restamp=True, single=False)

    def _run(self, commands: Sequence[Command], issued: Issued, *, restamp: bool, single: bool) -> BatchAnswer:
        fresh, conflict = False, ""
        for _ in range(self._retries_max + 1):
            at = self.stamp(commands[0].at)
            if at != commands[0].at:
                if not restamp:
                    raise Conflict("The log is already later than this decision's instant. Decide again.")
                commands = [command.model_copy(update={"at": at}) for command in commands]
            snapshot, refused = self._decide(commands, fresh=fresh)
            if refused and not fresh:
                fresh = True
                continue
            if refused and single:
                return BatchAnswer(self._refuse(commands[0], issued, refusal=refused[0][1]), ())
            try:
                return BatchAnswer(self._append(commands[0], issued, snapshot), tuple(refused))
            except CommandKnown:
                return BatchAnswer(self._first_answer(issued), ())
            except ClockBehind as behind:
                self._last = max(self._last, from_micros(behind.last))
                conflict = "the log's clock"
            except StaleStream as stale:
                fresh, conflict = True, stale.stream
        raise Conflict(
            f"Somebody else changed {conflict} first, {self._retries_max + 1} times in a row. Send the command again.",
            stream=conflict,
        )

    def _decide(self, commands: Sequence[Command], *, fresh: bool) -> tuple[_Snapshot, list[tuple[int, Refused]]]:
        snapshot, refused = _Snapshot(self, fresh=fresh), []
        for index, command in enumerate(commands):
            try:
                snapshot.apply(decide(command, snapshot.read), command)
            except Refused as refusal:
                refused.append((index, refusal))
        return snapshot, refused

    def _row(self, command: Command, issued: Issued, *, outcome: str, stream: str | None) -> CommandRow:
        return CommandRow(
            command_id=issued.command_id,
            digest=issued.digest,
            actor=command.actor.id,
            recorded_at=to_micros(command.at),
            outcome=outcome,
            stream=stream,
        )

    def _append(self, first: Command, issued: Issued, snapshot: _Snapshot) -> Answer:
        records = [
            Recorded(0, stream, version, _meta(command, issued, index=index), fact)
            for index, (stream, version, fact, command) in enumerate(snapshot.pending)
        ]
        row = self._row(first, issued, outcome=DONE, stream=records[0].stream if records else None)
        if records:
            saved = self._events.put(records, command=row, guards=snapshot.guards())
            positions = [recording.notification.id for recording in saved]
        else:
            positions = list(self.recorder.insert_events([], command=row, guards=snapshot.guards()))
        self._last = max(self._last, first.at)
        for stream, state, version in snapshot.changed():
            self._keep(stream, state, version)
        events = tuple(
            Recorded(position, r.stream, r.version, r.meta, r.fact)
            for position, r in zip(positions, records, strict=True)
        )
        return Answer(issued.command_id, events, first.at)

    def _refuse(self, command: Command, issued: Issued, *, refusal: Refused) -> Answer:
        if command.actor.role is Role.SYSTEM:
            raise refusal
        try:
            self.recorder.record_refusal(self._row(command, issued, outcome=refusal.code, stream=None))
        except CommandKnown:
            return self._first_answer(issued)
        raise refusal

    def _first_answer(self, issued: Issued) -> Answer:
        row = self.recorder.select_command(issued.command_id)
        if row is None:
            raise Unavailable(f"Command {issued.command_id} is known and cannot be found. Run `dispatch doctor`.")
        if issued.digest and row.digest and row.digest != issued.digest:
            raise Refused(
                "command_id_reused",
                f"Command id {issued.command_id} was used before for something else. Use a new id for a new command.",
                command=issued.command_id,
            )
        if row.outcome != DONE:
            raise Refused(
                row.outcome,
                f"Command {issued.command_id} was refused before ({row.outcome}).",
                command=issued.command_id,
            )
        events: tuple[Recorded, ...] = ()
        if row.first_position is not None and row.last_position is not None:
            events = tuple(self.read(gt=row.first_position - 1, lte=row.last_position))
        return Answer(issued.command_id, events, from_micros(row.recorded_at), repeated=True)

    def answered(self, command_id: str) -> bool:
        """Tell whether a command id was answered before, with events, nothing or a refusal."""
        with _unavailable():
            return self.recorder.select_command(command_id) is not None

    def stamp(self, now: datetime) -> datetime:
        """Return `now`, or the last recorded instant this process knows of if that is later."""
        return max(now, self._last)

    def state(self, stream: Stream, *, fresh: bool = True) -> tuple[Any, int]:
        """
        Return the folded state of a stream and its version.

        Parameters
        ----------
        fresh
            False accepts a kept state without asking the store; saving guards it by its version.
        """
        with self._lock:
            kept = self._states.get(stream)
        if kept is not None and not fresh:
            return kept
        state, version = kept if kept is not None else (ABSENT, 0)
        for row in self.recorder.select_stream(stream, gt=version):
            state, version = aggregates.evolve(stream, state, TOPICS.decode(row).fact), row.version
        if version:
            self._keep(stream, state, version)
        return state, version

    def state_at(self, stream: Stream, position: int) -> Any:
        """Return the state of a stream as it was at a log position."""
        state: Any = ABSENT
        with _unavailable():
            for row in self.recorder.select_stream(stream):
                if row.position > position:
                    break
                state = aggregates.evolve(stream, state, TOPICS.decode(row).fact)
        return state

    def _keep(self, stream: Stream, state: Any, version: int) -> None:
        with self._lock:
            kept = self._states.get(stream)
            if kept is not None and kept[1] > version:
                return
            self._states[stream] = (state, version)
            self._states.move_to_end(stream)
            while len(self._states) > self._states_max:
                self._states.popitem(last=False)

    def head(self) -> int:
        """Return the last position, 0 for an empty log."""
        with _unavailable():
            return self.recorder.last_position()

    def heads(self) -> dict[str, int]:
        """Return the last position of each community."""
        with _unavailable():
            return self.recorder.community_heads()

    def position_at(self, instant: datetime) -> int:
        """Return the last position recorded at or before an instant: what was known then."""
        with _unavailable():
            return self.recorder.position_at(to_micros(instant))

    def read(
        self,
        *,
        gt: int = 0,
        lte: int | None = None,
        community: CommunityId | None = None,
        topics: Sequence[str] = (),
    ) -> Iterator[Recorded]:
        """
        Yield the events of the log in order, from after `gt` up to `lte` (default: the head when called).

        Raises
        ------
        Undecodable
            At the first row that is no event of this library.
        """
        stop = self.head() if lte is None else lte
        prefix = f"{community}/" if community is not None else None
        while gt < stop:
            with _unavailable():
                rows = self.recorder.select_rows(gt=gt, lte=stop, limit=self._read_batch, prefix=prefix, topics=topics)
            for row in rows:
                yield TOPICS.decode(row)
            if len(rows) < self._read_batch:
                return
            gt = rows[-1].position

    def close(self) -> None:
        """Close the store's connections."""
        self.recorder.close()


def _meta(command: Command, issued: Issued, *, index: int) -> Meta:
    return Meta.model_construct(
        command=issued.command_id,
        index=index,
        actor=command.actor.id,
        role=command.actor.role,
        via=command.actor.via,
        on_behalf_of=command.on_behalf_of,
        occurred_at=issued.occurred_at or command.at,
        recorded_at=command.at,
        cause=issued.cause,
    )


class _unavailable:  # noqa: N801 - reads as the phrase it is at the place of use
    """Turns the storage library's errors into `Unavailable`, so that callers meet one tree."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PersistenceError) and not isinstance(error, DispatchError):
            raise Unavailable(
                "The store cannot be reached or written now (unreachable, full or locked). Nothing was acknowledged: "
                "mend the store and send the command again with the same id.",
                reason=type(error).__name__,
            ) from error
