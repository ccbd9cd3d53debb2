"""The record of a request: what may be written, by whom, and how a wrong line is voided."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.help_request import Confirmed, Delivered
from dispatch.domain.intake import CancelRequest, CloseRequest, ConfirmReceipt
from dispatch.domain.kind import Proof
from dispatch.domain.record import LineKind, spent_fen, standing
from dispatch.domain.recording import (
    AddNote,
    IssueToken,
    NoteReimbursement,
    RecordOutcome,
    RecordProof,
    ReportGift,
    VoidLine,
)
from dispatch.domain.resident import BeginErasure
from dispatch.domain.values import Actor, Command
from tests.domain.given import Given, kinds_of
from tests.domain.town import LEAD, actor, calls, done_by, request_of_town, said, town
from tests.domain.written import NOTE, PHOTO, RECEIPT, WORD

CAPTAIN = actor("r-captain")


def seen_to(kind: str = "check_in", *legs: tuple[str, str]) -> Given:
    """Return a town in which a request is delivered."""
    given = town().and_then(calls(kind=kind))
    for leg, who in legs or (("visit", "r-captain"),):
        given = done_by(given, leg, who)
    return given


def of(command: type[Command], by: Actor = LEAD, **fields: Any) -> Any:
    """Return something written about the request."""
    return said(command, by=by, request="q-1", **fields)


def voids(line: int = 1) -> VoidLine:
    """Return the void of a line."""
    command: VoidLine = of(VoidLine, line=line, reason="misjudged")
    return command


def photo(**fields: Any) -> RecordProof:
    """Return a photo by the captain."""
    shape: dict[str, Any] = {"by": CAPTAIN, "proof": Proof.PHOTO, "digest": PHOTO} | fields
    command: RecordProof = of(RecordProof, **shape)
    return command


def closes(reason: str = "left_at_door") -> CloseRequest:
    """Return the desk's closing."""
    command: CloseRequest = of(CloseRequest, reason=reason)
    return command


# ---- Lines and voids ------------------------------------------------------------------------


def test_lines_are_numbered_as_they_are_written() -> None:
    """The outcome of a leg is the first one, whoever reports it."""
    given = seen_to().and_then(of(AddNote, note=NOTE), photo())
    record = request_of_town(given).record
    assert [(line.number, line.kind) for line in record] == [(1, "outcome"), (2, "note"), (3, "proof")]


def test_a_void_stays_beside_its_line() -> None:
    """Nothing is rewritten; said twice, nothing new happens; what is voided does not stand."""
    given = seen_to().and_then(voids())
    state = request_of_town(given)
    assert state.record[0].code == "success"
    assert state.record[0].void is not None
    assert (state.record[0].void.by, state.record[0].void.reason) == ("r-lead", "misjudged")
    assert standing(state.record, LineKind.OUTCOME) == ()
    assert given.when(voids()) == []


@pytest.mark.parametrize("line", [2, 99])
def test_there_is_no_such_line(line: int) -> None:
    """Only what is written can be wrong."""
    assert seen_to().refusal(voids(line)).code == "unknown_line"


def test_the_true_outcome_is_written_after_the_void() -> None:
    """Two outcomes never stand beside each other, and a leg stays done."""
    truth = of(RecordOutcome, leg="visit", outcome="left_there")
    assert seen_to().refusal(truth).code == "outcome_stands"
    given = seen_to().and_then(voids(), truth)
    assert [line.code for line in standing(request_of_town(given).record, LineKind.OUTCOME)] == ["left_there"]
    assert given.when(truth) == []
    wrong = of(RecordOutcome, leg="visit", outcome="not_home")
    assert seen_to().and_then(voids()).refusal(wrong).code == "bad_outcome"
    assert town().and_then(calls()).refusal(of(RecordOutcome, leg="inside", outcome="success")).code == "leg_not_over"


def test_a_voided_confirmation_is_waited_for_again() -> None:
    """The neighbour had said yes at the wrong door."""
    given = seen_to().and_then(of(ConfirmReceipt, by=actor("p-li")))
    assert isinstance(request_of_town(given), Confirmed)
    assert isinstance(request_of_town(given.and_then(voids(2))), Delivered)
    closed = given.and_then(closes("confirmed"), voids(2))
    assert type(request_of_town(closed)).__name__ == "Closed"


def test_what_is_over_may_still_be_written_about() -> None:
    """It stays over."""
    given = town().and_then(calls(), of(CancelRequest, reason="mistake"))
    given = given.and_then(of(NoteReimbursement, amount_fen=900, spent_by="r-shopper"), voids())
    assert type(request_of_town(given)).__name__ == "Cancelled"


def test_notes_of_a_person_being_erased_are_refused() -> None:
    """Nothing new is sealed for them."""
    given = seen_to().and_then(said(BeginErasure, resident="p-li"))
    assert given.refusal(of(AddNote, note=NOTE)).code == "erased"
    assert kinds_of(given.when(voids())) == ["LineVoided"]


# ---- Who may write --------------------------------------------------------------------------


@pytest.mark.parametrize("by", [CAPTAIN, LEAD])
def test_who_does_it_or_steers_it_writes(by: Actor) -> None:
    """The captain who was there, and the desk."""
    assert kinds_of(seen_to().when(photo(by=by))) == ["ProofRecorded"]


