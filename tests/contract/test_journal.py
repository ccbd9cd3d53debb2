"""The journal: one answer for each command id, the log's clock, states as of a position, damaged rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from dispatch.domain.decider import ABSENT
from dispatch.domain.errors import Conflict, Refused
from dispatch.domain.resident import Resident
from dispatch.domain.values import Actor, Channel, Role, community_stream, request_stream
from dispatch.store.codec import Undecodable
from dispatch.store.journal import Answer, Issued, Journal, from_micros, to_micros
from dispatch.store.recorded import Recorded
from dispatch.store.recorders import CommandRow, Recorder, StoredEvent, open_recorder
from tests.contract import journals
from tests.contract.journals import (
    NORTH,
    REQUEST,
    RIVERSIDE,
    T0,
    Meddled,
    adopt_policy,
    at,
    begin,
    build,
    end,
    erase,
    exclude,
    found,
    prepare,
    record,
    settle,
)


@pytest.fixture
def journal(recorder: Recorder) -> Journal:
    """Give a journal on an empty store."""
    return Journal(recorder)


def refusal(say: Callable[[], object]) -> Refused:
    """Give the refusal of something that must be refused."""
    with pytest.raises(Refused) as caught:
        say()
    return caught.value


# -- what is recorded ----------------------------------------------------------------------


def test_an_event_carries_who_gave_the_command_and_when(journal: Journal) -> None:
    """The envelope comes from the command and its issue; the answer and the log say the same."""
    actor = Actor(id="lead.2", role=Role.BUILDING_LEAD, via=Channel.PHONE)
    prepare(journal, journals.grant("lead.2", Role.BUILDING_LEAD))
    happened = datetime(2026, 3, 1, 9, 31, tzinfo=timezone(timedelta(hours=8)))
    command = begin(minutes=5, by=actor).model_copy(update={"on_behalf_of": "r-7"})
    answer = journal.execute(command, Issued("c-1", b"digest", occurred_at=happened, cause=3))
    (event,) = answer.events
    assert (event.stream, event.version, event.position) == (journals.resident(), 2, answer.position)
    assert event.meta.model_dump() == {
        "command": "c-1",
        "index": 0,
        "actor": "lead.2",
        "role": Role.BUILDING_LEAD,
        "via": Channel.PHONE,
        "on_behalf_of": "r-7",
        "occurred_at": happened,
        "recorded_at": at(5),
        "cause": 3,
    }
    assert (answer.recorded_at, answer.repeated) == (at(5), False)
    assert tuple(journal.read(gt=answer.position - 1)) == answer.events
    assert journal.recorder.select_command("c-1") == CommandRow(
        "c-1", b"digest", "lead.2", to_micros(at(5)), "done", event.stream, answer.position, answer.position
    )


def test_the_events_of_a_command_lie_together(journal: Journal) -> None:
    """Consecutive positions, one instant, numbered from 0."""
    answer = journal.execute(found(3), Issued("c-1"))
    assert [event.position for event in answer.events] == [1, 2, 3, 4]
    assert [event.meta.index for event in answer.events] == [0, 1, 2, 3]
    assert {event.meta.recorded_at for event in answer.events} == {at(3)}
    assert answer.facts() == tuple(event.fact for event in answer.events)


@pytest.mark.parametrize("command_id", ["", "with space", "x" * 201, "naïve", "line\nbreak", "nul\0", "\ud800"])
def test_an_id_that_could_not_be_read_back_is_refused(command_id: str) -> None:
    """Before anything is decided or stored."""
    assert refusal(lambda: Issued(command_id)).code == "bad_command_id"


def test_what_surrounds_a_command_is_checked() -> None:
    """An instant needs a zone, a digest has bounds, a cause is a position; all else could not be read back."""
    assert refusal(lambda: Issued("c-1", occurred_at=datetime(2026, 3, 1))).code == "bad_input"  # noqa: DTZ001
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    assert refusal(lambda: Issued("c-1", occurred_at=early)).code == "bad_input"
    for wrong in ({"digest": bytes(65)}, {"cause": -1}, {"cause": 2**70}):
        with pytest.raises(ValueError, match=r"digest|cause"):
            Issued("c-1", **wrong)


def test_microseconds_come_back_as_the_same_instant() -> None:
    """Also before 1970, and to the microsecond."""
    for instant in (T0, T0 + timedelta(microseconds=1), datetime(1900, 1, 1, 0, 0, 0, 7, tzinfo=UTC)):
        assert from_micros(to_micros(instant)) == instant
    assert to_micros(datetime(1970, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))) == 0


# -- the same id twice ---------------------------------------------------------------------


def again(journal: Journal, recorder: Recorder, *, restart: bool) -> Journal:
    """Give the journal that hears a command for the second time."""
    return Journal(recorder) if restart else journal


@pytest.mark.parametrize("restart", [False, True])
def test_the_same_id_gives_the_first_answer(journal: Journal, recorder: Recorder, *, restart: bool) -> None:
    """Also when the command would now be decided otherwise, at another instant, by a process that knows nothing."""
    prepare(journal)
    first = journal.execute(begin(minutes=1), Issued("c-1", b"digest"))
    journal.execute(end(minutes=2), Issued("c-2"))
    head = journal.head()
    second = again(journal, recorder, restart=restart).execute(begin(minutes=9), Issued("c-1", b"digest"))
    assert second == Answer("c-1", first.events, first.recorded_at, repeated=True)
    assert journal.head() == head


@pytest.mark.parametrize("restart", [False, True])
def test_the_same_id_gives_the_first_refusal(journal: Journal, recorder: Recorder, *, restart: bool) -> None:
    """Also when the command would now be allowed."""
    prepare(journal)
    first = refusal(lambda: journal.execute(begin(2), Issued("c-1", b"digest")))
    journal.execute(settle(2), Issued("c-2"))
    later = again(journal, recorder, restart=restart)
    second = refusal(lambda: later.execute(begin(2), Issued("c-1", b"digest")))
    assert (first.code, second.code) == ("unknown_resident", "unknown_resident")
    assert "c-1" in str(second)
    assert len(journal.execute(begin(2), Issued("c-3")).events) == 1


@pytest.mark.parametrize("restart", [False, True])
def test_the_same_id_gives_nothing_again(journal: Journal, recorder: Recorder, *, restart: bool) -> None:
    """Nothing new is an answer too, and stays the answer when it would be news."""
    prepare(journal)
    first = journal.execute(end(minutes=1), Issued("c-1", b"digest"))
    journal.execute(begin(minutes=2), Issued("c-2"))
    head = journal.head()
    second = again(journal, recorder, restart=restart).execute(end(minutes=3), Issued("c-1", b"digest"))
    assert (first.events, first.position, first.repeated) == ((), 0, False)
    assert second == Answer("c-1", (), at(1), repeated=True)
    assert journal.head() == head


def test_the_same_id_for_something_else_is_refused(journal: Journal) -> None:
    """Whatever the first answer was; the first answer stands."""
    prepare(journal)
    journal.execute(begin(), Issued("done", b"one"))
    journal.execute(begin(), Issued("nothing", b"one"))
    refusal(lambda: journal.execute(begin(2), Issued("refused", b"one")))
    head = journal.head()
    for command_id in ("done", "nothing", "refused"):
        for command in (end(), begin(), begin(2)):
            found_out = refusal(partial(journal.execute, command, Issued(command_id, b"other")))
            assert found_out.code == "command_id_reused"
            assert found_out.fields == {"command": command_id}
    assert journal.head() == head
    assert len(journal.execute(begin(), Issued("done", b"one")).events) == 1


def test_a_body_that_cannot_be_compared_is_not_compared(journal: Journal) -> None:
    """When a key is erased its digests cannot be made again; the first answer is still the answer."""
    prepare(journal)
    first = journal.execute(begin(), Issued("c-1", b"one"))
    assert journal.execute(begin(), Issued("c-1")).events == first.events
    journal.execute(end(), Issued("c-2"))
    assert journal.execute(end(), Issued("c-2", b"now")).repeated


def test_a_repeated_command_of_the_system_gives_the_first_answer(journal: Journal) -> None:
    """Although its refusals are not recorded, and although it would now be in conflict with itself."""
    prepare(journal)
    command = record(minutes=1, fence=0, position=journal.head())
    first = journal.execute(command, Issued("match:1"), restamp=False)
    journal.execute(adopt_policy(2, 5), Issued("c-2"))
    second = journal.execute(command, Issued("match:1"), restamp=False)
    assert (second.events, second.repeated) == (first.events, True)
    with pytest.raises(Conflict):
        journal.execute(command, Issued("match:2"), restamp=False)


def test_whether_an_id_was_answered(journal: Journal) -> None:
    """With events, with nothing, with a refusal."""
    prepare(journal)
    journal.execute(begin(), Issued("done"))
    journal.execute(begin(), Issued("nothing"))
    refusal(lambda: journal.execute(begin(2), Issued("refused")))
    told = {name: journal.answered(name) for name in ("done", "nothing", "refused", "never")}
    assert told == {"done": True, "nothing": True, "refused": True, "never": False}


# -- refusals ------------------------------------------------------------------------------


def test_a_refusal_is_recorded_without_the_body(journal: Journal) -> None:
    """Code and actor stay; no event, no stream, no position, nothing of what was asked."""
    prepare(journal)
    head = journal.head()
    assert (
        refusal(lambda: journal.execute(found(1, name="canary"), Issued("c-1", b"digest"))).code == "community_exists"
    )
    assert journal.recorder.select_command("c-1") == CommandRow(
        "c-1", b"digest", "desk", to_micros(at(1)), "community_exists", None
    )
    assert journal.head() == head


@pytest.mark.parametrize("by", [Actor(id="r-1", role=Role.RESIDENT), Actor(id="x", role=Role.AUDITOR)])
def test_what_somebody_may_not_do_is_recorded_as_refused(journal: Journal, by: Actor) -> None:
    """In the name of who tried."""
    prepare(journal)
    assert refusal(lambda: journal.execute(begin(by=by), Issued("c-1"))).code == "not_permitted"
    row = journal.recorder.select_command("c-1")
    assert row is not None
    assert (row.actor, row.outcome) == (by.id, "not_permitted")


def test_refusals_of_the_system_are_not_recorded(journal: Journal) -> None:
    """Timers that come late are many, and nobody asks for their answers."""
    prepare(journal)
    system = Actor(id="system", role=Role.SYSTEM, via=Channel.SYSTEM)
    assert refusal(lambda: journal.execute(begin(by=system), Issued("c-1"))).code == "not_permitted"
    assert not journal.answered("c-1")


def test_an_event_that_is_too_large_is_a_refusal(journal: Journal) -> None:
    """The id is taken, nothing else is stored, and the journal works on."""
    prepare(journal)
    big = journals.adopt_catalogue("garbage", version=3)
    (kind,) = big.catalogue.kinds
    kinds = tuple(kind.model_copy(update={"key": f"kind_{n}"}) for n in range(100))
    leg = kind.legs[0].model_copy(update={"skills": tuple(f"a_long_name_of_a_skill_{n}" for n in range(40))})
    kinds = tuple(k.model_copy(update={"legs": (leg,)}) for k in kinds)
    too_big = big.model_copy(update={"catalogue": big.catalogue.model_copy(update={"kinds": kinds})})
    head = journal.head()
    assert refusal(lambda: journal.execute(too_big, Issued("c-1"))).code == "event_too_large"
    assert refusal(lambda: journal.execute(too_big, Issued("c-1"))).code == "event_too_large"
    assert (journal.head(), journal.answered("c-1")) == (head, True)
    journal.execute(big, Issued("c-2"))


# -- the log's clock -----------------------------------------------------------------------


def test_the_log_never_goes_back_in_time(journal: Journal, recorder: Recorder) -> None:
    """A clock set back by an hour: the command is decided at the log's last instant, body and envelope."""
    prepare(journal, begin(minutes=90))
    for n, late in enumerate((journal, Journal(recorder))):
        answer = late.execute(exclude(responder=f"r-{n}", minutes=30), Issued(f"c-{n}"))
        assert answer.recorded_at == at(90)
        (event,) = answer.events
        assert (event.meta.recorded_at, event.meta.occurred_at) == (at(90), at(90))
        assert event.fact.model_dump()["excluded_at"] == at(90)
        assert late.stamp(at(30)) == at(90)
        assert late.stamp(at(91)) == at(91)
    instants = [event.meta.recorded_at for event in journal.read()]
    assert instants == sorted(instants)


