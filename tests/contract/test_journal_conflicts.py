"""
Several at once: what a command read is what holds when its events are stored.

A first attempt uses states that were kept, without asking the store. These tests let others change
the store behind it, at every point, and ask whether anything but a serial order can come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from dispatch.domain.decider import ABSENT
from dispatch.domain.errors import Conflict, CorruptHistory, Refused
from dispatch.domain.responder import HoldReleased
from dispatch.domain.values import community_stream, match_stream, request_stream, responder_stream
from dispatch.store.codec import TOPICS
from dispatch.store.journal import Issued, Journal
from dispatch.store.recorders import Recorder, StoredEvent, open_recorder
from tests.contract import journals
from tests.contract.journals import (
    CADRE,
    OFFER,
    REQUEST,
    RIVERSIDE,
    Meddled,
    accept,
    adopt_catalogue,
    adopt_policy,
    ask,
    at,
    begin,
    build,
    close_building,
    decided,
    decline,
    end,
    erase,
    exclude,
    go_inside,
    join,
    once,
    prepare,
    record,
    settle,
    skills,
)


@pytest.fixture
def meddled(recorder: Recorder) -> Meddled:
    """Give a recorder in whose calls a test steps in."""
    return Meddled(recorder)


@pytest.fixture
def one(meddled: Meddled) -> Journal:
    """Give the journal that is watched."""
    return meddled.journal()


@pytest.fixture
def other(recorder: Recorder) -> Journal:
    """Give another journal on the same store, as another process has it."""
    return Journal(recorder)


def refusal(say: Callable[[], object]) -> Refused:
    """Give the refusal of something that must be refused."""
    with pytest.raises(Refused) as caught:
        say()
    return caught.value


# -- kept states ---------------------------------------------------------------------------


def test_a_kept_state_saves_the_question(meddled: Meddled, one: Journal) -> None:
    """When nobody else wrote, a command is one call of the store."""
    prepare(one)
    meddled.calls.clear()
    one.execute(begin(), Issued("c-1"))
    assert meddled.calls == ["insert_events"]


def test_a_new_stream_costs_no_question(meddled: Meddled, one: Journal) -> None:
    """What is not kept is taken not to exist; for a new person that is so."""
    prepare(one)
    meddled.calls.clear()
    one.execute(settle(2), Issued("c-1"))
    assert meddled.calls == ["insert_events"]


def test_a_stream_that_was_taken_not_to_exist(meddled: Meddled, other: Journal) -> None:
    """A journal that has kept nothing is as right as any: it asks when its guess leads nowhere, or is corrected."""
    prepare(other)
    one = meddled.journal()
    assert [event.version for event in one.execute(begin(), Issued("c-1")).events] == [2]
    # The community's stream, which says who may, and the resident's.
    assert meddled.calls == ["select_stream", "select_stream", "insert_events"]
    one = meddled.journal()
    assert refusal(lambda: one.execute(settle(1), Issued("c-2"))).code == "resident_exists"
    one = meddled.journal()
    assert refusal(lambda: one.execute(begin(2), Issued("c-3"))).code == "unknown_resident"
    assert one.answered("c-3")


@pytest.mark.parametrize("retries", [0, 1])
def test_a_refusal_needs_no_retries(meddled: Meddled, other: Journal, retries: int) -> None:
    """A journal that has kept nothing and may not retry still tells a refusal over several streams."""
    prepare(other)
    other.execute(erase(), Issued("c-0"))
    one = meddled.journal(conflict_retries_max=retries)
    assert refusal(lambda: one.execute(ask(), Issued("c-1"))).code == "erased"


def test_a_kept_state_never_hides_news(one: Journal, other: Journal) -> None:
    """«Nothing new» on what was kept is decided again when the store knows better."""
    prepare(one, begin())
    other.execute(end(), Issued("c-1"))
    answer = one.execute(begin(), Issued("c-2"))
    assert [event.topic for event in answer.events] == ["resident.isolation_began"]
    assert answer.events[0].version == 4


def test_a_kept_state_never_refuses(one: Journal, other: Journal) -> None:
    """What others have made possible is possible."""
    prepare(one)
    other.execute(build("2"), Issued("c-1"))
    tower = journals.building("2").building
    assert len(one.execute(settle(2, tower=tower), Issued("c-2")).events) == 1


def test_a_kept_state_never_allows(one: Journal, other: Journal) -> None:
    """What others have made impossible is refused, and recorded as refused."""
    prepare(one)
    other.execute(erase(), Issued("c-1"))
    assert refusal(lambda: one.execute(exclude(), Issued("c-2"))).code == "erased"
    assert one.answered("c-2")


def test_a_stream_that_is_only_read_is_guarded(one: Journal, other: Journal) -> None:
    """The catalogue is read and another stream is written: a kept catalogue is not enough."""
    prepare(one)
    other.execute(adopt_catalogue("food", version=3), Issued("c-1"))
    assert refusal(lambda: one.execute(ask(), Issued("c-2"))).code == "unknown_kind"
    assert one.state(request_stream(RIVERSIDE, REQUEST)) == (ABSENT, 0)


def test_a_stream_that_did_not_exist_is_guarded(one: Journal, other: Journal) -> None:
    """Two put the same person on the register; the second is told."""
    prepare(one)
    other.execute(settle(2), Issued("c-1"))
    assert refusal(lambda: one.execute(settle(2), Issued("c-2"))).code == "resident_exists"


def test_a_kept_state_makes_no_conflict(one: Journal, other: Journal) -> None:
    """A decision that was made on news the journal has not kept is not turned down for being news."""
    prepare(one, join(), ask(1))
    one.execute(record(minutes=2, fence=0, position=one.head()), Issued("match:0"), restamp=False)
    other.execute(record(minutes=3, fence=1, position=other.head()), Issued("match:1"), restamp=False)
    assert one.state(match_stream(RIVERSIDE), fresh=False)[1] == 1
    answer = one.execute(record(minutes=4, fence=2, position=one.head()), Issued("match:2"), restamp=False)
    assert [event.version for event in answer.events] == [3]


# -- changes in between --------------------------------------------------------------------


def test_a_change_before_the_save_is_met(meddled: Meddled, one: Journal, other: Journal) -> None:
    """Decided, then overtaken: it is decided again, on the new state, and its events follow the other's."""
    prepare(one)
    meddled.before["insert_events"] = once(lambda: other.execute(exclude(), Issued("c-1")))
    answer = one.execute(begin(), Issued("c-2"))
    assert [event.version for event in answer.events] == [3]
    assert meddled.calls.count("insert_events") == 3 + 2


