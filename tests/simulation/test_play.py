"""A simulated day: nothing is lost, every rule holds, and the same seed is the same day for everybody."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from dispatch.domain.policy import Policy
from dispatch.domain.values import Urgency
from dispatch.matching.board import Board
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.match import MatchResult, match
from dispatch.simulation import (
    POLICIES,
    RIVALS,
    VERSION,
    Contender,
    Fortnight,
    contender,
    contest,
    fitted,
    read_blocks,
    read_calls,
    rival,
    simulated,
)
from dispatch.simulation.draws import Draws
from dispatch.simulation.rivals import Dispatcher
from tests.house import ROOT
from tests.simulation.days import Kept, blocks, calls, day

EVERYBODY: Mapping[str, Callable[[], Contender]] = {
    **{name: partial(contender, policy) for name, policy in POLICIES.items() if VERSION not in name},
    **{name: partial(rival, name) for name in RIVALS},
}
"""The matcher under the latest version of every policy that comes along, and every rival."""

any_dispatcher = pytest.mark.parametrize("who", EVERYBODY.values(), ids=EVERYBODY)
Who = Callable[[], Contender]


@any_dispatcher
def test_every_request_is_counted_once(who: Who) -> None:
    """Each arrival is delivered, begun or not begun at the end, and is nothing else besides."""
    tally = simulated(day(80, 4), who(), 1)
    assert len(tally.courses) == 80
    ends = Counter(
        "served" if course.delivered_at else "under_way" if course.started_at else "waiting"
        for course in tally.courses.values()
    )
    (figures,) = contest(day(80, 4), [who()], [1])
    assert {name: count for name, count in asdict(figures).items() if name in ends} == ends
    assert figures.served + figures.under_way + figures.waiting == figures.requests == 80
    assert sum(tally.asked.values()) == tally.counts["asked"]


@any_dispatcher
def test_every_invariant_holds(who: Who) -> None:
    """Loads, crews, entitlement, positions: the audit's own checks on every event of the day find nothing."""
    kept = Kept()
    tally = simulated(day(), who(), 2, listener=kept)
    assert kept.violations == ()
    topics = Counter(row.topic for row in kept.rows)
    assert topics["request.received"] == 60
    assert topics["match.decided"] == tally.counts["asked"] > 60
    assert topics["request.delivered"] == sum(1 for course in tally.courses.values() if course.delivered_at)
    assert topics["request.offer_declined"] + topics["request.assignment_returned"] == tally.counts["declined"]


@any_dispatcher
def test_only_who_may_go_is_asked(who: Who) -> None:
    """Whoever is asked passes every hard rule of the matcher on the very board of the decision."""
    asked = 0

    def watched(inner: Dispatcher) -> Dispatcher:
        def decide(board: Board, policy: Policy, at: datetime) -> MatchResult:
            nonlocal asked
            result = inner(board, policy, at)
            if result.decided:
                people = people_of(board, policy, at)
                may = {d.leg: d.vectors for d in demands_of(tasks_of(board), people, policy=policy, at=at)}
                assert [d for d in result.decided if d.responder not in may[d.leg]] == []
                asked += len(result.decided)
            return result

        return decide

    one = who()
    watching = replace(one, dispatcher=partial(watched, one.dispatcher()))
    tally = simulated(day(), watching, 3)
    assert asked == tally.counts["asked"] > 0


@any_dispatcher
def test_the_same_seed_is_the_same_day(who: Who) -> None:
    """Two runs give the same events; another seed gives others."""

    def rows(seed: int) -> list[object]:
        kept = Kept()
        simulated(day(30), who(), seed, listener=kept)
        return list(kept.rows)

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)


def test_everybody_meets_the_same_fate() -> None:
    """The same people ask at the same instants for the same, whoever dispatches."""
    asked = []
    for who in EVERYBODY.values():
        kept = Kept()
        simulated(day(), who(), 1, listener=kept)
        asked.append([row.state for row in kept.rows if row.topic == "request.received"])
    assert [len(of) for of in asked] == [60] * len(EVERYBODY)
    bodies = [[state.partition(b"}")[2] for state in of] for of in asked]
    assert all(of == bodies[0] for of in bodies)


@pytest.mark.parametrize("hash_seed", ["0", "1", "77"])
def test_hash_seeds_change_nothing(hash_seed: str) -> None:
    """The figures are the same bytes under any hash seed; only the speed is the machine's."""
    program = (
        "from tests.simulation.days import day\n"
        "from dataclasses import replace\n"
        "from dispatch.simulation import contest, contender, rival, POLICIES\n"
        "who = [contender(POLICIES['everyday']), rival('greedy'), rival('pull')]\n"
        "print([replace(one, decisions_a_second=0) for one in contest(day(20), who, [1, 2])])\n"
    )
    run = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("42", hash_seed)
    ]
    assert b"Figures" in run[0]
    assert run[0] == run[1]


