"""Tick and drain: the matcher's loop, run by whoever calls it. There are no hidden threads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any, Unpack

from ..domain.errors import Conflict, CorruptHistory, Refused, Unavailable
from ..domain.leg import CREW_COLLAPSED, AssignmentMade, OfferMade
from ..domain.offer import NEEDED_MORE_URGENTLY, WithdrawOffer
from ..domain.resident import BeginErasure, CompleteErasure
from ..domain.roster import BeginResponderErasure, CompleteResponderErasure
from ..domain.values import (
    SYSTEM,
    CommunityId,
    LegId,
    OfferId,
    ResidentId,
    ResponderId,
    leg_id,
    request_of,
    resident_stream,
)
from ..logs import get_logger
from ..matching.board import Board, advance
from ..matching.match import MATCHER, MatchResult, match, record_id, record_of
from ..matching.memory import Memory
from ..reactions import Reaction, Watch
from ..store.journal import Answer, Issued, to_micros
from ..store.keys import subject_name
from ..store.outage import LOG
from ..wake import LocalWake
from .answers import Answers
from .core import Core
from .given import about, local_id
from .plan import Call, community_id, instant

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer or assignment that went out."""

    community: CommunityId
    offer: OfferId
    leg: LegId
    responder: ResponderId
    staff: bool
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Drained:
    """
    What draining one community did.

    `unserved` legs wait for people after it: normal. `complete` is False when the named maximum of
    passes was reached: ring again.
    """

    community: CommunityId
    offers: tuple[Offer, ...] = ()
    passes: int = 0
    unserved: int = 0
    complete: bool = True
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did, over all communities that had something due."""

    at: datetime
    drained: tuple[Drained, ...] = ()

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every offer and assignment that went out."""
        return tuple(offer for drained in self.drained for offer in drained.offers)


@dataclass(slots=True)
class _Warm:
    """The folded board of one community, what its last match run left, and what it waits for."""

    board: Board
    memory: Memory = field(default_factory=Memory)
    watch: Watch = field(default_factory=Watch)
    next_change_at: datetime | None = None
    drained: bool = False
    lock: RLock = field(default_factory=RLock)


