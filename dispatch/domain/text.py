"""
Text and whole numbers at the door: what people type, made safe to store and fit to compare.

Notes keep what was meant (emoji too) and lose what is invisible or steers a terminal, a page or a
chat. Labels — names of buildings, stairwells, floors, kinds — become comparable: full-width,
half-width and other scripts' digits meet. What cannot be made safe is refused with `BadText`, whose
message never repeats the text.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

NOTE_MAX = 4_000
"""Characters of one free-text note."""

LABEL_MAX = 60
"""Characters of one label or personal name."""

PHONE_DIGITS = (5, 20)
"""Fewest and most digits of a phone number: 95 short numbers up to numbers with a country code."""

_NUMBER_DIGITS_MAX = 19
_COMPOSED_FROM_MAX = 3  # code points that one composed character can be typed as, as in Hangul

# Characters without a shape: soft hyphen, zero-width spaces, bidirectional controls, fillers, byte-
# order marks, annotation anchors, tags. Not the joiner U+200D, which holds emoji together.
_SHAPELESS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_PICTURE = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_LOOSE_JOINER = re.compile(f"(?<![{_PICTURE}])\u200d|\u200d(?![{_PICTURE}])")
_LINE_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_CONTROLS = "\x01-\x08\x0e-\x1f\x7f-\x9f"
_UNSEEN = re.compile(f"[{_CONTROLS}{_SHAPELESS}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_SIMPLE_LABEL = re.compile(r"[0-9A-Za-z]+(?:[ -][0-9A-Za-z]+)*")
_LABEL_MARKS = frozenset(" -#·./()&',:_+、")
_DASHES = str.maketrans("‐‒–—―−﹘﹣", "--------")
_ONE_SCRIPT_WITH_ANY = frozenset(
    ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
)
# Capital Cyrillic and Greek letters that print like Latin ones: a label of them is a disguise.
_LATIN_TWINS = frozenset("АВЕЅІЈКМНОРСТУХҮԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")

_PHONE_MARKS = re.compile(r"[\s\-().·]")
_PHONE = re.compile(r"\+?[0-9]+")
_WHOLE = re.compile(r"-?[0-9]+")
_FORMULA = re.compile(f"[\\s{_SHAPELESS}\u200d]*[=+\\-@＝＋－＠−]|[\t\r]")
_CHAT_MARKS = str.maketrans("@<>[]`*&", "＠＜＞［］｀＊＆")
_SCHEME = re.compile(r"(?<=[0-9A-Za-z]):(?=//)")
_WWW = re.compile(r"\b(www)\.", re.IGNORECASE)


class TextProblem(StrEnum):
    """What is wrong with a text or a number; the value words the message."""

    NOT_TEXT = "not_text"
    """Something other than text was given."""
    EMPTY = "empty"
    """Nothing is left after cleaning."""
    TOO_LONG = "too_long"
    """More characters than allowed; `count` says how many."""
    NUL_CHARACTER = "nul_character"
    """A NUL character: the text was damaged or is binary."""
    LONE_SURROGATE = "lone_surrogate"
    """Half of a character pair: the text was damaged on its way."""
    NOT_A_PLAIN_DIGIT = "not_a_plain_digit"
    """A character such as ², ① or ½, which would turn into a digit that nobody wrote."""
    MIXED_SCRIPTS = "mixed_scripts"
    """Letters of two alphabets in one label."""
    LOOK_ALIKE_LETTERS = "look_alike_letters"
    """Cyrillic or Greek letters that look like Latin ones."""
    FORBIDDEN_CHARACTER = "forbidden_character"
    """A character that has no place in a label."""
    NOT_A_PHONE_NUMBER = "not_a_phone_number"
    """Not 5 to 20 digits."""
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    """Not a plain decimal whole number."""
    OUT_OF_RANGE = "out_of_range"
    """A whole number outside its bounds."""


class BadText(ValueError):
    """
    A text or number was refused at the door; the message never repeats it.

    Attributes
    ----------
    what
        Which field, as the caller named it.
    problem
        Machine-readable code.
    expected
        What to give instead.
    count
        Number of characters found, when the length is the problem.
    """

    def __init__(self, what: str, problem: TextProblem, expected: str, *, count: int | None = None) -> None:
        found = "" if count is None else f" ({count:,} characters)"
        super().__init__(f"{what}: {problem.replace('_', ' ')}{found}; expected {expected}.")
        self.what = what
        self.problem = problem
        self.expected = expected
        self.count = count


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing: empty, white space, zero-width characters."""
    return not text.strip() or not _without_unseen(text).strip()


