"""The views are the fold of the log, whoever follows it, however, and whatever happens on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from dispatch.domain.values import CommunityId
from dispatch.engine import Dispatch
from dispatch.store.recorders import IntegrityError, Recorder, open_recorder
from dispatch.views.follow import LostRaceError
from dispatch.views.tables import NAME
from tests.audit.day import HERE, THERE, Day
from tests.subprocesses import PATIENCE_S, looked_after
from tests.views.conftest import copy_log
from tests.views.tables import dump, expected_lines, folded, seen, views_of


def test_a_view_at_any_position_is_the_fold_up_to_it(lived_url: str, tmp_path: Path) -> None:
    """view(t) == fold(E[1..t]), at positions inside saves too, with batches of any size."""
    draw = Random(1)
    with open_recorder(lived_url) as source:
        head = source.last_position()
        for position in (0, 1, head, *(draw.randrange(2, head) for _ in range(6))):
            path = tmp_path / f"{position}.db"
            with open_recorder(f"sqlite:///{path}") as target:
                copy_log(source, target, last=position)
                views = views_of(target, batch=draw.choice((1, 13, 500)))
                assert views.follow() == position
                assert views.lag() == 0
                for name in (HERE, THERE):
                    lines = views.board(CommunityId(name))
                    assert {seen(line) for line in lines} == expected_lines(folded(target, name))
                    assert len({seen(line) for line in lines}) == len(lines)


def test_step_by_step_is_the_same_as_anew(either: Recorder) -> None:
    """Followed in odd batches and rebuilt in one go, every table holds the same bytes."""
    views = views_of(either, batch=7)
    events = either.last_position()
    assert views.follow() == events
    step_by_step = dump(either)
    assert len(step_by_step["view_timeline"]) == events
    assert step_by_step["view_board"] != []
    assert views.follow() == 0
    assert views_of(either, batch=1_000).rebuild() == events
    assert dump(either) == step_by_step


@pytest.mark.parametrize("store", ["file", "postgres"])
def test_followed_while_the_day_is_lived(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """After every step of a day the board shows the states of the engine, and at its end all is as rebuilt."""
    url = f"sqlite:///{tmp_path}/day.db" if store == "file" else request.getfixturevalue("postgres_database")
    steps = 0

    def compare(engine: Dispatch) -> None:
        nonlocal steps
        steps += 1
        shown = {seen(line) for line in engine.board(HERE)}
        assert shown == expected_lines(engine.board_of(HERE))

    Day(url, seed=7, steps=12).run(compare)
    assert steps == 12
    with open_recorder(url) as recorder:
        views = views_of(recorder)
        views.follow()
        step_by_step = dump(recorder)
        views.rebuild()
        assert dump(recorder) == step_by_step


def test_four_processes_follow_at_once(either_url: str) -> None:
    """Together they apply every event exactly once, whatever their batches."""
    followers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.views.follower", either_url, batch], stdout=subprocess.PIPE, text=True
        )
        for batch in ("3", "5", "17", "40")
    ]
    with looked_after(*followers):
        said = [follower.communicate(timeout=PATIENCE_S)[0] for follower in followers]
    assert [follower.returncode for follower in followers] == [0] * 4
    with open_recorder(either_url) as recorder:
        assert sum(map(int, said)) == recorder.last_position()
        together = dump(recorder)
        views_of(recorder).rebuild()
        assert dump(recorder) == together


def test_a_follower_that_is_killed(either_url: str) -> None:
    """Killed between or inside batches, again and again, the next one goes on as if nothing had been."""
    with open_recorder(either_url) as recorder:
        views_of(recorder)
        deaths = 0
        for share in (0.1, 0.4, 0.7):
            goal = int(recorder.last_position() * share)
            follower = subprocess.Popen([sys.executable, "-m", "tests.views.follower", either_url, "2", str(goal)])
            with looked_after(follower):
                deaths += follower.wait(PATIENCE_S) == -signal.SIGKILL
        assert deaths > 0
        assert views_of(recorder).lag() >= 0
        views_of(recorder).follow()
        survived = dump(recorder)
        views_of(recorder).rebuild()
        assert dump(recorder) == survived


def test_a_batch_that_others_have_partly_done_is_given_up(lived_url: str) -> None:
    """Who has read from a position that is no longer the last one writes nothing and reads again."""
    with open_recorder(lived_url) as recorder:
        slow, fast = views_of(recorder, batch=400), views_of(recorder, batch=30)
        head = recorder.last_position()
        fast._step(0, head)
        with pytest.raises(LostRaceError):
            slow._step(0, head)
        with pytest.raises(IntegrityError):
            slow._step(0, 20)
        assert recorder.max_tracking_id(NAME) == 30
        assert slow.follow() == head - 30
        together = dump(recorder)
        fast.rebuild()
        assert dump(recorder) == together


def test_tables_of_another_layout_are_made_anew(either_url: str) -> None:
    """Views of an older program are dropped and filled from the log."""
    with open_recorder(either_url) as recorder:
        views_of(recorder).follow()
        before = dump(recorder)
        with recorder.view_transaction() as cursor:
            cursor.execute("UPDATE view_progress SET layout = 0")
        again = views_of(recorder)
        assert again.lag() == recorder.last_position()
        again.follow()
        assert dump(recorder) == before


def test_a_copied_log_is_the_same_log(lived_url: str, tmp_path: Path) -> None:
    """The copy that these tests follow on another store holds the same rows."""
    with open_recorder(lived_url) as source, open_recorder(f"sqlite:///{tmp_path}/copy.db") as target:
        copy_log(source, target)
        assert target.select_rows(limit=10_000) == source.select_rows(limit=10_000)
