"""What many checks need: groups of checks that bear on the way of a payment."""

READING = (
    "stripe.key",
    "supabase.database",
    "schema.module-access",
    "schema.columns",
    "schema.profiles",
    "schema.modules",
)
"""Checks without which sales and accesses cannot be read at all."""

WRITING = (
    "supabase.key",
    "schema.types",
    "schema.one-active-access",
    "schema.sequence",
    "schema.grant-accepted",
    "schema.cache",
    "permissions.service-role",
    "permissions.webhook-role",
    "supabase.writable",
    "permissions.api-roles",
)
"""Checks that, failing, explain why a delivered payment was not written."""

ARRIVING = (
    "stripe.endpoint",
    "stripe.endpoint-url",
    "stripe.endpoint-mode",
    "stripe.endpoint-enabled",
    "stripe.endpoint-events",
    "site.webhook-route",
    "site.webhook-secret",
    "site.webhook-body",
)
"""Checks that, failing, explain why a payment never reached the handler."""
