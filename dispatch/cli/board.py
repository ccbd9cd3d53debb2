"""The board for staff: every leg of every open request, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from dispatch import BoardLine, Urgency

from .answers import TAKEN
from .commands import command
from .run import Run

COLOURS = {Urgency.LIFE: "bold white on red", Urgency.HEALTH: "bold red", Urgency.HARDSHIP: "yellow", Urgency.NONE: ""}
COLUMNS = {"urgency": 9, "place": 18, "leg": 14, "responder": 21, "due": 14}
"""Columns with their widths in a narrow terminal: no id is cut, and all of it fits 80 columns."""

ROOMY = 120
"""From so many columns on they are as wide as they need."""

STATES = {
    "Waiting": "bold yellow",
    "Failed": "bold red",
    "Taken": "green",
    "EnRoute": "green",
    "OnScene": "green",
    "Done": "dim",
    "Planned": "dim",
}


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, "board", panel="daily")(board)


def board(run: Run) -> None:
    """Show what is open now."""
    lines = run.engine.board(run.community)
    if run.json:
        run.emit(lines)
        return
    now = datetime.now(UTC)
    title = run.words("board.title", community=run.engine.register_of(run.community).community_name, moment="{}")
    run.show(Text(title.replace("{}", run.moment(now)), style="bold"))
    if not lines:
        run.say("board.empty")
        return
    run.show(table_of(run, lines, now))
    alarms = sorted({(line.request, line.alarm) for line in lines if line.alarm is not None})
    for request, to in alarms:
        run.show(Text(run.words("cli.alarm_open", request=request, to=to), style="bold red"))
    run.say("cli.board_counts", **_counts(lines))


def table_of(run: Run, lines: Iterable[BoardLine], now: datetime) -> Table:
    """Return the board as a table that fits 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for key, width in COLUMNS.items():
        table.add_column(run.words(f"board.{key}"), overflow="fold", width=width if run.out.width < ROOMY else None)
    before = None
    for line in grouped(lines):
        same = line.request == before
        table.add_row(
            Text("") if same else Text(run.words.code("urgency", line.urgency), style=COLOURS[line.urgency]),
            _place(run, line, same=same),
            _leg(run, line, same=same),
            _who(run, line),
            _until(run, line, now),
        )
        before = line.request
    return table


def grouped(lines: Iterable[BoardLine]) -> list[BoardLine]:
    """Keep the legs of a request together, those that are not due yet behind the others."""
    groups: dict[str, list[BoardLine]] = {}
    for line in lines:
        groups.setdefault(line.request, []).append(line)
    return [line for group in groups.values() for line in sorted(group, key=lambda line: line.leg_state == "Planned")]


def _place(run: Run, line: BoardLine, *, same: bool) -> Text:
    if same:
        return Text("")
    place = run.words.place(
        building=line.building_name or line.building, building_unit=line.building_unit, floor=line.floor
    )
    return Text.assemble(place, "\n", (line.request, "dim"))


def _leg(run: Run, line: BoardLine, *, same: bool) -> Text:
    told = Text()
    if not same:
        told.append(run.words.code("kind", line.kind) + "\n", style="bold")
    if line.leg is None or line.leg_state is None:
        return told.append(run.words.code("state", line.request_state))
    told.append(run.words.code("leg", line.leg) + " ")
    return told.append(run.words.code("leg_state", line.leg_state), style=STATES.get(line.leg_state, ""))


def _who(run: Run, line: BoardLine) -> Text:
    told = Text("\n").join(
        Text.assemble(who, " ", ("#" + offer.partition("#")[2], "dim"))
        for who, offer in zip(line.responders, line.offers, strict=True)
    )
    if line.missing:
        rules = run.words.listed(run.words.code("rule", rule) for rule in line.shortfall)
        key = "cli.missing_unless" if rules else "cli.missing"
        lack = Text(run.words(key, count=line.missing, rules=rules), "red")
        told = Text("\n").join([told, lack] if told else [lack])
    return told or Text("—", style="dim")


def _until(run: Run, line: BoardLine, now: datetime) -> Text:
    told = Text(run.moment(line.due_at))
    if line.due_at is not None and line.due_at <= now:
        told = Text.assemble((run.moment(line.due_at), "bold red"), "\n", (run.words("board.overdue"), "bold red"))
    if line.answer_by is not None and line.leg_state not in TAKEN:
        told.append("\n" + run.words("cli.answer_until", clock=run.words.clock(line.answer_by, run.zone)), style="dim")
    return told


def _counts(lines: Iterable[BoardLine]) -> dict[str, int]:
    found = tuple(lines)
    return {
        "requests": len({line.request for line in found}),
        "waiting": sum(line.leg_state == "Waiting" for line in found),
        "asked": sum(line.leg_state in ("Offered", "Assigned", "Mustering") for line in found),
        "taken": sum(line.leg_state in TAKEN for line in found),
    }
