"""
Notice (提醒): a person is called about something that is no request, step after step, until somebody takes note.

A floor that nobody serves, a round that ended with households unvisited, a list of people on the wrong side, things
whose holder dropped out, goods that wait, a belonging still kept after its request was over, a hand-over note of a
post that nobody took over. Calling → Noted, or Exhausted → Noted; Cleared when the matter is settled by itself, and
Calling again when it comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .climbing import Named, out_of_reach
from .community import registered
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read, as_stage
from .errors import Refused, Unknown, impossible
from .policy import LadderStep, Policy
from .values import Account, Code, Command, CommunityId, Fact, Instant, NoticeId, Place, Stream, Urgency, stream_of

ABOUT_MAX = 50
"""Ids that are written down with a matter."""

HOLDER, RECEIVER = "holder", "receiver"
"""Who is reminded before the duty contact: who keeps a belonging, and for whom a hand-over note is."""
DUTY = "duty"


class Matter(StrEnum):
    """What a person is called about."""

    FLOOR_UNSERVED = "floor_unserved"
    CALLS_WITHOUT_CALLER = "calls_without_caller"
    ROUND_LEFT = "round_left"
    WRONG_SIDE = "wrong_side"
    CUSTODY_ORPHANED = "custody_orphaned"
    CUSTODY_KEPT = "custody_kept"
    GOODS_WAITING = "goods_waiting"
    POST_NOTE_LEFT = "post_note_left"


About = Annotated[tuple[Account, ...], Field(max_length=ABOUT_MAX)]


class NoticeBegun(Fact):
    """
    Something came up that a person must know.

    `told` was called about it already, by the event that brought it, and has until `answer_by`.
    """

    TOPIC: ClassVar[str] = "notice.begun"
    matter: Matter
    place: Place
    about: About = ()
    told: Account | None = None
    answer_by: Instant | None = None
    begun_at: Instant


class NoticeCalled(Fact):
    """Somebody is called and has until `answer_by` to take note."""

    TOPIC: ClassVar[str] = "notice.called"
    step: Code
    to: Account
    answer_by: Instant
    called_at: Instant


class NoticeStepSkipped(Fact):
    """A step that reaches nobody is not waited for; the reason says why."""

    TOPIC: ClassVar[str] = "notice.step_skipped"
    step: Code
    reason: Code
    skipped_at: Instant


class NoticeExhausted(Fact):
    """Nobody is left to call and nobody took note: whoever embeds this may tell somebody outside."""

    TOPIC: ClassVar[str] = "notice.exhausted"
    exhausted_at: Instant


class NoticeNoted(Fact):
    """A named person took note and sees to it."""

    TOPIC: ClassVar[str] = "notice.noted"
    by: Account
    noted_at: Instant


class NoticeCleared(Fact):
    """The matter is settled: nobody needs to be called any more."""

    TOPIC: ClassVar[str] = "notice.cleared"
    cleared_at: Instant


@dataclass(frozen=True, slots=True)
class Notice:
    """
    Base of a notice's states.

    `turn` counts the events, so that each timer has an id of its own; `called` are (step, account).
    """

    matter: Matter
    place: Place
    about: tuple[str, ...]
    begun_at: datetime
    called: tuple[tuple[str, str], ...] = ()
    passed: tuple[str, ...] = ()
    answer_by: datetime | None = None
    by: str | None = None
    turn: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the matter stands, noted or not."""
        return not isinstance(self, Cleared)


class Calling(Notice):
    """Somebody is called, or about to be."""

    __slots__ = ()


class Exhausted(Notice):
    """Everybody was called and nobody took note."""

    __slots__ = ()


class Noted(Notice):
    """`by` sees to it."""

    __slots__ = ()


class Cleared(Notice):
    """Settled; it may come back."""

    __slots__ = ()


def evolve(state: Any, event: Fact) -> Any:
    """Return the notice after one of its events."""
    match state, event:
        case ((Absent() | Cleared()), NoticeBegun()):
            told = ((DUTY, event.told),) if event.told is not None else ()
            turn = 1 if isinstance(state, Absent) else state.turn + 1
            passed = tuple(step for step, _ in told)
            return Calling(
                event.matter, event.place, event.about, event.begun_at, told, passed, event.answer_by, turn=turn
            )
        case Calling(), NoticeCalled():
            called = (*state.called, (event.step, event.to))
            return _passed(replace(state, called=called, answer_by=event.answer_by), event.step)
        case Calling(), NoticeStepSkipped():
            return _passed(state, event.step)
        case Calling(), NoticeExhausted():
            return _become(Exhausted, replace(state, answer_by=None))
        case ((Calling() | Exhausted()), NoticeNoted()):
            return _become(Noted, replace(state, by=event.by, answer_by=None))
        case ((Calling() | Exhausted() | Noted()), NoticeCleared()):
            return _become(Cleared, replace(state, answer_by=None))
        case _:
            raise impossible(event, state)


def _passed(state: Notice, step: str) -> Notice:
    return replace(state, passed=(*state.passed, step), turn=state.turn + 1)


def _become(stage: type[Notice], state: Notice) -> Notice:
    return as_stage(Notice, stage, state, turn=state.turn + 1)


NOTICE = Aggregate(
    name="notice",
    evolve=evolve,
    facts=(NoticeBegun, NoticeCalled, NoticeStepSkipped, NoticeExhausted, NoticeNoted, NoticeCleared),
)


class NoticeCommand(Command):
    """Base of the commands about one notice."""

    notice: NoticeId


