"""Authority: who may do what, over which place, from when until when; a pure function of the log."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.authority import GrantRole, RevokeRole, standing, who_holds
from dispatch.domain.commands import TABLE
from dispatch.domain.community import AdoptPolicy, Registered, SetDutyContact
from dispatch.domain.grants import GRANTABLE, GRANTS_PER_ACCOUNT_MAX, MAY_GRANT, RoleGranted, RoleRevoked
from dispatch.domain.intake import AcknowledgeAlarm, CancelRequest, ChangeUrgency
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import AccessPersonalData, BeginIsolation
from dispatch.domain.roster import (
    BeginResponderErasure,
    CompleteResponderErasure,
    IsolateResponder,
    SetCapacity,
    SetScope,
)
from dispatch.domain.values import (
    OFFICE,
    RESPONDING,
    SYSTEM,
    Actor,
    BuildingId,
    Command,
    ControlLevel,
    Place,
    Role,
    Urgency,
    community_stream,
)
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    EVERYWHERE,
    IN_TOWER,
    IN_WALKUP,
    LEAD,
    RIVERSIDE,
    T0,
    WORKER,
    accepts,
    actor,
    after,
    asked,
    calls,
    controls,
    moving_in,
    registration,
    responder_of,
    said,
    tower,
    town,
    walkup,
)

HOUR = 60


def account(name: str, role: Role) -> Actor:
    """Return somebody who has an account and is no responder here."""
    return Actor(id=name, role=role)


def grants(name: str, role: Role, scope: Place = EVERYWHERE, **fields: Any) -> GrantRole:
    """Return a grant, by default from now on for ever, by the founder."""
    command: GrantRole = said(GrantRole, account=name, role=role, scope=scope, **fields)
    return command


def revokes(name: str, role: Role, **fields: Any) -> RevokeRole:
    """Return a revocation."""
    command: RevokeRole = said(RevokeRole, account=name, role=role, **fields)
    return command


def isolates(who: str, resident: str, role: Role, **fields: Any) -> Command:
    """Return something that only a desk over the resident's place may say."""
    command: Command = said(BeginIsolation, by=account(who, role), resident=resident, **fields)
    return command


def register_of(given: Given) -> Registered:
    """Return the community's state."""
    state = given.read(community_stream(RIVERSIDE))
    assert isinstance(state, Registered)
    return state


def without_grants(given: Given) -> Given:
    """Return a journal as it was written before there were any grants."""
    older, stream = given.and_then(), community_stream(RIVERSIDE)
    past = tuple(event for event in older.log.pop(stream) if not isinstance(event, RoleGranted))
    older.states.pop(stream)
    older.record(((stream, past),))  # type: ignore[arg-type]
    return older


# ---- Deny by default ------------------------------------------------------------------------


def test_an_account_without_a_grant_may_nothing() -> None:
    """Whatever role it claims; the refusal says which role is missing and who can grant it (S11)."""
    refusal = town().refusal(isolates("desk.2", "p-li", Role.CADRE))
    assert refusal.code == "role_not_held"
    assert refusal.fields["role"] == "cadre"
    assert refusal.fields["can_grant"] == ("r-worker",)
    assert "Ask r-worker to grant it" in refusal.message


@pytest.mark.parametrize("role", sorted(RESPONDING | {Role.AUDITOR}))
def test_another_role_than_the_granted_one_is_not_held(role: Role) -> None:
    """A grant is for one role; no role brings another with it."""
    given = town().and_then(grants("desk.2", Role.CADRE))
    me = account("desk.2", role)
    held = standing(me, RIVERSIDE, given.read, at=T0)
    assert bool(held) is (role is Role.CADRE)


def test_a_grant_reaches_as_far_as_its_place() -> None:
    """Over the tower: its residents, and nobody of the walk-up."""
    given = town().and_then(grants("desk.2", Role.CADRE, IN_TOWER))
    assert kinds_of(given.when(isolates("desk.2", "p-li", Role.CADRE))) == ["IsolationBegan"]
    refusal = given.refusal(isolates("desk.2", "p-wu", Role.CADRE))
    assert refusal.code == "out_of_scope"
    assert refusal.fields["place"] == walkup("7").model_dump(exclude_none=True)
    assert refusal.fields["can_grant"] == ("r-worker",)


