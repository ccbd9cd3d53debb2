"""What can be asked about passes, rides, cars and quotas: as of now, or as it was known."""

from __future__ import annotations

from datetime import datetime

from ..domain import medical_pass, ride, vehicle
from ..domain.medical_pass import MedicalPass
from ..domain.ride import Redirected, Ride
from ..domain.values import PassId, RequestId, VehicleId
from ..domain.vehicle import Vehicle
from ..matching.board import Board, advance
from ..views.fleet import CarLine, PassLine, QuotaLine, RideLine, cars_of, passes_of, quotas_of, rides_of
from .given import local_id
from .plan import community_id
from .reading import Reading


class FleetReading(Reading):
    """Nothing here changes the log."""

    def medical_pass(self, community: str, passed: PassId, *, as_of: int | datetime | None = None) -> MedicalPass:
        """Return a pass in any state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return medical_pass.known(self._reader(as_of), here, local_id(medical_pass.pass_stream, here, passed))

    def ride(self, community: str, request: RequestId, *, as_of: int | datetime | None = None) -> Ride | Redirected:
        """Return what is agreed about the ride of a request."""
        here = community_id(community)
        return ride.known(self._reader(as_of), here, local_id(ride.ride_stream, here, request))

    def car(self, community: str, car: VehicleId, *, as_of: int | datetime | None = None) -> Vehicle:
        """Return a car in any state."""
        here = community_id(community)
        return vehicle.known(self._reader(as_of), here, local_id(vehicle.vehicle_stream, here, car))

    def passes(self, community: str, *, as_of: int | datetime | None = None) -> tuple[PassLine, ...]:
        """Return the passes that are applied for or issued."""
        return passes_of(self._fleet_board(community, as_of))

    def rides(self, community: str, *, as_of: int | datetime | None = None) -> tuple[RideLine, ...]:
        """Return the rides that are agreed and not over, the next to leave first."""
        return rides_of(self._fleet_board(community, as_of))

    def cars(self, community: str, *, as_of: int | datetime | None = None) -> tuple[CarLine, ...]:
        """Return the cars in service; whether each could leave is said of the instant asked for, else of now."""
        return cars_of(self._fleet_board(community, as_of), self._asked_at(as_of))

    def quotas(self, community: str, *, as_of: int | datetime | None = None) -> tuple[QuotaLine, ...]:
        """Return the areas of the fleet with what is booked of them."""
        return quotas_of(self._fleet_board(community, as_of), self._asked_at(as_of))

    def _asked_at(self, as_of: int | datetime | None) -> datetime:
        return as_of if isinstance(as_of, datetime) else self.clock()

    def _fleet_board(self, community: str, as_of: int | datetime | None) -> Board:
        here = community_id(community)
        if as_of is None:
            warm = self._warm_of(here)
            with warm.lock:
                self._catch_up(warm)
                return warm.board
        position = self._position(as_of)
        return advance(Board(here), self.journal.read(lte=position, community=here))
