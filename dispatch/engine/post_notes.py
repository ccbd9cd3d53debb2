"""Verbs about the note that a post is handed over with (R26)."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

from ..domain import post_note as notes
from ..domain.errors import Refused, Unknown
from ..domain.post_note import Given, PostLeft, PostNote, post_note_stream
from ..domain.posting import Posting
from ..domain.values import PostNoteId, ResponderId
from ..store.journal import Answer
from ..views.post_note import left_at_post
from .given import about, label, local_id
from .plan import Call, Plan, community_id
from .reading import Reading


class PostNotes(Reading):
    """
    One method per verb.

    Without `by` the engine's own actor speaks on behalf of the responder, and both names are stored (代办).
    """

    def post_note_draft(self, community: str, responder: ResponderId, post: str) -> PostLeft:
        """
        Return what a note of somebody at a post would say now, before it is given.

        Raises
        ------
        Refused
            ``was_not_at_this_post``.
        """
        return left_at_post(self.board_of(community), responder, self._last_at(community, responder, post).place)

    def give_post_note(
        self,
        community: str,
        responder: ResponderId,
        post: str,
        *,
        to: ResponderId | None = None,
        remark: str | None = None,
        **call: Unpack[Call],
    ) -> PostNoteId:
        """
        Leave a note at a post: what is open, on the shelf, in custody, alarmed, not rung, read off the board now.

        Parameters
        ----------
        responder
            Who is at the post, or was there last.
        to
            Who comes after them; whoever is at the post next may take it over without one.
        remark
            What else is to be known; sealed under the key of `responder`.

        Raises
        ------
        Refused
            ``was_not_at_this_post``, ``note_for_oneself``.
        """
        here = community_id(community)
        note = PostNoteId(self._made("n", here, call))
        place = self._last_at(here, responder, post).place
        board = self.board_of(here)
        said = {"responder": responder, "post": post, "receiver": to, "remark": remark}
        fields = {
            "post_note": note,
            "responder": responder,
            "post": post,
            "place": place,
            "receiver": to,
            "left": left_at_post(board, responder, place),
            "as_of": board.position,
        }
        subject = responder if remark is not None else None
        plan = Plan(notes.GivePostNote, fields, said=said, subject=subject, personal={"remark": remark})
        self._handed(here, plan, call)
        return note

    def acknowledge_post_note(
        self, community: str, note: PostNoteId, *, responder: ResponderId, **call: Unpack[Call]
    ) -> Answer:
        """
        Take a note over, by who is at the same post now or comes to it.

        Raises
        ------
        Refused
            ``note_taken_over`` says by whom; ``note_for_another``, ``note_for_oneself``, ``not_at_this_post``.
        """
        plan = about(notes.AcknowledgePostNote, post_note=note, responder=responder)
        return self._handed(community, plan, call)

    def post_note(self, community: str, note: PostNoteId) -> PostNote:
        """Return a note; its remark opens with `reveal`."""
        here = community_id(community)
        return notes.known(self._reader(None), here, local_id(post_note_stream, here, note))

    def post_notes(self, community: str, *, post: str | None = None) -> dict[PostNoteId, PostNote]:
        """Return the notes that nobody has taken over, oldest first; of one post, or of all."""
        found = [
            (state.given_at, PostNoteId(name), state)
            for name, state in self.board_of(community).all("post_note").items()
            if isinstance(state, Given) and post in (None, state.post)
        ]
        return {name: state for _, name, state in sorted(found, key=lambda one: one[:2])}

    def _handed(self, community: str, plan: Plan, call: Call) -> Answer:
        responder = str(plan.fields["responder"])
        behalf = None if call.get("by") is not None or self.actor.id == responder else responder
        return self._say(community, replace(plan, on_behalf_of=behalf), call)

    def _last_at(self, community: str, responder: ResponderId, post: str) -> Posting:
        """Return where somebody is at a post, or was last."""
        name, now = label(post, "post"), self.clock()
        person = self.board_of(community).responders.get(responder)
        if person is None:
            raise Unknown("responder", responder, now="Correct the id.")
        begun = [p for p in person.duty.posts if p.post == name and p.span.starts_at <= now]
        if not begun:
            raise Refused(
                "was_not_at_this_post",
                f"Responder {responder} has not been at post {name}, so leaves no note there. "
                "Correct the post or the person.",
                responder=responder,
            )
        return max(begun, key=lambda posting: posting.span.starts_at)
