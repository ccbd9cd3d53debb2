"""
When to bind: the same days under greedy, pull and the plan of queues, in one run.

``python benchmarks/when_to_commit.py [--json] [--seeds N] [--people N] [--loads 4200 5200] …``

A quick study, not the engine: ten hours, towers of eighteen floors with a captain on each and cadres who
roam a quarter, seventeen candidates a request, bursty arrivals; a few per cent of urgent ones. Who is sent
takes nobody else's place and cannot be called back; how long it takes is known when it is over. Loads are
requests a day for 200 people, and are scaled for fewer.

- greedy: bound at arrival to whoever has the shortest queue; in a queue the most urgent first;
- pull: whoever is idle takes the most urgent, then the nearest; with ageing points as the policy has them, or without;
- plan: `LivePlan` over (person, place) nodes, a place priced at twenty minutes times the points of the request,
  an own floor and letting the idle wait weighed against minutes, as the level `waiting` of the policy `everyday` 2
  does; bound at the start.

`dispatch simulate` asks the same of the whole domain. Prints minutes, and ratios to each rival; ends with 1
when a goal of the plan is not met.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import NamedTuple, Protocol

from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.policy_levels import Measure
from dispatch.matching.flow import Slots, Supply
from dispatch.matching.levels import levels_of
from dispatch.matching.live import LivePlan

FLOORS, TOWERS_IN_QUARTER, HOURS = 18, 4, 10
USUAL_PEOPLE = 200
POINTS = {"life": 400, "health": 100, "hardship": 40, "none": 10}
SHARES = (1, 9, 30, 60)
URGENT = ("life", "health")
MINUTES = (10, 15, 20, 20, 30, 40)
BUSY = 0.93
"""Scales how long requests take, so that 5,200 of them are a few per cent more than 200 people can do."""
WALK = (0, 2, 4)
"""Minutes on the way: own floor, own tower, from elsewhere."""
PULL_AGEING_S = 900
PLACE_MINUTES = 20
TIE_BITS, NEAR_BITS = 12, 6
Figures = Mapping[str, float]


@dataclass
class Job:
    """One request; `near` maps each candidate to 0 own floor, 1 own tower, 2 elsewhere."""

    number: int
    at: int
    urgency: str
    minutes: float
    near: Mapping[int, int]
    started: int = -1
    by: int = -1

    @property
    def name(self) -> str:
        """Its name in the flow."""
        return f"q-{self.number:05}"

    def points(self, now: int, ageing_s: int) -> int:
        """Return its points at a second of the day; without ageing for 0."""
        return POINTS[self.urgency] + ((now - self.at) // ageing_s if ageing_s else 0)

    def tie(self, who: int) -> int:
        """Return what breaks ties."""
        return (self.number * 2_654_435_761 ^ who * 40_503) % (1 << TIE_BITS)


def draw_day(seed: int, people: int, requests: int) -> list[Job]:
    """Draw a day; the same for the same arguments."""
    rng = random.Random(f"{seed} {people} {requests}")
    captains: dict[int, list[tuple[int, int]]] = {}
    cadres: dict[int, list[int]] = {}
    at_home = people * 7 // 10
    quarters = -(-at_home // (FLOORS * TOWERS_IN_QUARTER))
    for who in range(people):
        if who < at_home:
            captains.setdefault(who // FLOORS, []).append((who, who % FLOORS))
        else:
            cadres.setdefault((who - at_home) % quarters, []).append(who)
    crowd = {tower: rng.choice((1, 1, 2, 2, 3)) * len(captains[tower]) for tower in captains}
    tenths = HOURS * 6
    rates = [(1 + 0.35 * math.sin(2 * math.pi * t / tenths - 0.6)) * rng.gammavariate(4, 0.25) for t in range(tenths)]
    times = sorted(int(600 * (t + rng.random())) for t in rng.choices(range(tenths), rates, k=requests))
    return [draw_job(rng, number, at, captains=captains, cadres=cadres, crowd=crowd) for number, at in enumerate(times)]


def draw_job(
    rng: random.Random,
    number: int,
    at: int,
    *,
    captains: Mapping[int, list[tuple[int, int]]],
    cadres: Mapping[int, list[int]],
    crowd: Mapping[int, int],
) -> Job:
    """Draw a request: crowded towers have more, and two in five may be served from the next quarter too."""
    tower = rng.choices(list(crowd), list(crowd.values()))[0]
    own, _ = rng.choice(captains[tower])
    quarter = tower // TOWERS_IN_QUARTER % len(cadres)
    roaming = list(cadres.get(quarter, ()))
    if len(cadres) > 1 and rng.random() < 0.4:
        roaming += cadres.get((quarter + 1) % len(cadres), ())
    others = [who for who, _ in captains[tower] if who != own]
    near = {own: 0}
    near |= dict.fromkeys(rng.sample(others, min(9, len(others))), 1)
    near |= dict.fromkeys(rng.sample(roaming, min(7, len(roaming))), 2)
    urgency = rng.choices(list(POINTS), SHARES)[0]
    return Job(number, at, urgency, rng.choice(MINUTES) * rng.lognormvariate(-0.045, 0.3) * BUSY, near)


Starts = Sequence[tuple[Job, int]]


class Dispatcher(Protocol):
    """Says who starts what, when a request comes and when somebody is idle."""

    def arrives(self, job: Job, now: int, idle: set[int]) -> Starts:
        """Take a request in."""

    def is_idle(self, who: int, now: int) -> Starts:
        """Give somebody who has finished something to do."""


class Greedy:
    """Bound at arrival to the shortest queue."""

    def __init__(self, people: int) -> None:
        self.queues: list[list[Job]] = [[] for _ in range(people)]

    def arrives(self, job: Job, now: int, idle: set[int]) -> Starts:
        """Bind it."""
        del now
        who = min(job.near, key=lambda h: ((h not in idle) + len(self.queues[h]), job.near[h], job.tie(h)))
        if who in idle:
            return [(job, who)]
        self.queues[who].append(job)
        return []

    def is_idle(self, who: int, now: int) -> Starts:
        """Go on with the most urgent of the own queue."""
        del now
        queue = self.queues[who]
        if not queue:
            return []
        job = max(queue, key=lambda one: (POINTS[one.urgency], -one.at))
        queue.remove(job)
        return [(job, who)]


@dataclass
class Pull:
    """Whoever is idle takes what comes first."""

    ageing_s: int
    waiting: dict[int, Job] = field(default_factory=dict)

    def arrives(self, job: Job, now: int, idle: set[int]) -> Starts:
        """Send the nearest who is idle."""
        del now
        able = [who for who in job.near if who in idle]
        if able:
            return [(job, min(able, key=lambda who: (job.near[who], job.tie(who))))]
        self.waiting[job.number] = job
        return []

    def is_idle(self, who: int, now: int) -> Starts:
        """Take the one with the most points, of equals the nearest, then the oldest."""
        able = [job for job in self.waiting.values() if who in job.near]
        if not able:
            return []
        job = max(able, key=lambda one: (one.points(now, self.ageing_s), -one.near[who], -one.at))
        del self.waiting[job.number]
        return [(job, who)]


class Weights(NamedTuple):
    """What the plan weighs: points times minutes for another floor and for a later place, places, seconds of ageing."""

    floor: int
    later: int
    places: int
    ageing_s: int


OURS = Weights(
    floor=levels_of(EVERYDAY_LATE).weights[Measure.OTHER_FLOOR],
    later=levels_of(EVERYDAY_LATE).weights[Measure.LATER],
    places=EVERYDAY_LATE.plan_ahead_max,
    ageing_s=EVERYDAY_LATE.ageing_s,
)


class Plan:
    """The exact plan of queues, repaired at every event; only what stands in front of somebody idle is begun."""

    def __init__(self, people: int, weights: Weights) -> None:
        self.weights, self.places, self.ageing_s = weights, weights.places, weights.ageing_s
        self.waiting: dict[str, Job] = {}
        self.steps: list[tuple[int, str]] = []
        self.plan = LivePlan((), [self.slot(who, place) for who in range(people) for place in range(weights.places)])

    def slot(self, who: int, place: int, *, free: bool = True) -> Slots:
        """Return a place of somebody's queue."""
        return Slots(f"{who:03}@{place}", (0,) if free else ())

    def supply(self, job: Job, now: int) -> Supply:
        """Return a request as the flow prices it now."""
        points, weights, arcs = job.points(now, self.ageing_s), self.weights, list[tuple[str, int]]()
        for who, near in job.near.items():
            low = (near << TIE_BITS) + job.tie(who)
            for place in range(self.places):
                level = points * PLACE_MINUTES * place
                level += (weights.floor if near else 0) + (weights.later if place else 0)
                arcs.append((f"{who:03}@{place}", (level << (NEAR_BITS + TIE_BITS)) + low))
        dearest = points * PLACE_MINUTES * (self.places + 1) + 10_000 + weights.floor + weights.later
        return Supply(job.name, dearest << (NEAR_BITS + TIE_BITS), tuple(arcs))

    def arrives(self, job: Job, now: int, idle: set[int]) -> Starts:
        """Find it a place, and begin what stands in front."""
        del idle
        self.age(now)
        self.waiting[job.name] = job
        self.plan.arrive(self.supply(job, now))
        heapq.heappush(self.steps, (job.at + self.ageing_s, job.name))
        return list(self.begun())

    def is_idle(self, who: int, now: int) -> Starts:
        """Open the first place of a queue, and begin what stands there."""
        self.age(now)
        self.plan.staff(self.slot(who, 0))
        return list(self.begun())

    def age(self, now: int) -> None:
        """Price anew whatever has waited a step longer."""
        while self.steps and self.steps[0][0] <= now:
            due, name = heapq.heappop(self.steps)
            if name in self.waiting:
                self.plan.reprice(self.supply(self.waiting[name], now))
                heapq.heappush(self.steps, (due + self.ageing_s, name))

    def begun(self) -> Iterator[tuple[Job, int]]:
        """Take what stands in front off the plan, until nothing does."""
        while front := [(name, node) for name, node in self.plan.placed.items() if node.endswith("@0")]:
            for name, node in front:
                who = int(node.partition("@")[0])
                self.plan.leave(name)
                self.plan.staff(self.slot(who, 0, free=False))
                yield self.waiting.pop(name), who


