"""What bounds and dates a duty: limits and overrides, expiring skills, briefing, secondment, deputies, bells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.absence import CallAway
from dispatch.domain.community import AdoptPolicy
from dispatch.domain.duty import (
    DEPUTIES_MAX,
    QUALIFICATIONS_MAX,
    BellSet,
    BriefingAcknowledged,
    ClearanceExpirySet,
    Deputy,
    DeputyDismissed,
    DeputyNamed,
    DutyLimitOverridden,
    DutyLimitsSet,
    QualificationGranted,
    QualificationRevoked,
    ResponderSeconded,
    Secondment,
    SecondmentEnded,
    Term,
)
from dispatch.domain.duty_orders import (
    AcknowledgeBriefing,
    DismissDeputy,
    EndSecondment,
    GrantQualification,
    NameDeputy,
    RevokeQualification,
    SecondResponder,
    SetBell,
    SetClearanceExpiry,
    SetDutyLimits,
)
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.readiness import as_of, effective, limits_of, readiness_bars, within_duty_limits
from dispatch.domain.roster import PlanShift, SetSkills
from dispatch.domain.shift import DutyLimits, Shift, ShiftPlanned
from dispatch.domain.values import Command, ControlLevel, Place, ResponderId, Urgency
from tests.domain.given import Given
from tests.domain.town import (
    EVERYWHERE,
    IN_TOWER,
    T0,
    WORKER,
    accepts,
    actor,
    after,
    asked,
    calls,
    completes,
    registration,
    responder_of,
    said,
    town,
)

HOUR = 3_600
ON_12 = Place(**IN_TOWER.model_dump() | {"floor": "12"})
UNIT = "district_statistics"


def about(command: type[Command], who: str = "r-captain", **fields: Any) -> Any:
    """Return an order of the office about somebody."""
    shape: dict[str, Any] = {"responder": who, "by": WORKER} | fields
    return said(command, **shape)


def bounded(**limits: int) -> Policy:
    """Return the everyday policy with limits."""
    return Policy(name="everyday", version=2, duty=DutyLimits(**limits))


def hours(start: float, end: float) -> Shift:
    """Return a shift by hours from the beginning of these tests, 09:00 in Shanghai."""
    return Shift(starts_at=T0 + timedelta(hours=start), ends_at=T0 + timedelta(hours=end))


def limited(**limits: int) -> Given:
    """Return the town under a policy with limits."""
    return town().and_then(said(AdoptPolicy, policy=bounded(**limits)))


def test_a_shift_beyond_the_limits_is_refused_and_says_which() -> None:
    """The message names the limit, what there would be and what is allowed (R24)."""
    given = limited(day_s=8 * HOUR).and_then(about(PlanShift, shift=hours(240, 246)))
    refusal = given.refusal(about(PlanShift, shift=hours(247, 250)))
    assert refusal.code == "beyond_duty_limits"
    assert (refusal.fields["limit"], refusal.fields["found"]) == ("hours_a_day", 9 * HOUR)
    assert refusal.fields["allowed"] == 8 * HOUR


def test_an_override_is_recorded_with_who_and_why() -> None:
    """Both are stored: the shift, and that somebody went beyond the limit (A5)."""
    given = limited(day_s=8 * HOUR)
    long = hours(240, 250)
    planned, override = given.when(about(PlanShift, shift=long, override="nobody_else"))
    assert planned == ShiftPlanned(shift=long, planned_at=T0)
    assert override == DutyLimitOverridden(
        shift=long,
        limit="hours_a_day",
        found=10 * HOUR,
        allowed=8 * HOUR,
        reason="nobody_else",
        by=WORKER.id,
        overridden_at=T0,
    )
    assert given.and_then(about(PlanShift, shift=long, override="nobody_else")).when(about(PlanShift, shift=long)) == []


def test_nobody_overrides_their_own_limits() -> None:
    """A cadre plans within limits; beyond them somebody else must."""
    given = limited(day_s=8 * HOUR)
    own = about(PlanShift, "r-cadre", by=actor("r-cadre"), shift=hours(240, 250), override="i_can")
    assert given.refusal(own).code == "override_by_another"


def test_a_reason_that_is_not_needed_changes_nothing() -> None:
    """Within the limits nothing is overridden."""
    given = limited(day_s=8 * HOUR)
    assert given.when(about(PlanShift, shift=hours(240, 244), override="to_be_sure")) == [
        ShiftPlanned(shift=hours(240, 244), planned_at=T0)
    ]


def test_who_joins_is_planned_within_the_limits() -> None:
    """The first shifts are shifts too."""
    refused = limited(day_s=8 * HOUR).refusal(registration("r-new", shifts=(hours(240, 250),)))
    assert refused.code == "beyond_duty_limits"


def test_a_persons_own_limits_win() -> None:
    """A 67-year-old serves four hours a day, whatever the policy says; without own ones the policy's hold (R24)."""
    four = DutyLimits(day_s=4 * HOUR)
    given = limited(day_s=8 * HOUR).and_then(about(SetDutyLimits, limits=four, reason="agreed"))
    assert given.refusal(about(PlanShift, shift=hours(240, 245))).fields["allowed"] == 4 * HOUR
    assert given.when(about(SetDutyLimits, limits=four, reason="agreed")) == []
    assert given.when(about(SetDutyLimits, reason="agreed")) == [DutyLimitsSet(reason="agreed", set_at=T0)]
    state = responder_of(given.and_then(about(SetDutyLimits, reason="agreed")), "r-captain")
    assert limits_of(state, bounded(day_s=8 * HOUR)).day_s == 8 * HOUR


