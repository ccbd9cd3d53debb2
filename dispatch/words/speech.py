"""Words: messages, numbers, times and events in one language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from functools import reduce
from types import MappingProxyType
from zoneinfo import ZoneInfo

from .catalogue import MissingWord, catalogue, check_message, fill, parameters, pick_language

# Fields of events and refusals whose values are codes, and the vocabulary that words them.
VOCABULARIES: Mapping[str, str] = MappingProxyType(
    {
        "belonging": "belonging",
        "channel": "channel",
        "clearance": "level",
        "column": "column",
        "kind": "kind",
        "leg": "leg",
        "legs_name": "leg",
        "level": "level",
        "matter": "matter",
        "outcome": "outcome",
        "gift": "gift",
        "proof": "proof",
        "field": "field",
        "fields": "field",
        "item": "item",
        "point": "point",
        "problem": "import",
        "purpose": "purpose",
        "reason": "reason",
        "reasons": "reason",
        "relaxation": "rule",
        "role": "role",
        "rule": "rule",
        "side": "side",
        "limit": "limit",
        "skill": "skill",
        "skills": "skill",
        "solved_by": "solved_by",
        "state": "state",
        "step": "step",
        "urgency": "urgency",
        "what": "field",
    }
)

# Numbers that are read as amounts; ids, versions and positions are shown as they are written.
_AMOUNTS = frozenset({"byte", "cells", "count", "limit", "rows"})

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_DURATION_UNITS_SHOWN = 2
BAD_INPUT = "bad_input"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Words:
    """
    Everything a person reads, in one language.

    Parameters
    ----------
    language
        ``zh-CN`` or ``en``; without one ``DISPATCH_LANGUAGE`` decides, then ``LANG``, then Chinese.
    more
        Further messages by key, for an application with kinds, skills or reasons of its own; they
        win over the catalogue's.

    Raises
    ------
    UnknownLanguage, BadCatalogue
        No such language, or a message in `more` that is not one.
    """

    def __init__(self, language: str | None = None, *, more: Mapping[str, str] | None = None) -> None:
        self.language = pick_language(language)
        own = {key: check_message(key, text) for key, text in (more or {}).items()}
        self._messages: Mapping[str, str] = {**catalogue(self.language), **own} if own else catalogue(self.language)

    def __call__(self, key: str, /, **params: object) -> str:
        """
        Return a message with its parameters filled in.

        Parameters
        ----------
        key
            Dotted key, such as ``refusal.offer_not_held``.
        **params
            Texts, whole numbers, or several texts. Everything else is formatted first, by `number`,
            `clock`, `duration` …; parameters that the message does not name are ignored.

        Raises
        ------
        MissingWord
            No such message, or a parameter of it is not given.
        TypeError
            A parameter is neither of those.
        """
        template = self._messages.get(key)
        if template is None:
            raise MissingWord(key, self.language)
        values = {}
        for name in parameters(template):
            if name not in params:
                raise MissingWord(key, self.language, parameter=name)
            values[name] = self._shown(name, params[name])
        return fill(template, values)

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a message of this key."""
        return key in self._messages

    def code(self, vocabulary: str, code: str) -> str:
        """
        Word one code of a vocabulary that an application may extend, such as ``kind`` or ``reason``.

        A code that nobody has worded is shown as it is: it is data, and hiding it helps nobody.
        ``AwaitingHelp`` and ``awaiting_help`` are the same code.
        """
        key = f"{vocabulary}.{_HUMP.sub('_', code).lower()}"
        return self._messages.get(key, code)

    def vocabulary(self, name: str) -> Mapping[str, str]:
        """Return every code of a vocabulary with its word, such as all of ``outcome``, for a list of choices."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): text for key, text in self._messages.items() if key.startswith(prefix)}

    def refusal(self, code: str, fields: Mapping[str, object] | None = None) -> str:
        """
        Word an error and, in brackets, the ids and numbers that it names.

        Parameters
        ----------
        code, fields
            Those of the error. A refusal read back from the log has no fields.

        Raises
        ------
        MissingWord
            No such refusal.
        """
        redundant = {"what"} if code.startswith("unknown_") else set()
        facts = {name: value for name, value in (fields or {}).items() if name not in redundant}
        if code == BAD_INPUT:
            facts = self._input(facts)
        return self._told(("refusal", "error", "import"), code, facts)

    def _input(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Say which field is wrong, not of which class; and what is wrong with it in words."""
        worded = {name: value for name, value in facts.items() if name not in ("what", "field", "problem")}
        if isinstance(path := facts.get("field"), str):
            named = [self.code("field", part) for part in path.split(".") if not part.isdigit()]
            worded["field"] = " / ".join(named)
        if isinstance(problem := facts.get("problem"), str):
            key = f"input.{problem}"
            worded["problem"] = self(key if key in self else "input.other")
        return worded

    def problem(self, code: str, params: Mapping[str, object] | None = None) -> str:
        """
        Word what is wrong with a file or a row of it and, in brackets, where and how much.

        Raises
        ------
        MissingWord
            No such problem.
        """
        return self._told(("import",), code, params or {})

    def _told(self, vocabularies: tuple[str, ...], code: str, facts: Mapping[str, object]) -> str:
        keys = [f"{vocabulary}.{code}" for vocabulary in vocabularies]
        text = self(next((key for key in keys if key in self), keys[0]))
        shown = [
            self("format.field", name=self.code("field", name), value=self._fact(name, value))
            for name, value in facts.items()
            if value is not None and value != ()
        ]
        return self("format.with_fields", text=text, fields=self.listed(shown)) if shown else text

    def _fact(self, name: str, value: object) -> str:
        """Word a field of an error; nothing that an error holds may keep it from being told."""
        if isinstance(value, datetime):
            return value.isoformat()
        try:
            return self._worded(name, value)
        except TypeError:
            return str(value)

    def event(
        self, topic: str, fields: Mapping[str, object], *, zone: str | tzinfo, names: Mapping[str, str] | None = None
    ) -> str:
        """
        Return one line of a timeline.

        Parameters
        ----------
        topic
            The event's topic, such as ``request.offer_made``.
        fields
            The event's fields, nested values as mappings (``event.model_dump()``).
        zone
            The community's time zone.
        names
            What to show instead of an id: buildings by name, responders as the reader may know them.

        Raises
        ------
        MissingWord
            No such topic, or a field that its line needs is not there.
        """
        flat = _flat(fields)
        key = f"event.{topic}"
        template = self._messages.get(key)
        if template is None:
            raise MissingWord(key, self.language)
        needed = parameters(template)
        worded = {
            name: self._worded(name, value, zone=zone, names=names or {})
            for name, value in flat.items()
            if name in needed
        }
        return self(key, **worded)

    def place(
        self,
        *,
        compound: str | None = None,
        building: str | None = None,
        building_unit: str | None = None,
        floor: str | None = None,
        household: str | None = None,
    ) -> str:
        """Name a place from the largest part to the smallest; no part is the whole community."""
        parts = {
            "compound": compound,
            "building": building,
            "building_unit": building_unit,
            "floor": floor,
            "household": household,
        }
        named = [self(f"place.{part}", name=name) for part, name in parts.items() if name is not None]
        if not named:
            return self("place.community")
        return reduce(lambda whole, part: self("place.within", whole=whole, part=part), named)

    def number(self, value: float, *, decimals: int = 0) -> str:
        """Return a number with thousands set apart and `decimals` places."""
        return f"{value:,.{decimals}f}"

    def percent(self, part: float, whole: float, *, decimals: int = 0) -> str:
        """Return `part` of `whole` in per cent; of nothing, a dash."""
        return f"{100 * part / whole:,.{decimals}f}%" if whole else self("format.nothing")

    def clock(self, instant: datetime, zone: str | tzinfo) -> str:
        """
        Return the time of day in a community's zone, as 08:05.

        Raises
        ------
        ValueError
            The instant has no time zone.
        """
        return f"{_local(instant, zone):%H:%M}"

    def moment(self, instant: datetime, zone: str | tzinfo) -> str:
        """Return day and time of day in a community's zone; errors as `clock`."""
        local = _local(instant, zone)
        return self("format.moment", day=self._day("format.short_day", local), clock=f"{local:%H:%M}")

    def day(self, instant: datetime, zone: str | tzinfo) -> str:
        """Return the day with its year in a community's zone; errors as `clock`."""
        return self._day("format.day", _local(instant, zone))

    def duration(self, seconds: float) -> str:
        """Return a stretch of time by its two largest units, rounded down; negative ones with a sign."""
        left = int(abs(seconds))
        shown: list[str] = []
        for name, size in _UNITS:
            count, rest = divmod(left, size)
            if count or (size == 1 and not shown):
                shown.append(self(f"format.{name}_count", count=count))
            left = rest
            if len(shown) == _DURATION_UNITS_SHOWN or (shown and not left):
                break
        sign = "-" if seconds <= -1 else ""
        return sign + (self("format.two", first=shown[0], second=shown[1]) if len(shown) > 1 else shown[0])

    def listed(self, items: Iterable[str]) -> str:
        """Return several texts as one list."""
        return self._messages["format.list_join"].join(items)

    def _day(self, key: str, local: datetime) -> str:
        return self(key, year=local.year, month=self(f"format.month.m{local.month}"), day=local.day)

    def _shown(self, name: str, value: object) -> str:
        if isinstance(value, str):
            return str(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, tuple | list) and all(isinstance(item, str) for item in value):
            return self.listed(value)
        raise TypeError(f"parameter {name!r}: expected a text or a whole number; format it first")

    def _worded(
        self, name: str, value: object, *, zone: str | tzinfo | None = None, names: Mapping[str, str] | None = None
    ) -> str:
        """Word one field by its name and type."""
        names = names or {}
        last = name if name in VOCABULARIES else name.rpartition("_")[2]
        if isinstance(value, bool):
            return self(f"format.{'yes' if value else 'no'}")
        if isinstance(value, datetime) and zone is not None:
            return self.moment(value, zone)
        if isinstance(value, str) and last in VOCABULARIES:
            return self._coded(VOCABULARIES[last], value)
        if isinstance(value, str):
            return names.get(value, str(value))
        if isinstance(value, Mapping):
            return self.place(**{part: names.get(text, text) for part, text in value.items() if text is not None})
        if isinstance(value, tuple | list):
            each = [self._worded(name, item, zone=zone, names=names) for item in value]
            return self.listed(each) if each else self("format.nothing")
        if value is None:
            return self("format.nothing")
        return self.number(value) if name in _AMOUNTS and isinstance(value, int) else self._shown(name, value)

    def _coded(self, vocabulary: str, value: str) -> str:
        if vocabulary == "leg":
            return self.code("leg", value.rpartition("/")[2])
        if vocabulary == "reason" and f"reason.{value}" not in self:
            return self.code("rule", value)
        if vocabulary == "state" and f"state.{_HUMP.sub('_', value).lower()}" not in self:
            return self.code("leg_state", value)
        return self.code(vocabulary, value)


def _local(instant: datetime, zone: str | tzinfo) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone; expected an aware datetime")
    return instant.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def _flat(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields, and the parts of nested ones beside them as `outer_inner`."""
    flat: dict[str, object] = {}
    for name, value in fields.items():
        flat[name] = value
        if isinstance(value, Mapping):
            flat |= {f"{name}_{inner}": part for inner, part in value.items()}
        elif isinstance(value, tuple | list) and value and all(isinstance(item, Mapping) for item in value):
            flat |= {f"{name}_{inner}": [item.get(inner) for item in value] for inner in value[0]}
    return flat
