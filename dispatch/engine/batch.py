"""Batch: many verbs in few saves, for registers and generated days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from operator import itemgetter
from types import TracebackType
from typing import Self

from ..domain.errors import Refused
from ..domain.values import Actor, Command, ResidentId
from ..store.journal import Answer, Issued
from .core import Core, derived_id, is_allowed, sealed
from .custody import Keeping
from .flags import Flags
from .plan import Call, Plan, build, check_call, checked_command_id, community_id, digest_of, speaker
from .registers import Where
from .requests import Requests
from .rides import Rides

SAVE_MAX = 400
EVENTS_MAX = 1_600
TEXT_BYTES_MAX = 1_500_000
"""Of one save, well within what a store takes: sealing and writing down make a text about half as long again."""
EVENTS_OF_A_REQUEST = 4


class Batch(Flags, Requests, Keeping, Rides):
    """
    The same verbs, gathered and saved together.

    Each verb answers with the id it will have. At the end of the ``with`` block, or at `flush`,
    everything is decided in order and saved, `SAVE_MAX` commands at a time (fewer when they are big); a
    refused command leaves the others alone and is found in `refused` by its number, from 0. What is
    not even a command (a text that cannot be used, a naive instant) is refused by the verb itself and
    is not in the batch.

    Attributes
    ----------
    refused
        (number of the command in this batch, why) for each refused command.
    """

    def __init__(self, engine: Core, community: str, *, by: Actor | None, command_id: str | None) -> None:
        super().__init__(
            journal=engine.journal,
            sealer=engine.sealer,
            settings=engine.settings,
            wake=engine.wake,
            clock=engine.clock,
            ids=engine.ids,
            actor=by or engine.actor,
        )
        self._here = community_id(community)
        self._given = checked_command_id({} if command_id is None else {"command_id": command_id})
        self._id = self._given or f"c-{self.ids()}"
        self._waiting: list[tuple[Plan, Call, Command]] = []
        self._weight = (0, 0)
        self._saves = self._done = self._ids_made = 0
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

    def _made(self, letter: str, community: str, call: Call) -> str:
        if self._given is None:
            return super()._made(letter, community, call)
        self._ids_made += 1
        return derived_id(letter, community, self._given, str(self._ids_made))

    def _say_together(self, community: str, plans: Sequence[Plan], call: Call) -> Answer:
        check_call(call)
        if community != self._here:
            raise Refused("one_community", f"This batch is for community {self._here}. Open another for the other one.")
        if "command_id" in call:
            raise Refused("bad_command_id", "A batch has one command id for all it holds. Give it to the batch.")
        actor, at = speaker(call, self.actor), self.clock()
        built = [(plan, call, build(plan, community=self._here, at=at, actor=actor, call=call)) for plan in plans]
        events, size = self._weight
        events += sum(_events(plan) for plan in plans)
        size += sum(len(text.encode()) for plan in plans for text in plan.texts().values())
        too_many = len(self._waiting) + len(plans) > SAVE_MAX
        if self._waiting and (too_many or events > EVENTS_MAX or size > TEXT_BYTES_MAX):
            self.flush()
            return self._say_together(community, plans, call)
        self._waiting += built
        self._weight = (events, size)
        return Answer(self._id, (), at)

    def find_resident(
        self, community: str, *, where: Where | None = None, phone: str | None = None
    ) -> tuple[ResidentId, ...]:
        """Return the residents registered with this phone or at this door, those of this batch too."""
        wanted = self._wanted(community, where=where, phone=phone).items()
        new = [plan for plan, _, _ in self._waiting if plan.found_by and wanted <= plan.found_by.items()]
        known = super().find_resident(community, where=where, phone=phone)
        return tuple(dict.fromkeys((*known, *(ResidentId(plan.fields["resident"]) for plan in new))))

    def flush(self) -> None:
        """
        Save what was gathered.

        Raises
        ------
        Unavailable
            The store went away. Everything is still gathered: flush again, and nothing is done twice.
        """
        if not self._waiting:
            return
        command_id = f"{self._id}.{self._saves + 1}"
        plans = [plan for plan, _, _ in self._waiting]
        keys, gone = self._keys()
        kept = [index for index, plan in enumerate(plans) if plan.subject not in gone]
        refused = [(index, gone[plan.subject]) for index, plan in enumerate(plans) if plan.subject in gone]
        self._remember(self._here, [plans[index] for index in kept])
        commands = [self._sealed(index, keys, command_id) for index in kept]
        if commands:
            issued = Issued(command_id, b"" if gone else self._digest(keys))
            outcome = self.journal.execute_batch(commands, issued)
            refused += [(kept[index], refusal) for index, refusal in outcome.refused]
            if outcome.answer.events and not outcome.answer.repeated:
                self.wake.ring(self._here)
        self.refused += [(self._done + index, why) for index, why in sorted(refused, key=itemgetter(0))]
        self._done += len(plans)
        self._waiting, self._weight = [], (0, 0)
        self._saves += 1

    def _keys(self) -> tuple[dict[str, bytes], dict[str | None, Refused]]:
        """Return the keys of everybody who is written of, and a refusal for each who is erased for good."""
        allowed = (plan.subject for plan, _, command in self._waiting if plan.subject and is_allowed(command))
        subjects, gone = list(dict.fromkeys(allowed)), dict[str | None, Refused]()
        for _ in range(len(subjects)):
            try:
                return self.sealer.sealing_keys(self._here, [s for s in subjects if s not in gone]), gone
            except Refused as refusal:
                gone[str(refusal.fields["subject"])] = refusal
        return {}, gone

    def _sealed(self, index: int, keys: Mapping[str, bytes], command_id: str) -> Command:
        plan, _, command = self._waiting[index]
        if plan.subject is None or plan.subject not in keys:
            return command
        return sealed(command, plan.texts(), subject=plan.subject, command_id=command_id, key=keys[plan.subject])

    def _digest(self, keys: Mapping[str, bytes]) -> bytes:
        """Return the digest of all that was said, keyed with all keys: one erasure, and nobody can guess at it."""
        key = hashlib.blake2b(b"".join(keys[subject] for subject in sorted(keys)), digest_size=32).digest()
        said = [(plan, call) for plan, call, _ in self._waiting]
        return digest_of(said, community=self._here, actor=self.actor, key=key if keys else None)


def _events(plan: Plan) -> int:
    return EVENTS_OF_A_REQUEST + len(plan.fields.get("shifts") or ())
