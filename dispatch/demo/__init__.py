"""The demonstration: one day in two buildings, in virtual time, and its audit."""

from .show import run_demo

__all__ = ["run_demo"]
