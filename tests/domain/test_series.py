"""Series: seven daily infusions, each an occurrence of its own (R9, R13)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from dispatch.domain.community import AdoptPolicy
from dispatch.domain.help_request import AwaitingHelp, Cancelled, Delivered
from dispatch.domain.intake import CancelRequest, ChangeUrgency
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import BeginErasure
from dispatch.domain.series import (
    Active,
    Ended,
    Missed,
    OccurrenceMissed,
    OccurrenceMoved,
    OccurrenceOpened,
    OccurrenceSkipped,
    Opened,
    Series,
    SeriesEnded,
    SeriesResumed,
    Skipped,
    Suspended,
    Upcoming,
    request_for,
)
from dispatch.domain.series_commands import (
    EndSeries,
    MoveOccurrence,
    OpenOccurrence,
    ResumeSeries,
    SkipOccurrence,
    StartSeries,
    SuspendSeries,
)
from dispatch.domain.values import SYSTEM, Channel, RequestId, SeriesId, Urgency, series_stream
from tests.domain.given import Given, kinds_of
from tests.domain.town import RIVERSIDE, T0, actor, after, done_by, request_of_town, said, town

DAY = 1_440
SERIES = SeriesId("s-1")
STREAM = series_stream(RIVERSIDE, SERIES)
CARRIERS = ("r-carry1", "r-carry2", "r-carry3")


def day(number: int) -> datetime:
    """Return the n-th occurrence: from tomorrow, 10:00 in Beijing."""
    return after(60 + number * DAY)


def starts(**fields: Any) -> StartSeries:
    """Return the arrangement of seven daily infusions of Wu, who lives on the seventh floor."""
    shape: dict[str, Any] = {
        "series": "s-1",
        "kind": "stair_carry",
        "beneficiary": "p-wu",
        "reporter": "p-li",
        "channel": Channel.PHONE,
        "rule": "FREQ=DAILY;COUNT=7",
        "time_zone": "Asia/Shanghai",
        "starts_at": day(1),
    }
    command: StartSeries = said(StartSeries, **(shape | fields))
    return command


def of_series(kind: type[Any], **fields: Any) -> Any:
    """Return something said of the series."""
    return said(kind, **({"series": "s-1"} | fields))


def skips(number: int, **fields: Any) -> Any:
    """Return that an occurrence is left out."""
    return of_series(SkipOccurrence, **({"occurrence": day(number), "reason": "not_needed"} | fields))


def moves(number: int, to: datetime, **fields: Any) -> Any:
    """Return that an occurrence is moved."""
    return of_series(MoveOccurrence, **({"occurrence": day(number), "to": to} | fields))


def opens(number: int, at: datetime | None = None, opening: int = 1) -> Any:
    """Return the machine's opening of an occurrence, by default two hours before it."""
    when = day(number) - timedelta(hours=2) if at is None else at
    return of_series(OpenOccurrence, by=SYSTEM, at=when, occurrence=day(number), opening=opening)


@cache
def started() -> Given:
    """Return a journal with the series."""
    return town().and_then(starts())


@cache
def first_open() -> Given:
    """Return a journal in which the first occurrence has its request."""
    return started().and_then(opens(1))


def state(given: Given) -> Series:
    """Return the state of the series."""
    found = given.read(STREAM)
    assert isinstance(found, Series)
    return found


def kinds(given: Given) -> list[str]:
    """Return the states of the occurrences, in order."""
    return [type(one).__name__ for one in state(given).occurrences.values()]


def request_of(number: int, opening: int = 1) -> RequestId:
    """Return the id of an occurrence's request."""
    return request_for(SERIES, day(number), opening)


def through_everything() -> Given:
    """Return a journal in which everything has happened that can happen to a series."""
    early = day(1) - timedelta(hours=1)
    given = first_open().and_then(skips(5), moves(6, day(6) + timedelta(hours=1)))
    given = given.and_then(of_series(SuspendSeries, reason="in_hospital", at=early), of_series(ResumeSeries, at=early))
    return given.and_then(opens(1, at=day(1), opening=2), of_series(EndSeries, reason="recovered", at=day(2)))


def test_seven_occurrences_are_written_down() -> None:
    """Whole, so that replay needs no rule; the rule stays for people."""
    assert list(state(started()).occurrences) == [day(number) for number in range(1, 8)]
    assert state(started()).rule == "FREQ=DAILY;COUNT=7"
    assert (state(started()).next_at, state(started()).last_at) == (day(1), day(7))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "umbrella"}, "unknown_kind"),
        ({"beneficiary": "p-nobody"}, "unknown_resident"),
        ({"starts_at": T0}, "starts_in_the_past"),
        ({"starts_at": after(-DAY)}, "starts_in_the_past"),
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone"),
        ({"time_zone": "../../etc/passwd"}, "unknown_time_zone"),
        ({"rule": "FREQ=SECONDLY;UNTIL=21220516"}, "rule_too_often"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "ends_before_start"),
        ({"skip": (after(5),)}, "no_such_occurrence"),
    ],
)
def test_a_series_that_cannot_be(fields: dict[str, Any], code: str) -> None:
    """Each refusal says which (32, 46, 47, 48)."""
    assert town().refusal(starts(**fields)).code == code


