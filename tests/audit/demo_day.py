"""The demonstration day as an auditor finds it: its events, and its board at any position."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from io import StringIO

from rich.console import Console

from dispatch.audit import open_log
from dispatch.audit.leg_standing import Course
from dispatch.demo import run_demo
from dispatch.demo.show import MIDNIGHT
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.help_request import HELP_REQUEST, HelpRequest
from dispatch.domain.match_run import MatchDecided
from dispatch.domain.values import LegId, request_of
from dispatch.matching.board import Board, advance
from dispatch.store.codec import TOPICS
from dispatch.store.recorded import Recorded

ZONE = "Asia/Shanghai"
RARE = (
    "request.approval_given",
    "request.crew_mustered",
    "request.held",
    "request.item_confirmed",
    "request.leg_failed",
    "request.merged",
    "request.others_awaited",
    "request.unfilled",
)
"""What few requests of the day have in their lives."""


def play(store: str) -> None:
    """Play the day on a store, unseen."""
    run_demo(store, language="en", console=Console(file=StringIO(), width=200), day=MIDNIGHT.date())


class DemoDay:
    """
    A day that was played.

    Parameters
    ----------
    store
        Address of its store.
    """

    def __init__(self, store: str) -> None:
        self.store = store

    @cached_property
    def events(self) -> list[Recorded]:
        """The whole log."""
        with open_log(self.store) as log:
            return [TOPICS.decode(row) for row in log.rows()]

    def boards(self, positions: Collection[int]) -> Iterator[tuple[int, Board]]:
        """Give the board at each of these positions, in order, folded once."""
        wanted = set(positions)
        board, pending = Board(self.events[0].community), list[Recorded]()
        for event in self.events:
            pending.append(event)
            if event.position in wanted:
                board = advance(board, pending)
                pending.clear()
                yield event.position, board

    def lives(self) -> dict[int, str]:
        """Return the ends of the saves in the lives of some requests and of all rare ones, each with its stream."""
        last = {event.meta.command: event.position for event in self.events}
        rides = {e.stream for e in self.events if getattr(e.fact, "kind", None) == "medical_ride"}
        rare = rides | {event.stream for event in self.events if event.topic in RARE}
        known = sorted({event.stream for event in self.events if event.topic == "request.received"})
        lived = {*known[::4], *rare}
        return {last[event.meta.command]: event.stream for event in self.events if event.stream in lived}

    def courses(self, position: int, *, stream: str | None = None) -> Iterator[Course]:
        """Give every leg that the log knows at a position, or those of one request, with what happened to it."""
        streams: dict[str, list[Recorded]] = {}
        decided: dict[LegId, list[Recorded]] = {}
        for event in self.events[:position]:
            if event.stream.split("/")[1] == "request" and stream in (None, event.stream):
                streams.setdefault(event.stream, []).append(event)
            if isinstance(event.fact, MatchDecided):
                decided.setdefault(event.fact.leg, []).append(event)
        for events in streams.values():
            state = fold(HELP_REQUEST.evolve, (event.fact for event in events), ABSENT)
            assert isinstance(state, HelpRequest)
            request = request_of(events[0].stream.rpartition("/")[2])
            for leg in [LegId(f"{request}/{one.plan.name}") for one in state.legs] or [LegId(request)]:
                yield Course(leg, state, events, decided.get(leg, []))
