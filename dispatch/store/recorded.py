"""The envelope: where an event stands in the log, and who brought it about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, NamedTuple

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..domain.values import Account, Channel, CommandId, CommunityId, Fact, Role, Stream, Value

POSITION_MAX: Final = 2**63 - 1


class _InUtc:
    """An instant that is stored in UTC and nothing else; checked by the parser, because every event has two."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.datetime_schema(tz_constraint=0)


UtcInstant = Annotated[datetime, _InUtc]


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
        When it happened, by the device's clock; UTC.
    recorded_at
        When it was recorded, UTC; the same for every event of a save, and never decreases along positions.
    cause
        What it answers: a position of the log for the matcher's decisions, else nothing.
    """

    command: CommandId
    index: Annotated[int, Field(ge=0, le=POSITION_MAX)]
    actor: Account
    role: Role
    via: Channel
    on_behalf_of: Account | None = None
    occurred_at: UtcInstant
    recorded_at: UtcInstant
    cause: Annotated[int, Field(ge=0, le=POSITION_MAX)] | None = None


class Recorded(NamedTuple):
    """
    One event with its envelope.

    Attributes
    ----------
    position
        Place in the whole log, from 1 without gaps; 0 before the event is saved.
    stream
        Stream id, ``{community}/{aggregate}/{id}``.
    version
        Place in the stream, from 1.
    meta
        Who brought it about, and when.
    fact
        What happened.
    """

    position: int
    stream: Stream
    version: int
    meta: Meta
    fact: Fact

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
    return CommunityId(stream.partition("/")[0])
