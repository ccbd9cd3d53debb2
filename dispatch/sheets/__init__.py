"""
A community's own spreadsheets: CSV in UTF-8 or GB18030, and xlsx, as typed rows.

Every row that is not imported is named by its number, with a machine-readable code and where the
trouble lies, and never with what a cell holds. This room alone knows openpyxl.
"""

from .columns import Column
from .floors import ServedPlace
from .grid import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    FILE_BYTES_MAX,
    ROWS_MAX,
    Cell,
    Fault,
    Sheet,
    SheetRow,
    UnknownHeader,
)
from .imports import read_register, read_requests, read_sheet
from .problems import Problem, Rejected, RowProblem, SheetError, SheetProblem
from .records import (
    BuildingRow,
    Imported,
    RegisterRow,
    RequestRow,
    ResidentRow,
    ResponderRow,
)

__all__ = [
    "CELL_CHARACTERS_MAX",
    "COLUMNS_MAX",
    "FILE_BYTES_MAX",
    "ROWS_MAX",
    "BuildingRow",
    "Cell",
    "Column",
    "Fault",
    "Imported",
    "Problem",
    "RegisterRow",
    "Rejected",
    "RequestRow",
    "ResidentRow",
    "ResponderRow",
    "RowProblem",
    "ServedPlace",
    "Sheet",
    "SheetError",
    "SheetProblem",
    "SheetRow",
    "UnknownHeader",
    "read_register",
    "read_requests",
    "read_sheet",
]
