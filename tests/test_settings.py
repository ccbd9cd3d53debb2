"""Settings: bounds, names, and no secret in anything that is shown."""

from __future__ import annotations

import inspect
import re
import traceback

import pytest
from pydantic import ValidationError

from dispatch.settings import PREFIX, Address, BadSetting, Settings, masked

DEFAULTS = {
    "store": "sqlite:///community.db",
    "keys": None,
    "redis": None,
    "language": None,
    "actor": None,
    "sqlite_busy_timeout_s": 30,
    "postgres_pool_max": 4,
    "conflict_retries_max": 8,
    "drain_passes_max": 50,
    "sweep_every_s": 5,
    "wake_ttl_s": 30,
    "view_batch": 500,
    "read_batch": 5_000,
    "state_cache_max": 20_000,
    "redis_socket_timeout_s": 0.5,
    "job_timeout_s": 60,
    "log_format": "console",
    "log_level": "info",
}
SECRET = "hunter2"
BOUNDED = [
    ("sqlite_busy_timeout_s", 1, 600),
    ("postgres_pool_max", 1, 100),
    ("conflict_retries_max", 0, 100),
    ("drain_passes_max", 1, 1_000),
    ("sweep_every_s", 0.1, 3_600),
    ("wake_ttl_s", 1, 3_600),
    ("view_batch", 1, 10_000),
    ("read_batch", 1, 100_000),
    ("state_cache_max", 0, 1_000_000),
    ("redis_socket_timeout_s", 0.05, 60),
    ("job_timeout_s", 1, 3_600),
]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the machine it runs on."""
    for name in DEFAULTS:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def refused(**given: object) -> BadSetting:
    """Return the refusal of settings that must not be made."""
    with pytest.raises(BadSetting) as caught:
        Settings(**given)
    return caught.value


def test_defaults() -> None:
    """Without any wish the settings are the documented ones."""
    shown = {
        name: value.get_secret_value() if isinstance(value, Address) else value
        for name, value in Settings().model_dump().items()
    }
    assert shown == DEFAULTS


def test_every_setting_is_documented() -> None:
    """The docstring names every setting and every number's bounds."""
    entries = dict(re.findall(r"^([a-z_]+)\n +(.+)$", inspect.getdoc(Settings) or "", re.MULTILINE))
    assert set(entries) == set(DEFAULTS)
    for name, low, high in BOUNDED:
        assert f"{low:,} to {high:,}" in entries[name], name


def test_units_stand_in_the_names() -> None:
    """A number says in its name what it counts: seconds, a maximum, or events of a batch."""
    assert all(re.search(r"_(s|max|batch)$", name) for name, _, _ in BOUNDED)


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting can be given by its variable."""
    monkeypatch.setenv("DISPATCH_STORE", "postgresql://app@db/town")
    monkeypatch.setenv("DISPATCH_REDIS", "redis://queue:6379/0")
    monkeypatch.setenv("DISPATCH_LANGUAGE", "en_GB.UTF-8")
    monkeypatch.setenv("DISPATCH_SWEEP_EVERY_S", "0.5")
    monkeypatch.setenv("DISPATCH_LOG_LEVEL", "DEBUG")
    settings = Settings()
    assert settings.store.get_secret_value() == "postgresql://app@db/town"
    assert settings.redis is not None
    assert settings.redis.get_secret_value() == "redis://queue:6379/0"
    assert (settings.language, settings.sweep_every_s, settings.log_level) == ("en", 0.5, "debug")


def test_code_wins_over_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the embedding application says is not overruled from outside."""
    monkeypatch.setenv("DISPATCH_VIEW_BATCH", "7")
    assert Settings(view_batch=9).view_batch == 9


def test_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable, as compose files make them, means the default."""
    monkeypatch.setenv("DISPATCH_REDIS", "")
    assert Settings().redis is None


@pytest.mark.parametrize(("name", "low", "high"), BOUNDED)
def test_bounds(name: str, low: float, high: float) -> None:
    """Both bounds are allowed and nothing beyond them; the refusal names them."""
    for fine in (low, high):
        assert getattr(Settings(**{name: fine}), name) == fine
    for wrong in (low - 0.01 if low < 1 and low else low - 1, high + 1, float("nan"), float("inf"), 2**70):
        error = refused(**{name: wrong})
        assert error.name == name
        assert f"from {low:,} to {high:,}" in error.expected


@pytest.mark.parametrize("text", ["1_0", "１２", "True", "1e1", " 5", "+5", "0x10", "-0", "many", "5.", "٣"])
def test_odd_numbers_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What Python would read as a number and nobody means is refused, by its variable's name."""
    monkeypatch.setenv("DISPATCH_VIEW_BATCH", text)
    error = refused()
    assert error.name == "DISPATCH_VIEW_BATCH"
    assert text not in str(error)


