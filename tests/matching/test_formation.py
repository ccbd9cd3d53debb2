"""Which crews stand: against an independent solver, for any order of the input, within the flows that are allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from random import Random

import pytest
from ortools.sat.python import cp_model

from dispatch.matching.flow import BadBoard, Slots, Supply
from dispatch.matching.formation import Formation, Team, form

Board = tuple[list[Team], list[Supply], list[Slots]]
APART = frozenset({"r-0", "r-2"})
"""Whose first slot is for crews alone, in the tests that ask for it."""


def draw_board(seed: int) -> Board:
    """Return a crowded board: crews of two to four, places for some only, one-person work, slots of rising cost."""
    draw = Random(seed)
    people = [f"r-{n}" for n in range(draw.randint(3, 9))]
    slots = [Slots(r, tuple(sorted(draw.randint(0, 6) for _ in range(draw.randint(0, 3))))) for r in people]
    teams = []
    for number in range(draw.randint(1, 6)):
        able = draw.sample(people, draw.randint(1, len(people)))
        costs = {r: draw.randint(0, 30) for r in able}
        places = [draw.sample(able, draw.randint(1, len(able))) for _ in range(draw.randint(2, 4))]
        teams.append(
            Team(f"c-{number}", draw.randint(0, 120), tuple(tuple((r, costs[r]) for r in place) for place in places))
        )
    supplies = [
        Supply(
            f"q-{number}",
            draw.randint(0, 60),
            tuple((r, draw.randint(0, 30)) for r in draw.sample(people, draw.randint(0, len(people)))),
        )
        for number in range(draw.randint(0, 8))
    ]
    return teams, supplies, slots


def by_cp_sat(board: Board, *, within: tuple[str, str] | None = None, apart: Collection[str] = ()) -> int:
    """Return the least cost, by CP-SAT; a (crew, person) may be forced, first slots be kept for crews."""
    teams, supplies, slots = board
    model, costs = cp_model.CpModel(), []
    crew: dict[tuple[str, str], list[cp_model.IntVar]] = {}
    work: dict[str, list[cp_model.IntVar]] = {one.id: [] for one in slots}
    for team in teams:
        stands = model.new_bool_var("")
        costs.append(team.unserved * (1 - stands))
        for arcs in team.places:
            chosen = [(r, cost, model.new_bool_var("")) for r, cost in arcs]
            model.add(sum(take for *_, take in chosen) == stands)
            for r, cost, take in chosen:
                costs.append(cost * take)
                crew.setdefault((team.id, r), []).append(take)
    for supply in supplies:
        left = model.new_bool_var("")
        costs.append(supply.unserved * left)
        chosen = [(r, cost, model.new_bool_var("")) for r, cost in supply.arcs]
        model.add(sum(take for *_, take in chosen) + left == 1)
        for r, cost, take in chosen:
            costs.append(cost * take)
            work[r].append(take)
    for one in slots:
        mine = [take for (_, r), takes in crew.items() if r == one.id for take in takes]
        model.add(sum(mine) <= 1)
        used = [model.new_bool_var("") for _ in one.costs]
        if one.id in apart:
            model.add(sum(used[:1]) == sum(mine))
            model.add(sum(used[1:]) == sum(work[one.id]))
        else:
            model.add(sum(used) == sum(mine) + sum(work[one.id]))
        costs += [cost * take for cost, take in zip(one.costs, used, strict=True)]
    if within is not None:
        model.add(sum(crew[within]) == 1)
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else -1


def check_formed(board: Board, formation: Formation) -> None:
    """Check that every crew is whole, that nobody stands twice, and that each may stand where they do."""
    teams = {team.id: team for team in board[0]}
    standing = Counter(r for members in formation.members.values() for r in members)
    assert all(count == 1 for count in standing.values())
    for name, members in formation.members.items():
        assert len(members) == len(teams[name].places)
        assert all(r in dict(arcs) for r, arcs in zip(members, teams[name].places, strict=True))


def test_the_optimum_is_that_of_an_independent_solver() -> None:
    """On crowded boards the search ends with a proof, and the proven cost is that of CP-SAT."""
    forked = formed = left = 0
    for seed in range(250):
        board = draw_board(seed)
        found = form(*board, tries=500)
        check_formed(board, found)
        assert found.cost == found.bound == by_cp_sat(board), seed
        forked += found.tried > 1
        formed += len(found.members)
        left += len(board[0]) - len(found.members)
    assert min(forked, formed, left) > 40


def test_a_slot_for_crews_alone() -> None:
    """First slots that one-person work may not take: as CP-SAT has it."""
    used = 0
    for seed in range(120):
        board = draw_board(seed)
        found = form(*board, tries=500, apart=APART)
        check_formed(board, found)
        assert found.cost == found.bound == by_cp_sat(board, apart=APART), seed
        used += any(APART.intersection(members) for members in found.members.values())
    assert used > 20


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_the_bound_is_below_and_the_plan_above(tries: int) -> None:
    """However few flows are allowed: bound <= optimum <= found, and the plan is whole."""
    unproven = 0
    for seed in range(120):
        board = draw_board(seed)
        found = form(*board, tries=tries)
        check_formed(board, found)
        assert found.bound <= by_cp_sat(board) <= found.cost, seed
        unproven += found.bound < found.cost
    assert unproven or tries > 1


def test_more_flows_never_give_a_worse_plan() -> None:
    """The plan gets no dearer and the bound no lower."""
    for seed in range(60):
        board = draw_board(seed)
        course = [form(*board, tries=tries) for tries in (1, 2, 4, 8, 500)]
        assert [one.cost for one in course] == sorted((one.cost for one in course), reverse=True)
        assert [one.bound for one in course] == sorted(one.bound for one in course)


def test_the_order_of_the_input_is_nothing() -> None:
    """Crews, work, people and arcs in any order: the same members, cost, bound and number of flows."""
    for seed in range(60):
        teams, supplies, slots = draw_board(seed)
        # A tie has one winner where the lowest digits of the costs are all different.
        ties = Random(f"ties {seed}")
        teams = [
            Team(
                t.id,
                t.unserved << 40,
                tuple(tuple((r, (c << 40) + ties.getrandbits(36)) for r, c in arcs) for arcs in t.places),
            )
            for t in teams
        ]
        supplies = [
            Supply(s.id, s.unserved << 40, tuple((r, (c << 40) + ties.getrandbits(36)) for r, c in s.arcs))
            for s in supplies
        ]
        slots = [Slots(one.id, tuple(cost << 40 for cost in one.costs)) for one in slots]
        expected = form(teams, supplies, slots, tries=4)
        draw = Random(seed)
        for _ in range(3):
            draw.shuffle(teams)
            draw.shuffle(supplies)
            draw.shuffle(slots)
            mixed = [Team(t.id, t.unserved, tuple(tuple(draw.sample(a, len(a))) for a in t.places)) for t in teams]
            again = form(mixed, supplies, slots, tries=4)
            assert (again.cost, again.bound, again.tried) == (expected.cost, expected.bound, expected.tried)
            assert again.members == expected.members


def test_the_rise_is_that_of_forcing_somebody_in() -> None:
    """By crew and person: what the whole costs more with them in it, every standing crew still standing."""
    asked = 0
    for seed in range(200):
        teams, supplies, slots = draw_board(seed)
        found = form(teams, supplies, slots, tries=500)
        # What stands is settled: a crew that stands costs more than everything when left, the others are gone.
        settled = [Team(t.id, 10**6, t.places) for t in teams if t.id in found.members]
        board = (settled, supplies, slots)
        before = by_cp_sat(board) if settled else 0
        for team in settled:
            rises = found.rises(team.id)
            for who in sorted({r for arcs in team.places for r, _ in arcs} - set(found.members[team.id])):
                forced = by_cp_sat(board, within=(team.id, who))
                expected = forced - before if 0 <= forced < 10**6 else None
                assert rises.get(who) == expected, (seed, team.id, who)
                asked += expected is not None
    assert asked > 60


@pytest.mark.parametrize(
    ("board", "rule"),
    [
        (([], [Supply("q", 1, (("r", 0),))], []), "arc_names_a_known_responder"),
        (([Team("c", 1, ((("r", 0),), (("r", 0),)))], [], []), "arc_names_a_known_responder"),
        (([Team("c", 1, ((("r", -1),),))], [], [Slots("r", (0,))]), "cost_is_not_negative"),
        (([Team("c", 1, ((("r", 0),),))] * 2, [], [Slots("r", (0,))]), "supply_is_named_once"),
        (([Team("c", 1, ((("r", 0), ("r", 0)),))], [], [Slots("r", (0,))]), "arc_is_named_once"),
        (([Team("c", 1, ((("r", 0),),))], [], [Slots("r", (0,))] * 2), "responder_is_named_once"),
        (([Team("c", 1, ((("r", 0),),))], [], [Slots("r", (2, 1))]), "slot_costs_never_fall"),
    ],
)
def test_a_board_that_contradicts_itself(board: Board, rule: str) -> None:
    """Nothing is solved; the error names the rule."""
    with pytest.raises(BadBoard) as refused:
        form(*board, tries=1)
    assert refused.value.rule == rule


def test_no_crews_no_people_no_slots() -> None:
    """Nobody to form a crew of: everything is left, and that is proven."""
    assert form([], [Supply("q", 5, ())], [], tries=1).cost == 5
    lone = form([Team("c", 7, ((("r", 0),), (("s", 0),)))], [], [Slots("r", ()), Slots("s", (0,))], tries=1)
    assert (lone.cost, lone.bound, dict(lone.members)) == (7, 7, {})
