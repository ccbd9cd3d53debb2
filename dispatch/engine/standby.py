"""Verbs about the standby pool (备勤): who waits, calling people up in waves, coming, standing down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from pydantic import ValidationError

from ..domain import standby_orders
from ..domain.call_up import CallUp, Need, call_up_stream, known
from ..domain.values import CallUpId, Place, ResponderId, Role
from ..store.journal import Answer
from ..views.standby import PoolLine, pool_of
from .given import about, codes, local_id, one_of, several, shift
from .plan import Call, Plan, bad_input, community_id
from .registers import Where
from .running import Running


class StandbyPool(Running):
    """One method per verb."""

    def begin_standby(self, community: str, responders: Iterable[ResponderId], **call: Unpack[Call]) -> Answer:
        """Let people wait to be called up, in one save; who waits already stays (R23)."""
        plans = [about(standby_orders.BeginStandby, responder=who) for who in _people(responders)]
        return self._say_together(community, plans, call)

    def end_standby(self, community: str, responders: Iterable[ResponderId], **call: Unpack[Call]) -> Answer:
        """
        Let people wait no more, in one save.

        Raises
        ------
        Refused
            ``called_up_now``: one of them is called or deployed; then none is taken out.
        """
        plans = [about(standby_orders.EndStandby, responder=who) for who in _people(responders)]
        return self._say_together(community, plans, call)

    def call_up(
        self,
        community: str,
        people: int,
        *,
        starts_at: datetime,
        ends_at: datetime,
        where: Where | None = None,
        roles: Iterable[Role | str] = (),
        skills: Iterable[str] = (),
        wave_size: int = 5,
        answer_within_s: int = 900,
        reason: str = "more_hands",
        override: str | None = None,
        **call: Unpack[Call],
    ) -> CallUpId:
        """
        Call people up from the pool for a span; the next tick calls the first wave (R23).

        Nobody is called beyond what is missing, so that nobody comes in vain. When all of a wave have
        answered or been silent, the next is called; when nobody is left, a person is.

        Parameters
        ----------
        people
            How many are needed, 1 to 200.
        starts_at, ends_at
            The span of duty, aware; at most two days, within 31.
        where
            By default the whole community.
        roles, skills
            One of the roles (any, when none is named) and all of the skills.
        wave_size
            How many are called at a time, 1 to 50.
        answer_within_s
            Seconds each has to answer, 60 to 86 400.
        override
            Why people may be called beyond their limits of duty, after everybody else; recorded with who says so.

        Raises
        ------
        Refused
            ``bad_call_up_span``, ``bad_input``.
        """
        place = Place() if where is None else self.locate(community, where).place
        named = tuple(one_of(Role, role, "role") for role in several(roles, "roles"))
        span = shift(starts_at, ends_at)
        try:
            need = Need(
                place=place,
                shift=span,
                people=people,
                roles=named,
                skills=codes(skills, "skills"),
                wave_size=wave_size,
                answer_within_s=answer_within_s,
                override=override,
            )
        except ValidationError as error:
            raise bad_input("Need", error) from None
        call_up = CallUpId(self._made("u", community, call))
        fields = {"call_up": call_up, "need": need, "reason": reason}
        self._say(community, Plan(standby_orders.OrderCallUp, fields, said={"need": need, "reason": reason}), call)
        return call_up

    def come(self, community: str, call_up: CallUpId, *, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """
        Say that somebody who is called comes: the shift is planned and they are deployed.

        Raises
        ------
        Refused
            ``not_called``, ``may_not_come`` (names the rule), ``call_up_over``, ``not_your_offer``.
        """
        return self._say(community, about(standby_orders.ComeForDuty, call_up=call_up, responder=responder), call)

    def decline_duty(
        self, community: str, call_up: CallUpId, *, responder: ResponderId, reason: str = "busy", **call: Unpack[Call]
    ) -> Answer:
        """Say that somebody who is called does not come; that costs nothing."""
        fields = {"call_up": call_up, "responder": responder, "reason": reason}
        return self._say(community, about(standby_orders.DeclineDuty, **fields), call)

    def release_deployed(
        self, community: str, call_up: CallUpId, responder: ResponderId, *, reason: str, **call: Unpack[Call]
    ) -> Answer:
        """Let somebody go who came, blameless; one more is called instead."""
        fields = {"call_up": call_up, "responder": responder, "reason": reason}
        return self._say(community, about(standby_orders.ReleaseDeployed, **fields), call)

    def stand_down(
        self, community: str, call_up: CallUpId, *, reason: str = "not_needed", **call: Unpack[Call]
    ) -> Answer:
        """End a call-up: open calls are withdrawn, whoever came is on standby again, in one save."""
        return self._say(community, about(standby_orders.StandDown, call_up=call_up, reason=reason), call)

    def call_up_state(self, community: str, call_up: CallUpId) -> CallUp:
        """
        Return a call-up: what is needed, and what became of each call.

        Raises
        ------
        Unknown
            Nobody ordered it.
        """
        here = community_id(community)
        name = local_id(call_up_stream, here, call_up)
        return known(lambda stream, /: self.journal.state(stream)[0], here, name)

    def standby_pool(self, community: str) -> tuple[PoolLine, ...]:
        """Return who is on standby, called or deployed, in order of id."""
        return pool_of(self.board_of(community))


def _people(responders: Iterable[ResponderId]) -> tuple[ResponderId, ...]:
    return tuple(dict.fromkeys(several(responders, "responders")))
