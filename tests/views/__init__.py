"""The views for people: board and timeline."""
