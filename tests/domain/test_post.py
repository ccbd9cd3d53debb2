"""Posts: one at a time, within a shift, asked for nothing else meanwhile (R27)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.decider import NOTHING
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.post import AssignPost, CheckPresence, RelievePost
from dispatch.domain.posting import PostAssigned, Posting, PostRelieved, PresenceChecked
from dispatch.domain.readiness import is_at_no_post
from dispatch.domain.shift import Shift
from dispatch.domain.values import Command
from tests.domain.town import IN_TOWER, LEAD, T0, after, responder_of, said, town

GATE = Posting(post="gate", place=IN_TOWER, span=Shift(starts_at=after(60), ends_at=after(180)))


def about(kind: type[Command], **fields: Any) -> Command:
    """Return a lead's command about the captain."""
    told: Command = said(kind, by=LEAD, responder="r-captain", **fields)
    return told


def at(start: float, end: float, post: str = "patrol") -> Posting:
    """Return a posting by minutes from nine."""
    return Posting(post=post, place=IN_TOWER, span=Shift(starts_at=after(start), ends_at=after(end)))


def test_somebody_stands_at_a_post_and_leaves_it() -> None:
    """Assigned, looked at, relieved; each said once."""
    given = town()
    assert [type(fact) for fact in given.when(about(AssignPost, posting=GATE))] == [PostAssigned]
    posted = given.and_then(about(AssignPost, posting=GATE))
    assert posted.decide(about(AssignPost, posting=GATE)) == NOTHING
    there = posted.when(about(CheckPresence, post="gate", found=False, at=after(90)))
    assert [(type(fact), fact.model_dump()["found"]) for fact in there] == [(PresenceChecked, False)]
    assert [type(fact) for fact in posted.when(about(RelievePost, posting=GATE))] == [PostRelieved]
    relieved = posted.and_then(about(RelievePost, posting=GATE))
    assert relieved.decide(about(RelievePost, posting=GATE)) == NOTHING
    assert responder_of(relieved, "r-captain").duty.posts == ()


def test_who_stands_at_a_post_is_asked_for_nothing() -> None:
    """From its first instant until before its last."""
    captain = responder_of(town().and_then(about(AssignPost, posting=GATE)), "r-captain")
    asked = [is_at_no_post(captain, EVERYDAY, after(minute)) for minute in (59, 60, 179, 180)]
    assert asked == [True, False, False, True]


@pytest.mark.parametrize(
    ("posting", "code"),
    [
        (at(90, 120), "posted_elsewhere"),
        (at(170, 200), "posted_elsewhere"),
        (at(-120, -60), "ends_in_the_past"),
        (at(60 * 24 * 40, 60 * 24 * 40 + 60), "no_shift_there"),
    ],
)
def test_posts_that_cannot_be(posting: Posting, code: str) -> None:
    """Two at a time, over already, outside any shift."""
    assert town().and_then(about(AssignPost, posting=GATE)).refusal(about(AssignPost, posting=posting)).code == code


def test_one_post_after_the_other() -> None:
    """The next may begin when the one before it ends."""
    given = town().and_then(about(AssignPost, posting=GATE), about(AssignPost, posting=at(180, 200)))
    assert len(responder_of(given, "r-captain").duty.posts) == 2


def test_nobody_is_looked_for_where_they_need_not_be() -> None:
    """Before the time, and at another post."""
    given = town().and_then(about(AssignPost, posting=GATE))
    for fields in ({"post": "gate", "at": T0 + timedelta(minutes=1)}, {"post": "patrol", "at": after(90)}):
        assert given.refusal(about(CheckPresence, found=True, **fields)).code == "not_at_this_post"
