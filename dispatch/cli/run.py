"""One run of the command: settings, words, where to write, and the engine when it is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType

from dispatch import DESK, Actor, Answer, Channel, Dispatch, Refused, ResponderId, Role, RqWake, Settings, configure
from dispatch.audit import Log, open_log
from dispatch.settings import masked
from dispatch.words import Words

from .alike import ALIKE
from .exits import Exit
from .failures import Failure
from .plain import as_json

WIDE = 160
"""Columns when nobody looks: a file or another program takes whole lines."""

SQLITE = "sqlite:///"


class Output(Console):
    """A console that shows texts as they are, and lets a closed pipe be known."""

    def __init__(self, *, stderr: bool = False) -> None:
        stream = sys.stderr if stderr else sys.stdout
        width = None if stream.isatty() or os.environ.get("COLUMNS") else WIDE
        super().__init__(file=stream, width=width, markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> NoReturn:
        """Let the caller know that the reader went away."""
        raise BrokenPipeError


class Run:
    """
    What a command works with.

    Parameters
    ----------
    given
        The options that every command has, as they were given.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        names = ("store", "keys", "redis", "language", "actor")
        self.settings = Settings(**{name: given[name] for name in names if given.get(name) is not None})
        self.words = Words(self.settings.language)
        self.json = bool(given.get("json"))
        self.out, self.err = Output(), Output(stderr=True)
        self._community: str | None = given.get("community")
        self._engine: Dispatch | None = None
        chosen = self.settings.log_level if "log_level" in self.settings.model_fields_set else "error"
        configure(self.settings.log_format, chosen)

    # -- writing -------------------------------------------------------------------------

    def say(self, key: str, **params: Any) -> None:
        """Write a message of the catalogue."""
        self.show(self.words(key, **(ALIKE | params)))

    def show(self, *what: RenderableType) -> None:
        """Write texts or tables."""
        self.out.print(*what, soft_wrap=all(isinstance(part, str) for part in what))

    def note(self, key: str, **params: Any) -> None:
        """Write a message beside the result, on standard error."""
        self.err.print(self.words(key, **(ALIKE | params)), soft_wrap=True)

    def emit(self, value: Any, *, indent: int | None = 2) -> None:
        """Write JSON."""
        self.out.print(as_json(value, indent=indent), soft_wrap=True)

    def flush(self) -> None:
        """Send on what was written, for whoever follows."""
        try:
            self.out.file.flush()
        except BrokenPipeError:
            self.out.on_broken_pipe()

    def answered(self, answer: Answer) -> None:
        """Write what became of a command."""
        if self.json:
            self.emit(answer_of(answer))
            return
        requests = [event for event in answer.events if event.stream.split("/")[1] in ("request", "community")]
        for event in requests or answer.events[:1]:
            self.show(self.words.event(event.topic, event.fact.model_dump(), zone=self.zone, names=self.names))
        if not answer.events:
            self.say("cli.nothing_new")
        elif answer.repeated:
            self.say("cli.repeated")

    # -- the engine ----------------------------------------------------------------------

    @property
    def store(self) -> str:
        """Address of the store."""
        return self.settings.store.get_secret_value()

    def log(self) -> Log:
        """Open the log for reading only; refused when there is no store."""
        self._need_store()
        return open_log(self.store)

    def _need_store(self) -> None:
        path = self.store.removeprefix(SQLITE)
        if path != self.store and not Path(path).is_file():
            raise Failure("no_store", Exit.UNAVAILABLE, store=masked(self.store))

    @property
    def engine(self) -> Dispatch:
        """The engine on a store that is there already: a mistyped address must not make a new one."""
        if self._engine is None:
            self.log().close()
            self._engine = self._open()
        return self._engine

    def new_engine(self) -> Dispatch:
        """Open the engine on a store that may be new."""
        self._engine = self._open()
        return self._engine

    def _open(self) -> Dispatch:
        return Dispatch.open(settings=self.settings, actor=DESK)

    def close(self) -> None:
        """Close the engine, and tell when workers could not be rung."""
        engine, self._engine = self._engine, None
        if engine is None:
            return
        if isinstance(engine.wake, RqWake) and engine.wake.failures:
            self.note("cli.not_rung")
        engine.close()

    # -- who and where -------------------------------------------------------------------

    @cached_property
    def community(self) -> str:
        """The community that is meant: the one named, else the only one in the store."""
        return self._community or self.only_one_of(self.engine.communities())

    def only_one_of(self, communities: Iterable[str]) -> str:
        """Return the only community, or fail with the list of them."""
        there = sorted(communities)
        if len(there) == 1:
            return there[0]
        if not there:
            raise Failure("no_community", store=masked(self.store))
        raise Failure("which_community", communities=", ".join(there))

    @property
    def chosen_community(self) -> str | None:
        """The community that was named, if one was."""
        return self._community

    @cached_property
    def by(self) -> Actor:
        """Who speaks: `--actor`, else the desk."""
        said = self.settings.actor
        if said is None:
            return DESK
        name, colon, role = said.rpartition(":")
        if not colon and said.startswith("r-"):
            name, role = said, self.engine.responder(self.community, _responder(said)).role.value
        try:
            return Actor(id=name, role=Role(role), via=Channel.STAFF)
        except ValueError:
            raise Failure("actor", roles=", ".join(role.value for role in Role if role is not Role.SYSTEM)) from None

    @cached_property
    def zone(self) -> ZoneInfo:
        """Time zone of the community."""
        return ZoneInfo(self.engine.register_of(self.community).time_zone)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What to show instead of the ids of buildings and compounds."""
        register = self.engine.register_of(self.community)
        buildings = {str(building): known.name for building, known in register.buildings.items()}
        return buildings | {str(compound): name for compound, name in register.compounds.items()}

    def moment(self, instant: datetime | None) -> str:
        """Return an instant in the community's time, or a dash."""
        return self.words("format.nothing") if instant is None else self.words.moment(instant, self.zone)

    def yes_or_no(self, *, said: bool) -> str:
        """Word a truth value."""
        return self.words(f"format.{'yes' if said else 'no'}")


