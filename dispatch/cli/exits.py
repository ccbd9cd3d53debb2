"""What the exit code of the command says to a script."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; `help.exit.*` of the catalogue words them, and the how-to has them in one table."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    DAMAGED = 5
    NOT_IMPORTED = 6
    UNFORESEEN = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141
