"""The shared nouns: places, instants, ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dispatch.domain.values import (
    Account,
    Actor,
    BuildingId,
    Code,
    CommunityId,
    CompoundId,
    FloorLabel,
    Instant,
    LegId,
    OfferId,
    Place,
    RequestId,
    Role,
    Sealed,
    Urgency,
    check_community,
    leg_id,
    offer_id,
    request_of,
    request_stream,
)

_PLACES = [
    Place(),
    Place(compound=CompoundId("c-1")),
    Place(compound=CompoundId("c-2")),
    *(
        Place(compound=CompoundId("c-1"), building=BuildingId("b-1"), building_unit=unit, floor=floor)
        for unit in (None, "1", "2")
        for floor in (None, "3", "B1")
    ),
    Place(compound=CompoundId("c-2"), building=BuildingId("b-2")),
    Place(building=BuildingId("b-3"), floor="3"),
]


@pytest.mark.parametrize("place", _PLACES, ids=str)
def test_everything_lies_in_the_community_and_in_itself(place: Place) -> None:
    """The empty place is the whole community; every place contains itself."""
    assert Place().contains(place)
    assert place.contains(place)


@settings(max_examples=300)
@given(st.sampled_from(_PLACES), st.sampled_from(_PLACES), st.sampled_from(_PLACES))
def test_lying_in_is_an_order(a: Place, b: Place, c: Place) -> None:
    """Containing is transitive, and two places that contain each other are one."""
    if a.contains(b) and b.contains(c):
        assert a.contains(c)
    if a.contains(b) and b.contains(a):
        assert a == b
    if a.contains(b) and a != b:
        assert a.depth < b.depth


def test_floors_of_other_doors_are_other_places() -> None:
    """The third floor behind door 1 is not the third floor behind door 2, and both lie on the third floor."""
    third = Place(building=BuildingId("b-3"), floor="3")
    behind = [Place(building=BuildingId("b-3"), building_unit=unit, floor="3") for unit in ("1", "2")]
    assert all(third.contains(place) for place in behind)
    assert not behind[0].contains(behind[1])
    assert not behind[0].contains(third)


class _Undecided(tzinfo):
    """A time zone that does not know its offset: such an instant is naive."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


_INSTANTS: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 3, 1, 9, 30),  # noqa: DTZ001 - a naive time is what is refused
        datetime(2026, 3, 1, 9, 30, tzinfo=_Undecided()),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
        1_700_000_000,
        1e12,
        "2026-03-01T09:30+08:00",
        True,
        None,
    ],
    ids=str,
)
def test_what_is_no_instant(instant: object) -> None:
    """Naive times, numbers, text and instants outside of UTC's years are refused."""
    with pytest.raises(ValidationError):
        _INSTANTS.validate_python(instant, strict=True)


def test_an_instant_is_kept_in_utc() -> None:
    """Shanghai 1988 had summer time (+09:00); what is kept is UTC, of one class of time zone."""
    summer = datetime(1988, 7, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    kept = _INSTANTS.validate_python(summer, strict=True)
    assert kept == summer
    assert kept.tzinfo is UTC
    assert _INSTANTS.validate_json(_INSTANTS.dump_json(summer)).tzinfo is UTC


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        (CommunityId, ["a", "9-b", "x" * 40], ["", "-a", "A", "a b", "x" * 41, "花园"]),
        (RequestId, ["q-1", "q-" + "f" * 32], ["", "q", "q-", "Q-1", "q-1/x", "13800000000", "张三", "q-1\n", "q-１"]),
        (BuildingId, ["b-1", "b-11-3"], ["11", "b-", "b-11 3", "11号楼"]),
        (LegId, ["q-1/inside"], ["q-1", "q-1/", "q-1/Inside", "q-1#1"]),
        (OfferId, ["q-1#1", "q-1#999999"], ["q-1", "q-1#0", "q-1#01", "q-1#", "q-1/inside"]),
        (Account, ["system", "r-1", "desk.2"], ["", "13800000000", "王 芳", "wang fang", "a@b"]),
        (Code, ["busy", "a1_b"], ["", "Busy", "has space", "1a", "忙", "x" * 41]),
        (FloorLabel, ["12", "B2", "3A", "G"], ["", "-1", "1²", "１２", "3a", "12th floor", "123456"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_ids_are_shapes(shape: Any, good: list[str], bad: list[str]) -> None:
    """No name, phone or door fits where an id, a code or a floor belongs."""
    adapter = TypeAdapter(shape)
    for text in good:
        assert adapter.validate_python(text) == text
    for text in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


@pytest.mark.parametrize("field", ["nonce", "ciphertext"])
def test_a_sealed_value_holds_no_plain_text(field: str) -> None:
    """What is not base64 is no ciphertext."""
    shape = {"subject": "p-1", "field": "name", "command": "c1", "nonce": "AAAA", "ciphertext": "AAAA"}
    assert Sealed(**shape).algorithm == "aes256gcm"
    with pytest.raises(ValidationError):
        Sealed(**(shape | {field: "王芳 138"}))


def test_errors_of_values_do_not_show_what_was_given() -> None:
    """A rejected name does not appear in the message of its error."""
    with pytest.raises(ValidationError) as caught:
        Actor(id="王芳", role=Role.RESIDENT)
    assert "王芳" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "A", "a_b", "x" * 41, "a\n"])
def test_a_bad_community_id_says_what_is_good(text: str) -> None:
    """The message names the letters that may be used."""
    with pytest.raises(ValueError, match="a-z"):
        check_community(text)


def test_ids_of_legs_and_offers_name_their_request() -> None:
    """A leg and an offer carry the id of their request."""
    request = RequestId("q-1f")
    assert check_community("riverside") == "riverside"
    assert request_of(leg_id(request, "inside")) == request
    assert request_of(offer_id(request, 3)) == request
    assert offer_id(request, 3) == "q-1f#3"


@pytest.mark.parametrize("local", ["", "q", "q-", "Q-1", "q-1/2", "q-1#2", "q-" + "1" * 33])
def test_a_stream_needs_a_whole_id(local: str) -> None:
    """A malformed id can open no stream, not even somebody else's."""
    with pytest.raises(ValueError, match="malformed request id"):
        request_stream(CommunityId("riverside"), RequestId(local))


def test_urgency_is_ordered_worst_first() -> None:
    """Life before health before hardship before none."""
    assert sorted(Urgency, key=lambda urgency: urgency.rank) == list(Urgency)
