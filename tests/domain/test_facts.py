"""Every event of the domain: its topic, its aggregate, its date, and no free text in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import StringConstraints, ValidationError

from dispatch.domain.aggregates import AGGREGATES, aggregate_of
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.values import Actor, Code, Fact, Role, Sealed, Stream, Value

TOPIC = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")


def subclasses(base: type[Any]) -> Iterator[type[Any]]:
    """Give every class of the library that derives from `base`."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith("dispatch."):
            yield kind
            yield from subclasses(kind)


FACTS: list[type[Fact]] = sorted(subclasses(Fact), key=lambda fact: fact.__name__)
VALUES: list[type[Value]] = sorted(subclasses(Value), key=lambda value: value.__name__)


def name_of(kind: type[Any]) -> str:
    """Return the name of a class."""
    return str(kind.__name__)


def test_topics_are_unique() -> None:
    """A stored topic names one class."""
    topics = [fact.TOPIC for fact in FACTS]
    assert len(set(topics)) == len(topics) == len(FACTS) > 50


def test_every_fact_belongs_to_one_aggregate() -> None:
    """The facts of the aggregates are all facts there are: they form the closed topic table."""
    listed = [fact for aggregate in AGGREGATES.values() for fact in aggregate.facts]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(FACTS)


@pytest.mark.parametrize("name", AGGREGATES)
def test_topics_say_their_aggregate(name: str) -> None:
    """`request.offer_made` stands on a request's stream."""
    for fact in AGGREGATES[name].facts:
        assert TOPIC.fullmatch(fact.TOPIC)
        assert fact.TOPIC.split(".")[0] == name
        assert fact.SCHEMA >= 1


@pytest.mark.parametrize("stream", ["", "riverside", "riverside/", "riverside/parcel/x-1", "riverside/Request/q-1"])
def test_streams_of_no_aggregate(stream: str) -> None:
    """A stream that belongs to no aggregate is damage, or newer than this library."""
    with pytest.raises(CorruptHistory, match="no known aggregate"):
        aggregate_of(Stream(stream))


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_every_fact_is_dated(fact: type[Fact]) -> None:
    """An event says when, by the one recorded instant of its decision."""
    own = [name for name, kind in get_type_hints(fact).items() if kind is datetime]
    assert own


@pytest.mark.parametrize("value", VALUES, ids=name_of)
def test_values_are_frozen_strict_and_closed(value: type[Value]) -> None:
    """Nothing is changed, guessed or smuggled in, and errors do not repeat what was given."""
    expected = {
        "frozen": True,
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
        "hide_input_in_errors": True,
    }
    assert {key: value.model_config.get(key) for key in expected} == expected


@pytest.mark.parametrize("junk", [{"id": 1}, {"role": "cadre "}, {"name": "x"}, {"via": None}], ids=str)
def test_strictness_bites(junk: dict[str, Any]) -> None:
    """A number is no text, and an unknown field is an error."""
    with pytest.raises(ValidationError):
        Actor(**({"id": "r-1", "role": Role.CADRE} | junk))


# ---- Personal data ------------------------------------------------------------------------

PUBLIC = {
    ("CommunityRegistered", "name"): "name of the community",
    ("CommunityRegistered", "time_zone"): "name of a time zone",
    ("SeriesStarted", "time_zone"): "name of a time zone",
    ("CompoundRegistered", "name"): "name of a compound on its gate",
    ("Building", "name"): "number of a building on its wall",
    ("Building", "key"): "canonical form of that number",
    ("Building", "building_units"): "numbers of stairwell doors",
    ("Building", "lifts"): "numbers of stairwell doors",
    ("Place", "building_unit"): "number of a stairwell door",
    ("AlarmRaised", "call"): "the public emergency number",
    ("ItemFound", "place"): "name of a shop or pharmacy on its sign",
    ("ItemNotFound", "place"): "name of a shop or pharmacy on its sign",
}
"""Every text without a shape that may stand in an event, with the reason why it names nobody."""

PLAIN = (int, bool, datetime, NoneType)


def leaves(kind: Any, *, shaped: bool = False) -> Iterator[tuple[Any, bool]]:
    """Give the plain types that an annotation is made of, and whether a pattern gives each its shape."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *notes = get_args(kind)
        pattern = any(isinstance(note, StringConstraints) and note.pattern for note in notes)
        yield from leaves(inner, shaped=shaped or pattern)
    elif hasattr(kind, "__supertype__"):
        yield from leaves(kind.__supertype__, shaped=shaped)
    elif origin in (Union, UnionType, tuple):
        for part in get_args(kind):
            if part is not Ellipsis:
                yield from leaves(part, shaped=shaped)
    else:
        yield kind, shaped


def values_in(fact: type[Value]) -> Iterator[type[Value]]:
    """Give a model and every model within it."""
    yield fact
    for hint in get_type_hints(fact, include_extras=True).values():
        for leaf, _ in leaves(hint):
            if isinstance(leaf, type) and issubclass(leaf, Value):
                yield from values_in(leaf)


def fields_of(model: type[Value]) -> Iterator[tuple[str, Any, bool]]:
    """Give the stored fields of a model with their plain types."""
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        for leaf, shaped in leaves(hints[name]):
            yield name, leaf, shaped


def free_texts(fact: type[Fact]) -> set[tuple[str, str]]:
    """Return the fields of an event that could hold any text."""
    return {
        (model.__name__, name)
        for model in values_in(fact)
        for name, leaf, shaped in fields_of(model)
        if leaf is str and not shaped
    }


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_no_event_holds_free_text(fact: type[Fact]) -> None:
    """Personal data are sealed; every other text is an id, a code or on the short list of public names (P1)."""
    assert free_texts(fact) <= PUBLIC.keys()


@pytest.mark.parametrize("fact", FACTS, ids=name_of)
def test_events_are_made_of_known_types(fact: type[Fact]) -> None:
    """Numbers, truth, instants, codes and values of the domain: nothing in which text could hide."""
    for model in values_in(fact):
        for name, leaf, _ in fields_of(model):
            known = leaf in PLAIN or leaf is str or (isinstance(leaf, type) and issubclass(leaf, Value | Enum))
            assert known, f"{model.__name__}.{name} holds {leaf}"


def test_the_list_of_public_names_has_no_leftovers() -> None:
    """An entry whose field is gone, or has got a shape, is taken off the list."""
    assert {field for fact in FACTS for field in free_texts(fact)} == PUBLIC.keys()


class Noted(Value):
    """A value with a text in it."""

    note: str


class Planted(Fact):
    """An event with texts in all the places where a text can be."""

    TOPIC: ClassVar[str] = "test.planted"
    bare: str
    maybe: str | None
    many: tuple[str, ...]
    pairs: tuple[tuple[int, str], ...]
    within: Noted | None
    sealed: Sealed
    shaped: Code


def test_the_search_for_free_text_finds_it() -> None:
    """Planted text is found wherever it hides, and what has a shape is left alone."""
    assert {name for _, name in free_texts(Planted)} == {"bare", "maybe", "many", "pairs", "note"}
