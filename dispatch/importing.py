"""
Importing a community's own spreadsheets: rows become commands, a hundred to a save.

Each save's command id is made from the file's digest and the number of the chunk, so that a file
that is imported twice, or again after a power cut, does nothing twice. Every row that is not
imported is reported with its number and why; none is dropped.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from .domain.building import Building
from .domain.community import BuildingRegistered, Registered
from .domain.errors import Refused
from .domain.finding import Found, find_building
from .domain.help_request import RequestReceived
from .domain.resident import Erased, Leaving, ResidentRegistered
from .domain.responder import ResponderRegistered
from .domain.values import (
    Actor,
    Channel,
    CompoundId,
    ControlLevel,
    Fact,
    Place,
    ResidentId,
    ResponderId,
    Role,
)
from .engine import Dispatch
from .engine.batch import Batch
from .sheets import (
    BuildingRow,
    Imported,
    Rejected,
    RequestRow,
    ResidentRow,
    ResponderRow,
    ServedPlace,
    read_register,
    read_requests,
)

CHUNK_ROWS = 100
"""Rows to a save: at most three commands each, so that a chunk is one save."""

ATTEMPTS_MAX = 1_000
DIGEST_CHARACTERS = 20
CAPACITY_DEFAULT = 12

Problems = tuple[tuple[str, Mapping[str, object]], ...]
Progress = Callable[[int, int], None]
Signature = tuple[object, ...] | None


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
        Codes with their parameters: what the sheet says wrongly, or why the engine refused.
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
        Table → rows that this import recorded; compounds are counted beside them.
    earlier
        Table → rows that an earlier import of the same file recorded.
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


def import_register(
    engine: Dispatch,
    community: str,
    path: Path | str,
    *,
    by: Actor | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """
    Take in buildings, residents and responders, whatever the order of the sheets.

    Parameters
    ----------
    path
        CSV (UTF-8 or GB18030) or xlsx, at most 10 MiB.
    by
        Who imports; the engine's own actor by default.
    progress
        Called with (rows done, rows).

    Raises
    ------
    SheetError
        The file cannot be read, or holds no register.
    Unknown
        Nobody registered this community.
    Unavailable
        The store went away; import the file again.
    """
    read = read_register(path)
    run = _Import(engine, community, path=path, by=by or engine.actor, progress=progress, total=len(read.rows))
    _compounds(run, [row for row in read.rows if isinstance(row, BuildingRow)])
    run.take("buildings", [row for row in read.rows if isinstance(row, BuildingRow)], _Buildings(run))
    run.take("residents", [row for row in read.rows if isinstance(row, ResidentRow)], _Residents(run))
    run.take("responders", [row for row in read.rows if isinstance(row, ResponderRow)], _Responders(run))
    return run.report(read)


def import_requests(
    engine: Dispatch,
    community: str,
    path: Path | str,
    *,
    by: Actor | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """
    Take in requests; whoever is not found by door and phone is registered with the request.

    Parameters and errors are those of `import_register`. A time without a zone is the community's.
    """
    zone = ZoneInfo(engine.register_of(community).time_zone)
    read = read_requests(path, tz=zone)
    run = _Import(engine, community, path=path, by=by or engine.actor, progress=progress, total=len(read.rows))
    run.take("requests", list(read.rows), _Requests(run))
    return run.report(read)


Row = TypeVar("Row", BuildingRow, ResidentRow, ResponderRow, RequestRow)


class _Table(Generic[Row]):
    """How the rows of one table become commands, and how they are known again in the log."""

    made: type[Fact]

    def give(self, batch: Batch, row: Row) -> None:
        """Give the commands of a row; the first one records `made`."""
        raise NotImplementedError

    def signature(self, row: Row) -> Signature:
        """Return what the row's event says that is not personal; `None` when it cannot have been recorded."""
        raise NotImplementedError

    def recorded(self, fact: Any) -> Signature:
        """Return the same of an event."""
        raise NotImplementedError

    def know(self, row: Row, local: str, fact: Any) -> None:
        """Take note of a row that an earlier import recorded under this id."""


