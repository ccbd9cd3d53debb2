"""What the rows of a community's spreadsheets say, typed; and what was not imported, counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from dispatch.domain.address import Address

from .floors import ServedPlace
from .grid import UnknownHeader
from .problems import Rejected

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """
    One building of the register. Nothing in it is personal.

    Attributes
    ----------
    row
        Row number in its sheet, from 1.
    building
        Canonical name, unique in its compound within the file.
    name
        The name as it was written.
    compound
        Canonical name of the compound, if there is one.
    building_units
        Canonical names of the stairwells; empty when the building has one without a name.
    floors
        Canonical labels bottom to top; those not listed do not exist.
    lift
        Whether a lift serves the floors.
    entrance
        The floor of the street door, one of `floors`.
    control_level
        Key of `values.ControlLevel`, when the column says one.
    """

    row: int
    building: str
    name: str
    compound: str | None
    building_units: tuple[str, ...]
    floors: tuple[str, ...]
    lift: bool
    entrance: str
    control_level: str | None = None


@dataclass(frozen=True, slots=True)
class ResponderRow:
    """
    One person who takes legs.

    Attributes
    ----------
    row
        Row number in its sheet, from 1.
    name, phone
        Personal.
    role
        Key of `values.Role`.
    home
        Where the person lives, when it is known; its `door` is personal.
    scope
        Area of duty; never empty for floor captains and building leads.
    skills
        Keys such as stair_carry.
    capacity
        Effort units, when the column says so.
    paper
        Whether work is handed over on paper.
    isolated
        Whether the person is isolated at home.
    """

    row: int
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    role: str
    home: Address | None
    scope: tuple[ServedPlace, ...]
    skills: tuple[str, ...]
    capacity: int | None
    paper: bool
    isolated: bool


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """
    One person who may need help.

    Attributes
    ----------
    row
        Row number in its sheet, from 1.
    name, phone, note
        Personal; without a name a household's unnamed member.
    household
        What the community calls the household (户号); personal.
    address
        Its `door` is personal.
    isolated
        Whether the person is isolated at home.
    """

    row: int
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    household: str | None = field(repr=False)
    address: Address
    isolated: bool
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """
    One request for help.

    Attributes
    ----------
    row
        Row number in its sheet, from 1.
    name, phone, note, reporter
        Personal. The reporter need not be the one who needs help.
    household
        What the community calls the household (户号); personal.
    address
        Where help is needed; its `door` is personal.
    kind
        Key of a kind of help.
    urgency
        Key of `values.Urgency`; `None` leaves it to the kind.
    channel
        Key of `values.Channel`, when the column says one.
    reported_at, needed_by
        UTC; `None` when the cell is blank. Never in the wrong order.
    """

    row: int
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    household: str | None = field(repr=False)
    address: Address
    kind: str
    urgency: str | None
    note: str = field(repr=False)
    channel: str | None
    reported_at: datetime | None
    needed_by: datetime | None
    reporter: str | None = field(repr=False)


RegisterRow = BuildingRow | ResponderRow | ResidentRow


@dataclass(frozen=True, slots=True)
class Imported(Generic[R_co]):
    """
    What a file gave: every row with content is in `rows` or in `rejected`, none in both.

    Attributes
    ----------
    rows
        The valid rows, in order.
    rejected
        The others, in order, each with its number and why.
    data_rows
        Rows with content below the column names: always ``len(rows) + len(rejected)``.
    blank
        Blank rows between them.
    above_header
        Rows with content above the column names, which are taken for a title: sheet and number.
    unknown_headers
        Columns that were not read.
    ignored_sheets
        Titles of sheets that were not read.
    """

    rows: tuple[R_co, ...]
    rejected: tuple[Rejected, ...]
    data_rows: int
    blank: int
    above_header: tuple[tuple[str | None, int], ...] = ()
    unknown_headers: tuple[UnknownHeader, ...] = ()
    ignored_sheets: tuple[str, ...] = ()
