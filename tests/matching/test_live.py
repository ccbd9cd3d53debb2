"""The live plan: after any history of arrivals, departures and changes it is the optimum of the board as it is."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.matching.flow import BadBoard, NotOnBoard, Slots, Supply, solve
from dispatch.matching.live import LivePlan
from tests.matching.test_flow import Board, optimum_by_ortools, plan_of, random_board

TIE = 1 << 48


class History:
    """A live plan beside the board it should be the optimum of, under random changes."""

    def __init__(self, rng: random.Random, *, top: int = 20, hashed: bool = False) -> None:
        self.rng, self.top, self.hashed = rng, top, hashed
        self.live = LivePlan()
        self.supplies: dict[str, Supply] = {}
        self.slots: dict[str, Slots] = {}
        self.count = 0

    @property
    def board(self) -> Board:
        """The board as it is now."""
        return Board(list(self.supplies.values()), list(self.slots.values()))

    def cost(self, top: int) -> int:
        """Draw a cost; with a hash below it, plans do not tie."""
        return self.rng.randint(0, top) * TIE + self.rng.randrange(TIE) if self.hashed else self.rng.randint(0, top)

    def supply(self, name: str) -> Supply:
        """Draw work with up to five candidates."""
        people = self.rng.sample(sorted(self.slots), min(len(self.slots), self.rng.randint(0, 5)))
        return Supply(name, self.cost(4 * self.top), tuple((r, self.cost(self.top)) for r in people))

    def step(self) -> str:
        """Make one change on both sides, and name it."""
        kind = self.rng.choice(["arrive", "arrive", "arrive", "leave", "leave", "reprice", "dearer", "staff", "staff"])
        if kind == "staff":
            name = f"r-{self.rng.randint(1, 7)}"
            costs = sorted(
                self.rng.randint(0, self.top) * (TIE if self.hashed else 1) for _ in range(self.rng.randint(0, 3))
            )
            self.slots[name] = Slots(name, tuple(costs))
            self.live.staff(self.slots[name])
        elif kind == "arrive" or not self.supplies:
            self.count += 1
            name = f"q-{self.count}"
            self.supplies[name] = self.supply(name)
            assert self.live.arrive(self.supplies[name]) == self.live.placed.get(name, "")
        else:
            name = self.rng.choice(sorted(self.supplies))
            if kind == "leave":
                del self.supplies[name]
                self.live.leave(name)
                return kind
            old = self.supplies[name]
            self.supplies[name] = (
                self.supply(name) if kind == "reprice" else replace(old, unserved=old.unserved + self.cost(self.top))
            )
            self.live.reprice(self.supplies[name])
        return kind


def test_every_change_leaves_the_optimum_of_another_solver() -> None:
    """Over histories of changes of all kinds, each step: the cost of OR-Tools and a certificate that holds."""
    seen: dict[str, int] = {}
    for seed in range(40):
        history = History(random.Random(seed), top=random.Random(seed).choice([1, 3, 20, 10**6]))
        for _ in range(50):
            kind = history.step()
            seen[kind] = seen.get(kind, 0) + 1
            assert history.live.cost == optimum_by_ortools(history.board)
            assert history.live.certificate().check(*history.board) == []
    assert min(seen.values()) > 50


@pytest.mark.slow
def test_many_long_histories() -> None:
    """The same over long histories."""
    for seed in range(1_000, 1_300):
        history = History(random.Random(seed), top=random.Random(seed).choice([1, 3, 20, 10**6]))
        for _ in range(400):
            history.step()
            assert history.live.certificate().check(*history.board) == []
        assert history.live.cost == optimum_by_ortools(history.board)


def test_what_is_kept_is_what_would_be_worked_out_anew() -> None:
    """After each change: the ways in and out of everybody, what each supply pays, and no label left from a search."""
    for seed in range(30):
        history = History(random.Random(seed), top=random.Random(seed).choice([1, 20, 10**6]))
        for _ in range(60):
            history.step()
            network = history.live._network
            assert set(network.label) == {network.beyond}
            if not network.seekers:
                continue
            kept = [list(network.worth), list(network.out), list(network.stands)]
            asking, seekers = [dict(one) for one in network.asking], [dict(one) for one in network.seekers]
            for node in range(1, len(network.people)):
                network._find_way_out(node)
            network._seek()
            assert kept == [network.worth, network.out, network.stands]
            assert (asking, seekers) == (network.asking, network.seekers)


def test_a_trail_that_no_longer_leads_anywhere_is_left() -> None:
    """A newcomer follows the way that a departure left behind at the costs of now, and here not to its end."""
    slots = [Slots(name, (0,)) for name in ("r-1", "r-2", "r-3")]
    chain = [
        Supply("q-1", 150, (("r-1", 0), ("r-2", 1))),
        Supply("q-2", 100, (("r-2", 0), ("r-3", 1))),
        Supply("q-3", 50, (("r-3", 0),)),
    ]
    live = LivePlan([*chain, Supply("q-0", 100, (("r-1", 0),))], slots)
    assert dict(live.placed) == {"q-0": "r-1", "q-1": "r-2", "q-2": "r-3"}
    live.leave("q-0")
    assert dict(live.placed) == {"q-1": "r-1", "q-2": "r-2", "q-3": "r-3"}
    dearer, newcomer = replace(chain[1], arcs=(("r-2", 0), ("r-3", 60))), Supply("q-4", 200, (("r-1", 0),))
    live.reprice(dearer)
    live.arrive(newcomer)
    assert dict(live.placed) == {"q-4": "r-1", "q-1": "r-2", "q-3": "r-3"}
    assert live.certificate().check([chain[0], dearer, chain[2], newcomer], slots) == []


def test_with_a_tie_hash_history_leaves_no_trace() -> None:
    """After any history the plan is that of a cold solution, and so is every price of an alternative."""
    for seed in range(40):
        history = History(random.Random(seed), hashed=True)
        for _ in range(80):
            history.step()
        cold = solve(*history.board)
        live = history.live
        assert live.placed == cold.placed
        assert live.cost == cold.cost
        for name in history.supplies:
            assert dict(live.forced(name)) == dict(cold.forced(name))
            assert [live.chain(name, r) for r in live.forced(name)] == [cold.chain(name, r) for r in cold.forced(name)]


def test_built_up_one_by_one_or_at_once() -> None:
    """A board that arrives in any order ends in the cost of the whole board solved."""
    rng = random.Random(9)
    for _ in range(200):
        board = random_board(rng)
        live = LivePlan((), board.slots)
        for supply in rng.sample(board.supplies, len(board.supplies)):
            live.arrive(supply)
        assert live.cost == solve(*board).cost
        assert len(live) == len(board.supplies)


def test_a_whole_board_leaves_nothing_behind() -> None:
    """When all work has left, nothing is placed, nothing costs, and the prices of the first day prove the next."""
    rng = random.Random(10)
    for _ in range(100):
        board = random_board(rng)
        live = LivePlan(*board)
        for supply in rng.sample(board.supplies, len(board.supplies)):
            assert supply.id in live
            live.leave(supply.id)
        assert (live.placed, live.cost, len(live)) == ({}, 0, 0)
        for supply in board.supplies:
            live.arrive(supply)
        assert live.cost == solve(*board).cost


@given(st.integers(0, 2**32))
@settings(max_examples=200)
def test_leaving_and_coming_back_costs_the_same(seed: int) -> None:
    """Whoever leaves and arrives again with the same costs finds the same optimum."""
    rng = random.Random(seed)
    board = random_board(rng)
    live = LivePlan(*board)
    for supply in board.supplies[:5]:
        before = live.cost
        live.leave(supply.id)
        live.arrive(supply)
        assert live.cost == before


def test_nobody_moves_when_only_waiting_grows() -> None:
    """Work that is served and becomes dearer to leave stays where it is; so does everybody else."""
    board = random_board(random.Random(11))
    live = LivePlan(*board)
    plan = plan_of(solve(*board))
    for supply in board.supplies:
        if live.holder(supply.id):
            live.reprice(replace(supply, unserved=supply.unserved + 1))
    assert {s.id: live.holder(s.id) for s in board.supplies} == plan


def test_somebody_goes_off_duty_and_comes_back() -> None:
    """Without slots a person holds nothing and is no alternative; with them again the old optimum is back."""
    board = Board(
        [Supply("q-1", 100, (("r-1", 1), ("r-2", 9))), Supply("q-2", 50, (("r-1", 2),))],
        [Slots("r-1", (0, 0)), Slots("r-2", (0,))],
    )
    live = LivePlan(*board)
    assert live.placed == {"q-1": "r-1", "q-2": "r-1"}
    live.staff(Slots("r-1", ()))
    assert live.placed == {"q-1": "r-2"}
    assert live.forced("q-2") == {"": 0}
    live.staff(Slots("r-1", (0,)))
    assert live.placed == {"q-1": "r-2", "q-2": "r-1"}
    live.staff(Slots("r-1", (0, 0)))
    assert live.placed == {"q-1": "r-1", "q-2": "r-1"}


def test_what_is_not_on_the_board() -> None:
    """Nothing unknown leaves, changes or is asked about."""
    live = LivePlan((), [Slots("r-1", (0,))])
    for ask in (live.leave, live.holder, live.forced):
        with pytest.raises(NotOnBoard):
            ask("q-1")
    with pytest.raises(NotOnBoard):
        live.reprice(Supply("q-1", 1, ()))


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (Supply("q-1", 1, ()), "supply_is_named_once"),
        (Supply("q-2", -1, ()), "cost_is_not_negative"),
        (Supply("q-2", 1, (("r-9", 1),)), "arc_names_a_known_responder"),
        (Supply("q-2", 1, (("r-1", 1), ("r-1", 2))), "arc_is_named_once"),
        (Supply("q-2", 1, (("r-1", -1),)), "cost_is_not_negative"),
    ],
)
def test_a_bad_arrival_changes_nothing(bad: Supply, rule: str) -> None:
    """Work that contradicts itself or the board is refused by the name of the rule; the plan stands."""
    live = LivePlan([Supply("q-1", 9, (("r-1", 1),))], [Slots("r-1", (0,))])
    with pytest.raises(BadBoard) as caught:
        live.arrive(bad)
    assert caught.value.rule == rule
    assert (live.placed, live.cost, len(live)) == ({"q-1": "r-1"}, 1, 1)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (Slots("r-1", (-1,)), "cost_is_not_negative"),
        (Slots("r-1", (2, 1)), "slot_costs_never_fall"),
        (Slots("", (1,)), "responder_has_an_id"),
    ],
)
def test_bad_slots_change_nothing(bad: Slots, rule: str) -> None:
    """Slots that contradict themselves are refused; the plan stands."""
    live = LivePlan([Supply("q-1", 9, (("r-1", 1),))], [Slots("r-1", (0,))])
    with pytest.raises(BadBoard) as caught:
        live.staff(bad)
    assert caught.value.rule == rule
    assert (live.placed, live.cost) == ({"q-1": "r-1"}, 1)


@pytest.mark.parametrize(
    "bad", [Supply("q-1", -1, ()), Supply("q-1", 1, (("r-9", 1),)), Supply("q-1", 1, (("r-1", -1),))]
)
def test_a_bad_price_changes_nothing(bad: Supply) -> None:
    """A change that contradicts itself is refused; the old price stands."""
    live = LivePlan([Supply("q-1", 9, (("r-1", 1),))], [Slots("r-1", (0,))])
    with pytest.raises(BadBoard):
        live.reprice(bad)
    assert (live.placed, live.cost) == ({"q-1": "r-1"}, 1)
