"""The storage library's errors, as the errors that callers of this house know how to meet."""

from __future__ import annotations

from typing import Final

from eventsourcing.persistence import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)

from ..domain.errors import CorruptHistory, DispatchError, Unavailable

_AWAY: Final = (OperationalError, InterfaceError, InternalError)


class Outage:
    """
    Turns the errors of a store into `Unavailable` or `CorruptHistory` at the end of a ``with`` block.

    What is neither, a call that can never succeed, goes through as it is: it is a defect of the
    program, and retrying would hide it.

    Parameters
    ----------
    away
        What to say when the store cannot be reached or written now.
    """

    __slots__ = ("_away",)

    def __init__(self, away: str) -> None:
        self._away = away

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, DispatchError):
            return
        if isinstance(error, _AWAY):
            raise Unavailable(self._away, reason=type(error).__name__) from error
        if isinstance(error, IntegrityError) or type(error) is DatabaseError:
            raise CorruptHistory(
                "The store contradicts itself or is damaged. Stop writing to it and run `dispatch doctor`.",
                reason=type(error).__name__,
            ) from error


LOG: Final = Outage(
    "The store cannot be reached or written now (unreachable, full or locked). Mend it and send the command "
    "again with the same id: should it be stored already, its first answer comes back."
)
