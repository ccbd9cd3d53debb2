"""Events and commands as the contract tests write them."""

from dispatch.store.recorders import CommandRow, Recorder, StoredEvent

A = "riverside/request/q-a"
B = "riverside/request/q-b"
ELSEWHERE = "riverside2/request/q-c"


def event(stream: str, version: int, *, state: bytes = b"[1,{},{}]", topic: str = "t") -> StoredEvent:
    """Make an event; its content is of no interest to a recorder."""
    return StoredEvent(stream, version, topic, state)


def command(command_id: str, *, at: int = 0, outcome: str = "done", stream: str | None = A) -> CommandRow:
    """Make a command's row, recorded at `at` µs."""
    return CommandRow(command_id, b"digest", "r-1", at, outcome, stream)


def fill(recorder: Recorder, *streams: str) -> None:
    """Save one event after the other, each by a command of its own, 10 µs apart."""
    versions: dict[str, int] = {}
    for stream in streams:
        versions[stream] = versions.get(stream, 0) + 1
        at = recorder.last_position() * 10 + 10
        recorder.insert_events(
            [event(stream, versions[stream], state=str(at).encode())],
            command=command(f"c-{at // 10}", at=at, stream=stream),
        )
