"""
What people type, at the door: texts and numbers 1 to 34 of the project's list of bad inputs.

Each is stored as a clean value or refused with a code and words that do not repeat it; nothing else
is ever raised, and whatever was stored can be read back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from dispatch import EVERYDAY_CATALOGUE, Catalogue, Refused
from dispatch.domain.address import Address
from tests.engine.town import HERE, MORNING, Town, refusal_of

DEEP: list[Any] = []
for _ in range(5_000):
    DEEP = [DEEP]

BAD_INPUTS: dict[str, Any] = {
    "1 empty": "",
    "2 white space": " \t\u3000\n",
    "3 a megabyte": "x" * 1_000_000,
    "4 NUL": "楼\x00长",
    "5 lone surrogate": "楼\ud83d长",
    "6 NFD": "cafe\u0301 Ångström",
    "7 zero width": "zero\u200bwidth\u2060",
    "8 right to left": "\u202egnp.exe",
    "9 homoglyph": "А座",
    "10 full width": "１３９０００００００１",
    "11 Arabic digits": "٠١٢٣٤٥٦٧٨٩",
    "12 superscript": "²²²²²",
    "13 emoji": "👨‍👩‍👧‍👦 家",
    "14 GBK bytes": "河畔社区".encode("gb18030"),
    "15 BOM and CRLF": "\ufeffone\r\ntwo\r",
    "16 formula": '=HYPERLINK("http://x","y")',
    "17 mention": "@all @所有人",
    "18 markup": "<b>x</b> [y](http://z)",
    "19 template": "{0.__class__} %s ${HOME}",
    "20 deep JSON": "[" * 20_000,
    "20 deep list": DEEP,
    "21 duplicate keys": '{"a":1,"a":2}',
    "22 True": True,
    "23 underscore": "1_0",
    "24 NaN": math.nan,
    "24 infinity": math.inf,
    "25 huge": 2**70,
    "25 huger": 10**5_000,
    "26 minus zero": -0.0,
    "26 minus zero, written": "-0",
    "27 floor 0": 0,
    "28 basement": "B2",
    "29 a floor that is not there": "4",
    "30 mezzanine": "3A",
    "31 podium": "1-2号楼裙楼",
    "32 unknown building": "99号楼501",
    "33 negative": -1,
    "34 out of range": 7,
    "a list": ["a"],
    "a mapping": {"a": 1},
    "None in a list": [None],
    "a fraction": 1.5,
}

Ask = Callable[[Town, Any], object]
FIELDS: dict[str, Ask] = {
    "note": lambda t, x: t.open("food", note=x),
    "name": lambda t, x: t.engine.register_resident(HERE, "11号楼6层", name=x),
    "phone": lambda t, x: t.engine.register_resident(HERE, "11号楼6层", phone=x),
    "door": lambda t, x: t.engine.register_resident(HERE, "11号楼6层", door=x),
    "household": lambda t, x: t.engine.register_resident(HERE, "11号楼6层", household=x),
    "where": lambda t, x: t.engine.register_resident(HERE, x),
    "address": lambda t, x: t.engine.open_request(HERE, "food", address=x),
    "locate": lambda t, x: t.engine.locate(HERE, x),
    "find by phone": lambda t, x: t.engine.find_resident(HERE, phone=x),
    "find by door": lambda t, x: t.engine.find_resident(HERE, where=x),
    "kind": lambda t, x: t.open(x),
    "urgency": lambda t, x: t.open("food", urgency=x),
    "channel": lambda t, x: t.open("food", channel=x),
    "reporter": lambda t, x: t.open("food", reporter=x),
    "needed_by": lambda t, x: t.open("food", needed_by=x),
    "triage": lambda t, x: t.open("food", triage=x),
    "occurred_at": lambda t, x: t.engine.begin_isolation(HERE, t.high, occurred_at=x),
    "by": lambda t, x: t.open("food", by=x),
    "on_behalf_of": lambda t, x: t.open("food", on_behalf_of=x),
    "reason": lambda t, x: t.engine.cancel(HERE, t.open("food"), reason=x),
    "community name": lambda t, x: t.engine.register_community("hillside", name=x, duty="desk"),
    "duty": lambda t, x: t.engine.set_duty_contact(HERE, x),
    "time zone": lambda t, x: t.engine.register_community("hillside", name="Hillside", duty="desk", time_zone=x),
    "policy": lambda t, x: t.engine.adopt_policy(HERE, x),
    "catalogue": lambda t, x: t.engine.adopt_catalogue(HERE, x),
    "compound": lambda t, x: t.engine.register_compound(HERE, x),
    "building": lambda t, x: t.engine.register_building(HERE, x, floors=3, lift=True),
    "floors": lambda t, x: t.engine.register_building(HERE, "77号楼", floors=x, lift=True),
    "a floor": lambda t, x: t.engine.register_building(HERE, "77号楼", floors=[x, "1"], lift=True),
    "entrance": lambda t, x: t.engine.register_building(HERE, "77号楼", floors=3, lift=True, entrance=x),
    "building_units": lambda t, x: t.engine.register_building(HERE, "77号楼", floors=3, lift=True, building_units=x),
    "a building_unit": lambda t, x: t.engine.register_building(HERE, "77号楼", floors=3, lift=True, building_units=[x]),
    "lift": lambda t, x: t.engine.register_building(HERE, "77号楼", floors=3, lift=x),
    "role": lambda t, x: t.engine.register_responder(HERE, x),
    "home": lambda t, x: t.engine.register_responder(HERE, "cadre", home=x),
    "scope": lambda t, x: t.engine.register_responder(HERE, "cadre", scope=x),
    "capacity": lambda t, x: t.engine.register_responder(HERE, "cadre", capacity=x),
    "set capacity": lambda t, x: t.engine.set_capacity(HERE, t.cadre, x),
    "skills": lambda t, x: t.engine.register_responder(HERE, "cadre", skills=x),
    "a skill": lambda t, x: t.engine.set_skills(HERE, t.cadre, [x]),
    "shifts": lambda t, x: t.engine.register_responder(HERE, "cadre", shifts=x),
    "a shift": lambda t, x: t.engine.register_responder(HERE, "cadre", shifts=[x]),
    "starts_at": lambda t, x: t.engine.plan_shift(HERE, t.cadre, starts_at=x, ends_at=MORNING),
    "clearance": lambda t, x: t.engine.set_clearance(HERE, t.cadre, x),
    "paper": lambda t, x: t.engine.register_responder(HERE, "cadre", paper=x),
    "level": lambda t, x: t.engine.set_control_level(HERE, "12号楼", x),
    "until": lambda t, x: t.engine.set_control_level(HERE, "12号楼", "sealed", until=x),
    "side": lambda t, x: t.engine.record_side(HERE, t.cadre, line="12号楼", side=x),
    "purpose": lambda t, x: t.engine.reveal(HERE, t.resident, purpose=x),
    "leg": lambda t, x: t.engine.requeue(HERE, t.open("food"), x),
    "outcome": lambda t, x: t.engine.complete(HERE, t.open("food"), "outside", outcome=x),
    "offer": lambda t, x: t.engine.accept(HERE, x),
    "as_of": lambda t, x: t.engine.resident(HERE, t.resident, as_of=x),
    "now": lambda t, x: t.engine.tick(x),
}


def outcome_of(ask: Callable[[], object]) -> Refused | None:
    """Return the refusal, or `None` when it was taken; any other error is a failure."""
    try:
        ask()
    except Refused as refusal:
        return refusal
    return None


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_is_typed_is_stored_or_refused(quick: Town, field: str) -> None:
    """No input raises anything but a refusal, whose words do not repeat it; what is stored can be read back."""
    for name, given in BAD_INPUTS.items():
        refusal = outcome_of(partial(FIELDS[field], quick, given))
        if refusal is None:
            continue
        words = f"{refusal} {refusal.fields}"
        assert refusal.code, name
        assert len(words) < 2_000, name
        if isinstance(given, str | bytes) and len(given.strip()) > 3:
            assert str(given)[:200] not in words, name
    quick.engine.tick()
    events = list(quick.engine.subscribe())
    assert len(events) == quick.engine.position()
    assert quick.engine.board(HERE) is not None
    assert len(quick.engine.timeline(HERE, limit=10_000)) > 10
    assert quick.engine.parked() == ()


def test_every_number_of_the_list_is_there() -> None:
    """The list of bad inputs is whole."""
    numbers = {name.split()[0] for name in BAD_INPUTS}
    assert numbers >= {str(number) for number in range(1, 35)}


def note_of(town: Town, given: Any) -> str | None:
    """Return what is stored of a note."""
    return town.engine.reveal(HERE, town.open("food", note=given), purpose="visit").get("note")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("", None),
        (" \t\u3000\n", None),
        ("cafe\u0301", "café"),
        ("zero\u200bwidth\u2060", "zerowidth"),
        ("\u202egnp.exe", "gnp.exe"),
        ("👨‍👩‍👧‍👦 家", "👨‍👩‍👧‍👦 家"),
        ("\ufeffone\r\ntwo\r", "one\ntwo"),
        ('=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")'),
        ("@all", "@all"),
        ("<b>x</b>", "<b>x</b>"),
        ("{0.__class__}", "{0.__class__}"),
        ('{"a":1,"a":2}', '{"a":1,"a":2}'),
        ("1_0 ² ٣ １", "1_0 ² ٣ １"),
        ("楼" * 4_000, "楼" * 4_000),
    ],
)
def test_notes_are_kept_as_meant(quick: Town, given: str, stored: str | None) -> None:
    """A note keeps what was meant and loses what is invisible; how it is shown is the reader's business."""
    assert note_of(quick, given) == stored


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("x" * 1_000_000, "too_long"),
        ("楼\x00长", "nul_character"),
        ("楼\ud83d长", "lone_surrogate"),
        ("河畔".encode("gb18030"), "not_text"),
        (True, "not_text"),
        (["a"], "not_text"),
    ],
)
def test_notes_that_are_no_text_are_refused(quick: Town, given: Any, problem: str) -> None:
    """What is no text, or damaged, is refused; the code says how."""
    refusal = refusal_of(partial(note_of, quick, given))
    assert (refusal.code, refusal.fields["problem"]) == ("bad_text", problem)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("100 0000 0001", "10000000001"),
        ("１００００００００１１", "10000000011"),
        ("+86-100-0000-0001", "+8610000000001"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
    ],
)
def test_phones_are_digits(quick: Town, given: str, stored: str) -> None:
    """However it is written, a phone is stored, and found, as plain digits."""
    who = quick.engine.register_resident(HERE, "11号楼6层", phone=given)
    assert quick.engine.reveal(HERE, who, purpose="call_back")["phone"] == stored
    assert who in quick.engine.find_resident(HERE, phone=stored)


