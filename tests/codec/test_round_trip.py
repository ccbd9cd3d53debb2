"""Whatever a class allows goes to bytes and comes back; the bytes have one form."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.errors import Refused
from dispatch.domain.help_request import ReceiptConfirmed
from dispatch.domain.values import Fact, Value
from dispatch.store.codec import TOPICS, Unstorable
from dispatch.store.recorded import Meta
from dispatch.store.recorders import MAX_BYTES_PER_EVENT
from tests.codec.rows import row_of, topics
from tests.codec.samples import AT, META, samples
from tests.codec.strategies import model

EXAMPLES = settings().max_examples // 10
"""Of each topic; there are some sixty."""


@pytest.mark.parametrize("topic", topics())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_an_event_comes_back_as_itself(topic: str, data: st.DataObject) -> None:
    """Envelope and body are equal, instants are in UTC, and the bytes are the same the second time."""
    meta, fact = data.draw(model(Meta)), data.draw(model(TOPICS.topics[topic]))
    state = TOPICS.encode(meta, fact)
    event = TOPICS.decode(row_of(topic, state))
    assert (event.position, event.version, event.stream) == (17, 4, row_of(topic, state).stream)
    assert (event.meta, event.fact) == (meta, fact)
    assert type(event.fact) is type(fact)
    assert event.meta.recorded_at.utcoffset() == UTC.utcoffset(None)
    assert TOPICS.encode(event.meta, event.fact) == state


@pytest.mark.parametrize("topic", topics())
def test_other_notations_of_json_mean_the_same(topic: str) -> None:
    """Spaces, line breaks, escapes and another order of keys are read as the same event (see `decode`)."""
    fact = samples()[topic]
    state = TOPICS.encode(META, fact)
    schema, meta, body = json.loads(state)
    for other in (
        b"[1," + state[3:].replace(b'","', b'" , "'),
        b"[1," + json.dumps([meta, body], indent=1).encode()[1:],
        b"[1," + json.dumps([meta, body], ensure_ascii=True, sort_keys=True).encode()[1:],
    ):
        assert other != state
        event = TOPICS.decode(row_of(topic, other))
        assert (schema, event.meta, event.fact) == (1, META, fact)


def test_a_left_out_default_means_the_default() -> None:
    """So a field with a default can be added to a class without a new version."""
    schema, meta, body = json.loads(TOPICS.encode(META, samples()["request.received"]))
    del body["needed_by"], body["note"], meta["cause"], meta["on_behalf_of"]
    event = TOPICS.decode(row_of("request.received", _canonical([schema, meta, body])))
    assert event.fact == samples()["request.received"].model_copy(update={"needed_by": None, "note": None})
    assert event.meta == META.model_copy(update={"cause": None, "on_behalf_of": None})


def test_a_class_that_is_not_in_the_table_is_not_stored() -> None:
    """Also not under the topic of one that is."""

    class Stranger(Fact):
        TOPIC = "request.stranger"

    class Impostor(ReceiptConfirmed):
        """Its topic is in the table, and it is not."""

    for fact in (Stranger(), Impostor(confirmed_by="r-1", confirmed_at=AT)):
        with pytest.raises(Unstorable, match="not in the topic table"):
            TOPICS.encode(META, fact)


def test_a_value_that_no_class_allows_is_not_stored() -> None:
    """What was built around the checks could not be read back; the error says nothing of it."""
    fact = samples()["request.offer_made"]
    wrong = [
        (META, _with(fact, effort="canary")),
        (META, _with(fact, made_at="canary")),
        (META.model_copy(update={"index": "canary"}), fact),
    ]
    for meta, odd in wrong:
        with pytest.raises(Unstorable) as caught:
            TOPICS.encode(meta, odd)
        assert "canary" not in str(caught.value)
        assert caught.value.__context__ is None


def test_an_event_that_is_too_large_is_refused_before_it_is_sent() -> None:
    """At the limit it is stored, beyond it the caller is told to split the command."""
    fact = samples()["responder.skills_set"]

    def of_size(size: int) -> Fact:
        filler = "a" * (size - len(TOPICS.encode(META, _with(fact, skills=("",)))))
        return _with(fact, skills=(filler,))

    assert len(TOPICS.encode(META, of_size(MAX_BYTES_PER_EVENT))) == MAX_BYTES_PER_EVENT
    with pytest.raises(Refused) as caught:
        TOPICS.encode(META, of_size(MAX_BYTES_PER_EVENT + 1))
    assert caught.value.code == "event_too_large"
    assert caught.value.fields["size"] == MAX_BYTES_PER_EVENT + 1


def _with(fact: Fact, **changes: Any) -> Fact:
    return fact.model_copy(update=changes)


def _canonical(parts: list[Any]) -> bytes:
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_base_of_values_stays_strict() -> None:
    """The codec relies on it: no coercion, no extra keys, no input in errors."""
    config = Value.model_config
    assert (config["strict"], config["extra"], config["hide_input_in_errors"]) == (True, "forbid", True)
