"""Rows that somebody or something has damaged: each is an error that names the row and tells nothing of it."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.store.codec import TOPICS, Undecodable
from dispatch.store.recorders import Row
from tests.codec.rows import row_of, topics
from tests.codec.samples import META, samples

OFFER = "request.offer_made"
CANARY = "张三13800000000"
DEEP = 100_000


def good(topic: str = OFFER) -> bytes:
    """Give the bytes of a good event."""
    return TOPICS.encode(META, samples()[topic])


def refused(row: Row) -> Undecodable:
    """Decode a row that must be refused, and check that the error names it and holds nothing else."""
    with pytest.raises(Undecodable) as caught:
        TOPICS.decode(row)
    error = caught.value
    assert error.fields["position"] == row.position == 17
    assert f"position {row.position}" in str(error)
    assert error.fields["problem"] in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
    told = [*traceback.format_exception(error), repr(error), repr(error.fields), repr(error.args)]
    assert CANARY not in "".join(told)
    return error


def problem(state: bytes, topic: str = OFFER) -> str:
    """Decode an event that must be refused; give the problem."""
    found: str = refused(row_of(topic, state)).fields["problem"]
    return found


def test_the_row_is_named() -> None:
    """Position, stream, version and topic, in words and as fields."""
    error = refused(row_of(OFFER, b"[1,{},{}]"))
    assert error.fields == {
        "position": 17,
        "stream": "riverside/request/q-00000000000000b1",
        "version": 4,
        "topic": OFFER,
        "problem": "damaged_body",
    }
    for part in ("position 17", "riverside/request/q-00000000000000b1", "version 4", OFFER, "damaged_body"):
        assert part in str(error)


@pytest.mark.parametrize("topic", ["os:system", "antigravity:fly_id", "request.offer_unmade", "", CANARY, "x" * 9_999])
def test_a_topic_that_is_not_in_the_table_imports_nothing(topic: str) -> None:
    """Also one that names a function, as the storage library's own topics do."""
    row = row_of(OFFER, good())._replace(topic=topic)
    assert refused(row).fields["problem"] == "unknown_topic"
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize("number", [b"2", b"9", b"10", b"999999999"])
def test_a_newer_version_is_told_from_damage(number: bytes) -> None:
    """Whatever its body is: the newer program reads it."""
    assert problem(b"[" + number + good()[2:]) == "unknown_schema"
    assert problem(b"[" + number + b',{},{"new":[{}]}]') == "unknown_schema"


@pytest.mark.parametrize(
    "start", [b"[0", b"[-1", b"[1.0", b"[01", b'["1"', b"[true", b"[null", b"[1e0", b"[" + b"9" * 99]
)
def test_what_is_no_version_is_damage(start: bytes) -> None:
    """Version numbers are whole and begin at 1."""
    assert problem(start + good()[2:]) == "damaged_body"


@pytest.mark.parametrize("topic", [OFFER, "resident.registered", "match.decided"])
def test_no_beginning_of_an_event_is_an_event(topic: str) -> None:
    """Cut anywhere, also in the middle of a character, it is refused."""
    state = good(topic)
    for length in range(len(state)):
        assert problem(state[:length], topic) in ("damaged_body", "unknown_schema")
    for tail in (b"]", b"0", b"\x00", state):
        assert problem(state + tail, topic) == "damaged_body"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"effort":', b'"effort":7,"effort":', id="in the body"),
        pytest.param(b'"effort":', b'"effort":7,"\\u0065ffort":', id="escaped"),
        pytest.param(b'"effort":', b'"effort" :7,"effort":', id="with a space"),
        pytest.param(b'"effort":', b'"effort"\t:7,\n"effort"\r\n:', id="with other space"),
        pytest.param(b'"index":3', b'"index":2,"index":3', id="in the envelope"),
        pytest.param(b'"cause":41', b'"index":3', id="in place of a default"),
        pytest.param(b'"cause":41', b'"cause":null,"cause":41', id="null first"),
    ],
)
def test_a_key_that_comes_twice_is_refused(old: bytes, new: bytes) -> None:
    """Two readers could take it for two things."""
    state = good()
    assert state.count(old) == 1
    assert problem(state.replace(old, new)) == "repeated_key"


