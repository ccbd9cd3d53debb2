"""
CasePlan (一人一策): what one person needs, who keeps in contact, how often, and until when (R29).

Active → Ended, and Active again under a new plan; one stream for each person, named by the person's id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from . import resident as residents
from .community import registered
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read, as_stage
from .errors import Refused, impossible
from .resident import Erased, Leaving
from .responder import serving
from .values import (
    Account,
    Code,
    Command,
    CommunityId,
    Fact,
    Instant,
    ResidentId,
    ResponderId,
    Sealed,
    Stream,
    stream_of,
)

Cadence = Annotated[int, Field(ge=3_600, le=31 * 86_400)]
"""Seconds from one contact to the next: an hour to 31 days."""

Needs = Annotated[tuple[Code, ...], Field(max_length=20)]


class PlanOpened(Fact):
    """A plan for a person began; `needs` are kinds of help, never an illness; the rest is in the sealed note."""

    TOPIC: ClassVar[str] = "plan.opened"
    reason: Code
    needs: Needs = ()
    keeper: ResponderId
    cadence_s: Cadence
    ends_at: Instant | None = None
    note: Sealed | None = None
    opened_at: Instant


class PlanRevised(Fact):
    """The plan is another from now on; the next contact is due as before, by the new cadence."""

    TOPIC: ClassVar[str] = "plan.revised"
    needs: Needs = ()
    keeper: ResponderId
    cadence_s: Cadence
    ends_at: Instant | None = None
    note: Sealed | None = None
    revised_at: Instant


class ContactMade(Fact):
    """Somebody spoke to the person; temperature and condition are in the sealed note (S1, S4)."""

    TOPIC: ClassVar[str] = "plan.contact_made"
    by: Account
    condition_ok: bool | None = None
    note: Sealed | None = None
    made_at: Instant


class ContactReminded(Fact):
    """A contact was overdue and somebody was reminded: the keeper first, then the duty contact."""

    TOPIC: ClassVar[str] = "plan.contact_reminded"
    to: Account
    due_at: Instant
    reminded_at: Instant


class PlanEnded(Fact):
    """The plan is over."""

    TOPIC: ClassVar[str] = "plan.ended"
    reason: Code
    ended_at: Instant


PLAN_FACTS = (PlanOpened, PlanRevised, ContactMade, ContactReminded, PlanEnded)


@dataclass(frozen=True, slots=True)
class CasePlan:
    """
    Base of a plan's states.

    `reminded` counts the reminders since the last contact; `opened` counts the plans of this person.
    """

    reason: str
    needs: tuple[str, ...]
    keeper: ResponderId
    cadence_s: int
    ends_at: datetime | None
    note: Sealed | None
    contacted_at: datetime
    contacts: int = 0
    reminded: int = 0

    @property
    def contact_due_at(self) -> datetime:
        """When the next contact is due."""
        return self.contacted_at + timedelta(seconds=self.cadence_s)

    @property
    def reminder_due_at(self) -> datetime:
        """When somebody is reminded next: as soon as the contact is due, then once each cadence."""
        return self.contacted_at + timedelta(seconds=self.cadence_s * (1 + self.reminded))


class Active(CasePlan):
    """In force."""

    __slots__ = ()


class Ended(CasePlan):
    """Over."""

    __slots__ = ()


def evolve(state: Any, event: Fact) -> Any:
    """Return the plan after one of its events."""
    match state, event:
        case ((Absent() | Ended()), PlanOpened()):
            return Active(
                event.reason,
                event.needs,
                event.keeper,
                event.cadence_s,
                event.ends_at,
                event.note,
                contacted_at=event.opened_at,
            )
        case Active(), PlanRevised():
            return replace(
                state,
                needs=event.needs,
                keeper=event.keeper,
                cadence_s=event.cadence_s,
                ends_at=event.ends_at,
                note=event.note or state.note,
            )
        case Active(), ContactMade():
            return replace(state, contacted_at=event.made_at, contacts=state.contacts + 1, reminded=0)
        case Active(), ContactReminded():
            cadences = (event.due_at - state.contacted_at) // timedelta(seconds=state.cadence_s)
            return replace(state, reminded=max(cadences, state.reminded + 1))
        case Active(), PlanEnded():
            return as_stage(CasePlan, Ended, state)
        case _:
            raise impossible(event, state)


CASE_PLAN = Aggregate(name="plan", evolve=evolve, facts=PLAN_FACTS, is_over=lambda state: isinstance(state, Ended))


class PlanCommand(Command):
    """Base of the commands about the plan of one person."""

    resident: ResidentId


class OpenPlan(PlanCommand):
    """Begin a plan, or revise the one in force; `reason` is a code such as isolated or returnee."""

    reason: Code
    needs: Needs = ()
    keeper: ResponderId
    cadence_s: Cadence
    ends_at: Instant | None = None
    note: Sealed | None = None


class RecordContact(PlanCommand):
    """Record a contact; `contact` counts those of this plan from 1."""

    contact: Annotated[int, Field(ge=1)]
    condition_ok: bool
    note: Sealed | None = None


class RemindOfContact(PlanCommand):
    """Remind of a contact that is overdue; `due` names the reminder."""

    due: Instant


class EndPlan(PlanCommand):
    """End a plan."""

    reason: Code


def plan_stream(community: CommunityId, resident: ResidentId) -> Stream:
    """Return the stream of a person's plans."""
    return stream_of(community, "plan", resident)