def test_a_grant_holds_from_its_beginning_until_its_end() -> None:
    """The beginning is in, the end is not."""
    given = town().and_then(grants("desk.2", Role.CADRE, valid_from=after(60), valid_until=after(120)))
    said_at = {
        minutes: given.and_then().log and _code(given, isolates("desk.2", "p-li", Role.CADRE, at=after(minutes)))
        for minutes in (0, 59, 60, 119, 120)
    }
    assert said_at == {0: "role_not_held", 59: "role_not_held", 60: None, 119: None, 120: "role_not_held"}


def _code(given: Given, command: Command) -> str | None:
    if not given.log:
        return None
    try:
        given.decide(command)
    except Exception as refused:  # noqa: BLE001 - its code is what is asked for
        return getattr(refused, "code", type(refused).__name__)
    return None


@pytest.mark.parametrize(
    "command",
    [
        said(AdoptPolicy, by=account("desk.2", Role.CADRE), policy=EVERYDAY.model_copy(update={"version": 2})),
        said(SetDutyContact, by=account("desk.2", Role.CADRE), duty="desk.2"),
        controls(ControlLevel.SEALED, EVERYWHERE, by=account("desk.2", Role.CADRE)),
        controls(ControlLevel.SEALED, IN_WALKUP, by=account("desk.2", Role.CADRE)),
        moving_in("p-new", walkup("2"), by=account("desk.2", Role.CADRE)),
        registration("r-new", by=account("desk.2", Role.CADRE)),
        said(SetScope, by=account("desk.2", Role.CADRE), responder="r-captain", scopes=(EVERYWHERE,)),
        said(SetScope, by=account("desk.2", Role.CADRE), responder="r-shopper", scopes=(IN_TOWER,)),
        said(IsolateResponder, by=account("desk.2", Role.CADRE), responder="r-shopper"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_whoever_holds_a_part_changes_no_whole(command: Command) -> None:
    """Everything that is about the whole community, or about another part, needs a grant over it."""
    given = town().and_then(grants("desk.2", Role.CADRE, IN_TOWER))
    assert given.refusal(command).code == "out_of_scope"
    assert given.and_then(grants("desk.2", Role.CADRE)).when(command)


@pytest.mark.parametrize("kind", list(TABLE), ids=lambda kind: kind.__name__)
def test_no_command_is_open_to_an_account_of_nowhere(kind: type[Command]) -> None:
    """Every command there is, said by somebody whose role may and who holds nothing, is refused."""
    for role in sorted(TABLE[kind][1] - {Role.SYSTEM}):
        fields: dict[str, Any] = {
            "community": RIVERSIDE,
            "actor": account("desk.404", role),
            "at": T0,
            "on_behalf_of": "r-captain" if role in OFFICE else None,
            "request": "q-1",
            "offer": "q-1#1",
            "responder": "r-captain" if role in OFFICE else "desk.404",
            "resident": "p-li" if role is not Role.RESIDENT else "desk.404",
        }
        command = kind.model_construct(**fields)
        if kind.__name__ != "RegisterCommunity":
            assert town().refusal(command).code == "role_not_held"


# ---- Responders and residents by the register ------------------------------------------------


def test_a_captain_acts_on_the_own_floor_only() -> None:
    """A captain of the 12th floor takes no alarm on the 13th (R18)."""
    given = town().and_then(
        moving_in("p-up", tower("13")), calls(beneficiary="p-up", reporter="p-up", urgency=Urgency.LIFE)
    )
    takes = said(AcknowledgeAlarm, by=actor("r-captain"), request="q-1")
    assert given.refusal(takes).code == "out_of_scope"
    own = town().and_then(calls(urgency=Urgency.LIFE))
    assert kinds_of(own.when(takes)) == ["AlarmAcknowledged"]


def test_everybody_writes_down_a_need() -> None:
    """A captain reports for a neighbour on any floor (R1)."""
    needs = calls(beneficiary="p-wu", reporter="r-captain", by=actor("r-captain"))
    assert "RequestReceived" in kinds_of(town().when(needs))


def test_a_lead_steers_the_own_building_only() -> None:
    """A lead judges requests of the tower, and none of the walk-up."""
    given = town().and_then(calls(), calls("q-2", beneficiary="p-wu", reporter="p-wu"))
    judged: dict[str, Any] = {"by": LEAD, "urgency": Urgency.HARDSHIP, "reason": "looked_at"}
    assert given.when(said(ChangeUrgency, request="q-1", **judged))
    assert given.refusal(said(ChangeUrgency, request="q-2", **judged)).code == "out_of_scope"


def test_a_new_scope_counts_from_its_position() -> None:
    """What is in the log decides, not what was true when somebody was registered."""
    given = town().and_then(calls("q-2", beneficiary="p-wu", reporter="p-wu"))
    cancels = said(CancelRequest, by=LEAD, request="q-2", reason="mistake")
    assert given.refusal(cancels).code == "out_of_scope"
    given = given.and_then(said(SetScope, responder="r-lead", scopes=(IN_TOWER, IN_WALKUP)))
    assert given.when(cancels)


@pytest.mark.parametrize("role", [Role.BUILDING_LEAD, Role.COMMUNITY_WORKER, Role.AUDITOR])
def test_a_responder_claims_no_other_role(role: Role) -> None:
    """A captain who says to be a lead is not one."""
    assert standing(account("r-captain", role), RIVERSIDE, town().read, at=T0) == ()


def test_a_resident_nobody_knows_may_nothing() -> None:
    """A resident's role comes from the register."""
    stranger = account("p-404", Role.RESIDENT)
    assert town().refusal(calls(by=stranger, reporter="p-404")).code == "role_not_held"


def test_who_has_left_acts_for_nobody_else() -> None:
    """A lead whose data are erased steers nothing any more."""
    given = town().and_then(
        calls(),
        said(BeginResponderErasure, by=LEAD, responder="r-lead"),
        said(CompleteResponderErasure, by=SYSTEM, responder="r-lead"),
    )
    assert given.refusal(said(CancelRequest, by=LEAD, request="q-1", reason="mistake")).code == "role_not_held"
    assert given.when(said(BeginResponderErasure, by=LEAD, responder="r-lead")) == []


def test_who_is_called_may_take_the_alarm() -> None:
    """The register names the duty contact; taking what one was called for needs no grant (R12)."""
    given = town().and_then(said(SetDutyContact, duty="night.desk"), calls(urgency=Urgency.LIFE))
    takes = said(AcknowledgeAlarm, by=account("night.desk", Role.CADRE), request="q-1")
    assert kinds_of(given.when(takes)) == ["AlarmAcknowledged"]
    other = said(AcknowledgeAlarm, by=account("day.desk", Role.CADRE), request="q-1")
    assert given.refusal(other).code == "role_not_held"


def test_a_lead_reads_the_own_building_only() -> None:
    """Sealed fields of residents open to the desk of their place."""
    reading: dict[str, Any] = {"by": LEAD, "fields": ("phone",), "purpose": "visit"}
    assert town().when(said(AccessPersonalData, resident="p-li", **reading))
    assert town().refusal(said(AccessPersonalData, resident="p-wu", **reading)).code == "out_of_scope"


# ---- Granting -----------------------------------------------------------------------------------


def test_a_grant_is_one_fact() -> None:
    """Said twice, nothing new happens."""
    given, command = town(), grants("desk.2", Role.CADRE, IN_TOWER, valid_until=after(600))
    expected = RoleGranted(
        account="desk.2", role=Role.CADRE, scope=IN_TOWER, valid_from=T0, valid_until=after(600), granted_at=T0
    )
    assert given.when(command) == [expected]
    assert given.and_then(command).when(command.model_copy(update={"at": after(1)})) == []


@pytest.mark.parametrize("role", sorted(Role))
@pytest.mark.parametrize("by", sorted(Role))
def test_who_grants_which_role(by: Role, role: Role) -> None:
    """Exactly the table; nobody makes a resident or the machine."""
    if by is Role.SYSTEM:
        return
    me = account("desk.2", by)
    given = town().and_then(grants("desk.2", by)) if by in GRANTABLE else town()
    command = grants("desk.3", role, IN_TOWER, by=me)
    if role in MAY_GRANT.get(by, ()):
        assert kinds_of(given.when(command)) == ["RoleGranted"]
    else:
        assert given.refusal(command).code in {"may_not_grant", "not_permitted", "role_not_held"}


def test_a_lead_gives_nothing_that_a_lead_may_not() -> None:
    """Who is not of the office gives only roles whose every command is open to the giver too."""
    for kind, (_, roles) in TABLE.items():
        for given in MAY_GRANT[Role.BUILDING_LEAD] & roles:
            assert Role.BUILDING_LEAD in roles, (kind, given)


@pytest.mark.parametrize(
    ("scope", "until", "code"),
    [
        (IN_TOWER, after(600), None),
        (tower("12"), after(30), None),
        (EVERYWHERE, after(600), "out_of_scope"),
        (IN_WALKUP, after(600), "out_of_scope"),
        (IN_TOWER, after(601), "beyond_own_grant"),
        (IN_TOWER, None, "beyond_own_grant"),
    ],
)
def test_nobody_grants_more_than_they_have(scope: Place, until: Any, code: str | None) -> None:
    """Neither more place nor more time."""
    given = town().and_then(grants("desk.2", Role.CADRE, IN_TOWER, valid_until=after(600)))
    command = grants("desk.3", Role.VOLUNTEER, scope, by=account("desk.2", Role.CADRE), valid_until=until)
    assert _code(given, command) == code


def test_a_lead_grants_by_registration() -> None:
    """A building lead needs no grant to make captains of the own building."""
    assert town().when(grants("p-li", Role.FLOOR_CAPTAIN, tower("12"), by=LEAD))
    assert town().refusal(grants("p-li", Role.FLOOR_CAPTAIN, walkup("7"), by=LEAD)).code == "out_of_scope"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"valid_until": T0}, "ends_before_start"),
        ({"valid_from": after(60), "valid_until": after(59)}, "ends_before_start"),
        ({"scope": Place(building=BuildingId("b-nowhere"))}, "unknown_building"),
    ],
)
def test_a_grant_that_cannot_be(fields: dict[str, Any], code: str) -> None:
    """It ends after it begins (bad input 48), over a place that is there."""
    assert town().refusal(grants("desk.2", Role.CADRE, **fields)).code == code


