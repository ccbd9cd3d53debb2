"""Who could go for a leg and what that weighs, or the rule that keeps them; judged again when that may change."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from ..domain.policy import Policy
from ..domain.values import LegId, Place, ResponderId
from .board import differing
from .eligible import TASK_RULES, Person, Task, personal_failures, serves_the_place, task_failure
from .levels import load_band, pair_vector
from .roll import Roll, Scope, Token, scope_keys, token_of
from .waits import moment_until


class Judged(NamedTuple):
    """
    Everybody who serves a place, judged for a leg there, in order of id.

    Attributes
    ----------
    vectors
        The levels of everybody who could go.
    failed
        The first rule that fails for the others.
    """

    vectors: Mapping[ResponderId, tuple[int, ...]]
    failed: Mapping[ResponderId, str]


class Nearby:
    """
    Who may serve a building, found without asking everybody.

    A scope names a building, a compound, or everything, so three short lists cover each place;
    whether the scope covers the very floor is still asked of each.
    """

    def __init__(self, people: Mapping[ResponderId, Person]) -> None:
        self.count = len(people)
        self.people = people
        self._personal: dict[ResponderId, tuple[str, ...]] = {}
        self._bands: dict[ResponderId, int] = {}

    @cached_property
    def _by_scope(self) -> Mapping[Scope, Sequence[ResponderId]]:
        if isinstance(self.people, Roll):
            return self.people.by_scope
        found: dict[Scope, list[ResponderId]] = {}
        for responder, person in self.people.items():
            for key in scope_keys(person.state.scopes):
                found.setdefault(key, []).append(responder)
        return found

    def of(self, place: Place) -> list[Person]:
        """Return everybody with a scope that may cover a place, in order of id."""
        found: dict[ResponderId, None] = {}
        for key in (place.building, place.compound, None):
            found.update(dict.fromkeys(self._by_scope.get(key, ())))
        return [self.people[responder] for responder in sorted(found)]

    def personal_failures(self, person: Person) -> tuple[str, ...]:
        """Return every rule that keeps somebody from any leg, in order; asked once a run."""
        if isinstance(self.people, Roll):
            return self.people.tokens[person.id].failed
        if person.id not in self._personal:
            self._personal[person.id] = personal_failures(person)
        return self._personal[person.id]

    def _band(self, person: Person) -> int:
        """Return the load band of what somebody has in hand; worked out once a run."""
        if person.id not in self._bands:
            self._bands[person.id] = load_band(person, extra=0)
        return self._bands[person.id]

    def judge(self, leg: LegId, task: Task, people: Iterable[Person]) -> Judged:
        """Judge people for a leg; who does not serve its place is left out."""
        vectors: dict[ResponderId, tuple[int, ...]] = {}
        failed: dict[ResponderId, str] = {}
        for person in people:
            if serves_the_place(person, task) is not None:
                continue
            personal = self.personal_failures(person)
            rule = personal[0] if personal else task_failure(person, task)
            if rule is None:
                vectors[person.id] = pair_vector(person, task, leg=leg, band=self._band(person))
            else:
                failed[person.id] = rule
        return Judged(vectors, failed)


KEPT_RULES = frozenset({
    "role_may",
    "has_the_skills",
    "on_the_right_side",
    "check",
    "not_excluded_by_resident",
    "neighbours_excluded",
    "not_the_beneficiary",
    "not_asked_before",
    "not_in_the_crew",
    "free_at_the_agreed_time",
    "within_capacity",
    "tier_is_open",
    "not_kept_free",
})  # fmt: skip
"""
The rules of `TASK_RULES` whose answer stays while person, task, season and moment stay (`check` is a rule of rides).