@pytest.mark.parametrize(
    ("topic", "old"),
    [
        ("resident.registered", b'"place":{'),
        ("resident.registered", b'"door":{'),
        ("match.decided", b'"candidates":[{'),
        ("community.catalogue_adopted", b'"legs":[{'),
        ("responder.shift_planned", b'"shift":{'),
    ],
)
def test_a_key_that_comes_twice_inside_is_refused(topic: str, old: bytes) -> None:
    """As deep as an event goes."""
    state = good(topic)
    start = state.index(old) + len(old)
    first = state[start : state.index(b",", start)]
    assert problem(state[:start] + first + b"," + state[start:], topic) == "repeated_key"


@pytest.mark.parametrize(
    "value",
    [
        *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1.5", b"1.0", b"1e1", b"true", b'"1"', b'"1_0"', b"null", b""),
        *(b"-1", b"0x10", b"+1", b"01", b"[]", b"{}", b"-9999999999999999999", b'{"effort":1}'),
    ],
)
def test_a_number_is_a_whole_number(value: bytes) -> None:
    """Nothing is taken for one that is not."""
    assert problem(good().replace(b'"effort":14', b'"effort":' + value)) == "damaged_body"


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (OFFER, "index"),
        (OFFER, "cause"),
        ("responder.capacity_set", "capacity"),
        ("community.policy_adopted", "ageing_s"),
    ],
)
def test_a_number_out_of_bounds_is_refused(topic: str, name: str) -> None:
    """2**70 and its like."""
    state = good(topic)
    start = state.index(f'"{name}":'.encode()) + len(name) + 3
    end = min(state.index(mark, start) for mark in (b",", b"}"))
    assert state[start:end].isdigit()
    for value in (b"%d" % 2**70, b"-%d" % 2**70, b"9" * 5_000):
        assert problem(state[:start] + value + state[end:], topic) == "damaged_body"


@pytest.mark.parametrize(
    "value",
    [
        *(b'"\\ud800"', b'"\\udfff\\ud800"', b'"inside\\ud83d"', b'"\xff"', b'"\xed\xa0\x80"', b'"in\x00side"'),
        *(b'"in\nside"', b'"\\x"', b'"Inside"', b'""', b'"in side"', b'"' + b"a" * 41 + b'"', b"inside", b"'inside'"),
        *(f'"{CANARY}"'.encode(), b"17", b"null", b'["inside"]'),
    ],
)
def test_a_text_is_text_of_its_shape(value: bytes) -> None:
    """Half of a character pair, broken UTF-8, control characters, another shape."""
    assert problem(good().replace(b'"leg":"sample_code"', b'"leg":' + value)) == "damaged_body"


@pytest.mark.parametrize(
    "value",
    [
        *(b'"2026-03-01T01:30:12"', b'"2026-02-30T01:30:12Z"', b'"2026-03-01T25:30:12Z"', b'"2026-03-01T01:30:60Z"'),
        *(b'"0001-01-01T00:00:00+14:00"', b'"10000-01-01T00:00:00Z"', b"1772328612", b"1e12", b'"now"', b'""'),
    ],
)
def test_an_instant_has_a_zone_and_is_in_the_calendar(value: bytes) -> None:
    """Naive times, 30 February, a leap second, an instant before the year 1 in UTC, a bare number."""
    state = good("request.offer_accepted")
    old = state[state.index(b'"accepted_at":') + len(b'"accepted_at":') : -2]
    assert problem(state.replace(old, value), "request.offer_accepted") == "damaged_body"


@pytest.mark.parametrize("value", [b'"2026-03-01T09:30:12+08:00"', b'"2026-03-01T01:30:12"', b'"x"', b"1"])
def test_the_envelope_is_in_utc(value: bytes) -> None:
    """The log's own clock is compared as text by people; another zone there is no notation of ours."""
    assert problem(good().replace(b'"2026-03-01T01:30:12.345678Z"', value)) == "damaged_body"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"[[1],"])
def test_deep_nesting_is_refused_and_harms_nothing(opening: bytes) -> None:
    """As the body, as the value of a field, as an extra field; closed or not."""
    deep = opening * DEEP
    for state in (
        deep,
        b"[1," + deep,
        good()[:-2] + b',"x":' + deep,
        good().replace(b'"effort":14', b'"effort":' + b"[" * DEEP + b"]" * DEEP),
    ):
        assert problem(state) == "damaged_body"


