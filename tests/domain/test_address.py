"""Addresses as people write them, and the canonical names that make them meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.address import (
    Address,
    AddressProblem,
    BadAddress,
    canonical_building,
    canonical_building_unit,
    canonical_door,
    floor_candidates,
    floor_label,
    floor_order,
    parse_address,
    split_compound,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=140)
NEARLY = st.lists(
    st.sampled_from(
        [
            *("11", "3", "501", "B", "A", "05", "B2", "F", "一", "十", "二百", "#", "-", "/", " "),
            *(
                "号楼",
                "栋",
                "单元",
                "门",
                "层",
                "楼",
                "室",
                "号",
                "座",
                "地下",
                "负",
                "夹",
                "区",
                "院",
            ),
            *("Block", "Unit", "Level"),
        ]
    ),
    max_size=10,
).map("".join)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("11号楼3单元501", Address("11", "3", None, "501")),
        ("11栋3单元5楼", Address("11", "3", "5")),
        ("11号楼501室", Address("11", None, None, "501")),
        ("11-3-501", Address("11", "3", None, "501")),
        ("11 - 3 - 501", Address("11", "3", None, "501")),
        ("11—3—501", Address("11", "3", None, "501")),
        ("11-501", Address("11", None, None, "501")),
        ("11#3-501", Address("11", "3", None, "501")),
        ("11#楼3单元501", Address("11", "3", None, "501")),
        ("B座1203", Address("B", None, None, "1203")),
        ("3号楼B201", Address("3", None, None, "B201")),
        ("11号楼3门501", Address("11", "3", None, "501")),
        ("11号楼3单元5楼501室", Address("11", "3", "5", "501")),
        ("11栋-3单元-501", Address("11", "3", None, "501")),
        ("11号楼3单元5号", Address("11", "3", None, "5")),
        ("Block 12A #05-123", Address("12A", None, "5", "123")),
        ("blk 12a #b2-03", Address("12A", None, "B2", "03")),
        ("12A-05-123", Address("12A", None, "5", "123")),
        ("Building 11, Unit 3, 501", Address("11", "3", None, "501")),
        ("Tower B, Floor 12, Room 1203", Address("B", None, "12", "1203")),
        ("Tower B 12/F Flat A", Address("B", None, "12", "A")),
        ("11号楼地下一层", Address("11", None, "B1")),
        ("11号楼负一层", Address("11", None, "B1")),
        ("11号楼B2", Address("11", None, "B2")),
        ("11号楼B2层", Address("11", None, "B2")),
        ("11号楼地下二层003", Address("11", None, "B2", "003")),
        ("11号楼三单元五层", Address("11", "3", "5")),
        ("十一号楼三单元五〇一室", Address("11", "3", None, "501")),
        ("二十三栋五层三号", Address("23", None, "5", "3")),
        ("１１号楼　３单元　５０１", Address("11", "3", None, "501")),
        ("\u0661\u0661号楼501", Address("11", None, None, "501")),
        ("11\u200b号楼\u202e501", Address("11", None, None, "501")),
        ("11號樓3單元501", Address("11", "3", None, "501")),
        ("3号楼A座1203", Address("3-A", None, None, "1203")),
        ("3号楼B座1203", Address("3-B", None, None, "1203")),
        ("11号楼夹层", Address("11", None, "M")),
        ("11号楼3A层3A05", Address("11", None, "3A", "3A05")),
        ("11号楼2层B201", Address("11", None, "2", "B201")),
        ("11号楼0层", Address("11", None, "0")),
        ("11号楼5层东户", Address("11", None, "5", "东户")),
        ("幸福小区11号楼3单元501", Address("11", "3", None, "501", "幸福小区")),
        ("幸福路5号院11号楼501", Address("11", None, None, "501", "幸福路5号院")),
    ],
)
def test_an_address_is_read_however_it_is_written(text: str, address: Address) -> None:
    """The forms in which people write one door give one address."""
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", AddressProblem.EMPTY_ADDRESS),
        (" \u200b", AddressProblem.EMPTY_ADDRESS),
        ("501", AddressProblem.AMBIGUOUS_ADDRESS),
        ("11-3", AddressProblem.AMBIGUOUS_ADDRESS),
        ("11-03-501", AddressProblem.AMBIGUOUS_ADDRESS),
        ("11号楼12-501", AddressProblem.AMBIGUOUS_ADDRESS),
        ("11号楼3单元5", AddressProblem.AMBIGUOUS_ADDRESS),
        ("11号楼-1层", AddressProblem.AMBIGUOUS_ADDRESS),
        ("100-0000-0001", AddressProblem.AMBIGUOUS_ADDRESS),
        ("2026-03-01", AddressProblem.AMBIGUOUS_ADDRESS),
        ("11楼501", AddressProblem.NO_BUILDING),
        ("3单元501", AddressProblem.NO_BUILDING),
        ("hello", AddressProblem.NO_BUILDING),
        ("\u0412座1203", AddressProblem.NO_BUILDING),
        ("=HYPERLINK(1)", AddressProblem.NO_BUILDING),
        ("11号楼3单元501住户甲", AddressProblem.UNREADABLE_ADDRESS),
        ("11号楼3单元501、502", AddressProblem.UNREADABLE_ADDRESS),
        ("11号楼3区12号楼501", AddressProblem.UNREADABLE_ADDRESS),
        ("Building 11 Unit 501", AddressProblem.UNREADABLE_ADDRESS),
        ("11号楼5层601", AddressProblem.FLOOR_AND_DOOR_DISAGREE),
        ("11号楼201层", AddressProblem.UNREADABLE_FLOOR),
        ("11号楼地下零层", AddressProblem.UNREADABLE_FLOOR),
        ("11号楼十十室", AddressProblem.UNREADABLE_DOOR),
        ("1²号楼501", AddressProblem.UNREADABLE_TEXT),
        ("11号楼\x00501", AddressProblem.UNREADABLE_TEXT),
        ("11号楼\ud800", AddressProblem.UNREADABLE_TEXT),
        ("1" * 121, AddressProblem.ADDRESS_TOO_LONG),
    ],
)
def test_what_is_ambiguous_or_nonsense_is_refused(text: str, problem: AddressProblem) -> None:
    """Nothing is guessed: each refusal has its code and an example."""
    with pytest.raises(BadAddress, match="expected for example") as refused:
        parse_address(text)
    assert refused.value.problem is problem
    assert refused.value.expected in str(refused.value)


@given(ANY_TEXT | NEARLY)
def test_no_text_raises_anything_but_bad_address(text: str) -> None:
    """What is read is canonical; what is not read is refused in one way."""
    try:
        address = parse_address(text)
    except BadAddress:
        return
    assert canonical_building(address.building) == address.building
    assert address.building_unit in {None, canonical_building_unit(address.building_unit or "1")}
    assert address.floor in {None, floor_label(address.floor or "1")}
    assert address.door in {None, canonical_door(address.door or "501")}


def test_no_error_and_no_repr_shows_the_door() -> None:
    """The door number is personal: it stands in no message and in no log line."""
    assert "9876" not in repr(parse_address("11号楼9876"))
    with pytest.raises(BadAddress) as refused:
        parse_address("11号楼9876住户甲")
    assert "9876" not in str(refused.value)
    assert "住户甲" not in str(refused.value)


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("11号楼", "11栋", "11幢", "11#", "11#楼", "011", "11", "１１号", "第11栋"), "11"),
        (("十一号楼", "11 号楼", "Block 11", "Building No. 11", "11號樓", "11座"), "11"),
        (("B座", "b座", "B栋", "Tower B", "Ｂ塔", "B楼"), "B"),
        (("12A", "12a号楼", "Blk 12A"), "12A"),
        (("3号楼A座", "3-A", "三号楼a座"), "3-A"),
        (("3号楼B座",), "3-B"),
        (("东座", "东塔"), "东"),
        (("紫荆阁", " 紫荆阁 "), "紫荆阁"),
        (("一百零二号楼", "102"), "102"),
        (("Rose House",), "ROSE HOUSE"),
    ],
)
def test_names_of_one_building_meet(names: tuple[str, ...], key: str) -> None:
    """Register and request meet under one name; towers on a podium stay apart."""
    assert {canonical_building(name) for name in names} == {key}


@pytest.mark.parametrize(
    ("name", "key"),
    [("3单元", "3"), ("三单元", "3"), ("03门", "3"), ("Unit 3", "3"), ("甲单元", "甲"), ("b", "B")],
)
def test_names_of_one_stairwell_meet(name: str, key: str) -> None:
    """单元, 门 and Unit name the same thing."""
    assert canonical_building_unit(name) == key


@pytest.mark.parametrize("name", ["", " ", "1²", "\u0410座", "B\u0410", "11\U0001f3e0", "x" * 61])
def test_a_disguised_building_is_refused(name: str) -> None:
    """Homoglyphs, symbols and false digits never become a building."""
    with pytest.raises(BadAddress) as refused:
        canonical_building(name)
    assert refused.value.problem is AddressProblem.UNREADABLE_BUILDING


@pytest.mark.parametrize("canonical", [canonical_building, canonical_building_unit, floor_label, canonical_door])
@given(text=ANY_TEXT | NEARLY)
def test_a_canonical_name_is_its_own(canonical: object, text: str) -> None:
    """Canonicalising twice changes nothing, and refuses in one way only."""
    assert callable(canonical)
    try:
        once = canonical(text)
    except BadAddress:
        return
    assert canonical(once) == once


@pytest.mark.parametrize(
    ("texts", "label"),
    [
        (
            ("5", "05", "5楼", "五楼", "第5层", "5F", "F5", "5/F", "Level 5", "5th floor", "５层"),
            "5",
        ),
        (
            ("B2", "b2", "地下二层", "地下2层", "负二层", "-2", "B2层", "Level B2", "地下室二层"),
            "B2",
        ),
        (("M", "夹层", "M层", "mezzanine"), "M"),
        (("2M", "二层夹层", "2夹层"), "2M"),
        (("3A", "3a层", "3A"), "3A"),
        (("0", "0层", "零层"), "0"),
        (("G", "G/F", "地面层", "Ground floor"), "G"),
        (("1", "首层", "底层", "一层"), "1"),
        (("LG",), "LG"),
        (("十二层", "12"), "12"),
        (("二十层",), "20"),
    ],
)
def test_names_of_one_floor_meet(texts: tuple[str, ...], label: str) -> None:
    """A floor has one label; whether it exists, the register says."""
    assert {floor_label(text) for text in texts} == {label}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "顶层",
        "地下室",
        "5.0",
        "1_0",
        "²",
        "-0",
        "201",
        "B21",
        "B0",
        "1-3",
        "NaN",
        "五五五五",
        "+5",
    ],
)
def test_what_is_not_one_floor_is_refused(text: str) -> None:
    """Ranges, fractions, look-alikes and heights that no building has are refused."""
    with pytest.raises(BadAddress) as refused:
        floor_label(text)
    assert refused.value.problem is AddressProblem.UNREADABLE_FLOOR


def test_floors_sort_from_the_bottom() -> None:
    """Basements, ground, mezzanine and lettered floors stand where the stairs pass them."""
    order = ["B2", "B1", "LG", "0", "G", "UG", "1", "M", "2", "3", "3A", "5", "10"]
    assert sorted(sorted(order), key=floor_order) == order
    with pytest.raises(BadAddress):
        floor_order("roof")


@pytest.mark.parametrize(
    ("door", "floors"),
    [
        ("501", ("5",)),
        ("0501", ("5",)),
        ("1203", ("12",)),
        ("12034", ("12",)),
        ("B201", ("B2", "2")),
        ("A1203", ("12",)),
        ("3A05", ("3A",)),
        ("501A", ("5",)),
        ("M01", ("M",)),
        ("001", ("0", "G")),
        ("12", ()),
        ("东户", ()),
        ("住户甲", ()),
        ("\0", ()),
    ],
)
def test_a_door_proposes_its_floor(door: str, floors: tuple[str, ...]) -> None:
    """A door number proposes floors, likeliest first; the register decides."""
    assert floor_candidates(door) == floors


@given(ANY_TEXT | st.from_regex(r"[A-Z]{0,2}[0-9]{1,2}[A-Z]?[0-9]{2,3}[A-Z]?", fullmatch=True))
def test_proposed_floors_are_labels(text: str) -> None:
    """Whatever the door, each proposal is a canonical floor."""
    assert all(floor_label(floor) == floor for floor in floor_candidates(text))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("幸福小区11号楼", ("幸福小区", "11号楼")),
        ("11号楼", (None, "11号楼")),
        ("紫荆阁", (None, "紫荆阁")),
    ],
)
def test_a_compound_before_a_building_is_told_apart(name: str, parts: tuple[str | None, str]) -> None:
    """The compound belongs to the register, not to the building's name."""
    assert split_compound(name) == parts
