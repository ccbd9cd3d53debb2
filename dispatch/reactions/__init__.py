"""
What follows from the state of a community without anybody asking: timers and broken promises.

Pure: a board and an instant give commands of System, each with an id made from what it answers, so
that two sweepers give the same command. Timers act as System, never as whoever's call ran them.

One file per noun, with `due(board, at)` and `changes_at(board)`, or with `request_due` and `request_changes_at` for
what each request brings; it is listed in `sources.SOURCES`. A `Watch` finds the same and looks only at what changed.
"""

from __future__ import annotations

from .reaction import Reaction
from .requests import judged_by
from .sources import SOURCES, due, erasable, next_change_at, request_changes_at
from .watch import Watch

__all__ = ["SOURCES", "Reaction", "Watch", "due", "erasable", "judged_by", "next_change_at", "request_changes_at"]
