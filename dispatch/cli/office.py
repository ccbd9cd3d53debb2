"""Commands of the office: registers, imports, isolation, erasure, views."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from dispatch import (
    ImportReport,
    NotImported,
    Place,
    ResidentId,
    ResponderId,
    import_register,
    import_requests,
)
from dispatch.sheets import SheetError, SheetProblem
from dispatch.words import MissingWord

from .commands import command
from .exits import Exit
from .failures import Failure
from .run import Run, instant_of

WHOLE = frozenset({"all", "全部", "全社区"})
OTHER_TABLE = frozenset({SheetProblem.UNKNOWN_TABLE, SheetProblem.NO_SUCH_SHEET})
ROWS_SHOWN_MAX = 1_000


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "init", panel="daily")(init)
    command(app, "import", panel="daily")(import_file)
    command(app, "isolate", panel="office")(isolate)
    command(app, "erase", panel="office")(erase)
    views = typer.Typer(no_args_is_help=True)
    command(views, "rebuild", panel="operation")(rebuild)
    app.add_typer(views, name="views", rich_help_panel="operation")


def init(
    run: Run,
    slug: Annotated[str, typer.Argument()],
    *,
    duty: Annotated[str, typer.Option()],
    title: str | None = None,
    time_zone: str = "Asia/Shanghai",
) -> None:
    """Set up a store and a community in it."""
    engine = run.new_engine()
    made = engine.register_community(slug, name=title or slug, duty=duty, time_zone=time_zone, by=run.by)
    if run.json:
        run.emit({"community": made, "position": engine.position()})
        return
    run.say("cli.founded", community=made)
    run.say("cli.next_import")


def import_file(run: Run, file: Annotated[str, typer.Argument()], *, only: str | None = None) -> int:
    """Take rows of a register or of requests in."""
    importers: dict[str, Callable[..., ImportReport]] = {"register": import_register, "requests": import_requests}
    if only is not None and only not in importers:
        raise Failure("choice", option="--only", choices=", ".join(importers))
    chosen = importers if only is None else {only: importers[only]}
    report = _imported(run, file, list(chosen.values()))
    if run.json:
        run.emit(report)
    else:
        _tell(run, report)
    return Exit.NOT_IMPORTED if report.not_imported else Exit.DONE


def _imported(run: Run, file: str, importers: list[Callable[..., ImportReport]]) -> ImportReport:
    engine, community = run.engine, run.community
    engine.register_of(community)
    reports: list[ImportReport] = []
    foreign: list[SheetError] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=run.err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(run.words("cli.importing"), total=None)
        for importer in importers:
            try:
                reports.append(
                    importer(
                        engine,
                        community,
                        file,
                        by=run.by,
                        progress=lambda done, total: bar.update(task, completed=done, total=total),
                    )
                )
            except SheetError as error:
                if error.problem not in OTHER_TABLE:
                    raise
                foreign.append(error)
    if not reports:
        raise foreign[0]
    return reports[0] if len(reports) == 1 else reports[0].beside(reports[1])


def _tell(run: Run, report: ImportReport) -> None:
    run.say("cli.imported", count=str(report.rows - len(report.not_imported)), total=str(report.rows))
    for name, count in report.imported.items():
        run.say("cli.imported_of", count=str(count), what=run.words(f"cli.table.{name}"))
    for name, count in report.earlier.items():
        run.say("cli.imported_earlier", count=str(count), what=run.words(f"cli.table.{name}"))
    for column, count in report.left_out.items():
        run.say("cli.left_out", count=str(count), column=run.words.code("column", column))
    for cell in report.unknown_headers:
        run.say("cli.ignored_column", cell=cell)
    for sheet in report.ignored_sheets:
        run.say("cli.ignored_sheet", sheet=sheet)
    for sheet_title, row in report.above_header:
        run.say("cli.above_header", row=_row(run, sheet_title, row))
    if report.not_imported:
        run.say("cli.not_imported", count=str(len(report.not_imported)))
    tables = {*report.imported, *report.earlier, *(one.table for one in report.not_imported if one.table)}
    several = len(tables - {"compounds"}) > 1
    for one in report.not_imported[:ROWS_SHOWN_MAX]:
        title = one.sheet or (run.words(f"cli.table.{one.table}") if one.table and several else None)
        run.show(Text("  " + run.words("cli.row_problem", row=_row(run, title, one.row), problem=_why(run, one))))
    if len(report.not_imported) > ROWS_SHOWN_MAX:
        run.say("cli.more_rows", count=str(len(report.not_imported) - ROWS_SHOWN_MAX))
    if report.imported.get("requests"):
        run.say("cli.next_match")


def _row(run: Run, sheet: str | None, row: int) -> str:
    return run.words("cli.row", row=row) if sheet is None else run.words("cli.sheet_row", sheet=sheet, row=row)


def _why(run: Run, one: NotImported) -> str:
    told: list[str] = []
    for code, params in one.problems:
        try:
            named = {name: run.names.get(str(value), value) for name, value in params.items()}
            told.append(run.words.refusal(code, named))
        except MissingWord:
            told.append(code)
    return " ".join(told)


def isolate(
    run: Run,
    person: Annotated[str, typer.Argument()],
    *,
    end: Annotated[bool, typer.Option("--end")] = False,
    until: str | None = None,
) -> None:
    """Record that somebody is isolated at home, or not any more."""
    engine = run.engine
    if person.startswith("r-") and until is not None:
        raise Failure("value", name="--until")
    if person.startswith("r-"):
        verb: Any = engine.end_responder_isolation if end else engine.isolate_responder
        run.answered(verb(run.community, ResponderId(person), by=run.by))
    else:
        who, until_at = ResidentId(person), instant_of(until, "--until")
        if end:
            run.answered(engine.end_isolation(run.community, who, by=run.by))
        else:
            run.answered(engine.begin_isolation(run.community, who, until=until_at, by=run.by))


def erase(
    run: Run,
    person: Annotated[str, typer.Argument()],
    *,
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    """Erase a person's data for good."""
    if not yes:
        if not sys.stdin.isatty():
            raise Failure("say_yes", Exit.REFUSED)
        run.say("cli.erase_question", person=person)
        if sys.stdin.readline().strip() != person:
            raise Failure("not_erased", Exit.REFUSED)
    who: Any = ResponderId(person) if person.startswith("r-") else ResidentId(person)
    run.answered(run.engine.erase(run.community, who, by=run.by))


def where_of(text: str) -> str | Place:
    """Return an address, or the whole community."""
    return Place() if text.lower() in WHOLE else text


def rebuild(run: Run) -> None:
    """Make board and timeline anew from the log."""
    applied = run.engine.views.rebuild()
    if run.json:
        run.emit({"events": applied})
    else:
        run.say("cli.rebuilt", count=run.words.number(applied))
