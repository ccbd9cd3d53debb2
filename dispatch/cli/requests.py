"""Commands about requests: taking them in, judging, cancelling, confirming, closing; and alarms."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dispatch import RequestId, ResidentId, Urgency

from .commands import command
from .run import Run, instant_of, typed


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "open", panel="daily")(open_request)
    command(app, "triage", panel="work")(triage)
    command(app, "cancel", panel="work")(cancel)
    command(app, "confirm", panel="work")(confirm)
    command(app, "close", panel="work")(close)
    command(app, "alarm", panel="work")(alarm)


def open_request(
    run: Run,
    kind: Annotated[str, typer.Argument()],
    *,
    at: str | None = None,
    resident: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    note: str | None = None,
    urgency: str | None = None,
    reporter: str | None = None,
    channel: str = "staff",
    needed_by: str | None = None,
    judge_later: Annotated[bool, typer.Option("--judge-later")] = False,
    command_id: str | None = None,
) -> None:
    """Write down that somebody needs help."""
    call: dict[str, Any] = {"by": run.by} | ({"command_id": command_id} if command_id else {})
    request = run.engine.open_request(
        run.community,
        kind,
        beneficiary=ResidentId(resident) if resident else None,
        address=at,
        name=typed(name),
        phone=typed(phone),
        note=typed(note),
        urgency=urgency,
        reporter=reporter,
        channel=channel,
        needed_by=instant_of(needed_by, "--needed-by"),
        triage=not judge_later,
        **call,
    )
    state = run.engine.request(run.community, request)
    if run.json:
        run.emit({"request": request, "state": type(state).__name__, "urgency": state.urgency, "due_at": state.due_at})
        return
    run.say(
        "cli.opened",
        request=request,
        urgency=run.words.code("urgency", state.urgency),
        due=run.moment(state.due_at),
    )
    if state.urgency is Urgency.LIFE and state.alarm is not None:
        run.say("cli.call_ambulance", to=state.alarm.to)


def triage(run: Run, request: Annotated[str, typer.Argument()], urgency: Annotated[str, typer.Argument()]) -> None:
    """Judge a request that waits for it."""
    run.answered(run.engine.triage(run.community, RequestId(request), urgency, by=run.by))


def cancel(run: Run, request: Annotated[str, typer.Argument()], *, reason: str = "not_needed") -> None:
    """Cancel a request."""
    run.answered(run.engine.cancel(run.community, RequestId(request), reason=reason, by=run.by))


def confirm(run: Run, request: Annotated[str, typer.Argument()], *, on_behalf_of: str | None = None) -> None:
    """Confirm that help arrived."""
    call: dict[str, Any] = {"on_behalf_of": on_behalf_of} if on_behalf_of else {}
    run.answered(run.engine.confirm(run.community, RequestId(request), by=run.by, **call))


def close(run: Run, request: Annotated[str, typer.Argument()], *, reason: str = "confirmed") -> None:
    """Close a request."""
    run.answered(run.engine.close_request(run.community, RequestId(request), reason=reason, by=run.by))


def alarm(run: Run, request: Annotated[str, typer.Argument()]) -> None:
    """Take an alarm."""
    run.answered(run.engine.acknowledge_alarm(run.community, RequestId(request), by=run.by))
