"""What is stored, byte by byte: one frozen payload per topic and schema version."""