def test_worked_shifts_count_into_the_row_after_they_are_over() -> None:
    """A shift that is over leaves the plan and not the count of days."""
    given = limited(days_in_row_max=3)
    for day in range(10, 13):
        command = about(PlanShift, shift=hours(24 * day, 24 * day + 4), at=T0 + timedelta(days=day, minutes=-5))
        given = given.and_then(command)
    late = T0 + timedelta(days=12, hours=6)
    beyond = given.refusal(about(PlanShift, shift=hours(24 * 13, 24 * 13 + 4), at=late))
    assert (beyond.fields["limit"], beyond.fields["found"]) == ("days_in_a_row", 4)
    assert len(responder_of(given, "r-captain").past_shifts) >= 2


def test_who_is_beyond_the_hours_of_today_is_asked_no_more() -> None:
    """Limits that were tightened after the plan count from then on; an overridden shift is allowed."""
    eight = hours(240, 248)
    given = town().and_then(about(PlanShift, shift=eight))
    state, limits = responder_of(given, "r-captain"), DutyLimits(day_s=6 * HOUR)
    state = type(state)(**{**_fields(state), "shifts": (eight,)})
    fits = {
        h: within_duty_limits(state, limits, T0 + timedelta(hours=240 + h), zone="Asia/Shanghai") for h in (0, 3, 6, 7)
    }
    assert fits == {0: True, 3: True, 6: True, 7: False}
    excused = type(state)(**{**_fields(state), "duty": type(state.duty)(overridden=frozenset({eight}))})
    assert within_duty_limits(excused, limits, T0 + timedelta(hours=247), zone="Asia/Shanghai")


def _fields(state: Any) -> dict[str, Any]:
    return {name: getattr(state, name) for name in state.__dataclass_fields__}


def test_a_days_effort_is_capped() -> None:
    """What was finished today takes from the capacity; a new day gives it back (R24)."""
    given = asked(town().and_then(calls(urgency=Urgency.HEALTH)), "outside", "r-shopper")
    given = given.and_then(accepts("r-shopper", 1), completes("r-shopper", "outside"))
    state = responder_of(given, "r-shopper")
    spent = sum(state.burden.values())
    cap = DutyLimits(effort_day_max=spent + 2)
    assert effective(state, cap, T0).capacity == 2
    assert effective(state, cap, T0 + timedelta(days=1)).capacity == min(state.capacity, spent + 2)
    assert not within_duty_limits(state, DutyLimits(effort_day_max=spent), T0, zone="UTC")
    assert effective(state, DutyLimits(), T0) is state


def test_a_dated_skill_expires_and_an_undated_one_does_not() -> None:
    """The driver's daily test is good for 24 hours (R13)."""
    given = town().and_then(
        about(SetSkills, "r-driver", skills=("drive",)),
        about(GrantQualification, "r-driver", skill="driver_test", valid_until=after(24 * 60)),
    )
    state = responder_of(given, "r-driver")
    assert as_of(state, after(24 * 60 - 1)).skills == {"drive", "driver_test"}
    assert as_of(state, after(24 * 60)).skills == {"drive"}


def test_a_skill_that_is_dated_once_is_governed_by_its_date() -> None:
    """Granting a date to a skill somebody had for good makes it expire."""
    given = town().and_then(about(GrantQualification, "r-driver", skill="drive", valid_until=after(60)))
    assert "drive" in as_of(responder_of(given, "r-driver"), T0).skills
    assert "drive" not in as_of(responder_of(given, "r-driver"), after(60)).skills


