"""
A real fortnight through the real engine, in virtual time, and its audit.

    python examples/real_fortnight.py CALLS.csv BLOCKS.csv [--store sqlite:///fortnight.db] [--limit N]

CALLS.csv is the San Francisco Fire Department's «Calls for Service» (PDDL 1.0), BLOCKS.csv the HDB
property information (Singapore Open Data Licence 1.0). Each incident becomes one request: its station
area is a community, its box a residential block, its call type a kind, its priorities the urgencies,
its time stamps the pace of the work. Captains (one for each floor) and staff are generated. Rows that
contradict themselves are reported with the line where each kind of them is first; none is dropped
silently. Files that cannot be used at all end the run with what is wrong, and exit code 2.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from dispatch import (
    Actor,
    Channel,
    CommunityId,
    Dispatch,
    NumberedIds,
    Offer,
    Rehearsal,
    RequestDelivered,
    RequestId,
    Role,
    Urgency,
    VirtualClock,
)
from dispatch.audit import open_log, replay
from dispatch.simulation import (
    CALLS_CATALOGUE,
    CALLS_ZONE,
    Block,
    Incident,
    Source,
    Unusable,
    housed,
    pick,
    read_blocks,
    read_calls,
)

DESK = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.STAFF)
WALK_UP_MAX = 5
STAFF_PER_COMMUNITY = {Role.CADRE: 3, Role.COMMUNITY_WORKER: 3, Role.DRIVER: 2}
DECLINE_PERCENT, SILENT_PERCENT = 9, 4
ALARM_ANSWER_S, CONFIRM_MIN, LOOK_AFTER_H = 60, 10, 2
CAPTAIN_UNITS, STAFF_UNITS = 12, 60


class Fortnight:
    """The communities, their people, and what happens to them, one instant after another."""

    def __init__(self, engine: Dispatch, clock: VirtualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.rehearsal = Rehearsal(engine, clock, self.asked)
        self.floors: dict[tuple[CommunityId, str], int] = {}
        self.origin: dict[RequestId, Incident] = {}
        self.counts: Counter[str] = Counter()
        self.refused = self.rehearsal.refused

    def settle(self, incidents: Sequence[Incident], blocks: Sequence[Block]) -> None:
        """Register a community for each station, a block for each box, captains for each floor, and staff."""
        for community, boxes in housed(incidents, blocks).items():
            self.engine.register_community(
                community, name=community, duty="duty-desk", time_zone=str(CALLS_ZONE), catalogue=CALLS_CATALOGUE
            )
            with self.engine.batch(community) as batch:
                for box, floors in boxes.items():
                    batch.register_building(community, box, floors=floors, lift=floors > WALK_UP_MAX)
                    self.floors[community, box] = floors
                    self.counts["blocks"] += 1
            self.staff(community, tuple(boxes))

    def staff(self, community: CommunityId, boxes: Sequence[str]) -> None:
        """Register one captain for each floor, and cadres, community workers and drivers."""
        shifts = [(self.clock(), self.clock() + timedelta(days=20))]
        with self.engine.batch(community) as batch:
            for box in boxes:
                for floor in range(1, self.floors[community, box] + 1):
                    home = f"{box}号楼{floor}层"
                    batch.register_responder(
                        community, Role.FLOOR_CAPTAIN, home=home, capacity=CAPTAIN_UNITS, shifts=shifts
                    )
                    self.counts["captains"] += 1
            for role, number in STAFF_PER_COMMUNITY.items():
                skills = ["drive"] if role is Role.DRIVER else ["stair_carry", "protective_gear"]
                for _ in range(number):
                    batch.register_responder(community, role, capacity=STAFF_UNITS, skills=skills, shifts=shifts)
                    self.counts["staff"] += 1
        for _, refusal in batch.refused:
            self.refused[refusal.code] += 1

    def run(self, incidents: Sequence[Incident], progress: Progress) -> None:
        """Let everything happen in order of time: requests, new judgements, answers, work, confirmation."""
        task = progress.add_task("requests", total=len(incidents))
        for incident in incidents:
            self.rehearsal.play(until=incident.received_at)
            self.rehearsal.plan(incident.received_at, partial(self.open, incident))
            progress.advance(task)
        self.rehearsal.play()

    def after(self, seconds: float, step: Callable[[], object]) -> None:
        """Plan a step so many seconds from now."""
        self.rehearsal.plan(self.clock() + timedelta(seconds=seconds), step)

    def open(self, incident: Incident) -> None:
        """Open the request of one incident, on a floor that the same incident always has."""
        here, floors = incident.community, self.floors[incident.community, incident.box]
        floor = 1 + pick(incident.number, "floor", among=floors)
        resident = self.engine.register_resident(here, f"{incident.box}号楼{floor}层")
        request = self.engine.open_request(here, incident.kind, beneficiary=resident, urgency=incident.first)
        self.origin[request] = incident
        self.counts[f"{incident.kind} requests"] += 1
        self.after(3600 * LOOK_AFTER_H, partial(self.look_after, here, request))
        if incident.first is Urgency.LIFE:
            self.after(ALARM_ANSWER_S, partial(self.take_alarm, here, request))
        if incident.final is not incident.first:
            self.rehearsal.plan(incident.retriaged_at, partial(self.retriage, here, request))

    def take_alarm(self, community: CommunityId, request: RequestId) -> None:
        """The duty contact takes the alarm."""
        self.engine.acknowledge_alarm(community, request)
        self.counts["alarms taken"] += 1

    def look_after(self, community: CommunityId, request: RequestId) -> None:
        """The desk looks again at what is still open, and lets everybody be asked again for what nobody took."""
        state = self.engine.request(community, request)
        if not state.is_open:
            return
        for leg in state.legs:
            if leg.tried and not leg.asks:
                self.engine.requeue(community, request, leg.plan.name)
                self.counts["asked again by the desk"] += 1
        self.after(3600 * LOOK_AFTER_H, partial(self.look_after, community, request))

    def retriage(self, community: CommunityId, request: RequestId) -> None:
        """The judgement changes, as it did."""
        self.engine.change_urgency(community, request, self.origin[request].final, reason="judged_anew")
        self.counts["urgency changed"] += 1

    def asked(self, offer: Offer) -> None:
        """Decide, the same way at every run, when and how somebody answers."""
        self.counts["offers and assignments"] += 1
        incident = self.origin[RequestId(offer.leg.partition("/")[0])]
        luck = pick(offer.offer, offer.responder, among=100)
        if luck < SILENT_PERCENT:
            self.counts["never answered"] += 1
        elif luck < SILENT_PERCENT + DECLINE_PERCENT:
            self.after(incident.answer_s, partial(self.decline, offer))
        else:
            self.after(incident.answer_s, partial(self.accept, offer, incident))

    def decline(self, offer: Offer) -> None:
        """Somebody declines or returns."""
        self.engine.decline(offer.community, offer.offer)
        self.counts["declined or returned"] += 1

    def accept(self, offer: Offer, incident: Incident) -> None:
        """Somebody goes; the work takes as long as it took."""
        self.engine.accept(offer.community, offer.offer, responder=offer.responder)
        self.counts["accepted or acknowledged"] += 1
        self.after(60 * incident.work_min, partial(self.finish, offer))

    def finish(self, offer: Offer) -> None:
        """A leg is done; the first of a crew reports it. Delivered requests are confirmed."""
        request, _, leg = offer.leg.partition("/")
        answer = self.engine.complete(offer.community, RequestId(request), leg, responder=offer.responder)
        if any(isinstance(fact, RequestDelivered) for fact in answer.facts()):
            self.counts["delivered"] += 1
            self.after(60 * CONFIRM_MIN, partial(self.confirm, offer.community, RequestId(request)))

    def confirm(self, community: CommunityId, request: RequestId) -> None:
        """The resident confirms, the desk closes."""
        self.engine.confirm(community, request)
        self.engine.close_request(community, request)
        self.counts["closed"] += 1


def report(source: Source, fortnight: Fortnight, *, seconds: float, console: Console) -> None:
    """Print what happened, and every kind of dirty row with its number."""
    table = Table("what", "count", title=f"The fortnight, in {seconds:.0f} s")
    for name, count in sorted(fortnight.counts.items()):
        table.add_row(name, f"{count:,}")
    table.add_row("events in the log", f"{fortnight.engine.position():,}")
    console.print(table)
    dirty = Table("dirty rows, and what was done", "count", "first line", title=f"{source.rows:,} rows of calls read")
    for name, count in sorted(source.dirty.items()):
        dirty.add_row(name, f"{count:,}", str(source.first_at[name]))
    for code, count in sorted(fortnight.refused.items()):
        dirty.add_row(f"came too late, refused by the engine: {code}", f"{count:,}", "")
    console.print(dirty)


def audit(store: str, progress: Progress) -> int:
    """Replay the whole log and decide everything again; return the exit code."""
    task = progress.add_task("audit", total=None)
    with open_log(store) as log:
        outcome = replay(log, progress=lambda done, total: progress.update(task, completed=done, total=total))
    for finding in outcome.findings[:20]:
        progress.console.print(
            f"finding at position {finding.position}, {finding.stream}: {finding.code} {finding.detail}"
        )
    progress.console.print(
        f"{outcome.decisions:,} decisions and {outcome.shortfalls:,} shortfalls in {outcome.events:,} events: "
        f"{outcome.reproduced:,} reproduced byte for byte, {len(outcome.findings)} findings"
    )
    return 1 if outcome.findings or outcome.unchecked else 0


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=Path, help="Fire Department Calls for Service, CSV")
    parser.add_argument("blocks", type=Path, help="HDB Property Information, CSV")
    parser.add_argument("--store", default="sqlite:///fortnight.db", help="a new, empty store")
    parser.add_argument("--limit", type=at_least_one, help="take the first N incidents only")
    return parser.parse_args(given)


def at_least_one(text: str) -> int:
    """Read a number of incidents."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def main(given: Sequence[str] | None = None) -> int:
    """Run the fortnight; 0 when the audit reproduces every decision, 2 when there is nothing to run."""
    options, console = arguments(given), Console()
    try:
        source = read_calls(options.calls, options.limit)
        blocks = read_blocks(options.blocks, source)
    except Unusable as problem:
        console.print(str(problem), highlight=False, markup=False)
        return 2
    return run(options.store, source, blocks, console=console)


def run(store: str, source: Source, blocks: Sequence[Block], *, console: Console) -> int:
    """Play everything on a new store, report and audit it; return the exit code."""
    clock = VirtualClock(source.incidents[0].received_at - timedelta(hours=1))
    columns = (
        TextColumn("{task.description:10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with (
        Dispatch.open(store, actor=DESK, clock=clock, ids=NumberedIds()) as engine,
        Progress(*columns, console=console) as progress,
    ):
        if engine.position():
            console.print("The store holds events already; give a new, empty one.")
            return 2
        began = perf_counter()
        fortnight = Fortnight(engine, clock)
        fortnight.settle(source.incidents, blocks)
        fortnight.run(source.incidents, progress)
        report(source, fortnight, seconds=perf_counter() - began, console=console)
        return audit(store, progress)


if __name__ == "__main__":
    sys.exit(main())
