"""Commands that say why: of a decision, a shortfall, or a leg at any time; and what another policy would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from dispatch import SHIPPED_POLICIES, Policy
from dispatch.audit import (
    Alternative,
    Explanation,
    LegStanding,
    Log,
    TakenBack,
    Unserved,
    Why,
    WhyWords,
    timeline,
    what_if,
    why,
    why_leg,
)
from dispatch.words import Words

from .commands import command
from .failures import Failure
from .policy import read_policy
from .run import Run, until_of

REGISTERED = "community.registered"
POSITION_DIGITS_MAX = 18
SHIPPED: Mapping[str, Policy] = {policy.name: policy for policy in SHIPPED_POLICIES}
"""The latest versions of the policies that come with the program, by name."""


def add_to(audit: typer.Typer) -> None:
    """Add the command of this file to the group of auditors' commands."""
    command(audit, "why", panel="audit")(show_why)
    command(audit, "what-if", panel="audit")(show_what_if)


def show_why(
    run: Run,
    position: Annotated[str | None, typer.Argument()] = None,
    *,
    leg: str | None = None,
    as_of: Annotated[str | None, typer.Option("--at")] = None,
    instead: Annotated[str | None, typer.Option("--instead", "--person")] = None,
    every_rule: Annotated[bool, typer.Option("--every-rule")] = False,
) -> None:
    """Say why somebody was asked, or why nobody is, and what anything else would have taken."""
    if (position is None) == (leg is None) or (as_of is not None and leg is None):
        raise Failure("position_or_leg")
    with run.log() as log:
        found: Explanation | Unserved | TakenBack | LegStanding
        if position is not None:
            found = why(log, _named(position), person=instead, every_rule=every_rule)
        else:
            found = why_leg(log, leg or "", at=until_of(as_of, "--at"), person=instead, every_rule=every_rule)
        positions = _decisions_of(found)
        decisions = [why(log, decided, person=instead) for decided in positions]
        if run.json:
            run.emit({"found": found, "decisions": decisions})
            return
        told = WhyWords(run.words, _zone(log, found.community))
    for one in (found, *decisions):
        _tell(run, told, one)
    if instead is not None and isinstance(found, LegStanding) and not decisions:
        run.note("why.nobody_chosen")


def _decisions_of(found: Explanation | Unserved | TakenBack | LegStanding) -> tuple[int, ...]:
    """Return the decisions that are told as well: by which somebody has a leg, or had the offer that was taken back."""
    match found:
        case LegStanding():
            return found.decisions
        case TakenBack(decision=int() as decision):
            return (decision,)
        case _:
            return ()


def _named(text: str) -> int | str:
    """Read a position of the log, or the id of an offer."""
    if text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS_MAX and int(text):
        return int(text)
    if "#" not in text:
        raise Failure("position_or_leg")
    return text


def show_what_if(
    run: Run, position: Annotated[int, typer.Argument(min=1)], *, policy: Annotated[str, typer.Option()]
) -> None:
    """Say who would have been asked under another policy; nothing is written."""
    other = _policy(run.words, policy)
    with run.log() as log:
        found = what_if(log, position, other)
        if run.json:
            run.emit(found)
            return
        told = WhyWords(run.words, _zone(log, found.community))
    _tell(run, told, found)


def _policy(words: Words, text: str) -> Policy:
    """Return a policy that comes with the program, by its name, or the one in a file."""
    if text in SHIPPED:
        return SHIPPED[text]
    path = Path(text)
    if not path.is_file():
        raise Failure("no_policy", name=text, known=", ".join(SHIPPED))
    return read_policy(words, path)


def _zone(log: Log, community: str) -> str:
    """Return the time zone of a community, from the log alone."""
    first = next(log.rows(community=community, topics=(REGISTERED,)))
    lines = timeline(log, community, at=first.position)
    return next(str(line.params["time_zone"]) for line in lines if line.topic == REGISTERED)


def _tell(run: Run, told: WhyWords, found: Why) -> None:
    for sentence in told.told(found):
        run.show(sentence)
    if isinstance(found, Explanation):
        others = [one for one in (found.second, found.instead) if one is not None and one.rise]
        if others:
            run.show(_table(run, told, found, others=others))
    if isinstance(found, TakenBack) and found.kept:
        run.show(_kept(run, told, found))


def _kept(run: Run, told: WhyWords, found: TakenBack) -> Table:
    """Return the levels one below the other: what the plan would have cost more had an offer stayed."""
    words = run.words
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(words("why_table.level"))
    table.add_column(words("why_table.kept"), justify="right")
    for level in found.caps:
        table.add_row(words.code("policy_level", level), told.signed(level, found.kept))
    return table


def _table(run: Run, told: WhyWords, found: Explanation, *, others: Sequence[Alternative]) -> Table:
    """Return the levels one below the other: who was asked, who else might have been, and what that would take."""
    words = run.words
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(words("why_table.level"))
    for responder in (found.responder, *(one.responder for one in others)):
        table.add_column(words("why_table.chosen", responder=responder))
    for one in others:
        table.add_column(words("why_table.rise", responder=one.responder), justify="right")
    nothing = words("format.nothing")
    for level in found.caps:
        values = [levels.get(level) for levels in (found.chosen, *(one.levels for one in others))]
        shown = [nothing if value is None else told.value(level, value, found.caps) for value in values]
        table.add_row(words.code("policy_level", level), *shown, *(told.signed(level, one.rise) for one in others))
    return table
