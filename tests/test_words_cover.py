"""The catalogue: nothing that a person reads is missing, in either language, and terms are the glossary's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from dispatch.audit.leg_standing import REASONS
from dispatch.audit.what_if import ASSUMED, RECOMPUTED
from dispatch.domain import place_names, text, values
from dispatch.domain.aggregates import AGGREGATES
from dispatch.domain.commands import MACHINE, TABLE
from dispatch.domain.custody import Belonging, Custody
from dispatch.domain.errors import DispatchError
from dispatch.domain.goods import Goods
from dispatch.domain.help_request import HelpRequest
from dispatch.domain.kind import Catalogue
from dispatch.domain.kinds import EVERYDAY_CATALOGUE, Proof
from dispatch.domain.leg import Leg
from dispatch.domain.line_item import LineItem
from dispatch.domain.outcome import Outcome
from dispatch.domain.policies import SHIPPED
from dispatch.domain.policy import Policy
from dispatch.domain.policy_levels import WAITING_LEVELS, LevelName
from dispatch.domain.regime import Regime
from dispatch.matching.eligible import RULES, SIDE_RULES
from dispatch.matching.shortfall import ONE_MORE
from dispatch.sheets import Column, RowProblem, SheetProblem, columns, vocabulary
from dispatch.words import (
    LANGUAGES,
    Words,
    catalogue,
    parameters,
)
from tests.house import ROOT, Module, read_house

SHANGHAI = "Asia/Shanghai"
NOON = datetime(2026, 3, 1, 4, 5, tzinfo=UTC)
FACTS = [fact for aggregate in AGGREGATES.values() for fact in aggregate.facts]
BOTH = pytest.mark.parametrize("language", LANGUAGES)

# The glossary of the design, word for word; where it gives two terms, the first.
GLOSSARY = {
    "request": "求助单",
    "leg": "转运环节",
    "hand_off": "交接",
    "resident": "居民",
    "household": "住户",
    "isolated": "居家隔离",
    "community": "社区",
    "compound": "小区",
    "building": "楼栋",
    "building_unit": "单元",
    "floor": "楼层",
    "floor_captain": "楼层长",
    "building_lead": "楼长",
    "community_worker": "社区工作者",
    "cadre": "下沉干部",
    "responder": "承办人",
    "standby": "备勤",
    "control_area": "封管控区",
    "lifted": "解封",
    "gate": "卡口",
    "shelf": "货架",
    "medical_pass": "就医通行证",
    "assignment": "派单",
    "offer": "待接单",
    "accept": "接单",
    "decline": "拒接",
    "lapse": "超时未接",
    "release": "退单",
    "on_behalf": "代办",
    "exclusion": "回避",
    "crew": "协作小组",
    "custody": "保管",
    "series": "周期单",
    "calling_round": "电话巡访",
    "load": "工作负荷",
    "open_count": "在办件数",
    "delivered": "送达",
    "confirmed": "居民确认",
    "closed": "办结",
    "escalate": "上报",
    "ladder": "逐级转派",
    "ledger": "台账",
    "journal": "事件日志",
    "replay": "回放",
    "finding": "疑点",
}
SAME_TERM = {
    "role.floor_captain": "floor_captain",
    "role.building_lead": "building_lead",
    "role.community_worker": "community_worker",
    "role.cadre": "cadre",
    "role.resident": "resident",
    "leg_state.offered": "offer",
    "point.gate": "gate",
    "point.shelf": "shelf",
    "state.delivered": "delivered",
    "state.confirmed": "confirmed",
    "state.closed": "closed",
    "reason.declined": "decline",
    "reason.lapsed": "lapse",
    "field.responder": "responder",
    "field.request": "request",
    "field.leg": "leg",
    "board.load": "load",
    "board.open_count": "open_count",
}
LEVELS = {"enclosed": "围合", "precaution": "防范", "controlled": "管控", "sealed": "封控", "temporary": "临时管控"}
# What people also say for glossary terms, and what the catalogue therefore must not.
NOT_OUR_TERMS = [
    "工单",
    "订单",
    "服务单",
    "社工",
    "楼道长",
    "负责人",
    "处理人",
    "拒单",
    "抢单",
    "过期",
    "封锁",
    "封楼",
    "退回单",
]
# Words that Chinese texts may write in Latin letters: names of formats and of our own command.
LATIN = {"xlsx", "CSV", "UTF", "GB", "Asia", "Shanghai", "dispatch", "doctor"}


def camel_to_snake(name: str) -> str:
    """Return AwaitingHelp as awaiting_help."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def stages_of(state: type[HelpRequest | Leg | Custody | Goods | LineItem]) -> list[str]:
    """Return the names of the states of a request, a leg, a custody, goods or an item."""
    return [name for stage in state.__subclasses__() for name in (camel_to_snake(stage.__name__), *stages_of(stage))]


