"""Commands about series, and about a crew before its work starts (R9)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dispatch import RequestId, ResidentId, SeriesId

from .answers import leg_named
from .commands import command
from .run import Run, instant_of, typed

SeriesArgument = Annotated[str, typer.Argument()]
TimeArgument = Annotated[str, typer.Argument()]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "call-ahead", panel="daily")(call_ahead)
    command(app, "ready", panel="daily")(ready)
    series = typer.Typer(no_args_is_help=True)
    for name, function in (
        ("start", start),
        ("list", list_series),
        ("show", show),
        ("skip", skip),
        ("move", move),
        ("suspend", suspend),
        ("resume", resume),
        ("end", end),
    ):
        command(series, name, panel="daily")(function)
    app.add_typer(series, name="series", rich_help_panel="daily")


def call_ahead(
    run: Run,
    request: Annotated[str, typer.Argument()],
    *,
    leg: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Record that the household called."""
    call: dict[str, Any] = {"on_behalf_of": on_behalf_of} if on_behalf_of else {}
    run.answered(run.engine.call_ahead(run.community, RequestId(request), leg=leg, by=run.by, **call))


def ready(run: Run, leg: Annotated[str, typer.Argument()], *, responder: Annotated[str, typer.Option()]) -> None:
    """Report that a member of a crew has come to the meeting point."""
    request, name, who = leg_named(run, leg, responder)
    call: dict[str, Any] = {} if run.by.id == who else {"on_behalf_of": who}
    run.answered(run.engine.ready(run.community, request, name, responder=who, by=run.by, **call))


def start(
    run: Run,
    kind: Annotated[str, typer.Argument()],
    *,
    resident: Annotated[str, typer.Option()],
    rule: Annotated[str, typer.Option()],
    starts: Annotated[str, typer.Option()],
    skip: Annotated[list[str] | None, typer.Option("--skip")] = None,
    time_zone: str | None = None,
    urgency: str | None = None,
    reporter: str | None = None,
    channel: str = "staff",
    note: str | None = None,
) -> None:
    """Arrange a series."""
    first: Any = instant_of(starts, "--starts")
    left_out = [instant_of(text, "--skip") for text in skip or ()]
    made = run.engine.start_series(
        run.community,
        kind,
        beneficiary=ResidentId(resident),
        rule=rule,
        starts=first,
        skip=[at for at in left_out if at is not None],
        time_zone=time_zone,
        urgency=urgency,
        reporter=reporter,
        channel=channel,
        note=typed(note),
        by=run.by,
    )
    lines = run.engine.occurrences(run.community, made)
    if run.json:
        run.emit({"series": made, "occurrences": lines})
        return
    run.say("cli.series_started", series=made, count=len(lines), first=run.moment(lines[0].at))


def list_series(run: Run) -> None:
    """Show the series that are not over."""
    found = run.engine.board_of(run.community).all("series")
    if run.json:
        run.emit({name: {"kind": one.kind, "rule": one.rule, "next_at": one.next_at} for name, one in found.items()})
        return
    for name in sorted(found):
        one = found[name]
        stage = run.words.code("series_state", type(one).__name__.lower())
        run.say(
            "cli.series_line",
            series=name,
            kind=run.words.code("kind", one.kind),
            stage=stage,
            rule=one.rule,
            next=run.moment(one.next_at),
        )
    if not found:
        run.say("cli.no_series")


def show(run: Run, series: SeriesArgument) -> None:
    """Show the occurrences of a series."""
    lines = run.engine.occurrences(run.community, SeriesId(series))
    if run.json:
        run.emit(lines)
        return
    for line in lines:
        run.say(
            "cli.occurrence",
            occurrence=line.occurrence.isoformat(),
            at=run.moment(line.at),
            stage=run.words.code("occurrence_state", line.state),
            request=line.request or run.words("format.nothing"),
        )


def skip(run: Run, series: SeriesArgument, occurrence: TimeArgument, *, reason: str = "not_needed") -> None:
    """Leave one occurrence out."""
    at: Any = instant_of(occurrence, "OCCURRENCE")
    run.answered(run.engine.skip_occurrence(run.community, SeriesId(series), at, reason=reason, by=run.by))


def move(run: Run, series: SeriesArgument, occurrence: TimeArgument, *, to: Annotated[str, typer.Option()]) -> None:
    """Let one occurrence take place at another time."""
    at: Any = instant_of(occurrence, "OCCURRENCE")
    when: Any = instant_of(to, "--to")
    run.answered(run.engine.move_occurrence(run.community, SeriesId(series), at, to=when, by=run.by))


def suspend(run: Run, series: SeriesArgument, *, reason: str = "in_hospital") -> None:
    """Let a series rest."""
    run.answered(run.engine.suspend_series(run.community, SeriesId(series), reason=reason, by=run.by))


def resume(run: Run, series: SeriesArgument) -> None:
    """Let a series go on."""
    run.answered(run.engine.resume_series(run.community, SeriesId(series), by=run.by))


def end(run: Run, series: SeriesArgument, *, reason: str = "recovered") -> None:
    """End a series."""
    run.answered(run.engine.end_series(run.community, SeriesId(series), reason=reason, by=run.by))
