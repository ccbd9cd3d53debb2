"""Verbs about duty: dropping out, coming back."""

from __future__ import annotations

from typing import Unpack

from ..domain import absence
from ..domain.values import ResponderId
from ..store.journal import Answer
from .given import about
from .plan import Call
from .registers import Registers


class Duty(Registers):
    """One method per verb about who is there for work, and who is not."""

    def drop_out(self, community: str, responder: ResponderId, *, reason: str = "ill", **call: Unpack[Call]) -> Answer:
        """
        Say that a responder cannot serve until they return; it costs nothing (R23).

        Everything open is given back in the same save and shared out anew by the next drain. The first
        event of the answer lists it in `left_open`; so does the responder until the return.
        """
        return self._say(community, about(absence.DropOut, responder=responder, reason=reason), call)

    def return_to_duty(self, community: str, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """Say that a responder who had dropped out serves again."""
        return self._say(community, about(absence.ReturnToDuty, responder=responder), call)
