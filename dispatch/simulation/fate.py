"""How people answer and whether they come: the same two meet the same fate whoever dispatches."""

from __future__ import annotations

from enum import StrEnum

from ..domain.values import LegId, ResponderId
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
