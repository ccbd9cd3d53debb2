"""Verbs about medical passes, rides, cars and quotas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from ..domain import booking, driving, fleet, judging, trips
from ..domain.medical_pass import Purpose
from ..domain.ride import Ambulance
from ..domain.values import (
    Channel,
    Command,
    PassId,
    Place,
    RequestId,
    ResidentId,
    ResponderId,
    Urgency,
    VehicleId,
)
from ..domain.vehicle import Owner
from ..store.journal import Answer
from .given import about, codes, one_of, several
from .plan import Call, Plan, speaker
from .registers import Registers, Where


class Rides(Registers):
    """One method per verb about going out for care (R12, R13)."""

    def apply_for_pass(
        self,
        community: str,
        resident: ResidentId,
        *,
        purpose: Purpose | str,
        need: str | None = None,
        **call: Unpack[Call],
    ) -> PassId:
        """
        Apply for a medical pass, for oneself or for another.

        Parameters
        ----------
        purpose
            regular_treatment, examination, admission, discharge or accompany: never an illness.
        need
            The medical need in free words, sealed; the medical group alone opens it, and the resident.
        """
        said = {"beneficiary": resident, "purpose": purpose}
        passed = PassId(self._made("m", community, call))
        fields = {"medical_pass": passed, "beneficiary": resident, "purpose": one_of(Purpose, purpose, "purpose")}
        plan = Plan(
            judging.RequestPass,
            fields,
            said=said | {"need": need},
            subject=resident if need is not None else None,
            personal={"need": need},
        )
        self._say(community, plan, call)
        return passed

    def review_pass(self, community: str, medical_pass: PassId, **call: Unpack[Call]) -> Answer:
        """Take an application up: the medical group only, and never who applied."""
        return self._say(community, about(judging.BeginReview, medical_pass=medical_pass), call)

    def issue_pass(
        self,
        community: str,
        medical_pass: PassId,
        *,
        valid_from: datetime,
        valid_until: datetime,
        rides: int = 1,
        **call: Unpack[Call],
    ) -> Answer:
        """Issue a reviewed pass for a time, at most 92 days, and a number of rides, 1 to 60."""
        fields = {
            "medical_pass": medical_pass,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "rides_max": rides,
        }
        return self._say(community, about(judging.IssuePass, **fields), call)

    def refuse_pass(self, community: str, medical_pass: PassId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Refuse a reviewed application, with a reason code."""
        return self._say(community, about(judging.RefusePass, medical_pass=medical_pass, reason=reason), call)

    def revoke_pass(self, community: str, medical_pass: PassId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Take a pass back; offers and work under it are taken back with the next drain."""
        return self._say(community, about(judging.RevokePass, medical_pass=medical_pass, reason=reason), call)

    def book_ride(
        self,
        community: str,
        resident: ResidentId,
        *,
        pickup_at: datetime,
        medical_pass: PassId | None = None,
        request: RequestId | None = None,
        kind: str = "medical_ride",
        back_by: datetime | None = None,
        needs: Iterable[str] = (),
        destination: str | None = None,
        urgent: str | None = None,
        urgency: Urgency | str | None = None,
        reporter: str | None = None,
        channel: Channel | str = Channel.APP,
        **call: Unpack[Call],
    ) -> RequestId:
        """
        Agree a car at the resident's home for a time, with a live pass and within the area's quota.

        Parameters
        ----------
        pickup_at, back_by
            The agreed time, and when the patient should be back; without it the policy's.
        request
            An open request of this resident, such as one of a series; a new one without it.
        needs
            What the car must have: wheelchair, stretcher.
        destination
            Where to, in free words; sealed.
        urgent
            Reason code of an urgent ride, which may be booked at any time and beyond the quota.
        urgency
            By default the kind's. «life» raises the alarm and books no ride: call 120.

        Raises
        ------
        Refused
            ``pass_needed``, ``pass_not_valid_then``, ``pass_used_up``, ``over_quota`` (it says who
            decides), ``ride_too_soon``, ``deadline_past`` …
        """
        said = {
            "medical_pass": medical_pass,
            "pickup_at": pickup_at,
            "back_by": back_by,
            "needs": codes(needs, "needs"),
            "urgent": urgent,
            "kind": kind,
            "beneficiary": resident,
        }
        more = {"request": request, "urgency": urgency, "reporter": reporter, "channel": channel}
        made = request or RequestId(self._made("q", community, call))
        fields = said | {
            "request": made,
            "reporter": reporter or speaker(call, self.actor).id,
            "channel": one_of(Channel, channel, "channel"),
            "urgency": one_of(Urgency, urgency, "urgency") if urgency is not None else None,
            "occurred_at": call.get("occurred_at") or self.clock(),
        }
        plan = Plan(
            booking.BookRide,
            fields,
            said=said | more | {"destination": destination},
            subject=resident if destination is not None else None,
            personal={"destination": destination},
        )
        self._say(community, plan, call)
        return made

    def ready_for_return(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """Say that the patient is ready: the way back is shared out now, to the same car when it can come."""
        return self._say(community, about(trips.CallForReturn, request=request), call)

    def redirect_ride(
        self, community: str, request: RequestId, *, to: str = "120", reason: str, **call: Unpack[Call]
    ) -> Answer:
        """End a ride because an ambulance was called, 120 or 999; an open alarm is taken with it."""
        call_to = one_of(Ambulance, to, "ambulance")
        return self._say(community, about(trips.RedirectRide, request=request, call=call_to, reason=reason), call)

    def patient_stays(self, community: str, request: RequestId, **call: Unpack[Call]) -> Answer:
        """End a ride whose patient was admitted: nobody waits for a way back."""
        return self._say(community, about(trips.PatientStays, request=request), call)

    def set_quota(
        self,
        community: str,
        area: str,
        *,
        places: Where | Iterable[Where],
        cars: int,
        decides: str | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Say how many cars an area, such as a sub-district, may send at a time.

        Parameters
        ----------
        places
            What lies in it.
        decides
            Who decides beyond the quota; by default the duty contact.
        """
        many = [places] if isinstance(places, str | Place) else several(places, "places")
        found = tuple(self.locate(community, where).place for where in many)
        return self._say(
            community, about(fleet.SetQuota, area=area, places=found, cars_max=cars, decides=decides), call
        )

    def register_car(
        self,
        community: str,
        *,
        area: str | None = None,
        features: Iterable[str] = (),
        seats: int = 4,
        lent_by: ResponderId | None = None,
        plate: str | None = None,
        **call: Unpack[Call],
    ) -> VehicleId:
        """
        Register a car of the fleet, or a private one that a responder lends.

        Parameters
        ----------
        area
            The area of the fleet it drives in; everywhere without one.
        features
            Such as wheelchair or stretcher.
        plate
            Sealed, under the lender's key when it is lent.
        """
        said = {"area": area, "features": codes(features, "features"), "seats": seats, "lent_by": lent_by}
        car = VehicleId(self._made("v", community, call))
        owner = Owner.FLEET if lent_by is None else Owner.PRIVATE
        plan = Plan(
            driving.RegisterVehicle,
            said | {"vehicle": car, "owner": owner},
            said=said | {"plate": plate},
            subject=(lent_by or car) if plate is not None else None,
            personal={"plate": plate},
        )
        self._say(community, plan, call)
        return car

    def issue_car_permit(
        self, community: str, car: VehicleId, *, valid_from: datetime, valid_until: datetime, **call: Unpack[Call]
    ) -> Answer:
        """Let a car pass the control points for a time; a new permit replaces the one before."""
        fields = {"vehicle": car, "valid_from": valid_from, "valid_until": valid_until}
        return self._say(community, about(driving.IssueCarPermit, **fields), call)

    def revoke_car_permit(self, community: str, car: VehicleId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Take a car's permit back."""
        return self._say(community, about(driving.RevokeCarPermit, vehicle=car, reason=reason), call)

    def withdraw_car(self, community: str, car: VehicleId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Take a parked car out of service, or give it back."""
        return self._say(community, about(driving.WithdrawVehicle, vehicle=car, reason=reason), call)

    def take_car(self, community: str, car: VehicleId, *, driver: ResponderId, **call: Unpack[Call]) -> Answer:
        """Take the wheel of a car: one driver a car, one car a driver."""
        return self._wheel(community, driving.TakeCar, car, driver=driver, call=call)

    def leave_car(self, community: str, car: VehicleId, *, driver: ResponderId, **call: Unpack[Call]) -> Answer:
        """Give a car back; not in the middle of a trip."""
        return self._wheel(community, driving.LeaveCar, car, driver=driver, call=call)

    def _wheel(self, community: str, kind: type[Command], car: VehicleId, *, driver: ResponderId, call: Call) -> Answer:
        return self._say(community, about(kind, vehicle=car, responder=driver), call)