def test_grants_of_an_account_are_few() -> None:
    """One account holds a named number of grants at most; those that ran out do not count."""
    floors = [tower(str(floor)) for floor in range(5, 13)]
    many = [
        grants("desk.2", Role.VOLUNTEER, floors[n % 8], valid_from=after(n + 1), valid_until=after(500 + n))
        for n in range(GRANTS_PER_ACCOUNT_MAX)
    ]
    given = town().and_then(*many)
    one_more = grants("desk.2", Role.VOLUNTEER, tower("13"))
    assert given.refusal(one_more).code == "too_many_grants"


# ---- Revoking -----------------------------------------------------------------------------------


def test_a_revoked_account_may_nothing_from_that_position() -> None:
    """A command that waited while its actor's role was revoked is refused (58, S11)."""
    queued = isolates("desk.2", "p-li", Role.CADRE)
    given = town().and_then(grants("desk.2", Role.CADRE))
    assert given.when(queued)
    revoked = given.and_then(revokes("desk.2", Role.CADRE))
    assert revoked.refusal(queued).code == "role_not_held"
    assert revoked.when(revokes("desk.2", Role.CADRE)) == []
    assert revoked.and_then(grants("desk.2", Role.CADRE)).when(queued)


def test_a_revocation_takes_one_role() -> None:
    """Another role of the same account stays."""
    given = town().and_then(grants("desk.2", Role.CADRE), grants("desk.2", Role.AUDITOR), revokes("desk.2", Role.CADRE))
    assert [grant.role for grant in register_of(given).grants.held["desk.2"]] == [Role.AUDITOR]


