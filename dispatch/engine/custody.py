"""Verbs about what is kept for residents: cards, keys, money, medicines (保管)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Unpack

from ..domain import keeping
from ..domain.custody import Belonging
from ..domain.values import CustodyId, RequestId, ResidentId, ResponderId
from ..store.journal import Answer
from .given import about, one_of, texts
from .people import People
from .plan import Call, Plan


class Keeping(People):
    """
    One method per verb.

    Without `by` the engine's own actor speaks on behalf of the responder, and both names are stored (代办).
    """

    def take_custody(
        self,
        community: str,
        responder: ResponderId,
        *,
        owner: ResidentId,
        what: Belonging | str,
        request: RequestId | None = None,
        amount_fen: int | None = None,
        description: str | None = None,
        **call: Unpack[Call],
    ) -> CustodyId:
        """
        Take something of a resident into custody (R4).

        Parameters
        ----------
        responder
            Who keeps it from here on.
        what
            card, key, money, medicine or document.
        request
            What it is needed for; money needs one.
        amount_fen
            Of money: how much, in fen.
        description
            Which card, which key; sealed under the owner's key.

        Raises
        ------
        Refused
            ``holder_cannot_keep``, ``no_payment`` (R16), ``not_of_this_request``; unknown or erased people.
        """
        said = {
            "responder": responder,
            "owner": owner,
            "belonging": what,
            "request": request,
            "amount_fen": amount_fen,
            "description": description,
        }
        custody = CustodyId(self._made("i", community, call))
        fields = {name: value for name, value in said.items() if name != "description"}
        plan = Plan(
            keeping.TakeCustody,
            fields | {"custody": custody, "belonging": one_of(Belonging, what, "what")},
            said=said,
            subject=owner if description is not None else None,
            personal={"description": description},
        )
        self._kept(community, plan, call)
        return custody

    def offer_custody(
        self, community: str, custody: CustodyId, *, responder: ResponderId, to: ResponderId, **call: Unpack[Call]
    ) -> Answer:
        """Ask somebody to take over what a responder holds; it stays where it is until they do."""
        return self._kept(community, about(keeping.OfferCustody, custody=custody, responder=responder, to=to), call)

    def accept_custody(
        self,
        community: str,
        custody: CustodyId,
        *,
        responder: ResponderId,
        ask: int | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Take over what one was asked to take; `ask` says which asking is answered, from 1."""
        return self._kept(community, about(keeping.AcceptCustody, custody=custody, responder=responder, ask=ask), call)

    def decline_custody(
        self,
        community: str,
        custody: CustodyId,
        *,
        responder: ResponderId,
        reason: str = "not_now",
        ask: int | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Do not take over what one was asked to take; it stays with its holder."""
        plan = about(keeping.DeclineCustody, custody=custody, responder=responder, reason=reason, ask=ask)
        return self._kept(community, plan, call)

    def transfer_custody(
        self, community: str, custodies: CustodyId | Iterable[CustodyId], *, to: ResponderId, **call: Unpack[Call]
    ) -> Answer:
        """
        Hand things on to a named person, up to 200 in one save; the desk does so, for orphaned ones too (R4).

        Raises
        ------
        Refused
            ``holder_cannot_keep``; ``custody_not_held`` when one of them is back with its owner: then nothing is done.
        """
        return self._say(community, about(keeping.TransferCustody, custodies=_several(custodies), to=to), call)

    def orphan_custody(
        self,
        community: str,
        custodies: CustodyId | Iterable[CustodyId],
        *,
        holder: ResponderId,
        reason: str,
        **call: Unpack[Call],
    ) -> Answer:
        """Say that a holder cannot answer for things any more, lost ones for example; the duty contact is called."""
        plan = about(keeping.OrphanCustody, custodies=_several(custodies), holder=holder, reason=reason)
        return self._say(community, plan, call)

    def spend_money(
        self, community: str, custody: CustodyId, *, responder: ResponderId, spent_fen: int, **call: Unpack[Call]
    ) -> Answer:
        """Write down how much of the money is spent so far, in all, in fen (R16)."""
        plan = about(keeping.SpendMoney, custody=custody, responder=responder, spent_fen=spent_fen)
        return self._kept(community, plan, call)

    def return_custody(self, community: str, custody: CustodyId, **call: Unpack[Call]) -> Answer:
        """
        Confirm that the owner has it again: the owner, or the desk with `on_behalf_of` the owner.

        Raises
        ------
        Refused
            ``holder_may_not_confirm``: who had it cannot confirm that it is back.
        """
        return self._say(community, about(keeping.ReturnCustody, custody=custody), call)

    def _kept(self, community: str, plan: Plan, call: Call) -> Answer:
        responder = str(plan.fields["responder"])
        if call.get("by") is None and self.actor.id != responder:
            plan = replace(plan, on_behalf_of=responder)
        return self._say(community, plan, call)


def _several(custodies: CustodyId | Iterable[CustodyId]) -> tuple[CustodyId, ...]:
    given = [custodies] if isinstance(custodies, str) else custodies
    return tuple(CustodyId(item) for item in texts(given, "custodies"))
