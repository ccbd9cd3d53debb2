"""Logs: one form for all lines, and nothing personal in any of them."""

from __future__ import annotations

import ast
import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
import structlog
from rq.logutils import setup_loghandlers

from dispatch import logs
from dispatch.domain.errors import DispatchError, Refused
from tests.house import ROOT, read_house

MARK = "canary"
SEEDS = (
    "{m} 张三",
    "{m}李四丰",
    "1380013{m}8000",
    "11号楼3单元501 {m}",
    "{m}\n{m}",
    "{m}\u202egnp",
    "{{0.__class__}} {m}",
    "%s %d {m}",
    '"quoted" {m}',
    "{m}\x00\x1b[31m",
)
CANARIES = [f"{seed.format(m=MARK)} {number}" for seed in SEEDS for number in range(10)]
METHODS = ("debug", "info", "warning", "warn", "error", "critical", "fatal", "exception")
ASYNC_METHODS = ("adebug", "ainfo", "awarning", "aerror", "acritical", "afatal", "aexception")
FORMATS = ("json", "console")


def throw(error: BaseException, *, cause: BaseException | None = None) -> NoReturn:
    """Raise an error."""
    raise error from cause


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give a stream to log to; the standard library's and structlog's set-up is restored afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def alone() -> None:
    """Take pytest's own handlers away for this test: they print, or raise, what they cannot format."""
    logging.getLogger().handlers.clear()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    """Log as JSON at every level; give the lines so far."""
    logs.configure("json", "debug", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def facts_of(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line without its time."""
    return {key: value for key, value in line.items() if key != "timestamp"}


def test_a_line(lines: Lines) -> None:
    """A fact, its ids and numbers come out as they went in, with level, logger and time in UTC."""
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    logs.get_logger("dispatch.engine").info(
        "offer_made", community="riverside", request="q-1f", leg="q-1f/inside", offer="q-1f#3", due=at, waited_s=2.5
    )
    (line,) = lines()
    assert facts_of(line) == {
        "level": "info",
        "logger": "dispatch.engine",
        "fact": "offer_made",
        "community": "riverside",
        "request": "q-1f",
        "leg": "q-1f/inside",
        "offer": "q-1f#3",
        "due": "2026-03-01T09:30:00+00:00",
        "waited_s": 2.5,
    }
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() == at.utcoffset()


def test_fact_may_be_given_by_name(lines: Lines) -> None:
    """`fact=` says the same as the first argument, and no line has a key `event`."""
    log = logs.get_logger("dispatch.x")
    log.info("started")
    log.info(fact="started")
    first, second = lines()
    assert first["fact"] == second["fact"] == "started"
    assert "event" not in first


def test_console_line(stream: io.StringIO) -> None:
    """For people the same line is text, and values with spaces are quoted."""
    logs.configure("console", "info", stream=stream)
    log = logs.get_logger("dispatch.x")
    log.warning("lagging", lag=12, community="riverside")
    try:
        throw(Refused("request_state", "Request q-1 is Closed.", request="q-1"))
    except Refused:
        log.exception("refused")
    first, second, frame, _ = stream.getvalue().splitlines()
    assert first.split(" ", 1)[1] == "warning  dispatch.x lagging community=riverside lag=12"
    assert second.endswith('refused code=request_state error=Refused message="Request q-1 is Closed."')
    assert frame.startswith("    at tests.test_logs.test_console_line:")


def test_level(stream: io.StringIO) -> None:
    """Below the level nothing is said."""
    logs.configure("json", "warning", stream=stream)
    logs.get_logger("dispatch.x").info("quiet")
    logs.get_logger("dispatch.x").warning("loud")
    assert [json.loads(line)["fact"] for line in stream.getvalue().splitlines()] == ["loud"]


@pytest.mark.parametrize(("log_format", "level"), [("xml", "info"), ("json", "loud")])
def test_unknown_format_or_level(log_format: str, level: str) -> None:
    """A wrong word is an error, and what would do is said."""
    with pytest.raises(ValueError, match="console or json"):
        logs.configure(log_format, level)


def test_configured_again(stream: io.StringIO, lines: Lines) -> None:
    """A second call replaces the first handler; lines do not double."""
    logs.configure("json", "info", stream=stream)
    logs.get_logger("dispatch.x").info("once")
    assert len(lines()) == 1


def test_handlers_of_others_stay(stream: io.StringIO) -> None:
    """An application's own handlers are its own."""
    theirs = logging.NullHandler()
    logging.getLogger().addHandler(theirs)
    logs.configure("json", "info", stream=stream)
    assert theirs in logging.getLogger().handlers


def test_bound_ids(lines: Lines) -> None:
    """Bound ids are on every line of the block, foreign ones too, and on none after it."""
    log = logs.get_logger("dispatch.x")
    with logs.bound(community="riverside", job="0123456789abcdef"):
        log.info("inside")
        logging.getLogger("rq.worker").info("inside too")
    log.info("outside")
    assert [(line.get("community"), line.get("job")) for line in lines()] == [
        ("riverside", "0123456789abcdef"),
        ("riverside", "0123456789abcdef"),
        (None, None),
    ]


def test_dropped_keys_are_counted(lines: Lines) -> None:
    """What is not on the list is counted; what has not the shape of its key too; nothing else goes."""
    logs.get_logger("dispatch.x").info("saved", name="x", note="y", request="not an id", position=True, count=3)
    (line,) = lines()
    assert (line["dropped"], line["position"], line["count"]) == (3, True, 3)
    assert not {"name", "note", "request"} & set(line)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("request", "Q-1F"),
        ("request", "q-1f extra"),
        ("leg", "q-1f/Inside"),
        ("offer", "q-1f#x"),
        ("community", "River Side"),
        ("code", "张三"),
        ("position", "12"),
        ("position", float("nan")),
        ("waited_s", "2"),
        ("due", "soon"),
        ("frames", ["dispatch.x:1"]),
        ("message", "text of a caller"),
        ("says", "text of a caller"),
        ("signal", 15),
        ("requests", ["q-1f"]),
        ("request", ["q-1f", "张三"]),
        ("request", {"a": 1}),
        ("request", b"q-1f"),
    ],
)
def test_shapes(lines: Lines, key: str, value: object) -> None:
    """A value that has not the shape of its key is dropped and counted."""
    logs.get_logger("dispatch.x").info("saved", **{key: value})
    (line,) = lines()
    assert key not in line
    assert line["dropped"] == 1


