"""
Real calls and real blocks, read from the files as they are published.

The calls are the San Francisco Fire Department's «Calls for Service» (PDDL 1.0), the blocks the HDB property
information (Singapore Open Data Licence 1.0). Each incident becomes one request: its station area is a
community, its box a residential block, its call type a kind, its priorities the urgencies, its time stamps
the pace of the work. Rows that contradict themselves are counted with the line where each kind of them is
first; none is dropped silently.
"""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ..domain.kind import Catalogue
from ..domain.kinds import EVERYDAY_CATALOGUE
from ..domain.values import CommunityId, Urgency
from .draws import pick

ZONE = ZoneInfo("America/Los_Angeles")
STAMP = "%m/%d/%Y %I:%M:%S %p"
URGENCY = {"E": Urgency.LIFE, "3": Urgency.HEALTH}
URGENCY |= dict.fromkeys("CBA", Urgency.HARDSHIP) | dict.fromkeys("2I", Urgency.NONE)
KINDS = {
    "Medical Incident": "medicine",
    "Alarms": "food",
    "Citizen Assist / Service Call": "food",
    "Traffic Collision": "stair_carry",
    "Elevator / Escalator Rescue": "stair_carry",
    "Water Rescue": "stair_carry",
}
RIDE, OTHER = "medical_ride", "garbage"
FREE = {"permit": None, "drives": False, "on_call": False}
CATALOGUE = Catalogue(
    version=EVERYDAY_CATALOGUE.version + 1,
    kinds=tuple(
        kind.model_copy(update={"legs": tuple(leg.model_copy(update=FREE) for leg in kind.legs)})
        for kind in EVERYDAY_CATALOGUE.kinds
    ),
)
"""A crew that is called out takes the patient along: nobody applies for a pass."""
FLOORS_MAX = 40
ANSWER_S, WORK_MIN = (20, 900), (5, 180)
TIMES = ("Received", "Dispatch", "Response", "On Scene", "Transport", "Hospital", "Available")
CALL_COLUMNS = (
    *("Incident Number", "Call Type", "Station Area", "Box", "Original Priority", "Final Priority", "Entry DtTm"),
    *(f"{name} DtTm" for name in TIMES),
)
BLOCK_COLUMNS = ("residential", "max_floor_lvl")


class Unusable(Exception):
    """
    A file, or the two together, of which nothing can be simulated; the message says what to do.

    Attributes
    ----------
    problem
        A code, for the words of another language.
    fields
        What those words name.
    """

    def __init__(self, message: str, *, problem: str, **fields: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.fields = fields


@dataclass(frozen=True)
class Incident:
    """One incident of the source: what a request is made of."""

    number: str
    community: CommunityId
    box: str
    kind: str
    received_at: datetime
    first: Urgency
    final: Urgency
    retriaged_at: datetime
    answer_s: int
    work_min: int


@dataclass
class Source:
    """Everything read, and what was wrong with it."""

    incidents: list[Incident] = field(default_factory=list)
    dirty: Counter[str] = field(default_factory=Counter)
    first_at: dict[str, int] = field(default_factory=dict)
    rows: int = 0

    def note(self, what: str, line: int) -> None:
        """Count something that is wrong, and keep the line where it is first."""
        self.dirty[what] += 1
        self.first_at.setdefault(what, line)


@dataclass(frozen=True)
class Block:
    """One residential block of the register: its line in the file and its floors."""

    line: int
    floors: int


def instant(text: str) -> datetime | None:
    """
    Read a local time stamp of the source; `None` for none, and for one that is not written like that.

    Those that the spring change skips or doubles do not occur in April.
    """
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        return None


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a file with its line; a short row has empty texts where it ends."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise Unusable(
                    f"{path} has no column {', '.join(missing)}. Give the file as it is published.",
                    problem="columns",
                    path=str(path),
                    columns=", ".join(missing),
                )
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeError, csv.Error) as error:
        raise Unusable(
            f"{path} cannot be read as CSV in UTF-8: {error}. Give another file.", problem="unreadable", path=str(path)
        ) from error


def read_calls(path: Path, limit: int | None) -> Source:
    """
    Read the calls: one incident for each incident number, its units merged; contradictions are counted.

    Raises
    ------
    Unusable
        Not a file of calls, or none of its incidents can be simulated.
    """
    source = Source()
    units: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in rows_of(path, CALL_COLUMNS):
        source.rows += 1
        units.setdefault(row["Incident Number"], []).append((line, row))
    for number, answers in itertools.islice(units.items(), limit):
        for line, answer in answers:
            for what in contradictions(answer):
                source.note(what, line)
        why_not = unusable(answers[0][1])
        if why_not is not None:
            source.note(f"{why_not}: not simulated", answers[0][0])
        else:
            source.incidents.append(incident_of(number, [answer for _, answer in answers]))
    if not source.incidents:
        seen = "".join(
            f" {what} ({count}, first in line {source.first_at[what]})." for what, count in source.dirty.items()
        )
        raise Unusable(
            f"{path}: none of its {source.rows} rows gives an incident.{seen} Give a file with some.",
            problem="no_incidents",
            path=str(path),
            rows=str(source.rows),
        )
    source.incidents.sort(key=lambda incident: (incident.received_at, incident.number))
    return source


