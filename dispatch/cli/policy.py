"""Commands about policies: which there are, what each does in plain words, and adopting one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Table

from dispatch import SHIPPED_POLICIES, BadPolicy, Measure, Policy, Urgency, shipped_policy
from dispatch.words import Words

from .commands import command
from .failures import Failure
from .run import Run


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    policy = typer.Typer(no_args_is_help=True)
    command(policy, "list", panel="office")(listed)
    command(policy, "show", panel="office")(show)
    command(policy, "adopt", panel="office")(adopt)
    app.add_typer(policy, name="policy", rich_help_panel="office")


def listed(run: Run) -> None:
    """Show the policies there are, and which is in force."""
    now = run.engine.policy(run.community)
    known = [*SHIPPED_POLICIES, *([now] if now not in SHIPPED_POLICIES else [])]
    if run.json:
        run.emit([_named(policy) | {"in_force": policy == now} for policy in known])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "version", "state", "digest", "about"):
        table.add_column(run.words(f"cli.policy.{column}"))
    for policy in known:
        state = "in_force" if policy == now else "not_in_force"
        about = _about(run.words, policy)
        table.add_row(policy.name, str(policy.version), run.words(f"policy.{state}"), policy.digest(), about)
    run.show(table)


def show(run: Run, name: Annotated[str | None, typer.Argument()] = None, *, version: int | None = None) -> None:
    """Tell what a policy does, and in which order it decides."""
    policy = run.engine.policy(run.community) if name is None else shipped_policy(name, version)
    if run.json:
        run.emit(policy.model_dump(mode="json"))
        return
    for line in plain(run.words, policy):
        run.show(line)


def adopt(
    run: Run,
    name: Annotated[str | None, typer.Argument()] = None,
    *,
    version: int | None = None,
    file: str | None = None,
) -> None:
    """Share work out under another policy from now on."""
    if (name is None) is (file is None):
        raise Failure("no_policy_named", option="--file")
    policy = shipped_policy(name, version) if name is not None else read_policy(run.words, Path(file or ""))
    run.answered(run.engine.adopt_policy(run.community, policy, by=run.by))


def _named(policy: Policy) -> dict[str, Any]:
    return {"name": policy.name, "version": policy.version, "digest": policy.digest()}


def _about(words: Words, policy: Policy) -> str:
    is_ours = any(policy.name == known.name for known in SHIPPED_POLICIES)
    return words(f"policy_about.{policy.name}") if is_ours else ""


def read_policy(words: Words, path: Path) -> Policy:
    """
    Read a policy from a file.

    Raises
    ------
    Failure
        What is wrong with it, by field, and of levels and tiers by their names.
    """
    try:
        return Policy.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, BadPolicy):
            problem = words(f"policy_wrong.{cause.code}", **cause.fields)
            raise Failure("policy_order", file=path.name, problem=problem) from None
        field = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise Failure("policy_field", file=path.name, field=field) from None
    except (OSError, UnicodeDecodeError):
        raise Failure("policy_unreadable", file=path.name) from None


def plain(words: Words, policy: Policy) -> Iterator[str]:
    """Yield what a policy does, in plain words, a line each."""
    yield words("policy.title", name=policy.name, version=policy.version)
    if about := _about(words, policy):
        yield about
    yield words("policy.digest", digest=policy.digest())
    yield words("policy.order")
    for number, level in enumerate(policy.levels, start=1):
        yield words("policy.step", number=number, text=words(f"policy_step.{level.name}"))
    yield from _waiting(words, policy)
    yield from _people(words, policy)
    yield from _opening(words, policy)


def _waiting(words: Words, policy: Policy) -> Iterator[str]:
    unserved = next(level for level in policy.levels if level.name == "unserved")
    points = {str(urgency): unserved.weight(Measure(urgency)) for urgency in Urgency}
    yield words("policy.points", **points)
    yield words(
        "policy.ageing",
        time=words.duration(policy.ageing_s),
        green=words.duration(policy.ageing_s // 2),
        points=unserved.weight(Measure.AGEING),
    )


def _people(words: Words, policy: Policy) -> Iterator[str]:
    yield words(
        "policy.answers",
        volunteers=words.duration(policy.respond_within_s),
        staff=words.duration(policy.acknowledge_within_s),
    )
    yield words("policy.ahead", count=policy.offers_ahead_max)
    if policy.paper_ahead_max:
        yield words("policy.paper", count=policy.paper_ahead_max)
    if policy.plan_ahead_max:
        yield words("policy.plan", count=policy.plan_ahead_max)
    if policy.changes_offers:
        yield words("policy.freeze", time=words.duration(policy.freeze_s))
    yield words("policy.load", percent=policy.load_band_percent, days=policy.burden_days)
    if any(level.name == "load_band" and level.weight(Measure.ASKED) for level in policy.levels):
        yield words("policy.asked")
    yield words("policy.continuity", days=policy.continuity_days, count=policy.continuity_max)
    if policy.continuity_decay_days:
        yield words("policy.fades", days=policy.continuity_decay_days)


def _opening(words: Words, policy: Policy) -> Iterator[str]:
    tiers = policy.tiers
    waiting = [urgency for urgency in Urgency if tiers.reserve_s[urgency.rank]]
    if not waiting:
        yield words("policy.at_once")
    for urgency in waiting:
        yield words(
            "policy.opens",
            urgency=words.code("urgency", urgency),
            compound=words.duration(tiers.compound_s[urgency.rank]),
            community=words.duration(tiers.community_s[urgency.rank]),
            reserve=words.duration(tiers.reserve_s[urgency.rank]),
        )
    if policy.reserve.is_kept:
        yield words(
            "policy.reserve",
            building=policy.reserve.building_people,
            community=policy.reserve.community_people,
            share=policy.reserve.share_percent,
            hardship=words.duration(policy.reserve.opens_s[0]),
            none=words.duration(policy.reserve.opens_s[1]),
        )
