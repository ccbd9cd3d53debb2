"""
What a kind of help is: its legs, deadlines, approvals and what closes it.

Kinds are data. The ones that every community starts with are in `kinds`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from .positions import Position, responding
from .values import RESPONDING, STAFF, Code, Point, Role, Side, Urgency, Value

CREW_MAX = 6
LEGS_MAX = 6
KINDS_MAX = 100
APPROVING = STAFF | {Role.BUILDING_LEAD}
"""Who may be named as an approver (R12: the approver has a role)."""


class Proof(StrEnum):
    """
    What shows that the help arrived (R8).

    A photo leaves only its digest in the log. A token is a word that the beneficiary is told when the
    help is on its way and gives to whoever brings it.
    """

    NONE = "none"
    PHOTO = "photo"
    TOKEN = "token"  # noqa: S105 - a kind of proof, not a secret


class Permit(StrEnum):
    """What a leg may not be done without (R12)."""

    MEDICAL_PASS = "medical_pass"  # noqa: S105 - a permit, not a secret


def _responding(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    idle = [role for role in roles if role not in RESPONDING]
    if idle:
        raise ValueError(f"role {idle[0]} takes no legs; name roles of responders")
    return roles


def _approving(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    for role in roles:
        if role not in APPROVING:
            raise ValueError(f"role {role} approves nothing; name staff or the building lead")
        if roles.count(role) > 1:
            raise ValueError(f"role {role} is named twice; each approval is by another role")
    return roles


def _is_no(value: object) -> bool:
    return value is False


Seconds = Annotated[int, Field(ge=1, le=31 * 86_400)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(RESPONDING)), AfterValidator(responding)]
Approvals = Annotated[tuple[Role, ...], Field(max_length=len(APPROVING)), AfterValidator(_approving)]
Units = Annotated[int, Field(ge=0, le=1_000)]


class LegKind(Value):
    """
    One leg of a kind: the unit that is offered (A2).

    Attributes
    ----------
    name
        Unique within the kind.
    after
        Legs that must be done before this one is offered.
    side
        The side of the control line on which it is done; `None` means that it crosses the line.
    origin, destination
        Where it begins and ends.
    crew
        People bound together, all or nothing (R9).
    effort
        Effort units for one person before stairs are counted.
    stairs
        Whether each storey without a lift adds one unit per trip (R10).
    trips
        Times the stairs are climbed.
    skills
        Each member needs all of them.
    roles
        Who may be asked.
    isolated_roles, isolated_skills
        Replace `roles` and are added to `skills` when the beneficiary is isolated (A2: garbage of
        isolated persons needs trained, equipped staff).
    minutes
        Planned duration.
    remote
        Done by telephone: no control line is crossed and no gear is put on.
    positions
        Named places in the crew, one for each member; none for the plain case (R9).
    muster
        The crew meets, and each member reports ready, before work starts.
    call_ahead
        The crew is bound, and goes only when the household calls (R9: the daughter phones ahead).
    gear
        Done in protective gear whatever the control level: putting it on is planned too (R21, R28).
    permit
        What the beneficiary must hold, live, while the leg is done (R12).
    drives
        Whether it is driven: whoever takes it is at the wheel of a usable car (R13). One person drives.
    on_call
        Whether it waits to be called: a first leg until the agreed time is near, a later one until the
        patient is ready (R13: the way back).
    """

    name: Code
    after: tuple[Code, ...] = ()
    side: Side | None
    origin: Point
    destination: Point
    crew: Annotated[int, Field(ge=1, le=CREW_MAX)] = 1
    effort: Units
    stairs: bool = False
    trips: Annotated[int, Field(ge=1, le=10)] = 1
    skills: tuple[Code, ...] = ()
    roles: Roles
    isolated_roles: Roles | None = None
    isolated_skills: tuple[Code, ...] = ()
    minutes: Annotated[int, Field(ge=1, le=1_440)]
    remote: bool = False
    positions: Annotated[tuple[Position, ...], Field(max_length=CREW_MAX)] = ()
    muster: bool = False
    call_ahead: bool = False
    gear: bool = Field(default=False, exclude_if=_is_no)
    permit: Permit | None = None
    drives: bool = False
    on_call: bool = False

    @model_validator(mode="after")
    def _one_position_each(self) -> Self:
        names = [position.name for position in self.positions]
        if names and (len(set(names)) != len(names) or len(names) != self.crew):
            raise ValueError(
                f"leg {self.name}: a crew of {self.crew} has positions {', '.join(names)}; "
                "name one position for each member, each with a name of its own"
            )
        return self

    @model_validator(mode="after")
    def _one_drives(self) -> Self:
        if self.drives and self.crew > 1:
            raise ValueError(f"leg {self.name} is driven by a crew; one person drives, give the others their own leg")
        return self


class Kind(Value):
    """
    One kind of help.

    Attributes
    ----------
    key
        Stable name. Kinds never name an illness.
    urgency
        Used when the caller states none.
    due_within_s
        Seconds from receipt to delivery for each urgency, worst first: life, health, hardship, none.
    legs
        In order of definition; `after` gives the order of work.
    same_person
        Continuity is asked before the building tier (calling rounds, stair-carry series).
    approvals
        Roles of which one person each must approve before the legs are shared out, in any order (R2, R12).
    restricted
        Visible to few: who takes a leg of it, its approvers and the desk (R17, R34).
    contactless
        Kept at a distance at the door: one metre, or put down and told (R8).
    proof
        What must be recorded before it closes unconfirmed.
    no_payment
        Neither money nor a gift is taken for it (R16); what was spent on goods is another matter.
    needs_confirmation
        It closes only when the beneficiary has confirmed, or cannot be reached (R7).
    staff_only
        A duty that staff are ordered to, which no resident or volunteer asks for (R28).
    """

    key: Code
    urgency: Urgency
    due_within_s: tuple[Seconds, Seconds, Seconds, Seconds]
    legs: Annotated[tuple[LegKind, ...], Field(min_length=1, max_length=LEGS_MAX)]
    same_person: bool = False
    approvals: Approvals = ()
    restricted: bool = False
    contactless: bool = False
    proof: Proof = Proof.NONE
    no_payment: bool = False
    needs_confirmation: bool = False
    staff_only: bool = Field(default=False, exclude_if=_is_no)

    @model_validator(mode="after")
    def _legs_are_ordered(self) -> Self:
        known: set[str] = set()
        for leg in self.legs:
            if leg.name in known:
                raise ValueError(f"kind {self.key}: leg {leg.name} is declared twice; leg names are unique")
            missing = [name for name in leg.after if name not in known]
            if missing:
                raise ValueError(
                    f"kind {self.key}: leg {leg.name} comes after {missing[0]}, which is not declared before it; "
                    "declare legs in the order of work (this also rules out circles)"
                )
            known.add(leg.name)
        return self

    def due_within(self, urgency: Urgency) -> int:
        """Return the seconds from receipt to delivery at `urgency`."""
        return self.due_within_s[urgency.rank]


class Catalogue(Value):
    """All kinds that a community accepts, under one version."""

    version: Annotated[int, Field(ge=1)]
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1, max_length=KINDS_MAX)]

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Self:
        keys = [kind.key for kind in self.kinds]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"kind {key} is declared twice in the catalogue; keys are unique")
        return self

    def find(self, key: str) -> Kind | None:
        """Return the kind with this key, if the catalogue has it."""
        return next((kind for kind in self.kinds if kind.key == key), None)
