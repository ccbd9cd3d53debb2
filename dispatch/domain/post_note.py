"""
PostNote (岗位交接单): what somebody leaves behind at a post when the shift changes, and who took it over (R26).

Given → Acknowledged, by somebody who is at the same post after them; one stream for each note.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read
from .errors import Refused, Unknown, impossible
from .responder import Responder
from .responder import known as known_responder
from .values import (
    Account,
    Code,
    Command,
    CommunityId,
    CustodyId,
    Fact,
    Instant,
    LegId,
    Place,
    PostNoteId,
    RequestId,
    ResponderId,
    RoundId,
    Sealed,
    Stream,
    Value,
    stream_of,
)

LISTED_MAX = 100
"""Entries of each list that are written down; `PostLeft.more` counts the others."""

Listed = Field(max_length=LISTED_MAX)


class PostLeft(Value):
    """
    What is not done when a shift ends, in order of ids.

    Attributes
    ----------
    legs
        Held, taken or left open by who gives the note.
    shelf
        Requests within the post's place whose goods wait at gate or shelf.
    custody
        Belongings of residents that who gives the note keeps.
    alarms
        Requests within the post's place with an alarm that nobody has acknowledged.
    rounds
        Calling rounds in which who gives the note has households left to ring.
    more
        Entries beyond the first `LISTED_MAX` of the lists, all together.
    """

    legs: Annotated[tuple[LegId, ...], Listed] = ()
    shelf: Annotated[tuple[RequestId, ...], Listed] = ()
    custody: Annotated[tuple[CustodyId, ...], Listed] = ()
    alarms: Annotated[tuple[RequestId, ...], Listed] = ()
    rounds: Annotated[tuple[RoundId, ...], Listed] = ()
    more: Annotated[int, Field(ge=0)] = 0


class PostNoteGiven(Fact):
    """Who leaves a post wrote down what is open; `as_of` tells the board it was read from."""

    TOPIC: ClassVar[str] = "post_note.given"
    post: Code
    place: Place
    giver: ResponderId
    receiver: ResponderId | None = None
    left: PostLeft
    as_of: Annotated[int, Field(ge=0)]
    remark: Sealed | None = None
    given_at: Instant


class PostNoteAcknowledged(Fact):
    """Who comes to the post read it and goes on from there."""

    TOPIC: ClassVar[str] = "post_note.acknowledged"
    responder: ResponderId
    by: Account
    acknowledged_at: Instant


@dataclass(frozen=True, slots=True)
class PostNote:
    """Base of a note's states; `receiver` is `None` when whoever comes next may take it over."""

    post: str
    place: Place
    giver: ResponderId
    receiver: ResponderId | None
    left: PostLeft
    given_at: datetime
    has_remark: bool = False
    taken_over_by: ResponderId | None = None


class Given(PostNote):
    """Nobody has taken it over."""

    __slots__ = ()


class Acknowledged(PostNote):
    """`taken_over_by` goes on from there."""

    __slots__ = ()


def evolve(state: Any, event: Fact) -> Any:
    """Return the note after one of its events."""
    match state, event:
        case Absent(), PostNoteGiven():
            return Given(
                event.post,
                event.place,
                event.giver,
                event.receiver,
                event.left,
                event.given_at,
                has_remark=event.remark is not None,
            )
        case Given(), PostNoteAcknowledged():
            told = {name: getattr(state, name) for name in PostNote.__dataclass_fields__}
            return replace(Acknowledged(**told), taken_over_by=event.responder)
        case _:
            raise impossible(event, state)


POST_NOTE = Aggregate(name="post_note", evolve=evolve, facts=(PostNoteGiven, PostNoteAcknowledged))


class GivePostNote(Command):
    """Write down what somebody leaves behind at a post; the façade reads it off its board."""

    post_note: PostNoteId
    responder: ResponderId
    post: Code
    place: Place
    receiver: ResponderId | None = None
    left: PostLeft
    as_of: Annotated[int, Field(ge=0)]
    remark: Sealed | None = None


