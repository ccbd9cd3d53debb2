"""Everybody as one match run sees them: made again only where something has changed, or an hour has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from ..domain.duty import PLAIN, ends_of
from ..domain.policy import Policy
from ..domain.responder import Responder
from ..domain.shift import NO_LIMITS
from ..domain.values import BuildingId, CompoundId, LegId, Place, RequestId, ResponderId, request_of
from ..domain.vehicle import Vehicle
from .board import Board, differing
from .eligible import Person, personal_failures

Scope = BuildingId | CompoundId | None
"""What a scope is found by: a building, a compound, or everything."""

NEVER = datetime.max.replace(tzinfo=UTC)

_SEEN = attrgetter(*(field.name for field in fields(Person) if field.name not in ("at", "state", "policy", "levels")))


class Token(NamedTuple):
    """All of somebody that judging looks at, apart from the season: equal tokens, equal judgements."""

    failed: tuple[str, ...]
    stays: tuple[bool, ...]
    state: Responder
    seen: tuple[object, ...]


def token_of(person: Person, failed: tuple[str, ...] | None = None) -> Token:
    """Return somebody's token; `failed` are the rules that keep them from any leg, if they are known."""
    failed, stays = personal_failures(person) if failed is None else failed, person.state.stays
    lasting = tuple(person.at < until for until in stays.values()) if stays else ()
    return Token(failed, lasting, person.state, _SEEN(person))


def scope_keys(scopes: Sequence[Place]) -> set[Scope]:
    """Return what scopes are found by."""
    return {scope.building or scope.compound for scope in scopes}


class Roll(Mapping[ResponderId, Person]):
    """
    Everybody at one instant, in order of id; who has not changed is looked at only when asked for.

    Attributes
    ----------
    tokens
        The token of everybody; the very same one as before for whom nothing has changed.
    apart
        Those who are not as the board has them; see `beside`.
    """

    def __init__(
        self,
        people: Mapping[ResponderId, Person],
        tokens: Mapping[ResponderId, Token],
        at: datetime,
        *,
        apart: Mapping[ResponderId, Person] | None = None,
    ) -> None:
        self.tokens, self.apart = tokens, apart or {}
        self._people, self._at = people, at
        self._fresh = dict(self.apart)

    def __getitem__(self, responder: ResponderId) -> Person:
        """Return somebody as of the instant of the run."""
        person = self._fresh.get(responder)
        if person is None:
            person = self._people[responder]
            if person.at != self._at:
                person = replace(person, at=self._at)
            self._fresh[responder] = person
        return person

    def __contains__(self, responder: object) -> bool:
        """Tell whether there is such a responder."""
        return responder in self._people

    def __iter__(self) -> Iterator[ResponderId]:
        """Yield the ids in order."""
        return iter(self._people)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._people)

    @cached_property
    def by_scope(self) -> Mapping[Scope, Sequence[ResponderId]]:
        """Who has a scope that is found by a building, by a compound, or everywhere; in order of id."""
        found: dict[Scope, list[ResponderId]] = {}
        for responder, token in self.tokens.items():
            for key in scope_keys(token.state.scopes):
                found.setdefault(key, []).append(responder)
        return found

    def only(self, responders: Iterable[ResponderId]) -> Roll:
        """Return some of them, in the order that is given."""
        tokens = {responder: self.tokens[responder] for responder in responders}
        return Roll({responder: self._people[responder] for responder in tokens}, tokens, self._at)

    def beside(self, others: Mapping[ResponderId, Person]) -> Roll:
        """Return the same people, with some of them otherwise."""
        tokens = {**self.tokens, **{responder: token_of(person) for responder, person in others.items()}}
        roll = Roll(self._people, tokens, self._at, apart=others)
        if all(person.state.scopes == self.tokens[responder].state.scopes for responder, person in others.items()):
            roll.by_scope = self.by_scope
        return roll


def beside(people: Mapping[ResponderId, Person], others: Mapping[ResponderId, Person]) -> Mapping[ResponderId, Person]:
    """Return everybody, with some of them otherwise."""
    if not others:
        return people
    return people.beside(others) if isinstance(people, Roll) else {**people, **others}


class Around(NamedTuple):
    """
    What of the board somebody is made of, beside their own state and the register.

    Attributes
    ----------
    lent
        The places that deputies receive now.
    driving
        Who drives, or is asked to, and which leg.
    cars
        Who is at the wheel of which car.
    """

    lent: Mapping[ResponderId, tuple[Place, ...]]
    driving: Mapping[ResponderId, LegId]
    cars: Mapping[ResponderId, Vehicle]


