"""
Names of places in the form in which the register and a request meet: buildings, stairwells, floors.

«11» for 11号楼 and Block 11, «3» for 三单元, «B2» for 地下二层. The register alone decides which floors
exist, so a door number only proposes its floor. Door numbers are personal; no error repeats one.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from .text import LABEL_MAX, BadText, clean_label, fold

FLOOR_MAX = 200
"""Highest floor a building may have; the tallest on earth has 163."""

BASEMENT_MAX = 20
"""Deepest basement floor."""

ADDRESS_EXAMPLE = "11号楼3单元501, 11-3-501 or Block 12A #05-123"
_BUILDING_EXAMPLE = "11号楼, B座 or Block 12A"
_DOOR_EXAMPLE = "501, 1203 or B201"
_FLOOR_EXAMPLE = "5楼, 地下二层, B2, 3A or G"

_SIMPLIFIED = str.maketrans("號樓棟單層門東負區園莊夾備陸", "号楼栋单层门东负区园庄夹备陆")
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_NUMBER = re.compile(
    "(?:(?P<hundreds>[一二两三四五六七八九])百)?零?(?:(?P<tens>[一二三四五六七八九])?(?P<ten>十))?"
    "(?P<ones>[一二两三四五六七八九])?"
)
_NUMBERED = re.compile(r"([A-Z]{0,2})(\d{1,9})([A-Z]{0,2})")

# Pieces of patterns, for folded text in capitals; `address` builds whole addresses of them.
HAN = "[零〇一二两三四五六七八九十百]"
NUMBER = rf"(?:\d{{1,3}}|{HAN}{{1,5}})"
BUILDING_NAME = rf"(?:[A-Z]{{0,2}}\d{{1,4}}[A-Z]?|{HAN}{{1,5}}|[A-Z]|[东西南北])"
BUILDING_WORD = r"(?:BLOCK|BLK|BUILDING|BLDG|TOWER)\b\.?\s*(?:NO\b\.?\s*)?"
BUILDING_END = r"(?:号楼|号栋|号幢|号座|号塔|\#楼|\#|号|栋|幢|座|塔|(?<=[A-Z])楼)"
TOWER_END = r"(?:\s*(?P<tower>[A-Z东西南北])[座塔])?"
BUILDING_UNIT_NAME = rf"(?:\d{{1,2}}|{HAN}{{1,3}}|[A-Z]|[甲乙丙丁戊东西南北中])"
DOOR = rf"""
    (?P<door_word>(?:ROOM|RM|FLAT|APT|DOOR|NO)\b\.?\s*)?
    (?P<door>[A-Z]{{0,2}}\d{{1,5}}[A-Z]{{0,2}}|\d{{1,2}}[A-Z]\d{{2}}|[东西南北中左右]户
        |{HAN}{{1,4}}(?=\s*[室号户]))
    (?![0-9A-Z])\s*(?P<door_end>室|号房|号|房|户|门)?
    |(?:ROOM|RM|FLAT|APT)\s*(?P<door_letter>[A-Z])(?![0-9A-Z])
"""


class AddressProblem(StrEnum):
    """What is wrong with an address or a part of one; the value words the message."""

    UNREADABLE_TEXT = "unreadable_text"
    """Not text, damaged, or a character that only looks like a digit."""
    EMPTY_ADDRESS = "empty_address"
    """Nothing was given."""
    ADDRESS_TOO_LONG = "address_too_long"
    """More than `address.ADDRESS_MAX` characters."""
    NO_BUILDING = "no_building"
    """No building can be recognised at its beginning."""
    AMBIGUOUS_ADDRESS = "ambiguous_address"
    """It can be read in two ways."""
    UNREADABLE_ADDRESS = "unreadable_address"
    """A building is recognised, and something after it is not."""
    FLOOR_AND_DOOR_DISAGREE = "floor_and_door_disagree"
    """The door number belongs to another floor than the one named."""
    UNREADABLE_COMPOUND = "unreadable_compound"
    """Not a compound's name."""
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

    def __init__(self, problem: AddressProblem, expected: str = ADDRESS_EXAMPLE) -> None:
        super().__init__(f"address: {problem.replace('_', ' ')}; expected for example {expected}.")
        self.problem = problem
        self.expected = expected


_BUILDING = re.compile(
    rf"第?(?P<building>{BUILDING_NAME})\s*(?:(?:{BUILDING_END}|楼){TOWER_END})?"
    rf"|{BUILDING_WORD}(?P<block>[A-Z]?\d{{1,4}}[A-Z]?|[A-Z])"
)
_BUILDING_UNIT = re.compile(
    rf"第?(?P<unit>{BUILDING_UNIT_NAME})\s*(?:单元|门洞|门|梯)?"
    r"|(?:UNIT|STAIRCASE|STAIR|ENTRANCE)\s*(?P<stair>\d{1,2}|[A-Z])"
)
_FLOOR_SHAPES = tuple(
    (re.compile(pattern), shape)
    for pattern, shape in (
        (rf"第?({NUMBER})(?:/?F|层|楼)?", "{0}"),
        (rf"(?:LEVEL|LVL|FLOOR|FL|L|F)\.?({NUMBER})", "{0}"),
        (r"(\d{1,3})(?:ST|ND|RD|TH)(?:FLOOR)?", "{0}"),
        (rf"(?:LEVEL|FLOOR|地下室?|负|-)?(?:B|地下室?|负|-)({NUMBER})(?:F|层|楼)?", "B{0}"),
        (r"(?:LEVEL|FLOOR|L)?(\d{1,3})([A-EG-Z])(?:/?F|层|楼)?", "{0}{1}"),
        (rf"({NUMBER})层?夹层", "{0}M"),
        (r"夹层|M层?|MF|MEZZANINE", "M"),
        (r"首层|底层", "1"),
        (r"地面层?|G层?|G/?F|GROUND(?:FLOOR)?", "G"),
        (r"LG/?F?|LG层", "LG"),
        (r"UG/?F?|UG层", "UG"),
    )
)
_NAMED_LEVELS = {"LG": (-1, "LG"), "G": (0, "G"), "UG": (0, "UG"), "M": (1, "M")}
_ORDERED = re.compile(r"(?P<below>B)?(?P<level>\d{1,3})(?P<suffix>[A-Z]?)")
_DOOR_ALONE = re.compile(DOOR, re.VERBOSE)
_DOOR_FLOOR = re.compile(
    r"(?P<named>[GM]|LG|UG)\d{2}|(?P<lettered>\d{1,2}[A-Z])\d{2}"
    r"|(?P<wing>[A-Z]?)(?P<level>\d|\d{2}(?=\d{2}))(?:\d{2}|(?<=\d{2})\d{3})[A-Z]?"
)


