"""Accesses brought from the table of one version of the app to that of another, where the page reads."""