def members(enumeration: type[StrEnum]) -> list[str]:
    """Return the codes of an enumeration."""
    return [member.value for member in enumeration]


VOCABULARY: Mapping[str, list[str]] = {
    "role": members(values.Role),
    "urgency": members(values.Urgency),
    "channel": members(values.Channel),
    "side": members(values.Side),
    "level": members(values.ControlLevel),
    "point": members(values.Point),
    "state": stages_of(HelpRequest),
    "leg_state": stages_of(Leg),
    "kind": [kind.key for kind in EVERYDAY_CATALOGUE.kinds],
    "leg": [leg.name for kind in EVERYDAY_CATALOGUE.kinds for leg in kind.legs],
    "position": sorted({p.name for kind in EVERYDAY_CATALOGUE.kinds for leg in kind.legs for p in leg.positions}),
    "skill": [s for kind in EVERYDAY_CATALOGUE.kinds for leg in kind.legs for s in (*leg.skills, *leg.isolated_skills)],
    "rule": list(RULES),
    "relaxation": [*RULES, ONE_MORE],
    "policy_level": members(LevelName),
    "level_value": sorted(set(LevelName) - WAITING_LEVELS),
    "level_rise": members(LevelName),
    "why_standing": list(REASONS),
    "what_if_part": [*RECOMPUTED, *ASSUMED],
    "policy_step": members(LevelName),
    "policy_about": sorted({policy.name for policy in SHIPPED}),
    "refusal": list(SIDE_RULES),
    "import": [
        *members(RowProblem),
        *members(SheetProblem),
        *members(text.TextProblem),
        *members(place_names.AddressProblem),
    ],
    "column": members(Column),
    "event": [fact.TOPIC for fact in FACTS],
    "solved_by": ["flow", "crew", "crew_search", "crew_proven"],
    "outcome": members(Outcome),
    "proof": members(Proof),
    "belonging": members(Belonging),
    "custody_state": stages_of(Custody),
    "goods_state": stages_of(Goods),
    "item_state": stages_of(LineItem),
}


@pytest.mark.parametrize("vocabulary", VOCABULARY)
@BOTH
def test_every_code_has_its_word(language: str, vocabulary: str) -> None:
    """Every code of the domain, the matcher and the sheets is worded."""
    assert VOCABULARY[vocabulary]
    missing = [code for code in VOCABULARY[vocabulary] if f"{vocabulary}.{code}" not in catalogue(language)]
    assert missing == []


def test_no_code_of_a_closed_vocabulary_is_invented() -> None:
    """Where the code is the domain's alone, the catalogue words nothing else."""
    for name in (
        "role",
        "urgency",
        "channel",
        "side",
        "level",
        "point",
        "state",
        "leg_state",
        "import",
        "column",
        "event",
        "relaxation",
        "policy_level",
        "why_standing",
    ):
        assert set(Words("en").vocabulary(name)) == set(VOCABULARY[name])


def test_both_languages_say_the_same() -> None:
    """Both languages have the same keys, and each message the same parameters."""
    first, *others = (catalogue(language) for language in LANGUAGES)
    for other in others:
        assert set(first) == set(other)
        assert [key for key in first if parameters(first[key]) != parameters(other[key])] == []


def test_every_folder_has_the_same_files() -> None:
    """A translator finds a message in the same file of each language."""
    folders = [ROOT / "dispatch" / "words" / folder for folder in LANGUAGES.values()]
    names = [sorted(path.name for path in folder.iterdir()) for folder in folders]
    assert names[0]
    assert all(name.endswith(".toml") for name in names[0])
    assert all(other == names[0] for other in names)
    for name in names[0]:
        keys = [
            re.findall(r"^(?:\[(.+)\]|(\w+) = )", (folder / name).read_text("utf-8"), re.MULTILINE)
            for folder in folders
        ]
        assert all(other == keys[0] for other in keys), f"{name}: keys in another order"


def calls(module: Module, *names: str) -> Iterator[ast.Call]:
    """Give every call of these names in a file."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called in names:
                yield node


def codes_raised(module: Module) -> Iterator[str]:
    """Give every refusal code a file raises; what cannot be read off the source is given as it stands there."""
    for call in calls(module, "Refused", "Unknown"):
        if call.args:
            prefix = "unknown_" if ast.unparse(call.func).endswith("Unknown") else ""
            yield prefix + (literal(call.args[0]) or f"<{ast.unparse(call.args[0])}>")
    for call in calls(module, "Barred"):
        yield from filter(None, map(literal, call.args))


@cache
def house() -> Mapping[str, Module]:
    """Return every file of the house, read once."""
    return read_house(ROOT)


def literal(node: ast.AST | None) -> str | None:
    """Return the text that stands in the source, if it is one."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def returned_codes(module: Module, function: str) -> set[str]:
    """Return the literal codes that a function of a file returns."""
    bodies = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef) and node.name == function]
    returns = [node.value for body in bodies for node in ast.walk(body) if isinstance(node, ast.Return)]
    return set(filter(None, map(literal, returns)))