@pytest.mark.parametrize("given", ["²²²²²", "1_0_0_0_0", "abc", "1234", "1" * 21, "@all", "-0"])
def test_phones_that_are_none_are_refused(quick: Town, given: str) -> None:
    """What is no phone is refused, not stripped until it looks like one."""
    register = partial(quick.engine.register_resident, HERE, "11号楼6层", phone=given)
    assert refusal_of(register).code == "bad_text"


@pytest.mark.parametrize(
    ("floors", "stored"),
    [
        (3, ("1", "2", "3")),
        (["B2", "B1", "1", "2", "3", "5"], ("B2", "B1", "1", "2", "3", "5")),
        (["1", "2", "3", "3A", "5"], ("1", "2", "3", "3A", "5")),
        (["G", "１", "二", "夹层"], ("G", "1", "2", "M")),
        (["0", "1"], ("0", "1")),
    ],
)
def test_the_register_alone_says_which_floors_exist(quick: Town, floors: Any, stored: tuple[str, ...]) -> None:
    """Basements, a mezzanine, no 4th floor, a floor 0: whatever the register lists is a floor, and nothing else."""
    building = quick.engine.register_building(HERE, "77号楼", floors=floors, lift=True)
    assert quick.engine.register_of(HERE).buildings[building].floors == stored
    assert refusal_of(partial(quick.engine.locate, HERE, "77号楼4层")).code == "unknown_floor"
    assert quick.engine.locate(HERE, f"77号楼{stored[-1]}层").place.floor == stored[-1]


