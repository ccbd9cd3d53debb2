"""What the day shows, theme by theme: figures counted from the log, never repeated from what was planned."""

from __future__ import annotations

from collections.abc import Mapping

THEMES: Mapping[str, tuple[str, ...]] = {
    "requests": (
        "request.approval_given",
        "request.held",
        "request.merged",
        "request.reopened",
        "request.leg_joined",
    ),
    "goods": (
        "request.item_not_found",
        "request.goods_received",
        "request.goods_waited",
        "custody.orphaned",
        "custody.transferred",
        "lot.issued",
    ),
    "crews": ("request.crew_mustered", "series.occurrence_opened", "pass.issued", "ride.booked", "ride.redirected"),
    "control": ("community.control_level_set", "community.control_level_lifted", "strays.acknowledged", "duty.ordered"),
    "duty": ("responder.briefing_acknowledged", "responder.dropped_out", "responder.returned"),
    "rounds": ("round.household_reached", "round.household_seen", "round.need_found", "round.welfare_alarm_raised"),
    "authority": (
        "community.role_granted",
        "community.role_revoked",
        "escalation.step_called",
        "escalation.charge_taken",
    ),
}
"""The themes of the day in the order in which they are told, each with the events that are counted for it."""


def figures_of(theme: str, topics: Mapping[str, int]) -> dict[str, int]:
    """Return how often the events of a theme were recorded, by the last part of their topics."""
    return {topic.partition(".")[2]: topics.get(topic, 0) for topic in THEMES[theme]}
