"""What can be wrong with a file or with one row of it: codes and numbers, never what a cell holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.domain.address import BadAddress
from dispatch.domain.text import BadText

Params = Mapping[str, str | int]


class SheetProblem(StrEnum):
    """Why a whole file is not read; the value words the message."""

    CANNOT_OPEN = "cannot_open"
    """The file does not exist, is a folder, or may not be read."""
    FILE_TOO_LARGE = "file_too_large"
    """More bytes than `FILE_BYTES_MAX`; params: limit."""
    EMPTY_FILE = "empty_file"
    """Nothing in it."""
    NOT_A_SPREADSHEET = "not_a_spreadsheet"
    """Neither CSV nor xlsx; an old .xls or a file with a password, for example."""
    UNKNOWN_ENCODING = "unknown_encoding"
    """Neither UTF-8 nor GB18030; params: byte, the offset of the first byte that is not."""
    DAMAGED_UTF8 = "damaged_utf8"
    """UTF-8 but for single bytes; params: byte, the offset of the first one."""
    DAMAGED_CSV = "damaged_csv"
    """A quotation mark that is not closed, or text after a closing one; params: row."""
    DAMAGED_XLSX = "damaged_xlsx"
    """The zip or XML inside is broken, or its rows are out of order."""
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    """The zip would unpack to more than `UNPACKED_BYTES_MAX`; params: limit."""
    NO_SUCH_SHEET = "no_such_sheet"
    """No sheet of that title; params: titles that would do."""
    NO_HEADER = "no_header"
    """No row near the top has two known column names; params: rows that were looked at."""
    DUPLICATE_HEADER = "duplicate_header"
    """Two columns with one meaning; params: column, first, second (cell addresses)."""
    TOO_MANY_COLUMNS = "too_many_columns"
    """More columns than `COLUMNS_MAX`; params: limit."""
    TOO_MANY_ROWS = "too_many_rows"
    """More rows with content than `ROWS_MAX`; params: limit."""
    UNKNOWN_TABLE = "unknown_table"
    """The column names are not those of buildings, responders, residents or requests."""


class SheetError(ValueError):
    """
    A file was not read at all; nothing of it was imported.

    Attributes
    ----------
    problem
        Machine-readable code.
    params
        Numbers and names that a message needs; never the content of a cell.
    """

    def __init__(self, problem: SheetProblem, hint: str, **params: str | int) -> None:
        facts = ", ".join(f"{name} {value}" for name, value in params.items())
        super().__init__(f"{problem.replace('_', ' ')}{f' ({facts})' if facts else ''}: {hint}")
        self.problem = problem
        self.params: Params = params


class RowProblem(StrEnum):
    """
    Why a row is not imported; the value words the message.

    Every problem has the params `column` (a key of `Column`) and `cell` (as D7), unless it is
    about the row as a whole; further ones are named below.
    """

    MISSING_VALUE = "missing_value"
    """The cell is blank or its column is missing, and the row means nothing without it."""
    MORE_CELLS_THAN_HEADERS = "more_cells_than_headers"
    """A CSV row has cells to the right of the last header: a comma stands unquoted. Params: cells."""
    CELL_TOO_LONG = "cell_too_long"
    """More characters than `CELL_CHARACTERS_MAX`. Params: count, limit."""
    FORMULA = "formula"
    """The cell holds a formula; paste its value."""
    ERROR_CELL = "error_cell"
    """The cell shows an error such as #N/A."""
    WRONG_TYPE = "wrong_type"
    """The cell holds a truth value, a duration or a time of day where text or a number belongs."""
    DATE_IN_TEXT_CELL = "date_in_text_cell"
    """The spreadsheet turned text such as 1-18 into a date; format the column as text."""

    NOT_TEXT = "not_text"
    """See `TextProblem.NOT_TEXT`."""
    EMPTY = "empty"
    """See `TextProblem.EMPTY`."""
    TOO_LONG = "too_long"
    """See `TextProblem.TOO_LONG`. Params: count."""
    NUL_CHARACTER = "nul_character"
    """See `TextProblem.NUL_CHARACTER`."""
    LONE_SURROGATE = "lone_surrogate"
    """See `TextProblem.LONE_SURROGATE`."""
    NOT_A_PLAIN_DIGIT = "not_a_plain_digit"
    """See `TextProblem.NOT_A_PLAIN_DIGIT`."""
    MIXED_SCRIPTS = "mixed_scripts"
    """See `TextProblem.MIXED_SCRIPTS`."""
    LOOK_ALIKE_LETTERS = "look_alike_letters"
    """See `TextProblem.LOOK_ALIKE_LETTERS`."""
    FORBIDDEN_CHARACTER = "forbidden_character"
    """See `TextProblem.FORBIDDEN_CHARACTER`."""
    NOT_A_PHONE_NUMBER = "not_a_phone_number"
    """See `TextProblem.NOT_A_PHONE_NUMBER`."""
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    """See `TextProblem.NOT_A_WHOLE_NUMBER`."""
    OUT_OF_RANGE = "out_of_range"
    """A number outside its bounds. Params: low, high."""

    UNREADABLE_TEXT = "unreadable_text"
    """See `AddressProblem.UNREADABLE_TEXT`."""
    EMPTY_ADDRESS = "empty_address"
    """See `AddressProblem.EMPTY_ADDRESS`."""
    ADDRESS_TOO_LONG = "address_too_long"
    """See `AddressProblem.ADDRESS_TOO_LONG`."""
    NO_BUILDING = "no_building"
    """See `AddressProblem.NO_BUILDING`. Params: example."""
    AMBIGUOUS_ADDRESS = "ambiguous_address"
    """See `AddressProblem.AMBIGUOUS_ADDRESS`. Params: example."""
    UNREADABLE_ADDRESS = "unreadable_address"
    """See `AddressProblem.UNREADABLE_ADDRESS`. Params: example."""
    FLOOR_AND_DOOR_DISAGREE = "floor_and_door_disagree"
    """See `AddressProblem.FLOOR_AND_DOOR_DISAGREE`. Params: example."""
    UNREADABLE_COMPOUND = "unreadable_compound"
    """See `AddressProblem.UNREADABLE_COMPOUND`. Params: example."""
    UNREADABLE_BUILDING = "unreadable_building"
    """See `AddressProblem.UNREADABLE_BUILDING`. Params: example."""
    UNREADABLE_BUILDING_UNIT = "unreadable_building_unit"
    """See `AddressProblem.UNREADABLE_BUILDING_UNIT`. Params: example."""
    UNREADABLE_FLOOR = "unreadable_floor"
    """See `AddressProblem.UNREADABLE_FLOOR`. Params: example."""
    UNREADABLE_DOOR = "unreadable_door"
    """See `AddressProblem.UNREADABLE_DOOR`. Params: example."""
    ADDRESS_AND_BUILDING_DISAGREE = "address_and_building_disagree"
    """The address names another building or compound than the column of its own."""

    UNREADABLE_FLOORS = "unreadable_floors"
    """Not a list of floors. Params: example."""
    FLOOR_TWICE = "floor_twice"
    """A floor is listed twice."""
    TOO_MANY_FLOORS = "too_many_floors"
    """More floors than a building has. Params: limit."""
    ENTRANCE_NOT_A_FLOOR = "entrance_not_a_floor"
    """The entrance is not among the floors, or they have no street floor and none is named."""
    BUILDING_UNITS_UNCLEAR = "building_units_unclear"
    """A bare number: so many stairwells, or the one of that name? Params: example."""
    BUILDING_UNIT_TWICE = "building_unit_twice"
    """A stairwell is listed twice."""
    TOO_MANY_BUILDING_UNITS = "too_many_building_units"
    """More stairwells than a building has. Params: limit."""
    DUPLICATE_BUILDING = "duplicate_building"
    """The building stands in an earlier row. Params: row."""
    SCOPE_NAMES_A_DOOR = "scope_names_a_door"
    """Somebody's area ends at floors; a door is a household's."""
    NOT_YES_OR_NO = "not_yes_or_no"
    """Neither 有, 是, yes nor 无, 否, no."""
    UNKNOWN_ROLE = "unknown_role"
    """Not one of the roles."""
    UNKNOWN_KIND = "unknown_kind"
    """Not one of the kinds of help."""
    UNKNOWN_URGENCY = "unknown_urgency"
    """Not one of the four urgencies."""
    UNKNOWN_SKILL = "unknown_skill"
    """Neither a known skill nor a key such as stair_carry."""
    UNKNOWN_CHANNEL = "unknown_channel"
    """Not one of the channels."""
    UNKNOWN_CONTROL_LEVEL = "unknown_control_level"
    """Not one of the control levels."""

    TIME_UNREADABLE = "time_unreadable"
    """Not a date with a time of day. Params: example."""
    TIME_WITHOUT_HOUR = "time_without_hour"
    """A date alone. Params: example."""
    NO_SUCH_TIME = "no_such_time"
    """A date or time of day that no calendar has: 30 February, 25:00, a leap second."""
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    """Params: low, high."""
    TIME_SKIPPED_BY_CLOCK = "time_skipped_by_clock"
    """The clocks were put forward over it."""
    TIME_TWICE_ON_CLOCK = "time_twice_on_clock"
    """The clocks were put back over it; add a zone such as +08:00."""
    NEEDED_BEFORE_REPORTED = "needed_before_reported"
    """The deadline lies before the report."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a row: a code, and where and how much, but never what."""

    code: RowProblem
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """
    One row that is not imported.

    Attributes
    ----------
    row_number
        From 1, as a spreadsheet shows it.
    sheet
        Title of the sheet; `None` for CSV.
    code, params
        The first problem, from left to right.
    more
        Further problems of the same row.
    """

    row_number: int
    sheet: str | None
    code: RowProblem
    params: Params = field(default_factory=dict)
    more: tuple[Problem, ...] = ()


class RowError(ValueError):
    """A cell does not say what its column asks for. Raised and caught within this room."""

    def __init__(self, code: RowProblem, **params: str | int) -> None:
        super().__init__(code.replace("_", " "))
        self.problem = Problem(code, params)


def problem_of(error: RowError | BadText | BadAddress) -> Problem:
    """Return what is wrong as a row's problem; the codes of `domain` keep their value."""
    if isinstance(error, RowError):
        return error.problem
    if isinstance(error, BadAddress):
        return Problem(RowProblem(error.problem.value), {"example": error.expected})
    count = {} if error.count is None else {"count": error.count}
    return Problem(RowProblem(error.problem.value), count)
