"""People are called about what is no request, step after step, until somebody takes note or it is settled."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.climbing import Named
from dispatch.domain.notice import (
    BeginNotice,
    Calling,
    Cleared,
    ClearNotice,
    ClimbNotice,
    Exhausted,
    Matter,
    Noted,
    NoteNotice,
    NoticeBegun,
    NoticeCalled,
    NoticeExhausted,
    NoticeNoted,
    NoticeStepSkipped,
    known,
    notice_id,
    steps_of,
)
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import SYSTEM, Command, NoticeId
from tests.domain.given import Given, kinds_of
from tests.domain.town import IN_TOWER, LEAD, RIVERSIDE, after, said, town

DUTY, STANDBY = Named(step="duty", account="duty-desk"), Named(step="standby", account="standby-desk")


def begins(**fields: Any) -> Command:
    """Return that people begin to be called about the captain's floor."""
    shape: dict[str, Any] = {"matter": Matter.FLOOR_UNSERVED, "place": IN_TOWER, "named": (DUTY, STANDBY)}
    command: Command = said(BeginNotice, by=SYSTEM, notice="a-1", **(shape | fields))
    return command


def climbs(turn: int, minute: float, **fields: Any) -> Command:
    """Return that the next one is called."""
    shape: dict[str, Any] = {"named": (DUTY, STANDBY)} | fields
    command: Command = said(ClimbNotice, by=SYSTEM, notice="a-1", turn=turn, at=after(minute), **shape)
    return command


def notes(**fields: Any) -> Command:
    """Return that the lead takes note."""
    command: Command = said(NoteNotice, notice="a-1", **({"by": LEAD} | fields))
    return command


def clears(turn: int, **fields: Any) -> Command:
    """Return that the matter is settled."""
    command: Command = said(ClearNotice, by=SYSTEM, notice="a-1", turn=turn, **fields)
    return command


def state_of(given: Given) -> Any:
    """Return the notice."""
    return known(given.read, RIVERSIDE, NoticeId("a-1"))


def test_the_duty_contact_is_called_first() -> None:
    """With the time of a hardship to take note."""
    begun, called = town().when(begins(about=("q-1",)))
    assert isinstance(begun, NoticeBegun)
    assert begun.about == ("q-1",)
    assert called == NoticeCalled(step="duty", to="duty-desk", answer_by=after(15), called_at=after(0))
    assert town().and_then(begins()).when(begins()) == []


def test_nobody_is_called_twice_for_the_same() -> None:
    """Who was told by the event that brought it has the same time, and then the next one is called."""
    given = town().and_then(begins(told="duty-desk"))
    assert state_of(given).called == (("duty", "duty-desk"),)
    assert given.when(climbs(1, 14)) == []
    assert given.when(climbs(1, 15)) == [
        NoticeCalled(step="standby", to="standby-desk", answer_by=after(30), called_at=after(15))
    ]


def test_step_after_step_until_nobody_is_left() -> None:
    """A step that reaches nobody is skipped with its reason; at the end that is said, once."""
    given = town().and_then(begins(), climbs(2, 15))
    assert given.when(climbs(2, 15)) == []
    assert given.when(climbs(3, 30)) == [
        NoticeStepSkipped(step="sub_district", reason="nobody_named", skipped_at=after(30)),
        NoticeExhausted(exhausted_at=after(30)),
    ]
    over = given.and_then(climbs(3, 30))
    assert isinstance(state_of(over), Exhausted)
    assert over.when(climbs(5, 90)) == []
    assert kinds_of(over.when(notes(at=after(91)))) == ["NoticeNoted"]


def test_somebody_takes_note() -> None:
    """Once; who comes later is told who it was; nobody else is called."""
    given = town().and_then(begins())
    assert given.when(notes()) == [NoticeNoted(by="r-lead", noted_at=after(0))]
    noted = given.and_then(notes())
    assert isinstance(state_of(noted), Noted)
    assert noted.when(notes()) == []
    assert noted.when(climbs(3, 60)) == []
    refused = noted.refusal(said(NoteNotice, notice="a-1"))
    assert (refused.code, refused.fields["actor"]) == ("notice_noted", "r-lead")


def test_it_is_settled_and_comes_back() -> None:
    """Cleared whoever took note; a late clearing does not settle what came back since."""
    given = town().and_then(begins(), notes(), clears(3))
    assert isinstance(state_of(given), Cleared)
    assert given.when(clears(3)) == []
    assert given.refusal(notes()).code == "notice_over"
    again = given.and_then(begins(at=after(600)))
    assert isinstance(state_of(again), Calling)
    assert again.when(clears(3)) == []


def test_a_holder_is_reminded_first() -> None:
    """What is kept after its request was over: the holder has a day, then the duty contact is called."""
    steps = [(step.name, step.within_s[0]) for step in steps_of(EVERYDAY, Matter.CUSTODY_KEPT)]
    assert steps[:2] == [("holder", 86_400), ("duty", 60)]
    named = (Named(step="holder", account="r-captain"), DUTY)
    given = town().and_then(begins(matter=Matter.CUSTODY_KEPT, named=named))
    assert state_of(given).called == (("holder", "r-captain"),)
    assert state_of(given).answer_by == after(24 * 60)


@pytest.mark.parametrize("matter", list(Matter))
def test_a_matter_has_one_notice(matter: Matter) -> None:
    """Whoever finds it gives it the same id; another one has another."""
    assert notice_id(matter, "x") == notice_id(matter, "x")
    assert len({notice_id(other, "x") for other in Matter} | {notice_id(matter, "y")}) == len(Matter) + 1


def test_what_nobody_heard_of() -> None:
    """Neither noted nor cleared."""
    for command in (notes(), clears(1), climbs(1, 1)):
        assert town().refusal(command).code == "unknown_notice"
