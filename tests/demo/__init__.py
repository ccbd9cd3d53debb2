"""The demonstration day, as somebody sees it who has just cloned this."""
