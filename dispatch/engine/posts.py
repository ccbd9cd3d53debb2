"""Verbs about posts and the roster."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Unpack

from pydantic import ValidationError

from ..domain import post as posts
from ..domain.errors import Refused
from ..domain.posting import Posting
from ..domain.shift import Shift
from ..domain.values import Place, ResponderId
from ..store.journal import Answer
from ..views.roster import RosterLine, roster_of
from .given import about, label, shift
from .plan import Call, bad_input, instant
from .registers import Where
from .running import Running


class Posts(Running):
    """Who stands where and when; a post is no request (R27)."""

    def assign_post(
        self,
        community: str,
        responder: ResponderId,
        post: str,
        *,
        starts_at: datetime,
        ends_at: datetime,
        where: Where | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Put somebody at a post for a time within a shift of theirs; they are asked for nothing else then.

        Parameters
        ----------
        post
            A code such as gate, test_site or patrol.
        starts_at, ends_at
            Aware; a patrol of 16:00 to 18:00 is one posting.

        Raises
        ------
        Refused
            ``no_shift_there``, ``posted_elsewhere``, ``ends_in_the_past``.
        """
        posting = self._posting(community, post, shift(starts_at, ends_at), where=where)
        return self._say(community, about(posts.AssignPost, responder=responder, posting=posting), call)

    def relieve_post(
        self,
        community: str,
        responder: ResponderId,
        post: str,
        *,
        starts_at: datetime,
        ends_at: datetime,
        where: Where | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """Take somebody off a post; the same post and time as it was assigned with."""
        posting = self._posting(community, post, shift(starts_at, ends_at), where=where)
        return self._say(community, about(posts.RelievePost, responder=responder, posting=posting), call)

    def _posting(self, community: str, post: str, span: Shift, *, where: Where | None) -> Posting:
        place = self.locate(community, where).place if where is not None else Place()
        try:
            return Posting(post=label(post, "post"), place=place, span=span)
        except ValidationError as error:
            raise bad_input("Posting", error) from None

    def check_presence(
        self, community: str, responder: ResponderId, post: str, *, found: bool, **call: Unpack[Call]
    ) -> Answer:
        """Record whether somebody was found at the post where they should be now (R33); each look is one more line."""
        return self._say(community, about(posts.CheckPresence, responder=responder, post=post, found=found), call)

    def roster(
        self, community: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[RosterLine, ...]:
        """
        Return who is there when, at which post, who is out, and which skills and clearances end.

        Parameters
        ----------
        since, until
            By default the next 24 hours.

        Raises
        ------
        Refused
            ``ends_before_start``, or an instant without a zone.
        """
        begins = self.clock() if since is None else instant(since, "since")
        ends = begins + timedelta(days=1) if until is None else instant(until, "until")
        if ends <= begins:
            raise Refused("ends_before_start", "The span ends before it begins. Give an end after its beginning.")
        return roster_of(self.board_of(community), begins, ends)
