"""
Settings: every knob, with its unit, bounds and default, from ``DISPATCH_*`` variables or from code.

What code gives wins over the environment. Anything wrong is one `BadSetting`, which names the
setting and what was expected and never repeats a value, because a value may hold a password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field, Secret, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "DISPATCH_"
TEST_PREFIX = "DISPATCH_TEST_"
"""Variables of the test suite, which are nobody's settings."""

_MASK = "***"
_PLAIN_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_SECRET_PARAMETER = re.compile(r"([?&#;][^=&#;]*(?:pass|pwd|secret|token|key)[^=&#;]*=)[^&#;]*", re.IGNORECASE)


class BadSetting(ValueError):
    """
    A setting is unknown or has a value that it cannot have.

    Attributes
    ----------
    name
        The environment variable, or the parameter when it came from code.
    expected
        What would do.
    """

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"setting {name}: expected {expected}; correct it or remove it")
        self.name = name
        self.expected = expected


class Address(Secret[str]):
    """
    The URL of a store or server; shown without its password.

    `get_secret_value` gives the whole of it to whoever connects.
    """

    def _display(self) -> str:
        return masked(self.get_secret_value())


def masked(url: str) -> str:
    """
    Return a URL fit to be shown: without password, secret parameters, or anything that might be one.

    Notes
    -----
    Passwords that should have been percent-encoded and were not («@», «/», «?») are masked too: all
    between the user's name and the last «@» goes.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return _MASK
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    shown = f"{user}:{_MASK}" if colon else user
    return f"{scheme}{separator}{shown}{at}" + _SECRET_PARAMETER.sub(rf"\1{_MASK}", place)


def _plain_number(value: object) -> object:
    """Refuse what pydantic would read as a number and nobody means: ``1_0``, ``True``, full-width digits."""
    if isinstance(value, bool) or (isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value)):
        raise ValueError
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _language(value: object) -> object:
    """Take zh, zh_CN.UTF-8 or en-GB for the language that is meant."""
    short = re.split(r"[-_.@]", value, maxsplit=1)[0].lower() if isinstance(value, str) else value
    return {"zh": "zh-CN", "en": "en"}.get(short, value) if isinstance(short, str) else value


def _address(*schemes: str) -> BeforeValidator:
    def check(value: object) -> object:
        text = value.get_secret_value() if isinstance(value, Secret) else value
        if not isinstance(text, str) or not text.startswith(schemes) or text in schemes or not text.isprintable():
            raise ValueError
        return value

    return BeforeValidator(check)


Whole = Annotated[int, BeforeValidator(_plain_number)]
Seconds = Annotated[float, BeforeValidator(_plain_number)]
StoreAddress = Annotated[Address, _address("sqlite:///", "postgresql://", "postgres://")]
RedisAddress = Annotated[Address, _address("redis://", "rediss://", "unix://")]

_STORE_EXPECTED = (
    "sqlite:///file.db, sqlite:////absolute/file.db, sqlite:///:memory: or postgresql://user@host/database"
)
_REDIS_EXPECTED = "redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket"


class Settings(BaseSettings):
    """
    Every knob. Each is read from ``DISPATCH_`` and its name in capitals, such as ``DISPATCH_STORE``.

    An empty variable counts as not set. Settings do not change once they are made.

    Parameters
    ----------
    **given
        Settings given by code; they win over the environment.

    Raises
    ------
    BadSetting
        A value out of bounds, or a name that is not a setting, in code or among the ``DISPATCH_``
        variables: a mistyped name must not be silent. ``DISPATCH_TEST_`` variables are left alone.

    Attributes
    ----------
    store
        The one database: events, commands, views.
    keys
        Where the keys of personal data live; without one, beside the store and never in it.
    redis
        Server that carries wake-ups to workers; without one, nothing is rung outside this process.
    language
        What people read: zh-CN or en; without one the words follow LANG, then Chinese.
    actor
        Who gives commands on the command line when they do not say so.
    sqlite_busy_timeout_s
        Seconds that a writer waits for its turn at a SQLite file or a PostgreSQL table, 1 to 600.
    postgres_pool_max
        Connections of one process to PostgreSQL, or for reading a SQLite file, 1 to 100.
    conflict_retries_max
        Times a command is decided anew after somebody else changed what it read, 0 to 100.
    drain_passes_max
        Passes of one drain before it gives way to the next wake, 1 to 1,000.
    sweep_every_s
        Seconds between two looks of the sweeper, 0.1 to 3,600.
    wake_ttl_s
        Seconds after which a wake that nobody answered may be sent again, 1 to 3,600.
    view_batch
        Events per transaction when a view catches up, 1 to 10,000.
    read_batch
        Events per reading of the log, 1 to 100,000.
    state_cache_max
        Folded states kept in memory, 0 to 1,000,000.
    redis_socket_timeout_s
        Seconds that a caller waits for Redis before it goes on without, 0.05 to 60.
    job_timeout_s
        Seconds that one job of a worker may take, 1 to 3,600.
    log_format
        console for people, json for programs.
    log_level
        debug, info, warning, error or critical.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    store: StoreAddress = Field(default=Address("sqlite:///community.db"), description=_STORE_EXPECTED)
    keys: StoreAddress | None = Field(default=None, description=_STORE_EXPECTED)
    redis: RedisAddress | None = Field(default=None, description=_REDIS_EXPECTED)
    language: Annotated[Literal["zh-CN", "en"], BeforeValidator(_language)] | None = None
    actor: str | None = Field(default=None, min_length=1, max_length=60, description="1 to 60 characters")

    sqlite_busy_timeout_s: Seconds = Field(default=30, ge=1, le=600)
    postgres_pool_max: Whole = Field(default=4, ge=1, le=100)
    conflict_retries_max: Whole = Field(default=8, ge=0, le=100)
    drain_passes_max: Whole = Field(default=50, ge=1, le=1_000)
    sweep_every_s: Seconds = Field(default=5, ge=0.1, le=3_600)
    wake_ttl_s: Whole = Field(default=30, ge=1, le=3_600)
    view_batch: Whole = Field(default=500, ge=1, le=10_000)
    read_batch: Whole = Field(default=5_000, ge=1, le=100_000)
    state_cache_max: Whole = Field(default=20_000, ge=0, le=1_000_000)
    redis_socket_timeout_s: Seconds = Field(default=0.5, ge=0.05, le=60)
    job_timeout_s: Whole = Field(default=60, ge=1, le=3_600)

    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = "console"
    log_level: Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)] = "info"

    _NUMBERS: ClassVar[dict[type, str]] = {int: "a whole number", float: "a number"}

    def __init__(self, **given: Any) -> None:
        known = type(self).model_fields
        _refuse_unknown((name for name in given if name not in known), known)
        ours = (name.upper() for name in os.environ if name.upper().startswith(PREFIX))
        settings = {PREFIX + name.upper() for name in known}
        strange = (name for name in ours if name not in settings and not name.startswith(TEST_PREFIX))
        _refuse_unknown(strange, settings, prefix=PREFIX)
        wrong = None
        try:
            super().__init__(**given)
        except ValidationError as error:
            wrong = str(error.errors(include_input=False, include_url=False, include_context=False)[0]["loc"][0])
        # Raised out of the `except` block, so that no traceback carries pydantic's text with the value.
        if wrong is not None:
            name = wrong if wrong in given else PREFIX + wrong.upper()
            raise BadSetting(name, self._expected(known[wrong]))

    @classmethod
    def _expected(cls, field: FieldInfo) -> str:
        if field.description:
            return field.description
        low, high = (next((getattr(m, end) for m in field.metadata if hasattr(m, end)), None) for end in ("ge", "le"))
        kind = field.annotation
        if low is not None and isinstance(kind, type):
            return f"{cls._NUMBERS[kind]} from {low:,} to {high:,}"
        return "one of " + ", ".join(_choices(kind))


def _choices(annotation: Any) -> Iterable[str]:
    """Give the texts that a `Literal` allows, however deep it stands in the annotation."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _choices(part)


def _refuse_unknown(strange: Iterable[str], known: Iterable[str], *, prefix: str = "") -> None:
    names = sorted(name.removeprefix(prefix) for name in known)
    for name in sorted(strange):
        near = get_close_matches(name.removeprefix(prefix), names, n=1)
        hint = (
            f"the nearest is {prefix}{near[0]}" if near else f"they are {', '.join(prefix + known for known in names)}"
        )
        raise BadSetting(name, f"the name of a setting ({hint})")
