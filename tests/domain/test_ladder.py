"""The escalation ladder: who is called in turn, why a step is skipped, who takes charge, and what ends it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dispatch.domain.absence import DropOut
from dispatch.domain.authority import RevokeRole
from dispatch.domain.climbing import (
    BeginLadder,
    ClimbLadder,
    EndLadder,
    Named,
    TakeCharge,
    climbs_at,
    is_called_for,
    is_settled,
    reasons_of,
)
from dispatch.domain.escalation import (
    ChargeTaken,
    Climbing,
    Ended,
    Escalation,
    Exhausted,
    ExternalAlarmRaised,
    InCharge,
    LadderBegun,
    Over,
    StepCalled,
    StepSkipped,
    escalation_stream,
)
from dispatch.domain.help_request import AlarmAcknowledged
from dispatch.domain.intake import AcknowledgeAlarm, CancelRequest, EscalateRequest, TriageRequest
from dispatch.domain.ladder import (
    CONTACTS_PER_STEP_MAX,
    LadderContactRemoved,
    LadderContacts,
    LadderContactSet,
    RemoveLadderContact,
    SetLadderContact,
    ladder_stream,
)
from dispatch.domain.policy import LADDER, LadderStep, Policy
from dispatch.domain.roster import IsolateResponder
from dispatch.domain.values import SYSTEM, Actor, Command, RequestId, Role, Urgency
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    EVERYWHERE,
    IN_TOWER,
    IN_WALKUP,
    LEAD,
    RIVERSIDE,
    T0,
    WORKER,
    actor,
    after,
    asked,
    calls,
    lapses,
    request_of_town,
    said,
    tower,
    town,
)

NAMED = (
    ("captain", "r-captain"),
    ("deputy", "r-captain"),
    ("deputy", "r-deputy"),
    ("building_lead", "r-lead"),
    ("duty", "duty-desk"),
    ("sub_district", "street.desk"),
)


def names(*pairs: tuple[str, str]) -> tuple[Named, ...]:
    """Return who could be called at each step."""
    return tuple(Named(step=step, account=account) for step, account in pairs)


def begins(*pairs: tuple[str, str], at: datetime = T0) -> BeginLadder:
    """Return the machine's beginning of a ladder."""
    command: BeginLadder = said(BeginLadder, by=SYSTEM, at=at, request="q-1", named=names(*(pairs or NAMED)))
    return command


def climbs(given: Given, at: datetime, *pairs: tuple[str, str]) -> ClimbLadder:
    """Return the machine's next step."""
    command: ClimbLadder = said(
        ClimbLadder, by=SYSTEM, at=at, request="q-1", named=names(*(pairs or NAMED)), turn=ladder_of(given).turn
    )
    return command


def takes(by: Actor, at: datetime = T0) -> TakeCharge:
    """Return somebody's taking charge."""
    command: TakeCharge = said(TakeCharge, by=by, at=at, request="q-1")
    return command


def ends() -> EndLadder:
    """Return the machine's end of the ladder."""
    command: EndLadder = said(EndLadder, by=SYSTEM, request="q-1")
    return command


def ladder_of(given: Given) -> Escalation:
    """Return the escalation of the request."""
    state = given.read(escalation_stream(RIVERSIDE, RequestId("q-1")))
    assert isinstance(state, Escalation)
    return state


def late(**fields: Any) -> Given:
    """Return the journal with a request that is late, and a person should know."""
    return town().and_then(calls(**fields), said(EscalateRequest, request="q-1", reason="overdue"))


def threatened() -> Given:
    """Return the journal with a threat to life."""
    return town().and_then(calls(urgency=Urgency.LIFE))


# ---- Climbing ---------------------------------------------------------------------------------


def test_the_first_step_is_called_in_the_save_that_begins() -> None:
    """The captain of the floor, with the time the policy gives for the urgency of medicine (a matter of health)."""
    assert late().when(begins()) == [
        LadderBegun(reasons=("overdue",), urgency=Urgency.HEALTH, covers=1, begun_at=T0),
        StepCalled(step="captain", to="r-captain", answer_by=after(5), called_at=T0),
    ]


def test_step_after_step_until_help_from_outside() -> None:
    """Everybody in turn, nobody twice; a step that names nobody says so; the last raises the external alarm (L5)."""
    given, called = late().and_then(begins()), [("captain", "r-captain")]
    while isinstance(ladder_of(given), Climbing):
        due = climbs_at(ladder_of(given))
        assert due is not None
        facts = given.when(climbs(given, due))
        called += [
            (fact.step, fact.to if isinstance(fact, StepCalled) else fact.reason)
            for fact in facts
            if isinstance(fact, StepCalled | StepSkipped)
        ]
        given = given.and_then(climbs(given, due))
    assert called == [
        ("captain", "r-captain"),
        ("deputy", "r-deputy"),
        ("building_lead", "r-lead"),
        ("duty", "duty-desk"),
        ("standby", "nobody_named"),
        ("sub_district", "street.desk"),
    ]
    assert isinstance(ladder_of(given), Exhausted)
    assert given.when(climbs(given, after(600))) == []