def test_an_extra_field_is_refused_wherever_it_stands() -> None:
    """It may be from a newer program, or somebody's name."""
    extra = f'"nickname":"{CANARY}",'.encode()
    for topic in topics():
        state = good(topic)
        for place in [at + 1 for at, byte in enumerate(state) if byte == ord("{")]:
            assert problem(state[:place] + extra + state[place:], topic) == "damaged_body"


def test_a_missing_field_is_refused() -> None:
    """Any without a default."""
    for topic, fact in samples().items():
        schema, meta, body = json.loads(good(topic))
        for name, field in type(fact).model_fields.items():
            if field.is_required():
                rest = {key: value for key, value in body.items() if key != name}
                assert (
                    problem(json.dumps([schema, meta, rest]).replace("[1, ", "[1,", 1).encode(), topic)
                    == "damaged_body"
                )


@pytest.mark.parametrize(
    "state", [b"", b"null", b"[1,", b"[1,null,null]", b"[1,[],[]]", b"[1]", b"\x00" * 99, b"\xef\xbb\xbf"]
)
def test_what_is_no_event_at_all_is_refused(state: bytes) -> None:
    """Empty, nothing, another kind of value, zeros, a byte order mark."""
    assert problem(state) == "damaged_body"


def test_more_or_fewer_parts_are_refused() -> None:
    """An event has three."""
    state = good()
    assert problem(state[:-1] + b",{}]") == "damaged_body"
    assert problem(state[: state.index(b',{"leg"')] + b"]") == "damaged_body"


@pytest.mark.parametrize(
    "stream",
    [
        "riverside/responder/r-1",
        "riverside/match",
        "riverside",
        "",
        "/",
        "request",
        "riverside//request",
        f"{CANARY}/x",
    ],
)
def test_an_event_on_a_stream_of_another_aggregate_is_refused(stream: str) -> None:
    """Two aggregates may have events of the same shape; the stream tells them apart."""
    error = refused(row_of(OFFER, good())._replace(stream=stream))
    assert error.fields["problem"] == "foreign_topic"


@pytest.mark.parametrize(
    "odd", [{"state": "[1,{},{}]"}, {"state": None}, {"state": 5}, {"stream": b"x"}, {"stream": 7}]
)
def test_values_of_other_types_are_refused(odd: dict[str, Any]) -> None:
    """SQLite stores in a column what it is given."""
    assert refused(row_of(OFFER, good())._replace(**odd)).fields["problem"] == "damaged_body"


def test_ids_of_another_shape_are_not_repeated() -> None:
    """A stream or topic that is none may be anybody's name."""
    row = row_of(OFFER, b"")._replace(stream=f"riverside/request/{CANARY}", version=cast(int, CANARY))
    error = refused(row)
    assert (error.fields["stream"], error.fields["version"]) == ("(unreadable)", 0)


def changes(state: bytes) -> Iterator[st.SearchStrategy[bytes]]:
    """Give ways to damage some bytes."""
    places = st.integers(0, len(state) - 1)
    pieces = st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b",", b":", b"{", b"}", b"[", b"]", b" ", b"\\"]))
    yield st.tuples(places, pieces).map(lambda at: state[: at[0]] + at[1] + state[at[0] :])
    yield st.tuples(places, pieces).map(lambda at: state[: at[0]] + at[1] + state[at[0] + len(at[1]) :])
    yield st.tuples(places, st.integers(1, 30)).map(lambda at: state[: at[0]] + state[sum(at) :])
    yield st.tuples(places, places).map(lambda at: state[: min(at)] + state[max(at) :])
    yield st.tuples(places, st.integers(0, 7)).map(
        lambda at: state[: at[0]] + bytes([state[at[0]] ^ 1 << at[1]]) + state[at[0] + 1 :]
    )


@given(data=st.data(), topic=st.sampled_from(topics()))
def test_damaged_bytes_are_refused_or_mean_one_thing(data: st.DataObject, topic: str) -> None:
    """No other error comes out, and what is still an event has one form that reads as the same event."""
    state = data.draw(st.one_of(*changes(good(topic))))
    try:
        event = TOPICS.decode(row_of(topic, state))
    except Undecodable:
        return
    again = TOPICS.decode(row_of(topic, TOPICS.encode(event.meta, event.fact)))
    assert (again.meta, again.fact) == (event.meta, event.fact)