def _responder(text: str) -> Any:
    return text


def answer_of(answer: Answer) -> dict[str, Any]:
    """Return an answer for a program."""
    return {
        "command": answer.command_id,
        "position": answer.position,
        "recorded_at": answer.recorded_at,
        "repeated": answer.repeated,
        "events": [
            {"position": event.position, "stream": event.stream, "topic": event.topic} for event in answer.events
        ],
    }


def instant_of(text: str | None, option: str) -> datetime | None:
    """
    Read a time with its zone, such as 2026-03-01T18:00+08:00.

    Raises
    ------
    Failure
        Not a time, or a time without a zone: whose clock would that be?
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Failure("time", option=option) from None
    if instant.utcoffset() is None:
        raise Failure("naive_time", option=option)
    return instant


def span_of(since: str, until: str) -> tuple[datetime, datetime]:
    """
    Read the two ends of a span, each with its zone.

    Raises
    ------
    Failure
        One of them is not a time, or has no zone.
    """
    begins, ends = instant_of(since, "--since"), instant_of(until, "--until")
    if begins is None or ends is None:
        raise Failure("time", option="--since")
    return begins, ends


def until_of(text: str | None, option: str) -> int | datetime | None:
    """Read a log position or an instant."""
    if text is not None and text.isascii() and text.isdigit() and len(text) < len("20260301"):
        return int(text)
    return instant_of(text, option)


def spoken(run: Run, responder: ResponderId | None) -> dict[str, Any]:
    """Say who speaks: the responder, or somebody on their behalf, and then both names are stored (代办)."""
    by = run.by
    return {"by": by} if responder is None or by.id == responder else {"by": by, "on_behalf_of": responder}


def typed(text: str | None) -> str | None:
    """Return a personal text: «-» reads one line of standard input, which no list of processes shows."""
    if text != "-":
        return text
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Refused("bad_text", "Standard input gave nothing.", what="note", problem="empty")
    return line
