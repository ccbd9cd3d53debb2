"""
Resident: the pseudonymous person a request is for.

The person, not the household, is the subject of data: isolation, exclusions and the key that seals
names, phones and doors are a person's (A2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from .care import CARE_FACTS, FOR_FEW, FlagsSet, HouseholdContacted, IsolationEndSet
from .community import check_place, registered
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read, as_stage
from .errors import Refused, Unknown, impossible
from .line_item import buys
from .responder import Responder
from .values import (
    DESK,
    Account,
    Code,
    Command,
    CommunityId,
    Fact,
    HouseholdId,
    Instant,
    Place,
    ResidentId,
    ResponderId,
    Role,
    Sealed,
    is_local_id,
    request_of,
    request_stream,
    resident_stream,
    responder_stream,
)


@dataclass(frozen=True, slots=True)
class Resident:
    """
    A person on the register.

    Attributes
    ----------
    neighbours_excluded
        Keeps all volunteers of the own building away.
    isolated_until
        When the isolation ends by itself; `None` for one that a person ends.
    green_lane, no_phone
        What decisions may use of the vulnerability: see `care`. Never erased.
    flags
        The list of it, sealed.
    called_by, contacted_at
        Who reached the household by phone last (R15), and when it was last reached or seen (R33).
    """

    household: HouseholdId
    place: Place
    isolated: bool = False
    excluded: frozenset[ResponderId] = frozenset()
    neighbours_excluded: bool = False
    isolated_until: datetime | None = None
    green_lane: bool = False
    no_phone: bool = False
    flags: Sealed | None = None
    called_by: Account | None = None
    contacted_at: datetime | None = None

    @property
    def door(self) -> Place:
        """Where they live, down to the door: what a control level of one door is about (R20)."""
        return self.place.model_copy(update={"household": self.household})


@dataclass(frozen=True, slots=True)
class Leaving(Resident):
    """A person whose erasure has begun: no new request, open ones close, then the key is destroyed."""


@dataclass(frozen=True, slots=True)
class Erased(Resident):
    """A person whose key is destroyed."""


class ResidentRegistered(Fact):
    """A person was put on the register."""

    TOPIC: ClassVar[str] = "resident.registered"
    household: HouseholdId
    place: Place
    name: Sealed | None = None
    phone: Sealed | None = None
    door: Sealed | None = None
    registered_at: Instant


class IsolationBegan(Fact):
    """The person is isolated at home (居家隔离), until an instant or until a person ends it; no control of a place."""

    TOPIC: ClassVar[str] = "resident.isolation_began"
    began_at: Instant
    until: Instant | None = None


class IsolationEnded(Fact):
    """The person's isolation ended."""

    TOPIC: ClassVar[str] = "resident.isolation_ended"
    ended_at: Instant


class ResponderExcluded(Fact):
    """The person does not want this responder (回避)."""

    TOPIC: ClassVar[str] = "resident.responder_excluded"
    responder: ResponderId
    excluded_at: Instant


class NeighboursExcluded(Fact):
    """The person wants no volunteer of the own building."""

    TOPIC: ClassVar[str] = "resident.neighbours_excluded"
    excluded_at: Instant


class ExclusionsLifted(Fact):
    """All exclusions of the person ended."""

    TOPIC: ClassVar[str] = "resident.exclusions_lifted"
    lifted_at: Instant


class PersonalDataAccessed(Fact):
    """Somebody opened sealed fields; recorded before they were shown (A4)."""

    TOPIC: ClassVar[str] = "resident.personal_data_accessed"
    fields: tuple[Code, ...]
    purpose: Code
    reader: Account
    accessed_at: Instant


class ErasureBegun(Fact):
    """The person is fenced: from here on nothing new is sealed for them."""

    TOPIC: ClassVar[str] = "resident.erasure_begun"
    begun_at: Instant


