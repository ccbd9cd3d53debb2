"""What follows by itself: timers and broken promises, as commands of System."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from dispatch.domain.climbing import LadderCommand
from dispatch.domain.control import Control
from dispatch.domain.custody import Belonging, Custody, Held, Orphaned
from dispatch.domain.decider import ABSENT
from dispatch.domain.help_request import Alarm, Delivered, HelpRequest, Received, move
from dispatch.domain.intake import CloseErased, EscalateRequest, RepeatAlarm
from dispatch.domain.keeping import TOGETHER_MAX, OrphanCustody
from dispatch.domain.leg import Ask, Assigned, Failed, Leg, Mustering, Offered, Taken, become
from dispatch.domain.offer import LapseOffer, ReleaseLeg, WithdrawOffer
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import Erased, Leaving
from dispatch.domain.responder import Departed, Departing, Responder, Work
from dispatch.domain.values import (
    CommunityId,
    ControlLevel,
    LegId,
    OfferId,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Side,
    Urgency,
)
from dispatch.domain.wrong_side import ListWrongSide
from dispatch.engine.plan import OF_THE_ENGINE
from dispatch.matching.board import Board
from dispatch.matching.match import match, record_id, record_of
from dispatch.reactions import Reaction, due, erasable, next_change_at
from dispatch.store.issued import Issued
from tests.matching.boards import AT, IN_TOWER, board, leg, person, random_board, register, request, resident

LATER = AT + timedelta(minutes=10)
ME = ResponderId("r-1")


def ask(number: int = 1, *, responder: str = "r-1", accepted: bool = False, staff: bool = False) -> Ask:
    """Return an offer or assignment that runs out in ten minutes."""
    return Ask(OfferId(f"q-1#{number}"), ResponderId(responder), staff, 1, AT, LATER, accepted)


def asked(stage: type[Leg], *asks: Ask, **plan: Any) -> Leg:
    """Return a leg in a stage with these asks."""
    return become(stage, replace(leg(**plan), asks=asks or (ask(accepted=stage is Taken),)))


def one(state: HelpRequest, *, me: Responder | None = None, guest: Any = None, **changes: Any) -> Board:
    """Return a board of one request and one responder."""
    here = changes.pop("here", None)
    return board({"r-1": me or person()}, {"q-1": state}, residents={"p-1": guest or resident()}, here=here, **changes)


def commands(seen: Board, at: datetime = AT) -> list[Any]:
    """Return what is due, except lists of the wrong side and who is called in turn: they are told elsewhere."""
    apart = (ListWrongSide, LadderCommand)
    return [reaction.command for reaction in due(seen, at) if not isinstance(reaction.command, apart)]


def test_nothing_is_due_by_itself() -> None:
    """A community without requests, or without registration, wants nothing."""
    assert due(board({}, {}), AT) == ()
    assert due(Board(CommunityId("nowhere"), register=ABSENT), AT) == ()
    assert next_change_at(Board(CommunityId("nowhere"), register=ABSENT), AT) is None
    assert commands(one(request())) == []


@pytest.mark.parametrize(
    ("stage", "staff"), [(Offered, False), (Assigned, True), (Mustering, False), (Mustering, True)]
)
def test_an_offer_runs_out_at_its_instant(stage: type[Leg], *, staff: bool) -> None:
    """Not before its term; at it, and at any time after."""
    seen = one(request(asked(stage, ask(staff=staff), crew=3 if stage is Mustering else 1)))
    assert commands(seen, LATER - timedelta(microseconds=1)) == []
    for at in (LATER, LATER + timedelta(hours=1)):
        (lapse,) = commands(seen, at)
        assert isinstance(lapse, LapseOffer)
        assert (lapse.offer, lapse.due, lapse.at) == ("q-1#1", LATER, at)


def test_what_is_answered_does_not_run_out() -> None:
    """An accepted place in a crew that still musters, and a taken leg, have no term."""
    mustering = asked(Mustering, ask(1, accepted=True), ask(2, responder="r-2"), crew=3)
    seen = board({"r-1": person(), "r-2": person()}, {"q-1": request(mustering)})
    assert [command.offer for command in commands(seen, LATER)] == ["q-1#2"]
    assert commands(one(request(asked(Taken))), LATER) == []


SEALED = register(Control(place=IN_TOWER, level=ControlLevel.SEALED, effective_from=AT))
FORBIDDEN: dict[str, dict[str, Any]] = {
    "not_dropped_out": {"me": person(out=True)},
    "not_isolated": {"me": person(isolated=True)},
    "not_excluded_by_resident": {"guest": resident(excluded=frozenset({ME}))},
    "neighbours_excluded": {"me": person(home=IN_TOWER), "guest": resident(neighbours_excluded=True)},
    "role_may": {"guest": resident(isolated=True), "plan": {"isolated_roles": (Role.CADRE,)}},
    "has_the_skills": {"guest": resident(isolated=True), "plan": {"isolated_skills": ("protective_gear",)}},
    "sealed_needs_clearance": {"here": SEALED, "me": person(sides={IN_TOWER: Side.INSIDE})},
    "crossing_needs_clearance": {"here": SEALED, "plan": {"side": None}},
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_what_a_rule_forbids_now_is_taken_back(rule: str) -> None:
    """An open offer and a place in a crew are withdrawn, taken work is released; the reason is the rule (S5, A2)."""
    given = dict(FORBIDDEN[rule])
    plan = given.pop("plan", {})
    for stage in (Offered, Assigned):
        (back,) = commands(one(request(asked(stage, **plan)), **given))
        assert isinstance(back, WithdrawOffer)
        assert (back.offer, back.reason) == ("q-1#1", rule)
    (out,) = commands(one(request(asked(Mustering, ask(accepted=True), **{**plan, "crew": 3})), **given))
    assert isinstance(out, WithdrawOffer)
    (free,) = commands(one(request(asked(Taken, **plan)), **given))
    assert isinstance(free, ReleaseLeg)
    assert (free.leg, free.responder, free.reason) == ("inside", ME, rule)


def test_who_is_isolated_at_home_keeps_nothing() -> None:
    """A captain's own isolation as a resident counts."""
    people = {"r-1": person(resident=ResidentId("p-2"))}
    seen = board(people, {"q-1": request(asked(Taken))}, residents={"p-1": resident(), "p-2": resident(isolated=True)})
    (free,) = commands(seen)
    assert (type(free), free.reason) == (ReleaseLeg, "not_isolated")


