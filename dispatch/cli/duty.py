"""Commands about duty: absence, shifts and their limits, qualifications, deputies, the bell."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch import DutyLimits, ResponderId

from .commands import command
from .failures import Failure
from .office import where_of
from .reading import place_of
from .run import Run, instant_of, span_of

HOUR_S = 3_600


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    duty = typer.Typer(no_args_is_help=True)
    command(duty, "drop-out", panel="office")(drop_out)
    command(duty, "return", panel="office")(return_to_duty)
    command(duty, "shift", panel="office")(plan_shift)
    command(duty, "limits", panel="office")(set_limits)
    command(duty, "qualify", panel="office")(qualify)
    command(duty, "briefed", panel="office")(briefed)
    command(duty, "second", panel="office")(second)
    command(duty, "deputy", panel="office")(deputy)
    command(duty, "bell", panel="office")(bell)
    command(duty, "group", panel="office")(put_into_group)
    command(duty, "hand-over", panel="office")(hand_over)
    command(duty, "sheet", panel="office")(sheet)
    command(duty, "post", panel="office")(post)
    command(duty, "present", panel="office")(present)
    command(duty, "roster", panel="office")(roster)
    app.add_typer(duty, name="duty", rich_help_panel="office")


def drop_out(run: Run, responder: Annotated[str, typer.Argument()], *, reason: str = "ill") -> None:
    """Say that somebody cannot serve for now."""
    run.answered(run.engine.drop_out(run.community, ResponderId(responder), reason=reason, by=run.by))


def return_to_duty(run: Run, responder: Annotated[str, typer.Argument()]) -> None:
    """Say that somebody who had dropped out serves again."""
    run.answered(run.engine.return_to_duty(run.community, ResponderId(responder), by=run.by))


def plan_shift(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    *,
    since: Annotated[str, typer.Option()],
    until: Annotated[str, typer.Option()],
    override: str | None = None,
    cancel: Annotated[bool, typer.Option("--cancel")] = False,
) -> None:
    """Plan a stretch of duty, or take it back."""
    starts_at, ends_at = span_of(since, until)
    who = ResponderId(responder)
    if cancel:
        run.answered(run.engine.cancel_shift(run.community, who, starts_at=starts_at, ends_at=ends_at, by=run.by))
        return
    answer = run.engine.plan_shift(
        run.community, who, starts_at=starts_at, ends_at=ends_at, override=override, by=run.by
    )
    run.answered(answer)


def set_limits(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    *,
    hours: int | None = None,
    rest: int | None = None,
    days: int | None = None,
    effort: int | None = None,
    reason: str = "agreed",
) -> None:
    """Bound somebody's duty by limits of their own; without any the policy's hold."""
    said = {
        "day_s": None if hours is None else hours * HOUR_S,
        "rest_s": None if rest is None else rest * HOUR_S,
        "days_in_row_max": days,
        "effort_day_max": effort,
    }
    given = {name: value for name, value in said.items() if value is not None}
    # What is out of range is refused by the verb, in words.
    limits = DutyLimits().model_copy(update=given) if given else None
    run.answered(run.engine.set_duty_limits(run.community, ResponderId(responder), limits, reason=reason, by=run.by))


def qualify(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    skill: Annotated[str, typer.Argument()],
    *,
    until: str | None = None,
    revoke: Annotated[bool, typer.Option("--revoke")] = False,
) -> None:
    """Record a skill that expires, or take one back."""
    who, expires = ResponderId(responder), instant_of(until, "--until")
    if revoke:
        run.answered(run.engine.revoke_qualification(run.community, who, skill, by=run.by))
        return
    if expires is None:
        raise Failure("time", option="--until")
    run.answered(run.engine.grant_qualification(run.community, who, skill, valid_until=expires, by=run.by))


def briefed(run: Run, responder: Annotated[str, typer.Argument()], version: Annotated[int, typer.Argument()]) -> None:
    """Say that somebody has read a version of the handbook."""
    run.answered(run.engine.acknowledge_briefing(run.community, ResponderId(responder), version, by=run.by))


def second(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    unit: Annotated[str, typer.Argument()],
    *,
    since: str | None = None,
    until: str | None = None,
    end: Annotated[bool, typer.Option("--end")] = False,
) -> None:
    """Record that a unit lends somebody for a time, or that it ends."""
    who = ResponderId(responder)
    if end:
        run.answered(run.engine.end_secondment(run.community, who, unit, by=run.by))
        return
    times = {"since": instant_of(since, "--since"), "until": instant_of(until, "--until")}
    run.answered(run.engine.second(run.community, who, unit, since=times["since"], until=times["until"], by=run.by))


def deputy(
    run: Run,
    captain: Annotated[str, typer.Argument()],
    responder: Annotated[str, typer.Argument()],
    *,
    place: Annotated[str, typer.Option()],
    since: str | None = None,
    until: str | None = None,
    end: Annotated[bool, typer.Option("--end")] = False,
) -> None:
    """Name who stands in for a captain in a place, or dismiss them."""
    engine, who, other = run.engine, ResponderId(captain), ResponderId(responder)
    scope = where_of(place)
    if end:
        run.answered(engine.dismiss_deputy(run.community, who, other, scope=scope, by=run.by))
        return
    begins, ends = instant_of(since, "--since"), instant_of(until, "--until")
    answer = engine.name_deputy(run.community, who, other, scope=scope, since=begins, until=ends, by=run.by)
    run.answered(answer)


def bell(
    run: Run, group: Annotated[str, typer.Argument()], *, end: Annotated[bool, typer.Option("--end")] = False
) -> None:
    """Call a whole group away at once, or let it serve again."""
    verb = run.engine.return_group if end else run.engine.ring_bell
    run.answered(verb(run.community, group, by=run.by))


def put_into_group(
    run: Run, responder: Annotated[str, typer.Argument()], group: Annotated[str | None, typer.Argument()] = None
) -> None:
    """Put somebody into a group that is called away together, or into none."""
    run.answered(run.engine.set_bell(run.community, ResponderId(responder), group, by=run.by))


def sheet(run: Run, captain: Annotated[str, typer.Argument()]) -> None:
    """Show what is bound for a captain without a phone, to be printed."""
    found = run.engine.paper_sheet(run.community, ResponderId(captain))
    if run.json:
        run.emit(found)
        return
    run.say("cli.sheet_of", captain=found.captain, time=run.moment(found.brought_at), count=str(len(found.lines)))
    for line in found.lines:
        run.say(
            "cli.sheet_taken" if line.taken else "cli.sheet_offered",
            leg=run.words.code("leg", line.leg.rpartition("/")[2]),
            kind=run.words.code("kind", line.kind),
            place=place_of(run, line.place),
            offer=line.offer,
            time=run.moment(line.answer_by),
        )


def hand_over(run: Run, responder: Annotated[str, typer.Argument()]) -> None:
    """Show what somebody left open, and who has it now."""
    found = run.engine.hand_over(run.community, ResponderId(responder))
    if run.json:
        run.emit(found)
        return
    run.say("cli.hand_over_of", responder=responder, count=str(len(found)))
    for line in found:
        holders = run.words.listed(line.holders) or "—"
        stage = run.words.code("leg_state", line.stage)
        run.say("cli.hand_over_line", leg=line.leg, place=place_of(run, line.place), stage=stage, holders=holders)


def post(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    at_post: Annotated[str, typer.Argument()],
    *,
    since: Annotated[str, typer.Option()],
    until: Annotated[str, typer.Option()],
    where: str | None = None,
    cancel: Annotated[bool, typer.Option("--cancel")] = False,
) -> None:
    """Put somebody at a post for a time, or take them off it."""
    starts_at, ends_at = span_of(since, until)
    verb = run.engine.relieve_post if cancel else run.engine.assign_post
    who = ResponderId(responder)
    run.answered(verb(run.community, who, at_post, starts_at=starts_at, ends_at=ends_at, where=where, by=run.by))


def present(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    at_post: Annotated[str, typer.Argument()],
    *,
    absent: Annotated[bool, typer.Option("--absent")] = False,
) -> None:
    """Record that somebody was found at a post, or not."""
    answer = run.engine.check_presence(run.community, ResponderId(responder), at_post, found=not absent, by=run.by)
    run.answered(answer)


def roster(run: Run) -> None:
    """Show who is there in the next 24 hours, at which post, and what expires."""
    lines = run.engine.roster(run.community)
    if run.json:
        run.emit(lines)
        return
    for line in lines:
        spans = [f"{run.moment(s.starts_at)}–{run.moment(s.ends_at)}" for s in line.shifts]
        posts = [f"{p.post} {run.moment(p.span.starts_at)}–{run.moment(p.span.ends_at)}" for p in line.posts]
        ends = [f"{run.words.code('skill', skill)} {run.moment(at)}" for skill, at in line.expiring]
        nothing = run.words("format.nothing")
        run.say(
            "cli.roster_line",
            responder=line.responder,
            role=run.words.code("role", line.role.value),
            shifts=run.words.listed(spans) or nothing,
            posts=run.words.listed(posts) or nothing,
            expiring=run.words.listed(ends) or nothing,
            here=run.yes_or_no(said=line.here),
        )
