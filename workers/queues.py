"""The jobs: everything that a message of the queue may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dispatch import DRAIN_JOB, CorruptHistory, Refused, get_logger

from .station import Station

_log = get_logger(__name__)


def drain(station: Station, community: str) -> None:
    """
    Bring one community to rest.

    The flag goes first: what is recorded after it rings again, what was recorded before it is in the
    log that the drain reads. A drain that gives way before it is done rings for its own rest.

    Raises
    ------
    Unavailable
        The store cannot be reached; the sweeper rings again.
    """
    station.bell.answer(community)
    engine = station.engine()
    try:
        engine.register_of(community)  # a name that nobody registered must not leave a board behind
    except Refused:
        _log.warning("wake_for_nobody")
        return
    except CorruptHistory as damage:
        _log.warning("register_damaged", community=community, code=damage.code)  # the drain parks it
    done = engine.drain(community)
    _log.info(
        "drained",
        community=done.community,
        offers=len(done.offers),
        passes=done.passes,
        unserved=done.unserved,
    )
    if not done.complete:
        station.bell.ring(community)


FUNCTIONS: Mapping[str, Callable[[Station, str], None]] = {DRAIN_JOB: drain}
"""The allow-list. A message that names anything else is refused, whatever could be imported by that name."""
