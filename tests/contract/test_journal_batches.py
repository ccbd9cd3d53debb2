"""Many commands in one save: each sees those before it, the refused ones are told by their number."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dispatch.domain.errors import Conflict, CorruptHistory, Refused
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.values import Actor, Command, Role, community_stream
from dispatch.store.codec import Undecodable
from dispatch.store.journal import BatchAnswer, Issued, Journal
from dispatch.store.recorders import MAX_EVENTS_PER_SAVE, Recorder, StoredEvent
from tests.contract import journals
from tests.contract.journals import (
    RIVERSIDE,
    Meddled,
    adopt_catalogue,
    at,
    begin,
    build,
    end,
    erase,
    exclude,
    found,
    grant,
    once,
    prepare,
    record,
    settle,
)

SECOND = journals.building("2").building


@pytest.fixture
def journal(recorder: Recorder) -> Journal:
    """Give a journal on a store with a community, a building and resident 1."""
    journal = Journal(recorder)
    prepare(journal)
    return journal


def codes(outcome: BatchAnswer) -> list[tuple[int, str]]:
    """Give the refused numbers with their codes."""
    return [(index, refusal.code) for index, refusal in outcome.refused]


MIXED: Sequence[Command] = (
    settle(2, tower=SECOND),  # not there yet
    build("2"),
    settle(2, tower=SECOND),
    begin(2),
    begin(2),  # nothing new
    begin(3),  # nobody
    settle(2),  # there already
    end(2),
)


def test_each_command_sees_those_before_it(journal: Journal) -> None:
    """A building and who lives in it come in one save; what is refused leaves the rest alone."""
    before = journal.head()
    outcome = journal.execute_batch(MIXED, Issued("c-1", b"digest"))
    assert codes(outcome) == [(0, "unknown_building"), (5, "unknown_resident"), (6, "resident_exists")]
    events = outcome.answer.events
    assert [event.topic.partition(".")[2] for event in events] == [
        *("building_registered", "registered", "isolation_began", "isolation_ended")
    ]
    assert [event.position for event in events] == [before + n for n in range(1, 5)]
    assert [event.meta.index for event in events] == [0, 1, 2, 3]
    assert {event.meta.command for event in events} == {"c-1"}
    assert tuple(journal.read(gt=before)) == events
    state, version = journal.state(journals.resident(2))
    assert (state.isolated, version) == (False, 3)


def test_a_save_has_one_instant(journal: Journal) -> None:
    """Commands of different instants are all decided at the latest, and never before the log's last."""
    outcome = journal.execute_batch([settle(2, 5), settle(3, 7), settle(4, 6)], Issued("c-1"))
    assert {event.meta.recorded_at for event in outcome.answer.events} == {at(7)}
    assert {event.fact.model_dump()["registered_at"] for event in outcome.answer.events} == {at(7)}
    late = journal.execute_batch([settle(5, 1), settle(6, 2)], Issued("c-2"))
    assert late.answer.recorded_at == at(7)
    assert {event.meta.recorded_at for event in late.answer.events} == {at(7)}


def test_each_event_names_who_gave_its_command(journal: Journal) -> None:
    """The row of the command table is in the name of the first."""
    nurse = Actor(id="nurse", role=Role.MEDICAL_STAFF)
    journal.execute(grant("nurse", Role.MEDICAL_STAFF), Issued("c-0"))
    outcome = journal.execute_batch([settle(2), begin(2, by=nurse)], Issued("c-1"))
    assert [event.meta.actor for event in outcome.answer.events] == ["desk", "nurse"]
    row = journal.recorder.select_command("c-1")
    assert row is not None
    assert row.actor == "desk"


