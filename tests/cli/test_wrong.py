"""What goes wrong at the command line: one or two lines that say what now, and an exit code."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.subprocesses import looked_after

LINES_MAX = 3


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("import", "missing.csv"), 6),
        (("import", "."), 6),
        (("import", "people.csv", "--only", "everything"), 2),
        (("open", "medicine", "--at", "99号楼101"), 3),
        (("open", "medicine", "--at", "11号楼3201"), 3),
        (("open", "medicine", "--at", "somewhere"), 3),
        (("open", "medicine"), 3),
        (("open", "piano_tuning", "--at", "11号楼501"), 3),
        (("open", "medicine", "--at", "11号楼501", "--urgency", "huge"), 3),
        (("open", "medicine", "--at", "11号楼501", "--phone", "1²3"), 3),
        (("open", "medicine", "--at", "11号楼501", "--needed-by", "2099-03-01T18:00"), 2),
        (("open", "medicine", "--at", "11号楼501", "--needed-by", "30 Feb"), 2),
        (("open", "medicine", "--at", "11号楼501", "--needed-by", "2001-01-01T00:00Z"), 3),
        (("accept", "q-0000000000000000#1"), 3),
        (("accept", "nonsense"), 3),
        (("complete", "q-0000000000000000/inside"), 3),
        (("show", "nonsense"), 2),
        (("show", "r-0000000000000000"), 3),
        (("control", "set", "11号楼", "locked"), 3),
        (("isolate", "p-0000000000000000"), 3),
        (("erase", "p-0000000000000000", "--yes"), 3),
        (("erase", "p-0000000000000000"), 3),
        (("audit", "timeline", "q-0000000000000000"), 3),
        (("audit", "replay", "--until", "yesterday"), 2),
        (("doctor", "--unpark", "riverside"), 3),
        (("board", "--community", "elsewhere"), 3),
        (("board", "--community", "Else Where"), 3),
        (("board", "--actor", "me"), 0),
        (("alarm", "q-0000000000000000", "--actor", "me"), 2),
        (("alarm", "q-0000000000000000", "--actor", "me:king"), 2),
        (("init", "riverside", "--duty", "desk-1"), 3),
        (("init", "Bad Name", "--duty", "desk-1"), 3),
        (("init", "other", "--duty", "desk-1", "--time-zone", "Mars/Base"), 3),
        (("init", "other"), 2),
        (("board", "--store", "mysql://x"), 2),
        (("board", "--store", "sqlite:///nowhere/at/all.db"), 4),
        (("board", "--store", "postgresql://127.0.0.1:1/none"), 4),
        (("fly",), 2),
        (("board", "--fly"), 2),
        (("board", "too", "many"), 2),
        (("accept",), 2),
        (("board", "--redis", "http://x"), 2),
    ],
)
def test_a_mistake_is_told(town: Command, language: str, arguments: tuple[str, ...], code: int) -> None:
    """Every mistake has its exit code and its words, and nothing is repeated that may be personal."""
    ran = town(*arguments, "--language", language)
    assert ran.code == code, ran.err
    if code:
        assert ran.err.strip()
        assert len(ran.err.strip().splitlines()) <= LINES_MAX
        assert "1²3" not in ran.err
        assert "unforeseen" not in ran.err


def test_an_unknown_language(dispatch: Command) -> None:
    """A language that is not spoken is told in one that is."""
    ran = dispatch("board", "--language", "klingon")
    assert ran.code == 2
    assert "zh-CN" in ran.err


def test_a_mistyped_setting(dispatch: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped variable is named, and the value never shown."""
    monkeypatch.setenv("DISPATCH_STROE", "postgresql://me:secret@host/x")
    ran = dispatch("board")
    assert ran.code == 2
    assert "DISPATCH_STROE" in ran.err
    assert "secret" not in ran.err


def test_several_communities(town: Command) -> None:
    """Without a choice the communities are listed; with one it goes on."""
    assert town("init", "hillside", "--duty", "desk-2").code == 0
    ran = town("board")
    assert ran.code == 2
    assert "hillside, riverside" in ran.err
    assert town("board", "--community", "hillside").code == 0


def test_a_mistyped_store_is_not_created(dispatch: Command, folder: Path) -> None:
    """Only init makes a store."""
    assert dispatch("board").code == 4
    assert list(folder.iterdir()) == []


def test_a_wrong_encoding(town: Command) -> None:
    """A file whose encoding cannot be told is refused whole, with what to do."""
    Path("odd.csv").write_bytes("楼栋,楼层,电梯\n13号楼,6,无\n".encode("utf-16"))
    ran = town("import", "odd.csv")
    assert ran.code == 6
    assert ran.err.startswith("Error: ")


def test_rows_that_cannot_be_imported_are_named(town: Command) -> None:
    """Good rows are taken, the others are named with number and reason, and the exit code says so."""
    Path("more.csv").write_text("楼栋,楼层,电梯\n13号楼,6,无\n14号楼,六层半,无\n,6,无\n", encoding="utf-8")
    ran = town("import", "more.csv")
    assert ran.code == 6
    assert "1 of 3" in ran.out
    assert "row 3" in ran.out
    assert "row 4" in ran.out
    told = town("import", "more.csv", "--json")
    assert told.code == 6
    assert [row["row"] for row in told.json["not_imported"]] == [3, 4]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("capacity", ["0", "-1", "1.5", "many", "201"])
