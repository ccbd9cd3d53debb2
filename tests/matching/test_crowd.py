"""Groups of people whom the rules cannot tell apart: the same counts as asking everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from dispatch import Dispatch, NumberedIds, VirtualClock
from dispatch.demo.agenda import DESK
from dispatch.demo.day import Day
from dispatch.demo.show import MIDNIGHT
from dispatch.demo.town import COMMUNITY, settle
from dispatch.matching.board import Board
from dispatch.matching.crowd import Crowd
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.eligible import all_failures

HOURS = (8, 9.5, 11.2, 12, 13.6, 15, 17, 18.1, 19.5)


@pytest.fixture(scope="module")
def boards() -> Iterator[list[tuple[Board, datetime]]]:
    """Give the demonstration's community at several hours, with whatever waits a moment before it is shared out."""
    clock = VirtualClock(MIDNIGHT)
    with Dispatch.open("sqlite:///:memory:", actor=DESK, clock=clock, ids=NumberedIds()) as engine:
        town = settle(engine, clock())
        day = Day(engine, clock, town)
        day.prepare()
        seen = []
        for hours in HOURS:
            day.play(MIDNIGHT + timedelta(hours=hours))
            clock.move_to(MIDNIGHT + timedelta(hours=hours))
            for kind in ("garbage", "medicine", "stair_carry", "medical_ride"):
                engine.open_request(COMMUNITY, kind, beneficiary=day.homes()[int(hours * 7) % 40])
            engine.exclude(COMMUNITY, day.homes()[int(hours * 7) % 40])
            seen.append((engine.board_of(COMMUNITY), clock()))
        yield seen


def test_groups_count_like_everybody(boards: list[tuple[Board, datetime]]) -> None:
    """For every leg, each set of failed rules has as many people as when everybody is asked."""
    compared = 0
    for board, at in boards:
        policy = board.place_register.policy
        people = people_of(board, policy, at)
        crowd = Crowd(people, board.place_register, at)
        for demand in demands_of(tasks_of(board), people, policy=policy, at=at):
            others = [person for responder, person in people.items() if responder not in demand.vectors]
            assert crowd.failing(demand) == Counter(frozenset(all_failures(p, demand.task)) for p in others)
            compared += 1
    assert compared >= 4 * len(HOURS)
