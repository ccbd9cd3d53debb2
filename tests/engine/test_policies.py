"""Policies through the façade: adopted, asked for as of then, refused by name; tiers and the kept few in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from dispatch import (
    BEGINS_WITH,
    EVERYDAY,
    EVERYDAY_LATE,
    EVERYDAY_LEVELS,
    MEDICAL_FIRST,
    SURGE,
    Dispatch,
    NumberedIds,
    Policy,
    Reserve,
    ShortfallFound,
    TierTimes,
    VirtualClock,
    shipped_policy,
)
from dispatch.audit import open_log, replay, violations
from dispatch.domain.community import PolicyAdopted
from tests.engine.town import refusal_of

HERE = "riverside"
START = datetime(2022, 5, 16, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> VirtualClock:
    """Give a clock of our own."""
    return VirtualClock(START)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give an empty store."""
    return f"sqlite:///{tmp_path_factory.mktemp('policies')}/community.db"


@pytest.fixture
def engine(store: str, clock: VirtualClock) -> Iterator[Dispatch]:
    """Give a community of two towers; afterwards every decision is replayed and every invariant holds."""
    with Dispatch.open(store, clock=clock, ids=NumberedIds()) as opened:
        opened.register_community(HERE, name="河畔社区", duty="duty-desk")
        for building in ("11号楼", "12号楼"):
            opened.register_building(HERE, building, floors=6, lift=True)
        yield opened
    with open_log(store) as log:
        assert replay(log).ok
        assert violations(log) == ()


def test_a_community_that_names_no_policy_begins_with_everyday_2(engine: Dispatch) -> None:
    """What is recorded is the latest `everyday`, whole; the log of another that began with 1 says so still."""
    assert BEGINS_WITH == EVERYDAY_LATE == shipped_policy("everyday")
    assert engine.policy(HERE) == EVERYDAY_LATE
    adopted = [event.fact for event in engine.journal.read() if isinstance(event.fact, PolicyAdopted)]
    assert [fact.policy for fact in adopted] == [EVERYDAY_LATE]
    engine.register_community("hillside", name="山坡社区", duty="duty-desk", policy=EVERYDAY)
    assert engine.policy("hillside") == EVERYDAY


def test_whoever_has_an_offer_to_answer_is_asked_for_nothing_else(engine: Dispatch) -> None:
    """A community that names no policy offers one leg at a time; version 1 offers up to three."""
    engine.register_responder(HERE, "volunteer", home="11号楼2层", capacity=10)
    for door in ("301", "302", "303", "304"):
        engine.open_request(HERE, "garbage", address=f"11号楼{door}")
    assert len(engine.tick().offers) == 1
    assert engine.tick().offers == ()
    engine.adopt_shipped_policy(HERE, "everyday", version=1)
    assert len(engine.tick().offers) == 2


def test_the_policy_as_of_then(engine: Dispatch, clock: VirtualClock) -> None:
    """Adopted by name, told as of an instant or a position; adopting it again is nothing new."""
    before = engine.position()
    clock.move_to(START + MINUTE)
    assert engine.adopt_shipped_policy(HERE, "surge").events
    assert engine.adopt_shipped_policy(HERE, "surge", version=1).events == ()
    assert engine.policy(HERE) == SURGE
    assert engine.policy(HERE, as_of=before) == BEGINS_WITH
    assert engine.policy(HERE, as_of=START) == BEGINS_WITH
    engine.adopt_policy(HERE, shipped_policy("medical_first"))
    assert engine.policy(HERE) == MEDICAL_FIRST
    assert refusal_of(lambda: engine.policy("nowhere")).code == "unknown_community"


