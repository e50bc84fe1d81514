"""Gives each active token its access."""
