"""Several processes on one store: every offer once, every hold an open ask, capacity kept."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from dispatch import EVERYDAY, Dispatch
from dispatch.audit import open_log, replay
from dispatch.audit.invariants import violations
from dispatch.domain.leg import AssignmentMade, Done, Failed, OfferMade
from tests.engine.processes import ROUNDS, start
from tests.engine.town import HERE, Clock, settle
from tests.subprocesses import answers


def test_four_processes_serve_one_store(lasting_store: str) -> None:
    """Four processes open requests, tick, accept and finish at once: nothing is made, held or done twice."""
    with Dispatch.open(lasting_store) as engine:
        engine.register_community(HERE, name="河畔社区", duty="desk", policy=EVERYDAY)  # version 2 offers one at a time
        engine.register_building(HERE, "11号楼", floors=6, lift=True)
        with engine.batch(HERE) as batch:
            for floor in range(1, 7):
                batch.register_resident(HERE, f"11号楼{floor}层")
                batch.register_responder(HERE, "floor_captain", home=f"11号楼{floor}层", capacity=3)
            for _ in range(2):
                batch.register_responder(HERE, "cadre", capacity=4)
    told = answers([start("serve", lasting_store, name) for name in range(4)])
    with Dispatch.open(lasting_store) as engine:
        rest = [offer.offer for offer in engine.tick().offers]
        board = engine.board_of(HERE)
        made = [e.fact.offer for e in engine.subscribe() if isinstance(e.fact, OfferMade | AssignmentMade)]
    opened = [request for one in told for request in one["opened"]]
    assert len(set(opened)) == len(opened) == 4 * ROUNDS
    assert set(opened) >= set(board.requests)
    assert len(made) == len(set(made)) > 20
    assert Counter(offer for one in told for offer in one["offers"]) + Counter(rest) == Counter(made)
    asks = {
        (ask.offer, ask.responder)
        for state in board.requests.values()
        for leg in state.legs
        if not isinstance(leg, Done | Failed)
        for ask in leg.asks
    }
    held = {
        (work.offer, who)
        for who, person in board.responders.items()
        for work in (*person.holds.values(), *person.loads.values())
    }
    assert held == asks
    assert all(person.load <= person.capacity for person in board.responders.values())
    with open_log(lasting_store) as log:
        assert violations(log) == ()
        report = replay(log)
    assert report.findings == report.unchecked == ()
    assert report.reproduced == report.decisions + report.shortfalls >= len(made)


def test_a_full_disk_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Full, the store says so; whatever was acknowledged is there; with room again the same process goes on."""
    store = f"sqlite:///{tmp_path}/community.db"
    with Dispatch.open(store) as engine:
        engine.register_community(HERE, name="河畔社区", duty="desk", policy=EVERYDAY)  # version 2 offers one at a time
        engine.register_building(HERE, "11号楼", floors=6, lift=True)
        engine.register_resident(HERE, "11号楼501", name="住户甲")
        engine.register_responder(HERE, "cadre", capacity=200)
    (told,) = answers([start("fill", store)])
    assert told["code"] == "unavailable"
    assert told["offers"] > 0
    assert len(told["acknowledged"]) > 2
    with Dispatch.open(store) as engine:
        received = [e.stream.rsplit("/", 1)[-1] for e in engine.subscribe() if e.topic == "request.received"]
        assert len(received) == len(set(received))
        assert set(told["acknowledged"]) <= set(received)
    with open_log(store) as log:
        assert violations(log) == ()
        assert replay(log).findings == ()
    with closing(sqlite3.connect(tmp_path / "community.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_engines_in_one_process(lasting_store: str) -> None:
    """What one engine records, the other shares out; neither repeats it."""
    with Dispatch.open(lasting_store) as one, Dispatch.open(lasting_store) as two:
        town = settle(one, Clock())
        request = one.open_request(HERE, "garbage", beneficiary=town.resident)
        (offer,) = two.tick().offers
        assert one.tick().offers == ()
        one.accept(HERE, offer.offer)
        two.complete(HERE, request, "inside")
        assert {o.leg for o in one.tick().offers} == {f"{request}/outside"}
        assert two.tick().offers == ()
