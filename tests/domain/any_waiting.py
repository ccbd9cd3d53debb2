"""Random commands that let requests wait, go on, be linked, be joined to a visit, or be written about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from dispatch.domain.help_request import AwaitingApproval, AwaitingOthers, HelpRequest, Merged, OnHold
from dispatch.domain.intake import CancelRequest
from dispatch.domain.kind import Proof
from dispatch.domain.leg import Leg, Taken, Waiting
from dispatch.domain.linking import (
    AwaitOthers,
    DropDependency,
    EndMerged,
    FollowOthers,
    LinkDuplicate,
    ReopenRequest,
)
from dispatch.domain.recording import (
    IssueToken,
    NoteReimbursement,
    RecordOutcome,
    RecordProof,
    ReportGift,
    VoidLine,
)
from dispatch.domain.steering import ApproveRequest, HoldRequest, RefuseApproval, ResumeRequest
from dispatch.domain.values import SYSTEM, Channel, Command
from dispatch.domain.visit import JoinVisit
from tests.domain.town import LEAD, WORKER, actor, said

Requests = Mapping[str, HelpRequest]


def going_on(requests: Requests, at: datetime) -> Iterator[Command]:
    """Give what would move the waiting requests on."""
    for name, state in requests.items():
        of_it: dict[str, Any] = {"request": name, "at": at}
        if isinstance(state, AwaitingApproval):
            yield said(ApproveRequest, by=WORKER, **of_it)
            yield said(ApproveRequest, by=WORKER, **of_it)
            yield said(RefuseApproval, by=WORKER, reason="nobody_can", **of_it)
        if isinstance(state, OnHold):
            yield said(ResumeRequest, by=LEAD, **of_it)
            yield said(ResumeRequest, by=SYSTEM, **of_it)
        if isinstance(state, Merged):
            yield said(CancelRequest, by=LEAD, request=state.original, reason="mistake", at=at)
            yield said(EndMerged, by=SYSTEM, original=state.original, **of_it)
            yield said(EndMerged, by=SYSTEM, original=state.original, **of_it)
        if isinstance(state, AwaitingOthers):
            yield said(CancelRequest, by=LEAD, request=state.after[0], reason="mistake", at=at)
            yield said(FollowOthers, by=SYSTEM, **of_it)
            yield said(FollowOthers, by=SYSTEM, **of_it)
            yield said(DropDependency, by=LEAD, after=state.after[0], reason="not_needed_first", **of_it)


def standing_still(requests: Requests, at: datetime) -> Iterator[Command]:
    """Give what would let requests wait, or link them."""
    for name in requests:
        of_it: dict[str, Any] = {"by": LEAD, "request": name, "at": at}
        yield said(HoldRequest, reason="shop_closed", **of_it)
        yield said(HoldRequest, reason="resident_away", until=at + timedelta(minutes=20), **of_it)
        for other in requests:
            yield said(LinkDuplicate, original=other, reason="duplicate", **of_it)
            yield said(AwaitOthers, after=(other,), **of_it)


def reopenings(requests: Requests, at: datetime) -> Iterator[Command]:
    """Give what would take up what is over, under an id of its own."""
    for name in requests:
        call: dict[str, Any] = {"reopened_as": "q-4", "reporter": "desk", "channel": Channel.STAFF, "occurred_at": at}
        yield said(ReopenRequest, by=LEAD, request=name, reason="not_received", at=at, **call)


def legs_of(requests: Requests, stage: type[Leg]) -> list[tuple[str, Leg]]:
    """Return the legs in a stage, each with its request."""
    return [(name, leg) for name, state in requests.items() for leg in state.legs if isinstance(leg, stage)]


def joinings(requests: Requests, at: datetime) -> Iterator[Command]:
    """Give what would join a waiting leg to a visit, at whatever door."""
    for host, visit in legs_of(requests, Taken):
        for name, leg in legs_of(requests, Waiting):
            who = visit.asks[0].responder
            of_it: dict[str, Any] = {"request": name, "leg": leg.plan.name, "responder": who, "at": at}
            same = requests[host].beneficiary == requests[name].beneficiary
            for _ in range(4 if same else 1):
                yield said(JoinVisit, by=actor(who), visit=visit.asks[0].offer, **of_it)


def lines(requests: Requests, at: datetime) -> Iterator[Command]:
    """Give what could be written about requests, or voided."""
    for name, state in requests.items():
        of_it: dict[str, Any] = {"by": LEAD, "request": name, "at": at}
        yield said(IssueToken, digest="a" * 16, **of_it)
        yield said(RecordProof, proof=Proof.TOKEN, digest="a" * 16, **of_it)
        yield said(RecordProof, proof=Proof.PHOTO, digest="b" * 16, **of_it)
        yield said(NoteReimbursement, amount_fen=1_250, spent_by="r-shopper", receipt="c" * 16, **of_it)
        yield said(ReportGift, responder="r-captain", gift="meal", **of_it)
        yield from (said(RecordOutcome, leg=leg.plan.name, outcome="left_there", **of_it) for leg in state.legs)
        yield from (said(VoidLine, line=line.number, reason="misjudged", **of_it) for line in state.record)


@st.composite
def any_waiting(draw: st.DrawFn, requests: Requests, at: datetime) -> Command:
    """Draw one of them; what moves on is drawn as often as what stands still."""
    kinds = (*[going_on] * 4, *[joinings] * 4, lines, lines, standing_still, reopenings)
    possible = [found for kind in kinds if (found := list(kind(requests, at)))]
    return draw(st.sampled_from(draw(st.sampled_from(possible))))
