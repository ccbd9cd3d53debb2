"""Verbs about offers, assignments and the work they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Unpack

from ..domain import help_request, offer
from ..domain.errors import Refused
from ..domain.values import Command, OfferId, RequestId, ResponderId, request_of, request_stream
from ..store.journal import Answer
from .given import about, local_id
from .given import offer_id as checked_offer
from .plan import Call, Plan, community_id
from .requests import Requests

_NOBODY = ResponderId("r-0")
"""Stands for whoever holds what nobody holds: the rules then say what is wrong."""


class Answers(Requests):
    """
    One method per verb.

    Without `responder` the one whom the offer was made to is meant. Without `by` the engine's own
    actor answers on behalf of the responder, and both names are stored (代办).
    """

    def accept(
        self, community: str, offer_id: OfferId | str, *, responder: ResponderId | None = None, **call: Unpack[Call]
    ) -> Answer:
        """
        Accept an offer, or acknowledge an assignment: the answer and the load are one save.

        Raises
        ------
        Refused
            ``offer_not_held`` says who holds what now; a rule that forbids it now is named.
        """
        said = {"offer": offer_id, "responder": responder}
        who = responder or self._asked(community, offer_id, call)
        return self._answer(community, Plan(offer.AcceptOffer, said | {"responder": who}, said=said), call)

    def decline(
        self,
        community: str,
        offer_id: OfferId | str,
        *,
        responder: ResponderId | None = None,
        reason: str = "not_now",
        **call: Unpack[Call],
    ) -> Answer:
        """Decline an offer, or return an assignment; it costs nothing and is never offered to them again."""
        said = {"offer": offer_id, "responder": responder, "reason": reason}
        who = responder or self._asked(community, offer_id, call)
        return self._answer(community, Plan(offer.DeclineOffer, said | {"responder": who}, said=said), call)

    def withdraw(self, community: str, offer_id: OfferId | str, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Take an offer or assignment back that is not yet work."""
        return self._say(community, about(offer.WithdrawOffer, offer=offer_id, reason=reason), call)

    def complete(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        responder: ResponderId | None = None,
        outcome: str = "success",
        **call: Unpack[Call],
    ) -> Answer:
        """Report a leg finished (success, left_there, picked_up); the last one delivers the request."""
        said = {"request": request, "leg": leg, "responder": responder, "outcome": outcome}
        return self._report(community, offer.CompleteLeg, call, said=said)

    def fail(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        outcome: str,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Report a leg tried and not finished (not_home, bad_address, does_not_want …); a person is called."""
        said = {"request": request, "leg": leg, "responder": responder, "outcome": outcome}
        return self._report(community, offer.FailLeg, call, said=said)

    def release(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        reason: str,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Give a taken leg back, blameless (退单); it is shared out anew."""
        said = {"request": request, "leg": leg, "responder": responder, "reason": reason}
        return self._report(community, offer.ReleaseLeg, call, said=said)

    def requeue(self, community: str, request: RequestId, leg: str, **call: Unpack[Call]) -> Answer:
        """Let everybody be asked again for a leg that failed, or that all who could go have declined."""
        return self._say(community, about(offer.RequeueLeg, request=request, leg=leg), call)

    def _report(self, community: str, kind: type[Command], call: Call, *, said: Mapping[str, object]) -> Answer:
        """Report about work; in a crew, without `responder`, in the name of its first member."""
        who = said["responder"] or self._at_work(community, said, call)
        return self._answer(community, Plan(kind, {**said, "responder": who}, said=said), call)

    def _answer(self, community: str, plan: Plan, call: Call) -> Answer:
        """Answer in the responder's name, unless the caller says who answers."""
        responder = str(plan.fields["responder"])
        if call.get("by") is None and self.actor.id != responder:
            plan = replace(plan, on_behalf_of=responder)
        return self._say(community, plan, call)

    def _asked(self, community: str, offer_id: str, call: Call) -> ResponderId:
        """Return who an offer was made to."""
        if self._is_repeat(call):
            return _NOBODY
        known = checked_offer(offer_id)
        state = self._request_state(community, request_of(known))
        leg = state.leg_holding(known)
        if leg is None:
            raise Refused(
                "offer_not_held",
                f"Nobody holds offer {known} now (request is {type(state).__name__}). Look at the board.",
                offer=known,
            )
        return next(ask.responder for ask in leg.asks if ask.offer == known)

    def _at_work(self, community: str, said: Mapping[str, object], call: Call) -> ResponderId:
        """Return who has a leg."""
        if self._is_repeat(call):
            return _NOBODY
        held = self._request_state(community, RequestId(str(said["request"]))).leg(str(said["leg"]))
        return held.asks[0].responder if held is not None and held.asks else _NOBODY

    def _request_state(self, community: str, request: RequestId) -> help_request.HelpRequest:
        here = community_id(community)
        local_id(request_stream, here, request)
        return help_request.known(lambda stream: self.journal.state(stream)[0], here, request)