def play(jobs: Sequence[Job], people: int, dispatcher: Dispatcher) -> Figures:
    """Let a day pass, and return minutes of waiting and the share that the own captain served."""
    idle = set(range(people))
    events: list[tuple[int, int, int]] = [(job.at, 0, job.number) for job in jobs]
    heapq.heapify(events)
    while events:
        now, kind, number = heapq.heappop(events)
        if kind:
            idle.add(number)
            starts = dispatcher.is_idle(number, now)
        else:
            starts = dispatcher.arrives(jobs[number], now, idle)
        for job, who in starts:
            idle.remove(who)
            job.started, job.by = now, who
            heapq.heappush(events, (now + int(60 * (job.minutes + WALK[job.near[who]])), 1, who))
    return figures(jobs)


def figures(jobs: Sequence[Job]) -> Figures:
    """Return what a day came to; everybody has been served."""
    waits = sorted((job.started - job.at) / 60 for job in jobs)
    urgent = sorted((job.started - job.at) / 60 for job in jobs if job.urgency in URGENT)
    own = sum(not job.near[job.by] for job in jobs)
    late = [values[min(len(values) - 1, int(0.95 * len(values)))] for values in (urgent, waits)]
    return {
        "urgent_mean": mean(urgent),
        "urgent_p95": late[0],
        "all_mean": mean(waits),
        "all_p95": late[1],
        "own_captain": 100 * own / len(jobs),
    }


