"""Cells that list floors, stairwells or areas of duty."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.domain.address import (
    AddressProblem,
    BadAddress,
    canonical_building,
    canonical_building_unit,
    floor_label,
    floor_order,
    parse_address,
)
from dispatch.domain.text import fold

from .problems import RowError, RowProblem

FLOORS_MAX = 200
"""Floors of one building."""

BUILDING_UNITS_MAX = 40
"""Stairwells of one building."""

FLOORS_EXAMPLE = "18; 1-18; B2-18; 1-3,5-18; 1-18缺4,13,14"
BUILDING_UNITS_EXAMPLE = "1-3 (three) or 3单元 (the one called 3)"
SCOPE_EXAMPLE = "11号楼5层；11号楼7-9层；12号楼"

_LIST_CHARACTERS_MAX = 1_000
_PAUSE = re.compile(r"[,、;\s]+")
_JOINT = re.compile(r"\s*([-~])\s*")
_RANGE = re.compile(r"(-?[^-~至到]+)(?:[-~至到])(.+)")
_LACK = re.compile(r"\(?(?:缺|无|没有|除|EXCEPT|WITHOUT)")
_COUNT = re.compile(r"共?(\d{1,3})[层楼]?")
_ABOVE_BELOW = re.compile(r"地上(\d{1,3})层?,?地下(\d{1,2})层?")
_UNIT_COUNT = re.compile(r"共?(\d{1,2})个单元")
_SCOPE_PAUSE = re.compile(r"[,、;\n]+")
_SCOPE_FLOORS = re.compile(r"(?P<place>.*?)(?P<floors>[^\s号楼栋幢座塔#单元门]+[-~至到][^-~至到]+[层楼])")
_SCOPE_WHOLE = re.compile(r"(?:全部|全楼|整栋|全社区|全小区|ALL)$")
_BARE_BUILDING = re.compile(r"[A-Z]?\d{1,3}[A-Z]?")


@dataclass(frozen=True, slots=True)
class ServedPlace:
    """
    A part of somebody's area of duty; what is not named is served whole.

    Attributes
    ----------
    building
        Canonical name; `None` is the whole community.
    building_unit
        Canonical name, or `None` for all.
    floors
        Canonical labels; empty for all.
    compound
        Canonical name of the compound before the building, when it was written.
    """

    building: str | None = None
    building_unit: str | None = None
    floors: tuple[str, ...] = ()
    compound: str | None = None


def read_floors(text: str) -> tuple[str, ...]:
    """
    Return the floors of a building bottom to top.

    A number alone is a count («18» has floors 1 to 18, «地上18层地下2层» also B1 and B2); several
    are names. Ranges may cross the street: B2-3 is B2, B1, 1, 2, 3. Missing floors follow 缺 or 无.

    Raises
    ------
    RowError
        Not such a list, a floor listed twice, or too many.
    """
    folded = _JOINT.sub(r"\1", fold(text, "floors", limit=_LIST_CHARACTERS_MAX)).upper().replace("層", "层")
    listed, *lacking = _LACK.split(folded.strip("()"))
    floors = _counted(listed.strip(",、; "))
    for missing in lacking:
        gone = _listed(missing)
        if len(lacking) > 1 or not gone or not set(gone) <= set(floors):
            raise RowError(RowProblem.UNREADABLE_FLOORS, example=FLOORS_EXAMPLE)
        floors = [floor for floor in floors if floor not in gone]
    if not floors:
        raise RowError(RowProblem.UNREADABLE_FLOORS, example=FLOORS_EXAMPLE)
    if len(set(floors)) != len(floors):
        raise RowError(RowProblem.FLOOR_TWICE)
    if len(floors) > FLOORS_MAX:
        raise RowError(RowProblem.TOO_MANY_FLOORS, limit=FLOORS_MAX)
    return tuple(sorted(floors, key=floor_order))


def _counted(text: str) -> list[str]:
    """Return the floors of a count, or else of a list."""
    above_below = _ABOVE_BELOW.fullmatch(text)
    if above_below:
        return _span(f"B{above_below[2]}", above_below[1])
    count = _COUNT.fullmatch(text)
    if count is None:
        return _listed(text)
    return ["1"] if count[1] == "1" else _span("1", count[1])


def read_floor_names(text: str) -> tuple[str, ...]:
    """
    Return the floors named, in order; here a number alone is a name («5», «5-7», «5,7»).

    Raises
    ------
    RowError
        Not a list of floors.
    """
    floors = _listed(_JOINT.sub(r"\1", fold(text, "floors", limit=_LIST_CHARACTERS_MAX)).upper())
    if not floors:
        raise RowError(RowProblem.UNREADABLE_FLOORS, example=FLOORS_EXAMPLE)
    return tuple(floors)


def _listed(text: str) -> list[str]:
    floors: list[str] = []
    for item in filter(None, _PAUSE.split(text.strip("()"))):
        ends = _RANGE.fullmatch(item)
        floors += _span(ends[1], ends[2]) if ends else [_floor(item)]
    return floors


def _floor(text: str) -> str:
    try:
        return floor_label(text)
    except BadAddress:
        raise RowError(RowProblem.UNREADABLE_FLOORS, example=FLOORS_EXAMPLE) from None


def _span(lowest: str, highest: str) -> list[str]:
    """Return all floors from one to another; there is no floor 0 between B1 and 1."""
    low, high = _floor(lowest), _floor(highest)
    (bottom, named), (top, lettered) = floor_order(low), floor_order(high)
    if bottom >= top or lettered or named not in {"", "G"}:
        raise RowError(RowProblem.UNREADABLE_FLOORS, example=FLOORS_EXAMPLE)
    between = [f"B{-n}" if n < 0 else str(n) for n in range(bottom + 1, top) if n]
    return [low, *between, high]


def read_building_units(text: str) -> tuple[str, ...]:
    """
    Return the stairwells of a building.

    Raises
    ------
    RowError
        A bare number above 1, which may be a count or a name; a stairwell listed twice; too many.
    BadAddress
        Not a stairwell.
    """
    folded = _JOINT.sub(r"\1", fold(text, "building_unit", limit=_LIST_CHARACTERS_MAX)).upper()
    count = _UNIT_COUNT.fullmatch(folded)
    units = list(numbered_units(int(count[1]))) if count else []
    items = [] if count else [item for item in _PAUSE.split(folded) if item]
    for item in items:
        ends = re.fullmatch(r"(\d{1,2})[-~至到](\d{1,2})(?:单元)?", item)
        if ends and int(ends[1]) < int(ends[2]):
            units += [str(n) for n in range(int(ends[1]), int(ends[2]) + 1)]
        elif len(items) == 1 and item.isdecimal() and int(item) != 1:
            raise RowError(RowProblem.BUILDING_UNITS_UNCLEAR, example=BUILDING_UNITS_EXAMPLE)
        elif ends or re.search("[-~]", item):
            raise BadAddress(AddressProblem.UNREADABLE_BUILDING_UNIT, BUILDING_UNITS_EXAMPLE)
        else:
            units.append(canonical_building_unit(item))
    if len(set(units)) != len(units):
        raise RowError(RowProblem.BUILDING_UNIT_TWICE)
    if len(units) > BUILDING_UNITS_MAX:
        raise RowError(RowProblem.TOO_MANY_BUILDING_UNITS, limit=BUILDING_UNITS_MAX)
    return tuple(units)


def numbered_units(count: int) -> tuple[str, ...]:
    """Return stairwells 1 to `count`."""
    return tuple(str(n) for n in range(1, count + 1))


def read_scope(text: str) -> tuple[ServedPlace, ...]:
    """
    Return somebody's area of duty: buildings, stairwells, floors or the whole community.

    Raises
    ------
    RowError
        A door stands in it, or its floors cannot be read.
    BadAddress
        A part without a building, or one that can be read in two ways.
    """
    folded = fold(text.replace("\n", ";"), "scope", limit=_LIST_CHARACTERS_MAX).upper()
    parts = [part.strip() for part in _SCOPE_PAUSE.split(_JOINT.sub(r"\1", folded))]
    return tuple(_served(part) for part in parts if part)


def _served(part: str) -> ServedPlace:
    whole = _SCOPE_WHOLE.sub("", part)
    if not whole:
        return ServedPlace()
    if _BARE_BUILDING.fullmatch(whole):
        return ServedPlace(canonical_building(whole))
    several = _SCOPE_FLOORS.fullmatch(whole)
    address = parse_address(several["place"] if several else whole)
    if address.door is not None:
        raise RowError(RowProblem.SCOPE_NAMES_A_DOOR, example=SCOPE_EXAMPLE)
    floors = [] if address.floor is None else [address.floor]
    if several:
        floors = _listed(several["floors"])
    return ServedPlace(address.building, address.building_unit, tuple(floors), address.compound)
