"""Small days for the tests of the simulation, and every command of one as rows of a log."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dispatch.audit.invariants import Checker
from dispatch.domain.values import Command
from dispatch.simulation import SCENARIOS, GeneratedDay, fitted
from dispatch.simulation.world import Happened
from dispatch.store.codec import TOPICS
from dispatch.store.recorded import Meta
from dispatch.store.recorders import Row


def day(requests: int = 60, responders: int = 6, *, limit: int | None = None) -> GeneratedDay:
    """Return a crowded day of ten hours with few people."""
    scenario = replace(SCENARIOS["overload"], requests=requests, responders=responders)
    return GeneratedDay(scenario, fitted(), limit)


class Kept:
    """Writes down, as rows of a log, what a simulation tells; checks the invariants on the way."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._versions: dict[str, int] = {}
        self._checker = Checker()

    def __call__(self, command: Command, events: Sequence[Happened]) -> None:
        """Take what one command changed."""
        actor = command.actor
        for index, event in enumerate(events):
            meta = Meta(
                command=f"c-{events[0].position}",
                index=index,
                actor=actor.id,
                role=actor.role,
                via=actor.via,
                on_behalf_of=command.on_behalf_of,
                occurred_at=command.at,
                recorded_at=command.at,
            )
            version = self._versions[event.stream] = self._versions.get(event.stream, 0) + 1
            state = TOPICS.encode(meta, event.fact)
            self.rows.append(Row(event.position, event.stream, version, event.fact.TOPIC, state))
            self._checker.take(self.rows[-1])

    @property
    def violations(self) -> tuple[object, ...]:
        """Where an invariant does not hold."""
        self._checker.settle()
        return self._checker.found


CALL = {
    "Incident Number": "20041901",
    "Call Type": "Medical Incident",
    "Station Area": "32",
    "Box": "5633",
    "Original Priority": "3",
    "Final Priority": "3",
    "Received DtTm": "04/07/2020 08:53:08 PM",
    "Entry DtTm": "04/07/2020 08:55:30 PM",
    "Dispatch DtTm": "04/07/2020 08:55:56 PM",
    "Response DtTm": "04/07/2020 08:58:22 PM",
    "On Scene DtTm": "04/07/2020 09:00:00 PM",
    "Transport DtTm": "",
    "Hospital DtTm": "",
    "Available DtTm": "04/07/2020 09:15:40 PM",
}


def calls(folder: Path, *changes: Mapping[str, str]) -> Path:
    """Write calls, each as `CALL` with changes."""
    return _written(folder / "calls.csv", [CALL | dict(change) for change in changes], list(CALL))


def blocks(folder: Path, *floors: int) -> Path:
    """Write residential blocks of so many floors."""
    rows = [{"residential": "Y", "max_floor_lvl": str(count)} for count in floors]
    return _written(folder / "blocks.csv", rows, ["residential", "max_floor_lvl"])


def _written(path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path
