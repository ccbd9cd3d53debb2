"""Requests by address: who is at a door, and who is found by door or phone."""

from __future__ import annotations

import pytest

from dispatch import Dispatch, Refused
from tests.engine.town import DOOR, HERE, RESIDENT_PHONE, Clock, Town, by, settle

ADDRESS = f"11号楼{DOOR}"


def test_the_one_known_at_a_door_is_taken(town: Town) -> None:
    """A second request from the same door is the same person's."""
    request = town.open("food", beneficiary=None, address=ADDRESS)
    assert town.request(request).beneficiary == town.resident


@pytest.mark.parametrize("written", ["11栋501室", "11-501", "１１号楼５０１", "十一号楼501", "11号楼5层501"])
def test_a_door_has_many_spellings(quick: Town, written: str) -> None:
    """The same door, however it is written."""
    assert quick.engine.find_resident(HERE, where=written) == (quick.resident,)


def test_the_same_door_number_on_two_floors_is_two_doors(quick: Town) -> None:
    """Where doors are numbered on each floor anew, nobody is taken for the person below."""
    fifth = quick.engine.register_resident(HERE, "Block 11 #05-12", name="A")
    sixth = quick.engine.register_resident(HERE, "Block 11 #06-12", name="B")
    assert quick.engine.find_resident(HERE, where="Block 11 #05-12") == (fifth,)
    request = quick.open("food", beneficiary=None, address="Block 11 #06-12")
    assert quick.request(request).beneficiary == sixth


def test_a_newcomer_is_registered_in_the_same_save(town: Town) -> None:
    """Who is not known is registered with the request, all or nothing, and found the next time."""
    head = town.engine.position()
    request = town.open(
        "food", beneficiary=None, address="11号楼602", name="住户丙", phone="10000000003", note="门口放"
    )
    saved = list(town.engine.subscribe(after=head))
    assert [event.topic for event in saved][:2] == ["resident.registered", "request.received"]
    assert len({event.meta.command for event in saved}) == 1
    newcomer = town.request(request).beneficiary
    assert town.engine.find_resident(HERE, where="11号楼602") == (newcomer,)
    assert town.engine.find_resident(HERE, phone="+100 0000-0003".replace("+", "")) == (newcomer,)
    assert town.engine.reveal(HERE, request, purpose="visit") == {
        "name": "住户丙",
        "phone": "10000000003",
        "door": "602",
        "note": "门口放",
    }


def test_a_refused_request_registers_nobody(town: Town) -> None:
    """The newcomer is not left behind when the request is refused."""
    head = town.engine.position()
    with pytest.raises(Refused):
        town.open("stargazing", beneficiary=None, address="11号楼602", name="住户丙")
    assert town.engine.position() == head
    assert town.engine.find_resident(HERE, where="11号楼602") == ()


def test_of_several_at_a_door_the_phone_tells(town: Town) -> None:
    """A family at one door: with the phone the right one is taken, without it nobody is guessed."""
    son = town.engine.register_resident(HERE, ADDRESS, name="住户乙", phone="10000000002")
    assert town.engine.find_resident(HERE, where=ADDRESS) == tuple(sorted((town.resident, son)))
    his = town.open("food", beneficiary=None, address=ADDRESS, phone="10000000002")
    assert town.request(his).beneficiary == son
    hers = town.open("food", beneficiary=None, address=ADDRESS, phone=RESIDENT_PHONE)
    assert town.request(hers).beneficiary == town.resident
    somebody = town.open("food", beneficiary=None, address=ADDRESS)
    assert town.request(somebody).beneficiary not in (son, town.resident)


def test_an_address_without_a_door_is_somebody_new_each_time(quick: Town) -> None:
    """A floor has many doors: nobody is taken for another."""
    first = quick.open("food", beneficiary=None, address="11号楼5层")
    second = quick.open("food", beneficiary=None, address="11号楼5层")
    assert quick.request(first).beneficiary != quick.request(second).beneficiary


def test_who_is_erased_is_not_found(town: Town) -> None:
    """After erasure the door is nobody's, and a new request from it is a new person's."""
    town.engine.erase(HERE, town.resident)
    assert town.engine.find_resident(HERE, where=ADDRESS) == ()
    assert town.engine.find_resident(HERE, phone=RESIDENT_PHONE) == ()
    request = town.open("food", beneficiary=None, address=ADDRESS)
    assert town.request(request).beneficiary != town.resident


def test_finding_needs_a_phone_or_a_door(quick: Town) -> None:
    """A floor finds nobody."""
    for given in ({}, {"where": "11号楼5层"}, {"phone": "  "}):
        with pytest.raises(Refused) as refusal:
            quick.engine.find_resident(HERE, **given)
        assert refusal.value.code == "nothing_to_find_by"


def test_a_request_needs_somebody(quick: Town) -> None:
    """Neither beneficiary nor address is a refusal."""
    with pytest.raises(Refused) as refusal:
        quick.engine.open_request(HERE, "food")
    assert refusal.value.code == "nobody_to_help"


def test_who_may_not_speak_makes_no_key(quick: Town) -> None:
    """An actor without the right is refused before a key is made for anybody."""
    store = quick.engine.sealer.store
    with pytest.raises(Refused) as refusal:
        quick.engine.register_resident(HERE, "11号楼403", name="X", by=by("r-1", "volunteer"), command_id="one")
    assert refusal.value.code == "not_permitted"
    assert quick.engine.journal.answered("one")
    with quick.engine.journal.recorder.view_read() as cursor:
        cursor.execute("SELECT digest FROM commands WHERE command_id = ?", ("one",))
        assert [bytes(digest) for (digest,) in cursor.fetchall()] == [b""]
    made = {event.stream.rsplit("/", 1)[-1] for event in quick.engine.subscribe() if "/resident/" in event.stream}
    known = store.keys([f"{HERE}/{who}" for who in made | {"p-0"}], mint=False)
    assert set(known) == {f"{HERE}/{who}" for who in made}


def test_what_is_recorded_does_not_tell_a_door(town: Town) -> None:
    """The same words from two doors have digests that nobody can compare without the key."""
    for number, address in enumerate((ADDRESS, "11号楼502")):
        town.open("food", beneficiary=None, address=address, command_id=f"c{number}")
    with Dispatch.open("sqlite:///:memory:", clock=Clock()) as other:
        settle(other, Clock())
        other.open_request(HERE, "food", address=ADDRESS, command_id="c0")
        assert _digest(town.engine, "c0") != _digest(other, "c0")


def _digest(engine: Dispatch, command: str) -> bytes:
    row = engine.journal.recorder.select_command(command)
    assert row is not None
    assert row.digest
    return row.digest
