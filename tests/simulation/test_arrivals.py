"""Generated days: how many, when, how bursty, what changes; and the draws behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from dispatch.domain.values import Place, ResidentId, Urgency
from dispatch.simulation import COMMUNITY, SCENARIOS, Scenario, fitted
from dispatch.simulation.arrivals import Arrival, generated
from dispatch.simulation.draws import Draws, mean_of
from dispatch.simulation.fate import Fate, Reply
from dispatch.simulation.fitted import Fitted
from dispatch.simulation.town import Town
from tests.matching.boards import FAR, GARDEN, IN_TOWER, WALK_UP, on_floor, person

RESIDENTS = Town.of(200).residents
OVERLOAD = SCENARIOS["overload"]


def drawn(seed: object = 1, *, by: Fitted | None = None, scenario: Scenario = OVERLOAD) -> list[Arrival]:
    """Return the requests of an overload day."""
    return generated(scenario, by or fitted(), Draws(seed), residents=RESIDENTS)


def test_a_day_has_its_requests_in_order_within_its_hours() -> None:
    """5,200 requests between ten and twenty o'clock, each with an id of its own."""
    arrivals = drawn()
    assert len(arrivals) == len({arrival.request for arrival in arrivals}) == 5_200
    assert all(first.at <= then.at for first, then in pairwise(arrivals))
    assert OVERLOAD.opens_at <= arrivals[0].at < arrivals[-1].at < OVERLOAD.closes_at
    assert OVERLOAD.closes_at - OVERLOAD.opens_at == timedelta(hours=10)


def test_the_load_is_what_the_scenario_says() -> None:
    """The mean work is 20 minutes, so that with the way 5,200 requests need 200 people for ten hours."""
    work = [arrival.work_s for seed in range(3) for arrival in drawn(seed)]
    assert sum(work) / len(work) == pytest.approx(1_200, rel=0.05)
    assert min(work) >= 60


