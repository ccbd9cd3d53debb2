"""Hypothesis machines: random histories beside a simple model, the invariants after each step."""
