"""Replay: read the log once, decide everything again, compare bytes."""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Callable, Iterable
from datetime import datetime

from ..domain.errors import CorruptHistory, DispatchError
from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.values import CommunityId
from ..matching.board import Board
from ..matching.match import MATCHER
from ..store.codec import TOPICS, Undecodable
from ..store.recorded import Recorded, community_of
from ..store.recorders import Row
from ..views.folding import BAD_DATA
from .boards import Boards, needed_of
from .commands import Commands
from .log import Log
from .redecide import (
    Again,
    TakenBack,
    decide_again,
    differences,
    intact,
    is_the_same_save,
    taken_back_again,
    wrong_policy,
    wrongly_taken_back,
)
from .report import Finding, ReplayReport
from .saves import Member, Save, check_offers, check_save, most

PROGRESS_EVERY = 1_000


def replay(
    log: Log,
    *,
    community: str | None = None,
    until: int | datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ReplayReport:
    """
    Decide every recorded decision again and compare it with what is stored.

    Every row is read once, in order. For each save of the matcher the board is taken at the position
    that the decision names, the matcher runs on it, and the whole save that follows (decisions,
    shortfalls, offers, holds, with their envelopes) is compared byte for byte. What must hold of any
    row and any save is checked on the way. No key is needed, and erasure changes nothing.

    Parameters
    ----------
    community
        Only this one; whether positions follow one another is then not looked at.
    until
        Up to this position, or what was recorded by this instant. A save that is cut by it is left out.
    progress
        Called with (position, last position), now and then and at the end.

    Notes
    -----
    Replay shows that the decisions follow from the log. What no decision depends on (a sealed field, a
    remark), and a forged log that is consistent in itself, are found by signed checkpoints, not here.
    """
    end = log.end(until)
    run = _Replay(log, community=community, end=end)
    for count, row in enumerate(log.rows(lte=end, community=community), 1):
        run.take(row)
        if progress is not None and count % PROGRESS_EVERY == 0:
            progress(row.position, end)
    run.finish(whole=until is None)
    if progress is not None:
        progress(end, end)
    return run.report()


class _Replay:
    def __init__(self, log: Log, *, community: str | None, end: int) -> None:
        self._log = log
        self._community = community
        self._end = end
        self._boards = Boards(needed_of(log, community=community, lte=end))
        self._commands = Commands(log.commands(), community=community)
        self._findings: list[Finding] = []
        self._unchecked: list[Finding] = []
        self._halted: set[CommunityId] = set()
        self._versions: dict[str, int] = {}
        self._save = Save()
        self._position = 0
        self._recorded_at: datetime | None = None
        self._taken_back: tuple[object, TakenBack] | None = None
        self._digest = hashlib.blake2b(digest_size=16)
        self._events = self._decisions = self._shortfalls = self._reproduced = 0

    def take(self, row: Row) -> None:
        """Take the next row of the log."""
        member = self._member(row)
        if self._save.members and not self._save.is_continued_by(member):
            self._close()
        self._save.before.setdefault(row.stream, self._follow(row))
        self._save.members.append(member)

    def _member(self, row: Row) -> Member:
        try:
            event = TOPICS.decode(row)
        except Undecodable as damage:
            self._find(row, "undecodable", f"{damage.fields['problem']}, topic {row.topic}.")
            known = self._log.command_at(row.position)
            if known is None or known.first_position is None:
                return Member(row, None, "", -1)
            return Member(row, None, known.command_id, row.position - known.first_position)
        return Member(row, event, event.meta.command, event.meta.index)

    def _follow(self, row: Row) -> int:
        """Check that a row follows in the log and in its stream; return the stream's version before it."""
        if self._community is None and row.position != self._position + 1:
            self._find(row, "gap", f"It follows position {self._position}: what was between is missing.")
        self._position = row.position
        before = self._versions.get(row.stream, 0)
        if row.version != before + 1:
            self._find(row, "version_gap", f"Version {row.version} follows version {before} of this stream.")
        self._versions[row.stream] = row.version
        return before

    def finish(self, *, whole: bool) -> None:
        """Close the last save, unless the end cuts it, and fold what is left."""
        if self._save.members and not self._is_cut():
            self._close()
        for community in self._boards.communities():
            if community not in self._halted:
                self._fold(community, ())
        if whole:
            self._findings.extend(self._commands.rest(self._log.head()))

    def _is_cut(self) -> bool:
        following = next(iter(self._log.rows(gt=self._end, community=self._community)), None)
        if following is None:
            return False
        try:
            event = TOPICS.decode(following)
        except Undecodable:
            return False
        return self._save.is_continued_by(Member(following, event, event.meta.command, event.meta.index))

    def report(self) -> ReplayReport:
        """Return what was found."""
        return ReplayReport(
            events=self._events,
            decisions=self._decisions,
            shortfalls=self._shortfalls,
            reproduced=self._reproduced,
            findings=tuple(sorted(set(self._findings))),
            unchecked=tuple(self._unchecked),
            digest=self._digest.hexdigest(),
        )

    # -- one save ------------------------------------------------------------------------

    def _close(self) -> None:
        save, self._save = self._save, Save()
        self._findings.extend(self._commands.vouch(save))
        found = len(self._findings)
        self._count(save)
        self._findings.extend(check_save(save))
        self._findings.extend(check_offers(save))
        self._check_clock(save)
        events, community = save.events, save.community
        if save.decides:
            again = self._decide(save, community)
            if again is not None:
                self._findings.extend(differences(save, again))
                bad = {finding.position for finding in self._findings[found:]} | save.lost
                self._reproduced += intact(again, bad)
                if is_the_same_save(save, again):
                    events = again.events
        elif save.takes_back:
            self._check_taken_back(save, community)
        self._go_on(save, community, events=events)

    def _check_taken_back(self, save: Save, community: CommunityId) -> None:
        """Decide again what the matcher took back; the same run often takes several offers back."""
        board = self._board_to_decide(save, community)
        if board is None:
            return
        key = (community, board.position, save.recorded_at)
        if self._taken_back is None or self._taken_back[0] != key:
            try:
                self._taken_back = (key, taken_back_again(board, save.recorded_at))
            except (DispatchError, *BAD_DATA) as problem:
                self._find(save.start, "undecided", f"Deciding again is not possible: {type(problem).__name__}.")
                return
        self._findings.extend(wrongly_taken_back(save, self._taken_back[1]))

    def _count(self, save: Save) -> None:
        self._events += len(save.members)
        self._decisions += sum(member.row.topic == MatchDecided.TOPIC for member in save.members)
        self._shortfalls += sum(member.row.topic == ShortfallFound.TOPIC for member in save.members)

    def _check_clock(self, save: Save) -> None:
        if not save.events:
            return
        at = save.recorded_at
        if self._recorded_at is not None and at < self._recorded_at:
            self._find(save.start, "clock_back", "Recorded earlier than a save that stands before it.")
        self._recorded_at = max(at, self._recorded_at or at)

    def _decide(self, save: Save, community: CommunityId) -> Again | None:
        """Decide a save again; `None` if that is not possible, and then it is said why."""
        board = self._board_to_decide(save, community)
        if board is None:
            return None
        self._findings.extend(wrong_policy(save, board))
        before = ChainMap(save.before, self._versions)
        try:
            again = decide_again(board, save.recorded_at, first=save.first, before=before)
        except (DispatchError, *BAD_DATA) as problem:
            self._find(save.start, "undecided", f"Deciding again is not possible: {type(problem).__name__}.")
            return None
        for row in again.rows:
            self._digest.update(row.state)
        return again

    def _board_to_decide(self, save: Save, community: CommunityId) -> Board | None:
        """Return the board that a save of the matcher follows from; `None` if it cannot be decided again."""
        if community in self._halted:
            self._skip(save, "community_halted", "The log of this community is damaged before this decision.")
            return None
        if save.matchers:
            matcher = most(save.matchers)
            if matcher != MATCHER:
                said = "An unnamed matcher" if matcher is None else f"Matcher {matcher}"
                self._skip(save, "unknown_matcher", f"{said} decided; this version has matcher {MATCHER}.")
                return None
        return self._board(save, community)

    def _board(self, save: Save, community: CommunityId) -> Board | None:
        base, first = save.base, save.first
        if base is None or base >= first:
            self._find(save.start, "as_of", f"Decided on position {base}, which is not before the decision.")
            return None
        board = self._boards.at(community, base)
        if board is None or not board.is_registered:
            detail = f"Decided on position {base}, which is no event of this community, or before its registration."
            self._find(save.start, "as_of", detail)
            return None
        return board

    def _go_on(self, save: Save, community: CommunityId, *, events: Iterable[Recorded]) -> None:
        """Fold a save into the board of its community, which halts if a row of it is lost."""
        ours = [event for event in events if event.community == community]
        self._boards.release(community, save.members[-1].row.position)
        if save.lost and len(ours) < len(save.members):
            self._halted.update((community, *(community_of(m.row.stream) for m in save.members if m.event is None)))
        if community not in self._halted:
            self._fold(community, ours)

    def _fold(self, community: CommunityId, events: Iterable[Recorded]) -> None:
        try:
            self._boards.add(community, events)
            if not events:
                self._boards.fold(community)
        except CorruptHistory as damage:
            self._halted.add(community)
            found = Finding(damage.fields["position"], damage.fields["stream"], "impossible", damage.message)
            self._findings.append(found)

    def _skip(self, save: Save, code: str, detail: str) -> None:
        self._unchecked.append(Finding(save.start.position, save.start.stream, code, detail))

    def _find(self, row: Row, code: str, detail: str) -> None:
        self._findings.append(Finding(row.position, row.stream, code, detail))
