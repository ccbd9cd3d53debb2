"""The shared nouns: ids, places, roles, urgency, sealed text, actors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_LOCAL = "[a-z]-[0-9a-z]{1,32}"
_ID = Annotated[str, StringConstraints(pattern=f"^{_LOCAL}$")]
_PLACE_ID = Annotated[str, StringConstraints(pattern=r"^[a-z]-[0-9a-z-]{1,32}$")]

# Ids are shapes, not texts: nobody can put a name or a phone where an id belongs.
CommunityId = NewType("CommunityId", Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")])
RequestId = NewType("RequestId", _ID)
LegId = NewType("LegId", Annotated[str, StringConstraints(pattern=f"^{_LOCAL}/[a-z][a-z0-9_]{{0,39}}$")])
OfferId = NewType("OfferId", Annotated[str, StringConstraints(pattern=f"^{_LOCAL}#[1-9][0-9]{{0,5}}$")])
ResponderId = NewType("ResponderId", _ID)
ResidentId = NewType("ResidentId", _ID)
CustodyId = NewType("CustodyId", _ID)
WrongSideId = NewType("WrongSideId", _ID)
DutyTaskId = NewType("DutyTaskId", _ID)
SeriesId = NewType("SeriesId", _ID)
BuildingId = NewType("BuildingId", _PLACE_ID)
CompoundId = NewType("CompoundId", _PLACE_ID)
HouseholdId = NewType("HouseholdId", _PLACE_ID)
RoundId = NewType("RoundId", _ID)
LotId = NewType("LotId", _ID)
PassId = NewType("PassId", _ID)
VehicleId = NewType("VehicleId", _ID)
CallUpId = NewType("CallUpId", _ID)
PostNoteId = NewType("PostNoteId", _ID)
NoticeId = NewType("NoticeId", _ID)
Stream = NewType("Stream", str)

_COMMUNITY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LOCAL_ID = re.compile(_LOCAL)
_BASE64 = r"^[A-Za-z0-9+/]*={0,2}$"


def _as_utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone; expected for example 2026-03-01T09:30+08:00")
    if instant.tzinfo is UTC:
        return instant
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant must lie between the years 1 and 9999 in UTC") from None


Instant = Annotated[datetime, AfterValidator(_as_utc)]
"""An aware instant, kept in UTC."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A machine-readable reason: never free text, so never personal."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=60)]
"""A public name of a place, a skill, a drug-free kind: never a person's."""

Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._:-]{0,59}$")]
"""The id of somebody who acts: a responder's, a resident's or a staff account's; never a name or a phone."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,128}$")]
"""A hexadecimal digest."""

CommandId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
"""What tells one command from another: printable ASCII, given by the caller or made from what it answers."""

FloorLabel = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,5}$")]
"""A floor as the lift shows it: «12», «B2», «3A», «G»."""


def is_absent(value: object) -> bool:
    """Tell whether an optional field is not set: it is then not written down, so that older rows stay the same."""
    return value is None


class Value(BaseModel):
    """Base of every stored or commanded value: frozen, strict, closed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


class Fact(Value):
    """
    Base of every event: past tense, flat, dated.

    The stream, its version and the position are the envelope's, never the body's.
    """

    TOPIC: ClassVar[str]
    SCHEMA: ClassVar[int] = 1