def test_arrivals_are_burstier_than_chance() -> None:
    """Counts of a quarter of an hour vary more than a Poisson process does; without bursts they do not."""

    def dispersion(arrivals: list[Arrival], weights: Counter[int]) -> float:
        counts = Counter(int((a.at - OVERLOAD.opens_at).total_seconds()) // 900 for a in arrivals)
        means = {quarter: 5_200 * weights[quarter // 4] / (4 * weights.total()) for quarter in range(40)}
        return sum((counts[q] - m) ** 2 / m for q, m in means.items()) / len(means)

    profile = Counter({hour: fitted().by_hour[OVERLOAD.from_hour + hour] for hour in range(10)})
    even = replace_bursts(0, 0)
    bursty = [dispersion(drawn(seed), profile) for seed in range(4)]
    calm = [dispersion(drawn(seed, by=even), profile) for seed in range(4)]
    assert sum(calm) / 4 < 1.5
    assert sum(bursty) / 4 > 3


def replace_bursts(hour: int, quarter: int) -> Fitted:
    """Return the fitted numbers with other bursts."""
    return fitted().model_copy(update={"burst_hour": hour, "burst_quarter": quarter})


def test_a_quarter_of_the_judgements_changes() -> None:
    """With the judgements of the source, about one in four, and never before the request."""
    arrivals = drawn(scenario=replace(OVERLOAD, shares=None))
    changed = [arrival for arrival in arrivals if arrival.change is not None]
    assert 0.2 < len(changed) / len(arrivals) < 0.32
    assert all(arrival.change.at > arrival.at for arrival in changed if arrival.change)
    assert all(arrival.worst.rank <= arrival.urgency.rank for arrival in arrivals)
    assert {arrival.urgency for arrival in arrivals} == set(Urgency)


@pytest.mark.parametrize("shares", [COMMUNITY, (10, 20, 30, 40)])
def test_first_judgements_have_the_shares_of_the_scenario(shares: tuple[int, int, int, int]) -> None:
    """So many in a hundred of each urgency; what becomes of the judgement afterwards is as in the source."""
    arrivals = drawn(scenario=replace(OVERLOAD, shares=shares))
    first = Counter(arrival.urgency for arrival in arrivals)
    for urgency, share in zip(Urgency, shares, strict=True):
        assert first[urgency] / len(arrivals) == pytest.approx(share / 100, abs=0.02)
    measured = drawn(scenario=replace(OVERLOAD, shares=None))
    for urgency in (Urgency.HEALTH, Urgency.NONE):
        assert _changed(arrivals, urgency) == pytest.approx(_changed(measured, urgency), abs=0.04)


def _changed(arrivals: Sequence[Arrival], urgency: Urgency) -> float:
    """Return the share of those first judged so whose judgement changes."""
    judged = [arrival.change is not None for arrival in arrivals if arrival.urgency is urgency]
    return sum(judged) / len(judged)


def test_a_day_is_its_seed() -> None:
    """The same seed gives the same day, another another, and one more request changes none of the others' fates."""
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    fewer = generated(replace(OVERLOAD, requests=5_199), fitted(), Draws(7), residents=RESIDENTS)
    assert {arrival.at for arrival in fewer} <= {arrival.at for arrival in drawn(7)}


def test_draws_follow_their_quantiles() -> None:
    """The mean of many draws is that of the distribution, and none is outside it."""
    draws, quantiles = Draws("quantiles"), fitted().work_s
    found = [draws.quantile(quantiles, "work", number) for number in range(4_000)]
    assert quantiles[0] <= min(found)
    assert max(found) <= quantiles[-1]
    assert sum(found) / len(found) == pytest.approx(mean_of(quantiles), rel=0.06)


def test_weights_are_kept() -> None:
    """An index is drawn as often as its weight says, and one without weight never."""
    draws = Draws("weights")
    counts = Counter(draws.weighted((1, 0, 3), "which", number) for number in range(2_000))
    assert counts[1] == 0
    assert counts[2] / counts[0] == pytest.approx(3, rel=0.2)


def test_the_same_two_answer_alike() -> None:
    """A pair of a leg and a person has one answer; over many pairs the shares are those of the numbers."""
    fate = Fate(Draws(1), fitted())
    replies = Counter(fate.reply(f"q-{number}/inside", "r-1") for number in range(5_000))  # type: ignore[arg-type]
    assert fate.reply("q-1/inside", "r-1") is Fate(Draws(1), fitted()).reply("q-1/inside", "r-1")  # type: ignore[arg-type]
    assert replies[Reply.DECLINES] == pytest.approx(350, rel=0.2)
    assert replies[Reply.SILENT] == pytest.approx(150, rel=0.3)
    assert replies[Reply.NO_SHOW] == pytest.approx(50, rel=0.4)


def test_a_town_has_as_many_people_as_asked_for() -> None:
    """A tenth is staff; the floors of the towers are as many as the captains."""
    for count in (1, 9, 10, 19, 200, 331):
        town = Town.of(count)
        assert sum(town.towers) + town.staff == count
        assert len(town.residents) == len(set(town.residents)) == 8 * sum(town.towers)
    assert Town.of(200).towers == (18,) * 10
    assert Town.of(1).residents[0] == ResidentId("p-00001")


@pytest.mark.parametrize("count", [0, -1])
def test_a_town_without_people_is_refused(count: int) -> None:
    """Nobody could help there."""
    with pytest.raises(ValueError, match="give a number from 1"):
        Town.of(count)


@pytest.mark.parametrize(
    ("home", "scopes", "expected"),
    [
        (on_floor("5"), (IN_TOWER,), 60),
        (on_floor("6"), (IN_TOWER,), 180),
        (on_floor("5", WALK_UP), (IN_TOWER,), 360),
        (on_floor("5", FAR), (IN_TOWER,), 600),
        (None, (Place(compound=GARDEN),), 360),
        (None, (Place(),), 600),
        (None, (IN_TOWER,), 180),
    ],
)
def test_who_is_near_is_there_sooner(home: Place | None, scopes: tuple[Place, ...], expected: int) -> None:
    """The way is by the home, and of who has none by the post."""
    assert Fate(Draws(1), fitted()).way_s(person(home=home, scopes=scopes), on_floor("5")) == expected
