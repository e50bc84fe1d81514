"""Brings `module_access` to the target shape."""
