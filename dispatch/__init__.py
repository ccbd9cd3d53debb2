"""Dispatch of neighbourhood help, event-sourced: the public names, and nothing else."""
