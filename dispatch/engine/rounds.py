"""Verbs about calling rounds: start, ring, reach, visit, see, alarm, close; the caller's code (R14, R15)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from ..domain import calling, round_visits
from ..domain.calling_round import (
    ROUND_MAX,
    CallingRound,
    Item,
    VisitOrdered,
    item_of,
    known,
    request_for,
    round_stream,
    rung,
)
from ..domain.errors import Refused
from ..domain.resident import AccessPersonalData, Erased, Leaving
from ..domain.values import Command, Place, RequestId, ResidentId, ResponderId, RoundId, Urgency
from ..store.codes import spoken_code
from ..store.journal import Answer
from ..views.coverage import Census, RoundCoverage, census_of, coverage_of
from .given import about, local_id, one_of, texts
from .plan import Call, Plan, community_id, instant
from .reading import Reading
from .registers import Where

VISIT_KIND = "check_in"


class Rounds(Reading):
    """
    One method per verb.

    Calls are recorded in the name of the household's caller: without `by` the engine's own actor records
    them on behalf of the caller, and both names are stored (代办).
    """

    def start_round(
        self,
        community: str,
        residents: Iterable[ResidentId],
        *,
        callers: Iterable[ResponderId],
        attempts_max: int | None = None,
        visit_kind: str = VISIT_KIND,
        visit_by: datetime | None = None,
        ends_at: datetime | None = None,
        **call: Unpack[Call],
    ) -> RoundId:
        """
        Begin a calling round (电话巡访) over up to 50 households.

        Parameters
        ----------
        residents
            Whom to ask for, one person of each household, in the order of calling.
        callers
            Who rings. A household keeps the caller who reached it last, if on duty (R15).
        attempts_max
            Calls without an answer before somebody goes, 1 to 10; by default the policy's.
        visit_kind
            Key of the catalogue for a visit.
        visit_by, ends_at
            Until when visits shall be done, and when a person is called about households without an outcome;
            both by default the end of today in the community's time zone (same-day visits).

        Raises
        ------
        Refused
            A household is named twice, a caller may not see phone numbers, or none is on duty; ``visit_after_end``.
        """
        said = {
            "residents": texts(residents, "residents"),
            "callers": texts(callers, "callers"),
            "attempts_max": attempts_max,
            "visit_kind": visit_kind,
            "visit_by": visit_by,
            "ends_at": ends_at,
        }
        made = RoundId(self._made("l", community, call))
        tonight = self._end_of_day(community)
        times = {"visit_by": visit_by or ends_at or tonight, "ends_at": ends_at or tonight}
        self._say(community, Plan(calling.StartRound, said | times | {"round": made}, said=said), call)
        return made

    def _end_of_day(self, community: str) -> datetime:
        zone = ZoneInfo(self.register_of(community).time_zone)
        tomorrow = self.clock().astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), tzinfo=zone)

    def record_attempt(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        outcome: calling.CallOutcome | str = calling.CallOutcome.NO_ANSWER,
        attempt: int | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Record a call that did not reach the household: no_answer, busy, hung_up, wrong_number, switched_off.

        Parameters
        ----------
        attempt
            Which call of this household it was, from 1; by default the next one.
        """
        said = {"round": calling_round, "resident": resident, "outcome": outcome, "attempt": attempt}
        item = self._item(community, calling_round, resident)
        fields = said | {
            "outcome": one_of(calling.CallOutcome, outcome, "outcome"),
            "attempt": rung(item) + 1 if attempt is None else attempt,
        }
        return self._called(community, Plan(calling.RecordAttempt, fields, said=said), item, call=call)

    def record_reached(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        supplies_enough: bool,
        condition_ok: bool,
        note: str | None = None,
        attempt: int | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Record that the household answered; the note is sealed. A visit ordered before is called off."""
        said = {
            "round": calling_round,
            "resident": resident,
            "supplies_enough": supplies_enough,
            "condition_ok": condition_ok,
            "note": note,
            "attempt": attempt,
        }
        item = self._item(community, calling_round, resident)
        fields = {name: value for name, value in said.items() if name != "note"}
        fields["attempt"] = rung(item) + 1 if attempt is None else attempt
        plan = _noted(round_visits.RecordReached, fields, said=said, resident=resident, note=note)
        return self._called(community, plan, item, call=call)

    def _called(self, community: str, plan: Plan, item: Item, *, call: Call) -> Answer:
        """Say it in the caller's name, unless somebody else is named."""
        if call.get("by") is None and self.actor.id != item.caller:
            plan = replace(plan, on_behalf_of=item.caller)
        return self._say(community, plan, call)

    def order_visit(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        reason: str = "asked",
        **call: Unpack[Call],
    ) -> RequestId:
        """Send somebody to the door; the visit is a request. System does so itself where nobody answers."""
        said = {"round": calling_round, "resident": resident, "reason": reason}
        visit = len(self._item(community, calling_round, resident).visits) + 1
        answer = self._say(community, Plan(round_visits.OrderVisit, said | {"visit": visit}, said=said), call)
        facts = (event.fact for event in answer.events)
        ordered = next((f.request for f in facts if isinstance(f, VisitOrdered)), None)
        return ordered or request_for("visit", calling_round, resident, nth=visit)

    def record_seen(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        supplies_enough: bool,
        condition_ok: bool,
        note: str | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Record what a visitor saw at the door; the visit's work is done in the same save."""
        said = {
            "round": calling_round,
            "resident": resident,
            "supplies_enough": supplies_enough,
            "condition_ok": condition_ok,
            "note": note,
        }
        visits = self._item(community, calling_round, resident).visits
        fields = {name: value for name, value in said.items() if name != "note"}
        fields["request"] = visits[-1] if visits else request_for("visit", calling_round, resident)
        return self._say(
            community, _noted(round_visits.RecordSeen, fields, said=said, resident=resident, note=note), call
        )

    def raise_welfare_alarm(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        note: str | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Alarm the duty contact about a household as a threat to life: an open visit becomes one, else a request."""
        said = {"round": calling_round, "resident": resident, "note": note}
        fields = {"round": calling_round, "resident": resident}
        plan = _noted(round_visits.RaiseWelfareAlarm, fields, said=said, resident=resident, note=note)
        return self._say(community, plan, call)

    def find_need(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        kind: str,
        urgency: Urgency | str | None = None,
        note: str | None = None,
        **call: Unpack[Call],
    ) -> RequestId:
        """Make a need that the round found a request of its own, linked to the round."""
        said = {"round": calling_round, "resident": resident, "kind": kind, "urgency": urgency, "note": note}
        request = RequestId(self._made("q", community, call))
        fields = {
            "round": calling_round,
            "resident": resident,
            "request": request,
            "kind": kind,
            "urgency": one_of(Urgency, urgency, "urgency") if urgency is not None else None,
            "occurred_at": call.get("occurred_at") or self.clock(),
        }
        plan = _noted(round_visits.FindNeed, fields, said=said, resident=resident, note=note)
        self._say(community, plan, call)
        return request

    def excuse_household(
        self, community: str, calling_round: RoundId, resident: ResidentId, *, reason: str, **call: Unpack[Call]
    ) -> Answer:
        """Take a household off a round with its reason, such as in_hospital."""
        fields = {"round": calling_round, "resident": resident, "reason": reason}
        return self._say(community, about(calling.ExcuseItem, **fields), call)

    def hand_over_calls(
        self,
        community: str,
        calling_round: RoundId,
        caller: ResponderId,
        *,
        to: ResponderId,
        reason: str,
        **call: Unpack[Call],
    ) -> Answer:
        """Give what a caller has not finished to another one."""
        said = {"round": calling_round, "caller": caller, "to": to, "reason": reason}
        fields = said | {"hand_over": self.calling_round(community, calling_round).hand_overs + 1}
        return self._say(community, Plan(calling.HandOverCalls, fields, said=said), call)

    def close_round(self, community: str, calling_round: RoundId, **call: Unpack[Call]) -> Answer:
        """Close a round in which every household has an outcome; System does so at its end."""
        return self._say(community, about(calling.CloseRound, round=calling_round), call)

    # -- reading -------------------------------------------------------------------------

    def calling_round(
        self, community: str, calling_round: RoundId, *, as_of: int | datetime | None = None
    ) -> CallingRound:
        """Return a round's state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return known(self._reader(as_of), here, local_id(round_stream, here, calling_round))

    def round_coverage(self, community: str, calling_round: RoundId) -> RoundCoverage:
        """Return what became of the households of a round, with numerator and denominator said."""
        return coverage_of(self.calling_round(community, calling_round))

    def census(self, community: str, *, since: datetime, where: Where | None = None) -> Census:
        """Return which households of a place were in contact since an instant, and which were missed (R33)."""
        place = Place() if where is None else self.locate(community, where).place
        return census_of(self.board_of(community), place, since=instant(since, "since"))

    def due_for_round(
        self, community: str, *, since: datetime, where: Where | None = None, limit: int = ROUND_MAX
    ) -> tuple[ResidentId, ...]:
        """
        Propose a list for a round: the households not in contact since an instant, those of the green lane first.

        One person of each household, whoever waits longest first; never contacted before all.
        """
        if type(limit) is not int or not 0 <= limit <= ROUND_MAX:
            raise Refused("bad_input", f"limit: give a whole number from 0 to {ROUND_MAX}. Correct it.", field="limit")
        place = Place() if where is None else self.locate(community, where).place
        wanted: dict[str, tuple[Any, ResidentId]] = {}
        since = instant(since, "since")
        for resident, state in sorted(self.board_of(community).residents.items()):
            if isinstance(state, Leaving | Erased) or not place.contains(state.place):
                continue
            last = state.contacted_at
            rank = (not state.green_lane, last is not None, last or since, resident)
            best = wanted.get(state.household)
            wanted[state.household] = min(best, (rank, resident)) if best else (rank, resident)
        missed = set(self.census(community, since=since, where=where).missed)
        return tuple(who for _, who in sorted(w for household, w in wanted.items() if household in missed))[:limit]

    # -- the caller's code ---------------------------------------------------------------

    def caller_code(
        self,
        community: str,
        calling_round: RoundId,
        resident: ResidentId,
        *,
        purpose: str = "calling_round",
        **call: Unpack[Call],
    ) -> str:
        """
        Return the six digits that this household's caller says on this round; the reading is recorded first.

        Tell the household beforehand by another way: a slip at the door, the app. The code is computed from
        the key of the resident's personal data and stored nowhere; an erased person has none.

        Raises
        ------
        Refused
            Who asks is neither of the desk nor this resident; or the data are erased.
        """
        self._item(community, calling_round, resident)
        plan = about(AccessPersonalData, resident=resident, fields=("caller_code",), purpose=purpose)
        self._say(community, plan, call)
        return self._code(community, calling_round, resident)

    def check_caller_code(
        self, community: str, calling_round: RoundId, resident: ResidentId, *, code: str, **call: Unpack[Call]
    ) -> bool:
        """
        Tell whether a code that a caller said is the right one; the check is recorded, the code is not.

        Raises
        ------
        Refused
            ``code_locked``: five wrong ones were said already; ``round_over``.
        """
        checks = self._item(community, calling_round, resident).checks
        right = self._code(community, calling_round, resident)
        digits = "".join(letter for letter in str(code) if letter.isdecimal())
        matched = hmac.compare_digest("".join(str(int(digit)) for digit in digits), right)
        said = {"round": calling_round, "resident": resident, "code": code}
        fields = {"round": calling_round, "resident": resident, "check": len(checks) + 1, "matched": matched}
        self._say(community, Plan(calling.RecordCodeCheck, fields, said=said, subject=resident), call)
        return matched

    def _code(self, community: str, calling_round: RoundId, resident: ResidentId) -> str:
        here = community_id(community)
        key = self.sealer.sealing_keys(here, [resident])[resident]
        return spoken_code(key, community=here, subject=resident, occasion=calling_round)

    def _item(self, community: str, calling_round: RoundId, resident: ResidentId) -> Item:
        """Return a household of a round, by the person who is asked for."""
        return item_of(self.calling_round(community, calling_round), resident)


def _noted(
    kind: type[Command], fields: dict[str, Any], *, said: dict[str, Any], resident: str, note: str | None
) -> Plan:
    """Return a plan whose note is sealed under the resident's key."""
    subject = resident if note is not None else None
    return Plan(kind, fields, said=said, subject=subject, personal={"note": note})
