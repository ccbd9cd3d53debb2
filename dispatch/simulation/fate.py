"""How people answer and whether they come: the same two meet the same fate whoever dispatches."""

from __future__ import annotations

from enum import StrEnum

from ..domain.responder import Responder
from ..domain.values import LegId, Place, ResponderId
from .draws import PERMILLE, Draws
from .fitted import Fitted

SOONEST_S = 2
"""Nobody answers faster."""


class Reply(StrEnum):
    """What becomes of an offer or assignment."""

    GOES = "goes"
    DECLINES = "declines"
    SILENT = "silent"
    NO_SHOW = "no_show"


class Fate:
    """
    What a seed has in store for each pair of a leg and a responder.

    Parameters
    ----------
    draws
        The seed.
    fitted
        How often, and how fast.
    """

    def __init__(self, draws: Draws, fitted: Fitted) -> None:
        self._draws = draws
        self._fitted = fitted

    def reply(self, leg: LegId, responder: ResponderId) -> Reply:
        """Return how somebody answers when asked for a leg; asked again, they answer alike."""
        share = self._draws.number("reply", leg, responder, among=PERMILLE)
        fitted = self._fitted
        for chance, reply in (
            (fitted.silent, Reply.SILENT),
            (fitted.declined, Reply.DECLINES),
            (fitted.no_show, Reply.NO_SHOW),
        ):
            if share < chance:
                return reply
            share -= chance
        return Reply.GOES

    def answer_s(self, leg: LegId, responder: ResponderId) -> int:
        """Return the seconds until they answer."""
        return max(SOONEST_S, self._draws.quantile(self._fitted.answer_s, "answer", leg, responder))

    def way_s(self, person: Responder, place: Place) -> int:
        """Return the seconds that somebody takes to a door."""
        return self._fitted.way_s[_distance(person, place)]


def _distance(person: Responder, place: Place) -> int:
    """Return 0 for somebody of the same floor, 1 building, 2 compound, 3 elsewhere; who has no home is at a post."""
    starts = [person.home] if person.home is not None else list(person.scopes)
    if any(start.building == place.building and start.floor == place.floor for start in starts if start.floor):
        return 0
    if any(start.building == place.building for start in starts if start.building):
        return 1
    return 2 if any(start.compound == place.compound for start in starts if start.compound) else 3
