"""
Message catalogues: everything a person reads, in Chinese and in English.

`Words` speaks one language. The messages are TOML files, one folder per language; a new message is
one line in the same file of each folder, and the tests fail until both are there.
"""

from .catalogue import (
    FIRST_LANGUAGE,
    LANGUAGES,
    BadCatalogue,
    MissingWord,
    UnknownLanguage,
    catalogue,
    parameters,
    pick_language,
)
from .speech import Words

__all__ = [
    "FIRST_LANGUAGE",
    "LANGUAGES",
    "BadCatalogue",
    "MissingWord",
    "UnknownLanguage",
    "Words",
    "catalogue",
    "parameters",
    "pick_language",
]
