"""Verbs that link requests: duplicates, those that come after others, reopened ones, visits joined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from ..domain import linking, visit
from ..domain.help_request import HelpRequest
from ..domain.values import Channel, OfferId, RequestId, ResponderId, Urgency
from ..store.journal import Answer
from .given import one_of, texts
from .plan import Call, Plan, speaker
from .running import Running


class Links(Running):
    """One method per verb."""

    def likely_duplicates(self, community: str, request: RequestId) -> tuple[RequestId, ...]:
        """
        Return open requests that may ask for the same: same beneficiary, same kind; the oldest first.

        A person looks at them and links what is one (`link_duplicate`); the machine merges nothing (R1).
        What is linked to it already, as reopened, followed or coming before, is not named.
        """
        state = self._request_state(community, request)
        linked = {request, state.reopens, state.follows, *state.after}
        others = self.board_of(community).requests.items()
        alike = [(other.received_at, name) for name, other in others if name not in linked and _alike(state, other)]
        return tuple(name for _, name in sorted(alike))

    def link_duplicate(
        self,
        community: str,
        request: RequestId,
        original: RequestId,
        *,
        reason: str = "duplicate",
        **call: Unpack[Call],
    ) -> Answer:
        """
        Link a duplicate to its original; it ends when that ends, and says how.

        Raises
        ------
        Refused
            ``original_less_urgent``, ``original_is_merged``, ``duplicate_of_itself``; or either is over.
        """
        fields = {"request": request, "original": original, "reason": reason}
        return self._about_request(community, linking.LinkDuplicate, call=call, fields=fields)

    def await_others(
        self, community: str, request: RequestId, after: Iterable[RequestId], **call: Unpack[Call]
    ) -> Answer:
        """
        Let a request wait until others are delivered (R4); nobody may have begun with it.

        Raises
        ------
        Refused
            ``circle``: one of them waits for this one; ``predecessor_ended``: it will never be delivered.
        """
        fields = {"request": request, "after": texts(after, "after")}
        return self._about_request(community, linking.AwaitOthers, call=call, fields=fields)

    def drop_dependency(
        self, community: str, request: RequestId, after: RequestId, *, reason: str, **call: Unpack[Call]
    ) -> Answer:
        """Let a request no longer wait for another one."""
        fields = {"request": request, "after": after, "reason": reason}
        return self._about_request(community, linking.DropDependency, call=call, fields=fields)

    def reopen(
        self,
        community: str,
        request: RequestId,
        *,
        reason: str,
        note: str | None = None,
        urgency: Urgency | str | None = None,
        reporter: str | None = None,
        channel: Channel | str = Channel.APP,
        **call: Unpack[Call],
    ) -> RequestId:
        """
        Take a delivered or ended request up again, as a new one that is linked to it.

        Returns
        -------
        RequestId
            The new request; what is over stays over.

        Raises
        ------
        Refused
            ``reopened_already`` names the new one; the person is erased; the kind is not offered any more.
        """
        said = {"request": request, "reason": reason, "note": note, "urgency": urgency, "reporter": reporter}
        new = RequestId(self._made("q", community, call))
        fields = {
            "request": request,
            "reopened_as": new,
            "reason": reason,
            "reporter": reporter or speaker(call, self.actor).id,
            "channel": one_of(Channel, channel, "channel"),
            "occurred_at": call.get("occurred_at") or self.clock(),
            "urgency": one_of(Urgency, urgency, "urgency") if urgency is not None else None,
        }
        subject = self._request_state(community, request).beneficiary if note is not None else None
        said["channel"] = channel
        plan = Plan(linking.ReopenRequest, fields, said=said, subject=subject, personal={"note": note})
        self._say(community, plan, call)
        return new

    def join_visit(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        visit_offer: OfferId | str,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Let a responder do a small leg too, at the door they have accepted to go to (R11).

        Parameters
        ----------
        visit_offer
            The accepted offer or assignment; without `responder`, whoever has it joins.

        Raises
        ------
        Refused
            ``another_door``, ``leg_not_free``, ``capacity_reached``, ``offer_not_held``; or a rule that forbids it now.
        """
        said = {"request": request, "leg": leg, "visit": visit_offer, "responder": responder}
        who = responder or self._asked(community, visit_offer, call)
        return self._answer(community, Plan(visit.JoinVisit, said | {"responder": who}, said=said), call)


def _alike(state: HelpRequest, other: HelpRequest) -> bool:
    return (other.beneficiary, other.kind) == (state.beneficiary, state.kind) and other.is_undelivered
