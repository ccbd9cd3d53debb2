"""Text and whole numbers at the door."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.text import (
    LABEL_MAX,
    NOTE_MAX,
    BadText,
    TextProblem,
    clean_label,
    clean_name,
    clean_note,
    clean_phone,
    is_blank,
    plain_cell,
    plain_chat,
    whole_number,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=80)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("", ""),
        (" \t\r\n\u3000", ""),
        ("\u200b\ufeff", ""),
        ("家里没有米了\r\n请帮忙", "家里没有米了\n请帮忙"),
        ("one\rtwo\u2028three\vfour", "one\ntwo\nthree\nfour"),
        ("cafe\u0301", "café"),
        ("硝\u200b苯\u2060地平", "硝苯地平"),
        ("abc\u202efdp.exe", "abcfdp.exe"),
        ("red\x1b[31m", "red[31m"),
        ("a\tb", "a\tb"),
        (f"{FAMILY} 一家三口", f"{FAMILY} 一家三口"),
        ("字\u200d字", "字字"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("{0.__class__}", "{0.__class__}"),
        ("[[[[[[", "[[[[[["),
    ],
)
def test_a_note_keeps_what_was_meant(raw: str, clean: str) -> None:
    """Line ends and accents are unified, what is invisible goes, everything else stays."""
    assert clean_note(raw) == clean


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("a\0b", TextProblem.NUL_CHARACTER),
        ("a\ud83db", TextProblem.LONE_SURROGATE),
        ("x" * (NOTE_MAX + 1), TextProblem.TOO_LONG),
        ("e\u0301" * (NOTE_MAX + 1), TextProblem.TOO_LONG),
        ("\u0301\u0327" * 500_000, TextProblem.TOO_LONG),
        (b"bytes", TextProblem.NOT_TEXT),
        (None, TextProblem.NOT_TEXT),
    ],
)
def test_a_damaged_note_is_refused(raw: object, problem: TextProblem) -> None:
    """NUL, half characters and excess are refused, never cut."""
    with pytest.raises(BadText) as refused:
        clean_note(raw)
    assert refused.value.problem is problem
    assert refused.value.what == "note"


def test_a_note_that_is_too_long_is_counted() -> None:
    """The error says how long the note is and how long it may be."""
    with pytest.raises(BadText, match=r"1,000,000 characters.*at most 4,000") as refused:
        clean_note("米" * 1_000_000)
    assert refused.value.count == 1_000_000


def test_a_note_of_the_longest_length_is_taken_however_it_was_typed() -> None:
    """Composed and decomposed twins are equal, and are counted after composing."""
    composed, decomposed = "한" * NOTE_MAX, unicodedata.normalize("NFD", "한" * NOTE_MAX)
    assert len(decomposed) == 3 * NOTE_MAX
    assert clean_note(decomposed) == clean_note(composed) == composed


@given(ANY_TEXT)
def test_cleaning_a_note_twice_changes_nothing(text: str) -> None:
    """A cleaned note is clean, encodes as UTF-8 and shows no direction control."""
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        with pytest.raises(BadText):
            clean_note(text)
        return
    once = clean_note(text)
    assert clean_note(once) == once
    once.encode("utf-8")
    assert not set(once) & set("\u200b\u202a\u202e\u2066\ufeff\r\x1b")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("１１号楼", "11号楼"),
        ("Ａ座", "A座"),
        ("\u0661\u0662号楼", "12号楼"),
        ("\U0001d7d7号楼", "9号楼"),
        ("  11\u3000 号楼 ", "11 号楼"),
        ("11\u200b号楼", "11号楼"),
        ("Ⅲ期", "III期"),
        ("（西）", "(西)"),
        ("Б座", "Б座"),
        ("紫荆苑", "紫荆苑"),
    ],
)
def test_labels_typed_differently_meet(raw: str, clean: str) -> None:
    """Full-width forms and the digits of other scripts become ASCII."""
    assert clean_label(raw, "building") == clean


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", TextProblem.EMPTY),
        (" \u200b ", TextProblem.EMPTY),
        ("1²", TextProblem.NOT_A_PLAIN_DIGIT),
        ("①号楼", TextProblem.NOT_A_PLAIN_DIGIT),
        ("½", TextProblem.NOT_A_PLAIN_DIGIT),
        ("20㎡", TextProblem.NOT_A_PLAIN_DIGIT),
        ("B\u0410座", TextProblem.MIXED_SCRIPTS),
        ("Blοck", TextProblem.MIXED_SCRIPTS),
        ("\u0410座", TextProblem.LOOK_ALIKE_LETTERS),
        ("\u0412\u0421", TextProblem.LOOK_ALIKE_LETTERS),
        ("11\U0001f3e0", TextProblem.FORBIDDEN_CHARACTER),
        (FAMILY, TextProblem.FORBIDDEN_CHARACTER),
        ("=1+1", TextProblem.FORBIDDEN_CHARACTER),
        ("<b>", TextProblem.FORBIDDEN_CHARACTER),
        ("{0}", TextProblem.FORBIDDEN_CHARACTER),
        ("1\0", TextProblem.NUL_CHARACTER),
        ("\udc00", TextProblem.LONE_SURROGATE),
        ("楼" * (LABEL_MAX + 1), TextProblem.TOO_LONG),
        ("\ufdfa" * 10, TextProblem.TOO_LONG),
        (11, TextProblem.NOT_TEXT),
    ],
)
def test_a_disguised_label_is_refused(raw: object, problem: TextProblem) -> None:
    """What only looks like a digit or a Latin letter never becomes one."""
    with pytest.raises(BadText) as refused:
        clean_label(raw, "building")
    assert refused.value.problem is problem


@given(ANY_TEXT)
def test_cleaning_a_label_twice_changes_nothing(text: str) -> None:
    """A cleaned label is its own comparable form."""
    try:
        once = clean_label(text, "building")
    except BadText:
        return
    assert clean_label(once, "building") == once
    assert 1 <= len(once) <= LABEL_MAX


@given(st.text(min_size=8, max_size=40))
def test_no_message_repeats_the_text(text: str) -> None:
    """Whatever is refused, the message names the field and not the content."""
    secret = f"机密{text}机密"
    for read in (clean_phone, lambda t: whole_number(t, "floor", low=1, high=3)):
        with pytest.raises(BadText) as refused:
            read(secret)
        assert "机密" not in str(refused.value)


def test_a_name_is_one_line() -> None:
    """A person's name keeps its script and loses its line breaks."""
    assert clean_name(" 住户甲\r\n(302) ") == "住户甲 (302)"
    with pytest.raises(BadText, match="61 characters"):
        clean_name("甲" * 61)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("10000000001", "10000000001"),
        ("１００　００００　０００１", "10000000001"),
        ("+86 100-0000-0001", "+8610000000001"),
        ("（010）0000.0001", "01000000001"),
        ("\u0661\u0660\u0660\u0660\u0660", "10000"),
    ],
)
def test_a_phone_number_becomes_plain_digits(raw: str, clean: str) -> None:
    """Full-width and Arabic-Indic digits and the usual separators are understood."""
    assert clean_phone(raw) == clean


