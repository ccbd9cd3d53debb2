"""
Every changing verb of the façade under random commands, beside a pocket-book of plain dicts.

After each step: the invariants of the log on the new rows (S1–S5, S7, S8, S10, S11, S13, custody and
lots), the pocket-book (S2, S3, S12), and after each tick what must not wait (L1, L2, L3, L5), what
people see (S9), and that a second tick finds nothing to do. At the end the log replays byte for byte.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from dispatch import Actor, Dispatch, NumberedIds, Policy, Refused, Role, VirtualClock
from dispatch.audit import Checker, Log, overdue, replay, stale_lines, stranded
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.reactions import Watch, due, erasable, next_change_at
from dispatch.store.journal import Answer, Journal
from tests.servers import fresh_database
from tests.stateful.facade_model import Model
from tests.stateful.facade_people import DUTY, PEOPLE, PLACES, RIDES, ROUNDS, STOCK
from tests.stateful.facade_said import Draw, NothingToSayError, Pick
from tests.stateful.facade_town import DUSK, HERE, POLICY, START, World, settle
from tests.stateful.facade_work import CUSTODY, OFFERS, REQUESTS, WORK

VERBS: dict[str, Draw] = REQUESTS | OFFERS | WORK | CUSTODY | PLACES | PEOPLE | DUTY | ROUNDS | STOCK | RIDES
NOW = timedelta(0)
SEEDS = st.integers(0, 2**32 - 1)
SELDOM_MAX = 3
"""Verbs that even many histories may never come to, such as joining a visit at the very same door."""
LEFT_MIN = 2
"""As many residents are left to be helped."""
MOVES = {
    "open_request",
    "accept",
    "decline",
    "complete",
    "cancel",
    "take_custody",
    "receive_goods",
    "set_control_level",
}
"""Verbs without which a run proves little."""
MADE = {
    "take_custody": "custody",
    "start_series": "series",
    "order_duty": "duty",
    "apply_for_pass": "pass",
    "register_car": "car",
}
OPENED = ("open_request", "reopen", "book_ride", "order_visit", "find_need")
APART = {
    "assign_post": "needs a shift that covers it: tests/engine/test_duty.py",
    "relieve_post": "needs a shift that covers it: tests/engine/test_duty.py",
    "check_presence": "needs a shift that covers it: tests/engine/test_duty.py",
    "begin_standby": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "end_standby": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "call_up": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "come": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "decline_duty": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "release_deployed": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "note_notice": "takes a matter that a short history may not have: tests/engine/test_notices.py",
    "give_post_note": "takes two people at one post: tests/engine/test_post_notes.py",
    "acknowledge_post_note": "takes two people at one post: tests/engine/test_post_notes.py",
    "stand_down": "a call-up takes more steps than a short history has: tests/engine/test_standby.py",
    "adopt_shipped_policy": "is `adopt_policy`, which is drawn: tests/engine/test_policies.py",
    "batch": "the town is settled in one; its verbs are the same",
    "close": "reopening closes",
    "drain": "tick drains",
    "erase": "a rule of its own",
    "open": "reopening opens",
    "register_community": "the town begins with it",
    "tick": "a rule of its own",
    "unpark": "nothing is parked unless a log is damaged, see tests/engine/test_outages.py",
    "caller_code": "reads; records only that it was read",
    "check_caller_code": "needs the code, which is computed from a key: tests/engine/test_rounds.py",
    "flags": "reads; records only that it was read",
    "ledger": "reads; records only that it was read",
    "reveal": "reads; records only that it was read",
}
"""Verbs that may write and that the rules do not draw, with the reason."""

READS = {
    *("call_up_state", "notice", "notices", "post_note", "post_note_draft", "post_notes", "roster", "standby_pool"),
    *("board", "board_for", "board_of", "calling_round", "car", "cars", "case_plan", "census", "communities"),
    *("control_levels", "custody", "custody_lines", "custody_of", "daily_report", "distribution", "due_for_round"),
    *("duty_task", "entries", "escalation", "find_resident", "grants", "group_post", "hand_over", "isolated_map"),
    *("ladder_contacts", "laggards", "level_rules", "likely_duplicates", "locate", "lot", "lots", "medical_pass"),
    *("my_work", "next_change_at", "occurrences", "offer_message", "paper_sheet", "parked", "passes", "position"),
    *("policy", "quotas", "register_of", "request", "resident", "responder", "responsible_for", "ride", "rides"),
    *("round_coverage", "rules_at", "series", "subscribe", "timeline", "timeline_for", "who_may", "wrong_side"),
    *("wrong_side_list", "wrong_side_lists"),
}
"""Verbs that write nothing."""


class FacadeMachine(RuleBasedStateMachine):
    """One community, whose store may be closed and opened again."""

    store: ClassVar[str] = "sqlite:///:memory:"
    policy: ClassVar[Policy] = POLICY
    reached: ClassVar[Counter[str]]
    refused: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.ids = VirtualClock(START), NumberedIds()
        self.address = self.fresh()
        self.engine = Dispatch.open(self.address, clock=self.clock, ids=self.ids)
        self.model, self.checker, self.watch = Model(), Checker(), Watch()
        self.world: World = settle(self.engine, START, policy=self.policy)
        self.model.roles.update({"worker": {"community_worker"}, "dusk": set(), "night-lead": set()})
        self.said: list[tuple[str, dict[str, Any], Any]] = []
        self.numbers = self.picks = 0
        self.listen()

    def fresh(self) -> str:
        """Return the address of an empty store."""
        return self.store

    # -- saying --------------------------------------------------------------------------

    def pick(self, seed: int) -> Pick:
        """Return what draws arguments from the community as it is."""
        self.picks += 1
        return Pick(f"{seed}/{self.picks}", self.engine, model=self.model, world=self.world, now=self.clock.now)

    def about(self, verbs: Mapping[str, Draw], seed: int) -> None:
        """Say something to one of some verbs for which there is something to be said."""
        pick = self.pick(seed)
        for verb in pick.shuffled(sorted(verbs)):
            try:
                said = verbs[verb](pick)
            except NothingToSayError:
                continue
            return self.say(verb, self.spoken(pick, said))
        return None

    def say(self, verb: str, given: Mapping[str, Any]) -> None:
        """Say something to a verb; refused, nothing but the refusal is recorded."""
        self.clock.move_to(self.clock.now + timedelta(seconds=1))
        before = self.engine.position()
        self.numbers += 1
        said = {**given, "command_id": f"said-{self.numbers}"}
        try:
            answer = getattr(self.engine, verb)(HERE, **said)
        except Refused as refusal:
            self.refused[f"{verb}: {refusal.code}"] += 1
            assert self.engine.position() == before, f"{verb} was refused and has written"
            return
        self.reached[verb] += 1
        self.listen()
        if answer.events if isinstance(answer, Answer) else self.engine.position() > before:
            self.model.acked.add(said["command_id"])
            self.model.heard(verb, said, answer)
        self.made(verb, said, answer)
        self.said = [*self.said[-11:], (verb, said, answer)]

    def spoken(self, pick: Pick, said: dict[str, Any]) -> dict[str, Any]:
        """Let somebody speak: mostly the desk, now and then a helper, a resident, or an account with no role."""
        if "by" in said or not pick.rarely():
            return said
        who = pick.one((pick.responder(), pick.resident(), DUSK.id))
        role = self.world.people.get(who)  # type: ignore[call-overload]
        actor = DUSK if who == DUSK.id else Actor(id=who, role=role or Role.RESIDENT)
        return {**said, "by": actor}

    def made(self, verb: str, said: dict[str, Any], answer: Any) -> None:
        """Remember the id that a verb has made."""
        if verb in OPENED:
            self.world.requests.append(answer)
        elif verb in MADE:
            self.world.of(MADE[verb]).append(answer)
        elif verb == "erase" and said["person"] in self.world.residents:
            self.world.residents.remove(said["person"])
            self.world.gone.append(said["person"])
        elif verb == "register_resident":
            self.world.residents.append(answer)
        elif verb == "register_responder":
            self.world.people[answer] = said["role"]

    def listen(self) -> None:
        """Give the new rows of the log to the checker and to the pocket-book."""
        seen = self.checker.position
        for row in Log(self.engine.journal.recorder).rows(gt=seen):
            self.checker.take(row)
        self.checker.settle()
        for event in self.engine.subscribe(after=seen, community=HERE):
            kind, _, name = event.stream.removeprefix(f"{HERE}/").partition("/")
            if kind == "responder":
                self.model.hear(name, event.fact)

    # -- rules ---------------------------------------------------------------------------

    @rule(seed=SEEDS)
    def about_requests(self, seed: int) -> None:
        """Something about a request as a whole."""
        self.about(REQUESTS, seed)

    @precondition(lambda self: bool(self.model.open_offers()))
    @rule(seed=SEEDS)
    def about_offers(self, seed: int) -> None:
        """An answer to an offer."""
        self.about(OFFERS, seed)

    @precondition(lambda self: bool(self.model.work()))
    @rule(seed=SEEDS)
    def about_work(self, seed: int) -> None:
        """A report about a leg, its goods or its shopping list."""
        self.about(WORK, seed)

    @rule(seed=SEEDS)
    def about_custody(self, seed: int) -> None:
        """Cards, keys and money go from hand to hand."""
        self.about(CUSTODY, seed)

    @rule(seed=SEEDS)
    def about_places(self, seed: int) -> None:
        """Control levels, sides, registers."""
        self.about(PLACES, seed)

    @rule(seed=SEEDS)
    def about_people(self, seed: int) -> None:
        """Isolation, exclusions, plans, duties."""
        self.about(PEOPLE, seed)

    @rule(seed=SEEDS)
    def about_duty(self, seed: int) -> None:
        """Who is there, who stands in, who may what."""
        self.about(DUTY, seed)

    @rule(seed=SEEDS)
    def about_rounds(self, seed: int) -> None:
        """Households are rung."""
        self.about(ROUNDS, seed)

    @rule(seed=SEEDS)
    def about_stock(self, seed: int) -> None:
        """Goods come and go."""
        self.about(STOCK, seed)

    @rule(seed=SEEDS)
    def about_rides(self, seed: int) -> None:
        """Series, passes, cars, rides."""
        self.about(RIDES, seed)

    @rule(seed=SEEDS)
    def somebody_calls(self, seed: int) -> None:
        """A call for help, and what it brings about."""
        self.about({"open_request": REQUESTS["open_request"]}, seed)
        self.tick()

    @precondition(lambda self: bool(self.model.open_offers()))
    @rule(seed=SEEDS)
    def everybody_answers(self, seed: int) -> None:
        """All who are asked say yes, and the work goes on."""
        for offer in self.model.open_offers():
            self.say("accept", {"offer_id": offer})
        self.about({"complete": WORK["complete"]}, seed)
        self.tick()

    @rule(seed=SEEDS)
    def a_ride_is_agreed(self, seed: int) -> None:
        """Application, judgement, pass, booking; whatever of it fits now."""
        pick = self.pick(seed)
        for verb in ("apply_for_pass", "review_pass", "issue_pass", "issue_car_permit", "book_ride"):
            self.about({verb: RIDES[verb]}, seed)
        if pick.yes():
            self.tick()

    @precondition(lambda self: len(self.world.residents) > LEFT_MIN)
    @rule(seed=SEEDS)
    def somebody_is_erased(self, seed: int) -> None:
        """Somebody wants everything about them erased; a queued command about them comes too late."""
        pick = self.pick(seed)
        if pick.rarely():
            self.say("erase", {"person": pick.responder(Role.VOLUNTEER) if pick.rarely() else pick.resident()})
            self.tick()

    @precondition(lambda self: bool(self.said))
    @rule(seed=SEEDS)
    def somebody_says_it_again(self, seed: int) -> None:
        """The same command id: with the same body the same answer, with another body refused; nothing is written."""
        verb, said, answer = self.pick(seed).one(self.said)
        self.tick()  # `erase` finishes what is due, said again too
        before = self.engine.position()
        again = getattr(self.engine, verb)(HERE, **said)
        if isinstance(answer, Answer):
            assert again.events == answer.events, verb
            assert again.repeated, verb
        else:
            assert again == answer, verb
        with pytest.raises(Refused) as refusal:
            self.engine.set_duty_contact(HERE, "another-desk", command_id=said["command_id"])
        assert refusal.value.code == "command_id_reused"
        assert self.engine.position() == before, f"{verb} said again has written"

    @rule(minutes=st.sampled_from((1, 4, 11, 16, 45, 180, 900, 2_900)))
    def time_passes(self, minutes: int) -> None:
        """What time alone brings."""
        self.clock.move_to(self.clock.now + timedelta(minutes=minutes))
        self.tick()

    @rule()
    def tick(self) -> None:
        """Everything that is due is fired and shared out; then the community is at rest."""
        tick = self.engine.tick()
        assert all(drained.complete and not drained.parked for drained in tick.drained)
        self.listen()
        rests_at = self.engine.position()
        self.engine.tick()
        assert self.engine.position() == rests_at, "a second tick found something to do (L4)"
        board, now = self.engine.board_of(HERE), self.clock.now
        late = stranded(board, now, grace=NOW)
        assert not late, late
        timers = overdue(board, now, grace=NOW, answered=self.engine.journal.answered)
        assert not timers, timers
        stale = stale_lines(board, self.engine.board(HERE))
        assert stale == []
        self.model.rests(board)

    @rule()
    def the_engine_is_reopened(self) -> None:
        """Another engine on the same log sees what this one saw (S9, S12)."""
        board = self.engine.board_of(HERE)
        self.reopen()
        assert self.engine.board_of(HERE) == board

    def reopen(self) -> None:
        """Put another engine, which knows nothing yet, on the same store: memory is gone when it is closed."""
        old = self.engine
        self.engine = Dispatch(
            journal=Journal(old.journal.recorder),
            sealer=old.sealer,
            settings=old.settings,
            wake=old.wake,
            clock=self.clock,
            ids=self.ids,
            actor=old.actor,
        )

    # -- after each step -----------------------------------------------------------------

    @invariant()
    def the_log_holds_its_promises(self) -> None:
        """No invariant is broken by the rows so far."""
        assert self.checker.found == ()

    @invariant()
    def the_pocket_book_agrees(self) -> None:
        """What a bystander wrote down is what the engine says."""
        self.model.agrees_with(self.engine.board_of(HERE), self.checker)

    @invariant()
    def what_is_due_is_found(self) -> None:
        """Looking only at what has changed finds what looking at everything finds."""
        board, at = self.engine.board_of(HERE), self.clock.now
        assert self.watch.due(board, at) == due(board, at)
        assert self.watch.erasable(board, at) == erasable(board)
        assert self.watch.next_change_at(board, at) == next_change_at(board, at)

    def teardown(self) -> None:
        """Every decision of the whole history is made again, byte for byte."""
        report = replay(Log(self.engine.journal.recorder))
        self.engine.close()
        assert report.findings == report.unchecked == ()


def run(machine: type[FacadeMachine], *, examples: int, steps: int) -> Counter[str]:
    """Run a machine; return which verbs were accepted how often."""
    accepted = Counter[str]()
    counted = type("Counted", (machine,), {"reached": accepted, "refused": Counter[str]()})
    run_state_machine_as_test(counted, settings=settings(max_examples=examples, stateful_step_count=steps))
    return accepted


def test_the_facade_keeps_its_promises() -> None:
    """Random histories of one community; together they get somewhere with most verbs."""
    accepted = run(FacadeMachine, examples=30, steps=60)
    assert len(accepted) > len(VERBS) // 2, sorted(set(VERBS) - set(accepted))
    assert {verb for verb in MOVES if not accepted[verb]} == set()


class _Planning(FacadeMachine):
    """The same under the policy that plans ahead: drained with a memory, replayed without."""

    policy = EVERYDAY_LATE.model_copy(update={"overtaken_max": 2, "triage_within_s": 600})


def test_the_facade_keeps_its_promises_while_it_plans() -> None:
    """Fewer and shorter histories, because what is recorded of them is decided again from nothing at the end."""
    accepted = run(_Planning, examples=10, steps=50)
    assert accepted["open_request"]
    assert accepted["accept"]


@pytest.mark.slow
def test_the_facade_keeps_its_promises_for_long() -> None:
    """Many and long histories; together they get somewhere with nearly every verb."""
    accepted = run(FacadeMachine, examples=400, steps=150)
    assert len(set(VERBS) - set(accepted)) <= SELDOM_MAX, sorted(set(VERBS) - set(accepted))


class _Lasting(FacadeMachine):
    """The same on a store that outlives its engine: reopening closes it."""

    def reopen(self) -> None:
        """Close the engine and open another one."""
        self.engine.close()
        self.engine = Dispatch.open(self.address, clock=self.clock, ids=self.ids)


@pytest.mark.slow
def test_the_facade_keeps_its_promises_on_a_file(tmp_path: Path) -> None:
    """A file that is closed and opened again."""

    class OnFile(_Lasting):
        numbers_of_files = itertools.count()

        def fresh(self) -> str:
            return f"sqlite:///{tmp_path}/{next(self.numbers_of_files)}.db"

    assert run(OnFile, examples=20, steps=60)


@pytest.mark.slow
def test_the_facade_keeps_its_promises_on_postgresql(postgres_url: str) -> None:
    """A database that is left and connected to again."""

    class OnPostgres(_Lasting):
        def fresh(self) -> str:
            self.opened = ExitStack()
            return self.opened.enter_context(fresh_database(postgres_url, prefix="facade"))

        def teardown(self) -> None:
            with self.opened:
                super().teardown()

    assert run(OnPostgres, examples=8, steps=50)


def test_every_verb_is_drawn_or_excused() -> None:
    """A verb that is added to the façade is added to the machine, or listed with the reason why not."""
    verbs = {name for name in dir(Dispatch) if not name.startswith("_") and callable(getattr(Dispatch, name))}
    known = [*VERBS, *APART, *READS]
    assert len(known) == len(set(known))
    assert verbs == set(known)
