"""
LadderContacts (联络人): who is called at each step of the escalation ladder, place by place.

One stream per community. Where nobody is named, the registers answer: the captains of the floor, the
leads of the building, the duty contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .community import check_place, registered
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read
from .errors import Refused, impossible
from .values import Account, Code, Command, CommunityId, Fact, Instant, Place, Stream

CONTACTS_PER_STEP_MAX = 10


@dataclass(frozen=True, slots=True)
class LadderContacts:
    """The accounts named for a step over a place, in the order in which they are tried."""

    named: Mapping[tuple[Place, str], tuple[str, ...]] = field(default_factory=dict)

    def at(self, place: Place, step: str) -> tuple[str, ...]:
        """Return who is named for a step, those of the innermost place around `place` first."""
        around = [(where, accounts) for (where, name), accounts in self.named.items() if name == step]
        inner_first = sorted((w for w in around if w[0].contains(place)), key=lambda w: -w[0].depth)
        return tuple(dict.fromkeys(account for _, accounts in inner_first for account in accounts))


class LadderContactSet(Fact):
    """Somebody is called at a step of the ladder for a place, after those named before."""

    TOPIC: ClassVar[str] = "ladder.contact_set"
    place: Place
    step: Code
    account: Account
    set_at: Instant


class LadderContactRemoved(Fact):
    """Somebody is not called at a step for a place any more."""

    TOPIC: ClassVar[str] = "ladder.contact_removed"
    place: Place
    step: Code
    account: Account
    removed_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the contacts after one of their events."""
    contacts = LadderContacts() if isinstance(state, Absent) else state
    match contacts, event:
        case LadderContacts(named=named), LadderContactSet():
            key = (event.place, event.step)
            return LadderContacts({**named, key: (*named.get(key, ()), event.account)})
        case LadderContacts(named=named), LadderContactRemoved():
            key = (event.place, event.step)
            return LadderContacts({**named, key: tuple(who for who in named.get(key, ()) if who != event.account)})
        case _:
            raise impossible(event, state)


LADDER_CONTACTS = Aggregate(name="ladder", evolve=evolve, facts=(LadderContactSet, LadderContactRemoved))


class SetLadderContact(Command):
    """Name somebody for a step of the ladder over a place."""

    place: Place
    step: Code
    account: Account


class RemoveLadderContact(Command):
    """Call somebody at a step over a place no more."""

    place: Place
    step: Code
    account: Account


def ladder_stream(community: CommunityId) -> Stream:
    """Return the one stream of the ladder's contacts."""
    return Stream(f"{community}/ladder")


def _named(command: SetLadderContact | RemoveLadderContact, read: Read) -> tuple[str, ...]:
    state = read(ladder_stream(command.community))
    return state.named.get((command.place, command.step), ()) if isinstance(state, LadderContacts) else ()


def set_ladder_contact(command: SetLadderContact, read: Read) -> Decision:
    """Name somebody; said twice, nothing new happens."""
    register = registered(read, command.community)
    check_place(register, command.place)
    steps = [step.name for step in register.policy.ladder]
    if command.step not in steps:
        raise Refused(
            "unknown_step", f"The ladder has no step {command.step}; it has: {', '.join(steps)}.", step=command.step
        )
    named = _named(command, read)
    if command.account in named:
        return NOTHING
    if len(named) >= CONTACTS_PER_STEP_MAX:
        raise Refused(
            "too_many_contacts",
            f"Step {command.step} names {CONTACTS_PER_STEP_MAX} people for this place already. Remove one first.",
            step=command.step,
        )
    fact = LadderContactSet(place=command.place, step=command.step, account=command.account, set_at=command.at)
    return (Changes(ladder_stream(command.community), (fact,)),)


def remove_ladder_contact(command: RemoveLadderContact, read: Read) -> Decision:
    """Remove somebody; who is not named is not removed."""
    if command.account not in _named(command, read):
        return NOTHING
    fact = LadderContactRemoved(place=command.place, step=command.step, account=command.account, removed_at=command.at)
    return (Changes(ladder_stream(command.community), (fact,)),)