def goals(plan: Figures, rivals: Mapping[str, Figures]) -> Iterator[tuple[str, float, float, bool]]:
    """Give each goal: name, reached, wanted, whether it is met."""
    for name in ("pull", "pull_ageing"):
        pull = rivals[name]
        later = plan["urgent_mean"] - pull["urgent_mean"]
        yield f"urgent mean against {name}, minutes", later, 0.2, later <= 0.2
        for what, wanted in (("all_mean", -5.0), ("all_p95", -10.0)):
            change = 100 * (plan[what] / pull[what] - 1)
            yield f"{what} against {name}, per cent", change, wanted, change <= wanted
        more = plan["own_captain"] - pull["own_captain"]
        yield f"own captain against {name}, points", more, 10.0, more >= 10.0
    change = 100 * (plan["urgent_mean"] / rivals["greedy"]["urgent_mean"] - 1)
    yield "urgent mean against greedy, per cent", change, -80.0, change <= -80.0


def measure(load: int, *, people: int, seeds: int, weights: Weights) -> dict[str, Figures]:
    """Play the same days under every dispatcher; means over the seeds."""
    makers: Mapping[str, Callable[[], Dispatcher]] = {
        "greedy": lambda: Greedy(people),
        "pull": lambda: Pull(0),
        "pull_ageing": lambda: Pull(PULL_AGEING_S),
        "plan": lambda: Plan(people, weights),
    }
    requests = load * people // USUAL_PEOPLE
    found: dict[str, Figures] = {}
    for name, make in makers.items():
        days = [play(draw_day(seed, people, requests), people, make()) for seed in range(1, seeds + 1)]
        found[name] = {what: mean(day[what] for day in days) for what in days[0]}
    return found


def main() -> int:
    """Print the table or the JSON; 1 when a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--people", type=int, default=USUAL_PEOPLE)
    parser.add_argument("--loads", type=int, nargs="*", default=[4_200, 5_200])
    parser.add_argument("--floor", type=int, default=OURS.floor, help="points times minutes that another floor weighs")
    parser.add_argument("--later", type=int, default=OURS.later, help="the same for a place that is not the first")
    parser.add_argument("--ageing", type=int, default=OURS.ageing_s, help="seconds of a step of ageing")
    args = parser.parse_args()
    weights = Weights(args.floor, args.later, OURS.places, args.ageing)
    found = {load: measure(load, people=args.people, seeds=args.seeds, weights=weights) for load in args.loads}
    judged = {load: list(goals(rows["plan"], rows)) for load, rows in found.items()}
    if args.json:
        print(json.dumps({"figures": found, "goals": judged}, indent=1))
        return 0 if all(met for rows in judged.values() for *_, met in rows) else 1
    for load, rows in found.items():
        print(f"\n{load} requests a day for {USUAL_PEOPLE} people, {args.people} played, {args.seeds} seeds; minutes")
        for name, row in rows.items():
            print(f"  {name:12}" + "  ".join(f"{what} {value:6.1f}" for what, value in row.items()))
        for name, reached, wanted, met in judged[load]:
            verdict = "met" if met else f"NOT MET by {abs(reached - wanted):.1f}"
            print(f"    {name}: {reached:.2f} (wanted {wanted:g})  {verdict}")
    return 0 if all(met for rows in judged.values() for *_, met in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
