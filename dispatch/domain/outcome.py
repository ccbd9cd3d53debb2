"""
Outcome: what became of a leg, as a closed list of codes.

Somebody who was there says which one it was. Codes that are not in the list any more stay readable:
events keep a code, and only what is reported from now on is checked.
"""

from __future__ import annotations

from enum import StrEnum

from .errors import Refused


class Outcome(StrEnum):
    """
    How a leg ended (requirements part B, after two systems that had learned to tell these apart).

    The first half says that it was done, the second why it was not; `partly_found` and
    `done_by_others` are said of both.
    """

    SUCCESS = "success"
    """Done as asked."""
    HANDED_OVER = "handed_over"
    """Given to the person in hand."""
    LEFT_THERE = "left_there"
    """Put down where it was to go, nobody present."""
    LEFT_AT_DOOR = "left_at_door"
    LEFT_ON_SHELF = "left_on_shelf"
    LEFT_AT_GATE = "left_at_gate"
    PICKED_UP = "picked_up"
    """The person fetched it themselves."""
    DELIVERED = "delivered"
    PARTLY_FOUND = "partly_found"
    """Some of it could be had."""
    DONE_BY_OTHERS = "done_by_others"
    """Somebody else had done it already."""

    NOT_FOUND = "not_found"
    """It could not be had anywhere that was tried."""
    NOT_HOME = "not_home"
    """Nobody opened, and nobody is known to be in danger."""
    NO_ANSWER = "no_answer"
    """The telephone rang and nobody took it."""
    UNRESPONSIVE = "unresponsive"
    """Neither telephone nor door, several times."""
    BAD_ADDRESS = "bad_address"
    """The place does not exist, or the person does not live there."""
    DOES_NOT_WANT = "does_not_want"
    """The person does not want this any more."""
    NO_HELP_WANTED = "no_help_wanted"
    """The person wants no help at all."""
    REFUSED = "refused"
    """The person refused it at the door."""
    NOT_READY = "not_ready"
    """The person, or the goods, were not ready in time."""
    MISSING = "missing"
    """What was to be brought is not where it should be."""
    DAMAGED = "damaged"
    OUT_OF_SCOPE = "out_of_scope"
    """This is not what such a request is for."""
    DUPLICATE = "duplicate"
    """It had been asked for, and done, under another request."""
    EMERGENCY_CALLED = "emergency_called"
    """An ambulance or the police took over."""


_EITHER = frozenset({Outcome.PARTLY_FOUND, Outcome.DONE_BY_OTHERS})
COMPLETING = _EITHER | {
    Outcome.SUCCESS,
    Outcome.HANDED_OVER,
    Outcome.LEFT_THERE,
    Outcome.LEFT_AT_DOOR,
    Outcome.LEFT_ON_SHELF,
    Outcome.LEFT_AT_GATE,
    Outcome.PICKED_UP,
    Outcome.DELIVERED,
}
"""What a finished leg may have come to."""

FAILING = _EITHER | (frozenset(Outcome) - COMPLETING)
"""Why a leg may have failed."""


def check_outcome(code: str, *, done: bool) -> None:
    """
    Refuse an outcome that says something else than the report does.

    Parameters
    ----------
    done
        Whether the leg is reported finished or failed.

    Raises
    ------
    Refused
        ``bad_outcome``; the message lists what may be said.
    """
    allowed = COMPLETING if done else FAILING
    if code not in allowed:
        what = "finished" if done else "failed"
        raise Refused(
            "bad_outcome",
            f"A leg is not {what} with this outcome. Choose one of: {', '.join(sorted(allowed))}.",
            outcome=code,
        )
