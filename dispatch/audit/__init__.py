"""
Audit: read a log, and only read it; replay every decision and compare it byte for byte.

Nothing here needs a key: decisions use only what is never erased.
"""

from .explain import Explanation, explain
from .log import Log, open_log
from .replay import replay
from .report import Finding, ReplayReport
from .timeline import timeline

__all__ = [
    "Explanation",
    "Finding",
    "Log",
    "ReplayReport",
    "explain",
    "open_log",
    "replay",
    "timeline",
]
