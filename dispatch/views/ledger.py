"""A person's ledger (一人一策台账): everything about one resident in order of time (R29)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..domain.values import Fact, ResidentId, Sealed
from ..store.recorded import Recorded
from .timeline import TimelineLine, line_of, sealed_fields


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """
    One event about a person.

    Attributes
    ----------
    line
        As on the timeline, without anything personal.
    texts
        The personal fields by name, when they were asked for with a purpose; `None` for one whose key is gone.
    """

    line: TimelineLine
    texts: dict[str, str | None] = field(default_factory=dict)


def is_about(event: Recorded, resident: ResidentId, streams: Iterable[str]) -> bool:
    """
    Tell whether an event belongs in a person's ledger.

    Everything of the person's own streams and requests does; of a calling round, what names this very
    person: a round's list names the neighbours too.
    """
    return event.stream in streams or getattr(event.fact, "resident", None) == resident


def ledger_of(events: Iterable[Recorded], open_: Callable[[Sealed], str | None] | None) -> tuple[LedgerLine, ...]:
    """Return events as lines, oldest first; with `open_`, their personal fields beside them."""
    ordered = sorted(events, key=lambda event: event.position)
    return tuple(LedgerLine(line_of(event), _texts(event.fact, open_)) for event in ordered)


def _texts(fact: Fact, open_: Callable[[Sealed], str | None] | None) -> dict[str, str | None]:
    if open_ is None:
        return {}
    values = {name: getattr(fact, name) for name in sorted(sealed_fields(type(fact)))}
    return {name: open_(value) for name, value in values.items() if isinstance(value, Sealed)}
