"""Batch: many verbs in few saves, for registers and generated days."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from ..domain.errors import Refused
from ..domain.values import Command, CommunityId
from ..store.journal import Answer, Issued
from ..store.keys import seal
from .core import Call, Core, Plan, build, clean_personal, community_id
from .requests import Requests

SAVE_MAX = 400


class Batch(Requests):
    """
    The same verbs, gathered and saved together.

    Each verb answers with the id it will have. At the end of the ``with`` block, or at `flush`,
    everything is decided in order and saved, `SAVE_MAX` commands at a time; a refused command leaves
    the others alone and is found in `refused` by its number, from 0.

    Attributes
    ----------
    refused
        (number of the verb in this batch, why) for each refused command.
    """

    def __init__(self, engine: Core, community: str, call: Call) -> None:
        super().__init__(
            journal=engine.journal,
            sealer=engine.sealer,
            settings=engine.settings,
            wake=engine.wake,
            clock=engine.clock,
            ids=engine.ids,
            actor=call.get("by", engine.actor),
        )
        self._here = community_id(community)
        self._id = call.get("command_id") or f"c-{self.ids()}"
        self._waiting: list[tuple[Plan, Call]] = []
        self._saves = 0
        self._done = 0
        self.refused: list[tuple[int, Refused]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.flush()

    def __len__(self) -> int:
        """Return how many commands were given so far."""
        return self._done + len(self._waiting)

    def _say(self, community: str, plan: Plan, call: Call) -> Answer:
        if community != self._here:
            raise Refused("one_community", f"This batch is for community {self._here}. Open another for {community}.")
        if plan.personal is not None:
            clean_personal(plan.personal)
        self._waiting.append((plan, call))
        if len(self._waiting) >= SAVE_MAX:
            self.flush()
        return Answer(self._id, (), self.clock())

    def _say_together(self, community: str, plans: list[Plan], call: Call) -> Answer:
        for plan in plans:
            self._say(community, plan, call)
        return Answer(self._id, (), self.clock())

    def flush(self) -> None:
        """Save what was gathered."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._saves += 1
        command_id = f"{self._id}.{self._saves}"
        plans = [plan for plan, _ in waiting]
        commands = self._commands(waiting, command_id)
        outcome = self.journal.execute_batch(commands, Issued(command_id))
        self.refused.extend((self._done + index, refusal) for index, refusal in outcome.refused)
        self._done += len(waiting)
        self._after(self._here, outcome.answer, plans)

    def _commands(self, waiting: list[tuple[Plan, Call]], command_id: str) -> list[Command]:
        texts = [clean_personal(plan.personal) if plan.personal else {} for plan, _ in waiting]
        subjects = [
            plan.personal.subject for (plan, _), text in zip(waiting, texts, strict=True) if plan.personal and text
        ]
        keys = self.sealer.sealing_keys(self._here, list(dict.fromkeys(subjects)))
        at, commands = self.clock(), []
        for (plan, call), text in zip(waiting, texts, strict=True):
            sealed: dict[str, Any] = {}
            for name, value in text.items():
                subject = plan.personal.subject if plan.personal else ""
                sealed[name] = seal(
                    value,
                    community=CommunityId(self._here),
                    subject=subject,
                    command=command_id,
                    field=name,
                    key=keys[subject],
                )
            actor = call.get("by", self.actor)
            commands.append(build(plan, community=self._here, at=at, actor=actor, call=call, sealed=sealed))
        return commands
