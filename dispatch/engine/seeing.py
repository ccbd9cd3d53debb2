"""What a role sees: the own work, the board and the timeline of the places it holds (R33, R34, P4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.errors import Refused
from ..domain.kind import Kind
from ..domain.leg import Taken
from ..domain.values import (
    DESK,
    Actor,
    LegId,
    OfferId,
    Place,
    RequestId,
    ResponderId,
    Role,
    Urgency,
    request_of,
)
from ..matching.board import Board
from ..views import BoardLine, TimelineLine
from .plan import speaker
from .reading import Reading
from .scopes import scopes_seen

RESTRICTED_SEEN_BY = frozenset({Role.COMMUNITY_WORKER, Role.COUNSELLOR})
"""Who sees requests of restricted kinds (counselling, mediation …) besides whoever works on them (R17)."""


@dataclass(frozen=True, slots=True)
class MyLeg:
    """
    One leg that somebody is asked for or has taken, with what they need to know and nothing more.

    Neither note nor name nor door: `reveal` opens those, with a purpose, once the leg is taken.
    """

    request: RequestId
    leg: LegId
    offer: OfferId
    kind: str
    urgency: Urgency
    place: Place
    taken: bool
    due_at: datetime | None
    answer_by: datetime | None
    effort: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one actor may see of a community."""

    board: Board
    actor: Actor
    scopes: tuple[Place, ...]

    def request(self, request: RequestId) -> bool:
        """Tell whether a request is theirs to see: their own, one they work on, or one of their places."""
        state = self.board.requests.get(request)
        if state is None:
            return self.actor.role in DESK | {Role.AUDITOR} and Place() in self.scopes
        me = self.actor.id
        if self.actor.role is Role.RESIDENT:
            return me in (state.beneficiary, state.reporter)
        if any(ask.responder == me for leg in state.legs for ask in leg.asks):
            return True
        if self._is_restricted(state.kind) and self.actor.role not in RESTRICTED_SEEN_BY:
            return False
        return any(scope.contains(state.place) for scope in self.scopes)

    def _is_restricted(self, key: str) -> bool:
        kind: Kind | None = self.board.place_register.catalogue.find(key)
        return kind is None or kind.restricted


class Seeing(Reading):
    """Reading with the eyes of a role."""

    def my_work(self, community: str, *, by: Actor) -> tuple[MyLeg, ...]:
        """
        Return the legs that a responder is asked for or has taken, the most urgent first.

        Raises
        ------
        Refused
            ``role_not_held``: they do not hold the role they speak in.
        """
        seen = self._seen(community, by)
        found: list[MyLeg] = []
        person = seen.board.responders.get(ResponderId(by.id))
        for work in (*person.holds.values(), *person.loads.values()) if person is not None else ():
            request = request_of(work.offer)
            state = seen.board.requests.get(request)
            leg = state.leg_holding(work.offer) if state is not None else None
            if state is None or leg is None:
                continue
            ask = next(ask for ask in leg.asks if ask.offer == work.offer)
            found.append(
                MyLeg(
                    request=request,
                    leg=work.leg,
                    offer=work.offer,
                    kind=state.kind,
                    urgency=state.urgency,
                    place=state.place,
                    taken=isinstance(leg, Taken),
                    due_at=state.due_at,
                    answer_by=None if ask.accepted else ask.answer_by,
                    effort=work.effort,
                )
            )
        return tuple(sorted(found, key=lambda mine: (mine.urgency.rank, mine.leg)))

    def board_for(self, community: str, *, by: Actor) -> tuple[BoardLine, ...]:
        """
        Return the lines of the board that a role may see.

        A captain sees the own floor and a lead the own building; a resident the own requests; restricted kinds
        are for those who work on them and for named roles. An auditor sees ids, which are pseudonyms, and
        may not open what is behind them.

        Raises
        ------
        Refused
            ``role_not_held``: they do not hold the role they speak in.
        """
        seen = self._seen(community, by)
        return tuple(line for line in self.board(community) if seen.request(line.request))

    def timeline_for(self, community: str, request: RequestId, *, by: Actor) -> tuple[TimelineLine, ...]:
        """
        Return what happened to one request, for a role that may see it; errors as `board_for`.

        Raises
        ------
        Refused
            ``not_yours_to_see``.
        """
        if not self._seen(community, by).request(request):
            raise Refused(
                "not_yours_to_see",
                f"{by.id} ({by.role}) may not see request {request}. Ask whoever is responsible for its place.",
                actor=by.id,
                role=str(by.role),
                request=request,
            )
        return self.timeline(community, about=request)

    def _seen(self, community: str, by: Actor) -> _Seen:
        actor = speaker({"by": by}, by)
        board = self.board_of(community)
        return _Seen(board, actor, scopes_seen(board, actor, self.clock()))
