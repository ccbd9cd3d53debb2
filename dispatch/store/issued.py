"""What goes into the journal beside a command, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from ..domain.errors import Refused
from ..domain.values import CommandId, Fact
from .recorded import POSITION_MAX, Recorded

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DIGEST_BYTES_MAX: Final = 64

_MICROSECOND: Final = timedelta(microseconds=1)
_is_command_id: Final = TypeAdapter(CommandId).validator.isinstance_python


def to_micros(instant: datetime) -> int:
    """Return microseconds since the Unix epoch, UTC."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC instant of microseconds since the Unix epoch."""
    return EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True, slots=True)
class Issued:
    """
    A command on its way: its id, the keyed digest of its body, and what is known of its origin.

    Attributes
    ----------
    command_id
        1 to 200 printable ASCII characters without space; the same id twice gives the first answer.
    digest
        Tells a repeat from another command under the same id; at most 64 bytes. Empty when the body
        cannot be compared any more (its key is erased).
    occurred_at
        When it happened by the device's clock, aware; kept in UTC. By default when it is recorded.
    cause
        Position of the log that it answers.

    Raises
    ------
    Refused
        ``bad_command_id``, ``bad_input`` (`occurred_at`): what would be stored could not be read back.
    ValueError
        Another field is not as described.
    """

    command_id: str
    digest: bytes = b""
    occurred_at: datetime | None = None
    cause: int | None = None

    def __post_init__(self) -> None:
        if not _is_command_id(self.command_id, strict=True):
            raise Refused(
                "bad_command_id",
                "A command id has 1 to 200 printable ASCII characters and no space. Use for example a UUID.",
            )
        if len(self.digest) > DIGEST_BYTES_MAX:
            raise ValueError(f"a digest has at most {DIGEST_BYTES_MAX} bytes, this one {len(self.digest)}")
        if self.cause is not None and not 0 <= self.cause <= POSITION_MAX:
            raise ValueError(f"a cause is a position of the log, not {self.cause}")
        if self.occurred_at is not None and self.occurred_at.tzinfo is not UTC:
            object.__setattr__(self, "occurred_at", _in_utc(self.occurred_at))


def _in_utc(instant: datetime) -> datetime:
    if instant.utcoffset() is not None:
        try:
            return instant.astimezone(UTC)
        except OverflowError:
            pass
    raise Refused(
        "bad_input",
        "occurred_at needs a time zone and a year from 1 to 9999 in UTC, as in 2026-03-01T09:30+08:00. Correct it.",
        field="occurred_at",
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a command.

    Attributes
    ----------
    command_id
        The command's id.
    events
        Those it recorded, in the order of positions: none when nothing new happened.
    recorded_at
        When it was recorded, UTC.
    repeated
        Whether the same command had been answered before, so that this is the first answer again.
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
    """
    What became of a batch.

    Attributes
    ----------
    answer
        To the batch as one command.
    refused
        (index in the batch from 0, why) for each command that is not in it.
    """

    answer: Answer
    refused: tuple[tuple[int, Refused], ...]
