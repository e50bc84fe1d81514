"""Finds the broken link between a Stripe payment and a customer's page, repairs it and proves it."""

__version__ = "0.1.0"
