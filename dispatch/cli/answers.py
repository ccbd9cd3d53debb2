"""Commands about offers and the work they become."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch import Drained, RequestId, ResponderId

from .commands import command
from .exits import Exit
from .failures import Failure
from .run import Run, spoken

TAKEN = ("Taken", "Mustered", "EnRoute", "OnScene")
"""States of a leg that somebody does."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "match", panel="daily")(match)
    command(app, "accept", panel="daily")(accept)
    command(app, "decline", panel="daily")(decline)
    command(app, "complete", panel="daily")(complete)
    command(app, "fail", panel="work")(fail)
    command(app, "release", panel="work")(release)


def match(run: Run) -> int:
    """Share out what waits, and fire what is due."""
    engine = run.engine
    chosen = run.chosen_community
    drained = engine.tick().drained if chosen is None else (engine.drain(chosen),)
    if run.json:
        run.emit(drained)
    else:
        for one in drained:
            _tell(run, one)
        if not drained:
            run.say("cli.nothing_due")
    return Exit.DAMAGED if any(one.parked for one in drained) else Exit.DONE


def _tell(run: Run, drained: Drained) -> None:
    if drained.parked:
        run.note("cli.parked", community=drained.community)
        return
    zone = run.engine.register_of(drained.community).time_zone
    for offer in drained.offers:
        run.say(
            "cli.assigned" if offer.staff else "cli.offered",
            leg=run.words.code("leg", offer.leg.rpartition("/")[2]),
            responder=offer.responder,
            offer=offer.offer,
            until=run.words.moment(offer.answer_by, zone),
        )
    run.say("cli.drained", community=drained.community, offers=len(drained.offers), unserved=drained.unserved)
    if not drained.complete:
        run.say("cli.drain_again")


def accept(run: Run, offer: Annotated[str, typer.Argument()], *, responder: str | None = None) -> None:
    """Accept an offer, or acknowledge an assignment."""
    found, who = offer_named(run, offer, responder)
    run.answered(run.engine.accept(run.community, found, responder=who, **spoken(run, who)))


def decline(
    run: Run, offer: Annotated[str, typer.Argument()], *, responder: str | None = None, reason: str = "not_now"
) -> None:
    """Decline an offer, or return an assignment."""
    found, who = offer_named(run, offer, responder)
    run.answered(run.engine.decline(run.community, found, responder=who, reason=reason, **spoken(run, who)))


def complete(
    run: Run, leg: Annotated[str, typer.Argument()], *, responder: str | None = None, outcome: str = "success"
) -> None:
    """Report a leg finished."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.complete(run.community, request, name, responder=who, outcome=outcome, **spoken(run, who))
    run.answered(answer)


def fail(
    run: Run,
    leg: Annotated[str, typer.Argument()],
    *,
    outcome: Annotated[str, typer.Option()],
    responder: str | None = None,
) -> None:
    """Report a leg tried and not finished."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.fail(run.community, request, name, outcome=outcome, responder=who, **spoken(run, who))
    run.answered(answer)


def release(
    run: Run, leg: Annotated[str, typer.Argument()], *, reason: str = "called_away", responder: str | None = None
) -> None:
    """Give a taken leg back."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.release(run.community, request, name, reason=reason, responder=who, **spoken(run, who))
    run.answered(answer)


def offer_named(run: Run, text: str, responder: str | None) -> tuple[str, ResponderId | None]:
    """
    Return the offer that is meant and who holds it: q-…#2, or q-… when the request has a single open one.

    Raises
    ------
    Failure
        A request with no open offer or several.
    """
    who = ResponderId(responder) if responder else None
    request = RequestId(text.partition("#")[0])
    state = run.engine.request(run.community, request)
    asks = [ask for leg in state.legs for ask in leg.asks]
    if "#" in text:
        held = next((ask.responder for ask in asks if ask.offer == text), None)
        return text, who or held
    open_ = [ask for ask in asks if not ask.accepted and who in (None, ask.responder)]
    if len(open_) != 1:
        raise Failure("which_offer", Exit.REFUSED, offers=", ".join(ask.offer for ask in open_) or "—")
    return open_[0].offer, open_[0].responder


def leg_named(run: Run, text: str, responder: str | None) -> tuple[RequestId, str, ResponderId | None]:
    """
    Return the leg that is meant and who does it: q-…/inside, or q-… when a single leg is taken.

    Raises
    ------
    Failure
        A request with no taken leg or several.
    """
    who = ResponderId(responder) if responder else None
    request, slash, name = text.partition("/")
    state = run.engine.request(run.community, RequestId(request))
    if not slash:
        taken = [leg.plan.name for leg in state.legs if type(leg).__name__ in TAKEN]
        if len(taken) != 1:
            legs = ", ".join(f"{request}/{leg.plan.name}" for leg in state.legs)
            raise Failure("which_leg", Exit.REFUSED, legs=legs or "—")
        name = taken[0]
    leg = state.leg(name)
    held = leg.asks[0].responder if leg is not None and leg.asks else None
    return RequestId(request), name, who or held
