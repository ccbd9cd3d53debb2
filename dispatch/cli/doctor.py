"""The command that examines a store: what is wrong, and what to do now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from dispatch import CorruptHistory, RqWake, Unavailable
from dispatch.audit import GRACE, overdue, replay, stale_lines, stranded, violations
from dispatch.settings import masked

from .commands import command
from .details import detail_of
from .exits import Exit
from .failures import Failure
from .run import Run

SHOWN_MAX = 20
NOBODY = "-"
"""A flag that no community can have: dropping it asks the server whether it is there and changes nothing."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: the check that found it, which, what now; and the checker's own English, for experts."""

    check: str
    which: str
    advice: str
    detail: str = ""


Look = Callable[[Run], Iterator[Trouble]]


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, "doctor", panel="operation")(doctor)


def doctor(run: Run, *, unpark: str | None = None) -> int:
    """Examine the store and everything that belongs to it."""
    engine = run.engine
    if unpark is not None:
        if unpark not in {parked.community for parked in engine.parked()}:
            raise Failure("not_parked", Exit.REFUSED)
        engine.unpark(unpark)
        run.note("cli.unparked", community=unpark)
    troubles = {name: tuple(look(run)) for name, look in LOOKS.items()}
    if run.json:
        found = [trouble for each in troubles.values() for trouble in each]
        run.emit({"ok": not found, "checks": sorted(troubles), "troubles": found, "position": engine.position()})
    else:
        _tell(run, troubles)
    return Exit.FOUND if any(troubles.values()) else Exit.DONE


def _tell(run: Run, troubles: dict[str, tuple[Trouble, ...]]) -> None:
    words = run.words
    table = Table.grid(padding=(0, 2))
    for name, found in troubles.items():
        verdict = Text(words("doctor.wrong"), style="bold red") if found else Text(words("doctor.ok"), style="green")
        table.add_row(Text(words(f"check.{name}")), verdict)
    run.show(table)
    count = sum(map(len, troubles.values()))
    for found in troubles.values():
        for trouble in found[:SHOWN_MAX]:
            advice = words(f"check.now.{trouble.advice}")
            told = " ".join(filter(None, (trouble.which, detail_of(words, trouble.detail, beside=trouble.which))))
            run.show(Text.assemble((told, "red"), "\n    ", advice))
        if len(found) > SHOWN_MAX:
            run.say("cli.more_rows", count=str(len(found) - SHOWN_MAX))
    run.say("doctor.found", count=count) if count else run.say("doctor.fine")


def _store(run: Run) -> Iterator[Trouble]:
    """Opening has verified schema and settings; what it refuses does not come this far."""
    try:
        run.log().close()
    except Unavailable as unfit:
        yield Trouble("store", " ".join(str(unfit).split()), "mend_settings")


def _invariants(run: Run) -> Iterator[Trouble]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with (
        run.log() as log,
        Progress(*columns, console=run.err, transient=True, disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task(run.words("check.log"), total=None)
        found = violations(log, progress=lambda done, total: bar.update(task, completed=done, total=total))
    for one in found:
        what = run.words(f"rule_of.{one.rule}")
        which = run.words("cli.finding", position=one.position, stream=one.stream, what=what)
        yield Trouble("log", which, "restore", one.detail)


def _commands(run: Run) -> Iterator[Trouble]:
    with run.log() as log:
        report = replay(log)
    for finding in report.findings:
        what = run.words.code("finding", finding.code)
        which = run.words("cli.finding", position=finding.position, stream=finding.stream, what=what)
        yield Trouble("decisions", which, "restore", finding.detail)


def _parked(run: Run) -> Iterator[Trouble]:
    for parked in run.engine.parked():
        which = run.words("cli.parked_at", community=parked.community, position=parked.position, code=parked.code)
        yield Trouble("parked", which, "unpark")


def _views(run: Run) -> Iterator[Trouble]:
    engine = run.engine
    for community in _standing(run):
        try:
            lines = engine.board(community)
            stale = stale_lines(engine.board_of(community), lines)
        except CorruptHistory:
            continue  # told by the checks of the log
        for request in stale:
            yield Trouble("views", run.words("check.trouble.stale", community=community, request=request), "rebuild")
    if lag := engine.views.lag():
        yield Trouble("views", run.words("check.trouble.lag", count=lag), "rebuild")


def _standing(run: Run) -> list[str]:
    engine = run.engine
    parked = {one.community for one in engine.parked()}
    return sorted(set(engine.communities()) - parked)


def _timers(run: Run) -> Iterator[Trouble]:
    """What only just came up is no trouble: the next tick sees to it. So it must have been there a grace ago, too."""
    now, engine = datetime.now(UTC), run.engine
    earlier = engine.journal.position_at(now - GRACE)
    for community in _standing(run):
        try:
            board, before = engine.board_of(community), engine.board_of(community, position=earlier)
        except CorruptHistory:
            continue  # told by the checks of the log
        waited = set(overdue(before, now, answered=engine.journal.answered))
        for timer in overdue(board, now, answered=engine.journal.answered):
            if timer in waited:
                yield Trouble("timers", run.words("check.trouble.overdue", timer=timer), "tick")
        known = {(one.rule, one.about) for one in stranded(before, now)}
        for one in (found for found in stranded(board, now) if (found.rule, found.about) in known):
            which = run.words("check.trouble.stranded", about=one.about, what=run.words(f"rule_of.{one.rule}"))
            yield Trouble("timers", which, "tick", one.detail)


def _keys(run: Run) -> Iterator[Trouble]:
    """Opening has refused a file with keys that others may read; what is left is whether they are the log's."""
    for community in _standing(run):
        try:
            people = list(run.engine.board_of(community).residents)
        except CorruptHistory:
            continue  # told by the checks of the log
        try:
            found = run.engine.sealer.store.keys([f"{community}/{person}" for person in people], mint=False)
        except Unavailable as gone:
            yield Trouble("keys", " ".join(str(gone).split()), "mend_keys")
            return
        if people and not found:
            yield Trouble("keys", run.words("check.trouble.no_keys", community=community), "other_keys")


def _redis(run: Run) -> Iterator[Trouble]:
    if run.settings.redis is None:
        return
    url = run.settings.redis.get_secret_value()
    bell = RqWake(url, timeout_s=run.settings.redis_socket_timeout_s)
    bell.answer(NOBODY)
    if bell.failures:
        yield Trouble("redis", run.words("check.trouble.silent", server=masked(url)), "start_redis")
    bell.close()


LOOKS: dict[str, Look] = {
    "store": _store,
    "log": _invariants,
    "decisions": _commands,
    "parked": _parked,
    "views": _views,
    "timers": _timers,
    "keys": _keys,
    "redis": _redis,
}