def test_a_change_that_was_only_read_is_met(meddled: Meddled, one: Journal, other: Journal) -> None:
    """Also when the overtaken command would only have read what was changed."""
    prepare(one)
    meddled.before["insert_events"] = once(lambda: other.execute(adopt_catalogue("food", version=3), Issued("c-1")))
    assert refusal(lambda: one.execute(ask(), Issued("c-2"))).code == "unknown_kind"


def test_nothing_new_is_guarded_too(meddled: Meddled, one: Journal, other: Journal) -> None:
    """An answer without events holds for a state that held."""
    prepare(one)
    meddled.before["insert_events"] = once(lambda: other.execute(begin(), Issued("c-1")))
    answer = one.execute(end(), Issued("c-2"))
    assert [event.topic for event in answer.events] == ["resident.isolation_ended"]


def test_overtaken_again_and_again_is_a_conflict(meddled: Meddled, other: Journal) -> None:
    """After the allowed times the caller is told; nothing is stored and the id is free."""
    one = meddled.journal(conflict_retries_max=3)
    prepare(one)
    numbers = iter(range(100))

    def overtake(*_: object) -> None:
        n = next(numbers)
        other.execute(exclude(responder=f"r-{n}"), Issued(f"other-{n}"))

    meddled.before["insert_events"] = overtake
    with pytest.raises(Conflict) as caught:
        one.execute(begin(), Issued("c-1"))
    assert caught.value.fields == {"stream": journals.resident()}
    assert next(numbers) == 1 + 2 + 3  # on kept states, twice on fresh ones, and three times more
    assert not one.answered("c-1")
    meddled.before.clear()
    assert len(one.execute(begin(), Issued("c-1")).events) == 1


