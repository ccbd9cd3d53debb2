"""
Addresses as people write them.

11号楼3单元501, 11栋3单元5楼, 11-3-501, B座1203, Block 12A #05-123 … become an `Address`. Nothing is
guessed: what can be read in two ways is refused with an example of what is clear, because a wrong
door is worse than a question. The canonical names in it are those of `place_names`, offered here too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .place_names import (
    BUILDING_END,
    BUILDING_NAME,
    BUILDING_UNIT_NAME,
    BUILDING_WORD,
    DOOR,
    NUMBER,
    TOWER_END,
    AddressProblem,
    BadAddress,
    canonical_building,
    canonical_building_unit,
    canonical_compound,
    canonical_door,
    canonical_number,
    door_number,
    floor_candidates,
    floor_label,
    floor_order,
    fold_address,
)

__all__ = [
    "ADDRESS_MAX",
    "Address",
    "AddressProblem",
    "BadAddress",
    "canonical_building",
    "canonical_building_unit",
    "canonical_compound",
    "canonical_door",
    "floor_candidates",
    "floor_label",
    "floor_order",
    "parse_address",
    "split_compound",
]

ADDRESS_MAX = 120
"""Characters of one address."""

_PAUSES = str.maketrans(",、;", "   ")
_DOOR_ALONE_MIN = 3  # a shorter number without 室 or 号 may as well be a floor


@dataclass(frozen=True, slots=True)
class Address:
    """
    An address in canonical form; whether the register has such a place is not known yet.

    Attributes
    ----------
    building
        As `canonical_building` gives it.
    building_unit
        Stairwell (单元), when it was written.
    floor
        As `floor_label` gives it, when it was written; never derived from the door.
    door
        Personal: the door number, without 室 or 号.
    compound
        As `canonical_compound` gives the compound (小区) before the building. Personal until the
        register is seen to have it: anything may have been typed there.
    """

    building: str
    building_unit: str | None = None
    floor: str | None = None
    door: str | None = field(default=None, repr=False)
    compound: str | None = field(default=None, repr=False)


_COMPOUND_END = "(?:小区|社区|家园|花园|公寓|新村|号院|[苑园里院村区期城府庭坊](?=[^苑园里院村区期城府庭坊]))"
_FLOOR_END = r"(?:层|楼|F(?![0-9A-Z]))"
_FLOOR = rf"""
    (?P<floor>(?:地下室?|负|B)\s*{NUMBER}\s*{_FLOOR_END}
        |第?{NUMBER}[A-EG-Z]?\s*(?:/F|{_FLOOR_END})|(?:{NUMBER}层?)?夹层|[MG]层|首层|底层|地面层|G/F
        |B[1-9](?![0-9A-Z]))
    |(?:LEVEL|LVL|FLOOR|FL)\b\.?\s*(?P<level>B?\d{{1,3}}[A-Z]?|G|M)(?![0-9A-Z])
    |(?P<ordinal>\d{{1,3}})(?:ST|ND|RD|TH)\s*FLOOR
