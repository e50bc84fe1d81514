"""Gives each paid Checkout Session its access."""
