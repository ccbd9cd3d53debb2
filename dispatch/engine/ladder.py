"""Verbs about the escalation ladder: who is called at which step, and taking charge."""

from __future__ import annotations

from typing import Unpack

from ..domain import climbing, ladder
from ..domain.escalation import Escalation, escalation_stream
from ..domain.ladder import LadderContacts, ladder_stream
from ..domain.values import Place, RequestId, request_stream
from ..store.journal import Answer
from .given import about, local_id
from .plan import Call, community_id
from .registers import Where
from .requests import Requests


class Ladder(Requests):
    """One method per verb about escalation (上报、逐级转派)."""

    def take_charge(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """
        Take charge of a request that people are called about; an alarm is acknowledged with it.

        Raises
        ------
        Refused
            ``charge_taken`` says who has it; ``nothing_to_take``: nobody is called about it now.
        """
        return self._say(community, about(climbing.TakeCharge, request=request), call)

    def set_ladder_contact(
        self, community: str, step: str, account: str, *, where: Where | None = None, **call: Unpack[Call]
    ) -> Answer:
        """
        Name somebody who is called at a step of the ladder for a place, after those named before.

        Parameters
        ----------
        step
            captain, deputy, building_lead, duty, standby, sub_district, or another of the policy's ladder.
        account
            Id of a responder or a staff account.
        where
            By default the whole community; contacts of an inner place come first.
        """
        fields = {"place": self._where(community, where), "step": step, "account": account}
        return self._say(community, about(ladder.SetLadderContact, **fields), call)

    def remove_ladder_contact(
        self, community: str, step: str, account: str, *, where: Where | None = None, **call: Unpack[Call]
    ) -> Answer:
        """Call somebody at a step for a place no more."""
        fields = {"place": self._where(community, where), "step": step, "account": account}
        return self._say(community, about(ladder.RemoveLadderContact, **fields), call)

    def _where(self, community: str, where: Where | None) -> Place:
        return Place() if where is None else self.locate(community, where).place

    def ladder_contacts(self, community: str, *, where: Where | None = None) -> dict[str, tuple[str, ...]]:
        """Return who is named for each step over a place, in the order in which they are tried."""
        here, place = community_id(community), self._where(community, where)
        state, _ = self.journal.state(ladder_stream(here))
        contacts = state if isinstance(state, LadderContacts) else LadderContacts()
        return {step.name: contacts.at(place, step.name) for step in self.register_of(here).policy.ladder}

    def escalation(self, community: str, request: RequestId) -> Escalation | None:
        """Return how far people were called about a request: its state, or `None` if they never were."""
        here = community_id(community)
        state, _ = self.journal.state(escalation_stream(here, local_id(request_stream, here, request)))
        return state if isinstance(state, Escalation) else None
