"""Verbs about places after their registration: what was counted, who is responsible first (R19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ..domain import place_register
from ..domain.address import canonical_building_unit
from ..domain.values import BuildingId, ResponderId
from ..store.journal import Answer
from .given import about, texts
from .plan import Call
from .registers import Registers, Where


class Places(Registers):
    """One method per verb."""

    def survey_building(
        self,
        community: str,
        building: BuildingId,
        *,
        lifts: Sequence[str] | None = None,
        doors: int | None = None,
        households: int | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Record what was counted in a building; what is not given stays as it was known.

        Parameters
        ----------
        lifts
            The stairwells that have a lift, when they are not all alike; an empty list for none.
        doors, households
            Street doors, 1 to 5,000, and flats, 0 to 5,000.
        """
        units = None if lifts is None else tuple(canonical_building_unit(unit) for unit in texts(lifts, "lifts"))
        fields = {"building": building, "lifts": units, "doors": doors, "households": households}
        return self._say(community, about(place_register.SurveyBuilding, **fields), call)

    def name_steward(self, community: str, where: Where, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """Name who is responsible for a place first (认领); whoever was before is relieved."""
        place = self.locate(community, where).place
        return self._say(community, about(place_register.NameSteward, place=place, responder=responder), call)

    def end_steward(self, community: str, where: Where, responder: ResponderId, **call: Unpack[Call]) -> Answer:
        """Relieve a steward of a place; nobody follows until one is named."""
        place = self.locate(community, where).place
        return self._say(community, about(place_register.EndSteward, place=place, responder=responder), call)

    def responsible_for(self, community: str, where: Where) -> str:
        """Return who is told first about a place: its innermost steward, else the duty contact."""
        return place_register.responsible_for(self.register_of(community), self.locate(community, where).place)
