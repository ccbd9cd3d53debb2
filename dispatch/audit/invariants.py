"""
Invariants of a log: what must hold at every position, checked by folding it once.

S1 one state, allowed steps; S2 nobody holds more than they can carry; S3 one crew on a leg, each
member once and each offer held by whom it names; S4, S5, S10 no yes against a rule; S6 nobody in two places at an
agreed time; S7 one command, one save; S8 versions and positions without a gap; S11 whoever spoke held the role;
S13 the log's clock never goes back. They are numbered as in the project's list of promises. Beside them: somebody
answers for whatever is in custody, and no lot falls below nothing. Tests use the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..domain.aggregates import evolve
from ..domain.agreed import HALF_HOUR_S, engagements
from ..domain.custody import Custody
from ..domain.decider import ABSENT, Read
from ..domain.help_request import HelpRequest
from ..domain.leg import Done, Failed, Leg, Taken
from ..domain.responder import Responder
from ..domain.supply_lot import SupplyLot
from ..domain.values import CommunityId, Stream, request_of, request_stream, responder_stream
from ..matching.board import Board
from ..reactions import due
from ..store.codec import TOPICS
from ..store.issued import EPOCH
from ..store.recorded import Recorded, community_of
from ..store.recorders import Row
from ..views import BoardLine
from ..views.folding import BAD_DATA
from .accounts import empty_custody, wrong_account
from .liveness import GRACE
from .log import Log
from .standing import unentitled, unfit

PROGRESS_EVERY = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """
    A place in the log where an invariant does not hold.

    Attributes
    ----------
    position, stream
        The row after which it does not hold.
    rule
        s1, s2, s3, s4, s5, s6, s7, s8, s10, s11, s13, custody or lot.
    detail
        Ids, numbers and names of states only.
    """

    position: int
    stream: str
    rule: str
    detail: str


def violations(
    log: Log, *, community: str | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[Violation, ...]:
    """
    Fold a log once and return where an invariant does not hold, in the order of positions.

    Parameters
    ----------
    community
        Only this one; gaps in positions are then not looked for.
    progress
        Called with (position, last position), now and then and at the end.

    Notes
    -----
    A community whose log is damaged is not folded on after the damage: what follows would only
    repeat it.
    """
    check = Checker(whole=community is None)
    end = log.head()
    for count, row in enumerate(log.rows(lte=end, community=community), 1):
        check.take(row)
        if progress is not None and count % PROGRESS_EVERY == 0:
            progress(row.position, end)
    check.settle()
    if progress is not None:
        progress(end, end)
    return check.found


class Checker:
    """
    The check of a log that grows: give it each new row once, in order.

    Parameters
    ----------
    whole
        True for a log of all communities, whose positions follow one another without a gap.
    """

    def __init__(self, *, whole: bool = True) -> None:
        self._found: set[Violation] = set()
        self._whole = whole
        self._position = 0
        self._versions: dict[str, int] = {}
        self._states: dict[Stream, Any] = {}
        self._halted: set[CommunityId] = set()
        self._command: str | None = None
        self._commands: set[str] = set()
        self._save: list[Recorded] = []
        self._recorded_at = EPOCH

    @property
    def found(self) -> tuple[Violation, ...]:
        """Where an invariant does not hold so far, in the order of positions."""
        return tuple(sorted(self._found))

    @property
    def position(self) -> int:
        """The last row taken; 0 before the first."""
        return self._position

    def has(self, command_id: str) -> bool:
        """Tell whether a command is among the rows taken (S12: what was acknowledged is in the log)."""
        return command_id in self._commands

    def take(self, row: Row) -> None:
        """Take the next row; what a save breaks is known when the next one begins, or at `settle`."""
        self._follow(row)
        try:
            event = TOPICS.decode(row)
        except BAD_DATA:
            self._find(row, "s1", "The row cannot be read.")
            self._halted.add(community_of(row.stream))
            return
        if event.meta.command != self._command:
            self.settle()
            self._begin(event)
        if event.community not in self._halted:
            self._fold(row, event)
            self._save.append(event)

    def _follow(self, row: Row) -> None:
        if self._whole and row.position != self._position + 1:
            self._find(row, "s8", f"Position {row.position} follows {self._position}.")
        before = self._versions.get(row.stream, 0)
        if row.version != before + 1:
            self._find(row, "s8", f"Version {row.version} follows version {before}.")
        self._position, self._versions[row.stream] = row.position, row.version

    def _begin(self, event: Recorded) -> None:
        self._command = event.meta.command
        if self._command in self._commands:
            self._find(event, "s7", f"Command {self._command} was recorded before.")
        self._commands.add(self._command)
        if event.meta.recorded_at < self._recorded_at:
            self._find(event, "s13", "It is recorded earlier than what stands before it.")
        self._recorded_at = max(self._recorded_at, event.meta.recorded_at)
        wrong = unentitled(event, self._read) if event.community not in self._halted else None
        if wrong is not None:
            self._find(event, "s11", wrong)

    def _fold(self, row: Row, event: Recorded) -> None:
        try:
            self._states[event.stream] = evolve(event.stream, self._states.get(event.stream, ABSENT), event.fact)
        except BAD_DATA as damage:
            before = type(self._states.get(event.stream, ABSENT)).__name__
            self._find(row, "s1", f"{type(event.fact).__name__} cannot follow {before} ({type(damage).__name__}).")
            self._halted.add(event.community)

    def settle(self) -> None:
        """Look at everything that the last save touched; the log may grow on by further saves."""
        save, self._save = self._save, []
        last = {event.stream: event for event in save}
        for event in save:
            if event.community not in self._halted:
                for rule, detail in unfit(event, self._read):
                    self._find(event, rule, detail)
        for stream, event in last.items():
            if event.community not in self._halted:
                for rule, detail in self._wrong(stream, event.community):
                    self._find(event, rule, detail)

    def _wrong(self, stream: Stream, community: CommunityId) -> Iterator[tuple[str, str]]:
        state = self._states.get(stream)
        match state:
            case Responder():
                yield from (("s2", detail) for detail in overload(state))
                yield from (("s3", detail) for detail in wrong_holds(stream, state, self._states.get))
                yield from (("s6", detail) for detail in two_places(state, community, self._read, at=self._recorded_at))
            case HelpRequest():
                yield from (("s3", detail) for detail in wrong_crews(state, self._reader(community)))
            case Custody():
                yield from (("custody", detail) for detail in empty_custody(state, self._reader(community)))
            case SupplyLot():
                yield from (("lot", detail) for detail in wrong_account(state))
            case _:
                return

    def _read(self, stream: Stream) -> Any:
        return self._states.get(stream, ABSENT)

    def _reader(self, community: CommunityId) -> Callable[[Any], Any]:
        return lambda responder: self._states.get(responder_stream(community, responder))

    def _find(self, at: Row | Recorded, rule: str, detail: str) -> None:
        self._found.add(Violation(at.position, at.stream, rule, detail))


def overload(state: Responder) -> Iterator[str]:
    """Yield what a responder holds beyond their capacity (S2)."""
    if state.load > state.capacity:
        yield f"Load {state.load} exceeds capacity {state.capacity}."


def wrong_crews(state: HelpRequest, responder: Callable[[Any], Any]) -> Iterator[str]:
    """
    Yield what is wrong with who is asked for the legs of a request (S3).

    Parameters
    ----------
    responder
        Returns the state of a responder by id.
    """
    for leg in state.legs if state.is_open else ():  # what has ended keeps who was asked, and nobody holds it
        yield from _wrong_crew(leg, responder)


def _wrong_crew(leg: Leg, responder: Callable[[Any], Any]) -> Iterator[str]:
    members = [ask.responder for ask in leg.asks]
    if len(set(members)) != len(members):
        yield f"Leg {leg.plan.name} asks somebody twice."
    if len(members) > leg.plan.crew:
        yield f"Leg {leg.plan.name} asks {len(members)} for a crew of {leg.plan.crew}."
    accepted = sum(ask.accepted for ask in leg.asks)
    if isinstance(leg, Taken) and accepted < leg.plan.crew:
        yield f"Leg {leg.plan.name} is taken by {accepted} of {leg.plan.crew}."
    if isinstance(leg, Done | Failed):
        return
    for ask in leg.asks:
        person = responder(ask.responder)
        held = isinstance(person, Responder) and any(
            work.offer == ask.offer for work in (*person.holds.values(), *person.loads.values())
        )
        if not held:
            yield f"Offer {ask.offer} is open and {ask.responder} does not hold it."


def wrong_holds(stream: Stream, state: Responder, read: Callable[[Stream], Any]) -> Iterator[str]:
    """Yield what a responder holds of requests that do not know of it (S3)."""
    community = community_of(stream)
    for work in (*state.holds.values(), *state.loads.values()):
        request = read(request_stream(community, request_of(work.offer)))
        leg = request.leg_holding(work.offer) if isinstance(request, HelpRequest) and request.is_open else None
        if leg is None or isinstance(leg, Done | Failed):
            yield f"Offer {work.offer} is held and the request does not have it."


def two_places(state: Responder, community: CommunityId, read: Read, *, at: datetime) -> Iterator[str]:
    """Yield the half-hours to come that somebody has given to two requests (S6)."""
    taken: dict[int, str] = {}
    for request, half_hour in sorted(engagements(read, community, state, at=at), key=lambda one: (one[1], one[0])):
        if half_hour in taken:
            begins = datetime.fromtimestamp(half_hour * HALF_HOUR_S, UTC).isoformat()
            yield f"Requests {taken[half_hour]} and {request} are both at {begins}."
        taken[half_hour] = request


def _never(_command_id: str) -> bool:
    return False


def overdue(
    board: Board, at: datetime, *, grace: timedelta = GRACE, answered: Callable[[str], bool] = _never
) -> tuple[str, ...]:
    """
    Return the ids of the timers that should have fired by `at` minus `grace`, when nobody ticks any more.

    Parameters
    ----------
    answered
        Tells whether a command id was answered: a timer that fired and found nothing to do is not late.
    """
    return tuple(reaction.command_id for reaction in due(board, at - grace) if not answered(reaction.command_id))


def stale_lines(board: Board, lines: Iterable[BoardLine]) -> Sequence[str]:
    """
    Return the requests whose lines on the board for people are not those of the log (S9).

    Parameters
    ----------
    board
        Folded from the log, at the position the view has read to.
    """
    shown: dict[str, list[tuple[Any, ...]]] = {}
    for line in lines:
        row = (line.leg, line.leg_state, line.request_state, line.urgency, line.responders, line.offers)
        shown.setdefault(line.request, []).append(row)
    folded: dict[str, list[tuple[Any, ...]]] = {request: _rows(state) for request, state in board.requests.items()}
    return sorted(id_ for id_ in {*shown, *folded} if _sorted(shown.get(id_)) != _sorted(folded.get(id_)))


def _sorted(rows: list[tuple[Any, ...]] | None) -> list[tuple[Any, ...]]:
    return sorted(rows or [], key=str)


def _rows(state: HelpRequest) -> list[tuple[Any, ...]]:
    common = (type(state).__name__, state.urgency)
    if not state.legs:
        return [(None, None, *common, (), ())]
    return [
        (
            leg.plan.name,
            type(leg).__name__,
            *common,
            tuple(ask.responder for ask in leg.asks),
            tuple(ask.offer for ask in leg.asks),
        )
        for leg in state.legs
    ]
