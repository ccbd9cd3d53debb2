"""Verbs about control levels: setting and lifting with the list of the wrong side, regimes, what holds where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from ..domain import control_order, wrong_side
from ..domain.access import gear_for, planned_minutes
from ..domain.control import Control
from ..domain.regime import LevelRule, Regime
from ..domain.values import ControlLevel, OfferId, Place, RequestId, ResidentId, ResponderId, WrongSideId
from ..domain.wrong_side import WrongSide, WrongSideList
from ..matching import strays
from ..matching.demand import entered_by
from ..store.journal import Answer
from .given import about, checked, local_id
from .plan import Call, community_id, instant
from .reading import Reading
from .registers import Where


@dataclass(frozen=True, slots=True)
class ControlAnswer(Answer):
    """
    What became of a change of control.

    Attributes
    ----------
    wrong_side
        People, work and goods that are on the wrong side of a line when it takes effect, as far as is
        known now. The next drain takes the work back and records the list.
    """

    wrong_side: WrongSide = WrongSide()  # noqa: RUF009 - it is frozen


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What somebody who is asked for a leg, or does it, puts on, and how long all of it is planned to take.

    Attributes
    ----------
    pieces
        What is worn; nothing when no line is crossed.
    gear_minutes
        Minutes of putting it on: 0 when they go behind the same line in gear already (R21).
    minutes
        Minutes of the leg, those of the gear included.
    """

    leg: str
    offer: OfferId
    responder: ResponderId
    pieces: tuple[str, ...]
    gear_minutes: int
    minutes: int


class Controls(Reading):
    """One method per verb; the register's own verbs of control answer with more than what they recorded."""

    def set_control_level(
        self,
        community: str,
        where: Where | None,
        level: ControlLevel | str,
        *,
        household_of: ResidentId | None = None,
        effective_from: datetime | None = None,
        until: datetime | None = None,
        reason: str = "ordered",
        **call: Unpack[Call],
    ) -> ControlAnswer:
        """
        Set the control level of a place (封控、管控、防范、临时管控、围合); answered with the wrong side.

        Parameters
        ----------
        where
            Compound, building, stairwell, floor or door of a resident, or `Place()` for the whole community.
        household_of
            Instead: the door of this resident.
        effective_from
            Now by default; may lie ahead.
        until
            When it ends by itself; without one it replaces the level of that place.

        Raises
        ------
        Refused
            ``nobody_behind_the_door``: an address with a door at which no resident is registered, or more
            than one household.
        """
        answer = super().set_control_level(
            community,
            where,
            level,
            household_of=household_of,
            effective_from=effective_from,
            until=until,
            reason=reason,
            **call,
        )
        return self._with_wrong_side(community, answer, effective_from)

    def lift_control_level(
        self,
        community: str,
        where: Where | None = None,
        *,
        household_of: ResidentId | None = None,
        effective_from: datetime | None = None,
        **call: Unpack[Call],
    ) -> ControlAnswer:
        """End every control of a place (解封); answered with who is on the wrong side of the lines that stay."""
        answer = super().lift_control_level(
            community, where, household_of=household_of, effective_from=effective_from, **call
        )
        return self._with_wrong_side(community, answer, effective_from)

    def _with_wrong_side(self, community: str, answer: Answer, effective_from: datetime | None) -> ControlAnswer:
        at = max(answer.recorded_at, effective_from or answer.recorded_at)
        found = strays.wrong_side(self.board_of(community), at)
        return ControlAnswer(answer.command_id, answer.events, answer.recorded_at, answer.repeated, found)

    def wrong_side(self, community: str, at: datetime | None = None) -> WrongSide:
        """Return who and what is on the wrong side of a control line: now, or at an instant as far as is known."""
        return strays.wrong_side(self.board_of(community), self.clock() if at is None else instant(at, "at"))

    def wrong_side_lists(self, community: str) -> dict[WrongSideId, WrongSideList]:
        """Return the lists that nobody has acknowledged, the oldest change first."""
        lists = self.board_of(community).all("strays").items()
        open_lists = [(state.changed_at, WrongSideId(name), state) for name, state in lists if state.is_open]
        return {name: state for _, name, state in sorted(open_lists, key=lambda one: one[:2])}

    def wrong_side_list(self, community: str, which: WrongSideId) -> WrongSideList:
        """Return what one change listed, and who took note of it."""
        here = community_id(community)
        stream = wrong_side.wrong_side_stream
        return wrong_side.known(self._reader(None), here, local_id(stream, here, which))

    def acknowledge_wrong_side(self, community: str, which: WrongSideId, **call: Unpack[Call]) -> Answer:
        """Take note of a list and see to it; the first one does, and the log says who."""
        return self._say(community, about(wrong_side.AcknowledgeWrongSide, strays=which), call)

    def adopt_regime(self, community: str, regime: Regime, **call: Unpack[Call]) -> Answer:
        """Adopt what control levels mean: points, crossings, gear, stays; the version must rise."""
        return self._say(community, about(control_order.AdoptRegime, regime=checked(regime, Regime)), call)

    def control_levels(self, community: str, at: datetime | None = None) -> tuple[Control, ...]:
        """Return what holds now, or at an instant, from the largest place to the smallest."""
        when = self.clock() if at is None else instant(at, "at")
        active = [control for control in self.register_of(community).controls if control.is_active(when)]
        return tuple(sorted(active, key=lambda c: (c.place.depth, c.place.model_dump_json(), c.effective_from)))

    def level_rules(self, community: str) -> tuple[LevelRule, ...]:
        """Return what each control level means in a community, from the freest to the strictest."""
        return self.register_of(community).regime.rules

    def rules_at(self, community: str, where: Where, at: datetime | None = None) -> tuple[tuple[Place, LevelRule], ...]:
        """Return every line around a place, from the outermost in, with what its level means there."""
        place = self.locate(community, where).place
        regime = self.register_of(community).regime
        return tuple(
            (control.place, regime.of(control.level))
            for control in self.control_levels(community, at)
            if control.place.contains(place)
        )

    def entries(self, community: str, request: RequestId, at: datetime | None = None) -> tuple[Entry, ...]:
        """Return what everybody who holds a leg of a request puts on, and how long they are planned to take (R21)."""
        state = self.request(community, request)
        board, when = self.board_of(community), self.clock() if at is None else instant(at, "at")
        found: list[Entry] = []
        for leg in state.legs:
            for ask in leg.asks:
                person = board.responders[ask.responder]
                gear = gear_for(board.place_register, person, leg.plan, place=state.place, at=when)
                entered = entered_by(board, ask.responder, when, apart_from=ask.offer)
                minutes = planned_minutes(leg.plan, gear, entered=entered)
                pieces = gear.pieces if gear is not None else ()
                dressing = minutes - leg.plan.minutes
                found.append(Entry(leg.plan.name, ask.offer, ask.responder, pieces, dressing, minutes))
        return tuple(found)
