"""
Logs: structlog over the standard library, redacted by an allow-list of keys.

A line says a `fact`, a code, and ids, numbers and codes beside it. Whatever is not on the list, or
has not the shape that its key asks for, is dropped and counted, so that no name, phone, door or note
can reach a log. Of foreign loggers only what stands in their source code is said, and exceptions are
told by type and place. Importing this module configures nothing; a program calls `configure`.
"""

from __future__ import annotations

import json
import linecache
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from datetime import datetime
from math import isfinite
from types import MappingProxyType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, ProcessorFormatter, add_log_level, add_logger_name, filter_by_level
from structlog.typing import Processor

FRAMES_MAX = 20
CAUSES_MAX = 5
ITEMS_MAX = 20
MESSAGE_MAX = 500
SOURCE_LINES_MAX = 6

_CODE = re.compile(r"[a-z][a-z0-9_.]{0,59}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,99}")
_LOCAL = r"[a-z]-[0-9a-z]{1,32}"
_ID = re.compile(_LOCAL)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FRAME = re.compile(r"[A-Za-z0-9_.<>]{1,200}:[0-9]{1,7}")
_NEXT_LITERAL = re.compile(r"""(['"])\s+\1""")
_NUMBER_KEY = re.compile(r"[a-z_]+_(?:s|ms|max|count|bytes|position)")


class Told(str):
    """A text that this module made itself out of source code or of our own errors; nobody else's is let through."""

    __slots__ = ()


Shape = re.Pattern[str] | type

_SHAPES: dict[Shape, str] = {
    _ID: "building compound request resident responder subject",
    _SLUG: "community queue worker",
    _CODE: (
        "channel check code fact kind level outcome problem reason role rule runner state status topic urgency view"
    ),
    _NAME: "command error event_type logger",
    re.compile(rf"(?:{_LOCAL}/)?[a-z][a-z0-9_]{{0,39}}"): "leg",
    re.compile(rf"{_LOCAL}#[0-9]{{1,6}}"): "offer",
    re.compile(rf"[a-z0-9][a-z0-9-]{{0,39}}/[a-z_]{{1,40}}(?:/{_LOCAL})?"): "stream",
    re.compile(rf"{_LOCAL}|[0-9a-f][0-9a-f-]{{7,63}}"): "command_id correlation_id digest execution job policy",
    re.compile(r"SIG[A-Z0-9]{1,10}"): "signal",
    int: (
        "as_of attempt commands count dropped events exit_code expected found jobs lag lapsed offers open passes "
        "pending pid position refused rejected repeated retries rows schema_version shortfalls unserved version wakes"
    ),
    datetime: "at due next_change_at recorded_at timestamp until",
    Told: "causes frames message says where",
}
ALLOWED: Mapping[str, Shape] = MappingProxyType({key: shape for shape, keys in _SHAPES.items() for key in keys.split()})
"""
Keys that a line may have, each with the shape its values must have.

Beside them every key that ends in ``_s``, ``_ms``, ``_max``, ``_count``, ``_bytes`` or ``_position``
may hold a number.
"""

Line = MutableMapping[str, Any]


def get_logger(name: str = "dispatch") -> BoundLogger:
    """
    Return a logger whose lines are redacted, whether or not a program has configured anything.

    Notes
    -----
    Say ``log.info("offer_made", request=…)``: the first argument is the fact, a code. Lines go to
    the standard logger of this name, so an embedding application decides what becomes of them.
    """
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=_OURS,
        wrapper_class=BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    return logger


def bound(**ids: object) -> AbstractContextManager[None]:
    """Add ids to every line of a ``with`` block, foreign ones too, in this thread or task."""
    return bound_contextvars(**ids)


