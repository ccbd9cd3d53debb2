"""Verbs about a person's care: vulnerability flags, case plan, ledger; the map of isolated households."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Unpack

from ..domain import case_plan
from ..domain.care import Vulnerability
from ..domain.case_plan import CasePlan, plan_stream
from ..domain.errors import Refused
from ..domain.resident import AccessPersonalData
from ..domain.values import DESK, ResidentId, ResponderId, Role, Stream, resident_stream
from ..store.journal import Answer
from ..store.recorded import Recorded
from ..views.ledger import LedgerLine, is_about, ledger_of
from ..views.residents_map import MapLine, isolated_map, map_detail
from .flags import Flags
from .given import about, codes, local_id
from .plan import Call, Plan, community_id, speaker
from .reading import Reading
from .scopes import check_sees, scopes_seen

LEDGER_MAX = 10_000


class Care(Reading, Flags):
    """One method per verb."""

    def flags(
        self, community: str, resident: ResidentId, *, purpose: str, **call: Unpack[Call]
    ) -> tuple[Vulnerability, ...]:
        """
        Open the list of flags for a purpose; the reading is recorded first.

        Raises
        ------
        Refused
            Who asks is neither of the desk nor this resident, or the data are erased.
        """
        here = community_id(community)
        self._say(here, about(AccessPersonalData, resident=resident, fields=("flags",), purpose=purpose), call)
        sealed = self.resident(here, resident).flags
        opened = self.sealer.open(here, sealed) if sealed is not None else None
        return tuple(Vulnerability(flag) for flag in (opened or "").split(",") if flag)

    def open_plan(
        self,
        community: str,
        resident: ResidentId,
        *,
        reason: str,
        keeper: ResponderId,
        cadence_s: int = 86_400,
        needs: Iterable[str] = (),
        ends_at: datetime | None = None,
        note: str | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Begin a person's case plan (一人一策), or revise the one in force.

        Parameters
        ----------
        reason
            A code such as isolated or returnee; never an illness.
        keeper
            Who keeps in contact, and is reminded when a contact is overdue.
        cadence_s
            Seconds from one contact to the next, an hour to 31 days.
        needs
            Kinds of help the person needs regularly.
        ends_at
            When the plan ends by itself.
        """
        said = {
            "resident": resident,
            "reason": reason,
            "keeper": keeper,
            "cadence_s": cadence_s,
            "needs": codes(needs, "needs"),
            "ends_at": ends_at,
            "note": note,
        }
        fields = {name: value for name, value in said.items() if name != "note"}
        return self._say(community, _noted(case_plan.OpenPlan, fields, said=said, note=note), call)

    def record_contact(
        self, community: str, resident: ResidentId, *, condition_ok: bool, note: str | None = None, **call: Unpack[Call]
    ) -> Answer:
        """Record a contact of a case plan; temperature and condition go into the sealed note."""
        said = {"resident": resident, "condition_ok": condition_ok, "note": note}
        state = self.case_plan(community, resident)
        contact = state.contacts + 1 if state is not None else 1
        fields = {"resident": resident, "condition_ok": condition_ok, "contact": contact}
        return self._say(community, _noted(case_plan.RecordContact, fields, said=said, note=note), call)

    def end_plan(self, community: str, resident: ResidentId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """End a person's case plan."""
        return self._say(community, about(case_plan.EndPlan, resident=resident, reason=reason), call)

    def case_plan(
        self, community: str, resident: ResidentId, *, as_of: int | datetime | None = None
    ) -> CasePlan | None:
        """Return a person's plan, in force or ended; `None` for who never had one."""
        here = community_id(community)
        state = self._reader(as_of)(plan_stream(here, local_id(plan_stream, here, resident)))
        return state if isinstance(state, CasePlan) else None

    def ledger(
        self, community: str, resident: ResidentId, *, purpose: str | None = None, **call: Unpack[Call]
    ) -> tuple[LedgerLine, ...]:
        """
        Return everything about one person in order of time (台账): register, plan, requests, rounds.

        Parameters
        ----------
        purpose
            With one, personal fields are opened beside each line, and that is recorded first. Without one
            nothing personal is shown.

        Raises
        ------
        Refused
            ``not_permitted``: who asks is neither of the desk, nor an auditor (who opens nothing), nor this person;
            ``role_not_held``, ``out_of_scope``: not for where this person lives.
        """
        here = community_id(community)
        actor = speaker(call, self.actor)
        if actor.role not in DESK | {Role.AUDITOR} and actor.id != resident:
            raise Refused(
                "not_permitted",
                f"{actor.id} ({actor.role}) may not see the ledger of {resident}. Ask somebody whose role may.",
                actor=actor.id,
                role=str(actor.role),
            )
        place = self.resident(here, resident).place
        if actor.id != resident:
            check_sees(self.board_of(here), actor, place, at=self.clock())
        opener = None
        if purpose is not None:
            self._say(here, about(AccessPersonalData, resident=resident, fields=("ledger",), purpose=purpose), call)
            opener = self._opened(here, resident)
        return ledger_of(self._events_about(here, resident), opener)

    def _opened(self, community: Any, resident: ResidentId) -> Any:
        return lambda sealed: self.sealer.open(community, sealed) if sealed.subject == resident else None

    def _events_about(self, community: Any, resident: ResidentId) -> list[Recorded]:
        lines = self.timeline(community, about=resident, limit=LEDGER_MAX)
        own = {str(resident_stream(community, resident)), str(plan_stream(community, resident))}
        own |= {line.stream for line in lines if line.topic == "request.received"}
        streams = own | {line.stream for line in lines if line.stream.split("/")[1] == "round"}
        events = (event for stream in sorted(streams) for event in self.journal.stream(Stream(stream)))
        return [event for event in events if is_about(event, resident, own)]

    def isolated_map(self, community: str, **call: Unpack[Call]) -> tuple[MapLine, ...]:
        """
        Return where people are isolated: building, building_unit, floor, counts (R30).

        The desk sees which households, other helpers counts for each floor, residents what the policy's
        `residents_see` says: counts for each building by default. Everybody sees the places over which they
        hold their role and no others; residents those of the whole community.

        Raises
        ------
        Refused
            ``role_not_held``: they do not hold the role they speak in.
        """
        board, actor = self.board_of(community), speaker(call, self.actor)
        within = scopes_seen(board, actor, self.clock())
        return isolated_map(board, map_detail(actor.role, board.place_register.policy), within=within)


def _noted(kind: Any, fields: dict[str, Any], *, said: dict[str, Any], note: str | None) -> Plan:
    """Return a plan whose note is sealed under the resident's key."""
    subject = str(said["resident"]) if note is not None else None
    return Plan(kind, fields, said=said, subject=subject, personal={"note": note})
