"""The exact flow: against another solver, against all plans there are, and against itself solved again."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from dispatch.matching.flow import BadBoard, Flow, NotOnBoard, Slots, Supply, solve

ROOT = Path(__file__).parents[2]
WIDE = 2**200


class Board(NamedTuple):
    """What is to be placed, and with whom."""

    supplies: list[Supply]
    slots: list[Slots]

    def scaled(self, factor: int) -> Board:
        """Return the same board with every cost multiplied."""
        return Board(
            [Supply(s.id, s.unserved * factor, tuple((r, c * factor) for r, c in s.arcs)) for s in self.supplies],
            [Slots(s.id, tuple(c * factor for c in s.costs)) for s in self.slots],
        )

    def with_supply(self, supply: Supply) -> Board:
        """Return the same board with one supply changed."""
        return Board([supply if s.id == supply.id else s for s in self.supplies], self.slots)

    def shuffled(self, rng: random.Random) -> Board:
        """Return the same board with supplies, slots and arcs in another order."""
        supplies = [replace(s, arcs=tuple(rng.sample(s.arcs, len(s.arcs)))) for s in self.supplies]
        return Board(rng.sample(supplies, len(supplies)), rng.sample(self.slots, len(self.slots)))


def random_board(rng: random.Random) -> Board:
    """Draw a small board: short of people or not, with ties or without, with people who can take nothing."""
    top = rng.choice([1, 3, 20, 10**6, 2**40])
    capacity = rng.choice([1, 2, 4])
    people = [f"r-{i:02}" for i in range(rng.randint(1, 9))]
    slots = [Slots(r, tuple(sorted(rng.choices(range(top + 1), k=rng.randint(0, capacity))))) for r in people]
    supplies = [
        Supply(
            f"q-{i:02}/door",
            rng.randint(0, 4 * top),
            tuple((r, rng.randint(0, top)) for r in rng.sample(people, rng.randint(0, min(6, len(people))))),
        )
        for i in range(rng.randint(0, 24))
    ]
    return Board(supplies, slots)


def random_boards(count: int, *, seed: int) -> Iterator[Board]:
    """Draw boards, the same at every run."""
    rng = random.Random(seed)
    return (random_board(rng) for _ in range(count))


@st.composite
def tiny_boards(draw: st.DrawFn) -> Board:
    """Draw a board of which all plans can be listed, with costs up to and far beyond 64 bits."""
    costs = st.sampled_from([0, 1, 2, WIDE, WIDE + 1, 2 * WIDE - 1]) | st.integers(0, 5) | st.integers(0, WIDE)
    people = [f"r-{i}" for i in range(draw(st.integers(1, 3)))]
    slots = [Slots(r, tuple(sorted(draw(st.lists(costs, max_size=3))))) for r in people]
    supplies = []
    for i in range(draw(st.integers(0, 4))):
        may = draw(st.lists(st.sampled_from(people), unique=True))
        supplies.append(Supply(f"q-{i}", draw(costs), tuple((r, draw(costs)) for r in may)))
    return Board(supplies, slots)


def cost_of(board: Board, plan: Mapping[str, str]) -> int | None:
    """Count what a plan costs, or give None where it is none: supply -> responder, or "" for unserved."""
    used = Counter(r for r in plan.values() if r)
    held = {s.id: s.costs for s in board.slots}
    if any(count > len(held[r]) for r, count in used.items()):
        return None
    total = sum(sum(held[r][:count]) for r, count in used.items())
    for supply in board.supplies:
        choices = {**dict(supply.arcs), "": supply.unserved}
        if plan[supply.id] not in choices:
            return None
        total += choices[plan[supply.id]]
    return total


def plans_of(board: Board) -> Iterator[tuple[dict[str, str], int]]:
    """List all plans of a board with their costs."""
    names = [s.id for s in board.supplies]
    for places in product(*[["", *dict(s.arcs)] for s in board.supplies]):
        plan = dict(zip(names, places, strict=True))
        cost = cost_of(board, plan)
        if cost is not None:
            yield plan, cost


def plan_of(flow: Flow) -> dict[str, str]:
    """Return the plan with "" for unserved."""
    return {**flow.placed, **dict.fromkeys(flow.unserved, "")}


def optimum_by_ortools(board: Board) -> int:
    """Solve a board with OR-Tools, which counts in 64 bits."""
    other = SimpleMinCostFlow()
    supplies, slots = board
    sink = len(supplies) + len(slots)
    node = {s.id: len(supplies) + i for i, s in enumerate(slots)}
    for i, supply in enumerate(supplies):
        other.set_node_supply(i, 1)
        other.add_arc_with_capacity_and_unit_cost(i, sink, 1, supply.unserved)
        for responder, cost in supply.arcs:
            other.add_arc_with_capacity_and_unit_cost(i, node[responder], 1, cost)
    for slot in slots:
        for cost in slot.costs:
            other.add_arc_with_capacity_and_unit_cost(node[slot.id], sink, 1, cost)
    other.set_node_supply(sink, -len(supplies))
    assert other.solve() == other.OPTIMAL
    return int(other.optimal_cost())


def optimum_if_forced(board: Board, supply: Supply, responder: str) -> int:
    """Solve again with one supply that has no other place than this one."""
    if not responder:
        return solve(*board.with_supply(replace(supply, arcs=()))).cost
    ruin = 1 + sum(s.unserved for s in board.supplies) + sum(sum(s.costs) for s in board.slots)
    ruin += sum(cost for s in board.supplies for _, cost in s.arcs)
    only = replace(supply, unserved=ruin, arcs=((responder, dict(supply.arcs)[responder]),))
    return solve(*board.with_supply(only)).cost


def test_the_optimum_equals_another_solver() -> None:
    """On two thousand boards the cost is that of OR-Tools, and the plan costs what it says."""
    for board in random_boards(2_000, seed=1):
        flow = solve(*board)
        assert flow.cost == optimum_by_ortools(board)
        assert cost_of(board, plan_of(flow)) == flow.cost
        assert flow.certificate().check(*board) == []


@pytest.mark.slow
def test_the_optimum_equals_another_solver_on_many_boards() -> None:
    """On fifty thousand boards too."""
    for board in random_boards(50_000, seed=2):
        assert solve(*board).cost == optimum_by_ortools(board)


def test_wide_costs_are_scaled_costs() -> None:
    """Costs beyond 64 bits make the same plan: every cost times 2**150 is the optimum times 2**150."""
    for board in random_boards(300, seed=3):
        flow, wide = solve(*board), solve(*board.scaled(2**150))
        assert wide.cost == optimum_by_ortools(board) * 2**150
        assert plan_of(wide) == plan_of(flow)


@given(tiny_boards())
def test_the_certificate_accepts_just_the_optimal_plans(board: Board) -> None:
    """Of all plans of a board the certificate's prices prove the cheapest ones, and refuse every other."""
    flow = solve(*board)
    proof = flow.certificate()
    costs = []
    for plan, cost in plans_of(board):
        placed = {s: r for s, r in plan.items() if r}
        unserved = tuple(s for s, r in plan.items() if not r)
        findings = replace(proof, placed=placed, unserved=unserved, cost=cost).check(*board)
        assert (findings == []) == (cost == flow.cost)
        costs.append(cost)
    assert flow.cost == min(costs)


