"""Verbs that count and tell: the daily report, a post for a group chat, a message about one offer."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..domain.community import Registered
from ..domain.errors import Refused
from ..domain.help_request import HelpRequest, needs_people
from ..domain.leg import Ask, Leg, ask_of
from ..domain.text import plain_chat
from ..domain.values import Place, request_of
from ..views.report import DailyReport
from ..views.report import daily_report as report_of
from ..words import Words
from .given import offer_id as checked_offer
from .plan import community_id
from .reading import Reading
from .registers import Where


class Reports(Reading):
    """What is told to many; nothing here holds a name, a door, a kind of help or a note."""

    def daily_report(self, community: str, day: date | None = None) -> DailyReport:
        """
        Count one day of a community: what came, what was served, who was asked and who never was (R33).

        Parameters
        ----------
        day
            In the community's own time; by default today, up to now.

        Raises
        ------
        CorruptHistory
            A row of this community is damaged.
        """
        here = community_id(community)
        zone = ZoneInfo(self.register_of(here).time_zone)
        chosen = day if day is not None else self.clock().astimezone(zone).date()
        since = datetime.combine(chosen, time.min, tzinfo=zone)
        until = datetime.combine(chosen + timedelta(days=1), time.min, tzinfo=zone)
        return report_of(self.journal.read(community=here), since, until)

    def group_post(self, community: str, where: Where | None = None, *, language: str | None = None) -> str:
        """
        Return a text for a group chat: how many legs wait for somebody, by floor (R31).

        Parameters
        ----------
        where
            The group's place: a building, a stairwell, a floor; by default the whole community.
        language
            ``zh-CN`` or ``en``; by default as the environment says.

        Notes
        -----
        A group reads it, so it says how many and where, never what for: no kind, no leg, no name, no
        door. Requests of kinds that few may see are left out. The text is plain: nothing in it can
        mention everybody, link or format.
        """
        here = community_id(community)
        register, words = self.register_of(here), Words(language)
        place = self.locate(here, where).place if where is not None else Place()
        counts: Counter[Place] = Counter()
        for state in self.board_of(here).requests.values():
            kind = register.catalogue.find(state.kind)
            if place.contains(state.place) and not (kind is not None and kind.restricted):
                counts[_floor_of(state.place)] += sum(leg.vacancies for leg in needs_people(state))
        lines = [
            words("notice.waiting_at", place=_named(words, register, spot), count=count)
            for spot, count in sorted(counts.items(), key=lambda item: _order(item[0]))
            if count
        ]
        head = words(
            "notice.group",
            community=register.community_name,
            place=_named(words, register, place),
            moment=words.moment(self.clock(), register.time_zone),
        )
        body = lines or [words("notice.nobody_waits")]
        return plain_chat("\n".join([head, *body, *([words("notice.say_yes")] if lines else [])]))

    def offer_message(self, community: str, offer: str, *, language: str | None = None) -> str:
        """
        Return a text for whoever is asked: which leg, where, from where to where, until when to answer (R31, P4).

        Raises
        ------
        Refused
            ``offer_not_open``: nobody is asked by this offer any more.
        """
        here = community_id(community)
        register, words = self.register_of(here), Words(language)
        state, leg, ask = self._open_ask(here, offer)
        return plain_chat(
            words(
                "notice.assignment" if ask.staff else "notice.offer",
                offer=ask.offer,
                leg=words.code("leg", leg.plan.name),
                place=_named(words, register, _floor_of(state.place)),
                origin=words.code("point", leg.plan.origin.value),
                destination=words.code("point", leg.plan.destination.value),
                minutes=leg.plan.minutes,
                effort=ask.effort,
                until=words.moment(ask.answer_by, register.time_zone),
            )
        )

    def _open_ask(self, community: str, offer: str) -> tuple[HelpRequest, Leg, Ask]:
        known = checked_offer(offer)
        state = self.request(community, request_of(known))
        leg = state.leg_holding(known)
        ask = ask_of(leg, known) if leg is not None else None
        if leg is None or ask is None or ask.accepted:
            raise Refused(
                "offer_not_open",
                f"Offer {known} waits for no answer. Look at the request's timeline.",
                offer=known,
            )
        return state, leg, ask


def _floor_of(place: Place) -> Place:
    return Place(compound=place.compound, building=place.building, building_unit=place.building_unit, floor=place.floor)


def _named(words: Words, register: Registered, place: Place) -> str:
    building = register.buildings.get(place.building) if place.building is not None else None
    compound = register.compounds.get(place.compound) if place.compound is not None else None
    return words.place(
        compound=compound,
        building=building.name if building is not None else None,
        building_unit=place.building_unit,
        floor=place.floor,
    )


def _order(place: Place) -> tuple[str, str, int, str]:
    floor = place.floor or ""
    digits = "".join(filter(str.isdigit, floor))
    return (place.building or "", place.building_unit or "", int(digits or 0), floor)
