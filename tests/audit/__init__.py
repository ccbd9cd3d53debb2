"""The audit: replay, findings, explanations."""
