"""
Audit: read a log, and only read it; replay every decision and compare it byte for byte.

Nothing here needs a key: decisions use only what is never erased.
"""

from .alternatives import Alternative
from .explain import Explanation, Passed
from .invariants import Checker, Violation, overdue, stale_lines, violations
from .leg_standing import LegStanding
from .liveness import GRACE, Stranded, stranded
from .log import Log, open_log
from .replay import replay
from .report import Finding, ReplayReport
from .taken_back import TakenBack
from .timeline import timeline
from .unserved import Unserved
from .what_if import Difference, WhatIf
from .why import explain, what_if, why, why_leg
from .why_words import Why, WhyWords

__all__ = [
    "GRACE",
    "Alternative",
    "Checker",
    "Difference",
    "Explanation",
    "Finding",
    "LegStanding",
    "Log",
    "Passed",
    "ReplayReport",
    "Stranded",
    "TakenBack",
    "Unserved",
    "Violation",
    "WhatIf",
    "Why",
    "WhyWords",
    "explain",
    "open_log",
    "overdue",
    "replay",
    "stale_lines",
    "stranded",
    "timeline",
    "violations",
    "what_if",
    "why",
    "why_leg",
]
