"""Crews that cannot all stand: true of every plan there is, and worth what the bound gains."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from random import Random

from dispatch.matching.covers import Able, Covers, Look, cover_of, peak, short_of
from dispatch.matching.flow import Slots
from dispatch.matching.formation import Team, form
from dispatch.matching.root import Root
from tests.matching.test_formation import draw_board

PARTS = 12


def can_stand(teams: Sequence[str], able: Able) -> bool:
    """Tell whether all places of these crews can be filled at once."""
    holder: dict[str, tuple[str, int]] = {}

    def seat(place: tuple[str, int], met: set[str]) -> bool:
        for who in able[place[0]][place[1]]:
            if who not in met:
                met.add(who)
                if who not in holder or seat(holder[who], met):
                    holder[who] = place
                    return True
        return False

    return all(seat((team, index), set()) for team in teams for index in range(len(able[team])))


def draw_crews(seed: int) -> Able:
    """Return crews of two to four who ask for the same few people."""
    draw = Random(seed)
    people = [f"r-{n}" for n in range(draw.randint(3, 9))]
    return {
        f"c-{n}": [frozenset(draw.sample(people, draw.randint(1, len(people)))) for _ in range(draw.randint(2, 4))]
        for n in range(draw.randint(2, 6))
    }


def test_no_more_crews_of_a_cover_can_stand() -> None:
    """Whatever the people and however a flow fills the crews: one more than `most` of them never stand at once."""
    found = 0
    for seed in range(400):
        able, draw = draw_crews(seed), Random(f"covers {seed}")
        people = frozenset(draw.sample(sorted(frozenset().union(*(w for places in able.values() for w in places))), 2))
        people |= draw.choice(draw.choice(list(able.values())))
        filled = {name: draw.choice((PARTS, PARTS, 2 * PARTS // 3, PARTS // 2)) for name in able}
        cover = cover_of(people, able, filled, parts=PARTS)
        if cover is None:
            continue
        found += 1
        assert sum(filled[name] for name in cover.teams) > cover.most * PARTS
        assert not any(can_stand(some, able) for some in combinations(sorted(cover.teams), cover.most + 1))
    assert found > 60


def test_whom_a_crew_is_short_of() -> None:
    """Two crews of three and five people: all five; with a sixth nobody is short."""
    five = frozenset(f"r-{n}" for n in range(5))
    able = {"c": [five] * 3, "d": [five] * 3}
    seats = {f"r-{n}": ("c", n) for n in range(3)} | {"r-3": ("d", 0), "r-4": ("d", 1)}
    assert short_of("d", able, seats) == five
    assert not short_of("d", {**able, "c": [five | {"r-5"}] * 3}, seats)
    cover = cover_of(five, able, {"c": PARTS, "d": 2 * PARTS // 3}, parts=PARTS)
    assert cover is not None
    assert (sorted(cover.teams), cover.most) == (["c", "d"], 1)


def test_of_two_crews_that_ask_for_the_same_one_stands() -> None:
    """Two crews of three and five people: the dearer to leave stands, and that is proven."""
    arcs = tuple((f"r-{n}", n) for n in range(5))
    teams, slots = [Team("c", 90, (arcs,) * 3), Team("d", 60, (arcs,) * 3)], [Slots(f"r-{n}", (0,)) for n in range(5)]
    found = form(teams, [], slots, tries=400)
    assert (found.cost, found.bound, list(found.members)) == (63, 63, ["c"])


def test_what_prices_take_too_much_is_told() -> None:
    """Of two crews of which one can stand: where none does, or both are left for good, it is paid for nothing."""
    five = frozenset(f"r-{n}" for n in range(5))
    cover = cover_of(five, {"c": [five] * 3, "d": [five] * 3}, {"c": PARTS, "d": PARTS // 2}, parts=PARTS)
    assert cover is not None
    covers = Covers()
    covers.charge(cover, 7)
    assert (covers.given, dict(covers.off)) == (7, {"c": 7, "d": 7})
    assert (covers.loose({"c"}), covers.loose(())) == ({}, {cover: 7})
    assert (covers.idle({"c": False}), covers.idle({"c": False, "d": False})) == (0, 7)
    covers.charge(cover, 0)
    assert (covers.given, covers.loose(())) == (0, {})


def test_the_peak_of_straight_pieces() -> None:
    """The highest of a concave function of straight pieces is found, odd above a multiple, or at nothing."""
    for seed in range(200):
        draw = Random(seed)
        lines = [(draw.randint(-9, 9), draw.randint(0, 4_000)) for _ in range(draw.randint(1, 5))]

        def look(price: int, lines: list[tuple[int, int]] = lines) -> Look:
            cost, slope = min((slope * price + start, slope) for slope, start in lines)
            return Look(price, cost, slope)

        odd = draw.randint(0, 2)
        found = peak(look, most=300, step=3, odd=odd, parts=1)
        best = max(look(price).cost for price in (0, *range(odd, 301, 3)))
        assert found.price == 0 or found.price % 3 == odd
        # Between two prices that may be had the lines may meet: then it is the lower of them.
        assert best - found.cost <= 3 * 9


def test_a_flow_that_was_another_boards_gives_the_same() -> None:
    """From the flow that another board left: the same members, cost, bound and number of flows, prices and all."""
    priced = 0
    for seed in range(60):
        root, ties = Root(), Random(f"ties {seed}")
        hashes = {(team, r): ties.getrandbits(36) for team in range(40) for r in range(10)}
        for other in (seed + 1_000, seed + 2_000, seed):
            teams, supplies, slots = draw_board(other)
            teams = [
                Team(
                    team.id,
                    team.unserved << 40,
                    tuple(
                        tuple((r, (cost << 40) + hashes[int(team.id[2:]), int(r[2:])]) for r, cost in arcs)
                        for arcs in team.places
                    ),
                )
                for team in teams
            ]
            supplies = [
                type(one)(
                    one.id,
                    one.unserved << 40,
                    tuple((r, (cost << 40) + hashes[20 + int(one.id[2:]), int(r[2:])]) for r, cost in one.arcs),
                )
                for one in supplies
            ]
            slots = [Slots(one.id, tuple(cost << 40 for cost in one.costs)) for one in slots]
            warm, cold = form(teams, supplies, slots, tries=80, root=root), form(teams, supplies, slots, tries=80)
            assert {team: set(who) for team, who in warm.members.items()} == {
                team: set(who) for team, who in cold.members.items()
            }
            assert (warm.cost, warm.bound, warm.tried) == (cold.cost, cold.bound, cold.tried)
            assert all(warm.rises(team) == cold.rises(team) for team in cold.members)
            priced += cold.tried > 10
    assert priced > 10
