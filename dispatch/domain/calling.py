"""Commands of a calling round: ring, reach, order a visit, see, alarm, find a need, hand over, close (R14, R15)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from . import resident as residents
from .calling_round import (
    ANSWERED,
    ROUND_MAX,
    WRONG_CODES_MAX,
    AttemptRecorded,
    CallingRound,
    CallsHandedOver,
    Closed,
    CodeChecked,
    DueItem,
    Excused,
    Item,
    ItemExcused,
    RoundClosed,
    RoundEscalated,
    RoundStarted,
    UnderWay,
    item_of,
    known,
    round_stream,
    rung,
)
from .community import registered
from .decider import NOTHING, Absent, Changes, Decision, Read
from .errors import Refused, Unknown
from .responder import Responder, serving
from .values import DESK, Account, Code, Command, Fact, Instant, ResidentId, ResponderId, RoundId


class CallOutcome(StrEnum):
    """Why a call did not reach the household."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    HUNG_UP = "hung_up"
    WRONG_NUMBER = "wrong_number"
    SWITCHED_OFF = "switched_off"


class RoundCommand(Command):
    """Base of the commands about one calling round."""

    round: RoundId


class ItemCommand(RoundCommand):
    """Base of the commands about one household of a round, by the person who is asked for."""

    resident: ResidentId


class StartRound(RoundCommand):
    """
    Begin a round over the households of these people, in this order.

    Without `attempts_max` the policy's number holds. `visit_by` is until when a visit shall be done,
    the same day by default of the façade; at `ends_at` a person is called about what has no outcome.
    """

    residents: Annotated[tuple[ResidentId, ...], Field(min_length=1, max_length=ROUND_MAX)]
    callers: Annotated[tuple[ResponderId, ...], Field(min_length=1, max_length=ROUND_MAX)]
    attempts_max: Annotated[int, Field(ge=1, le=10)] | None = None
    visit_kind: Code
    visit_by: Instant
    ends_at: Instant


class RecordAttempt(ItemCommand):
    """Record a call that did not reach the household; `attempt` counts the calls of this household from 1."""

    attempt: Annotated[int, Field(ge=1)]
    outcome: CallOutcome


class ExcuseItem(ItemCommand):
    """Take a household off the round, with the reason."""

    reason: Code


class HandOverCalls(RoundCommand):
    """Give the open households of one caller to another; `hand_over` counts those of the round from 1."""

    hand_over: Annotated[int, Field(ge=1)]
    caller: ResponderId
    to: ResponderId
    reason: Code


class RecordCodeCheck(ItemCommand):
    """Record whether what a caller said matched; `check` counts the checks of this household from 1."""

    check: Annotated[int, Field(ge=1)]
    matched: bool


class EscalateRound(RoundCommand):
    """Call a person about the households that have no outcome at the end."""


class CloseRound(RoundCommand):
    """Close a round in which every household has an outcome."""


def caller_may_call(read: Read, command: Command, caller: ResponderId) -> Responder:
    """
    Return a caller; callers see phone numbers, so they are of the desk's roles (R34: visible to few).

    Raises
    ------
    Refused
        ``not_a_caller``; or nobody of this id serves here.
    """
    state = serving(read, command.community, caller)
    if state.role not in DESK:
        raise Refused(
            "not_a_caller",
            f"{caller} ({state.role}) may not see phone numbers. Let staff or a building lead call.",
            responder=caller,
        )
    return state