def active(read: Read, community: CommunityId, resident: ResidentId) -> Active:
    """
    Return the plan in force.

    Raises
    ------
    Refused
        ``no_plan``.
    """
    state = read(plan_stream(community, resident))
    if not isinstance(state, Active):
        raise Refused("no_plan", f"Resident {resident} has no case plan now. Open one first.", resident=resident)
    return state


def open_plan(command: OpenPlan, read: Read) -> Decision:
    """Open a plan, or revise the one in force; the same again is nothing new (R29)."""
    residents.present(read, command.community, command.resident)
    if serving(read, command.community, command.keeper).resident == command.resident:
        raise Refused(
            "not_themselves",
            f"Responder {command.keeper} is resident {command.resident} and cannot look after themselves. "
            "Name somebody else.",
            resident=command.resident,
            responder=command.keeper,
        )
    if command.ends_at is not None and command.ends_at <= command.at:
        raise Refused("ends_before_start", "The plan would end before it begins. Give an end that lies ahead.")
    terms: dict[str, Any] = {
        "needs": command.needs,
        "keeper": command.keeper,
        "cadence_s": command.cadence_s,
        "ends_at": command.ends_at,
    }
    state = read(plan_stream(command.community, command.resident))
    if not isinstance(state, Active):
        return _one(command, PlanOpened(reason=command.reason, note=command.note, opened_at=command.at, **terms))
    same_note = command.note is None or command.note == state.note
    if same_note and all(getattr(state, name) == value for name, value in terms.items()):
        return NOTHING
    return _one(command, PlanRevised(note=command.note, revised_at=command.at, **terms))


def record_contact(command: RecordContact, read: Read) -> Decision:
    """Record that somebody spoke to the person."""
    residents.present(read, command.community, command.resident)
    state = active(read, command.community, command.resident)
    if command.contact <= state.contacts:
        return NOTHING
    if command.contact != state.contacts + 1:
        raise Refused("contact_order", f"Contact {state.contacts + 1} is the next one. Record that.")
    by = command.on_behalf_of or command.actor.id
    return _one(command, ContactMade(by=by, condition_ok=command.condition_ok, note=command.note, made_at=command.at))


def contact_of_a_round(command: Command, read: Read, *, resident: ResidentId, by: Account) -> Decision:
    """Return what a contact by a calling round means for the plan, if there is one in force."""
    stream = plan_stream(command.community, resident)
    if not isinstance(read(stream), Active):
        return NOTHING
    return (Changes(stream, (ContactMade(by=by, made_at=command.at),)),)


def remind_of_contact(command: RemindOfContact, read: Read) -> Decision:
    """
    Remind the keeper of an overdue contact, then the duty contact once each cadence, until somebody does it.

    Where nobody ticked for a while, one reminder stands for all that were missed.
    """
    state = read(plan_stream(command.community, command.resident))
    if not isinstance(state, Active) or state.reminder_due_at != command.due or command.due > command.at:
        return NOTHING
    to = registered(read, command.community).duty if state.reminded else state.keeper
    cadence = timedelta(seconds=state.cadence_s)
    last = command.due + (command.at - command.due) // cadence * cadence
    return _one(command, ContactReminded(to=to, due_at=last, reminded_at=command.at))


def end_plan(command: EndPlan, read: Read) -> Decision:
    """End a plan: by a person, or by System at its end or when the person is being erased."""
    state = read(plan_stream(command.community, command.resident))
    if isinstance(state, Ended):
        return NOTHING
    active(read, command.community, command.resident)
    return _one(command, PlanEnded(reason=command.reason, ended_at=command.at))


def is_gone(state: residents.Resident) -> bool:
    """Tell whether a person is being erased, or is erased: their plan ends."""
    return isinstance(state, Leaving | Erased)


def _one(command: PlanCommand, fact: Fact) -> Decision:
    return (Changes(plan_stream(command.community, command.resident), (fact,)),)
