"""
What recorders take and give: rows, and the errors that a caller can act on.

The errors extend those of the eventsourcing library, so that code written for its recorders
handles ours: ``IntegrityError`` for a lost race, ``OperationalError`` for a store that cannot
answer now, ``ProgrammingError`` for a call that can never succeed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from eventsourcing.persistence import (
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)

__all__ = [
    "DONE",
    "MAX_BYTES_PER_EVENT",
    "MAX_BYTES_PER_SAVE",
    "MAX_EVENTS_PER_SAVE",
    "ClockBehind",
    "CommandKnown",
    "CommandRow",
    "Guard",
    "IntegrityError",
    "OperationalError",
    "Parked",
    "ProgrammingError",
    "Row",
    "SaveTooLarge",
    "StaleStream",
    "StoreUnfit",
    "StoredEvent",
    "Tracking",
    "check_size",
]

MAX_EVENTS_PER_SAVE: Final = 2_000
MAX_BYTES_PER_SAVE: Final = 4 * 1024 * 1024
MAX_BYTES_PER_EVENT: Final = 64 * 1024

DONE: Final = "done"
"""Outcome of a command that was carried out; any other outcome is the code of a refusal."""


class Guard(NamedTuple):
    """
    A stream that a command has only read, and that must not have moved since.

    Attributes
    ----------
    stream
        Stream id.
    version
        Version that was read; 0 when the stream did not exist.
    """

    stream: str
    version: int


@dataclass(frozen=True, slots=True)
class CommandRow:
    """
    One command that was carried out or refused; its id is taken once and for all.

    Attributes
    ----------
    command_id
        Chosen by the caller, unique in the store.
    digest
        Keyed digest of the body, to tell a repeat from another command under the same id.
    actor
        Who gave the command.
    recorded_at
        Microseconds since the Unix epoch, UTC; never decreases along positions.
    outcome
        ``"done"``, or the code of the refusal.
    stream
        Primary stream of the answer, if there is one.
    first_position, last_position
        Positions of its events, filled in by the recorder; None when there are none.
    """

    command_id: str
    digest: bytes
    actor: str
    recorded_at: int
    outcome: str
    stream: str | None
    first_position: int | None = None
    last_position: int | None = None


class Row(NamedTuple):
    """
    One stored event as the raw reader gives it.

    Attributes
    ----------
    position
        Place in the one log, 1..n without a gap.
    stream
        Stream id, ``{community}/{aggregate}/{id}``.
    version
        Place in the stream, from 1.
    topic
        Name of the event's class in the topic table.
    state
        Serialised event.
    """

    position: int
    stream: str
    version: int
    topic: str
    state: bytes


class Parked(NamedTuple):
    """
    A community whose followers stopped at a row that cannot be decoded.

    Attributes
    ----------
    community
        The community that stands still; the others go on.
    position
        Position of the row.
    code
        Name of the error.
    recorded_at
        When it was parked, microseconds since the Unix epoch, UTC.
    """

    community: str
    position: int
    code: str
    recorded_at: int


class StaleStream(IntegrityError):
    """
    A stream is not at the version that a save was decided on.

    Parameters
    ----------
    stream
        The stream that has moved.
    current
        Its version in the store.
    """

    def __init__(self, stream: str, current: int) -> None:
        self.stream = stream
        self.current = current
        super().__init__(
            f"Stream {stream} is at version {current}, which is not what this save was decided on. "
            "Nothing was stored. Read the stream again and decide again."
        )


class CommandKnown(IntegrityError):
    """
    The id of a command is already in the store.

    Parameters
    ----------
    command_id
        The id that is taken.
    """

    def __init__(self, command_id: str) -> None:
        self.command_id = command_id
        super().__init__(
            f"Command {command_id} is already recorded. Nothing was stored. "
            "Look the command up: its first answer is the answer."
        )


class ClockBehind(IntegrityError):
    """
    A command bears an earlier instant than the log's last one.

    Parameters
    ----------
    last
        ``recorded_at`` of the last command in the log, microseconds since the Unix epoch, UTC.
    given
        ``recorded_at`` of the refused command, same unit.
    """

    def __init__(self, last: int, given: int) -> None:
        self.last = last
        self.given = given
        super().__init__(
            f"The log was last written at {last} µs and this command says {given} µs: the clock "
            "is behind. Nothing was stored. Take an instant at or after the last one, and check "
            "the clock of this machine."
        )


class SaveTooLarge(ProgrammingError):
    """A save or one of its events is larger than the store takes; nothing was stored."""


class StoreUnfit(ProgrammingError):
    """The store cannot be used as it is set up; a person must change something first."""


def check_size(events: Sequence[StoredEvent]) -> None:
    """
    Refuse a save that is too large, before anything is sent.

    Raises
    ------
    SaveTooLarge
        More than 2,000 events, 4 MiB of states, or 64 KiB in one state.
    """
    if len(events) > MAX_EVENTS_PER_SAVE:
        raise SaveTooLarge(
            f"A save of {len(events)} events was refused; {MAX_EVENTS_PER_SAVE} is the most. Split the command."
        )
    total = 0
    for event in events:
        size = len(event.state)
        if size > MAX_BYTES_PER_EVENT:
            raise SaveTooLarge(
                f"An event {event.topic} of {size} bytes was refused; {MAX_BYTES_PER_EVENT} is "
                "the most. Put the content elsewhere and store a reference."
            )
        total += size
    if total > MAX_BYTES_PER_SAVE:
        raise SaveTooLarge(f"A save of {total} bytes was refused; {MAX_BYTES_PER_SAVE} is the most. Split the command.")
