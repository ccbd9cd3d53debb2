"""A list of households to be rung, from a community's own spreadsheet (R14): rows become ids of people it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.errors import Refused
from ..domain.values import HouseholdId, ResidentId
from ..engine import Dispatch
from ..sheets import ResidentRow, read_register


@dataclass(frozen=True, slots=True)
class DueList:
    """
    Whom a sheet names, one person of each household, in its order.

    `not_found` are the numbers of rows that name nobody in the register, or that cannot be read.
    """

    residents: tuple[ResidentId, ...]
    not_found: tuple[int, ...]


def read_due_list(engine: Dispatch, community: str, path: Path | str) -> DueList:
    """
    Read whom to ring from a sheet with the columns of a residents' register: phone, or address with a door.

    Nothing is registered and nobody's data are opened: people are found by the keyed index.

    Raises
    ------
    SheetError
        The file cannot be read, or holds no such table.
    """
    read = read_register(path)
    found: dict[HouseholdId, ResidentId] = {}
    lost = [row.row_number for row in read.rejected]
    for row in read.rows:
        if not isinstance(row, ResidentRow):
            continue
        who = _named(engine, community, row)
        if who is None:
            lost.append(row.row)
        else:
            found.setdefault(engine.resident(community, who).household, who)
    return DueList(tuple(found.values()), tuple(sorted(lost)))


def _named(engine: Dispatch, community: str, row: ResidentRow) -> ResidentId | None:
    """Return who is registered with the phone, else at the door, the first one by id; nobody is guessed."""
    where: Any = row.address
    asked: list[dict[str, Any]] = [{"phone": row.phone}] if row.phone else []
    for wanted in (*asked, {"where": where}):
        try:
            people = engine.find_resident(community, **wanted)
        except Refused:
            continue
        if people:
            return min(people)
    return None