def test_forced_equals_solving_again() -> None:
    """For every supply and every choice, `forced` is the exact rise of the whole optimum."""
    asked = 0
    for board in random_boards(250, seed=4):
        flow = solve(*board)
        able = {s.id for s in board.slots if s.costs}
        for supply in board.supplies:
            forced = flow.forced(supply.id)
            assert list(forced) == [*sorted(r for r, _ in supply.arcs if r in able), ""]
            assert forced[flow.placed.get(supply.id, "")] == 0
            for responder, rise in forced.items():
                assert flow.cost + rise == optimum_if_forced(board, supply, responder)
                asked += 1
    assert asked > 5_000


@given(tiny_boards())
def test_forced_equals_the_cheapest_of_all_plans(board: Board) -> None:
    """Beyond 64 bits too: the rise leads to the cheapest plan that has the forced place."""
    flow = solve(*board)
    plans = list(plans_of(board))
    for supply in board.supplies:
        for responder, rise in flow.forced(supply.id).items():
            assert flow.cost + rise == min(cost for plan, cost in plans if plan[supply.id] == responder)


def test_the_chain_makes_room_at_the_forced_price() -> None:
    """The moves of a chain and the forced one lead from plan to plan, and cost just the rise."""
    longest = 0
    for board in random_boards(250, seed=5):
        flow = solve(*board)
        for supply in board.supplies:
            chains = flow.chains(supply.id, flow.forced(supply.id))
            for responder, rise in flow.forced(supply.id).items():
                plan = plan_of(flow)
                chain = flow.chain(supply.id, responder)
                assert chains[responder] == chain
                for moved, origin, to in chain:
                    assert moved != supply.id
                    assert plan[moved] == origin
                    plan[moved] = to
                plan[supply.id] = responder
                assert cost_of(board, plan) == flow.cost + rise
                longest = max(longest, len(chain))
    assert longest >= 4


