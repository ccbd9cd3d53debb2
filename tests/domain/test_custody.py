"""Custody: a thing has one named holder at every moment, or it is orphaned and a person was called (R4, R16)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.custody import (
    Belonging,
    Custody,
    CustodyOfferDeclined,
    CustodyOffered,
    CustodyOrphaned,
    CustodyReturned,
    CustodyTaken,
    CustodyTransferred,
    Held,
    MoneySpent,
    Orphaned,
    Returned,
    TransferOffered,
)
from dispatch.domain.decider import Changes
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.keeping import (
    TOGETHER_MAX,
    AcceptCustody,
    DeclineCustody,
    OfferCustody,
    OrphanCustody,
    ReturnCustody,
    SpendMoney,
    TakeCustody,
    TransferCustody,
)
from dispatch.domain.resident import BeginErasure, BeginIsolation, CompleteErasure
from dispatch.domain.roster import BeginResponderErasure, IsolateResponder
from dispatch.domain.values import DESK, SYSTEM, Actor, Command, CustodyId, RequestId, ResidentId, ResponderId, Role
from dispatch.domain.values import custody_stream as stream_of
from tests.domain.given import Given, kinds_of
from tests.domain.town import RIVERSIDE, T0, WORKER, actor, after, calls, said, town

CARD = CustodyId("i-1")
LI_ID = ResidentId("p-li")
LI = Actor(id="p-li", role=Role.RESIDENT)
CADRE = actor("r-cadre")


def takes(who: str = "r-captain", custody: str = "i-1", **fields: Any) -> TakeCustody:
    """Return the taking of Li's insurance card into custody."""
    shape: dict[str, Any] = {
        "by": actor(who),
        "custody": custody,
        "responder": who,
        "owner": "p-li",
        "belonging": Belonging.CARD,
    }
    command: TakeCustody = said(TakeCustody, **(shape | fields))
    return command


def offers(to: str = "r-shopper", who: str = "r-captain", **fields: Any) -> OfferCustody:
    """Return the holder's question to somebody else."""
    shape: dict[str, Any] = {"by": actor(who), "custody": CARD, "responder": who, "to": to}
    command: OfferCustody = said(OfferCustody, **(shape | fields))
    return command


def answers(kind: type[AcceptCustody | DeclineCustody], who: str = "r-shopper", **fields: Any) -> Any:
    """Return a yes or no to it."""
    shape: dict[str, Any] = {"by": actor(who), "custody": CARD, "responder": who}
    reason = {"reason": "busy"} if kind is DeclineCustody else {}
    return said(kind, **(shape | reason | fields))


def transfers(*custodies: str, to: str = "r-shopper", **fields: Any) -> TransferCustody:
    """Return the desk's word that things go to a named person."""
    command: TransferCustody = said(TransferCustody, custodies=custodies or (CARD,), to=to, **fields)
    return command


def orphans(*custodies: str, holder: str = "r-captain", **fields: Any) -> OrphanCustody:
    """Return System's word that a holder cannot answer for things any more."""
    shape: dict[str, Any] = {
        "by": SYSTEM,
        "custodies": custodies or (CARD,),
        "holder": holder,
        "reason": "not_isolated",
    }
    command: OrphanCustody = said(OrphanCustody, **(shape | fields))
    return command


def returns(by: Actor = LI, **fields: Any) -> ReturnCustody:
    """Return the owner's word to have it again."""
    command: ReturnCustody = said(ReturnCustody, by=by, custody=CARD, **fields)
    return command


def held(*more: Command) -> Given:
    """Return the town in which the captain holds Li's card, with more said."""
    return town().and_then(takes(), *more)


def money(*more: Command) -> Given:
    """Return the town in which the shopper has 100 yuan of Li's for a request."""
    given = town().and_then(calls())
    taking = takes("r-shopper", belonging=Belonging.MONEY, request=RequestId("q-1"), amount_fen=10_000)
    return given.and_then(taking, *more)