@pytest.mark.parametrize(
    "floors",
    [0, -1, 201, True, 2**70, "3", "", [], None, 1.5, math.nan, ["1", "1"], [""], [True], [None], b"12", {"1"}],
)
def test_floors_that_are_none_are_refused(quick: Town, floors: Any) -> None:
    """A number from 1 to 200, or a list of labels."""
    register = partial(quick.engine.register_building, HERE, "77号楼", floors=floors, lift=True)
    assert refusal_of(register).code in (
        "bad_floors",
        "bad_input",
        "bad_floor",
        "not_text",
        "empty",
        "unreadable_floor",
    )


@pytest.mark.parametrize("capacity", [0, -1, 201, True, "1_0", "10", 2**70, math.nan, math.inf, -0.0, 1.5, None])
def test_a_capacity_is_a_whole_number_from_1_to_200(quick: Town, capacity: Any) -> None:
    """Nothing that Python would take for a number and nobody means."""
    assert refusal_of(partial(quick.engine.register_responder, HERE, "cadre", capacity=capacity)).code == "bad_input"
    assert refusal_of(partial(quick.engine.set_capacity, HERE, quick.cadre, capacity)).code == "bad_input"
    for edge in (1, 200):
        quick.engine.set_capacity(HERE, quick.cadre, edge)


@pytest.mark.parametrize("urgency", [7, 0, "LIFE ", "soon", "", True, math.nan, "²"])
def test_an_urgency_is_one_of_four(quick: Town, urgency: Any) -> None:
    """The choices are told, the input is not repeated."""
    refusal = refusal_of(partial(quick.open, "food", urgency=urgency))
    assert refusal.code == "bad_choice"
    assert refusal.fields["choices"] == "life, health, hardship, none"


