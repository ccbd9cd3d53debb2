"""
Bytes ↔ events: `[schema, meta, body]` in UTF-8 JSON, and the one closed topic table.

A topic in a row never imports anything: what is not in the table is an error that names the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eventsourcing.persistence import Mapper, StoredEvent
from pydantic import TypeAdapter, ValidationError

from ..domain.aggregates import AGGREGATES
from ..domain.errors import CorruptHistory
from ..domain.values import Fact, Stream
from .recorded import Meta, Recorded
from .recorders import Row

EVENT_BYTES_MAX = 64 * 1024


class SchemaGap(RuntimeError):
    """An event class claims a schema version that nothing can read older rows up to; the program does not start."""


class Undecodable(CorruptHistory):
    """
    A stored row that is no event of this library.

    Its `fields` name position, stream, version, topic and the problem: ``unknown_topic``,
    ``unknown_schema`` or ``damaged_body``. Never the content.
    """

    code = "undecodable"


class TopicTable:
    """
    The closed table of topics.

    Parameters
    ----------
    facts
        Every event class that may be stored.

    Raises
    ------
    SchemaGap
        Two classes share a topic, or a class is at a schema version above 1 without readers for the
        versions before it.
    """

    def __init__(self, facts: Iterable[type[Fact]]) -> None:
        self._classes: dict[str, type[Fact]] = {}
        self._adapters: dict[str, TypeAdapter[tuple[int, Meta, Any]]] = {}
        for fact in facts:
            if fact.TOPIC in self._classes:
                raise SchemaGap(f"topic {fact.TOPIC} is declared by two event classes; topics are unique")
            if fact.SCHEMA != 1:
                raise SchemaGap(
                    f"topic {fact.TOPIC} is at schema {fact.SCHEMA}, but nothing reads schema 1 up to it; "
                    "add the readers to the codec before raising the version"
                )
            self._classes[fact.TOPIC] = fact
            self._adapters[fact.TOPIC] = TypeAdapter(tuple[int, Meta, fact])  # type: ignore[valid-type]

    @property
    def topics(self) -> Mapping[str, type[Fact]]:
        """Topic → event class."""
        return self._classes

    def encode(self, meta: Meta, fact: Fact) -> bytes:
        """
        Return the canonical bytes of an event.

        Raises
        ------
        CorruptHistory
            The event's class is not in the table, or the event exceeds 64 KiB.
        """
        if self._classes.get(fact.TOPIC) is not type(fact):
            raise CorruptHistory(f"{type(fact).__name__} is not in the topic table; add it to its aggregate's facts.")
        state = b"[%d,%b,%b]" % (
            fact.SCHEMA,
            meta.__pydantic_serializer__.to_json(meta),
            fact.__pydantic_serializer__.to_json(fact),
        )
        if len(state) > EVENT_BYTES_MAX:
            raise CorruptHistory(
                f"An event {fact.TOPIC} of {len(state)} bytes exceeds {EVENT_BYTES_MAX}; split the command."
            )
        return state

    def decode(self, row: Row) -> Recorded:
        """
        Return the event of a row.

        Raises
        ------
        Undecodable
            The row is damaged, or from a newer version of this library.
        """
        adapter = self._adapters.get(row.topic)
        if adapter is None:
            raise _undecodable(row, "unknown_topic")
        try:
            schema, meta, fact = adapter.validate_json(row.state)
        except (ValidationError, ValueError):
            raise _undecodable(row, "damaged_body") from None
        if schema != fact.SCHEMA:
            raise _undecodable(row, "unknown_schema")
        return Recorded(row.position, Stream(row.stream), row.version, meta, fact)


def _undecodable(row: Row, problem: str) -> Undecodable:
    return Undecodable(
        f"The row at position {row.position} ({row.stream}, version {row.version}) cannot be read: {problem}. "
        "Its community is parked; restore the row from a backup, or install the version that wrote it.",
        position=row.position,
        stream=row.stream,
        version=row.version,
        problem=problem,
    )


TOPICS = TopicTable(fact for aggregate in AGGREGATES.values() for fact in aggregate.facts)
"""The table of this library; built when it is imported, so a gap stops the program at its start."""


class EnvelopeMapper(Mapper[str]):
    """Our mapper for the storage library's `EventStore`: columns from the envelope, bytes from the codec."""

    def __init__(self, table: TopicTable = TOPICS) -> None:
        self.table = table

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored form of a `Recorded` that has no position yet."""
        return StoredEvent(
            originator_id=domain_event.stream,
            originator_version=domain_event.version,
            topic=domain_event.fact.TOPIC,
            state=self.table.encode(domain_event.meta, domain_event.fact),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """Return the event of a stored row; its position is not known here and is 0."""
        row = Row(
            0,
            str(stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )
        return self.table.decode(row)
