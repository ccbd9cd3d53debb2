"""The same command id again: the first answer, also after reopening; another body is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from dispatch import EVERYDAY, Answer, Dispatch, RequestId
from tests.engine.town import HERE, MORNING, TOWER, Clock, Town, by, refusal_of, settle, town_on

Say = Callable[..., Any]


MAKING: dict[str, tuple[Say, dict[str, Any], dict[str, Any]]] = {
    "compound": (Dispatch.register_compound, {"name": "南苑"}, {"name": "北苑"}),
    "building": (
        Dispatch.register_building,
        {"name": "7座", "floors": 3, "lift": True},
        {"name": "8座", "floors": 3, "lift": True},
    ),
    "resident": (
        Dispatch.register_resident,
        {"where": "11号楼301", "name": "住户丙", "phone": "10000000003"},
        {"where": "11号楼301", "name": "住户丙", "phone": "10000000004"},
    ),
    "resident_without_a_text": (Dispatch.register_resident, {"where": "11号楼3层"}, {"where": "11号楼4层"}),
    "responder": (
        Dispatch.register_responder,
        {"role": "volunteer", "home": "11号楼2层", "name": "志愿者丁", "phone": "10000000005"},
        {"role": "volunteer", "home": "11号楼2层", "name": "志愿者戊", "phone": "10000000005"},
    ),
    "responder_with_shifts": (
        Dispatch.register_responder,
        {"role": "cadre", "shifts": [(MORNING, MORNING.replace(hour=9))]},
        {"role": "cadre", "shifts": [(MORNING, MORNING.replace(hour=10))]},
    ),
    "request_from_a_new_address": (
        Dispatch.open_request,
        {"kind": "food", "address": "11号楼302", "name": "住户己", "note": "两份"},
        {"kind": "food", "address": "11号楼302", "name": "住户己", "note": "三份"},
    ),
    "request_from_a_known_address": (
        Dispatch.open_request,
        {"kind": "food", "address": "11号楼501"},
        {"kind": "food", "address": "11号楼502"},
    ),
    "request_from_a_floor": (
        Dispatch.open_request,
        {"kind": "food", "address": "11号楼6层"},
        {"kind": "garbage", "address": "11号楼6层"},
    ),
}


@pytest.mark.parametrize("what", MAKING)
def test_what_is_made_is_made_once(lasting_store: str, what: str) -> None:
    """The same id is answered with what the first one made, after reopening too; nothing is recorded twice."""
    say, body, other = MAKING[what]
    with town_on(lasting_store) as town:
        made = say(town.engine, HERE, **body, command_id="phone-17-42")
        head = town.engine.position()
        town.clock.forward(minutes=7)
        assert say(town.engine, HERE, **body, command_id="phone-17-42") == made
        assert town.engine.position() == head
    with Dispatch.open(lasting_store, clock=Clock()) as again:
        assert say(again, HERE, **body, command_id="phone-17-42") == made
        assert again.position() == head
        assert refusal_of(lambda: say(again, HERE, **other, command_id="phone-17-42")).code == "command_id_reused"
        assert say(again, HERE, **other, command_id="phone-17-43") != made


def test_without_an_id_everything_is_new(quick: Town) -> None:
    """Two calls without an id are two commands."""
    assert quick.open("food") != quick.open("food")


def test_the_same_id_in_another_community_is_another_body(quick: Town) -> None:
    """One store holds several communities; an id of one never answers for the other."""
    quick.engine.register_community("hillside", name="Hillside", duty="desk")
    quick.engine.register_compound(HERE, "南苑", command_id="one")
    refusal = refusal_of(lambda: quick.engine.register_compound("hillside", "南苑", command_id="one"))
    assert refusal.code == "command_id_reused"


def test_the_same_id_of_another_person_is_another_body(quick: Town) -> None:
    """Whoever learns of an id gets nobody else's answer by it."""
    for desk in ("desk-1", "desk-2"):
        quick.engine.grant(HERE, desk, "community_worker")
    quick.open("food", command_id="one", by=by("desk-1", "community_worker"))
    refusal = refusal_of(lambda: quick.open("food", command_id="one", by=by("desk-2", "community_worker")))
    assert refusal.code == "command_id_reused"


def test_a_refused_command_stays_refused(town: Town) -> None:
    """A refusal is an answer too."""
    first = refusal_of(lambda: town.open("stargazing", command_id="one"))
    again = refusal_of(lambda: town.open("stargazing", command_id="one"))
    assert (first.code, again.code) == ("unknown_kind", "unknown_kind")
    assert refusal_of(lambda: town.open("food", command_id="one")).code == "command_id_reused"


