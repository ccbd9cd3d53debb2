"""The four tables of a community: buildings, responders, residents, requests; row by row."""

from __future__ import annotations

import re
from functools import partial
from zoneinfo import ZoneInfo

from dispatch.domain.address import (
    Address,
    canonical_building,
    canonical_building_unit,
    canonical_compound,
    floor_label,
    parse_address,
    split_compound,
)
from dispatch.domain.text import clean_label, clean_name, clean_note, clean_phone, fold

from .columns import Column
from .floors import (
    BUILDING_UNITS_EXAMPLE,
    BUILDING_UNITS_MAX,
    ServedPlace,
    numbered_units,
    read_building_units,
    read_floor_names,
    read_floors,
    read_scope,
)
from .problems import Rejected, RowError, RowProblem
from .records import BuildingRow, RequestRow, ResidentRow, ResponderRow
from .row_reader import RowReader, choice, of_text, whole, yes_or_no
from .times import read_instant
from .vocabulary import CHANNELS, CONTROL_LEVELS, KINDS, ROLES, SKILLS, URGENCIES, word_of

CAPACITY_MAX = 200
"""Effort units that somebody may hold at once."""

_LIVING_WHERE_THEY_SERVE = frozenset({"floor_captain", "building_lead"})
_STREET_FLOORS = ("G", "0", "1")  # a house that has G or 0 as well as 1 has its street door there
_SKILL_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SKILL_PAUSE = re.compile(r"[,、;/|]+")
_SKILLS_CHARACTERS_MAX = 1_000


def building_row(row: RowReader) -> BuildingRow | Rejected:
    """Read one building."""
    named = row.need(Column.BUILDING, of_text(_building_name))
    before, building, written = named or (None, "", "")
    compound = row.may(Column.COMPOUND, of_text(canonical_compound)) or before
    if before and compound != before:
        row.fail(RowProblem.ADDRESS_AND_BUILDING_DISAGREE, Column.BUILDING)
    units = _building_units(row)
    floors = row.need(Column.FLOORS, of_text(read_floors)) or ()
    lift = row.need(Column.LIFT, yes_or_no)
    entrance = row.may(Column.ENTRANCE, of_text(floor_label))
    if not row.has(Column.ENTRANCE):
        entrance = next((floor for floor in _STREET_FLOORS if floor in floors), None)
    level = row.may(Column.CONTROL_LEVEL, choice(CONTROL_LEVELS, RowProblem.UNKNOWN_CONTROL_LEVEL))
    if not row.problems and entrance not in floors:
        row.fail(RowProblem.ENTRANCE_NOT_A_FLOOR, Column.ENTRANCE)
    if row.problems or lift is None or entrance is None:
        return row.rejected()
    return BuildingRow(
        row=row.number,
        building=building,
        name=written,
        compound=compound,
        building_units=units,
        floors=floors,
        lift=lift,
        entrance=entrance,
        control_level=level,
    )


def _building_name(text: str) -> tuple[str | None, str, str]:
    """Return the compound before the name, if any, the canonical name, and the name as written."""
    compound, rest = split_compound(text)
    return compound, canonical_building(rest), clean_label(rest, "building")


def _building_units(row: RowReader) -> tuple[str, ...]:
    count = row.may(Column.BUILDING_UNIT_COUNT, whole(1, BUILDING_UNITS_MAX))
    if not row.has(Column.BUILDING_UNIT):
        return () if count is None else numbered_units(count)
    units = row.may(Column.BUILDING_UNIT, of_text(read_building_units)) or ()
    if units and count is not None and count != len(units):
        example = BUILDING_UNITS_EXAMPLE
        row.fail(RowProblem.BUILDING_UNITS_UNCLEAR, Column.BUILDING_UNIT, example=example)
    return units


def responder_row(row: RowReader) -> ResponderRow | Rejected:
    """
    Read one responder.

    With a scope filled in, address, building and floor say where the person lives. Without it,
    building and floor are the scope, and only an address says where the person lives. Floor
    captains and building leads are residents: without a home of their own they live in their scope.
    """
    name = row.need(Column.NAME, of_text(clean_name))
    phone = row.may(Column.PHONE, of_text(clean_phone))
    role = row.need(Column.ROLE, choice(ROLES, RowProblem.UNKNOWN_ROLE))
    home, scope = _home_and_scope(row)
    if role in _LIVING_WHERE_THEY_SERVE:
        if not scope and not row.has(Column.SCOPE) and not row.has(Column.BUILDING):
            row.fail(RowProblem.MISSING_VALUE, Column.SCOPE)
        home = home or _home_in(scope)
    skills = row.may(Column.SKILLS, of_text(_skills)) or ()
    capacity = row.may(Column.CAPACITY, whole(1, CAPACITY_MAX))
    paper = row.may(Column.PAPER, yes_or_no) or False
    isolated = row.may(Column.ISOLATED, yes_or_no) or False
    if row.problems or name is None or role is None:
        return row.rejected()
    return ResponderRow(
        row=row.number,
        name=name,
        phone=phone,
        role=role,
        home=home,
        scope=scope,
        skills=skills,
        capacity=capacity,
        paper=paper,
        isolated=isolated,
    )


