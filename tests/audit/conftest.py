"""Finished logs for the audit to read: a day, and a handful of rows."""

from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.domain.values import Place
from dispatch.engine import Dispatch
from tests.audit.day import MORNING, Day
from tests.audit.tampering import Tampered


@pytest.fixture(scope="session")
def day_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a finished day; nobody may write to it."""
    path = tmp_path_factory.mktemp("day") / "day.db"
    Day(f"sqlite:///{path}").run()
    return path


@pytest.fixture(scope="session")
def few_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a log with one decision and one shortfall, two saves of the matcher; nobody may write to it."""
    path = tmp_path_factory.mktemp("few") / "few.db"
    now, ids = MORNING, iter(range(1, 1_000))
    with Dispatch.open(f"sqlite:///{path}", clock=lambda: now, ids=lambda: f"{next(ids):016x}") as engine:
        engine.register_community("riverside", name="Riverside", duty="desk")
        building = engine.register_building("riverside", "11", floors=3, lift=False)
        engine.register_responder("riverside", "community_worker")
        engine.register_responder("riverside", "cadre")
        resident = engine.register_resident("riverside", Place(building=building, floor="3"))
        engine.open_request("riverside", "garbage", beneficiary=resident)
        engine.tick()
        now += timedelta(minutes=1)
        engine.open_request("riverside", "stair_carry", beneficiary=resident)
        engine.tick()
    return path


@pytest.fixture
def day(day_file: Path, tmp_path: Path) -> Tampered:
    """Give a copy of the day, for somebody who holds the file and wants to alter it."""
    return Tampered(day_file, tmp_path / "copy.db")


@pytest.fixture
def few(few_file: Path, tmp_path: Path) -> Tampered:
    """Give a copy of the short log, for somebody who holds the file and wants to alter it."""
    return Tampered(few_file, tmp_path / "copy.db")
