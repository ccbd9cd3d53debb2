"""What may be said about requests, offers, work, goods and custody."""

from __future__ import annotations

from typing import Any

from dispatch import Item, Point, Role
from dispatch.domain.help_request import AwaitingApproval, AwaitingOthers, Confirmed, Delivered, OnHold, Received
from tests.stateful.facade_said import Draw, Pick
from tests.stateful.facade_town import WORKER

KINDS = (
    "food",
    "food",
    "medicine",
    "garbage",
    "stair_carry",
    "stair_carry_return",
    "check_in",
    "childcare",
    "counselling",
    "errand",
    "parcel",
)


def _open(p: Pick) -> dict[str, Any]:
    kind = p.one(KINDS)
    said: dict[str, Any] = {"kind": kind, "beneficiary": p.resident(), "triage": p.one((True, True, True, False))}
    if kind == "medicine" and p.yes():
        said["items"] = [Item("降压药", no_substitution=p.yes(), needs_doctor=p.yes())]
    if p.one((False, False, True)):
        said["urgency"] = p.one(("life", "health", "hardship", "none"))
    if p.one((False, False, False, True)) and p.board.requests:
        said["after"] = [p.one(p.board.requests)]
    if p.one((False, False, False, True)):
        said["note"] = "请按门铃"
    return said


def _shopping(p: Pick) -> dict[str, Any]:
    legs = [(request, leg, who) for request, leg, who in p.model.work() if p.board.requests[request].items]  # type: ignore[index]
    request, leg, who = p.one(legs)
    item = p.one(range(1, len(p.board.requests[request].items) + 1))  # type: ignore[index]
    return {"request": request, "leg": leg, "responder": who, "item": item, "place": p.one(("一店", "二店", "三店"))}


def _money(p: Pick) -> dict[str, Any]:
    request, state = p.one(sorted(p.board.requests.items()))
    return {
        "responder": p.responder(Role.CADRE, Role.COMMUNITY_WORKER),
        "owner": state.beneficiary,
        "what": "money",
        "request": request,
        "amount_fen": 5_000,
    }


def _kept(p: Pick) -> dict[str, Any]:
    custody, holder = p.one(sorted(p.model.holders.items()))
    return {"custody": custody, "responder": holder}


def _asked(p: Pick) -> dict[str, Any]:
    asked = sorted((name, s.offered_to) for name, s in p.board.all("custody").items() if s.offered_to is not None)
    custody, to = p.one(asked)
    return {"custody": custody, "responder": to}


def _lost(p: Pick) -> dict[str, Any]:
    custody, holder = p.one(sorted(p.model.holders.items()))
    return {"custodies": custody, "holder": holder, "reason": "lost"}


def _back(p: Pick) -> dict[str, Any]:
    custody = p.one(sorted(p.model.holders))
    return {"custody": custody, "on_behalf_of": p.board.all("custody")[custody].owner}


REQUESTS: dict[str, Draw] = {
    "open_request": _open,
    "triage": lambda p: {"request": p.request_in(Received), "urgency": p.one(("life", "health", "hardship", "none"))},
    "change_urgency": lambda p: {
        "request": p.request(),
        "urgency": p.one(("life", "health", "none")),
        "reason": "condition_worse",
    },
    "acknowledge_alarm": lambda p: {"request": p.one(r for r, s in p.board.requests.items() if s.alarm is not None)},
    "escalate": lambda p: {"request": p.request(), "reason": "family_insists"},
    "take_charge": lambda p: {"request": p.one(r for r, s in p.board.requests.items() if s.escalated or s.alarm)},
    "cancel": lambda p: {"request": p.request(), "reason": "not_needed"},
    "give_up": lambda p: {"request": p.request(), "reason": "nobody_left"},
    "confirm": lambda p: {"request": p.delivered()},
    "close_request": lambda p: {"request": p.request_in(Delivered, Confirmed), "reason": "resident_silent"},
    "approve": lambda p: {"request": p.request_in(AwaitingApproval), "by": WORKER},
    "refuse_approval": lambda p: {"request": p.request_in(AwaitingApproval), "reason": "not_suitable", "by": WORKER},
    "hold": lambda p: {
        "request": p.request(),
        "reason": "shop_closed",
        "until": p.later() if p.yes() else None,
    },
    "resume": lambda p: {"request": p.request_in(OnHold)},
    "link_duplicate": lambda p: {"request": p.request(), "original": p.request()},
    "await_others": lambda p: {"request": p.request(), "after": p.some(p.board.requests, most=2)},
    "drop_dependency": lambda p: {
        "request": p.request_in(AwaitingOthers),
        "after": p.one(p.world.requests),
        "reason": "not_needed",
    },
    "reopen": lambda p: {"request": p.one(p.world.requests), "reason": "came_back"},
    "add_note": lambda p: {"request": p.request(), "note": "门禁坏了"},
    "issue_token": lambda p: {"request": p.request()},
    "record_proof": lambda p: {"request": p.request(), "photo": b"picture"},
    "note_reimbursement": lambda p: {
        "request": p.request(),
        "amount_fen": p.one((100, 2_500)),
        "spent_by": p.responder(),
    },
    "report_gift": lambda p: {"request": p.request(), "responder": p.responder(), "gift": "meal", "taken": p.yes()},
    "record_outcome": lambda p: {**p.failed(), "outcome": "bad_address"},
    "void": lambda p: {"request": p.request(), "line": p.one((1, 2)), "reason": "wrong_request"},
}

