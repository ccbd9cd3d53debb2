"""A real fortnight: the calls and blocks of the files, each station a community of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.building import Building
from ..domain.community import RegisterBuilding, RegisterCommunity
from ..domain.policy import Policy
from ..domain.resident import RegisterResident
from ..domain.roster import RegisterResponder
from ..domain.shift import Shift
from ..domain.values import (
    BuildingId,
    Command,
    CommunityId,
    HouseholdId,
    Place,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
)
from .arrivals import Arrival, Change
from .calls import CATALOGUE, ZONE, Block, Incident, Source, housed
from .contest import EVENING, SETTLED_BEFORE, Setting
from .draws import Draws, pick
from .fitted import Fitted
from .town import AFTER, BEFORE, CAPTAIN_UNITS, DESK, STAFF_UNITS
from .world import World

WALK_UP_MAX = 5
STAFF = {Role.CADRE: 3, Role.COMMUNITY_WORKER: 3, Role.DRIVER: 2}
STAFF_SKILLS = ("stair_carry", "protective_gear")
DRIVER_SKILLS = ("daily_test", "drive")


@dataclass(frozen=True)
class Fortnight:
    """
    Everything that the calls tell, as they tell it; only the answers are made up, by the seed.

    Attributes
    ----------
    source, blocks
        What was read.
    fitted
        How people answer.
    pace
        How many times faster than in truth the calls follow one another; the work takes as long as it took.
    """

    source: Source
    blocks: Sequence[Block]
    fitted: Fitted
    pace: int = 1

    @property
    def requests(self) -> int:
        """How many requests there are."""
        return len(self.source.incidents)

    @property
    def responders(self) -> int:
        """How many people there are: a captain for each floor, and the staff of each community."""
        houses = housed(self.source.incidents, self.blocks)
        return sum(sum(boxes.values()) + sum(STAFF.values()) for boxes in houses.values())

    def settings(self, draws: Draws) -> Iterator[Setting]:
        """Yield each community; the seed changes neither its requests nor their pace."""
        of: dict[CommunityId, list[Incident]] = {}
        for incident in self.source.incidents:
            of.setdefault(incident.community, []).append(incident)
        for community, boxes in housed(self.source.incidents, self.blocks).items():
            incidents = of[community]
            opens_at = self._at(incidents[0]) - SETTLED_BEFORE
            station = Station(community, boxes, opens_at, tuple(incidents))
            arrivals = [_arrival(incident, self._at(incident)) for incident in incidents]
            yield Setting(community, station.settle, arrivals, arrivals[-1].at + EVENING)

    def _at(self, incident: Incident) -> datetime:
        begins = self.source.incidents[0].received_at
        return begins + (incident.received_at - begins) // self.pace


def _arrival(incident: Incident, at: datetime) -> Arrival:
    name, later = _local(incident), incident.retriaged_at - incident.received_at
    change = Change(at + later, incident.final) if incident.final is not incident.first else None
    return Arrival(
        request=RequestId(f"q-{name}"),
        resident=ResidentId(f"p-{name}"),
        at=at,
        kind=incident.kind,
        urgency=incident.first,
        work_s=60 * incident.work_min,
        answer_s=incident.answer_s,
        change=change,
    )


def _local(incident: Incident) -> str:
    return incident.number.lower()


@dataclass(frozen=True)
class Station:
    """One community of the fortnight: its blocks, a captain on each floor, and its staff."""

    community: CommunityId
    boxes: Mapping[str, int]
    opens_at: datetime
    incidents: Sequence[Incident]

    def settle(self, world: World, policy: Policy) -> None:
        """Register everything and everybody."""
        said: dict[str, Any] = {"community": self.community, "actor": DESK, "at": self.opens_at}
        world.found(
            RegisterCommunity(
                **said, name=self.community, time_zone=str(ZONE), duty="desk", catalogue=CATALOGUE, policy=policy
            )
        )
        for box, floors in self.boxes.items():
            world.found(RegisterBuilding(**said, building=_building(box, floors)))
        world.found(*self._people(said))
        world.found(*(self._caller(said, incident) for incident in self.incidents))

    def _caller(self, said: Mapping[str, Any], incident: Incident) -> Command:
        floor = 1 + pick(incident.number, "floor", among=self.boxes[incident.box])
        name, home = _local(incident), Place(building=_house(incident.box), floor=str(floor))
        return RegisterResident(
            **said, resident=ResidentId(f"p-{name}"), household=HouseholdId(f"h-{name}"), place=home
        )

    def _people(self, said: Mapping[str, Any]) -> Iterator[Command]:
        long = Shift(starts_at=self.opens_at - BEFORE, ends_at=self.opens_at + AFTER)
        here = self.community.replace("-", "")
        for box, floors in self.boxes.items():
            for floor in range(1, floors + 1):
                home = Place(building=_house(box), floor=str(floor))
                yield RegisterResponder(
                    **said,
                    responder=ResponderId(f"r-{here}b{box.lower()}f{floor}"),
                    role=Role.FLOOR_CAPTAIN,
                    home=home,
                    scopes=(home,),
                    capacity=CAPTAIN_UNITS,
                    shifts=(long,),
                )
        for role, count in STAFF.items():
            for number in range(1, count + 1):
                yield RegisterResponder(
                    **said,
                    responder=ResponderId(f"r-{here}{role.value.replace('_', '')}{number}"),
                    role=role,
                    scopes=(Place(),),
                    skills=DRIVER_SKILLS if role is Role.DRIVER else STAFF_SKILLS,
                    capacity=STAFF_UNITS,
                    shifts=(long,),
                )


def _house(box: str) -> BuildingId:
    return BuildingId(f"b-{box.lower()}")


def _building(box: str, floors: int) -> Building:
    return Building(
        building=_house(box),
        name=box,
        key=box,
        floors=tuple(str(floor) for floor in range(1, floors + 1)),
        entrance="1",
        lift=floors > WALK_UP_MAX,
    )
