"""
200 cars over seven sub-districts, point to point (R13, Beijing 2022).

The source gives the two totals and not how they divide: six sub-districts have 29 cars here and one has
26 (ours). One sub-district books all of its cars for 10:00. The next booking at that time is refused and
told who decides; with the reason of an urgent ride it is sent all the same, and that is on record (R12).
Next door, and three hours later, there are cars.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from dispatch import Actor, Dispatch, NumberedIds, Refused, RequestId, ResidentId, Role, VirtualClock

START = datetime(2022, 5, 12, 7, 0, tzinfo=timezone(timedelta(hours=8)))
TEN, ONE = START + timedelta(hours=3), START + timedelta(hours=6)
CARS = (29, 29, 29, 29, 29, 29, 26)
HERE = "district"
DOCTOR = Actor(id="medical-group-1", role=Role.MEDICAL_STAFF)
FIGURES = {
    "sub-districts": 7,
    "cars": 200,
    "booked at ten in the first": 30,
    "of them beyond the quota": 1,
    "refused": 1,
    "who decides": "office-1",
    "booked next door": 1,
    "booked at one": 1,
}


def settle(engine: Dispatch) -> None:
    """Register a building in each sub-district, its quota and its cars."""
    engine.register_community(HERE, name="某区", duty="district-desk")
    engine.grant(HERE, DOCTOR.id, DOCTOR.role)
    for number, cars in enumerate(CARS, start=1):
        engine.register_building(HERE, f"{number}号楼", floors=40, lift=True)
        engine.set_quota(HERE, f"area_{number}", places=f"{number}号楼", cars=cars, decides=f"office-{number}")
        with engine.batch(HERE) as batch:
            for _ in range(cars):
                batch.register_car(HERE, area=f"area_{number}")


def booking(engine: Dispatch, home: str) -> Callable[..., RequestId]:
    """Return how somebody with a pass books a ride."""
    resident: ResidentId = engine.register_resident(HERE, home)
    passed = engine.apply_for_pass(HERE, resident, purpose="regular_treatment")
    engine.review_pass(HERE, passed, by=DOCTOR)
    engine.issue_pass(HERE, passed, valid_from=START, valid_until=START + timedelta(days=1), rides=2, by=DOCTOR)

    def book(at: datetime, urgent: str | None = None) -> RequestId:
        return engine.book_ride(HERE, resident, medical_pass=passed, pickup_at=at, urgent=urgent)

    return book


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Book a sub-district out, then once more."""
    settle(engine)
    for floor in range(1, CARS[0] + 1):
        booking(engine, f"1号楼{floor}01室")(TEN)
    late = booking(engine, "1号楼3001室")
    turned_away: list[Refused] = []
    try:
        late(TEN)
    except Refused as refused:
        turned_away.append(refused)
    late(ONE)
    booking(engine, "1号楼3101室")(TEN, urgent="treatment_today")
    booking(engine, "2号楼101室")(TEN)
    clock.move_to(START + timedelta(minutes=1))
    at_ten = {line.area: line for line in engine.quotas(HERE, as_of=clock())}
    slots = Counter(
        (fact["area"], fact["starts_at"] == TEN)
        for fact in (e.fact.model_dump() for e in engine.subscribe(community=HERE) if e.topic == "fleet.slot_taken")
    )
    return {
        "sub-districts": len(at_ten),
        "cars": sum(line.cars for line in at_ten.values()),
        "booked at ten in the first": slots["area_1", True],
        "of them beyond the quota": at_ten["area_1"].over_quota,
        "refused": sum(refused.code == "over_quota" for refused in turned_away),
        "who decides": ", ".join(str(refused.fields["decides"]) for refused in turned_away),
        "booked next door": slots["area_2", True],
        "booked at one": slots["area_1", False],
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