def test_a_responders_registered_role_is_revoked_too() -> None:
    """They answer nothing any more, and are asked for nothing (S10)."""
    given = asked(town().and_then(calls()), "outside", "r-shopper")
    taken = given.and_then(revokes("r-shopper", Role.VOLUNTEER))
    assert taken.refusal(accepts("r-shopper")).code == "role_not_held"
    on_behalf = accepts("r-shopper", by=WORKER, on_behalf_of="r-shopper")
    assert taken.refusal(on_behalf).code == "role_not_revoked"
    again = taken.and_then(grants("r-shopper", Role.VOLUNTEER))
    assert again.when(accepts("r-shopper"))


def test_a_role_that_nobody_holds_is_revoked_by_nothing() -> None:
    """Nothing to take, nothing recorded."""
    assert town().when(revokes("desk.404", Role.CADRE)) == []
    assert town().when(revokes("r-captain", Role.CADRE)) == []


def test_a_lead_takes_no_role_of_the_whole_community() -> None:
    """A volunteer who serves everywhere is not the tower's lead's to dismiss; a captain of the tower is."""
    assert town().refusal(revokes("r-shopper", Role.VOLUNTEER, by=LEAD)).code == "out_of_scope"
    revoked = RoleRevoked(account="r-captain", role=Role.FLOOR_CAPTAIN, revoked_at=T0)
    assert town().when(revokes("r-captain", Role.FLOOR_CAPTAIN, by=LEAD)) == [revoked]


