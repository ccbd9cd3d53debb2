"""
community-dispatch: share out help requests from isolated households, fairly, and answer for it afterwards.

These are the public names; everything else may change.
"""

from .domain.call_up import CallUp, InLine, Need, PoolExhausted, WaveCalled
from .domain.calling import CallOutcome
from .domain.calling_round import CallingRound
from .domain.care import Vulnerability
from .domain.case_plan import CasePlan
from .domain.custody import Belonging, Custody
from .domain.duty_task import DutyTask
from .domain.errors import Conflict, CorruptHistory, DispatchError, Refused, Unavailable, Unknown
from .domain.escalation import ChargeTaken, Escalation, ExternalAlarmRaised, LadderBegun, StepCalled, StepSkipped
from .domain.grants import Grant, RoleGranted, RoleRevoked
from .domain.help_request import (
    AlarmRaised,
    AlarmRepeated,
    HelpRequest,
    RequestCancelled,
    RequestClosed,
    RequestDelivered,
    RequestEscalated,
    RequestReceived,
    RequestTriaged,
    UrgencyChanged,
)
from .domain.kinds import EVERYDAY_CATALOGUE, Catalogue, Kind, LegKind
from .domain.leg import (
    AssignmentAcknowledged,
    AssignmentEscalated,
    AssignmentMade,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
)
from .domain.match_run import MatchDecided, ShortfallFound
from .domain.notice import Matter, Notice
from .domain.policies import BEGINS_WITH, EVERYDAY_LATE, MEDICAL_FIRST, SURGE
from .domain.policies import SHIPPED as SHIPPED_POLICIES
from .domain.policy import EVERYDAY, LADDER, LadderStep, MapDetail, Policy
from .domain.policy_levels import EVERYDAY_LEVELS, BadPolicy, LevelName, Measure, PolicyLevel, Weight
from .domain.policy_tiers import Reserve, TierTimes
from .domain.positions import Position
from .domain.post_note import PostLeft, PostNote
from .domain.posting import Posting
from .domain.regime import A2_REGIME, LevelRule, Regime
from .domain.resident import Resident
from .domain.responder import Responder
from .domain.shift import DutyLimits, Shift
from .domain.supply_lot import SupplyLot
from .domain.values import (
    Actor,
    BuildingId,
    CallUpId,
    Channel,
    CommunityId,
    CompoundId,
    ControlLevel,
    CustodyId,
    DutyTaskId,
    Fact,
    LegId,
    LotId,
    NoticeId,
    OfferId,
    PassId,
    Place,
    Point,
    PostNoteId,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    RoundId,
    SeriesId,
    Side,
    Urgency,
    VehicleId,
    WrongSideId,
)
from .domain.wrong_side import WrongSide, WrongSideList
from .engine import DESK, Batch, Dispatch
from .engine.authority import Held
from .engine.control import ControlAnswer, Entry
from .engine.core import Call
from .engine.holdings import CustodyLine
from .engine.items import Item
from .engine.policies import shipped_policy
from .engine.running import Drained, Offer, Tick
from .engine.seeing import MyLeg
from .engine.series import OccurrenceLine
from .engine.stock import Distribution
from .importing import DueList, ImportReport, NotImported, import_register, import_requests, read_due_list
from .logs import bound, configure, get_logger
from .matching.board import Board
from .rehearsal import NumberedIds, Rehearsal, VirtualClock
from .runner import LocalRunner, Runner
from .settings import BadSetting, Settings
from .store.journal import Answer
from .store.recorded import Meta, Recorded
from .views import BoardLine, DailyReport, TimelineLine, Waits, together
from .views.coverage import Census, Ratio, RoundCoverage
from .views.handover import HandOverLine
from .views.ledger import LedgerLine
from .views.paper_sheet import PaperSheet, SheetLine
from .views.residents_map import MapLine
from .views.roster import RosterLine
from .views.standby import PoolLine
from .wake import DRAIN_JOB, QUEUE, WAKE_PREFIX, RqWake