class Urgency(StrEnum):
    """How bad waiting is, worst first (the four levels of requirements part B)."""

    LIFE = "life"
    HEALTH = "health"
    HARDSHIP = "hardship"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for a threat to life up to 3 for no threat."""
        return _URGENCY_RANK[self]


_URGENCY_RANK = {Urgency.LIFE: 0, Urgency.HEALTH: 1, Urgency.HARDSHIP: 2, Urgency.NONE: 3}


class Role(StrEnum):
    """What somebody is here as (A2: roles differ by event, not by class)."""

    FLOOR_CAPTAIN = "floor_captain"
    BUILDING_LEAD = "building_lead"
    COMMUNITY_WORKER = "community_worker"
    CADRE = "cadre"
    VOLUNTEER = "volunteer"
    DRIVER = "driver"
    MEDICAL_STAFF = "medical_staff"
    COUNSELLOR = "counsellor"
    RESIDENT = "resident"
    AUDITOR = "auditor"
    SYSTEM = "system"

    @property
    def is_staff(self) -> bool:
        """Staff receive assignments; everybody else receives offers (A2)."""
        return self in STAFF


STAFF = frozenset({Role.COMMUNITY_WORKER, Role.CADRE, Role.DRIVER, Role.MEDICAL_STAFF, Role.COUNSELLOR})
OFFICE = frozenset({Role.COMMUNITY_WORKER, Role.CADRE})
"""Who keeps the registers."""

DESK = OFFICE | {Role.BUILDING_LEAD, Role.MEDICAL_STAFF}
"""Who judges and steers requests."""

RESPONDING = STAFF | {Role.FLOOR_CAPTAIN, Role.BUILDING_LEAD, Role.VOLUNTEER}


class Channel(StrEnum):
    """Where a command came in (R1: any channel counts)."""

    APP = "app"
    CHAT = "chat"
    PHONE = "phone"
    DOOR = "door"
    PAPER = "paper"
    SHEET = "sheet"
    STAFF = "staff"
    SYSTEM = "system"


class Side(StrEnum):
    """The side of a control line."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class ControlLevel(StrEnum):
    """Control of a place, any of which may follow any other (R20)."""

    OPEN = "open"
    ENCLOSED = "enclosed"
    PRECAUTION = "precaution"
    CONTROLLED = "controlled"
    SEALED = "sealed"
    TEMPORARY = "temporary"


class Point(StrEnum):
    """Where a leg begins or ends (R5, R6)."""

    SHOP = "shop"
    GATE = "gate"
    SHELF = "shelf"
    DOOR = "door"
    DOWNSTAIRS = "downstairs"
    CAR = "car"
    HOSPITAL = "hospital"
    BINS = "bins"
    OFFICE = "office"


class Place(Value):
    """
    A node of the place tree; a missing part means «all of it».

    Nothing set is the whole community. One door is one household (R18, R20): door numbers are personal
    and never part of a place, a household's id is not. It is written down only where there is one, so
    that places stored before there were doors are the same bytes.
    """

    compound: CompoundId | None = None
    building: BuildingId | None = None
    building_unit: Label | None = None
    floor: FloorLabel | None = None
    household: HouseholdId | None = Field(default=None, exclude_if=is_absent)

    def contains(self, other: Place) -> bool:
        """Tell whether `other` lies in this place (every place contains itself)."""
        if self.building is not None:
            if self.building != other.building:
                return False
        elif self.compound is not None and self.compound != other.compound:
            return False
        if self.building_unit is not None and self.building_unit != other.building_unit:
            return False
        if self.floor is not None and self.floor != other.floor:
            return False
        return self.household is None or self.household == other.household

    @property
    def depth(self) -> int:
        """
        How far down the tree it is.

        0 for the community, 1 compound, 2 building, 3 building_unit, 4 floor, 5 floor of one
        building_unit, 6 door.
        """
        if self.household is not None:
            return 6
        if self.floor is not None:
            return 4 if self.building_unit is None else 5
        if self.building_unit is not None:
            return 3
        if self.building is not None:
            return 2
        return 1 if self.compound is not None else 0


class Sealed(Value):
    """
    One encrypted personal field.

    Attributes
    ----------
    subject
        Whose key opens it: a resident's or a responder's id.
    field
        Name of the field; part of the associated data, with subject and command.
    command
        Id of the command that brought it.
    algorithm
        Named here so that old values stay readable when the algorithm changes.
    nonce, ciphertext
        Standard base64.
    """

    subject: Annotated[str, StringConstraints(pattern=f"^{_LOCAL}$")]
    field: Code
    command: CommandId
    algorithm: Code = "aes256gcm"
    nonce: Annotated[str, StringConstraints(max_length=24, pattern=_BASE64)]
    ciphertext: Annotated[str, StringConstraints(max_length=32_768, pattern=_BASE64)]


