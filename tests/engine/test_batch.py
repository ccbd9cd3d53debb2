"""Batches: many verbs in few saves, refused ones by number, nothing lost and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch import Dispatch, Refused, Unavailable
from dispatch.domain.text import NOTE_MAX
from dispatch.engine.batch import SAVE_MAX
from tests.engine.town import HERE, MORNING, NAIVE, Clock, Town, by, town_on


def saves(town: Town, *, after: int) -> list[str]:
    """Return the ids of the saves after a position."""
    return list(dict.fromkeys(event.meta.command for event in town.engine.subscribe(after=after)))


def test_everything_is_saved_together_at_the_end(town: Town) -> None:
    """Nothing is in the log before the block ends, then all of it in one save; each id is the one that was told."""
    head = town.engine.position()
    with town.engine.batch(HERE) as batch:
        who = batch.register_resident(HERE, "11号楼201", name="住户丙")
        request = batch.open_request(HERE, "food", beneficiary=who, note="门口放")
        assert len(batch) == 2
        assert town.engine.position() == head
    assert len(saves(town, after=head)) == 1
    assert town.request(request).beneficiary == who
    assert town.engine.reveal(HERE, request, purpose="visit")["note"] == "门口放"
    assert town.tick()


def test_refused_members_leave_the_others_alone(town: Town) -> None:
    """A refused command is told by its number; those around it are recorded."""
    with town.engine.batch(HERE) as batch:
        first = batch.register_resident(HERE, "11号楼201", name="A")
        batch.open_request(HERE, "stargazing", beneficiary=first)
        batch.register_building(HERE, "11栋", floors=3, lift=True)
        last = batch.open_request(HERE, "food", beneficiary=first, note="n")
        batch.open_request(HERE, "food", beneficiary=town.resident, note="n", by=by("r-1", "auditor"))
    assert [(number, refusal.code) for number, refusal in batch.refused] == [
        (1, "unknown_kind"),
        (2, "building_exists"),
        (4, "not_permitted"),
    ]
    assert town.request(last).beneficiary == first


def test_who_is_erased_is_refused_alone(town: Town) -> None:
    """An erased person among many does not stop the others, and no text of theirs is sealed."""
    town.engine.erase(HERE, town.high)
    with town.engine.batch(HERE) as batch:
        batch.open_request(HERE, "food", beneficiary=town.high, note="a")
        batch.open_request(HERE, "food", beneficiary=town.high)
        kept = batch.open_request(HERE, "food", beneficiary=town.resident, note="b")
    assert [(number, refusal.code) for number, refusal in batch.refused] == [(0, "erased"), (1, "erased")]
    assert town.stage(kept) == "AwaitingHelp"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"note": "a\x00b"}, "bad_text"),
        ({"needed_by": NAIVE}, "bad_input"),
        ({"urgency": "soon"}, "bad_choice"),
        ({"kind": "=cmd"}, "bad_input"),
        ({"beneficiary": "王芳"}, "bad_input"),
        ({"command_id": "mine"}, "bad_command_id"),
    ],
)
def test_what_is_no_command_is_refused_by_the_verb(quick: Town, given: dict[str, Any], code: str) -> None:
    """The verb itself says so, the batch goes on, and the numbers count commands only."""
    body = {"kind": "food", "beneficiary": quick.resident} | given
    with quick.engine.batch(HERE) as batch:
        with pytest.raises(Refused) as refusal:
            batch.open_request(HERE, **body)
        kept = batch.open_request(HERE, "food", beneficiary=quick.resident)
        assert len(batch) == 1
    assert refusal.value.code == code
    assert batch.refused == []
    assert quick.stage(kept) == "AwaitingHelp"


def test_a_batch_is_for_one_community(quick: Town) -> None:
    """Another community's command is refused without repeating what was given."""
    with quick.engine.batch(HERE) as batch, pytest.raises(Refused) as refusal:
        batch.open_request("王芳 10000000001", "food", beneficiary=quick.resident)
    assert refusal.value.code == "one_community"
    assert "王芳" not in str(refusal.value)


def test_an_error_inside_the_block_saves_nothing(quick: Town) -> None:
    """What was gathered is dropped with the block; the caller sees why."""
    head = quick.engine.position()

    def broken() -> None:
        with quick.engine.batch(HERE) as batch:
            batch.open_request(HERE, "food", beneficiary=quick.resident)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert quick.engine.position() == head