def test_without_retries_a_kept_state_is_still_no_conflict(meddled: Meddled, other: Journal) -> None:
    """What was kept is this process's own affair and costs none of the allowed times."""
    one = meddled.journal(conflict_retries_max=0)
    prepare(one)
    other.execute(exclude(), Issued("c-1"))
    assert len(one.execute(begin(), Issued("c-2")).events) == 1


def test_a_clock_that_is_behind_others_is_set(one: Journal, other: Journal) -> None:
    """Two processes five minutes apart: the log takes the later clock, and nobody is refused."""
    prepare(one)
    other.execute(begin(minutes=5), Issued("c-1"))
    assert one.execute(end(minutes=0), Issued("c-2")).recorded_at == at(5)
    assert other.execute(begin(minutes=6), Issued("c-3")).recorded_at == at(6)
    assert one.execute(end(minutes=7), Issued("c-4")).recorded_at == at(7)


def test_the_same_command_by_two_at_once_is_done_once(meddled: Meddled, one: Journal, other: Journal) -> None:
    """The later one finds the first answer, however far it had come."""
    prepare(one)
    firsts = []
    meddled.before["insert_events"] = once(lambda: firsts.append(other.execute(begin(), Issued("c-1", b"d"))))
    answer = one.execute(begin(), Issued("c-1", b"d"))
    assert (answer.events, answer.repeated) == (firsts[0].events, True)
    assert [event.topic for event in one.stream(journals.resident())].count("resident.isolation_began") == 1


@pytest.mark.parametrize("method", ["select_command", "record_refusal"])
def test_a_refusal_finds_the_answer_that_another_gave(
    meddled: Meddled, one: Journal, other: Journal, method: str
) -> None:
    """Refused here, done there under the same id a moment before: it is done."""
    prepare(one, begin())

    def elsewhere() -> None:
        other.execute(settle(2), Issued("c-0"))
        other.execute(begin(2), Issued("c-1", b"d"))

    meddled.before[method] = once(elsewhere)
    answer = one.execute(begin(2), Issued("c-1", b"d"))
    assert (len(answer.events), answer.repeated) == (1, True)


# -- states of different moments -----------------------------------------------------------


def offered(journal: Journal) -> None:
    """Ask the cadre to take a leg."""
    prepare(journal, join(), ask(1))
    position = journal.head()
    chosen = decided(2, position=position)
    journal.execute(record(chosen, minutes=2, fence=0, position=position), Issued("match"), restamp=False)


def tear(meddled: Meddled, other: Journal, *, stream: str, attempt: int, change: Callable[[], object]) -> None:
    """
    Change something just before a stream is read, in the given attempt at a command.

    The attempts before it are brought to nothing by a change of the responder.
    """
    times = iter(range(1, 100))
    overtaken = iter(range(1, attempt))

    def before_reading(asked: object, *_: object) -> None:
        if asked == stream and next(times) == attempt:
            change()

    def before_saving(*_: object) -> None:
        for n in overtaken:
            other.execute(skills(n), Issued(f"skills-{n}"))
            return

    meddled.before["select_stream"] = before_reading
    meddled.before["insert_events"] = before_saving


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_mixture_of_moments_is_not_damage(meddled: Meddled, other: Journal, attempt: int) -> None:
    """
    The request is read before the cadre returns it, the cadre's load after that.

    An offer that is held on the request and released on the responder is impossible; to take it for
    damage would stop the community.
    """
    offered(other)
    person = responder_stream(RIVERSIDE, CADRE)
    tear(meddled, other, stream=person, attempt=attempt, change=lambda: other.execute(decline(3), Issued("c-1")))
    one = meddled.journal()
    assert refusal(lambda: one.execute(accept(4), Issued("c-2"))).code == "offer_not_held"
    assert one.answered("c-2")
    assert [event.topic for event in other.stream(person)].count("responder.load_taken") == 0


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_mixture_of_moments_refuses_nothing(meddled: Meddled, other: Journal, attempt: int) -> None:
    """
    The cadre is read before going inside, the control level after the building was closed.

    At no moment was anybody in the way. A refusal would be recorded, and be the answer for ever.
    """
    offered(other)

    def go_in_and_close() -> None:
        other.execute(go_inside(3), Issued("c-0"))
        other.execute(close_building(3), Issued("c-1"))

    community = community_stream(RIVERSIDE)
    tear(meddled, other, stream=community, attempt=attempt, change=go_in_and_close)
    answer = meddled.journal().execute(accept(4), Issued("c-2"))
    assert [event.topic for event in answer.events] == ["request.assignment_acknowledged", "responder.load_taken"]
    assert other.answered("c-1")


