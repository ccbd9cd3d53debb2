"""
How fast commands are, and how fast the log is read, beside what stands nearest in the same run.

``python benchmarks/journal.py [--json] [--rounds N] [--commands N] [--requests N] [--folder DIR] [--postgres URL]``

What is compared:

* *one command per save*: `Journal.execute` decides, checks versions, clock and id, and stores one
  event; beside it the bare row of that very event goes into a table with the same primary key, by
  one committed insert.
* *100 commands per save*: `Journal.execute_batch`; beside it `executemany` of the same 100 rows.
* *log and decode*: `Journal.read`, which checks schema, topic, stream and repeated keys; beside it
  the storage library's way: notifications of the same store, 500 at a time, through a mapper that
  resolves the topic and leaves the rest to pydantic-core.
* *replay*: `Journal.read`, keeping the last event of each stream; beside it `repository.get` of the
  storage library over as many streams with as many events and the same values in each, on a SQLite
  file of its own, by its own `Aggregate` and JSON transcoder, whose mutator keeps the last event
  too. So both read, decode (instants are instants on both sides; only ours are checked) and fold,
  and neither does more with an event than keep it.
* *replay into states*: the same, but ours folds into the states of the domain, theirs as above.

The two sides take turns, round by round, and medians count, so that another load on the machine
meets both. Ends with 1 when a goal is not met.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import register_topic, resolve_topic
from psycopg import sql
from pydantic import TypeAdapter

from dispatch.domain.aggregates import evolve
from dispatch.domain.building import Building
from dispatch.domain.community import RegisterBuilding, RegisterCommunity
from dispatch.domain.decider import ABSENT
from dispatch.domain.intake import CloseRequest, ConfirmReceipt, ReceiveRequest
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.match_run import Candidate, MatchDecided, RecordMatch
from dispatch.domain.offer import AcceptOffer, CompleteLeg
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import RegisterResident
from dispatch.domain.roster import RegisterResponder
from dispatch.domain.shift import Shift
from dispatch.domain.values import (
    SYSTEM,
    Actor,
    BuildingId,
    Channel,
    Command,
    CommunityId,
    HouseholdId,
    LegId,
    OfferId,
    Place,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Stream,
    leg_id,
    offer_id,
)
from dispatch.store.codec import TOPICS
from dispatch.store.journal import Issued, Journal
from dispatch.store.recorded import Meta, Recorded
from dispatch.store.recorders import Row, open_recorder
from tests.servers import measured_database

BATCH = 100
RIVERSIDE = CommunityId("riverside")
TOWER = BuildingId("b-1")
DESK = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.STAFF)
POLICY = EVERYDAY.digest()
RAW = "CREATE TABLE IF NOT EXISTS raw_events (id TEXT, version BIGINT, topic TEXT, state {}, PRIMARY KEY (id, version))"

Timed = Callable[[], tuple[float, float]]
"""Does one turn of both sides; gives the seconds of ours and of the other for the same number of events."""


@dataclass(frozen=True)
class Goal:
    """
    What one line has to reach.

    Attributes
    ----------
    name
        What is measured.
    ratio
        Least ratio of ours to the other side, or None.
    rate
        Least events per second of ours, or None.
    """

    name: str
    ratio: float | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Line:
    """Medians of one line, in events per second."""

    name: str
    ours_per_s: float
    other_per_s: float
    ratio: float
    goal: str
    missed_by: float
    """Share of the goal that is lacking; 0 when it is met or there is none."""


def measure(goal: Goal, turn: Timed, *, events: int, rounds: int) -> Line:
    """Take turns, and compare the medians; the first turn only warms up."""
    turn()
    turns = [turn() for _ in range(rounds)]
    ours, other = (statistics.median(events / turn[side] for turn in turns) for side in (0, 1))
    ratio = statistics.median(theirs / mine for mine, theirs in turns)
    words, missed = "-", 0.0
    if goal.ratio is not None:
        words, missed = f"ratio >= {goal.ratio}", max(0.0, 1 - ratio / goal.ratio)
    elif goal.rate is not None:
        words, missed = f">= {goal.rate:,.0f}/s", max(0.0, 1 - ours / goal.rate)
    return Line(goal.name, round(ours), round(other), round(ratio, 2), words, round(missed, 3))


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# -- commands ------------------------------------------------------------------------------


def now() -> datetime:
    """Give the instant of a command."""
    return datetime.now(UTC)


def instants(count: int) -> list[datetime]:
    """Give the instants of commands to come, each a microsecond later."""
    start = now()
    return [start + timedelta(microseconds=n) for n in range(count)]


def an_id(letter: str) -> str:
    """Give an id as the engine makes them."""
    return f"{letter}-{secrets.token_hex(8)}"


def prepare(journal: Journal) -> None:
    """Register a community with one building."""
    floors = tuple(map(str, range(1, 20)))
    tower = Building(building=TOWER, name="1", key="1", floors=floors, entrance="1", lift=True)
    community = RegisterCommunity(
        community=RIVERSIDE,
        actor=DESK,
        at=now(),
        name="Riverside",
        time_zone="Asia/Shanghai",
        duty="desk",
        catalogue=EVERYDAY_CATALOGUE,
        policy=EVERYDAY,
    )
    building = RegisterBuilding(community=RIVERSIDE, actor=DESK, at=now(), building=tower)
    journal.execute_together([community, building], Issued(an_id("c")))


def resident(at: datetime) -> RegisterResident:
    """Register somebody: reads the place register, writes a stream of its own."""
    return RegisterResident(
        community=RIVERSIDE,
        actor=DESK,
        at=at,
        resident=ResidentId(an_id("p")),
        household=HouseholdId(an_id("h")),
        place=Place(building=TOWER, floor="12"),
    )


def saves(journal: Journal, commands: int, *, batch: int, insert: Callable[[list[list[Row]]], float]) -> Timed:
    """Time commands, and bare inserts of the rows that they have stored."""

    def turn() -> tuple[float, float]:
        head = journal.head()
        work: list[list[Command]] = [[resident(at) for _ in range(batch)] for at in instants(commands // batch)]
        issued = [Issued(an_id("c"), secrets.token_bytes(32)) for _ in work]

        def say() -> None:
            for one, under in zip(work, issued, strict=True):
                if batch == 1:
                    journal.execute(one[0], under)
                else:
                    journal.execute_batch(one, under)

        seconds = timed(say)
        rows = journal.recorder.select_rows(gt=head, limit=commands)
        assert len(rows) == commands
        return seconds, insert([rows[at : at + batch] for at in range(0, commands, batch)])

    return turn


def into_sqlite(folder: Path) -> Callable[[list[list[Row]]], float]:
    """Insert bare rows into a SQLite file that is as safe as ours."""

    def run(parts: list[list[Row]]) -> float:
        connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(RAW.format("BLOB"))

        def work() -> None:
            for part in parts:
                if len(part) == 1:
                    connection.execute("INSERT INTO raw_events VALUES (?, ?, ?, ?)", part[0][1:])
                else:
                    connection.execute("BEGIN")
                    connection.executemany("INSERT INTO raw_events VALUES (?, ?, ?, ?)", [row[1:] for row in part])
                    connection.execute("COMMIT")

        seconds = timed(work)
        connection.close()
        return seconds

    return run


def into_postgres(url: str) -> Callable[[list[list[Row]]], float]:
    """Insert bare rows into a PostgreSQL table."""

    def run(parts: list[list[Row]]) -> float:
        insert = "INSERT INTO raw_events VALUES (%s, %s, %s, %s)"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(RAW).format(sql.SQL("BYTEA")))

            def work() -> None:
                for part in parts:
                    if len(part) == 1:
                        connection.execute(insert, part[0][1:], prepare=True)
                    else:
                        with connection.transaction(), connection.cursor() as cursor:
                            cursor.executemany(insert, [row[1:] for row in part])

            return timed(work)

    return run


# -- a log to read -------------------------------------------------------------------------


def fill(journal: Journal, requests: int) -> None:
    """Let residents ask, one cadre do both legs, and each request be closed: some 25 events for each."""
    start = now()
    cadres = [ResponderId(an_id("r")) for _ in range(20)]
    joining: list[Command] = [
        RegisterResponder(
            community=RIVERSIDE,
            actor=DESK,
            at=start,
            responder=cadre,
            role=Role.CADRE,
            scopes=(Place(),),
            capacity=200,
            shifts=(Shift(starts_at=start, ends_at=start + timedelta(days=1)),),
        )
        for cadre in cadres
    ]
    journal.execute_batch(joining, Issued(an_id("c")))
    for n in range(requests):
        person = resident(start)
        life = [person, *request_life(person.resident, cadres[n % len(cadres)], fence=2 * n, at=start)]
        outcome = journal.execute_batch(life, Issued(an_id("c")))
        assert not outcome.refused, outcome.refused


def request_life(person: ResidentId, cadre: ResponderId, *, fence: int, at: datetime) -> Iterator[Command]:
    """Give the commands of one request, from asking to closing."""
    here, request, as_cadre = RIVERSIDE, RequestId(an_id("q")), Actor(id=cadre, role=Role.CADRE)
    yield ReceiveRequest(
        community=here,
        actor=DESK,
        at=at,
        request=request,
        beneficiary=person,
        reporter="desk",
        channel=Channel.PHONE,
        kind="garbage",
        occurred_at=at,
    )
    for n, leg in enumerate(("inside", "outside")):
        offer = offer_id(request, n + 1)
        decided = match_decided(leg_id(request, leg), offer, cadre=cadre, at=at)
        yield RecordMatch(
            community=here, actor=SYSTEM, at=at, as_of=fence, fence=fence + n, decided=(decided,), shortfalls=()
        )
        yield AcceptOffer(community=here, actor=as_cadre, at=at, offer=offer, responder=cadre)
        yield CompleteLeg(
            community=here, actor=as_cadre, at=at, request=request, leg=leg, responder=cadre, outcome="success"
        )
    yield ConfirmReceipt(community=here, actor=DESK, at=at, request=request)
    yield CloseRequest(community=here, actor=DESK, at=at, request=request, reason="confirmed")


def match_decided(leg: LegId, offer: OfferId, *, cadre: ResponderId, at: datetime) -> MatchDecided:
    """Give a decision with five candidates."""
    others = tuple(Candidate(responder=ResponderId(an_id("r")), vector=(1, 0, 3, n, 0, 2)) for n in range(4))
    return MatchDecided(
        as_of=0,
        at=at,
        policy=POLICY,
        matcher=1,
        leg=leg,
        offer=offer,
        responder=cadre,
        staff=True,
        effort=3,
        answer_by=at + timedelta(minutes=15),
        solved_by="flow",
        vector=(1, 0, 3, 0, 0, 2),
        candidates=(Candidate(responder=cadre, vector=(1, 0, 3, 0, 0, 2)), *others),
        eligible=5,
        explanation="0" * 32,
    )


class Kept(Aggregate):
    """An aggregate of the storage library that keeps its last event."""

    @event("Opened")
    def __init__(self, topic: str, content: list[Any]) -> None:
        self.topic = topic
        self.content = content

    @event("Continued")
    def go_on(self, topic: str, content: list[Any]) -> None:
        """Keep the next event."""
        self.topic = topic
        self.content = content


def copied(events: Iterable[Recorded], folder: Path) -> tuple[Application[Any], list[Any]]:
    """Store the same values in as many streams of the storage library; give it, and the ids."""
    app: Application[Any] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "library.db")}
    )
    streams: dict[str, Kept] = {}
    for one in events:
        content = [one.meta.model_dump(), one.fact.model_dump()]
        kept = streams.get(one.stream)
        if kept is None:
            streams[one.stream] = Kept(one.topic, content)
        else:
            kept.go_on(one.topic, content)
    app.save(*streams.values())
    return app, [kept.id for kept in streams.values()]


class CoreMapper(Mapper[str]):
    """A mapper as the storage library knows them, that decodes by pydantic-core and checks nothing itself."""

    def __init__(self) -> None:
        self._read = {
            fact: TypeAdapter(tuple[int, Meta, fact]).validator.validate_json  # type: ignore[valid-type]
            for fact in TOPICS.topics.values()
        }
        for topic, fact in TOPICS.topics.items():
            register_topic(topic, fact)

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Store nothing: this one only reads."""
        raise NotImplementedError

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event of a row."""
        _, meta, fact = self._read[resolve_topic(stored_event.topic)](stored_event.state, strict=True)
        return Recorded(0, Stream(str(stored_event.originator_id)), stored_event.originator_version, meta, fact)


def decoded(journal: Journal, mapper: CoreMapper) -> None:
    """Read the log as the storage library does."""
    after = 0
    while notifications := journal.recorder.select_notifications(after, 500, inclusive_of_start=False):
        for notification in notifications:
            mapper.to_domain_event(notification)
        after = notifications[-1].id


def reading(journal: Journal, folder: Path) -> Iterator[tuple[Goal, Timed]]:
    """Give the lines about reading."""
    mapper = CoreMapper()

    def read() -> None:
        for _ in journal.read():
            pass

    yield (
        Goal("SQLite, log and decode"),
        lambda: (timed(read), timed(lambda: decoded(journal, mapper))),
    )
    app, ids = copied(journal.read(), folder)
    gc.collect()
    gc.freeze()  # what the benchmark itself holds is nobody's garbage
    try:

        def last_of_each() -> None:
            kept: dict[str, Any] = {}
            for one in journal.read():
                kept[one.stream] = one

        def states() -> None:
            kept: dict[str, Any] = {}
            for one in journal.read():
                kept[one.stream] = evolve(one.stream, kept.get(one.stream, ABSENT), one.fact)

        def library() -> None:
            kept: dict[Any, Any] = {number: app.repository.get(number) for number in ids}
            assert len(kept) == len(ids)

        yield Goal("SQLite, replay", ratio=3.0), lambda: (timed(last_of_each), timed(library))
        yield Goal("SQLite, replay into states"), lambda: (timed(states), timed(library))
    finally:
        app.close()


def lines(folder: Path, postgres: str, *, rounds: int, commands: int, requests: int) -> Iterator[Line]:
    """Measure every line, each store fresh."""
    with ExitStack() as stack:
        journal = Journal(stack.enter_context(open_recorder(f"sqlite:///{folder}/ours.db")))
        prepare(journal)
        insert = into_sqlite(folder)
        one = saves(journal, commands, batch=1, insert=insert)
        yield measure(Goal("SQLite, 1 command per save", ratio=0.5), one, events=commands, rounds=rounds)
        many = saves(journal, commands * 5, batch=BATCH, insert=insert)
        yield measure(Goal("SQLite, 100 commands per save", rate=20_000), many, events=commands * 5, rounds=rounds)
    with ExitStack() as stack:
        journal = Journal(stack.enter_context(open_recorder(postgres)))
        prepare(journal)
        bare = into_postgres(postgres)
        one = saves(journal, commands, batch=1, insert=bare)
        yield measure(Goal("PostgreSQL, 1 command per save"), one, events=commands, rounds=rounds)
        many = saves(journal, commands * 5, batch=BATCH, insert=bare)
        yield measure(Goal("PostgreSQL, 100 commands per save", rate=10_000), many, events=commands * 5, rounds=rounds)
    with ExitStack() as stack:
        journal = Journal(stack.enter_context(open_recorder(f"sqlite:///{folder}/log.db")))
        prepare(journal)
        fill(journal, requests)
        for goal, turn in reading(journal, folder):
            yield measure(goal, turn, events=journal.head(), rounds=rounds)


def shown(line: Line) -> str:
    """Write one line for a person."""
    verdict = ""
    if line.goal != "-":
        verdict = f"NOT MET by {line.missed_by:.0%}" if line.missed_by else "met"
    return (
        f"{line.name:34} {line.ours_per_s:>9,.0f}/s   other {line.other_per_s:>9,.0f}/s"
        f"   ratio {line.ratio:5.2f}   {line.goal:>14}   {verdict}"
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    parser.add_argument("--commands", type=int, default=1_000, help="commands per turn; in batches five times as many")
    parser.add_argument("--requests", type=int, default=600, help="whole lives of requests in the log that is read")
    parser.add_argument("--folder", type=Path, help="where the SQLite files are made: the disk to measure")
    parser.add_argument("--postgres", default=os.environ.get("DISPATCH_TEST_POSTGRES_URL"), help="a server to measure")
    return parser.parse_args()


def main() -> int:
    """Measure, print, and say by the exit code whether every goal is met."""
    asked = arguments()
    measured = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, measured_database(asked.postgres) as postgres:
        for line in lines(
            Path(folder), postgres, rounds=asked.rounds, commands=asked.commands, requests=asked.requests
        ):
            measured.append(line)
            if not asked.json:
                print(shown(line), flush=True)
    if asked.json:
        print(json.dumps([asdict(line) for line in measured], indent=2))
    return int(any(line.missed_by for line in measured))


if __name__ == "__main__":
    sys.exit(main())
