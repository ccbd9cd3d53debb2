"""Residents: isolation, exclusions, who reads sealed fields, erasure."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.resident import (
    AccessPersonalData,
    BeginErasure,
    BeginIsolation,
    CompleteErasure,
    EndIsolation,
    Erased,
    ErasureBegun,
    ErasureCompleted,
    ExcludeNeighbours,
    ExcludeResponder,
    ExclusionsLifted,
    IsolationBegan,
    IsolationEnded,
    Leaving,
    LiftExclusions,
    NeighboursExcluded,
    PersonalDataAccessed,
    Resident,
    ResidentRegistered,
    ResponderExcluded,
    evolve,
)
from dispatch.domain.values import SYSTEM, Actor, Command, Fact, HouseholdId, ResponderId, Role, Sealed
from tests.domain.given import Given
from tests.domain.town import (
    LEAD,
    T0,
    accepts,
    actor,
    asked,
    calls,
    completes,
    moving_in,
    resident_at,
    said,
    tower,
    town,
)

LI = actor("p-li")
CAPTAIN = ResponderId("r-captain")


def state_of(given: Given) -> Resident:
    """Return Li's state."""
    state = given.read(resident_at("p-li"))
    assert isinstance(state, Resident)
    return state


def about(command: type[Command], by: Actor = LEAD, **fields: Any) -> Command:
    """Return a command about Li."""
    told: Command = said(command, by=by, resident="p-li", **fields)
    return told


_NAME = Sealed(subject="p-new", field="name", command="c-1", nonce="AAAA", ciphertext="AAAA")


def test_registration_keeps_what_was_sealed() -> None:
    """Name, phone and door arrive sealed and are recorded as they arrived."""
    command = moving_in("p-new", tower("12"), name=_NAME, by=LEAD)
    assert town().when(command) == [
        ResidentRegistered(household=HouseholdId("h-new"), place=tower("12"), name=_NAME, registered_at=T0)
    ]


def test_a_resident_is_registered_once() -> None:
    """Another registration under the same id is refused."""
    assert town().refusal(moving_in("p-li", tower("12"))).code == "resident_exists"


_ISOLATED = (about(BeginIsolation),)
_EXCLUDED = (about(ExcludeResponder, responder=CAPTAIN),)
_ALONE = (about(ExcludeNeighbours),)


@pytest.mark.parametrize(
    ("past", "command", "events"),
    [
        ((), about(BeginIsolation), [IsolationBegan(began_at=T0)]),
        (_ISOLATED, about(BeginIsolation), []),
        (_ISOLATED, about(EndIsolation), [IsolationEnded(ended_at=T0)]),
        ((), about(EndIsolation), []),
        ((), about(ExcludeResponder, responder=CAPTAIN), [ResponderExcluded(responder=CAPTAIN, excluded_at=T0)]),
        (_EXCLUDED, about(ExcludeResponder, responder=CAPTAIN), []),
        ((), about(ExcludeNeighbours, by=LI), [NeighboursExcluded(excluded_at=T0)]),
        (_ALONE, about(ExcludeNeighbours), []),
        (_EXCLUDED, about(LiftExclusions), [ExclusionsLifted(lifted_at=T0)]),
        (_ALONE, about(LiftExclusions, by=LI), [ExclusionsLifted(lifted_at=T0)]),
        ((), about(LiftExclusions), []),
        ((), about(BeginErasure, by=LI), [ErasureBegun(begun_at=T0)]),
    ],
)
def test_what_is_recorded(past: tuple[Command, ...], command: Command, events: list[Fact]) -> None:
    """What changes is recorded once; what is so already is not."""
    assert town().and_then(*past).when(command) == events


def test_the_state_follows() -> None:
    """Isolation and exclusions are what was said last."""
    given = town().and_then(*_ISOLATED, *_EXCLUDED, *_ALONE)
    assert state_of(given).isolated
    assert state_of(given).excluded == {CAPTAIN}
    assert state_of(given).neighbours_excluded
    given = given.and_then(about(EndIsolation), about(LiftExclusions))
    assert not state_of(given).isolated
    assert not state_of(given).excluded
    assert not state_of(given).neighbours_excluded


def test_nothing_is_said_about_a_stranger() -> None:
    """Register first."""
    assert town().refusal(said(BeginIsolation, resident="p-nobody")).code == "unknown_resident"


# ---- Reading sealed fields ----------------------------------------------------------------


def reads(who: Actor) -> Command:
    """Return a wish to see Li's phone."""
    return about(AccessPersonalData, by=who, fields=("phone",), purpose="delivery")