def test_a_limit_takes_the_first_requests() -> None:
    """The first requests of the day, and the same ones."""
    whole, first = (simulated(day(limit=limit), rival("pull"), 1) for limit in (None, 10))
    assert list(first.courses) == list(whole.courses)[:10]
    assert [c.at for c in first.courses.values()] == [c.at for c in whole.courses.values()][:10]


def test_progress_counts_arrivals() -> None:
    """It rises to the number of requests."""
    told: list[tuple[str, int, int]] = []
    contest(day(20), [rival("pull")], [1, 2], progress=lambda *one: told.append(one))
    assert told[-1] == ("pull", 2, 20)
    assert [arrived for _, seed, arrived in told if seed == 1] == sorted(a for _, s, a in told if s == 1)


def test_one_person_alone() -> None:
    """A town of one captain serves who is on their floor; nobody is at two places at once."""
    kept = Kept()
    tally = simulated(day(12, 1), rival("greedy"), 1, listener=kept)
    assert kept.violations == ()
    assert tally.worked_s.keys() == tally.asked.keys() == {"r-00001"}
    assert sum(1 for course in tally.courses.values() if course.delivered_at) + 2 >= 12 - tally.counts["declined"]


def test_a_threat_to_life_is_seen_first() -> None:
    """Who is idle takes a threat to life before all others, however long those have waited."""
    tally = simulated(day(400, 8), rival("pull"), 1)
    waits = {
        urgency: [c.wait_s for c in tally.courses.values() if c.urgency is urgency and c.wait_s is not None]
        for urgency in (Urgency.LIFE, Urgency.NONE)
    }
    mean = {urgency: sum(of) / len(of) for urgency, of in waits.items()}
    assert mean[Urgency.LIFE] < mean[Urgency.NONE] / 2


@any_dispatcher
def test_a_fortnight_of_files(who: Who, tmp_path: Path) -> None:
    """Each station is a community; food, a crew and a ride are served, and every invariant holds."""
    source = read_calls(
        calls(
            tmp_path,
            {"Incident Number": "1"},
            {"Incident Number": "2", "Station Area": "7", "Box": "77", "Call Type": "Traffic Collision"},
            {"Incident Number": "3", "Transport DtTm": "04/07/2020 09:10:00 PM", "Original Priority": "E"},
            {"Incident Number": "4", "Call Type": "Alarms", "Final Priority": "2"},
        ),
        None,
    )
    kept: dict[str, Kept] = {}

    def listener(command: object, events: object) -> None:
        kept.setdefault(command.community, Kept())(command, events)  # type: ignore[attr-defined, arg-type]

    days = Fortnight(source, read_blocks(blocks(tmp_path, 4, 9), source), fitted())
    assert days.requests == 4
    assert days.responders == 4 + 9 + 2 * 8
    tally = simulated(days, who(), 1, listener=listener)
    assert sorted(kept) == ["station-32", "station-7"]
    assert [one.violations for one in kept.values()] == [(), ()]
    assert sorted(tally.courses) == ["q-1", "q-2", "q-3", "q-4"]
    assert all(course.delivered_at for course in tally.courses.values())


def test_a_fortnight_at_another_pace(tmp_path: Path) -> None:
    """Ten times as fast, calls an hour apart are six minutes apart, and are judged anew as long after as in truth."""
    known = calls(
        tmp_path,
        {"Incident Number": "1", "Final Priority": "2"},
        {"Incident Number": "2", "Received DtTm": "04/07/2020 09:53:08 PM", "Entry DtTm": "", "Final Priority": "2"},
    )
    source = read_calls(known, None)
    (setting,) = Fortnight(source, read_blocks(blocks(tmp_path, 3), source), fitted(), pace=10).settings(Draws(1))
    first, second = setting.arrivals
    assert second.at - first.at == timedelta(minutes=6)
    assert [arrival.change.at - arrival.at for arrival in setting.arrivals if arrival.change] == [
        timedelta(minutes=4, seconds=22),
        timedelta(minutes=2),
    ]


def test_a_memory_changes_no_day() -> None:
    """The matcher that remembers and the one that works everything out anew give the same events."""
    rows = []
    ours = contender(POLICIES["everyday"])
    for dispatcher in (ours.dispatcher, lambda: match):
        kept = Kept()
        simulated(day(120, 6), replace(ours, dispatcher=dispatcher), 1, listener=kept)
        rows.append(kept.rows)
    assert rows[0] == rows[1]
    assert len(rows[0]) > 1_000
