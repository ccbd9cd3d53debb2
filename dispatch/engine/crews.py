"""Verbs of a crew before its work starts: the household's call, and meeting (R9)."""

from __future__ import annotations

from typing import Unpack

from ..domain import crew_commands
from ..domain.leg import Done, Failed, Planned
from ..domain.values import RequestId, ResponderId
from ..store.journal import Answer
from .answers import Answers
from .plan import Call, Plan


class Crews(Answers):
    """One method per verb."""

    def call_ahead(self, community: str, request: RequestId, *, leg: str | None = None, **call: Unpack[Call]) -> Answer:
        """
        Record that the household called: whoever has taken the leg may go now.

        Parameters
        ----------
        leg
            Which leg they called for; by default the first open one that is called ahead.

        Raises
        ------
        Refused
            ``not_called_ahead``: the leg needs no call; ``leg_not_open``, ``request_state``, ``not_yours_to_call``.
        """
        named = leg or self._awaiting_call(community, request, call)
        said = {"request": request, "leg": leg}
        return self._say(community, Plan(crew_commands.CallAhead, said | {"leg": named}, said=said), call)

    def ready(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Report that a member of a complete crew has come to the meeting point; the last one musters it.

        Raises
        ------
        Refused
            ``household_has_not_called``, ``leg_not_taken``, ``not_your_leg``.
        """
        said = {"request": request, "leg": leg, "responder": responder}
        return self._report(community, crew_commands.ReportReady, call, said=said)

    def _awaiting_call(self, community: str, request: RequestId, call: Call) -> str:
        """Return the first open leg that is called ahead, else the first one: the rules then say what is wrong."""
        if self._is_repeat(call):
            return "unknown"
        legs = self._request_state(community, request).legs
        open_ = [leg for leg in legs if leg.plan.call_ahead and not isinstance(leg, Planned | Done | Failed)]
        first = (*open_, *legs)[:1]
        return first[0].plan.name if first else "unknown"
