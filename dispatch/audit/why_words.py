"""Explanations in words, for whoever must answer for them: ids only, no codes, no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo

from ..domain.values import LegId, ResponderId, request_of
from ..matching.match import MATCHER
from ..matching.shortfall import ONE_MORE
from ..matching.singles import Move
from ..words import Words
from .alternatives import Alternative, Levels
from .explain import Explanation
from .leg_standing import LegStanding
from .taken_back import CREW as OF_CREW
from .taken_back import FOR_ANOTHER, RULE, TakenBack
from .unserved import Unserved
from .what_if import Difference, WhatIf

Why = Explanation | Unserved | TakenBack | LegStanding | WhatIf
"""Whatever `why`, `why_leg` and `what_if` return."""

SHOWN_MAX = 8
"""People, moves and rules of one line; the rest is counted."""
FORCED_MAX = 3
"""Of who could go and is needed elsewhere, so many are told with what sending them would take."""
CREW = "crew"
CREW_WORDS = {"crew_proven": "why.crew_proven", "crew_search": "why.crew_search"}
TIE = "tie"
CHANGES = "changes"
COMMAND = "dispatch audit"
_SECONDS = {"life_waiting": 1, "health_lateness": 60}
"""Levels that count time, with the seconds of one unit."""
_SAID_IF_NOT_ZERO = ("same_person",)


class WhyWords:
    """
    Words what the audit found out about a decision, a shortfall or a leg.

    Parameters
    ----------
    words
        The language.
    zone
        Time zone of the community.
    """

    def __init__(self, words: Words, zone: str | tzinfo) -> None:
        self.words = words
        self.zone = zone

    def told(self, found: Why) -> tuple[str, ...]:
        """Return sentences that a floor captain understands, the most important first."""
        match found:
            case Explanation():
                return tuple(self._decision(found))
            case Unserved():
                return tuple(self._unserved(found))
            case TakenBack():
                return tuple(self._taken_back(found))
            case LegStanding():
                return tuple(self._standing(found))
            case WhatIf():
                return tuple(self._what_if(found))

    # -- a decision ----------------------------------------------------------------------

    def _decision(self, found: Explanation) -> Iterator[str]:
        words = self.words
        yield words(
            "why.assigned" if found.staff else "why.offered",
            responder=found.responder,
            leg=self.leg(found.leg),
            offer=found.offer,
            moment=words.moment(found.decided_at, self.zone),
        )
        yield words("why.chosen", responder=found.responder, values=self.values(found.chosen, found.caps))
        if found.queue_place:
            yield words("why.behind", responder=found.responder, count=found.queue_place)
        if found.place is not None:
            yield words("why.place", position=words.code("position", found.place))
        if found.crew:
            yield words("why.crew", crew=self._some(found.crew))
        if found.solved_by.startswith(CREW):
            yield words(CREW_WORDS.get(found.solved_by, "why.crew_rule"))
            yield from self._gap(found)
        yield from self._second(found)
        if found.instead is not None and found.instead != found.second:
            yield from self.alternative(found.instead, found.caps, chosen=self._asked(found), in_crew=bool(found.crew))
        yield from self._overtook(found)
        if found.failed_counts:
            yield words("why.ruled_out", counts=self._counts(found.failed_counts))
        yield self._policy(found, found.as_of)
        yield self._proof(is_proven=found.is_proven, matcher=found.matcher)

    def _second(self, found: Explanation) -> Iterator[str]:
        words = self.words
        if found.runner_up is None:
            if len(found.candidates) == 1 + len(found.crew):
                yield words("why.only_one")
            return
        levels = found.candidates.get(found.runner_up, {})
        count, values = len(found.candidates), self.values(levels, found.caps)
        yield words("why.second", count=count, responder=found.runner_up, values=values)
        if found.second is not None:
            yield from self.alternative(found.second, found.caps, chosen=self._asked(found), in_crew=bool(found.crew))

    def _overtook(self, found: Explanation) -> Iterator[str]:
        """Name the more urgent legs that wait although they could have gone there, and what that would have taken."""
        words = self.words
        for one in found.overtook[:FORCED_MAX]:
            leg = self.leg(one.leg)
            if one.waits_for is None:
                yield words("why.overtook", leg=leg, responder=found.responder)
            else:
                said = {"other": one.waits_for, "count": one.place or 0}
                yield words("why.overtook_planned", leg=leg, responder=found.responder, **said)
            if one.decisive is not None:
                level = words.code("policy_level", one.decisive)
                rise = self.rise(one.decisive, one.rise[one.decisive], found.caps)
                yield words("why.sent_at_once", leg=leg, level=level, rise=rise, moves=self._moves(one.moves))
        more = len(found.overtook[FORCED_MAX:]) + found.overtook_more
        if more:
            yield words("why.overtook_more", count=more)

    @staticmethod
    def _asked(found: Explanation) -> tuple[ResponderId, ...]:
        return (found.responder, *found.crew)

    def _gap(self, found: Explanation) -> Iterator[str]:
        """Say how much better a plan could be at most, where nothing proves that none is."""
        level = next((name for name, value in found.gap.items() if value), None)
        if level is not None:
            rise = self.rise(level, found.gap[level], found.caps)
            yield self.words("why.gap", level=self.words.code("policy_level", level), rise=rise)

    # -- nobody --------------------------------------------------------------------------

    def _unserved(self, found: Unserved) -> Iterator[str]:
        words = self.words
        yield words(
            "why.waits",
            leg=self.leg(found.leg),
            count=found.missing,
            moment=words.moment(found.at, self.zone),
            urgency=words.code("urgency", found.urgency),
            duration=words.duration((found.at - found.waits_since).total_seconds()),
        )
        yield self._able(found)
        if found.would_ask:
            yield words("why.would_ask", responders=self._some(found.would_ask))
        elif found.planned is not None:
            key = "why.planned" if found.planned_place else "why.planned_first"
            yield words(key, responder=found.planned, count=found.planned_place or 0)
        else:
            yield from self._lacking(found)
            yield from self._relaxed(found)
        if found.person is not None:
            yield from self.alternative(found.person, found.caps, chosen=self._expected(found), in_crew=found.crew > 1)
        for responder, rules in found.rules.items():
            yield words("why.every_rule", responder=responder, rules=self._rules(rules))
        if found.overtaken:
            yield words("why.overtaken", count=words.number(found.overtaken))
        if found.passed_by:
            yield words("why.passed_by", positions=self._some(map(words.number, found.passed_by)))
        yield self._policy(found, found.as_of)
        if found.is_proven is not None:
            yield self._proof(is_proven=found.is_proven, matcher=found.matcher)

    @staticmethod
    def _expected(found: Unserved) -> tuple[ResponderId, ...]:
        return found.would_ask if found.planned is None else (found.planned,)

    def _able(self, found: Unserved) -> str:
        words, able = self.words, found.eligible
        people, counts = able + len(found.failed), self._counts(found.failed_counts)
        if not found.failed:
            return words("why.all_could", people=people)
        return words("why.some_could" if able else "why.nobody_could", people=people, able=able, counts=counts)

    def _lacking(self, found: Unserved) -> Iterator[str]:
        words = self.words
        if found.lacking is not None:
            yield words("why.lacking", position=words.code("position", found.lacking))
        elif found.eligible >= found.missing:
            yield words("why.busy")
            for one in [one for one in found.alternatives if one.rise][:FORCED_MAX]:
                yield from self.alternative(one, found.caps)
            if found.if_first:
                yield words("why.if_first", moves=self._some(self._move(move) for move in found.if_first))
        elif found.eligible:
            yield words("why.too_few")
        if found.opens_at is not None:
            yield words("why.opens", moment=words.moment(found.opens_at, self.zone))

    def _relaxed(self, found: Unserved) -> Iterator[str]:
        words = self.words
        if found.relaxation == (ONE_MORE,):
            yield words("why.one_more")
        elif found.relaxation:
            changes = words.listed(words.code("relaxation", rule) for rule in found.relaxation)
            yield words("why.relax", changes=changes, count=found.would_serve)
            if found.helped_by:
                yield words("why.helped", responders=self._some(found.helped_by))
        else:
            yield words("why.no_relax")

    # -- an offer that was taken back ----------------------------------------------------

    def _taken_back(self, found: TakenBack) -> Iterator[str]:
        words = self.words
        yield words(
            "why.assignment_back" if found.staff else "why.offer_back",
            responder=found.responder,
            leg=self.leg(found.leg),
            offer=found.offer,
            moment=words.moment(found.at, self.zone),
            because=words.code("rule" if found.because == RULE else "reason", found.reason),
        )
        if found.because == FOR_ANOTHER:
            yield from self._for_another(found)
        if found.accepted:
            yield words("why.had_accepted", responder=found.responder)
        if found.lacks is not None:
            yield from self._unserved(found.lacks)
        elif found.because in (FOR_ANOTHER, OF_CREW):
            yield self._policy(found, found.as_of)
        elif found.because != RULE:
            yield words("why.said_by", who=found.by)
        if found.is_proven is not None:
            yield self._proof(is_proven=found.is_proven, matcher=found.matcher or MATCHER)

    def _for_another(self, found: TakenBack) -> Iterator[str]:
        words = self.words
        if found.instead is not None:
            urgency = words.code("urgency", found.instead_urgency or "none")
            yield words("why.needed_for", responder=found.responder, leg=self.leg(found.instead), urgency=urgency)
        if found.decisive is None:
            yield words("why.no_room_to_stay", responder=found.responder)
        else:
            rise = self.rise(found.decisive, found.kept[found.decisive], found.caps)
            level, moves = words.code("policy_level", found.decisive), self._moves(found.moves)
            yield words("why.had_it_stayed", level=level, rise=rise, moves=moves)
            names = tuple(found.caps)
            if CHANGES in names[names.index(found.decisive) + 1 :]:
                yield words("why.above_changes", level=level, changes=words.code("policy_level", CHANGES))
        if found.planned is None:
            yield words("why.left_now", leg=self.leg(found.leg))
        else:
            key = "why.planned_now" if found.planned_place else "why.planned_now_first"
            said = {"responder": found.planned, "count": found.planned_place or 0}
            yield words(key, leg=self.leg(found.leg), **said)

    # -- neither -------------------------------------------------------------------------

    def _standing(self, found: LegStanding) -> Iterator[str]:
        words = self.words
        yield words(
            f"why_standing.{found.reason}",
            leg=self.leg(found.leg),
            request=request_of(found.leg),
            responders=self._who(found.responders),
            moment=words.moment(found.since, self.zone),
            until=words("why.not_known") if found.until is None else words.moment(found.until, self.zone),
            because=self._because(found.because),
            state=words.code("state", found.state),
            leg_state=words.code("leg_state", found.leg_state or ""),
            waits_for=self._some(self._awaited(one) for one in found.waits_for),
        )
        for position in found.decisions:
            yield words("why.by_decision", why_command=f"{COMMAND} why {position}")

    def _awaited(self, one: str) -> str:
        """Word what a leg waits for: a role or another leg by its word, a request by its id."""
        return self.words.code("role", self.words.code("leg", one))

    def _because(self, code: str | None) -> str:
        words = self.words
        if code is None:
            return words("format.nothing")
        return words.code("reason", code) if f"reason.{code}" in words else words.code("outcome", code)

    # -- another policy ------------------------------------------------------------------

    def _what_if(self, found: WhatIf) -> Iterator[str]:
        words = self.words
        yield words(
            "what_if.head",
            other=words.code("policy_title", found.other_name),
            other_version=found.other_version,
            policy=words.code("policy_title", found.policy_name),
            version=found.policy_version,
            position=found.as_of,
            moment=words.moment(found.at, self.zone),
        )
        others = [one for one in found.differences if one.leg != found.leg]
        if found.leg is not None and len(others) == len(found.differences):
            yield words("what_if.leg_same", leg=self.leg(found.leg), responders=self._who(found.asked))
        elif found.leg is not None:
            about = Difference(found.leg, found.asked, found.would_ask)
            yield words("what_if.leg_other", **self._difference(about))
        yield words("what_if.others", count=len(others)) if others else words("what_if.none")
        yield from (words("what_if.other", **self._difference(one)) for one in others)
        yield words("what_if.counts", unserved=found.unserved, would_leave=found.would_leave)
        parts = [
            words.listed(words.code("what_if_part", part) for part in some)
            for some in (found.recomputed, found.assumed)
        ]
        yield words("what_if.honest", recomputed=parts[0], assumed=parts[1])

    def _difference(self, one: Difference) -> dict[str, str]:
        return {
            "leg": self.leg(one.leg),
            "asked": self._who(one.asked),
            "would_ask": self._who(one.would_ask),
        }

    def _who(self, responders: tuple[ResponderId, ...]) -> str:
        return self._some(responders) if responders else self.words("why.nobody")

    # -- parts ---------------------------------------------------------------------------

    def leg(self, leg: LegId) -> str:
        """Name a leg by its request's id and its word."""
        request, _, name = leg.partition("/")
        return self.words("why.leg", request=request, leg=self.words.code("leg", name)) if name else request

    def alternative(
        self, one: Alternative, caps: Levels, *, chosen: tuple[ResponderId, ...] = (), in_crew: bool = False
    ) -> Iterator[str]:
        """Say what sending somebody else would take, or what keeps them."""
        words = self.words
        if one.failed:
            yield words("why.cannot", responder=one.responder, rules=self._rules(one.failed))
        elif one.responder in chosen:
            yield words("why.not_worse", responder=one.responder)
        elif not one.rise:
            yield words("why.not_in_crew" if in_crew else "why.no_room", responder=one.responder)
        else:
            level = one.decisive or TIE
            rise = self.rise(level, one.rise.get(level, 0), caps)
            said = words.code("policy_level", level)
            yield words("why.worse", responder=one.responder, level=said, rise=rise, moves=self._moves(one.moves))
            if one.place:
                yield words("why.behind", responder=one.responder, count=one.place)

    def values(self, levels: Levels, caps: Levels) -> str:
        """Name somebody's own values, the most important level first."""
        said = (
            self.value(name, value, caps)
            for name, value in levels.items()
            if name != TIE and (value or name not in _SAID_IF_NOT_ZERO)
        )
        return self.words.listed(said)

    def value(self, level: str, value: int, caps: Levels) -> str:
        """Name one value of a level."""
        cap = caps.get(level)
        special = (f"level_value.exactly.{level}_{value}", *([f"level_value.at_most.{level}"] if value == cap else ()))
        key = next((key for key in special if key in self.words), f"level_value.{level}")
        return self.words(key, value=value, cap=value if cap is None else cap)

    def rise(self, level: str, amount: int, caps: Levels) -> str:
        """Say by how much the whole plan would be worse on one level."""
        words = self.words
        duration = words.duration(amount * _SECONDS.get(level, 1))
        return words(f"level_rise.{level}", amount=words.number(amount), duration=duration, cap=caps.get(level, 0))

    def signed(self, level: str, rise: Levels) -> str:
        """Return by how much the whole plan would be worse (+) or better (-) on a level, for a table."""
        words, amount = self.words, rise.get(level, 0)
        if not amount or level == TIE:
            return words("policy_level.tie" if amount else "format.nothing")
        seconds = _SECONDS.get(level)
        size = words.number(abs(amount)) if seconds is None else words.duration(abs(amount) * seconds)
        return words("why_table.more" if amount > 0 else "why_table.less", amount=size)

    def _moves(self, moves: Iterable[Move]) -> str:
        told = [self._move(move) for move in moves]
        return self.words("why.moves", moves=self._some(told)) if told else self.words("why.no_moves")

    def _move(self, move: Move) -> str:
        words, leg = self.words, self.leg(move.leg)
        if move.giver is not None and move.giver == move.taker:
            sooner = (move.taker_place or 0) < (move.giver_place or 0)
            return words("why.move_sooner" if sooner else "why.move_later", leg=leg, giver=move.giver)
        if move.giver is not None and move.taker is not None:
            return words("why.move", leg=leg, giver=move.giver, taker=move.taker)
        if move.taker is None:
            return words("why.move_lost", leg=leg, giver=move.giver or words("why.nobody"))
        return words("why.move_gained", leg=leg, taker=move.taker)

    def _some(self, texts: Iterable[str]) -> str:
        known = list(texts)
        more = len(known) - SHOWN_MAX
        shown = [*known[:SHOWN_MAX], self.words("why.others", count=more)] if more > 0 else known
        return self.words.listed(shown)

    def _rules(self, rules: Iterable[str]) -> str:
        return self.words.listed(self.words.code("rule", rule) for rule in rules)

    def _counts(self, counts: Mapping[str, int]) -> str:
        words, most = self.words, sorted(counts, key=lambda rule: (-counts[rule], rule))
        return self._some(words("why.several", what=words.code("rule", rule), count=counts[rule]) for rule in most)

    def _policy(self, found: Explanation | Unserved | TakenBack, position: int) -> str:
        title = self.words.code("policy_title", found.policy_name)
        return self.words("why.policy", policy=title, version=found.policy_version, position=position)

    def _proof(self, *, is_proven: bool, matcher: int) -> str:
        if matcher != MATCHER:
            return self.words("why.other_matcher", theirs=matcher, ours=MATCHER)
        return self.words("why.proven" if is_proven else "why.not_proven", replay_command=f"{COMMAND} replay")
