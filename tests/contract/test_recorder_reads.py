"""Commands and reads, on every store: by position, by instant, by stream, by community."""

from dataclasses import replace

import pytest

from dispatch.store.recorders import CommandKnown, CommandRow, IntegrityError, Parked, Recorder
from tests.contract.saves import ELSEWHERE, A, B, command, event, fill


def test_a_command_is_found_with_its_positions(recorder: Recorder) -> None:
    """The recorder fills in where the events of a command are."""
    recorder.insert_events([event(A, 1)], command=command("c-1", at=5))
    recorder.insert_events([event(A, 2), event(B, 1)], command=command("c-2", at=6, stream=None))
    assert recorder.select_command("c-2") == CommandRow("c-2", b"digest", "r-1", 6, "done", None, 2, 3)


def test_a_refusal_is_a_row_without_events(recorder: Recorder) -> None:
    """It keeps its code and its actor, and takes the id."""
    refused = command("c-1", at=5, outcome="floor_unknown")
    recorder.record_refusal(refused)
    assert recorder.select_command("c-1") == refused
    assert recorder.last_position() == 0
    with pytest.raises(CommandKnown):
        recorder.record_refusal(refused)
    with pytest.raises(CommandKnown):
        recorder.insert_events([event(A, 1)], command=command("c-1", at=6))


def test_an_id_of_the_log_is_not_refused_later(recorder: Recorder) -> None:
    """What was carried out stays carried out."""
    fill(recorder, A)
    with pytest.raises(CommandKnown):
        recorder.record_refusal(command("c-1", outcome="floor_unknown"))
    found = recorder.select_command("c-1")
    assert found is not None
    assert found.outcome == "done"


def test_a_refusal_does_not_say_done(recorder: Recorder) -> None:
    """A row that says so would hide that nothing was stored."""
    with pytest.raises(ValueError, match="c-1"):
        recorder.record_refusal(command("c-1"))
    assert recorder.select_command("c-1") is None


def test_commands_are_listed_in_the_order_of_their_events(recorder: Recorder) -> None:
    """Page by page, without refusals."""
    fill(recorder, A, B, A)
    recorder.record_refusal(command("c-0", outcome="floor_unknown"))
    first = recorder.select_commands(limit=2)
    assert [(row.command_id, row.last_position) for row in first] == [("c-1", 1), ("c-2", 2)]
    assert [row.command_id for row in recorder.select_commands(gt=2, limit=2)] == ["c-3"]


def three_commands(recorder: Recorder) -> list[CommandRow]:
    """Store three commands over four positions, a refusal, and one without events."""
    recorder.insert_events([event(A, 1)], command=command("c-1", at=10))
    recorder.insert_events([event(A, 2), event(B, 1)], command=command("c-2", at=20))
    recorder.insert_events([event(B, 2)], command=command("c-3", at=30))
    recorder.record_refusal(command("c-no", at=5, outcome="floor_unknown"))
    recorder.insert_events([], command=command("c-same", at=40))
    return recorder.select_commands(limit=10)


def test_the_commands_of_the_log_are_rebuilt(recorder: Recorder) -> None:
    """New rows take the place of the old ones; what the log does not know stays."""
    kept = three_commands(recorder)
    renamed = [replace(row, command_id=f"{row.command_id}-again") for row in kept]
    assert recorder.rebuild_commands(iter(renamed)) == 3
    assert recorder.select_commands(limit=10) == renamed
    assert recorder.select_command("c-1") is None
    assert recorder.select_command("c-no") is not None
    assert recorder.select_command("c-same") is not None
    assert recorder.insert_events([event(A, 3)], command=command("c-1", at=30)) == [5]


def test_commands_are_rebuilt_from_a_reader_of_the_log(recorder: Recorder) -> None:
    """The rows may be read from the store while they are replaced: nobody can append meanwhile."""
    kept = three_commands(recorder)
    by_first = {row.first_position: row for row in kept}
    read = (by_first[row.position] for row in recorder.select_rows(limit=10) if row.position in by_first)
    assert recorder.rebuild_commands(read) == 3
    assert recorder.select_commands(limit=10) == kept


@pytest.mark.parametrize("left_out", [0, 1, 2])
def test_a_rebuild_that_leaves_a_position_out_is_refused(recorder: Recorder, left_out: int) -> None:
    """The old rows stay, also when only the end is missing: it may have been read too early."""
    kept = three_commands(recorder)
    with pytest.raises(IntegrityError):
        recorder.rebuild_commands(kept[:left_out] + kept[left_out + 1 :])
    assert recorder.select_commands(limit=10) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"first_position": 4, "last_position": 5}, id="beyond the log"),
        pytest.param({"first_position": 3, "last_position": 4}, id="a position twice"),
        pytest.param({"first_position": 4, "last_position": 3}, id="backwards"),
        pytest.param({"first_position": None, "last_position": None}, id="nowhere"),
        pytest.param({"command_id": "c-no"}, id="the id of a refusal"),
        pytest.param({"command_id": "c-1"}, id="an id twice"),
    ],
)
def test_a_rebuild_with_a_wrong_row_is_refused(recorder: Recorder, wrong: dict[str, int | str | None]) -> None:
    """The old rows stay."""
    kept = three_commands(recorder)
    with pytest.raises(IntegrityError):
        recorder.rebuild_commands([*kept[:2], replace(kept[2], **wrong)])  # type: ignore[arg-type]
    assert recorder.select_commands(limit=10) == kept