def test_what_happened_keeps_its_own_time(journal: Journal) -> None:
    """A phone that was offline reports what was earlier; only the record is of now."""
    prepare(journal, begin(minutes=90))
    answer = journal.execute(end(minutes=30), Issued("c-1", occurred_at=at(20)))
    (event,) = answer.events
    assert (event.meta.recorded_at, event.meta.occurred_at) == (at(90), at(20))


@pytest.mark.parametrize("knows", [True, False])
def test_a_decision_that_depends_on_its_instant_is_not_moved(
    journal: Journal, recorder: Recorder, *, knows: bool
) -> None:
    """Neither by a process that knows the log's last instant nor by one that learns it from the store."""
    prepare(journal, begin(minutes=90))
    late, head = journal if knows else Journal(recorder), journal.head()
    with pytest.raises(Conflict):
        late.execute(exclude(minutes=30), Issued("c-1"), restamp=False)
    assert (journal.head(), journal.answered("c-1")) == (head, False)
    assert late.execute(exclude(minutes=90), Issued("c-1"), restamp=False).recorded_at == at(90)


# -- as of ---------------------------------------------------------------------------------


def test_the_position_of_an_instant_is_the_last_one_recorded_by_then(journal: Journal) -> None:
    """At the instant itself it is known; before the first, nothing is."""
    prepare(journal)
    known = journal.head()
    one = journal.execute(begin(minutes=10), Issued("c-1")).position
    two = journal.execute(end(minutes=10), Issued("c-2")).position
    refusal(lambda: journal.execute(begin(2, minutes=15), Issued("c-3")))
    three = journal.execute(begin(minutes=20), Issued("c-4")).position
    assert (one, two, three) == (known + 1, known + 2, known + 3)
    told = [journal.position_at(at(m)) for m in (-1, 0, 9.99, 10, 19, 20, 10_000)]
    assert told == [0, known, known, two, two, three, three]
    assert journal.position_at(at(10) - timedelta(microseconds=1)) == known


