"""The closed table of aggregates: a new one adds its line here and its topics follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .call_up import CALL_UP
from .calling_round import CALLING_ROUND
from .case_plan import CASE_PLAN
from .community import COMMUNITY
from .custody import CUSTODY
from .decider import Aggregate
from .duty_task import DUTY_TASK
from .errors import CorruptHistory
from .escalation import ESCALATION
from .fleet import FLEET
from .help_request import HELP_REQUEST
from .ladder import LADDER_CONTACTS
from .match_run import MATCH_RUN
from .medical_pass import MEDICAL_PASS
from .notice import NOTICE
from .post_note import POST_NOTE
from .resident import RESIDENT
from .responder import RESPONDER
from .ride import RIDE
from .series import SERIES
from .supply_lot import SUPPLY_LOT
from .values import Fact, Stream
from .vehicle import VEHICLE
from .wheel import WHEEL
from .wrong_side import WRONG_SIDE

AGGREGATES: Mapping[str, Aggregate] = {
    a.name: a
    for a in (
        COMMUNITY,
        HELP_REQUEST,
        RESPONDER,
        RESIDENT,
        MATCH_RUN,
        CUSTODY,
        CALLING_ROUND,
        CASE_PLAN,
        SUPPLY_LOT,
        WRONG_SIDE,
        DUTY_TASK,
        ESCALATION,
        LADDER_CONTACTS,
        SERIES,
        MEDICAL_PASS,
        VEHICLE,
        FLEET,
        RIDE,
        WHEEL,
        CALL_UP,
        POST_NOTE,
        NOTICE,
    )
}


def aggregate_of(stream: Stream) -> Aggregate:
    """
    Return the aggregate a stream belongs to.

    Raises
    ------
    CorruptHistory
        The stream id names no aggregate of this library.
    """
    parts = stream.split("/", 2)
    found = AGGREGATES.get(parts[1]) if len(parts) > 1 else None
    if found is None:
        raise CorruptHistory(
            f"Stream {stream} belongs to no known aggregate: the journal is damaged or newer.", stream=stream
        )
    return found


def evolve(stream: Stream, state: Any, event: Fact) -> Any:
    """Return the state of a stream after an event."""
    return aggregate_of(stream).evolve(state, event)
