"""The rivals on boards of a few people: who is bound, who pulls what, and that both keep to the rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import Urgency
from dispatch.matching.board import Board
from dispatch.matching.match import NOTHING_TO_DO, MatchResult
from dispatch.simulation import RIVALS, rival
from dispatch.simulation.rivals import QUEUE_MAX, greedy, pull, pull_ageing, pulling, queueing
from tests.matching.boards import AT, board, leg, on_floor, person, request, works

HOME = {"home": on_floor("5")}
LONG_AGO = AT - timedelta(hours=3)


def asked(result: MatchResult) -> list[tuple[str, str]]:
    """Return who is asked for what."""
    return [(decided.leg.partition("/")[0], decided.responder) for decided in result.decided]


def queued(here: Board) -> list[tuple[str, str]]:
    """Return whom «queue now» asks."""
    return asked(greedy(here, queueing(EVERYDAY), AT))


def pulled(here: Board, *, ageing: bool = False) -> list[tuple[str, str]]:
    """Return whom «an idle responder pulls» asks."""
    return asked((pull_ageing if ageing else pull)(here, pulling(EVERYDAY), AT))


def test_greedy_takes_the_shortest_queue() -> None:
    """Whoever has the fewest legs open is bound, though somebody else lives on the floor."""
    here = board({"r-near": person(**HOME, loads=works(1)), "r-far": person()}, {"q-1": request()})
    assert queued(here) == [("q-1", "r-far")]


def test_greedy_takes_who_suits_best_of_equal_queues() -> None:
    """Of equal queues the policy's levels decide."""
    here = board({"r-a": person(), "r-b": person(**HOME), "r-c": person()}, {"q-1": request()})
    assert queued(here) == [("q-1", "r-b")]


def test_greedy_binds_everything_at_once() -> None:
    """Six legs and two people: three each, though both work on the first only."""
    here = board({"r-a": person(), "r-b": person()}, {f"q-{n}": request() for n in range(6)})
    bound = queued(here)
    assert sorted(leg for leg, _ in bound) == [f"q-{n}" for n in range(6)]
    assert sorted(who for _, who in bound) == ["r-a"] * 3 + ["r-b"] * 3


def test_nobody_is_bound_beyond_their_strength() -> None:
    """Capacity holds: two units free, and legs of two."""
    here = board({"r-a": person(capacity=3, loads=works(1))}, {f"q-{n}": request(leg(effort=2)) for n in range(3)})
    assert len(queued(here)) == 1


def test_who_is_busy_pulls_nothing() -> None:
    """Only the idle one is asked, and for one leg."""
    here = board({"r-a": person(**HOME, loads=works(1)), "r-b": person()}, {"q-1": request(), "q-2": request()})
    assert [who for _, who in pulled(here)] == ["r-b"]
    assert pull(here, pulling(EVERYDAY), AT).unserved == 1


def test_the_most_urgent_is_pulled_first() -> None:
    """A threat to life comes before a neighbour who has waited long."""
    life = request(leg(ready_at=AT), urgency=Urgency.LIFE, place=on_floor("9"))
    here = board({"r-a": person(**HOME)}, {"q-1": request(leg(ready_at=LONG_AGO)), "q-2": life})
    assert pulled(here) == pulled(here, ageing=True) == [("q-2", "r-a")]


def test_of_equals_the_nearest_is_pulled_unless_waiting_counts() -> None:
    """Without ageing the own floor; with it, the one that has waited for hours."""
    far = request(leg(ready_at=LONG_AGO - timedelta(hours=9)), place=on_floor("9"))
    here = board({"r-a": person(**HOME)}, {"q-far": far, "q-near": request(leg(ready_at=AT))})
    assert pulled(here) == [("q-near", "r-a")]
    assert pulled(here, ageing=True) == [("q-far", "r-a")]


def test_two_idle_people_pull_what_suits_each() -> None:
    """The pair that suits best comes first."""
    here = board(
        {"r-5": person(**HOME), "r-6": person(home=on_floor("6"))},
        {"q-5": request(), "q-6": request(place=on_floor("6"))},
    )
    assert sorted(pulled(here)) == [("q-5", "r-5"), ("q-6", "r-6")]


@pytest.mark.parametrize("name", RIVALS)
def test_hard_rules_hold(name: str) -> None:
    """Who declined, is not on duty, isolated or of a wrong role is not asked, however idle."""
    one = rival(name)
    here = board(
        {"r-tried": person(), "r-off": person(shifts=()), "r-ill": person(isolated=True)},
        {"q-1": request(leg(tried=frozenset({"r-tried"})))},
    )
    result = one.dispatcher()(here, one.policy, AT)
    assert (result.decided, result.unserved) == ((), 1)


@pytest.mark.parametrize("name", RIVALS)
def test_a_crew_is_whole_or_not_at_all(name: str) -> None:
    """Three of three are asked, or nobody."""
    one = rival(name)
    for people, expected in ((3, 3), (2, 0)):
        here = board({f"r-{n}": person() for n in range(people)}, {"q-1": request(leg(crew=3))})
        assert len(one.dispatcher()(here, one.policy, AT).decided) == expected


@pytest.mark.parametrize("name", RIVALS)
def test_nothing_waits_nothing_is_said(name: str) -> None:
    """An empty board."""
    one = rival(name)
    assert one.dispatcher()(board({"r-a": person()}, {}), one.policy, AT) == NOTHING_TO_DO


def test_how_far_ahead_each_binds() -> None:
    """One leg for who pulls, as many as a policy allows for who queues; an unknown rival is named."""
    assert rival("pull").policy.offers_ahead_max == 1
    assert rival("greedy").policy.offers_ahead_max == QUEUE_MAX
    with pytest.raises(LookupError, match="there are greedy, pull"):
        rival("luck")