@pytest.mark.parametrize("raw", ["", "1234", "1" * 21, "100000000²", "++8610000", "8610000+", "call me", "1e12", True])
def test_what_is_no_phone_number_is_refused(raw: object) -> None:
    """Letters, too few and too many digits are refused."""
    with pytest.raises(BadText):
        clean_phone(raw)


@pytest.mark.parametrize(
    ("raw", "number"),
    [(0, 0), (7, 7), ("7", 7), (" 07 ", 7), ("１２", 12), ("\u0663", 3), ("-3", -3), (-3, -3)],
)
def test_a_plain_whole_number_is_taken(raw: object, number: int) -> None:
    """Whole numbers and their plain decimal spelling are taken."""
    assert whole_number(raw, "floor", low=-3, high=99) == number


@pytest.mark.parametrize(
    "raw",
    [
        *(True, False, None, 1.0, float("nan"), float("inf"), -0.0, b"1", [1]),
        *("1_0", "²", "½", "-0", "-00", "+5", "1.0", "1e3", "0x1", "NaN", "inf", "", "--1", "五"),
        "9" * 5_000,
    ],
)
def test_what_is_not_plainly_a_whole_number_is_refused(raw: object) -> None:
    """What Python would take for a number, and nobody means as one, is refused."""
    with pytest.raises(BadText) as refused:
        whole_number(raw, "floor", low=-(2**80), high=2**80)
    assert refused.value.problem is not TextProblem.OUT_OF_RANGE


@pytest.mark.parametrize("raw", [2**70, "1180591620717411303", -1, "0", 201])
def test_a_number_out_of_range_is_refused(raw: object) -> None:
    """The bounds belong to the range, everything beyond does not."""
    with pytest.raises(BadText) as refused:
        whole_number(raw, "capacity", low=1, high=200)
    assert refused.value.problem is TextProblem.OUT_OF_RANGE
    assert "from 1 to 200" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        " =1",
        "\u200b=1",
        "＝1",
        "\n-1",
        "\tx",
    ],
)
def test_a_cell_is_shown_and_never_computed(text: str) -> None:
    """An apostrophe stands before what a spreadsheet might compute, and only once."""
    assert plain_cell(text) == f"'{text}"
    assert plain_cell(plain_cell(text)) == plain_cell(text)


@pytest.mark.parametrize("text", ["", "米", "11-3-501", "a=b", "'=1"])
def test_a_harmless_cell_stays(text: str) -> None:
    """Nothing is added where nothing would be computed."""
    assert plain_cell(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@all 快来", "＠all 快来"),
        ("@所有人", "＠所有人"),
        ("[免费](http://evil.example)", "［免费］(http：//evil.example)"),
        ("<a href='https://evil.example'>x</a>", "＜a href='https：//evil.example'＞x＜/a＞"),
        ("&lt;at user_id=all&gt;", "＆lt;at user_id=all＆gt;"),
        ("www.evil.example", "www．evil.example"),
        ("abc\u202efdp", "abcfdp"),
        ("a\0b\ud800c", "ab\ufffdc"),
        ("11号楼3单元501，30元", "11号楼3单元501，30元"),
    ],
)
def test_a_chat_shows_what_was_written(text: str, shown: str) -> None:
    """No mention of all, no link, no markup survives; ordinary text does."""
    assert plain_chat(text) == shown


@given(ANY_TEXT)
def test_a_chat_text_is_plain(text: str) -> None:
    """Whatever comes in, what goes out steers nothing and can be sent."""
    shown = plain_chat(text)
    assert plain_chat(shown) == shown
    assert not set(shown) & set("@<>[]`\0\u202e\u2066")
    assert "://" not in shown
    shown.encode("utf-8")


@pytest.mark.parametrize(("text", "blank"), [("", True), (" \u200b\n", True), ("0", False)])
def test_blank_is_what_shows_nothing(text: str, blank: bool) -> None:  # noqa: FBT001 - a table
    """White space and zero-width characters are blank, a zero is not."""
    assert is_blank(text) is blank