def test_several_ids(lines: Lines) -> None:
    """A list of ids is a list of ids."""
    logs.get_logger("dispatch.x").info("drained", request=("q-1", "q-2"))
    assert lines()[0]["request"] == ["q-1", "q-2"]


def through_own_logger(secret: str) -> None:
    """Say a secret in every way a caller could say it by mistake."""
    log = logs.get_logger("dispatch.x")
    for method in METHODS:
        say = getattr(log, method)
        say(secret)
        say(f"told {secret}", secret, request=secret, code=secret, community=secret, position=secret, due=secret)
        say("told", name=secret, message=secret, says=secret, frames=[secret], event_type=secret, stack_info=True)
        say("told %s", secret, **{secret: secret})
    log.log(logging.ERROR, secret, name=secret)
    log.bind(name=secret, request=secret, logger=secret, level=secret, timestamp=secret).info("told")
    with logs.bound(name=secret, community=secret):
        log.info("told")
    asyncio.run(through_async_methods(log, secret))


def through_structlog(secret: str) -> None:
    """Say a secret through a logger that somebody else made."""
    structlog.get_logger(secret).error(secret, name=secret)


async def through_async_methods(log: Any, secret: str) -> None:
    """Say a secret through the methods for asynchronous callers."""
    for method in ASYNC_METHODS:
        await getattr(log, method)(secret, name=secret, request=secret)


