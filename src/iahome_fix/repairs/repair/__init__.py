"""The shortest safe sequence for what is broken."""