class BeginNotice(NoticeCommand):
    """Begin to call people about a matter; the drain reads it, and who could be called, off its board."""

    matter: Matter
    place: Place
    about: About = ()
    told: Account | None = None
    named: tuple[Named, ...]


class ClimbNotice(NoticeCommand):
    """Call the next step, when whoever was called took no note in time."""

    turn: int
    named: tuple[Named, ...]


class NoteNotice(NoticeCommand):
    """Take note, and see to it."""


class ClearNotice(NoticeCommand):
    """Call nobody any more, because the matter is settled; `turn` names what it answers."""

    turn: int


def notice_id(matter: Matter, key: str) -> NoticeId:
    """Return the id of the notice about a matter: the same for the same, whoever finds it."""
    return NoticeId(f"a-{hashlib.blake2b(f'{matter}{chr(31)}{key}'.encode(), digest_size=8).hexdigest()}")


def notice_stream(community: CommunityId, notice: NoticeId) -> Stream:
    """Return the stream of one notice."""
    return stream_of(community, "notice", notice)


def steps_of(policy: Policy, matter: Matter) -> tuple[LadderStep, ...]:
    """
    Return who is called in turn: the ladder from the duty contact on.

    Before them a belonging's holder, and for whom a hand-over note of a post is.
    """
    names = [step.name for step in policy.ladder]
    office = policy.ladder[names.index(DUTY) :] if DUTY in names else policy.ladder
    match matter:
        case Matter.CUSTODY_KEPT:
            return (LadderStep(name=HOLDER, within_s=(policy.custody_return_s,) * 4), *office)
        case Matter.POST_NOTE_LEFT:
            return (LadderStep(name=RECEIVER, within_s=(policy.post_note_within_s,) * 4), *office)
        case _:
            return tuple(office)


def known(read: Read, community: CommunityId, notice: NoticeId) -> Notice:
    """
    Return a notice.

    Raises
    ------
    Unknown
        Nobody was ever called about such a matter.
    """
    state = read(notice_stream(community, notice))
    if not isinstance(state, Notice):
        raise Unknown("notice", notice, now="Correct the id.")
    return state


def begin_notice(command: BeginNotice, read: Read) -> Decision:
    """Begin, once while the matter stands; who was told by the event that brought it is not called twice."""
    state = read(notice_stream(command.community, command.notice))
    if isinstance(state, Notice) and state.is_open:
        return NOTHING
    policy = registered(read, command.community).policy
    begun = NoticeBegun(
        matter=command.matter,
        place=command.place,
        about=command.about[:ABOUT_MAX],
        told=command.told,
        answer_by=command.at + within(policy, command.matter, DUTY) if command.told is not None else None,
        begun_at=command.at,
    )
    fresh = evolve(state, begun)
    steps = () if command.told is not None else tuple(_climb(command, fresh, read))
    return (Changes(notice_stream(command.community, command.notice), (begun, *steps)),)


def within(policy: Policy, matter: Matter, name: str) -> timedelta:
    """Return how long somebody has to take note: as for a hardship, since nobody is in danger by it alone."""
    steps = {step.name: step.within_s[Urgency.HARDSHIP.rank] for step in steps_of(policy, matter)}
    return timedelta(seconds=steps.get(name, min(steps.values())))


def climb_notice(command: ClimbNotice, read: Read) -> Decision:
    """Call the next step when the time of the last one is over; noted or settled in between, nothing happens."""
    state = known(read, command.community, command.notice)
    if not isinstance(state, Calling) or state.turn != command.turn:
        return NOTHING
    if state.answer_by is not None and state.answer_by > command.at:
        return NOTHING
    return (Changes(notice_stream(command.community, command.notice), tuple(_climb(command, state, read))),)


def _climb(command: BeginNotice | ClimbNotice, state: Notice, read: Read) -> Iterator[Fact]:
    """Yield the steps up to the first that reaches somebody; when none does, that nobody is left."""
    policy, called = registered(read, command.community).policy, {who for _, who in state.called}
    for step in steps_of(policy, state.matter):
        if step.name in state.passed:
            continue
        reason = "nobody_named"
        for account in (named.account for named in command.named if named.step == step.name):
            why = "called_already" if account in called else out_of_reach(account, command, read)
            if why is None:
                answer_by = command.at + within(policy, state.matter, step.name)
                yield NoticeCalled(step=step.name, to=account, answer_by=answer_by, called_at=command.at)
                return
            reason = why
        yield NoticeStepSkipped(step=step.name, reason=reason, skipped_at=command.at)
    yield NoticeExhausted(exhausted_at=command.at)


def note_notice(command: NoteNotice, read: Read) -> Decision:
    """
    Take note, once; who comes later is told who it was.

    Raises
    ------
    Refused
        ``notice_noted`` says who sees to it; ``notice_over``: it is settled.
    """
    state, me = known(read, command.community, command.notice), command.actor.id
    if isinstance(state, Noted):
        if state.by == me:
            return NOTHING
        raise Refused("notice_noted", f"{state.by} took note of {command.notice} already. Ask them.", actor=state.by)
    if not state.is_open:
        raise Refused("notice_over", f"What notice {command.notice} was about is settled. Nothing is left to do.")
    return (Changes(notice_stream(command.community, command.notice), (NoticeNoted(by=me, noted_at=command.at),)),)


def clear_notice(command: ClearNotice, read: Read) -> Decision:
    """Clear what is settled, noted or not."""
    state = known(read, command.community, command.notice)
    if not state.is_open or state.turn != command.turn:
        return NOTHING
    return (Changes(notice_stream(command.community, command.notice), (NoticeCleared(cleared_at=command.at),)),)
