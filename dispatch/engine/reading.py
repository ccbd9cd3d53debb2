"""Reading: states, the views for people, sealed fields with a purpose, and the log for an app's own users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Unpack

from ..domain import help_request
from ..domain import resident as residents
from ..domain.errors import Refused
from ..domain.help_request import HelpRequest, RequestReceived
from ..domain.resident import AccessPersonalData, Resident
from ..domain.responder import Responder
from ..domain.responder import known as known_responder
from ..domain.roster import AccessResponderData
from ..domain.values import (
    CommunityId,
    RequestId,
    ResidentId,
    ResponderId,
    Sealed,
    Stream,
    request_stream,
    resident_stream,
    responder_stream,
)
from ..store.recorded import Recorded
from ..views import BoardLine, TimelineLine, Views
from .core import Call, Plan, community_id
from .running import Running


class Reading(Running):
    """What can be asked; nothing here changes the log, except that opening sealed fields is recorded."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.views = Views(self.journal, batch=self.settings.view_batch)

    def request(self, community: str, request: RequestId, *, as_of: int | datetime | None = None) -> HelpRequest:
        """Return a request's state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return help_request.known(self._reader(as_of), here, self._checked(request_stream, here, request))

    def responder(self, community: str, responder: ResponderId, *, as_of: int | datetime | None = None) -> Responder:
        """Return a responder's state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return known_responder(self._reader(as_of), here, self._checked(responder_stream, here, responder))

    def resident(self, community: str, resident: ResidentId, *, as_of: int | datetime | None = None) -> Resident:
        """Return a resident's pseudonymous state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return residents.known(self._reader(as_of), here, self._checked(resident_stream, here, resident))

    def _checked(self, stream_of: Any, community: CommunityId, local: Any) -> Any:
        try:
            stream_of(community, local)
        except ValueError as bad:
            raise Refused("malformed_id", f"{bad}.") from None
        return local

    def _reader(self, as_of: int | datetime | None) -> Any:
        if as_of is None:
            return lambda stream: self.journal.state(stream)[0]
        position = self.journal.position_at(as_of) if isinstance(as_of, datetime) else as_of
        return lambda stream: self.journal.state_at(stream, position)

    def position(self) -> int:
        """Return the last position of the log."""
        return self.journal.head()

    def board(self, community: str) -> tuple[BoardLine, ...]:
        """Return the board for people: every leg of every open request, most urgent first."""
        self.views.follow()
        return self.views.board(community_id(community))

    def timeline(self, community: str, *, about: str | None = None, limit: int = 1_000) -> tuple[TimelineLine, ...]:
        """
        Return what happened, oldest first.

        Parameters
        ----------
        about
            Id of a request, responder or resident; everything without one.
        """
        self.views.follow()
        return self.views.timeline(community_id(community), about=about, limit=limit)

    def subscribe(self, *, after: int = 0, community: str | None = None) -> Iterator[Recorded]:
        """
        Yield the events after a position up to the head, for an app that pushes to its own users.

        Store the last position with what you did; call again with it. Delivery is then at least once,
        in order, with nothing skipped, whoever wrote the events.
        """
        return self.journal.read(gt=after, community=community_id(community) if community is not None else None)

    def reveal(self, community: str, about: str, *, purpose: str, **call: Unpack[Call]) -> dict[str, str | None]:
        """
        Open sealed fields for a purpose; who read what, and why, is recorded before anything is shown.

        Parameters
        ----------
        about
            Id of a resident or responder (name, phone, door), or of a request (the beneficiary's, and the note).
        purpose
            A code such as visit, call_back or complaint.

        Returns
        -------
        dict
            Field → text; `None` for a field whose key is erased.

        Raises
        ------
        Refused
            The actor may not: a volunteer opens the fields only of somebody whose leg they have taken.
        """
        here = community_id(community)
        sealed = self._sealed_of(here, about)
        if about.startswith("r-"):
            fields: dict[str, object] = {"responder": about, "fields": tuple(sealed), "purpose": purpose}
            self._say(community, Plan(AccessResponderData, fields, said=fields), call)
        else:
            person = self.request(community, RequestId(about)).beneficiary if about.startswith("q-") else about
            fields = {"resident": person, "fields": tuple(sealed), "purpose": purpose}
            self._say(community, Plan(AccessPersonalData, fields, said=fields), call)
        return {name: self.sealer.open(here, value) for name, value in sealed.items()}

    def _sealed_of(self, community: CommunityId, about: str) -> dict[str, Sealed]:
        if about.startswith("q-"):
            state = self.request(community, RequestId(about))
            found = self._sealed_of(community, state.beneficiary)
            first = self._first(request_stream(community, RequestId(about)))
            if isinstance(first, RequestReceived) and first.note is not None:
                found["note"] = first.note
            return found
        stream = (
            (
                self._checked(responder_stream, community, ResponderId(about)),
                responder_stream(community, ResponderId(about)),
            )[1]
            if about.startswith("r-")
            else resident_stream(community, self._checked(resident_stream, community, about))
        )
        first = self._first(stream)
        names = ("name", "phone", "door")
        return {name: value for name in names if isinstance(value := getattr(first, name, None), Sealed)}

    def _first(self, stream: Stream) -> object:
        events = self.journal.stream(stream, lte=1)
        if not events:
            raise Refused("unknown_id", "Nobody and nothing of this id is in the log. Correct the id.")
        return events[0].fact