def test_the_same_id_twice() -> None:
    """A second series needs an id of its own."""
    assert started().refusal(starts()).code == "series_exists"


def test_left_out_from_the_start() -> None:
    """A holiday in the middle."""
    given = town().and_then(starts(skip=(day(3),)))
    assert kinds(given) == ["Upcoming"] * 2 + ["Skipped"] + ["Upcoming"] * 4


def test_an_occurrence_becomes_a_request() -> None:
    """With an id made of series and instant, its hour as the deadline, and the same people preferred."""
    opened, *rest = started().when(opens(1))
    assert opened == OccurrenceOpened(occurrence=day(1), request=request_of(1), opened_at=day(1) - timedelta(hours=2))
    assert kinds_of(rest) == ["RequestReceived", "RequestTriaged", "WorkPlanned"]
    request = request_of_town(first_open(), request_of(1))
    assert (request.needed_by, request.due_at, request.series) == (day(1), day(1), SERIES)
    assert (request.reporter, request.kind, request.same_person) == ("p-li", "stair_carry", True)
    assert first_open().when(opens(1)) == []
    assert kinds(first_open())[:2] == ["Opened", "Upcoming"]


def test_the_hour_stays_the_deadline() -> None:
    """Judged anew, an appointment is still at its hour."""
    judged = said(ChangeUrgency, request=request_of(1), urgency=Urgency.HARDSHIP, reason="better", at=day(1))
    assert request_of_town(first_open().and_then(judged), request_of(1)).due_at == day(1)


def test_a_series_prefers_the_same_people_whatever_its_kind() -> None:
    """Food twice a week is brought by whom one knows (R10)."""
    given = town().and_then(starts(kind="food"), opens(1))
    assert request_of_town(given, request_of(1)).same_person


def test_not_before_its_time() -> None:
    """Twelve hours ahead by the default policy; the policy may say otherwise."""
    early = day(1) - timedelta(hours=13)
    assert started().when(opens(1, at=early)) == []
    policy = EVERYDAY.model_copy(update={"version": 2, "series_ahead_s": 86_400})
    assert kinds_of(started().and_then(said(AdoptPolicy, policy=policy)).when(opens(1, at=early)))


def test_too_late_is_told_to_a_person() -> None:
    """Nobody ticked for a day: the occurrence is not opened in the past, and the duty contact is told."""
    late = day(1) + timedelta(minutes=1)
    assert started().when(opens(1, at=late)) == [
        OccurrenceMissed(occurrence=day(1), reason="too_late", to="r-worker", missed_at=late)
    ]
    assert isinstance(state(started().and_then(opens(1, at=late))).occurrences[day(1)], Missed)


def test_a_request_that_cannot_be_made_is_told_to_a_person() -> None:
    """Once, with the reason, and not tried for ever."""
    given = started().and_then(said(BeginErasure, resident="p-wu"))
    (missed,) = given.when(opens(1))
    assert isinstance(missed, OccurrenceMissed)
    assert missed.reason == "erased"


def test_one_is_skipped_and_no_sibling_is_touched() -> None:
    """Before it is opened, and after: then its own request is cancelled, with everybody who was asked."""
    assert started().when(skips(3)) == [OccurrenceSkipped(occurrence=day(3), reason="not_needed", skipped_at=T0)]
    both = first_open().and_then(opens(2))
    given = both.and_then(skips(2, at=day(1)))
    assert kinds(given)[:3] == ["Opened", "Skipped", "Upcoming"]
    assert isinstance(request_of_town(given, request_of(2)), Cancelled)
    assert isinstance(request_of_town(given, request_of(1)), AwaitingHelp)
    assert given.when(skips(2, at=day(1))) == []
    assert given.when(opens(2)) == []


def test_who_may_skip() -> None:
    """The beneficiary and who arranged it; not a neighbour."""
    assert kinds_of(started().when(skips(1, by=actor("p-wu")))) == ["OccurrenceSkipped"]
    assert started().refusal(skips(1, by=actor("p-captain"))).code == "not_your_series"


def test_one_is_moved_and_no_sibling_is_touched() -> None:
    """It keeps its name; its request is cancelled and made anew for the new hour."""
    later = day(1) + timedelta(hours=3)
    assert started().when(moves(1, later)) == [OccurrenceMoved(occurrence=day(1), to=later, moved_at=T0)]
    given = first_open().and_then(moves(1, later, at=day(1) - timedelta(hours=1)))
    assert isinstance(request_of_town(given, request_of(1)), Cancelled)
    assert given.when(opens(1)) == []
    given = given.and_then(opens(1, opening=2))
    assert request_of_town(given, request_of(1, 2)).needed_by == later
    assert kinds(given) == ["Opened", *["Upcoming"] * 6]
    assert given.when(moves(1, later, at=day(1))) == []


