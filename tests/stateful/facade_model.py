"""
What a bystander with a pocket-book would know: plain dicts, beside the engine and able to disagree with it.

Custodies, units, roles, and who is away are moved by what was said to the verbs, and by nothing else.
Who has what to do is taken down from the responders' own streams (held, taken, let go) and compared
with what the requests say; what was said of it decides what must be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch import Board, Custody, Fact, SupplyLot
from dispatch.audit import Checker
from dispatch.domain.leg import Done, Failed
from dispatch.domain.load import HoldReleased, LoadJoined, LoadReleased, LoadTaken, OfferHeld

ENDS = frozenset({"cancel", "give_up", "close_request", "refuse_approval"})
"""Verbs after which a request is over, once and for all."""

Said = Mapping[str, Any]


@dataclass
class Model:
    """Who has what, as far as a bystander can tell."""

    held: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    taken: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    issued: dict[tuple[str, str], int] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)
    isolated: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    bells: dict[str, str | None] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    acked: set[str] = field(default_factory=set)

    # -- what the responders' streams say ------------------------------------------------

    def hear(self, who: str, fact: Fact) -> None:
        """Take down what a responder's stream says of offers and work; other facts say nothing here."""
        held, taken = self.held.setdefault(who, {}), self.taken.setdefault(who, {})
        match fact:
            case OfferHeld():
                assert fact.offer not in held
                held[fact.offer] = (fact.leg, fact.effort)
            case HoldReleased():
                del held[fact.offer]
            case LoadTaken():
                taken[fact.offer] = held.pop(fact.offer)
            case LoadJoined():
                taken[fact.offer] = (fact.leg, fact.effort)
            case LoadReleased():
                (offer,) = [offer for offer, (leg, _) in taken.items() if leg == fact.leg]
                del taken[offer]
            case _:
                return

    def open_offers(self) -> list[str]:
        """Return offers that nobody has answered."""
        return sorted(offer for held in self.held.values() for offer in held)

    def work(self) -> list[tuple[str, str, str]]:
        """Return (request, leg, responder) of everything taken."""
        rows = [(leg, who) for who, taken in self.taken.items() for leg, _ in taken.values()]
        return sorted((*leg.partition("/")[::2], who) for leg, who in rows)

    def has(self, who: str) -> set[str]:
        """Return the offers that somebody is asked for or has taken."""
        return {*self.held.get(who, {}), *self.taken.get(who, {})}

    def of(self, request: str) -> set[str]:
        """Return who is asked for a request or has work of it."""
        pairs = [*self.held.items(), *self.taken.items()]
        return {who for who, mine in pairs for leg, _ in mine.values() if leg.partition("/")[0] == request}

    # -- what was said ---------------------------------------------------------------------

    def heard(self, verb: str, said: Said, answer: Any) -> None:
        """Take down what somebody said to a verb that was accepted for the first time; what must be gone, is."""
        note = _NOTES.get(verb)
        if note is not None:
            note(self, said, answer)
        if verb in ENDS:
            self.over.add(said["request"])
            assert not self.of(said["request"]), f"{verb}: somebody still has work of {said['request']}"
        if verb in ("drop_out", "ring_bell"):
            assert not {who for who in self.out if self.has(who)}, f"{verb}: somebody out still has work"
        if verb == "accept":
            assert said["offer_id"] not in self.open_offers()
        if verb in ("decline", "withdraw"):
            assert not any(said["offer_id"] in self.has(who) for who in (*self.held, *self.taken))

    def rests(self, board: Board) -> None:
        """Compare with the engine's board after a tick: who cannot come has nothing to do (S10)."""
        busy = {who for who in (*self.isolated, *self.out) if self.has(who) and who in board.responders}
        assert not busy, f"isolated or out, and still asked: {busy} (S10)"

    def _several(self, said: Said, holder: str) -> None:
        given = said["custodies"]
        for custody in [given] if isinstance(given, str) else given:
            self.holders[custody] = holder

    # -- what must hold ----------------------------------------------------------------------

    def agrees_with(self, board: Board, checker: Checker) -> None:
        """Compare with the engine's board, at rest or not."""
        self._places_agree(board)
        self._things_agree(board)
        assert all(checker.has(command) for command in self.acked), "an acknowledged command is not in the log (S12)"
        back = self.over & set(board.requests)
        assert not back, f"over and open again: {back} (S1)"
        held = board.place_register.grants.held
        now = {account: {str(grant.role) for grant in grants} for account, grants in held.items() if grants}
        expected = {account: roles for account, roles in self.roles.items() if roles}
        assert {account: now.get(account, set()) for account in self.roles} == {
            account: expected.get(account, set()) for account in self.roles
        }

    def _places_agree(self, board: Board) -> None:
        asked: dict[str, set[tuple[str, bool]]] = {}
        for state in board.requests.values():
            for leg in state.legs if state.is_worked_on else ():
                for ask in leg.asks if not isinstance(leg, Done | Failed) else ():
                    asked.setdefault(ask.responder, set()).add((ask.offer, ask.accepted))
        for who, person in board.responders.items():
            held, taken = self.held.get(who, {}), self.taken.get(who, {})
            mine = {(offer, False) for offer in held} | {(offer, True) for offer in taken}
            assert mine == asked.get(who, set()), f"{who} has {mine} and is asked for {asked.get(who, set())} (S3)"
            assert person.load == sum(effort for _, effort in (*held.values(), *taken.values())), f"load of {who} (S2)"
            assert person.load <= person.capacity, f"load of {who} (S2)"

    def _things_agree(self, board: Board) -> None:
        custodies, lots = board.all("custody"), board.all("lot")
        assert set(custodies) == set(self.holders)
        for custody, holder in self.holders.items():
            state = custodies[custody]
            assert isinstance(state, Custody)
            assert (state.holder, state.spent_fen) == (holder, self.spent.get(custody, 0))
        assert set(lots) == set(self.units)
        for lot, units in self.units.items():
            account = lots[lot]
            assert isinstance(account, SupplyLot)
            assert account.on_hand == units >= 0
            own = {who: count for (name, who), count in self.issued.items() if name == lot and count}
            assert {who: count for who, count in account.issued.items() if count} == own


