"""Erasing somebody: requests close, holds are released, the key is destroyed, and the log replays as before."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from dispatch import EVERYDAY, Dispatch, Refused, RequestId, ResidentId, Unavailable
from dispatch.audit import open_log, replay
from dispatch.audit.invariants import violations
from dispatch.domain.resident import BeginErasure, Erased, Leaving
from dispatch.domain.responder import Departed
from dispatch.domain.values import CommunityId
from dispatch.store.journal import Issued
from dispatch.store.keys import subject_name
from tests.engine.damage import spoil
from tests.engine.town import HERE, Clock, Town, by, refusal_of, town_on

FORM_MIN = 6
CANARIES = ("金丝雀甲", "金丝雀 canary-note-7319", "13912345678", "东门83179024室")


def open_requests(town: Town) -> dict[str, RequestId]:
    """Bring requests of one person into different states."""
    states = {"offered": town.open("garbage", note=CANARIES[1]), "untriaged": town.open("food", triage=False)}
    town.tick()
    states["taken"] = town.open("garbage")
    town.engine.accept(HERE, town.tick()[f"{states['taken']}/inside"].offer)
    states["waiting"] = town.open("stair_carry")
    town.tick()
    return states


def test_open_requests_of_an_erased_resident_close(town: Town) -> None:
    """Whatever state they are in, they close with that reason; everybody who held one is free; the key is gone."""
    states = open_requests(town)
    sealed_before = town.engine.reveal(HERE, town.resident, purpose="call_back")
    assert sealed_before["name"] is not None
    answer = town.engine.erase(HERE, town.resident)
    assert [type(fact).__name__ for fact in answer.facts()] == ["ErasureBegun"]
    assert {town.stage(request) for request in states.values()} == {"Closed"}
    reasons = {getattr(e.fact, "reason", "") for e in town.engine.subscribe() if e.topic == "request.closed"}
    assert reasons == {"erased"}
    assert isinstance(town.engine.resident(HERE, town.resident), Erased)
    assert all(town.engine.responder(HERE, who).open_count == 0 for who in (town.captain, town.cadre))
    name = subject_name(CommunityId(HERE), town.resident)
    assert town.engine.sealer.store.keys([name], mint=True) == {name: None}
    assert town.engine.find_resident(HERE, where="11号楼501") == ()
    assert not town.engine.tick().offers


def test_nobody_opens_what_is_erased(town: Town) -> None:
    """Reading is refused, and even whoever holds log and key store gets nothing."""
    request = town.open("garbage", note="n")
    sealed = town.engine._sealed_of(CommunityId(HERE), request)[1]
    assert set(sealed) == {"name", "phone", "door", "note"}
    town.engine.erase(HERE, town.resident)
    for about in (town.resident, request):
        assert refusal_of(partial(town.engine.reveal, HERE, about, purpose="visit")).code == "erased"
    assert {town.engine.sealer.open(CommunityId(HERE), value) for value in sealed.values()} == {None}


def test_erasing_twice_is_erasing_once(town: Town) -> None:
    """The second time nothing new happens; nothing new is ever written of them."""
    town.engine.erase(HERE, town.resident, command_id="e")
    head = town.engine.position()
    assert town.engine.erase(HERE, town.resident, command_id="e").repeated
    assert town.engine.erase(HERE, town.resident).events == ()
    assert town.engine.position() == head
    for say in (
        lambda: town.open("food"),
        lambda: town.open("food", note="n"),
        lambda: town.engine.begin_isolation(HERE, town.resident),
        lambda: town.engine.exclude(HERE, town.resident),
    ):
        assert refusal_of(say).code == "erased"


def test_an_erased_responder_leaves_everything(town: Town) -> None:
    """A responder's offers and work go to others, the key is destroyed, nobody asks them again."""
    town.engine.adopt_policy(HERE, EVERYDAY)  # version 2 offers one leg at a time
    taken, offered = town.open("garbage"), town.open("garbage")
    first = town.tick()
    assert {offer.responder for offer in first.values()} == {town.captain}
    town.engine.accept(HERE, first[f"{taken}/inside"].offer)
    assert town.engine.reveal(HERE, town.captain, purpose="call_back") == {"name": "楼层长乙"}
    town.engine.erase(HERE, town.captain)
    assert isinstance(town.engine.responder(HERE, town.captain), Departed)
    assert refusal_of(lambda: town.engine.reveal(HERE, town.captain, purpose="call_back")).code == "erased"
    again = town.tick()
    assert {again[f"{request}/inside"].responder for request in (taken, offered)} == {town.cadre}


