"""The parts of the schema that this tool changes."""