def test_the_state_at_a_position_is_what_was_known_there(journal: Journal) -> None:
    """Later events do not show, and asking does not disturb what is kept."""
    prepare(journal)
    registered = journal.head()
    isolated = journal.execute(begin(), Issued("c-1")).position
    journal.execute(end(), Issued("c-2"))
    stream = journals.resident()
    assert journal.state_at(stream, registered - 1) is ABSENT
    told = [journal.state_at(stream, position) for position in (registered, isolated, isolated + 1, 10_000)]
    assert [state.isolated for state in told] == [False, True, False, False]
    state, version = journal.state(stream, fresh=False)
    assert (state.isolated, version) == (False, 3)


def test_a_stream_is_read_up_to_a_version(journal: Journal) -> None:
    """All of it, a beginning, and one that does not exist."""
    prepare(journal, begin(), end())
    events = journal.stream(journals.resident())
    assert [event.version for event in events] == [1, 2, 3]
    assert journal.stream(journals.resident(), lte=2) == events[:2]
    assert journal.stream(journals.resident(9)) == ()
    assert journal.state(journals.resident(9)) == (ABSENT, 0)


@pytest.mark.parametrize("batch", [1, 2, 3, 5_000])
def test_the_log_is_read_in_order_and_in_parts(recorder: Recorder, batch: int) -> None:
    """By position, by community, by topic; however many rows are fetched at a time."""
    journal = Journal(recorder, read_batch=batch)
    prepare(journal, found(community=NORTH), build(community=NORTH), begin())
    everything = list(journal.read())
    assert [event.position for event in everything] == list(range(1, journal.head() + 1))
    assert list(journal.read(gt=2, lte=5)) == everything[2:5]
    assert list(journal.read(gt=99)) == list(journal.read(lte=0)) == []
    for community in (RIVERSIDE, NORTH):
        assert list(journal.read(community=community)) == [e for e in everything if e.community == community]
    assert [e.topic for e in journal.read(topics=["resident.isolation_began"])] == ["resident.isolation_began"]
    heads = {c: max(e.position for e in everything if e.community == c) for c in (NORTH, RIVERSIDE)}
    assert journal.heads() == heads


