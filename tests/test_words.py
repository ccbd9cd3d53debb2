"""Words: messages, codes, events, numbers and times in one language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.domain.errors import Refused
from dispatch.domain.values import ControlLevel
from dispatch.words import (
    FIRST_LANGUAGE,
    BadCatalogue,
    MissingWord,
    UnknownLanguage,
    Words,
    catalogue,
    pick_language,
)
from dispatch.words.catalogue import check_message

SHANGHAI = "Asia/Shanghai"
NOON = datetime(2026, 3, 1, 4, 5, tzinfo=UTC)


def test_event_of_nested_fields() -> None:
    """Nested fields, places, times and ids are shown as a person reads them."""
    control = {
        "place": {"compound": None, "building": "b-1", "building_unit": "3", "floor": "5"},
        "level": ControlLevel.CONTROLLED,
        "effective_from": NOON,
        "until": None,
    }
    line = Words("zh-CN").event(
        "community.control_level_set", {"control": control, "reason": "alarm"}, zone=SHANGHAI, names={"b-1": "11号楼"}
    )
    assert line == "11号楼3单元5层设为管控，自 3月1日 12:05 起，原因：出现告警"


def test_event_with_names() -> None:
    """An id is shown as the reader may know it."""
    fields = {"leg": "q-1/inside", "offer": "q-1#1", "responder": "r-2", "respond_by": NOON}
    words = Words("en")
    assert words.event("request.offer_made", fields, zone=SHANGHAI, names={"r-2": "captain of floor 5"}) == (
        "inside leg offered to captain of floor 5, answer by 1 Mar 12:05"
    )
    assert "to r-2," in words.event("request.offer_made", fields, zone=SHANGHAI)


def test_event_with_nobody() -> None:
    """A missing second choice is a dash."""
    fields = {"responder": "r-2", "offer": "q-1#1", "eligible": 1, "runner_up": None}
    assert Words("zh-CN").event("match.decided", fields, zone=SHANGHAI) == "选定 r-2（q-1#1），可派 1 人，次选 —"


def test_event_unknown_or_incomplete() -> None:
    """A topic without words, and a line without its field, are errors and no gap in the text."""
    with pytest.raises(MissingWord, match=r"event\.request\.eaten"):
        Words("en").event("request.eaten", {}, zone=SHANGHAI)
    with pytest.raises(MissingWord, match="respond_by"):
        Words("en").event("request.offer_made", {"leg": "inside", "responder": "r-1"}, zone=SHANGHAI)


def test_missing_message_and_parameter() -> None:
    """What is missing is named, with the language."""
    words = Words("en")
    with pytest.raises(MissingWord, match=r"'no\.such' in en") as caught:
        words("no.such")
    assert (caught.value.key, caught.value.language, caught.value.parameter) == ("no.such", "en", None)
    with pytest.raises(MissingWord, match="needs the parameter 'total'"):
        words("cli.imported", count=1)


@pytest.mark.parametrize(
    "nasty",
    ["{0.__class__}", "{count}", "{{total}}", "{total.__init__.__globals__}", "%(count)s", "$count", "\\g<0>", "}{"],
)
def test_values_are_never_messages(nasty: str) -> None:
    """What a value contains stays text, braces and all."""
    assert Words("en")("cli.imported", count=nasty, total="{count}") == f"{nasty} of {{count}} rows imported."


def test_parameters_that_are_not_named_are_ignored() -> None:
    """All fields of an error may be handed over."""
    assert Words("en")("doctor.fine", anything=object()) == "All is well."


@pytest.mark.parametrize("value", [None, True, 1.5, NOON, ["a", 1], {"a": 1}, b"x", object()])
def test_unformatted_values_are_refused(value: object) -> None:
    """What a person should not read as Python shows it is formatted first."""
    with pytest.raises(TypeError, match="format it first"):
        Words("en")("doctor.found", count=value)


def test_lists_are_listed() -> None:
    """Several texts are listed the way of the language."""
    assert Words("en")("doctor.found", count=("a", "b")) == "a, b problems found."
    assert Words("zh-CN").listed(["甲", "乙"]) == "甲、乙"


def test_codes() -> None:
    """A known code is worded however it is spelled; one of an application is shown as it is."""
    words = Words("zh-CN")
    assert words.code("state", "AwaitingHelp") == words.code("state", "awaiting_help") == "待派单"
    assert words.code("kind", "piano_tuning") == "piano_tuning"


def test_words_of_an_application() -> None:
    """An application words its own kinds; its words win."""
    words = Words("zh-CN", more={"kind.piano_tuning": "调琴", "kind.medicine": "代买药"})
    assert words.code("kind", "piano_tuning") == "调琴"
    assert words.code("kind", "medicine") == "代买药"
    assert Words("zh-CN").code("kind", "medicine") == "送药"
    with pytest.raises(BadCatalogue, match=r"kind\.x"):
        Words("en", more={"kind.x": "{0.__class__}"})


def test_refusal_with_its_fields() -> None:
    """A refusal says in brackets what it is about, worded."""
    error = Refused("request_state", "…", request="q-1", state="UnderWay", holders=("r-1", "r-2"), nothing=None)
    assert Words("zh-CN").refusal(error.code, error.fields) == (
        "求助单当前的状态不能这样办理。请先查看事件时间线。（求助单：q-1、状态：办理中、现承办人：r-1、r-2）"
    )
    assert Words("en").refusal("leg_not_taken", {"state": "Mustering", "leg": "carry"}) == (
        "Nobody has taken this leg. Accept its offer first. (state: crew mustering, leg: stair carry)"
    )
    assert "about" not in Words("en").refusal("unknown_building", {"what": "building", "which": "b-1"})


def test_refusal_with_odd_fields() -> None:
    """An error is told whatever its fields are."""
    fields = {"actor": 1.5, "expected": NOON, "found": {1}, "known": True, "limit": 2**70}
    assert Words("en").refusal("bad_input", fields) == (
        "Something given is not as it must be. Correct it and send it again. "
        "(actor: 1.5, expected: 2026-03-01T04:05:00+00:00, found: {1}, registered: yes, "
        "limit: 1,180,591,620,717,411,303,424)"
    )


def test_refusal_unknown() -> None:
    """A refusal without words is an error."""
    with pytest.raises(MissingWord, match=r"refusal\.nonsense"):
        Words("en").refusal("nonsense")


def test_row_problem() -> None:
    """A problem of a row says where and how much."""
    told = Words("zh-CN").problem("cell_too_long", {"column": "note", "cell": "D7", "count": 40_000, "limit": 4_000})
    assert told == "单元格内容太长（列：备注、单元格：D7、数量：40,000、上限：4,000）"
    assert Words("en").problem("no_header", {"rows": 20}) == (
        "No row of column names was found. Put it near the top. (rows: 20)"
    )


@pytest.mark.parametrize("bad", ["{0}", "{a.b}", "{a!r}", "{a:>9}", "{}", "{{a}}", "{A}", "a}", "", "  ", 3, None])
def test_bad_messages_are_refused(bad: object) -> None:
    """A message is a text whose braces hold plain names only."""
    with pytest.raises(BadCatalogue, match="somewhere"):
        check_message("somewhere", bad)


def test_languages_are_checked() -> None:
    """A language that is not spoken is named as an error."""
    with pytest.raises(UnknownLanguage, match="zh-CN, en"):
        catalogue("fr")
    with pytest.raises(UnknownLanguage, match="zh-CN, en"):
        Words("fr")


@pytest.mark.parametrize(
    ("asked", "environ", "language"),
    [
        ("en", {"DISPATCH_LANGUAGE": "zh-CN", "LANG": "zh_CN.UTF-8"}, "en"),
        ("ZH_cn", {}, "zh-CN"),
        (None, {"DISPATCH_LANGUAGE": "en-GB", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"DISPATCH_LANGUAGE": "", "LANG": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "zh_TW"}, "zh-CN"),
        (None, {"LANG": "C.UTF-8"}, "zh-CN"),
        (None, {"LANG": "de_DE.UTF-8"}, "zh-CN"),
        (None, {}, FIRST_LANGUAGE),
    ],
)
def test_pick_language(asked: str | None, environ: dict[str, str], language: str) -> None:
    """An argument wins, then our own variable, then LANG, then Chinese."""
    assert pick_language(asked, environ) == language


def test_pick_language_from_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the process's own environment decides; nonsense in our variable is an error."""
    monkeypatch.setenv("DISPATCH_LANGUAGE", "en")
    assert Words().language == "en"
    monkeypatch.setenv("DISPATCH_LANGUAGE", "klingon")
    with pytest.raises(UnknownLanguage):
        Words()


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0秒", "0 s"),
        (0.9, "0秒", "0 s"),
        (59, "59秒", "59 s"),
        (60, "1分", "1 min"),
        (3_599, "59分59秒", "59 min 59 s"),
        (3_600, "1小时", "1 h"),
        (3_661, "1小时1分", "1 h 1 min"),
        (90_061, "1天1小时", "1 d 1 h"),
        (-90, "-1分30秒", "-1 min 30 s"),
        (-0.5, "0秒", "0 s"),
    ],
)
def test_duration(seconds: float, chinese: str, english: str) -> None:
    """A stretch of time is told by its two largest units."""
    assert Words("zh-CN").duration(seconds) == chinese
    assert Words("en").duration(seconds) == english