def configure(log_format: str = "console", level: str = "info", *, stream: TextIO | None = None) -> None:
    """
    Send every line of this process, foreign ones too, to one handler of the root logger.

    For programs, not for libraries; before a worker is made, or rq installs handlers of its own.
    Called again, it replaces its handler and leaves those of others.

    Parameters
    ----------
    log_format
        ``console`` for people or ``json`` for programs, one line per fact.
    level
        ``debug``, ``info``, ``warning``, ``error`` or ``critical``.
    stream
        Where lines go; standard error by default.

    Raises
    ------
    ValueError
        No such format or level.
    """
    renderers: dict[str, Processor] = {"console": _as_text, "json": _as_json}
    number = logging.getLevelNamesMapping().get(level.upper())
    if log_format not in renderers or number is None:
        raise ValueError(
            "unknown log format or level; expected console or json, and debug, info, warning, error or critical"
        )
    handler = _Handler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_tell_foreign, *_PREPARED],
            processors=[ProcessorFormatter.remove_processors_meta, redact, renderers[log_format]],
            use_get_message=False,  # arguments of foreign lines are never formatted in
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    structlog.configure(
        processors=_OURS,
        wrapper_class=BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def redact(_logger: Any, _method: str, line: Line) -> Line:
    """
    Keep what is on the allow-list and has its shape; replace the rest by a count, `dropped`.

    Notes
    -----
    A fact that is no code was a sentence, and a sentence may hold anything: it becomes ``unnamed``.
    """
    kept: dict[str, Any] = {}
    for key, value in line.items():
        shown = _shaped(key, value)
        if shown is not None:
            kept[key] = shown
    dropped = sum(1 for key, value in line.items() if key not in kept and value is not None)
    if dropped:
        kept["dropped"] = kept.get("dropped", 0) + dropped
    kept.setdefault("fact", "unnamed")
    return kept


def _shaped(key: str, value: object) -> object | None:
    """Return a value fit to be logged under its key, or `None`."""
    shape = ALLOWED.get(key) or (int if _NUMBER_KEY.fullmatch(key) else None)
    if shape is None:
        return None
    if isinstance(value, list | tuple):
        items = [_shaped(key, item) for item in value[:ITEMS_MAX]]
        return items if items and None not in items else None
    if shape is int:
        return value if isinstance(value, int | float) and isfinite(value) else None
    if shape is Told:
        return value if isinstance(value, Told) else None
    if shape is datetime:
        return _instant(value)
    if isinstance(value, str) and isinstance(shape, re.Pattern) and shape.fullmatch(value):
        return str(value)
    return None


def _instant(value: object) -> str | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value.isoformat() if isinstance(value, datetime) else None


def _name_fact(_logger: Any, _method: str, line: Line) -> Line:
    """What is said first is the fact; structlog's own name for it would read as a domain event."""
    said = line.pop("event", None)
    if said is not None:
        line["fact"] = said
    return line


def _tell_error(_logger: Any, _method: str, line: Line) -> Line:
    """Tell an exception by type, our code, place and causes; its text only if it is one of our own errors."""
    error = _error_of(line.pop("exc_info", None))
    if error is None:
        return line
    line["error"] = type(error).__qualname__
    code, message = getattr(error, "code", None), getattr(error, "message", None)
    if isinstance(code, str) and isinstance(message, str) and isinstance(getattr(error, "fields", None), Mapping):
        line["code"] = code
        line["message"] = Told(_printable(message))
    line["frames"] = [Told(frame) for frame in _frames(error)]
    causes = [Told(f"{type(cause).__qualname__} {(_frames(cause) or ['?'])[-1]}") for cause in _causes(error)]
    if causes:
        line["causes"] = causes
    return line


def _error_of(said: object) -> BaseException | None:
    if isinstance(said, BaseException):
        return said
    if isinstance(said, tuple) and len(said) > 1:
        return said[1] if isinstance(said[1], BaseException) else None
    return sys.exc_info()[1] if said else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    current = error
    for _ in range(CAUSES_MAX):
        above = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if above is None:
            return
        yield above
        current = above


def _frames(error: BaseException) -> list[str]:
    """Return the innermost frames as module.function:line, without source and without locals."""
    frames = [
        f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_qualname}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return [frame if _FRAME.fullmatch(frame) else "?" for frame in frames[-FRAMES_MAX:]]


def _tell_foreign(_logger: Any, _method: str, line: Line) -> Line:
    """
    Tell a line of somebody else's logger by its place and by those words that stand in its source code.

    «Worker %s: started» is told without the name put in. A message put together before it was
    logged may hold anything and is not told.
    """
    record: logging.LogRecord = line["_record"]
    said = str(line.pop("event", ""))
    line["fact"] = "foreign"
    where = f"{record.module}.{record.funcName}:{record.lineno}"
    if _FRAME.fullmatch(where):
        line["where"] = Told(where)
    source = "".join(linecache.getlines(record.pathname)[record.lineno - 1 : record.lineno - 1 + SOURCE_LINES_MAX])
    source, written = _NEXT_LITERAL.sub("", source), said.replace("\n", "\\n")
    if said and any(f"{quote}{written}{quote}" in source for quote in "\"'"):
        line["says"] = Told(_printable(said))
    return line


def _printable(text: str) -> str:
    """Return a text that stays on its line and that every stream can write."""
    return "".join(character if character.isprintable() else " " for character in text[:MESSAGE_MAX])


def _ordered(line: Line) -> dict[str, Any]:
    first = ("timestamp", "level", "logger", "fact")
    return {key: line[key] for key in (*first, *sorted(set(line) - set(first))) if key in line}


def _as_json(_logger: Any, _method: str, line: Line) -> str:
    return json.dumps(_ordered(line), ensure_ascii=False)


def _as_text(_logger: Any, _method: str, line: Line) -> str:
    frames = line.pop("frames", [])
    head = [line.pop("timestamp", "-"), f"{line.pop('level', '-'):<8}", line.pop("logger", "-"), line.pop("fact")]
    facts = [f"{key}={_quoted(value)}" for key, value in _ordered(line).items()]
    return "\n    at ".join([" ".join([*head, *facts]), *frames])


def _quoted(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text else text


def _hand_over(logger: Any, method: str, line: Line) -> tuple[tuple[Line], dict[str, Any]]:
    """Hand a line to the standard library, without the exception: other handlers would print its text."""
    args, kwargs = ProcessorFormatter.wrap_for_formatter(logger, method, line)
    return args, {**kwargs, "exc_info": False}


class _Handler(logging.StreamHandler[TextIO]):
    """A handler that does not print what it failed to format: the standard one prints all arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say on standard error that a line was lost, and why by type."""
        error = sys.exc_info()[1]
        if sys.stderr is not None:
            sys.stderr.write(f"log line lost: {type(error).__qualname__} at {record.module}:{record.lineno}\n")


_PREPARED: list[Processor] = [
    merge_contextvars,
    add_log_level,
    add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _name_fact,
    _tell_error,
]
_OURS: list[Processor] = [filter_by_level, *_PREPARED, redact, _hand_over]
