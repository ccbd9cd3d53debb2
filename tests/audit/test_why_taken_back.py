"""Why an offer was taken back: by the plan, with a crew, by a rule or by somebody; and who was overtaken for whom."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from dispatch import Actor, NumberedIds, Role, Urgency
from dispatch.audit import Explanation, TakenBack, Unserved, Why, WhyWords, open_log, why, why_leg
from dispatch.audit.alternatives import all_levels
from dispatch.audit.taken_back import BECAUSE, CREW, FOR_ANOTHER, RULE, SAID
from dispatch.domain.help_request import RequestEscalated
from dispatch.domain.leg import OfferWithdrawn
from dispatch.domain.match_run import MatchDecided
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.matching.flow import solve
from dispatch.matching.queues import Prices
from dispatch.matching.reasoning import Reasoning, reasoning
from dispatch.store.recorded import Recorded
from dispatch.words import LANGUAGES, Words
from tests.audit.tampering import Tampered
from tests.engine.town import HERE, TOWER, Town, town_on

IDS = re.compile(r"[qr]-[0-9a-f]+(?:#\d+)?|dispatch audit \w+(?: \d+)?|duty-\d|desk-\d")
RAW = re.compile(r"[a-z]+_[a-z_]+|[{}]|None|unknown")
LATIN = re.compile(r"[A-Za-z]{2,}")


BEYOND = 10**120
"""More than any plan costs."""


def spoken(found: Why) -> tuple[str, ...]:
    """Word something in each language: nothing raw is left, and nothing of Latin letters in Chinese."""
    told: tuple[str, ...] = ()
    for language in LANGUAGES:
        told = WhyWords(Words(language), "Asia/Shanghai").told(found)
        for sentence in told:
            left = IDS.sub("", sentence)
            assert not RAW.search(left), sentence
            assert language == "en" or not LATIN.search(left), sentence
    return WhyWords(Words("en"), "Asia/Shanghai").told(found)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the address of a store."""
    return f"sqlite:///{tmp_path}/back.db"


@pytest.fixture
def late(url: str) -> Iterator[Town]:
    """Give a community that binds late and has one cadre to ask."""
    with town_on(url) as town:
        town.engine.adopt_policy(HERE, EVERYDAY_LATE)
        for away in (town.captain, town.volunteer, town.driver):
            town.engine.drop_out(HERE, away)
        town.tick()
        yield town


def withdrawn(town: Town) -> list[Recorded]:
    """Return the offers that were taken back."""
    return [event for event in town.engine.subscribe(after=0) if isinstance(event.fact, OfferWithdrawn)]


def only(town: Town, url: str) -> TakenBack:
    """Return the explanation of the one offer that was taken back."""
    (event,) = withdrawn(town)
    with open_log(url) as log:
        found = why(log, event.position)
    assert isinstance(found, TakenBack)
    return found


def test_for_a_threat_to_life(late: Town, url: str) -> None:
    """It says for which leg, by which level that ranks above changes, and who would have waited had it stayed."""
    errand = late.open("check_in", urgency=Urgency.NONE)
    (first,) = late.tick().values()
    late.clock.forward(minutes=3)
    danger = late.open("check_in", urgency=Urgency.LIFE)
    late.tick()
    found = only(late, url)
    assert (found.because, found.offer, found.responder) == (FOR_ANOTHER, first.offer, late.cadre)
    assert (found.instead, found.instead_urgency) == (f"{danger}/visit", Urgency.LIFE)
    assert (found.decisive, found.is_proven) == ("life_waiting", True)
    assert [(move.leg, move.giver_place, move.taker_place) for move in found.moves] == [(found.instead, 0, 1)]
    assert (found.planned, found.planned_place) == (late.cadre, 1)
    told = spoken(found)
    assert f"{late.cadre} was needed for visit at the door of {danger} instead; urgency threat to life." in told
    assert any("puts «threats to life that wait» above «changes to sent offers»" in sentence for sentence in told)
    with open_log(url) as log:
        assert why(log, first.offer) == found
        made = why(log, found.decision or 0)
    assert isinstance(made, Explanation)
    assert (made.offer, made.leg) == (first.offer, f"{errand}/visit")