def test_the_chain_names_who_is_displaced_in_order() -> None:
    """Forcing a leg onto a full captain moves his leg on, and that one moves another out of service."""
    board = Board(
        [
            Supply("q-1", 900, (("r-1", 1), ("r-2", 5))),
            Supply("q-2", 500, (("r-2", 1), ("r-3", 5))),
            Supply("q-3", 100, (("r-3", 1),)),
            Supply("q-4", 950, (("r-1", 9), ("r-4", 1))),
        ],
        [Slots(r, (0,)) for r in ("r-1", "r-2", "r-3", "r-4")],
    )
    flow = solve(*board)
    assert flow.placed == {"q-1": "r-1", "q-2": "r-2", "q-3": "r-3", "q-4": "r-4"}
    assert flow.chain("q-4", "r-1") == (("q-1", "r-1", "r-2"), ("q-2", "r-2", "r-3"), ("q-3", "r-3", ""))
    assert flow.forced("q-4") == {"r-1": 8 + 4 + 4 + 99, "r-4": 0, "": 949}
    assert flow.chain("q-4", "r-4") == ()
    assert flow.chain("q-4", "") == ()


def test_a_vacated_place_serves_somebody_else() -> None:
    """If a served leg were left, an unserved one moves in."""
    board = Board([Supply("q-1", 9, (("r-1", 0),)), Supply("q-2", 7, (("r-1", 1),))], [Slots("r-1", (2,))])
    flow = solve(*board)
    assert flow.unserved == ("q-2",)
    assert flow.forced("q-1") == {"r-1": 0, "": 9 - 2 - 7 + 2 + 1}
    assert flow.chain("q-1", "") == (("q-2", "", "r-1"),)


def test_load_is_shared_by_rising_slots() -> None:
    """Of two people at equal distance each takes half, though one alone could take all."""
    slots = [Slots("r-1", (0, 2, 4, 6)), Slots("r-2", (0, 2, 4, 6))]
    supplies = [Supply(f"q-{i}", 100, (("r-1", 1), ("r-2", 1))) for i in range(4)]
    assert Counter(solve(supplies, slots).placed.values()) == {"r-1": 2, "r-2": 2}


def test_ids_come_in_input_order() -> None:
    """`placed` and `unserved` list their ids as the caller did."""
    supplies = [Supply(f"q-{i}", i, (("r-1", 0),) if i % 2 else ()) for i in (5, 2, 3, 4, 1)]
    flow = solve(supplies, [Slots("r-1", (0, 0, 0))])
    assert list(flow.placed) == ["q-5", "q-3", "q-1"]
    assert flow.unserved == ("q-2", "q-4")


@pytest.mark.parametrize("slots", [[], [Slots("r-1", ())]])
def test_without_a_slot_everything_stays_unserved(slots: list[Slots]) -> None:
    """No people, or people who can take nothing: a plan, not an error; who has no slot is no alternative."""
    supply = Supply("q-1", 5, (("r-1", 1),) if slots else ())
    flow = solve([supply], slots)
    assert (flow.placed, flow.unserved, flow.cost) == ({}, ("q-1",), 5)
    assert flow.forced("q-1") == {"": 0}
    assert flow.certificate().check([supply], slots) == []


def test_an_empty_board_costs_nothing() -> None:
    """Nothing to place is placed."""
    flow = solve([], [Slots("r-1", (1,))])
    assert (flow.placed, flow.unserved, flow.cost) == ({}, (), 0)
    assert flow.certificate().check([], [Slots("r-1", (1,))]) == []


