"""The timeline: one line for each event, with what the words catalogue needs to word it, and nothing personal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from ..domain.values import Fact, is_local_id, request_of
from ..store.codec import TOPICS
from ..store.journal import from_micros, to_micros
from ..store.recorded import Recorded, community_of


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """
    One event, ready to be worded.

    Attributes
    ----------
    position
        Its place in the log.
    recorded_at, occurred_at
        When it was recorded, and when it happened by the device's clock, UTC.
    actor, role, via, on_behalf_of
        Who gave the command, as what, through which channel, and for whom.
    about
        Ids of the request, the responders and the residents that it names.
    params
        The event's fields as `Words.event` takes them, without sealed ones.
    """

    position: int
    recorded_at: datetime
    occurred_at: datetime
    topic: str
    stream: str
    actor: str
    role: str
    via: str
    on_behalf_of: str | None
    about: tuple[str, ...]
    params: Mapping[str, Any]


def line_of(event: Recorded) -> TimelineLine:
    """Return the line of an event."""
    meta = event.meta
    return TimelineLine(
        position=event.position,
        recorded_at=meta.recorded_at,
        occurred_at=meta.occurred_at,
        topic=event.topic,
        stream=event.stream,
        actor=meta.actor,
        role=meta.role.value,
        via=meta.via.value,
        on_behalf_of=meta.on_behalf_of,
        about=about_of(event),
        params=_params(event.fact),
    )


def _params(fact: Fact) -> dict[str, Any]:
    return fact.model_dump(exclude=set(sealed_fields(type(fact))))


@lru_cache(maxsize=256)
def sealed_fields(kind: type[Fact]) -> frozenset[str]:
    """Return the fields of an event class that hold sealed personal data."""
    return frozenset(name for name, field in kind.model_fields.items() if "Sealed" in str(field.annotation))


def about_of(event: Recorded) -> tuple[str, ...]:
    """Return the ids of requests, responders and residents that an event is about, the stream's own first."""
    found: dict[str, None] = {}
    local = event.stream.split("/", 2)[2:]
    if local:
        found[local[0]] = None
    for name, value in vars(event.fact).items():
        if type(value) is str and value[1:2] == "-" and name != "name":
            named = request_of(value)
            if is_local_id(named):
                found[named] = None
    return tuple(found)


def row_of(event: Recorded) -> tuple[Any, ...]:
    """Return the timeline row of an event."""
    meta, fact = event.meta, event.fact
    sealed = sealed_fields(type(fact))
    body = fact.__pydantic_serializer__.to_json(fact, exclude=set(sealed) if sealed else None)
    return (
        event.position,
        community_of(event.stream),
        to_micros(meta.recorded_at),
        to_micros(meta.occurred_at),
        fact.TOPIC,
        event.stream,
        meta.actor,
        meta.role.value,
        meta.via.value,
        meta.on_behalf_of,
        " ".join(about_of(event)),
        body.decode(),
    )


def from_row(row: Sequence[Any]) -> TimelineLine:
    """Return the line of a timeline row."""
    position, _, recorded_at, occurred_at, topic, stream, actor, role, via, on_behalf_of, about, body = row
    return TimelineLine(
        position=position,
        recorded_at=from_micros(recorded_at),
        occurred_at=from_micros(occurred_at),
        topic=topic,
        stream=stream,
        actor=actor,
        role=role,
        via=via,
        on_behalf_of=on_behalf_of,
        about=tuple(about.split()),
        params=_params(TOPICS.topics[topic].model_validate_json(body)),
    )
