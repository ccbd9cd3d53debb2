"""A community's register: compounds, buildings, residents, responders, in this order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..domain.errors import Refused
from ..domain.finding import Found, find_building
from ..domain.responder import Departed, Departing
from ..domain.values import Actor, CompoundId, ControlLevel, Place, ResidentId, ResponderId
from ..engine import Dispatch
from ..engine.batch import Batch
from ..sheets import BuildingRow, ResidentRow, ResponderRow, ServedPlace, read_register
from .chunks import Chunks, Progress, joined, row_text
from .report import ImportReport

CAPACITY_DEFAULT = 12
BY_IMPORT = "yes"


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
        CSV (UTF-8 or GB18030) or xlsx.
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
    chunks = Chunks(engine, community, path=path, by=by, progress=progress, total=len(read.rows))
    buildings = [row for row in read.rows if isinstance(row, BuildingRow)]
    _compounds(chunks, buildings)
    chunks.take(buildings, _Buildings(chunks))
    chunks.take([row for row in read.rows if isinstance(row, ResidentRow)], _Residents(chunks))
    chunks.take([row for row in read.rows if isinstance(row, ResponderRow)], _Responders(chunks))
    return chunks.report(read)


def _compounds(chunks: Chunks, rows: Iterable[BuildingRow]) -> None:
    """Register the compounds that the buildings name and the register lacks."""
    known = set(chunks.register.compounds.values())
    for name in dict.fromkeys(row.compound for row in rows if row.compound is not None):
        if name in known:
            continue
        try:
            chunks.engine.register_compound(chunks.community, name, by=chunks.by)
        except Refused:
            continue  # its buildings are refused for want of it, row by row
        chunks.imported["compounds"] += 1


class _Buildings:
    name = "buildings"

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks

    def is_known(self, row: BuildingRow) -> bool:
        key = (self._compound(row), row.building)
        building = self._chunks.register.by_key.get(key)
        if building is None:
            return False
        known = self._chunks.register.buildings[building]
        said = (row.floors, row.building_units, row.entrance, row.lift)
        return said == (known.floors, known.building_units, known.entrance, known.lift)

    def give(self, batch: Batch, row: BuildingRow) -> None:
        compound = self._compound(row)
        building = batch.register_building(
            self._chunks.community,
            row.name,
            floors=row.floors,
            lift=row.lift,
            building_units=row.building_units,
            compound=compound,
            entrance=row.entrance,
        )
        if row.control_level not in (None, ControlLevel.OPEN.value):
            place = Place(compound=compound, building=building)
            batch.set_control_level(self._chunks.community, place, str(row.control_level))

    def _compound(self, row: BuildingRow) -> CompoundId | None:
        if row.compound is None:
            return None
        known = self._chunks.register.compounds.items()
        found = next((compound for compound, name in known if name == row.compound), None)
        if found is None:
            raise Refused("unknown_compound", "The compound could not be registered. Correct its name.")
        return found


class _Residents:
    name = "residents"

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._seen: dict[str, int] = {}
        self._households: dict[str, str] = {}

    def is_known(self, row: ResidentRow) -> bool:
        found = self._chunks.locate(row)
        known = [who for who in self._chunks.find(row=row_text(row)) if self._chunks.lives_at(who, found.place)]
        if not known:
            return False
        self._seen.setdefault(_person(row, found), row.row)
        if row.household is not None:
            state = self._chunks.engine.resident(self._chunks.community, ResidentId(known[0]))
            self._households.setdefault(row.household, state.household)
        return True

    def give(self, batch: Batch, row: ResidentRow) -> None:
        found = self._chunks.locate(row)
        self._refuse_twice(row, found)
        household = None
        if row.household is not None:
            household = self._households.setdefault(row.household, f"h-{self._chunks.engine.ids()}")
        resident = batch.register_resident(
            self._chunks.community, found.place, name=row.name, phone=row.phone, door=found.door, household=household
        )
        self._chunks.remember(resident, row=row_text(row), person=_person(row, found), imported=BY_IMPORT)
        if row.isolated:
            batch.begin_isolation(self._chunks.community, resident)
        if row.note:
            self._chunks.left_out["note"] += 1

    def _refuse_twice(self, row: ResidentRow, found: Found) -> None:
        """Refuse a person of an earlier row, import or request; of a household each member counts."""
        person = _person(row, found)
        first = self._seen.setdefault(person, row.row)
        if first != row.row:
            raise Refused("same_row", "The same person stands in an earlier row.", row=first)
        same = [who for who in self._chunks.find(person=person) if self._chunks.lives_at(who, found.place)]
        if row.phone is not None and found.door is not None:
            at_door = self._chunks.residents_at(found, phone=row.phone, where=row.address)
            same += [who for who in at_door if who not in self._chunks.find(imported=BY_IMPORT)]
        if same:
            raise Refused("resident_exists", "This person is registered already.", resident=same[0])


def _person(row: ResidentRow, found: Found) -> str:
    return joined(found.place.model_dump_json(), found.door, row.name, row.phone, row.household)


class _Responders:
    name = "responders"

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._seen: dict[str, int] = {}

    def is_known(self, row: ResponderRow) -> bool:
        known = any(self._serves(who) for who in self._chunks.find(row=row_text(row)))
        if known:
            self._seen.setdefault(joined(row.role, row.name, row.phone), row.row)
        return known

    def give(self, batch: Batch, row: ResponderRow) -> None:
        person = joined(row.role, row.name, row.phone)
        first = self._seen.setdefault(person, row.row)
        if first != row.row:
            raise Refused("same_row", "The same person stands in an earlier row.", row=first)
        same = [who for who in self._chunks.find(person=person) if self._serves(who)]
        if same:
            raise Refused("responder_exists", "This person is a responder already.", responder=same[0])
        responder = batch.register_responder(
            self._chunks.community,
            row.role,
            home=self._home(row),
            scope=tuple(place for served in row.scope for place in self._places(served)) or None,
            capacity=row.capacity or CAPACITY_DEFAULT,
            skills=row.skills,
            resident=self._resident(row),
            paper=row.paper,
            name=row.name,
            phone=row.phone,
        )
        self._chunks.remember(responder, row=row_text(row), person=person)
        if row.isolated:
            batch.isolate_responder(self._chunks.community, responder)

    def _serves(self, who: str) -> bool:
        try:
            state = self._chunks.engine.responder(self._chunks.community, ResponderId(who))
        except Refused:
            return False
        return not isinstance(state, Departing | Departed)

    def _home(self, row: ResponderRow) -> Place | None:
        return None if row.home is None else self._chunks.engine.locate(self._chunks.community, row.home).place

    def _resident(self, row: ResponderRow) -> ResidentId | None:
        """Return the entry of the same person among the residents, so that nobody is sent to themselves."""
        if row.phone is None:
            return None
        found = self._chunks.engine.find_resident(self._chunks.community, phone=row.phone)
        return found[0] if len(found) == 1 else None

    def _places(self, served: ServedPlace) -> Iterator[Place]:
        if served.building is None:
            yield Place()
            return
        building = find_building(self._chunks.register, served.building, compound=served.compound)
        for floor in served.floors or (None,):
            yield building.place(building_unit=served.building_unit, floor=floor)
