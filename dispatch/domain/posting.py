"""What is recorded of posts (R27): who is where and when, relieved, found there or not."""

from __future__ import annotations

from typing import Any, ClassVar

from .shift import Shift
from .values import Account, Code, Fact, Instant, Place, Value


class Posting(Value):
    """A post in a place for a span, such as the patrol of 16:00 to 18:00."""

    post: Code
    place: Place
    span: Shift


class PostAssigned(Fact):
    """The responder is at a post for a time; they are asked for nothing else then (R27)."""

    TOPIC: ClassVar[str] = "responder.post_assigned"
    post: Code
    place: Place
    starts_at: Instant
    ends_at: Instant
    assigned_at: Instant


class PostRelieved(Fact):
    """The responder is at that post no more."""

    TOPIC: ClassVar[str] = "responder.post_relieved"
    post: Code
    place: Place
    starts_at: Instant
    ends_at: Instant
    relieved_at: Instant


class PresenceChecked(Fact):
    """Somebody looked whether the responder is at the post (R33)."""

    TOPIC: ClassVar[str] = "responder.presence_checked"
    post: Code
    found: bool
    by: Account
    checked_at: Instant


def posting_of(event: PostAssigned | PostRelieved) -> Posting:
    """Return the posting that an event is about."""
    span = Shift(starts_at=event.starts_at, ends_at=event.ends_at)
    return Posting(post=event.post, place=event.place, span=span)


def said_of(posting: Posting) -> dict[str, Any]:
    """Return a posting as the fields of an event."""
    span = posting.span
    return {"post": posting.post, "place": posting.place, "starts_at": span.starts_at, "ends_at": span.ends_at}
