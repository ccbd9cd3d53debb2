"""Appending, on every store: what is checked, in which order, and that a refusal leaves nothing."""

import pytest

from dispatch.store.recorders import (
    MAX_BYTES_PER_EVENT,
    MAX_BYTES_PER_SAVE,
    MAX_EVENTS_PER_SAVE,
    ClockBehind,
    CommandKnown,
    Guard,
    IntegrityError,
    Recorder,
    SaveTooLarge,
    StaleStream,
    StoredEvent,
    Tracking,
)
from tests.contract.saves import ELSEWHERE, A, B, command, event, fill


def test_a_new_store_is_empty(recorder: Recorder) -> None:
    """Nothing is there, and each way of asking says so."""
    assert recorder.last_position() == 0
    assert recorder.max_notification_id() is None
    assert recorder.last_recorded_at() is None
    assert recorder.position_at(10**18) == 0
    assert recorder.select_rows(limit=10) == []
    assert recorder.select_commands(limit=10) == []
    assert recorder.select_command("c-1") is None
    assert recorder.communities() == []
    assert recorder.parked() == []
    assert recorder.max_tracking_id("board") is None


def test_positions_are_consecutive_over_streams_and_saves(recorder: Recorder) -> None:
    """The events of a save lie together, and the next save begins right behind them."""
    first = recorder.insert_events([event(A, 1), event(B, 1), event(A, 2)], command=command("c-1"))
    second = recorder.insert_events([event(B, 2)], command=command("c-2"))
    assert (first, second) == ([1, 2, 3], [4])
    assert [(row.stream, row.version) for row in recorder.select_rows(limit=10)] == [(A, 1), (B, 1), (A, 2), (B, 2)]


def test_a_refused_save_leaves_no_gap(recorder: Recorder) -> None:
    """Positions are given only to what is stored."""
    fill(recorder, A)
    with pytest.raises(StaleStream):
        recorder.insert_events([event(B, 1), event(A, 1)], command=command("c-late", at=10))
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(A, 1)])
    assert recorder.insert_events([event(A, 2)], command=command("c-next", at=10)) == [2]
    assert [row.position for row in recorder.select_rows(limit=10)] == [1, 2]


def test_a_refused_save_leaves_nothing_at_all(recorder: Recorder) -> None:
    """Neither events nor the command's row nor heads nor tracking."""
    fill(recorder, A)
    with pytest.raises(StaleStream):
        recorder.insert_events(
            [event(ELSEWHERE, 1), event(A, 5)], command=command("c-late", at=99), tracking=Tracking("board", 1)
        )
    assert recorder.select_command("c-late") is None
    assert recorder.last_recorded_at() == 10
    assert recorder.community_heads() == {"riverside": 1}
    assert recorder.max_tracking_id("board") is None
    assert recorder.select_stream(ELSEWHERE) == []


@pytest.mark.parametrize(
    ("events", "stream", "current"),
    [
        pytest.param([event(A, 1)], A, 1, id="taken"),
        pytest.param([event(A, 3)], A, 1, id="ahead"),
        pytest.param([event(A, 2), event(A, 4)], A, None, id="gap inside the save"),
        pytest.param([event(A, 3), event(A, 2)], A, None, id="out of order"),
        pytest.param([event(A, 2), event(A, 2)], A, None, id="twice"),
        pytest.param([event(A, 2), event(B, 2)], B, 0, id="second stream"),
        pytest.param([event(B, 0)], B, 0, id="versions begin at 1"),
    ],
)
def test_every_event_is_the_next_of_its_stream(
    recorder: Recorder, events: list[StoredEvent], stream: str, current: int | None
) -> None:
    """Anything else was decided on another state of the stream."""
    fill(recorder, A)
    with pytest.raises(StaleStream) as caught:
        recorder.insert_events(events, command=command("c-2", at=10))
    assert caught.value.stream == stream
    assert current is None or caught.value.current == current
    assert recorder.last_position() == 1


@pytest.mark.parametrize("guard", [Guard(A, 0), Guard(A, 1), Guard(A, 3), Guard(B, 1)])
def test_a_stream_that_was_only_read_must_not_have_moved(recorder: Recorder, guard: Guard) -> None:
    """A guard names the version that was read; the stream is at another one."""
    fill(recorder, A, A)
    with pytest.raises(StaleStream) as caught:
        recorder.insert_events(
            [event(ELSEWHERE, 1)], command=command("c-3", at=20), guards=[Guard(ELSEWHERE, 0), guard]
        )
    assert caught.value.stream == guard.stream
    assert caught.value.current == {A: 2, B: 0}[guard.stream]
    assert recorder.last_position() == 2


def test_guards_that_hold_let_the_save_through(recorder: Recorder) -> None:
    """A guarded stream is at its version, or does not exist as expected."""
    fill(recorder, A, A)
    guards = [Guard(A, 2), Guard(ELSEWHERE, 0)]
    assert recorder.insert_events([event(B, 1)], command=command("c-3", at=20), guards=guards) == [3]