class ErasureCompleted(Fact):
    """The person's key is destroyed; the ciphertext stays and cannot be opened."""

    TOPIC: ClassVar[str] = "resident.erasure_completed"
    completed_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the resident after one of their events."""
    match state, event:
        case Absent(), ResidentRegistered():
            return Resident(household=event.household, place=event.place)
        case Leaving(), ErasureCompleted():
            return as_stage(Resident, Erased, state)
        case ((Leaving() | Erased()), _):
            raise impossible(event, state)
        case Resident(), IsolationBegan():
            return replace(state, isolated=True, isolated_until=event.until)
        case Resident(), IsolationEnded():
            return replace(state, isolated=False, isolated_until=None)
        case Resident(), ResponderExcluded():
            return replace(state, excluded=state.excluded | {event.responder})
        case Resident(), NeighboursExcluded():
            return replace(state, neighbours_excluded=True)
        case Resident(), ExclusionsLifted():
            return replace(state, excluded=frozenset(), neighbours_excluded=False)
        case Resident(), PersonalDataAccessed():
            return state
        case Resident(), _ if isinstance(event, CARE_FACTS):
            return _evolve_care(state, event)
        case Resident(), ErasureBegun():
            return as_stage(Resident, Leaving, state)
        case _:
            raise impossible(event, state)


def _evolve_care(state: Resident, event: Fact) -> Resident:
    match event:
        case FlagsSet():
            return replace(state, flags=event.flags, green_lane=event.green_lane, no_phone=event.no_phone)
        case IsolationEndSet() if state.isolated:
            return replace(state, isolated_until=event.until)
        case HouseholdContacted():
            caller = event.by if event.by_phone else state.called_by
            return replace(state, called_by=caller, contacted_at=event.contacted_at)
        case _:
            raise impossible(event, state)


RESIDENT = Aggregate(
    name="resident",
    evolve=evolve,
    facts=(
        ResidentRegistered,
        IsolationBegan,
        IsolationEnded,
        ResponderExcluded,
        NeighboursExcluded,
        ExclusionsLifted,
        PersonalDataAccessed,
        *CARE_FACTS,
        ErasureBegun,
        ErasureCompleted,
    ),
)


class RegisterResident(Command):
    """Put a person on the register; the façade has sealed the personal fields."""

    resident: ResidentId
    household: HouseholdId
    place: Place
    name: Sealed | None = None
    phone: Sealed | None = None
    door: Sealed | None = None


class ResidentCommand(Command):
    """Base of the commands that concern one resident."""

    resident: ResidentId


class BeginIsolation(ResidentCommand):
    """Record that the person is isolated; said again with another end, the end is moved."""

    until: Instant | None = None


class EndIsolation(ResidentCommand):
    """Record that the isolation ended."""


class ExcludeResponder(ResidentCommand):
    """Keep one responder away from the person."""

    responder: ResponderId


class ExcludeNeighbours(ResidentCommand):
    """Keep all volunteers of the own building away."""


class LiftExclusions(ResidentCommand):
    """End all exclusions."""


MEDICAL_FIELD = "need"
"""The field of an application for a medical pass that says what somebody suffers from."""


class AccessPersonalData(ResidentCommand):
    """Record that sealed fields are about to be shown, with the purpose."""

    fields: tuple[Code, ...]
    purpose: Code


class BeginErasure(ResidentCommand):
    """Fence a person for erasure."""


class CompleteErasure(ResidentCommand):
    """Record that the key is destroyed."""


def present(read: Read, community: CommunityId, resident: ResidentId) -> Resident:
    """
    Return a resident who may still be served.

    Raises
    ------
    Unknown
        Nobody registered this resident.
    Refused
        ``erased``: the person's data are erased or being erased.
    """
    state = known(read, community, resident)
    if isinstance(state, Leaving | Erased):
        raise Refused(
            "erased",
            f"The personal data of resident {resident} are erased. Register the person anew if they need help again.",
            resident=resident,
        )
    return state


def known(read: Read, community: CommunityId, resident: ResidentId) -> Resident:
    """
    Return a resident in any stage.

    Raises
    ------
    Unknown
        Nobody registered this resident.
    """
    state = read(resident_stream(community, resident))
    if not isinstance(state, Resident):
        raise Unknown("resident", resident, now="Register the resident first, or correct the id.")
    return state


def register_resident(command: RegisterResident, read: Read) -> Decision:
    """Register a person at a place that the register has."""
    stream = resident_stream(command.community, command.resident)
    check_place(registered(read, command.community), command.place)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "resident_exists",
            f"Resident {command.resident} is registered already. Use another id.",
            resident=command.resident,
        )
    fact = ResidentRegistered(
        household=command.household,
        place=command.place,
        name=command.name,
        phone=command.phone,
        door=command.door,
        registered_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def begin_isolation(command: BeginIsolation, read: Read) -> Decision:
    """Isolate a person, or move the end of their isolation."""
    state = present(read, command.community, command.resident)
    if state.isolated and command.until in (None, state.isolated_until):
        return NOTHING
    if command.until is not None and command.until <= command.at:
        raise Refused("ends_before_start", "The isolation would end before it begins. Give an end that lies ahead.")
    if state.isolated and command.until is not None:
        return _one(command, IsolationEndSet(until=command.until, set_at=command.at))
    return _one(command, IsolationBegan(began_at=command.at, until=command.until))


def end_isolation(command: EndIsolation, read: Read) -> Decision:
    """End a person's isolation."""
    state = present(read, command.community, command.resident)
    return _one(command, IsolationEnded(ended_at=command.at)) if state.isolated else NOTHING