OFFERS: dict[str, Draw] = {
    "accept": lambda p: {"offer_id": p.one(p.model.open_offers())},
    "decline": lambda p: {"offer_id": p.one(p.model.open_offers()), "reason": "not_now"},
    "withdraw": lambda p: {"offer_id": p.one(p.model.open_offers()), "reason": "other_plan"},
    "join_visit": lambda p: {
        "request": p.request(),
        "leg": p.one(("inside", "visit", "outside")),
        "visit_offer": p.one(sorted(offer for taken in p.model.taken.values() for offer in taken)),
    },
}

WORK: dict[str, Draw] = {
    "complete": lambda p: {**p.work(), "outcome": p.one(("success", "left_there", "picked_up"))},
    "fail": lambda p: {**p.work(), "outcome": p.one(("not_home", "does_not_want"))},
    "release": lambda p: {**p.work(), "reason": "called_away"},
    "requeue": lambda p: p.failed(),
    "call_ahead": lambda p: {
        "request": p.one(r for r, s in p.board.requests.items() if any(leg.plan.call_ahead for leg in s.legs))
    },
    "ready": lambda p: p.work(),
    "start_leg": lambda p: p.work(),
    "arrive": lambda p: p.work(),
    "pick_up_goods": lambda p: {**p.work(), "seals": p.one(((), ("A1",)))},
    "place_goods": lambda p: {**p.work(), "seals": p.one(((), ("A1",)))},
    "hand_over_goods": lambda p: {**p.work(), "to": p.one((p.resident(), p.responder(), "worker"))},
    "refuse_goods": lambda p: {**p.work(), "reason": "not_ordered"},
    "report_missing": lambda p: p.work(),
    "take_delivery": lambda p: {"request": p.request(), "seals": p.one(((), ("A1",)))},
    "miss_goods": lambda p: {"request": p.request()},
    "find_goods": lambda p: {
        "request": p.one(r for r, s in p.board.requests.items() if s.goods is not None),
        "point": p.one((Point.SHELF, Point.GATE)),
    },
    "add_item": lambda p: {
        "request": p.one(r for r, s in p.board.requests.items() if s.kind in ("medicine", "food")),
        "item": Item("盐", quantity=2),
    },
    "confirm_item": lambda p: {**p.item(), "on_behalf_of": "doctor"},
    "drop_item": lambda p: p.item(),
    "item_not_found": lambda p: {**_shopping(p), "nowhere_else": p.yes()},
    "item_found": lambda p: {**_shopping(p), "substituted": p.yes()},
}

CUSTODY: dict[str, Draw] = {
    "take_custody": lambda p: (
        {"responder": p.responder(), "owner": p.resident(), "what": p.one(("card", "key", "medicine"))}
        if p.yes()
        else _money(p)
    ),
    "offer_custody": lambda p: {**_kept(p), "to": p.responder()},
    "accept_custody": _asked,
    "decline_custody": _asked,
    "transfer_custody": lambda p: {"custodies": p.some(sorted(p.model.holders)), "to": p.responder()},
    "orphan_custody": _lost,
    "spend_money": lambda p: {**_kept(p), "spent_fen": p.one((100, 900, 5_000, 9_000))},
    "return_custody": _back,
}
