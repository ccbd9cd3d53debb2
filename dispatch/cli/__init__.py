"""The `dispatch` command: what staff, auditors and operators type."""

from .program import main

__all__ = ["main"]