def test_who_leaves_keeps_nothing() -> None:
    """A responder who is being erased is freed of everything."""
    plain = person()
    leaving = Departing(**{name: getattr(plain, name) for name in Responder.__dataclass_fields__})
    (back,) = commands(one(request(asked(Offered)), me=leaving))
    assert (type(back), back.reason) == (WithdrawOffer, "still_serving")


def test_a_forbidden_offer_is_withdrawn_and_not_lapsed() -> None:
    """Both are due: the rule goes first, for who is barred did not fail to answer."""
    (back,) = commands(one(request(asked(Offered)), me=person(isolated=True)), LATER)
    assert isinstance(back, WithdrawOffer)


def test_alarms_repeat_until_taken() -> None:
    """After each term, counted from the last time; not when somebody took it; also when help has come already."""
    term = timedelta(seconds=EVERYDAY.alarm_repeat_s)
    alarm = Alarm(to="desk", raised_at=AT - 3 * term, last_at=AT - term, times=3)
    ringing = request(alarm=alarm, urgency=Urgency.LIFE)
    for state in (ringing, move(Delivered, ringing)):
        seen = one(state)
        (repeat,) = commands(seen)
        assert isinstance(repeat, RepeatAlarm)
        assert commands(seen, AT - timedelta(microseconds=1)) == []
        again = one(replace(state, alarm=replace(alarm, last_at=AT, times=4)))
        assert commands(again) == []
        assert next_change_at(again, AT) == AT + term
        assert due(again, AT + term)[0].command_id != due(seen, AT)[0].command_id
    assert commands(one(replace(ringing, alarm=replace(alarm, acknowledged_by="desk")))) == []


ESCALATED: dict[str, HelpRequest] = {
    "overdue": request(asked(Taken), due_at=AT),
    "leg_failed": request(become(Failed, leg())),
    "offers_exhausted": request(leg(asks_made=EVERYDAY.offers_per_leg_max)),
    "untriaged": move(
        Received, request(received_at=AT - timedelta(seconds=EVERYDAY.triage_within_s)), legs=(), due_at=None
    ),
}


@pytest.mark.parametrize("reason", ESCALATED)
def test_a_person_is_called_once_for_each_reason(reason: str) -> None:
    """Late, failed, refused by many, judged by nobody: escalated, and not again."""
    (escalate,) = commands(one(ESCALATED[reason]))
    assert isinstance(escalate, EscalateRequest)
    assert escalate.reason == reason
    assert commands(one(replace(ESCALATED[reason], escalated=frozenset({reason})))) == []


def test_a_crew_may_be_asked_more_often() -> None:
    """The cap on offers is for each place."""
    most = EVERYDAY.offers_per_leg_max
    assert commands(one(request(leg(crew=3, asks_made=3 * most - 1)))) == []
    assert [command.reason for command in commands(one(request(leg(crew=3, asks_made=3 * most))))] == [
        "offers_exhausted"
    ]


