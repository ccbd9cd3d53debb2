"""Verbs about the course of a taken leg, the goods on it, and what is to be bought (R3, R5, R6, R7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Unpack

from ..domain import carrying, receiving, shopping
from ..domain.line_item import ItemAdded
from ..domain.values import Point, RequestId, ResponderId
from ..store.journal import Answer
from .answers import Answers
from .given import about, codes, label, one_of
from .items import Item, check_item, plan_of
from .plan import Call


class Handing(Answers):
    """
    One method per verb; all of them may be left out: who only reports a leg finished has said enough.

    Without `responder` the one who has the leg is meant. Without `by` the engine's own actor speaks on
    their behalf, and both names are stored (代办). `seals` are the numbers read off the closed bags.
    """

    def start_leg(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Set out for a leg; refused when a rule forbids it now (S5)."""
        said = {"request": request, "leg": leg, "responder": responder}
        return self._report(community, carrying.StartLeg, call, said=said)

    def arrive(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Be where a leg is done."""
        said = {"request": request, "leg": leg, "responder": responder}
        return self._report(community, carrying.ArriveAtLeg, call, said=said)

    def pick_up_goods(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        seals: Iterable[str] = (),
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Take the goods of a leg up; bags that were numbered before must have the same numbers (R3).

        Raises
        ------
        Refused
            ``seal_differs`` and ``seal_needed`` name who had them last; ``goods_missing``.
        """
        said = {"request": request, "leg": leg, "responder": responder, "seals": codes(seals, "seals")}
        return self._report(community, carrying.PickUpGoods, call, said=said)

    def place_goods(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        point: Point | str | None = None,
        seals: Iterable[str] = (),
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Put the goods down where the leg ends, or at the gate before the shelf; that finishes the leg (R5)."""
        said = {
            "request": request,
            "leg": leg,
            "responder": responder,
            "point": None if point is None else one_of(Point, point, "point"),
            "seals": codes(seals, "seals"),
        }
        return self._report(community, carrying.PlaceGoods, call, said=said)

    def hand_over_goods(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        to: str,
        point: Point | str | None = None,
        seals: Iterable[str] = (),
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Give the goods from hand to hand, across the fence for example; that finishes the leg (R6).

        Parameters
        ----------
        to
            Who takes them: a responder, a staff account, or the resident they are for.
        """
        said = {
            "request": request,
            "leg": leg,
            "responder": responder,
            "to": to,
            "point": None if point is None else one_of(Point, point, "point"),
            "seals": codes(seals, "seals"),
        }
        return self._report(community, carrying.HandOverGoods, call, said=said)

    def refuse_goods(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        reason: str,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Say that the other side does not take the goods; they stay with who brought them, and a person is called."""
        said = {"request": request, "leg": leg, "responder": responder, "reason": reason}
        return self._report(community, carrying.RefuseGoods, call, said=said)

    def report_missing(
        self,
        community: str,
        request: RequestId,
        leg: str,
        *,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Say that the goods are not where the leg begins; who had them last is recorded, and a person is called."""
        said = {"request": request, "leg": leg, "responder": responder}
        return self._report(community, receiving.ReportMissing, call, said=said)

    def take_delivery(
        self, community: str, request: RequestId, *, seals: Iterable[str] = (), **call: Unpack[Call]
    ) -> Answer:
        """
        Confirm to have the goods: the resident, who reported, or somebody on their behalf (R7).

        Fetched from gate or shelf, nothing more is to be done and all who were asked are free; from the
        hands of who brought them, that leg is still to be reported finished.
        """
        plan = about(receiving.ReceiveGoods, request=request, seals=codes(seals, "seals"))
        return self._say(community, plan, call)

    def miss_goods(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """Say that what was put down for somebody is not there; a person is called."""
        return self._say(community, about(receiving.MissGoods, request=request), call)

    def find_goods(self, community: str, request: RequestId, *, point: Point | str, **call: Unpack[Call]) -> Answer:
        """Say where missing goods lie now; then `requeue` has the leg tried again."""
        plan = about(receiving.FindGoods, request=request, point=one_of(Point, point, "point"))
        return self._say(community, plan, call)

    def add_item(self, community: str, request: RequestId, item: Item, **call: Unpack[Call]) -> int:
        """
        Write something to be bought down on a request, and return its number.

        Raises
        ------
        Refused
            ``no_shopping``; ``too_late_to_add`` when somebody was there, or is asked already and a doctor
            would have to agree first.
        """
        check_item(item)
        state = self._request_state(community, request)
        number = self._added_before(call) or len(state.items) + 1
        self._say(community, plan_of(request, state.beneficiary, asdict(item) | {"item": number}), call)
        return number

    def _added_before(self, call: Call) -> int | None:
        """Return the number that this very command gave when it was given before."""
        facts = (event.fact for event in self._first_answer(call))
        return next((fact.number for fact in facts if isinstance(fact, ItemAdded)), None)

    def confirm_item(self, community: str, request: RequestId, item: int, **call: Unpack[Call]) -> Answer:
        """Say that a doctor agrees to an item: the doctor, or the desk with `on_behalf_of` the doctor's account."""
        return self._say(community, about(shopping.ConfirmItem, request=request, item=item), call)

    def drop_item(
        self, community: str, request: RequestId, item: int, *, reason: str = "not_needed", **call: Unpack[Call]
    ) -> Answer:
        """Take an item back that is not wanted any more, or that a doctor does not agree to."""
        return self._say(community, about(shopping.DropItem, request=request, item=item, reason=reason), call)

    def item_not_found(
        self,
        community: str,
        request: RequestId,
        item: int,
        *,
        place: str,
        leg: str = "outside",
        nowhere_else: bool = False,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Say that an item is not to be had at a place, named as its sign names it (R3).

        With `nowhere_else` the search for it ends and a person is called; when nothing is to be had, the leg fails.
        """
        said = {
            "request": request,
            "leg": leg,
            "responder": responder,
            "item": item,
            "place": label(place, "place"),
            "nowhere_else": nowhere_else,
        }
        return self._report(community, shopping.ReportNotFound, call, said=said)

    def item_found(
        self,
        community: str,
        request: RequestId,
        item: int,
        *,
        place: str,
        leg: str = "outside",
        substituted: bool = False,
        responder: ResponderId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Say that an item was bought at a place, and whether it is another brand (R3).

        Raises
        ------
        Refused
            ``may_not_be_substituted``.
        """
        said = {
            "request": request,
            "leg": leg,
            "responder": responder,
            "item": item,
            "place": label(place, "place"),
            "substituted": substituted,
        }
        return self._report(community, shopping.ReportFound, call, said=said)