def test_real_damage_is_still_damage(meddled: Meddled, other: Journal, recorder: Recorder) -> None:
    """When the same impossible states are found twice, they are what the store holds."""
    offered(other)
    person = responder_stream(RIVERSIDE, CADRE)
    (held,) = other.stream(person)[-1:]
    released = HoldReleased(offer=OFFER, reason="declined", released_at=at(3))
    state = TOPICS.encode(held.meta, released)
    recorder.insert_events([StoredEvent(person, held.version + 1, released.TOPIC, state)])
    with pytest.raises(CorruptHistory, match="LoadTaken cannot follow"):
        meddled.journal().execute(accept(4), Issued("c-1"))
    assert not other.answered("c-1")


def test_unrest_without_end_is_a_conflict_and_no_refusal(meddled: Meddled, other: Journal) -> None:
    """When what is read never stands still, the caller is told so, and the id is free."""
    prepare(other)
    other.execute(erase(), Issued("c-0"))
    numbers = iter(range(2, 100))

    def unrest(asked: object, *_: object) -> None:
        if asked == journals.resident():
            n = next(numbers)
            other.execute(adopt_policy(n), Issued(f"other-{n}"))

    meddled.before["select_stream"] = unrest
    one = meddled.journal(conflict_retries_max=2)
    with pytest.raises(Conflict):
        one.execute(ask(), Issued("c-1"))
    assert next(numbers) == 2 + 1 + 1 + 2
    assert not one.answered("c-1")
    meddled.before.clear()
    assert refusal(lambda: one.execute(ask(), Issued("c-1"))).code == "erased"


# -- threads -------------------------------------------------------------------------------


@pytest.fixture
def journals_of_threads(shared_url: str) -> Iterator[list[Journal]]:
    """Give four journals: two threads share one, and all share the store."""
    with open_recorder(shared_url) as first, open_recorder(shared_url) as second:
        shared = Journal(first, conflict_retries_max=200)
        yield [shared, shared, Journal(second, conflict_retries_max=200), Journal(first, conflict_retries_max=200)]


def test_threads_do_every_command_once(journals_of_threads: list[Journal]) -> None:
    """All exclude the same forty responders from the same resident under the same forty ids."""
    first = journals_of_threads[0]
    prepare(first)
    failures: list[BaseException] = []

    def work(journal: Journal) -> None:
        try:
            for n in range(40):
                journal.execute(exclude(responder=f"r-{n}"), Issued(f"c-{n}", b"d"))
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [Thread(target=work, args=(journal,)) for journal in journals_of_threads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    events = first.stream(journals.resident())[1:]
    assert sorted(event.meta.command for event in events) == sorted(f"c-{n}" for n in range(40))
    assert first.state(journals.resident())[0].excluded == frozenset(f"r-{n}" for n in range(40))
    instants = [event.meta.recorded_at for event in first.read()]
    assert instants == sorted(instants)
