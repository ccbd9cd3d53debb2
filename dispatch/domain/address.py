"""
Addresses as people write them, and the canonical names by which the register and a request meet.

11号楼3单元501, 11栋3单元5楼, 11-3-501, B座1203, Block 12A #05-123 … become an `Address`. Nothing is
guessed: what can be read in two ways is refused with an example of what is clear, because a wrong
door is worse than a question. The register alone decides which floors exist, so a door number only
proposes its floor (`floor_candidates`). Door numbers are personal; no error repeats one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from .text import LABEL_MAX, BadText, clean_label, fold

ADDRESS_MAX = 120
"""Characters of one address."""

FLOOR_MAX = 200
"""Highest floor a building may have; the tallest on earth has 163."""

BASEMENT_MAX = 20
"""Deepest basement floor."""

EXAMPLE = "11号楼3单元501, 11-3-501 or Block 12A #05-123"
_FLOOR_EXAMPLE = "5楼, 地下二层, B2, 3A or G"

_SIMPLIFIED = str.maketrans("號樓棟單層門東負區園莊夾備陸", "号楼栋单层门东负区园庄夹备陆")
_DASHES = str.maketrans("‐‒–—―−﹘﹣", "--------")
_PAUSES = str.maketrans(",、;", "   ")

_HAN = "[零〇一二两三四五六七八九十百]"
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_NUMBER = re.compile(
    "(?:(?P<hundreds>[一二两三四五六七八九])百)?零?(?:(?P<tens>[一二三四五六七八九])?(?P<ten>十))?"
    "(?P<ones>[一二两三四五六七八九])?"
)
_NUMBER = rf"(?:\d{{1,3}}|{_HAN}{{1,5}})"
_DOOR_ALONE_MIN = 3  # a shorter number without 室 or 号 may as well be a floor
_NUMBERED = re.compile(r"([A-Z]{0,2})(\d{1,9})([A-Z]{0,2})")


class AddressProblem(StrEnum):
    """What is wrong with an address or a part of one; the value words the message."""

    UNREADABLE_TEXT = "unreadable_text"
    """Not text, damaged, or a character that only looks like a digit."""
    EMPTY_ADDRESS = "empty_address"
    """Nothing was given."""
    ADDRESS_TOO_LONG = "address_too_long"
    """More than `ADDRESS_MAX` characters."""
    NO_BUILDING = "no_building"
    """No building can be recognised at its beginning."""
    AMBIGUOUS_ADDRESS = "ambiguous_address"
    """It can be read in two ways."""
    UNREADABLE_ADDRESS = "unreadable_address"
    """A building is recognised, and something after it is not."""
    FLOOR_AND_DOOR_DISAGREE = "floor_and_door_disagree"
    """The door number belongs to another floor than the one named."""
    UNREADABLE_BUILDING = "unreadable_building"
    """Not a building's name."""
    UNREADABLE_BUILDING_UNIT = "unreadable_building_unit"
    """Not a stairwell's name."""
    UNREADABLE_FLOOR = "unreadable_floor"
    """Not a floor."""
    UNREADABLE_DOOR = "unreadable_door"
    """Not a door number."""


class BadAddress(ValueError):
    """
    An address was refused; the message never repeats any of it.

    Attributes
    ----------
    problem
        Machine-readable code.
    expected
        An example of what is understood.
    """

    def __init__(self, problem: AddressProblem, expected: str = EXAMPLE) -> None:
        super().__init__(f"address: {problem.replace('_', ' ')}; expected for example {expected}.")
        self.problem = problem
        self.expected = expected


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
        The compound (小区) before the building, as it was written. Personal until the register is
        seen to have it: anything may have been typed there.
    """

    building: str
    building_unit: str | None = None
    floor: str | None = None
    door: str | None = field(default=None, repr=False)
    compound: str | None = field(default=None, repr=False)


_NAME = rf"(?:[A-Z]{{0,2}}\d{{1,4}}[A-Z]?|{_HAN}{{1,5}}|[A-Z]|[东西南北])"
_BUILDING_WORD = r"(?:BLOCK|BLK|BUILDING|BLDG|TOWER)\b\.?\s*(?:NO\b\.?\s*)?"
_BUILDING_END = r"(?:号楼|号栋|号幢|号座|号塔|\#楼|\#|号|栋|幢|座|塔|(?<=[A-Z])楼)"
_TOWER_END = r"(?:\s*(?P<tower>[A-Z东西南北])[座塔])?"
_COMPOUND_END = (
    "(?:小区|社区|家园|花园|公寓|新村|号院|[苑园里院村区期城府庭坊](?=[^苑园里院村区期城府庭坊]))"
)
_UNIT_NAME = rf"(?:\d{{1,2}}|{_HAN}{{1,3}}|[A-Z]|[甲乙丙丁戊东西南北中])"
_FLOOR_END = r"(?:层|楼|F(?![0-9A-Z]))"
_DOOR = rf"""
    (?P<door_word>(?:ROOM|RM|FLAT|APT|DOOR|NO)\b\.?\s*)?
    (?P<door>[A-Z]{{0,2}}\d{{1,5}}[A-Z]{{0,2}}|\d{{1,2}}[A-Z]\d{{2}}|[东西南北中左右]户
        |{_HAN}{{1,4}}(?=\s*[室号户]))
    (?![0-9A-Z])\s*(?P<door_end>室|号房|号|房|户|门)?
    |(?:ROOM|RM|FLAT|APT)\s*(?P<door_letter>[A-Z])(?![0-9A-Z])
