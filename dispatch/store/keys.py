"""
Subject keys, outside the log: their own file or schema, with its own backup.

`open_keys` opens the store; `Sealer` seals, opens and finds with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from .key_stores import KeyStore, subject_name
from .sealing import Sealer, body_digest, seal

__all__ = ["KeyStore", "Sealer", "body_digest", "open_keys", "seal", "subject_name"]

_SQLITE: Final = "sqlite:///"
_POSTGRES: Final = ("postgresql://", "postgres://")
_SCHEMA: Final = "dispatch_keys"


def open_keys(store_url: str, keys_url: str | None = None, *, lock_timeout_s: float = 30.0) -> KeyStore:
    """
    Open the key store of a log, creating it when it is new.

    Parameters
    ----------
    store_url
        URL of the log.
    keys_url
        URL of the key store. By default `community.keys.db` beside `community.db`, memory beside memory,
        and a schema `dispatch_keys` in the log's PostgreSQL database (give it its own backup, or its
        own database). A schema may be named in it: ``?schema=name``.
    lock_timeout_s
        Seconds that a call waits for its turn.

    Raises
    ------
    ValueError
        The URL is neither sqlite:/// nor postgresql://.
    StoreUnfit
        Others may read the file, or it is no key store.
    Unavailable
        The store cannot be reached or written.
    """
    url = keys_url or store_url
    path = url.removeprefix(_SQLITE)
    if path not in (url, ""):
        # Whichever store is used, the other one's driver need not load.
        from .sqlite_keys import MEMORY, SqliteKeys  # noqa: PLC0415

        beside = path if keys_url or path == MEMORY else str(Path(path).with_suffix(".keys.db"))
        return SqliteKeys(beside, lock_timeout_s=lock_timeout_s)
    if url.startswith(_POSTGRES):
        from .postgres_keys import PostgresKeys  # noqa: PLC0415

        return PostgresKeys(url, schema=_schema_of(store_url, keys_url), lock_timeout_s=lock_timeout_s)
    raise ValueError(
        "the key store's URL is neither sqlite:/// nor postgresql://; give for example sqlite:///community.keys.db"
    )


def _schema_of(store_url: str, keys_url: str | None) -> str:
    named = parse_qs(urlsplit(keys_url or store_url).query).get("schema")
    if named is None:
        return _SCHEMA
    return named[0] if keys_url else f"{named[0]}_keys"