def test_granting_and_revoking() -> None:
    """Each is a fact once; what has expired already is not granted."""
    grant = about(GrantQualification, skill="first_aid", valid_until=after(60))
    assert town().when(grant) == [QualificationGranted(skill="first_aid", valid_until=after(60), granted_at=T0)]
    given = town().and_then(grant)
    assert given.when(grant) == []
    assert given.refusal(about(GrantQualification, skill="x", valid_until=T0)).code == "ends_before_start"
    revoke = about(RevokeQualification, skill="first_aid")
    assert given.when(revoke) == [QualificationRevoked(skill="first_aid", revoked_at=T0)]
    assert given.and_then(revoke).when(revoke) == []
    undated = about(RevokeQualification, "r-driver", skill="drive")
    assert "drive" not in responder_of(town().and_then(undated), "r-driver").skills


def test_dated_skills_have_a_number() -> None:
    """There is a limit of dated skills, and renewing one is not one more."""
    grants = [
        about(GrantQualification, skill=f"skill_{n}", valid_until=after(60)) for n in range(QUALIFICATIONS_MAX + 1)
    ]
    given = town().and_then(*grants[:-1])
    assert given.refusal(grants[-1]).code == "too_many_qualifications"
    assert given.when(about(GrantQualification, skill="skill_0", valid_until=after(90)))


def test_a_clearance_ends() -> None:
    """Afterwards it is none at all, until the end is set anew."""
    order = about(SetClearanceExpiry, "r-cadre", valid_until=after(60))
    assert town().when(order) == [ClearanceExpirySet(valid_until=after(60), set_at=T0)]
    given = town().and_then(order)
    assert given.when(order) == []
    assert as_of(responder_of(given, "r-cadre"), after(60)).clearance is ControlLevel.OPEN
    before = responder_of(town(), "r-cadre").clearance
    assert as_of(responder_of(given, "r-cadre"), after(59)).clearance is before


def test_the_handbook_is_acknowledged_by_version() -> None:
    """An older version after a newer one is nothing new (R26)."""
    given = town().and_then(about(AcknowledgeBriefing, version=2, by=actor("r-captain")))
    assert town().when(about(AcknowledgeBriefing, version=2)) == [BriefingAcknowledged(version=2, acknowledged_at=T0)]
    assert given.when(about(AcknowledgeBriefing, version=1)) == []


@pytest.mark.parametrize(
    ("policy", "order", "rule"),
    [
        ({"training": ("infection_course",)}, ("skill", "infection_course"), "is_trained"),
        ({"briefing": 3}, ("version", 3), "knows_the_briefing"),
    ],
)
def test_nobody_is_asked_before_training_and_briefing(
    policy: dict[str, Any], order: tuple[str, Any], rule: str
) -> None:
    """The gate is the policy's; who has passed it is ready (R26)."""
    gate = EVERYDAY.model_copy(update=policy)
    assert readiness_bars(responder_of(town(), "r-captain"), gate, T0) == rule
    passed: Command = (
        about(GrantQualification, skill=order[1], valid_until=after(60))
        if order[0] == "skill"
        else about(AcknowledgeBriefing, version=order[1])
    )
    state = responder_of(town().and_then(passed), "r-captain")
    assert readiness_bars(as_of(state, T0), gate, T0) is None


def test_an_expired_skill_is_refused_at_acceptance() -> None:
    """The offer was made while the course was valid; the answer comes after (R26)."""
    given = town().and_then(
        said(AdoptPolicy, policy=Policy(name="everyday", version=2, training=("course",))),
        about(GrantQualification, "r-shopper", skill="course", valid_until=after(10)),
        calls(),
    )
    given = asked(given, "outside", "r-shopper")
    assert given.refusal(accepts("r-shopper", 1, at=after(10))).code == "is_trained"
    assert given.when(accepts("r-shopper", 1, at=after(9)))


def test_who_is_lent_serves_within_the_time_only() -> None:
    """Before, after, and when it was ended early, nobody asks (R22)."""
    lent = Secondment(unit=UNIT, term=Term(valid_from=after(10), valid_until=after(60)))
    order = about(SecondResponder, "r-cadre", secondment=lent)
    assert town().when(order) == [
        ResponderSeconded(unit=UNIT, valid_from=after(10), valid_until=after(60), seconded_at=T0)
    ]
    given = town().and_then(order)
    assert given.when(order) == []
    state = responder_of(given, "r-cadre")
    lent_at = {minute: readiness_bars(state, EVERYDAY, after(minute)) for minute in (9, 10, 59, 60)}
    assert lent_at == {9: "is_lent_now", 10: None, 59: None, 60: "is_lent_now"}
    end = about(EndSecondment, "r-cadre", unit=UNIT, at=after(20))
    assert given.when(end) == [SecondmentEnded(unit=UNIT, ended_at=after(20))]
    ended = given.and_then(end)
    assert readiness_bars(responder_of(ended, "r-cadre"), EVERYDAY, after(20)) == "is_lent_now"
    assert ended.when(about(EndSecondment, "r-cadre", unit=UNIT, at=after(30))) == []