def test_a_step_waits_for_its_time() -> None:
    """Not a moment sooner; and a late duplicate of an earlier timer calls nobody."""
    given = late().and_then(begins())
    assert given.when(climbs(given, after(4.9))) == []
    climb = climbs(given, after(5))
    assert kinds_of(given.when(climb)) == ["StepCalled"]
    assert given.and_then(climb).when(climb.model_copy(update={"at": after(90)})) == []


@pytest.mark.parametrize(
    ("beforehand", "reason"),
    [
        (said(IsolateResponder, by=actor("r-captain"), responder="r-captain"), "not_isolated"),
        (said(DropOut, by=actor("r-captain"), responder="r-captain", reason="unwell"), "not_dropped_out"),
        (said(RevokeRole, account="r-captain", role=Role.FLOOR_CAPTAIN), "role_not_revoked"),
    ],
    ids=["isolated", "dropped out", "revoked"],
)
def test_who_cannot_answer_is_skipped_with_the_reason(beforehand: Command, reason: str) -> None:
    """Nobody waits for somebody who is not there."""
    given = late().and_then(beforehand)
    assert given.when(begins())[1:] == [
        StepSkipped(step="captain", reason=reason, skipped_at=T0),
        StepCalled(step="deputy", to="r-deputy", answer_by=after(5), called_at=T0),
    ]


def test_who_is_off_duty_is_skipped() -> None:
    """Shifts count: at night the captain sleeps."""
    night = after(6_001)
    facts = late().when(begins(at=night))
    assert [(f.step, f.reason) for f in facts if isinstance(f, StepSkipped)] == [
        ("captain", "on_duty"),
        ("deputy", "on_duty"),
        ("building_lead", "on_duty"),
    ]
    assert [f.to for f in facts if isinstance(f, StepCalled)] == ["duty-desk"]


def test_nobody_at_all_raises_the_external_alarm_at_once() -> None:
    """Not «everybody»: nobody, said so, and help from outside (pitfall 9, L5)."""
    facts = late().when(begins(("nowhere", "r-captain")))
    assert kinds_of(facts) == ["LadderBegun", *["StepSkipped"] * len(LADDER), "ExternalAlarmRaised"]
    assert facts[-1] == ExternalAlarmRaised(reasons=("overdue",), raised_at=T0)


def test_a_threat_to_life_climbs_every_minute() -> None:
    """All steps in turn, each for a minute, until somebody takes it (R12)."""
    given = threatened().and_then(begins())
    assert ladder_of(given).reasons == ("life_threat",)
    assert ladder_of(given).answer_by == after(1)
    assert kinds_of(given.when(climbs(given, after(1)))) == ["StepCalled"]


# ---- Taking charge ------------------------------------------------------------------------------


def test_who_takes_charge_stops_it() -> None:
    """Nobody else is called, and the alarm is acknowledged in the same save."""
    given = threatened().and_then(begins())
    taken = takes(actor("r-captain"))
    assert given.when(taken) == [
        ChargeTaken(by="r-captain", covers=0, taken_at=T0),
        AlarmAcknowledged(by="r-captain", acknowledged_at=T0),
    ]
    given = given.and_then(taken)
    assert isinstance(ladder_of(given), InCharge)
    assert given.when(taken) == []
    assert given.when(climbs(given, after(60))) == []
    assert not is_called_for(request_of_town(given), ladder_of(given))


def test_one_takes_charge_and_the_other_is_told_who() -> None:
    """Two people at once: one wins, the other hears who holds it now."""
    given = late().and_then(begins(), takes(LEAD))
    refusal = given.refusal(takes(WORKER))
    assert refusal.code == "charge_taken"
    assert refusal.fields["in_charge"] == "r-lead"


def test_nobody_takes_charge_of_nothing() -> None:
    """Without a ladder there is nothing to take."""
    assert town().and_then(calls()).refusal(takes(WORKER)).code == "nothing_to_take"


def test_who_was_called_needs_no_grant_and_who_was_not_does() -> None:
    """The street's desk has no role here; once it is called, it may take charge."""
    street = Actor(id="street.desk", role=Role.CADRE)
    given = late().and_then(begins())
    assert given.refusal(takes(street)).code == "role_not_held"
    called = late().and_then(begins(("sub_district", "street.desk")))
    assert kinds_of(called.when(takes(street))) == ["ChargeTaken"]


def test_after_the_external_alarm_somebody_still_takes_charge() -> None:
    """It is never too late."""
    given = late().and_then(begins(("nowhere", "r-captain")))
    assert kinds_of(given.when(takes(WORKER))) == ["ChargeTaken"]


# ---- What begins and ends it -----------------------------------------------------------------------


