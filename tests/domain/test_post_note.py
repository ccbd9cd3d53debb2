"""Handing a post over: who leaves a note, and who may take it over (R26)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.post import AssignPost
from dispatch.domain.post_note import (
    Acknowledged,
    AcknowledgePostNote,
    Given,
    GivePostNote,
    PostLeft,
    PostNoteAcknowledged,
    PostNoteGiven,
    known,
)
from dispatch.domain.posting import Posting
from dispatch.domain.shift import Shift
from dispatch.domain.values import CustodyId, LegId, PostNoteId, ResponderId
from tests.domain import given as journals
from tests.domain.town import IN_TOWER, LEAD, RIVERSIDE, actor, after, said, town

EARLY = Posting(post="gate", place=IN_TOWER, span=Shift(starts_at=after(0), ends_at=after(120)))
LATE = Posting(post="gate", place=IN_TOWER, span=Shift(starts_at=after(120), ends_at=after(240)))
LEFT = PostLeft(legs=(LegId("q-1/inside"),), custody=(CustodyId("i-1"),))


def gives(**fields: Any) -> GivePostNote:
    """Return that the captain hands the gate over at eleven."""
    shape: dict[str, Any] = {
        "by": actor("r-captain"),
        "at": after(120),
        "post_note": "n-1",
        "responder": "r-captain",
        "post": "gate",
        "place": IN_TOWER,
        "left": LEFT,
        "as_of": 7,
    }
    command: GivePostNote = said(GivePostNote, **(shape | fields))
    return command


def takes(who: str = "r-cadre", **fields: Any) -> AcknowledgePostNote:
    """Return that somebody takes the note over."""
    shape: dict[str, Any] = {"by": actor(who), "at": after(125), "post_note": "n-1", "responder": who}
    command: AcknowledgePostNote = said(AcknowledgePostNote, **(shape | fields))
    return command


def at_the_gate() -> journals.Given:
    """Return the journal with the captain at the gate until eleven, and the cadre and the lead from then on."""
    return town().and_then(
        said(AssignPost, responder="r-captain", posting=EARLY),
        said(AssignPost, responder="r-cadre", posting=LATE),
        said(AssignPost, responder="r-lead", posting=LATE),
    )


def note_of(given: journals.Given) -> Any:
    """Return the note."""
    return known(given.read, RIVERSIDE, PostNoteId("n-1"))


def test_a_post_is_handed_over() -> None:
    """What is left is written down whole; who comes takes it over, once."""
    given = at_the_gate()
    assert given.when(gives(receiver="r-cadre")) == [
        PostNoteGiven(
            post="gate",
            place=IN_TOWER,
            giver=ResponderId("r-captain"),
            receiver=ResponderId("r-cadre"),
            left=LEFT,
            as_of=7,
            given_at=after(120),
        )
    ]
    left = given.and_then(gives(receiver="r-cadre"))
    assert isinstance(note_of(left), Given)
    assert left.when(takes()) == [
        PostNoteAcknowledged(responder=ResponderId("r-cadre"), by="r-cadre", acknowledged_at=after(125))
    ]
    taken = left.and_then(takes())
    assert isinstance(note_of(taken), Acknowledged)
    assert taken.when(takes(at=after(130))) == []


def test_a_lead_speaks_for_a_captain_without_a_phone() -> None:
    """Both names are stored; somebody else's note nobody gives unasked (代办)."""
    given = at_the_gate()
    assert len(given.when(gives(by=LEAD, on_behalf_of="r-captain"))) == 1
    assert given.refusal(gives(by=actor("r-cadre"))).code == "not_your_offer"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (gives(responder="r-shopper", by=actor("r-shopper")), "was_not_at_this_post"),
        (gives(post="patrol"), "was_not_at_this_post"),
        (gives(responder="r-cadre", by=actor("r-cadre"), at=after(60)), "was_not_at_this_post"),
        (gives(receiver="r-captain"), "note_for_oneself"),
        (gives(receiver="r-nobody"), "unknown_responder"),
        (takes(), "unknown_post_note"),
    ],
)
def test_what_is_no_note(command: Any, code: str) -> None:
    """A note is left by who is or was at the post, for somebody else."""
    assert at_the_gate().refusal(command).code == code


@pytest.mark.parametrize(
    ("receiver", "past", "command", "code"),
    [
        (None, (), gives(), "post_note_exists"),
        (None, (), takes("r-captain"), "note_for_oneself"),
        (None, (), takes("r-shopper"), "not_at_this_post"),
        (None, (), takes(at=after(240)), "not_at_this_post"),
        (None, (takes(),), takes("r-lead"), "note_taken_over"),
        ("r-lead", (), takes(), "note_for_another"),
    ],
)
def test_who_does_not_take_it_over(receiver: str | None, past: tuple[Any, ...], command: Any, code: str) -> None:
    """Only who is at the same post, other than the giver, the one named; and only the first."""
    assert at_the_gate().and_then(gives(receiver=receiver), *past).refusal(command).code == code


def test_it_is_read_before_the_shift() -> None:
    """Who comes at eleven may take the note over at half past ten."""
    early = at_the_gate().and_then(gives(at=after(90)))
    assert len(early.when(takes(at=after(100)))) == 1
