"""Goods of the day: medicines that may not be another brand, bags from hand to hand, cards, money, vegetable packs."""

from __future__ import annotations

from functools import partial

from dispatch import Actor, CustodyId, Item, Offer, RequestId, ResidentId, ResponderId, Role

from .agenda import Agenda, Script
from .day_requests import owner_of
from .town import COMMUNITY, TOWER, WALK_UP

PHARMACIES = ("社区卫生站药房", "东街药店", "北门药房")
CARDS = 8


def plan(day: Agenda) -> None:
    """Put this theme on the agenda."""
    day.tell(9.1, one_brand(day))
    day.tell(10.3, kept_on_the_shelf(day))
    day.tell(9.4, errand(day))
    day.tell(12.2, insurance_cards(day))
    day.tell(8.1, vegetables(day))
    day.tell(13.2, lost_and_found(day))


def one_brand(day: Agenda) -> Script:
    """Two tablets, one that may not be replaced; the doctor agrees first, the third pharmacy has it (R3)."""
    home = day.town.doors[TOWER, 12, 3]
    items = [
        Item("苯磺酸氨氯地平片 5毫克 原研", quantity=2, no_substitution=True, needs_doctor=True),
        Item("维生素C片", quantity=1),
    ]
    request = day.open("medicine", home, items=items, course=partial(fetches_medicine, day))
    plasters = day.engine.add_item(COMMUNITY, request, Item("创可贴", quantity=1))
    yield 40
    day.engine.confirm_item(COMMUNITY, request, 1, by=Actor(id="doctor-1", role=Role.MEDICAL_STAFF))
    day.engine.drop_item(COMMUNITY, request, plasters)


def fetches_medicine(day: Agenda, offer: Offer) -> Script:
    """From pharmacy to pharmacy; then from the shelf to the door with the same seal on the bag."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request, who, said = RequestId(name), offer.responder, day.answering(offer.responder)
    day.take(offer)
    yield 5
    engine.start_leg(COMMUNITY, request, leg, responder=who, **said)
    if leg == "outside":
        for place in PHARMACIES[:-1]:
            yield 12
            engine.item_not_found(COMMUNITY, request, 1, place=place, responder=who, **said)
        yield 12
        other = partial(engine.item_found, COMMUNITY, request, 1, place=PHARMACIES[-1], substituted=True)
        day.attempt(partial(other, responder=who, **said))
        engine.item_found(COMMUNITY, request, 1, place=PHARMACIES[-1], responder=who, **said)
        engine.item_not_found(
            COMMUNITY, request, 2, place=PHARMACIES[-1], nowhere_else=True, responder=who, **said
        )  # fmt: skip
    yield from bag_goes_on(day, offer, "A-17")


def bag_goes_on(day: Agenda, offer: Offer, seal: str) -> Script:
    """Take the bag up and put it down; at the door it goes into the hand of who asked."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request, who, said = RequestId(name), offer.responder, day.answering(offer.responder)
    engine.pick_up_goods(COMMUNITY, request, leg, seals=[seal], responder=who, **said)
    yield 8
    if leg == "outside":
        engine.place_goods(COMMUNITY, request, leg, responder=who, **said)
        return
    engine.arrive(COMMUNITY, request, leg, responder=who, **said)
    owner, resident = owner_of(day, request)
    if seal.startswith("P"):
        over = engine.hand_over_goods(
            COMMUNITY, request, leg, to=owner, point="door", seals=[seal], responder=who, **said
        )
        day.confirm_soon(request, over)
        return
    engine.take_delivery(COMMUNITY, request, by=resident, seals=[seal])
    day.finish(offer, "handed_over")


def kept_on_the_shelf(day: Agenda) -> Script:
    """A parcel lies on the shelf for more than half an hour, nobody comes: a person is called, once (R5)."""
    day.open("parcel", day.town.doors[TOWER, 17, 2], course=partial(slow_parcel, day))
    yield 0


def slow_parcel(day: Agenda, offer: Offer) -> Script:
    """At the shelf in ten minutes; from there nobody answers before eleven."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request, who, said = RequestId(name), offer.responder, day.answering(offer.responder)
    if leg == "inside" and day.clock() < day.instant(11.2):
        return
    day.take(offer)
    yield 8
    engine.start_leg(COMMUNITY, request, leg, responder=who, **said)
    yield from bag_goes_on(day, offer, "P-3")


def errand(day: Agenda) -> Script:
    """A card is worn out: it goes down, to the office and back, always in somebody's custody (R4)."""
    home = day.town.doors[TOWER, 10, 2]
    day.open("errand", home, course=partial(runs_errand, day))
    yield 0


