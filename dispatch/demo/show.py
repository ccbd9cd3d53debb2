"""Playing the demonstration in a terminal: live progress, a summary for people, the audit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from statistics import median
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dispatch import (
    AssignmentAcknowledged,
    Dispatch,
    NumberedIds,
    OfferAccepted,
    Policy,
    Refused,
    RequestCancelled,
    RequestClosed,
    RequestDelivered,
    RequestReceived,
    RequestTriaged,
    Responder,
    Urgency,
    UrgencyChanged,
    VirtualClock,
)
from dispatch.audit import ReplayReport, open_log, replay
from dispatch.words import Words

from .agenda import DESK
from .day import Day
from .themes import THEMES, figures_of
from .town import COMMUNITY, Town, settle

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2022, 5, 16, tzinfo=ZONE)
STEP = timedelta(minutes=10)
DAY = timedelta(hours=24)
PLAYED = timedelta(hours=27)
LOAD_EDGES = (0, 1, 6, 11, 21, 41, 81)


@dataclass(frozen=True)
class DemoReport:
    """
    What the demonstration showed; `replay` is the audit's own report.

    `told_no` counts by code what was refused to people who tried what they may not, and `too_late`
    what came when somebody else had been faster.
    """

    requests: int
    served: int
    events: int
    never_asked: int
    told_no: Mapping[str, int]
    too_late: Mapping[str, int]
    replay: ReplayReport

    @property
    def is_sound(self) -> bool:
        """Tell whether the audit reproduced every decision."""
        return not self.replay.findings and not self.replay.unchecked


def run_demo(
    store: str | None = None,
    *,
    redis: str | None = None,
    language: str | None = None,
    console: Console | None = None,
    day: date | None = None,
    policy: Policy | None = None,
) -> DemoReport:
    """
    Play one day in two buildings and audit it.

    Parameters
    ----------
    store
        A store without the demonstration's community in it; by default a SQLite file that is removed afterwards.
    redis
        Server to ring; workers may run beside. The day is then tomorrow, because their clock is the real one.
    language
        zh-CN or en.
    console
        Where to show it.
    day
        Which day is played; ids that are made from instants, those of a series among them, depend on it.
    policy
        Under which policy work is shared out; by default the one that a community begins with.

    Raises
    ------
    Refused
        ``community_exists``: the store holds this day already.
    """
    shown, words = console or Console(), Words(language)
    midnight = _midnight(redis) if day is None else datetime(day.year, day.month, day.day, tzinfo=ZONE)
    played = partial(_play, redis=redis, words=words, console=shown, midnight=midnight, policy=policy)
    if store is not None:
        return played(store)
    with TemporaryDirectory(prefix="dispatch-demo-") as folder:
        return played(f"sqlite:///{folder}/demo.db")


def _midnight(redis: str | None) -> datetime:
    if redis is None:
        return MIDNIGHT
    return datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + DAY


def _play(
    store: str, *, redis: str | None, words: Words, console: Console, midnight: datetime, policy: Policy | None
) -> DemoReport:
    clock = VirtualClock(midnight)
    engine = Dispatch.open(store, redis=redis, actor=DESK, clock=clock, ids=NumberedIds())
    with closing(engine):
        _refuse_second_day(engine)
        console.rule(words("demo.title"))
        console.print(words("demo.scene"))
        town = settle(engine, clock())
        if policy is not None:
            engine.adopt_policy(COMMUNITY, policy)
        day = Day(engine, clock, town)
        day.prepare()
        _live(day, words, console)
        served, total, never = _summary(day, words, console)
        events = engine.position()
    outcome = _audit(store, words, console)
    return DemoReport(
        requests=total,
        served=served,
        events=events,
        never_asked=never,
        told_no=dict(day.said_no),
        too_late=dict(day.rehearsal.refused),
        replay=outcome,
    )


def _refuse_second_day(engine: Dispatch) -> None:
    try:
        engine.register_of(COMMUNITY)
    except Refused:
        return
    raise Refused("community_exists", f"The store holds community {COMMUNITY} already. Give an empty store.")


def _live(day: Day, words: Words, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=PLAYED // STEP)
        for index in range(1, PLAYED // STEP + 1):
            until = day.midnight + STEP * index
            day.play(until)
            text = words(
                "demo.progress",
                clock=words.clock(until - timedelta(seconds=1), ZONE),
                requests=len(day.requests),
                offers=day.counts["offers"],
                accepted=day.counts["accepted"],
                declined=day.counts["declined"],
                silent=day.counts["silent"],
            )
            progress.update(task, description=text, advance=1)


@dataclass
class _Story:
    """When one request was received, when the first person went, when it was delivered, and how urgent it was."""

    received: datetime
    urgency: Urgency = Urgency.NONE
    started: datetime | None = None
    delivered: datetime | None = None
    is_open: bool = True


def _summary(day: Day, words: Words, console: Console) -> tuple[int, int, int]:
    stories = list(_stories(day).values())
    served = sum(1 for story in stories if story.delivered)
    console.print(words("demo.served", served=served, total=len(stories)))
    open_still = sum(1 for story in stories if story.is_open)
    console.print(words("demo.unserved", cancelled=len(stories) - served - open_still, open=open_still))
    console.print(_themes(day, words))
    console.print(_waits(stories, words))
    console.print(_evening(day, words))
    people = day.engine.board_of(COMMUNITY).responders
    console.print(_loads(people.values(), words))
    never = [people[responder] for responder in day.town.everybody() if people[responder].asked == 0]
    names = words.listed([_name(person, day.town, words) for person in never]) or words("demo.nobody")
    console.print(f"{words('demo.never_asked')}: {names}")
    return served, len(stories), len(never)


def _themes(day: Day, words: Words) -> Table:
    topics = Counter(event.topic for event in day.engine.subscribe(community=COMMUNITY))
    table = Table(title=words("demo.themes"), title_justify="left", show_header=False)
    for theme in THEMES:
        table.add_row(words(f"demo.theme.{theme}"), words(f"demo.told.{theme}", **figures_of(theme, topics)))
    count = sum(day.said_no.values())
    table.add_row(words("demo.theme.refused"), words("demo.told.refused", count=count))
    return table


def _evening(day: Day, words: Words) -> Table:
    """Show the shares of the evening's report, each with what it counts (R33)."""
    table = Table(title=words("demo.evening"), title_justify="left", show_header=False)
    for share in day.engine.daily_report(COMMUNITY, day.midnight.date()).shares:
        meaning = words("report.of_over", of=words(f"report.{share.of}"), over=words(f"report.{share.over}"))
        count = f"{share.numerator}/{share.denominator}"
        table.add_row(meaning, count, words.percent(share.numerator, share.denominator))
    return table


