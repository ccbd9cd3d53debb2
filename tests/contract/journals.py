"""Commands for the journal, and a recorder that lets a test step in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from dispatch.domain.authority import GrantRole
from dispatch.domain.building import Building
from dispatch.domain.community import (
    AdoptCatalogue,
    AdoptPolicy,
    RegisterBuilding,
    RegisterCommunity,
)
from dispatch.domain.control import Control
from dispatch.domain.control_order import SetControlLevel
from dispatch.domain.intake import ReceiveRequest
from dispatch.domain.kinds import EVERYDAY_CATALOGUE, Catalogue
from dispatch.domain.match_run import Candidate, MatchDecided, RecordMatch, ShortfallFound
from dispatch.domain.offer import AcceptOffer, DeclineOffer
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import (
    BeginErasure,
    BeginIsolation,
    EndIsolation,
    ExcludeResponder,
    RegisterResident,
)
from dispatch.domain.roster import RecordSide, RegisterResponder, SetSkills
from dispatch.domain.shift import Shift
from dispatch.domain.values import (
    SYSTEM,
    Actor,
    BuildingId,
    Channel,
    Command,
    CommunityId,
    ControlLevel,
    HouseholdId,
    Place,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Side,
    Stream,
    leg_id,
    offer_id,
    resident_stream,
)
from dispatch.store.journal import Issued, Journal
from dispatch.store.recorders import Recorder

RIVERSIDE: Final = CommunityId("riverside")
NORTH: Final = CommunityId("north")
DESK: Final = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.STAFF)
T0: Final = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
TOWER: Final = BuildingId("b-1")
REQUEST: Final = RequestId("q-1")
OFFER: Final = offer_id(REQUEST, 1)
LEG: Final = leg_id(REQUEST, "inside")
CADRE: Final = ResponderId("r-1")


def at(minutes: float) -> datetime:
    """Give an instant so many minutes into the day."""
    return T0 + timedelta(minutes=minutes)


def building(name: str) -> Building:
    """Give a building of six floors."""
    floors = ("1", "2", "3", "4", "5", "6")
    return Building(building=BuildingId(f"b-{name}"), name=name, key=name, floors=floors, entrance="1", lift=False)


def found(minutes: float = 0, *, community: CommunityId = RIVERSIDE, name: str = "Riverside") -> RegisterCommunity:
    """Set up a community."""
    return RegisterCommunity(
        community=community,
        actor=DESK,
        at=at(minutes),
        name=name,
        time_zone="Asia/Shanghai",
        duty="desk",
        catalogue=EVERYDAY_CATALOGUE,
        policy=EVERYDAY,
    )


def build(name: str = "1", minutes: float = 0, *, community: CommunityId = RIVERSIDE) -> RegisterBuilding:
    """Register a building."""
    return RegisterBuilding(community=community, actor=DESK, at=at(minutes), building=building(name))


def settle(
    n: int, minutes: float = 0, *, tower: BuildingId = TOWER, community: CommunityId = RIVERSIDE
) -> RegisterResident:
    """Register resident number n."""
    return RegisterResident(
        community=community,
        actor=DESK,
        at=at(minutes),
        resident=ResidentId(f"p-{n}"),
        household=HouseholdId(f"h-{n}"),
        place=Place(building=tower, floor="3"),
    )


def grant(account: str, role: Role, minutes: float = 0) -> GrantRole:
    """Let an account act in a role everywhere."""
    return GrantRole(community=RIVERSIDE, actor=DESK, at=at(minutes), account=account, role=role, scope=Place())


def begin(n: int = 1, minutes: float = 0, *, by: Actor = DESK) -> BeginIsolation:
    """Isolate resident number n."""
    return BeginIsolation(community=RIVERSIDE, actor=by, at=at(minutes), resident=ResidentId(f"p-{n}"))


def end(n: int = 1, minutes: float = 0) -> EndIsolation:
    """End the isolation of resident number n."""
    return EndIsolation(community=RIVERSIDE, actor=DESK, at=at(minutes), resident=ResidentId(f"p-{n}"))


def exclude(n: int = 1, responder: str = "r-9", minutes: float = 0) -> ExcludeResponder:
    """Keep a responder away from resident number n."""
    return ExcludeResponder(
        community=RIVERSIDE,
        actor=DESK,
        at=at(minutes),
        resident=ResidentId(f"p-{n}"),
        responder=ResponderId(responder),
    )


def erase(n: int = 1, minutes: float = 0) -> BeginErasure:
    """Begin the erasure of resident number n."""
    return BeginErasure(community=RIVERSIDE, actor=DESK, at=at(minutes), resident=ResidentId(f"p-{n}"))


def adopt_policy(version: int, minutes: float = 0) -> AdoptPolicy:
    """Adopt the everyday policy under another version."""
    policy = EVERYDAY.model_copy(update={"version": version})
    return AdoptPolicy(community=RIVERSIDE, actor=DESK, at=at(minutes), policy=policy)


def adopt_catalogue(*kinds: str, version: int, minutes: float = 0) -> AdoptCatalogue:
    """Adopt a catalogue of some of the everyday kinds."""
    kept = tuple(kind for kind in EVERYDAY_CATALOGUE.kinds if kind.key in kinds)
    catalogue = Catalogue(version=version, kinds=kept)
    return AdoptCatalogue(community=RIVERSIDE, actor=DESK, at=at(minutes), catalogue=catalogue)


def ask(minutes: float = 0, *, n: int = 1, request: RequestId = REQUEST) -> ReceiveRequest:
    """Resident number n asks to have garbage picked up."""
    return ReceiveRequest(
        community=RIVERSIDE,
        actor=DESK,
        at=at(minutes),
        request=request,
        beneficiary=ResidentId(f"p-{n}"),
        reporter="desk",
        channel=Channel.PHONE,
        kind="garbage",
        occurred_at=at(minutes),
    )


def join(minutes: float = 0) -> RegisterResponder:
    """Register a cadre for the whole community, on duty for the day."""
    return RegisterResponder(
        community=RIVERSIDE,
        actor=DESK,
        at=at(minutes),
        responder=CADRE,
        role=Role.CADRE,
        scopes=(Place(),),
        capacity=10,
        shifts=(Shift(starts_at=at(-60), ends_at=at(600)),),
    )


def decided(minutes: float, *, position: int) -> MatchDecided:
    """Give a match decision: the cadre is asked to take the inside leg."""
    return MatchDecided(
        as_of=position,
        at=at(minutes),
        policy=EVERYDAY.digest(),
        matcher=1,
        leg=LEG,
        offer=OFFER,
        responder=CADRE,
        staff=True,
        effort=3,
        answer_by=at(minutes + 15),
        solved_by="flow",
        vector=(1,),
        candidates=(Candidate(responder=CADRE, vector=(1,)),),
        eligible=1,
        explanation="0" * 32,
    )


def record(*chosen: MatchDecided, minutes: float, fence: int, position: int) -> RecordMatch:
    """Record what a match run decided; without a decision, that nobody could be asked."""
    missing = ShortfallFound(
        as_of=position,
        at=at(minutes),
        policy=EVERYDAY.digest(),
        matcher=1,
        leg=LEG,
        missing=fence + 1,
        eligible=0,
        failed=(),
        relaxation=(),
        would_serve=0,
    )
    return RecordMatch(
        community=RIVERSIDE,
        actor=SYSTEM,
        at=at(minutes),
        as_of=position,
        fence=fence,
        decided=chosen,
        shortfalls=() if chosen else (missing,),
    )


def accept(minutes: float) -> AcceptOffer:
    """Let the cadre acknowledge the assignment."""
    actor = Actor(id=CADRE, role=Role.CADRE)
    return AcceptOffer(community=RIVERSIDE, actor=actor, at=at(minutes), offer=OFFER, responder=CADRE)


def decline(minutes: float) -> DeclineOffer:
    """Let the cadre return the assignment."""
    actor = Actor(id=CADRE, role=Role.CADRE)
    return DeclineOffer(community=RIVERSIDE, actor=actor, at=at(minutes), offer=OFFER, responder=CADRE, reason="busy")


def skills(n: int, minutes: float = 3) -> SetSkills:
    """Change the cadre's skills, so that whoever has read the cadre has read an old one."""
    skill = f"skill_{n}"
    return SetSkills(community=RIVERSIDE, actor=DESK, at=at(minutes), responder=CADRE, skills=(skill,))


