"""Reads the app's source, where the operator has it: what its code does with tables, keys and addresses."""