def runs_errand(day: Agenda, offer: Offer) -> Script:
    """Take the card over from whoever had it; who is asked first declines to answer for it."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request, who = RequestId(name), offer.responder
    owner, resident = owner_of(day, request)
    day.take(offer)
    yield 8
    if leg == "collect":
        card = engine.take_custody(COMMUNITY, who, owner=owner, what="card", request=request, description="社保卡")
        day.cards[request] = [card]
    else:
        (card,) = day.cards[request]
        yield from card_changes_hands(day, card, who)
    yield 25
    if leg == "inside":
        engine.record_proof(COMMUNITY, request, photo=b"the new card in the owner's hand", leg=leg)
        engine.return_custody(COMMUNITY, card, by=resident)
    day.finish(offer)


def card_changes_hands(day: Agenda, card: CustodyId, taker: ResponderId) -> Script:
    """The holder asks the lead, who has no time; then the one who goes on takes it."""
    engine = day.engine
    (holder,) = {line.holder for line in engine.custody_lines(COMMUNITY) if line.custody == card}
    if holder == taker:
        return
    if taker != day.town.lead != holder:
        engine.offer_custody(COMMUNITY, card, responder=holder, to=day.town.lead)
        yield 2
        engine.decline_custody(COMMUNITY, card, responder=day.town.lead)
    engine.offer_custody(COMMUNITY, card, responder=holder, to=taker)
    yield 2
    engine.accept_custody(COMMUNITY, card, responder=taker)


def insurance_cards(day: Agenda) -> Script:
    """Eight insurance cards and some money are with a captain who is isolated: orphaned, and handed on (A2)."""
    engine, captain = day.engine, next(iter(day.town.captains))
    homes = day.homes(TOWER)[4 : 4 + CARDS]
    with engine.batch(COMMUNITY) as batch:
        for home in homes:
            batch.take_custody(COMMUNITY, captain, owner=home, what="card", description="医保卡")
    shopping = day.open("food", homes[0])
    purse = engine.take_custody(
        COMMUNITY, captain, owner=homes[0], what="money", request=shopping, amount_fen=20_000
    )  # fmt: skip
    engine.spend_money(COMMUNITY, purse, responder=captain, spent_fen=8_000)
    yield 100
    orphaned = [line for line in engine.custody_lines(COMMUNITY) if line.state == "Orphaned"]
    engine.transfer_custody(COMMUNITY, [line.custody for line in orphaned], to=day.town.steward)
    yield 200
    for line in orphaned:
        engine.return_custody(COMMUNITY, line.custody, by=Actor(id=line.owner, role=Role.RESIDENT))
        yield 4


def vegetables(day: Agenda) -> Script:
    """A pack for every household of the walk-up, in two rounds; one set aside, one back, one spoiled (R32)."""
    engine, homes = day.engine, day.homes(WALK_UP)
    packs = engine.receive_goods(COMMUNITY, "vegetable_pack", len(homes) + 4, unit="pack", source="government")
    own = day.open("food", homes[0])
    engine.reserve_goods(COMMUNITY, packs, request=own, quantity=1)
    engine.distribute(COMMUNITY, packs, where=WALK_UP)
    for home in homes[:-4]:
        yield 3
        engine.issue_goods(COMMUNITY, packs, resident=home)
    day.attempt(partial(engine.issue_goods, COMMUNITY, packs, resident=homes[1], quantity=9))
    yield 180
    for home in engine.distribution(COMMUNITY, packs).owed:
        yield 3
        engine.issue_goods(COMMUNITY, packs, resident=home)
    yield from account_closes(day, homes[3])


def account_closes(day: Agenda, home: ResidentId) -> Script:
    """Count what lies on the shelf in the evening and close the account."""
    engine = day.engine
    ((packs, _),) = engine.lots(COMMUNITY).items()
    engine.return_goods(COMMUNITY, packs, resident=home)
    yield 240
    account = engine.lot(COMMUNITY, packs)
    for request in tuple(account.reserved):
        engine.free_goods(COMMUNITY, packs, request=request)
    engine.end_distribution(COMMUNITY, packs, reason="everybody_has_one")
    engine.count_goods(COMMUNITY, packs, 0, reason="spoiled")
    engine.close_lot(COMMUNITY, packs, reason="all_given_out")


def lost_and_found(day: Agenda) -> Script:
    """A bag is not on the shelf where it should be: somebody took it to the gate, and it goes up after all (R5)."""
    day.open("parcel", day.town.doors[TOWER, 8, 3], course=partial(misses_bag, day))
    yield 0


def misses_bag(day: Agenda, offer: Offer) -> Script:
    """The captain finds nothing on the shelf the first time."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request, who, said = RequestId(name), offer.responder, day.answering(offer.responder)
    day.take(offer)
    yield 6
    engine.start_leg(COMMUNITY, request, leg, responder=who, **said)
    if leg == "inside" and not day.counts["missing"]:
        day.counts["missing"] += 1
        engine.report_missing(COMMUNITY, request, leg, responder=who, **said)
        yield 15
        engine.find_goods(COMMUNITY, request, point="shelf")
        engine.requeue(COMMUNITY, request, leg)
        return
    yield from bag_goes_on(day, offer, "P-9")
