"""A story in which requests wait, are approved, linked, joined to a visit and written about, and lines are voided."""

from __future__ import annotations

from typing import Any

from dispatch.domain.intake import CancelRequest
from dispatch.domain.kind import Proof
from dispatch.domain.linking import (
    AwaitOthers,
    DropDependency,
    EndMerged,
    LinkDuplicate,
    ReopenRequest,
)
from dispatch.domain.recording import (
    AddNote,
    IssueToken,
    NoteReimbursement,
    RecordOutcome,
    RecordProof,
    ReportGift,
    VoidLine,
)
from dispatch.domain.steering import ApproveRequest, HoldRequest, RefuseApproval, ResumeRequest
from dispatch.domain.values import SYSTEM, Channel, Sealed
from dispatch.domain.visit import JoinVisit
from tests.domain.given import Given
from tests.domain.town import LEAD, T0, accepts, actor, after, asked, calls, completes, said

NOTE = Sealed(subject="p-li", field="note", command="c-1", nonce="AAAAAAAAAAAAAAAA", ciphertext="AAAA")
WORD, PHOTO, RECEIPT = "a" * 16, "b" * 16, "c" * 16


def approved_and_not(given: Given) -> Given:
    """Return the journal after one request was approved and one was not."""
    return given.and_then(
        calls("q-11", kind="childcare"),
        said(ApproveRequest, request="q-11"),
        calls("q-12", kind="childcare"),
        said(RefuseApproval, request="q-12", reason="nobody_can"),
    )


def linked(given: Given) -> Given:
    """Return the journal after a duplicate, a request after another, a hold and a reopening."""
    again: dict[str, Any] = {"reopened_as": "q-16", "reporter": "desk", "channel": Channel.STAFF, "occurred_at": T0}
    return given.and_then(
        calls("q-13"),
        calls("q-14"),
        calls("q-15"),
        said(LinkDuplicate, request="q-14", original="q-13"),
        said(AwaitOthers, request="q-15", after=("q-13", "q-11")),
        said(DropDependency, request="q-15", after="q-11", reason="not_needed_first"),
        said(DropDependency, request="q-15", after="q-13", reason="not_needed_first"),
        said(HoldRequest, request="q-15", reason="shop_closed"),
        said(ResumeRequest, request="q-15", at=after(30)),
        said(CancelRequest, request="q-13", reason="mistake"),
        said(EndMerged, by=SYSTEM, request="q-14", original="q-13"),
        said(ReopenRequest, request="q-12", reason="not_received", **again),
    )


def visited(given: Given) -> Given:
    """Return the journal after two bags went down on one visit."""
    given = given.and_then(calls("q-17", kind="garbage"), calls("q-18", kind="garbage"))
    given = asked(given, "inside", "r-cadre", request="q-17").and_then(accepts("r-cadre", 1, "q-17"))
    joined = said(JoinVisit, by=actor("r-cadre"), request="q-18", leg="inside", responder="r-cadre", visit="q-17#1")
    return given.and_then(
        joined,
        completes("r-cadre", "inside", request="q-17"),
        completes("r-cadre", "inside", request="q-18"),
    )


def written(given: Given) -> Given:
    """Return the journal after everything was written about one request that can be, and a line was voided."""
    return given.and_then(
        said(AddNote, request="q-18", note=NOTE),
        said(IssueToken, request="q-18", digest=WORD),
        said(RecordProof, by=actor("r-cadre"), request="q-18", proof=Proof.TOKEN, digest=WORD, leg="inside"),
        said(NoteReimbursement, request="q-18", amount_fen=1_250, spent_by="r-cadre", receipt=RECEIPT),
        said(ReportGift, by=LEAD, request="q-18", responder="r-cadre", gift="meal"),
        said(VoidLine, request="q-18", line=1, reason="misjudged"),
        said(RecordOutcome, request="q-18", leg="inside", outcome="left_there"),
    )


def everything_written(given: Given) -> Given:
    """Return the journal after all of it."""
    return written(visited(linked(approved_and_not(given))))