def go_inside(minutes: float) -> RecordSide:
    """Record that the cadre is in the tower."""
    line = Place(building=TOWER)
    return RecordSide(community=RIVERSIDE, actor=DESK, at=at(minutes), responder=CADRE, line=line, side=Side.INSIDE)


def close_building(minutes: float) -> SetControlLevel:
    """Let nobody through the tower's door any more."""
    control = Control(place=Place(building=TOWER), level=ControlLevel.CONTROLLED, effective_from=at(minutes))
    return SetControlLevel(community=RIVERSIDE, actor=DESK, at=at(minutes), control=control, reason="order")


def resident(n: int = 1) -> Stream:
    """Give the stream of resident number n."""
    return resident_stream(RIVERSIDE, ResidentId(f"p-{n}"))


def prepare(journal: Journal, *commands: Command) -> None:
    """Execute a community, a building, resident 1, and what else is given."""
    for n, command in enumerate((found(), build(), settle(1), *commands)):
        journal.execute(command, Issued(f"prepare-{n}"))


class Meddled:
    """
    A recorder in whose calls a test steps in.

    Parameters
    ----------
    recorder
        Does the work.

    Attributes
    ----------
    before, after
        Name of a method → what happens before it is called, or after it has done its work. Raising
        there is how a lost connection or a lost reply is made.
    calls
        Names of the methods that were called and named in neither.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.before: dict[str, Callable[..., object]] = {}
        self.after: dict[str, Callable[..., object]] = {}
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._recorder, name)

        def call(*args: Any, **named: Any) -> Any:
            self.calls.append(name)
            self.before.get(name, _nothing)(*args)
            result = real(*args, **named)
            self.after.get(name, _nothing)(*args)
            return result

        return call if callable(real) else real

    def journal(self, **options: Any) -> Journal:
        """Give a journal on this recorder."""
        return Journal(cast(Recorder, self), **options)


def _nothing(*_: object) -> None:
    pass


def once(work: Callable[[], object]) -> Callable[..., None]:
    """Do something the first time only."""
    left = [work]

    def step(*_: object) -> None:
        if left:
            left.pop()()

    return step
