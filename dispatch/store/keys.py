"""
Subject keys, outside the log: their own file or schema, with its own backup.

A subject's key has three states: never had, has, erased. An erased key is never made again, so a
restored log backup opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql

from ..domain.errors import Refused, Unavailable
from ..domain.values import CommunityId, Sealed

KEY_BYTES = 32
NONCE_BYTES = 12
_LOOKUP_MAX = 500


class KeyStore(Protocol):
    """Where subject keys live."""

    def keys(self, subjects: Sequence[str], *, mint: bool) -> Mapping[str, bytes | None]:
        """
        Return the key of each subject; `None` for an erased one, absent for one that never had any.

        With `mint`, those that never had a key get one; concurrent callers agree on one.
        """

    def erase(self, subject: str) -> None:
        """Destroy a subject's key for good; erasing twice, or one that never had a key, is the same."""

    def close(self) -> None:
        """Close connections."""


_CREATE = (
    "CREATE TABLE IF NOT EXISTS subject_keys (subject TEXT PRIMARY KEY, key {blob}, erased INTEGER NOT NULL DEFAULT 0)"
)
_SELECT = "SELECT subject, key, erased FROM subject_keys WHERE subject IN ({marks})"
_INSERT = "INSERT INTO subject_keys (subject, key) VALUES ({mark}, {mark}) ON CONFLICT (subject) DO NOTHING"
_ERASE = (
    "INSERT INTO subject_keys (subject, key, erased) VALUES ({mark}, NULL, 1) "
    "ON CONFLICT (subject) DO UPDATE SET key = NULL, erased = 1"
)

Execute = Callable[[str, Sequence[Any]], list[Any]]


class _SqlKeys:
    """Both stores speak the same SQL; a subclass brings the connection."""

    mark = "?"

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        raise NotImplementedError
        yield

    def keys(self, subjects: Sequence[str], *, mint: bool) -> Mapping[str, bytes | None]:
        found: dict[str, bytes | None] = {}
        for start in range(0, len(subjects), _LOOKUP_MAX):
            chunk = subjects[start : start + _LOOKUP_MAX]
            with self.transaction() as cursor:
                found |= self._select(cursor, chunk)
                missing = [subject for subject in chunk if subject not in found]
                if mint and missing:
                    made = [(subject, os.urandom(KEY_BYTES)) for subject in missing]
                    cursor.executemany(_INSERT.format(mark=self.mark), made)
                    found |= self._select(cursor, missing)
        return found

    def _select(self, cursor: Any, subjects: Iterable[str]) -> dict[str, bytes | None]:
        wanted = list(subjects)
        cursor.execute(_SELECT.format(marks=",".join([self.mark] * len(wanted))), wanted)
        return {subject: None if erased else bytes(key) for subject, key, erased in cursor.fetchall()}

    def erase(self, subject: str) -> None:
        with self.transaction() as cursor:
            cursor.execute(_ERASE.format(mark=self.mark), [subject])


class SqliteKeys(_SqlKeys):
    """
    Keys in a SQLite file of mode 0600 with secure deletion.

    Raises
    ------
    Unavailable
        The file cannot be opened or written.
    """

    def __init__(self, path: str) -> None:
        self._memory: sqlite3.Connection | None = None
        self._path = path
        if path == ":memory:":
            self._memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        elif not Path(path).exists():
            Path(path).touch(mode=0o600)
        with self.transaction() as cursor:
            cursor.execute(_CREATE.format(blob="BLOB"))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        try:
            connection = self._memory or sqlite3.connect(self._path, timeout=30, isolation_level=None)
            with closing(connection) if self._memory is None else _kept(connection):
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection.cursor()
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise Unavailable(
                "The key store cannot be opened or written. Nothing was sealed; mend it and try again."
            ) from error

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()


@contextmanager
def _kept(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    yield connection


class PostgresKeys(_SqlKeys):
    """Keys in their own schema of a PostgreSQL database (which may be another one than the log's)."""

    mark = "%s"

    def __init__(self, url: str, *, schema: str) -> None:
        self._url = url
        self._schema = sql.Identifier(schema)
        with self.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7318624)")
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(self._schema))
            cursor.execute(_CREATE.format(blob="BYTEA"))

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        try:
            with psycopg.connect(self._url) as connection, connection.cursor() as cursor:
                cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(self._schema))
                yield cursor
        except psycopg.OperationalError as error:
            raise Unavailable("The key store cannot be reached. Nothing was sealed; mend it and try again.") from error

    def close(self) -> None:
        return None


