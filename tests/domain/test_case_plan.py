"""Case plans (一人一策): opening, revising, contacts, reminders, ending (R29)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.case_plan import (
    Active,
    ContactMade,
    ContactReminded,
    Ended,
    EndPlan,
    OpenPlan,
    PlanEnded,
    PlanOpened,
    PlanRevised,
    RecordContact,
    RemindOfContact,
    evolve,
    plan_stream,
)
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.resident import BeginErasure
from dispatch.domain.values import SYSTEM, Command, Fact, ResidentId, ResponderId
from tests.domain.given import Given, kinds_of
from tests.domain.round_town import note_of, reaches, starts
from tests.domain.town import RIVERSIDE, T0, actor, after, said, town

LEAD = ResponderId("r-lead")
DAY_S = 86_400


def opens(**fields: Any) -> Any:
    """Return the opening of Li's plan: the building lead rings once a day."""
    shape: dict[str, Any] = {"resident": "p-li", "reason": "returnee", "keeper": "r-lead", "cadence_s": DAY_S}
    return said(OpenPlan, **(shape | fields))


def of_plan(kind: type[Command], **fields: Any) -> Any:
    """Return a command about Li's plan."""
    return said(kind, **({"resident": "p-li"} | fields))


def contacts(contact: int = 1, **fields: Any) -> Any:
    """Return a contact with Li."""
    return of_plan(RecordContact, contact=contact, condition_ok=True, **fields)


def plan_of(given: Given) -> Active | Ended:
    """Return the state of Li's plan."""
    state = given.read(plan_stream(RIVERSIDE, ResidentId("p-li")))
    assert isinstance(state, Active | Ended)
    return state


def opened(**fields: Any) -> Given:
    """Return the town with Li's plan open."""
    return town().and_then(opens(**fields))


_OPENED = PlanOpened(reason="returnee", keeper=LEAD, cadence_s=DAY_S, opened_at=T0)
_MADE = ContactMade(by="r-worker", condition_ok=True, made_at=T0)
_DUE = T0 + timedelta(seconds=DAY_S)


@pytest.mark.parametrize(
    ("past", "command", "events"),
    [
        ((), opens(), [_OPENED]),
        ((opens(),), opens(), []),
        (
            (opens(),),
            opens(needs=("food",)),
            [PlanRevised(needs=("food",), keeper=LEAD, cadence_s=DAY_S, revised_at=T0)],
        ),
        (
            (opens(),),
            opens(note=note_of("AAAA")),
            [PlanRevised(keeper=LEAD, cadence_s=DAY_S, note=note_of("AAAA"), revised_at=T0)],
        ),
        ((opens(note=note_of("AAAA")),), opens(note=note_of("AAAA")), []),
        ((opens(),), contacts(), [_MADE]),
        ((opens(), contacts()), contacts(), []),
        ((opens(),), of_plan(EndPlan, reason="moved_away"), [PlanEnded(reason="moved_away", ended_at=T0)]),
        ((opens(), of_plan(EndPlan, reason="done")), of_plan(EndPlan, reason="done"), []),
        ((opens(), of_plan(EndPlan, reason="done")), opens(), [_OPENED]),
    ],
)
def test_what_is_recorded(past: tuple[Command, ...], command: Command, events: list[Fact]) -> None:
    """What changes is recorded once; what is so already is not."""
    assert town().and_then(*past).when(command) == events


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((), opens(ends_at=T0), "ends_before_start"),
        ((), opens(keeper="r-nobody"), "unknown_responder"),
        ((), opens(resident="p-nobody"), "unknown_resident"),
        ((), opens(resident="p-captain", keeper="r-captain"), "not_themselves"),
        ((said(BeginErasure, resident="p-li"),), opens(), "erased"),
        ((), contacts(), "no_plan"),
        ((opens(),), contacts(2), "contact_order"),
        ((opens(), of_plan(EndPlan, reason="done")), contacts(), "no_plan"),
        ((), of_plan(EndPlan, reason="done"), "no_plan"),
        ((opens(),), contacts(by=actor("r-shopper")), "not_permitted"),
    ],
)
def test_what_is_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """A plan has a keeper, an end that lies ahead, and contacts one after another."""
    assert town().and_then(*past).refusal(command).code == code


@pytest.mark.parametrize("cadence_s", [0, -1, 3_599, 32 * DAY_S])
def test_a_cadence_has_bounds(cadence_s: int) -> None:
    """An hour to 31 days."""
    with pytest.raises(ValueError, match="cadence_s"):
        opens(cadence_s=cadence_s)


def reminds(due: Any, **fields: Any) -> Any:
    """Return the reminder that is due at an instant."""
    return of_plan(RemindOfContact, **({"by": SYSTEM, "at": due, "due": due} | fields))


def test_an_overdue_contact_reminds_its_keeper_then_the_duty_contact() -> None:
    """Once for each cadence, until somebody is in contact."""
    given = opened()
    assert given.when(reminds(_DUE)) == [ContactReminded(to="r-lead", due_at=_DUE, reminded_at=_DUE)]
    given = given.and_then(reminds(_DUE))
    assert given.when(reminds(_DUE)) == []
    later = _DUE + timedelta(seconds=DAY_S)
    assert given.when(reminds(later)) == [ContactReminded(to="r-worker", due_at=later, reminded_at=later)]
    given = given.and_then(contacts(at=later))
    assert given.when(reminds(later)) == []
    assert plan_of(given).reminded == 0


def test_one_reminder_stands_for_all_that_were_missed() -> None:
    """Nobody ticked for three days: the keeper is reminded once, and the duty contact a day after that was due."""
    last = _DUE + timedelta(seconds=3 * DAY_S)
    reminder = reminds(_DUE, at=last + timedelta(hours=2))
    given = opened()
    assert given.when(reminder) == [ContactReminded(to="r-lead", due_at=last, reminded_at=reminder.at)]
    assert plan_of(given.and_then(reminder)).reminder_due_at == last + timedelta(seconds=DAY_S)


def test_nobody_is_reminded_early() -> None:
    """The reminder is due when the contact is."""
    assert opened().when(reminds(_DUE, at=after(60))) == []


def test_a_calling_round_is_a_contact() -> None:
    """Who was reached by a round needs no second call for the plan."""
    given = opened().and_then(starts("p-li"))
    assert ContactMade(by="r-cadre", made_at=after(30)) in given.when(reaches(at=after(30)))


_END = PlanEnded(reason="done", ended_at=T0)
_REMINDED = ContactReminded(to="r-lead", due_at=T0, reminded_at=T0)


@pytest.mark.parametrize(
    "events",
    [[_MADE], [_OPENED, _OPENED], [_OPENED, _END, _MADE], [_OPENED, _END, _END], [_REMINDED]],
    ids=lambda events: "-".join(kinds_of(events)),
)
def test_events_that_cannot_follow(events: list[Fact]) -> None:
    """An impossible pair is a damaged journal and stops the fold."""
    with pytest.raises(CorruptHistory):
        fold(evolve, events, ABSENT)
