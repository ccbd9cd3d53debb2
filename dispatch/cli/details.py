"""What a checker says in its own English, for whoever reads that; for everybody else the ids that it names."""

from __future__ import annotations

import re

from dispatch.words import Words

ENGLISH = "en"
IDS = re.compile(r"\b[a-z]-[0-9a-f]{4,}(?:[/#][a-z0-9_]+)?")
"""Ids of requests, their legs and offers, of people and things, as a checker's sentence names them."""


def detail_of(words: Words, detail: str, *, beside: str = "") -> str:
    """
    Return a checker's detail as it is told in a language.

    Parameters
    ----------
    beside
        What is told anyway: ids in it are not told again.
    """
    if words.language == ENGLISH:
        return detail
    ids = [one for one in dict.fromkeys(IDS.findall(detail)) if one not in beside]
    return words("doctor.about", ids=words.listed(ids)) if ids else ""