def test_reading_ends_where_the_log_ended_when_it_began(journal: Journal) -> None:
    """What is recorded while somebody reads comes with the next reading."""
    prepare(journal)
    reading = journal.read()
    journal.execute(begin(), Issued("c-1"))
    assert [event.position for event in reading] == list(range(1, journal.head()))


def test_few_states_are_kept_and_all_are_right(recorder: Recorder) -> None:
    """A journal that can keep two states folds the others anew."""
    journal = Journal(recorder, state_cache_max=2)
    prepare(journal, *(settle(n) for n in range(2, 7)), *(begin(n) for n in range(1, 7)))
    assert [journal.state(journals.resident(n))[0].isolated for n in range(1, 7)] == [True] * 6
    assert len(journal._states) == 2


def test_an_older_state_does_not_replace_a_newer_one(journal: Journal) -> None:
    """A thread that was slow to fold keeps nothing that another knows better."""
    prepare(journal)
    old = journal.state(journals.resident())
    journal.execute(begin(), Issued("c-1"))
    journal._keep(journals.resident(), *old)
    assert journal.state(journals.resident(), fresh=False)[1] == 2


# -- damage --------------------------------------------------------------------------------


def damage(recorder: Recorder, *, topic: str = "os:system", state: bytes = b"[1,{},{}]") -> int:
    """Store a row that is no event on the stream of resident 1; give its position."""
    (position,) = recorder.insert_events([StoredEvent(journals.resident(), 2, topic, state)])
    return position


