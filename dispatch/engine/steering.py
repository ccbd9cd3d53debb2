"""Verbs by which people let a request go on or stand still."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from ..domain import steering
from ..domain.values import RequestId
from ..store.journal import Answer
from .plan import Call
from .requests import Requests


class Steering(Requests):
    """One method per verb."""

    def approve(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """
        Approve a request in the role of who speaks; with the last approval its legs are shared out (R2, R12).

        Raises
        ------
        Refused
            ``not_your_approval``: another role is waited for; ``own_approval``: of who asked, or twice.
        """
        return self._about_request(community, steering.ApproveRequest, call=call, fields={"request": request})

    def refuse_approval(self, community: str, request: RequestId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Refuse a request that waits for one's approval: it ends, and may be reopened as a new one."""
        fields = {"request": request, "reason": reason}
        return self._about_request(community, steering.RefuseApproval, call=call, fields=fields)

    def hold(
        self,
        community: str,
        request: RequestId,
        *,
        reason: str,
        until: datetime | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Let a request stand still; open offers are withdrawn, work that is taken is kept, its clock is paused.

        Parameters
        ----------
        reason
            A code such as shop_closed or resident_away.
        until
            When it goes on by itself; without one somebody is called after a day.

        Raises
        ------
        Refused
            ``life_never_waits``, ``hold_past``.
        """
        fields = {"request": request, "reason": reason, "until": until}
        return self._about_request(community, steering.HoldRequest, call=call, fields=fields)

    def resume(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """Let a held request go on; its deadline has moved by the pause."""
        return self._about_request(community, steering.ResumeRequest, call=call, fields={"request": request})