@pytest.mark.parametrize("restart", [False, True])
def test_the_same_batch_gives_the_first_answer(journal: Journal, recorder: Recorder, *, restart: bool) -> None:
    """The refusals too, although each would be decided otherwise now."""
    first = journal.execute_batch(MIXED, Issued("c-1", b"digest"))
    journal.execute(settle(3), Issued("c-2"))
    journal.execute(erase(2), Issued("c-3"))
    head = journal.head()
    later = Journal(recorder) if restart else journal
    second = later.execute_batch([c.model_copy(update={"at": at(30)}) for c in MIXED], Issued("c-1", b"digest"))
    assert second.answer.events == first.answer.events
    assert (second.answer.repeated, second.answer.recorded_at) == (True, first.answer.recorded_at)
    assert codes(second) == codes(first)
    assert [str(refusal) for _, refusal in second.refused] == [str(refusal) for _, refusal in first.refused]
    assert journal.head() == head


def test_another_batch_under_the_same_id_is_refused(journal: Journal) -> None:
    """As any command is."""
    journal.execute_batch([settle(2)], Issued("c-1", b"one"))
    with pytest.raises(Refused) as caught:
        journal.execute_batch([settle(3)], Issued("c-1", b"other"))
    assert caught.value.code == "command_id_reused"


def test_a_batch_without_news_takes_its_id(journal: Journal) -> None:
    """Nothing new is an answer."""
    journal.execute(begin(), Issued("c-0"))
    outcome = journal.execute_batch([begin(), begin()], Issued("c-1"))
    assert (outcome.answer.events, outcome.refused) == ((), ())
    journal.execute(end(), Issued("c-2"))
    again = journal.execute_batch([begin(), begin()], Issued("c-1"))
    assert (again.answer.events, again.answer.repeated, again.refused) == ((), True, ())


def test_a_batch_of_refusals_takes_no_id(journal: Journal) -> None:
    """Nothing came of it, so it may be sent again when the register has been mended."""
    batch = [settle(2, tower=SECOND), begin(2), end()]
    head = journal.head()
    for _ in range(2):
        outcome = journal.execute_batch(batch, Issued("c-1"))
        assert codes(outcome) == [(0, "unknown_building"), (1, "unknown_resident")]
        assert (outcome.answer.events, outcome.answer.repeated) == ((), False)
    assert (journal.head(), journal.answered("c-1")) == (head, False)
    journal.execute(build("2"), Issued("c-2"))
    outcome = journal.execute_batch(batch, Issued("c-1"))
    assert ([e.topic for e in outcome.answer.events], codes(outcome)) == (
        ["resident.registered", "resident.isolation_began"],
        [],
    )


def test_a_refusal_of_a_batch_is_of_the_moment_it_is_saved(recorder: Recorder, journal: Journal) -> None:
    """Who was there only after the decision and before the save is in the save."""
    meddled = Meddled(recorder)
    meddled.before["insert_events"] = once(lambda: journal.execute(settle(3), Issued("c-0")))
    outcome = meddled.journal().execute_batch([begin(3), begin()], Issued("c-1"))
    assert codes(outcome) == []
    assert [event.stream for event in outcome.answer.events] == [journals.resident(3), journals.resident()]


@pytest.mark.parametrize("more", [(), (begin(),)])
def test_a_kept_state_refuses_nothing_in_a_batch(recorder: Recorder, journal: Journal, more: Sequence[Command]) -> None:
    """Neither in a batch that records something besides nor in one that does not."""
    other = Journal(recorder)
    other.state(community_stream(RIVERSIDE))
    journal.execute(build("2"), Issued("c-0"))
    outcome = other.execute_batch([settle(2, tower=SECOND), *more], Issued("c-1"))
    assert codes(outcome) == []
    assert len(outcome.answer.events) == 1 + len(more)


def test_a_batch_that_does_not_fit_a_save_is_refused_whole(journal: Journal) -> None:
    """The caller sends fewer at a time; nothing is recorded and the id is free."""
    many = [exclude(responder=f"r-{n}") for n in range(MAX_EVENTS_PER_SAVE + 1)]
    head = journal.head()
    with pytest.raises(Refused) as caught:
        journal.execute_batch(many, Issued("c-1"))
    assert caught.value.code == "save_too_large"
    assert caught.value.fields["events"] == MAX_EVENTS_PER_SAVE + 1
    assert (journal.head(), journal.answered("c-1")) == (head, False)
    outcome = journal.execute_batch(many[:-1], Issued("c-1"))
    assert len(outcome.answer.events) == MAX_EVENTS_PER_SAVE