def test_a_new_reason_begins_it_anew() -> None:
    """Charge was taken of what was known then."""
    given = late().and_then(begins(), takes(LEAD))
    assert given.when(begins()) == []
    given = given.and_then(said(EscalateRequest, request="q-1", reason="family_insists"))
    assert is_called_for(request_of_town(given), ladder_of(given))
    assert kinds_of(given.when(begins())) == ["LadderBegun", "StepCalled"]


def test_an_unacknowledged_assignment_is_a_reason() -> None:
    """Staff who do not acknowledge are a person's matter (L2, A2)."""
    given = asked(town().and_then(calls()), "outside", "r-cadre").and_then(lapses(1))
    assert reasons_of(request_of_town(given)) == ("unacknowledged",)
    assert kinds_of(given.when(begins())) == ["LadderBegun", "StepCalled"]


def test_what_is_settled_ends_it() -> None:
    """Judged after all: nobody is called any more, and a later reason may call again."""
    given = town().and_then(calls(triage=False), said(EscalateRequest, request="q-1", reason="untriaged"), begins())
    assert given.when(ends()) == []
    given = given.and_then(said(TriageRequest, request="q-1", urgency=Urgency.HEALTH))
    assert is_settled(request_of_town(given), ladder_of(given))
    assert given.when(climbs(given, after(60))) == []
    given = given.and_then(ends())
    assert isinstance(ladder_of(given), Ended)
    assert given.when(ends()) == []
    given = given.and_then(said(EscalateRequest, request="q-1", reason="overdue"))
    assert kinds_of(given.when(begins())) == ["LadderBegun", "StepCalled"]


def test_an_acknowledged_alarm_ends_it() -> None:
    """Taking the alarm is taking charge of it."""
    given = threatened().and_then(begins(), said(AcknowledgeAlarm, request="q-1"))
    assert kinds_of(given.when(ends())) == ["LadderEnded"]


@pytest.mark.parametrize("before", [(), (takes(LEAD),)])
def test_a_request_that_is_over_ends_it_for_good(before: tuple[Command, ...]) -> None:
    """Whoever is in charge or still being called."""
    given = late().and_then(begins(), *before, said(CancelRequest, request="q-1", reason="mistake"), ends())
    assert isinstance(ladder_of(given), Over)
    assert given.when(ends()) == []
    assert given.when(begins()) == []


# ---- Contacts and the policy -----------------------------------------------------------------------


def contact(kind: type[SetLadderContact | RemoveLadderContact] = SetLadderContact, **fields: Any) -> Command:
    """Return the naming, or removal, of somebody for a step."""
    shape: dict[str, Any] = {"place": IN_TOWER, "step": "standby", "account": "standby.1"} | fields
    command: Command = said(kind, **shape)
    return command


def test_contacts_of_the_innermost_place_come_first() -> None:
    """A floor's before the building's before the community's, each in the order of naming."""
    given = town().and_then(
        contact(place=EVERYWHERE, account="a1"),
        contact(account="a2"),
        contact(account="a3"),
        contact(place=tower("12"), account="a4"),
        contact(place=IN_WALKUP, account="a5"),
        contact(step="duty", account="a6"),
    )
    contacts = given.read(ladder_stream(RIVERSIDE))
    assert isinstance(contacts, LadderContacts)
    assert contacts.at(tower("12"), "standby") == ("a4", "a2", "a3", "a1")
    assert contacts.at(tower("13"), "standby") == ("a2", "a3", "a1")


def test_a_contact_is_named_and_removed_once() -> None:
    """Said twice, nothing new happens."""
    given = town()
    assert given.when(contact()) == [LadderContactSet(place=IN_TOWER, step="standby", account="standby.1", set_at=T0)]
    assert given.when(contact(RemoveLadderContact)) == []
    given = given.and_then(contact())
    assert given.when(contact()) == []
    removed = LadderContactRemoved(place=IN_TOWER, step="standby", account="standby.1", removed_at=T0)
    assert given.when(contact(RemoveLadderContact)) == [removed]


def test_a_contact_that_cannot_be() -> None:
    """A step that the ladder does not have, more people than a step names, a place of somebody else's."""
    assert town().refusal(contact(step="mayor")).code == "unknown_step"
    many = town().and_then(*(contact(account=f"standby.{n}") for n in range(CONTACTS_PER_STEP_MAX)))
    assert many.refusal(contact(account="standby.99")).code == "too_many_contacts"
    assert town().refusal(contact(place=IN_WALKUP, by=LEAD)).code == "out_of_scope"


def test_the_ladder_is_data() -> None:
    """A community of two steps calls two; the default is that of the requirements, part C."""
    assert [step.name for step in LADDER] == [
        "captain",
        "deputy",
        "building_lead",
        "duty",
        "standby",
        "sub_district",
    ]
    short = Policy(name="short", version=1, ladder=(LadderStep(name="duty", within_s=(30, 60, 60, 60)),))
    assert short.digest() != Policy(name="short", version=1).digest()
