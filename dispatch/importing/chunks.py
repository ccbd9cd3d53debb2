"""
Rows on their way into the log, a chunk to a save.

What tells a row again is kept in the keyed index of the key store, written before the save: after a
power cut an entry may stand for somebody who is not in the log, and then it does not count. The
command id of a save is made from the file, the chunk and the rows in it, so that two people who
import one file at the same moment do it once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ..domain.community import Registered
from ..domain.errors import Refused
from ..domain.finding import Found
from ..domain.resident import Erased, Leaving
from ..domain.values import Actor, CommunityId, Place, ResidentId
from ..engine import Dispatch
from ..engine.batch import Batch
from ..sheets import BuildingRow, Imported, Rejected, RequestRow, ResidentRow, ResponderRow
from .report import ImportReport, NotImported

CHUNK_ROWS = 100
"""Rows to a save: at most three commands each, and a batch saves after four hundred."""

ATTEMPTS_MAX = 1_000
DIGEST_CHARACTERS = 16

Progress = Callable[[int, int], None]
Row = TypeVar("Row", BuildingRow, ResidentRow, ResponderRow, RequestRow)
Row_contra = TypeVar("Row_contra", contravariant=True)


class Table(Protocol[Row_contra]):
    """How the rows of one table become commands, and how they are known again."""

    @property
    def name(self) -> str:
        """The table's name, in the plural."""

    def is_known(self, row: Row_contra) -> bool:
        """Tell whether the row is in the log already, word for word."""

    def give(self, batch: Batch, row: Row_contra) -> None:
        """
        Give the commands of a row, and `Chunks.remember` what tells it again.

        Raises
        ------
        Refused
            The row cannot be imported.
        """


class Chunks:
    """
    One file on its way into one community.

    Parameters
    ----------
    total
        Rows in all, for `progress`.
    """

    def __init__(
        self,
        engine: Dispatch,
        community: str,
        *,
        path: Path | str,
        by: Actor | None,
        progress: Progress | None,
        total: int,
    ) -> None:
        self.engine, self.community, self.by = engine, CommunityId(community), by or engine.actor
        self.register: Registered = engine.register_of(community)
        self.imported: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self._earlier: Counter[str] = Counter()
        self._refused: dict[tuple[str, int], NotImported] = {}
        self._entries: dict[str, dict[str, str]] = {}
        # The same file in two communities of one store is two imports.
        self._file = hashlib.sha256(f"{community}\n".encode() + Path(path).read_bytes()).hexdigest()
        self._progress, self._total, self._done = progress, total, 0

    def take(self, rows: Sequence[Row], table: Table[Row]) -> None:
        """Import the rows of one table."""
        self.register = self.engine.register_of(self.community)
        for start in range(0, len(rows), CHUNK_ROWS):
            chunk = rows[start : start + CHUNK_ROWS]
            pending = [row for row in chunk if not self._is_known(row, table)]
            self._earlier[table.name] += len(chunk) - len(pending)
            if pending:
                self._save(pending, table)
            self._done += len(chunk)
            if self._progress is not None:
                self._progress(self._done, self._total)

    def _is_known(self, row: Row, table: Table[Row]) -> bool:
        try:
            return table.is_known(row)
        except Refused:
            return False  # `give` will meet the same refusal and report it

    def _save(self, rows: Sequence[Row], table: Table[Row]) -> None:
        owners: list[int] = []
        with self.engine.batch(self.community, command_id=self._command_id(rows, table), by=self.by) as batch:
            for row in rows:
                before = len(batch)
                try:
                    table.give(batch, row)
                except Refused as refusal:
                    self._refuse(table.name, row.row, refusal)
                owners.extend([row.row] * (len(batch) - before))
            entries, self._entries = self._entries, {}
            self.engine.sealer.remember_all(self.community, entries)
        for index, late in batch.refused:
            self._refuse(table.name, owners[index], late)
        self.imported[table.name] += sum((table.name, row.row) not in self._refused for row in rows)

    def _command_id(self, rows: Sequence[Row], table: Table[Row]) -> str:
        """Return the id of the next attempt to import exactly these rows; refused ones may be tried again."""
        numbers = ",".join(str(row.row) for row in rows)
        digest = hashlib.sha256(f"{self._file}\n{table.name}\n{numbers}".encode()).hexdigest()[:DIGEST_CHARACTERS]
        for attempt in range(1, ATTEMPTS_MAX + 1):
            command_id = f"import-{digest}-{attempt}"
            if not self.engine.journal.answered(f"{command_id}.1"):
                return command_id
        raise Refused("refused", f"These rows of {table.name} were refused {ATTEMPTS_MAX} times. Correct the file.")

    def _refuse(self, table: str, row: int, refusal: Refused) -> None:
        self._refused.setdefault((table, row), NotImported(table, row, None, ((refusal.code, dict(refusal.fields)),)))

    # -- for the tables ------------------------------------------------------------------

    def remember(self, subject: str, /, **fields: str) -> None:
        """Let somebody be found again by these fields, once the chunk is saved."""
        self._entries.setdefault(subject, {}).update(fields)

    def find(self, **fields: str) -> tuple[str, ...]:
        """Return who was remembered with all of these fields."""
        return self.engine.sealer.find(self.community, **fields)

    def locate(self, row: ResidentRow | RequestRow) -> Found:
        """Return the place of a row's address; refused when the register has none."""
        return self.engine.locate(self.community, row.address)

    def residents_at(self, found: Found, *, phone: str | None, where: Any) -> set[ResidentId]:
        """Return who is registered at a door, and with a phone where one is given; erased people are nobody."""
        asked: list[set[ResidentId]] = []
        if phone is not None:
            asked.append(set(self.engine.find_resident(self.community, phone=phone)))
        if found.door is not None:
            asked.append(set(self.engine.find_resident(self.community, where=where)))
        together = set.intersection(*asked) if asked else set()
        return {resident for resident in together if self.lives_at(resident, found.place)}

    def lives_at(self, resident: str, place: Place) -> bool:
        """Tell whether somebody is in the log, not erased, and at this place."""
        try:
            state = self.engine.resident(self.community, ResidentId(resident))
        except Refused:
            return False
        return state.place == place and not isinstance(state, Leaving | Erased)

    def report(self, read: Imported[Any]) -> ImportReport:
        """Return what became of the file."""
        refused = sorted(self._refused.values(), key=lambda one: (one.table or "", one.row))
        return ImportReport(
            rows=read.data_rows,
            imported={name: count for name, count in self.imported.items() if count},
            earlier={name: count for name, count in self._earlier.items() if count},
            not_imported=(*map(_rejected, read.rejected), *refused),
            left_out=dict(self.left_out),
            unknown_headers=tuple(header.cell for header in read.unknown_headers),
            ignored_sheets=read.ignored_sheets,
            above_header=read.above_header,
            blank=read.blank,
        )


def _rejected(row: Rejected) -> NotImported:
    first = (str(row.code), dict(row.params))
    more = ((str(problem.code), dict(problem.params)) for problem in row.more)
    return NotImported(None, row.row_number, row.sheet, (first, *more))


def row_text(row: BuildingRow | ResidentRow | ResponderRow | RequestRow) -> str:
    """Return all that a row says, without its number, as one text."""
    said = {name: value for name, value in asdict(row).items() if name != "row"}
    return json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)


def joined(*parts: str | None) -> str:
    """Return texts as one from which each can be told."""
    return json.dumps(parts, ensure_ascii=False)
