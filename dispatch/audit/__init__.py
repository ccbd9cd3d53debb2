"""
Audit: read a log, and only read it; replay every decision and compare it byte for byte.

Nothing here needs a key: decisions use only what is never erased.
"""

from .explain import Explanation, explain
from .invariants import Violation, overdue, stale_lines, violations
from .log import Log, open_log
from .replay import replay
from .report import Finding, ReplayReport
from .timeline import timeline

__all__ = [
    "Explanation",
    "Finding",
    "Log",
    "ReplayReport",
    "Violation",
    "explain",
    "open_log",
    "overdue",
    "replay",
    "stale_lines",
    "timeline",
    "violations",
]