def test_a_version_keeps_its_content(engine: Dispatch) -> None:
    """What was once in force under a name and version comes back as it was, or not at all."""
    ours = Policy(name="ours", version=1, respond_within_s=900)
    engine.adopt_policy(HERE, ours)
    engine.adopt_shipped_policy(HERE, "surge")
    other = ours.model_copy(update={"respond_within_s": 800})
    assert refusal_of(partial(engine.adopt_policy, HERE, other)).code == "policy_version"
    assert engine.adopt_policy(HERE, ours).events
    assert engine.policy(HERE) == ours
    assert engine.adopt_policy(HERE, other.model_copy(update={"version": 2})).events


@pytest.mark.parametrize(("name", "version"), [("nearest_first", None), ("surge", 99), ("", None)])
def test_a_policy_that_does_not_come_with_the_engine(engine: Dispatch, name: str, version: int | None) -> None:
    """Refused by name; nothing is adopted."""
    refused = refusal_of(lambda: engine.adopt_shipped_policy(HERE, name, version=version))
    assert refused.code == "unknown_policy"
    assert "surge 1" in refused.message
    assert engine.policy(HERE) == BEGINS_WITH


def test_bad_levels_are_refused_with_their_names(engine: Dispatch) -> None:
    """A copy with changes is checked when it is adopted."""
    for levels, named in (
        (EVERYDAY_LEVELS[::-1], "tie stands before life_waiting"),
        ((*EVERYDAY_LEVELS[:-1], *EVERYDAY_LEVELS[5:]), "load_band, own_floor stands twice"),
        (EVERYDAY_LEVELS[:-1], "tie is missing"),
        (tuple(level.model_copy(update={"cap": 1}) for level in EVERYDAY_LEVELS), "life_waiting is capped at 1"),
    ):
        refused = refusal_of(partial(engine.adopt_policy, HERE, EVERYDAY.model_copy(update={"levels": levels})))
        assert refused.code == "bad_input"
        assert named in refused.message
    assert engine.policy(HERE) == BEGINS_WITH


def test_a_tier_opens_while_nobody_does_anything(engine: Dispatch, clock: VirtualClock) -> None:
    """The engine says when it looks again; then the next tier is asked, and the shortfall before said why not."""
    tiers = TierTimes(compound_s=(0, 0, 0, 600), community_s=(0, 0, 0, 600), reserve_s=(0, 0, 0, 600))
    engine.adopt_policy(HERE, Policy(name="everyday", version=3, tiers=tiers))
    far = engine.register_responder(HERE, "volunteer", home="12号楼2层")
    engine.open_request(HERE, "garbage", address="11号楼301")
    assert engine.tick().offers == ()
    (short,) = [event.fact for event in engine.journal.read() if isinstance(event.fact, ShortfallFound)]
    assert short.relaxation == ("tier_is_open",)
    opens = engine.next_change_at(HERE)
    assert opens == START + 10 * MINUTE
    clock.move_to(opens)
    assert [offer.responder for offer in engine.tick().offers] == [far]


def test_the_kept_few_are_for_the_urgent(engine: Dispatch, clock: VirtualClock) -> None:
    """Garbage waits for the hour at which it may have them; medicine that comes later does not."""
    reserve = Reserve(community_people=1, share_percent=100, opens_s=(1_800, 3_600))
    engine.adopt_policy(HERE, Policy(name="everyday", version=3, reserve=reserve, offers_ahead_max=1))
    kept = engine.register_responder(HERE, "volunteer", home="11号楼2层")
    engine.open_request(HERE, "garbage", address="11号楼301")
    assert engine.tick().offers == ()
    clock.move_to(START + MINUTE)
    medicine = engine.open_request(HERE, "medicine", address="11号楼302")
    (offer,) = engine.tick().offers
    assert (offer.responder, offer.leg.split("/")[0]) == (kept, medicine)
    engine.decline(HERE, offer.offer, reason="busy")
    assert engine.tick().offers == ()
    clock.move_to(START + 60 * MINUTE)
    assert [one.leg.split("/")[0] == medicine for one in engine.tick().offers] == [False]