def test_a_capacity_that_is_none_is_named_by_its_row(town: Command, language: str, capacity: str) -> None:
    """Zero, less, a fraction, a word, too much: the row is named in either language, and nobody is registered by it."""
    before = town("audit", "timeline", "--json").json
    row = f"丁,13800000009,下沉干部,全社区,{capacity}"
    Path("more.csv").write_text(f"姓名,电话,角色,负责范围,工作量上限\n{row}\n", encoding="utf-8")
    ran = town("import", "more.csv", "--language", language)
    assert ran.code == 6
    assert "丁" not in ran.out
    assert "13800000009" not in ran.out + ran.err
    assert town("audit", "timeline", "--json").json == before


def test_the_same_people_twice_are_nobody_new(town: Command) -> None:
    """A sheet that is imported again registers nobody twice."""
    before = town("audit", "timeline", "--json").json
    assert town("import", "people.csv").code == 0
    assert town("audit", "timeline", "--json").json == before


def test_an_unreachable_redis_loses_nothing(town: Command) -> None:
    """The command is recorded, and the note says that nobody could be rung."""
    ran = town("open", "food", "--at", "11号楼501", "--redis", "redis://127.0.0.1:1/0")
    assert ran.code == 0
    assert "could not be rung" in ran.err
    ill = town("doctor", "--redis", "redis://127.0.0.1:1/0", "--json")
    assert ill.code == 1
    assert "redis" in [trouble["check"] for trouble in ill.json["troubles"]]


def test_a_read_only_folder(dispatch: Command) -> None:
    """A folder that cannot be written, by root either, is an unavailable store."""
    assert dispatch("init", "riverside", "--duty", "desk-1", "--store", "sqlite:////proc/community.db").code == 4


def test_a_folder_where_a_file_belongs(dispatch: Command, folder: Path) -> None:
    """A store that cannot be opened is unavailable, not a fault of the program."""
    (folder / "community.db").mkdir()
    assert dispatch("init", "riverside", "--duty", "desk-1").code == 4


def test_a_file_that_is_no_store(dispatch: Command, folder: Path) -> None:
    """A text file is not taken for a store: whatever it was, it is damaged."""
    (folder / "community.db").write_text("no database at all, but long enough to be looked at\n" * 40, encoding="utf-8")
    assert dispatch("board").code == 5


def test_a_closed_pipe_is_no_error(town: Command, folder: Path) -> None:
    """`dispatch subscribe | head -1` leaves quietly."""
    for floor in range(2, 19):
        town("open", "food", "--at", f"11号楼{floor}01")
    writer = subprocess.Popen(
        [sys.executable, "-m", "dispatch", "subscribe"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
    )
    with looked_after(writer):
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline() != b""
        writer.stdout.close()
        assert writer.stderr.read() == b""
        assert writer.wait(60) in (0, 141)


def test_debug_shows_the_traceback(shell: Command) -> None:
    """Whoever asks for debug lines sees where an error comes from; nobody else does."""
    assert "Traceback" not in shell("board").err
    assert "Traceback" in shell("board", DISPATCH_LOG_LEVEL="debug").err


def test_standard_input_gives_personal_texts(shell: Command) -> None:
    """A dash keeps a name out of the list of processes."""
    assert shell("init", "riverside", "--duty", "desk-1").code == 0
    Path("register.csv").write_text("楼栋,楼层,电梯\n11号楼,19,有\n", encoding="utf-8")
    assert shell("import", "register.csv").code == 0
    opened = shell("open", "food", "--at", "11号楼501", "--name", "-", "--note", "-", "--json", stdin="王某\n米一袋\n")
    assert opened.code == 0, opened.err
    shown = shell("reveal", opened.json["request"], "--purpose", "contact", "--json")
    assert (shown.json["name"], shown.json["note"]) == ("王某", "米一袋")


def pressed_until_ended(running: subprocess.Popen[bytes]) -> bytes:
    """Press Ctrl-C as a person would: again when the first one fell into a destructor, which Python ignores."""
    for _ in range(12):
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return running.communicate(timeout=5)[1]
    raise AssertionError("Ctrl-C did not end it")


def test_interrupted(town: Command, folder: Path) -> None:
    """Ctrl-C ends politely, with its own code."""
    # A shell that runs the tests in the background has Ctrl-C ignored, and children inherit that.
    heard = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    call = "from dispatch.cli import main; sys.exit(main(['subscribe', '--follow']))"
    command = [sys.executable, "-c", heard + call]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    with looked_after(running):
        assert running.stdout is not None
        assert town("board").code == 0
        assert running.stdout.readline() != b""
        said = pressed_until_ended(running)
    assert running.returncode == 130
    assert said.decode().startswith("Interrupted")


def test_a_group_alone_says_what_it_knows(dispatch: Command) -> None:
    """Whoever types half a command reads the other halves."""
    for said in (("round",), ("ladder", "list")):
        ran = dispatch(*said)
        assert ran.code == 2
        assert f"dispatch {said[0]} needs one of these after it:" in ran.err
        assert "show" in ran.err