def _home_and_scope(row: RowReader) -> tuple[Address | None, tuple[ServedPlace, ...]]:
    if row.has(Column.SCOPE):
        return row.address(), row.may(Column.SCOPE, of_text(read_scope)) or ()
    home = row.may(Column.ADDRESS, of_text(parse_address))
    building = row.may(Column.BUILDING, of_text(canonical_building))
    if building is None:
        return home, ()
    unit = row.may(Column.BUILDING_UNIT, of_text(canonical_building_unit))
    floors = row.may(Column.FLOORS, of_text(read_floor_names)) or ()
    compound = row.may(Column.COMPOUND, of_text(canonical_compound))
    return home, (ServedPlace(building, unit, floors, compound),)


def _home_in(scope: tuple[ServedPlace, ...]) -> Address | None:
    if len(scope) != 1 or scope[0].building is None:
        return None
    (place,) = scope
    floor = place.floors[0] if len(place.floors) == 1 else None
    return Address(scope[0].building, place.building_unit, floor, compound=place.compound)


def _skills(text: str) -> tuple[str, ...]:
    folded = fold(text.replace("\n", ";"), "skills", limit=_SKILLS_CHARACTERS_MAX)
    found: dict[str, None] = {}
    for word in filter(None, map(str.strip, _SKILL_PAUSE.split(folded))):
        key = SKILLS.get(word_of(word), word)
        if not _SKILL_KEY.fullmatch(key):
            raise RowError(RowProblem.UNKNOWN_SKILL)
        found[key] = None
    return tuple(found)


def resident_row(row: RowReader) -> ResidentRow | Rejected:
    """Read one resident."""
    name = row.may(Column.NAME, of_text(clean_name))
    phone = row.may(Column.PHONE, of_text(clean_phone))
    household = row.may(Column.HOUSEHOLD, of_text(partial(clean_label, what="household")))
    address = row.need_address()
    isolated = row.may(Column.ISOLATED, yes_or_no) or False
    note = row.may(Column.NOTE, of_text(clean_note)) or ""
    if row.problems or address is None:
        return row.rejected()
    return ResidentRow(
        row=row.number,
        name=name,
        phone=phone,
        household=household,
        address=address,
        isolated=isolated,
        note=note,
    )


def request_row(row: RowReader, tz: ZoneInfo) -> RequestRow | Rejected:
    """Read one request; times without a zone are the clock's of `tz`."""
    name = row.may(Column.NAME, of_text(clean_name))
    phone = row.may(Column.PHONE, of_text(clean_phone))
    household = row.may(Column.HOUSEHOLD, of_text(partial(clean_label, what="household")))
    address = row.need_address()
    kind = row.need(Column.KIND, choice(KINDS, RowProblem.UNKNOWN_KIND))
    urgency = row.may(Column.URGENCY, choice(URGENCIES, RowProblem.UNKNOWN_URGENCY))
    note = row.may(Column.NOTE, of_text(clean_note)) or ""
    channel = row.may(Column.CHANNEL, choice(CHANNELS, RowProblem.UNKNOWN_CHANNEL))
    reported_at = row.may(Column.REPORTED_AT, partial(read_instant, tz=tz))
    needed_by = row.may(Column.NEEDED_BY, partial(read_instant, tz=tz))
    reporter = row.may(Column.REPORTER, of_text(clean_name))
    if reported_at and needed_by and needed_by < reported_at:
        row.fail(RowProblem.NEEDED_BEFORE_REPORTED, Column.NEEDED_BY)
    if row.problems or address is None or kind is None:
        return row.rejected()
    return RequestRow(
        row=row.number,
        name=name,
        phone=phone,
        household=household,
        address=address,
        kind=kind,
        urgency=urgency,
        note=note,
        channel=channel,
        reported_at=reported_at,
        needed_by=needed_by,
        reporter=reporter,
    )