@pytest.mark.parametrize(
    "command",
    [
        photo(by=actor("r-shopper")),
        of(ReportGift, by=actor("r-shopper"), responder="r-shopper", gift="meal"),
        of(NoteReimbursement, by=actor("r-shopper"), amount_fen=1, spent_by="r-shopper"),
        of(AddNote, by=actor("p-wu"), note=NOTE),
    ],
    ids=lambda command: type(command).__name__,
)
def test_who_has_nothing_to_do_with_it_writes_nothing(command: Command) -> None:
    """No volunteer proves another's work."""
    assert seen_to().refusal(command).code == "not_concerned"


# ---- Proof, money, gifts --------------------------------------------------------------------


def test_the_same_photo_is_one_proof() -> None:
    """Sent again after a lost answer, or under another leg."""
    assert seen_to().and_then(photo()).when(photo()) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"proof": Proof.NONE}, "no_proof"),
        ({"proof": Proof.TOKEN, "digest": WORD}, "wrong_token"),
        ({"leg": "roof"}, "unknown_leg"),
    ],
)
def test_what_proves_nothing(fields: dict[str, Any], code: str) -> None:
    """A word that nobody was told, a leg that nobody went."""
    assert seen_to().refusal(photo(**fields)).code == code


def test_a_new_word_replaces_the_old_one() -> None:
    """The old word is no proof any more."""
    given = town().and_then(calls(), of(IssueToken, digest=WORD), of(IssueToken, digest=PHOTO))
    token: dict[str, Any] = {"by": LEAD, "proof": Proof.TOKEN}
    assert given.refusal(photo(digest=WORD, **token)).code == "wrong_token"
    assert kinds_of(given.when(photo(digest=PHOTO, **token))) == ["ProofRecorded"]
    assert given.when(of(IssueToken, digest=PHOTO)) == []


def test_money_spent_adds_up_without_voided_lines() -> None:
    """One receipt counts once (R16)."""
    spent: dict[str, Any] = {"amount_fen": 1_250, "spent_by": "r-captain"}
    given = seen_to().and_then(of(NoteReimbursement, receipt=RECEIPT, **spent), of(NoteReimbursement, **spent))
    assert given.when(of(NoteReimbursement, receipt=RECEIPT, **spent)) == []
    assert spent_fen(request_of_town(given).record) == 2_500
    assert spent_fen(request_of_town(given.and_then(voids(2))).record) == 1_250


def test_gifts_are_refused_and_the_offer_is_kept() -> None:
    """A line says that it was offered; that it was taken cannot be written (R16)."""
    gift: dict[str, Any] = {"by": CAPTAIN, "responder": "r-captain", "gift": "money"}
    given = seen_to()
    assert given.refusal(of(ReportGift, taken=True, **gift)).code == "gift_taken"
    (event,) = given.when(of(ReportGift, **gift))
    assert getattr(event, "taken", None) is False


# ---- Closing --------------------------------------------------------------------------------

TAKEAWAY = (("outside", "r-shopper"), ("inside", "r-captain"))
ERRAND = (("collect", "r-captain"), ("outside", "r-shopper"), ("inside", "r-captain"))


def delivered(kind: str, legs: tuple[tuple[str, str], ...], *told: Command) -> Given:
    """Return a town in which a request is delivered, and what was told of it."""
    given = town().and_then(calls(kind=kind), of(IssueToken, digest=WORD))
    for leg, who in legs:
        given = done_by(given, leg, who)
    return given.and_then(*told)


WORD_SAID = photo(proof=Proof.TOKEN, digest=WORD)


@pytest.mark.parametrize(
    ("given", "reason", "code"),
    [
        (delivered("takeaway", TAKEAWAY), "left_at_door", "confirmation_needed"),
        (delivered("takeaway", TAKEAWAY, photo()), "left_at_door", "confirmation_needed"),
        (delivered("takeaway", TAKEAWAY, WORD_SAID), "left_at_door", None),
        (delivered("takeaway", TAKEAWAY), "unresponsive", None),
        (delivered("errand", ERRAND), "left_at_door", "proof_needed"),
        (delivered("errand", ERRAND, photo()), "left_at_door", None),
        (delivered("errand", ERRAND, WORD_SAID), "left_at_door", None),
        (delivered("errand", ERRAND, of(ConfirmReceipt, by=actor("p-li"))), "confirmed", None),
        (seen_to(), "left_at_door", None),
    ],
)
def test_what_lets_a_request_close(given: Given, reason: str, code: str | None) -> None:
    """Takeaway needs the resident's own word (R7), an errand its papers' photo (R8), others a true reason."""
    if code is not None:
        assert given.refusal(closes(reason)).code == code
    else:
        assert kinds_of(given.when(closes(reason))) == ["RequestClosed"]


def test_a_voided_proof_closes_nothing() -> None:
    """The photo was of another door."""
    given = delivered("errand", ERRAND, photo())
    number = standing(request_of_town(given).record, LineKind.PROOF)[0].number
    assert given.and_then(voids(number)).refusal(closes()).code == "proof_needed"
