"""Verbs about people: isolation, exclusions, joining as a responder, shifts, skills."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Unpack

from ..domain import resident as residents
from ..domain import roster
from ..domain.errors import Refused, Unknown
from ..domain.shift import NO_LIMITS, Shift
from ..domain.values import ControlLevel, Place, ResidentId, ResponderId, Role, Side
from ..store.journal import Answer
from .given import about, codes, one_of, several, shift
from .plan import Call, Plan
from .registers import Registers, Where


class People(Registers):
    """One method per verb about a resident or responder."""

    def begin_isolation(
        self, community: str, resident: ResidentId, *, until: datetime | None = None, **call: Unpack[Call]
    ) -> Answer:
        """
        Record that a resident is isolated at home (居家隔离).

        Parameters
        ----------
        until
            When the isolation ends by itself; said again with another one, the end is moved. Without one a
            person ends it.
        """
        return self._say(community, about(residents.BeginIsolation, resident=resident, until=until), call)

    def end_isolation(self, community: str, resident: ResidentId, **call: Unpack[Call]) -> Answer:
        """Record that a resident's isolation ended."""
        return self._say(community, about(residents.EndIsolation, resident=resident), call)

    def exclude(
        self, community: str, resident: ResidentId, *, responder: ResponderId | None = None, **call: Unpack[Call]
    ) -> Answer:
        """Keep one responder away from a resident, or, naming none, all volunteers of the own building (回避)."""
        if responder is None:
            return self._say(community, about(residents.ExcludeNeighbours, resident=resident), call)
        return self._say(community, about(residents.ExcludeResponder, resident=resident, responder=responder), call)

    def lift_exclusions(self, community: str, resident: ResidentId, **call: Unpack[Call]) -> Answer:
        """End all exclusions of a resident."""
        return self._say(community, about(residents.LiftExclusions, resident=resident), call)

    def register_responder(
        self,
        community: str,
        role: Role | str,
        *,
        home: Where | None = None,
        scope: Where | Iterable[Where] | None = None,
        capacity: int = 12,
        skills: Iterable[str] = (),
        shifts: Iterable[tuple[datetime, datetime]] | None = None,
        clearance: ControlLevel | str = ControlLevel.OPEN,
        resident: ResidentId | None = None,
        paper: bool = False,
        name: str | None = None,
        phone: str | None = None,
        **call: Unpack[Call],
    ) -> ResponderId:
        """
        Let somebody join as a responder; name and phone are sealed.

        Parameters
        ----------
        role
            floor_captain, building_lead, community_worker, cadre, volunteer, driver, medical_staff, counsellor.
        home
            Where they live, if here; tells the side of a control line.
        scope
            The places they serve; by default a floor captain the home floor, a building lead the home
            building, anybody else the whole community.
        capacity
            Effort units they can hold at a time, 1 to 200.
        shifts
            Stretches of duty; by default on duty for 30 days from now, or none where the policy has limits.
        clearance
            The strictest control level they are equipped and authorised to enter.
        resident
            Their own entry in the residents' register, so that they are never sent to themselves.
        paper
            They have no smartphone; their answers come through a lead.

        Raises
        ------
        Refused
            An unknown role, place or skill name, or a value out of range.
        """
        lives = self.locate(community, home).place if home is not None else None
        spans = None if shifts is None else self._shifts(shifts)
        said = {
            "role": role,
            "home": lives,
            "scopes": self._scopes(community, role, scope=scope, home=lives),
            "capacity": capacity,
            "skills": codes(skills, "skills"),
            "shifts": spans,
            "clearance": clearance,
            "resident": resident,
            "paper": paper,
        }
        responder = ResponderId(self._made("r", community, call))
        fields = said | {
            "responder": responder,
            "role": one_of(Role, role, "role"),
            "clearance": one_of(ControlLevel, clearance, "clearance"),
            "shifts": spans if spans is not None else self._month(community),
        }
        personal = {"name": name, "phone": phone}
        plan = Plan(
            roster.RegisterResponder,
            fields,
            said=said | personal,
            subject=responder if name is not None or phone is not None else None,
            personal=personal,
        )
        self._say(community, plan, call)
        return responder

    def _scopes(
        self, community: str, role: Role | str, *, scope: Where | Iterable[Where] | None, home: Place | None
    ) -> tuple[Place, ...]:
        if scope is not None:
            many = [scope] if isinstance(scope, str | Place) else several(scope, "scope")
            return tuple(self.locate(community, where).place for where in many)
        if home is not None and role == Role.FLOOR_CAPTAIN:
            return (home,)
        if home is not None and role == Role.BUILDING_LEAD:
            return (Place(compound=home.compound, building=home.building),)
        return (Place(),)

    def _shifts(self, shifts: Iterable[tuple[datetime, datetime]]) -> tuple[Shift, ...]:
        spans = [several(span, "shifts") for span in several(shifts, "shifts")]
        if any(len(span) != 2 for span in spans):  # noqa: PLR2004 - a beginning and an end
            raise Refused("bad_input", "shifts: each is a pair of instants. Correct it.", field="shifts")
        return tuple(shift(start, end) for start, end in spans)

    def _month(self, community: str) -> tuple[Shift, ...]:
        """Return 30 days of duty; nothing where limits hold, which so long a shift would exceed."""
        now = self.clock()
        with suppress(Unknown):  # a community of this very batch
            if self.register_of(community).policy.duty != NO_LIMITS:
                return ()
        return (shift(now, now + timedelta(days=30)),)

    def plan_shift(
        self,
        community: str,
        responder: ResponderId,
        *,
        starts_at: datetime,
        ends_at: datetime,
        override: str | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Plan a stretch of duty.

        Parameters
        ----------
        override
            Why it may go beyond a limit: a code. Whoever says so is recorded, and is not the responder (R24).

        Raises
        ------
        Refused
            ``beyond_duty_limits`` names the limit; ``override_by_another``.
        """
        stretch = shift(starts_at, ends_at)
        said = {"responder": responder, "shift": stretch} | ({} if override is None else {"override": override})
        return self._say(community, about(roster.PlanShift, **said), call)

    def cancel_shift(
        self, community: str, responder: ResponderId, *, starts_at: datetime, ends_at: datetime, **call: Unpack[Call]
    ) -> Answer:
        """Take a planned stretch of duty back."""
        return self._say(
            community, about(roster.CancelShift, responder=responder, shift=shift(starts_at, ends_at)), call
        )

    def record_side(
        self,
        community: str,
        responder: ResponderId,
        *,
        line: Where,
        side: Side | str,
        stay_until: datetime | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Record on which side of a control line a responder is: inside or outside.

        Parameters
        ----------
        stay_until
            Who goes in may not come out before, while the line is in force; without one the regime says how long.

        Raises
        ------
        Refused
            ``may_not_return_yet``: an earlier crossing forbids to come out.
        """
        place, _ = self._behind(community, line, None)
        fields: dict[str, object] = {"responder": responder, "line": place, "side": one_of(Side, side, "side")}
        if stay_until is not None:
            fields["stay_until"] = stay_until
        return self._say(community, about(roster.RecordSide, **fields), call)

    def isolate_responder(self, community: str, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """Record that a responder is isolated; everything they hold is released at the next drain."""
        return self._say(community, about(roster.IsolateResponder, responder=responder), call)

    def end_responder_isolation(self, community: str, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """Record that a responder may work again."""
        return self._say(community, about(roster.EndResponderIsolation, responder=responder), call)

    def set_capacity(self, community: str, responder: ResponderId, capacity: int, **call: Unpack[Call]) -> Answer:
        """Change how many effort units a responder can hold."""
        return self._say(community, about(roster.SetCapacity, responder=responder, capacity=capacity), call)

    def set_skills(self, community: str, responder: ResponderId, skills: Iterable[str], **call: Unpack[Call]) -> Answer:
        """Change what a responder can do."""
        return self._say(community, about(roster.SetSkills, responder=responder, skills=codes(skills, "skills")), call)

    def set_scope(
        self, community: str, responder: ResponderId, scope: Where | Iterable[Where], **call: Unpack[Call]
    ) -> Answer:
        """Change the places a responder serves."""
        many = [scope] if isinstance(scope, str | Place) else several(scope, "scope")
        places = tuple(self.locate(community, where).place for where in many)
        return self._say(community, about(roster.SetScope, responder=responder, scopes=places), call)

    def set_clearance(
        self, community: str, responder: ResponderId, clearance: ControlLevel | str, **call: Unpack[Call]
    ) -> Answer:
        """Change the strictest control level a responder may enter."""
        level = one_of(ControlLevel, clearance, "clearance")
        return self._say(community, about(roster.SetClearance, responder=responder, clearance=level), call)
