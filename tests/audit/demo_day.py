"""The demonstration day as an auditor finds it: its events, and its board at any position."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from io import StringIO

from rich.console import Console

from dispatch.audit import Why, WhyWords, open_log
from dispatch.audit.leg_standing import Course
from dispatch.demo import run_demo
from dispatch.demo.show import MIDNIGHT, DemoReport
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.help_request import HELP_REQUEST, HelpRequest
from dispatch.domain.match_run import MatchDecided
from dispatch.domain.policy import Policy
from dispatch.domain.values import LegId, request_of
from dispatch.matching.board import Board, advance
from dispatch.store.codec import TOPICS
from dispatch.store.recorded import Recorded
from dispatch.words import LANGUAGES, Words

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


IDS = re.compile(r"[qr]-[0-9a-f]{16}(?:#\d+)?|dispatch audit \w+(?: \d+)?")
ACCOUNTS = re.compile(r"duty-desk(?:-\d)?|desk|(?:standby|inspector)-\d|system")
RAW = re.compile(r"[a-z]+_[a-z_]+|[{}]|None|unknown|\bp-[0-9a-f]+")
LATIN = re.compile(r"[A-Za-z]{2,}")
TELLERS = {language: WhyWords(Words(language), ZONE) for language in LANGUAGES}


def check_words(found: Why) -> tuple[str, ...]:
    """Word something in each language: nothing raw is left, and nothing of Latin letters in Chinese."""
    for language, teller in TELLERS.items():
        told = teller.told(found)
        assert len(told) == len(set(told))
        for sentence in told:
            left = ACCOUNTS.sub("", IDS.sub("", sentence))
            assert not RAW.search(left), sentence
            assert language == "en" or not LATIN.search(left), sentence
    return told


def play(store: str, policy: Policy | None = None) -> DemoReport:
    """Play the day on a store, unseen."""
    console = Console(file=StringIO(), width=200)
    return run_demo(store, language="en", console=console, day=MIDNIGHT.date(), policy=policy)


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