def test_erasing_tells_of_no_offers_of_its_own(quick: Town) -> None:
    """What is shared out anew is told by the next tick, which callers listen to."""
    quick.open("garbage")
    quick.tick()
    head = quick.engine.position()
    quick.engine.erase(HERE, quick.captain)
    assert "match.decided" not in quick.topics(after=head)
    assert len(quick.engine.tick().offers) == 1


def test_who_may_erase(quick: Town) -> None:
    """A resident erases themselves only; a captain nobody else; unknown people are nobody."""
    resident, captain = by(quick.resident, "resident"), by(quick.captain, "floor_captain")
    assert refusal_of(lambda: quick.engine.erase(HERE, quick.high, by=resident)).code == "not_yourself"
    assert refusal_of(lambda: quick.engine.erase(HERE, quick.resident, by=captain)).code == "not_permitted"
    assert refusal_of(lambda: quick.engine.erase(HERE, quick.cadre, by=captain)).code == "not_yourself"
    for nobody, code in (("p-0", "unknown_resident"), ("r-0", "unknown_responder"), ("王芳", "malformed_id")):
        assert refusal_of(partial(quick.engine.erase, HERE, ResidentId(nobody))).code == code
    name = subject_name(CommunityId(HERE), quick.high)
    assert quick.engine.sealer.store.keys([name], mint=False)[name] is not None
    quick.engine.erase(HERE, quick.resident, by=resident)
    assert isinstance(quick.engine.resident(HERE, quick.resident), Erased)


def test_an_erasure_that_stopped_after_its_first_step_is_finished(lasting_store: str) -> None:
    """Killed after the fence was recorded: the next tick of anybody closes, destroys and completes."""
    with town_on(lasting_store) as town:
        states = open_requests(town)
        _begin(town)
        assert isinstance(town.engine.resident(HERE, town.resident), Leaving)
        assert town.stage(states["taken"]) == "UnderWay"
    with Dispatch.open(lasting_store, clock=Clock(town.clock.now)) as again:
        assert again.tick().offers == ()
        assert isinstance(again.resident(HERE, town.resident), Erased)
        assert {type(again.request(HERE, request)).__name__ for request in states.values()} == {"Closed"}
        name = subject_name(CommunityId(HERE), town.resident)
        assert again.sealer.store.keys([name], mint=False) == {name: None}


def test_an_erasure_that_stopped_after_the_key_is_finished(lasting_store: str) -> None:
    """Killed after the key was destroyed and before that was recorded: the next tick records it."""
    with town_on(lasting_store) as town:
        _begin(town)
        town.engine.sealer.store.erase(subject_name(CommunityId(HERE), town.resident))
    with Dispatch.open(lasting_store, clock=Clock(town.clock.now)) as again:
        again.tick()
        assert isinstance(again.resident(HERE, town.resident), Erased)
        assert [e.topic for e in again.subscribe()].count("resident.erasure_completed") == 1


def test_between_the_steps_nothing_new_is_sealed(quick: Town) -> None:
    """The fence holds from its first instant: an offer of a leg of theirs cannot be accepted any more."""
    request = quick.open("garbage")
    offer = quick.tick()[f"{request}/inside"]
    _begin(quick)
    assert refusal_of(lambda: quick.engine.accept(HERE, offer.offer)).code == "erased"
    assert refusal_of(lambda: quick.open("food", note="n")).code == "erased"


def test_a_key_store_that_is_away_leaves_the_erasure_to_be_finished(file_store: str) -> None:
    """The fence is recorded, the key store is away: the caller is told, and the next tick finishes it."""
    with town_on(file_store) as town:
        keys = town.engine.sealer.store
        keys.close()
        with pytest.raises(Unavailable):
            town.engine.erase(HERE, town.resident)
        assert isinstance(town.engine.resident(HERE, town.resident), Leaving)
    with Dispatch.open(file_store, clock=Clock(town.clock.now)) as again:
        again.tick()
        assert isinstance(again.resident(HERE, town.resident), Erased)


