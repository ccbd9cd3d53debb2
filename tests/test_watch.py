"""A watch finds what looking at everything finds, after any other board and instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatch.domain.leg import Ask, Offered, become
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import Leaving
from dispatch.domain.values import OfferId, RequestId, ResidentId, ResponderId
from dispatch.matching.board import Board, differing
from dispatch.reactions import Watch, due, erasable, next_change_at
from dispatch.reactions.agenda import Agenda
from tests.matching.boards import AT, board, leg, person, request, resident
from tests.matching.test_memory import Days

SOON, LATER = AT + timedelta(minutes=1), AT + timedelta(minutes=10)
Q, R, P = RequestId("q-1"), ResponderId("r-1"), ResidentId("p-1")


def same(watch: Watch, seen: Board, at: datetime) -> int:
    """Check that a watch says what the whole board says, and return how much is due."""
    found = watch.due(seen, at)
    assert found == due(seen, at)
    assert watch.erasable(seen, at) == erasable(seen)
    assert watch.next_change_at(seen, at) == next_change_at(seen, at)
    return len(found)


@pytest.mark.parametrize("seed", range(30))
def test_a_watch_says_what_the_whole_board_says(seed: int) -> None:
    """Along random histories, past deadlines, control lines, stays and midnight: due, erasable, and when next."""
    watch = Watch()
    found = sum(same(watch, seen, at) for seen, at in Days(seed, EVERYDAY, EVERYDAY_LATE).runs(30))
    assert found


@pytest.mark.parametrize("seed", range(10))
def test_a_clock_that_goes_back_is_looked_at_anew(seed: int) -> None:
    """The same boards in another order, and the instants as they come."""
    watch = Watch()
    for seen, at in reversed(list(Days(seed, EVERYDAY, EVERYDAY_LATE).runs(12))):
        same(watch, seen, at)


@pytest.mark.parametrize("seed", range(10))
def test_asking_when_next_takes_nothing_away(seed: int) -> None:
    """Whoever only asks for the next instant, or for who may be erased, hides nothing that is due."""
    watch = Watch()
    for number, (seen, at) in enumerate(Days(seed, EVERYDAY).runs(30)):
        if number % 3 == 0:
            assert watch.next_change_at(seen, at) == next_change_at(seen, at)
        elif number % 3 == 1:
            assert watch.erasable(seen, at) == erasable(seen)
        else:
            assert watch.due(seen, at) == due(seen, at)


def offered() -> Board:
    """Return a board on which somebody is asked for a leg."""
    ask = Ask(OfferId("q-1#1"), R, staff=False, effort=1, made_at=AT, answer_by=LATER)
    state = request(become(Offered, replace(leg(), asks=(ask,))))
    return board({R: person()}, {Q: state}, residents={P: resident()})


def test_what_was_due_and_refused_is_due_again() -> None:
    """A timer that came to nothing is fired again by the next look, although nothing has changed."""
    watch, seen = Watch(), offered()
    assert same(watch, seen, AT) == 0
    assert same(watch, seen, LATER) == same(watch, seen, LATER) == 1


def test_whoever_is_asked_is_looked_at_with_the_request() -> None:
    """An offer ends when its holder is isolated, at work or as a resident at home."""
    seen = offered()
    alone = replace(seen, responders={R: replace(seen.responders[R], resident=P)})
    ill = replace(alone, responders={R: replace(alone.responders[R], isolated=True)})
    at_home = replace(alone, residents={P: replace(alone.residents[P], isolated=True)})
    for worse in (ill, at_home):
        watch = Watch()
        assert same(watch, alone, AT) == 0
        assert same(watch, worse, SOON) == 1


def test_whoever_is_leaving_is_erased_when_nothing_is_open() -> None:
    """The request closes first; then the key may go."""
    seen, watch = offered(), Watch()
    state = seen.residents[P]
    fields = {name: getattr(state, name) for name in state.__dataclass_fields__}
    leaving = replace(seen, residents={P: Leaving(**fields)})
    assert same(watch, seen, AT) == 0
    assert same(watch, leaving, SOON) == 1
    assert watch.erasable(leaving, SOON) == ()
    assert watch.erasable(replace(leaving, requests={}), SOON) == (P,)


def test_states_that_are_the_same_object_are_the_same() -> None:
    """Changed, new and gone ones differ; a copy of the map with the same states does not."""
    one, two = object(), object()
    before = {"a": one, "b": two}
    assert differing(before, before) == differing(before, dict(before)) == set()
    assert differing(before, {"a": two, "c": one}) == {"a", "b", "c"}
    assert differing(before, {"b": two}) == {"a"}
    assert differing({}, before) == {"a", "b"}


def test_an_agenda_has_one_instant_for_each_id() -> None:
    """The last one said; what was taken is planned no more."""
    agenda: Agenda[str] = Agenda()
    agenda.put("a", LATER)
    agenda.put("b", SOON)
    agenda.put("a", SOON)
    agenda.put("c", AT)
    agenda.put("c", None)
    agenda.put("a", LATER)
    assert agenda.earliest() == SOON
    assert (agenda.take(SOON), agenda.take(SOON)) == (["b"], [])
    assert "a" in agenda
    assert agenda.take(LATER) == ["a"]
    assert agenda.earliest() is None