class Attendance:
    """
    Everybody of the last run; who is as they were is not looked at again.

    Notes
    -----
    Somebody is made again when their state, their entry as a resident, what they are lent or drive, or a request that
    they hold work of is another object; when a date of theirs comes; and always while hours count, or while they have
    promised an hour. Another register, policy or control line in force, and a clock that goes back, make all anew.
    """

    def __init__(self) -> None:
        self._board: Board | None = None
        self._begin()

    def _begin(self) -> None:
        self._at: datetime | None = None
        self._given: tuple[object, ...] = ()
        self._around = Around({}, {}, {})
        self._people: dict[ResponderId, Person] = {}
        self._tokens: dict[ResponderId, Token] = {}
        self._held: dict[ResponderId, frozenset[RequestId]] = {}
        self._holders: dict[RequestId, set[ResponderId]] = {}
        self._counting: set[ResponderId] = set()
        self._dates: dict[ResponderId, datetime] = {}
        self._first_date = NEVER
        self._last: Roll | None = None

    def roll(
        self, board: Board, policy: Policy, at: datetime, *, around: Around, make: Callable[[ResponderId], Person]
    ) -> Roll:
        """Return everybody at an instant; `make` makes somebody from nothing but the board, the policy and `around`."""
        controls = board.place_register.controls
        given = (board.place_register, policy, tuple(control for control in controls if control.is_active(at)))
        before, self._board = self._board, None  # whatever is raised below, the next run begins anew
        if before is None or self._at is None or at < self._at or given != self._given:
            self._begin()
            anew = set(board.responders)
        else:
            anew = self._changed(before, board, around=around) | self._counting | self._come(at)
        people, tokens = dict(self._people), dict(self._tokens)
        for responder in sorted(anew):
            self._let_go(responder)
            if responder in board.responders:
                person = people[responder] = make(responder)
                token, was = token_of(person), tokens.get(responder)
                tokens[responder] = was if was is not None and was == token else token
                self._hold(person, board.responders[responder])
            else:
                people.pop(responder, None)
                tokens.pop(responder, None)
        if anew:
            if people.keys() != self._people.keys():
                people, tokens = dict(sorted(people.items())), dict(sorted(tokens.items()))
            self._first_date = min(self._dates.values(), default=NEVER)
        self._board, self._at, self._given, self._around = board, at, given, around
        self._people, self._tokens = people, tokens
        return self._enrolled(at)

    def _changed(self, before: Board, board: Board, *, around: Around) -> set[ResponderId]:
        """Return for whom a state that they are made of is another object."""
        changed = differing(before.responders, board.responders)
        for request in differing(before.requests, board.requests):
            changed |= self._holders.get(request, set())
        if residents := differing(before.residents, board.residents):
            changed.update(r for r, person in board.responders.items() if person.resident in residents)
        for was, now in zip(self._around, around, strict=True):
            if was != now:
                changed.update(who for who in (*was, *now) if was.get(who) != now.get(who))
        return changed

    def _come(self, at: datetime) -> set[ResponderId]:
        """Return of whom a date has come."""
        return {who for who, date in self._dates.items() if date <= at} if self._first_date <= at else set()

    def _hold(self, person: Person, recorded: Responder) -> None:
        """Note what somebody was made of."""
        held = frozenset(request_of(work.leg) for work in (*recorded.holds.values(), *recorded.loads.values()))
        self._held[person.id] = held
        for request in held:
            self._holders.setdefault(request, set()).add(person.id)
        if person.limits != NO_LIMITS or person.promised:
            self._counting.add(person.id)  # who counts hours changes with each instant
        dates = [date for shift in recorded.shifts for date in (shift.starts_at, shift.ends_at)]
        dates += recorded.stays.values()
        dates += ends_of(recorded.duty) if recorded.duty is not PLAIN else ()
        until = min((date for date in dates if date > person.at), default=None)
        if until is not None:
            self._dates[person.id] = until

    def _let_go(self, responder: ResponderId) -> None:
        for request in self._held.pop(responder, ()):
            self._holders[request].discard(responder)
            if not self._holders[request]:
                del self._holders[request]
        self._counting.discard(responder)
        self._dates.pop(responder, None)

    def _enrolled(self, at: datetime) -> Roll:
        roll, last = Roll(self._people, self._tokens, at), self._last
        if last is not None and len(last) == len(roll) and not _elsewhere(last.tokens, self._tokens):
            roll.by_scope = last.by_scope
        self._last = roll
        return roll


def _elsewhere(before: Mapping[ResponderId, Token], now: Mapping[ResponderId, Token]) -> bool:
    """Tell whether anybody came, or serves other places than before."""
    changed = [(before.get(responder), now.get(responder)) for responder in differing(before, now)]
    return any(was is None or this is None or was.state.scopes != this.state.scopes for was, this in changed)