def answers(flow: Flow) -> str:
    """Write down everything that a flow can be asked, in an order of its own."""
    proof = flow.certificate()
    told = [sorted(flow.placed.items()), sorted(flow.unserved), flow.cost, sorted(proof.prices.items())]
    for supply in sorted(plan_of(flow)):
        forced = flow.forced(supply)
        told.append([supply, list(forced.items()), [flow.chain(supply, r) for r in forced]])
    return json.dumps(told)


def test_the_order_of_the_input_never_matters() -> None:
    """Also where plans tie, shuffled supplies, slots and arcs give the same answers to every question."""
    rng = random.Random(6)
    for board in random_boards(100, seed=7):
        first = answers(solve(*board))
        assert [answers(solve(*board.shuffled(rng))) for _ in range(5)] == [first] * 5


def test_the_hash_seed_never_matters() -> None:
    """Another process with another seed for hashes gives the same bytes."""
    script = (
        "from tests.matching.test_flow import answers, random_boards, solve\n"
        "for board in random_boards(40, seed=8): print(answers(solve(*board)))\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("0", "1", "4294967295")
    ]
    told = [run.communicate()[0] for run in runs]
    here = "".join(answers(solve(*board)) + "\n" for board in random_boards(40, seed=8))
    assert told == [here.encode()] * len(runs)


def test_a_chain_through_ten_thousand_people() -> None:
    """One arrival may move ten thousand others, each one door on; depth is no recursion."""
    size = 10_000
    slots = [Slots(f"r-{i:05}", (0,)) for i in range(size + 1)]
    supplies = [Supply(f"q-{i:05}", 10 * size, ((f"r-{i:05}", 0), (f"r-{i + 1:05}", 1))) for i in range(size)]
    last = Supply("q-last", 5 * size, (("r-00000", 0),))
    flow = solve([*supplies, last], slots)
    assert flow.cost == size
    assert flow.placed["q-last"] == "r-00000"
    assert flow.forced("q-last") == {"r-00000": 0, "": 5 * size - size}
    assert len(flow.chain("q-last", "")) == size


def test_ten_thousand_supplies() -> None:
    """A board of ten thousand legs and two thousand people is solved, and proven."""
    rng = random.Random(9)
    people = [f"r-{i:04}" for i in range(2_000)]
    slots = [Slots(r, tuple(1_000 * k for k in range(8))) for r in people]
    supplies = [
        Supply(f"q-{i:05}", 10**6, tuple((r, rng.randint(0, 10**5)) for r in rng.sample(people, 8)))
        for i in range(10_000)
    ]
    flow = solve(supplies, slots)
    assert flow.certificate().check(supplies, slots) == []
    assert flow.unserved == ()


BOARD = Board(
    [
        Supply("q-1", 90, (("r-1", 1), ("r-2", 4))),
        Supply("q-2", 80, (("r-1", 2), ("r-2", 2))),
        Supply("q-3", 70, (("r-1", 1),)),
    ],
    [Slots("r-1", (1, 3)), Slots("r-2", (2,)), Slots("r-3", ())],
)


@pytest.mark.parametrize(
    ("tampered", "finding"),
    [
        ({"placed": {"q-1": "r-1", "q-2": "r-1", "q-3": "r-1"}}, "r-1 has fewer than 3 slots"),
        ({"placed": {"q-1": "r-1", "q-2": "r-2"}}, "q-3 is not exactly once placed or unserved"),
        ({"unserved": ("q-3",)}, "q-3 is not exactly once placed or unserved"),
        ({"unserved": ("q-9",)}, "q-9 is not on the board"),
        ({"placed": {"q-1": "r-1", "q-2": "r-1", "q-3": "r-2"}}, "q-3 may not go to r-2"),
        ({"placed": {"q-1": "r-1", "q-2": "r-2", "q-3": "r-9"}}, "q-3 may not go to r-9"),
        ({"cost": 9}, "the plan costs 10, not 9"),
        ({"placed": {"q-1": "r-2", "q-2": "r-1", "q-3": "r-1"}, "cost": 13}, "q-1 at r-2 is 2 above its cheapest"),
        ({"placed": {"q-1": "r-1", "q-2": "r-2"}, "unserved": ("q-3",), "cost": 76}, "q-3 at nobody is 66 above"),
    ],
)
def test_a_tampered_flow_is_refused(tampered: dict[str, object], finding: str) -> None:
    """Whatever is changed in an optimal plan, its certificate says what is wrong."""
    flow = solve(*BOARD)
    assert flow.placed == {"q-1": "r-1", "q-2": "r-2", "q-3": "r-1"}
    assert flow.certificate().check(*BOARD) == []
    findings = replace(flow, **tampered).certificate().check(*BOARD)  # type: ignore[arg-type]
    assert any(f.startswith(finding) for f in findings), findings


