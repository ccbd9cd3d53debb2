"""Going out for care from the command line: judged, agreed and listed (R12, R13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Command

NOW = datetime.now(UTC)
SINCE, UNTIL = (NOW - timedelta(hours=1)).isoformat(), (NOW + timedelta(days=1)).isoformat()
PICKUP = (NOW + timedelta(hours=3)).isoformat()
DOCTOR = ("--actor", "doctor-1:medical_staff")


@pytest.fixture
def resident(town: Command) -> str:
    """Give a resident of the tower, and the community a member of the medical group."""
    assert town("grant", "doctor-1", "medical_staff").code == 0
    request = town("open", "food", "--at", "11号楼501", "--json").json["request"]
    return str(town("show", request, "--json").json["beneficiary"])


def issued(town: Command, resident: str) -> str:
    """Return a pass that was applied for, reviewed and issued."""
    passed = str(town("pass", "apply", resident, "--purpose", "examination", "--json").json["medical_pass"])
    assert town("pass", "issue", passed, "--since", SINCE, "--until", UNTIL, *DOCTOR).code == 3
    assert town("pass", "review", passed, *DOCTOR).code == 0
    assert town("pass", "issue", passed, "--since", SINCE, "--until", UNTIL, "--rides", "2", *DOCTOR).code == 0
    return passed


def test_a_ride_from_application_to_booking(town: Command, resident: str) -> None:
    """Without a review nothing is issued, without a pass nothing is booked; then both are listed."""
    assert town("ride", "book", resident, "--pickup", PICKUP).code == 3
    passed = issued(town, resident)
    ride = town("ride", "book", resident, "--pickup", PICKUP, "--pass", passed, "--json").json["request"]
    assert [line["request"] for line in town("ride", "list", "--json").json] == [ride]
    assert passed in town("pass", "list").out
    assert town("ride", "ready", ride).code == 3
    assert town("ride", "redirect", ride, "--reason", "condition_worse", "--ambulance", "999").code == 0
    assert "none" in town("ride", "list").out


def test_a_pass_is_refused_or_revoked(town: Command, resident: str) -> None:
    """Each with its reason; a threat to life says whom to call."""
    passed = issued(town, resident)
    assert town("pass", "revoke", passed, "--reason", "case_found").code == 0
    other = town("pass", "apply", resident, "--purpose", "admission", "--json").json["medical_pass"]
    town("pass", "review", other, *DOCTOR)
    assert town("pass", "refuse", other, "--reason", "not_needed", *DOCTOR).code == 0
    assert "none" in town("pass", "list").out
    assert "120" in town("ride", "book", resident, "--pickup", PICKUP, "--urgency", "life").out


def test_a_car_and_a_quota(town: Command) -> None:
    """Registered in an area and permitted, it cannot leave without a driver; one nobody knows takes no car."""
    assert town("quota", "set", "north", "2", "--places", "11号楼", "--decides", "office-1").code == 0
    car = town("car", "register", "--area", "north", "--features", "wheelchair", "--json").json["car"]
    assert town("car", "permit", car, "--since", SINCE, "--until", UNTIL).code == 0
    (line,) = town("car", "list", "--json").json
    assert (line["car"], line["usable"]) == (car, False)
    assert "office-1" in town("quota", "list").out
    assert town("car", "take", car, "r-0").code == 3


def test_a_time_without_a_zone_is_not_taken(town: Command, resident: str) -> None:
    """Nobody knows whose clock is meant (bad input 35)."""
    assert town("ride", "book", resident, "--pickup", "2026-03-01T09:00").code == 2
    assert town("ride", "stays", "q-1").code == 3
