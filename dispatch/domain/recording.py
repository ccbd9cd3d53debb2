"""Commands that write lines about a request: notes, proofs, money spent, gifts, outcomes; and that void wrong ones."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .decider import NOTHING, Changes, Decision, Read
from .errors import Refused
from .help_request import HelpRequest, ended, known
from .intake import RequestCommand
from .kind import Proof
from .leg import Done, Failed
from .outcome import check_outcome
from .record import (
    FEN_MAX,
    GiftReported,
    LineKind,
    LineVoided,
    NoteAdded,
    OutcomeRecorded,
    ProofRecorded,
    ReimbursementNoted,
    TokenIssued,
    line_of,
    standing,
)
from .resident import present
from .values import DESK, Account, Code, Digest, Fact, ResponderId, Role, Sealed, request_stream


class AddNote(RequestCommand):
    """Write something more down about a request; the façade has sealed it."""

    note: Sealed | None = None


class IssueToken(RequestCommand):
    """Tell the beneficiary a word; the log holds its digest only. A new word replaces the old one."""

    digest: Digest


class RecordProof(RequestCommand):
    """Record that a photo was taken, or which word was said."""

    proof: Proof
    digest: Digest
    leg: Code | None = None


class NoteReimbursement(RequestCommand):
    """Record what somebody spent on the goods, in fen."""

    amount_fen: Annotated[int, Field(ge=1, le=FEN_MAX)]
    spent_by: Account
    receipt: Digest | None = None


class ReportGift(RequestCommand):
    """Report that money or a gift was offered for the help, and whether it was taken."""

    responder: ResponderId
    gift: Code
    taken: bool = False


class RecordOutcome(RequestCommand):
    """Record what became of a leg, when the outcome reported before is voided."""

    leg: Code
    outcome: Code


class VoidLine(RequestCommand):
    """Say that a line of the record is wrong."""

    line: Annotated[int, Field(ge=1)]
    reason: Code


def add_note(command: AddNote, read: Read) -> Decision:
    """Add a note, at any time while the person's data are there; each is a line of its own."""
    state = known(read, command.community, command.request)
    present(read, command.community, state.beneficiary)
    _concerns(command, state)
    if command.note is None:
        raise Refused("bad_text", "The note is empty. Write something.", what="note", problem="empty")
    return _one(command, NoteAdded(note=command.note, by=command.actor.id, added_at=command.at))


def issue_token(command: IssueToken, read: Read) -> Decision:
    """Issue the word that shows who receives; before the last leg is done."""
    state = known(read, command.community, command.request)
    if state.token == command.digest:
        return NOTHING
    if not state.is_planned:
        raise ended(command.request, state)
    return _one(command, TokenIssued(digest=command.digest, issued_at=command.at))


def record_proof(command: RecordProof, read: Read) -> Decision:
    """
    Record a proof by whoever does or did a leg, or by the desk (R8).

    The same photo twice is one proof. A word that was not issued is refused.
    """
    state = known(read, command.community, command.request)
    _concerns(command, state)
    if command.proof is Proof.NONE:
        raise Refused("no_proof", "Nothing is no proof. Give a photo or the word that was said.")
    if command.proof is Proof.TOKEN and command.digest != state.token:
        raise Refused(
            "wrong_token",
            f"That is not the word that was issued for request {command.request}. Ask for it again.",
            request=command.request,
        )
    if command.leg is not None and state.leg(command.leg) is None:
        raise Refused("unknown_leg", f"Request {command.request} has no leg {command.leg}.", request=command.request)
    said = {(line.code, line.digest) for line in standing(state.record, LineKind.PROOF)}
    if (command.proof.value, command.digest) in said:
        return NOTHING
    fact = ProofRecorded(
        leg=command.leg, proof=command.proof, digest=command.digest, by=command.actor.id, recorded_at=command.at
    )
    return _one(command, fact)


def note_reimbursement(command: NoteReimbursement, read: Read) -> Decision:
    """Record money spent on goods; it is no payment for the help (R16). One receipt counts once."""
    state = known(read, command.community, command.request)
    _concerns(command, state)
    if command.receipt is not None:
        lines = standing(state.record, LineKind.REIMBURSEMENT)
        if any(line.digest == command.receipt for line in lines):
            return NOTHING
    fact = ReimbursementNoted(
        amount_fen=command.amount_fen, spent_by=command.spent_by, receipt=command.receipt, noted_at=command.at
    )
    return _one(command, fact)


def report_gift(command: ReportGift, read: Read) -> Decision:
    """Record an offered gift as refused; that one was taken is refused where no payment is allowed (R16)."""
    state = known(read, command.community, command.request)
    _concerns(command, state)
    if command.taken and state.terms.no_payment:
        raise Refused(
            "gift_taken",
            f"Nothing is taken for help of kind {state.kind}. Give it back, and report it as refused.",
            request=command.request,
            kind=state.kind,
        )
    fact = GiftReported(responder=command.responder, gift=command.gift, taken=command.taken, reported_at=command.at)
    return _one(command, fact)


def record_outcome(command: RecordOutcome, read: Read) -> Decision:
    """Record the true outcome of a leg beside the voided one; that it was done, or failed, does not change."""
    state = known(read, command.community, command.request)
    leg = state.leg(command.leg)
    if not isinstance(leg, Done | Failed):
        raise Refused(
            "leg_not_over",
            f"Leg {command.leg} of request {command.request} is not over. Report it done or failed.",
            request=command.request,
            leg=command.leg,
        )
    check_outcome(command.outcome, done=isinstance(leg, Done))
    reported = [line for line in standing(state.record, LineKind.OUTCOME) if line.leg == command.leg]
    if reported and reported[-1].code == command.outcome:
        return NOTHING
    if reported:
        raise Refused(
            "outcome_stands",
            f"Line {reported[-1].number} says what became of leg {command.leg}. Void it first.",
            request=command.request,
            line=reported[-1].number,
        )
    fact = OutcomeRecorded(leg=command.leg, outcome=command.outcome, by=command.actor.id, recorded_at=command.at)
    return _one(command, fact)


def void_line(command: VoidLine, read: Read) -> Decision:
    """
    Void a line, with a reason; the line and its void both stay.

    A voided confirmation of a request that is not closed makes it wait for one again. Closed, it stays
    closed: reopen it. Voided twice, nothing new happens.
    """
    state = known(read, command.community, command.request)
    line = line_of(state.record, command.line)
    if line is None:
        raise Refused(
            "unknown_line",
            f"Request {command.request} has {len(state.record)} lines. Name one of them by its number.",
            request=command.request,
            line=command.line,
        )
    if line.void is not None:
        return NOTHING
    return _one(command, LineVoided(line=line.number, reason=command.reason, by=command.actor.id, voided_at=command.at))


def _concerns(command: RequestCommand, state: HelpRequest) -> None:
    """Refuse a line by somebody who neither is of the desk, nor asked, nor has or had a leg of the request."""
    who, role = command.on_behalf_of or command.actor.id, command.actor.role
    doing = {ask.responder for leg in state.legs for ask in leg.asks if ask.accepted}
    if role in DESK or role is Role.SYSTEM or who in doing or who in (state.beneficiary, state.reporter):
        return
    raise Refused(
        "not_concerned",
        f"{who} has nothing to do with request {command.request}. Let who does it, or the desk, write this down.",
        actor=who,
        request=command.request,
    )


def _one(command: RequestCommand, fact: Fact) -> Decision:
    return (Changes(request_stream(command.community, command.request), (fact,)),)
