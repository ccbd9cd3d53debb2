"""Verbs about supply lots: what came in, what is set aside, what went out, and who is still to get theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Unpack

from ..domain import stock
from ..domain.resident import Erased, Leaving
from ..domain.supply_lot import SupplyLot
from ..domain.values import HouseholdId, LotId, Place, RequestId, ResidentId
from ..store.journal import Answer
from .given import about, local_id, texts
from .plan import Call, Plan, community_id
from .reading import Reading
from .registers import Where


@dataclass(frozen=True, slots=True)
class Distribution:
    """
    How far a distribution is.

    Attributes
    ----------
    served, owed
        Residents who have got something of the lot, and those who are still to get theirs.
    """

    served: tuple[ResidentId, ...]
    owed: tuple[ResidentId, ...]

    @property
    def coverage(self) -> tuple[int, int]:
        """
        Numerator and denominator: residents served, of all who were to be served.

        Who got units of the lot outside the distribution counts in both.
        """
        return len(self.served), len({*self.served, *self.owed})


class Stock(Reading):
    """One method per verb about supply lots (R32)."""

    def receive_goods(
        self,
        community: str,
        item: str,
        quantity: int,
        *,
        unit: str = "piece",
        source: str = "bought",
        where: Where | None = None,
        **call: Unpack[Call],
    ) -> LotId:
        """
        Take goods in, as a lot of their own.

        Parameters
        ----------
        item, unit, source
            Codes, such as vegetable_pack, box, donated.
        quantity
            Units, 1 to 1,000,000.
        where
            Where they lie; by default somewhere in the community.
        """
        place = self.locate(community, where).place if where is not None else Place()
        said = {"item": item, "quantity": quantity, "unit": unit, "source": source, "where": place}
        lot = LotId(self._made("l", community, call))
        fields = {"lot": lot, "item": item, "quantity": quantity, "unit": unit, "source": source, "place": place}
        self._say(community, Plan(stock.ReceiveLot, fields, said=said), call)
        return lot

    def reserve_goods(
        self, community: str, lot: LotId, *, request: RequestId, quantity: int, **call: Unpack[Call]
    ) -> Answer:
        """Set units aside for an open request; they are free again when it is over."""
        return self._say(community, about(stock.ReserveFromLot, lot=lot, request=request, quantity=quantity), call)

    def free_goods(self, community: str, lot: LotId, *, request: RequestId, **call: Unpack[Call]) -> Answer:
        """Free what is set aside for a request."""
        return self._say(community, about(stock.FreeReservation, lot=lot, request=request), call)

    def issue_goods(
        self,
        community: str,
        lot: LotId,
        *,
        resident: ResidentId,
        quantity: int = 1,
        request: RequestId | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Hand units out to a resident: what is theirs by request or distribution first, then free ones.

        Raises
        ------
        Refused
            ``not_enough_in_lot``, ``issued_meanwhile`` (somebody handed out at the same moment), ``lot_closed``.
        """
        said = {"lot": lot, "resident": resident, "quantity": quantity, "request": request}
        before = self.lot(community, lot).issued.get(resident, 0)
        return self._say(community, Plan(stock.IssueFromLot, {**said, "before": before}, said=said), call)

    def return_goods(
        self, community: str, lot: LotId, *, resident: ResidentId, quantity: int = 1, **call: Unpack[Call]
    ) -> Answer:
        """Take units back from a resident."""
        said = {"lot": lot, "resident": resident, "quantity": quantity}
        before = self.lot(community, lot).issued.get(resident, 0)
        return self._say(community, Plan(stock.ReturnToLot, {**said, "before": before}, said=said), call)

    def count_goods(self, community: str, lot: LotId, counted: int, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Let the account follow what lies on the shelf; the reason of a difference is kept."""
        return self._say(community, about(stock.CountLot, lot=lot, counted=counted, reason=reason), call)

    def distribute(
        self,
        community: str,
        lot: LotId,
        *,
        each: int = 1,
        residents: Iterable[ResidentId] | None = None,
        where: Where | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Owe every household the same; issuing to one settles it.

        Parameters
        ----------
        residents
            Who stands for the households; by default of each household at `where` the one whose id comes first.
        where
            A building, building_unit or floor; by default the whole community.
        """
        chosen = texts(residents, "residents") if residents is not None else self._households(community, where)
        plan = about(stock.PlanDistribution, lot=lot, residents=chosen, each=each)
        return self._say(community, plan, call)

    def _households(self, community: str, where: Where | None) -> tuple[ResidentId, ...]:
        place = self.locate(community, where).place if where is not None else None
        first: dict[HouseholdId, ResidentId] = {}
        for resident, state in sorted(self.board_of(community).residents.items()):
            if not isinstance(state, Leaving | Erased) and (place is None or place.contains(state.place)):
                first.setdefault(state.household, resident)
        return tuple(first.values())

    def end_distribution(self, community: str, lot: LotId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """End a distribution; who went without stays in the log."""
        return self._say(community, about(stock.EndDistribution, lot=lot, reason=reason), call)

    def close_lot(self, community: str, lot: LotId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Close the account of a lot."""
        return self._say(community, about(stock.CloseLot, lot=lot, reason=reason), call)

    def lot(self, community: str, lot: LotId) -> SupplyLot:
        """Return a lot's account, closed or not."""
        here = community_id(community)
        return stock.known(self._reader(None), here, local_id(stock.lot_stream, here, lot))

    def lots(self, community: str) -> Mapping[LotId, SupplyLot]:
        """Return the accounts of all lots that are not closed, by id."""
        lots = self.board_of(community).all("lot")
        return {LotId(lot): lots[lot] for lot in sorted(lots)}

    def distribution(self, community: str, lot: LotId) -> Distribution:
        """Return who of a distribution has got theirs, and who is missed so far."""
        state = self.lot(community, lot)
        served = sorted(resident for resident, units in state.issued.items() if units and resident not in state.due)
        return Distribution(served=tuple(served), owed=tuple(sorted(state.due)))
