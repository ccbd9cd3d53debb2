"""Verbs about what staff are ordered to do about a person (R28)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Unpack

from ..domain import duty_task, intake
from ..domain.duty_task import DutyTask
from ..domain.values import Channel, DutyTaskId, RequestId, ResidentId, Urgency
from ..store.journal import Answer
from .given import about, local_id, one_of
from .plan import Call, Plan, community_id, instant, speaker
from .requests import Requests


class DutyTasks(Requests):
    """One method per verb."""

    def order_duty(
        self,
        community: str,
        resident: ResidentId,
        *,
        until: datetime,
        kind: str = "night_escort",
        urgency: Urgency | str = Urgency.HEALTH,
        note: str | None = None,
        **call: Unpack[Call],
    ) -> DutyTaskId:
        """
        Order staff to see to a person at once: two people in gear, until an instant.

        Its request is opened in the same save and shared out by the next tick to who is on duty.

        Parameters
        ----------
        until
            When it should be over: then a person is called, unless it is done.
        kind
            A kind that the catalogue keeps to staff.
        note
            Sealed under the person's key.

        Raises
        ------
        Refused
            ``not_a_duty``, ``staff_only`` (a resident orders nothing), ``bad_duty_end``.
        """
        said = {
            "resident": resident,
            "until": instant(until, "until"),
            "kind": kind,
            "urgency": urgency,
            "note": note,
        }
        request, duty = RequestId(self._made("q", community, call)), DutyTaskId(self._made("t", community, call))
        fields: dict[str, Any] = {
            "request": request,
            "beneficiary": resident,
            "reporter": speaker(call, self.actor).id,
            "channel": Channel.STAFF,
            "kind": kind,
            "occurred_at": call.get("occurred_at") or self.clock(),
            "urgency": one_of(Urgency, urgency, "urgency"),
        }
        subject = resident if note is not None else None
        opened = Plan(intake.ReceiveRequest, fields, said=said, subject=subject, personal={"note": note})
        ordered = Plan(
            duty_task.OrderDuty, {"duty": duty, "request": request, "until": until}, said=said, subject=subject
        )
        self._say_together(community, [opened, ordered], call)
        return duty

    def duty_task(self, community: str, duty: DutyTaskId) -> DutyTask:
        """Return a duty: its request, who ordered it, and whether the person refuses."""
        here = community_id(community)
        who = local_id(duty_task.duty_stream, here, duty)
        return duty_task.known(lambda stream, /: self.journal.state(stream)[0], here, who)

    def record_refusal(self, community: str, duty: DutyTaskId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Record that the person refuses to come; a person is called. `reason` is a code such as will_not_leave."""
        return self._say(community, about(duty_task.RecordRefusal, duty=duty, reason=reason), call)

    def record_agreement(self, community: str, duty: DutyTaskId, **call: Unpack[Call]) -> Answer:
        """Record that the person comes, at once or after refusing."""
        refusals = self.duty_task(community, duty).refusals
        fields = {"duty": duty, "refusals": refusals}
        return self._say(community, Plan(duty_task.RecordAgreement, fields, said={"duty": duty}), call)
