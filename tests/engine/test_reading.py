"""Reading: sealed fields with a purpose, states as they were, the log for an app's own users, damage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dispatch import CommunityId, CorruptHistory, Dispatch, RequestId, ResidentId, ResponderId
from dispatch.domain.resident import PersonalDataAccessed
from tests.engine.damage import mend, spoil, state_at
from tests.engine.town import (
    DOOR,
    HERE,
    MORNING,
    NAIVE,
    RESIDENT_NAME,
    RESIDENT_PHONE,
    TOWER,
    Clock,
    Town,
    by,
    refusal_of,
    settle,
    town_on,
)

EVERYTHING = {"name": RESIDENT_NAME, "phone": RESIDENT_PHONE, "door": DOOR}


def test_who_has_taken_a_leg_sees_the_door(town: Town) -> None:
    """A captain opens it with a leg taken: not before, not after, and nobody else does."""
    request = town.open("garbage", note="门口两袋")
    captain, other = by(town.captain, "floor_captain"), by(town.volunteer, "volunteer")
    read = partial(town.engine.reveal, HERE, request, purpose="visit", by=captain)
    offer = town.tick()[f"{request}/inside"]
    assert refusal_of(read).code == "no_active_assignment"
    town.engine.accept(HERE, offer.offer, by=captain)
    assert read() == EVERYTHING | {"note": "门口两袋"}
    assert refusal_of(partial(read, by=other)).code == "no_active_assignment"
    town.engine.complete(HERE, request, "inside", by=captain, responder=town.captain)
    assert refusal_of(read).code == "no_active_assignment"


@pytest.mark.parametrize(
    ("who", "role", "code"),
    [
        ("desk", "community_worker", None),
        ("p-self", "resident", None),
        ("p-0", "resident", "not_yourself"),
        ("r-0", "driver", "role_not_held"),
        ("desk-7", "cadre", "role_not_held"),
        ("inspector", "auditor", "not_permitted"),
        ("system", "system", "not_permitted"),
    ],
)
def test_who_may_read_a_resident(quick: Town, who: str, role: str, code: str | None) -> None:
    """The desk, and everybody themselves; an auditor sees pseudonyms only."""
    actor = by(quick.resident if who == "p-self" else who, role)
    read = partial(quick.engine.reveal, HERE, quick.resident, purpose="call_back", by=actor)
    if code is None:
        assert read() == EVERYTHING
    else:
        assert refusal_of(read).code == code


def test_a_reading_is_recorded_before_it_is_shown(town: Town) -> None:
    """Who read what and why is in the log; when that cannot be written, nothing is shown."""
    town.engine.grant(HERE, "desk-7", "cadre", scope=TOWER)
    town.engine.reveal(HERE, town.resident, purpose="complaint", by=by("desk-7", "cadre"))
    (fact,) = (e.fact for e in town.engine.subscribe() if isinstance(e.fact, PersonalDataAccessed))
    assert (fact.reader, fact.purpose, fact.fields) == ("desk-7", "complaint", ("name", "phone", "door"))
    refusal = refusal_of(partial(town.engine.reveal, HERE, town.resident, purpose="because I want to"))
    assert refusal.code == "bad_input"


def test_a_known_command_id_opens_nothing(town: Town) -> None:
    """A second reading under the same id is entitled to nothing by the first one."""
    request = town.open("garbage")
    captain = by(town.captain, "floor_captain")
    town.engine.accept(HERE, town.tick()[f"{request}/inside"].offer, by=captain)
    read = partial(town.engine.reveal, HERE, town.resident, purpose="visit", command_id="one")
    assert read(by=captain) == EVERYTHING
    assert refusal_of(partial(read, by=by(town.volunteer, "volunteer"))).code == "command_id_reused"
    assert read(by=captain) == EVERYTHING
    assert town.topics().count("resident.personal_data_accessed") == 2
    town.engine.release(HERE, request, "inside", reason="sick", responder=town.captain, by=captain)
    assert refusal_of(partial(read, by=captain)).code == "no_active_assignment"


def test_a_responder_is_read_by_the_desk(quick: Town) -> None:
    """A responder's name: the desk and the responder."""
    assert quick.engine.reveal(HERE, quick.captain, purpose="call_back") == {"name": "楼层长乙"}
    me = by(quick.captain, "floor_captain")
    assert quick.engine.reveal(HERE, quick.captain, purpose="call_back", by=me) == {"name": "楼层长乙"}
    other = by(quick.volunteer, "volunteer")
    refusal = refusal_of(partial(quick.engine.reveal, HERE, quick.captain, purpose="call_back", by=other))
    assert refusal.code == "not_yourself"


MALFORMED: tuple[Any, ...] = ("", "王芳", "q-1/../2", "Q-1", "q-1#1", "r-1 ", "p-" + "1" * 99, None, 7, b"q-1", "q-é")


