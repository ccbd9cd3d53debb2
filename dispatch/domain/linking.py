"""Commands that link requests: duplicates, those that come after others, reopened ones. Nothing is dropped."""

from __future__ import annotations

from .community import registered
from .decider import NOTHING, Changes, Decision, Gathered, Read
from .errors import Refused
from .help_request import (
    AwaitingHelp,
    AwaitingOthers,
    Confirmed,
    Delivered,
    HelpRequest,
    Merged,
    RequestEscalated,
    UnderWay,
    ended,
    known,
)
from .intake import ReceiveRequest, RequestCommand, receive
from .link import (
    DependencyDropped,
    MergedRequestEnded,
    OthersAwaited,
    RequestMerged,
    RequestReadied,
    RequestReopened,
)
from .predecessors import all_delivered, check_after, failed_predecessors
from .recall import release_all, withdraw_all
from .values import Account, Channel, Code, Fact, Instant, RequestId, Role, Sealed, Urgency, request_stream

PREDECESSOR_ENDED = "predecessor_ended"


class LinkDuplicate(RequestCommand):
    """Say that a request asks for what another one already asks for; only a person can tell."""

    original: RequestId
    reason: Code = "duplicate"


class EndMerged(RequestCommand):
    """End a merged request whose original is over."""

    original: RequestId


class AwaitOthers(RequestCommand):
    """Let a request wait until others are delivered."""

    after: tuple[RequestId, ...]


class DropDependency(RequestCommand):
    """Let a request no longer wait for another."""

    after: RequestId
    reason: Code


class FollowOthers(RequestCommand):
    """Look again at what a request waits for."""


class ReopenRequest(RequestCommand):
    """
    Take up again what was not what was needed, or not true, as a new request.

    `request` is the old one, which stays as it is, and `reopened_as` the new one's id.
    """

    reopened_as: RequestId
    reason: Code
    reporter: Account
    channel: Channel
    note: Sealed | None = None
    occurred_at: Instant
    urgency: Urgency | None = None


def link_duplicate(command: LinkDuplicate, read: Read) -> Decision:
    """
    Merge a duplicate into its original, and free everybody who holds a leg of it (R1).

    The duplicate stays on the board until its original ends, so that its reporter learns the outcome. The
    more urgent one of two must not disappear behind the other, and what is merged already has its own
    original.
    """
    state = known(read, command.community, command.request)
    if isinstance(state, Merged) and state.original == command.original:
        return NOTHING
    if not state.is_undelivered:
        raise ended(command.request, state)
    _check_original(command, state, read=read)
    gathered = Gathered()
    fact = RequestMerged(original=command.original, reason=command.reason, by=command.actor.id, merged_at=command.at)
    gathered.add(request_stream(command.community, command.request), fact)
    release_all(command, command.request, state, reason="request_merged", gathered=gathered)
    return gathered.decision()


def _check_original(command: LinkDuplicate, state: HelpRequest, *, read: Read) -> None:
    if command.original == command.request:
        raise Refused("duplicate_of_itself", "A request is no duplicate of itself. Name the other one.")
    original = known(read, command.community, command.original)
    if isinstance(original, Merged):
        raise Refused(
            "original_is_merged",
            f"Request {command.original} is a duplicate itself, of {original.original}. Link it to that one.",
            request=command.original,
            original=str(original.original),
        )
    if not original.is_open:
        raise ended(command.original, original)
    if state.urgency.rank < original.urgency.rank:
        raise Refused(
            "original_less_urgent",
            f"Request {command.request} is more urgent than {command.original}. Raise the urgency of that one first.",
            request=command.original,
            urgency=str(original.urgency),
        )


def end_merged(command: EndMerged, read: Read) -> Decision:
    """End a merged request with the outcome of its original."""
    state = known(read, command.community, command.request)
    if not isinstance(state, Merged) or state.original != command.original:
        return NOTHING
    original = known(read, command.community, command.original)
    if original.is_open:
        return NOTHING
    outcome = "delivered" if original.delivered_at is not None else _ENDS.get(type(original).__name__, "closed")
    return _one(command, MergedRequestEnded(original=command.original, outcome=outcome, ended_at=command.at))


