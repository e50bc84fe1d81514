"""Link site: does the deployed app accept what Stripe sends, and does its page answer?"""