def _stories(day: Day) -> dict[str, _Story]:
    stories: dict[str, _Story] = {}
    for event in day.engine.subscribe(community=COMMUNITY):
        request = event.stream.rsplit("/", 1)[-1]
        match event.fact:
            case RequestReceived(received_at=at):
                stories[request] = _Story(at)
            case RequestTriaged(urgency=urgency) | UrgencyChanged(urgency=urgency):
                stories[request].urgency = urgency
            case OfferAccepted(accepted_at=at) | AssignmentAcknowledged(acknowledged_at=at):
                stories[request].started = stories[request].started or at
            case RequestDelivered(delivered_at=at):
                stories[request].delivered, stories[request].is_open = at, False
            case RequestCancelled() | RequestClosed():
                stories[request].is_open = False
            case _:
                pass
    return stories


def _waits(stories: list[_Story], words: Words) -> Table:
    table = Table(title=words("demo.waits"), title_justify="left")
    table.add_column(words("board.urgency"))
    for key in ("asked", "delivered", "median", "longest"):
        table.add_column(words(f"demo.{key}"), justify="right")
    for level in Urgency:
        asked = [story for story in stories if story.urgency is level]
        waits = sorted((story.started - story.received).total_seconds() for story in asked if story.started)
        middle, longest = (words.duration(median(waits)), words.duration(waits[-1])) if waits else ("–", "–")
        delivered = sum(1 for story in asked if story.delivered)
        table.add_row(words.code("urgency", level), str(len(asked)), str(delivered), middle, longest)
    return table


def _loads(people: Iterable[Responder], words: Words) -> Table:
    done = [sum(person.burden.values()) for person in people]
    table = Table(title=words("demo.load_spread"), title_justify="left")
    table.add_column(words("demo.units"))
    table.add_column(words("demo.people"), justify="right")
    table.add_column("")
    for low, high in pairwise((*LOAD_EDGES, math.inf)):
        count = sum(1 for units in done if low <= units < high)
        label = str(low) if high - low == 1 else f"{low}–{high - 1:.0f}" if math.isfinite(high) else f"{low}+"
        table.add_row(label, str(count), "█" * count)
    return table


def _name(person: Responder, town: Town, words: Words) -> str:
    role = words.code("role", person.role)
    if person.home is None or person.home.building is None:
        return role
    building = town.names[person.home.building]
    return f"{words.place(building=building, floor=person.home.floor)} {role}"


def _audit(store: str, words: Words, console: Console) -> ReplayReport:
    with closing(open_log(store)) as log, Progress(console=console, transient=True) as progress:
        task = progress.add_task(words("demo.replay"), total=None)
        outcome = replay(
            log, community=COMMUNITY, progress=lambda done, total: progress.update(task, completed=done, total=total)
        )
    if outcome.findings or outcome.unchecked:
        console.print(words("audit.findings", count=outcome.decisions, findings=len(outcome.findings)))
    else:
        console.print(words("demo.reproduced", decisions=outcome.decisions, events=outcome.events))
    for finding in (*outcome.findings, *outcome.unchecked):
        console.print(words("audit.finding", position=finding.position, what=finding.code))
    return outcome