def contradictions(row: Mapping[str, str]) -> Iterator[str]:
    """Yield what contradicts itself in one unit's row; the row is still used."""
    times = {name: instant(row[f"{name} DtTm"]) for name in TIMES}
    for name in TIMES:
        if row[f"{name} DtTm"] and times[name] is None:
            yield f"{name} is no time stamp such as 04/07/2020 11:53:08 PM: taken as not given"
    for earlier, later in itertools.pairwise(TIMES):
        first, second = times[earlier], times[later]
        if first and second and first > second:
            yield f"{earlier} after {later}: kept, shortened to the shortest work"
    if times["Response"] is None:
        yield "unit never answered: its answer time is generated"
    if times["On Scene"] is None:
        yield "unit never on scene: its work time is generated"
    if row["Original Priority"] not in URGENCY:
        yield "unknown priority: taken as none"


def unusable(row: Mapping[str, str]) -> str | None:
    """Return why no request can be made of an incident, by the row of its first unit; `None` when one can."""
    if instant(row["Received DtTm"]) is None:
        return "incident without the time it was received"
    for name in ("Box", "Station Area", "Incident Number"):
        if not (row[name].isascii() and row[name].isalnum()):
            return f"incident without a {name} of letters and digits"
    return None


def incident_of(number: str, rows: Sequence[Mapping[str, str]]) -> Incident:
    """Make one incident of its units' rows, the first of which is usable."""
    head = rows[0]
    received = instant(head["Received DtTm"])
    if received is None:
        raise AssertionError(f"incident {number} was taken for usable and has no time at which it was received")
    dispatch, response = instant(head["Dispatch DtTm"]), instant(head["Response DtTm"])
    scene, free = instant(head["On Scene DtTm"]), instant(head["Available DtTm"])
    answer = (
        int((response - dispatch).total_seconds()) if dispatch and response else 60 + pick(number, "answer", among=600)
    )
    work = int((free - scene).total_seconds()) // 60 if scene and free else 20 + pick(number, "work", among=40)
    carried = any(row["Transport DtTm"] for row in rows)
    kind = RIDE if carried else KINDS.get(head["Call Type"], OTHER)
    first = URGENCY.get(head["Original Priority"], Urgency.NONE)
    return Incident(
        number=number,
        community=CommunityId(f"station-{head['Station Area'].lower()}"),
        box=head["Box"],
        kind=kind,
        received_at=received,
        first=first,
        final=URGENCY.get(head["Final Priority"], first),
        retriaged_at=max(instant(head["Entry DtTm"]) or received, received) + timedelta(minutes=2),
        answer_s=min(max(answer, ANSWER_S[0]), ANSWER_S[1]),
        work_min=min(max(work, WORK_MIN[0]), WORK_MIN[1]),
    )


def read_blocks(path: Path, source: Source) -> list[Block]:
    """
    Read the residential blocks; those that cannot be used are counted with their reason.

    Raises
    ------
    Unusable
        Not a file of blocks, or fewer of them than the incidents have boxes.
    """
    blocks: list[Block] = []
    for line, row in rows_of(path, BLOCK_COLUMNS):
        if row["residential"] != "Y":
            source.note("block without flats: not used", line)
        elif not row["max_floor_lvl"].isdecimal() or not 1 <= int(row["max_floor_lvl"]) <= FLOORS_MAX:
            source.note(f"floors not a number from 1 to {FLOORS_MAX}: not used", line)
        else:
            blocks.append(Block(line, int(row["max_floor_lvl"])))
    boxes = {(incident.community, incident.box) for incident in source.incidents}
    if len(blocks) < len(boxes):
        raise Unusable(
            f"{path} holds {len(blocks)} usable blocks and the incidents are in {len(boxes)} boxes, each of which "
            "is one block. Give a longer file, or fewer incidents with --limit.",
            problem="few_blocks",
            path=str(path),
            blocks=str(len(blocks)),
            boxes=str(len(boxes)),
        )
    return blocks


def housed(incidents: Sequence[Incident], blocks: Sequence[Block]) -> dict[CommunityId, dict[str, int]]:
    """Return, for each community, its boxes and the floors of the block that each is given; always the same ones."""
    boxes: dict[CommunityId, set[str]] = {}
    for incident in incidents:
        boxes.setdefault(incident.community, set()).add(incident.box)
    chosen = iter(sorted(blocks, key=lambda block: (pick("block", block.line, among=1 << 60), block.line)))
    return {community: {box: next(chosen).floors for box in sorted(boxes[community])} for community in sorted(boxes)}
