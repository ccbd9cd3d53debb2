"""The verb that records why somebody goes first; in a batch too, for a register of hundreds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from ..domain import flags
from ..domain.care import Vulnerability
from ..domain.values import ResidentId
from ..store.journal import Answer
from .given import one_of, texts
from .plan import Call, Plan
from .requests import Requests


class Flags(Requests):
    """One verb."""

    def set_flags(
        self,
        community: str,
        resident: ResidentId,
        flags_: Iterable[Vulnerability | str],
        *,
        green_lane: bool | None = None,
        no_phone: bool = False,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Record why somebody goes first (R34): aged_80, disabled, lives_alone, pregnant, student. Whole, each time.

        Parameters
        ----------
        green_lane
            Whether decisions may know of it: an unstated urgency is one step higher, and waiting counts twice.
            By default as soon as there is a flag. Kept in clear, so that decisions replay after an erasure.
        no_phone
            The household is visited instead of phoned. In clear too.

        Notes
        -----
        The list itself is sealed under the person's key; only the desk and the person may open it.
        """
        listed = sorted({one_of(Vulnerability, flag, "vulnerability flag") for flag in texts(flags_, "flags")})
        said = {"resident": resident, "flags": listed, "green_lane": green_lane, "no_phone": no_phone}
        fields = {
            "resident": resident,
            "green_lane": bool(listed) if green_lane is None else green_lane,
            "no_phone": no_phone,
        }
        personal = {"flags": ",".join(listed) or None}
        subject = resident if listed else None
        return self._say(community, Plan(flags.SetFlags, fields, said=said, subject=subject, personal=personal), call)
