"""Verbs about requests and alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Unpack

from ..domain import intake
from ..domain.errors import Refused
from ..domain.help_request import RequestReceived
from ..domain.values import Channel, Command, RequestId, ResidentId, Urgency
from ..store.journal import Answer
from .given import about, one_of, texts
from .items import Item, checked_items, plans_of
from .people import People
from .plan import Call, Plan, speaker
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
        items: Iterable[Item] = (),
        after: Iterable[RequestId] = (),
        follows: RequestId | None = None,
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
            Instead: where they live. The one resident known at that door is taken (of several, the one with
            `phone`); else one is registered with it in the same save.
        name, phone
            Of somebody who is registered with it; whoever is known already keeps theirs.
        note
            Sealed under the beneficiary's key, as name, phone and door are.
        urgency
            life, health, hardship or none; by default the kind's.
        reporter
            Who asked, when it is somebody else: an id, never a name.
        triage
            False leaves the judgement to a person (`triage`).
        items
            What exactly is to be bought, written down in the same save (R3).
        after
            Requests that must be delivered first (R4).
        follows
            A request of the same person on which this one comes back, such as a call after an errand (R17).

        Raises
        ------
        Refused
            Unknown kind, resident or place; erased person; deadline in the past; unusable text; a
            predecessor that will never be delivered.

        Notes
        -----
        `likely_duplicates` names open requests that may ask for the same.
        """
        before = texts(after, "after")
        said: dict[str, Any] = {
            "kind": kind,
            "urgency": urgency,
            "reporter": reporter,
            "channel": channel,
            "needed_by": needed_by,
            "triage": triage,
            **({"after": before} if before else {}),
            **({"follows": follows} if follows is not None else {}),
            "beneficiary": beneficiary,
            "address": address,
            "name": name,
            "phone": phone,
            "note": note,
        }
        bought = checked_items(items)
        if bought:
            said["items"] = [asdict(item) for item in bought]
        newcomer = None
        if beneficiary is None:
            beneficiary, newcomer = self._beneficiary(community, said, call)
        request = RequestId(self._made("q", community, call))
        fields = {
            "request": request,
            "beneficiary": beneficiary,
            "reporter": reporter or speaker(call, self.actor).id,
            "channel": one_of(Channel, channel, "channel"),
            "kind": kind,
            "occurred_at": call.get("occurred_at") or self.clock(),
            "needed_by": needed_by,
            "urgency": one_of(Urgency, urgency, "urgency") if urgency is not None else None,
            "triage": triage,
            "after": before,
            "follows": follows,
        }
        is_personal = newcomer is not None or note is not None or address is not None
        plan = Plan(
            intake.ReceiveRequest,
            fields,
            said=said,
            subject=beneficiary if is_personal else None,
            personal={"note": note},
        )
        plans = [plan] if newcomer is None else [newcomer, plan]
        plans += plans_of(request, beneficiary, bought)
        plans[-1] = replace(plans[-1], said=said)
        self._say_together(community, plans, call)
        return request

    def _beneficiary(self, community: str, said: Mapping[str, Any], call: Call) -> tuple[ResidentId, Plan | None]:
        """Return whom a request from an address is for, and how to register them if nobody is known there."""
        if said["address"] is None:
            raise Refused("nobody_to_help", "Say whom the request is for: a beneficiary, or the address.")
        before = self._received_before(call)
        if before is not None:
            return before, None
        if self.locate(community, said["address"]).door is not None:
            known = self.find_resident(community, where=said["address"])
            if len(known) > 1 and said["phone"] is not None:
                known = self.find_resident(community, where=said["address"], phone=said["phone"])
            if len(known) == 1:
                return known[0], None
        person = {"where": said["address"], "name": said["name"], "phone": said["phone"]}
        return self._resident(community, {**person, "door": None, "household": None}, call)

    def _received_before(self, call: Call) -> ResidentId | None:
        """Return whom the request was for when this very command was given before."""
        return next(
            (event.fact.beneficiary for event in self._first_answer(call) if isinstance(event.fact, RequestReceived)),
            None,
        )

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

    def _about_request(
        self, community: str, kind: type[Command], *, call: Call, fields: Mapping[str, object]
    ) -> Answer:
        return self._say(community, about(kind, **fields), call)
