"""
Ten are deployed and twenty wait; eight more are needed for the evening, and are called in waves (S0; R23).

Five are called at a time and have a quarter of an hour. Those called before, and those who worked more, stand
further back in the line. Of each wave one declines and one is silent.
One who came falls ill, and one more is called. Nobody is called twice, nobody beyond the limits of duty, and at
21:00 everybody is back on standby. 10 and 20 are from the source; the waves, 8 and the answers are ours.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import EVERYDAY, CallUpId, Dispatch, DutyLimits, NumberedIds, ResponderId, Role, VirtualClock, WaveCalled

HERE = "riverside"
START = datetime(2022, 5, 16, 15, 0, tzinfo=timezone(timedelta(hours=8)))
EVENING = (START + timedelta(hours=3), START + timedelta(hours=6))
QUARTER = timedelta(minutes=15)
WAVES_MAX = 10
LIMITS = DutyLimits(day_s=9 * 3_600)
FIGURES = {
    "deployed before": 10,
    "on standby before": 20,
    "beyond their hours": 2,
    "waves": 5,
    "most in a wave": 5,
    "came": 8,
    "declined": 4,
    "silent": 3,
    "called": 16,
    "called twice": 0,
    "waves that name the next in line": 5,
    "on duty at 18:00": 8,
    "on standby at 21:00": 20,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Settle, call up, answer wave by wave, fall ill, serve, stand down."""
    engine.register_community(
        HERE, name="河畔社区", duty="duty-desk", policy=EVERYDAY.model_copy(update={"version": 2, "duty": LIMITS})
    )
    day = (START - timedelta(hours=7), START + timedelta(hours=2))
    deployed = [engine.register_responder(HERE, Role.CADRE, shifts=[day]) for _ in range(10)]
    waiting = [engine.register_responder(HERE, Role.CADRE) for _ in range(18)]
    tired = [engine.register_responder(HERE, Role.CADRE, shifts=[day]) for _ in range(2)]
    engine.begin_standby(HERE, [*waiting, *tired])
    before = engine.standby_pool(HERE)
    call_up = engine.call_up(
        HERE, 8, starts_at=EVENING[0], ends_at=EVENING[1], roles=[Role.CADRE], wave_size=5, answer_within_s=900
    )
    ill = _answer_in_waves(engine, clock, call_up)
    waves = [event.fact for event in engine.subscribe(community=HERE) if isinstance(event.fact, WaveCalled)]
    replies = Counter(str(reply) for reply in engine.call_up_state(HERE, call_up).calls.values())
    called = [choice for wave in waves for choice in wave.called]
    clock.move_to(EVENING[0])
    engine.tick()
    people = {who: engine.responder(HERE, who) for who in (*deployed, *waiting, *tired)}
    on_duty = sum(person.on_duty(clock()) and who not in ill for who, person in people.items())
    clock.move_to(EVENING[1])
    engine.tick()
    return {
        "deployed before": sum(engine.responder(HERE, who).on_duty(START) for who in deployed),
        "on standby before": len(before),
        "beyond their hours": max(b.people for wave in waves for b in wave.barred if b.rule == "within_duty_limits"),
        "waves": len(waves),
        "most in a wave": max(len(wave.called) for wave in waves),
        "came": replies["comes"],
        "declined": replies["declined"],
        "silent": replies["silent"],
        "called": len(called),
        "called twice": len(called) - len({choice.responder for choice in called}),
        "waves that name the next in line": sum(wave.next_in_line is not None for wave in waves),
        "on duty at 18:00": on_duty,
        "on standby at 21:00": sum(line.stage == "ready" for line in engine.standby_pool(HERE)),
    }


def _answer_in_waves(engine: Dispatch, clock: VirtualClock, call_up: CallUpId) -> set[ResponderId]:
    """Let the second of each wave decline and the third be silent, until enough come; one of them falls ill."""
    ill: set[ResponderId] = set()
    engine.tick()
    for _ in range(WAVES_MAX):
        state = engine.call_up_state(HERE, call_up)
        if not state.missing:
            break
        for number, who in enumerate(state.having("open")):
            if number == 1:
                engine.decline_duty(HERE, call_up, responder=who, on_behalf_of=who)
            elif number != 2:
                engine.come(HERE, call_up, responder=who, on_behalf_of=who)
        if not ill:
            (first, *_) = engine.call_up_state(HERE, call_up).having("comes")
            engine.drop_out(HERE, first)
            ill.add(first)
        clock.move_to(clock() + QUARTER)
        engine.tick()
    return ill


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