def clean_note(raw: object) -> str:
    """
    Return a free-text note as it is stored: NFC, lines ended by LF, nothing invisible.

    White space only becomes the empty text. Emoji joined by U+200D stay whole.

    Raises
    ------
    BadText
        Not text, a NUL or half a surrogate pair in it, or more than `NOTE_MAX` characters.
    """
    return _clean(raw, "note", limit=NOTE_MAX)


def clean_name(raw: object, what: str = "name") -> str:
    """
    Return a person's name on one line, at most `LABEL_MAX` characters.

    Raises
    ------
    BadText
        As `clean_note`.
    """
    return _SPACES.sub(" ", _clean(raw, what, limit=LABEL_MAX))


def fold(raw: object, what: str, *, limit: int = LABEL_MAX) -> str:
    """
    Return a short text on one line in the form in which texts are compared.

    That is NFKC with ASCII digits and one kind of dash.

    Raises
    ------
    BadText
        As `clean_note`, or a character that would silently become a digit (², ①, ½).
    """
    text = _SPACES.sub(" ", _clean(raw, what, limit=limit))
    if text.isascii():
        return text
    folded = "".join(map(_as_ascii_digits, text))
    if "\0" in folded:
        raise BadText(what, TextProblem.NOT_A_PLAIN_DIGIT, "plain digits 0 to 9")
    folded = unicodedata.normalize("NFKC", folded).translate(_DASHES)
    folded = _SPACES.sub(" ", folded).strip()
    if len(folded) > limit:
        raise BadText(what, TextProblem.TOO_LONG, f"at most {limit:,} characters", count=len(folded))
    return folded


def clean_label(raw: object, what: str) -> str:
    """
    Return the comparable form of a building's, stairwell's, floor's or kind's name.

    Full-width forms and the decimal digits of every script become ASCII. Case is kept.

    Parameters
    ----------
    raw
        What was typed; at most `LABEL_MAX` characters after cleaning.
    what
        Name of the field, for the message.

    Raises
    ------
    BadText
        Empty, too long, a symbol, a character that only looks like a digit, letters of two
        alphabets, or Cyrillic or Greek letters that all look like Latin ones.
    """
    if isinstance(raw, str) and len(raw) <= LABEL_MAX and _SIMPLE_LABEL.fullmatch(raw):
        return raw
    text = fold(raw, what)
    if not text:
        raise BadText(what, TextProblem.EMPTY, "a name of at least one character")
    for character in text:
        if unicodedata.category(character)[0] not in "LMN" and character not in _LABEL_MARKS:
            expected = "letters, digits, spaces and - # . / ( ) only"
            raise BadText(what, TextProblem.FORBIDDEN_CHARACTER, expected)
    _refuse_disguise(text, what)
    return text


def clean_phone(raw: object) -> str:
    """
    Return a phone number as ASCII digits, with its leading «+» if it has one.

    Raises
    ------
    BadText
        Not text, or not 5 to 20 digits with the usual separators between them.
    """
    low, high = PHONE_DIGITS
    digits = _PHONE_MARKS.sub("", fold(raw, "phone", limit=2 * LABEL_MAX))
    if not _PHONE.fullmatch(digits) or not low <= len(digits.removeprefix("+")) <= high:
        expected = f"{low} to {high} digits, as in +86 100 0000 0001"
        raise BadText("phone", TextProblem.NOT_A_PHONE_NUMBER, expected)
    return digits


