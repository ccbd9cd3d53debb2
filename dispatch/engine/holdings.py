"""Reading who keeps what for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.custody import Belonging, Custody, Orphaned, known
from ..domain.values import CustodyId, RequestId, ResidentId, ResponderId, custody_stream
from .given import local_id
from .plan import community_id
from .reading import Reading


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """
    One thing that somebody keeps and its owner has not got back.

    Attributes
    ----------
    state
        Held, TransferOffered or Orphaned.
    holder
        Who answers for it; of an orphaned one, who had it last.
    since
        From when on it is so.
    amount_fen, spent_fen
        Of money: what was given and what is spent of it, in fen (R16).
    called
        Who was called to name another holder, of an orphaned one.
    """

    custody: CustodyId
    belonging: Belonging
    state: str
    owner: ResidentId
    holder: ResponderId
    since: datetime
    request: RequestId | None
    amount_fen: int | None
    spent_fen: int
    offered_to: ResponderId | None
    called: str | None


class Holdings(Reading):
    """What can be asked about custody; nothing here changes the log."""

    def custody(self, community: str, custody: CustodyId, *, as_of: int | datetime | None = None) -> Custody:
        """Return the state of a thing in custody: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return known(self._reader(as_of), here, local_id(custody_stream, here, custody))

    def custody_lines(self, community: str) -> tuple[CustodyLine, ...]:
        """Return everything in custody, orphaned things first, then by holder and id."""
        states = self.board_of(community).all("custody")
        lines = [_line(CustodyId(item), state) for item, state in states.items()]
        return tuple(sorted(lines, key=lambda line: (line.state != Orphaned.__name__, line.holder, line.custody)))

    def custody_of(self, community: str, holder: ResponderId) -> tuple[CustodyLine, ...]:
        """Return what one responder has to answer for: what they hold, not what was orphaned in their hands."""
        return tuple(
            line for line in self.custody_lines(community) if line.holder == holder and line.state != Orphaned.__name__
        )


def _line(item: CustodyId, state: Custody) -> CustodyLine:
    return CustodyLine(
        custody=item,
        belonging=state.belonging,
        state=type(state).__name__,
        owner=state.owner,
        holder=state.holder,
        since=state.since,
        request=state.request,
        amount_fen=state.amount_fen,
        spent_fen=state.spent_fen,
        offered_to=state.offered_to,
        called=state.called,
    )