def through_exceptions(secret: str) -> None:
    """Log exceptions that have a secret in text, notes, locals, causes and groups."""
    log = logs.get_logger("dispatch.x")
    local = secret
    try:
        try:
            throw(KeyError(local))
        except KeyError as cause:
            error = ExceptionGroup(local, [ValueError(local)])
            error.add_note(local)
            error.code = 7  # type: ignore[attr-defined]
            throw(error, cause=cause)
    except ExceptionGroup as error:
        log.exception("failed", exc_info=error)
        log.warning("failed", exc_info=True)
        log.warning("failed", exc_info=(type(error), error, error.__traceback__))
        logging.getLogger("foreign").exception(secret, stack_info=True)
        logging.getLogger("foreign").warning(error)
        logging.getLogger("foreign").warning("%s", error, exc_info=error)
    shape = type("Coded", (Exception,), {"code": secret, "message": 3})
    log.error("failed", exc_info=shape(secret))


def through_foreign_loggers(secret: str) -> None:
    """Say a secret as other libraries might."""
    log = logging.getLogger("foreign")
    log.info("user %s called", secret)
    log.info(f"user {secret} called")  # noqa: G004
    log.info(f"user {secret} %s", secret)  # noqa: G004
    log.info(secret)
    log.info("%(name)s", {"name": secret})
    log.info("told", extra={"name_of_person": secret, "request": secret, "fact": secret})
    log.error("wrong %d arguments", secret)
    log.error("too few %s %s", *[secret])
    logging.getLogger(secret).warning("told by a logger of that name")
    log.info(Unprintable(secret))