def canonical_compound(name: str) -> str:
    """
    Return the name under which a compound (小区) is found: one line, simplified, in capitals.

    Raises
    ------
    BadAddress
        Empty, too long, or with letters or digits in disguise.
    """
    return _label(name, AddressProblem.UNREADABLE_COMPOUND, "幸福小区")


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
    label = _label(name, AddressProblem.UNREADABLE_BUILDING, _BUILDING_EXAMPLE)
    match = _BUILDING.fullmatch(label)
    if match is None:
        return label
    number = canonical_number(match["building"] or match["block"])
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
    return label if match is None else canonical_number(match["unit"] or match["stair"])


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
    match = _DOOR_ALONE.fullmatch(fold_address(text, LABEL_MAX))
    if match is None:
        raise BadAddress(AddressProblem.UNREADABLE_DOOR, _DOOR_EXAMPLE)
    return door_number(match["door"] or match["door_letter"])


def floor_candidates(door: str) -> tuple[str, ...]:
    """
    Return the floors that a door number may lie on, likeliest first; none when it does not tell.

    501 proposes 5, 1203 proposes 12, 3A05 proposes 3A. B201 proposes B2, then 2, because B may name
    a basement or a wing. These are proposals: take the first one that the register has.
    """
    try:
        folded = fold_address(door, LABEL_MAX)
    except BadAddress:
        return ()
    match = _DOOR_FLOOR.fullmatch(folded)
    if match is None:
        return ()
    named = match["named"] or match["lettered"]
    if named:
        return (floor_label(named),)
    level = int(match["level"])
    if level == 0:
        return ("0", "G")
    basement = match["wing"] == "B" and len(match["level"]) == 1
    return (f"B{level}", str(level)) if basement else (str(level),)


def fold_address(text: object, limit: int) -> str:
    """
    Return a text in the form that the patterns read: `text.fold`, capitals, simplified characters.

    Raises
    ------
    BadAddress
        More than `limit` characters, or damaged.
    """
    try:
        folded = fold(text, "address", limit=limit)
    except BadText as error:
        if error.count is not None:
            raise BadAddress(AddressProblem.ADDRESS_TOO_LONG) from None
        raise BadAddress(AddressProblem.UNREADABLE_TEXT) from None
    return folded.upper().translate(_SIMPLIFIED)


def _label(text: object, problem: AddressProblem, expected: str) -> str:
    try:
        label = clean_label(text, "address")
        return clean_label(label.upper().translate(_SIMPLIFIED), "address")
    except BadText:
        raise BadAddress(problem, expected) from None


def _han_number(text: str) -> int | None:
    """Read 二十三, 一百零二 or, digit by digit, 一〇二; `None` when it is neither."""
    if len(text) > 1 and not set(text) & {"十", "百"}:
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    match = _HAN_NUMBER.fullmatch(text)
    if match is None or not text.strip("零"):
        return 0 if text in {"零", "〇"} else None
    hundreds, tens, ones = (_HAN_DIGITS[match[g] or "零"] for g in ("hundreds", "tens", "ones"))
    return 100 * hundreds + 10 * ((tens or 1) if match["ten"] else 0) + ones


def canonical_number(name: str) -> str:
    """Return 3 for 03 and 三, A3 for A03; a name that is no number stays."""
    match = _NUMBERED.fullmatch(name)
    if match is not None:
        return f"{match[1]}{int(match[2])}{match[3]}"
    if re.fullmatch(f"{HAN}+", name):
        number = _han_number(name)
        return name if number is None else str(number)
    return name


def door_number(door: str) -> str:
    """
    Return 501 for 五〇一; any other door as it is.

    Raises
    ------
    BadAddress
        Chinese numerals that are no number.
    """
    if re.fullmatch(f"{HAN}+", door):
        number = _han_number(door)
        if number is None:
            raise BadAddress(AddressProblem.UNREADABLE_DOOR, _DOOR_EXAMPLE)
        return str(number)
    return door


def _floor_number(text: str | None) -> int:
    if text is None:
        return 0
    number = int(text) if text.isdecimal() else _han_number(text)
    if number is None or number > FLOOR_MAX:
        raise BadAddress(AddressProblem.UNREADABLE_FLOOR, _FLOOR_EXAMPLE)
    return number
