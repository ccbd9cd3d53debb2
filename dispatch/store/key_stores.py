"""
What a key store does, in SQL that both stores understand.

A subject's key has three states: never had, has, erased. An erased key is never made again, so a
restored copy of the log opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Final, Protocol, TypeVar

from ..domain.values import CommunityId
from .outage import Outage
from .statements import ViewCursor

KEY_BYTES: Final = 32
NO_KEY: Final = bytes(KEY_BYTES)
"""Overwrites an erased key in its place: a row that keeps its length is not moved, so no copy stays behind."""

LOOKUP_MAX: Final = 500
"""Subjects per statement."""

KEYS: Final = Outage(
    "The key store cannot be reached or written now (unreachable, full or locked). Nothing was sealed, opened "
    "or erased for good; mend it and try again."
)

Result = TypeVar("Result")

_MINT: Final = "INSERT INTO subject_keys (subject, key) VALUES (?, ?) ON CONFLICT (subject) DO NOTHING"
_ERASE: Final = (
    "INSERT INTO subject_keys (subject, key, erased) VALUES (?, ?, 1)"
    " ON CONFLICT (subject) DO UPDATE SET key = excluded.key, erased = 1"
)
_FORGET: Final = "DELETE FROM finder WHERE community = ? AND subject = ?"
_REMEMBER: Final = "INSERT INTO finder (community, digest, subject) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_FIND: Final = "SELECT subject FROM finder WHERE community = ? AND digest = ?"


class KeyStore(Protocol):
    """
    Where subject keys live, and the index that finds a subject by a keyed digest.

    A subject is named `{community}/{id}`. All methods may be called from several threads and
    several processes.
    """

    def keys(self, subjects: Sequence[str], *, mint: bool) -> Mapping[str, bytes | None]:
        """
        Return the key of each subject; `None` for an erased one, absent for one that never had any.

        With `mint`, those that never had a key get one, all in one transaction; concurrent callers
        agree on one.
        """

    def erase(self, subject: str) -> None:
        """
        Destroy a subject's key and its index entries for good, so that no file holds their bytes.

        Erasing twice, or one that never had a key, is the same. After an error, erase again.
        """

    def index(self, community: CommunityId, kind: str, text: str) -> bytes:
        """Return the HMAC-SHA-256 of a canonical text such as a phone, under a key that stays in this store."""

    def remember(self, community: CommunityId, entries: Mapping[str, Sequence[bytes]]) -> None:
        """Add index entries, subject id → digests, in one transaction; an erased subject is left out."""

    def find(self, community: CommunityId, digests: Sequence[bytes]) -> tuple[str, ...]:
        """Return the ids of the subjects that have all of these digests, in their order."""

    def close(self) -> None:
        """Close connections."""


def subject_name(community: CommunityId, subject: str) -> str:
    """Return the name under which a subject's key is kept."""
    return f"{community}/{subject}"


def packed(*parts: str) -> bytes:
    """Return texts as bytes from which each can be told, whatever they hold."""
    encoded = [part.encode(errors="surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


class SqlKeyStore(ABC):
    """What both stores share; a store adds how it connects and how it wipes."""

    _share: ClassVar[str] = ""
    """Ends a query whose rows nobody may change before the transaction ends."""

    def __init__(self) -> None:
        self._index_key = b""

    @abstractmethod
    def _run(self, work: Callable[[ViewCursor], Result], *, write: bool) -> Result:
        """Do some work in one transaction; it may be done twice when a connection is lost."""

    @abstractmethod
    def _wipe(self) -> None:
        """Leave no byte of what was overwritten or deleted in the store's files."""

    def keys(self, subjects: Sequence[str], *, mint: bool) -> Mapping[str, bytes | None]:
        """Return the keys of subjects; see `KeyStore.keys`."""
        # Sorted, so that two processes that mint the same keys never wait for each other in a circle.
        names = sorted(set(subjects))
        with KEYS:
            found = self._run(lambda cursor: _keys(cursor, names), write=False)
            missing = [name for name in names if name not in found]
            if mint and missing:
                made = [(name, os.urandom(KEY_BYTES)) for name in missing]

                def mint_and_look(cursor: ViewCursor) -> dict[str, bytes | None]:
                    cursor.executemany(_MINT, made)
                    return _keys(cursor, missing)

                found |= self._run(mint_and_look, write=True)
        return found

    def erase(self, subject: str) -> None:
        """Destroy a subject's key for good; see `KeyStore.erase`."""

        def overwrite(cursor: ViewCursor) -> None:
            community, _, local = subject.partition("/")
            cursor.execute(_ERASE, (subject, NO_KEY))
            cursor.execute(_FORGET, (community, local))

        with KEYS:
            self._run(overwrite, write=True)
            self._wipe()

    def index(self, community: CommunityId, kind: str, text: str) -> bytes:
        """Return the keyed digest of a text; see `KeyStore.index`."""
        if not self._index_key:
            with KEYS:
                self._index_key = self._run(_index_key, write=True)
        return hmac.digest(self._index_key, packed(community, kind, text), hashlib.sha256)

    def remember(self, community: CommunityId, entries: Mapping[str, Sequence[bytes]]) -> None:
        """Add index entries; see `KeyStore.remember`."""
        names = {subject_name(community, subject): subject for subject in entries}
        self.keys(list(names), mint=True)

        def add(cursor: ViewCursor) -> None:
            rows = []
            for chunk in _chunks(sorted(names)):
                cursor.execute(
                    f"SELECT subject FROM subject_keys WHERE erased = 0 AND subject IN ({_marks(chunk)})"
                    f" ORDER BY subject{self._share}",
                    chunk,
                )
                rows += [
                    (community, digest, names[name]) for (name,) in cursor.fetchall() for digest in entries[names[name]]
                ]
            cursor.executemany(_REMEMBER, sorted(rows))

        with KEYS:
            self._run(add, write=True)

    def find(self, community: CommunityId, digests: Sequence[bytes]) -> tuple[str, ...]:
        """Return the subjects with all of these digests; see `KeyStore.find`."""

        def look(cursor: ViewCursor) -> set[str]:
            found: list[set[str]] = []
            for digest in digests:
                cursor.execute(_FIND, (community, digest))
                found.append({subject for (subject,) in cursor.fetchall()})
            return set.intersection(*found) if found else set()

        with KEYS:
            return tuple(sorted(self._run(look, write=False)))


def _keys(cursor: ViewCursor, names: Sequence[str]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for chunk in _chunks(names):
        cursor.execute(f"SELECT subject, key, erased FROM subject_keys WHERE subject IN ({_marks(chunk)})", chunk)
        found |= {subject: None if erased else bytes(key) for subject, key, erased in cursor.fetchall()}
    return found


def _index_key(cursor: ViewCursor) -> bytes:
    cursor.execute(
        "INSERT INTO index_key (id, key) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", (os.urandom(KEY_BYTES),)
    )
    cursor.execute("SELECT key FROM index_key WHERE id = 1")
    [(key,)] = cursor.fetchall()
    return bytes(key)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + LOOKUP_MAX] for start in range(0, len(names), LOOKUP_MAX))


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
