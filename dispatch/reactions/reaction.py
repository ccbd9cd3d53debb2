"""A command that nobody gives."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.values import Command


class Reaction(NamedTuple):
    """A command of System and its id, which is made from what it answers."""

    command_id: str
    command: Command
