"""Verbs about offers, assignments and the work they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from ..domain import help_request, offer
from ..domain.errors import Refused
from ..domain.values import Command, OfferId, RequestId, ResponderId, request_of, request_stream
from ..store.journal import Answer
from .core import Call, Plan, community_id
from .requests import Requests


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
        fields = {"offer": offer_id, "responder": responder or self._asked(community, offer_id)}
        return self._answer(community, offer.AcceptOffer, call, fields=fields)

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
        fields = {"offer": offer_id, "responder": responder or self._asked(community, offer_id), "reason": reason}
        return self._answer(community, offer.DeclineOffer, call, fields=fields)

    def withdraw(self, community: str, offer_id: OfferId | str, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Take an offer or assignment back that is not yet work."""
        fields = {"offer": offer_id, "reason": reason}
        return self._say(community, Plan(offer.WithdrawOffer, fields, said=fields), call)

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
        fields = self._work(community, request, leg, responder=responder) | {"outcome": outcome}
        return self._answer(community, offer.CompleteLeg, call, fields=fields)

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
        fields = self._work(community, request, leg, responder=responder) | {"outcome": outcome}
        return self._answer(community, offer.FailLeg, call, fields=fields)

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
        fields = self._work(community, request, leg, responder=responder) | {"reason": reason}
        return self._answer(community, offer.ReleaseLeg, call, fields=fields)

    def requeue(self, community: str, request: RequestId, leg: str, **call: Unpack[Call]) -> Answer:
        """Let a failed leg be tried again, by anybody."""
        fields = {"request": request, "leg": leg}
        return self._say(community, Plan(offer.RequeueLeg, fields, said=fields), call)

    def _answer(self, community: str, kind: type[Command], call: Call, *, fields: Mapping[str, object]) -> Answer:
        responder = str(fields["responder"])
        if "by" not in call and "on_behalf_of" not in call and self.actor.id != responder:
            call = {**call, "on_behalf_of": responder}
        return self._say(community, Plan(kind, fields, said=fields), call)

    def _asked(self, community: str, offer_id: str) -> ResponderId:
        state = self._request_state(community, request_of(offer_id))
        leg = state.leg_holding(OfferId(offer_id))
        if leg is None:
            raise Refused(
                "offer_not_held",
                f"Nobody holds offer {offer_id} now (request is {type(state).__name__}). Look at the board.",
                offer=offer_id,
            )
        return next(ask.responder for ask in leg.asks if ask.offer == offer_id)

    def _work(
        self, community: str, request: RequestId, leg: str, *, responder: ResponderId | None
    ) -> dict[str, object]:
        if responder is None:
            held = self._request_state(community, request).leg(leg)
            if held is not None and held.asks:
                responder = held.asks[0].responder
        return {"request": request, "leg": leg, "responder": responder or ResponderId("r-0")}

    def _request_state(self, community: str, request: RequestId) -> help_request.HelpRequest:
        here = community_id(community)
        try:
            request_stream(here, request)
        except ValueError as bad:
            raise Refused("unknown_request", f"{bad}.") from None
        return help_request.known(lambda stream: self.journal.state(stream)[0], here, request)
