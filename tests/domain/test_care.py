"""Vulnerability and isolation with an end: two bits in clear, the list sealed (R34)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.care import FlagsSet, IsolationEndSet, Vulnerability, green_lane_raises
from dispatch.domain.flags import LapseIsolation, SetFlags
from dispatch.domain.resident import (
    AccessPersonalData,
    BeginErasure,
    BeginIsolation,
    EndIsolation,
    IsolationBegan,
    IsolationEnded,
    Resident,
)
from dispatch.domain.values import SYSTEM, Command, Fact, Sealed, Urgency
from dispatch.store.codec import TOPICS
from tests.domain.given import Given
from tests.domain.town import (
    T0,
    accepts,
    actor,
    after,
    asked,
    calls,
    request_of_town,
    resident_at,
    said,
    town,
)

LIST = Sealed(subject="p-li", field="flags", command="c-1", nonce="AAAA", ciphertext="AAAA")


def flags(**fields: Any) -> Any:
    """Return what makes Li go first: the list, sealed."""
    shape: dict[str, Any] = {"resident": "p-li", "flags": LIST, "green_lane": True, "no_phone": False}
    return said(SetFlags, **(shape | fields))


def isolates(**fields: Any) -> Any:
    """Return Li's isolation."""
    return said(BeginIsolation, resident="p-li", **fields)


def lapses(until: Any, **fields: Any) -> Any:
    """Return the end of Li's isolation by time alone."""
    return said(LapseIsolation, **({"by": SYSTEM, "resident": "p-li", "at": until, "until": until} | fields))


def state_of(given: Given) -> Resident:
    """Return Li's state."""
    state = given.read(resident_at("p-li"))
    assert isinstance(state, Resident)
    return state


@pytest.mark.parametrize(
    ("past", "command", "events"),
    [
        ((), flags(), [FlagsSet(flags=LIST, green_lane=True, no_phone=False, set_at=T0)]),
        ((flags(),), flags(), []),
        ((flags(),), flags(flags=None, green_lane=False), [FlagsSet(green_lane=False, no_phone=False, set_at=T0)]),
        ((), isolates(until=after(60)), [IsolationBegan(began_at=T0, until=after(60))]),
        ((isolates(until=after(60)),), isolates(until=after(60)), []),
        ((isolates(until=after(60)),), isolates(), []),
        ((isolates(),), isolates(until=after(60)), [IsolationEndSet(until=after(60), set_at=T0)]),
        ((isolates(until=after(60)),), lapses(after(60)), [IsolationEnded(ended_at=after(60))]),
        ((isolates(until=after(60)),), lapses(after(60), at=after(59)), []),
        ((isolates(until=after(60)), isolates(until=after(90))), lapses(after(60)), []),
        ((isolates(until=after(60)), said(EndIsolation, resident="p-li")), lapses(after(60)), []),
    ],
)
def test_what_is_recorded(past: tuple[Command, ...], command: Command, events: list[Fact]) -> None:
    """What changes is recorded once; an end that was moved is not the one that lapses."""
    assert town().and_then(*past).when(command) == events


def test_an_isolation_does_not_end_before_it_begins() -> None:
    """Bad input 48."""
    assert town().refusal(isolates(until=T0)).code == "ends_before_start"


def test_the_state_follows() -> None:
    """Two bits for decisions, the sealed list for the few."""
    state = state_of(town().and_then(flags(no_phone=True), isolates(until=after(60))))
    assert (state.green_lane, state.no_phone, state.flags) == (True, True, LIST)
    assert (state.isolated, state.isolated_until) == (True, after(60))


def test_decisions_know_of_it_after_an_erasure() -> None:
    """The bits are not erased, for decisions must replay (P3)."""
    state = state_of(town().and_then(flags(), said(BeginErasure, resident="p-li")))
    assert state.green_lane


def test_nothing_new_is_recorded_of_an_erased_person() -> None:
    """As with everything else about them."""
    assert town().and_then(said(BeginErasure, resident="p-li")).refusal(flags()).code == "erased"


def test_an_event_from_before_there_was_an_end_still_reads() -> None:
    """An old row means an isolation that a person ends."""
    old = TOPICS.topics["resident.isolation_began"].model_validate_json('{"began_at": "2026-03-01T01:30:00Z"}')
    assert isinstance(old, IsolationBegan)
    assert old.until is None


# ---- The green lane -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "plain", "green"),
    [
        ("garbage", Urgency.NONE, Urgency.HARDSHIP),
        ("food", Urgency.HARDSHIP, Urgency.HEALTH),
        ("medicine", Urgency.HEALTH, Urgency.HEALTH),
    ],
)
def test_an_unstated_urgency_is_one_step_higher(kind: str, plain: Urgency, green: Urgency) -> None:
    """Up to a threat to health; a threat to life alarms people, so only a person judges it."""
    call = calls(kind=kind)
    assert request_of_town(town().and_then(call)).urgency is plain
    assert request_of_town(town().and_then(flags(), call)).urgency is green


def test_a_stated_urgency_stands() -> None:
    """What a person has judged is not raised."""
    given = town().and_then(flags(), calls(kind="food", urgency=Urgency.NONE))
    assert request_of_town(given).urgency is Urgency.NONE


def test_life_is_never_reached_by_a_flag() -> None:
    """Nor lowered by one."""
    assert green_lane_raises(Urgency.HEALTH, green_lane=True) is Urgency.HEALTH
    assert green_lane_raises(Urgency.LIFE, green_lane=True) is Urgency.LIFE


def test_no_flag_names_an_illness() -> None:
    """The list is closed, and it is that of the sources (R34)."""
    assert set(Vulnerability) == {"aged_80", "disabled", "lives_alone", "pregnant", "student"}


# ---- Visible to few -----------------------------------------------------------------------


@pytest.mark.parametrize("field", ["flags", "ledger", "caller_code"])
def test_who_has_taken_a_leg_does_not_see_it(field: str) -> None:
    """A helper may open the phone number of whom they serve, and not why that person goes first (R34)."""
    given = asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"))
    reads: dict[str, Any] = {"by": actor("r-shopper"), "resident": "p-li", "purpose": "delivery"}
    assert len(given.when(said(AccessPersonalData, fields=("phone",), **reads))) == 1
    assert given.refusal(said(AccessPersonalData, fields=(field,), **reads)).code == "no_active_assignment"
    own: Fact = given.when(said(AccessPersonalData, fields=(field,), **(reads | {"by": actor("p-li")})))[0]
    assert own.TOPIC == "resident.personal_data_accessed"