# Refusals whose code is computed, and where it comes from. A new one is entered here on purpose.
COMPUTED = {
    "<rule>": "the rules of `Barred` and what `offer.barred_now` returns",
    "<row.outcome>": "an earlier refusal, read back",
    "<str(bad.problem)>": "a text or address problem",
}


@BOTH
def test_every_refusal_is_worded(language: str) -> None:
    """Every code that any file refuses with has its words."""
    raised = {code for module in house().values() for code in codes_raised(module)}
    for held_back in ("household_has_called", "crew_has_mustered"):
        raised |= returned_codes(house()["dispatch.domain.crew"], held_back)
    raised |= returned_codes(house()["dispatch.domain.offer"], "barred_now")
    assert {code for code in raised if "<" in code} <= set(COMPUTED)
    assert "responder_is_isolated" in raised
    assert len(raised) > 50
    words = Words(language)
    for code in raised - set(COMPUTED):
        assert f"refusal.{code}" in words, f"refusal.{code} is missing in {language}"
        assert words.refusal(code)


@BOTH
def test_every_refused_text_is_worded(language: str) -> None:
    """A refusal may carry a text or address problem as its code."""
    words = Words(language)
    for problem in (*text.TextProblem, *place_names.AddressProblem):
        assert words.refusal(str(problem)) == words(f"import.{problem}")


@BOTH
def test_every_error_is_worded(language: str) -> None:
    """Each branch of the error tree has its words."""

    def branches(error: type[DispatchError]) -> Iterator[type[DispatchError]]:
        yield error
        for branch in error.__subclasses__():
            yield from branches(branch)

    assert {Words(language).refusal(branch.code) for branch in branches(DispatchError)}


@BOTH
def test_every_field_of_an_error_has_its_name(language: str) -> None:
    """What an error names in brackets has a word too."""
    errors = ("Refused", "Unknown", "Conflict", "Unavailable", "CorruptHistory", "SheetError", "RowError", "fail")
    names = {k.arg for module in house().values() for call in calls(module, *errors) for k in call.keywords}
    names |= {"which", "what", "cell", "column", "problem"}
    names -= {"now", None}
    words = Words(language)
    assert [name for name in sorted(map(str, names)) if f"field.{name}" not in words] == []


def said_as(name: str) -> set[str]:
    """Return every literal that the house gives as a parameter of this name, defaults included."""
    found: set[str | None] = set()
    for module in house().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg == name:
                found |= set(map(literal, ast.walk(node.value)))
            if isinstance(node, ast.arguments):
                named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
                found |= {literal(default) for argument, default in named if argument.arg == name}
            if name == "reason" and module.name.startswith("dispatch.reactions") and isinstance(node, ast.Yield):
                found.add(literal(node.value))
    return {text for text in found if text}


@pytest.mark.parametrize(
    ("name", "known"), [("reason", "crew_collapsed"), ("reason", "overdue"), ("outcome", "success")]
)
@BOTH
def test_every_recorded_code_is_worded(language: str, name: str, known: str) -> None:
    """Every reason and outcome that the code itself records has its words."""
    said = said_as(name)
    assert known in said
    assert sorted(code for code in said if f"{name}.{code}" not in Words(language)) == []


@BOTH
def test_every_rule_is_worded_as_a_reason(language: str) -> None:
    """What is taken back because a rule fails now says so in the rule's words."""
    words = Words(language)
    for rule in RULES:
        fields = {"offer": "q-1#1", "reason": rule}
        assert words(f"rule.{rule}") in words.event("request.offer_withdrawn", fields, zone=SHANGHAI)


def test_refusals_take_no_parameters() -> None:
    """A refusal read back from the log has no fields, so its words must need none."""
    wanting = {
        key
        for key, message in catalogue("en").items()
        if key.startswith(("refusal.", "error.", "import.")) and parameters(message)
    }
    assert wanting == set()


