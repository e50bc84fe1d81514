"""Repairs: first a plan, which is data, then that same plan applied."""
