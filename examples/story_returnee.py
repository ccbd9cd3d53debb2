"""
Somebody comes home from elsewhere and stays in for a fortnight: one person, one policy.

A ledger for each returnee, with temperature and condition (R29, Fengtai and Zhengzhou 2020), and a map of
isolated households (R30, Zhengzhou 2020). The fortnight, the daily call and the day that is forgotten are
ours. Temperatures are sealed; the isolation and the plan end by themselves; on the map the desk sees the
household, a floor captain the floor, a neighbour the building only.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import Actor, Dispatch, NumberedIds, Role, VirtualClock

START = datetime(2020, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HERE = "riverside"
DAYS, FORGOTTEN = 14, 6
FIGURES = {
    "contacts": 12,
    "reminders to the keeper": 1,
    "reminders to the duty contact": 0,
    "households the desk sees": 1,
    "households a captain sees": 0,
    "floor a captain sees": "5",
    "floor a neighbour sees": "none",
    "people on the neighbour's map": 1,
    "people on the map afterwards": 0,
    "temperatures in the ledger": 12,
    "temperatures in the log": 0,
    "readings recorded": 1,
    "plan": "Ended",
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Come home, stay in, be rung daily, and go out again."""
    until = START + timedelta(days=DAYS)
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, "1号楼", floors=6, lift=False)
    home = engine.register_resident(HERE, "1号楼501室", name="返回人员甲")
    neighbour = engine.register_resident(HERE, "1号楼402室")
    keeper = engine.register_responder(HERE, Role.COMMUNITY_WORKER, shifts=[(START, until)])
    captain = engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home="1号楼5层", shifts=[(START, until)])
    engine.begin_isolation(HERE, home, until=until)
    engine.open_plan(HERE, home, reason="returnee", keeper=keeper, ends_at=until, note="三月二日由外地返回")
    seen = {
        role: engine.isolated_map(HERE, by=Actor(id=who, role=role))
        for who, role in ((keeper, Role.COMMUNITY_WORKER), (captain, Role.FLOOR_CAPTAIN), (neighbour, Role.RESIDENT))
    }
    for day in range(1, DAYS):
        clock.move_to(START + timedelta(days=day, hours=-1))
        if day == FORGOTTEN:
            clock.move_to(START + timedelta(days=day, hours=3))
            engine.tick()
            continue
        who = Actor(id=keeper, role=Role.COMMUNITY_WORKER)
        engine.record_contact(HERE, home, condition_ok=True, note=f"36.{day % 7}℃", by=who)
        engine.tick()
    clock.move_to(until)
    engine.tick()
    log = "".join(event.fact.model_dump_json() for event in engine.subscribe())
    ledger = engine.ledger(HERE, home, purpose="review")
    plan = engine.case_plan(HERE, home)
    reminded = Counter(line.line.params["to"] for line in ledger if line.line.topic == "plan.contact_reminded")
    topics = Counter(line.line.topic for line in ledger)
    return {
        "contacts": topics["plan.contact_made"],
        "reminders to the keeper": reminded[keeper],
        "reminders to the duty contact": reminded["duty-desk"],
        "households the desk sees": sum(len(line.household_ids) for line in seen[Role.COMMUNITY_WORKER]),
        "households a captain sees": sum(len(line.household_ids) for line in seen[Role.FLOOR_CAPTAIN]),
        "floor a captain sees": " ".join(line.floor or "none" for line in seen[Role.FLOOR_CAPTAIN]),
        "floor a neighbour sees": " ".join(line.floor or "none" for line in seen[Role.RESIDENT]),
        "people on the neighbour's map": sum(line.isolated for line in seen[Role.RESIDENT]),
        "people on the map afterwards": sum(line.isolated for line in engine.isolated_map(HERE)),
        "temperatures in the ledger": sum("℃" in (text or "") for line in ledger for text in line.texts.values()),
        "temperatures in the log": log.count("℃"),
        "readings recorded": topics["resident.personal_data_accessed"],
        "plan": type(plan).__name__,
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
