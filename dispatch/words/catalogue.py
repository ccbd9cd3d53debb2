"""The catalogue files: one folder of TOML files per language, read once and checked when read."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

LANGUAGES: Mapping[str, str] = MappingProxyType({"zh-CN": "zh_CN", "en": "en"})
"""Languages that are spoken, Chinese first, each with its folder."""

FIRST_LANGUAGE = "zh-CN"

_PARAMETER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACE = re.compile(r"[{}]")
_KEY_PART = re.compile(r"[a-z0-9_]+")


class MissingWord(LookupError):
    """
    The catalogue has no such message, or a message lacks one of its parameters.

    Attributes
    ----------
    key
        The message asked for.
    language
        The language it was asked in.
    parameter
        The parameter that was not given; `None` when the message itself is missing.
    """

    def __init__(self, key: str, language: str, *, parameter: str | None = None) -> None:
        self.key, self.language, self.parameter = key, language, parameter
        if parameter is None:
            told = f"no message {key!r} in {language}; add it to dispatch/words for every language"
        else:
            told = f"message {key!r} in {language} needs the parameter {parameter!r}; give it by name"
        super().__init__(told)


class BadCatalogue(ValueError):
    """A catalogue file holds something that is not a message; the text says which file and key."""


class UnknownLanguage(ValueError):
    """A language was asked for that is not spoken; the text names those that are."""


def read_language(name: str) -> str | None:
    """Return the spoken language that a name such as ``zh``, ``zh_CN.UTF-8`` or ``en-GB`` means, if any."""
    short = re.split(r"[-_.@]", name.strip(), maxsplit=1)[0].lower()
    return {"zh": "zh-CN", "en": "en"}.get(short)


def pick_language(asked: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """
    Choose the language: what is asked for, else ``DISPATCH_LANGUAGE``, else ``LANG``, else Chinese.

    Raises
    ------
    UnknownLanguage
        The language asked for, or the one in ``DISPATCH_LANGUAGE``, is not spoken. An unknown
        ``LANG`` is nobody's wish concerning this program and means Chinese.
    """
    environ = os.environ if environ is None else environ
    wish = asked or environ.get("DISPATCH_LANGUAGE")
    if not wish:
        return read_language(environ.get("LANG", "")) or FIRST_LANGUAGE
    language = read_language(wish)
    if language is None:
        raise UnknownLanguage(f"no such language here; expected one of {', '.join(LANGUAGES)}")
    return language


def parameters(template: str) -> frozenset[str]:
    """Return the names that a message takes as ``{name}``."""
    return frozenset(_PARAMETER.findall(template))


def fill(template: str, value_of: Mapping[str, str]) -> str:
    """Put values into a message in one pass: what a value contains is never read as a message."""
    return _PARAMETER.sub(lambda found: value_of[found[1]], template)


def check_message(where: str, text: object) -> str:
    """
    Return a message of the catalogue.

    Raises
    ------
    BadCatalogue
        Not a text, empty, or with a brace that does not belong to a plain ``{name}``.
    """
    if not isinstance(text, str) or not text.strip():
        raise BadCatalogue(f"{where}: expected a text; give one or remove the key")
    if _BRACE.search(_PARAMETER.sub("", text)):
        raise BadCatalogue(f"{where}: only plain {{name}} may stand in braces, in small letters")
    return text


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """
    Return every message of a language, by its dotted key.

    Raises
    ------
    UnknownLanguage
        Not one of `LANGUAGES`.
    BadCatalogue
        A file of the language is damaged, or two files word the same key.
    """
    if language not in LANGUAGES:
        raise UnknownLanguage(f"no such language here; expected one of {', '.join(LANGUAGES)}")
    messages: dict[str, str] = {}
    folder = resources.files(__package__).joinpath(LANGUAGES[language])
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        for key, text in _flat(tomllib.loads(file.read_text(encoding="utf-8"))):
            where = f"{LANGUAGES[language]}/{file.name}, {key}"
            if key in messages:
                raise BadCatalogue(f"{where}: worded in another file too; keep one")
            messages[key] = check_message(where, text)
    return MappingProxyType(messages)


def _flat(table: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        here = (*path, name)
        if not all(_KEY_PART.fullmatch(part) for part in name.split(".")):
            raise BadCatalogue(f"key {'.'.join(here)!r}: small letters, digits and _ only")
        if isinstance(value, dict):
            yield from _flat(value, here)
        else:
            yield ".".join(here), value
