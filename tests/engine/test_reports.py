"""What is told to groups and to who is asked: enough to act on, and nothing about anybody's health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch import Refused, Urgency
from tests.engine.town import HERE, Town

SECRETS = ("medicine", "药品", "meng", "孟", "138", "胰岛素")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_group_reads_how_many_and_where_and_nothing_else(quick: Town, language: str) -> None:
    """No kind, no leg, no name, no phone, no note; restricted kinds are not even counted."""
    engine = quick.engine
    who = min(engine.board_of(HERE).residents)
    empty = engine.group_post(HERE, language=language)
    engine.open_request(HERE, "medicine", beneficiary=who, note="胰岛素 13800000000", urgency=Urgency.HEALTH)
    one = engine.group_post(HERE, language=language)
    engine.open_request(HERE, "counselling", beneficiary=who)
    assert one.count("\n") == 2
    assert engine.group_post(HERE, language=language) == one != empty
    assert not any(secret in one.lower() for secret in SECRETS)
    assert "1" in one


def test_a_group_of_another_building_reads_nothing_of_it(quick: Town) -> None:
    """The post is about the group's own place."""
    engine = quick.engine
    residents = engine.board_of(HERE).residents
    who = min(residents)
    engine.open_request(HERE, "food", beneficiary=who)
    building = residents[who].place.building
    register = engine.register_of(HERE)
    other = next(known.name for known in register.buildings.values() if known.building != building)
    assert engine.group_post(HERE, other, language="en").endswith("Nothing waits for anybody.")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_who_is_asked_reads_leg_place_and_time(quick: Town, language: str) -> None:
    """The message has the offer's number and no kind, name or note."""
    engine = quick.engine
    who = min(engine.board_of(HERE).residents)
    engine.open_request(HERE, "medicine", beneficiary=who, note="胰岛素")
    (offer,) = engine.tick().offers
    text = engine.offer_message(HERE, offer.offer, language=language)
    assert offer.offer.replace("#", "＃") in text or offer.offer in text
    assert not any(secret in text.lower() for secret in SECRETS)


def test_an_offer_that_is_answered_has_no_message(quick: Town) -> None:
    """Nobody is asked twice by a late message."""
    engine = quick.engine
    engine.open_request(HERE, "food", beneficiary=min(engine.board_of(HERE).residents))
    (offer,) = engine.tick().offers
    engine.accept(HERE, offer.offer, on_behalf_of=offer.responder)
    with pytest.raises(Refused) as caught:
        engine.offer_message(HERE, offer.offer)
    assert caught.value.code == "offer_not_open"


def test_the_report_of_a_day_is_in_the_communitys_own_time(town: Town) -> None:
    """Today begins at midnight of the community, on every store."""
    report = town.engine.daily_report(HERE)
    assert report.until - report.since == timedelta(days=1)
    assert report.since <= town.engine.clock() < report.until
    assert report.since.utcoffset() == timedelta(hours=8)
