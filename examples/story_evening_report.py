"""
The evening: two communities count their day, and the sub-district adds them up.

Every share says what it counts and over what; shares are added by their numerators and denominators and never
averaged (R22: a source prints 66.1 % for two numbers that divide to 67.1 % and count different people). The report
names who was on duty and never asked (R33). What goes to the building's chat group says how many and where, in
Chinese and in English, and never what for (R31).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import EVERYDAY, DailyReport, Dispatch, NumberedIds, Role, VirtualClock, together

START = datetime(2022, 5, 12, 8, 30, tzinfo=timezone(timedelta(hours=8)))
COMMUNITIES = {"riverside": 9, "hillside": 4}
FIGURES = {
    "requests received": 13,
    "delivered in time": 8,
    "delivered": 9,
    "asked": 9,
    "on duty": 14,
    "never asked": 5,
    "lines of the group post": 6,
    "words for what it is for in the group post": 0,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Work through a day in two communities and report in the evening."""
    reports = []
    for name, requests in COMMUNITIES.items():
        settle(engine, name)
        for number in range(requests):
            home = engine.register_resident(name, f"1号楼{1 + number % 5}0{1 + number // 5}室")
            engine.open_request(name, "check_in", beneficiary=home)
    posts = [engine.group_post("riverside", "1号楼", language=language) for language in ("zh-CN", "en")]
    engine.tick()
    for name in COMMUNITIES:
        work(engine, clock, name, leave=2)
        reports.append(engine.daily_report(name))
    return counted(reports, posts)


def settle(engine: Dispatch, community: str) -> None:
    """Register a building with a captain on each of six floors and a cadre."""
    day = [(START, START + timedelta(hours=13))]
    engine.register_community(community, name=community, duty="duty-desk", policy=EVERYDAY)  # several at once
    engine.register_building(community, "1号楼", floors=6, lift=False)
    for floor in range(1, 7):
        engine.register_responder(community, Role.FLOOR_CAPTAIN, home=f"1号楼{floor}层", capacity=20, shifts=day)
    engine.register_responder(community, Role.CADRE, capacity=20, shifts=day)


def work(engine: Dispatch, clock: VirtualClock, community: str, *, leave: int) -> None:
    """Accept and finish everything but the last ones; the very last of them too late."""
    asked = [
        (request, leg.plan.name, ask.offer)
        for request, state in sorted(engine.board_of(community).requests.items())
        for leg in state.legs
        for ask in leg.asks
    ]
    kept = asked[: len(asked) - leave]
    for number, (request, leg, offer) in enumerate(kept):
        engine.accept(community, offer)
        if community == "hillside" and number == len(kept) - 1:
            clock.move_to(START + timedelta(hours=12))
        engine.complete(community, request, leg)


def counted(reports: list[DailyReport], posts: list[str]) -> dict[str, int | str]:
    """Add the reports up."""
    shares = {
        ratios[0].of: together(ratios) for ratios in map(list, zip(*(report.shares for report in reports), strict=True))
    }
    words = ("check", "visit", "上门", "探访")
    return {
        "requests received": sum(sum(kind.values()) for report in reports for kind in report.received.values()),
        "delivered in time": shares["delivered_in_time"].numerator,
        "delivered": shares["delivered_in_time"].denominator,
        "asked": shares["asked"].numerator,
        "on duty": shares["asked"].denominator,
        "never asked": sum(len(report.never_asked) for report in reports),
        "lines of the group post": posts[0].count("\n"),
        "words for what it is for in the group post": sum(word in post.lower() for word in words for post in posts),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