"""
_MARKED = re.compile(
    rf"""
    (?:(?P<compound>[^\s\-\#]{{1,20}}?{_COMPOUND_END})\s*)?
    (?:第?(?P<building>{BUILDING_NAME})\s*{BUILDING_END}{TOWER_END}
        |{BUILDING_WORD}(?P<block>[A-Z]?\d{{1,4}}[A-Z]?|[A-Z])(?![0-9A-Z]))
    (?:[\s\-]*(?:第?(?P<unit>{BUILDING_UNIT_NAME})\s*(?:单元|门洞|门|梯)
        |(?:UNIT|STAIRCASE|STAIR|ENTRANCE)\s*(?P<stair>\d{{1,2}}|[A-Z])(?![0-9A-Z])
        |(?P<dashed>\d{{1,2}}|[A-Z])\s*-(?=\s*[A-Z]?\d[0-9A-Z]\d)))?
    (?:[\s\-]*\#\s*(?P<hash_floor>B?\d{{1,2}}[A-Z]?)\s*-\s*(?P<hash_door>\d{{1,5}}[A-Z]?)
        |(?:[\s\-]*(?:{_FLOOR}))?(?:[\s\-]*(?:{DOOR}))?)
    """,
    re.VERBOSE,
)
_BUILDING_FIRST = re.compile(rf"第?{BUILDING_NAME}\s*{BUILDING_END}|{BUILDING_WORD}[0-9A-Z]")
_DASHED = re.compile(
    r"(?P<building>[A-Z]?\d{1,3}[A-Z]?|[A-Z])\s*[-/]\s*(?:(?P<middle>\d{1,2}|[A-Z])\s*[-/]\s*)?"
    r"(?P<door>[A-Z]?\d{3,5}[A-Z]?|\d{1,2}[A-Z]\d{2})"
)
_TWO_WAYS = re.compile(r"[A-Z]?\d[0-9A-Z]{0,4}(?:\s*[-/]\s*[0-9A-Z]{1,5}){0,2}")
_DASH_FLOOR = re.compile(rf"-\s*{NUMBER}\s*(?:层|楼)")


def parse_address(text: str) -> Address:
    """
    Read an address.

    Understands buildings marked by 号楼, 栋, 幢, 座, 号, # or Block, Building, Tower; stairwells by
    单元, 门 or Unit; floors by 楼, 层, F or Level; the dashed forms 11-3-501 and 11-501; the block
    form #05-123; Chinese numerals, full-width forms, traditional characters and a compound before
    the building.

    Raises
    ------
    BadAddress
        Nothing else is ever raised. `problem` says why, `expected` what is clear.

    Notes
    -----
    In the dashed form a middle part of one digit is a building_unit. One of two digits is a floor
    when the building ends in a letter, as Singapore blocks do (12A-05-123), else it is ambiguous.
    """
    folded = fold_address(text, ADDRESS_MAX)
    if not folded:
        raise BadAddress(AddressProblem.EMPTY_ADDRESS)
    dashed = _DASHED.fullmatch(folded)
    if dashed:
        return _from_dashed(dashed)
    folded = folded.translate(_PAUSES).strip()
    if folded.count("-") == 1 and _DASH_FLOOR.search(folded):
        raise BadAddress(AddressProblem.AMBIGUOUS_ADDRESS, "11号楼负一层 or 11号楼5层")
    marked = _MARKED.fullmatch(folded)
    if marked:
        return _from_marked(marked)
    if _TWO_WAYS.fullmatch(folded):
        raise BadAddress(AddressProblem.AMBIGUOUS_ADDRESS)
    if not _BUILDING_FIRST.match(folded):
        raise BadAddress(AddressProblem.NO_BUILDING)
    raise BadAddress(AddressProblem.UNREADABLE_ADDRESS)


def split_compound(building: str) -> tuple[str | None, str]:
    """
    Return the compound before a building's name, if there is one, and the rest.

    Raises
    ------
    BadAddress
        The text is damaged or too long.
    """
    folded = fold_address(building, ADDRESS_MAX)
    match = _MARKED.fullmatch(folded)
    if match is None or match["compound"] is None:
        return None, building
    return canonical_compound(match["compound"]), folded[match.end("compound") :].strip()


def _from_dashed(match: re.Match[str]) -> Address:
    building = canonical_building(match["building"])
    unit, floor = _from_middle(building, match["middle"])
    return Address(building, unit, floor, match["door"])


def _from_middle(building: str, middle: str | None) -> tuple[str | None, str | None]:
    """Tell the building_unit or floor that stands between the dashes."""
    if middle is None:
        return None, None
    if len(middle) == 1:
        return canonical_building_unit(middle), None
    if building[0].isdigit() and building[-1].isalpha():
        return None, floor_label(middle)
    raise BadAddress(AddressProblem.AMBIGUOUS_ADDRESS, "11号楼3单元501 or Block 11 #03-501")


def _from_marked(match: re.Match[str]) -> Address:
    compound = match["compound"]
    if compound is not None:
        if re.search("号楼|栋|幢|座|单元", compound):
            raise BadAddress(AddressProblem.UNREADABLE_ADDRESS)
        compound = canonical_compound(compound)
    building = canonical_number(match["building"] or match["block"])
    if match["tower"]:
        building = f"{building}-{match['tower']}"
    unit, floor = _from_middle(building, match["dashed"])
    if match["unit"] or match["stair"]:
        unit = canonical_building_unit(match["unit"] or match["stair"])
    written = match["floor"] or match["level"] or match["ordinal"] or match["hash_floor"]
    floor = floor if written is None else floor_label(written)
    door = match["door"] or match["door_letter"] or match["hash_door"]
    if door is not None:
        door = door_number(door)
        _check_door(match, floor, door)
    return Address(building, unit, floor, door, compound)


def _check_door(match: re.Match[str], floor: str | None, door: str) -> None:
    marked = floor or match["door_word"] or match["door_end"] or match["door_letter"]
    if not marked and len(door) < _DOOR_ALONE_MIN:
        raise BadAddress(AddressProblem.AMBIGUOUS_ADDRESS, "11号楼3单元5楼 or 11号楼3单元5号")
    # #05-123 and Level 5, 123 number doors on their own, and so do basements; 5楼501 does not.
    if match["floor"] is None or (floor or "").startswith("B"):
        return
    candidates = floor_candidates(door)
    if candidates and floor not in candidates:
        raise BadAddress(AddressProblem.FLOOR_AND_DOOR_DISAGREE, "11号楼5层501 or 11号楼501")
