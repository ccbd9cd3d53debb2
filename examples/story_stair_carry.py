"""
Seven infusions, third floor, no lift: three people carry a man down each morning and up again (R9, R10).

Two community workers and a cadre, one behind, one at the arm, one in front, forty minutes from the third
floor to the first, for seven days (Fengtai 2020, S1). The daughter phones ahead: until she does, the
crew is bound and does not go. The way up again is ours. On the fourth day one of them is isolated after
the crew was complete: the other two are asked first, a fourth joins, and they stay together from then
on, although six people are trained and on duty.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import Actor, Channel, Dispatch, NumberedIds, RequestId, ResponderId, Role, VirtualClock

HERE = "fengtai"
BEIJING = timezone(timedelta(hours=8))
START = datetime(2020, 6, 20, 17, 0, tzinfo=BEIJING)
FIRST = datetime(2020, 6, 21, 10, 0, tzinfo=BEIJING)
BELL = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.PHONE)
FIGURES = {
    "occurrences": 7,
    "crew places down": 21,
    "person-minutes down": 840,
    "effort units down": 105,
    "crew places up": 21,
    "positions": "arm behind front",
    "calls of the daughter": 14,
    "crews that collapsed": 1,
    "people who carried": 4,
    "of the first crew on the last day": 2,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Arrange the series, carry every day, complete the crew anew on the fourth."""
    engine.register_community(HERE, name="丰台社区", duty="duty-desk")
    engine.register_building(HERE, "3号楼", floors=6, lift=False)
    shifts = [(FIRST + timedelta(days=day, hours=-2), FIRST + timedelta(days=day, hours=7.5)) for day in range(7)]
    for role in (*[Role.COMMUNITY_WORKER] * 4, *[Role.CADRE] * 2):
        engine.register_responder(HERE, role, skills=["stair_carry"], capacity=40, shifts=shifts)
    father = engine.register_resident(HERE, "3号楼301室", name="住户甲")
    series = engine.start_series(
        HERE,
        "stair_carry_return",
        beneficiary=father,
        reporter="daughter-of-301",
        rule="FREQ=DAILY;COUNT=7",
        starts=FIRST,
    )
    for day in range(7):
        hour = FIRST + timedelta(days=day)
        clock.move_to(hour - timedelta(hours=12))
        engine.tick()
        request = engine.occurrences(HERE, series)[day].request
        if request is None:
            raise SystemExit(f"Day {day + 1} was not opened.")
        clock.move_to(hour - timedelta(hours=2))
        crew = _say_yes(engine)
        if day == 3:
            engine.isolate_responder(HERE, crew[0])
            _say_yes(engine)
        _carry(engine, clock, request, leg="carry", called_at=hour - timedelta(minutes=45))
        _say_yes(engine)
        _carry(engine, clock, request, leg="carry_back", called_at=hour + timedelta(hours=2))
        engine.confirm(HERE, request, by=Actor(id=father, role=Role.RESIDENT, via=Channel.PHONE))
        engine.close_request(HERE, request)
    return _figures(engine, [line.request for line in engine.occurrences(HERE, series) if line.request])


def _say_yes(engine: Dispatch) -> list[ResponderId]:
    """Everybody who is asked now says yes."""
    offers = engine.tick().offers
    for offer in offers:
        engine.accept(HERE, offer.offer, by=BELL, on_behalf_of=offer.responder)
    return [offer.responder for offer in offers]


def _carry(engine: Dispatch, clock: VirtualClock, request: RequestId, *, leg: str, called_at: datetime) -> None:
    """The daughter phones, the three meet, and they carry for forty minutes."""
    clock.move_to(called_at)
    engine.call_ahead(HERE, request, by=BELL, on_behalf_of="daughter-of-301")
    state = engine.request(HERE, request).leg(leg)
    crew = [ask.responder for ask in state.asks] if state else []
    for member in crew:
        engine.ready(HERE, request, leg, responder=member, by=BELL, on_behalf_of=member)
    clock.move_to(called_at + timedelta(minutes=40))
    engine.complete(HERE, request, leg, responder=crew[0], by=BELL, on_behalf_of=crew[0])


def _figures(engine: Dispatch, requests: list[RequestId]) -> dict[str, int | str]:
    """Count what the log says."""
    down = [leg for request in requests if (leg := engine.request(HERE, request).leg("carry"))]
    up = [leg for request in requests if (leg := engine.request(HERE, request).leg("carry_back"))]
    crews = [{ask.responder for ask in leg.asks} for leg in down]
    events = [event for event in engine.subscribe() if event.community == HERE]
    return {
        "occurrences": sum(event.topic == "series.occurrence_opened" for event in events),
        "crew places down": sum(len(leg.asks) for leg in down),
        "person-minutes down": sum(len(leg.asks) * leg.plan.minutes for leg in down),
        "effort units down": sum(ask.effort for leg in down for ask in leg.asks),
        "crew places up": sum(len(leg.asks) for leg in up),
        "positions": " ".join(sorted({str(ask.position) for leg in (*down, *up) for ask in leg.asks})),
        "calls of the daughter": sum(event.topic == "request.household_called" for event in events),
        "crews that collapsed": sum(event.topic == "request.leg_released" for event in events),
        "people who carried": len(set().union(*crews)),
        "of the first crew on the last day": len(crews[0] & crews[-1]),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
