"""Deciding again: the same board, policy and instant must give the same bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..domain.commands import decide
from ..domain.leg import CREW_COLLAPSED, OfferWithdrawn
from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.offer import NEEDED_MORE_URGENTLY
from ..domain.values import SYSTEM, Code, LegId, OfferId
from ..matching.board import Board
from ..matching.match import match, record_id, record_of
from ..store.codec import TOPICS
from ..store.recorded import Meta, Recorded
from ..store.recorders import Row
from .report import Finding
from .saves import Save

DIGEST_SHOWN = 12

TakenBack = Mapping[OfferId, tuple[Code, LegId | None]]
"""Offers that a run takes back, each with the reason and the leg that needs its holder."""


@dataclass(frozen=True, slots=True)
class Again:
    """What the matcher writes when it decides once more; nothing at all is possible too."""

    command: str
    rows: tuple[Row, ...]

    @property
    def events(self) -> list[Recorded]:
        """The rows as events."""
        return [TOPICS.decode(row) for row in self.rows]


def decide_again(board: Board, at: datetime, *, first: int, before: Mapping[str, int]) -> Again:
    """
    Return the save that the matcher makes on a board.

    Parameters
    ----------
    first
        Position of its first row.
    before
        Version of each stream before the save; 0 where it says nothing.
    """
    result = match(board, board.place_register.policy, at)
    command = record_of(board, result, at)
    if command is None:
        return Again("", ())
    name, rows = record_id(command), list[Row]()
    for stream, facts in decide(command, board.read):
        for version, fact in enumerate(facts, before.get(stream, 0) + 1):
            meta = Meta(
                command=name,
                index=len(rows),
                actor=SYSTEM.id,
                role=SYSTEM.role,
                via=SYSTEM.via,
                occurred_at=at,
                recorded_at=at,
                cause=board.position,
            )
            rows.append(Row(first + len(rows), stream, version, fact.TOPIC, TOPICS.encode(meta, fact)))
    return Again(name, tuple(rows))


def differences(save: Save, again: Again) -> Iterator[Finding]:
    """Yield a finding for every stored row that is not the one decided again, and for every one that is missing."""
    expected = {(row.stream, row.version): row for row in again.rows}
    for member in save.members:
        row, event = member.row, member.event
        other = expected.pop((row.stream, row.version), None)
        if event is None:
            continue  # named as undecodable already
        if other is None:
            detail = f"{_named(event)}: deciding again writes no version {row.version} of this stream here."
            yield Finding(row.position, row.stream, "row_added", detail)
        elif not _same(row, other):
            fields = _differing(event, TOPICS.decode(other))
            yield Finding(
                row.position, row.stream, "altered", f"{_named(event)}: deciding again gives another {fields}."
            )
    for row in expected.values():
        detail = f"{_named(TOPICS.decode(row))}: deciding again writes it here, as version {row.version}."
        yield Finding(row.position, row.stream, "row_missing", detail)


def is_the_same_save(save: Save, again: Again) -> bool:
    """
    Tell whether a save is the one decided again but for a row or two: then what was decided again tells how to go on.

    Half of its rows must be the same, or its only row be the one that the table of commands vouches for.
    """
    expected = {(row.stream, row.version): row for row in again.rows}
    stored = [member.row for member in save.members]
    same = sum(
        1 for row in stored if (row.stream, row.version) in expected and _same(row, expected[row.stream, row.version])
    )
    if len(again.rows) == 1:
        return save.witness is not None and save.witness.command_id == again.command
    return 2 * same >= len(again.rows) > 0


def intact(again: Again, bad: Collection[int]) -> int:
    """Return how many decisions and shortfalls came out again: neither they nor their offers and holds are `bad`."""
    events = again.events
    spoilt = {getattr(event.fact, "offer", None) for event in events if event.position in bad} - {None}
    decided = [event for event in events if isinstance(event.fact, MatchDecided | ShortfallFound)]
    return sum(1 for event in decided if event.position not in bad and getattr(event.fact, "offer", None) not in spoilt)


def wrong_policy(save: Save, board: Board) -> Iterator[Finding]:
    """Yield a finding for every decision that names another policy than the one in force on its board."""
    digest = board.place_register.policy.digest()
    for event in save.decisions:
        named = getattr(event.fact, "policy", "")
        if named != digest:
            detail = f"{_named(event)}: names policy {named[:DIGEST_SHOWN]}…; {digest[:DIGEST_SHOWN]}… was in force."
            yield Finding(event.position, event.stream, "policy_not_in_force", detail)


def taken_back_again(board: Board, at: datetime) -> TakenBack:
    """Return what the matcher takes back on a board."""
    result = match(board, board.place_register.policy, at)
    collapsed: TakenBack = dict.fromkeys(result.collapsed, (CREW_COLLAPSED, None))
    return {**collapsed, **{one.offer: (NEEDED_MORE_URGENTLY, one.instead) for one in result.withdrawn}}


def wrongly_taken_back(save: Save, again: TakenBack) -> Iterator[Finding]:
    """Yield a finding for every offer that was taken back and, decided again, stays or gives way to another leg."""
    for event in save.events:
        fact = event.fact
        if not isinstance(fact, OfferWithdrawn) or again.get(fact.offer) == (fact.reason, fact.instead):
            continue
        what = "takes it back for another reason or leg" if fact.offer in again else "lets it stay"
        detail = f"Offer {fact.offer} was taken back: deciding again {what}."
        yield Finding(event.position, event.stream, "altered", detail)


def _same(one: Row, other: Row) -> bool:
    return (one.topic, one.state) == (other.topic, other.state)


def _named(event: Recorded) -> str:
    fact = event.fact
    if isinstance(fact, MatchDecided):
        return f"Decision on offer {fact.offer}"
    if isinstance(fact, ShortfallFound):
        return f"Shortfall of leg {fact.leg}"
    offer = getattr(fact, "offer", None)
    return event.topic if offer is None else f"{event.topic} of offer {offer}"


def _differing(stored: Recorded, again: Recorded) -> str:
    if stored.topic != again.topic:
        return f"topic ({again.topic})"
    names = [f"meta.{name}" for name in Meta.model_fields if getattr(stored.meta, name) != getattr(again.meta, name)]
    fields = type(stored.fact).model_fields
    names += [name for name in fields if getattr(stored.fact, name) != getattr(again.fact, name)]
    return ", ".join(names) or "writing of the same values"
