"""Goods, items and custody, told by the commands that staff type."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Command


def opened(town: Command) -> Any:
    """Open a request for medicine, and return its id and the resident's."""
    request = town("open", "medicine", "--at", "11号楼501", "--name", "王某", "--json").json["request"]
    return request, town("show", request, "--json").json["beneficiary"]


def taken(town: Command, leg: str) -> str:
    """Let whoever is asked for a leg accept, and return its id."""
    offers = [offer for one in town("match", "--json").json for offer in one["offers"]]
    (offer,) = [offer for offer in offers if offer["leg"].endswith(leg)]
    assert town("accept", offer["offer"]).code == 0
    return str(offer["leg"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_bag_goes_from_the_pharmacy_to_the_door(town: Command, language: str) -> None:
    """Written down, agreed to, looked for, bought, put on the shelf, taken up and received."""
    said = ("--language", language)
    request, resident = opened(town)
    added = town("item", "add", request, "--wanted", "某药", "--no-substitution", "--needs-doctor", "--json")
    assert added.json["item"] == 1
    assert [one["offers"] for one in town("match", "--json").json] == [[]]
    assert town("item", "confirm", request, "1", *said).code == 3, "no doctor is named"
    assert town("item", "confirm", request, "1", "--doctor", "doctor-1", *said).code == 0
    leg = taken(town, "/outside")
    steps = [
        ("goods", "start", leg),
        ("goods", "arrive", leg),
        ("item", "not-found", leg, "1", "--shop", "社区药店"),
        ("item", "found", leg, "1", "--shop", "东街药店"),
        ("goods", "pick-up", leg, "--seal", "A-7"),
        ("goods", "place", leg),
    ]
    assert [town(*step, *said).code for step in steps] == [0] * len(steps)
    leg = taken(town, "/inside")
    wrong = town("goods", "pick-up", leg, "--seal", "A-8", *said)
    assert wrong.code == 3
    assert "A-7" in wrong.err
    assert town("goods", "pick-up", leg, "--seal", "A-7", *said).code == 0
    assert town("goods", "receive", request, "--on-behalf-of", resident, *said).code == 0
    assert town("complete", leg, *said).code == 0
    assert town("show", request, "--json").json["goods"]["holder"] == resident
    assert town("audit", "replay").code == 0


def test_goods_handed_over_and_lost_and_found(town: Command) -> None:
    """Across the fence to the gate's account, missed there, found again."""
    request, _ = opened(town)
    leg = taken(town, "/outside")
    assert town("goods", "hand-over", leg, "--to", "gate-1", "--point", "gate").code == 0
    leg = taken(town, "/inside")
    assert town("goods", "missing", leg).code == 0
    assert town("goods", "found", request, "--point", "shelf").code == 0
    assert town("goods", "missing", request).code == 0, "nobody is on the way: said for the person"
    assert town("goods", "refuse", leg).code == 3, "nobody has it"


def test_custody_from_hand_to_hand(town: Command) -> None:
    """Taken, listed, handed on, given back; the list is empty again."""
    _, resident = opened(town)
    leg = taken(town, "/outside")
    (offer,) = [leg["asks"][0] for leg in town("show", leg.partition("/")[0], "--json").json["legs"] if leg["asks"]]
    holder = offer["responder"]
    made = town("custody", "take", resident, "card", "--responder", holder, "--description", "医保卡", "--json")
    card = made.json["custody"]
    (line,) = town("custody", "list", "--json").json
    assert (line["custody"], line["holder"]) == (card, holder)
    assert card in town("custody", "list", "--responder", holder).out
    assert town("custody", "transfer", card, "--to", holder).out.startswith("Nothing new")
    assert town("custody", "return", card).code == 3, "the owner must be named"
    assert town("custody", "return", card, "--on-behalf-of", resident).code == 0
    assert town("custody", "list").out.startswith("Nothing is in custody")