def exclude_responder(command: ExcludeResponder, read: Read) -> Decision:
    """Exclude one responder (回避)."""
    state = present(read, command.community, command.resident)
    if command.responder in state.excluded:
        return NOTHING
    return _one(command, ResponderExcluded(responder=command.responder, excluded_at=command.at))


def exclude_neighbours(command: ExcludeNeighbours, read: Read) -> Decision:
    """Exclude all volunteers of the own building (回避)."""
    state = present(read, command.community, command.resident)
    return NOTHING if state.neighbours_excluded else _one(command, NeighboursExcluded(excluded_at=command.at))


def lift_exclusions(command: LiftExclusions, read: Read) -> Decision:
    """Lift all exclusions."""
    state = present(read, command.community, command.resident)
    if not state.excluded and not state.neighbours_excluded:
        return NOTHING
    return _one(command, ExclusionsLifted(lifted_at=command.at))


def access_personal_data(command: AccessPersonalData, read: Read) -> Decision:
    """Record a reading of sealed fields before it happens: for the desk, for oneself, for who has taken a leg of it."""
    present(read, command.community, command.resident)
    if not _may_read(command, read):
        raise Refused(
            "no_active_assignment",
            f"{command.actor.id} has taken no leg for resident {command.resident}. "
            "Accept an offer first, or ask the desk.",
            actor=command.actor.id,
            resident=command.resident,
        )
    if MEDICAL_FIELD in command.fields and not _may_read_medical(command):
        raise Refused(
            "medical_only",
            f"{command.actor.id} may not open the medical need of resident {command.resident}. Ask the medical group.",
            actor=command.actor.id,
            resident=command.resident,
        )
    fact = PersonalDataAccessed(
        fields=command.fields, purpose=command.purpose, reader=command.actor.id, accessed_at=command.at
    )
    return _one(command, fact)


def _may_read_medical(command: AccessPersonalData) -> bool:
    """The need for care is opened by the medical group and by the person alone (R34)."""
    return command.actor.role is Role.MEDICAL_STAFF or command.actor.id == command.resident


def _may_read(command: AccessPersonalData, read: Read) -> bool:
    actor = command.actor
    if actor.role in DESK or actor.id == command.resident:
        return True
    if not is_local_id(actor.id) or not FOR_FEW.isdisjoint(command.fields):
        return False
    person = read(responder_stream(command.community, ResponderId(actor.id)))
    if not isinstance(person, Responder) or all(w.beneficiary != command.resident for w in person.loads.values()):
        return False
    return not any(is_item(field) for field in command.fields) or goes_to_buy(
        person, command.community, command.resident, read=read
    )


def is_item(field: str) -> bool:
    """Tell whether a sealed field says what is to be bought, from which an illness may be read."""
    return field.startswith("item_")


def goes_to_buy(person: Responder, community: CommunityId, resident: ResidentId, *, read: Read) -> bool:
    """
    Tell whether somebody has taken the leg on which things are bought for a person.

    Only they read what these are: who brings the closed bag to the door sees its number and no diagnosis
    (R3, requirements part B).
    """
    for work in person.loads.values():
        state = read(request_stream(community, request_of(work.leg)))
        leg = None if isinstance(state, Absent) else state.leg(work.leg.partition("/")[2])
        if work.beneficiary == resident and leg is not None and buys(leg):
            return True
    return False


def begin_erasure(command: BeginErasure, read: Read) -> Decision:
    """Begin the erasure of a person; repeated, it is nothing new."""
    if isinstance(known(read, command.community, command.resident), Leaving | Erased):
        return NOTHING
    return _one(command, ErasureBegun(begun_at=command.at))


def complete_erasure(command: CompleteErasure, read: Read) -> Decision:
    """Record the destruction of the key; only after the erasure has begun."""
    match known(read, command.community, command.resident):
        case Erased():
            return NOTHING
        case Leaving():
            return _one(command, ErasureCompleted(completed_at=command.at))
        case _:
            raise Refused("erasure_not_begun", f"Begin the erasure of resident {command.resident} first.")


def _one(command: ResidentCommand, fact: Fact) -> Decision:
    return (Changes(resident_stream(command.community, command.resident), (fact,)),)
