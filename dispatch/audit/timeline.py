"""The timeline read from the log itself, for an auditor who trusts no view."""

from __future__ import annotations

from datetime import datetime

from ..domain.values import request_of
from ..store.codec import TOPICS
from ..views import TimelineLine, line_of
from .log import Log


def timeline(
    log: Log, community: str, *, about: str | None = None, at: int | datetime | None = None
) -> tuple[TimelineLine, ...]:
    """
    Return what happened in a community, oldest first, ready to be worded.

    Parameters
    ----------
    about
        Id of a request (or of a leg or offer of it), a responder or a resident; everything without one.
    at
        As it was known at a position or an instant; now by default.

    Raises
    ------
    Undecodable
        A row is damaged; the error names it.
    """
    wanted = None if about is None else request_of(about)
    rows = log.rows(lte=log.end(at), community=community)
    lines = (line_of(TOPICS.decode(row)) for row in rows)
    return tuple(line for line in lines if wanted is None or wanted in line.about)