@pytest.mark.parametrize("stage", [Leaving, Erased])
def test_requests_of_who_is_erased_close_and_nothing_else(stage: type[Leaving | Erased]) -> None:
    """Whatever else would be due, the request closes."""
    plain = resident()
    late = request(asked(Offered), due_at=AT, alarm=Alarm("desk", AT - timedelta(days=1), AT - timedelta(days=1)))
    (close,) = commands(one(late, guest=stage(plain.household, plain.place)), LATER)
    assert isinstance(close, CloseErased)


def test_who_may_lose_the_key_now() -> None:
    """Residents without an open request, responders without work, of those who are fenced; nobody else."""
    plain, free = resident(), person()
    fields = {name: getattr(free, name) for name in Responder.__dataclass_fields__}
    work = Work(OfferId("q-9#1"), LegId("q-9/inside"), ResidentId("p-9"), 1)
    seen = board(
        {
            "r-here": free,
            "r-free": Departing(**fields),
            "r-busy": Departing(**fields | {"holds": {work.offer: work}}),
            "r-gone": Departed(**fields),
        },
        {"q-1": request(beneficiary=ResidentId("p-busy"))},
        residents={
            "p-here": plain,
            "p-free": Leaving(plain.household, plain.place),
            "p-busy": Leaving(plain.household, plain.place),
            "p-gone": Erased(plain.household, plain.place),
        },
    )
    assert erasable(seen) == ("p-free", "r-free")


def test_the_next_change_is_the_earliest_of_all() -> None:
    """Terms, deadlines, alarms, control levels; shifts only while somebody waits."""
    noon = AT + timedelta(hours=2)
    control = Control(place=IN_TOWER, level=ControlLevel.TEMPORARY, effective_from=AT - timedelta(hours=1), until=noon)
    resting = one(request(asked(Taken), due_at=None), here=register(control))
    assert next_change_at(resting, AT) == noon
    assert next_change_at(resting, noon) is None
    assert next_change_at(one(request(asked(Offered), due_at=AT)), AT) == LATER
    assert next_change_at(one(request(asked(Taken), due_at=LATER)), AT) == LATER
    assert next_change_at(one(request(asked(Taken), due_at=LATER, escalated=frozenset({"overdue"}))), AT) is None
    soon = person(shifts=(person().shifts[0].model_copy(update={"starts_at": noon}),))
    assert next_change_at(one(request(due_at=None), me=soon), AT) == noon
    assert next_change_at(one(request(asked(Taken), due_at=None), me=soon), AT) is None


def test_every_change_of_control_is_listed_before_what_it_bars_is_taken_back() -> None:
    """The list is read off the board on which the offers still stand; once made it is not due again (A2)."""
    seen = one(request(asked(Taken)), here=SEALED, me=person(sides={IN_TOWER: Side.INSIDE}))
    first, second = due(seen, AT)
    assert isinstance(first.command, ListWrongSide)
    assert isinstance(second.command, ReleaseLeg)
    assert [work.responder for work in first.command.found.work] == [ME]
    assert [stray.responder for stray in first.command.found.people] == [ME]
    which = first.command_id.rpartition(":")[2]
    listed = replace(seen, others={"strays": {which: object()}})
    assert [type(reaction.command) for reaction in due(listed, AT)] == [ReleaseLeg]


def busy_board(seed: int) -> Board:
    """Return a board on which many things are due at many instants."""
    draw = Random(seed)
    plain = random_board(seed, people=8, requests=12)
    states: dict[RequestId, HelpRequest] = {}
    for index, (name, state) in enumerate(plain.requests.items()):
        until = AT + timedelta(seconds=draw.randint(-900, 3_600))
        held = Ask(OfferId(f"{name}#1"), draw.choice(list(plain.responders)), False, 1, AT, until)
        stage = (None, Offered, Taken, Failed)[index % 4]
        first = state.legs[0]
        new = first if stage is None else become(stage, replace(first, asks=(replace(held, accepted=stage is Taken),)))
        alarm = Alarm("desk", AT, AT - timedelta(seconds=draw.randint(0, 300))) if draw.random() < 0.3 else None
        states[name] = replace(state, legs=(new,), alarm=alarm, asks_made=1)
        if index % 5 == 0:
            states[name] = move(
                Received, state, legs=(), due_at=None, received_at=AT - timedelta(seconds=draw.randint(0, 999))
            )
    control = Control(
        place=IN_TOWER,
        level=draw.choice((ControlLevel.TEMPORARY, ControlLevel.SEALED)),
        effective_from=AT + timedelta(minutes=draw.randint(-30, 30)),
        until=AT + timedelta(minutes=draw.randint(31, 90)),
    )
    return replace(plain, requests=states, register=register(control))