@pytest.mark.parametrize(
    ("topic", "state", "problem"),
    [
        ("os:system", b"[1,{},{}]", "unknown_topic"),
        ("resident.isolation_began", b"[2,{},{}]", "unknown_schema"),
        ("resident.isolation_began", b"[1,{},{}", "damaged_body"),
        ("responder.isolation_began", b"[1,{},{}]", "foreign_topic"),
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_a_damaged_row_stops_its_own_stream(
    journal: Journal, recorder: Recorder, *, topic: str, state: bytes, problem: str, kept: bool
) -> None:
    """By a named error that says where; commands that do not read the stream go on."""
    prepare(journal, settle(2))
    position = damage(recorder, topic=topic, state=state)
    other = journal if kept else Journal(recorder)
    for say in (
        lambda: other.execute(begin(), Issued("c-1")),
        lambda: other.execute(erase(), Issued("c-1")),
        lambda: other.state(journals.resident()),
        lambda: other.state_at(journals.resident(), position),
        lambda: other.stream(journals.resident()),
    ):
        with pytest.raises(Undecodable) as caught:
            say()
        assert (caught.value.fields["position"], caught.value.fields["problem"]) == (position, problem)
        assert caught.value.fields["stream"] == journals.resident()
    assert not other.answered("c-1")
    assert len(other.execute(begin(2), Issued("c-2")).events) == 1
    assert len(other.execute(settle(3), Issued("c-3")).events) == 1


def test_reading_names_the_damaged_row_and_can_go_on_after_it(journal: Journal, recorder: Recorder) -> None:
    """Everything before it has been given; the error's position is where to go on."""
    prepare(journal, settle(2))
    position = damage(recorder)
    journal.execute(begin(2), Issued("c-1"))
    given: list[Recorded] = []
    with pytest.raises(Undecodable) as caught:
        given.extend(journal.read())
    assert [event.position for event in given] == list(range(1, position))
    assert [e.position for e in journal.read(gt=caught.value.fields["position"])] == [position + 1]


def test_a_repeated_command_is_answered_also_on_a_damaged_stream(journal: Journal, recorder: Recorder) -> None:
    """What was acknowledged once stays acknowledged."""
    prepare(journal)
    first = journal.execute(erase(), Issued("c-1", b"digest"))
    recorder.insert_events([StoredEvent(journals.resident(), 3, "os:system", b"")])
    answer = Journal(recorder).execute(erase(), Issued("c-1", b"digest"))
    assert (answer.events, answer.repeated) == (first.events, True)


def test_a_store_that_was_set_back_is_followed(journal: Journal, recorder: Recorder) -> None:
    """A journal that has kept more than the store has, as after the loss of a standby, folds anew."""
    prepare(journal)
    meddled = Meddled(recorder)
    other = meddled.journal()
    state, version = other.state(journals.resident())
    other._keep(journals.resident(), state, version + 5)
    answer = other.execute(begin(), Issued("c-1"))
    assert [event.version for event in answer.events] == [version + 1]


@pytest.mark.parametrize("fresh", [True, False])
def test_states_are_shared_and_do_not_change(journal: Journal, *, fresh: bool) -> None:
    """Who holds a state keeps it as it was."""
    prepare(journal)
    before, _ = journal.state(journals.resident(), fresh=fresh)
    journal.execute(begin(), Issued("c-1"))
    after, _ = journal.state(journals.resident(), fresh=fresh)
    assert isinstance(before, Resident)
    assert (before.isolated, after.isolated) == (False, True)


def test_an_unknown_stream_is_absent(journal: Journal) -> None:
    """Whether anybody asked before or not."""
    for stream in (community_stream(RIVERSIDE), request_stream(RIVERSIDE, REQUEST)):
        assert journal.state(stream) == (ABSENT, 0)
        assert journal.state_at(stream, 10) is ABSENT


def test_a_store_can_be_opened_again(shared_url: str) -> None:
    """Everything is there: events, answers, states, the clock."""
    with open_recorder(shared_url) as one:
        prepare(Journal(one), begin(minutes=9))
        before = list(Journal(one).read())
    with open_recorder(shared_url) as other:
        journal = Journal(other)
        assert list(journal.read()) == before
        assert journal.execute(begin(minutes=9), Issued("prepare-3")).repeated
        assert journal.execute(end(minutes=1), Issued("c-1")).recorded_at == at(9)


def test_every_save_is_one_command(journal: Journal) -> None:
    """The rows of the command table tile the log, and each event names the one it is of."""
    prepare(journal, begin(), end())
    rows = journal.recorder.select_commands(limit=1_000)
    assert [row.command_id for row in rows] == [f"prepare-{n}" for n in range(5)]
    spans = [(row.first_position, row.last_position) for row in rows]
    assert spans == [(1, 4), (5, 5), (6, 6), (7, 7), (8, 8)]
    for row in rows:
        assert row.first_position is not None
        events = list(journal.read(gt=row.first_position - 1, lte=row.last_position))
        assert {event.meta.command for event in events} == {row.command_id}
        assert row.stream == events[0].stream