def sample(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """Return some value that a JSON schema allows, as `model_dump` would give it."""
    if "$ref" in schema:
        return sample(known[schema["$ref"].rpartition("/")[2]], known)
    if "anyOf" in schema:
        return sample(next(option for option in schema["anyOf"] if option.get("type") != "null"), known)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: sample(part, known) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        parts = schema.get("prefixItems") or [schema["items"]]
        return tuple(sample(part, known) for part in parts)
    if kind == "boolean":
        return True
    if kind == "integer":
        return schema.get("minimum", 7)
    return NOON if schema.get("format") == "date-time" else "Q1"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TOPIC)
@BOTH
def test_every_event_has_its_line(language: str, fact: type[values.Fact]) -> None:
    """Every event gives one line of a timeline from its own fields, with no code left unworded."""
    schema = fact.model_json_schema()
    fields = sample(schema, schema.get("$defs", {}))
    line = Words(language).event(fact.TOPIC, fields, zone=SHANGHAI)
    assert not re.search(r"[{}\n]|datetime|None|\d{4}-\d\d", line)
    if language == "zh-CN":
        assert re.findall(r"[a-z_]{2,}", line) == []


def fields_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """Yield the names of the fields of a value and of the values in it; those in `seen` are looked at no more."""
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield name
        parts = [field.annotation]
        while parts:
            part = parts.pop()
            parts += get_args(part)
            if isinstance(part, type) and not get_args(part) and issubclass(part, BaseModel):
                yield from fields_of(part, seen)


@BOTH
def test_every_field_that_may_be_wrong_is_worded(language: str) -> None:
    """Of every command that a person gives; policies, catalogues and regimes are given by programs."""
    seen: set[type[BaseModel]] = {Catalogue, Policy, Regime, values.Sealed}
    given = [command for command, (_, roles) in TABLE.items() if roles != MACHINE]
    names = {name for command in given for name in fields_of(command, seen)}
    assert {name for name in names if f"field.{name}" not in catalogue(language)} == set()


def test_a_wrong_input_is_told_in_words() -> None:
    """Which field, down to the part of it, and what is wrong; no name of a class, no code of a library."""
    told = {"what": "DutyLimits", "field": "posting.span.0.starts_at", "problem": "datetime_type"}
    said = Words("zh-CN").refusal("bad_input", told)
    assert said.endswith("（字段：到岗安排 / 时段 / 开始时间、问题：应为时间）")
    assert Words("en").refusal("bad_input", told | {"problem": "unheard_of"}).endswith("problem: is not as it must be)")


def test_topics_are_unique() -> None:
    """The table of topics is not empty, and each topic is there once."""
    topics = [fact.TOPIC for fact in FACTS]
    assert len(topics) == len(set(topics)) >= 62


def test_terms_are_those_of_the_glossary() -> None:
    """Chinese terms are those of the glossary, word for word, wherever they are used alone."""
    words = catalogue("zh-CN")
    assert {name: words[f"term.{name}"] for name in GLOSSARY} == GLOSSARY
    assert {key: words[key] for key in SAME_TERM} == {key: GLOSSARY[term] for key, term in SAME_TERM.items()}
    assert {level: words[f"level.{level}"] for level in LEVELS} == LEVELS


def test_chinese_has_no_other_terms() -> None:
    """What the glossary has a word for is never called otherwise."""
    wrong = [(key, term) for key, message in catalogue("zh-CN").items() for term in NOT_OUR_TERMS if term in message]
    assert wrong == []


def test_chinese_is_chinese() -> None:
    """No Chinese text is an English leftover; only names of formats are in Latin letters."""
    for key, message in catalogue("zh-CN").items():
        if key.startswith("format."):
            continue
        said = re.sub(r"\{\w+\}", "", message)
        assert set(re.findall(r"[A-Za-z]{2,}", said)) <= LATIN, key
        assert re.search(r"[\u4e00-\u9fff]", said) or not re.sub(r"[\s·（）：，]", "", said), key


def test_english_is_english() -> None:
    """No English text is a Chinese leftover."""
    assert [
        key for key, message in catalogue("en").items() if re.search(r"[\u3000-\u9fff\uff00-\uffef]", message)
    ] == []


def test_chinese_words_may_be_typed_into_a_sheet() -> None:
    """What a person reads here is understood when it comes back in a sheet."""
    tables = {
        "role": vocabulary.ROLES,
        "kind": vocabulary.KINDS,
        "urgency": vocabulary.URGENCIES,
        "channel": vocabulary.CHANNELS,
        "level": vocabulary.CONTROL_LEVELS,
        "skill": vocabulary.SKILLS,
    }
    words = Words("zh-CN")
    for name, table in tables.items():
        for code in set(table.values()):
            if code in words.vocabulary(name):
                assert table.get(vocabulary.word_of(words.code(name, code))) == code, f"{name}.{code}"
    for code, word in words.vocabulary("column").items():
        assert columns.column_of(word) == code, code