def state_of(given: Given, custody: str = "i-1") -> Custody:
    """Return the state of a thing in custody."""
    state = given.read(stream_of(RIVERSIDE, CustodyId(custody)))
    assert isinstance(state, Custody)
    return state


def isolated(who: str = "r-captain") -> IsolateResponder:
    """Return somebody's isolation."""
    command: IsolateResponder = said(IsolateResponder, by=WORKER, responder=who)
    return command


HAPPENS: dict[str, tuple[Given, Command, list[Any]]] = {
    "taken": (
        town(),
        takes(),
        [
            CustodyTaken(
                belonging=Belonging.CARD, owner=ResidentId("p-li"), holder=ResponderId("r-captain"), taken_at=T0
            )
        ],
    ),
    "offered": (held(), offers(), [CustodyOffered(to=ResponderId("r-shopper"), offered_at=T0)]),
    "accepted": (
        held(offers()),
        answers(AcceptCustody),
        [CustodyTransferred(giver=ResponderId("r-captain"), taker=ResponderId("r-shopper"), transferred_at=T0)],
    ),
    "declined": (
        held(offers()),
        answers(DeclineCustody),
        [CustodyOfferDeclined(by=ResponderId("r-shopper"), reason="busy", declined_at=T0)],
    ),
    "handed on by the desk": (
        held(),
        transfers(),
        [CustodyTransferred(giver=ResponderId("r-captain"), taker=ResponderId("r-shopper"), transferred_at=T0)],
    ),
    "orphaned": (
        held(isolated()),
        orphans(),
        [CustodyOrphaned(holder=ResponderId("r-captain"), reason="not_isolated", to="r-worker", orphaned_at=T0)],
    ),
    "returned": (
        held(),
        returns(),
        [CustodyReturned(holder=ResponderId("r-captain"), confirmed_by="p-li", returned_at=T0)],
    ),
    "spent": (
        money(),
        said(SpendMoney, by=actor("r-shopper"), custody=CARD, responder="r-shopper", spent_fen=4_250),
        [MoneySpent(spent_fen=4_250, spent_at=T0)],
    ),
}


@pytest.mark.parametrize("name", HAPPENS)
def test_what_happens(name: str) -> None:
    """Each command records just this."""
    given, command, expected = HAPPENS[name]
    assert given.when(command) == expected


@pytest.mark.parametrize("name", [name for name in HAPPENS if name != "taken"])
def test_said_again(name: str) -> None:
    """Each command said again records nothing."""
    given, command, _ = HAPPENS[name]
    assert given.and_then(command).when(command) == []


