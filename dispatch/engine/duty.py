"""Verbs about duty: who is there for work, within which limits, with what skills, and who stands in."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from ..domain import absence, duty_orders
from ..domain.duty import Deputy
from ..domain.errors import Refused, Unknown
from ..domain.shift import DutyLimits
from ..domain.values import ResponderId
from ..matching.board import Board
from ..store.journal import Answer
from ..views.handover import HandOverLine, hand_over
from ..views.paper_sheet import PaperSheet, paper_sheet
from .given import about, checked, secondment, term
from .plan import Call
from .registers import Where
from .running import Running


class Duty(Running):
    """One method per verb about who is there for work, and who is not."""

    def drop_out(self, community: str, responder: ResponderId, *, reason: str = "ill", **call: Unpack[Call]) -> Answer:
        """
        Say that a responder cannot serve until they return; it costs nothing (R23).

        Everything open is given back in the same save and shared out anew by the next drain. The first
        event of the answer lists it in `left_open`; so does the responder until the return.
        """
        return self._say(community, about(absence.DropOut, responder=responder, reason=reason), call)

    def return_to_duty(self, community: str, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """Say that a responder who had dropped out, or was called away, serves again."""
        return self._say(community, about(absence.ReturnToDuty, responder=responder), call)

    def set_bell(self, community: str, responder: ResponderId, bell: str | None, **call: Unpack[Call]) -> Answer:
        """Put a responder into a group that is called away together, such as ``fire_station``; `None`: none (R25)."""
        return self._say(community, about(duty_orders.SetBell, responder=responder, bell=bell), call)

    def ring_bell(self, community: str, bell: str, *, reason: str = "called_away", **call: Unpack[Call]) -> Answer:
        """
        Call a whole group away at once: everything of theirs is given back in one save (R25).

        Raises
        ------
        Refused
            ``empty_group``: nobody belongs to it.
        """
        plans = [about(absence.CallAway, responder=who, reason=reason) for who in self._group(community, bell)]
        return self._say_together(community, plans, call)

    def return_group(self, community: str, bell: str, **call: Unpack[Call]) -> Answer:
        """Let a group that was called away serve again."""
        plans = [about(absence.ReturnToDuty, responder=who) for who in self._group(community, bell)]
        return self._say_together(community, plans, call)

    def _group(self, community: str, bell: str) -> list[ResponderId]:
        people = self.board_of(community).responders
        members = [who for who in sorted(people) if people[who].duty.bell == bell and people[who].is_here]
        if not members:
            raise Refused("empty_group", "Nobody belongs to this group. Put its members into it first.", bell=bell)
        return members

    def set_duty_limits(
        self,
        community: str,
        responder: ResponderId,
        limits: DutyLimits | None,
        *,
        reason: str,
        **call: Unpack[Call],
    ) -> Answer:
        """Bound somebody's hours, rest, days in a row and effort a day; `None`: the policy's limits hold (R24)."""
        own = None if limits is None else checked(limits, DutyLimits)
        fields = {"responder": responder, "limits": own, "reason": reason}
        return self._say(community, about(duty_orders.SetDutyLimits, **fields), call)

    def grant_qualification(
        self, community: str, responder: ResponderId, skill: str, *, valid_until: datetime, **call: Unpack[Call]
    ) -> Answer:
        """Record a skill that expires: a course, a driver's daily test (R13, R26)."""
        fields = {"responder": responder, "skill": skill, "valid_until": valid_until}
        return self._say(community, about(duty_orders.GrantQualification, **fields), call)

    def revoke_qualification(self, community: str, responder: ResponderId, skill: str, **call: Unpack[Call]) -> Answer:
        """Take a skill back, dated or not; offers that need it are withdrawn."""
        return self._say(community, about(duty_orders.RevokeQualification, responder=responder, skill=skill), call)

    def set_clearance_expiry(
        self, community: str, responder: ResponderId, *, valid_until: datetime | None, **call: Unpack[Call]
    ) -> Answer:
        """Say when a responder's clearance ends; `None`: it does not."""
        fields = {"responder": responder, "valid_until": valid_until}
        return self._say(community, about(duty_orders.SetClearanceExpiry, **fields), call)

    def acknowledge_briefing(
        self, community: str, responder: ResponderId, version: int, **call: Unpack[Call]
    ) -> Answer:
        """Say that a responder has read a version of the handbook (R26)."""
        return self._say(community, about(duty_orders.AcknowledgeBriefing, responder=responder, version=version), call)

    def second(
        self,
        community: str,
        responder: ResponderId,
        unit: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Record that a unit lends somebody, from now or `since`, for good or `until` (下沉, R22)."""
        lent = secondment(unit, term(since or self.clock(), until))
        said = {"responder": responder, "unit": unit, "since": since, "until": until}
        plan = about(duty_orders.SecondResponder, responder=responder, secondment=lent)
        return self._say(community, plan.saying(said), call)

    def end_secondment(self, community: str, responder: ResponderId, unit: str, **call: Unpack[Call]) -> Answer:
        """End what a unit lends."""
        fields = {"responder": responder, "unit": unit}
        return self._say(community, about(duty_orders.EndSecondment, **fields), call)

    def name_deputy(
        self,
        community: str,
        captain: ResponderId,
        deputy: ResponderId,
        *,
        scope: Where,
        since: datetime | None = None,
        until: datetime | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Let somebody stand in for a captain in one of the captain's places (R18).

        While the captain is out, off duty or isolated, the deputy is asked for what the captain would
        be; and the deputy's deputy, while both cannot.

        Raises
        ------
        Refused
            ``deputy_cycle``, ``own_deputy``, ``deputy_scope``, ``too_many_deputies``.
        """
        place = self.locate(community, scope).place
        named = Deputy(responder=deputy, scope=place, term=term(since or self.clock(), until))
        said = {"captain": captain, "deputy": deputy, "scope": place, "since": since, "until": until}
        plan = about(duty_orders.NameDeputy, responder=captain, deputy=named)
        return self._say(community, plan.saying(said), call)

    def dismiss_deputy(
        self, community: str, captain: ResponderId, deputy: ResponderId, *, scope: Where, **call: Unpack[Call]
    ) -> Answer:
        """Let somebody stand in for a captain no more."""
        fields = {"responder": captain, "deputy": deputy, "scope": self.locate(community, scope).place}
        return self._say(community, about(duty_orders.DismissDeputy, **fields), call)

    def paper_sheet(self, community: str, captain: ResponderId, *, now: datetime | None = None) -> PaperSheet:
        """
        Return what is bound for a captain without a phone, to be printed for the next fixed hour (A2).

        Parameters
        ----------
        now
            Instant from which the next hour is looked for; by default the engine's clock.

        Raises
        ------
        Unknown
            Nobody of this id is on the register.
        Refused
            ``bad_input``: the instant has no time zone, or lies at the end of the calendar.
        """
        at = self._instant(now)
        try:
            return paper_sheet(self._board_with(community, captain), captain, at)
        except OverflowError:
            raise Refused(
                "bad_input", "now: there is no next hour after the year 9999. Correct it.", field="now"
            ) from None

    def hand_over(self, community: str, responder: ResponderId) -> tuple[HandOverLine, ...]:
        """
        Return what somebody left open when they dropped out, and who has it now; while they serve, what they hold.

        Raises
        ------
        Unknown
            Nobody of this id is on the register.
        """
        return hand_over(self._board_with(community, responder), responder)

    def _board_with(self, community: str, responder: ResponderId) -> Board:
        board = self.board_of(community)
        if responder not in board.responders:
            raise Unknown("responder", responder, now="Register the responder first, or correct the id.")
        return board
