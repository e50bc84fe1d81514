"""A synthetic payment, from Stripe's signature to the customer's page, and everything removed again."""
