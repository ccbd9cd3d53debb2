"""Saves: the events of one command, put together again from the rows, and what must hold of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from ..domain.leg import AssignmentMade, OfferMade, OfferWithdrawn
from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.responder import OfferHeld
from ..domain.values import CommunityId
from ..store.journal import from_micros
from ..store.recorded import Recorded, community_of
from ..store.recorders import CommandRow, Row
from .boards import MATCH_COMMAND, base_in, bases
from .report import Finding

TAKE_BACK_COMMANDS = ("replan:", "collapse:")
"""How the ids of the commands begin by which the matcher takes offers back."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a save. A row that cannot be read has no event; the table of commands says where it belongs."""

    row: Row
    event: Recorded | None
    command: str
    index: int


@dataclass(slots=True)
class Save:
    """
    Rows that one command wrote.

    Whatever a save says more than once is taken as most of its rows say it, the table of commands
    being one more witness: so an altered row is named alone, and not its whole save.

    Attributes
    ----------
    before
        The version of each touched stream before the save.
    witness
        The row of the table of commands.
    """

    members: list[Member] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    witness: CommandRow | None = None

    def is_continued_by(self, member: Member) -> bool:
        """Tell whether a row goes on with this save: same command, or the next index."""
        last = self.members[-1]
        return member.command == last.command or (member.index > 0 and member.index == len(self.members))

    @property
    def events(self) -> list[Recorded]:
        """The events that can be read."""
        return [member.event for member in self.members if member.event is not None]

    @property
    def lost(self) -> set[int]:
        """Positions of the rows that cannot be read."""
        return {member.row.position for member in self.members if member.event is None}

    @property
    def start(self) -> Row:
        """Its first row."""
        return self.members[0].row

    @property
    def first(self) -> int:
        """The position that its first event has, or had if it is missing."""
        return most(member.row.position - member.index for member in self.members)

    @property
    def command(self) -> str:
        """Its command id."""
        return most(
            [*(member.command for member in self.members), *([self.witness.command_id] if self.witness else [])]
        )

    @property
    def community(self) -> CommunityId:
        """Its community."""
        said = [community_of(member.row.stream) for member in self.members]
        if self.witness is not None and self.witness.stream is not None:
            said.append(community_of(self.witness.stream))
        if self.command.startswith(MATCH_COMMAND):
            said.append(CommunityId(self.command.split(":")[1]))
        return most(said)

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, UTC; for a decision also the instant of the match run."""
        said: list[datetime] = []
        for event in self.events:
            said += [event.meta.recorded_at, event.meta.occurred_at] if self.decides else [event.meta.recorded_at]
            if isinstance(event.fact, MatchDecided | ShortfallFound):
                said.append(event.fact.at)
        if self.witness is not None:
            said.append(from_micros(self.witness.recorded_at))
        return most(said)

    @property
    def base(self) -> int | None:
        """The position on which the matcher decided."""
        said = [base for event in self.events for base in bases(event)]
        named = base_in(self.command)
        said += [named] if named is not None else []
        return most(said) if said else None

    @property
    def decides(self) -> bool:
        """Tell whether the matcher wrote it."""
        return self.command.startswith(MATCH_COMMAND) or bool(self.decisions)

    @property
    def takes_back(self) -> bool:
        """Tell whether the matcher wrote it to take an offer back."""
        return self.command.startswith(TAKE_BACK_COMMANDS)

    @property
    def matchers(self) -> list[int | None]:
        """Versions of the matcher that its facts name; `None` where one takes an offer back and names none."""
        kinds = (MatchDecided, ShortfallFound, OfferWithdrawn) if self.takes_back else (MatchDecided, ShortfallFound)
        return [getattr(event.fact, "matcher", None) for event in self.events if isinstance(event.fact, kinds)]

    @property
    def decisions(self) -> list[Recorded]:
        """Its decisions and shortfalls."""
        return [event for event in self.events if isinstance(event.fact, MatchDecided | ShortfallFound)]


def most(values: Iterable[T]) -> T:
    """Return the most frequent value, the first of several."""
    said = list(values)
    if said.count(said[0]) == len(said):  # as good as always, and much faster than counting
        return said[0]
    return Counter(said).most_common(1)[0][0]


def check_save(save: Save) -> Iterator[Finding]:
    """Yield what is wrong with a save in itself."""
    community, command = save.community, save.command
    recorded_at, start = save.recorded_at, save.start.position
    for index, member in enumerate(save.members):
        row, event = member.row, member.event
        if event is None:
            continue
        problems: list[str] = []
        if member.index != index:
            problems.append(f"index {member.index} where {index} was expected")
        if row.position != start + index:
            problems.append(f"position {row.position} where {start + index} was expected")
        if member.command != command:
            problems.append("another command id")
        if event.meta.recorded_at != recorded_at:
            problems.append("another recorded_at")
        if event.community != community:
            problems.append("another community")
        if problems:
            yield Finding(
                row.position, row.stream, "save_broken", f"Not as the rest of its save: {', '.join(problems)}."
            )


def check_offers(save: Save) -> Iterator[Finding]:
    """
    Yield what contradicts «an offer, exactly one decision, exactly one hold, in the same save» (A1).

    In a save with a row that cannot be read nothing can be said.
    """
    if save.lost:
        return
    decided, made, held = (_by_offer(save, kind) for kind in (MatchDecided, OfferMade | AssignmentMade, OfferHeld))
    for code, those, without in (
        ("offer_without_decision", made, decided),
        ("decision_without_offer", decided, made),
        ("offer_without_hold", made, held),
        ("hold_without_offer", held, made),
    ):
        for offer, event in those.items():
            if offer not in without:
                yield Finding(event.position, event.stream, code, f"Offer {offer}, in this save.")


def _by_offer(save: Save, kind: object) -> dict[str, Recorded]:
    return {event.fact.offer: event for event in save.events if isinstance(event.fact, kind)}  # type: ignore[arg-type, attr-defined]
