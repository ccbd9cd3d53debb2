"""Tests of the command line: the real commands on real stores, mostly in this process."""
