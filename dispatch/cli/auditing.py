"""Commands for auditors: what happened, and whether every decision follows from the log."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from dispatch import TimelineLine
from dispatch.audit import Finding, Log, ReplayReport, replay, timeline

from . import why
from .commands import command
from .details import detail_of
from .exits import Exit
from .failures import Failure
from .run import Run, until_of

FINDINGS_SHOWN_MAX = 1_000


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    audit = typer.Typer(no_args_is_help=True)
    command(audit, "timeline", panel="audit")(show_timeline)
    command(audit, "replay", panel="audit")(replay_log)
    why.add_to(audit)
    app.add_typer(audit, name="audit", rich_help_panel="audit")


def show_timeline(run: Run, about: Annotated[str | None, typer.Argument()] = None, *, until: str | None = None) -> None:
    """Tell what happened, read from the log itself."""
    with run.log() as log:
        community = _community(run, log)
        everything = timeline(log, community)
        lines = timeline(log, community, about=about, at=until_of(until, "--until"))
        if about is not None and not lines:
            raise Failure("nothing_about", Exit.REFUSED)
        if run.json:
            run.emit(lines)
            return
        if about is not None:
            run.show(Text(run.words("audit.timeline", request=about), style="bold"))
        zone, names = _known(everything)
        for line in lines:
            run.show(_line(run, line, zone=zone, names=names))


def _community(run: Run, log: Log) -> str:
    """Return the community that is meant, from the log alone: an auditor may have nothing else."""
    if run.chosen_community is not None:
        return run.chosen_community
    return run.only_one_of(row.stream.partition("/")[0] for row in log.rows(topics=("community.registered",)))


def _known(lines: Iterable[TimelineLine]) -> tuple[str, dict[str, str]]:
    """Return the time zone of a community, and the names of its buildings and compounds."""
    zone, names = "UTC", {}
    for line in lines:
        match line.topic:
            case "community.registered":
                zone = str(line.params["time_zone"])
            case "community.compound_registered":
                names[str(line.params["compound"])] = str(line.params["name"])
            case "community.building_registered":
                names[str(line.params["building"]["building"])] = str(line.params["building"]["name"])
    return zone, names


def _line(run: Run, line: TimelineLine, *, zone: str, names: Mapping[str, str]) -> Text:
    who = line.actor
    if line.on_behalf_of is not None:
        who = run.words("audit.on_behalf", actor=line.actor, responder=line.on_behalf_of)
    fact = run.words.event(line.topic, line.params, zone=zone, names=names)
    moment = run.words.moment(line.recorded_at, zone)
    return Text.assemble((f"{line.position:>7} ", "dim"), moment, "  ", fact, "  ", (who, "dim"))


def replay_log(run: Run, *, until: str | None = None) -> int:
    """Decide every recorded decision again and compare it byte for byte."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with (
        run.log() as log,
        Progress(*columns, console=run.err, transient=True, disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task(run.words("audit.replaying"), total=None)
        report = replay(
            log,
            community=run.chosen_community,
            until=until_of(until, "--until"),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if run.json:
        run.emit({"ok": report.ok, "report": report})
    else:
        _tell(run, report)
    return Exit.DONE if report.ok else Exit.FOUND


def _tell(run: Run, report: ReplayReport) -> None:
    words = run.words
    run.say(
        "cli.replayed",
        events=words.number(report.events),
        decisions=words.number(report.decisions),
        shortfalls=words.number(report.shortfalls),
        reproduced=words.number(report.reproduced),
    )
    for finding in report.findings[:FINDINGS_SHOWN_MAX]:
        run.show(finding_text(run, finding))
    for unchecked in report.unchecked[:FINDINGS_SHOWN_MAX]:
        run.show(finding_text(run, unchecked))
    if report.ok:
        run.say("audit.reproduced", count=words.number(report.decisions))
    else:
        run.say(
            "cli.replay_findings",
            findings=words.number(len(report.findings)),
            unchecked=words.number(len(report.unchecked)),
        )
    run.show(Text(words("cli.digest", digest=report.digest), style="dim"))


def finding_text(run: Run, finding: Finding) -> Text:
    """Name a finding: position, stream, what, and the detail that only an expert needs, in English, or its ids."""
    what = run.words.code("finding", finding.code)
    head = run.words("cli.finding", position=finding.position, stream=finding.stream, what=what)
    detail = detail_of(run.words, finding.detail, beside=head)
    return Text.assemble((head, "red"), *(("\n    ", (detail, "dim")) if detail else ()))
