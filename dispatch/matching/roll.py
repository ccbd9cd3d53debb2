"""Everybody as one match run sees them: made again only where something has changed, or an hour has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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

    `cars` and `driving` name those at the wheel, `lent` the places that deputies receive now.
    """

    lent: Mapping[ResponderId, tuple[Place, ...]]
    driving: Mapping[ResponderId, LegId]
    cars: Mapping[ResponderId, Vehicle]


class _Known(NamedTuple):
    recorded: Responder
    isolated_at_home: bool
    lent: tuple[Place, ...]
    driving: LegId | None
    car: Vehicle | None
    held: frozenset[RequestId]
    until: datetime
    person: Person
    token: Token


class Attendance:
    """
    Everybody of the last run; who is as they were is not looked at again.

    Notes
    -----
    Somebody is made again when their state, their isolation at home, what they are lent or drive, or a request that
    they hold work of is another object; when a date of theirs comes; and always while hours count, or while they have
    promised an hour. Another register, policy or control line in force, and a clock that goes back, make all anew.
    """

    def __init__(self) -> None:
        self._board: Board | None = None
        self._at: datetime | None = None
        self._given: tuple[object, ...] = ()
        self._known: dict[ResponderId, _Known] = {}
        self._last: Roll | None = None

    def roll(
        self, board: Board, policy: Policy, at: datetime, *, around: Around, make: Callable[[ResponderId], Person]
    ) -> Roll:
        """Return everybody at an instant; `make` makes somebody from nothing but the board, the policy and that."""
        given = (board.place_register, policy, tuple(c for c in board.place_register.controls if c.is_active(at)))
        before = self._known if self._at is not None and self._at <= at and given == self._given else {}
        changed = differing(self._board.requests, board.requests) if before and self._board is not None else set()
        known: dict[ResponderId, _Known] = {}
        for responder in sorted(board.responders):
            one, was = board.responders[responder], before.get(responder)
            same = (
                was is not None
                and was.recorded is one
                and at < was.until
                and was.isolated_at_home == board.isolated_at_home(one)
                and was.lent == around.lent.get(responder, ())
                and was.driving == around.driving.get(responder)
                and was.car is around.cars.get(responder)
                and was.held.isdisjoint(changed)
            )
            known[responder] = was if same and was is not None else _made(make(responder), one, was, around=around)
        self._board, self._at, self._given, self._known = board, at, given, known
        return self._enrolled(at)

    def _enrolled(self, at: datetime) -> Roll:
        tokens = {responder: one.token for responder, one in self._known.items()}
        roll, last = Roll({responder: one.person for responder, one in self._known.items()}, tokens, at), self._last
        if last is not None and len(last) == len(roll) and not _elsewhere(last.tokens, tokens):
            roll.by_scope = last.by_scope
        self._last = roll
        return roll


def _elsewhere(before: Mapping[ResponderId, Token], now: Mapping[ResponderId, Token]) -> bool:
    """Tell whether anybody came, or serves other places than before."""
    changed = [(before.get(responder), now.get(responder)) for responder in differing(before, now)]
    return any(was is None or this is None or was.state.scopes != this.state.scopes for was, this in changed)


def _made(person: Person, recorded: Responder, was: _Known | None, *, around: Around) -> _Known:
    token, who = token_of(person), person.id
    if was is not None and was.token == token:
        token = was.token
    work = (*recorded.holds.values(), *recorded.loads.values())
    return _Known(
        recorded=recorded,
        isolated_at_home=person.isolated_at_home,
        lent=around.lent.get(who, ()),
        driving=person.driving,
        car=around.cars.get(who),
        held=frozenset(request_of(one.leg) for one in work),
        until=_stays_until(person, recorded),
        person=person,
        token=token,
    )


def _stays_until(person: Person, recorded: Responder) -> datetime:
    """Return until when somebody stays as they are, by time alone: who counts hours changes with each instant."""
    if person.limits != NO_LIMITS or person.promised:
        return person.at
    dates = [date for shift in recorded.shifts for date in (shift.starts_at, shift.ends_at)]
    dates += recorded.stays.values()
    dates += ends_of(recorded.duty) if recorded.duty is not PLAIN else ()
    return min((date for date in dates if date > person.at), default=NEVER)
