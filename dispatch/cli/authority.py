"""Commands about authority and escalation: grant, revoke, who may; whom to call, and taking charge."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from dispatch import RequestId

from .commands import command
from .run import Run, instant_of


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "grant", panel="office")(grant)
    command(app, "revoke", panel="office")(revoke)
    command(app, "grants", panel="office")(grants)
    command(app, "who-may", panel="office")(who_may)
    command(app, "escalate", panel="work")(escalate)
    command(app, "take-charge", panel="work")(take_charge)
    ladder = typer.Typer(no_args_is_help=True)
    command(ladder, "show", panel="office")(show)
    command(ladder, "add", panel="office")(add)
    command(ladder, "remove", panel="office")(remove)
    app.add_typer(ladder, name="ladder", rich_help_panel="office")


def grant(
    run: Run,
    account: Annotated[str, typer.Argument()],
    role: Annotated[str, typer.Argument()],
    *,
    at: str | None = None,
    begins: Annotated[str | None, typer.Option("--from")] = None,
    until: str | None = None,
) -> None:
    """Let an account act in a role."""
    begin, end = instant_of(begins, "--from"), instant_of(until, "--until")
    run.answered(run.engine.grant(run.community, account, role, scope=at, valid_from=begin, valid_until=end, by=run.by))


def revoke(run: Run, account: Annotated[str, typer.Argument()], role: Annotated[str, typer.Argument()]) -> None:
    """Take a role from an account."""
    run.answered(run.engine.revoke(run.community, account, role, by=run.by))


def grants(run: Run, *, account: str | None = None) -> None:
    """Show who holds which roles over which places."""
    held = run.engine.grants(run.community, account=account)
    if run.json:
        run.emit([{"account": each.account, **each.grant.model_dump(mode="json")} for each in held])
        return
    table = Table(box=None)
    for heading in ("account", "role", "scope", "from", "until"):
        table.add_column(run.words(f"grant.{heading}"))
    for each in held:
        parts = each.grant.scope.model_dump(exclude_none=True).items()
        place = {part: run.names.get(name, name) for part, name in parts}
        table.add_row(
            each.account,
            run.words.code("role", each.grant.role),
            run.words.place(**place),
            run.moment(each.grant.valid_from),
            run.moment(each.grant.valid_until),
        )
    run.show(table)


def who_may(run: Run, command: Annotated[str, typer.Argument()], *, at: str | None = None) -> None:
    """Show who may give a command at a place now."""
    accounts = run.engine.who_may(run.community, command, where=at)
    if run.json:
        run.emit(accounts)
        return
    run.show(run.words.listed(accounts) or run.words("format.nothing"))


def escalate(run: Run, request: Annotated[str, typer.Argument()], *, reason: Annotated[str, typer.Option()]) -> None:
    """Have people called in turn about a request."""
    run.answered(run.engine.escalate(run.community, RequestId(request), reason=reason, by=run.by))


def take_charge(run: Run, request: Annotated[str, typer.Argument()]) -> None:
    """Take charge of a request that people are called about."""
    run.answered(run.engine.take_charge(run.community, RequestId(request), by=run.by))


def show(run: Run, *, at: str | None = None) -> None:
    """Show who is named for each step."""
    contacts = run.engine.ladder_contacts(run.community, where=at)
    if run.json:
        run.emit(contacts)
        return
    table = Table(box=None, show_header=False)
    for step, accounts in contacts.items():
        table.add_row(run.words.code("step", step), run.words.listed(accounts) or run.words("format.nothing"))
    run.show(table)


def add(
    run: Run,
    step: Annotated[str, typer.Argument()],
    account: Annotated[str, typer.Argument()],
    *,
    at: str | None = None,
) -> None:
    """Name somebody for a step."""
    run.answered(run.engine.set_ladder_contact(run.community, step, account, where=at, by=run.by))


def remove(
    run: Run,
    step: Annotated[str, typer.Argument()],
    account: Annotated[str, typer.Argument()],
    *,
    at: str | None = None,
) -> None:
    """Call somebody at a step no more."""
    run.answered(run.engine.remove_ladder_contact(run.community, step, account, where=at, by=run.by))
