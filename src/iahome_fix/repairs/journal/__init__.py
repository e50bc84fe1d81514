"""The journal: one file per run that writes."""
