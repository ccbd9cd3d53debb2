"""Verbs that write lines about a request, and void wrong ones."""

from __future__ import annotations

import hashlib
from typing import Unpack

from ..domain import recording
from ..domain.errors import Refused
from ..domain.kind import Proof
from ..domain.values import RequestId, ResponderId
from ..store.journal import Answer
from .answers import Answers
from .given import about
from .plan import Call, Plan

WORD_LETTERS = 6
"""Long enough not to be guessed at a door, short enough to be said."""
PHOTO_BYTES_MAX = 50_000_000


class Records(Answers):
    """One method per verb; a line has its number in `HelpRequest.record`."""

    def add_note(self, community: str, request: RequestId, note: str, **call: Unpack[Call]) -> Answer:
        """Add a note to a request, sealed under the beneficiary's key; `reveal` opens it."""
        beneficiary = self._request_state(community, request).beneficiary
        said = {"request": request, "note": note}
        plan = Plan(recording.AddNote, {"request": request}, said=said, subject=beneficiary, personal={"note": note})
        return self._say(community, plan, call)

    def issue_token(self, community: str, request: RequestId, **call: Unpack[Call]) -> str:
        """
        Return a word to tell the beneficiary, who gives it to whoever brings the help (R8).

        The log holds its digest only, so nobody can read it there. A new word replaces the old one.
        """
        word = self._made("t", community, call)[2 : 2 + WORD_LETTERS]
        fields = {"request": request, "digest": word_digest(request, word)}
        self._about_request(community, recording.IssueToken, call=call, fields=fields)
        return word

    def record_proof(
        self,
        community: str,
        request: RequestId,
        *,
        photo: bytes | None = None,
        word: str | None = None,
        leg: str | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Record a proof of delivery: a photo, or the word that the beneficiary said (R8).

        Parameters
        ----------
        photo
            The picture itself, up to 50 MB: its SHA-256 is recorded and nothing else. Keep it yourself.
        word
            What was said; it must be the one that was issued.

        Raises
        ------
        Refused
            ``no_proof``: neither or both; ``wrong_token``; ``not_concerned``.
        """
        if (photo is None) is (word is None) or (photo is not None and not 0 < len(photo) <= PHOTO_BYTES_MAX):
            raise Refused("no_proof", "Give either a photo of at most 50 MB or the word that was said.")
        fields = {
            "request": request,
            "proof": Proof.PHOTO if photo is not None else Proof.TOKEN,
            "digest": hashlib.sha256(photo).hexdigest() if photo is not None else word_digest(request, str(word)),
            "leg": leg,
        }
        return self._about_request(community, recording.RecordProof, call=call, fields=fields)

    def note_reimbursement(
        self,
        community: str,
        request: RequestId,
        amount_fen: int,
        *,
        spent_by: str,
        receipt: bytes | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Record what somebody spent on the goods, which is no payment for the help (R16).

        Parameters
        ----------
        amount_fen
            In fen, 1 to 10,000,000.
        receipt
            A picture of the receipt; its SHA-256 is recorded, and the same one counts once.
        """
        digest = hashlib.sha256(receipt).hexdigest() if receipt is not None else None
        fields = {"request": request, "amount_fen": amount_fen, "spent_by": spent_by, "receipt": digest}
        return self._about_request(community, recording.NoteReimbursement, call=call, fields=fields)

    def report_gift(
        self,
        community: str,
        request: RequestId,
        responder: ResponderId,
        *,
        gift: str,
        taken: bool = False,
        **call: Unpack[Call],
    ) -> Answer:
        """Report that a gift (money, goods, meal) was offered and refused; if `taken`: ``gift_taken`` (R16)."""
        fields = {"request": request, "responder": responder, "gift": gift, "taken": taken}
        return self._say(community, about(recording.ReportGift, **fields), call)

    def record_outcome(
        self, community: str, request: RequestId, leg: str, *, outcome: str, **call: Unpack[Call]
    ) -> Answer:
        """Record what truly became of a leg, after the outcome reported first was voided."""
        fields = {"request": request, "leg": leg, "outcome": outcome}
        return self._about_request(community, recording.RecordOutcome, call=call, fields=fields)

    def void(self, community: str, request: RequestId, line: int, *, reason: str, **call: Unpack[Call]) -> Answer:
        """
        Void a wrong line of a request's record; the line and its void both stay.

        Notes
        -----
        Notes, outcomes, proofs, reimbursements, gifts and confirmations have lines. A voided confirmation
        lets a request that is not closed wait for one again.
        """
        fields = {"request": request, "line": line, "reason": reason}
        return self._about_request(community, recording.VoidLine, call=call, fields=fields)


def word_digest(request: RequestId, word: str) -> str:
    """Return the digest under which a word is in the log; letter case and blanks around it do not matter."""
    return hashlib.sha256(f"{request}:{word.strip().lower()}".encode()).hexdigest()
