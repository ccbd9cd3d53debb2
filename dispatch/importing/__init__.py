"""
Importing a community's own spreadsheets: rows become commands, a hundred to a save.

A file may be imported twice, or again after a power cut: what is in the log already is counted as
such. Every row that is not imported is reported with its number and why; none is dropped.
"""

from .due_list import DueList, read_due_list
from .register import import_register
from .report import ImportReport, NotImported
from .requests import import_requests

__all__ = ["DueList", "ImportReport", "NotImported", "import_register", "import_requests", "read_due_list"]
