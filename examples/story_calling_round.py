"""
One cadre rings fifty households in a morning; nobody is missed.

Nearly 50 disabled or lone-elder households are phoned in turn each day, and visited where there is no
phone or no answer (R14, Beijing 2022). One caller, always the same, says a code that the household
can check, for residents had feared fraud and hung up (R15). Supplies are asked after; a need becomes a
request at once. Who is 80 or lives alone is on the green lane (R34). At a door on the list nobody is
well: a welfare alarm. In the evening the list closes with its numerator and denominator said (R33).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from dispatch import Actor, Dispatch, NumberedIds, RequestId, ResidentId, ResponderId, Role, RoundId, VirtualClock

START = datetime(2022, 5, 23, 8, 30, tzinfo=timezone(timedelta(hours=8)))
HERE = "riverside"
HOUSEHOLDS = 50
NO_PHONE, SILENT, SECOND = {7, 31}, {12, 24, 40}, {3, 18, 27, 36, 44}
NEEDS_FOOD, UNWELL, WARY = 15, 24, 5
FIGURES = {
    "households": 50,
    "calls": 56,
    "reached at the first call": 40,
    "reached at the second": 5,
    "visits the same day": 5,
    "seen at the door": 4,
    "needs become requests": 1,
    "welfare alarms": 1,
    "codes checked": 1,
    "code": "right",
    "covered": "50 of 50",
    "round": "Closed",
    "same caller the next day": 45,
}


class Day(NamedTuple):
    """One day's round: who rings, whom, and what is recorded of it."""

    engine: Dispatch
    clock: VirtualClock
    residents: list[ResidentId]
    cadre: ResponderId
    calls: RoundId

    def item(self, number: int) -> Any:
        """Return how the n-th household stands."""
        return self.engine.calling_round(HERE, self.calls).items[self.residents[number]]

    def ring(self, number: int) -> None:
        """Ring one household: three minutes a call."""
        self.clock.move_to(self.clock() + timedelta(minutes=3))
        resident, enough = self.residents[number], number != NEEDS_FOOD
        if number in SILENT or (number in SECOND and not self.item(number).attempts):
            self.engine.record_attempt(HERE, self.calls, resident, outcome="no_answer")
            return
        self.engine.record_reached(HERE, self.calls, resident, supplies_enough=enough, condition_ok=True)
        if not enough:
            self.engine.find_need(HERE, self.calls, resident, kind="food", note="米和青菜")

    def visit(self) -> None:
        """Let System order the visits; who is asked for one goes, and sees somebody or alarms."""
        for offer in self.engine.tick().offers:
            items = self.engine.calling_round(HERE, self.calls).items.items()
            at_door = {item.visits[-1]: resident for resident, item in items if item.visits}
            resident = at_door.get(RequestId(offer.leg.partition("/")[0]))
            if resident is None:
                continue
            self.engine.accept(HERE, offer.offer)
            self.clock.move_to(self.clock() + timedelta(minutes=20))
            who = Actor(id=offer.responder, role=self.engine.responder(HERE, offer.responder).role)
            if resident == self.residents[UNWELL]:
                self.engine.raise_welfare_alarm(HERE, self.calls, resident, note="倒在门厅", by=who)
            else:
                self.engine.record_seen(HERE, self.calls, resident, supplies_enough=True, condition_ok=True, by=who)


def town(engine: Dispatch, clock: VirtualClock) -> Day:
    """Set up two towers of 25 households each, two people who go, and the cadre who rings: the round begins."""
    days = [(START, START + timedelta(days=2))]
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    residents = []
    for name in ("1号楼", "2号楼"):
        engine.register_building(HERE, name, floors=25, lift=True)
        residents += [engine.register_resident(HERE, f"{name}{floor:02d}01") for floor in range(1, 26)]
        engine.register_responder(HERE, Role.BUILDING_LEAD, home=f"{name}1层", capacity=30, shifts=days)
    for number, resident in enumerate(residents):
        why = ["aged_80", "lives_alone"] if number % 2 else ["disabled"]
        engine.set_flags(HERE, resident, why, no_phone=number in NO_PHONE)
    cadre = engine.register_responder(HERE, Role.CADRE, capacity=6, shifts=days)
    return Day(engine, clock, residents, cadre, engine.start_round(HERE, residents, callers=[cadre]))


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Ring, ring again, go, close; and look who rings tomorrow, when there are two."""
    day = town(engine, clock)
    wary = day.residents[WARY]
    code = engine.caller_code(HERE, day.calls, wary, by=Actor(id=day.cadre, role=Role.CADRE))
    right = engine.check_caller_code(HERE, day.calls, wary, code=code, by=Actor(id=wary, role=Role.RESIDENT))
    for _turn in range(2):
        for number in range(HOUSEHOLDS):
            if not day.item(number).has_outcome and not day.item(number).no_phone:
                day.ring(number)
    while engine.round_coverage(HERE, day.calls).without_outcome:
        clock.move_to(clock() + timedelta(minutes=1))
        day.visit()
    engine.close_round(HERE, day.calls)
    clock.move_to(START + timedelta(days=1))
    other = engine.register_responder(HERE, Role.CADRE, capacity=6)
    tomorrow = engine.start_round(HERE, day.residents, callers=[other, day.cadre])
    return figures(day, tomorrow, right=right)


def figures(day: Day, tomorrow: RoundId, *, right: bool) -> dict[str, int | str]:
    """Count what was recorded."""
    items = day.engine.calling_round(HERE, day.calls).items
    next_items = day.engine.calling_round(HERE, tomorrow).items
    found = day.engine.round_coverage(HERE, day.calls)
    rung = Counter(len(item.attempts) for item in items.values() if type(item).__name__ == "Reached")
    lines = day.engine.timeline(HERE, about=day.calls)
    visits = [line for line in lines if line.topic == "round.visit_ordered"]
    return {
        "households": found.covered.denominator,
        "calls": found.attempts,
        "reached at the first call": rung[1],
        "reached at the second": rung[2],
        "visits the same day": sum(line.recorded_at.date() == START.date() for line in visits),
        "seen at the door": found.seen,
        "needs become requests": found.needs,
        "welfare alarms": found.alarmed,
        "codes checked": sum(line.topic == "round.code_checked" for line in lines),
        "code": "right" if right else "wrong",
        "covered": f"{found.covered.numerator} of {found.covered.denominator}",
        "round": type(day.engine.calling_round(HERE, day.calls)).__name__,
        "same caller the next day": sum(next_items[who].caller == item.caller for who, item in items.items()),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
