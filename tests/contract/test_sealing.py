"""Personal fields: sealed under one person's key, bound to where they stand, gone with the key."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import Refused, Unavailable
from dispatch.domain.values import CommunityId, Sealed
from dispatch.store.keys import Sealer, body_digest, open_keys, seal, subject_name

RIVERSIDE = CommunityId("riverside")
PHONE = "13800000000"


@pytest.fixture
def sealer(store_url: str) -> Iterator[Sealer]:
    """Give a sealer on an empty key store."""
    opened = Sealer(open_keys(store_url))
    yield opened
    opened.store.close()


def sealed(sealer: Sealer, text: str = PHONE, *, subject: str = "p-1", field: str = "phone") -> Sealed:
    """Seal a field of a subject."""
    key = sealer.sealing_keys(RIVERSIDE, [subject])[subject]
    return seal(text, community=RIVERSIDE, subject=subject, command="c-1", field=field, key=key)


def test_a_sealed_field_opens_as_it_was(sealer: Sealer) -> None:
    """Any text, also none and also long; the value shows nothing of it."""
    for text in (PHONE, "", "张三 👩‍👧", "é" * 4_000, "nul \0 and\nbreaks"):
        value = sealed(sealer, text)
        assert sealer.open(RIVERSIDE, value) == text
        assert not text or text not in value.model_dump_json()
        assert (value.subject, value.field, value.command, value.algorithm) == ("p-1", "phone", "c-1", "aes256gcm")


def test_the_same_text_is_never_sealed_alike(sealer: Sealer) -> None:
    """So equal phones do not show, and no nonce comes twice under a key."""
    values = [sealed(sealer) for _ in range(200)]
    assert len({value.nonce for value in values}) == len({value.ciphertext for value in values}) == 200


def test_an_erased_field_opens_as_none(sealer: Sealer) -> None:
    """The value stays where it is; nobody else's is touched."""
    mine, other = sealed(sealer), sealed(sealer, subject="p-2")
    sealer.store.erase(subject_name(RIVERSIDE, "p-1"))
    assert sealer.open(RIVERSIDE, mine) is None
    assert sealer.open(RIVERSIDE, other) == PHONE


@pytest.mark.parametrize(
    "moved",
    [{"subject": "p-2"}, {"field": "name"}, {"command": "c-2"}, {"nonce": base64.b64encode(bytes(12)).decode()}],
)
def test_a_value_that_was_moved_does_not_open(sealer: Sealer, moved: dict[str, str]) -> None:
    """To another person, field or command."""
    value = sealed(sealer)
    sealed(sealer, subject="p-2")
    with pytest.raises(Unavailable, match="wrong key store or altered value"):
        sealer.open(RIVERSIDE, value.model_copy(update=moved))


def test_a_value_of_another_community_does_not_open(sealer: Sealer) -> None:
    """Also when somebody there has the same id, and has a key."""
    north = CommunityId("north")
    value = sealed(sealer)
    sealer.sealing_keys(north, ["p-1"])
    with pytest.raises(Unavailable, match="wrong key store or altered value"):
        sealer.open(north, value)


def test_no_altered_bit_goes_unnoticed(sealer: Sealer) -> None:
    """Of the ciphertext with its tag, and of the nonce."""
    value = sealed(sealer)
    for name in ("ciphertext", "nonce"):
        content = base64.b64decode(getattr(value, name))
        for bit in range(8 * len(content)):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(Unavailable):
                sealer.open(RIVERSIDE, value.model_copy(update={name: base64.b64encode(flipped).decode()}))


@pytest.mark.parametrize(
    "odd", [{"nonce": ""}, {"nonce": "A"}, {"nonce": "AAAA"}, {"ciphertext": ""}, {"ciphertext": "A"}]
)
def test_what_is_no_sealed_value_does_not_open(sealer: Sealer, odd: dict[str, str]) -> None:
    """Empty, cut, not base64: the same error as any that does not fit."""
    with pytest.raises(Unavailable, match="wrong key store or altered value"):
        sealer.open(RIVERSIDE, sealed(sealer).model_copy(update=odd))


def test_the_wrong_key_store_is_told_from_an_erased_person(sealer: Sealer) -> None:
    """A key that was never there is no erased one: somebody connected another store."""
    value = sealed(sealer)
    stranger = Sealer(open_keys("sqlite:///:memory:"))
    with pytest.raises(Unavailable, match="no key for p-1"):
        stranger.open(RIVERSIDE, value)
    stranger.sealing_keys(RIVERSIDE, ["p-1"])
    with pytest.raises(Unavailable, match="wrong key store"):
        stranger.open(RIVERSIDE, value)
    stranger.store.close()