class AcknowledgePostNote(Command):
    """Take a note over, at the same post."""

    post_note: PostNoteId
    responder: ResponderId


def post_note_stream(community: CommunityId, note: PostNoteId) -> Stream:
    """Return the stream of one note."""
    return stream_of(community, "post_note", note)


def known(read: Read, community: CommunityId, note: PostNoteId) -> PostNote:
    """
    Return a note.

    Raises
    ------
    Unknown
        Nobody gave it.
    """
    state = read(post_note_stream(community, note))
    if not isinstance(state, PostNote):
        raise Unknown("post_note", note, now="Correct the id.")
    return state


def give_post_note(command: GivePostNote, read: Read) -> Decision:
    """
    Leave a note, by who is or was at the post; one note follows another, each is taken over by itself.

    Raises
    ------
    Refused
        ``was_not_at_this_post``, ``note_for_oneself``, ``post_note_exists``.
    """
    stream = post_note_stream(command.community, command.post_note)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "post_note_exists", f"Note {command.post_note} exists already. Use another id.", post_note=command.post_note
        )
    giver = known_responder(read, command.community, command.responder)
    if not was_at_the_post(giver, command):
        raise Refused(
            "was_not_at_this_post",
            f"Responder {command.responder} has not been at post {command.post}, so leaves no note there. "
            "Correct the post or the person.",
            responder=command.responder,
        )
    if command.receiver is not None:
        known_responder(read, command.community, command.receiver)
        _for_another(command.receiver, command.responder)
    fact = PostNoteGiven(
        post=command.post,
        place=command.place,
        giver=command.responder,
        receiver=command.receiver,
        left=command.left,
        as_of=command.as_of,
        remark=command.remark,
        given_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def acknowledge_post_note(command: AcknowledgePostNote, read: Read) -> Decision:
    """
    Take a note over; the first one does, who comes later is told who it was.

    Raises
    ------
    Refused
        ``note_for_oneself``, ``note_for_another``, ``not_at_this_post``, ``note_taken_over``.
    """
    state = known(read, command.community, command.post_note)
    if state.taken_over_by == command.responder:
        return NOTHING
    if state.taken_over_by is not None:
        raise Refused(
            "note_taken_over",
            f"{state.taken_over_by} has taken note {command.post_note} over already. Ask them.",
            responder=state.taken_over_by,
        )
    _for_another(command.responder, state.giver)
    if state.receiver not in (None, command.responder):
        raise Refused(
            "note_for_another",
            f"Note {command.post_note} is for responder {state.receiver}. Let them take it over, or have a new one "
            "given.",
            responder=state.receiver,
        )
    comes = known_responder(read, command.community, command.responder)
    if not comes_to_the_post(comes, state, command.at):
        raise Refused(
            "not_at_this_post",
            f"Responder {command.responder} is not to be at post {state.post}. Assign the post first, or correct "
            "the person.",
            responder=command.responder,
        )
    fact = PostNoteAcknowledged(responder=command.responder, by=command.actor.id, acknowledged_at=command.at)
    return (Changes(post_note_stream(command.community, command.post_note), (fact,)),)


def was_at_the_post(giver: Responder, note: GivePostNote) -> bool:
    """Who leaves a note is at the post now, or was there last (R26)."""
    begun = (p for p in giver.duty.posts if p.span.starts_at <= note.at)
    return any(p.post == note.post and p.place == note.place for p in begun)


def comes_to_the_post(comes: Responder, note: PostNote, at: datetime) -> bool:
    """Who takes a note over is at the same post now, or will be: a note is read before the shift begins (R26)."""
    return any(p.post == note.post and p.place == note.place and p.span.ends_at > at for p in comes.duty.posts)


def _for_another(receiver: ResponderId, giver: ResponderId) -> None:
    if receiver == giver:
        raise Refused(
            "note_for_oneself",
            f"Responder {giver} cannot hand a post over to themselves. Name who comes after them.",
            responder=giver,
        )
