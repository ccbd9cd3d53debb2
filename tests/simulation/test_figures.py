"""Figures worked out by hand, goals met and missed, a picture that any viewer reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from dispatch.domain.values import RequestId, ResponderId, Urgency
from dispatch.simulation import ALL, Bar, Figures, Panel, drawn, goals_of
from dispatch.simulation.figures import figures_of
from dispatch.simulation.tally import Course, Tally

AT = datetime(2022, 5, 16, 2, tzinfo=UTC)


def course(minutes: float | None, urgency: Urgency = Urgency.NONE, **changes: object) -> Course:
    """Return a request that waited so long; `None` for one that nobody set out for."""
    started = None if minutes is None else AT + timedelta(minutes=minutes)
    delivered = None if started is None else started + timedelta(minutes=10)
    return replace(Course(AT, urgency, started, delivered, legs=int(started is not None)), **changes)  # type: ignore[arg-type]


def tally(*courses: Course, asked: tuple[int, ...] = (1, 1), worked_min: tuple[int, ...] = (10, 10)) -> Tally:
    """Return what was written down."""
    found = Tally({RequestId(f"q-{n}"): one for n, one in enumerate(courses)})
    found.asked = {ResponderId(f"r-{n}"): count for n, count in enumerate(asked)}
    found.worked_s = {ResponderId(f"r-{n}"): 60 * count for n, count in enumerate(worked_min)}
    found.counts["asked"] = sum(asked)
    return found


def test_waits_are_means_over_seeds_of_each_days_own() -> None:
    """Two days: means 2 and 6, so 4; who never set out is counted as waiting and not as a wait."""
    found = figures_of("x", [tally(course(1), course(3)), tally(course(6), course(None))])
    assert found.waits[ALL].mean == 4
    assert found.waits[ALL].count == 1.5
    assert found.waiting == 0.5
    assert found.served == 1.5
    assert found.requests == 2


def test_a_95th_percentile_is_one_of_the_waits() -> None:
    """Of 1 to 100 minutes it is the 95th."""
    found = figures_of("x", [tally(*(course(minutes) for minutes in range(1, 101)))])
    assert found.waits[ALL].p95 == 95


def test_urgent_is_a_threat_to_life() -> None:
    """Waits are told apart by the worst judgement."""
    found = figures_of("x", [tally(course(1, Urgency.LIFE), course(9, Urgency.HEALTH))])
    assert found.urgent.mean == 1
    assert found.waits["health"].mean == 9
    assert found.waits["hardship"].count == 0


def test_spread_is_even_or_one_persons() -> None:
    """Gini is 0 when all have the same, and (n-1)/n when one has all; who has none counts too."""
    even = figures_of("x", [tally(course(1), asked=(2, 2, 2, 2))]).offers
    one = figures_of("x", [tally(course(1), asked=(8, 0, 0, 0))]).offers
    assert (even.gini, even.most_to_mean) == (0, 1)
    assert (one.gini, one.most_to_mean) == (0.75, 4)
    assert (one.least, one.median, one.most, one.mean) == (0, 0, 8, 2)


def test_nothing_at_all_is_no_error() -> None:
    """A day on which nothing happened has zeros."""
    found = figures_of("x", [Tally()])
    assert found.requests == found.own_captain == found.offers.gini == found.waits[ALL].mean == 0


def test_shares_of_captains_are_of_legs_done() -> None:
    """Two of four legs by the own captain are 50 per cent."""
    own = course(1, own_captain=1)
    assert figures_of("x", [tally(own, own, course(1), course(1), course(None))]).own_captain == 50


def figures(*, urgent: float, mean: float, p95: float, own: float, changes: float) -> Figures:
    """Return figures with what the goals look at."""
    plain = figures_of("x", [tally(course(1, Urgency.LIFE))])
    waits = plain.waits | {
        "urgent": replace(plain.waits["urgent"], mean=urgent),
        ALL: replace(plain.waits[ALL], mean=mean, p95=p95),
    }
    return replace(plain, waits=waits, own_captain=own, plan_changes=changes)


PULL = figures(urgent=1.6, mean=40, p95=160, own=36, changes=0)
GREEDY = figures(urgent=12.5, mean=49, p95=170, own=36, changes=0)


def test_goals_are_met() -> None:
    """The figures of the study meet every goal."""
    ours = figures(urgent=1.8, mean=37.9, p95=144, own=46, changes=0.99)
    goals = list(goals_of(ours, {"pull": PULL, "greedy": GREEDY}))
    assert [(goal.name, goal.rival) for goal in goals] == [
        ("urgent_mean", "pull"),
        ("all_mean", "pull"),
        ("all_p95", "pull"),
        ("own_captain", "pull"),
        ("urgent_mean", "greedy"),
        ("plan_changes", None),
    ]
    assert [goal.missed_by for goal in goals if not goal.is_met] == []


def test_goals_are_missed_by_so_much() -> None:
    """Each goal says by how much."""
    ours = figures(urgent=2.8, mean=40, p95=152, own=44, changes=1.5)
    missed = {
        (goal.name, goal.rival): round(goal.missed_by, 2) for goal in goals_of(ours, {"pull": PULL, "greedy": GREEDY})
    }
    assert missed == {
        ("urgent_mean", "pull"): 1.0,
        ("all_mean", "pull"): 5.0,
        ("all_p95", "pull"): 5.0,
        ("own_captain", "pull"): 2.0,
        ("urgent_mean", "greedy"): 2.4,
        ("plan_changes", None): 0.5,
    }


def test_without_a_rival_its_goals_are_not_judged() -> None:
    """What was not simulated cannot be met."""
    assert [goal.name for goal in goals_of(PULL, {})] == ["plan_changes"]


@pytest.mark.parametrize("title", ["a < b & «c»", "等待"])
def test_a_picture_is_xml_with_every_text(title: str) -> None:
    """Whatever stands in the texts, the picture can be read, and each bar has its number."""
    panel = Panel(
        "minutes", [("all", [Bar(1.0, "1.0", 4.0), Bar(2.0, "2.0")]), ("none", [Bar(0.0, "0"), Bar(0.0, "0")])]
    )
    root = ET.fromstring(drawn(title, ["one", "two"], [panel]))  # noqa: S314 - written by ourselves just now
    texts = ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")]
    assert texts == [title, "one", "two", "minutes", "all", "1.0", "2.0", "none", "0", "0"]
    bars = [float(node.attrib["width"]) for node in root.iter() if node.tag.endswith("rect")][3:]
    assert bars[0] * 2 == pytest.approx(bars[1], abs=0.2)


def test_a_picture_of_nothing_is_drawn() -> None:
    """No panels, no error."""
    assert ET.fromstring(drawn("x", [], [])).tag.endswith("svg")  # noqa: S314 - written by ourselves
