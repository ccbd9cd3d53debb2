"""
Hard rules of rides: no leg that needs a permit without a live one, nobody drives without a usable car.

They hold when somebody is asked, when they accept, and as long as the offer is open or the work goes
on (part B: no leg enters a control area without a live permit; R12, R13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from .decider import Read
from .help_request import HelpRequest
from .judging import is_out
from .leg import PlannedLeg
from .medical_pass import Issued, pass_stream
from .ride import Ride, ride_stream
from .values import CommunityId, LegId, RequestId, ResponderId, Urgency, leg_id
from .vehicle import Manned, OnTrip, Vehicle, vehicle_stream
from .wheel import driven_by


@dataclass(frozen=True, slots=True)
class Papers:
    """
    What the rules of rides look at for one leg and one driver.

    `driving` is another leg for which the driver is asked or drives already.
    """

    leg: LegId
    plan: PlannedLeg
    request: HelpRequest
    ride: Ride | None = None
    medical_pass: Issued | None = None
    car: Vehicle | None = None
    driving: LegId | None = None

    def of(self, car: Vehicle | None, *, driving: LegId | None = None) -> Papers:
        """Return the same leg's papers for a driver."""
        return replace(self, car=car, driving=driving)

    def begins_at(self, at: datetime) -> datetime:
        """Return when the leg is done at the earliest: a ride is shared out ahead of its agreed time."""
        return at if self.ride is None else max(at, self.ride.pickup_at)


def is_ride(plan: PlannedLeg) -> bool:
    """Tell whether a leg is part of a ride."""
    return plan.drives or plan.permit is not None


def papers_of(
    read: Read, community: CommunityId, request: RequestId, *, state: HelpRequest, plan: PlannedLeg
) -> Papers | None:
    """Return the papers of a leg, without its car; `None` when it is no part of a ride."""
    if not is_ride(plan):
        return None
    ride = read(ride_stream(community, request))
    found = Papers(leg=leg_id(request, plan.name), plan=plan, request=state)
    if not isinstance(ride, Ride):
        return found
    issued = None
    if ride.medical_pass is not None:
        issued = read(pass_stream(community, ride.medical_pass))
    live = issued if isinstance(issued, Issued) and request in issued.booked else None
    return replace(found, ride=ride, medical_pass=live)


def car_of(read: Read, community: CommunityId, driver: ResponderId) -> Vehicle | None:
    """Return the car somebody is at the wheel of."""
    vehicle = driven_by(read, community, driver)
    car = read(vehicle_stream(community, vehicle)) if vehicle is not None else None
    return car if isinstance(car, Vehicle) else None


def life_threat_goes_by_ambulance(papers: Papers, _at: datetime) -> bool:
    """A threat to life is never a ride: 120 is called and a named person alarmed (A2, R12)."""
    return papers.request.urgency is not Urgency.LIFE


def pass_is_live(papers: Papers, at: datetime) -> bool:
    """
    A leg that needs a medical pass is done under a live one, or under a waiver recorded at the booking (R12).

    Who left with a live pass is let back in with it, unless it was revoked.
    """
    if papers.plan.permit is None:
        return True
    if papers.ride is None:
        return False
    live = papers.medical_pass
    if live is None:
        return papers.ride.pass_waived
    return live.valid_from <= papers.begins_at(at) and (at < live.valid_until or is_out(papers.request))


def has_a_car(papers: Papers, _at: datetime) -> bool:
    """Who drives a leg is at the wheel of a car (R13)."""
    return not papers.plan.drives or isinstance(papers.car, Manned)


def car_has_permit(papers: Papers, at: datetime) -> bool:
    """The car needs a permit too, valid when it goes (R13)."""
    if not papers.plan.drives or papers.car is None:
        return True
    permit = papers.car.permit
    return permit is not None and permit.valid_from <= papers.begins_at(at) < permit.valid_until


def car_is_free(papers: Papers, at: datetime) -> bool:
    """A car goes on one trip at a time, and after each it is disinfected first (R13)."""
    car = papers.car
    if not papers.plan.drives or car is None:
        return True
    if isinstance(car, OnTrip):
        return car.leg == papers.leg
    return car.free_from is None or car.free_from <= at


def drives_one_at_a_time(papers: Papers, _at: datetime) -> bool:
    """Who is asked to drive, or drives, is not asked to drive elsewhere (R13)."""
    return not papers.plan.drives or papers.driving in (None, papers.leg)


def car_fits(papers: Papers, _at: datetime) -> bool:
    """The car has what the patient needs, such as room for a wheelchair (R34)."""
    if not papers.plan.drives or papers.car is None or papers.ride is None:
        return True
    return papers.car.features >= papers.ride.needs


def car_serves_the_area(papers: Papers, _at: datetime) -> bool:
    """A car drives in its area; an urgent ride may have any car of the fleet (R12, R13)."""
    if not papers.plan.drives or papers.car is None or papers.ride is None:
        return True
    return papers.car.area in (None, papers.ride.area) or papers.ride.urgent is not None


RIDE_RULES: tuple[Callable[[Papers, datetime], bool], ...] = (
    life_threat_goes_by_ambulance,
    pass_is_live,
    has_a_car,
    car_has_permit,
    car_is_free,
    drives_one_at_a_time,
    car_fits,
    car_serves_the_area,
)
"""All of them, in the order in which they are checked."""


def failed_rule(papers: Papers | None, at: datetime) -> str | None:
    """Return the name of the first rule of rides that forbids a leg at an instant, or `None`."""
    if papers is None:
        return None
    return next((rule.__name__ for rule in RIDE_RULES if not rule(papers, at)), None)
