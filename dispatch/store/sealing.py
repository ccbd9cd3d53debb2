"""
Personal fields, sealed under their subject's key: AES-256-GCM, one random key for each person.

The façade seals before anything is decided, so domain, codec and replay never need a key.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..domain.errors import Refused, Unavailable
from ..domain.values import CommunityId, Sealed
from .key_stores import KeyStore, packed, subject_name

ALGORITHM: Final = "aes256gcm"
NONCE_BYTES: Final = 12
DIGEST_BYTES: Final = 32
_BODY: Final = b"command body"
"""Sets digests apart from anything else that is ever computed with a subject's key."""


class Sealer:
    """
    Seals and opens personal fields, and finds subjects by them without opening any.

    Parameters
    ----------
    store
        Where the keys live.
    """

    def __init__(self, store: KeyStore) -> None:
        self.store = store

    def sealing_keys(self, community: CommunityId, subjects: Sequence[str]) -> dict[str, bytes]:
        """
        Return the keys of subjects who are about to be written of, minting those that never had one.

        All are minted in one transaction: give many at once.

        Raises
        ------
        Refused
            ``erased``: one of them is erased for good.
        """
        keys = self.store.keys([subject_name(community, subject) for subject in subjects], mint=True)
        found: dict[str, bytes] = {}
        for subject in subjects:
            key = keys[subject_name(community, subject)]
            if key is None:
                raise Refused(
                    "erased",
                    f"The personal data of {subject} are erased. Register the person anew.",
                    subject=subject,
                )
            found[subject] = key
        return found

    def open(self, community: CommunityId, sealed: Sealed) -> str | None:
        """
        Return the text of a sealed field, or `None` when its key is erased.

        Raises
        ------
        Unavailable
            The key was never in this key store, or does not fit: the wrong key store is connected. Or
            a newer version sealed it.
        """
        if sealed.algorithm != ALGORITHM:
            raise Unavailable(
                f"Field {sealed.field} of {sealed.subject} is sealed by {sealed.algorithm}, which this version does "
                f"not know; it knows {ALGORITHM}. Use the newer program that sealed it."
            )
        name = subject_name(community, sealed.subject)
        found = self.store.keys([name], mint=False)
        if name not in found:
            raise Unavailable(f"The key store has no key for {sealed.subject}. Connect the key store of this log.")
        key = found[name]
        if key is None:
            return None
        bound = _bound(community, sealed.subject, sealed.command, field=sealed.field)
        try:
            nonce, ciphertext = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ciphertext)
            return AESGCM(key).decrypt(nonce, ciphertext, bound).decode()
        except (InvalidTag, ValueError):  # ValueError: not base64, or no nonce
            raise Unavailable(
                f"The key of {sealed.subject} does not open field {sealed.field}: wrong key store or altered value. "
                "Connect the key store of this log; if it is, run `dispatch doctor`."
            ) from None

    def remember(self, community: CommunityId, subject: str, /, **fields: str) -> None:
        """
        Let a subject be found by these fields, each in its canonical form; twice is once.

        Only keyed digests are kept, until the subject is erased. An erased subject is left out.

        Parameters
        ----------
        fields
            Kind → text, such as ``phone="13800000000"`` or ``door="b-1/3/501"``.
        """
        self.remember_all(community, {subject: fields})

    def remember_all(self, community: CommunityId, subjects: Mapping[str, Mapping[str, str]]) -> None:
        """Let many subjects be found, in one transaction; subject → (kind → text)."""
        index = self.store.index
        entries = {
            subject: [index(community, kind, text) for kind, text in fields.items()]
            for subject, fields in subjects.items()
            if fields
        }
        if entries:
            self.store.remember(community, entries)

    def find(self, community: CommunityId, /, **fields: str) -> tuple[str, ...]:
        """Return the ids of the subjects that were remembered with all of these fields; nothing is opened."""
        return self.store.find(community, [self.store.index(community, kind, text) for kind, text in fields.items()])


def seal(text: str, *, community: CommunityId, subject: str, command: str, field: str, key: bytes) -> Sealed:
    """
    Return a personal field sealed under its subject's key.

    AES-256-GCM with a random 96-bit nonce. The associated data bind algorithm, community, subject,
    command and field, so that a value moved elsewhere does not open.

    Raises
    ------
    ValueError
        The text holds half of a character pair, so it is not text.
    """
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        plain = None
    if plain is None:
        # Raised out here, because the other error holds the text.
        raise ValueError(f"field {field} is not text: it holds half of a character pair; clean it first")
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, plain, _bound(community, subject, command, field=field))
    return Sealed(
        subject=subject,
        field=field,
        command=command,
        algorithm=ALGORITHM,
        nonce=base64.b64encode(nonce).decode(),
        ciphertext=base64.b64encode(ciphertext).decode(),
    )


def body_digest(body: bytes, key: bytes | None) -> bytes:
    """
    Return the 32-byte BLAKE2b digest of a command body, keyed so that the body cannot be guessed from it.

    Parameters
    ----------
    key
        The key of the subject whose personal data are in the body; `None` when there are none.
    """
    return hashlib.blake2b(body, key=key or b"", digest_size=DIGEST_BYTES, person=_BODY).digest()


def _bound(community: CommunityId, subject: str, command: str, *, field: str) -> bytes:
    return packed(ALGORITHM, community, subject, command, field)
