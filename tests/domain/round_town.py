"""A calling round in the town: what is said of it, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.domain.calling import CallOutcome, RecordAttempt, StartRound
from dispatch.domain.calling_round import CallingRound, Item, round_stream
from dispatch.domain.round_visits import OrderVisit, RecordReached
from dispatch.domain.values import SYSTEM, Actor, Command, RequestId, ResidentId, RoundId, Sealed
from tests.domain.given import Given
from tests.domain.town import RIVERSIDE, T0, after, said, town

ROUND = RoundId("l-1")
TONIGHT = after(15 * 60)
"""Midnight in Beijing."""


def note_of(text: str, subject: str = "p-li") -> Sealed:
    """Return a sealed note, whose ciphertext tells which one it is."""
    return Sealed(subject=subject, field="note", command="c-1", nonce="AAAA", ciphertext=text)


def starts(*residents: str, callers: tuple[str, ...] = ("r-cadre",), **fields: Any) -> StartRound:
    """Return the start of a round; by default the cadre rings Li and Wu."""
    shape: dict[str, Any] = {
        "round": ROUND,
        "residents": residents or ("p-li", "p-wu"),
        "callers": callers,
        "visit_kind": "check_in",
        "visit_by": TONIGHT,
        "ends_at": TONIGHT,
    }
    command: StartRound = said(StartRound, **(shape | fields))
    return command


def of_item(kind: type[Command], /, resident: str = "p-li", **fields: Any) -> Any:
    """Return a command about a household of the round, by default said on behalf of the cadre."""
    shape: dict[str, Any] = {"round": ROUND, "resident": resident} | fields
    return said(kind, **shape)


def rings(attempt: int, resident: str = "p-li", *, outcome: CallOutcome = CallOutcome.NO_ANSWER, **fields: Any) -> Any:
    """Return a call that nobody answered."""
    shape: dict[str, Any] = {"attempt": attempt, "outcome": outcome, "on_behalf_of": "r-cadre"}
    return of_item(RecordAttempt, resident, **(shape | fields))


def reaches(attempt: int = 1, resident: str = "p-li", **fields: Any) -> Any:
    """Return a call that was answered: all is well, unless the fields say otherwise."""
    shape: dict[str, Any] = {
        "attempt": attempt,
        "supplies_enough": True,
        "condition_ok": True,
        "on_behalf_of": "r-cadre",
    }
    return of_item(RecordReached, resident, **(shape | fields))


def visits(resident: str = "p-li", *, visit: int = 1, by: Actor = SYSTEM, at: datetime = T0) -> Any:
    """Return the order of a visit."""
    return of_item(OrderVisit, resident, by=by, at=at, visit=visit, reason="no_answer")


def round_of(given: Given) -> CallingRound:
    """Return the round's state."""
    state = given.read(round_stream(RIVERSIDE, ROUND))
    assert isinstance(state, CallingRound)
    return state


def item_of(given: Given, resident: str = "p-li") -> Item:
    """Return the state of a household on the round."""
    return round_of(given).items[ResidentId(resident)]


def visit_of(given: Given, resident: str = "p-li") -> RequestId:
    """Return the request of the last visit ordered."""
    return item_of(given, resident).visits[-1]


def started(*residents: str, **fields: Any) -> Given:
    """Return the town after the round has begun."""
    return town().and_then(starts(*residents, **fields))


def unanswered() -> Given:
    """Return the town after Li was rung twice for nothing and a visit was ordered."""
    return started().and_then(rings(1), rings(2), visits())