def test_times() -> None:
    """Times are those of the community, not of the reader or the server."""
    late = datetime(2026, 12, 31, 20, 0, tzinfo=UTC)
    chinese, english = Words("zh-CN"), Words("en")
    assert chinese.clock(late, SHANGHAI) == english.clock(late, SHANGHAI) == "04:00"
    assert chinese.moment(late, SHANGHAI) == "1月1日 04:00"
    assert english.moment(late, SHANGHAI) == "1 Jan 04:00"
    assert chinese.day(late, SHANGHAI) == "2027年1月1日"
    assert english.day(late, UTC) == "31 Dec 2026"
    assert english.clock(late - timedelta(hours=1), UTC) == "19:00"


def test_naive_times_are_refused() -> None:
    """A time without a zone is nobody's time."""
    with pytest.raises(ValueError, match="time zone"):
        Words("en").clock(datetime(2026, 1, 1), SHANGHAI)  # noqa: DTZ001


def test_numbers() -> None:
    """Thousands are set apart; of nothing there is no share."""
    words = Words("en")
    assert words.number(1_234_567) == "1,234,567"
    assert words.number(66.123, decimals=1) == "66.1"
    assert words.percent(21_891, 32_648, decimals=1) == "67.1%"
    assert words.percent(1, 0) == "—"


def test_places() -> None:
    """A place is named from the largest part to the smallest."""
    parts = {"compound": "幸福里", "building": "11号楼", "building_unit": "3", "floor": "B2"}
    assert Words("zh-CN").place(**parts) == "幸福里11号楼3单元B2层"
    assert Words("en").place(building="Block 11", floor="5") == "Block 11, floor 5"
    assert Words("zh-CN").place() == "全社区"
