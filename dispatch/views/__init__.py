"""
Views for people: the board and the timeline, own tables in the database of the log.

They hold ids only, never personal data, and can be rebuilt from the log at any moment.
"""

from .board import BoardLine
from .follow import Views
from .report import DailyReport, Waits, together
from .timeline import TimelineLine, line_of

__all__ = ["BoardLine", "DailyReport", "TimelineLine", "Views", "Waits", "line_of", "together"]