@pytest.mark.parametrize("who", [LI, LEAD, actor("r-worker"), actor("r-cadre")], ids=lambda who: str(who.id))
def test_the_desk_and_the_person_may_read(who: Actor) -> None:
    """A reading is recorded with its purpose before anything is shown (A4), each time anew."""
    read = PersonalDataAccessed(fields=("phone",), purpose="delivery", reader=who.id, accessed_at=T0)
    assert town().when(reads(who)) == [read]
    assert town().and_then(reads(who)).when(reads(who)) == [read]


def test_a_helper_reads_only_while_they_have_taken_a_leg() -> None:
    """The recipient sees what the active assignment needs: not before the yes, not after the work (P4)."""
    shopper = actor("r-shopper")
    given = town().and_then(calls())
    assert given.refusal(reads(shopper)).code == "no_active_assignment"
    given = asked(given, "outside", "r-shopper")
    assert given.refusal(reads(shopper)).code == "no_active_assignment"
    given = given.and_then(accepts("r-shopper"))
    assert len(given.when(reads(shopper))) == 1
    assert given.refusal(reads(actor("r-driver"))).code == "no_active_assignment"
    given = given.and_then(completes("r-shopper", "outside"))
    assert given.refusal(reads(shopper)).code == "no_active_assignment"


@pytest.mark.parametrize("who", ["p-wu", "staff.account", "r-nobody"])
def test_others_do_not_read(who: str) -> None:
    """Neither another resident nor an account that is nobody here."""
    role = Role.RESIDENT if who == "p-wu" else Role.VOLUNTEER
    assert town().refusal(reads(Actor(id=who, role=role))).code in {"not_yourself", "role_not_held"}


# ---- Erasure ------------------------------------------------------------------------------

_FENCED = (about(BeginErasure, by=LI),)
_GONE = (*_FENCED, about(CompleteErasure, by=SYSTEM))


@pytest.mark.parametrize("past", [_FENCED, _GONE], ids=["fenced", "gone"])
@pytest.mark.parametrize(
    "command",
    [
        about(BeginIsolation),
        about(EndIsolation),
        about(ExcludeResponder, responder=CAPTAIN),
        about(ExcludeNeighbours),
        about(LiftExclusions),
        reads(LEAD),
        reads(LI),
        calls(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_new_is_recorded_of_an_erased_person(past: tuple[Command, ...], command: Command) -> None:
    """From the fence on nothing is sealed, read or asked for them."""
    assert town().and_then(*past).refusal(command).code == "erased"


def test_erasure_has_two_steps() -> None:
    """Fence, then the key is destroyed, then that is recorded; each step once."""
    given = town()
    assert given.refusal(about(CompleteErasure, by=SYSTEM)).code == "erasure_not_begun"
    given = given.and_then(*_FENCED)
    assert isinstance(state_of(given), Leaving)
    assert given.when(about(BeginErasure, by=LI)) == []
    assert given.when(about(CompleteErasure, by=SYSTEM)) == [ErasureCompleted(completed_at=T0)]
    given = given.and_then(about(CompleteErasure, by=SYSTEM))
    assert isinstance(state_of(given), Erased)
    assert given.when(about(BeginErasure, by=LI)) == []
    assert given.when(about(CompleteErasure, by=SYSTEM)) == []


def test_an_erased_person_keeps_what_replay_needs() -> None:
    """The place stays: decisions stand on what is never erased (P3)."""
    assert state_of(town().and_then(*_GONE)).place == tower("12")


# ---- Damaged journals ---------------------------------------------------------------------

_REGISTERED = ResidentRegistered(household=HouseholdId("h-1"), place=tower("12"), registered_at=T0)
_BEGUN, _COMPLETED = ErasureBegun(begun_at=T0), ErasureCompleted(completed_at=T0)
_ISOLATION = IsolationBegan(began_at=T0)


@pytest.mark.parametrize(
    "events",
    [
        [_ISOLATION],
        [_REGISTERED, _REGISTERED],
        [_REGISTERED, _COMPLETED],
        [_REGISTERED, _BEGUN, _BEGUN],
        [_REGISTERED, _BEGUN, _ISOLATION],
        [_REGISTERED, _BEGUN, _COMPLETED, _COMPLETED],
        [_REGISTERED, _BEGUN, _COMPLETED, _ISOLATION],
    ],
    ids=lambda events: "-".join(type(event).__name__ for event in events),
)
def test_events_that_cannot_follow(events: list[Fact]) -> None:
    """An impossible pair is a damaged journal and stops the fold."""
    with pytest.raises(CorruptHistory):
        fold(evolve, events, ABSENT)
