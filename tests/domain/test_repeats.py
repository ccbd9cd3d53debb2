"""Whatever was accepted, said again at once, says nothing new."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.decider import NOTHING
from dispatch.domain.errors import Conflict, Refused
from dispatch.domain.intake import ReceiveRequest
from dispatch.domain.keeping import TakeCustody
from dispatch.domain.linking import ReopenRequest
from dispatch.domain.match_run import RecordMatch
from dispatch.domain.post import CheckPresence
from dispatch.domain.recording import AddNote, ReportGift
from dispatch.domain.resident import AccessPersonalData, RegisterResident
from dispatch.domain.roster import AccessResponderData, RegisterResponder
from dispatch.domain.series_commands import StartSeries
from dispatch.domain.values import Command
from tests.domain.any_command import any_command
from tests.domain.given import Given
from tests.domain.town import after, town

NAMES_SOMETHING_NEW = (
    RegisterResident,
    RegisterResponder,
    ReceiveRequest,
    ReopenRequest,
    RecordMatch,
    TakeCustody,
    StartSeries,
)
"""A second registration under one id is refused, a second match on one board is a conflict."""

EACH_IS_ONE_MORE = (AccessPersonalData, AccessResponderData, AddNote, ReportGift, CheckPresence)
"""A second reading, note, gift or look is a second one; the command id tells it from a repeated command."""


def said_again(journal: Given, command: Command) -> str:
    """Return what becomes of a command that was accepted just now."""
    try:
        decision = journal.decide(command)
    except (Refused, Conflict) as refused:
        return type(refused).__name__
    return "nothing" if decision == NOTHING else "more"


def expected_again(command: Command) -> str:
    """Return what must become of it."""
    if isinstance(command, EACH_IS_ONE_MORE):
        return "more"
    if isinstance(command, RecordMatch):
        return "Conflict"
    return "Refused" if isinstance(command, NAMES_SOMETHING_NEW) else "nothing"


@settings(max_examples=100)
@given(st.data())
def test_said_twice_is_said_once(data: st.DataObject) -> None:
    """Delivery is at least once: deciders answer a repeat with nothing, or with a refusal of the same id."""
    journal = town()
    for step in range(data.draw(st.integers(10, 40))):
        command = data.draw(any_command(journal, after(4 * step)))
        try:
            decision = journal.decide(command)
        except (Refused, Conflict):
            continue
        journal = journal.and_then(command)
        again = said_again(journal, command)
        assert again == (expected_again(command) if decision else "nothing"), (command, again)