def open_keys(store_url: str, keys_url: str | None = None) -> KeyStore:
    """
    Open the key store of a log.

    Parameters
    ----------
    store_url
        URL of the log.
    keys_url
        URL of the key store. By default `community.keys.db` beside `community.db`, memory beside memory,
        and the schema `dispatch_keys` of the log's PostgreSQL database (give it its own backup, or its
        own database).

    Raises
    ------
    ValueError
        The URL is neither sqlite:/// nor postgresql://.
    """
    url = keys_url or store_url
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = parts.path[1:]
        if path in (":memory:", ""):
            return SqliteKeys(":memory:")
        return SqliteKeys(path if keys_url else str(Path(path).with_suffix(".keys.db")))
    if parts.scheme in ("postgresql", "postgres"):
        schema = "dispatch_keys"
        log_schema = parse_qs(parts.query).get("schema", [])
        if log_schema and keys_url is None:
            schema = f"{log_schema[0]}_keys"
        return PostgresKeys(_without_schema(url), schema=schema)
    raise ValueError(
        "the key store's URL is neither sqlite:/// nor postgresql://; give for example sqlite:///community.keys.db"
    )


def _without_schema(url: str) -> str:
    parts = urlsplit(url)
    kept = "&".join(pair for pair in parts.query.split("&") if pair and not pair.startswith("schema="))
    return parts._replace(query=kept).geturl()


def subject_name(community: CommunityId, subject: str) -> str:
    """Return the name under which a subject's key is kept."""
    return f"{community}/{subject}"


class Sealer:
    """
    Seals and opens personal fields, and digests command bodies under the subject's key.

    AES-256-GCM with a random 96-bit nonce; the associated data bind community, subject, command and
    field, so that a value moved elsewhere does not open.
    """

    def __init__(self, store: KeyStore) -> None:
        self.store = store

    def sealing_keys(self, community: CommunityId, subjects: Sequence[str]) -> dict[str, bytes]:
        """
        Return the keys of subjects who are about to be written of, minting those that never had one.

        Raises
        ------
        Refused
            ``erased``: one of them is erased for good.
        """
        names = {subject_name(community, subject): subject for subject in subjects}
        keys: dict[str, bytes] = {}
        for name, key in self.store.keys(list(names), mint=True).items():
            if key is None:
                raise Refused(
                    "erased",
                    f"The personal data of {names[name]} are erased. Register the person anew.",
                    subject=names[name],
                )
            keys[names[name]] = key
        return keys

    def open(self, community: CommunityId, sealed: Sealed) -> str | None:
        """
        Return the text of a sealed field, or `None` when its key is erased.

        Raises
        ------
        Unavailable
            The key was never in this key store, or does not fit: the wrong key store is connected.
        """
        name = subject_name(community, sealed.subject)
        found = self.store.keys([name], mint=False)
        if name not in found:
            raise Unavailable(f"The key store has no key for {sealed.subject}. Connect the key store of this log.")
        key = found[name]
        if key is None:
            return None
        nonce, text = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ciphertext)
        try:
            return (
                AESGCM(key)
                .decrypt(
                    nonce,
                    text,
                    _bound(community, sealed.subject, sealed.command, field=sealed.field),
                )
                .decode()
            )
        except InvalidTag:
            raise Unavailable(
                f"The key of {sealed.subject} does not open field {sealed.field}: wrong key store or altered value."
            ) from None


def seal(text: str, *, community: CommunityId, subject: str, command: str, field: str, key: bytes) -> Sealed:
    """Return a personal field sealed under its subject's key."""
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, text.encode(), _bound(community, subject, command, field=field))
    return Sealed(
        subject=subject,
        field=field,
        command=command,
        nonce=base64.b64encode(nonce).decode(),
        ciphertext=base64.b64encode(ciphertext).decode(),
    )


def body_digest(body: bytes, key: bytes | None) -> bytes:
    """Return the digest of a command body, keyed with its subject's key so that it cannot be guessed."""
    return hashlib.blake2b(body, key=key or b"", digest_size=32).digest()


def _bound(community: CommunityId, subject: str, command: str, *, field: str) -> bytes:
    return f"{community}\x1f{subject}\x1f{command}\x1f{field}".encode()