def test_true_is_no_number() -> None:
    """`True` is not 1."""
    assert refused(view_batch=True).name == "view_batch"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("store", f"mysql://root:{SECRET}@db/x"),
        ("store", f"{SECRET}.db"),
        ("store", "sqlite:///"),
        ("store", "sqlite:///a\nb.db"),
        ("keys", "redis://queue"),
        ("redis", f"http://{SECRET}"),
        ("redis", "redis://"),
        ("language", SECRET),
        ("log_format", SECRET),
        ("log_level", SECRET),
        ("actor", SECRET * 9),
        ("actor", ""),
    ],
)
def test_wrong_texts_are_refused_without_repeating_them(name: str, value: str) -> None:
    """The refusal names the setting and what was expected; no part of it holds the value."""
    error = refused(**{name: value})
    assert error.name == name
    assert len(error.expected) > 10
    told = "".join(traceback.format_exception(error))
    assert SECRET not in told
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DISPATCH_STOER", "DISPATCH_STORE"),
        ("dispatch_redis_url", "DISPATCH_REDIS"),
        ("DISPATCH_LOGLEVEL", "DISPATCH_LOG_LEVEL"),
    ],
)
def test_mistyped_variable_is_reported(monkeypatch: pytest.MonkeyPatch, name: str, nearest: str) -> None:
    """A typo is not silent, and the nearest name is offered."""
    monkeypatch.setenv(name, SECRET)
    error = refused()
    assert error.name == name.upper()
    assert f"nearest is {nearest})" in error.expected
    assert SECRET not in str(error)


def test_strange_variable_lists_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no name is near, all are listed."""
    monkeypatch.setenv("DISPATCH_QQQQQQQQ", "1")
    assert "DISPATCH_WAKE_TTL_S" in refused().expected


def test_test_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test suite's own variables are nobody's settings."""
    monkeypatch.setenv("DISPATCH_TEST_POSTGRES_URL", "postgresql://localhost")
    assert Settings().view_batch == DEFAULTS["view_batch"]


def test_mistyped_parameter_is_reported() -> None:
    """A typo in code is reported like one in the environment."""
    assert "nearest is store)" in refused(stor="sqlite:///x.db").expected


def test_settings_do_not_change() -> None:
    """Settings are frozen."""
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.view_batch = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://app@db/town", "postgresql://app@db/town"),
        (f"postgresql://app:{SECRET}@db:5432/town?schema=x", "postgresql://app:***@db:5432/town?schema=x"),
        (f"postgresql://app:a@{SECRET}/b?c@db/town", "postgresql://app:***@db/town"),
        (
            f"postgresql://db/town?user=app&password={SECRET}&schema=x",
            "postgresql://db/town?user=app&password=***&schema=x",
        ),
        (f"postgresql://db/town?sslpassword={SECRET}", "postgresql://db/town?sslpassword=***"),
        (f"redis://:{SECRET}@queue/0", "redis://:***@queue/0"),
        (f"unix:///run/q.sock?password={SECRET}", "unix:///run/q.sock?password=***"),
        ("sqlite:///community.db", "sqlite:///community.db"),
        (f"password={SECRET} host=db", "***"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    """An address is shown without its password, however it was written."""
    assert masked(url) == shown


def test_nothing_shown_holds_a_password() -> None:
    """Neither `repr`, `str`, a dump nor JSON of the settings holds a password; the owner still has it."""
    url = f"postgresql://app:{SECRET}@db/town"
    settings = Settings(store=url, keys=url, redis=f"redis://:{SECRET}@queue/0")
    for shown in (
        repr(settings),
        str(settings),
        repr(settings.model_dump()),
        settings.model_dump_json(),
        f"{settings.store}",
    ):
        assert SECRET not in shown
        assert "***" in shown
    assert settings.store.get_secret_value() == url
