"""
The code by which a household knows that a caller is genuine (R15).

It is computed from the key of the person who is called, so it is stored nowhere, is gone with that
key, and tells nothing about it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from .key_stores import packed

CODE_DIGITS: Final = 6
_CALLER: Final = b"caller code"
"""Sets codes apart from anything else that is ever computed with a subject's key."""


def spoken_code(key: bytes, *, community: str, subject: str, occasion: str) -> str:
    """
    Return six digits that only who holds the subject's key can compute, for one occasion.

    Notes
    -----
    A million codes: one guess in a million is right, and checks of a code are counted and end. It proves
    that the caller was told the code of this occasion, not who the caller is; whoever overhears it may
    use it until the occasion is over.
    """
    said = packed(community, subject, occasion)
    digest = hashlib.blake2b(said, key=key, digest_size=8, person=_CALLER).digest()
    return f"{int.from_bytes(digest) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
