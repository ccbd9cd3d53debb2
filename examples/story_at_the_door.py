"""
Service at the door: a stool at one metre, papers photographed for an allowance, and a proof that holds.

Community workers came to the door of those who could not go out, kept a metre away, photographed the papers and
disinfected (S1, R8). The kind says that it is contactless and what proves it. Here the proof is the word that only the
resident was told, or a photo of which the log keeps a digest and nothing else; a wrong word proves nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import Dispatch, NumberedIds, Refused, RequestId, VirtualClock

HERE = "riverside"
START = datetime(2020, 2, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
FIGURES = {
    "visits": 3,
    "proven by a word": 1,
    "proven by a photo": 2,
    "wrong words refused": 1,
    "photos in the log": 0,
    "delivered": 3,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Serve three doors and prove each."""
    day = [(START, START + timedelta(hours=9))]
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, "1号楼", floors=6, lift=False)
    engine.register_responder(HERE, "community_worker", capacity=40, shifts=day)
    homes = [engine.register_resident(HERE, f"1号楼{floor}01室") for floor in (2, 4, 6)]
    visits = [engine.open_request(HERE, "check_in", beneficiary=home, channel="staff") for home in homes]
    word = engine.issue_token(HERE, visits[0])
    serve(engine, clock)
    refused = prove(engine, visits, word)
    records = [line for visit in visits for line in engine.request(HERE, visit).record]
    bodies = "".join(event.fact.model_dump_json() for event in engine.subscribe(community=HERE))
    return {
        "visits": len(visits),
        "proven by a word": sum(line.code == "token" for line in records),
        "proven by a photo": sum(line.code == "photo" for line in records),
        "wrong words refused": refused,
        "photos in the log": bodies.count("papers of"),
        "delivered": sum(type(engine.request(HERE, visit)).__name__ == "Delivered" for visit in visits),
    }


def serve(engine: Dispatch, clock: VirtualClock) -> None:
    """Go from door to door until nobody is asked any more."""
    while offers := engine.tick().offers:
        for offer in offers:
            engine.accept(HERE, offer.offer)
        for offer in offers:
            clock.move_to(clock() + timedelta(minutes=20))
            request, _, leg = offer.leg.partition("/")
            engine.complete(HERE, RequestId(request), leg)


def prove(engine: Dispatch, visits: list[RequestId], word: str) -> int:
    """Prove the first by the word, after a wrong one, and the others by photos of the papers."""
    refused = 0
    for said in ("not-this-word", word):
        try:
            engine.record_proof(HERE, visits[0], word=said)
        except Refused:
            refused += 1
    for number, visit in enumerate(visits[1:]):
        engine.record_proof(HERE, visit, photo=f"papers of household {number}".encode())
    return refused


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
