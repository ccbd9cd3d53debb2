"""Tiers that open as a leg waits, people who are kept free for the urgent, and visits that fade."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.policy_tiers import Reserve, TierTimes
from dispatch.domain.standby import Standby, StandbyStage
from dispatch.domain.values import Place, ResidentId, ResponderId, Urgency
from dispatch.matching.board import Board
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.match import match
from dispatch.reactions import next_change_at
from tests.matching.boards import AT, FAR, GARDEN, WALK_UP, board, leg, on_floor, person, register, request, works

MINUTE = timedelta(minutes=1)
TIERS = TierTimes(compound_s=(0, 60, 600, 1_200), community_s=(0, 120, 1_200, 2_400), reserve_s=(0, 180, 1_800, 3_600))
IN_TIERS = Policy(name="everyday", version=2, tiers=TIERS)
FROM_EVERYWHERE: dict[str, dict[str, Any]] = {
    "r-building": {"home": on_floor("1")},
    "r-compound": {"home": on_floor("1", WALK_UP)},
    "r-community": {"home": on_floor("1", FAR)},
    "r-standby": {"home": on_floor("1", FAR), "standby": Standby(StandbyStage.READY)},
}


def seen_of(waited: timedelta, *, without: int = 0, urgency: Urgency = Urgency.HARDSHIP) -> Board:
    """Return a board with one leg that has waited so long, and people from near to far, the nearest left out."""
    people = {who: person(**how) for who, how in list(FROM_EVERYWHERE.items())[without:]}
    return board(people, {"q-1": request(leg(ready_at=AT - waited), urgency=urgency)}, here=register(policy=IN_TIERS))


@pytest.mark.parametrize(
    ("without", "opens", "who"), [(1, 10, "r-compound"), (2, 20, "r-community"), (3, 30, "r-standby")]
)
def test_a_tier_opens_when_the_leg_has_waited(without: int, opens: int, who: str) -> None:
    """Until then nobody is asked, the shortfall names the rule, and the engine knows when to look again."""
    before = seen_of((opens - 1) * MINUTE, without=without)
    result = match(before, IN_TIERS, AT)
    assert result.decided == ()
    assert [shortfall.relaxation for shortfall in result.shortfalls] == [("tier_is_open",)]
    assert next_change_at(before, AT) == AT + MINUTE
    (decided,) = match(before, IN_TIERS, AT + MINUTE).decided
    assert decided.responder == who


def test_the_nearest_is_asked_at_once_and_a_threat_to_life_asks_everybody() -> None:
    """The own building is always open; nothing waits that is about life."""
    (decided,) = match(seen_of(timedelta(0)), IN_TIERS, AT).decided
    assert (decided.responder, decided.eligible) == ("r-building", 1)
    (decided,) = match(seen_of(timedelta(0), urgency=Urgency.LIFE), IN_TIERS, AT).decided
    assert (decided.responder, decided.eligible) == ("r-building", 4)


def test_whoever_was_called_up_is_no_reserve_any_more() -> None:
    """On standby somebody is the last to be asked; deployed, one of the community."""
    ranks = {}
    for stage in (StandbyStage.READY, StandbyStage.CALLED, StandbyStage.DEPLOYED, StandbyStage.NONE):
        seen = board({"r-1": person(standby=Standby(stage))}, {"q-1": request()})
        (decided,) = match(seen, EVERYDAY, AT).decided
        ranks[stage] = decided.vector[1]
    assert list(ranks.values()) == [3, 3, 2, 2]


def test_all_tiers_are_open_by_default() -> None:
    """A policy that says nothing about tiers asks everybody at once, and wakes nobody for them."""
    seen = board({"r-1": person(home=on_floor("1", FAR))}, {"q-1": request(leg(ready_at=AT))})
    assert len(match(seen, EVERYDAY, AT).decided) == 1
    nobody = board({}, {"q-1": request(leg(ready_at=AT), due_at=None)})
    assert next_change_at(nobody, AT) is None


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"compound_s": (0, 0, 60, 60)}, "community_s opens before compound_s"),
        ({"community_s": (0, 0, 60, 60)}, "reserve_s opens before community_s"),
        ({"reserve_s": (1, 1, 1, 1)}, "lets a threat to life wait"),
        ({"reserve_s": (0, 60, 59, 60)}, "opens later for the more urgent"),
        ({"reserve_s": (0, 0, 0, 86_401)}, "less than or equal to 86400"),
        ({"reserve_s": (0, 0, 0)}, "Field required"),
    ],
)
def test_tiers_open_outwards(times: dict[str, Any], message: str) -> None:
    """A tier that opens before a nearer one, makes life wait, or favours the less urgent is rejected."""
    with pytest.raises(ValidationError, match=message):
        TierTimes(**times)


KEPT = Policy(
    name="everyday", version=2, reserve=Reserve(community_people=1, share_percent=100, opens_s=(3_600, 7_200))
)


def kept(seen: Board, policy: Policy) -> set[ResponderId]:
    """Return who is kept free."""
    return {r for r, one in people_of(seen, policy, AT).items() if one.kept}


def test_the_kept_one_is_for_the_urgent() -> None:
    """Of two idle people one is kept; the parcel goes to the other, and the medicine of now to either."""
    people = {"r-1": person(), "r-2": person()}
    parcels = {f"q-{n}": request(leg(ready_at=AT, effort=6), beneficiary=ResidentId(f"p-{n}")) for n in range(4)}
    seen = board(people, parcels, here=register(policy=KEPT))
    (free,) = kept(seen, KEPT)
    asked = {decided.responder for decided in match(seen, KEPT, AT).decided}
    assert asked == {*people} - {free}
    urgent = board(
        {free: person()}, {"q-9": request(leg(ready_at=AT), urgency=Urgency.HEALTH)}, here=register(policy=KEPT)
    )
    assert [decided.responder for decided in match(urgent, KEPT, AT).decided] == [free]


def test_the_reserve_opens_to_what_has_waited() -> None:
    """What only the kept ones could do is not left for ever; the engine knows when."""
    seen = board(
        {"r-1": person()}, {"q-1": request(leg(ready_at=AT - 59 * MINUTE), due_at=None)}, here=register(policy=KEPT)
    )
    result = match(seen, KEPT, AT)
    assert [shortfall.relaxation for shortfall in result.shortfalls] == [("not_kept_free",)]
    assert next_change_at(seen, AT) == AT + MINUTE
    assert [decided.responder for decided in match(seen, KEPT, AT + MINUTE).decided] == ["r-1"]


def test_each_building_keeps_its_own() -> None:
    """So many in each building, and so many in all; only who holds nothing and could be asked is counted."""
    policy = EVERYDAY.model_copy(update={"reserve": Reserve(building_people=1, community_people=3, share_percent=60)})
    people = {
        "r-1": person(home=on_floor("1"), shifts=()),
        "r-2": person(home=on_floor("2")),
        "r-3": person(home=on_floor("3")),
        "r-4": person(scopes=(Place(compound=GARDEN, building=WALK_UP),)),
        "r-5": person(loads=works(1)),
        "r-6": person(),
    }
    found = kept(board(people, {"q-1": request()}), policy)
    assert len(found) == 3
    assert len(found & {"r-2", "r-3"}) >= 1
    assert "r-4" in found
    assert not found & {"r-1", "r-5"}
    assert kept(board(people, {"q-1": request()}), EVERYDAY) == set()


def test_everybody_has_a_turn_at_being_kept() -> None:
    """The hash of the day says who; over a month it is not always the same person."""
    policy = EVERYDAY.model_copy(update={"reserve": Reserve(community_people=1, share_percent=34)})
    seen = board({"r-1": person(), "r-2": person(), "r-3": person()}, {"q-1": request()})
    turns = {r for day in range(29) for r, one in people_of(seen, policy, AT + timedelta(days=day)).items() if one.kept}
    assert turns == {"r-1", "r-2", "r-3"}


def test_visits_fade_with_the_days_apart() -> None:
    """Each visit counts, and with decay one less for every three days apart; after a fortnight none."""
    fading = EVERYDAY.model_copy(update={"continuity_decay_days": 3})
    today = AT.toordinal()
    met = {
        "r-0": (5, today),
        "r-1": (5, today - 3),
        "r-2": (5, today - 8),
        "r-3": (2, today - 14),
        "r-4": (9, today - 15),
    }
    met["r-4"] = (9, today - 15)
    seen = board({r: person(met={ResidentId("p-1"): one}) for r, one in met.items()}, {"q-1": request()})

    def lacks(policy: Policy) -> list[int]:
        people = people_of(seen, policy, AT)
        (demand,) = demands_of(tasks_of(seen), people, policy=policy, at=AT)
        index = people[ResponderId("r-0")].levels.in_pair("continuity")
        assert index is not None
        return [demand.vectors[r][index] for r in sorted(demand.vectors)]

    assert lacks(fading) == [0, 1, 2, 5, 5]
    assert lacks(EVERYDAY) == [0, 0, 0, 3, 5]


def test_paper_work_is_bound_further_ahead() -> None:
    """Who gets a sheet twice a day may hold more than who looks at a phone (A2)."""
    policy = EVERYDAY.model_copy(update={"paper_ahead_max": 5})
    errands = {f"q-{n}": request(beneficiary=ResidentId(f"p-{n}")) for n in range(8)}
    counts = [len(match(board({"r-1": person(paper=paper)}, errands), policy, AT).decided) for paper in (False, True)]
    assert counts == [EVERYDAY.offers_ahead_max, 5]


def test_few_people_are_not_all_kept_idle() -> None:
    """Of three who are there a quarter is nobody; of four one is kept, also while two of them are busy."""
    policy = EVERYDAY.model_copy(update={"reserve": Reserve(community_people=2)})
    three = {f"r-{n}": person() for n in range(3)}
    assert kept(board(three, {"q-1": request()}), policy) == set()
    four = {**three, "r-3": person(loads=works(1, 1, 1))}
    assert len(kept(board(four, {"q-1": request()}), policy)) == 1
    assert kept(board({**four, "r-4": person(shifts=())}, {"q-1": request()}), policy) < {*three}
