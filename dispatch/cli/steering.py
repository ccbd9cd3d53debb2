"""Commands that let requests wait, go on and be linked: approve, hold, duplicate, reopen, join."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dispatch import RequestId

from .answers import leg_named, offer_named
from .commands import command
from .run import Run, instant_of, typed

Request = Annotated[str, typer.Argument()]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "approve", panel="work")(approve)
    command(app, "refuse", panel="work")(refuse)
    command(app, "hold", panel="work")(hold)
    command(app, "resume", panel="work")(resume)
    command(app, "duplicate", panel="work")(duplicate)
    command(app, "await", panel="work")(await_others)
    command(app, "reopen", panel="work")(reopen)
    command(app, "join", panel="work")(join)


def approve(run: Run, request: Request) -> None:
    """Approve a request in one's own role."""
    run.answered(run.engine.approve(run.community, RequestId(request), by=run.by))


def refuse(run: Run, request: Request, *, reason: Annotated[str, typer.Option()]) -> None:
    """Refuse a request that waits for one's approval."""
    run.answered(run.engine.refuse_approval(run.community, RequestId(request), reason=reason, by=run.by))


def hold(run: Run, request: Request, *, reason: Annotated[str, typer.Option()], until: str | None = None) -> None:
    """Let a request stand still."""
    when = instant_of(until, "--until")
    run.answered(run.engine.hold(run.community, RequestId(request), reason=reason, until=when, by=run.by))


def resume(run: Run, request: Request) -> None:
    """Let a held request go on."""
    run.answered(run.engine.resume(run.community, RequestId(request), by=run.by))


def duplicate(run: Run, request: Request, original: Annotated[str | None, typer.Argument()] = None) -> None:
    """Link a duplicate to its original; without one, name what it may be a duplicate of."""
    here = RequestId(request)
    if original is not None:
        run.answered(run.engine.link_duplicate(run.community, here, RequestId(original), by=run.by))
        return
    alike = run.engine.likely_duplicates(run.community, here)
    if run.json:
        run.emit({"request": request, "likely_duplicates": alike})
        return
    run.say("cli.maybe_the_same" if alike else "cli.nothing_alike", requests=run.words.listed(alike))


def await_others(
    run: Run,
    request: Request,
    first: Annotated[list[str], typer.Argument()],
    *,
    drop: Annotated[bool, typer.Option("--drop")] = False,
    reason: str = "not_needed_first",
) -> None:
    """Let a request wait until others are delivered, or wait for one no longer."""
    here = RequestId(request)
    if not drop:
        run.answered(run.engine.await_others(run.community, here, [RequestId(one) for one in first], by=run.by))
        return
    for one in first:
        run.answered(run.engine.drop_dependency(run.community, here, RequestId(one), reason=reason, by=run.by))


def reopen(
    run: Run,
    request: Request,
    *,
    reason: Annotated[str, typer.Option()],
    note: str | None = None,
    urgency: str | None = None,
) -> None:
    """Take a delivered or ended request up again, as a new one."""
    new = run.engine.reopen(
        run.community, RequestId(request), reason=reason, note=typed(note), urgency=urgency, channel="staff", by=run.by
    )
    if run.json:
        run.emit({"request": new, "reopens": request})
        return
    run.say("cli.reopened", request=new)


def join(
    run: Run,
    leg: Annotated[str, typer.Argument()],
    *,
    visit: Annotated[str, typer.Option()],
    responder: str | None = None,
) -> None:
    """Do a small leg too, at the door of a visit that is accepted."""
    offer, who = offer_named(run, visit, responder)
    request, name, _ = leg_named(run, leg, responder)
    by = run.by
    call: dict[str, Any] = {"by": by} if who is None or by.id == who else {"by": by, "on_behalf_of": who}
    run.answered(run.engine.join_visit(run.community, request, name, visit_offer=offer, responder=who, **call))
