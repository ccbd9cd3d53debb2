"""Whole programs against real servers: workers as subprocesses, killed, wiped and frozen."""