def test_a_batch_of_too_many_bytes_is_refused_whole(journal: Journal) -> None:
    """Few events, each within its own limit."""
    kinds = EVERYDAY_CATALOGUE.kinds[:5]
    some = tuple(kind.model_copy(update={"key": f"{kind.key}_{n}"}) for kind in kinds for n in range(12))
    big = adopt_catalogue("food", version=3).catalogue.model_copy(update={"kinds": some})
    versions = [
        adopt_catalogue("food", version=3).model_copy(update={"catalogue": big.model_copy(update={"version": n})})
        for n in range(3, 200)
    ]
    with pytest.raises(Refused) as caught:
        journal.execute_batch(versions, Issued("c-1"))
    assert caught.value.code == "save_too_large"
    assert caught.value.fields["events"] < len(versions)
    assert not journal.answered("c-1")


def test_an_event_that_is_too_large_is_refused_alone(journal: Journal) -> None:
    """The command is refused; what it would have changed besides does not happen either."""
    kinds = EVERYDAY_CATALOGUE.kinds[:5]
    some = tuple(kind.model_copy(update={"key": f"{kind.key}_{n}"}) for kind in kinds for n in range(90))
    big = adopt_catalogue("food", version=3)
    big = big.model_copy(update={"catalogue": big.catalogue.model_copy(update={"kinds": some})})
    north = found(community=journals.NORTH).model_copy(update={"catalogue": big.catalogue})
    outcome = journal.execute_batch([begin(), big, north, end()], Issued("c-1"))
    assert codes(outcome) == [(1, "event_too_large"), (2, "event_too_large")]
    assert [event.meta.index for event in outcome.answer.events] == [0, 1]
    assert journal.heads().keys() == {"riverside"}


def test_any_other_error_ends_the_batch(journal: Journal, recorder: Recorder) -> None:
    """A conflict inside, a damaged row: nothing is recorded, the id is free."""
    head = journal.head()
    conflicting = record(minutes=1, fence=7, position=head)
    with pytest.raises(Conflict):
        journal.execute_batch([begin(), conflicting], Issued("c-1"))
    recorder.insert_events([StoredEvent(journals.resident(9), 1, "os:system", b"")])
    with pytest.raises(Undecodable):
        journal.execute_batch([begin(), begin(9)], Issued("c-1"))
    assert (journal.head(), journal.answered("c-1")) == (head + 1, False)
    assert issubclass(Undecodable, CorruptHistory)


@pytest.mark.parametrize("verb", ["execute_batch", "execute_together"])
def test_nothing_to_decide_is_a_mistake(journal: Journal, verb: str) -> None:
    """An empty list is the caller's slip, and no command."""
    with pytest.raises(ValueError, match="at least one"):
        getattr(journal, verb)([], Issued("c-1"))


# -- all or nothing ------------------------------------------------------------------------


def test_together_means_all(journal: Journal) -> None:
    """In one save, each on those before it."""
    answer = journal.execute_together([build("2"), settle(2, tower=SECOND), begin(2)], Issued("c-1"))
    assert [event.meta.index for event in answer.events] == [0, 1, 2]
    assert journal.execute_together([build("2")], Issued("c-1")).events == answer.events


def test_together_means_nothing_when_one_is_refused(journal: Journal) -> None:
    """The refusal is the answer, also to the repeat."""
    head = journal.head()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            journal.execute_together([begin(), begin(2), end()], Issued("c-1"))
        assert caught.value.code == "unknown_resident"
    assert (journal.head(), journal.answered("c-1")) == (head, True)
    assert journal.state(journals.resident())[0].isolated is False


def test_together_has_the_limits_of_a_save(journal: Journal) -> None:
    """Too many events are a refusal of the whole."""
    many = [exclude(responder=f"r-{n}") for n in range(MAX_EVENTS_PER_SAVE + 1)]
    with pytest.raises(Refused) as caught:
        journal.execute_together(many, Issued("c-1"))
    assert caught.value.code == "save_too_large"
