"""Commands by which people let a request go on or stand still: approve, refuse, hold, resume."""

from __future__ import annotations

from .approval import ApprovalGiven, ApprovalRefused, missing_roles
from .decider import NOTHING, Changes, Decision, Gathered, Read
from .errors import Refused
from .help_request import AwaitingApproval, HelpRequest, NotApproved, OnHold, ended, known
from .hold import RequestHeld, RequestResumed, moved_by_pause
from .intake import RequestCommand
from .link import RequestReadied
from .predecessors import all_delivered
from .recall import withdraw_all
from .responder import Responder
from .values import Code, Fact, Instant, ResponderId, Role, Urgency, is_local_id, request_stream, responder_stream


class ApproveRequest(RequestCommand):
    """Approve a request, in one's own role."""


class RefuseApproval(RequestCommand):
    """Refuse a request one must approve: it ends."""

    reason: Code


class HoldRequest(RequestCommand):
    """
    Let a request stand still for a reason.

    Nothing is shared out and the clock is paused; open offers are withdrawn. Who has taken a leg keeps
    it, for the goods may be in their hands; they may report it or give it back as ever.
    """

    reason: Code
    until: Instant | None = None


class ResumeRequest(RequestCommand):
    """Let a held request go on; with `since`, only the hold that began then."""

    since: Instant | None = None


def approve_request(command: ApproveRequest, read: Read) -> Decision:
    """Approve in one's own role; with the last approval the request is shared out (R2, R12)."""
    state = known(read, command.community, command.request)
    role = command.actor.role
    if any(approval.role is role for approval in state.approved):
        return NOTHING
    _may_approve(command, state, read=read)
    given = ApprovalGiven(role=role, by=command.actor.id, given_at=command.at)
    done = missing_roles(state.approvals, state.approved) == (role,)
    if done and all_delivered(state.after, read, community=command.community):
        return _one(command, given, RequestReadied(readied_at=command.at))
    return _one(command, given)


def refuse_approval(command: RefuseApproval, read: Read) -> Decision:
    """Refuse a request that waits for approval; taken up again it is a new one."""
    state = known(read, command.community, command.request)
    if isinstance(state, NotApproved):
        return NOTHING
    _may_approve(command, state, read=read)
    fact = ApprovalRefused(role=command.actor.role, by=command.actor.id, reason=command.reason, refused_at=command.at)
    return _one(command, fact)


def _may_approve(command: ApproveRequest | RefuseApproval, state: HelpRequest, *, read: Read) -> None:
    if not isinstance(state, AwaitingApproval):
        raise ended(command.request, state)
    missing = missing_roles(state.approvals, state.approved)
    if command.actor.role not in missing:
        raise Refused(
            "not_your_approval",
            f"Request {command.request} waits for {', '.join(missing)}, not for {command.actor.role}. "
            "Let somebody of that role say so.",
            request=command.request,
            role=str(command.actor.role),
        )
    if {state.reporter, state.beneficiary} & _selves(command, read):
        raise _own(command, "asked for it")
    if any(approval.by == command.actor.id for approval in state.approved):
        raise _own(command, "has approved it already in another role")


def _selves(command: ApproveRequest | RefuseApproval, read: Read) -> set[str | None]:
    """Return by which ids somebody acts, and lives here."""
    who = command.actor.id
    person = read(responder_stream(command.community, ResponderId(who))) if is_local_id(who) else None
    return {who, person.resident} - {None} if isinstance(person, Responder) else {who}


def _own(command: RequestCommand, why: str) -> Refused:
    return Refused(
        "own_approval",
        f"{command.actor.id} {why}; an approval is somebody else's. Let another person of that role say so.",
        request=command.request,
        actor=command.actor.id,
    )


def hold_request(command: HoldRequest, read: Read) -> Decision:
    """
    Hold a request: open offers are withdrawn in the same save, and work that is taken is kept.

    A threat to life never waits. Said twice, nothing new happens.
    """
    state = known(read, command.community, command.request)
    hold = state.hold
    if hold is not None and (hold.reason, hold.until) == (command.reason, command.until):
        return NOTHING
    if isinstance(state, OnHold) or not state.is_planned:
        raise ended(command.request, state)
    if state.urgency is Urgency.LIFE:
        raise Refused(
            "life_never_waits",
            f"Request {command.request} is a threat to life and does not stand still. Judge its urgency anew first.",
            request=command.request,
        )
    if command.until is not None and command.until <= command.at:
        raise Refused("hold_past", "The hold would end before it begins. Give a later time or none.")
    gathered = Gathered()
    withdraw_all(command, command.request, state, reason="request_held", gathered=gathered)
    held = RequestHeld(reason=command.reason, until=command.until, held_at=command.at)
    gathered.add(request_stream(command.community, command.request), held)
    return gathered.decision()


def resume_request(command: ResumeRequest, read: Read) -> Decision:
    """Resume a held request; its deadline moves by the pause. System does so when the hold runs out."""
    state = known(read, command.community, command.request)
    hold = state.hold
    if not isinstance(state, OnHold) or hold is None or command.since not in (None, hold.since):
        return NOTHING
    if command.actor.role is Role.SYSTEM and (hold.until is None or hold.until > command.at):
        return NOTHING
    due_at = moved_by_pause(state.due_at, hold, command.at)
    return _one(command, RequestResumed(due_at=due_at, resumed_at=command.at))


def _one(command: RequestCommand, *facts: Fact) -> Decision:
    return (Changes(request_stream(command.community, command.request), facts),)