@pytest.mark.parametrize(
    ("to", "code"),
    [(T0, "cannot_move_there"), (after(-5), "cannot_move_there"), (after(9_000_000), "cannot_move_there")],
)
def test_where_an_occurrence_cannot_be_moved(to: datetime, code: str) -> None:
    """Into the past, or beyond three years."""
    assert started().refusal(moves(2, to)).code == code


def test_two_occurrences_at_one_time() -> None:
    """Nobody is carried down twice at once; the place of a skipped one is free."""
    assert started().refusal(moves(2, day(3))).code == "occurrence_there"
    assert kinds_of(started().and_then(skips(3)).when(moves(2, day(3)))) == ["OccurrenceMoved"]


def test_what_is_over_is_not_changed() -> None:
    """Past, skipped, or not an occurrence at all."""
    assert started().refusal(skips(1, at=day(1))).code == "occurrence_over"
    assert started().and_then(skips(2)).refusal(moves(2, after(5))).code == "occurrence_over"
    assert started().refusal(of_series(SkipOccurrence, occurrence=after(1), reason="x")).code == "no_such_occurrence"


def test_in_hospital() -> None:
    """The series rests: what is open ahead is cancelled; what falls into the pause is not made up for."""
    rests = of_series(SuspendSeries, reason="in_hospital", at=day(1) - timedelta(hours=1))
    events = first_open().when(rests)
    assert kinds_of(events) == ["OccurrenceCalledOff", "SeriesSuspended", "RequestCancelled"]
    resting = first_open().and_then(rests)
    assert isinstance(state(resting), Suspended)
    assert resting.when(rests) == []
    assert resting.when(opens(2)) == []
    back = of_series(ResumeSeries, at=day(2) + timedelta(hours=1))
    assert resting.when(back) == [SeriesResumed(resumed_at=day(2) + timedelta(hours=1))]
    given = resting.and_then(back)
    assert given.when(back) == []
    assert isinstance(state(given), Active)
    assert state(given).next_at == day(3)
    assert given.when(opens(2, at=day(2) - timedelta(hours=1))) == []
    assert kinds_of(given.when(opens(3)))[0] == "OccurrenceOpened"


def test_back_before_the_hour() -> None:
    """Resting for half an hour only: the occurrence takes place, with a request of its own."""
    rests = of_series(SuspendSeries, reason="in_hospital", at=day(1) - timedelta(hours=2))
    back = of_series(ResumeSeries, at=day(1) - timedelta(hours=1))
    given = first_open().and_then(rests, back)
    assert state(given).next_at == day(1)
    given = given.and_then(opens(1, at=day(1) - timedelta(hours=1), opening=2))
    assert isinstance(request_of_town(given, request_of(1, 2)), AwaitingHelp)


def test_what_is_delivered_is_not_cancelled() -> None:
    """Carried down early: resting afterwards takes nothing back, and does not carry again."""
    given = done_by(first_open(), "carry", *CARRIERS, request=request_of(1), at=day(1) - timedelta(hours=1))
    rests = of_series(SuspendSeries, reason="in_hospital", at=day(1) - timedelta(minutes=30))
    assert kinds_of(given.when(rests)) == ["SeriesSuspended"]
    given = given.and_then(rests)
    assert isinstance(request_of_town(given, request_of(1)), Delivered)
    assert isinstance(state(given).occurrences[day(1)], Opened)


def test_ended_by_a_person() -> None:
    """With a reason; nothing follows."""
    ends = of_series(EndSeries, reason="recovered", at=day(1) - timedelta(hours=1))
    assert kinds_of(first_open().when(ends)) == ["SeriesEnded", "RequestCancelled"]
    over = first_open().and_then(ends)
    assert isinstance(state(over), Ended)
    assert over.when(ends) == []
    assert over.when(opens(2)) == []
    for more in (skips(3), moves(3, after(5)), of_series(SuspendSeries, reason="x"), of_series(ResumeSeries)):
        assert over.refusal(more).code == "series_ended"


def test_ended_by_time() -> None:
    """By System after its last occurrence, and not before."""
    ends = of_series(EndSeries, by=SYSTEM, reason="completed", at=day(7))
    assert started().when(of_series(EndSeries, by=SYSTEM, reason="completed", at=day(6))) == []
    assert started().when(ends) == [SeriesEnded(reason="completed", ended_at=day(7))]


def test_a_cancelled_request_is_its_own_affair() -> None:
    """Somebody cancels the request of one day by its id: the series goes on."""
    given = first_open().and_then(said(CancelRequest, request=request_of(1), reason="not_needed"))
    assert kinds(given) == ["Opened", *["Upcoming"] * 6]
    assert kinds_of(given.when(opens(2)))[0] == "OccurrenceOpened"


def test_nothing_is_known_of_it() -> None:
    """A series that was never started."""
    assert town().refusal(skips(1)).code == "unknown_series"
    assert isinstance(state(started()).occurrences[day(1)], Upcoming)
    assert not isinstance(state(started()).occurrences[day(1)], Skipped)