@pytest.mark.parametrize("wrong", MALFORMED)
def test_malformed_ids_are_refused(quick: Town, wrong: Any) -> None:
    """An id that cannot be one is a refusal that does not repeat it, on every verb that takes one."""
    engine, head = quick.engine, quick.engine.position()
    given: Any = wrong or "?"
    asking: list[Callable[[], object]] = [
        partial(engine.request, HERE, wrong),
        partial(engine.responder, HERE, wrong),
        partial(engine.resident, HERE, wrong),
        partial(engine.reveal, HERE, wrong, purpose="visit"),
        partial(engine.erase, HERE, wrong),
        partial(engine.cancel, HERE, wrong, reason="not_needed"),
        partial(engine.complete, HERE, wrong, "inside"),
        partial(engine.accept, HERE, wrong if wrong != "q-1#1" else "q-1#0"),
        partial(engine.accept, HERE, "q-1#1", responder=given),
        partial(engine.withdraw, HERE, wrong if wrong != "q-1#1" else "q-1#0", reason="other_plan"),
        partial(engine.begin_isolation, HERE, wrong),
        partial(engine.exclude, HERE, quick.resident, responder=given),
        partial(engine.open_request, HERE, "food", beneficiary=given, note="n"),
        partial(engine.set_capacity, HERE, wrong, 5),
        partial(engine.register_responder, HERE, "cadre", resident=given),
        partial(engine.register_building, HERE, "9座", floors=3, lift=True, compound=given),
    ]
    for ask in asking:
        refusal = refusal_of(ask)
        assert refusal.code in ("malformed_id", "bad_input"), ask
        assert not wrong or str(wrong) not in str(refusal)
    assert engine.position() == head


COMMUNITIES: tuple[Any, ...] = ("", "王芳的社区", "River", "a/b", "-a", "a" * 41, None, 7, "a b", "a\n")


@pytest.mark.parametrize("wrong", COMMUNITIES)
def test_malformed_communities_are_refused(quick: Town, wrong: Any) -> None:
    """So is a community's id."""
    engine = quick.engine
    for ask in (
        partial(engine.register_community, wrong, name="X", duty="desk"),
        partial(engine.register_of, wrong),
        partial(engine.open_request, wrong, "food", beneficiary=quick.resident),
        partial(engine.board, wrong),
        partial(engine.timeline, wrong),
        partial(engine.drain, wrong),
        partial(engine.next_change_at, wrong),
        partial(engine.batch, wrong),
        partial(engine.find_resident, wrong, phone=RESIDENT_PHONE),
        partial(engine.erase, wrong, quick.resident),
    ):
        refusal = refusal_of(ask)
        assert refusal.code == "bad_community_id", ask
        assert not wrong or str(wrong) not in str(refusal)


def test_unknown_ids_are_refused(quick: Town) -> None:
    """Well formed and unknown: a refusal that says so."""
    engine = quick.engine
    assert refusal_of(partial(engine.request, HERE, RequestId("q-0"))).code == "unknown_request"
    assert refusal_of(partial(engine.resident, HERE, ResidentId("p-0"))).code == "unknown_resident"
    assert refusal_of(partial(engine.responder, HERE, ResponderId("r-0"))).code == "unknown_responder"
    assert refusal_of(partial(engine.reveal, HERE, "p-0", purpose="visit")).code == "unknown_id"
    assert refusal_of(partial(engine.accept, HERE, "q-0#1")).code == "unknown_request"
    assert refusal_of(partial(engine.open_request, "hillside", "food", address="11号楼501")).code == "unknown_community"


def test_states_as_they_were(town: Town) -> None:
    """By position and by instant: what was known then, for requests, responders and residents."""
    engine, born = town.engine, town.engine.position()
    town.clock.forward(minutes=10)
    request = town.open("garbage")
    opened = engine.position()
    town.clock.forward(minutes=10)
    town.engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    town.clock.forward(minutes=10)
    engine.begin_isolation(HERE, town.resident)

    def at(as_of: Any) -> str:
        return type(engine.request(HERE, request, as_of=as_of)).__name__

    assert refusal_of(partial(at, born)).code == "unknown_request"
    assert refusal_of(partial(at, MORNING)).code == "unknown_request"
    assert at(opened) == at(MORNING + timedelta(minutes=10)) == at(MORNING + timedelta(minutes=19)) == "AwaitingHelp"
    assert at(None) == at(MORNING + timedelta(minutes=20)) == at(10**9) == at(engine.position()) == "UnderWay"
    assert engine.responder(HERE, town.captain, as_of=opened).load == 0
    assert engine.responder(HERE, town.captain).load == 1
    assert not engine.resident(HERE, town.resident, as_of=MORNING + timedelta(minutes=29)).isolated
    assert engine.resident(HERE, town.resident, as_of=MORNING + timedelta(minutes=30)).isolated
    assert refusal_of(partial(at, NAIVE)).code == "bad_input"
    assert refusal_of(partial(at, "yesterday")).code == "bad_input"


def test_the_whole_picture_as_it_was(town: Town) -> None:
    """A board at a position is the fold up to there."""
    empty = town.engine.position()
    request = town.open("garbage")
    opened = town.engine.position()
    town.engine.cancel(HERE, request, reason="not_needed")
    assert set(town.engine.board_of(HERE, position=opened).requests) == {request}
    assert set(town.engine.board_of(HERE, position=empty).requests) == set()
    assert set(town.engine.board_of(HERE).requests) == set()
    assert town.engine.board_of(HERE).position == town.engine.position()