def test_an_instant_is_a_position(recorder: Recorder) -> None:
    """«As of T» is the last position recorded at or before T, the whole save of it."""
    three_commands(recorder)
    recorder.insert_events([event(A, 3)], command=command("c-4", at=30))
    at = {instant: recorder.position_at(instant) for instant in (-1, 9, 10, 11, 19, 20, 29, 30, 31, 10**18)}
    assert at == {-1: 0, 9: 0, 10: 1, 11: 1, 19: 1, 20: 3, 29: 3, 30: 5, 31: 5, 10**18: 5}


def test_the_log_is_read_in_parts(recorder: Recorder) -> None:
    """After a position, up to a position, at most so many, of some topics."""
    topics = ["opened", "closed", "opened", "triaged"]
    events = [event(A, version, topic=topic) for version, topic in enumerate(topics, 1)]
    recorder.insert_events(events, command=command("c-1"))

    def positions(**asked: object) -> list[int]:
        return [row.position for row in recorder.select_rows(**{"limit": 10, **asked})]  # type: ignore[arg-type]

    assert positions() == [1, 2, 3, 4]
    assert positions(gt=1, lte=3) == [2, 3]
    assert positions(gt=1, limit=2) == [2, 3]
    assert positions(topics=["opened"]) == [1, 3]
    assert positions(topics=["opened", "triaged"], gt=1) == [3, 4]
    assert positions(topics=["never"]) == []
    assert positions(gt=4) == []
    assert positions(limit=0) == []


PREFIXED = [
    "river/request/q-1",
    "riverside/request/q-1",
    "riverside/responder/r-1",
    "riverside-2/request/q-1",
    "riverside0/request/q-1",
    "riverside2/request/q-1",
    "riversidf/request/q-1",
    "Riverside/request/q-1",
    "riverside",
    "r%/request/q-1",
    "r_verside/request/q-1",
    "河畔/求助单/一",
    "河边/求助单/一",
]
PLAIN = ["riverside/", "riverside/request/", "riverside/re", "riverside", "r", "x/"]


@pytest.mark.parametrize("prefix", [*PLAIN, "r%/", "r%", "r_verside/", "河", "河畔/"])
def test_a_prefix_is_read_to_the_letter(recorder: Recorder, prefix: str) -> None:
    """Another community with a longer name, another case, or a wildcard's letter never leaks in."""
    fill(recorder, *PREFIXED, *PREFIXED)
    read = recorder.select_rows(limit=100, prefix=prefix)
    expected = [(position, stream) for position, stream in enumerate(PREFIXED * 2, 1) if stream.startswith(prefix)]
    assert [(row.position, row.stream) for row in read] == expected


def test_a_prefix_is_read_in_parts(recorder: Recorder) -> None:
    """A community's rows come in the order of positions, a page at a time."""
    fill(recorder, A, ELSEWHERE, B, ELSEWHERE, A)
    page = recorder.select_rows(gt=1, limit=1, prefix="riverside/")
    assert [row.position for row in page] == [3]
    assert [row.position for row in recorder.select_rows(gt=3, lte=5, limit=9, prefix="riverside/")] == [5]


@pytest.mark.parametrize("prefix", ["\U0010ffff", "a\U0010ffff", "\ud7ff"])
def test_a_prefix_may_end_with_the_last_letter_there_is(recorder: Recorder, prefix: str) -> None:
    """Its upper bound is not a letter that does not exist."""
    fill(recorder, "a/b/1", f"{prefix}/b/1", "\ue000/b/1")
    assert [row.stream for row in recorder.select_rows(limit=9, prefix=prefix)] == [f"{prefix}/b/1"]


def test_one_stream_is_read(recorder: Recorder) -> None:
    """Versions after one, up to another; a stream that only begins alike is another stream."""
    fill(recorder, A, A + "2", A, A)
    assert [(row.position, row.version) for row in recorder.select_stream(A)] == [(1, 1), (3, 2), (4, 3)]
    assert [row.version for row in recorder.select_stream(A, gt=1)] == [2, 3]
    assert [row.version for row in recorder.select_stream(A, gt=1, lte=2)] == [2]
    assert recorder.select_stream("riverside/request/q-none") == []


def test_each_community_has_its_last_position(recorder: Recorder) -> None:
    """The heads are those of the log, in the order of the names' bytes."""
    fill(recorder, ELSEWHERE, A, B, "Zoo/request/q-1", ELSEWHERE, "河畔/request/q-1")
    recorder.insert_events([event(A, 2), event("river-3/match", 1)], command=command("c-x", at=99))
    expected = {"Zoo": 4, "river-3": 8, "riverside": 7, "riverside2": 5, "河畔": 6}
    assert recorder.community_heads() == expected
    assert list(recorder.community_heads()) == recorder.communities() == list(expected)


def test_a_community_is_parked_and_goes_on(recorder: Recorder) -> None:
    """One row per community; parking it anew says where it stands now."""
    recorder.park("riverside", 7, "unknown_topic", 100)
    recorder.park("eastgate", 3, "bad_json", 50)
    recorder.park("riverside", 9, "bad_json", 200)
    assert recorder.parked() == [Parked("eastgate", 3, "bad_json", 50), Parked("riverside", 9, "bad_json", 200)]
    recorder.unpark("riverside")
    recorder.unpark("nobody")
    assert recorder.parked() == [Parked("eastgate", 3, "bad_json", 50)]


def test_there_are_no_subscriptions(recorder: Recorder) -> None:
    """The library's way of tailing starts threads; asking for it says what to do instead."""
    with pytest.raises(NotImplementedError, match="select_rows"):
        recorder.subscribe()