_ENDS = {"Cancelled": "cancelled", "Unfilled": "unfilled", "NotApproved": "not_approved"}


def await_others(command: AwaitOthers, read: Read) -> Decision:
    """
    Let a request wait until others are delivered (R4); what was asked for it is taken back in the same save.

    Nobody may have begun. A circle is refused (bad input 53).
    """
    state = known(read, command.community, command.request)
    new = tuple(dict.fromkeys(other for other in command.after if other not in state.after))
    if not new:
        return NOTHING
    if not state.is_undelivered or state.hold is not None or isinstance(state, UnderWay):
        raise ended(command.request, state)
    check_after(command.request, (*state.after, *new), read, community=command.community)
    if isinstance(state, AwaitingHelp) and all_delivered(new, read, community=command.community):
        return NOTHING
    gathered = Gathered()
    withdraw_all(command, command.request, state, reason="others_first", gathered=gathered)
    gathered.add(request_stream(command.community, command.request), OthersAwaited(after=new, since=command.at))
    return gathered.decision()


def drop_dependency(command: DropDependency, read: Read) -> Decision:
    """Drop a dependency; when nothing else is in its way the request is shared out."""
    state = known(read, command.community, command.request)
    if command.after not in state.after:
        return NOTHING
    if not state.is_undelivered:
        raise ended(command.request, state)
    dropped = DependencyDropped(after=command.after, reason=command.reason, dropped_at=command.at)
    left = tuple(other for other in state.after if other != command.after)
    if isinstance(state, AwaitingOthers) and all_delivered(left, read, community=command.community):
        return _one(command, dropped, RequestReadied(readied_at=command.at))
    return _one(command, dropped)


def follow_others(command: FollowOthers, read: Read) -> Decision:
    """Share a request out when all that comes before it is delivered; call a person when it never will be."""
    state = known(read, command.community, command.request)
    if not isinstance(state, AwaitingOthers):
        return NOTHING
    if all_delivered(state.after, read, community=command.community):
        return _one(command, RequestReadied(readied_at=command.at))
    failed = failed_predecessors(state, read, community=command.community)
    if not failed or PREDECESSOR_ENDED in state.escalated:
        return NOTHING
    duty = registered(read, command.community).duty
    return _one(command, RequestEscalated(to=duty, reason=PREDECESSOR_ENDED, escalated_at=command.at))


def reopen_request(command: ReopenRequest, read: Read) -> Decision:
    """
    Open a new request that takes up an old one, once; the old one only says which it is.

    Reopened twice by two people, the second is told of the first's. What is over stays over.
    """
    old = known(read, command.community, command.request)
    if command.actor.role is Role.RESIDENT and command.actor.id not in (old.beneficiary, old.reporter):
        raise Refused(
            "not_yours_to_reopen",
            f"{command.actor.id} did not ask for request {command.request}. Let the resident or staff reopen it.",
            actor=command.actor.id,
            request=command.request,
        )
    if old.is_open and not isinstance(old, Delivered | Confirmed):
        raise ended(command.request, old)
    if old.reopened_as is not None:
        raise Refused(
            "reopened_already",
            f"Request {command.request} was reopened as {old.reopened_as}. Look at that one.",
            request=old.reopened_as,
        )
    again = ReceiveRequest(
        community=command.community,
        actor=command.actor,
        on_behalf_of=command.on_behalf_of,
        at=command.at,
        request=command.reopened_as,
        beneficiary=old.beneficiary,
        reporter=command.reporter,
        channel=command.channel,
        kind=old.kind,
        note=command.note,
        occurred_at=command.occurred_at,
        urgency=command.urgency or old.urgency,
    )
    fact = RequestReopened(reopened_as=command.reopened_as, reason=command.reason, reopened_at=command.at)
    stream = request_stream(command.community, command.request)
    return (*receive(again, read, reopens=command.request), Changes(stream, (fact,)))


def _one(command: RequestCommand, *facts: Fact) -> Decision:
    return (Changes(request_stream(command.community, command.request), facts),)
