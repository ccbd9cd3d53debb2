"""Why, where legs wait their turn in somebody's queue: who would come, after how many, and what another would take."""

from __future__ import annotations

import re

import pytest

from dispatch.audit import WhyWords
from dispatch.audit.unserved import Asked, unserved
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.values import LegId, ResponderId
from dispatch.matching.match import match
from dispatch.words import LANGUAGES, Words
from tests.matching.boards import AT, random_board

IDS = re.compile(r"[qr]-[0-9a-f]+(?:#\d+)?")
RAW = re.compile(r"[a-z]+_[a-z_]+|[{}]|None")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leg_that_waits_its_turn_says_so(language: str) -> None:
    """Each leg of a board is offered, planned for somebody after others, or short; what is said is what was planned."""
    words, seen = Words(language), {"offered": 0, "planned": 0, "short": 0, "behind": 0}
    for seed in range(12):
        board = random_board(seed, people=4, requests=9, policy=EVERYDAY_LATE)
        result = match(board, EVERYDAY_LATE, AT)
        offered = {one.leg for one in result.decided}
        planned = {one.leg: one for one in result.planned}
        for request, state in board.requests.items():
            leg = LegId(f"{request}/{state.legs[0].plan.name}")
            found = unserved(board, leg, AT, asked=Asked(ResponderId("r-0000")))
            assert found is not None
            told = WhyWords(words, "UTC").told(found)
            assert not [sentence for sentence in told if RAW.search(IDS.sub("", sentence))]
            if leg in planned:
                one = planned[leg]
                assert (found.planned, found.planned_place, found.relaxation) == (one.responder, one.place, ())
                assert words("why.planned", responder=one.responder, count=one.place) in told
            else:
                assert (found.planned, bool(found.would_ask)) == (None, leg in offered)
            kind = "offered" if leg in offered else "planned" if leg in planned else "short"
            seen[kind] += 1
            seen["behind"] += any(one.place for one in found.alternatives)
    assert min(seen.values()) > 5, seen
