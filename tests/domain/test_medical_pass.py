"""Medical passes: who judges whom, for how long, and how they end (R12)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.judging import BeginReview, ExpirePass, IssuePass, RefusePass, RevokePass
from dispatch.domain.values import SYSTEM, Actor, Command, Role
from tests.domain.given import Given, kinds_of
from tests.domain.rides import (
    DOCTOR,
    OTHER_DOCTOR,
    PASS,
    about_pass,
    applies,
    at_hospital,
    books,
    clinic,
    issues,
    pass_of,
    ready,
    shares,
    with_pass,
)
from tests.domain.town import WORKER, actor, after, registration

REVIEWS: Command = about_pass(BeginReview)
REFUSES: Command = about_pass(RefusePass, reason="not_needed")
REVOKES: Command = about_pass(RevokePass, by=WORKER, reason="all_clear")


def expires(minutes: float) -> ExpirePass:
    """Return the machine's end of the pass."""
    command: ExpirePass = about_pass(ExpirePass, by=SYSTEM, at=after(minutes), due=after(minutes))
    return command


@pytest.mark.parametrize(
    ("past", "command", "events", "state"),
    [
        ((), applies(), ["PassRequested"], "Requested"),
        ((applies(),), REVIEWS, ["ReviewBegan"], "UnderReview"),
        ((applies(), REVIEWS), about_pass(BeginReview, by=OTHER_DOCTOR), [], "UnderReview"),
        ((applies(), REVIEWS), issues(), ["PassIssued"], "Issued"),
        ((applies(), REVIEWS, issues()), issues(), [], "Issued"),
        ((applies(), REVIEWS), REFUSES, ["PassRefused"], "Denied"),
        ((applies(), REVIEWS, REFUSES), REFUSES, [], "Denied"),
        ((applies(), REVIEWS, issues()), REVOKES, ["PassRevoked"], "Revoked"),
        ((applies(),), REVOKES, ["PassRevoked"], "Revoked"),
        ((applies(), REVIEWS, issues(), REVOKES), REVOKES, [], "Revoked"),
        ((applies(), REVIEWS, issues()), expires(24 * 60), ["PassExpired"], "Expired"),
        ((applies(), REVIEWS, issues()), expires(24 * 60 - 1), [], "Issued"),
        ((applies(), REVIEWS, issues(), REVOKES), expires(24 * 60), [], "Revoked"),
    ],
)
def test_what_becomes_of_a_pass(past: tuple[Command, ...], command: Command, events: list[str], state: str) -> None:
    """Requested, under review, issued; refused, revoked, expired; said twice it is said once."""
    given = clinic().and_then(*past)
    assert kinds_of(given.when(command)) == events
    assert type(pass_of(given.and_then(command))).__name__ == state


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((), issues(), "unknown_pass"),
        ((), applies(beneficiary="p-nobody"), "unknown_resident"),
        ((applies(),), applies(), "pass_exists"),
        ((applies(),), issues(), "review_first"),
        ((applies(),), REFUSES, "pass_state"),
        ((applies(), REVIEWS, REFUSES), issues(), "pass_state"),
        ((applies(), REVIEWS, issues()), issues(rides_max=3), "pass_state"),
        ((applies(), REVIEWS, REFUSES), REVOKES, "pass_state"),
        ((applies(), REVIEWS, issues()), REVIEWS, "pass_state"),
        ((applies(), REVIEWS), issues(valid_until=after(0)), "ends_before_start"),
        ((applies(), REVIEWS), issues(valid_from=after(-60), valid_until=after(0)), "already_over"),
        ((applies(), REVIEWS), issues(valid_until=after(93 * 24 * 60)), "valid_too_long"),
    ],
)
def test_what_is_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """No issue without a review, no end before its beginning, nothing about what is over."""
    assert clinic().and_then(*past).refusal(command).code == code


@pytest.mark.parametrize("kind", [BeginReview, IssuePass, RefusePass])
def test_only_the_medical_group_judges(kind: type[Command]) -> None:
    """The community may ask and take back; the judgement is the medical group's (R12)."""
    fields: dict[str, Any] = {"valid_from": after(0), "valid_until": after(60)} if kind is IssuePass else {}
    fields |= {"reason": "not_needed"} if kind is RefusePass else {}
    command: Command = about_pass(kind, by=WORKER, **fields)
    assert clinic().and_then(applies(), REVIEWS).refusal(command).code == "not_permitted"


@pytest.mark.parametrize(
    ("past", "judge"),
    [
        ((applies(by=DOCTOR),), DOCTOR),
        ((applies(by=WORKER, on_behalf_of="r-doctor"),), DOCTOR),
        (
            (registration("r-doctor3", role=Role.MEDICAL_STAFF, resident="p-li"), applies(by=WORKER)),
            Actor(id="r-doctor3", role=Role.MEDICAL_STAFF),
        ),
    ],
)
def test_nobody_judges_their_own_case(past: tuple[Command, ...], judge: Actor) -> None:
    """Neither who applied nor who is to go, under whichever id; a colleague may."""
    given = clinic().and_then(*past)
    assert given.refusal(about_pass(BeginReview, by=judge)).code == "own_case"
    reviewed = given.and_then(about_pass(BeginReview, by=OTHER_DOCTOR))
    assert reviewed.refusal(issues(by=judge)).code == "own_case"
    assert kinds_of(reviewed.when(issues(by=OTHER_DOCTOR))) == ["PassIssued"]


def test_who_applies_need_not_be_who_goes() -> None:
    """A neighbour applies for somebody without a telephone; both stand in the log (R1)."""
    (event,) = clinic().when(applies(by=actor("p-wu")))
    assert event.model_dump(include={"resident", "applicant"}) == {"resident": "p-li", "applicant": "p-wu"}


def test_a_pass_lasts_until_the_patient_is_back() -> None:
    """While somebody is out with it the timer does not end it; they are let in again."""
    given = at_hospital()
    assert given.when(expires(24 * 60)) == []
    assert kinds_of(ready().and_then(shares()).when(expires(24 * 60))) == ["PassExpired"]


def test_a_booked_ride_is_one_less() -> None:
    """Two rides may be booked with a pass for two, and no third."""
    given = with_pass().and_then(books("q-1"), books("q-2"))
    refused = given.refusal(books("q-3"))
    assert (refused.code, refused.fields["medical_pass"]) == ("pass_used_up", PASS)


def test_erasure_may_be_told_from_the_machine() -> None:
    """The machine takes back the pass of somebody who is being erased, and nothing else of passes."""
    command: Command = about_pass(RevokePass, by=SYSTEM, reason="erased")
    assert kinds_of(with_pass().when(command)) == ["PassRevoked"]
    assert Given().refusal(about_pass(RefusePass, by=SYSTEM, reason="erased")).code == "not_permitted"
