"""Commands about the standby pool: who waits, calling up in waves, coming, standing down."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch import CallUpId, ResponderId

from .commands import command
from .office import where_of
from .run import Run, span_of, spoken


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    standby = typer.Typer(no_args_is_help=True)
    command(standby, "pool", panel="office")(pool)
    command(standby, "join", panel="office")(join)
    command(standby, "leave", panel="office")(leave)
    command(standby, "call", panel="office")(call)
    command(standby, "show", panel="office")(show)
    command(standby, "come", panel="office")(come)
    command(standby, "decline", panel="office")(decline)
    command(standby, "release", panel="office")(release)
    command(standby, "stand-down", panel="office")(stand_down)
    app.add_typer(standby, name="standby", rich_help_panel="office")


def pool(run: Run) -> None:
    """Show who is on standby, called or deployed."""
    found = run.engine.standby_pool(run.community)
    if run.json:
        run.emit(found)
        return
    run.say("cli.standby_pool", count=str(len(found)))
    for line in found:
        run.say(
            "cli.standby_line",
            responder=line.responder,
            role=run.words.code("role", line.role),
            stage=run.words.code("standby", line.stage),
            count=str(line.called),
        )


def join(run: Run, responders: Annotated[list[str], typer.Argument()]) -> None:
    """Let people wait to be called up."""
    run.answered(run.engine.begin_standby(run.community, [ResponderId(who) for who in responders], by=run.by))


def leave(run: Run, responders: Annotated[list[str], typer.Argument()]) -> None:
    """Let people wait no more."""
    run.answered(run.engine.end_standby(run.community, [ResponderId(who) for who in responders], by=run.by))


def call(
    run: Run,
    people: Annotated[int, typer.Argument()],
    *,
    since: Annotated[str, typer.Option()],
    until: Annotated[str, typer.Option()],
    place: str | None = None,
    role: list[str] | None = None,
    skill: list[str] | None = None,
    wave: int = 5,
    minutes: int = 15,
    reason: str | None = None,
    override: str | None = None,
) -> None:
    """Call people up from the pool for a span, in waves."""
    starts_at, ends_at = span_of(since, until)
    roles = {word: code for code, word in run.words.vocabulary("role").items()}
    made = run.engine.call_up(
        run.community,
        people,
        starts_at=starts_at,
        ends_at=ends_at,
        where=None if place is None else where_of(place),
        roles=[roles.get(name, name) for name in role or ()],
        skills=skill or (),
        wave_size=wave,
        answer_within_s=minutes * 60,
        reason=reason or "more_hands",
        override=override,
        by=run.by,
    )
    if run.json:
        run.emit({"call_up": made})
    else:
        run.say("cli.call_up_ordered", call_up=made, count=str(people))


def show(run: Run, call_up: Annotated[str, typer.Argument()]) -> None:
    """Show what is needed, and what became of each call."""
    found = run.engine.call_up_state(run.community, CallUpId(call_up))
    if run.json:
        run.emit(found)
        return
    run.say(
        "cli.call_up_of",
        call_up=call_up,
        state=run.words.code("call_up_state", type(found).__name__.lower()),
        count=str(found.need.people),
        missing=str(found.missing),
        waves=str(found.waves),
    )
    for who, reply in found.calls.items():
        run.say("cli.call_up_line", responder=who, reply=run.words.code("reply", reply))


def come(run: Run, call_up: Annotated[str, typer.Argument()], responder: Annotated[str, typer.Argument()]) -> None:
    """Say that somebody who is called comes."""
    who = ResponderId(responder)
    run.answered(run.engine.come(run.community, CallUpId(call_up), responder=who, **spoken(run, who)))


def decline(
    run: Run,
    call_up: Annotated[str, typer.Argument()],
    responder: Annotated[str, typer.Argument()],
    *,
    reason: str = "busy",
) -> None:
    """Say that somebody who is called does not come."""
    who = ResponderId(responder)
    answer = run.engine.decline_duty(run.community, CallUpId(call_up), responder=who, reason=reason, **spoken(run, who))
    run.answered(answer)


def release(
    run: Run,
    call_up: Annotated[str, typer.Argument()],
    responder: Annotated[str, typer.Argument()],
    *,
    reason: str | None = None,
) -> None:
    """Let somebody go who came; one more is called."""
    who = ResponderId(responder)
    why = reason or "released"
    run.answered(run.engine.release_deployed(run.community, CallUpId(call_up), who, reason=why, by=run.by))


def stand_down(run: Run, call_up: Annotated[str, typer.Argument()], *, reason: str = "not_needed") -> None:
    """End a call-up: whoever came is on standby again."""
    run.answered(run.engine.stand_down(run.community, CallUpId(call_up), reason=reason, by=run.by))
