"""
A ride after its booking: shared out in time, the way back, the ambulance, the end (R12, R13).

Whatever ends the request ends the ride with the next drain: the pass and the cars of the area are
settled there, whoever ended it and how.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from .booking import RideCommand, driven, is_return
from .community import registered
from .decider import NOTHING, Absent, Decision, Gathered, Read
from .errors import Refused
from .fleet import Slot, SlotsFreed, fleet_of, fleet_stream, take_slot
from .help_request import AlarmAcknowledged, Confirmed, Delivered, HelpRequest, RequestClosed, ended, known
from .leg import Done, Leg, LegCalled, Planned, PlannedLeg
from .medical_pass import Issued, PassRideDropped, PassRideUsed, pass_stream
from .policy import Policy
from .recall import release_all
from .ride import (
    Ambulance,
    Booked,
    ReadyForReturn,
    Redirected,
    ReturnCalled,
    Ride,
    RideEnded,
    RideRedirected,
    ride_stream,
)
from .ride import known as known_ride
from .ride_rules import is_ride
from .values import Code, Instant, RequestId, Role, request_stream

LATE_BACK = "return"
"""Why a car for the way back may be one more than the quota: nobody is left at a hospital."""


class ShareRide(RideCommand):
    """Share the first leg of a ride out, some time ahead of the agreed one."""

    leg: Code
    due: Instant


class CallForReturn(RideCommand):
    """Say that the patient is ready to go home."""


class RedirectRide(RideCommand):
    """End a ride because an ambulance was called."""

    call: Ambulance
    reason: Code


class PatientStays(RideCommand):
    """End a ride whose patient stays where they were brought."""


class EndRide(RideCommand):
    """Settle a ride whose request is over."""


def shared_from(ride: Ride, policy: Policy) -> datetime:
    """Return from when a ride is shared out: whoever drives in three days is not asked today."""
    return ride.pickup_at - timedelta(seconds=policy.ride_lead_s)


def first_on_call(state: HelpRequest) -> Leg | None:
    """Return the leg with which a ride begins, while it waits for its time."""
    return next(
        (leg for leg in state.legs if isinstance(leg, Planned) and leg.plan.on_call and not leg.plan.after), None
    )


def share_ride(command: ShareRide, read: Read) -> Decision:
    """Share a booked ride out when its time comes near."""
    state = known(read, command.community, command.request)
    ride = read(ride_stream(command.community, command.request))
    leg = first_on_call(state)
    if not isinstance(ride, Ride) or not state.is_matchable or leg is None or leg.plan.name != command.leg:
        return NOTHING
    if shared_from(ride, registered(read, command.community).policy) > command.at:
        return NOTHING
    gathered = Gathered()
    called = LegCalled(leg=command.leg, called_at=command.at)
    gathered.add(request_stream(command.community, command.request), called)
    return gathered.decision()


def call_for_return(command: CallForReturn, read: Read) -> Decision:
    """
    Share the way back out: the patient is ready (the hardest part, by the field's own words).

    A car for it is taken even beyond the area's quota, and that is recorded: nobody is left there.
    """
    state = known(read, command.community, command.request)
    ride = known_ride(read, command.community, command.request)
    _speaks_for(command, state)
    if isinstance(ride, ReturnCalled):
        return NOTHING
    if not isinstance(ride, Booked) or not state.is_matchable:
        raise ended(command.request, state)
    leg = next((leg for leg in state.legs if is_return(leg.plan)), None)
    if leg is None:
        raise Refused("no_way_back", f"Request {command.request} has no way back.", request=command.request)
    if not _is_there(state, leg):
        raise Refused(
            "not_there_yet",
            f"The patient of request {command.request} is not there yet. Report the way there done first.",
            request=command.request,
        )
    gathered = Gathered()
    request = request_stream(command.community, command.request)
    gathered.add(request, LegCalled(leg=leg.plan.name, called_at=command.at))
    by = command.on_behalf_of or command.actor.id
    gathered.add(ride_stream(command.community, command.request), ReadyForReturn(by=by, called_at=command.at))
    _car_back(command, ride, legs=[leg.plan for leg in state.legs], read=read, to=gathered)
    return gathered.decision()


def _speaks_for(command: CallForReturn, state: HelpRequest) -> None:
    if command.actor.role is Role.RESIDENT and command.actor.id not in state.spoken_for:
        raise Refused(
            "not_yourself",
            f"{command.actor.id} is not the patient of request {command.request}.",
            actor=command.actor.id,
        )


def _is_there(state: HelpRequest, back: Leg) -> bool:
    done = {leg.plan.name for leg in state.legs if isinstance(leg, Done)}
    return isinstance(back, Planned) and done.issuperset(back.plan.after)


def _car_back(command: RideCommand, ride: Ride, *, legs: Sequence[PlannedLeg], read: Read, to: Gathered) -> None:
    fleet = fleet_of(read, command.community)
    if ride.area is None or ride.area not in fleet.areas:
        return
    turnaround = timedelta(seconds=registered(read, command.community).policy.turnaround_s)
    slot = Slot(
        command.request,
        "back",
        ride.area,
        command.at,
        command.at + driven(legs, back=True) + turnaround,
        over_quota=False,
    )
    to.add(fleet_stream(command.community), take_slot(command, fleet, slot, reason=LATE_BACK))


def redirect_ride(command: RedirectRide, read: Read) -> Decision:
    """End a ride for an ambulance: whoever drove or waited is free, and who called it is on record (R12)."""
    state = known(read, command.community, command.request)
    ride = read(ride_stream(command.community, command.request))
    if isinstance(ride, Redirected):
        return NOTHING
    if not state.is_open or isinstance(state, Delivered | Confirmed):
        raise ended(command.request, state)
    if not any(is_ride(leg.plan) for leg in state.legs):
        raise Refused(
            "not_a_ride", f"Request {command.request} is no ride. Raise its urgency instead.", request=command.request
        )
    gathered = Gathered()
    request = request_stream(command.community, command.request)
    if state.alarm is not None and state.alarm.acknowledged_by is None:
        gathered.add(request, AlarmAcknowledged(by=command.actor.id, acknowledged_at=command.at))
    fact = RideRedirected(call=command.call, reason=command.reason, by=command.actor.id, redirected_at=command.at)
    gathered.add(ride_stream(command.community, command.request), fact)
    _close(command, state, reason="ambulance_called", to=gathered)
    if isinstance(ride, Ride):
        settle(command, ride, state, read=read, to=gathered)
    return gathered.decision()


def patient_stays(command: PatientStays, read: Read) -> Decision:
    """End a ride whose patient was admitted: there is no way back to share out."""
    state = known(read, command.community, command.request)
    ride = known_ride(read, command.community, command.request)
    if not state.is_open and not isinstance(ride, Booked | ReturnCalled):
        return NOTHING
    back = next((leg for leg in state.legs if is_return(leg.plan)), None)
    if not isinstance(ride, Booked) or not state.is_matchable or back is None or not _is_there(state, back):
        raise ended(command.request, state)
    gathered = Gathered()
    _close(command, state, reason="patient_stays", to=gathered)
    settle(command, ride, state, read=read, to=gathered)
    ended_there = RideEnded(outcome="patient_stays", ended_at=command.at)
    gathered.add(ride_stream(command.community, command.request), ended_there)
    return gathered.decision()


def _close(command: RideCommand, state: HelpRequest, *, reason: str, to: Gathered) -> None:
    closed = RequestClosed(reason=reason, closed_at=command.at)
    to.add(request_stream(command.community, command.request), closed)
    release_all(command, command.request, state, reason=reason, gathered=to)


def end_ride(command: EndRide, read: Read) -> Decision:
    """Settle a ride whose request is over, however it ended."""
    state = known(read, command.community, command.request)
    ride = read(ride_stream(command.community, command.request))
    if not isinstance(ride, Booked | ReturnCalled) or not is_past(state):
        return NOTHING
    gathered = Gathered()
    outcome = "success" if _took_place(state) else "not_used"
    gathered.add(ride_stream(command.community, command.request), RideEnded(outcome=outcome, ended_at=command.at))
    settle(command, ride, state, read=read, to=gathered)
    return gathered.decision()


def is_past(state: object) -> bool:
    """Tell whether a request has no ride before it any more: delivered, or over in any other way."""
    if state is None or isinstance(state, Absent | Delivered | Confirmed):
        return True
    return isinstance(state, HelpRequest) and not state.is_open


def _took_place(state: HelpRequest) -> bool:
    return any(isinstance(leg, Done) and leg.plan.drives for leg in state.legs)


def settle(command: RideCommand, ride: Ride, state: HelpRequest, *, read: Read, to: Gathered) -> None:
    """Count the ride on its pass, or give it back there, and free the cars that its area kept for it."""
    request: RequestId = command.request
    if ride.medical_pass is not None:
        stream = pass_stream(command.community, ride.medical_pass)
        issued = read(stream)
        if isinstance(issued, Issued) and request in issued.booked:
            used = PassRideUsed(request=request, used_at=command.at)
            dropped = PassRideDropped(request=request, dropped_at=command.at)
            to.add(stream, used if _took_place(state) else dropped)
    if any(slot.request == request for slot in fleet_of(read, command.community).slots):
        to.add(fleet_stream(command.community), SlotsFreed(request=request, freed_at=command.at))