def test_one_text_is_not_a_list_of_letters(quick: Town) -> None:
    """«drive» is one skill given wrongly, not five."""
    for ask in (
        partial(quick.engine.register_responder, HERE, "cadre", skills="drive"),
        partial(quick.engine.set_skills, HERE, quick.cadre, "drive"),
        partial(quick.engine.register_building, HERE, "77号楼", floors=3, lift=True, building_units="12"),
    ):
        assert refusal_of(ask).code == "bad_input"
    quick.engine.set_scope(HERE, quick.cadre, "12号楼")
    assert len(quick.engine.responder(HERE, quick.cadre).scopes) == 1


@pytest.mark.parametrize("name", ["А座", "1²号楼", "王芳", "Βlock", "1号楼!", "=1+1"])
def test_names_in_disguise_are_no_buildings(quick: Town, name: str) -> None:
    """Letters that look like others, digits that are none, and what is no building's name."""
    refusal = outcome_of(partial(quick.engine.register_building, HERE, name, floors=3, lift=True))
    if refusal is None:
        assert quick.engine.locate(HERE, Address(building=name)).place.building is not None
    else:
        assert name not in str(refusal)
    assert (refusal is None) == (name == "王芳")


def test_twins_are_one_building(quick: Town) -> None:
    """11号楼, 11栋, １１號樓 and 第十一幢 are one: the second registration is refused."""
    for twin in ("11栋", "１１号楼", "十一幢", "11#", "11号楼 "):
        refusal = refusal_of(partial(quick.engine.register_building, HERE, twin, floors=3, lift=True))
        assert refusal.code == "building_exists", twin


def test_towers_on_one_podium(quick: Town) -> None:
    """Twin towers that share a podium are told apart by their compound, or by the name of the tower."""
    south, north = (quick.engine.register_compound(HERE, name) for name in ("南苑", "北苑"))
    for compound in (south, north):
        quick.engine.register_building(HERE, "1座", floors=3, lift=True, compound=compound)
    assert refusal_of(partial(quick.engine.locate, HERE, "1座2层")).code == "ambiguous_building"
    assert quick.engine.locate(HERE, "南苑1座2层").place.compound == south
    assert refusal_of(partial(quick.engine.locate, HERE, "西苑1座2层")).code == "unknown_compound"
    assert refusal_of(partial(quick.engine.locate, HERE, "99号楼501")).code == "unknown_building"


@pytest.mark.parametrize(
    "change", [{"respond_within_s": -5}, {"offers_ahead_max": 50}, {"tie_salt": "No Code"}, {"vectors_max": None}]
)
def test_a_copied_policy_is_checked_too(quick: Town, change: dict[str, Any]) -> None:
    """`model_copy` checks nothing: what could not be read back from the log is refused at the door."""
    policy = quick.engine.register_of(HERE).policy
    wrong = policy.model_copy(update={"version": 3, **change})
    assert refusal_of(partial(quick.engine.adopt_policy, HERE, wrong)).code == "bad_input"
    assert (
        refusal_of(
            partial(quick.engine.register_community, "hillside", name="Hillside", duty="desk", policy=wrong)
        ).code
        == "bad_input"
    )
    assert quick.engine.tick() is not None
    assert quick.engine.timeline(HERE)


def test_a_copied_actor_is_checked_too(quick: Town) -> None:
    """Nor can a name come in as who speaks."""
    actor = quick.engine.actor.model_copy(update={"id": "王 芳"})
    refusal = refusal_of(partial(quick.open, "food", by=actor))
    assert refusal.code == "bad_input"
    assert "王" not in f"{refusal} {refusal.fields}"
    assert quick.engine.timeline(HERE)


def test_a_catalogue_that_does_not_fit_an_event_is_refused(quick: Town) -> None:
    """Valid and too large for the log: a refusal, and the store stays as it was."""
    (kind,) = (kind for kind in EVERYDAY_CATALOGUE.kinds if kind.key == "food")
    legs = tuple(
        kind.legs[0].model_copy(update={"name": f"leg_{index}", "after": (), "skills": ("a" * 40,) * 9})
        for index in range(6)
    )
    kinds = tuple(kind.model_copy(update={"key": f"kind_{index}", "legs": legs}) for index in range(100))
    catalogue = Catalogue(version=EVERYDAY_CATALOGUE.version + 1, kinds=kinds)
    refusal = refusal_of(partial(quick.engine.adopt_catalogue, HERE, catalogue))
    assert refusal.code
    assert quick.open("food")