def test_a_crew_that_is_not_complete(url: str) -> None:
    """Each offer says why nobody else can go, what would help, and who had said yes already."""
    with town_on(url) as town:
        for _ in range(3):
            town.engine.register_responder(HERE, "volunteer", skills=["stair_carry"], capacity=40)
        town.open("stair_carry", beneficiary=town.high)
        first, second, third = town.engine.tick().offers
        town.engine.accept(HERE, first.offer)
        town.engine.decline(HERE, second.offer)
        town.tick()
        events = withdrawn(town)
    with open_log(url) as log:
        found = [why(log, event.position) for event in events]
    assert len(found) == 2
    for one in found:
        assert isinstance(one, TakenBack)
        assert (one.because, one.is_proven) == (CREW, True)
        assert one.responder in (first.responder, third.responder)
        assert one.accepted == (one.responder == first.responder)
        assert one.lacks is not None
        assert (one.lacks.missing, one.lacks.relaxation) == (1, ("has_the_skills",))
        assert any("said yes" in sentence for sentence in spoken(one)) == one.accepted


def test_by_a_rule_and_by_somebody(url: str) -> None:
    """A rule that forbids it since is looked at again; what a person takes back is their word."""
    with town_on(url) as town:
        town.open("garbage")
        (offer,) = town.tick().values()
        town.engine.set_control_level(HERE, TOWER, "sealed", reason="case_found")
        (offer,) = town.tick().values()
        rule = only(town, url)
        town.engine.grant(HERE, "desk-1", Role.COMMUNITY_WORKER)
        lead = Actor(id="desk-1", role=Role.COMMUNITY_WORKER)
        town.engine.withdraw(HERE, offer.offer, reason="shift_over", by=lead)
        event = withdrawn(town)[-1]
    assert (rule.because, rule.reason, rule.is_proven) == (RULE, "sealed_needs_clearance", True)
    with open_log(url) as log:
        said = why(log, event.position)
    assert isinstance(said, TakenBack)
    assert (said.because, said.by, said.is_proven) == (SAID, "desk-1", None)
    assert any("desk-1" in sentence for sentence in spoken(said))
    assert spoken(rule)
    assert {FOR_ANOTHER, CREW, rule.because, said.because} == set(BECAUSE)


def busy_morning(town: Town, seed: int) -> None:
    """Let requests come to four who may go, some of them threats to life; nobody answers, so offers can be moved."""
    draw, engine = Random(seed), town.engine
    engine.adopt_policy(HERE, EVERYDAY_LATE)
    for floor in range(2, 5):
        engine.register_responder(HERE, "cadre", home=f"{TOWER}{floor}层", capacity=draw.choice([10, 40]))
    for _ in range(24):
        urgency = draw.choice([Urgency.NONE, Urgency.NONE, Urgency.HARDSHIP, Urgency.LIFE])
        town.open("check_in", beneficiary=draw.choice([town.resident, town.high]), urgency=urgency)
        town.tick()
        town.clock.forward(minutes=draw.choice([1, 2]))


def solved_again(run: Reasoning, found: TakenBack) -> tuple[int, ...]:
    """Return by how much the whole costs more when it is solved from cold with the offer where it was."""
    placed = run.placed
    assert placed.scale is not None
    assert placed.flow is not None
    anybody = next(iter(run.people.values()))
    prices = Prices(anybody.levels, placed.scale, anybody.policy.places_max)
    legs = [(one, None) for one in run.demands if one.leg in placed.legs]
    sent = [(one.demand, one.ask.responder) for one in run.sent.offers]
    supplies = {one.leg: prices.supply(one, placed.queues, asked=asked) for one, asked in (*legs, *sent)}
    queue, there = placed.queues[found.responder], supplies[found.leg]
    now = {node for node, place in queue.nodes if queue.is_now(place)}
    supplies[found.leg] = replace(there, unserved=BEYOND, arcs=tuple(arc for arc in there.arcs if arc[0] in now))
    slots = [slot for queue in placed.queues.values() for slot in queue.slots(prices)]
    return placed.scale.decode(solve(list(supplies.values()), slots).cost - placed.flow.cost)


