"""The recorded policy: what a community decided about how work is shared out. Data; adopted into the log whole."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from .policy_levels import EVERYDAY_LEVELS, TIE_BITS, LevelName, LevelOrder, check_levels, planned_places
from .policy_tiers import ALL_OPEN, NO_RESERVE, Reserve, TierTimes
from .shift import NO_LIMITS, DutyLimits
from .values import Code, Value

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class MapDetail(StrEnum):
    """How much of the map of isolated households somebody sees, least first (R30)."""

    NOTHING = "nothing"
    BUILDING = "building"
    FLOOR = "floor"
    HOUSEHOLD = "household"


LadderSeconds = Annotated[int, Field(ge=10, le=86_400)]


class LadderStep(Value):
    """
    One step of the escalation ladder (逐级转派).

    Attributes
    ----------
    name
        captain, deputy, building_lead, duty, standby, sub_district, or the community's own.
    within_s
        Seconds that whoever is called has to take charge, by urgency from life to none; then the next
        step is called. After the last step nobody is left, and the external alarm is raised at once.
    """

    name: Code
    within_s: tuple[LadderSeconds, LadderSeconds, LadderSeconds, LadderSeconds]


_NEIGHBOURS_S = (60, 300, 600, 900)
_OFFICE_S = (60, 300, 900, 1800)

LADDER = (
    LadderStep(name="captain", within_s=_NEIGHBOURS_S),
    LadderStep(name="deputy", within_s=_NEIGHBOURS_S),
    LadderStep(name="building_lead", within_s=_NEIGHBOURS_S),
    LadderStep(name="duty", within_s=_OFFICE_S),
    LadderStep(name="standby", within_s=_OFFICE_S),
    LadderStep(name="sub_district", within_s=_OFFICE_S),
)
"""The default order of requirements part C; the times are ours."""


class Policy(Value):
    """
    A versioned policy.

    Attributes
    ----------
    name, version
        Together they name it; the digest proves it.
    respond_within_s
        Seconds a volunteer has to answer an offer.
    acknowledge_within_s
        Seconds a member of staff has to acknowledge an assignment before it is escalated.
    triage_within_s
        Seconds a received request may wait for a person's judgement before somebody is called.
    shelf_wait_s
        Seconds that goods may wait at gate or shelf, nobody on the way to them, before a person is called.
    post_note_within_s
        Seconds after a post's hand-over note was given at which somebody is reminded that nobody took it over (R26).
    custody_return_s
        Seconds whoever keeps a belonging has to hand it back, once its request is over, before the duty contact is
        called (R4).
    alarm_repeat_s
        Seconds between repeats of an alarm that nobody has acknowledged.
    offers_ahead_max
        Open offers and accepted legs one responder may hold at a time; offers go out no further ahead (late binding).
    plan_ahead_max
        Places of each person's queue that are planned, those offered included; more than are offered, or 0: then
        everything that fits is offered at once. What is planned and not offered is provisional: nobody is told.
    freeze_s
        Seconds for which an offer that was sent stays, even where the policy has a level `changes`.
    offers_per_run_max
        Offers one match run may make; the next run continues.
    offers_per_leg_max
        Offers of one leg before a person is called as well (cap on reassignment).
    load_band_percent
        Width of a load band, per cent of personal capacity.
    burden_days
        Days of past work that count into the load band.
    continuity_days, continuity_max
        How long a past visit counts, and how many visits count at most.
    ageing_s
        Waiting time that lifts an unserved leg by one step within its urgency.
    ladder
        Who is called in turn when the machine alone does not get it done, and for how long each.
    overtaken_max
        Offers made for others after a shortfall of a leg was found, before a person is called about it (L3).
    vectors_max
        Candidates whose full vector is stored with a decision.
    call_ahead_s
        Seconds before the hour for which help is needed at which somebody is told that the household has not called
        the crew that waits for its call (R9).
    call_back_s
        Seconds after a way back became possible at which somebody is told that nobody called for it.
    series_ahead_s
        Seconds before an occurrence of a series at which it becomes a request.
    ride_notice_s
        Seconds ahead of the agreed time by which a ride is booked, unless it is urgent with a reason (R12).
    ride_lead_s
        Seconds ahead of the agreed time from which a ride is shared out.
    ride_back_within_s
        Seconds after the agreed time by which the patient should be back, when nobody said otherwise.
    return_within_s
        Seconds a patient who is ready may wait for a car before a person is called.
    turnaround_s
        Seconds a car is blocked for disinfection after each trip (R13).
    urgent_ride_waives_pass
        Whether an urgent ride may go without a medical pass; the source does not say, so not by default (R12).
    tie_salt
        Goes into the tie hash, so that two communities do not favour the same person.
    call_attempts_max
        Calls without an answer before a household of a calling round is visited instead.
    residents_see
        What residents see of the map of isolated households (R30).
    duty
        Limits of shifts and effort for whoever has none of their own (R24); by default there are none.
    training
        Skills that everybody must hold before they are asked for anything (R26).
    briefing
        Version of the handbook that everybody must have acknowledged before they are asked; 0 is none.
    sheet_minutes
        Minutes after local midnight at which captains without a phone get their sheets (A2).
    sheet_answer_within_s
        Seconds from such a sheet until the answer to what stands on it.
    continuity_decay_days
        Days apart that take one visit off what counts for continuity; 0 takes off none.
    paper_ahead_max
        Open offers and accepted legs of somebody without a phone, whose work is bound by the sheet (A2); 0 is as for
        everybody else.
    tiers
        After what waiting a leg is offered further away than the own building.
    reserve
        How many people are kept free for threats to life and for health.
    levels
        What counts, most important first, up to which value of one leg; see `policy_levels`.
    """

    name: Code
    version: Annotated[int, Field(ge=1)]
    respond_within_s: Annotated[int, Field(ge=10, le=86_400)] = 600
    acknowledge_within_s: Annotated[int, Field(ge=10, le=86_400)] = 900
    triage_within_s: Annotated[int, Field(ge=10, le=86_400)] = 900
    alarm_repeat_s: Annotated[int, Field(ge=10, le=86_400)] = 120
    offers_ahead_max: Annotated[int, Field(ge=1, le=20)] = 3
    offers_per_run_max: Annotated[int, Field(ge=1, le=500)] = 100
    offers_per_leg_max: Annotated[int, Field(ge=1, le=1_000)] = 8
    load_band_percent: Annotated[int, Field(ge=1, le=100)] = 25
    burden_days: Annotated[int, Field(ge=0, le=31)] = 7
    continuity_days: Annotated[int, Field(ge=0, le=365)] = 14
    continuity_max: Annotated[int, Field(ge=0, le=20)] = 5
    ageing_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    ladder: Annotated[tuple[LadderStep, ...], Field(min_length=1, max_length=20)] = LADDER
    overtaken_max: Annotated[int, Field(ge=1, le=100_000)] = 100
    vectors_max: Annotated[int, Field(ge=1, le=50)] = 20
    ride_notice_s: Annotated[int, Field(ge=0, le=7 * 86_400)] = 3_600
    ride_lead_s: Annotated[int, Field(ge=0, le=86_400)] = 3_600
    ride_back_within_s: Annotated[int, Field(ge=60, le=2 * 86_400)] = 43_200
    return_within_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    turnaround_s: Annotated[int, Field(ge=0, le=86_400)] = 1_800
    urgent_ride_waives_pass: bool = False
    tie_salt: Code = "everyday"
    call_attempts_max: Annotated[int, Field(ge=1, le=10)] = 2
    residents_see: MapDetail = MapDetail.BUILDING
    call_ahead_s: Annotated[int, Field(ge=60, le=86_400)] = 1_800
    call_back_s: Annotated[int, Field(ge=60, le=604_800)] = 21_600
    shelf_wait_s: Annotated[int, Field(ge=60, le=86_400)] = 1_800
    duty: DutyLimits = NO_LIMITS
    training: Annotated[tuple[Code, ...], Field(max_length=16)] = ()
    briefing: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    sheet_minutes: Annotated[tuple[Annotated[int, Field(ge=0, le=1_439)], ...], Field(max_length=24)] = ()
    sheet_answer_within_s: Annotated[int, Field(ge=600, le=86_400)] = 7_200
    series_ahead_s: Annotated[int, Field(ge=60, le=604_800)] = 43_200
    continuity_decay_days: Annotated[int, Field(ge=0, le=365)] = 0
    paper_ahead_max: Annotated[int, Field(ge=0, le=20)] = 0
    tiers: TierTimes = ALL_OPEN
    reserve: Reserve = NO_RESERVE
    levels: LevelOrder = EVERYDAY_LEVELS
    plan_ahead_max: Annotated[int, Field(ge=0, le=20)] = 0
    freeze_s: Annotated[int, Field(ge=1, le=86_400)] = 120
    post_note_within_s: Annotated[int, Field(ge=60, le=86_400)] = 1_800
    custody_return_s: Annotated[int, Field(ge=600, le=30 * 86_400)] = 86_400

    @model_validator(mode="after")
    def _levels_stay_in_order(self) -> Self:
        check_levels(self)
        return self

    @property
    def places_max(self) -> int:
        """How many places a queue may have in the plan; 0 where none are planned."""
        return planned_places(self)

    @property
    def changes_offers(self) -> bool:
        """Tell whether a sent offer may be taken back for something that the policy ranks above changes."""
        return any(level.name is LevelName.CHANGES for level in self.levels)

    def tie(self, *ids: str) -> int:
        """Return the hash of `TIE_BITS` bits that breaks a tie between ids, so that nobody is first for ever."""
        text = "\x1f".join((self.tie_salt, *ids)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=TIE_BITS // 8).digest())

    def digest(self) -> str:
        """
        Return the hexadecimal BLAKE2b-128 of the canonical JSON: the same policy has the same digest anywhere.

        Knobs at their defaults are left out, so that a knob added later does not change the digest of a
        policy that is already stored. Defaults are history: they are never changed.
        """
        chosen = self.model_dump_json(exclude_defaults=True)
        return hashlib.blake2b(chosen.encode(), digest_size=16).hexdigest()


EVERYDAY = Policy(name="everyday", version=1)
"""The policy `everyday` of requirements part C: whatever fits is offered, up to three legs ahead."""