"""
_FLOOR = rf"""
    (?P<floor>(?:地下室?|负|B)\s*{_NUMBER}\s*{_FLOOR_END}
        |第?{_NUMBER}[A-EG-Z]?\s*(?:/F|{_FLOOR_END})|(?:{_NUMBER}层?)?夹层|[MG]层|首层|底层|地面层|G/F
        |B[1-9](?![0-9A-Z]))
    |(?:LEVEL|LVL|FLOOR|FL)\b\.?\s*(?P<level>B?\d{{1,3}}[A-Z]?|G|M)(?![0-9A-Z])
    |(?P<ordinal>\d{{1,3}})(?:ST|ND|RD|TH)\s*FLOOR
"""
_MARKED = re.compile(
    rf"""
    (?:(?P<compound>[^\s\-\#]{{1,20}}?{_COMPOUND_END})\s*)?
    (?:第?(?P<building>{_NAME})\s*{_BUILDING_END}{_TOWER_END}
        |{_BUILDING_WORD}(?P<block>[A-Z]?\d{{1,4}}[A-Z]?|[A-Z])(?![0-9A-Z]))
    (?:[\s\-]*(?:第?(?P<unit>{_UNIT_NAME})\s*(?:单元|门洞|门|梯)
        |(?:UNIT|STAIRCASE|STAIR|ENTRANCE)\s*(?P<stair>\d{{1,2}}|[A-Z])(?![0-9A-Z])
        |(?P<dashed>\d{{1,2}}|[A-Z])\s*-(?=\s*[A-Z]?\d[0-9A-Z]\d)))?
    (?:[\s\-]*\#\s*(?P<hash_floor>B?\d{{1,2}}[A-Z]?)\s*-\s*(?P<hash_door>\d{{1,5}}[A-Z]?)
        |(?:[\s\-]*(?:{_FLOOR}))?(?:[\s\-]*(?:{_DOOR}))?)
    """,
    re.VERBOSE,
)
_BUILDING_FIRST = re.compile(rf"第?{_NAME}\s*{_BUILDING_END}|{_BUILDING_WORD}[0-9A-Z]")
_DASHED = re.compile(
    r"(?P<building>[A-Z]?\d{1,3}[A-Z]?|[A-Z])\s*[-/]\s*(?:(?P<middle>\d{1,2}|[A-Z])\s*[-/]\s*)?"
    r"(?P<door>[A-Z]?\d{3,5}[A-Z]?|\d{1,2}[A-Z]\d{2})"
)
_TWO_WAYS = re.compile(r"[A-Z]?\d[0-9A-Z]{0,4}(?:\s*[-/]\s*[0-9A-Z]{1,5}){0,2}")
_DASH_FLOOR = re.compile(rf"-\s*{_NUMBER}\s*(?:层|楼)")


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
    folded = _folded(text, ADDRESS_MAX)
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
    folded = _folded(building, ADDRESS_MAX)
    match = _MARKED.fullmatch(folded)
    if match is None or match["compound"] is None:
        return None, building
    return match["compound"], folded[match.end("compound") :].strip()


@lru_cache(maxsize=4_096)
def canonical_building(name: str) -> str:
    """
    Return the name under which a building is found: «11» for 11号楼, 11栋, 十一号楼 and Block 11.

    A tower on a shared podium keeps both names («3-A» for 3号楼A座). A building that has a name
    and no number keeps the name, in capitals.

    Raises
    ------
    BadAddress
        Empty, too long, or with letters or digits in disguise.
    """
    label = _label(name, AddressProblem.UNREADABLE_BUILDING, "11号楼, B座 or Block 12A")
    match = _BUILDING.fullmatch(label)
    if match is None:
        return label
    number = _canonical_number(match["building"] or match["block"])
    return f"{number}-{match['tower']}" if match["tower"] else number


@lru_cache(maxsize=4_096)
def canonical_building_unit(name: str) -> str:
    """
    Return the name under which a stairwell is found: «3» for 3单元, 三单元, 3门 and Unit 3.

    Raises
    ------
    BadAddress
        Empty, too long, or with letters or digits in disguise.
    """
    label = _label(name, AddressProblem.UNREADABLE_BUILDING_UNIT, "3单元 or Unit 3")
    match = _BUILDING_UNIT.fullmatch(label)
    return label if match is None else _canonical_number(match["unit"] or match["stair"])


@lru_cache(maxsize=4_096)
def floor_label(text: str) -> str:
    """
    Return a floor as the lift shows it: «5», «B2», «3A», «M» for 夹层, «G», «0».

    Raises
    ------
    BadAddress
        Not one floor, or outside `BASEMENT_MAX` below to `FLOOR_MAX` above the street.
    """
    label = _label(text, AddressProblem.UNREADABLE_FLOOR, _FLOOR_EXAMPLE).replace(" ", "")
    for pattern, shape in _FLOOR_SHAPES:
        match = pattern.fullmatch(label)
        if match is not None:
            number, suffix = (*match.groups(), None, None)[:2]
            floor = shape.format(_floor_number(number), suffix or "")
            basement = floor[1:] if floor[0] == "B" else None
            if basement is None or 1 <= int(basement) <= BASEMENT_MAX:
                return floor
    raise BadAddress(AddressProblem.UNREADABLE_FLOOR, _FLOOR_EXAMPLE)


@lru_cache(maxsize=4_096)
def floor_order(label: str) -> tuple[int, str]:
    """
    Return a key that sorts canonical floor labels bottom to top: B2, B1, LG, 0, G, UG, 1, M, 2, 3A.

    Raises
    ------
    BadAddress
        Not a label of `floor_label`.
    """
    if label in _NAMED_LEVELS:
        return _NAMED_LEVELS[label]
    match = _ORDERED.fullmatch(label)
    if match is None:
        raise BadAddress(AddressProblem.UNREADABLE_FLOOR, _FLOOR_EXAMPLE)
    level = int(match["level"])
    return (-level, "") if match["below"] else (level, match["suffix"])


def canonical_door(text: str) -> str:
    """
    Return a door number without 室 or 号, in capitals. Personal.

    Raises
    ------
    BadAddress
        Not a door number.
    """
    match = _DOOR_ALONE.fullmatch(_folded(text, LABEL_MAX))
    if match is None:
        raise BadAddress(AddressProblem.UNREADABLE_DOOR, "501, 1203 or B201")
    return _canonical_door(match["door"] or match["door_letter"])


def floor_candidates(door: str) -> tuple[str, ...]:
    """
    Return the floors that a door number may lie on, likeliest first; none when it does not tell.

    501 proposes 5, 1203 proposes 12, 3A05 proposes 3A. B201 proposes B2, then 2, because B may name
    a basement or a wing. These are proposals: take the first one that the register has.
    """
    try:
        folded = _folded(door, LABEL_MAX)
    except BadAddress:
        return ()
    match = _DOOR_FLOOR.fullmatch(folded)
    if match is None:
        return ()
    named = match["named"] or match["lettered"]
    if named:
        return (named.lstrip("0"),)
    level = int(match["level"])
    if level == 0:
        return ("0", "G")
    basement = match["wing"] == "B" and len(match["level"]) == 1
    return (f"B{level}", str(level)) if basement else (str(level),)


_BUILDING = re.compile(
    rf"第?(?P<building>{_NAME})\s*(?:(?:{_BUILDING_END}|楼){_TOWER_END})?"
    rf"|{_BUILDING_WORD}(?P<block>[A-Z]?\d{{1,4}}[A-Z]?|[A-Z])"
)
_BUILDING_UNIT = re.compile(
    rf"第?(?P<unit>{_UNIT_NAME})\s*(?:单元|门洞|门|梯)?"
    r"|(?:UNIT|STAIRCASE|STAIR|ENTRANCE)\s*(?P<stair>\d{1,2}|[A-Z])"
)
_FLOOR_SHAPES = tuple(
    (re.compile(pattern), shape)
    for pattern, shape in (
        (rf"第?({_NUMBER})(?:/?F|层|楼)?", "{0}"),
        (rf"(?:LEVEL|LVL|FLOOR|FL|L|F)\.?({_NUMBER})", "{0}"),
        (r"(\d{1,3})(?:ST|ND|RD|TH)(?:FLOOR)?", "{0}"),
        (rf"(?:LEVEL|FLOOR|地下室?|负|-)?(?:B|地下室?|负|-)({_NUMBER})(?:F|层|楼)?", "B{0}"),
        (r"(?:LEVEL|FLOOR|L)?(\d{1,3})([A-EG-Z])(?:/?F|层|楼)?", "{0}{1}"),
        (rf"({_NUMBER})层?夹层", "{0}M"),
        (r"夹层|M层?|MF|MEZZANINE", "M"),
        (r"首层|底层", "1"),
        (r"地面层?|G层?|G/?F|GROUND(?:FLOOR)?", "G"),
        (r"LG/?F?|LG层", "LG"),
        (r"UG/?F?|UG层", "UG"),
    )
)
_NAMED_LEVELS = {"LG": (-1, "LG"), "G": (0, "G"), "UG": (0, "UG"), "M": (1, "M")}
_ORDERED = re.compile(r"(?P<below>B)?(?P<level>\d{1,3})(?P<suffix>[A-Z]?)")
_DOOR_ALONE = re.compile(_DOOR, re.VERBOSE)
_DOOR_FLOOR = re.compile(
    r"(?P<named>[GM]|LG|UG)\d{2}|(?P<lettered>\d{1,2}[A-Z])\d{2}"
    r"|(?P<wing>[A-Z]?)(?P<level>\d|\d{2}(?=\d{2}))(?:\d{2}|(?<=\d{2})\d{3})[A-Z]?"
)


def _folded(text: object, limit: int) -> str:
    try:
        folded = fold(text, "address", limit=limit)
    except BadText as error:
        if error.count is not None:
            raise BadAddress(AddressProblem.ADDRESS_TOO_LONG) from None
        raise BadAddress(AddressProblem.UNREADABLE_TEXT) from None
    return folded.upper().translate(_SIMPLIFIED).translate(_DASHES)


def _label(text: object, problem: AddressProblem, expected: str) -> str:
    try:
        label = clean_label(text, "address")
        return clean_label(label.upper().translate(_SIMPLIFIED).translate(_DASHES), "address")
    except BadText:
        raise BadAddress(problem, expected) from None


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
    if compound is not None and re.search("号楼|栋|幢|座|单元", compound):
        raise BadAddress(AddressProblem.UNREADABLE_ADDRESS)
    building = _canonical_number(match["building"] or match["block"])
    if match["tower"]:
        building = f"{building}-{match['tower']}"
    unit, floor = _from_middle(building, match["dashed"])
    if match["unit"] or match["stair"]:
        unit = canonical_building_unit(match["unit"] or match["stair"])
    written = match["floor"] or match["level"] or match["ordinal"] or match["hash_floor"]
    floor = floor if written is None else floor_label(written)
    door = match["door"] or match["door_letter"] or match["hash_door"]
    if door is not None:
        door = _canonical_door(door)
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


def _han_number(text: str) -> int | None:
    """Read 二十三, 一百零二 or, digit by digit, 一〇二; `None` when it is neither."""
    if len(text) > 1 and not set(text) & {"十", "百"}:
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    match = _HAN_NUMBER.fullmatch(text)
    if match is None or not text.strip("零"):
        return 0 if text in {"零", "〇"} else None
    hundreds, tens, ones = (_HAN_DIGITS[match[g] or "零"] for g in ("hundreds", "tens", "ones"))
    return 100 * hundreds + 10 * ((tens or 1) if match["ten"] else 0) + ones


def _canonical_number(name: str) -> str:
    """Return 3 for 03 and 三, A3 for A03; a name that is no number stays."""
    match = _NUMBERED.fullmatch(name)
    if match is not None:
        return f"{match[1]}{int(match[2])}{match[3]}"
    if re.fullmatch(f"{_HAN}+", name):
        number = _han_number(name)
        return name if number is None else str(number)
    return name


def _canonical_door(door: str) -> str:
    if re.fullmatch(f"{_HAN}+", door):
        number = _han_number(door)
        if number is None:
            raise BadAddress(AddressProblem.UNREADABLE_DOOR, "501, 1203 or B201")
        return str(number)
    return door


def _floor_number(text: str | None) -> int:
    if text is None:
        return 0
    number = int(text) if text.isdecimal() else _han_number(text)
    if number is None or number > FLOOR_MAX:
        raise BadAddress(AddressProblem.UNREADABLE_FLOOR, _FLOOR_EXAMPLE)
    return number
