"""The façade, as an embedding application meets it."""