def test_a_secondment_ended_before_it_begins_never_begins() -> None:
    """Its time is over before it came."""
    lent = Secondment(unit=UNIT, term=Term(valid_from=after(10)))
    given = town().and_then(about(SecondResponder, secondment=lent), about(EndSecondment, unit=UNIT))
    assert readiness_bars(responder_of(given, "r-captain"), EVERYDAY, after(20)) == "is_lent_now"


@pytest.mark.parametrize("order", ["second", "deputy"])
def test_a_term_ends_after_it_begins(order: str) -> None:
    """An end before the start is refused (bad input 48)."""
    term = Term(valid_from=after(10), valid_until=after(5))
    command = (
        about(SecondResponder, secondment=Secondment(unit=UNIT, term=term))
        if order == "second"
        else names("r-captain", "r-deputy", term=term)
    )
    assert town().refusal(command).code == "ends_before_start"


def names(captain: str, deputy: str, *, scope: Place = ON_12, term: Term | None = None, **fields: Any) -> Any:
    """Return the word that somebody stands in for a captain."""
    named = Deputy(responder=ResponderId(deputy), scope=scope, term=term or Term(valid_from=T0))
    return about(NameDeputy, captain, deputy=named, **fields)


def test_a_captain_names_a_deputy() -> None:
    """The captain does it themselves, or the desk; the same again is nothing new (R18)."""
    command = names("r-captain", "r-deputy", by=actor("r-captain"))
    (fact,) = town().when(command)
    assert isinstance(fact, DeputyNamed)
    given = town().and_then(command)
    assert given.when(names("r-captain", "r-deputy")) == []
    gone = about(DismissDeputy, deputy="r-deputy", scope=ON_12)
    assert given.when(gone) == [DeputyDismissed(deputy=ResponderId("r-deputy"), scope=ON_12, dismissed_at=T0)]
    assert given.and_then(gone).when(gone) == []


def test_another_term_replaces_the_first() -> None:
    """One deputy stands in for one place once."""
    longer = Term(valid_from=T0, valid_until=after(60))
    given = town().and_then(names("r-captain", "r-deputy"), names("r-captain", "r-deputy", term=longer))
    assert [d.term for d in responder_of(given, "r-captain").duty.deputies] == [longer]


def test_deputies_do_not_go_in_circles() -> None:
    """Directly or through others, nobody stands in for themselves in the end (bad input 53)."""
    given = town().and_then(names("r-lead", "r-worker", scope=IN_TOWER), names("r-worker", "r-cadre", scope=EVERYWHERE))
    assert given.refusal(names("r-cadre", "r-lead", scope=EVERYWHERE)).code == "deputy_cycle"
    assert given.refusal(names("r-worker", "r-lead", scope=EVERYWHERE)).code == "deputy_cycle"
    assert given.refusal(names("r-lead", "r-lead", scope=IN_TOWER)).code == "own_deputy"
    assert given.when(names("r-lead", "r-cadre", scope=IN_TOWER))


def test_a_deputy_for_a_place_the_captain_does_not_serve() -> None:
    """Nobody gives away more than they have."""
    assert town().refusal(names("r-captain", "r-deputy", scope=EVERYWHERE)).code == "deputy_scope"


def test_a_deputy_is_known() -> None:
    """Somebody whom nobody registered stands in for nobody."""
    assert town().refusal(names("r-captain", "r-nobody")).code == "unknown_responder"


def test_deputies_have_a_number() -> None:
    """There is a limit."""
    floors = [Place(**IN_TOWER.model_dump() | {"floor": str(n)}) for n in range(5, DEPUTIES_MAX + 5)]
    given = town().and_then(*(names("r-lead", "r-worker", scope=floor) for floor in floors))
    assert given.refusal(names("r-lead", "r-cadre", scope=IN_TOWER)).code == "too_many_deputies"


def test_who_has_a_bell_is_called_away_and_nobody_else() -> None:
    """Firefighters leave at the bell (R25)."""
    away = about(CallAway, "r-carry1", reason="called_away")
    assert town().refusal(away).code == "not_preemptable"
    order = about(SetBell, "r-carry1", bell="fire_station")
    assert town().when(order) == [BellSet(bell="fire_station", set_at=T0)]
    given = town().and_then(order)
    assert given.when(order) == []
    gone = given.and_then(away)
    assert responder_of(gone, "r-carry1").out
    assert gone.when(away) == []
