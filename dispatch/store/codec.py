"""
Bytes ↔ events: `[schema, meta, body]` in UTF-8 JSON, and the one closed topic table.

A topic in a row never imports anything: what is not in the table is an error that names the row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any, Final, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from ..domain.aggregates import AGGREGATES
from ..domain.decider import Aggregate
from ..domain.errors import CorruptHistory, Refused
from ..domain.values import Fact, Value
from .recorded import Meta, Recorded
from .recorders import MAX_BYTES_PER_EVENT, Row

_recorded: Final = partial(tuple.__new__, Recorded)
"""`Recorded` without the call of its constructor: reading a whole log spends its time here."""

_SCHEMA: Final = re.compile(rb"\[[1-9][0-9]{0,8},")
_SHOWN_STREAM: Final = re.compile(r"[a-z0-9-]{1,40}/[a-z_]{1,20}(/[a-z]-[0-9a-z]{1,32})?")
_SHOWN_TOPIC: Final = re.compile(r"[a-z_]{1,40}[.:][a-z_]{1,60}")


class SchemaGap(RuntimeError):
    """An event class claims a schema version that nothing can read older rows up to; the program does not start."""


class Undecodable(CorruptHistory):
    """
    A stored row that is no event of this library.

    Its `fields` name position, stream, version, topic and the problem: ``unknown_topic``,
    ``unknown_schema``, ``foreign_topic`` (the stream is of another aggregate), ``repeated_key`` or
    ``damaged_body``. Never the content.
    """

    code = "undecodable"


class Unstorable(CorruptHistory):
    """An event that could not be read back: a defect of the program. Nothing was stored."""

    code = "unstorable"


class _Form:
    """How the events of one topic are written and read."""

    __slots__ = ("fact", "infix", "nested", "prefix", "read", "write")

    def __init__(self, fact: type[Fact], aggregate: str) -> None:
        adapter: TypeAdapter[tuple[int, Meta, Fact]] = TypeAdapter(
            tuple[int, Meta, fact],  # type: ignore[valid-type]
            config=ConfigDict(strict=True),
        )
        self.fact = fact
        self.infix = f"{aggregate}/"
        self.prefix = b"[%d," % fact.SCHEMA
        # The adapter's own methods add a microsecond in Python to each call.
        self.read = adapter.validator.validate_json
        self.write = adapter.serializer.to_json
        self.nested = _nested(fact)


class TopicTable:
    """
    The closed table of topics.

    Parameters
    ----------
    aggregates
        Whose event classes may be stored.

    Raises
    ------
    SchemaGap
        Two classes share a topic, or a class is at a schema version above 1 without readers for the
        versions before it.
    """

    def __init__(self, aggregates: Iterable[Aggregate]) -> None:
        self._forms: dict[str, _Form] = {}
        for aggregate in aggregates:
            for fact in aggregate.facts:
                if fact.TOPIC in self._forms:
                    raise SchemaGap(f"topic {fact.TOPIC} is declared by two event classes; topics are unique")
                if fact.SCHEMA != 1:
                    raise SchemaGap(
                        f"topic {fact.TOPIC} is at schema {fact.SCHEMA}, but nothing reads schema 1 up to it; "
                        "add the readers to the codec before raising the version"
                    )
                self._forms[fact.TOPIC] = _Form(fact, aggregate.name)
        self._topics: Mapping[str, type[Fact]] = {topic: form.fact for topic, form in self._forms.items()}

    @property
    def topics(self) -> Mapping[str, type[Fact]]:
        """Topic → event class."""
        return self._topics

    def encode(self, meta: Meta, fact: Fact) -> bytes:
        """
        Return the canonical bytes of an event: no spaces, keys in the order of the fields, UTC as ``Z``.

        Raises
        ------
        Refused
            ``event_too_large``: more than 64 KiB.
        Unstorable
            The event's class is not in the table, or it holds what its class does not allow.
        """
        form = self._forms.get(fact.TOPIC)
        if form is None or form.fact is not type(fact):
            raise Unstorable(f"{type(fact).__name__} is not in the topic table; add it to its aggregate's facts.")
        try:
            state = form.write((fact.SCHEMA, meta, fact), warnings="error")
        except PydanticSerializationError:
            state = None
        if state is None:
            # Raised out here, so that no value travels with the error as its context.
            raise Unstorable(f"An event {fact.TOPIC} holds a value of another type than its class declares.")
        if len(state) > MAX_BYTES_PER_EVENT:
            raise Refused(
                "event_too_large",
                f"An event {fact.TOPIC} of {len(state)} bytes exceeds {MAX_BYTES_PER_EVENT}. Split the command.",
                topic=fact.TOPIC,
                size=len(state),
                size_max=MAX_BYTES_PER_EVENT,
            )
        return state

    def decode(self, row: Row) -> Recorded:
        """
        Return the event of a row.

        Raises
        ------
        Undecodable
            The row is damaged, or from a newer version of this library.

        Notes
        -----
        Spaces between tokens, another order of keys, another notation of an instant and left-out
        defaults are read as what they mean, so that a library that one day writes them otherwise can
        still read old logs. Byte for byte is the audit's business: it compares the rows themselves.
        A key that comes twice is refused, because two readers could take it for two things.
        """
        position, stream, version, topic, state = row
        form = self._forms.get(topic)
        if form is None:
            raise _undecodable(row, "unknown_topic")
        if type(state) is not bytes or type(stream) is not str:  # SQLite stores what it is given
            raise _undecodable(row, "damaged_body")
        if not state.startswith(form.prefix):
            raise _undecodable(row, "unknown_schema" if _SCHEMA.match(state) else "damaged_body")
        if not f"{stream.partition('/')[2]}/".startswith(form.infix):
            raise _undecodable(row, "foreign_topic")
        try:
            _, meta, fact = form.read(state)
        except ValidationError:
            fact = None
        if fact is None:
            # Raised out here, so that no value travels with the error as its context.
            raise _undecodable(row, "damaged_body")
        keys = len(meta.model_fields_set) + len(fact.model_fields_set)
        if form.nested:
            keys += _keys_inside(fact, form.nested)
        # Without any space every key ends in `":`, and only a quotation mark inside a string can look
        # like it: as many of these as keys were read means that none came twice. When in doubt the
        # event is written again and compared, which takes three times as long.
        surely_once = state.count(b'":') == keys and len(state.split(None, 1)) == 1
        if not surely_once and form.write((fact.SCHEMA, meta, fact)) != state:
            _refuse_repeated_keys(row)
        return _recorded((position, stream, version, meta, fact))


@cache
def _nested(kind: type[Value]) -> tuple[str, ...]:
    """Name the fields of a class that hold values with keys of their own."""
    return tuple(name for name, field in kind.model_fields.items() if _holds_values(field.annotation))


def _holds_values(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return True
    return any(_holds_values(part) for part in get_args(annotation))


def _keys_inside(value: Value, nested: tuple[str, ...]) -> int:
    """Count the keys that were read into the values that a value holds."""
    keys = 0
    for name in nested:
        held = getattr(value, name)
        for one in held if type(held) is tuple else (held,):
            if isinstance(one, Value):
                inside = _nested(type(one))
                keys += len(one.model_fields_set) + (_keys_inside(one, inside) if inside else 0)
    return keys


def _refuse_repeated_keys(row: Row) -> None:
    try:
        json.loads(row.state, object_pairs_hook=_once)
    except _RepeatedKey:
        repeated = True
    else:
        repeated = False
    if repeated:
        raise _undecodable(row, "repeated_key")


class _RepeatedKey(Exception):
    pass


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKey
    return found


def _undecodable(row: Row, problem: str) -> Undecodable:
    stream, topic = _shown(row.stream, _SHOWN_STREAM), _shown(row.topic, _SHOWN_TOPIC)
    version = _number(row.version)
    return Undecodable(
        f"The row at position {row.position} ({stream}, version {version}, topic {topic}) cannot be read: "
        f"{problem}. Its community is parked; restore the row from a backup, or install the version that wrote it.",
        position=row.position,
        stream=stream,
        version=version,
        topic=topic,
        problem=problem,
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _shown(text: object, form: re.Pattern[str]) -> str:
    """Return an id as it may be shown: what has not its form may be anything, also somebody's name."""
    return text if isinstance(text, str) and form.fullmatch(text) else "(unreadable)"


TOPICS = TopicTable(AGGREGATES.values())
"""The table of this library; built when it is imported, so a gap stops the program at its start."""