def test_an_algorithm_that_is_not_known_is_named(sealer: Sealer) -> None:
    """A newer program sealed it; opening it with ours would say «altered»."""
    value = sealed(sealer).model_copy(update={"algorithm": "aes256siv"})
    with pytest.raises(Unavailable, match="aes256siv"):
        sealer.open(RIVERSIDE, value)


def test_opening_makes_no_key(sealer: Sealer) -> None:
    """Asking about somebody leaves no trace of them in the key store."""
    stranger = sealed(sealer).model_copy(update={"subject": "p-9"})
    with pytest.raises(Unavailable):
        sealer.open(RIVERSIDE, stranger)
    assert sealer.store.keys([subject_name(RIVERSIDE, "p-9")], mint=False) == {}


def test_nothing_is_sealed_for_an_erased_person(sealer: Sealer) -> None:
    """The refusal names the person by id, among others who are not erased."""
    sealer.store.erase(subject_name(RIVERSIDE, "p-2"))
    with pytest.raises(Refused) as caught:
        sealer.sealing_keys(RIVERSIDE, ["p-1", "p-2", "p-3"])
    assert (caught.value.code, caught.value.fields) == ("erased", {"subject": "p-2"})
    assert set(sealer.sealing_keys(RIVERSIDE, ["p-1", "p-3", "p-1"])) == {"p-1", "p-3"}


def test_half_a_character_is_not_sealed(sealer: Sealer) -> None:
    """The error does not carry the text."""
    key = sealer.sealing_keys(RIVERSIDE, ["p-1"])["p-1"]
    with pytest.raises(ValueError, match="half of a character pair") as caught:
        seal("canary \ud83d", community=RIVERSIDE, subject="p-1", command="c-1", field="note", key=key)
    assert "canary" not in repr(caught.value)
    assert caught.value.__context__ is None


# -- finding -------------------------------------------------------------------------------


def test_a_person_is_found_by_what_was_remembered(sealer: Sealer) -> None:
    """By one field or by several together; in their own community only; not after erasure."""
    sealer.remember(RIVERSIDE, "p-1", phone=PHONE, door="b-1/501")
    sealer.remember(RIVERSIDE, "p-1", phone=PHONE)
    sealer.remember_all(RIVERSIDE, {"p-2": {"phone": PHONE, "door": "b-1/502"}, "p-3": {}, "p-4": {"door": "b-1/501"}})
    assert sealer.find(RIVERSIDE, phone=PHONE) == ("p-1", "p-2")
    assert sealer.find(RIVERSIDE, phone=PHONE, door="b-1/501") == ("p-1",)
    assert sealer.find(RIVERSIDE, door=PHONE) == sealer.find(RIVERSIDE) == ()
    assert sealer.find(CommunityId("north"), phone=PHONE) == ()
    sealer.store.erase(subject_name(RIVERSIDE, "p-1"))
    sealer.remember(RIVERSIDE, "p-1", phone=PHONE)
    assert sealer.find(RIVERSIDE, phone=PHONE) == ("p-2",)
    sealer.remember_all(RIVERSIDE, {})


def test_a_field_may_have_any_name(sealer: Sealer) -> None:
    """Also those of the method's own parameters."""
    sealer.remember(RIVERSIDE, "p-1", subject="a", community="b")
    assert sealer.find(RIVERSIDE, subject="a", community="b") == ("p-1",)


# -- digests of commands -------------------------------------------------------------------


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_a_digest_tells_bodies_apart(one: bytes, other: bytes, key: bytes) -> None:
    """The same body has the same digest, another one another; keyed and not keyed are two."""
    for secret in (key, None):
        assert (body_digest(one, secret) == body_digest(other, secret)) == (one == other)
    assert body_digest(one, key) != body_digest(one, None)
    assert len(body_digest(one, key)) == 32


def test_a_digest_cannot_be_guessed_without_the_key() -> None:
    """It is none of the plain digests of the body, and another key makes another one."""
    body, key = PHONE.encode(), bytes(range(32))
    plain = {hashlib.new(name, body).digest()[:32] for name in ("sha256", "sha512", "blake2b", "blake2s")}
    plain |= {hashlib.blake2b(body, digest_size=32).digest(), hashlib.blake2b(body, digest_size=32, key=key).digest()}
    assert body_digest(body, key) not in plain
    assert body_digest(body, key) != body_digest(body, bytes(32))
