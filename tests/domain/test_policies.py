"""The policies that come with the engine: what was shipped stays as it is."""

from __future__ import annotations

import pytest

from dispatch.domain.policies import EVERYDAY_LATE, MEDICAL_FIRST, SHIPPED, SURGE, shipped
from dispatch.domain.policy import EVERYDAY, Policy

DIGESTS = {
    ("everyday", 1): "57e82f034d6a93cb5b6bb75da9c08326",
    ("everyday", 2): "1dc09d099571a325577486249ec367c5",
    ("surge", 1): "97af2d38d2deddeba127f8c328601944",
    ("medical_first", 1): "dd9459650294d67fab8a0636254f85a6",
}


def test_what_was_shipped_is_never_changed() -> None:
    """Every shipped version has the digest it was shipped with; another content is another version."""
    assert {(policy.name, policy.version): policy.digest() for policy in SHIPPED} == DIGESTS


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: f"{policy.name}-{policy.version}")
def test_a_shipped_policy_is_stored_as_it_is(policy: Policy) -> None:
    """Written and read back it is the same, checks included."""
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def test_versions_are_found_by_name() -> None:
    """The latest unless another is asked for."""
    assert shipped("surge") == SURGE
    assert shipped("medical_first", 1) == MEDICAL_FIRST
    assert shipped("everyday", 1) == EVERYDAY
    assert shipped("everyday") == EVERYDAY_LATE
    assert shipped("everyday", 99) is None
    assert shipped("nearest_first") is None


def test_later_versions_stand_later() -> None:
    """So that whoever makes a table by name has the latest."""
    names = {policy.name for policy in SHIPPED}
    assert {policy.name: policy for policy in SHIPPED} == {name: shipped(name) for name in names}
