"""The rules of rows: what a payment is due, to whom and until when. Each is stated once.

What Stripe alone decides (money, term) is Python here; customer, served, withdrawn and the verdict are
queries over whole sets in `sql/domain`, read by `verdicts`.
"""