def test_a_damaged_log_keeps_no_key_alive(file_store: str, tmp_path: Path) -> None:
    """The community stands still, and still the key is destroyed at once."""
    with town_on(file_store) as town:
        request = town.open("garbage")
    spoil(tmp_path / "community.db", f"{HERE}/request/{request}")
    with Dispatch.open(file_store, clock=Clock(town.clock.now)) as again:
        again.erase(HERE, town.resident)
        name = subject_name(CommunityId(HERE), town.resident)
        assert again.sealer.store.keys([name], mint=False) == {name: None}
        assert [parked.community for parked in again.parked()] == [HERE]


def _begin(town: Town) -> None:
    """Record the first step of an erasure, as one that is killed right after it."""
    command = BeginErasure(
        community=CommunityId(HERE), actor=town.engine.actor, at=town.clock(), resident=town.resident
    )
    town.engine.journal.execute(command, Issued("begin"))


def test_no_byte_of_an_erased_person_is_left(file_store: str, tmp_path: Path) -> None:
    """In log, keys, views and their journals: no canary, plain or encoded; and the log replays as before."""
    name, note, phone, door = CANARIES
    with town_on(file_store) as town:
        engine = town.engine
        who = engine.register_resident(HERE, "11号楼8层", name=name, phone=phone, door=door)
        request = engine.open_request(HERE, "garbage", beneficiary=who, note=note, command_id="one")
        with engine.batch(HERE, command_id="two") as batch:
            batch.open_request(HERE, "garbage", beneficiary=who, note=note)
        town.tick()
        assert engine.reveal(HERE, request, purpose="visit") == {
            "name": name,
            "phone": phone,
            "door": door,
            "note": note,
        }
        assert engine.board(HERE)
        assert engine.timeline(HERE)
        _refused_with(town, name)
        before = _replayed(file_store)
        engine.erase(HERE, who)
        assert engine.timeline(HERE)
        engine.board(HERE)
        files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    files |= {f"{path.name} closed": path.read_bytes() for path in tmp_path.iterdir()}
    assert {"community.db", "community.keys.db", "community.db closed"} <= set(files)
    assert [(file, text) for file, content in files.items() for text in CANARIES if seen(text, content)] == []
    after = _replayed(file_store)
    assert before[0] <= after[0]


def _refused_with(town: Town, name: str) -> None:
    """Let a command that carries the name be refused: a refusal is recorded too."""
    with pytest.raises(Refused):
        town.engine.register_resident(HERE, "11号楼8层", name=name, by=by("r-1", "volunteer"), command_id="three")


def _replayed(store: str) -> tuple[int, str]:
    with open_log(store) as log:
        report = replay(log)
        assert violations(log) == ()
    assert report.findings == report.unchecked == ()
    return report.decisions, report.digest


def seen(text: str, content: bytes) -> bool:
    """Tell whether a text lies in a file in any form that is long enough not to be there by chance."""
    return any(form in content for form in forms(text) if len(form) >= FORM_MIN)


def forms(text: str) -> Iterator[bytes]:
    """Give every form in which a text might lie in a file."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        plain = text.encode(encoding)
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        yield zlib.compress(plain)[2:-4]
        for offset in range(3):
            # Without the characters that the neighbours of the text would change.
            yield base64.b64encode(b"\0" * offset + plain)[4 if offset else 0 : -4]
    yield text.encode("unicode_escape")


def test_the_search_finds_what_is_there() -> None:
    """The canary search has teeth."""
    for text in CANARIES:
        for encoded in (text.encode(), text.encode("utf-16-le"), text.encode("gb18030"), text.encode().hex().encode()):
            assert seen(text, b"..." + encoded + b"...")
        for before in (b"", b"x", b"xy", b"xyz"):
            assert seen(text, base64.b64encode(before + text.encode() + b"after"))
        assert not seen(text, b"nothing of the kind" * 100)