A rule that is not here is asked anew in every run: add it when `season_of` and `moment_of` say all of time that it
looks at. A level that looks at more of time than the day belongs there too.
"""

_ALL_KEPT = all(rule.__name__ in KEPT_RULES for rule in TASK_RULES)


def season_of(task: Task, policy: Policy, at: datetime) -> Hashable:
    """Return what of time and policy every pair looks at: the day (UTC), and the control lines in force."""
    return at.toordinal(), policy, tuple(control for control in task.register.controls if control.is_active(at))


class _Known(NamedTuple):
    """Who was judged for a leg, and from when until when: as long as no tier and no reserve opens to it."""

    task: Task
    since: datetime
    until: datetime
    judged: Judged


class Pairs:
    """
    The judgements of the last run; the next one judges again only who has changed, and legs that have.

    The answer is the one that judging everybody gives, for any board, policy and instant after any other.
    """

    def __init__(self) -> None:
        self._season: Hashable = None
        self._tokens: Mapping[ResponderId, Token] = {}
        self._legs: Mapping[LegId, _Known] = {}

    def of(
        self, tasks: Sequence[tuple[LegId, Task]], near: Nearby, *, policy: Policy, at: datetime
    ) -> Iterator[Judged]:
        """Yield who could go, and what keeps the others, for each leg."""
        season = season_of(tasks[0][1], policy, at) if tasks else None
        before = self._legs if season == self._season and _ALL_KEPT else {}
        tokens = self._tokens_of(near)
        changed = _changed(self._tokens, tokens)
        legs: dict[LegId, _Known] = {}
        for leg, task in tasks:
            known = before.get(leg)
            if known is None or known.task is not task or not known.since <= at < known.until:
                judged = near.judge(leg, task, near.of(task.request.place))
                known = _Known(task, at, moment_until(task, policy, at)[1], judged)
            elif changed:
                known = _again(known, leg, near=near, changed=changed)
            legs[leg] = known
            yield known.judged
        self._season, self._tokens, self._legs = season, tokens, legs

    def _tokens_of(self, near: Nearby) -> Mapping[ResponderId, Token]:
        """Return everybody's token; the very same one as before for whom nothing has changed."""
        if isinstance(near.people, Roll):
            found = dict(near.people.tokens)
            new = {responder: found[responder] for responder in near.people.apart}
        else:
            found = {}
            new = {r: token_of(person, near.personal_failures(person)) for r, person in near.people.items()}
        for responder, token in new.items():
            before = self._tokens.get(responder)
            found[responder] = before if before is not None and before == token else token
        return found

    @property
    def tokens(self) -> Mapping[ResponderId, Token]:
        """The token of everybody in the last run."""
        return self._tokens


def _changed(
    before: Mapping[ResponderId, Token], now: Mapping[ResponderId, Token]
) -> Mapping[Scope, Sequence[ResponderId]]:
    """Return who is not as in the last run, by every scope that they have or had."""
    changed: dict[Scope, list[ResponderId]] = {}
    for responder in sorted(differing(before, now)):
        known = (before.get(responder), now.get(responder))
        for key in {key for token in known if token is not None for key in scope_keys(token.state.scopes)}:
            changed.setdefault(key, []).append(responder)
    return changed


def _again(known: _Known, leg: LegId, *, near: Nearby, changed: Mapping[Scope, Sequence[ResponderId]]) -> _Known:
    """Return what is known of a leg, with those judged again who have changed."""
    task, judged = known.task, known.judged
    place = task.request.place
    anew = {r for key in (place.building, place.compound, None) for r in changed.get(key, ())}
    if not anew:
        return known
    found = near.judge(leg, task, [near.people[r] for r in sorted(anew) if r in near.people])
    vectors = {r: vector for r, vector in judged.vectors.items() if r not in anew}
    failed = {r: rule for r, rule in judged.failed.items() if r not in anew}
    vectors.update(found.vectors)
    failed.update(found.failed)
    if vectors == judged.vectors and failed == judged.failed:
        return known
    kept = judged.vectors if vectors == judged.vectors else dict(sorted(vectors.items()))
    return known._replace(judged=Judged(kept, dict(sorted(failed.items()))))