class Actor(Value):
    """
    Who gives a command, as the embedding application vouches for.

    `id` is a responder's or resident's id, a staff account's id, or «system».
    """

    id: Account
    role: Role
    via: Channel = Channel.APP


SYSTEM = Actor(id="system", role=Role.SYSTEM, via=Channel.SYSTEM)
"""The actor of every timer and of the matcher."""


class Command(Value):
    """
    Base of every command: imperative, with its one recorded instant.

    Attributes
    ----------
    community
        The community whose log this belongs to.
    actor
        Who says it.
    on_behalf_of
        Whose answer it is when a lead answers for a captain (代办); both names are stored.
    at
        The recorded instant, UTC; the only clock a decision sees.
    """

    community: CommunityId
    actor: Actor
    on_behalf_of: Account | None = None
    at: Instant


def check_community(text: str) -> CommunityId:
    """
    Return `text` as a community id.

    Raises
    ------
    ValueError
        Not 1-40 characters of a-z, 0-9 and «-», starting with a letter or digit.
    """
    if not _COMMUNITY.fullmatch(text):
        raise ValueError(
            "a community id has 1 to 40 characters a-z, 0-9 or «-» and starts with a letter or digit; "
            "choose a short name such as riverside"
        )
    return CommunityId(text)


def is_local_id(text: str) -> bool:
    """Tell whether a text has the shape of a request's, responder's or resident's id."""
    return _LOCAL_ID.fullmatch(text) is not None


def stream_of(community: CommunityId, aggregate: str, local: str) -> Stream:
    """
    Return the stream id `{community}/{aggregate}/{id}`.

    Raises
    ------
    ValueError
        The id is not a letter, «-» and 1-32 letters or digits: such a stream cannot exist.
    """
    if not is_local_id(local):
        raise ValueError(
            f"malformed {aggregate} id; expected a letter, «-» and letters or digits, as in {aggregate[0]}-1f"
        )
    return Stream(f"{community}/{aggregate}/{local}")


def request_stream(community: CommunityId, request: RequestId) -> Stream:
    """Return the stream of one help request."""
    return stream_of(community, "request", request)


def responder_stream(community: CommunityId, responder: ResponderId) -> Stream:
    """Return the stream of one responder."""
    return stream_of(community, "responder", responder)


def resident_stream(community: CommunityId, resident: ResidentId) -> Stream:
    """Return the stream of one resident."""
    return stream_of(community, "resident", resident)


def series_stream(community: CommunityId, series: SeriesId) -> Stream:
    """Return the stream of one series."""
    return stream_of(community, "series", series)


def custody_stream(community: CommunityId, custody: CustodyId) -> Stream:
    """Return the stream of one thing in custody."""
    return stream_of(community, "custody", custody)


def community_stream(community: CommunityId) -> Stream:
    """Return the one stream of the place register, catalogue and policy."""
    return Stream(f"{community}/community")


def match_stream(community: CommunityId) -> Stream:
    """Return the one stream of match decisions; its version fences concurrent drains."""
    return Stream(f"{community}/match")


def leg_id(request: RequestId, name: str) -> LegId:
    """Return the id of a request's leg."""
    return LegId(f"{request}/{name}")


def offer_id(request: RequestId, ordinal: int) -> OfferId:
    """Return the id of a request's n-th offer or assignment, from 1."""
    return OfferId(f"{request}#{ordinal}")


def request_of(offer: str) -> RequestId:
    """Return the request an offer or leg id belongs to."""
    return RequestId(re.split("[/#]", offer, maxsplit=1)[0])
