"""Crews with named positions: filled by the best people who can fill them all, or not at all (R9, S4)."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random
from typing import Any

import pytest

from dispatch.domain.leg import Ask, Leg
from dispatch.domain.match_run import MatchDecided
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.positions import Position
from dispatch.domain.responder import Responder
from dispatch.domain.values import OfferId, ResponderId, Role
from dispatch.matching.crews import form_crews
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.match import match
from tests.matching.boards import AT, board, leg, person, request

BEHIND, ARM, FRONT = PLACES = (
    Position(name="behind", skills=("strong",)),
    Position(name="arm", roles=(Role.CADRE, Role.MEDICAL_STAFF)),
    Position(name="front"),
)


def carry(**changes: Any) -> Leg:
    """Return a carry of three with positions."""
    return leg(crew=3, positions=PLACES, roles=(Role.VOLUNTEER, Role.CADRE), **changes)


def strong(**changes: Any) -> Responder:
    """Return a volunteer who may stand behind."""
    return person(skills=frozenset({"strong"}), **changes)


def places_of(decided: tuple[MatchDecided, ...]) -> dict[str, str | None]:
    """Return who was asked for which place."""
    return {one.responder: one.position for one in decided}


def test_each_place_by_somebody_who_may_hold_it() -> None:
    """The strong one behind, the cadre at the arm, the third in front."""
    people = {"r-1": person(), "r-2": strong(), "r-3": person(role=Role.CADRE), "r-4": person(role=Role.DRIVER)}
    decided = match(board(people, {"q-1": request(carry())}), EVERYDAY, AT).decided
    assert places_of(decided) == {"r-2": "behind", "r-3": "arm", "r-1": "front"}


def test_a_place_may_ask_for_another_role_than_the_leg() -> None:
    """Medical staff take no carries, and may hold the arm."""
    people = {"r-1": person(), "r-2": strong(), "r-3": person(role=Role.MEDICAL_STAFF)}
    decided = match(board(people, {"q-1": request(carry())}), EVERYDAY, AT).decided
    assert places_of(decided)["r-3"] == "arm"


@pytest.mark.parametrize(
    ("people", "rule"),
    [
        ({"r-1": strong(), "r-2": person(), "r-3": person()}, "role_may"),
        ({"r-1": person(), "r-2": person(role=Role.CADRE), "r-3": person()}, "has_the_skills"),
        ({"r-1": strong(role=Role.CADRE), "r-2": person(), "r-3": person()}, "role_may"),
    ],
)
def test_without_somebody_for_a_place_nobody_is_asked(people: dict[str, Responder], rule: str) -> None:
    """Enough people, and not the right ones: the shortfall names what one more of them would need."""
    result = match(board(people, {"q-1": request(carry())}), EVERYDAY, AT)
    assert not result.decided
    (short,) = result.shortfalls
    assert rule in short.relaxation


def test_only_the_place_that_is_open_is_filled() -> None:
    """Two stay where they stand: whoever joins can hold the third place."""
    asks = tuple(
        Ask(OfferId(f"q-1#{n}"), ResponderId(f"r-{n}"), staff=False, effort=1, made_at=AT, answer_by=AT, position=name)
        for n, name in ((1, "front"), (2, "arm"))
    )
    people = {"r-1": person(), "r-2": person(role=Role.CADRE), "r-3": person(), "r-4": strong()}
    decided = match(board(people, {"q-1": request(carry(asks=asks, asks_made=2))}), EVERYDAY, AT).decided
    assert places_of(decided) == {"r-4": "behind"}


def some_people(draw: Random) -> dict[str, Responder]:
    """Return a handful of people who can stand here or there."""
    return {
        f"r-{n}": person(
            role=draw.choice((Role.VOLUNTEER, Role.CADRE, Role.MEDICAL_STAFF)),
            skills=frozenset({"strong"} if draw.random() < 0.4 else ()),
            burden={AT.toordinal(): draw.randint(0, 60)},
        )
        for n in range(draw.randint(2, 6))
    }


def test_the_best_crew_that_can_stand() -> None:
    """Of all threes that can fill all places, the one whose levels, in order, are the smallest."""
    formed = 0
    for seed in range(150):
        people = some_people(Random(seed))
        seen = board(people, {"q-1": request(carry())})
        known = people_of(seen, EVERYDAY, AT)
        (demand,) = demands_of(tasks_of(seen), known, policy=EVERYDAY, at=AT)
        able = [
            sorted((demand.vectors[ResponderId(who)], who) for who in three)
            for three in combinations(sorted(demand.vectors), 3)
            if any(_stand(people, order) for order in permutations(three))
        ]
        choices = form_crews([demand], [], people=known).choices
        assert [(demand.vectors[c.responder], c.responder) for c in choices] == min(able, default=[])
        stand = {choice.position: choice.responder for choice in choices}
        assert not stand or _stand(people, [stand[place.name] for place in PLACES])
        formed += bool(choices)
    assert 30 < formed < 150


def _stand(people: dict[str, Responder], order: Any) -> bool:
    behind, arm, front = (people[who] for who in order)
    return (
        "strong" in behind.skills
        and behind.role is not Role.MEDICAL_STAFF
        and arm.role is not Role.VOLUNTEER
        and front.role is not Role.MEDICAL_STAFF
    )


def test_who_was_sent_back_comes_first() -> None:
    """Two of a crew that collapsed are asked again before nearer and less burdened people, and before old friends."""
    back = frozenset({ResponderId("r-1"), ResponderId("r-2")})
    tired: dict[str, Any] = {"burden": {AT.toordinal(): 60}}
    known: dict[str, Any] = {"met": {"p-1": (5, AT.toordinal())}}
    people = {"r-1": person(**tired), "r-2": person(**tired)} | {f"r-{n}": person(**known) for n in range(3, 9)}
    for same_person in (True, False):
        sent = request(leg(crew=3, returned=back), same_person=same_person)
        decided = match(board(people, {"q-1": sent}), EVERYDAY, AT).decided
        assert {one.responder for one in decided} > back
