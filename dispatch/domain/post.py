"""
Posts (岗位): gates, test sites, patrols. A post takes somebody's time within a shift and is no request (R27).

The events are on the responder's stream. Whoever is at a post is asked for nothing; work they have
taken already stays theirs.
"""

from __future__ import annotations

from .community import check_place, registered
from .decider import NOTHING, Changes, Decision, Read
from .errors import Refused
from .posting import PostAssigned, Posting, PostRelieved, PresenceChecked, said_of
from .responder import serving
from .roster import ResponderCommand
from .shift import Shift
from .values import Code, Fact, responder_stream

POSTS_MAX = 32


class AssignPost(ResponderCommand):
    """Put somebody at a post for a time within a shift of theirs."""

    posting: Posting


class RelievePost(ResponderCommand):
    """Take somebody off a post from now on."""

    posting: Posting


class CheckPresence(ResponderCommand):
    """Record that somebody looked whether a post is manned (R33)."""

    post: Code
    found: bool


def assign_post(command: AssignPost, read: Read) -> Decision:
    """Put somebody at one post at a time, within a shift that is planned (R27)."""
    state, posting = serving(read, command.community, command.responder), command.posting
    if posting in state.duty.posts:
        return NOTHING
    check_place(registered(read, command.community), posting.place)
    if posting.span.ends_at <= command.at:
        raise Refused("ends_in_the_past", "The time at the post is over already. Give a time that is still to come.")
    if not any(_within(posting.span, shift) for shift in state.shifts):
        raise Refused(
            "no_shift_there",
            f"Responder {command.responder} has no shift that covers this time. Plan the shift first.",
            responder=command.responder,
        )
    kept = [p for p in state.duty.posts if p.span.ends_at > command.at]
    if any(_overlap(p.span, posting.span) for p in kept):
        raise Refused(
            "posted_elsewhere",
            f"Responder {command.responder} is at another post in that time. Relieve them there first.",
            responder=command.responder,
        )
    if len(kept) >= POSTS_MAX:
        raise Refused("too_many_posts", f"At most {POSTS_MAX} posts are planned ahead. Plan the later ones later.")
    return _one(command, PostAssigned(**said_of(posting), assigned_at=command.at))


def relieve_post(command: RelievePost, read: Read) -> Decision:
    """Take somebody off a post; said twice, nothing new happens."""
    state = serving(read, command.community, command.responder)
    if command.posting not in state.duty.posts:
        return NOTHING
    return _one(command, PostRelieved(**said_of(command.posting), relieved_at=command.at))


def check_presence(command: CheckPresence, read: Read) -> Decision:
    """Record what an inspector found; each look is one more line."""
    state = serving(read, command.community, command.responder)
    if not any(p.post == command.post and p.span.covers(command.at) for p in state.duty.posts):
        raise Refused(
            "not_at_this_post",
            f"Responder {command.responder} is not to be at post {command.post} now. Correct the post or the person.",
            responder=command.responder,
        )
    fact = PresenceChecked(post=command.post, found=command.found, by=command.actor.id, checked_at=command.at)
    return _one(command, fact)


def _within(span: Shift, shift: Shift) -> bool:
    return shift.starts_at <= span.starts_at and span.ends_at <= shift.ends_at


def _overlap(one: Shift, other: Shift) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _one(command: ResponderCommand, fact: Fact) -> Decision:
    return (Changes(responder_stream(command.community, command.responder), (fact,)),)