__all__ = [
    "A2_REGIME",
    "BEGINS_WITH",
    "DESK",
    "DRAIN_JOB",
    "EVERYDAY",
    "EVERYDAY_CATALOGUE",
    "EVERYDAY_LATE",
    "EVERYDAY_LEVELS",
    "LADDER",
    "MEDICAL_FIRST",
    "QUEUE",
    "SHIPPED_POLICIES",
    "SURGE",
    "WAKE_PREFIX",
    "Actor",
    "AlarmRaised",
    "AlarmRepeated",
    "Answer",
    "AssignmentAcknowledged",
    "AssignmentEscalated",
    "AssignmentMade",
    "BadPolicy",
    "BadSetting",
    "Batch",
    "Belonging",
    "Board",
    "BoardLine",
    "BuildingId",
    "Call",
    "CallOutcome",
    "CallUp",
    "CallUpId",
    "CallingRound",
    "CasePlan",
    "Catalogue",
    "Census",
    "Channel",
    "ChargeTaken",
    "CommunityId",
    "CompoundId",
    "Conflict",
    "ControlAnswer",
    "ControlLevel",
    "CorruptHistory",
    "Custody",
    "CustodyId",
    "CustodyLine",
    "DailyReport",
    "Dispatch",
    "DispatchError",
    "Distribution",
    "Drained",
    "DueList",
    "DutyLimits",
    "DutyTask",
    "DutyTaskId",
    "Entry",
    "Escalation",
    "ExternalAlarmRaised",
    "Fact",
    "Grant",
    "HandOverLine",
    "Held",
    "HelpRequest",
    "ImportReport",
    "InLine",
    "Item",
    "Kind",
    "LadderBegun",
    "LadderStep",
    "LedgerLine",
    "LegId",
    "LegKind",
    "LevelName",
    "LevelRule",
    "LocalRunner",
    "LotId",
    "MapDetail",
    "MapLine",
    "MatchDecided",
    "Matter",
    "Measure",
    "Meta",
    "MyLeg",
    "Need",
    "NotImported",
    "Notice",
    "NoticeId",
    "NumberedIds",
    "OccurrenceLine",
    "Offer",
    "OfferAccepted",
    "OfferDeclined",
    "OfferId",
    "OfferLapsed",
    "OfferMade",
    "OfferWithdrawn",
    "PaperSheet",
    "PassId",
    "Place",
    "Point",
    "Policy",
    "PolicyLevel",
    "PoolExhausted",
    "PoolLine",
    "Position",
    "PostLeft",
    "PostNote",
    "PostNoteId",
    "Posting",
    "Ratio",
    "Recorded",
    "Refused",
    "Regime",
    "Rehearsal",
    "RequestCancelled",
    "RequestClosed",
    "RequestDelivered",
    "RequestEscalated",
    "RequestId",
    "RequestReceived",
    "RequestTriaged",
    "Reserve",
    "Resident",
    "ResidentId",
    "Responder",
    "ResponderId",
    "Role",
    "RoleGranted",
    "RoleRevoked",
    "RosterLine",
    "RoundCoverage",
    "RoundId",
    "RqWake",
    "Runner",
    "SeriesId",
    "Settings",
    "SheetLine",
    "Shift",
    "ShortfallFound",
    "Side",
    "StepCalled",
    "StepSkipped",
    "SupplyLot",
    "Tick",
    "TierTimes",
    "TimelineLine",
    "Unavailable",
    "Unknown",
    "Urgency",
    "UrgencyChanged",
    "VehicleId",
    "VirtualClock",
    "Vulnerability",
    "Waits",
    "WaveCalled",
    "Weight",
    "WrongSide",
    "WrongSideId",
    "WrongSideList",
    "bound",
    "configure",
    "get_logger",
    "import_register",
    "import_requests",
    "read_due_list",
    "shipped_policy",
    "together",
]
