"""The envelope: where an event stands in the log, and who brought it about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..domain.values import Channel, CommandId, CommunityId, Fact, Instant, Label, Role, Stream, Value


class Meta(Value):
    """
    What is stored beside the body of every event.

    Attributes
    ----------
    command
        Id of the command that decided it; the same for every event of a save.
    index
        Ordinal of the event within the command, from 0.
    actor, role, via
        Who gave the command, as what, and through which channel.
    on_behalf_of
        Whose answer it is, when somebody answered for another (代办).
    occurred_at
        When it happened, by the device's clock.
    recorded_at
        When it was recorded; never decreases along positions.
    cause
        What it answers: a position of the log for the matcher's decisions, else nothing.
    """

    command: CommandId
    index: Annotated[int, Field(ge=0)]
    actor: Label
    role: Role
    via: Channel
    on_behalf_of: Label | None = None
    occurred_at: Instant
    recorded_at: Instant
    cause: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    One event with its envelope.

    `position` counts the whole log from 1 without gaps and is 0 before the event is saved; `version`
    counts the stream from 1.
    """

    position: int
    stream: Stream
    version: int
    meta: Meta
    fact: Fact

    @property
    def originator_id(self) -> str:
        """The stream, by the name the storage library uses."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, by the name the storage library uses."""
        return self.version

    @property
    def community(self) -> CommunityId:
        """The community whose log this belongs to."""
        return community_of(self.stream)

    @property
    def topic(self) -> str:
        """The event's topic."""
        return self.fact.TOPIC


def community_of(stream: str) -> CommunityId:
    """Return the community part of a stream id."""
    return CommunityId(stream.split("/", 1)[0])