class Running(Answers):
    """The loop of the matcher, and erasure, which needs it."""

    def __init__(self, **parts: Any) -> None:
        Core.__init__(self, **parts)
        self._warm: dict[CommunityId, _Warm] = {}
        self._warm_lock = RLock()

    def tick(self, now: datetime | None = None) -> Tick:
        """
        Fire everything that is due and share out everything that waits, in every community.

        Call it after commands, and regularly (a few seconds apart) for what time alone brings: lapses,
        escalations, alarms, shifts, control levels. Any number of processes may do so on one store.

        Parameters
        ----------
        now
            The instant to act at; by default the engine's clock.

        Raises
        ------
        Refused
            ``bad_input``: the instant has no time zone.
        Unavailable
            The store went away; what was done until then is in the log.

        Notes
        -----
        A community whose log is damaged is parked and the others go on. Any other error of one is
        raised when all the others have been seen to.
        """
        at = self._instant(now)
        awake = set(self.wake.take()) if isinstance(self.wake, LocalWake) else set()
        drained: list[Drained] = []
        failed: Exception | None = None
        for community in self.laggards(at, awake=awake):
            try:
                drained.append(self.drain(community, now=now))
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - raised below: one community must not stop the others
                _log.exception("drain_failed", community=community)
                failed = failed or error
        if failed is not None:
            raise failed
        return Tick(at, tuple(drained))

    def _instant(self, now: datetime | None) -> datetime:
        return instant(self.clock() if now is None else now, "now")

    def laggards(self, now: datetime | None = None, *, awake: Iterable[str] = ()) -> tuple[CommunityId, ...]:
        """Return the communities whose log is ahead of their board, or in which something is due by now."""
        at, rung = self._instant(now), set(awake)
        with LOG:
            parked = {parked.community for parked in self.journal.recorder.parked()}
        found: list[CommunityId] = []
        for name, head in sorted(self.journal.heads().items()):
            warm = self._warm.get(CommunityId(name))
            timed = warm is not None and warm.next_change_at is not None and warm.next_change_at <= at
            behind = warm is None or not warm.drained or warm.board.position < head
            if name not in parked and (behind or timed or name in rung):
                found.append(CommunityId(name))
        return tuple(found)

    def drain(self, community: str, *, now: datetime | None = None) -> Drained:
        """
        Bring one community to rest: fire what is due, then match, until a pass changes nothing.

        Safe to run anywhere, any number of times, at the same time: expected versions decide.
        """
        here = community_id(community)
        warm = self._warm_of(here)
        with warm.lock:
            try:
                return self._drain(warm, now)
            except CorruptHistory as damage:
                return self._park(here, damage)

    def next_change_at(self, community: str) -> datetime | None:
        """Return the next instant at which time alone may bring something in a drained community."""
        return self._warm_of(community_id(community)).next_change_at

    def _warm_of(self, community: CommunityId) -> _Warm:
        with self._warm_lock:
            return self._warm.setdefault(community, _Warm(Board(community)))

    def _drain(self, warm: _Warm, now: datetime | None) -> Drained:
        offers: list[Offer] = []
        warm.drained = False
        for done in range(1, self.settings.drain_passes_max + 1):
            self._catch_up(warm)
            # The clock is read at each pass: a decision older than the log's last instant is a conflict.
            at = self.journal.stamp(self._instant(now))
            if self._react(warm, at):
                continue
            changed, unserved = self._match(warm, at, offers)
            if not changed:
                warm.drained, warm.next_change_at = True, warm.watch.next_change_at(warm.board, at)
                return Drained(warm.board.community, tuple(offers), done, unserved)
        _log.warning("drain_gave_way", community=warm.board.community, passes=self.settings.drain_passes_max)
        return Drained(warm.board.community, tuple(offers), self.settings.drain_passes_max, complete=False)

    def _catch_up(self, warm: _Warm) -> None:
        board = warm.board
        warm.board = advance(board, self.journal.read(gt=board.position, community=board.community))
        if warm.board.position != board.position:
            warm.drained = False  # whoever only looks at the board must not hide that there is something to do

    def board_of(self, community: str, *, position: int | None = None) -> Board:
        """
        Return the whole picture of a community: now, or as it was at a log position.

        Raises
        ------
        CorruptHistory
            A row of this community is damaged.
        """
        here = community_id(community)
        if position is not None:
            return advance(Board(here), self.journal.read(lte=position, community=here))
        warm = self._warm_of(here)
        with warm.lock:
            self._catch_up(warm)
            return warm.board

    def _react(self, warm: _Warm, at: datetime) -> bool:
        changed = False
        for reaction in warm.watch.due(warm.board, at):
            changed = self._fire(reaction) or changed
        for subject in warm.watch.erasable(warm.board, at):
            changed = self._destroy(warm.board.community, subject, at) or changed
        return changed

    def _fire(self, reaction: Reaction, *, board: Board | None = None) -> bool:
        """Fire a timer; what follows from a board alone names it, and holds for no later instant."""
        command, cause = reaction.command, None if board is None else board.position
        try:
            answer = self.journal.execute(command, Issued(reaction.command_id, cause=cause), restamp=board is None)
        except Refused as late:
            _log.info("timer_came_late", community=command.community, command=reaction.command_id, code=late.code)
            return False
        except Conflict:
            # Still due: another pass looks again, or the next drain when this one gives way.
            return True
        return bool(answer.events) and not answer.repeated

    def _match(self, warm: _Warm, at: datetime, offers: list[Offer]) -> tuple[bool, int]:
        board = warm.board
        if not board.is_registered:
            return False, 0
        result = match(board, board.place_register.policy, at, memory=warm.memory)
        changed = self._take_back(board, result, at)
        command = record_of(board, result, at)
        if command is None:
            return changed, result.unserved
        try:
            answer = self.journal.execute(command, Issued(record_id(command), cause=board.position), restamp=False)
        except (Conflict, Refused) as raced:
            _log.info("match_raced", community=board.community, position=board.position, code=raced.code)
            return True, result.unserved
        offers.extend(_offers(board.community, answer))
        return True, result.unserved

    def _take_back(self, board: Board, result: MatchResult, at: datetime) -> bool:
        here, changed = board.community, False
        for offer in result.collapsed:
            collapse = Reaction(f"collapse:{here}:{offer}", _withdrawal(here, offer, at, reason=CREW_COLLAPSED))
            _log.info("crew_collapsed", community=here, request=request_of(offer))
            changed = self._fire(collapse, board=board) or changed
        for one in result.withdrawn:
            command = _withdrawal(here, one.offer, at, reason=NEEDED_MORE_URGENTLY, instead=one.instead)
            _log.info("offer_changed", community=here, request=request_of(one.offer))
            changed = self._fire(Reaction(f"replan:{here}:{one.offer}", command), board=board) or changed
        return changed

    def _park(self, community: CommunityId, damage: CorruptHistory) -> Drained:
        position = int(damage.fields.get("position", 0))
        code = str(damage.fields.get("problem", damage.code))
        with LOG:
            self.journal.recorder.park(community, position, code, to_micros(self.clock()))
        _log.error("community_parked", community=community, position=position, code=code)
        return Drained(community, parked=True, complete=True)

    def erase(self, community: str, person: ResidentId | ResponderId, **call: Unpack[Call]) -> Answer:
        """
        Erase a resident's or responder's personal data for good.

        Open requests close with that reason, holds are released, then the key is destroyed; the
        ciphertext stays in the log and nobody can read it. Replay works as before. What another person
        wrote about them is erased with that other person only; who is on both registers has an entry,
        and a key, in each.

        Returns
        -------
        Answer
            To the first step. A half-done erasure is finished by any later tick.

        Raises
        ------
        Refused
            Nobody of this id, or the actor may not.
        Unavailable
            A store went away before all was done: the next tick, or this call again, finishes it.
        """
        here = community_id(community)
        who = local_id(resident_stream, here, ResidentId(person))
        is_responder = who.startswith("r-")
        plan = about(BeginResponderErasure, responder=who) if is_responder else about(BeginErasure, resident=who)
        answer = self._say(here, plan, call)
        self._settle(here)
        # A damaged log keeps an erasure from being completed, never a key from being destroyed.
        name = subject_name(here, person)
        if self.sealer.store.keys([name], mint=False).get(name, b"") is not None:
            self.sealer.store.erase(name)
        return answer

    def _settle(self, community: CommunityId) -> None:
        """Fire what is due and finish erasures; sharing out is left to the next tick, which tells of its offers."""
        warm = self._warm_of(community)
        with warm.lock:
            warm.drained = False
            try:
                for _ in range(self.settings.drain_passes_max):
                    self._catch_up(warm)
                    if not self._react(warm, self.journal.stamp(self._instant(None))):
                        return
            except CorruptHistory as damage:
                self._park(community, damage)

    def _destroy(self, community: CommunityId, subject: ResidentId | ResponderId, at: datetime) -> bool:
        self.sealer.store.erase(subject_name(community, subject))
        command = (
            CompleteResponderErasure(community=community, actor=SYSTEM, at=at, responder=ResponderId(subject))
            if subject.startswith("r-")
            else CompleteErasure(community=community, actor=SYSTEM, at=at, resident=ResidentId(subject))
        )
        return self._fire(Reaction(f"erased:{community}:{subject}", command))


def _withdrawal(
    community: CommunityId, offer: OfferId, at: datetime, *, reason: str, instead: LegId | None = None
) -> WithdrawOffer:
    return WithdrawOffer(
        community=community, actor=SYSTEM, at=at, offer=offer, reason=reason, instead=instead, matcher=MATCHER
    )


def _offers(community: CommunityId, answer: Answer) -> Iterable[Offer]:
    for event in () if answer.repeated else answer.events:
        fact = event.fact
        if isinstance(fact, OfferMade | AssignmentMade):
            by = fact.acknowledge_by if isinstance(fact, AssignmentMade) else fact.respond_by
            staff = isinstance(fact, AssignmentMade)
            leg = leg_id(request_of(fact.offer), fact.leg)
            yield Offer(community, fact.offer, leg, fact.responder, staff=staff, answer_by=by)
