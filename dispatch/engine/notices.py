"""Verbs about what people are called about although it is no request."""

from __future__ import annotations

from typing import Unpack

from ..domain import notice as notices
from ..domain.notice import Notice, notice_stream
from ..domain.values import NoticeId
from ..store.journal import Answer
from .given import about, local_id
from .plan import Call, community_id
from .reading import Reading


class Notices(Reading):
    """One method per verb about notices (提醒): a floor nobody serves, a round that ended, things left behind."""

    def notices(self, community: str) -> dict[NoticeId, Notice]:
        """Return the matters that stand, oldest first: who is called, or who sees to it."""
        found = [
            (state.begun_at, NoticeId(name), state)
            for name, state in self.board_of(community).all("notice").items()
            if state.is_open
        ]
        return {name: state for _, name, state in sorted(found, key=lambda one: one[:2])}

    def notice(self, community: str, notice: NoticeId) -> Notice:
        """Return one matter, settled ones too."""
        here = community_id(community)
        return notices.known(self._reader(None), here, local_id(notice_stream, here, notice))

    def note_notice(self, community: str, notice: NoticeId, **call: Unpack[Call]) -> Answer:
        """
        Take note of a matter and see to it: nobody else is called.

        Raises
        ------
        Refused
            ``notice_noted`` says who sees to it; ``notice_over``: it is settled.
        """
        return self._say(community, about(notices.NoteNotice, notice=notice), call)