class Unprintable:
    """Something that cannot be turned into a text."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __str__(self) -> str:
        """Fail with a secret in the error."""
        raise RuntimeError(self.secret)


@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize("say", [through_own_logger, through_structlog, through_exceptions, through_foreign_loggers])
def test_canaries_never_appear(
    stream: io.StringIO, capfd: pytest.CaptureFixture[str], log_format: str, say: Callable[[str], None]
) -> None:
    """A hundred secrets, said in every way, are in no line, on no other stream and in no escape of theirs."""
    alone()
    logs.configure(log_format, "debug", stream=stream)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    assert len(CANARIES) == 100
    for canary in CANARIES:
        say(canary)
    said = stream.getvalue()
    elsewhere = capfd.readouterr()
    assert said.count("\n") >= len(CANARIES)
    for shown in (said, elsewhere.out, elsewhere.err):
        assert MARK not in shown
        assert "张三" not in shown


def test_unconfigured_lines_are_redacted(stream: io.StringIO) -> None:
    """In an application that configured nothing of ours, its plain handlers see redacted lines only."""
    alone()
    logging.getLogger().addHandler(logging.StreamHandler(stream))
    for canary in CANARIES:
        through_own_logger(canary)
    assert "'fact': 'told'" in stream.getvalue()
    assert "'dropped': " in stream.getvalue()
    assert MARK not in stream.getvalue()


def test_foreign_line(lines: Lines) -> None:
    """A foreign line has the same form; it says the words of its source code and not what was put in."""
    logging.getLogger("rq.worker").warning("Worker %s: %d jobs", "w-1", 3)
    (line,) = lines()
    place = line.pop("where")
    assert facts_of(line) == {
        "level": "warning",
        "logger": "rq.worker",
        "fact": "foreign",
        "says": "Worker %s: %d jobs",
    }
    assert place.startswith("test_logs.test_foreign_line:")


def test_foreign_words_over_several_lines(lines: Lines) -> None:
    """Words that the source code breaks into pieces are put together again."""
    logging.getLogger("rq.worker").error(
        "Job %s failed\n"
        "after %s seconds",
        "j-1",
        3,
    )  # fmt: skip
    assert lines()[0]["says"] == "Job %s failed after %s seconds"


def test_rq_adds_no_handler_of_its_own(lines: Lines) -> None:
    """Set up before a worker is made, all lines of rq come out here, and once."""
    setup_loghandlers("INFO")
    rq_log = logging.getLogger("rq.worker")
    rq_log.info("Worker %s: started", "w-1")
    rq_log.setLevel(logging.NOTSET)
    assert rq_log.handlers == []
    assert [line["says"] for line in lines()] == ["Worker %s: started"]


def test_foreign_word_that_is_only_part_of_its_source(lines: Lines) -> None:
    """A name that happens to stand inside the source line is not taken for its text."""
    warn = "warn"
    logging.getLogger("foreign").warning(warn)
    assert "says" not in lines()[0]


def test_line_that_cannot_be_formatted(stream: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    """A lost line is told by type and place, without its arguments."""
    alone()
    logs.configure("json", "info", stream=stream)
    logging.getLogger("foreign").info(Unprintable("x"))
    told = capfd.readouterr().err
    assert told.startswith("log line lost: RuntimeError at test_logs:")
    assert stream.getvalue() == ""


def test_error_of_ours(lines: Lines) -> None:
    """Of our own errors the code and the message are told: they hold ids, never household details."""
    try:
        throw(Refused("offer_not_held", "Responder r-17 holds no open offer q-203#1.\nAsk again.", responder="r-17"))
    except Refused:
        logs.get_logger("dispatch.x").exception("refused")
    (line,) = lines()
    assert (line["error"], line["code"]) == ("Refused", "offer_not_held")
    assert line["message"] == "Responder r-17 holds no open offer q-203#1. Ask again."
    assert [frame.rpartition(":")[0] for frame in line["frames"]] == [
        "tests.test_logs.test_error_of_ours",
        "tests.test_logs.throw",
    ]


def test_causes(lines: Lines) -> None:
    """Causes are told by type and place, innermost first named last; a suppressed one is not."""
    try:
        try:
            throw(KeyError(MARK))
        except KeyError as error:
            throw(DispatchError("It failed."), cause=error)
    except DispatchError:
        logs.get_logger("dispatch.x").exception("failed")
    (cause,) = lines()[0]["causes"]
    assert cause.startswith("KeyError tests.test_logs.throw:")


def test_deep_recursion_stays_short(lines: Lines) -> None:
    """Of many frames the innermost are told."""

    def fall(depth: int) -> None:
        if depth == 0:
            raise ValueError(MARK)
        fall(depth - 1)

    try:
        fall(50)
    except ValueError:
        logs.get_logger("dispatch.x").exception("failed")
    assert len(lines()[0]["frames"]) == logs.FRAMES_MAX


def test_no_exception_at_hand(lines: Lines) -> None:
    """`exc_info=True` without an exception is a plain line."""
    logs.get_logger("dispatch.x").info("fine", exc_info=True)
    assert "error" not in lines()[0]


def test_import_configures_nothing() -> None:
    """Importing the library sets up no handler and leaves structlog alone."""
    script = (
        "import logging, structlog, dispatch, dispatch.logs, dispatch.settings, dispatch.words\n"
        "root = logging.getLogger()\n"
        "print(root.handlers, root.level, structlog.is_configured())\n"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert result.stdout.split("\n")[0] == f"[] {logging.WARNING} False"


def own_log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Give every call of a log method in the house, with its place."""
    for module in read_house(ROOT).values():
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            of = ast.unparse(node.func.value).rpartition(".")[2]
            made_here = of.startswith("get_logger(")
            if node.func.attr in METHODS and (made_here or of.strip("_").lower() in {"log", "logger"}):
                yield f"{module.name}:{node.lineno}", node


def unlisted(place: str, call: ast.Call) -> Iterator[str]:
    """Give what is wrong with one of our own log calls."""
    fact = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "fact"), None)
    if not (isinstance(fact, ast.Constant) and logs.redact(None, "", {"fact": fact.value}) == {"fact": fact.value}):
        yield f"{place}: the fact must be a literal code such as «offer_made»"
    for keyword in call.keywords:
        known = keyword.arg in logs.ALLOWED or (keyword.arg and logs._NUMBER_KEY.fullmatch(keyword.arg))
        if keyword.arg != "exc_info" and not known:
            yield f"{place}: key {keyword.arg} is not on the list of dispatch.logs.ALLOWED and would be dropped"


def test_own_lines_drop_nothing() -> None:
    """Each line that the house writes itself says a code and uses listed keys."""
    found = list(own_log_calls())
    assert any(place.startswith("dispatch.wake:") for place, _ in found)
    assert [told for place, call in found for told in unlisted(place, call)] == []


def test_the_check_of_own_lines_sees() -> None:
    """The check above finds a sentence, an unlisted key and keys that nobody can see."""
    call = ast.parse('log.info(f"hello {name}", name=name, **more)').body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert len(list(unlisted("here", call.value))) == 3