def test_subscribing_gives_every_event_once_in_order(town: Town) -> None:
    """From any position, with nothing skipped; of one community or of all."""
    town.engine.register_community("hillside", name="Hillside", duty="desk")
    town.open("garbage")
    every = list(town.engine.subscribe())
    assert [event.position for event in every] == list(range(1, town.engine.position() + 1))
    for after in (0, 1, len(every) - 1, len(every), len(every) + 5):
        assert list(town.engine.subscribe(after=after)) == every[after:]
    here = list(town.engine.subscribe(community=HERE))
    assert {event.community for event in every} == {HERE, "hillside"}
    assert here == [event for event in every if event.community == HERE]


def test_a_damaged_row_parks_its_own_community_only(file_store: str, tmp_path: Path) -> None:
    """The others are served; the parked one is left alone until the row is mended, then it goes on."""
    path = tmp_path / "community.db"
    with town_on(file_store) as town:
        town.engine.register_community("hillside", name="Hillside", duty="desk")
        town.engine.register_building("hillside", "1座", floors=3, lift=True)
        town.engine.register_responder("hillside", "cadre")
        there = town.engine.register_resident("hillside", "1座2层")
        request = town.open("garbage")
        elsewhere = town.engine.open_request("hillside", "food", beneficiary=there)
    good = state_at(path, _first_position(path, f"{HERE}/request/{request}"))
    position = spoil(path, f"{HERE}/request/{request}")
    with Dispatch.open(file_store, clock=Clock()) as engine:
        tick = engine.tick()
        assert {drained.community: drained.parked for drained in tick.drained} == {"hillside": False, HERE: True}
        assert [offer.leg for offer in tick.offers] == [f"{elsewhere}/outside"]
        (parked,) = engine.parked()
        assert (parked.community, parked.position, parked.code) == (HERE, position, "damaged_body")
        assert engine.communities() == ("hillside", HERE)
        assert engine.laggards() == ()
        engine.accept("hillside", tick.offers[0].offer)
        assert HERE not in {drained.community for drained in engine.tick().drained}
        with pytest.raises(CorruptHistory) as damage:
            engine.request(HERE, request)
        assert damage.value.fields["position"] == position
        with pytest.raises(CorruptHistory):
            list(engine.subscribe())
        assert list(engine.subscribe(community="hillside"))
        assert list(engine.subscribe(after=position))
        mend(path, position, good)
        assert engine.tick().drained == ()
        engine.unpark(HERE)
        assert engine.parked() == ()
        assert [offer.leg for offer in engine.tick().offers] == [f"{request}/inside"]


@pytest.mark.parametrize("topic", ["request.dreamt_up", "os:system", "request.closed"])
def test_an_unknown_or_impossible_row_parks(file_store: str, tmp_path: Path, topic: str) -> None:
    """A topic that nobody knows imports nothing; a row that cannot follow is told by its position."""
    path = tmp_path / "community.db"
    with town_on(file_store) as town:
        request = town.open("garbage")
    first = _first_position(path, f"{HERE}/request/{request}")
    state = state_at(path, first)
    if topic == "request.closed":
        state = state[: state.index(b',{"', 5)] + b',{"reason":"confirmed","closed_at":"2022-05-16T00:30:00Z"}]'
    position = spoil(path, f"{HERE}/request/{request}", state=state, topic=topic)
    with Dispatch.open(file_store, clock=Clock()) as engine:
        assert [drained.parked for drained in engine.tick().drained] == [True]
        (parked,) = engine.parked()
        assert parked.position == position == first


def _first_position(path: Path, stream: str) -> int:
    with Dispatch.open(f"sqlite:///{path}", clock=Clock()) as engine:
        return next(event.position for event in engine.subscribe() if event.stream == stream)


def test_an_error_in_one_community_does_not_stop_the_others(file_store: str) -> None:
    """What nobody foresaw in one community is raised after all the others were seen to."""
    with town_on(file_store) as town:
        engine = town.engine
        engine.register_community("attic", name="Attic", duty="desk")
        town.open("garbage")
        engine.board_of("attic")
        engine._warm[CommunityId("attic")].board = None  # type: ignore[assignment]
        with pytest.raises(AttributeError):
            engine.tick()
        assert "match.decided" in town.topics()


def test_one_engine_reads_what_another_wrote(lasting_store: str) -> None:
    """No state is kept past its time: a reader beside a writer sees each save at once."""
    with Dispatch.open(lasting_store, clock=Clock()) as writer, Dispatch.open(lasting_store, clock=Clock()) as reader:
        town = settle(writer, Clock())
        request = writer.open_request(HERE, "garbage", beneficiary=town.resident)
        assert type(reader.request(HERE, request)).__name__ == "AwaitingHelp"
        writer.cancel(HERE, request, reason="not_needed")
        assert type(reader.request(HERE, request)).__name__ == "Cancelled"
        assert reader.board(HERE) == ()