def test_the_community_does_not_lock_itself_out() -> None:
    """The last who may grant everything for good keeps the role, until somebody else has it."""
    last = revokes("r-worker", Role.COMMUNITY_WORKER)
    assert town().refusal(last).code == "last_grant"
    partly = town().and_then(grants("desk.2", Role.CADRE, IN_TOWER), grants("desk.3", Role.CADRE, valid_until=after(9)))
    assert partly.refusal(last).code == "last_grant"
    assert town().and_then(grants("desk.2", Role.CADRE)).when(last)


def test_a_capacity_is_changed_by_whom_it_concerns_or_the_desk_of_the_place() -> None:
    """A captain changes their own, the tower's lead the captain's, nobody a stranger's."""
    fewer: dict[str, Any] = {"responder": "r-captain", "capacity": 4}
    given = town()
    assert given.when(said(SetCapacity, by=actor("r-captain"), **fewer))
    assert given.when(said(SetCapacity, by=LEAD, **fewer))
    assert responder_of(given, "r-captain").capacity == 6
    cut = said(SetCapacity, by=LEAD, responder="r-shopper", capacity=1)
    assert given.refusal(cut).code == "out_of_scope"


# ---- A log from before there were grants ---------------------------------------------------------


def test_a_log_without_grants_is_vouched_for_by_the_application() -> None:
    """Founded before there were grants, it takes the actors it is given, as it did; only then."""
    older = without_grants(town())
    assert older.when(isolates("desk.2", "p-wu", Role.CADRE))
    assert older.refusal(isolates("desk.2", "p-wu", Role.VOLUNTEER)).code == "not_permitted"


def test_the_first_grant_takes_the_granter_with_it() -> None:
    """From then on the log says who may what, and who began it is not shut out."""
    older = without_grants(town())
    first = grants("desk.2", Role.CADRE, IN_TOWER, by=account("desk.1", Role.COMMUNITY_WORKER))
    assert kinds_of(older.when(first)) == ["RoleGranted", "RoleGranted"]
    governed = older.and_then(first)
    assert governed.when(isolates("desk.1", "p-wu", Role.COMMUNITY_WORKER))
    assert governed.refusal(isolates("desk.2", "p-wu", Role.CADRE)).code == "out_of_scope"
    assert governed.refusal(isolates("desk.3", "p-wu", Role.CADRE)).code == "role_not_held"


def test_a_log_that_had_grants_is_never_open_again() -> None:
    """Revoking what can be revoked does not bring the application's word back."""
    given = town().and_then(grants("desk.2", Role.CADRE), revokes("r-worker", Role.COMMUNITY_WORKER))
    assert given.refusal(isolates("desk.3", "p-li", Role.CADRE)).code == "role_not_held"


# ---- Who holds ------------------------------------------------------------------------------------


def test_who_holds_a_role_over_a_place() -> None:
    """Accounts by grant, responders by registration, none whose role was revoked."""
    given = town().and_then(
        grants("desk.2", Role.CADRE, IN_TOWER),
        grants("desk.3", Role.CADRE, IN_TOWER, valid_from=after(HOUR)),
        revokes("r-cadre", Role.CADRE),
    )
    everybody = {name: responder_of(given, name) for name in ("r-cadre", "r-carry3", "r-lead")}

    def holds(place: Place, at: Any = T0) -> tuple[str, ...]:
        return who_holds(register_of(given).grants, everybody, roles={Role.CADRE}, place=place, at=at)  # type: ignore[arg-type]

    assert holds(IN_TOWER) == ("desk.2", "r-carry3")
    assert holds(IN_TOWER, after(HOUR)) == ("desk.2", "desk.3", "r-carry3")
    assert holds(EVERYWHERE) == ("r-carry3",)
