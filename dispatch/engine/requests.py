"""Verbs about requests and alarms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Unpack

from ..domain import intake
from ..domain.errors import Refused
from ..domain.values import Channel, RequestId, ResidentId, Urgency
from ..store.journal import Answer
from .core import Call, Personal, Plan
from .given import one_of
from .people import People
from .registers import Where


class Requests(People):
    """One method per verb about a request as a whole."""

    def open_request(
        self,
        community: str,
        kind: str,
        *,
        beneficiary: ResidentId | None = None,
        address: Where | None = None,
        name: str | None = None,
        phone: str | None = None,
        note: str | None = None,
        urgency: Urgency | str | None = None,
        reporter: str | None = None,
        channel: Channel | str = Channel.APP,
        needed_by: datetime | None = None,
        triage: bool = True,
        **call: Unpack[Call],
    ) -> RequestId:
        """
        Write down that somebody needs help; nothing waits for a server.

        Parameters
        ----------
        kind
            Key of the catalogue: medicine, food, garbage, stair_carry, medical_ride, or your own.
        beneficiary
            Whom it is for: a resident of the register.
        address
            Instead: where they live. The resident at that door is taken, or one is registered with it in
            the same save.
        name, phone, note
            Personal; sealed under the beneficiary's key.
        urgency
            life, health, hardship or none; by default the kind's.
        reporter
            Who asked, when it is somebody else: an id, never a name.
        triage
            False leaves the judgement to a person (`triage`).

        Raises
        ------
        Refused
            Unknown kind, resident or place; erased person; deadline in the past; unusable text.
        """
        said = {
            "kind": kind,
            "urgency": None if urgency is None else str(urgency),
            "reporter": reporter,
            "channel": str(channel),
            "needed_by": needed_by,
            "triage": triage,
            "beneficiary": beneficiary,
            "address": address,
        }
        newcomer = None
        if beneficiary is None:
            beneficiary, newcomer = self._beneficiary(community, address, name=name, phone=phone)
        actor = call.get("by", self.actor)
        request = RequestId(self._new("q"))
        fields = said | {
            "request": request,
            "beneficiary": beneficiary,
            "reporter": reporter or actor.id,
            "channel": one_of(Channel, channel, "channel"),
            "urgency": one_of(Urgency, urgency, "urgency") if urgency is not None else None,
            "occurred_at": call.get("occurred_at") or self.clock(),
        }
        del fields["address"]
        plan = Plan(intake.ReceiveRequest, fields, said=said, personal=Personal(beneficiary, {"note": note}))
        if newcomer is None:
            return RequestId(_request_in(self._say(community, plan, call), request))
        return RequestId(_request_in(self._say_together(community, [newcomer, plan], call), request))

    def _beneficiary(
        self, community: str, address: Where | None, *, name: str | None, phone: str | None
    ) -> tuple[ResidentId, Plan | None]:
        if address is None:
            raise Refused("nobody_to_help", "Say whom the request is for: a beneficiary, or the address.")
        if self.locate(community, address).door is not None:
            known = self.find_resident(community, where=address)
            if len(known) == 1:
                return known[0], None
        return self._resident(community, address, name=name, phone=phone, door=None, household=None)

    def triage(self, community: str, request: RequestId, urgency: Urgency | str, **call: Unpack[Call]) -> Answer:
        """Judge a request that was received without triage; a threat to life alarms the duty contact at once."""
        fields = {"request": request, "urgency": one_of(Urgency, urgency, "urgency")}
        return self._about_request(community, intake.TriageRequest, call=call, fields=fields)

    def change_urgency(
        self, community: str, request: RequestId, urgency: Urgency | str, *, reason: str, **call: Unpack[Call]
    ) -> Answer:
        """Judge a request anew; `reason` is a code such as condition_worse."""
        fields = {"request": request, "urgency": one_of(Urgency, urgency, "urgency"), "reason": reason}
        return self._about_request(community, intake.ChangeUrgency, call=call, fields=fields)

    def acknowledge_alarm(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """Take an alarm; the first one does, and the log says who."""
        fields = {"request": request}
        return self._about_request(community, intake.AcknowledgeAlarm, call=call, fields=fields)

    def escalate(self, community: str, request: RequestId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Call the duty contact about a request, once for each reason code."""
        return self._about_request(
            community, intake.EscalateRequest, call=call, fields={"request": request, "reason": reason}
        )

    def confirm(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """Confirm that help arrived: the resident, or somebody on their behalf."""
        fields = {"request": request}
        return self._about_request(community, intake.ConfirmReceipt, call=call, fields=fields)

    def close_request(
        self, community: str, request: RequestId, *, reason: str = "confirmed", **call: Unpack[Call]
    ) -> Answer:
        """Close a confirmed request, or a delivered one with a reason code such as not_reachable."""
        return self._about_request(
            community, intake.CloseRequest, call=call, fields={"request": request, "reason": reason}
        )

    def cancel(self, community: str, request: RequestId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Cancel a request that is not delivered; everybody who holds a leg of it is free at once."""
        return self._about_request(
            community, intake.CancelRequest, call=call, fields={"request": request, "reason": reason}
        )

    def give_up(self, community: str, request: RequestId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Record that a request will not be served; only a person decides that."""
        return self._about_request(
            community, intake.GiveUpRequest, call=call, fields={"request": request, "reason": reason}
        )

    def _about_request(self, community: str, kind: type, *, call: Call, fields: Mapping[str, object]) -> Answer:
        return self._say(community, Plan(kind, fields, said=fields), call)


def _request_in(answer: Answer, made: RequestId) -> str:
    """Return the request's id in the first answer: a repeated command gives the id made the first time."""
    for event in answer.events:
        _, aggregate, *local = event.stream.split("/", 2)
        if aggregate == "request":
            return local[0]
    return made
