"""Grants, who may, the ladder and taking charge, as staff type them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command


@pytest.mark.parametrize("language", ["en", "zh"])
def test_grants(town: Command, language: str) -> None:
    """Granted for a building and a time, shown, refused elsewhere, revoked."""
    said = ("--language", language)
    until = ("--from", "2026-03-01T08:00+08:00", "--until", "2126-03-01T08:00+08:00")
    assert town("grant", "desk-2", "cadre", "--at", "11号楼", *until, *said).code == 0
    (held,) = town("grants", "--account", "desk-2", "--json").json
    assert (held["role"], held["scope"]["building"][:2]) == ("cadre", "b-")
    shown = town("grants", *said)
    assert "desk-2" in shown.out
    assert "11号楼" in shown.out
    assert town("control", "set", "11号楼", "sealed", "--actor", "desk-2:cadre", *said).code == 0
    refused = town("control", "set", "12号楼", "sealed", "--actor", "desk-2:cadre", *said)
    assert refused.code == 3
    assert "desk-2" in refused.err
    assert town("revoke", "desk-2", "cadre", *said).code == 0
    assert town("control", "lift", "11号楼", "--actor", "desk-2:cadre", *said).code == 3
    assert town("grants", "--account", "desk-2", "--json").json == []


def test_who_may(town: Command) -> None:
    """Accounts and responders by id; a name that no command has is told."""
    assert "desk" in town("who-may", "SetControlLevel", "--json").json
    assert town("who-may", "AcceptOffer", "--at", "11号楼5层").out.strip()
    assert town("who-may", "PaintTheTownRed").code == 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_called_in_turn_and_taken_charge_of(town: Command, language: str) -> None:
    """A contact named, people called, charge taken once; whoever comes second is told who has it."""
    said = ("--language", language)
    assert town("ladder", "add", "captain", "night.desk", "--at", "11号楼", *said).code == 0
    assert town("ladder", "show", "--at", "11号楼5层", "--json").json["captain"] == ["night.desk"]
    assert "night.desk" in town("ladder", "show", "--at", "11号楼5层", *said).out
    request = town("open", "garbage", "--at", "11号楼501", "--json").json["request"]
    assert town("take-charge", request, *said).code == 3
    assert town("escalate", request, "--reason", "family_insists", *said).code == 0
    assert town("match").code == 0
    assert town("take-charge", request, "--actor", "night.desk:cadre", *said).code == 0
    second = town("take-charge", request, *said)
    assert second.code == 3
    assert "night.desk" in second.err
    assert town("ladder", "remove", "captain", "night.desk", "--at", "11号楼", *said).code == 0
    assert town("ladder", "show", "--at", "11号楼", "--json").json["captain"] == []
