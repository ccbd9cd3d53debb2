"""
Requests, responders, residents and the register under random commands, beside a plain dict.

The model knows one thing only: who has which place in which leg, and what became of each request.
It is moved by commands, never by events, so that it can disagree with the deciders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dispatch.domain.absence import DropOut
from dispatch.domain.aggregates import evolve
from dispatch.domain.community import Registered, control_at
from dispatch.domain.control import strictness
from dispatch.domain.decider import ABSENT, Decision
from dispatch.domain.errors import Conflict, Refused
from dispatch.domain.help_request import HelpRequest, needs_people
from dispatch.domain.intake import (
    CancelRequest,
    CloseErased,
    CloseRequest,
    ConfirmReceipt,
    GiveUpRequest,
    ReceiveRequest,
)
from dispatch.domain.leg import Assigned, Done, Failed, Mustering, Offered, Taken
from dispatch.domain.linking import (
    AwaitOthers,
    EndMerged,
    LinkDuplicate,
)
from dispatch.domain.match_run import MatchRun, RecordMatch
from dispatch.domain.offer import (
    AcceptOffer,
    CompleteLeg,
    DeclineOffer,
    FailLeg,
    LapseOffer,
    ReleaseLeg,
    RequeueLeg,
    WithdrawOffer,
)
from dispatch.domain.resident import CompleteErasure
from dispatch.domain.roster import CompleteResponderErasure
from dispatch.domain.steering import HoldRequest, RefuseApproval
from dispatch.domain.values import Command, ControlLevel, Side, community_stream, match_stream
from dispatch.domain.visit import JoinVisit
from tests.domain.any_command import (
    KINDS,
    REQUESTS,
    Said,
    any_answer,
    any_call,
    any_departure,
    any_match,
    any_news_of_people,
    any_news_of_places,
    any_report,
    any_steering,
    any_step,
    any_stray_answer,
    any_stray_report,
    any_wait,
    open_asks,
    requests_of,
    responders_of,
    taken_legs,
)
from tests.domain.given import Given
from tests.domain.test_repeats import expected_again, said_again
from tests.domain.town import RIVERSIDE, T0, calls, leg_of, request_at, town

HELD, TAKEN = "held", "taken"
ENDS = {
    CancelRequest: "Cancelled",
    GiveUpRequest: "Unfilled",
    CloseErased: "Closed",
    CloseRequest: "Closed",
    RefuseApproval: "NotApproved",
    EndMerged: "Closed",
}

OFF = {"Closed", "Cancelled", "Unfilled", "Merged"}
STEPS: dict[str, set[str]] = {
    "Absent": {"Received", "AwaitingHelp", "AwaitingApproval"},
    "Received": {"AwaitingHelp", "AwaitingApproval", "AwaitingOthers"} | OFF,
    "AwaitingApproval": {"AwaitingHelp", "AwaitingOthers", "NotApproved", "OnHold"} | OFF,
    "AwaitingOthers": {"AwaitingHelp", "OnHold"} | OFF,
    "AwaitingHelp": {"UnderWay", "AwaitingOthers", "OnHold"} | OFF,
    "UnderWay": {"AwaitingHelp", "Delivered", "OnHold"} | OFF,
    "OnHold": {"AwaitingApproval", "AwaitingOthers", "AwaitingHelp", "UnderWay", "Delivered"} | OFF,
    "Merged": {"Closed"},
    "Delivered": {"Confirmed", "Closed"},
    "Confirmed": {"Closed", "Delivered"},
    "Closed": set(),
    "Cancelled": set(),
    "Unfilled": set(),
    "NotApproved": set(),
}
"""The allowed steps of a request; whoever is not in a set of its own goes nowhere (S1)."""

MOVES: set[type[Command]] = {
    ReceiveRequest,
    RecordMatch,
    AcceptOffer,
    DeclineOffer,
    LapseOffer,
    WithdrawOffer,
    CompleteLeg,
    FailLeg,
    ReleaseLeg,
    DropOut,
    RequeueLeg,
    ConfirmReceipt,
    CloseRequest,
    CancelRequest,
    GiveUpRequest,
    CloseErased,
    CompleteErasure,
    CompleteResponderErasure,
    HoldRequest,
    LinkDuplicate,
    AwaitOthers,
    JoinVisit,
}
"""The commands that take, give and free places; a run that accepts not one of some of them proves little."""

Place = tuple[str, str]


@dataclass
class Model:
    """Who has which place (held or taken), the effort of each, and how requests ended."""

    places: dict[Place, dict[str, str]] = field(default_factory=dict)
    crews: dict[Place, int] = field(default_factory=dict)
    efforts: dict[tuple[Place, str], int] = field(default_factory=dict)
    offers: dict[str, tuple[Place, str]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    def hear(self, command: Command) -> None:
        """Take note of a command that was accepted and changed something."""
        match command:
            case RecordMatch():
                for decided in command.decided:
                    request, _, leg = decided.leg.partition("/")
                    self.places.setdefault((request, leg), {})[decided.responder] = HELD
                    self.efforts[(request, leg), decided.responder] = decided.effort
                    self.offers[decided.offer] = ((request, leg), decided.responder)
            case AcceptOffer():
                place, who = self.offers[command.offer]
                self.places[place][who] = TAKEN
            case DeclineOffer() | LapseOffer() | WithdrawOffer():
                place, who = self.offers[command.offer]
                del self.places[place][who]
            case CompleteLeg() | FailLeg():
                self.places[command.request, command.leg] = {}
            case ReleaseLeg():
                self._released((command.request, command.leg), command.responder)
            case DropOut():
                for place, step in self.of(command.responder).items():
                    if step == TAKEN:
                        self._released(place, command.responder)
                    else:
                        del self.places[place][command.responder]
            case HoldRequest() | AwaitOthers():
                for place, people in self.places.items():
                    if place[0] == command.request and not self._is_complete(place):
                        people.clear()
            case LinkDuplicate():
                self._all_free(command.request)
            case CancelRequest() | GiveUpRequest() | CloseErased() | CloseRequest() | RefuseApproval() | EndMerged():
                self.ended[command.request] = ENDS[type(command)]
                self._all_free(command.request)
            case _:
                pass

    def hear_joined(self, command: JoinVisit, offer: str, effort: int) -> None:
        """Take note that somebody has joined a leg to a visit, under this number and for this effort."""
        place = (command.request, command.leg)
        self.places.setdefault(place, {})[command.responder] = TAKEN
        self.efforts[place, command.responder] = effort
        self.offers[offer] = (place, command.responder)

    def _all_free(self, request: str) -> None:
        for place in self.places:
            if place[0] == request:
                self.places[place] = {}

    def _is_complete(self, place: Place) -> bool:
        return sum(step == TAKEN for step in self.places[place].values()) == self.crews[place]

    def _released(self, place: Place, who: str) -> None:
        people = self.places[place]
        if self._is_complete(place):
            people.clear()
        else:
            del people[who]

    def of(self, who: str) -> dict[Place, str]:
        """Return the places somebody has."""
        return {place: people[who] for place, people in self.places.items() if who in people}


class DomainMachine(RuleBasedStateMachine):
    """One community, three requests, eleven responders, three residents."""

    reached: ClassVar[Counter[type[Command]]]

    def __init__(self) -> None:
        super().__init__()
        self.given: Given = town()
        self.model = Model()
        self.now: datetime = T0
        self.stages: dict[str, str] = {}

    def say(self, data: st.DataObject, strategy: Callable[[Given, datetime], Said]) -> None:
        """Say something; what is accepted must be recordable, and said again be nothing new."""
        self.now += timedelta(seconds=1)
        command = data.draw(strategy(self.given, self.now))
        try:
            decision = self.given.decide(command)
        except (Refused, Conflict):
            return
        before = self.given
        self.given = before.and_then(command)
        self.versions_are_contiguous(before, decision)
        again = said_again(self.given, command)
        assert again == (expected_again(command) if decision else "nothing"), command
        if decision:
            self.reached[type(command)] += 1
            self.model.hear(command)
            if isinstance(command, JoinVisit):
                (ask,) = leg_of(self.given, command.leg, command.request).asks
                self.model.hear_joined(command, ask.offer, ask.effort)
            self.accepted_within_the_rules(command, before)

    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    def the_day_begins(self, kinds: list[str]) -> None:
        """Some calls came in over night."""
        for name, kind in zip(REQUESTS, kinds, strict=False):
            self.given = self.given.and_then(calls(name, kind=kind))

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes: int) -> None:
        """Timers become due."""
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: len(requests_of(self.given)) < 3)
    @rule(data=st.data())
    def somebody_calls(self, data: st.DataObject) -> None:
        """A call for help."""
        self.say(data, any_call)

    @precondition(lambda self: any(needs_people(state) for state in requests_of(self.given).values()))
    @rule(data=st.data())
    def the_drain_matches(self, data: st.DataObject) -> None:
        """A match by hand."""
        self.say(data, any_match)

    @precondition(lambda self: bool(open_asks(self.given)))
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        """An answer to an open offer."""
        self.say(data, any_answer)

    @precondition(lambda self: bool(taken_legs(self.given)))
    @rule(data=st.data())
    def somebody_reports(self, data: st.DataObject) -> None:
        """A report on taken work."""
        self.say(data, any_report)

    @precondition(lambda self: bool(requests_of(self.given)))
    @rule(data=st.data())
    def the_desk_steers(self, data: st.DataObject) -> None:
        """The next step of a request."""
        self.say(data, any_step)

    @precondition(lambda self: bool(requests_of(self.given)))
    @rule(data=st.data())
    def requests_wait(self, data: st.DataObject) -> None:
        """A hold, a link, a visit joined, a line written or voided."""
        self.say(data, any_wait)

    @rule(data=st.data(), strategy=st.sampled_from([any_stray_answer, any_stray_report, any_steering]))
    def somebody_is_mistaken(self, data: st.DataObject, strategy: Callable[[Given, datetime], Said]) -> None:
        """Something that may fit or not: late, doubled, or about what never was."""
        self.say(data, strategy)

    @rule(data=st.data(), strategy=st.sampled_from([any_news_of_people, any_news_of_places, any_departure]))
    def the_world_changes(self, data: st.DataObject, strategy: Callable[[Given, datetime], Said]) -> None:
        """People and places change under the work."""
        self.say(data, strategy)

    # ---- After each step ------------------------------------------------------------------

    def versions_are_contiguous(self, before: Given, decision: Decision) -> None:
        """Each stream is named once in a save and grows by exactly its events; the others stay (S8)."""
        grown = {stream: len(events) for stream, events in decision}
        assert len(grown) == len(decision)
        for stream in self.given.log:
            old = before.log.get(stream, ())
            assert self.given.log[stream][: len(old)] == old
            assert len(self.given.log[stream]) == len(old) + grown.get(stream, 0)

    def accepted_within_the_rules(self, command: Command, before: Given) -> None:
        """Who says yes to a leg inside a sealed area is cleared for it (S5)."""
        if not isinstance(command, AcceptOffer):
            return
        community = before.read(community_stream(RIVERSIDE))
        assert isinstance(community, Registered)
        (request, name), who = self.model.offers[command.offer]
        state, person = requests_of(before)[request], responders_of(before)[who]
        leg, control = state.leg(name), control_at(community, state.place, self.now)
        if leg is not None and control is not None and control.level is ControlLevel.SEALED:
            cleared = strictness(person.clearance) >= strictness(ControlLevel.SEALED)
            assert cleared or leg.plan.side is Side.OUTSIDE
        assert not person.isolated

    @invariant()
    def requests_take_allowed_steps(self) -> None:
        """Each request is in one state, reached by an allowed step; ends are final (S1)."""
        for name, state in requests_of(self.given).items():
            stage, before = type(state).__name__, self.stages.get(name, "Absent")
            assert stage == before or stage in STEPS[before], f"{before} -> {stage}"
            self.stages[name] = stage
            assert (stage == self.model.ended.get(name)) is (not state.is_open)
            for leg in state.legs:
                self.model.crews[name, leg.plan.name] = leg.plan.crew

    @invariant()
    def nobody_carries_more_than_they_can(self) -> None:
        """Load is what is held and taken, and within the capacity at every position (S2)."""
        for who, person in responders_of(self.given).items():
            places = self.model.of(who)
            assert person.load == sum(self.model.efforts[place, who] for place in places)
            assert person.load <= person.capacity

    @invariant()
    def crews_are_sets(self) -> None:
        """At most as many people as places, all different; taken means complete (S3)."""
        for state in requests_of(self.given).values():
            for leg in state.legs:
                people = [ask.responder for ask in leg.asks]
                yes = sum(ask.accepted for ask in leg.asks)
                assert len(people) == len(set(people)) <= leg.plan.crew
                assert not leg.tried & set(people)
                match leg:
                    case Taken() | Done() | Failed():
                        assert len(people) == yes == leg.plan.crew
                    case Offered() | Assigned():
                        assert (len(people), yes, leg.plan.crew) == (1, 0, 1)
                        assert leg.asks[0].staff is isinstance(leg, Assigned)
                    case Mustering():
                        assert 0 < len(people) <= leg.plan.crew
                        assert yes < leg.plan.crew
                    case _:
                        assert people == []

    @invariant()
    def every_slot_is_held_once(self) -> None:
        """Holds and loads are exactly the asks of open legs of open requests, as the model has them."""
        asked: dict[str, dict[Place, str]] = {}
        for name, state in requests_of(self.given).items():
            for leg in state.legs if state.is_worked_on else ():
                for ask in leg.asks if not isinstance(leg, Done | Failed) else ():
                    place = (name, leg.plan.name)
                    asked.setdefault(ask.responder, {})[place] = TAKEN if ask.accepted else HELD
        for who, person in responders_of(self.given).items():
            held = {_place_of(work.leg): HELD for work in person.holds.values()}
            taken = {_place_of(work.leg): TAKEN for work in person.loads.values()}
            assert len(held) == len(person.holds)
            assert held | taken == asked.get(who, {}) == self.model.of(who)
            assert not held.keys() & taken.keys()

    @invariant()
    def offers_are_numbered_without_gaps(self) -> None:
        """Offer n of a request is its n-th offer, and the match stream's version counts its events."""
        for name, state in requests_of(self.given).items():
            made = [offer for offer in self.model.offers if offer.startswith(f"{name}#")]
            assert made == [f"{name}#{number}" for number in range(1, state.asks_made + 1)]
        run = self.given.read(match_stream(RIVERSIDE))
        version = run.version if isinstance(run, MatchRun) else 0
        assert version == len(self.given.log.get(match_stream(RIVERSIDE), ()))

    def teardown(self) -> None:
        """Folded anew from the first event, every stream has the state it had (S9)."""
        for stream, events in self.given.log.items():
            state: Any = ABSENT
            for event in events:
                state = evolve(stream, state, event)
            assert state == self.given.states[stream]
        for name in self.model.ended:
            assert isinstance(self.given.read(request_at(name)), HelpRequest)


def _place_of(leg: str) -> Place:
    request, _, name = leg.partition("/")
    return request, name


def test_the_domain_keeps_its_invariants() -> None:
    """Random histories of one community; together they accept every command of the work at least once."""
    accepted: Counter[type[Command]] = Counter()

    class Counted(DomainMachine):
        """The machine, with its accepted commands counted."""

        reached = accepted

    run_state_machine_as_test(Counted, settings=settings(max_examples=400, stateful_step_count=90))
    assert {kind.__name__ for kind in MOVES if not accepted[kind]} == set()
