"""Which tables hold accesses, and which only stand beside them, in every version of the app."""

NO_ACCESS = frozenset(
    (
        *("modules", "cartes", "profiles", "users", "payments", "access_tokens", "user_tokens"),
        *("user_credit_transactions", "token_usage", "webhook_events", "stripe_events", "notifications"),
    )
)
"""Written or read beside the accesses themselves."""

ACCESS = frozenset(("module_access", "user_applications", "user_subscriptions", "access_modules"))

OWNER = frozenset(("user_id", "user_email", "email", "customer_email", "created_by", "owner_id"))
"""Columns that say whose a row is."""

BESIDE = frozenset(
    (
        *("payments", "webhook_events", "stripe_events", "processed_events", "events", "notifications"),
        *("audit_log", "audit_logs", "activity_log", "activity_logs", "logs", "analytics", "webhook_logs"),
    )
)
"""What is only noted of an event: without it nobody misses a module."""