@pytest.mark.parametrize("seed", range(25))
def test_nothing_becomes_due_between_now_and_the_next_change(seed: int) -> None:
    """Until just before the instant that is told, the same things are due and the same people can be asked."""
    seen, at = busy_board(seed), AT
    for _ in range(12):
        then = next_change_at(seen, at)
        if then is None:
            break
        assert then > at
        before = then - timedelta(microseconds=1)
        assert {r.command_id for r in due(seen, before)} == {r.command_id for r in due(seen, at)}
        assert who_could_go(seen, before) == who_could_go(seen, at)
        at = then
    assert at > AT


def who_could_go(seen: Board, at: datetime) -> dict[LegId, int]:
    """Return how many could go for each leg that is decided or short."""
    result = match(seen, EVERYDAY, at)
    asked_for = {decided.leg: decided.eligible for decided in result.decided}
    return asked_for | {short.leg: short.eligible for short in result.shortfalls}


def test_ids_are_the_engines_own_and_fit() -> None:
    """Two sweepers give the same command under the same id, no caller can take it, and the store takes it."""
    ids: set[str] = set()
    seen = [busy_board(seed) for seed in range(10)]
    seen += [one(ESCALATED[reason]) for reason in ESCALATED]
    seen += [
        one(request(asked(Taken)), me=person(isolated=True)),
        one(request(asked(Offered)), me=person(isolated=True)),
    ]
    for board_ in seen:
        long_named = replace(board_, community=CommunityId("c" * 40))
        reactions: tuple[Reaction, ...] = due(long_named, LATER)
        assert reactions == due(long_named, LATER)
        named = [reaction.command_id for reaction in reactions]
        assert len(set(named)) == len(named)
        record = record_of(long_named, match(long_named, EVERYDAY, LATER), LATER)
        ids |= {*named, *([record_id(record)] if record is not None else [])}
    assert {name.partition(":")[0] for name in ids} == {
        "lapse",
        "alarm",
        "escalate",
        "withdraw",
        "release",
        "match",
        "control",
        "ladder",
    }
    assert all(name.startswith(OF_THE_ENGINE) for name in ids)
    assert all(Issued(name).command_id == name for name in ids)


def kept(**fields: Any) -> Custody:
    """Return a card of the resident that the responder holds."""
    shape: dict[str, Any] = {"belonging": Belonging.CARD, "owner": "p-1", "holder": "r-1", "since": AT}
    return Held(**(shape | fields))


def with_custody(seen: Board, **states: Custody) -> Board:
    """Return a board with things in custody, by number."""
    return replace(seen, others={"custody": {f"i-{name[1:]}": state for name, state in states.items()}})


def vars_of(state: Responder) -> dict[str, Any]:
    """Return the fields of a responder's state."""
    return {name: getattr(state, name) for name in Responder.__dataclass_fields__}


@pytest.mark.parametrize(
    ("me", "home", "rule"),
    [
        (person(isolated=True), resident(), "not_isolated"),
        (person(out=True), resident(), "not_dropped_out"),
        (person(resident=ResidentId("p-1")), resident(isolated=True), "not_isolated"),
        (Departing(**vars_of(person())), resident(), "still_serving"),
    ],
)
def test_what_somebody_holds_is_orphaned(me: Responder, home: Any, rule: str) -> None:
    """Everything a holder keeps is orphaned by one command, as soon as they cannot answer for it (R4)."""
    seen = with_custody(one(request(), me=me, guest=home), i1=kept(), i2=kept())
    (orphaning,) = [found for found in commands(seen) if isinstance(found, OrphanCustody)]
    assert (orphaning.custodies, orphaning.holder, orphaning.reason) == (("i-1", "i-2"), "r-1", rule)


def test_what_is_held_by_who_can_keep_it_stays() -> None:
    """Nothing is orphaned while its holder is well, and nothing twice."""
    assert commands(with_custody(one(request()), i1=kept())) == []
    gone = one(request(), me=person(isolated=True))
    orphaned = Orphaned(belonging=Belonging.CARD, owner=ResidentId("p-1"), holder=ME, since=AT)
    assert [c for c in commands(with_custody(gone, i1=orphaned)) if isinstance(c, OrphanCustody)] == []


def test_another_holding_is_another_orphaning() -> None:
    """The same person isolated a second time with the same card answers anew."""
    gone = one(request(), me=person(isolated=True))
    seen = [with_custody(gone, i1=kept(holdings=times)) for times in (1, 3)]
    ids = {r.command_id for board in seen for r in due(board, AT) if isinstance(r.command, OrphanCustody)}
    assert len(ids) == len(seen)


def test_a_long_list_is_orphaned_in_parts() -> None:
    """One save has a named maximum; the rest follows in the same drain."""
    seen = with_custody(one(request(), me=person(isolated=True)), **{f"i{n}": kept() for n in range(TOGETHER_MAX + 1)})
    sizes = [len(found.custodies) for found in commands(seen) if isinstance(found, OrphanCustody)]
    assert sizes == [TOGETHER_MAX, 1]