class _Import:
    """One file on its way into one community."""

    def __init__(
        self,
        engine: Dispatch,
        community: str,
        *,
        path: Path | str,
        by: Actor,
        progress: Progress | None,
        total: int,
    ) -> None:
        self.engine, self.community, self.by = engine, community, by
        self.register: Registered = engine.register_of(community)
        # The same file in two communities of one store is two imports.
        content = hashlib.sha256(f"{community}\n".encode() + Path(path).read_bytes())
        self.digest = content.hexdigest()[:DIGEST_CHARACTERS]
        self.imported: Counter[str] = Counter()
        self.earlier: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.refused: dict[tuple[str, int], NotImported] = {}
        self._progress, self._total, self._done = progress, total, 0

    def take(self, name: str, rows: Sequence[Row], table: _Table[Row]) -> None:
        """Import the rows of one table, chunk by chunk."""
        self.register = self.engine.register_of(self.community)
        for number, start in enumerate(range(0, len(rows), CHUNK_ROWS)):
            chunk = rows[start : start + CHUNK_ROWS]
            self._chunk(name, number, chunk, table=table)
            self._done += len(chunk)
            if self._progress is not None:
                self._progress(self._done, self._total)

    def _chunk(self, name: str, number: int, rows: Sequence[Row], *, table: _Table[Row]) -> None:
        """Import what earlier imports of this file did not, each of which recorded its own attempt."""
        pending = list(rows)
        for attempt in range(ATTEMPTS_MAX):
            command_id = f"import-{self.digest}-{name}-{number}-{attempt}"
            facts = self._recorded_by(command_id, table.made)
            if facts is None:
                self._batch(command_id, name, pending, table=table)
                return
            pending = self._missing(name, pending, facts, table=table)
            if not pending:
                return
        raise Refused("refused", f"Chunk {number} of {name} was imported {ATTEMPTS_MAX} times. Look at its rows.")

    def _recorded_by(self, command_id: str, made: type[Fact]) -> list[tuple[str, Fact]] | None:
        row = self.engine.journal.recorder.select_command(f"{command_id}.1")
        if row is None:
            return None
        if row.first_position is None or row.last_position is None:
            return []
        events = self.engine.journal.read(gt=row.first_position - 1, lte=row.last_position)
        return [(e.stream.rsplit("/", 1)[-1], e.fact) for e in events if isinstance(e.fact, made)]

    def _missing(self, name: str, rows: list[Row], facts: list[tuple[str, Fact]], *, table: _Table[Row]) -> list[Row]:
        """Return the rows that have no event; rows and events are in the same order."""
        waiting = iter(facts)
        local, fact = next(waiting, ("", None))
        missing: list[Row] = []
        for row in rows:
            if fact is not None and self._signature(row, table) == table.recorded(fact):
                table.know(row, local, fact)
                self.earlier[name] += 1
                local, fact = next(waiting, ("", None))
            else:
                missing.append(row)
        return missing

    def _signature(self, row: Row, table: _Table[Row]) -> Signature:
        try:
            return table.signature(row)
        except Refused:
            return None

    def _batch(self, command_id: str, name: str, rows: Sequence[Row], *, table: _Table[Row]) -> None:
        owners: list[int] = []
        with self.engine.batch(self.community, command_id=command_id, by=self.by) as batch:
            for row in rows:
                before = len(batch)
                try:
                    table.give(batch, row)
                except Refused as refusal:
                    self._refuse(name, row.row, refusal)
                owners.extend([row.row] * (len(batch) - before))
        for index, late in batch.refused:
            self._refuse(name, owners[index], late)
        self.imported[name] += sum((name, row.row) not in self.refused for row in rows)

    def _refuse(self, name: str, row: int, refusal: Refused) -> None:
        self.refused.setdefault((name, row), NotImported(name, row, None, ((refusal.code, dict(refusal.fields)),)))

    def locate(self, row: ResidentRow | RequestRow) -> Found:
        """Return the place of a row's address; refused when the register has none."""
        return self.engine.locate(self.community, row.address)

    def building(self, name: str, compound: str | None) -> Building:
        """Return a building of the register."""
        return find_building(self.register, name, compound=compound)

    def residents_at(self, place: Place, *, phone: str | None, where: Any) -> set[ResidentId]:
        """Return who is registered at a door, and with a phone where one is given; erased people are nobody."""
        asked: list[set[ResidentId]] = []
        if phone is not None:
            asked.append(set(self.engine.find_resident(self.community, phone=phone)))
        if where is not None and where.door is not None:
            asked.append(set(self.engine.find_resident(self.community, where=where)))
        if not asked:
            return set()
        return {found for found in set.intersection(*asked) if self._lives_at(found, place)}

    def _lives_at(self, resident: ResidentId, place: Place) -> bool:
        state = self.engine.resident(self.community, resident)
        return state.place == place and not isinstance(state, Leaving | Erased)

    def report(self, read: Imported[Any]) -> ImportReport:
        """Return what became of the file."""
        rejected = tuple(map(_rejected, read.rejected))
        refused = tuple(sorted(self.refused.values(), key=lambda one: (one.table or "", one.row)))
        return ImportReport(
            rows=read.data_rows,
            imported={name: count for name, count in self.imported.items() if count},
            earlier={name: count for name, count in self.earlier.items() if count},
            not_imported=(*rejected, *refused),
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


def _compounds(run: _Import, rows: Iterable[BuildingRow]) -> None:
    """Register the compounds that the buildings name and the register lacks; a refusal is told of each building."""
    known = set(run.register.compounds.values())
    for name in dict.fromkeys(row.compound for row in rows if row.compound is not None):
        if name in known:
            continue
        try:
            run.engine.register_compound(run.community, name, by=run.by)
        except Refused:
            continue  # its buildings will be refused for want of it, row by row
        run.imported["compounds"] += 1


class _Buildings(_Table[BuildingRow]):
    made = BuildingRegistered

    def __init__(self, run: _Import) -> None:
        self._run = run

    def _compound(self, row: BuildingRow) -> CompoundId | None:
        if row.compound is None:
            return None
        known = self._run.register.compounds.items()
        found = next((compound for compound, name in known if name == row.compound), None)
        if found is None:
            raise Refused("unknown_compound", "The compound could not be registered. Correct its name.")
        return found

    def give(self, batch: Batch, row: BuildingRow) -> None:
        compound = self._compound(row)
        building = batch.register_building(
            self._run.community,
            row.name,
            floors=row.floors,
            lift=row.lift,
            building_units=row.building_units,
            compound=compound,
            entrance=row.entrance,
        )
        if row.control_level not in (None, ControlLevel.OPEN.value):
            place = Place(compound=compound, building=building)
            batch.set_control_level(self._run.community, place, str(row.control_level))

    def signature(self, row: BuildingRow) -> Signature:
        return (row.building, self._compound(row))

    def recorded(self, fact: BuildingRegistered) -> Signature:
        return (fact.building.key, fact.building.compound)


class _Residents(_Table[ResidentRow]):
    made = ResidentRegistered

    def __init__(self, run: _Import) -> None:
        self._run = run
        self._ours: set[str] = set()
        self._households: dict[str, str] = {}
        self._seen: dict[tuple[object, ...], int] = {}

    def give(self, batch: Batch, row: ResidentRow) -> None:
        found = self._run.locate(row)
        self._refuse_twice(row, found)
        known = self._run.residents_at(found.place, phone=row.phone, where=row.address) - self._ours
        if known:
            raise Refused("resident_exists", "Somebody with this door and phone is registered already.")
        household = None
        if row.household is not None:
            household = self._households.setdefault(row.household, f"h-{self._run.engine.ids()}")
        resident = batch.register_resident(
            self._run.community, found.place, name=row.name, phone=row.phone, door=found.door, household=household
        )
        self._ours.add(resident)
        if row.isolated:
            batch.begin_isolation(self._run.community, resident)
        if row.note:
            self._run.left_out["note"] += 1

    def _refuse_twice(self, row: ResidentRow, found: Found) -> None:
        said = (found, row.name, row.phone, row.household)
        first = self._seen.setdefault(said, row.row)
        if first != row.row:
            raise Refused("resident_exists", "The same person stands in an earlier row.", row=first)

    def signature(self, row: ResidentRow) -> Signature:
        return (self._run.locate(row).place,)

    def recorded(self, fact: ResidentRegistered) -> Signature:
        return (fact.place,)

    def know(self, row: ResidentRow, local: str, fact: ResidentRegistered) -> None:
        self._ours.add(local)
        self._seen.setdefault((self._run.locate(row), row.name, row.phone, row.household), row.row)
        if row.household is not None:
            self._households.setdefault(row.household, fact.household)


class _Responders(_Table[ResponderRow]):
    made = ResponderRegistered

    def __init__(self, run: _Import) -> None:
        self._run = run
        self._seen: dict[tuple[str, str | None, str], int] = {}

    def give(self, batch: Batch, row: ResponderRow) -> None:
        first = self._seen.setdefault((row.name, row.phone, row.role), row.row)
        if first != row.row:
            raise Refused("responder_exists", "The same person stands in an earlier row.", row=first)
        home = self._home(row)
        responder = batch.register_responder(
            self._run.community,
            row.role,
            home=home,
            scope=self._scopes(row) or None,
            capacity=row.capacity or CAPACITY_DEFAULT,
            skills=row.skills,
            resident=self._resident(row, home),
            paper=row.paper,
            name=row.name,
            phone=row.phone,
        )
        if row.isolated:
            batch.isolate_responder(self._run.community, ResponderId(responder))

    def _home(self, row: ResponderRow) -> Place | None:
        return None if row.home is None else self._run.engine.locate(self._run.community, row.home).place

    def _resident(self, row: ResponderRow, home: Place | None) -> ResidentId | None:
        """Return the entry of the same person among the residents, so that nobody is sent to themselves."""
        if home is None or row.phone is None:
            return None
        found = self._run.engine.find_resident(self._run.community, phone=row.phone)
        return found[0] if len(found) == 1 else None

    def _scopes(self, row: ResponderRow) -> tuple[Place, ...]:
        return tuple(place for served in row.scope for place in self._places(served))

    def _places(self, served: ServedPlace) -> Iterator[Place]:
        if served.building is None:
            yield Place()
            return
        building = self._run.building(served.building, served.compound)
        for floor in served.floors or (None,):
            yield building.place(building_unit=served.building_unit, floor=floor)

    def signature(self, row: ResponderRow) -> Signature:
        role = Role(row.role)
        return (role, self._home(row), row.capacity or CAPACITY_DEFAULT, tuple(sorted(set(row.skills))), row.paper)

    def recorded(self, fact: ResponderRegistered) -> Signature:
        return (fact.role, fact.home, fact.capacity, fact.skills, fact.paper)

    def know(self, row: ResponderRow, local: str, fact: ResponderRegistered) -> None:
        self._seen.setdefault((row.name, row.phone, row.role), row.row)


class _Requests(_Table[RequestRow]):
    made = RequestReceived

    def __init__(self, run: _Import) -> None:
        self._run = run
        self._people: dict[tuple[object, ...], ResidentId] = {}
        self._seen: dict[RequestRow, int] = {}
        open_ = run.engine.board_of(run.community).requests.values()
        self._open = {(state.beneficiary, state.kind, state.received_at) for state in open_}

    def give(self, batch: Batch, row: RequestRow) -> None:
        first = self._seen.setdefault(replace(row, row=0), row.row)
        if first != row.row:
            raise Refused("request_exists", "The same request stands in an earlier row.", row=first)
        resident = self._resident(batch, row)
        if (resident, row.kind, row.reported_at) in self._open:
            raise Refused("request_exists", "This request is open already.")
        call: dict[str, Any] = {} if row.reported_at is None else {"occurred_at": row.reported_at}
        batch.open_request(
            self._run.community,
            row.kind,
            beneficiary=resident,
            note=_note(row),
            urgency=row.urgency,
            channel=row.channel or Channel.SHEET,
            needed_by=row.needed_by,
            **call,
        )

    def _resident(self, batch: Batch, row: RequestRow) -> ResidentId:
        """Find the one person at this door (and with this phone, where one is given), or register one."""
        found = self._run.locate(row)
        said = (found, row.phone, row.name if found.door is None else None)
        if said not in self._people:
            known = self._run.residents_at(found.place, phone=row.phone, where=row.address)
            if not known and found.door is not None:
                known = self._run.residents_at(found.place, phone=None, where=row.address)
            self._people[said] = (
                known.pop()
                if len(known) == 1
                else batch.register_resident(
                    self._run.community, found.place, name=row.name, phone=row.phone, door=found.door
                )
            )
        return self._people[said]

    def signature(self, row: RequestRow) -> Signature:
        return (row.kind, self._run.locate(row).place, row.needed_by)

    def recorded(self, fact: RequestReceived) -> Signature:
        return (fact.kind, fact.place, fact.needed_by)

    def know(self, row: RequestRow, local: str, fact: RequestReceived) -> None:
        found = self._run.locate(row)
        self._seen.setdefault(replace(row, row=0), row.row)
        self._people[found, row.phone, row.name if found.door is None else None] = fact.beneficiary


def _note(row: RequestRow) -> str | None:
    """Return the note, and who wrote the row: a name, which only a sealed field may hold."""
    parts = [part for part in (row.note, row.reporter) if part]
    return " — ".join(parts) or None
