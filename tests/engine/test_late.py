"""Late binding through the façade: one leg at a time, changes that say why, and a log that replays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from dispatch import Offer, RequestId, Urgency
from dispatch.audit import open_log, replay, stranded, violations
from dispatch.domain.leg import OfferWithdrawn
from dispatch.domain.match_run import MatchDecided, ShortfallFound
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.values import Fact
from tests.engine.town import HERE, Town, town_on


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Town]:
    """Give a community that binds late and has one cadre to ask, in a file."""
    with town_on(f"sqlite:///{tmp_path}/late.db") as town:
        town.engine.adopt_policy(HERE, EVERYDAY_LATE)
        for away in (town.captain, town.volunteer, town.driver):
            town.engine.drop_out(HERE, away)
        town.tick()
        yield town


def problems(path: Path) -> list[str]:
    """Return whatever does not replay byte for byte or breaks an invariant."""
    with open_log(f"sqlite:///{path}/late.db") as log:
        return [str(finding) for finding in replay(log).findings] + [str(broken) for broken in violations(log)]


def facts(town: Town, *kinds: type[Fact]) -> list[Fact]:
    """Return the facts of some kinds in the log."""
    return [event.fact for event in town.engine.subscribe(after=0) if isinstance(event.fact, kinds)]


def visit(town: Town, urgency: Urgency = Urgency.NONE) -> RequestId:
    """Open a request for a visit."""
    return town.open("check_in", urgency=urgency)


def only(offers: dict[str, Offer]) -> RequestId:
    """Return the request of the one offer that went out."""
    (leg,) = offers
    return RequestId(leg.partition("/")[0])


def test_one_leg_at_a_time(late: Town, tmp_path: Path) -> None:
    """The cadre is asked for one; the next when that is done, by urgency and not by arrival; nobody is short."""
    first = visit(late)
    offers = late.tick()
    assert only(offers) == first
    second, urgent = visit(late), visit(late, Urgency.HARDSHIP)
    assert late.tick() == {}
    for expected in (urgent, second):
        late.serve(next(iter(offers)), offers)
        offers = late.tick()
        assert only(offers) == expected
    assert facts(late, ShortfallFound, OfferWithdrawn) == []
    assert [fact.place for fact in facts(late, MatchDecided) if isinstance(fact, MatchDecided)] == [0, 0, 0]
    assert problems(tmp_path) == []


def test_a_threat_to_life_takes_back_what_was_only_asked(late: Town, tmp_path: Path) -> None:
    """The offer is withdrawn with its reason and the leg that needs the cadre, who is asked again afterwards."""
    errand = visit(late)
    late.tick()
    late.clock.forward(minutes=3)
    danger = visit(late, Urgency.LIFE)
    offers = late.tick()
    assert only(offers) == danger
    (taken,) = facts(late, OfferWithdrawn)
    assert isinstance(taken, OfferWithdrawn)
    assert (taken.reason, taken.instead) == ("needed_more_urgently", next(iter(offers)))
    assert late.request(errand).legs[0].tried == frozenset()
    late.serve(next(iter(offers)), offers)
    assert only(late.tick()) == errand
    assert problems(tmp_path) == []


def test_what_was_just_sent_stays_until_it_is_no_longer_frozen(late: Town) -> None:
    """Within the policy's seconds nothing moves; when they are over the next tick sees it by itself."""
    visit(late)
    late.tick()
    danger = visit(late, Urgency.LIFE)
    assert late.tick() == {}
    soon = late.engine.next_change_at(HERE)
    assert soon is not None
    assert (soon - late.clock.now).total_seconds() <= EVERYDAY_LATE.freeze_s
    late.clock.forward(minutes=2)
    assert only(late.tick()) == danger


def test_accepted_work_stays(late: Town) -> None:
    """Whoever said yes is not called back for a threat to life; a person is alarmed for that anyway."""
    visit(late)
    (offer,) = late.tick().values()
    late.engine.accept(HERE, offer.offer)
    late.clock.forward(minutes=5)
    visit(late, Urgency.LIFE)
    assert late.tick() == {}
    assert facts(late, OfferWithdrawn) == []


def test_who_declined_is_not_asked_again(late: Town) -> None:
    """Taken back by the plan is not declined; declined is."""
    errand = visit(late)
    (offer,) = late.tick().values()
    late.engine.decline(HERE, offer.offer, reason="busy")
    late.clock.forward(minutes=10)
    assert late.tick() == {}
    assert late.request(errand).legs[0].tried == {late.cadre}


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_overtaken_more_often_than_the_policy_allows(seed: int, tmp_path: Path) -> None:
    """Over a random history: each overtaking is recorded with its reason; beyond the cap a person is called (L3)."""
    draw, most = Random(seed), 2
    with town_on(f"sqlite:///{tmp_path}/late.db") as town:
        engine = town.engine
        engine.adopt_policy(HERE, EVERYDAY_LATE.model_copy(update={"version": 3, "overtaken_max": most}))
        open_legs: dict[str, Offer] = {}
        for _ in range(60):
            if draw.random() < 0.6:
                urgency = draw.choice([Urgency.HEALTH, Urgency.HARDSHIP, Urgency.NONE])
                town.open("check_in", beneficiary=draw.choice([town.resident, town.high]), urgency=urgency)
            open_legs |= town.tick()
            open_legs = {leg: offer for leg, offer in open_legs.items() if _is_held(town, offer)}
            for leg in sorted(open_legs):
                if draw.random() < 0.3:
                    town.serve(leg, {leg: open_legs.pop(leg)})
            town.clock.forward(minutes=draw.choice([1, 5]))
        town.tick()
        counted: Counter[str] = Counter()
        for fact in facts(town, MatchDecided):
            assert isinstance(fact, MatchDecided)
            counted.pop(fact.leg, None)
            counted.update(one.leg for one in fact.overtook)
        assert engine.board_of(HERE).match_run.passed == counted
        assert [one for one in stranded(engine.board_of(HERE), town.clock.now) if one.rule == "l3"] == []
        for leg, times in counted.items():
            request = town.request(RequestId(leg.partition("/")[0]))
            assert times <= most or "overtaken" in request.escalated
    assert problems(tmp_path) == []


def _is_held(town: Town, offer: Offer) -> bool:
    request = town.request(RequestId(offer.leg.partition("/")[0]))
    return request.is_matchable and request.leg_holding(offer.offer) is not None
