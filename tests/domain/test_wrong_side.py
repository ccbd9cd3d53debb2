"""The list that every change of a control level makes once, and who took note of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dispatch.domain.community import Registered
from dispatch.domain.place_register import NameSteward
from dispatch.domain.values import SYSTEM, ControlLevel, LegId, ResponderId, Side, WrongSideId, community_stream
from dispatch.domain.wrong_side import (
    SHOWN_MAX,
    AcknowledgeWrongSide,
    Change,
    ListWrongSide,
    StrayPerson,
    StrayWork,
    WrongSide,
    WrongSideAcknowledged,
    WrongSideList,
    WrongSideListed,
    changes_in_force,
    wrong_side_stream,
)
from tests.domain.given import Given
from tests.domain.town import (
    EVERYWHERE,
    IN_TOWER,
    IN_WALKUP,
    LEAD,
    RIVERSIDE,
    T0,
    after,
    controls,
    lifts,
    place,
    said,
    tower,
    town,
)

TEMPORARY, SEALED, OPEN = ControlLevel.TEMPORARY, ControlLevel.SEALED, ControlLevel.OPEN
STRAY = StrayPerson(responder=ResponderId("r-shopper"), line=IN_TOWER, side=Side.INSIDE, reason="x")
BARRED = StrayWork(leg=LegId("q-1/inside"), responder=ResponderId("r-shopper"), reason="inside_may_not_leave")
FOUND = WrongSide(people=(STRAY,), work=(BARRED,))


def lists(change: Change, found: WrongSide = FOUND, *, at: datetime = T0) -> ListWrongSide:
    """Return the machine's list of a change."""
    parts = {"place": change.place, "level": change.level, "changed_at": change.changed_at}
    command: ListWrongSide = said(ListWrongSide, by=SYSTEM, at=at, **parts, found=found, as_of=7)
    return command


def notes(change: Change, **fields: Any) -> AcknowledgeWrongSide:
    """Return that somebody took note."""
    command: AcknowledgeWrongSide = said(AcknowledgeWrongSide, strays=change.id, **fields)
    return command


def state_of(given: Given, change: Change) -> WrongSideList:
    """Return a list."""
    state = given.read(wrong_side_stream(RIVERSIDE, change.id))
    assert isinstance(state, WrongSideList)
    return state


def in_force(given: Given, minutes: float) -> list[Change]:
    """Return the changes that hold, so many minutes after nine."""
    register = given.read(community_stream(RIVERSIDE))
    assert isinstance(register, Registered)
    return list(changes_in_force(register, after(minutes)))


ALARM = Change(IN_TOWER, TEMPORARY, T0)
SEVEN_HOURS = controls(TEMPORARY, IN_TOWER, until=after(420))


def test_what_changed_last_at_each_place() -> None:
    """Begun at its instant, ended at its end; one place does not hide another; nothing before the first."""
    given = town().and_then(SEVEN_HOURS, controls(SEALED, IN_WALKUP, since=after(60)))
    sealed = Change(IN_WALKUP, SEALED, after(60))
    assert in_force(given, -1) == []
    assert in_force(given, 0) == [ALARM]
    assert in_force(given, 60) == [ALARM, sealed]
    assert in_force(given, 420) == [Change(IN_TOWER, OPEN, after(420)), sealed]


@pytest.mark.parametrize("level", list(ControlLevel))
def test_a_lifting_is_a_change(level: ControlLevel) -> None:
    """Whatever held, its end is listed too; of «open» there is nothing to end."""
    given = town().and_then(controls(level, EVERYWHERE), lifts(EVERYWHERE, since=after(5)))
    assert in_force(given, 5) == ([Change(EVERYWHERE, OPEN, after(5))] if level is not OPEN else [])


def test_a_change_is_listed_once() -> None:
    """The duty contact is told; a second sweeper lists nothing new."""
    given = town().and_then(SEVEN_HOURS)
    assert given.when(lists(ALARM)) == [
        WrongSideListed(
            place=IN_TOWER,
            level=TEMPORARY,
            changed_at=T0,
            to="r-worker",
            found=FOUND,
            people=1,
            work=1,
            goods=0,
            as_of=7,
            listed_at=T0,
        )
    ]
    assert given.and_then(lists(ALARM)).when(lists(ALARM, at=after(1))) == []


def test_the_steward_of_the_place_is_told() -> None:
    """Who is responsible first is told first (R19)."""
    given = town().and_then(said(NameSteward, place=IN_TOWER, responder="r-lead"), SEVEN_HOURS, lists(ALARM))
    assert state_of(given, ALARM).to == "r-lead"


@pytest.mark.parametrize(
    "change",
    [Change(IN_TOWER, SEALED, T0), Change(IN_TOWER, TEMPORARY, after(1)), Change(tower("5"), TEMPORARY, T0)],
    ids=str,
)
def test_only_what_holds_is_listed(change: Change) -> None:
    """A list of a change that was corrected meanwhile is not made."""
    assert town().and_then(SEVEN_HOURS).when(lists(change, at=after(2))) == []


def test_a_long_list_keeps_its_count() -> None:
    """The first are stored, all are counted."""
    many = WrongSide(people=(STRAY,) * (SHOWN_MAX + 9))
    (fact,) = town().and_then(SEVEN_HOURS).when(lists(ALARM, many))
    assert isinstance(fact, WrongSideListed)
    assert (len(fact.found.people), fact.people) == (SHOWN_MAX, SHOWN_MAX + 9)


def test_the_longest_list_fits_into_an_event() -> None:
    """No event exceeds 64 KiB."""
    widest = place(compound="k-" + "0" * 32, building="b-" + "0" * 32, building_unit="号" * 60, floor="B2345")
    person = StrayPerson(responder=ResponderId("r-" + "0" * 32), line=widest, side=Side.OUTSIDE, reason="a" * 40)
    found = WrongSide(people=(person,) * SHOWN_MAX, work=(BARRED,) * SHOWN_MAX)
    (fact,) = town().and_then(SEVEN_HOURS).when(lists(ALARM, found))
    assert len(fact.model_dump_json().encode()) < 65_536


def test_one_person_takes_note() -> None:
    """The first one does; said twice it is nothing new; a second person is told who it was."""
    given = town().and_then(SEVEN_HOURS, lists(ALARM))
    assert state_of(given, ALARM).is_open
    assert given.when(notes(ALARM, by=LEAD)) == [WrongSideAcknowledged(by="r-lead", acknowledged_at=T0)]
    noted = given.and_then(notes(ALARM, by=LEAD))
    assert not state_of(noted, ALARM).is_open
    assert noted.when(notes(ALARM, by=LEAD)) == []
    refused = noted.refusal(notes(ALARM))
    assert (refused.code, refused.fields["actor"]) == ("already_acknowledged", "r-lead")


def test_an_empty_list_is_settled() -> None:
    """That nobody was on the wrong side is written down, and nobody needs to take note."""
    given = town().and_then(SEVEN_HOURS, lists(ALARM, WrongSide()))
    assert not state_of(given, ALARM).is_open
    assert given.when(notes(ALARM)) == []


def test_a_list_that_is_not_there() -> None:
    """The id is wrong."""
    nothing = said(AcknowledgeWrongSide, strays=WrongSideId("w-0"))
    assert town().refusal(nothing).code == "unknown_wrong_side"
