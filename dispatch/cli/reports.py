"""Commands that count and tell: the daily report, a post for a group chat, a message about an offer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from dispatch import DailyReport

from .alike import ALIKE
from .commands import command
from .exits import Exit
from .failures import Failure
from .run import Run


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "report", panel="daily")(report)
    command(app, "post", panel="office")(post)
    command(app, "message", panel="office")(message)


def report(run: Run, *, day: str | None = None) -> None:
    """Count one day."""
    try:
        chosen = date.fromisoformat(day) if day is not None else None
    except ValueError:
        raise Failure("day", Exit.USAGE, option="--day", example=ALIKE["day"]) from None
    counted = run.engine.daily_report(run.community, chosen)
    if run.json:
        run.emit(counted)
    else:
        _show(run, counted)


def _show(run: Run, counted: DailyReport) -> None:
    words = run.words
    day = words.day(counted.since, run.zone)
    run.say("report.title", community=run.engine.register_of(run.community).community_name, day=day)
    table = Table(show_header=False)
    for kind, urgencies in counted.received.items():
        parts = words.listed(f"{words.code('urgency', urgency)} {count}" for urgency, count in urgencies.items())
        table.add_row(words("report.received", kind=words.code("kind", kind)), str(sum(urgencies.values())), parts)
    table.add_row(words("report.open"), str(counted.open_at_end), "")
    for ratio in counted.shares:
        meaning = words("report.of_over", of=words(f"report.{ratio.of}"), over=words(f"report.{ratio.over}"))
        count = f"{ratio.numerator}/{ratio.denominator}"
        table.add_row(meaning, count, words.percent(ratio.numerator, ratio.denominator))
    for name, waits in (("first_yes", counted.to_first_yes), ("delivery", counted.to_delivery)):
        for urgency, wait in waits.items():
            label = words(f"report.{name}", urgency=words.code("urgency", urgency))
            table.add_row(label, str(wait.count), words("report.minutes", median=wait.median, p95=wait.p95))
    table.add_row(words("report.never_asked"), str(len(counted.never_asked)), words.listed(counted.never_asked))
    table.add_row(words("report.alarms"), str(counted.alarms), "")
    for reason, times in counted.escalated.items():
        worded = words.code("reason", reason)
        table.add_row(words("report.escalated", reason=worded), str(times), "")
    run.show(table)


def post(run: Run, where: Annotated[str | None, typer.Argument()] = None) -> None:
    """Write a post for a group chat."""
    text = run.engine.group_post(run.community, where, language=run.words.language)
    if run.json:
        run.emit({"text": text})
    else:
        run.show(text)


def message(run: Run, offer: Annotated[str, typer.Argument()]) -> None:
    """Write a message about one offer."""
    text = run.engine.offer_message(run.community, offer, language=run.words.language)
    if run.json:
        run.emit({"text": text})
    else:
        run.show(text)
