"""What rides, passes and cars bring by time alone, or because their request, pass or driver is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..domain.driving import FreeCar, LeaveCar, goes_on, is_leaving
from ..domain.help_request import HelpRequest
from ..domain.intake import EscalateRequest
from ..domain.judging import ExpirePass, RevokePass, is_out
from ..domain.leg import Done, Taken
from ..domain.medical_pass import Issued, MedicalPass
from ..domain.resident import Erased, Leaving
from ..domain.ride import ReturnCalled, Ride
from ..domain.ride_rules import papers_of, pass_is_live
from ..domain.trips import EndRide, ShareRide, first_on_call, is_past, shared_from
from ..domain.values import SYSTEM, PassId, RequestId, VehicleId, request_of
from ..domain.vehicle import Manned, OnTrip
from ..matching.board import Board
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """
    Yield what is due about passes, cars and rides that are over, each in order of its ids.

    Rides whose request is over are settled; passes expire; cars whose leg is over are disinfected.
    """
    for ride in sorted(board.all("ride")):
        if is_past(board.requests.get(RequestId(ride))):
            end = EndRide(community=board.community, actor=SYSTEM, at=at, request=RequestId(ride))
            yield Reaction(f"ride_end:{board.community}:{ride}", end)
    for medical_pass in sorted(board.all("pass")):
        yield from _pass_due(board, PassId(medical_pass), at)
    for vehicle in sorted(board.all("vehicle")):
        yield from _car_due(board, VehicleId(vehicle), at)


def request_due(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    """
    Yield what is due about the ride of a request.

    It is shared out when its time is near; without a booking, without a live pass or without a car in time it calls
    a person.
    """
    state = board.requests[request]
    if not state.is_matchable or not any(leg.plan.on_call or leg.plan.drives for leg in state.legs):
        return
    ride = board.all("ride").get(request)
    leg = first_on_call(state)
    if leg is not None and isinstance(ride, Ride):
        begins = shared_from(ride, board.place_register.policy)
        if begins <= at:
            share = ShareRide(
                community=board.community, actor=SYSTEM, at=at, request=request, leg=leg.plan.name, due=begins
            )
            yield Reaction(f"ride_share:{board.community}:{request}:{leg.plan.name}", share)
    for reason in _reasons_to_escalate(board, request, state, at=at):
        escalate = EscalateRequest(community=board.community, actor=SYSTEM, at=at, request=request, reason=reason)
        yield Reaction(f"escalate:{board.community}:{request}:{reason}", escalate)


def _reasons_to_escalate(board: Board, request: RequestId, state: HelpRequest, *, at: datetime) -> Iterator[str]:
    ride = board.all("ride").get(request)
    if not isinstance(ride, Ride):
        if first_on_call(state) is not None and "ride_not_booked" not in state.escalated:
            yield "ride_not_booked"
        return
    if "pass_not_live" not in state.escalated and not _is_live(board, request, state, at=at):
        yield "pass_not_live"
    for reason, by in _cars_due(ride, state, board):
        if by <= at and reason not in state.escalated:
            yield reason


def _is_live(board: Board, request: RequestId, state: HelpRequest, *, at: datetime) -> bool:
    plans = [leg.plan for leg in state.legs if not isinstance(leg, Done)]
    found = (papers_of(board.read, board.community, request, state=state, plan=plan) for plan in plans)
    return all(papers is None or pass_is_live(papers, at) for papers in found)


def _cars_due(ride: Ride, state: HelpRequest, board: Board) -> Iterator[tuple[str, datetime]]:
    """Yield until when a car should be on its way, with the reason to call a person when none is."""
    open_legs = [leg for leg in state.legs if leg.plan.drives and not isinstance(leg, Done | Taken)]
    if isinstance(ride, ReturnCalled):
        if open_legs:
            within = timedelta(seconds=board.place_register.policy.return_within_s)
            yield "no_car_for_return", ride.called_at + within
    elif open_legs and not any(isinstance(leg, Done | Taken) for leg in state.legs if leg.plan.drives):
        yield "no_car_at_pickup", ride.pickup_at


def _pass_due(board: Board, medical_pass: PassId, at: datetime) -> Iterator[Reaction]:
    state = board.all("pass")[medical_pass]
    if not isinstance(state, MedicalPass):
        return
    if isinstance(board.residents[state.resident], Leaving | Erased):
        revoke = RevokePass(community=board.community, actor=SYSTEM, at=at, medical_pass=medical_pass, reason="erased")
        yield Reaction(f"pass_revoke:{board.community}:{medical_pass}", revoke)
    elif isinstance(state, Issued) and state.valid_until <= at and not _is_out(board, state):
        end = state.valid_until
        expire = ExpirePass(community=board.community, actor=SYSTEM, at=at, medical_pass=medical_pass, due=end)
        yield Reaction(f"pass_expire:{board.community}:{medical_pass}", expire)


def _is_out(board: Board, state: Issued) -> bool:
    return any(is_out(board.requests.get(request)) for request in state.booked)


def _car_due(board: Board, vehicle: VehicleId, at: datetime) -> Iterator[Reaction]:
    car = board.all("vehicle")[vehicle]
    if isinstance(car, OnTrip):
        if not goes_on(board.requests.get(request_of(car.leg)), car):
            free = FreeCar(community=board.community, actor=SYSTEM, at=at, vehicle=vehicle, leg=car.leg)
            yield Reaction(f"car_free:{board.community}:{vehicle}:{car.leg}:{car.bound_at.isoformat()}", free)
    elif isinstance(car, Manned) and is_leaving(board.responders[car.driver]):
        leave = LeaveCar(community=board.community, actor=SYSTEM, at=at, responder=car.driver, vehicle=vehicle)
        yield Reaction(f"car_leave:{board.community}:{vehicle}:{car.driver}", leave)


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield when a ride is shared out, and when its cars are late."""
    ride, state = board.all("ride").get(request), board.requests[request]
    if ride is not None:
        yield shared_from(ride, board.place_register.policy)
        yield from (by for _, by in _cars_due(ride, state, board))


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield when passes and permits begin and end, and when disinfection is over."""
    for medical_pass in board.all("pass").values():
        if isinstance(medical_pass, Issued):
            yield medical_pass.valid_from
            yield medical_pass.valid_until
    for car in board.all("vehicle").values():
        yield from (t for t in (*(car.permit or ()), car.free_from) if t is not None)
