"""What an audit says: findings (疑点), each naming its row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """
    Something in the log that is not as the engine would have written it.

    Attributes
    ----------
    position, stream
        The row it is about; for a row that is missing, where it was expected.
    code
        What is wrong:

        - ``gap``, ``version_gap``: positions or versions of a stream do not follow one another;
        - ``undecodable``, ``impossible``: the row is no event, or cannot follow what is before it;
        - ``save_broken``: the events of a save are not whole and together;
        - ``clock_back``: recorded before what stands before it;
        - ``command_row``: the table of commands does not vouch for this save;
        - ``offer_without_decision``, ``decision_without_offer``, ``offer_without_hold``,
          ``hold_without_offer``: they belong together in one save;
        - ``as_of``: the decision does not say on which earlier position of its community it stands;
        - ``policy_not_in_force``: it was made under another policy than the log's;
        - ``altered``, ``row_missing``, ``row_added``: deciding again gives other bytes, a row more, a row less;
        - ``undecided``: deciding again is not possible on this board;
        - in `ReplayReport.unchecked` also ``unknown_matcher`` and ``community_halted``.
    detail
        Which decision, what differs, what was expected. Ids, numbers and names of fields only.
    """

    position: int
    stream: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """
    What a replay found.

    Attributes
    ----------
    events
        Rows read.
    decisions, shortfalls
        `MatchDecided` and `ShortfallFound` events among them.
    reproduced
        Those of them that came out again, byte for byte, with their offers and holds.
    findings
        In the order of positions.
    unchecked
        Saves that could not be decided again, each with the reason: a matcher that this version does
        not have, or a community whose log is damaged before. Not known to be wrong, and not shown to be right.
    digest
        BLAKE2b-128 over every byte that was decided again: two machines agree or do not.
    """

    events: int
    decisions: int
    shortfalls: int
    reproduced: int
    findings: tuple[Finding, ...]
    unchecked: tuple[Finding, ...]
    digest: str

    @property
    def ok(self) -> bool:
        """Tell whether everything was checked and nothing was found."""
        return not self.findings and not self.unchecked
