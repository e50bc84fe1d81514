"""The embedded IAHome: a real PostgreSQL with Supabase's roles, a Data API, and stand-ins for Stripe and
the site.
"""
