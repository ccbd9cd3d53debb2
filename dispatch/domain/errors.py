"""
The error tree: four branches, one reaction each.

`Refused` is the caller's to mend, `Conflict` is retried inside, `Unavailable` is retried by the
runner, `CorruptHistory` stops and calls a person. Messages say what, which, expected and what now;
they never carry household details.
"""

from __future__ import annotations

from typing import Any


class DispatchError(Exception):
    """Base of everything this library raises on purpose."""

    code = "dispatch_error"

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class Refused(DispatchError):
    """
    The command is not allowed now; nothing but the refusal is recorded. Do not retry it as it is.

    Attributes
    ----------
    code
        Machine-readable reason; stored with the refusal and worded by the message catalogue.
    fields
        Ids and numbers that the message names.
    """

    code = "refused"

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.code = code


class Unknown(Refused):
    """Something named in a command is not in the log."""

    def __init__(self, what: str, which: str, *, now: str) -> None:
        super().__init__(f"unknown_{what}", f"No {what} {which} in this community. {now}", what=what, which=which)


class Conflict(DispatchError):
    """Somebody else changed the same thing first, more often than the retries allow."""

    code = "conflict"


class Unavailable(DispatchError):
    """The store or a server cannot be reached, is full or is locked; nothing was acknowledged."""

    code = "unavailable"


class CorruptHistory(DispatchError):
    """A stored event is impossible after the state before it: the journal is damaged; stop and call a person."""

    code = "corrupt_history"


def impossible(event: object, state: object) -> CorruptHistory:
    """Return the error for an event that cannot follow `state`."""
    return CorruptHistory(
        f"{type(event).__name__} cannot follow {type(state).__name__}: the journal is damaged here. "
        "Stop writing to this store and run `dispatch doctor`.",
        event=type(event).__name__,
        state=type(state).__name__,
    )
