"""What became of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

Problems = tuple[tuple[str, Mapping[str, object]], ...]


@dataclass(frozen=True, slots=True)
class NotImported:
    """
    One row that is not in the log.

    Attributes
    ----------
    table
        buildings, residents, responders or requests; `None` when the row was not understood at all.
    row
        From 1, as a spreadsheet shows it.
    sheet
        Title of the sheet; `None` for CSV, and where the engine refused the row.
    problems
        Codes with their parameters: what the sheet says wrongly, or why the engine refused. Never what
        a cell holds.
    """

    table: str | None
    row: int
    sheet: str | None
    problems: Problems

    @property
    def code(self) -> str:
        """The first problem's code."""
        return self.problems[0][0]

    @property
    def params(self) -> Mapping[str, object]:
        """The first problem's parameters."""
        return self.problems[0][1]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """
    What became of a file: every row with content is counted once.

    Attributes
    ----------
    rows
        Rows with content below the column names.
    imported
        Table → rows that this import recorded. `compounds`, which have no rows of their own, are
        counted beside them.
    earlier
        Table → rows that were in the log already, word for word.
    not_imported
        Every other row.
    left_out
        Column → cells of imported rows that have no place in the register, such as notes about residents.
    unknown_headers
        Cells of column names that were not understood.
    ignored_sheets, above_header, blank
        What was not read as rows.
    """

    rows: int = 0
    imported: Mapping[str, int] = field(default_factory=dict)
    earlier: Mapping[str, int] = field(default_factory=dict)
    not_imported: tuple[NotImported, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    unknown_headers: tuple[str, ...] = ()
    ignored_sheets: tuple[str, ...] = ()
    above_header: tuple[tuple[str | None, int], ...] = ()
    blank: int = 0

    def beside(self, other: ImportReport) -> ImportReport:
        """Return this report and that about other sheets of the same file in one."""
        ignored = set(self.ignored_sheets) & set(other.ignored_sheets)
        return ImportReport(
            rows=self.rows + other.rows,
            imported={**self.imported, **other.imported},
            earlier={**self.earlier, **other.earlier},
            not_imported=(*self.not_imported, *other.not_imported),
            left_out=dict(Counter(self.left_out) + Counter(other.left_out)),
            unknown_headers=(*self.unknown_headers, *other.unknown_headers),
            ignored_sheets=tuple(title for title in self.ignored_sheets if title in ignored),
            above_header=(*self.above_header, *other.above_header),
            blank=self.blank + other.blank,
        )