def test_a_command_id_is_taken_once(recorder: Recorder) -> None:
    """The second save under an id is refused, whatever it carries, and names the id."""
    fill(recorder, A)
    with pytest.raises(CommandKnown) as caught:
        recorder.insert_events([event(A, 2)], command=command("c-1", at=10))
    assert caught.value.command_id == "c-1"
    assert recorder.last_position() == 1


def test_the_order_of_the_checks(recorder: Recorder) -> None:
    """Known before clock before guards before versions: a repeat is told that it is one."""
    fill(recorder, A)
    wrong, moved = [event(A, 9)], [Guard(B, 7)]
    with pytest.raises(CommandKnown):
        recorder.insert_events(wrong, command=command("c-1", at=1), guards=moved)
    with pytest.raises(ClockBehind):
        recorder.insert_events(wrong, command=command("c-2", at=1), guards=moved)
    with pytest.raises(StaleStream) as guard:
        recorder.insert_events(wrong, command=command("c-2", at=10), guards=moved)
    assert guard.value.stream == B
    with pytest.raises(StaleStream) as version:
        recorder.insert_events(wrong, command=command("c-2", at=10))
    assert version.value.stream == A


def test_the_clock_of_the_log_never_goes_back(recorder: Recorder) -> None:
    """The same instant may come again, an earlier one may not."""
    recorder.insert_events([event(A, 1)], command=command("c-1", at=1_000))
    recorder.insert_events([event(A, 2)], command=command("c-2", at=1_000))
    with pytest.raises(ClockBehind) as caught:
        recorder.insert_events([event(A, 3)], command=command("c-3", at=999))
    assert caught.value.last == 1_000
    assert recorder.last_position() == 2


def test_what_is_not_in_the_log_does_not_move_its_clock(recorder: Recorder) -> None:
    """Refusals and commands without events have no position, so they come at any instant."""
    recorder.record_refusal(command("c-1", at=5_000, outcome="floor_unknown"))
    recorder.insert_events([], command=command("c-2", at=4_000))
    recorder.insert_events([event(A, 1)], command=command("c-3", at=3_000))
    assert recorder.last_recorded_at() == 3_000


def test_a_command_may_change_nothing(recorder: Recorder) -> None:
    """A repeat in other words is recorded without events, so that its id is taken."""
    fill(recorder, A)
    assert recorder.insert_events([], command=command("c-2", at=20)) == []
    assert recorder.select_command("c-2") == command("c-2", at=20)
    assert [row.command_id for row in recorder.select_commands(limit=10)] == ["c-1"]
    with pytest.raises(CommandKnown):
        recorder.insert_events([], command=command("c-2", at=20))


def test_tracking_moves_with_the_events_or_not_at_all(recorder: Recorder) -> None:
    """A follower's position is recorded in the transaction of what it appends."""
    recorder.insert_events([event(A, 1)], command=command("c-1"), tracking=Tracking("match", 7))
    for position in (7, 3):
        with pytest.raises(IntegrityError, match="match"):
            recorder.insert_events([event(A, 2)], command=command("c-2"), tracking=Tracking("match", position))
    assert recorder.max_tracking_id("match") == 7
    assert recorder.last_position() == 1
    assert recorder.select_command("c-2") is None


def test_the_largest_save_is_taken(recorder: Recorder) -> None:
    """As many events, as large an event, and as many bytes as the limits say."""
    many = [event(A, version, state=b"") for version in range(1, MAX_EVENTS_PER_SAVE + 1)]
    assert len(recorder.insert_events(many, command=command("c-1"))) == MAX_EVENTS_PER_SAVE
    full = bytes(range(256)) * (MAX_BYTES_PER_EVENT // 256)
    large = [event(B, 1 + n, state=full) for n in range(MAX_BYTES_PER_SAVE // MAX_BYTES_PER_EVENT)]
    recorder.insert_events(large, command=command("c-2"))
    assert {row.state for row in recorder.select_stream(B)} == {full}


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([event(A, n) for n in range(1, 20_001)], id="20,000 events"),
        pytest.param([event(A, n) for n in range(1, MAX_EVENTS_PER_SAVE + 2)], id="one event too many"),
        pytest.param([event(A, 1, state=bytes(MAX_BYTES_PER_EVENT + 1))], id="one byte too many in an event"),
        pytest.param(
            [event(A, n, state=bytes(MAX_BYTES_PER_EVENT)) for n in range(1, 65)] + [event(A, 65, state=b"1")],
            id="one byte too many in the save",
        ),
    ],
)
def test_a_larger_save_is_refused(recorder: Recorder, events: list[StoredEvent]) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(SaveTooLarge):
        recorder.insert_events(events, command=command("c-1"))
    assert recorder.last_position() == 0
    assert recorder.select_command("c-1") is None


def test_bytes_come_back_as_they_went(recorder: Recorder) -> None:
    """Whatever the bytes of a state are, and whatever the letters of a topic."""
    state = bytes(range(256))
    recorder.insert_events([event(A, 1, state=state, topic="请求.已收到")], command=command("c-1"))
    assert recorder.select_rows(limit=1) == [(1, A, 1, "请求.已收到", state)]