def whole_number(raw: object, what: str, *, low: int, high: int) -> int:
    """
    Return a whole number between `low` and `high`, both included.

    Takes an `int` or a plain decimal text, full-width digits too. Refuses what Python would take
    and nobody means: `True`, ``"1_0"``, ``"²"``, ``"-0"``, fractions, NaN and infinities.

    Raises
    ------
    BadText
        Not a plain whole number, or out of range.
    """
    expected = f"a whole number from {low} to {high}"
    if isinstance(raw, str):
        text = fold(raw, what, limit=_NUMBER_DIGITS_MAX + 1)
        if not _WHOLE.fullmatch(text) or (text[0] == "-" and not text.strip("-0")):
            raise BadText(what, TextProblem.NOT_A_WHOLE_NUMBER, expected)
        number = int(text)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    else:
        raise BadText(what, TextProblem.NOT_A_WHOLE_NUMBER, expected)
    if not low <= number <= high:
        raise BadText(what, TextProblem.OUT_OF_RANGE, expected)
    return number


def plain_cell(text: str) -> str:
    """Return a text that a spreadsheet shows and never computes: ' goes before = + - @ and tab."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain_chat(text: str) -> str:
    """
    Return a text that a chat shows as written: no mention of all, no link, no Markdown, no HTML.

    The characters that steer a chat become their full-width twins, which read the same.
    """
    shown = _without_unseen(_LINE_BREAK.sub("\n", text)).replace("\0", "")
    shown = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", shown).translate(_CHAT_MARKS)
    return _WWW.sub(r"\1．", _SCHEME.sub("：", shown))


def _clean(raw: object, what: str, *, limit: int) -> str:
    if not isinstance(raw, str):
        raise BadText(what, TextProblem.NOT_TEXT, "text")
    if "\0" in raw:
        raise BadText(what, TextProblem.NUL_CHARACTER, "text without NUL; type it again")
    if _SURROGATE.search(raw):
        raise BadText(what, TextProblem.LONE_SURROGATE, "whole characters; type it again")
    text = raw
    if not (raw.isascii() and raw.isprintable()):
        text = _without_unseen(_LINE_BREAK.sub("\n", raw))
    expected = f"at most {limit:,} characters"
    # Composing is quadratic in runs of accents: not begun on a text that is too long anyhow.
    if len(text) <= _COMPOSED_FROM_MAX * limit:
        text = unicodedata.normalize("NFC", text).strip()
    if len(text) > limit:
        raise BadText(what, TextProblem.TOO_LONG, expected, count=len(text))
    return text


def _without_unseen(text: str) -> str:
    shown = _UNSEEN.sub("", text)
    return _LOOSE_JOINER.sub("", shown) if "\u200d" in shown else shown


@lru_cache(maxsize=4_096)
def _as_ascii_digits(character: str) -> str:
    """Fold one character; NUL stands for one that would become a digit without being one."""
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    folded = unicodedata.normalize("NFKC", character)
    return "\0" if any(c.isdecimal() for c in folded) else folded


def _refuse_disguise(text: str, what: str) -> None:
    letters = [c for c in text if c.isalpha()]
    scripts = {unicodedata.name(c, "UNNAMED").split()[0] for c in letters} - _ONE_SCRIPT_WITH_ANY
    if len(scripts) > 1:
        raise BadText(what, TextProblem.MIXED_SCRIPTS, "letters of one alphabet")
    if scripts & {"CYRILLIC", "GREEK"}:
        foreign = [c for c in letters if unicodedata.name(c).startswith(("CYRILLIC", "GREEK"))]
        if all(c.upper() in _LATIN_TWINS for c in foreign):
            raise BadText(what, TextProblem.LOOK_ALIKE_LETTERS, "Latin letters for Latin names")
