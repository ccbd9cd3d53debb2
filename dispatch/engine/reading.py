"""Reading: states, the views for people, sealed fields with a purpose, and the log for an app's own users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Unpack

from ..domain import help_request
from ..domain import resident as residents
from ..domain.custody import CustodyTaken
from ..domain.decider import Read
from ..domain.driving import ShowPlate
from ..domain.errors import Refused, Unknown
from ..domain.help_request import HelpRequest, RequestReceived
from ..domain.line_item import ItemAdded
from ..domain.medical_pass import known as known_pass
from ..domain.medical_pass import pass_stream
from ..domain.post_note import PostNoteGiven, post_note_stream
from ..domain.record import NoteAdded
from ..domain.resident import AccessPersonalData, Resident, goes_to_buy, is_item
from ..domain.responder import Responder
from ..domain.responder import known as known_responder
from ..domain.ride import ride_stream
from ..domain.roster import AccessResponderData
from ..domain.values import (
    DESK,
    CommunityId,
    CustodyId,
    PassId,
    PostNoteId,
    RequestId,
    ResidentId,
    ResponderId,
    Sealed,
    Stream,
    VehicleId,
    custody_stream,
    is_local_id,
    request_stream,
    resident_stream,
    responder_stream,
)
from ..domain.vehicle import vehicle_stream
from ..store.outage import LOG
from ..store.recorded import Recorded
from ..store.recorders import Parked
from ..views import BoardLine, TimelineLine, Views
from .given import about as saying
from .given import local_id
from .plan import Call, community_id, instant, speaker
from .running import Running


class Reading(Running):
    """What can be asked; nothing here changes the log, except that opening sealed fields is recorded."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.views = Views(self.journal, batch=self.settings.view_batch)

    def request(self, community: str, request: RequestId, *, as_of: int | datetime | None = None) -> HelpRequest:
        """Return a request's state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return help_request.known(self._reader(as_of), here, local_id(request_stream, here, request))

    def responder(self, community: str, responder: ResponderId, *, as_of: int | datetime | None = None) -> Responder:
        """Return a responder's state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return known_responder(self._reader(as_of), here, local_id(responder_stream, here, responder))

    def resident(self, community: str, resident: ResidentId, *, as_of: int | datetime | None = None) -> Resident:
        """Return a resident's pseudonymous state: now, at a log position, or as it was known at an instant."""
        here = community_id(community)
        return residents.known(self._reader(as_of), here, local_id(resident_stream, here, resident))

    def _reader(self, as_of: int | datetime | None) -> Read:
        if as_of is None:
            return lambda stream, /: self.journal.state(stream)[0]
        position = self._position(as_of)
        return lambda stream, /: self.journal.state_at(stream, position)

    def _position(self, as_of: int | datetime) -> int:
        if isinstance(as_of, int):
            return as_of
        return self.journal.position_at(instant(as_of, "as_of"))

    def communities(self) -> tuple[CommunityId, ...]:
        """Return every community of the store, in order of id."""
        return tuple(CommunityId(name) for name in sorted(self.journal.heads()))

    def parked(self) -> tuple[Parked, ...]:
        """Return the communities that stand still because of a damaged row, with its position and the problem."""
        with LOG:
            return tuple(self.journal.recorder.parked())

    def unpark(self, community: str) -> None:
        """Let a community go on after its row was mended; still damaged, the next drain parks it again."""
        here = community_id(community)
        with LOG:
            self.journal.recorder.unpark(here)
        self.wake.ring(here)

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

        Raises
        ------
        CorruptHistory
            At a damaged row; its position is in the error's `fields`. Name a community to read past
            another's damage.
        """
        return self.journal.read(gt=after, community=community_id(community) if community is not None else None)

    def reveal(self, community: str, about: str, *, purpose: str, **call: Unpack[Call]) -> dict[str, str | None]:
        """
        Open sealed fields for a purpose; who read what, and why, is recorded before anything is shown.

        Parameters
        ----------
        about
            Id of a resident or responder (name, phone, door), of a request (the beneficiary's, the note and
            what is to be bought, the last for the desk and who buys it), of a thing in custody (the owner's,
            and its description), or of a note left at a post (its remark).
        purpose
            A code such as visit, call_back or complaint.

        Returns
        -------
        dict
            Field → text; `None` for a field whose key is gone although its person is not erased.

        Raises
        ------
        Refused
            ``erased``: nobody can open it any more. Or the actor may not: a volunteer opens the fields
            only of somebody whose leg they have taken.

        Notes
        -----
        The same command id again is another reading: who asks must still be entitled to it, and it is
        recorded again.
        """
        here = community_id(community)
        person, sealed = self._sealed_of(here, about)
        found = sealed if self._may_read_items(here, person, call) else _without_items(sealed)
        fields = {"fields": tuple(found), "purpose": purpose}
        if person.startswith("r-"):
            plan = saying(AccessResponderData, responder=person, **fields)
        elif person.startswith("v-"):
            plan = saying(ShowPlate, vehicle=person, purpose=purpose)
        else:
            plan = saying(AccessPersonalData, resident=person, **fields)
        if self._say(here, plan, call).repeated:
            afresh: Call = {**call}
            del afresh["command_id"]
            self._say(here, plan, afresh)
        return {name: self.sealer.open(here, value) for name, value in found.items()}

    def _may_read_items(self, community: CommunityId, person: str, call: Call) -> bool:
        """Tell whether who asks may see what is to be bought; who only brings it may not."""
        who = speaker(call, self.actor)
        if who.role in DESK or who.id == person or not is_local_id(who.id):
            return True
        state, _ = self.journal.state(responder_stream(community, ResponderId(who.id)))
        read = self._reader(None)
        return isinstance(state, Responder) and goes_to_buy(state, community, ResidentId(person), read=read)

    def _sealed_of(self, community: CommunityId, about: str) -> tuple[str, dict[str, Sealed]]:
        """Return whose data they are, and the sealed fields by name."""
        local_id(resident_stream, community, ResidentId(about))
        kind = about[:2]
        if kind == "q-":
            request = RequestId(about)
            person, found = self._sealed_of(community, self.request(community, request).beneficiary)
            first = self._first(request_stream(community, request))
            if isinstance(first, RequestReceived) and first.note is not None:
                found["note"] = first.note
            for event in self.journal.stream(request_stream(community, request)):
                if isinstance(event.fact, ItemAdded) and event.fact.wanted is not None:
                    found[f"item_{event.fact.number}"] = event.fact.wanted
            found |= self._notes(request_stream(community, request))
            booked = self.journal.stream(ride_stream(community, request), lte=1)
            return person, found | (_fields(booked[0].fact, "destination") if booked else {})
        if kind == "m-":
            passed = PassId(about)
            person, found = self._sealed_of(community, self._pass_owner(community, passed))
            return person, found | _fields(self._first(pass_stream(community, passed)), "need")
        if kind == "v-":
            return about, _fields(self._first(vehicle_stream(community, VehicleId(about))), "plate")
        if kind == "i-":
            taken = self._first(custody_stream(community, CustodyId(about)))
            if not isinstance(taken, CustodyTaken):
                raise Unknown("custody", about, now="Correct the id.")
            person, found = self._sealed_of(community, taken.owner)
            return person, found | ({"description": taken.description} if taken.description is not None else {})
        if kind == "n-":
            note = self._first(post_note_stream(community, PostNoteId(about)))
            if not isinstance(note, PostNoteGiven):
                raise Unknown("post_note", about, now="Correct the id.")
            return note.giver, _fields(note, "remark")
        if kind == "r-":
            stream = responder_stream(community, ResponderId(about))
        else:
            stream = resident_stream(community, ResidentId(about))
        return about, _fields(self._first(stream), "name", "phone", "door")

    def _pass_owner(self, community: CommunityId, passed: PassId) -> ResidentId:
        return known_pass(self._reader(None), community, passed).resident

    def _notes(self, stream: Stream) -> dict[str, Sealed]:
        """Return the notes that were added later, the voided ones too, by their numbers."""
        added = [event.fact.note for event in self.journal.stream(stream) if isinstance(event.fact, NoteAdded)]
        return {f"note_{number}": note for number, note in enumerate(added, start=2)}

    def _first(self, stream: Stream) -> object:
        events = self.journal.stream(stream, lte=1)
        if not events:
            raise Refused("unknown_id", "Nobody and nothing of this id is in the log. Correct the id.")
        return events[0].fact


def _without_items(sealed: dict[str, Sealed]) -> dict[str, Sealed]:
    return {name: value for name, value in sealed.items() if not is_item(name)}


def _fields(fact: object, *names: str) -> dict[str, Sealed]:
    """Return the sealed fields of an event that are filled."""
    return {name: value for name in names if isinstance(value := getattr(fact, name, None), Sealed)}
