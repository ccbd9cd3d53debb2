"""
Audit: read a log, and only read it; replay every decision and compare it byte for byte.

Nothing here needs a key: decisions use only what is never erased.
"""

from .explain import Explanation, explain
from .invariants import Checker, Violation, overdue, stale_lines, violations
from .liveness import Stranded, stranded
from .log import Log, open_log
from .replay import replay
from .report import Finding, ReplayReport
from .timeline import timeline

__all__ = [
    "Checker",
    "Explanation",
    "Finding",
    "Log",
    "ReplayReport",
    "Stranded",
    "Violation",
    "explain",
    "open_log",
    "overdue",
    "replay",
    "stale_lines",
    "stranded",
    "timeline",
    "violations",
]