REFUSED: dict[str, tuple[Given, Command, str]] = {
    "a second thing of one id": (held(), takes("r-shopper"), "custody_exists"),
    "for a resident nobody knows": (town(), takes(owner="p-nobody"), "unknown_resident"),
    "for an erased resident": (town().and_then(said(BeginErasure, resident="p-li")), takes(), "erased"),
    "by an isolated responder": (town().and_then(isolated()), takes(), "holder_cannot_keep"),
    "by one isolated at home": (
        town().and_then(said(BeginIsolation, resident="p-captain")),
        takes(),
        "holder_cannot_keep",
    ),
    "by one who leaves": (
        town().and_then(said(BeginResponderErasure, responder="r-captain")),
        takes(),
        "holder_cannot_keep",
    ),
    "in another's name": (town(), takes("r-captain", by=actor("r-shopper")), "not_your_offer"),
    "money for nothing": (town(), takes(belonging=Belonging.MONEY, amount_fen=5_000), "no_payment"),
    "money for what costs nothing": (
        town().and_then(calls(kind="garbage")),
        takes(belonging=Belonging.MONEY, request="q-1", amount_fen=5_000),
        "no_payment",
    ),
    "money without a sum": (
        town().and_then(calls()),
        takes(belonging=Belonging.MONEY, request=RequestId("q-1")),
        "no_payment",
    ),
    "a card with a sum": (town(), takes(amount_fen=5), "amount_of_money_only"),
    "for another's request": (
        town().and_then(calls(beneficiary="p-wu", reporter="p-wu")),
        takes(request=RequestId("q-1")),
        "not_of_this_request",
    ),
    "for no request": (town(), takes(request=RequestId("q-1")), "unknown_request"),
    "offered by who does not hold it": (held(), offers("r-lead", "r-shopper"), "custody_not_held"),
    "offered to its holder": (held(), offers("r-captain"), "same_holder"),
    "offered to two": (held(offers()), offers("r-lead"), "transfer_is_open"),
    "offered to one isolated": (held(isolated("r-shopper")), offers(), "holder_cannot_keep"),
    "accepted by who was not asked": (held(offers()), answers(AcceptCustody, "r-lead"), "custody_not_offered"),
    "accepted after isolation": (held(offers(), isolated("r-shopper")), answers(AcceptCustody), "holder_cannot_keep"),
    "a late answer to an earlier question": (
        held(offers(), answers(DeclineCustody), offers()),
        answers(AcceptCustody, ask=1),
        "custody_not_offered",
    ),
    "handed on to an isolated person": (held(isolated("r-shopper")), transfers(), "holder_cannot_keep"),
    "handed on to nobody known": (held(), transfers(to="r-nobody"), "unknown_responder"),
    "handed on by a volunteer": (held(), transfers(by=actor("r-shopper")), "not_permitted"),
    "handed on when it is back": (held(returns()), transfers(), "custody_not_held"),
    "orphaned by a volunteer": (held(), orphans(by=actor("r-shopper")), "not_permitted"),
    "more spent than given": (
        money(),
        said(SpendMoney, by=actor("r-shopper"), custody=CARD, responder="r-shopper", spent_fen=10_001),
        "more_than_given",
    ),
    "a card spent": (
        held(),
        said(SpendMoney, by=actor("r-captain"), custody=CARD, responder="r-captain", spent_fen=1),
        "not_money",
    ),
    "returned by another resident": (held(), returns(Actor(id="p-wu", role=Role.RESIDENT)), "not_yours_to_confirm"),
    "returned in nobody's name": (held(), returns(WORKER), "not_yours_to_confirm"),
    "returned by its holder": (
        town().and_then(takes("r-worker")),
        returns(WORKER, on_behalf_of="p-li"),
        "holder_may_not_confirm",
    ),
    "of nothing": (town(), transfers(), "unknown_custody"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """Each is refused by its own name."""
    given, command, code = REFUSED[name]
    assert given.refusal(command).code == code


def test_who_holds_it_is_told() -> None:
    """Of two people who act on one thing, one wins and the other hears who has it now."""
    given = held(transfers(to="r-shopper"))
    refusal = given.refusal(offers("r-lead", "r-captain"))
    assert refusal.code == "custody_not_held"
    assert refusal.fields["holder"] == "r-shopper"
    assert "r-shopper holds it" in refusal.message


def test_the_desk_confirms_for_an_owner() -> None:
    """Somebody of the desk who did not hold it may confirm in the owner's name; both names are kept."""
    (fact,) = held().when(returns(CADRE, on_behalf_of="p-li"))
    assert isinstance(fact, CustodyReturned)
    assert fact.confirmed_by == "p-li"
    assert CADRE.role in DESK


def test_what_is_left_of_money_is_returned() -> None:
    """The return says how much the owner gets back (R16)."""
    spent = said(SpendMoney, by=actor("r-shopper"), custody=CARD, responder="r-shopper", spent_fen=4_250)
    (fact,) = money(spent).when(returns())
    assert isinstance(fact, CustodyReturned)
    assert fact.left_fen == 10_000 - 4_250


def test_nobody_is_asked_twice_by_an_orphaned_thing() -> None:
    """Orphaning ends an open question; then the desk names the next holder, who holds it."""
    orphaned = held(offers(), isolated(), orphans())
    assert isinstance(state_of(orphaned), Orphaned)
    assert state_of(orphaned).offered_to is None
    assert state_of(orphaned).called == "r-worker"
    assert orphaned.refusal(answers(AcceptCustody)).code == "custody_not_offered"
    handed = orphaned.and_then(transfers())
    assert isinstance(state_of(handed), Held)
    assert (state_of(handed).holder, state_of(handed).holdings) == ("r-shopper", 2)


def test_many_things_go_in_one_save() -> None:
    """Eighty cards go to a named person by one command, and what that person holds already stays."""
    cards = tuple(f"i-{n}" for n in range(80))
    given = town().and_then(*(takes(custody=card) for card in cards), transfers("i-0"))
    assert kinds_of(given.when(transfers(*cards))) == ["CustodyTransferred"] * 79


def test_not_more_than_a_save_takes() -> None:
    """The number of things in one command has a named maximum."""
    with pytest.raises(ValueError, match="at most"):
        transfers(*(f"i-{n}" for n in range(TOGETHER_MAX + 1)))


def test_system_orphans_nothing_of_who_can_keep_it() -> None:
    """A timer that comes late, when its reason is gone, changes nothing."""
    assert held().when(orphans()) == []


def test_a_person_may_orphan_a_lost_thing() -> None:
    """The desk knows more than a rule: a lost card is orphaned though its holder is well."""
    assert kinds_of(held().when(orphans(by=WORKER, reason="lost"))) == ["CustodyOrphaned"]


def test_an_owner_who_is_erased_leaves_it_answerable() -> None:
    """What is held of an erased owner stays with its holder, and the desk may still return it."""
    given = held(said(BeginErasure, resident="p-li"), said(CompleteErasure, by=SYSTEM, resident="p-li"))
    assert state_of(given).holder == "r-captain"
    assert kinds_of(given.when(transfers())) == ["CustodyTransferred"]
    assert kinds_of(given.when(returns(WORKER, on_behalf_of="p-li"))) == ["CustodyReturned"]


def test_it_is_never_nobodys() -> None:
    """In every state but the last there is a named holder, or one who was called."""
    states = [
        state_of(given)
        for given in (held(), held(offers()), held(isolated(), orphans()), held(transfers()), held(returns()))
    ]
    assert [type(state) for state in states] == [Held, TransferOffered, Orphaned, Held, Returned]
    assert all(state.holder for state in states)
    assert [state.called for state in states] == [None, None, "r-worker", None, None]


IMPOSSIBLE = [
    (town(), CustodyOffered(to=ResponderId("r-shopper"), offered_at=T0)),
    (held(), CustodyOffered(to=ResponderId("r-captain"), offered_at=T0)),
    (held(), CustodyTransferred(giver=ResponderId("r-lead"), taker=ResponderId("r-shopper"), transferred_at=T0)),
    (held(), CustodyReturned(holder=ResponderId("r-lead"), confirmed_by="p-li", returned_at=T0)),
    (held(), MoneySpent(spent_fen=1, spent_at=T0)),
    (held(returns()), CustodyOrphaned(holder=ResponderId("r-captain"), reason="lost", to="r-worker", orphaned_at=T0)),
]


@pytest.mark.parametrize(("given", "event"), IMPOSSIBLE)
def test_an_impossible_history_stops(given: Given, event: Any) -> None:
    """An event that cannot follow is a damaged journal."""
    with pytest.raises(CorruptHistory):
        given.record((Changes(stream_of(RIVERSIDE, CARD), (event,)),))


def test_since_is_when_it_came_into_these_hands() -> None:
    """Each holding has its own beginning."""
    given = held(transfers(at=after(30)))
    assert state_of(given).since == after(30)