def _took(model: Model, said: Said, answer: Any) -> None:
    model.holders[answer] = said["responder"]


def _issue(sign: int) -> Callable[[Model, Said, Any], None]:
    def note(model: Model, said: Said, _answer: Any) -> None:
        key = (said["lot"], said["resident"])
        model.units[said["lot"]] -= sign * said["quantity"]
        model.issued[key] = model.issued.get(key, 0) + sign * said["quantity"]

    return note


def _rang(model: Model, said: Said, _answer: Any) -> None:
    model.out.update(who for who, bell in model.bells.items() if bell == said["bell"])


def _came_back(model: Model, said: Said, _answer: Any) -> None:
    model.out.difference_update(who for who, bell in model.bells.items() if bell == said["bell"])


_NOTES: dict[str, Callable[[Model, Said, Any], object]] = {
    "take_custody": _took,
    "accept_custody": lambda m, s, _: m.holders.update({s["custody"]: s["responder"]}),
    "transfer_custody": lambda m, s, _: m._several(s, s["to"]),
    "return_custody": lambda m, s, _: m.holders.pop(s["custody"]) and None,
    "spend_money": lambda m, s, _: m.spent.update({s["custody"]: s["spent_fen"]}),
    "receive_goods": lambda m, s, a: m.units.update({a: s["quantity"]}),
    "issue_goods": _issue(1),
    "return_goods": _issue(-1),
    "count_goods": lambda m, s, _: m.units.update({s["lot"]: s["counted"]}),
    "close_lot": lambda m, s, _: m.units.pop(s["lot"]) and None,
    "grant": lambda m, s, _: m.roles.setdefault(s["account"], set()).add(str(s["role"])),
    "revoke": lambda m, s, _: m.roles.setdefault(s["account"], set()).discard(str(s["role"])),
    "isolate_responder": lambda m, s, _: m.isolated.add(s["responder"]),
    "end_responder_isolation": lambda m, s, _: m.isolated.discard(s["responder"]),
    "drop_out": lambda m, s, _: m.out.add(s["responder"]),
    "return_to_duty": lambda m, s, _: m.out.discard(s["responder"]),
    "set_bell": lambda m, s, _: m.bells.update({s["responder"]: s["bell"]}),
    "ring_bell": _rang,
    "return_group": _came_back,
}
"""What each verb moves."""
