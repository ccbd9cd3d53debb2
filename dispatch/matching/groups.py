"""Everybody in groups whom no hard rule can tell apart, and by where they live; kept up as people change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ..domain.values import BuildingId, ResidentId, ResponderId
from .board import differing
from .roll import Token

K = TypeVar("K")


class Groups:
    """
    Groups by number.

    Attributes
    ----------
    of
        The group of everybody.
    members
        Who is in each group; not empty.
    by_home, as_resident
        Who lives in a building, and who is a resident with an entry of their own.
    """

    def __init__(self) -> None:
        self._given: object = None
        self._begin()

    def _begin(self) -> None:
        self._tokens: Mapping[ResponderId, Token] = {}
        self.of: dict[ResponderId, int] = {}
        self.members: dict[int, dict[ResponderId, None]] = {}
        self.by_home: dict[BuildingId, dict[ResponderId, None]] = {}
        self.as_resident: dict[ResidentId, dict[ResponderId, None]] = {}

    def turn(
        self, given: object, tokens: Mapping[ResponderId, Token], number: Callable[[ResponderId, Token], int]
    ) -> None:
        """
        Take in everybody of a run.

        Parameters
        ----------
        given
            What all numbers depend on: with another one everybody is numbered anew.
        number
            Tells the number of somebody's group.
        """
        if given != self._given:
            self._begin()
            self._given = given
        for responder in sorted(differing(self._tokens, tokens)):
            was, now = self._tokens.get(responder), tokens.get(responder)
            if was is not None:
                _leave(self.members, self.of.pop(responder), responder)
                self._move_out(responder, was)
            if now is not None:
                self.of[responder] = number(responder, now)
                self.members.setdefault(self.of[responder], {})[responder] = None
                self._move_in(responder, now)
        self._tokens = tokens

    def _move_in(self, responder: ResponderId, token: Token) -> None:
        home, resident = token.state.home, token.state.resident
        if home is not None and home.building is not None:
            self.by_home.setdefault(home.building, {})[responder] = None
        if resident is not None:
            self.as_resident.setdefault(resident, {})[responder] = None

    def _move_out(self, responder: ResponderId, token: Token) -> None:
        home, resident = token.state.home, token.state.resident
        if home is not None and home.building is not None:
            _leave(self.by_home, home.building, responder)
        if resident is not None:
            _leave(self.as_resident, resident, responder)


def _leave(names: dict[K, dict[ResponderId, None]], key: K, responder: ResponderId) -> None:
    del names[key][responder]
    if not names[key]:
        del names[key]
