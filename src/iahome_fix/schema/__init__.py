"""The target shape of the table of accesses."""
