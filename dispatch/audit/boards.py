"""Boards at the positions that decisions stand on: folded once, kept no longer than somebody needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..domain.errors import CorruptHistory
from ..domain.leg import OfferWithdrawn
from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.values import CommunityId
from ..matching.board import Board, advance
from ..store.codec import TOPICS, Undecodable
from ..store.recorded import Recorded, community_of
from ..views.folding import BAD_DATA
from .log import Log

DECISION_TOPICS = (MatchDecided.TOPIC, ShortfallFound.TOPIC)
BASED_TOPICS = (*DECISION_TOPICS, OfferWithdrawn.TOPIC)
"""What names the board that it follows from."""
MATCH_COMMAND = "match:"
PENDING_MAX = 500
COMMAND_PARTS = 4
DIGITS_MAX = 18

Needed = dict[CommunityId, dict[int, int]]
"""For each community: base position of decisions → the last position that needs its board."""


def base_in(command_id: str) -> int | None:
    """Return the base position that the id of a match record names (`record_id`), or `None`."""
    parts = command_id.split(":")
    if not command_id.startswith(MATCH_COMMAND) or len(parts) != COMMAND_PARTS:
        return None
    base = parts[-1]
    return int(base) if base.isascii() and base.isdigit() and len(base) <= DIGITS_MAX else None


def bases(event: Recorded) -> tuple[int, ...]:
    """
    Return every position that a row names as the base of a decision.

    It is said three times, in the cause, the command id and the decision; when one is altered the others tell.
    """
    named = (event.meta.cause, base_in(event.meta.command), getattr(event.fact, "as_of", None))
    return tuple(base for base in named if base is not None)


def needed_of(log: Log, *, community: str | None, lte: int) -> Needed:
    """Return which boards a replay will ask for, from the decisions and from the table of commands."""
    needed: Needed = defaultdict(dict)

    def note(where: CommunityId, base: int, position: int) -> None:
        needed[where][base] = max(position, needed[where].get(base, 0))

    for row in log.rows(lte=lte, community=community, topics=BASED_TOPICS):
        try:
            event = TOPICS.decode(row)
        except Undecodable:
            continue  # the replay names it, and the table of commands names its base
        for base in bases(event):
            note(event.community, base, row.position)
    for command in log.commands():
        base_said = base_in(command.command_id)
        if base_said is not None and command.stream is not None:
            note(community_of(command.stream), base_said, command.last_position or 0)
    return needed


class Boards:
    """
    The boards of a replay.

    Parameters
    ----------
    needed
        Which positions will be asked for, and until when.
    """

    def __init__(self, needed: Needed) -> None:
        self._needed = needed
        self._latest: dict[CommunityId, Board] = {}
        self._pending: dict[CommunityId, list[Recorded]] = defaultdict(list)
        self._kept: dict[CommunityId, dict[int, Board]] = defaultdict(dict)

    def add(self, community: CommunityId, events: Iterable[Recorded]) -> None:
        """
        Fold the next events of a community.

        Raises
        ------
        CorruptHistory
            An event cannot follow; its `position` and `stream` are in the fields.
        """
        pending, needed = self._pending[community], self._needed.get(community, {})
        for event in events:
            pending.append(event)
            wanted = event.position in needed
            if wanted or len(pending) >= PENDING_MAX:
                self.fold(community)
            if wanted:
                self._kept[community][event.position] = self._latest[community]

    def communities(self) -> tuple[CommunityId, ...]:
        """Return whose events were added."""
        return tuple(self._pending)

    def fold(self, community: CommunityId) -> None:
        """Fold what was added and not folded yet; errors as `add`."""
        board = self._latest.get(community) or Board(community)
        events = tuple(self._pending[community])
        self._pending[community].clear()
        try:
            self._latest[community] = advance(board, events)
        except BAD_DATA:
            raise _first_impossible(board, events) from None

    def at(self, community: CommunityId, position: int) -> Board | None:
        """Return the board at a position that was needed; `None` if the community has no event there."""
        return self._kept[community].get(position)

    def release(self, community: CommunityId, position: int) -> None:
        """Forget the boards that nothing after a position needs."""
        needed, kept = self._needed.get(community, {}), self._kept[community]
        for base in [base for base in kept if needed.get(base, 0) <= position]:
            del kept[base]


def _first_impossible(board: Board, events: Sequence[Recorded]) -> CorruptHistory:
    for event in events:
        try:
            board = advance(board, (event,))
        except BAD_DATA as damage:
            said = (
                damage.message if isinstance(damage, CorruptHistory) else f"It cannot follow ({type(damage).__name__})."
            )
            return CorruptHistory(said, position=event.position, stream=event.stream)
    raise AssertionError("events that cannot be folded together can be folded one by one")
