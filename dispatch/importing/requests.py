"""Requests for help, each for the person at its door."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.errors import Refused
from ..domain.values import Actor, Channel, ResidentId
from ..engine import Dispatch
from ..engine.batch import Batch
from ..sheets import RequestRow, read_requests
from .chunks import Chunks, Progress, row_text
from .report import ImportReport


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
    chunks = Chunks(engine, community, path=path, by=by, progress=progress, total=len(read.rows))
    chunks.take(list(read.rows), _Requests(chunks))
    return chunks.report(read)


class _Requests:
    name = "requests"

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._people: dict[tuple[object, ...], ResidentId] = {}
        self._seen: dict[str, int] = {}

    def is_known(self, row: RequestRow) -> bool:
        text = row_text(row)
        known = any(self._asked(who, row) for who in self._chunks.find(**{_kind(text): text}))
        if known:
            self._seen.setdefault(text, row.row)
        return known

    def _asked(self, who: str, row: RequestRow) -> bool:
        """Tell whether the log has this request: a remembered row may have been refused."""
        lines = self._chunks.engine.timeline(self._chunks.community, about=who)
        return any(
            line.topic == "request.received"
            and line.params["kind"] == row.kind
            and line.params["needed_by"] == row.needed_by
            and row.reported_at in (None, line.params["received_at"])
            for line in lines
        )

    def give(self, batch: Batch, row: RequestRow) -> None:
        text = row_text(row)
        first = self._seen.setdefault(text, row.row)
        if first != row.row:
            raise Refused("same_row", "The same request stands in an earlier row.", row=first)
        resident = self._beneficiary(batch, row)
        call: dict[str, Any] = {} if row.reported_at is None else {"occurred_at": row.reported_at}
        batch.open_request(
            self._chunks.community,
            row.kind,
            beneficiary=resident,
            note=_note(row),
            urgency=row.urgency,
            channel=row.channel or Channel.SHEET,
            needed_by=row.needed_by,
            **call,
        )
        self._chunks.remember(resident, **{_kind(text): text})

    def _beneficiary(self, batch: Batch, row: RequestRow) -> ResidentId:
        """Find the one person at this door (and with this phone, where one is given), or register one."""
        found = self._chunks.locate(row)
        said = (found, row.phone, row.name)
        if said not in self._people:
            known = self._chunks.residents_at(found, phone=row.phone, where=row.address)
            if not known and row.phone is not None and found.door is not None:
                known = self._chunks.residents_at(found, phone=None, where=row.address)
            self._people[said] = (
                known.pop()
                if len(known) == 1
                else batch.register_resident(
                    self._chunks.community, found.place, name=row.name, phone=row.phone, door=found.door
                )
            )
        return self._people[said]


def _kind(text: str) -> str:
    """Return under which kind a row is remembered: one person may have many."""
    return f"request {hashlib.sha256(text.encode()).hexdigest()}"


def _note(row: RequestRow) -> str | None:
    """Return the note, and who wrote the row: a name, which only a sealed field may hold."""
    return " — ".join(part for part in (row.note, row.reporter) if part) or None
