"""What every verb stands on: build the command, seal before deciding, decide, ring."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..domain.address import Address, BadAddress, parse_address
from ..domain.commands import authorise
from ..domain.community import Registered
from ..domain.errors import Refused, Unknown
from ..domain.finding import Found, find_place
from ..domain.values import Actor, Command, CommunityId, Place, community_stream
from ..settings import Settings
from ..store.journal import Answer, Issued, Journal
from ..store.keys import Sealer, seal
from ..store.outage import LOG
from ..store.recorded import Recorded
from ..wake import Wake
from .plan import Call, Plan, build, check_call, checked_command_id, community_id, digest_of, speaker

__all__ = ["Call", "Core"]

_ID_BYTES = 8


class Core:
    """
    The parts an engine is made of.

    Parameters
    ----------
    journal
        The log.
    sealer
        Seals and opens personal fields.
    clock
        Gives the instant of now, aware; the only clock of the engine.
    ids
        Gives 16 random lower-case letters and digits at each call.
    actor
        Who speaks when a call names nobody.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        sealer: Sealer,
        settings: Settings,
        wake: Wake,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        actor: Actor,
    ) -> None:
        self.journal = journal
        self.sealer = sealer
        self.settings = settings
        self.wake = wake
        self.clock = clock
        self.ids = ids
        self.actor = actor

    def _made(self, letter: str, community: str, call: Call) -> str:
        """Return a new id. A caller's command id makes it, so that the command sent again means the same one."""
        given = checked_command_id(call)
        return f"{letter}-{self.ids()}" if given is None else derived_id(letter, community, given)

    def _first_answer(self, call: Call) -> tuple[Recorded, ...]:
        """Return what the same command recorded when it was given before; nothing when it was not."""
        given = checked_command_id(call)
        if given is None:
            return ()
        with LOG:
            row = self.journal.recorder.select_command(given)
        if row is None or row.first_position is None or row.last_position is None:
            return ()
        return tuple(self.journal.read(gt=row.first_position - 1, lte=row.last_position))

    def _is_repeat(self, call: Call) -> bool:
        """Tell whether the caller's command id is known; then its first answer is given, whatever holds now."""
        given = checked_command_id(call)
        return given is not None and self.journal.answered(given)

    def _say(self, community: str, plan: Plan, call: Call) -> Answer:
        return self._say_together(community, [plan], call)

    def _say_together(self, community: str, plans: Sequence[Plan], call: Call) -> Answer:
        """
        Give the commands of one call in one save; when one is refused, none is done.

        What the caller said is with the last one; all are about one subject at most.
        """
        here = community_id(community)
        check_call(call)
        command_id = checked_command_id(call) or f"c-{self.ids()}"
        at, actor = self.clock(), speaker(call, self.actor)
        commands = [build(plan, community=here, at=at, actor=actor, call=call) for plan in plans]
        subject = next((plan.subject for plan in plans if plan.subject is not None), None)
        texts = [plan.texts() for plan in plans]
        digest, key = b"", None
        if subject is None or all(map(is_allowed, commands)):
            key = self._key(here, subject, command_id)
            if subject is None or key is not None:
                digest = digest_of([(plans[-1], call)], community=here, actor=actor, key=key)
        if key is not None:
            self._remember(here, plans)
            commands = [
                sealed(command, text, subject=str(subject), command_id=command_id, key=key)
                for command, text in zip(commands, texts, strict=True)
            ]
        answer = self.journal.execute_together(commands, Issued(command_id, digest, call.get("occurred_at")))
        if answer.events and not answer.repeated:
            self.wake.ring(here)
        return answer

    def _key(self, community: CommunityId, subject: str | None, command_id: str) -> bytes | None:
        """
        Return the subject's key; `None` without a subject, and for an erased one whose command is known.

        The first answer of that is given still, although nobody can compare what was said.
        """
        if subject is None:
            return None
        try:
            return self.sealer.sealing_keys(community, [subject])[subject]
        except Refused:
            if self.journal.answered(command_id):
                return None
            raise

    def _remember(self, community: CommunityId, plans: Sequence[Plan]) -> None:
        """Let people be found; before they are recorded, for nobody is found who is not in the log."""
        found_by = {plan.subject: plan.found_by for plan in plans if plan.subject is not None and plan.found_by}
        self.sealer.remember_all(community, found_by)

    def register_of(self, community: str) -> Registered:
        """
        Return the place register, catalogue and policy of a community.

        Raises
        ------
        Unknown
            Nobody registered this community.
        """
        here = community_id(community)
        state, _ = self.journal.state(community_stream(here))
        if not isinstance(state, Registered):
            raise Unknown("community", here, now="Register it first (`dispatch init`).")
        return state

    def locate(self, community: str, where: str | Place | Address) -> Found:
        """
        Return the place that a written address means, with the door number beside it.

        Parameters
        ----------
        where
            «11号楼3单元501», «12A-05-123», or a `Place`.

        Raises
        ------
        Refused
            The address cannot be read, or the register has no such place.
        """
        if isinstance(where, Place):
            return Found(where, None)
        try:
            address = where if isinstance(where, Address) else parse_address(where)
        except BadAddress as bad:
            raise Refused(str(bad.problem), str(bad), expected=bad.expected) from None
        return find_place(self.register_of(community), address)


def derived_id(letter: str, *parts: str) -> str:
    """Return an id that the same parts always make."""
    made = hashlib.blake2b("\x1f".join((letter, *parts)).encode(), digest_size=_ID_BYTES).hexdigest()
    return f"{letter}-{made}"


def sealed(command: Command, texts: Mapping[str, str], *, subject: str, command_id: str, key: bytes) -> Command:
    """Return a command with its personal texts sealed under their subject's key."""
    fields: dict[str, Any] = {
        name: seal(text, community=command.community, subject=subject, command=command_id, field=name, key=key)
        for name, text in texts.items()
    }
    return command.model_copy(update=fields) if fields else command


def is_allowed(command: Command) -> bool:
    """Tell whether the actor may give this at all; who may not is refused before a key is made for anybody."""
    try:
        authorise(command)
    except Refused:
        return False
    return True