def test_answers_are_repeated_whatever_became_of_the_leg(town: Town) -> None:
    """Decline, complete, fail and release, without saying who: later, the first answer, not what holds now."""
    engine, request = town.engine, town.open("garbage")
    first = town.tick()[f"{request}/inside"]
    said: list[Callable[[], Answer]] = [lambda: engine.decline(HERE, first.offer, command_id="a")]
    said[0]()
    second = town.tick()[f"{request}/inside"]
    said.append(lambda: engine.accept(HERE, second.offer, command_id="b"))
    said.append(lambda: engine.fail(HERE, request, "inside", outcome="not_home", command_id="c"))
    said.append(lambda: engine.requeue(HERE, request, "inside", command_id="d"))
    for say in said[1:]:
        assert not say().repeated
    third = town.tick()[f"{request}/inside"]
    engine.accept(HERE, third.offer)
    said.append(lambda: engine.release(HERE, request, "inside", reason="sick", command_id="e"))
    assert not said[-1]().repeated
    fourth = town.tick()[f"{request}/inside"]
    engine.accept(HERE, fourth.offer)
    said.append(lambda: engine.complete(HERE, request, "inside", command_id="f"))
    assert not said[-1]().repeated
    head = engine.position()
    for say in said:
        answer = say()
        assert answer.repeated
        assert answer.events
        assert town.engine.position() == head


def test_instants_that_the_engine_gives_are_no_part_of_the_body(quick: Town) -> None:
    """«From now» is the same word a minute later."""
    first = quick.engine.set_control_level(HERE, TOWER, "controlled", command_id="one")
    quick.clock.forward(minutes=1)
    again = quick.engine.set_control_level(HERE, TOWER, "controlled", command_id="one")
    assert again.repeated
    assert again.events == first.events


def test_an_answer_with_nothing_new_is_repeated_too(quick: Town) -> None:
    """A command that changed nothing took its id all the same."""
    quick.engine.begin_isolation(HERE, quick.resident)
    nothing = quick.engine.begin_isolation(HERE, quick.resident, command_id="one")
    assert nothing.events == ()
    quick.engine.end_isolation(HERE, quick.resident)
    assert quick.engine.begin_isolation(HERE, quick.resident, command_id="one").repeated
    assert not quick.engine.resident(HERE, quick.resident).isolated


def test_a_repeat_after_erasure_is_answered(town: Town) -> None:
    """The key is gone, so nobody can compare what was said; the first answer is given still."""
    made = town.engine.register_resident(HERE, "11号楼303", name="住户庚", command_id="one")
    request = town.engine.open_request(HERE, "food", beneficiary=made, note="五〇三", command_id="two")
    town.engine.erase(HERE, made)
    head = town.engine.position()
    assert town.engine.register_resident(HERE, "11号楼303", name="住户庚", command_id="one") == made
    assert town.engine.open_request(HERE, "food", beneficiary=made, note="五〇三", command_id="two") == request
    assert town.engine.position() == head


def test_a_repeated_request_finds_its_person_among_several(town: Town) -> None:
    """Whoever moved in since does not make it another request."""
    request = town.open("food", beneficiary=None, address="11号楼501", command_id="one")
    town.engine.register_resident(HERE, "11号楼501", name="住户辛", phone="10000000009")
    assert town.open("food", beneficiary=None, address="11号楼501", command_id="one") == request


def test_ids_of_the_engine_itself_are_not_for_callers(quick: Town) -> None:
    """A caller who took the id of a timer would silence it."""
    for taken in ("match:riverside:0:5", "lapse:riverside:q-1#1", "erased:riverside:p-1"):
        assert refusal_of(partial(quick.open, "food", command_id=taken)).code == "bad_command_id"


@pytest.mark.parametrize("wrong", ["", " ", "a b", "é", "x" * 61, "a\x00b", "a\nb", 7, b"x"])
def test_an_id_is_printable_and_short(quick: Town, wrong: Any) -> None:
    """An id that could not be stored is refused before anything is done."""
    head = quick.engine.position()
    refusal = refusal_of(lambda: quick.open("food", command_id=wrong))
    assert refusal.code == "bad_command_id"
    assert refusal_of(lambda: quick.engine.batch(HERE, command_id=wrong)).code == "bad_command_id"
    assert quick.engine.position() == head


def test_a_mistyped_argument_is_not_silent(quick: Town) -> None:
    """`**call` takes just what `Call` says."""
    with pytest.raises(TypeError, match="beneficary"):
        quick.engine.open_request(HERE, "food", address="11号楼501", beneficary="p-1")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="skill"):
        quick.engine.register_responder(HERE, "cadre", skill=["drive"])  # type: ignore[call-arg]


def test_registering_a_community_again(store: str) -> None:
    """The same registration is nothing new, another one is refused."""
    with Dispatch.open(store, clock=Clock()) as engine:
        settle(engine, Clock())
        head = engine.position()
        assert engine.register_community(HERE, name="河畔社区", duty="duty-desk") == HERE
        assert engine.position() == head
        policy = EVERYDAY.model_copy(update={"ageing_s": 600})
        refusal = refusal_of(lambda: engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy))
        assert refusal.code == "community_exists"


def test_made_ids_of_one_command_differ(quick: Town) -> None:
    """Resident, household and request of one command id are three ids, and each id makes its own."""
    one = quick.open("food", beneficiary=None, address="11号楼7层", command_id="one")
    two = quick.open("food", beneficiary=None, address="11号楼7层", command_id="two")
    people = {quick.request(RequestId(request)).beneficiary for request in (one, two)}
    assert len({one, two} | people) == 4
    assert {quick.engine.resident(HERE, who).place for who in people} == {quick.engine.locate(HERE, "11号楼7层").place}