@pytest.mark.parametrize(
    ("prices", "finding"),
    [
        ({"r-1": 3}, "r-2 has no price"),
        ({"r-1": 2, "r-2": 2}, "r-1 uses a slot that costs more than the price"),
        ({"r-1": 3, "r-2": 50}, "q-2 at r-2 is 47 above its cheapest choice"),
    ],
)
def test_other_prices_prove_nothing(prices: dict[str, int], finding: str) -> None:
    """An optimal plan with prices that do not fit is refused: the proof is in the prices."""
    findings = replace(solve(*BOARD).certificate(), prices=prices).check(*BOARD)
    assert finding in findings


def test_a_price_above_a_free_slot_proves_nothing() -> None:
    """Somebody with room left cannot be worth more than the next slot costs."""
    board = Board([Supply("q-1", 9, (("r-1", 1),))], [Slots("r-1", (1, 3))])
    proof = solve(*board).certificate()
    findings = replace(proof, prices={"r-1": 4}).check(*board)
    assert findings == ["r-1 leaves a slot free that costs less than the price"]


R1 = Slots("r-1", (0, 1))


@pytest.mark.parametrize(
    ("supplies", "slots", "rule", "where"),
    [
        ([Supply("q-1", 1, ()), Supply("q-1", 1, ())], [R1], "supply_is_named_once", ("q-1", None)),
        ([], [R1, R1], "responder_is_named_once", (None, "r-1")),
        ([], [Slots("", (0,))], "responder_has_an_id", (None, "")),
        ([Supply("q-1", 1, (("r-2", 0),))], [R1], "arc_names_a_known_responder", ("q-1", "r-2")),
        ([Supply("q-1", 1, (("r-1", 0), ("r-1", 2)))], [R1], "arc_is_named_once", ("q-1", "r-1")),
        ([Supply("q-1", 1, (("r-1", -1),))], [R1], "cost_is_not_negative", ("q-1", "r-1")),
        ([Supply("q-1", -1, ())], [R1], "cost_is_not_negative", ("q-1", None)),
        ([], [Slots("r-1", (-1, 0))], "cost_is_not_negative", (None, "r-1")),
        ([], [Slots("r-1", (0, 2, 1))], "slot_costs_never_fall", (None, "r-1")),
    ],
)
def test_a_board_that_contradicts_itself_is_refused(
    supplies: list[Supply], slots: list[Slots], rule: str, where: tuple[str | None, str | None]
) -> None:
    """The error names the rule, the supply and the responder; it is a ValueError."""
    with pytest.raises(BadBoard) as caught:
        solve(supplies, slots)
    assert isinstance(caught.value, ValueError)
    assert (caught.value.rule, (caught.value.supply, caught.value.responder)) == (rule, where)
    assert all(name in str(caught.value) for name in where if name)


def test_a_question_about_nobody_is_refused() -> None:
    """A supply that is not there, a responder who is no choice of it or has no slot: by name."""
    flow = solve([Supply("q-1", 1, (("r-1", 0), ("r-3", 0)))], [R1, Slots("r-2", (0,)), Slots("r-3", ())])
    with pytest.raises(NotOnBoard, match="q-2"):
        flow.forced("q-2")
    with pytest.raises(NotOnBoard, match="q-2"):
        flow.chain("q-2", "r-1")
    for nobody in ("r-2", "r-3", "r-9"):
        with pytest.raises(NotOnBoard, match=nobody) as caught:
            flow.chain("q-1", nobody)
        assert (caught.value.supply, caught.value.responder) == ("q-1", nobody)


def test_a_flow_does_not_change() -> None:
    """The answer is read-only."""
    flow = solve(*BOARD)
    with pytest.raises(TypeError):
        flow.placed["q-1"] = "r-2"  # type: ignore[index]
    with pytest.raises(AttributeError):
        flow.cost = 0  # type: ignore[misc]