def test_the_same_batch_again_does_nothing_twice(lasting_store: str) -> None:
    """Ids and refusals are those of the first time, after reopening too; another content is refused."""

    def give(engine: Dispatch, *, note: str = "b") -> tuple[list[str], list[tuple[int, str]]]:
        with engine.batch(HERE, command_id="import-1") as batch:
            made: list[str] = [batch.register_resident(HERE, "11号楼201", name="A")]
            made.append(batch.open_request(HERE, "stargazing", address="11号楼201"))
            made.append(batch.open_request(HERE, "food", address="11号楼201", note=note))
            made.append(batch.register_responder(HERE, "cadre"))
        return made, [(number, refusal.code) for number, refusal in batch.refused]

    with town_on(lasting_store) as town:
        first = give(town.engine)
        head = town.engine.position()
        assert first[1] == [(1, "unknown_kind")]
        assert give(town.engine) == first
    with Dispatch.open(lasting_store, clock=Clock()) as again:
        assert give(again) == first
        assert again.position() == head
        with pytest.raises(Refused) as refusal:
            give(again, note="c")
        assert refusal.value.code == "command_id_reused"


def test_two_requests_from_a_new_door_are_one_persons(town: Town) -> None:
    """Who is registered in the same batch is found in it."""
    with town.engine.batch(HERE) as batch:
        first = batch.open_request(HERE, "food", address="11号楼702")
        second = batch.open_request(HERE, "garbage", address="11栋702室")
    assert batch.refused == []
    assert town.request(first).beneficiary == town.request(second).beneficiary


def test_a_refused_newcomer_is_nobody_afterwards(town: Town) -> None:
    """A person whose registration was refused is not found at their door."""
    with town.engine.batch(HERE) as batch:
        batch.register_resident(HERE, "11号楼702", name="A", by=by("r-1", "volunteer"))
    assert [refusal.code for _, refusal in batch.refused] == ["not_permitted"]
    assert town.engine.find_resident(HERE, where="11号楼702") == ()


def test_many_are_saved_in_several_saves(town: Town) -> None:
    """A batch of any length is cut into saves; the refused keep their numbers."""
    head = town.engine.position()
    with town.engine.batch(HERE) as batch:
        for index in range(SAVE_MAX + 5):
            batch.open_request(HERE, "food" if index != SAVE_MAX + 2 else "stargazing", beneficiary=town.resident)
    assert len(saves(town, after=head)) == 2
    assert [number for number, _ in batch.refused] == [SAVE_MAX + 2]
    assert len(town.engine.board_of(HERE).requests) == SAVE_MAX + 4


def test_long_notes_are_saved_in_more_saves(town: Town) -> None:
    """A save has a size: many long texts make more saves and no refusal."""
    head = town.engine.position()
    with town.engine.batch(HERE) as batch:
        for _ in range(300):
            batch.open_request(HERE, "food", beneficiary=town.resident, note="楼" * NOTE_MAX)
    assert batch.refused == []
    assert len(saves(town, after=head)) > 1
    assert len(town.engine.board_of(HERE).requests) == 300


def test_many_shifts_are_saved_in_more_saves(quick: Town) -> None:
    """A responder with many shifts is many events."""
    starts = [MORNING.replace(day=day, hour=hour) for day in range(17, 31) for hour in range(1, 5)]
    shifts = [(start, start.replace(minute=45)) for start in starts]
    with quick.engine.batch(HERE) as batch:
        for _ in range(100):
            batch.register_responder(HERE, "cadre", shifts=shifts)
    assert batch.refused == []
    assert sum(len(person.shifts) == 56 for person in quick.engine.board_of(HERE).responders.values()) == 100


def test_a_flush_that_failed_can_be_repeated(file_store: str) -> None:
    """When the store goes away nothing that was gathered is lost, and nothing is done twice."""
    with town_on(file_store) as town, town.engine.batch(HERE) as batch:
        request = batch.open_request(HERE, "food", beneficiary=town.resident, note="n")
        recorder = town.engine.journal.recorder
        recorder.close()
        with pytest.raises(Unavailable):
            batch.flush()
        assert len(batch) == 1
        with Dispatch.open(file_store, clock=town.clock) as again:
            batch.journal = again.journal
            batch.flush()
            batch.flush()
            assert type(again.request(HERE, request)).__name__ == "AwaitingHelp"
            assert [event.topic for event in again.subscribe()].count("request.received") == 1
