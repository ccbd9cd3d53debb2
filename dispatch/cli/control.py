"""Commands about control: setting, lifting, what holds where, the wrong side, stewards; and duties of staff."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from dispatch import DutyTaskId, Place, ResidentId, ResponderId, WrongSide, WrongSideId

from .commands import command
from .failures import Failure
from .office import where_of
from .run import Run, instant_of


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    control = typer.Typer(no_args_is_help=True)
    command(control, "set", panel="office")(set_control)
    command(control, "lift", panel="office")(lift_control)
    command(control, "show", panel="office")(show)
    command(control, "wrong-side", panel="office")(wrong_side)
    command(control, "acknowledge", panel="office")(acknowledge)
    command(control, "steward", panel="office")(steward)
    app.add_typer(control, name="control", rich_help_panel="office")
    task = typer.Typer(no_args_is_help=True)
    command(task, "order", panel="office")(order)
    command(task, "refused", panel="office")(refused)
    command(task, "agreed", panel="office")(agreed)
    app.add_typer(task, name="task", rich_help_panel="office")


def _where(text: str) -> tuple[str | Place | None, ResidentId | None]:
    """Return the place that was typed, or the resident whose door it is."""
    if text.startswith("p-"):
        return None, ResidentId(text)
    return where_of(text), None


def set_control(
    run: Run,
    place: Annotated[str, typer.Argument()],
    level: Annotated[str, typer.Argument()],
    *,
    since: str | None = None,
    until: str | None = None,
    reason: str = "ordered",
) -> None:
    """Set the control level of a place."""
    levels = {word: code for code, word in run.words.vocabulary("level").items()}
    where, household_of = _where(place)
    answer = run.engine.set_control_level(
        run.community,
        where,
        levels.get(level, level),
        household_of=household_of,
        effective_from=instant_of(since, "--since"),
        until=instant_of(until, "--until"),
        reason=reason,
        by=run.by,
    )
    run.answered(answer)
    if not run.json:
        _tell(run, answer.wrong_side)


def lift_control(run: Run, place: Annotated[str, typer.Argument()], *, since: str | None = None) -> None:
    """End every control of a place."""
    where, household_of = _where(place)
    at = instant_of(since, "--since")
    answer = run.engine.lift_control_level(
        run.community, where, household_of=household_of, effective_from=at, by=run.by
    )
    run.answered(answer)
    if not run.json:
        _tell(run, answer.wrong_side)


def _tell(run: Run, found: WrongSide) -> None:
    for stray in found.people:
        line = run.words.place(**_named(run, stray.line))
        side = run.words.code("side", stray.side)
        run.say("cli.stray_person", responder=stray.responder, place=line, side=side)
    for work in found.work:
        run.say("cli.stray_work", leg=work.leg, responder=work.responder, rule=run.words.code("rule", work.reason))
    for item in found.goods:
        run.say("cli.stray_goods", item=item.custody or item.leg or "")


def _named(run: Run, place: Place) -> dict[str, str]:
    parts = place.model_dump(exclude_none=True)
    return {part: run.names.get(str(value), str(value)) for part, value in parts.items()}


def show(run: Run) -> None:
    """Show what holds now, and what it means."""
    rules = {rule.level: rule for rule in run.engine.level_rules(run.community)}
    levels = run.engine.control_levels(run.community)
    if run.json:
        run.emit([control.model_dump(mode="json") for control in levels])
        return
    if not levels:
        run.say("cli.no_control")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("place", "level", "until", "points", "gear_minutes"):
        table.add_column(run.words(f"cli.control.{column}"))
    for control in levels:
        rule = rules[control.level]
        table.add_row(
            run.words.place(**_named(run, control.place)),
            run.words.code("level", control.level),
            run.moment(control.until),
            run.words.listed([run.words.code("point", point) for point in rule.points]),
            str(rule.gear_minutes),
        )
    run.show(table)


def wrong_side(run: Run) -> None:
    """Show who and what is on the wrong side of a line, and the lists that nobody has taken note of."""
    found, lists = run.engine.wrong_side(run.community), run.engine.wrong_side_lists(run.community)
    if run.json:
        run.emit({"now": found.model_dump(mode="json"), "lists": {which: one.to for which, one in lists.items()}})
        return
    if found.is_empty and not lists:
        run.say("cli.nobody_strays")
    _tell(run, found)
    for which, one in lists.items():
        where = run.words.place(**_named(run, one.place))
        run.say("cli.stray_list", list=which, place=where, people=one.people, work=one.work, goods=one.goods, to=one.to)


def acknowledge(run: Run, which: Annotated[str, typer.Argument()]) -> None:
    """Take note of a list."""
    run.answered(run.engine.acknowledge_wrong_side(run.community, WrongSideId(which), by=run.by))


def steward(
    run: Run,
    place: Annotated[str, typer.Argument()],
    responder: Annotated[str, typer.Argument()],
    *,
    relieved: Annotated[bool, typer.Option("--relieved")] = False,
) -> None:
    """Name who is responsible for a place first, or relieve them."""
    verb = run.engine.end_steward if relieved else run.engine.name_steward
    run.answered(verb(run.community, where_of(place), ResponderId(responder), by=run.by))


def order(
    run: Run,
    resident: Annotated[str, typer.Argument()],
    *,
    until: Annotated[str, typer.Option()],
    note: str | None = None,
) -> None:
    """Order two people in gear to see to somebody."""
    end = instant_of(until, "--until")
    if end is None:
        raise Failure("time", option="--until")
    duty = run.engine.order_duty(run.community, ResidentId(resident), until=end, note=note, by=run.by)
    request = run.engine.duty_task(run.community, duty).request
    if run.json:
        run.emit({"duty": duty, "request": request})
    else:
        run.say("cli.duty_ordered", duty=duty, request=request)


def refused(run: Run, task: Annotated[str, typer.Argument()], *, reason: str = "will_not_leave") -> None:
    """Record that the person refuses."""
    run.answered(run.engine.record_refusal(run.community, DutyTaskId(task), reason=reason, by=run.by))


def agreed(run: Run, task: Annotated[str, typer.Argument()]) -> None:
    """Record that the person comes."""
    run.answered(run.engine.record_agreement(run.community, DutyTaskId(task), by=run.by))
