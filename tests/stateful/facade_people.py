"""What may be said about people, places, control, duty, roles, rounds, stock, series and rides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dispatch import (
    A2_REGIME,
    EVERYDAY_CATALOGUE,
    MEDICAL_FIRST,
    SURGE,
    Catalogue,
    DutyLimits,
    Regime,
    Reserve,
    Role,
    TierTimes,
)
from tests.stateful.facade_said import Draw, Pick
from tests.stateful.facade_town import DOCTOR, POLICY, TOWER

TIERS = TierTimes(compound_s=(0, 0, 60, 60), community_s=(0, 60, 600, 900), reserve_s=(0, 60, 600, 3_600))
SHARED_OUT: tuple[dict[str, Any], ...] = (
    {},
    {"levels": SURGE.levels, "reserve": Reserve(building_people=1, community_people=2, share_percent=50)},
    {"levels": MEDICAL_FIRST.levels, "tiers": TIERS, "continuity_decay_days": 1},
)
"""Orders, tiers and reserves that a community may change to in the middle of everything."""


def _control(p: Pick) -> dict[str, Any]:
    levels = p.one(("sealed", "controlled", "precaution", "temporary", "enclosed"))
    said: dict[str, Any] = {"where": p.place(), "level": levels, "reason": "case_found"}
    if p.one((False, False, True)):
        said["effective_from"] = p.later(hours=3)
    elif p.yes():
        said["until"] = p.later(hours=7)
    return said


def _shift(p: Pick) -> dict[str, Any]:
    start = p.later()
    return {"responder": p.responder(), "starts_at": start, "ends_at": start + timedelta(hours=p.one((4, 8)))}


def _planned(p: Pick) -> dict[str, Any]:
    shifts = [(who, shift) for who, person in sorted(p.board.responders.items()) for shift in person.shifts]
    who, shift = p.one(shifts)
    return {"responder": who, "starts_at": shift.starts_at, "ends_at": shift.ends_at}


def _deputy(p: Pick) -> dict[str, Any]:
    named = [(who, deputy) for who, state in sorted(p.board.responders.items()) for deputy in state.duty.deputies]
    captain, deputy = p.one(named)
    return {"captain": captain, "deputy": deputy.responder, "scope": deputy.scope}


def _lot(p: Pick) -> str:
    return p.one(sorted(p.model.units))


def _reserved(p: Pick) -> dict[str, Any]:
    lots = sorted(p.board.all("lot").items())
    lot, request = p.one([(name, request) for name, state in lots for request in state.reserved])
    return {"lot": lot, "request": request}


def _ride(p: Pick) -> dict[str, Any]:
    passes = p.board.all("pass")
    issued = [name for name in p.world.of("pass") if type(passes.get(name)).__name__ == "Issued"]
    if not issued or p.one((False, False, True)):
        return {"resident": p.resident(), "pickup_at": p.later(hours=3), "urgent": "dialysis"}
    name = p.one(issued)
    return {"resident": passes[name].resident, "medical_pass": name, "pickup_at": p.later(hours=3)}


PLACES: dict[str, Draw] = {
    "set_control_level": _control,
    "lift_control_level": lambda p: {"where": p.place()},
    "acknowledge_wrong_side": lambda p: {"which": p.one(sorted(p.board.all("strays")))},
    "adopt_regime": lambda p: {
        "regime": Regime(version=p.board.place_register.regime.version + p.one((0, 1)), rules=A2_REGIME.rules)
    },
    "record_side": lambda p: {
        "responder": p.responder(),
        "line": p.place(),
        "side": p.one(("inside", "outside")),
        "stay_until": p.later() if p.yes() else None,
    },
    "register_compound": lambda p: {"name": p.one(("南苑", "北苑"))},
    "register_building": lambda p: {"name": p.one(("7座", "8座")), "floors": 3, "lift": p.yes()},
    "register_resident": lambda p: {"where": f"11号楼{p.one((3, 4, 6))}0{p.one((1, 2))}"},
    "survey_building": lambda p: {"building": p.one(sorted(p.board.place_register.buildings)), "households": 12},
    "name_steward": lambda p: {"where": p.place(), "responder": p.responder()},
    "end_steward": lambda p: {"where": p.place(), "responder": p.responder()},
    "set_duty_contact": lambda p: {"duty": p.one(("duty-desk", "night-desk"))},
    "adopt_policy": lambda p: {
        "policy": POLICY.model_copy(
            update={
                "version": p.board.place_register.policy.version + 1,
                "respond_within_s": p.one((300, 600)),
                **p.one(SHARED_OUT),
            }
        )
    },
    "adopt_catalogue": lambda p: {
        "catalogue": Catalogue(
            version=p.board.place_register.catalogue.version + p.one((0, 1)), kinds=EVERYDAY_CATALOGUE.kinds
        )
    },
}

PEOPLE: dict[str, Draw] = {
    "begin_isolation": lambda p: {"resident": p.resident(), "until": p.later() if p.yes() else None},
    "end_isolation": lambda p: {"resident": p.resident()},
    "exclude": lambda p: {"resident": p.resident(), "responder": p.responder() if p.yes() else None},
    "lift_exclusions": lambda p: {"resident": p.resident()},
    "register_responder": lambda p: {
        "role": p.one((Role.VOLUNTEER, Role.CADRE)),
        "home": p.place(),
        "capacity": p.one((4, 20)),
    },
    "set_capacity": lambda p: {"responder": p.responder(), "capacity": p.one((1, 6, 30))},
    "set_skills": lambda p: {"responder": p.responder(), "skills": p.one(((), ("stair_carry", "protective_gear")))},
    "set_scope": lambda p: {"responder": p.responder(), "scope": p.place()},
    "set_clearance": lambda p: {"responder": p.responder(), "clearance": p.one(("open", "sealed"))},
    "set_flags": lambda p: {"resident": p.resident(), "flags_": p.one((["aged_80"], ["lives_alone"], []))},
    "open_plan": lambda p: {
        "resident": p.resident(),
        "reason": "returnee",
        "keeper": p.responder(Role.CADRE, Role.COMMUNITY_WORKER),
        "cadence_s": 3_600,
        "ends_at": p.later() if p.yes() else None,
    },
    "record_contact": lambda p: {"resident": p.one(sorted(p.board.all("plan"))), "condition_ok": p.yes()},
    "end_plan": lambda p: {"resident": p.one(sorted(p.board.all("plan"))), "reason": "recovered"},
    "order_duty": lambda p: {"resident": p.resident(), "until": p.later(hours=8)},
    "record_refusal": lambda p: {"duty": p.made("duty"), "reason": "will_not_leave"},
    "record_agreement": lambda p: {"duty": p.made("duty")},
}

DUTY: dict[str, Draw] = {
    "isolate_responder": lambda p: {"responder": p.responder()},
    "end_responder_isolation": lambda p: {"responder": p.one(sorted(p.model.isolated))},
    "drop_out": lambda p: {"responder": p.responder()},
    "return_to_duty": lambda p: {"responder": p.one(sorted(p.model.out))},
    "set_bell": lambda p: {"responder": p.responder(), "bell": p.one(("fire_station", None))},
    "ring_bell": lambda p: {"bell": p.one(sorted({bell for bell in p.model.bells.values() if bell}))},
    "return_group": lambda p: {"bell": p.one(sorted({bell for bell in p.model.bells.values() if bell}))},
    "plan_shift": _shift,
    "cancel_shift": _planned,
    "set_duty_limits": lambda p: {
        "responder": p.responder(),
        "limits": p.one((None, DutyLimits(effort_day_max=5))),
        "reason": "aged_60",
    },
    "grant_qualification": lambda p: {
        "responder": p.responder(),
        "skill": p.one(("stair_carry", "drive")),
        "valid_until": p.later(),
    },
    "revoke_qualification": lambda p: {"responder": p.responder(), "skill": p.one(("stair_carry", "drive"))},
    "set_clearance_expiry": lambda p: {"responder": p.responder(), "valid_until": p.one((None, p.later()))},
    "acknowledge_briefing": lambda p: {"responder": p.responder(), "version": 1},
    "second": lambda p: {"responder": p.responder(), "unit": "tax_office", "until": p.one((None, p.later()))},
    "end_secondment": lambda p: {"responder": p.responder(), "unit": "tax_office"},
    "name_deputy": lambda p: {
        "captain": p.responder(Role.FLOOR_CAPTAIN),
        "deputy": p.responder(),
        "scope": p.one(("11号楼5层", "12号楼6层")),
    },
    "dismiss_deputy": _deputy,
    "set_ladder_contact": lambda p: {"step": p.one(("standby", "sub_district", "captain")), "account": p.responder()},
    "remove_ladder_contact": lambda p: {"step": p.one(("standby", "sub_district")), "account": p.responder()},
    "grant": lambda p: {
        "account": p.one(("worker", "dusk", "night-lead")),
        "role": p.one((Role.COMMUNITY_WORKER, Role.CADRE)),
    },
    "revoke": lambda p: {
        "account": p.one(("worker", "dusk", "night-lead")),
        "role": p.one((Role.COMMUNITY_WORKER, Role.CADRE)),
    },
}

ROUNDS: dict[str, Draw] = {
    "start_round": lambda p: {
        "residents": p.some(p.world.residents),
        "callers": p.some(who for who, role in p.world.people.items() if role in (Role.CADRE, Role.COMMUNITY_WORKER)),
    },
    "record_attempt": lambda p: {**p.call(), "outcome": p.one(("no_answer", "busy"))},
    "record_reached": lambda p: {**p.call(), "supplies_enough": p.yes(), "condition_ok": p.yes()},
    "order_visit": lambda p: p.call(),
    "record_seen": lambda p: {**p.call(), "supplies_enough": p.yes(), "condition_ok": p.yes()},
    "raise_welfare_alarm": lambda p: p.call(),
    "find_need": lambda p: {**p.call(), "kind": p.one(("food", "medicine"))},
    "excuse_household": lambda p: {**p.call(), "reason": "in_hospital"},
    "hand_over_calls": lambda p: {
        "calling_round": p.call()["calling_round"],
        "caller": p.responder(Role.CADRE, Role.COMMUNITY_WORKER),
        "to": p.responder(Role.CADRE, Role.COMMUNITY_WORKER),
        "reason": "off_duty",
    },
    "close_round": lambda p: {"calling_round": p.call()["calling_round"]},
}

STOCK: dict[str, Draw] = {
    "receive_goods": lambda p: {"item": "vegetable_pack", "quantity": p.one((1, 5, 40))},
    "reserve_goods": lambda p: {"lot": _lot(p), "request": p.request(), "quantity": p.one((1, 3))},
    "free_goods": _reserved,
    "issue_goods": lambda p: {"lot": _lot(p), "resident": p.resident(), "quantity": p.one((1, 2, 4))},
    "return_goods": lambda p: {"lot": _lot(p), "resident": p.resident(), "quantity": 1},
    "count_goods": lambda p: {"lot": _lot(p), "counted": p.one((0, 3, 20)), "reason": "spoiled"},
    "distribute": lambda p: {"lot": _lot(p), "residents": p.some(p.world.residents)},
    "end_distribution": lambda p: {"lot": _lot(p), "reason": "rain"},
    "close_lot": lambda p: {"lot": _lot(p), "reason": "used_up"},
}

RIDES: dict[str, Draw] = {
    "start_series": lambda p: {
        "kind": p.one(("stair_carry", "food")),
        "beneficiary": p.resident(),
        "rule": p.one(("FREQ=DAILY;COUNT=7", "FREQ=HOURLY;INTERVAL=8;COUNT=4")),
        "starts": p.later(hours=20),
    },
    "skip_occurrence": lambda p: {**p.occurrence(), "reason": "in_hospital"},
    "move_occurrence": lambda p: {**p.occurrence(), "to": p.later()},
    "suspend_series": lambda p: {"series": p.made("series"), "reason": "in_hospital"},
    "resume_series": lambda p: {"series": p.made("series")},
    "end_series": lambda p: {"series": p.made("series"), "reason": "recovered"},
    "apply_for_pass": lambda p: {"resident": p.resident(), "purpose": "examination"},
    "review_pass": lambda p: {"medical_pass": p.made("pass"), "by": DOCTOR},
    "issue_pass": lambda p: {
        "medical_pass": p.made("pass"),
        "valid_from": p.now,
        "valid_until": p.later() + timedelta(days=1),
        "rides": 2,
        "by": DOCTOR,
    },
    "refuse_pass": lambda p: {"medical_pass": p.made("pass"), "reason": "not_needed", "by": DOCTOR},
    "revoke_pass": lambda p: {"medical_pass": p.made("pass"), "reason": "close_contact", "by": DOCTOR},
    "book_ride": _ride,
    "ready_for_return": lambda p: {"request": p.one(sorted(p.board.all("ride")))},
    "redirect_ride": lambda p: {"request": p.one(sorted(p.board.all("ride"))), "reason": "condition_worse"},
    "patient_stays": lambda p: {"request": p.one(sorted(p.board.all("ride")))},
    "set_quota": lambda p: {"area": "east", "places": [TOWER], "cars": p.one((1, 2))},
    "register_car": lambda p: {"features": p.one(((), ("wheelchair",)))},
    "issue_car_permit": lambda p: {"car": p.made("car"), "valid_from": p.now, "valid_until": p.later()},
    "revoke_car_permit": lambda p: {"car": p.made("car"), "reason": "misused"},
    "withdraw_car": lambda p: {"car": p.made("car"), "reason": "broken"},
    "take_car": lambda p: {"car": p.made("car"), "driver": p.responder(Role.DRIVER)},
    "leave_car": lambda p: {"car": p.made("car"), "driver": p.responder(Role.DRIVER)},
}