def test_had_it_stayed_is_what_solving_again_gives(tmp_path: Path) -> None:
    """On random days each price equals that of solving the whole board again with the leg kept where it was asked."""
    decided_by: Counter[str | None] = Counter()
    for seed in range(6):
        url = f"sqlite:///{tmp_path}/{seed}.db"
        with town_on(url, ids=NumberedIds()) as town, open_log(url) as log:
            busy_morning(town, seed)
            for event in withdrawn(town):
                found = why(log, event.position)
                assert isinstance(found, TakenBack)
                assert (found.because, found.is_proven) == (FOR_ANOTHER, True)
                run = reasoning(town.engine.board_of(HERE, position=found.as_of), EVERYDAY_LATE, found.at)
                assert found.kept == all_levels(EVERYDAY_LATE, solved_again(run, found))
                assert spoken(found)
                decided_by[found.decisive] += 1
    assert decided_by["life_waiting"] > 5


def test_an_altered_withdrawal_is_found(late: Town, tmp_path: Path) -> None:
    """Another leg, another reason or no matcher written into it: `why` does not prove it, and the replay says so."""
    late.open("check_in", urgency=Urgency.NONE)
    late.tick()
    late.clock.forward(minutes=3)
    late.open("check_in", urgency=Urgency.LIFE)
    late.tick()
    (event,) = withdrawn(late)
    late.engine.close()
    held = Tampered(tmp_path / "back.db", tmp_path / "copy.db")
    (row,) = held.rows("position = ?", (event.position,))
    changed = {
        rb'"instead":"q-[^"]+"': (b'"instead":"q-0/visit"', "altered"),
        rb'"needed_more_urgently"': (b'"crew_collapsed"', "altered"),
        rb'"matcher":3': (b'"matcher":2', "unknown_matcher"),
    }
    for old, (new, code) in changed.items():
        held.put(row._replace(state=re.sub(old, new, row.state)))
        with open_log(held.url) as log:
            found = why(log, event.position)
        assert isinstance(found, TakenBack)
        assert not found.is_proven
        report = held.replay()
        assert code in {finding.code for finding in (*report.findings, *report.unchecked)}


def test_who_is_overtaken_and_why(url: str) -> None:
    """A decision names who waits more urgently, and what going there would cost; a call about it names them all."""
    policy = EVERYDAY_LATE.model_copy(update={"version": 3, "overtaken_max": 1})
    with town_on(url) as town:
        engine = town.engine
        engine.adopt_policy(HERE, policy)
        for away in (town.captain, town.volunteer, town.cadre, town.driver):
            engine.drop_out(HERE, away)
        own = engine.register_responder(HERE, "cadre", home=f"{TOWER}5层", capacity=10)
        town.open("check_in")
        (busy,) = town.tick().values()
        engine.accept(HERE, busy.offer)
        other = engine.register_responder(HERE, "cadre", home=f"{TOWER}3层", capacity=10)
        near = engine.register_resident(HERE, f"{TOWER}301")
        waits = f"{town.open('check_in')}/visit"
        town.clock.forward(minutes=4)
        for _ in range(2):
            younger = f"{town.open('check_in', beneficiary=near)}/visit"
            offers = town.tick()
            assert {leg: one.responder for leg, one in offers.items()} == {younger: other}
            town.serve(younger, offers)
        town.tick()
        events = list(engine.subscribe(after=0))
    passing = [e.position for e in events if isinstance(e.fact, MatchDecided) and e.fact.overtook]
    (called,) = (e.position for e in events if isinstance(e.fact, RequestEscalated) and e.fact.reason == "overtaken")
    with open_log(url) as log:
        decided, short = [why(log, position) for position in passing], why(log, called)
        assert why_leg(log, waits, at=called) == short
    for one in decided:
        assert isinstance(one, Explanation)
        assert one.is_proven
        (passed,) = one.overtook
        assert (passed.leg, passed.waits_for, passed.place, passed.decisive) == (waits, own, 1, "waiting")
        assert any(f"{own} has it in the plan, after 1 other legs" in sentence for sentence in spoken(one))
    assert isinstance(short, Unserved)
    assert (short.passed_by, short.overtaken, len(passing)) == (tuple(passing), 2, 2)
    assert any(str(passing[0]) in sentence for sentence in spoken(short))
