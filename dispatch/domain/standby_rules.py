"""
Who of the standby pool may be called for a need, and in which order (R23).

Each rule is a sentence with its source, checked in the order of `CALLING_RULES`. The order is fair: least
called, least burdened, then a stable hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .call_up import CallUp, InLine, Need
from .community import Registered, registered
from .decider import Read
from .going import is_isolated_at_home
from .readiness import as_of, limits_of, readiness_bars
from .responder import Departed, Departing, Responder
from .shift import Excess, Shift, excess_of
from .standby import StandbyStage
from .values import CallUpId, CommunityId, ResponderId, responder_stream


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody as one wave sees them."""

    id: ResponderId
    state: Responder
    isolated_at_home: bool
    community: Registered
    call_up: CallUp
    at: datetime

    @property
    def need(self) -> Need:
        """What people are called for."""
        return self.call_up.need

    @property
    def shift(self) -> Shift:
        """What they would serve from now on."""
        span = self.need.shift
        return Shift(starts_at=max(span.starts_at, self.at), ends_at=span.ends_at)


Rule = Callable[[Candidate], bool]


def still_serving(person: Candidate) -> bool:
    """A responder who is leaving for good is not called."""
    return not isinstance(person.state, Departing | Departed)


def not_dropped_out(person: Candidate) -> bool:
    """Who has dropped out or hears the bell is not called (R23, R25)."""
    return not person.state.out


def role_not_revoked(person: Candidate) -> bool:
    """A responder whose role was revoked is not called (S10)."""
    return (person.id, person.state.role) not in person.community.grants.revoked


def not_isolated(person: Candidate) -> bool:
    """A responder who is isolated is not called (A2)."""
    return not (person.state.isolated or person.isolated_at_home)


def not_called_before(person: Candidate) -> bool:
    """Nobody is called twice for one call-up."""
    return person.id not in person.call_up.calls


def free_to_be_called(person: Candidate) -> bool:
    """Only who is on standby is called, for one thing at a time (R23)."""
    return person.state.standby.stage is StandbyStage.READY


def role_may(person: Candidate) -> bool:
    """The need says which roles may come."""
    return not person.need.roles or person.state.role in person.need.roles


def serves_the_place(person: Candidate) -> bool:
    """A responder serves the places of their scopes (R18)."""
    return any(scope.contains(person.need.place) for scope in person.state.scopes)


def has_the_skills(person: Candidate) -> bool:
    """Whoever comes has every skill when the duty begins (R26)."""
    return as_of(person.state, person.shift.starts_at).skills.issuperset(person.need.skills)


def off_duty_then(person: Candidate) -> bool:
    """Nobody is called for hours at which they serve anyway (S6)."""
    shift = person.shift
    return all(s.ends_at <= shift.starts_at or shift.ends_at <= s.starts_at for s in person.state.shifts)


def within_duty_limits(person: Candidate) -> bool:
    """Nobody is called beyond their limits, unless somebody else says so with a reason (R24)."""
    return excess(person) is None or (person.need.override is not None and person.call_up.ordered_by != person.id)


HERE_RULES: tuple[Rule, ...] = (still_serving, not_dropped_out, role_not_revoked, not_isolated)
"""What must hold of whoever is called, and of whoever came, all the time."""

_COMING_RULES: tuple[Rule, ...] = (role_may, serves_the_place, has_the_skills, off_duty_then, within_duty_limits)
CALLING_RULES: tuple[Rule, ...] = (*HERE_RULES, not_called_before, free_to_be_called, *_COMING_RULES)


def excess(person: Candidate) -> Excess | None:
    """Return the limit of duty that somebody would go beyond by coming, or `None` (R24)."""
    state = person.state
    return excess_of(
        person.shift,
        (*state.past_shifts, *state.shifts),
        limits=limits_of(state, person.community.policy),
        zone=person.community.time_zone,
    )


def bars_call(person: Candidate) -> str | None:
    """Return the first rule that keeps somebody from being called, or `None`."""
    return _first_failed(person, CALLING_RULES) or _unready(person)


def bars_coming(person: Candidate) -> str | None:
    """Return the first rule that keeps somebody who was called from coming now, or `None`."""
    return _first_failed(person, (*HERE_RULES, *_COMING_RULES)) or _unready(person)


def bars_here(person: Candidate) -> str | None:
    """Return the first rule that takes somebody back who was called or came, or `None`."""
    return _first_failed(person, HERE_RULES)


def _first_failed(person: Candidate, rules: tuple[Rule, ...]) -> str | None:
    return next((rule.__name__ for rule in rules if not rule(person)), None)


def _unready(person: Candidate) -> str | None:
    begins = person.shift.starts_at
    return readiness_bars(as_of(person.state, begins), person.community.policy, begins)


def in_line(person: Candidate, call_up: CallUpId) -> InLine:
    """Return somebody's place in the fair order of a wave (R23; part C: fairness counts what people are asked)."""
    beyond = excess(person)
    return InLine(
        responder=person.id,
        beyond=beyond.limit if beyond is not None else None,
        called=person.state.standby.called,
        burden=person.state.worked(person.at, days=person.community.policy.burden_days) + person.state.load,
        tie=person.community.policy.tie(call_up, person.id),
    )


def candidate(
    read: Read, community: CommunityId, who: ResponderId, *, call_up: CallUp, at: datetime
) -> Candidate | None:
    """Return somebody as a wave sees them; `None` for an id that nobody registered."""
    state = read(responder_stream(community, who))
    if not isinstance(state, Responder):
        return None
    return Candidate(
        id=who,
        state=state,
        isolated_at_home=is_isolated_at_home(read, community, state),
        community=registered(read, community),
        call_up=call_up,
        at=at,
    )