def start_round(command: StartRound, read: Read) -> Decision:
    """Begin a round: each household once, its last caller again when on duty, the others shared evenly (R15)."""
    stream = round_stream(command.community, command.round)
    community = registered(read, command.community)
    if not isinstance(read(stream), Absent):
        raise Refused("round_exists", f"Round {command.round} exists already. Use another id.", round=command.round)
    if min(command.visit_by, command.ends_at) <= command.at:
        raise Refused("ends_before_start", "The round would end before it begins. Give an end that lies ahead.")
    if command.visit_by > command.ends_at:
        raise Refused(
            "visit_after_end",
            "A visit would be due after the round has ended and a person was called about it. "
            "Give an end that is not before the visits.",
        )
    if community.catalogue.find(command.visit_kind) is None:
        raise Unknown("kind", command.visit_kind, now="Adopt a catalogue that has a kind for visits.")
    callers = {c: caller_may_call(read, command, c) for c in command.callers}
    on_duty = {
        c: state for c, state in callers.items() if state.on_duty(command.at) and not state.isolated and not state.out
    }
    if not on_duty:
        raise Refused("nobody_on_duty", "None of the callers is on duty now. Plan a shift, or name somebody who is.")
    people = {r: residents.present(read, command.community, r) for r in command.residents}
    _each_household_once(command, people)
    callers_of = _dealt(people, on_duty)
    items = tuple(
        DueItem(resident=r, household=person.household, caller=callers_of[r], no_phone=person.no_phone)
        for r, person in people.items()
    )
    fact = RoundStarted(
        items=items,
        attempts_max=command.attempts_max or community.policy.call_attempts_max,
        visit_kind=command.visit_kind,
        visit_by=command.visit_by,
        ends_at=command.ends_at,
        started_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def _each_household_once(command: StartRound, people: Mapping[ResidentId, residents.Resident]) -> None:
    households = [person.household for person in people.values()]
    if len(set(households)) != len(command.residents):
        raise Refused("household_twice", "A household is on the list twice. Name one person of each household, once.")


def _dealt(
    people: Mapping[ResidentId, residents.Resident], callers: Mapping[ResponderId, Responder]
) -> dict[ResidentId, ResponderId]:
    """Give each household the caller who reached it last, if there (R15); the rest to whoever has fewest."""
    order = list(callers)
    able = {r: [c for c in order if callers[c].resident != r] for r in people}
    before = {r: next((c for c in able[r] if c == person.called_by), None) for r, person in people.items()}
    dealt = {r: caller for r, caller in before.items() if caller is not None}
    counts = {c: sum(caller == c for caller in dealt.values()) for c in order}
    for resident in people:
        if not able[resident]:
            raise themselves(resident, order[0])
        if resident not in dealt:
            caller = min(able[resident], key=lambda c: (counts[c], order.index(c)))
            dealt[resident] = caller
            counts[caller] += 1
    return dealt


def themselves(resident: ResidentId, responder: ResponderId) -> Refused:
    """Return the refusal for somebody who would look after themselves: nobody would notice if they fell silent."""
    return Refused(
        "not_themselves",
        f"Responder {responder} is resident {resident} and cannot look after themselves. Name somebody else.",
        resident=resident,
        responder=responder,
    )


def open_item(command: ItemCommand, read: Read) -> tuple[CallingRound, Item]:
    """
    Return a round and an item of it that may still change.

    Raises
    ------
    Refused
        ``round_over``, ``not_on_the_round``.
    """
    state = known(read, command.community, command.round)
    item = item_of(state, command.resident)
    if not isinstance(state, UnderWay):
        raise Refused("round_over", f"Round {command.round} is closed. Start another one.", round=command.round)
    return state, item


def item_state(command: ItemCommand, item: Item) -> Refused:
    """Return the refusal for an item that is not that far, or further."""
    stage = type(item).__name__
    return Refused(
        "item_state",
        f"Resident {command.resident} is {stage} on round {command.round}; this does not apply now. Look at the round.",
        resident=command.resident,
        item=stage,
    )


def spoken_by(command: Command) -> Account:
    """Return whose word it is: of whom it is said on behalf, else of who says it."""
    return command.on_behalf_of or command.actor.id


def own_call(command: ItemCommand, item: Item) -> None:
    """
    A call is recorded by its caller, or on the caller's behalf with both names stored (R15: the same caller).

    Raises
    ------
    Refused
        ``not_your_call`` says whose it is.
    """
    if spoken_by(command) != item.caller:
        raise Refused(
            "not_your_call",
            f"{spoken_by(command)} does not call resident {command.resident}; {item.caller} does. "
            "Hand the call over, or record it on the caller's behalf.",
            actor=command.actor.id,
            responder=item.caller,
        )


def next_attempt(command: ItemCommand, item: Item, attempt: int) -> None:
    """
    Refuse an attempt that is not the next one of this household.

    Raises
    ------
    Refused
        ``attempt_order`` says which one is next.
    """
    if attempt != rung(item) + 1:
        raise Refused(
            "attempt_order",
            f"Resident {command.resident} was rung {rung(item)} times; this would be attempt {attempt}. "
            f"Record attempt {rung(item) + 1}.",
            resident=command.resident,
            attempt=rung(item) + 1,
        )


def record_attempt(command: RecordAttempt, read: Read) -> Decision:
    """Record a call nobody answered; after the last one the household waits for a visit."""
    _, item = open_item(command, read)
    own_call(command, item)
    made = item.attempts[command.attempt - 1 :]
    if made and made[0].outcome == command.outcome:
        return NOTHING
    next_attempt(command, item, command.attempt)
    if item.has_outcome:
        raise item_state(command, item)
    return one(command, rang(command, item, attempt=command.attempt, outcome=command.outcome))


def rang(command: ItemCommand, item: Item, *, attempt: int, outcome: str) -> AttemptRecorded:
    """Return the fact of one call."""
    return AttemptRecorded(
        resident=command.resident, attempt=attempt, caller=item.caller, outcome=outcome, attempted_at=command.at
    )


def was_answered(item: Item, attempt: int) -> bool:
    """Tell whether this very call was answered."""
    return attempt <= rung(item) and item.attempts[attempt - 1].outcome == ANSWERED


def excuse_item(command: ExcuseItem, read: Read) -> Decision:
    """Take a household off the round: away, in hospital, or its data are being erased."""
    _, item = open_item(command, read)
    if isinstance(item, Excused):
        return NOTHING
    if item.has_outcome:
        raise item_state(command, item)
    return one(command, ItemExcused(resident=command.resident, reason=command.reason, excused_at=command.at))


def hand_over_calls(command: HandOverCalls, read: Read) -> Decision:
    """Give what a caller has not finished to another one."""
    state = known(read, command.community, command.round)
    other = caller_may_call(read, command, command.to)
    if command.hand_over <= state.hand_overs or command.caller == command.to or not isinstance(state, UnderWay):
        return NOTHING
    if command.hand_over != state.hand_overs + 1:
        raise Refused("hand_over_order", f"Hand-over {state.hand_overs + 1} is the next one. Look at the round.")
    open_ones = tuple(r for r in state.left if state.items[r].caller == command.caller)
    if not open_ones:
        return NOTHING
    if other.resident in open_ones:
        raise themselves(other.resident, command.to)
    fact = CallsHandedOver(residents=open_ones, caller=command.to, reason=command.reason, handed_over_at=command.at)
    return one(command, fact)


def record_code_check(command: RecordCodeCheck, read: Read) -> Decision:
    """Record a check of the caller's code (R15); after five wrong ones nobody may guess on."""
    _, item = open_item(command, read)
    if command.check <= len(item.checks) and item.checks[command.check - 1] is command.matched:
        return NOTHING
    if item.checks.count(False) >= WRONG_CODES_MAX:
        raise Refused(
            "code_locked",
            f"The code of resident {command.resident} was wrong {WRONG_CODES_MAX} times. "
            "Let the household ring the community's own number.",
            resident=command.resident,
        )
    if command.check != len(item.checks) + 1:
        raise Refused("check_order", f"Check {len(item.checks) + 1} is the next one. Check again.")
    fact = CodeChecked(resident=command.resident, check=command.check, matched=command.matched, checked_at=command.at)
    return one(command, fact)


def escalate_round(command: EscalateRound, read: Read) -> Decision:
    """Call the duty contact, once, about the households that nobody has reached or seen by the end."""
    state = known(read, command.community, command.round)
    if state.escalated or not isinstance(state, UnderWay) or not state.left or state.ends_at > command.at:
        return NOTHING
    duty = registered(read, command.community).duty
    return one(command, RoundEscalated(to=duty, left=state.left, escalated_at=command.at))


def close_round(command: CloseRound, read: Read) -> Decision:
    """Close a round; nobody is missed, so every household needs an outcome first (R14, R33)."""
    state = known(read, command.community, command.round)
    if isinstance(state, Closed):
        return NOTHING
    if state.left:
        raise Refused(
            "households_left",
            f"{len(state.left)} households of round {command.round} have no outcome. Reach, see or excuse them first.",
            round=command.round,
            count=len(state.left),
        )
    return one(command, RoundClosed(closed_at=command.at))


def one(command: RoundCommand, *facts: Fact) -> Decision:
    """Return the decision that only the round's own stream changes."""
    return (Changes(round_stream(command.community, command.round), facts),)
