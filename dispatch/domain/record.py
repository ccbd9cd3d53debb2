"""
Record: the lines somebody wrote about a request, each with its number; a wrong one is voided, never rewritten.

What may be voided: notes, outcomes of legs, proofs, what was spent, reported gifts, the resident's
confirmation. What may not: offers and their answers, the matcher's decisions, alarms, approvals, and
that a leg was done at all; each of these has a step of its own that takes it back or comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .errors import impossible
from .kind import Proof
from .values import Account, Code, Digest, Fact, Instant, ResponderId, Sealed

FEN_MAX = 10_000_000
"""100,000 yuan: more is a slip of the finger."""


class LineKind(StrEnum):
    """What a line of the record says."""

    NOTE = "note"
    OUTCOME = "outcome"
    PROOF = "proof"
    REIMBURSEMENT = "reimbursement"
    GIFT = "gift"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class Void:
    """That a line is wrong: who said so, when and why."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of a request's record.

    Attributes
    ----------
    number
        From 1, in the order of writing; a voided line keeps its number.
    leg
        The leg it is about, if it is about one.
    code
        Outcome, kind of proof or gift.
    amount_fen
        What was spent, in fen (1/100 yuan).
    digest
        Of the photo, word or receipt.
    by
        Who wrote it; `None` for an outcome, which whoever has the leg reports.
    """

    number: int
    kind: LineKind
    at: datetime
    leg: str | None = None
    code: str | None = None
    amount_fen: int = 0
    digest: str | None = None
    by: str | None = None
    void: Void | None = None


class NoteAdded(Fact):
    """Somebody added a note."""

    TOPIC: ClassVar[str] = "request.note_added"
    note: Sealed
    by: Account
    added_at: Instant


class TokenIssued(Fact):
    """The beneficiary was told a word to give to whoever brings the help; the log holds its digest only (R8)."""

    TOPIC: ClassVar[str] = "request.token_issued"
    digest: Digest
    issued_at: Instant


class ProofRecorded(Fact):
    """A photo was taken, or the right word was said (R8); the photo itself is not in the log."""

    TOPIC: ClassVar[str] = "request.proof_recorded"
    leg: Code | None = None
    proof: Proof
    digest: Digest
    by: Account
    recorded_at: Instant


class ReimbursementNoted(Fact):
    """Somebody spent money on the goods; kept apart from payment, which is not taken (R16)."""

    TOPIC: ClassVar[str] = "request.reimbursement_noted"
    amount_fen: Annotated[int, Field(ge=1, le=FEN_MAX)]
    spent_by: Account
    receipt: Digest | None = None
    noted_at: Instant


class GiftReported(Fact):
    """Money or a gift was offered for the help; `taken` is never true where no payment is allowed (R16)."""

    TOPIC: ClassVar[str] = "request.gift_reported"
    responder: ResponderId
    gift: Code
    taken: bool
    reported_at: Instant


class OutcomeRecorded(Fact):
    """What became of a leg, after the outcome reported first was voided."""

    TOPIC: ClassVar[str] = "request.outcome_recorded"
    leg: Code
    outcome: Code
    by: Account
    recorded_at: Instant


class LineVoided(Fact):
    """A line of the record is wrong. It stays, and this stays beside it."""

    TOPIC: ClassVar[str] = "request.line_voided"
    line: Annotated[int, Field(ge=1)]
    reason: Code
    by: Account
    voided_at: Instant


RECORD_FACTS: tuple[type[Fact], ...] = (
    NoteAdded,
    ProofRecorded,
    ReimbursementNoted,
    GiftReported,
    OutcomeRecorded,
    LineVoided,
)
"""What may be written about a request at any time, also when it is over."""

Record = tuple[Line, ...]


def with_line(record: Record, event: Fact) -> Record:
    """Return the record after somebody wrote a line, or said that one is wrong."""
    match event:
        case NoteAdded():
            return with_new(record, LineKind.NOTE, event.added_at, by=event.by)
        case ProofRecorded():
            said = {"leg": event.leg, "code": event.proof.value, "digest": event.digest, "by": event.by}
            return with_new(record, LineKind.PROOF, event.recorded_at, **said)
        case ReimbursementNoted():
            spent = {"amount_fen": event.amount_fen, "digest": event.receipt, "by": event.spent_by}
            return with_new(record, LineKind.REIMBURSEMENT, event.noted_at, **spent)
        case GiftReported():
            return with_new(record, LineKind.GIFT, event.reported_at, code=event.gift, by=event.responder)
        case OutcomeRecorded():
            told = {"leg": event.leg, "code": event.outcome, "by": event.by}
            return with_new(record, LineKind.OUTCOME, event.recorded_at, **told)
        case LineVoided():
            return _voided(record, event)
        case _:
            raise impossible(event, record)


def with_new(record: Record, kind: LineKind, at: datetime, **said: Any) -> Record:
    """Return the record with one more line; `said` are fields of `Line`."""
    return (*record, Line(len(record) + 1, kind, at, **said))


def _voided(record: Record, event: LineVoided) -> Record:
    line = line_of(record, event.line)
    if line is None or line.void is not None:
        raise impossible(event, record)
    void = Void(reason=event.reason, by=event.by, at=event.voided_at)
    return tuple(replace(line, void=void) if other is line else other for other in record)


def line_of(record: Record, number: int) -> Line | None:
    """Return a line by its number."""
    return record[number - 1] if 0 < number <= len(record) else None


def standing(record: Record, kind: LineKind) -> Record:
    """Return the lines of a kind that nobody has voided."""
    return tuple(line for line in record if line.kind is kind and line.void is None)


def spent_fen(record: Record) -> int:
    """Return what was spent on the goods by the lines that stand, in fen."""
    return sum(line.amount_fen for line in standing(record, LineKind.REIMBURSEMENT))
