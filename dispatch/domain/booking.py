"""
Booking a medical ride: a pass, a time and place agreed, a car of the area (R12, R13).

A ride is a request whose legs are driven; its own stream keeps what was agreed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from . import intake, medical_pass
from . import resident as residents
from .community import Registered, registered
from .decider import NOTHING, Absent, Decision, Gathered, Read
from .errors import Refused
from .fleet import Slot, fleet_of, fleet_stream, take_slot
from .help_request import HelpRequest, RequestTriaged, WorkPlanned, ended
from .leg import PlannedLeg
from .medical_pass import Issued, PassRideBooked, not_that_far, pass_stream
from .policy import Policy
from .ride import Redirected, Ride, RideBooked, ride_stream
from .values import (
    Account,
    Channel,
    Code,
    Command,
    Fact,
    Instant,
    PassId,
    Place,
    RequestId,
    ResidentId,
    Role,
    Sealed,
    Urgency,
    request_stream,
)

AHEAD_MAX = timedelta(days=31)


class RideCommand(Command):
    """Base of the commands about the ride of one request."""

    request: RequestId


class BookRide(RideCommand):
    """
    Agree a car: time, place (the beneficiary's home) and what it must have.

    `request` is a new id, or that of an open request of this person that has no ride yet. `urgent` is the
    reason of a booking at any time. A threat to life becomes an alarm and no ride.
    """

    beneficiary: ResidentId
    reporter: Account
    channel: Channel
    kind: Code
    medical_pass: PassId | None = None
    pickup_at: Instant
    back_by: Instant | None = None
    needs: tuple[Code, ...] = ()
    urgent: Code | None = None
    urgency: Urgency | None = None
    destination: Sealed | None = None
    occurred_at: Instant


def is_return(leg: PlannedLeg) -> bool:
    """Tell whether a leg waits for the patient's call: the way back begins with it."""
    return leg.on_call and bool(leg.after)


def driven(legs: Sequence[PlannedLeg], *, back: bool) -> timedelta:
    """Return the planned driving time of one way."""
    turn = next((n for n, leg in enumerate(legs) if is_return(leg)), len(legs))
    way = legs[turn:] if back else legs[:turn]
    return timedelta(minutes=sum(leg.minutes for leg in way if leg.drives))


def book_ride(command: BookRide, read: Read) -> Decision:
    """Book a car for a person with a live pass, within the quota of their area, in one save with the request."""
    community = registered(read, command.community)
    if command.urgency is Urgency.LIFE:
        return _alarm(command, read)
    found = read(ride_stream(command.community, command.request))
    if not isinstance(found, Absent):
        return _again(command, found)
    _only_ones_own(command, read)
    _time_is_usable(command, community.policy)
    gathered = Gathered()
    legs, place = _legs(command, read, community, to=gathered)
    _take_pass(command, read, community.policy, needed=any(leg.permit is not None for leg in legs), to=gathered)
    area = _take_cars(command, read, community.policy, legs=legs, place=place, to=gathered)
    fact = RideBooked(
        resident=command.beneficiary,
        medical_pass=command.medical_pass,
        pass_waived=command.medical_pass is None,
        pickup_at=command.pickup_at,
        back_by=command.back_by,
        area=area,
        needs=command.needs,
        urgent=command.urgent,
        destination=command.destination,
        booked_by=command.on_behalf_of or command.actor.id,
        booked_at=command.at,
    )
    gathered.add(ride_stream(command.community, command.request), fact)
    return gathered.decision()


def _alarm(command: BookRide, read: Read) -> Decision:
    """A threat to life becomes an alarm and no ride (R12)."""
    state = read(request_stream(command.community, command.request))
    if not isinstance(state, HelpRequest):
        return intake.receive_request(_request(command), read)
    if state.urgency is Urgency.LIFE:
        return NOTHING
    raised = intake.ChangeUrgency(
        community=command.community,
        actor=command.actor,
        at=command.at,
        request=command.request,
        urgency=Urgency.LIFE,
        reason="life_threat",
    )
    return intake.change_urgency(raised, read)


def _again(command: BookRide, found: Ride | Redirected) -> Decision:
    if isinstance(found, Ride):
        agreed = (found.resident, found.medical_pass, found.pickup_at, found.needs, found.urgent)
        needs = frozenset(command.needs)
        if agreed == (command.beneficiary, command.medical_pass, command.pickup_at, needs, command.urgent):
            return NOTHING
    raise Refused(
        "ride_exists",
        f"Request {command.request} has a ride already ({type(found).__name__}). Cancel it and book anew.",
        request=command.request,
    )


def _only_ones_own(command: BookRide, read: Read) -> None:
    if command.actor.role is not Role.RESIDENT:
        return
    mine = {command.beneficiary}
    if command.medical_pass is not None:
        mine.add(ResidentId(medical_pass.known(read, command.community, command.medical_pass).applicant))
    if command.actor.id not in mine:
        raise Refused(
            "not_yourself",
            f"Resident {command.actor.id} books rides with their own passes only.",
            actor=command.actor.id,
        )


def _time_is_usable(command: BookRide, policy: Policy) -> None:
    """A ride is agreed ahead; at any time it is sent in urgent cases, with their reason (R12)."""
    if command.pickup_at <= command.at:
        raise Refused("deadline_past", "The agreed time is over already. Agree a later time.")
    if command.back_by is not None and command.back_by <= command.pickup_at:
        raise Refused("ends_before_start", "The patient would be back before the ride begins. Give a later end.")
    if command.pickup_at > command.at + AHEAD_MAX:
        raise Refused("ride_too_far_ahead", f"A ride is booked at most {AHEAD_MAX.days} days ahead. Book it later.")
    notice = timedelta(seconds=policy.ride_notice_s)
    if command.urgent is None and command.pickup_at < command.at + notice:
        raise Refused(
            "ride_too_soon",
            f"A ride is booked at least {policy.ride_notice_s // 60} minutes ahead. "
            "Agree a later time, or book it as urgent with its reason.",
            limit=policy.ride_notice_s // 60,
        )


def _legs(command: BookRide, read: Read, community: Registered, *, to: Gathered) -> tuple[Sequence[PlannedLeg], Place]:
    """Return the legs of the ride and where it begins: of an open request of this person, or of a new one."""
    state = read(request_stream(command.community, command.request))
    if isinstance(state, HelpRequest):
        _fits(command, state)
        return [leg.plan for leg in state.legs], state.place
    legs: Sequence[PlannedLeg] = ()
    for stream, events in intake.receive_request(_request(command), read):
        for event in events:
            legs = event.legs if isinstance(event, WorkPlanned) else legs
            to.add(stream, _due_when_back(command, event, community.policy))
    _are_driven(command, legs)
    return legs, residents.present(read, command.community, command.beneficiary).place


def _fits(command: BookRide, state: HelpRequest) -> None:
    if not state.is_matchable or state.beneficiary != command.beneficiary:
        raise ended(command.request, state)
    if state.urgency is Urgency.LIFE:
        raise Refused(
            "ambulance_first",
            f"Request {command.request} is a threat to life: call 120, and end it with the ambulance called.",
            request=command.request,
        )
    _are_driven(command, [leg.plan for leg in state.legs])


def _are_driven(command: BookRide, legs: Sequence[PlannedLeg]) -> None:
    if not any(leg.drives for leg in legs):
        raise Refused("not_a_ride", f"Kind {command.kind} has no leg that is driven. Book a ride of another kind.")


def _due_when_back(command: BookRide, event: Fact, policy: Policy) -> Fact:
    """A ride is late when the patient should be back and is not: not a few hours after it was asked for."""
    if not isinstance(event, RequestTriaged):
        return event
    due_at = command.back_by or command.pickup_at + timedelta(seconds=policy.ride_back_within_s)
    return event.model_copy(update={"due_at": due_at})


def _request(command: BookRide) -> intake.ReceiveRequest:
    return intake.ReceiveRequest(
        community=command.community,
        actor=command.actor,
        on_behalf_of=command.on_behalf_of,
        at=command.at,
        request=command.request,
        beneficiary=command.beneficiary,
        reporter=command.reporter,
        channel=command.channel,
        kind=command.kind,
        occurred_at=command.occurred_at,
        needed_by=command.pickup_at,
        urgency=command.urgency,
    )


def _take_pass(command: BookRide, read: Read, policy: Policy, *, needed: bool, to: Gathered) -> None:
    """Take one ride of a pass that is live at the agreed time; without a pass only where urgency waives it (R12)."""
    if command.medical_pass is None:
        if needed and not (policy.urgent_ride_waives_pass and command.urgent is not None):
            raise Refused(
                "pass_needed",
                "A ride needs a medical pass, also an urgent one in this community. Apply for one, or call 120.",
            )
        return
    state = medical_pass.known(read, command.community, command.medical_pass)
    if state.resident != command.beneficiary:
        raise Refused(
            "pass_of_another",
            f"Medical pass {command.medical_pass} is not of resident {command.beneficiary}. Name their own.",
            medical_pass=command.medical_pass,
        )
    if not isinstance(state, Issued):
        raise not_that_far(command.medical_pass, state)
    if not state.valid_from <= command.pickup_at < state.valid_until:
        raise Refused(
            "pass_not_valid_then",
            f"Medical pass {command.medical_pass} is not valid at the agreed time. Agree another time, or apply anew.",
            medical_pass=command.medical_pass,
        )
    if state.rides_left < 1:
        raise Refused(
            "pass_used_up",
            f"All {state.rides_max} rides of medical pass {command.medical_pass} are booked or used. Apply anew.",
            medical_pass=command.medical_pass,
            limit=state.rides_max,
        )
    fact = PassRideBooked(request=command.request, booked_at=command.at)
    to.add(pass_stream(command.community, command.medical_pass), fact)


def _take_cars(
    command: BookRide, read: Read, policy: Policy, *, legs: Sequence[PlannedLeg], place: Place, to: Gathered
) -> str | None:
    """Take a car of the area for the way there and its disinfection (R13); outside all areas there is no quota."""
    fleet = fleet_of(read, command.community)
    area = fleet.area_of(place)
    if area is not None:
        ends_at = command.pickup_at + driven(legs, back=False) + timedelta(seconds=policy.turnaround_s)
        slot = Slot(command.request, "out", area, command.pickup_at, ends_at, over_quota=False)
        to.add(fleet_stream(command.community), take_slot(command, fleet, slot, reason=command.urgent))
    return area
