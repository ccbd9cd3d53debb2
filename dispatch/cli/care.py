"""Commands about a person's care: flags, case plan, ledger; the map of isolated households (R29, R30, R34)."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dispatch import ResidentId, ResponderId

from .commands import command
from .run import Run, instant_of, typed

PersonArgument = Annotated[str, typer.Argument()]
HOUR_S = 3_600


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "flags", panel="office")(flags)
    command(app, "ledger", panel="office")(ledger)
    command(app, "map", panel="office")(isolated_map)
    plan = typer.Typer(no_args_is_help=True)
    command(plan, "open", panel="office")(open_plan)
    command(plan, "contact", panel="office")(contact)
    command(plan, "end", panel="office")(end)
    app.add_typer(plan, name="plan", rich_help_panel="office")


def flags(
    run: Run,
    person: PersonArgument,
    flag: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    no_phone: Annotated[bool, typer.Option("--no-phone")] = False,
    no_green_lane: Annotated[bool, typer.Option("--no-green-lane")] = False,
) -> None:
    """Record why somebody goes first."""
    words = {word: known for known, word in run.words.vocabulary("flag").items()}
    given = [words.get(said, said) for said in flag or ()]
    lane = False if no_green_lane else None
    run.answered(
        run.engine.set_flags(run.community, ResidentId(person), given, green_lane=lane, no_phone=no_phone, by=run.by)
    )


def open_plan(
    run: Run,
    person: PersonArgument,
    *,
    keeper: Annotated[str, typer.Option()],
    reason: Annotated[str, typer.Option()],
    hours: int | None = None,
    need: Annotated[list[str] | None, typer.Option("--need")] = None,
    until: str | None = None,
    note: str | None = None,
) -> None:
    """Begin or revise a case plan."""
    run.answered(
        run.engine.open_plan(
            run.community,
            ResidentId(person),
            reason=reason,
            keeper=ResponderId(keeper),
            cadence_s=HOUR_S * (24 if hours is None else hours),
            needs=need or (),
            ends_at=instant_of(until, "--until"),
            note=typed(note),
            by=run.by,
        )
    )


def contact(
    run: Run,
    person: PersonArgument,
    *,
    unwell: Annotated[bool, typer.Option("--unwell")] = False,
    note: str | None = None,
) -> None:
    """Record a contact."""
    run.answered(
        run.engine.record_contact(
            run.community, ResidentId(person), condition_ok=not unwell, note=typed(note), by=run.by
        )
    )


def end(run: Run, person: PersonArgument, *, reason: Annotated[str, typer.Option()]) -> None:
    """End a case plan."""
    run.answered(run.engine.end_plan(run.community, ResidentId(person), reason=reason, by=run.by))


def ledger(run: Run, person: PersonArgument, *, purpose: str | None = None) -> None:
    """Tell everything about one person."""
    lines = run.engine.ledger(run.community, ResidentId(person), purpose=purpose, by=run.by)
    if run.json:
        run.emit(lines)
        return
    for found in lines:
        told = run.words.event(found.line.topic, found.line.params, zone=run.zone, names=run.names)
        run.show(Text(f"{run.moment(found.line.recorded_at)}  {told}"))
        for name, text in found.texts.items():
            shown = text if text is not None else run.words("cli.key_erased")
            run.show(Text(f"    {run.words.code('field', name)}: {shown}"))


def isolated_map(run: Run) -> None:
    """Show where people are isolated."""
    lines = run.engine.isolated_map(run.community, by=run.by)
    if run.json:
        run.emit(lines)
        return
    if not lines:
        run.say("cli.nobody_isolated")
    table = Table.grid(padding=(0, 2))
    for line in lines:
        where = run.words.place(
            building=run.names.get(line.building, line.building) if line.building else None,
            building_unit=line.building_unit,
            floor=line.floor,
        )
        counts = run.words(
            "cli.isolated_here", isolated=line.isolated, households=line.isolated_households, of=line.households
        )
        table.add_row(Text(where), Text(counts), Text(" ".join(line.household_ids)))
    run.show(table)
