"""The ways in which a fact can be unseen, by the system that it is asked of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iahome_fix.errors import CouldNotTell, MissingCredential, MissingExtra
from iahome_fix.facts.seen import Key
from iahome_fix.systems.data_api import Reply
from iahome_fix.systems.database_errors import DatabaseUnreachable, SqlError
from iahome_fix.systems.expected import UnexpectedResponse
from iahome_fix.systems.open import no_sql
from iahome_fix.systems.stripe_errors import KeyRejected, PermissionMissing, StripeFailure
from tests.checks.by_hand.shop import answer

_DATABASE = {
    "no way to SQL": no_sql(),
    "refused": SqlError("42501", "permission denied for table module_access"),
    "stopped": SqlError("57014", "canceling statement due to statement timeout"),
    "no session": DatabaseUnreachable("password", "the password is wrong"),
    "slow": DatabaseUnreachable("slow", "no answer in time"),
    "lost": DatabaseUnreachable("lost", "the connection was lost"),
    "unexpected": UnexpectedResponse("rows", "a page"),
}
_STRIPE = {
    "no key": MissingCredential(("STRIPE_SECRET_KEY",), "STRIPE_SECRET_KEY is not set"),
    "key refused": KeyRejected("key-rejected", "Stripe refuses the key"),
    "no right": PermissionMissing("rak_x_read"),
    "unreachable": StripeFailure("unreachable", "Stripe did not answer"),
    "too many": StripeFailure("rate-limit", "too many requests"),
    "unexpected": StripeFailure("unexpected-response", "unexpected response"),
}
_DATA_API: Mapping[str, Any] = {
    "no key": MissingCredential(("SUPABASE_SERVICE_ROLE_KEY",), "SUPABASE_SERVICE_ROLE_KEY is not set"),
    "timeout": Reply("network", "no answer in time", reason="timeout"),
    "page of a proxy": Reply("418", "a page"),
    "too many": Reply("429", "too many requests"),
    "unexpected": UnexpectedResponse("rows", "a page"),
}
_SOURCE = {
    "not given": CouldNotTell("no-source", "no checkout of the app was given"),
    "no parser": MissingExtra("the parser is not installed", "install it"),
}
_NO_REPLY = ("served_columns", "health", "legacy_keys_enabled", "needed_columns", "visitors_read", "unread")
_SITE = {f"nobody: {reason}": answer(None, reason=reason) for reason in ("timeout", "network", "dns")}
_OF_STRIPE = ("stripe", "webhook.listed", "webhook.endpoints", "webhook.destinations", "left_behind.delayed")
_NEVER = (
    "sales.now",
    "shop.shop",
    "shop.seen",
    "data_api.legacy_keys_enabled",
    "webhook_writer.found",
    "webhook_writer.public_key",
)
"""What is always there, or says by its own value that it could not be told."""


def ways(key: Key) -> Iterator[tuple[str, Any]]:
    """What a fact may be instead of itself, each with a name."""
    name = str(key[0])
    part, _dot, own = name.partition(".")
    if name in _NEVER:
        return
    if name.startswith(_OF_STRIPE) or (part == "sales" and own not in ("sales", "refusals")):
        yield from _STRIPE.items()
    elif name == "app.checkout":
        yield from _SOURCE.items()
    elif part == "webhook":
        yield from _SITE.items()
    elif part in ("data_api", "api_schema") or name == "exposure.served_to_visitors":
        for way, value in _DATA_API.items():
            if own not in _NO_REPLY or isinstance(value, Exception):
                yield way, value
    else:
        yield from _DATABASE.items()
        if name == "sales.sales":
            yield from _STRIPE.items()


_ANY_ANSWER = "any answer is one"
_TRIED_ELSEWHERE = "schema.customers-refused says what could not be tried"
_SIGNED_DECIDES = "what is rightly signed decides; site.webhook-route says what became of the rest"
MAY_DO_WITHOUT: Mapping[tuple[str, str], str] = {
    ("supabase.reachable", "data_api.first_reply"): _ANY_ANSWER,
    ("site.source-split", "queries.of_database"): "the names are compared as they are written",
    ("site.source-key", "queries.of_database"): "the public key is a warning whatever the database says",
    ("site.source-filters", "tables.tables"): "what the source writes is enough where it writes the value",
    ("site.source-filters", "queries.of_rows"): "what the source writes is enough where it writes the value",
    ("site.source-gate", "webhook.answer_at"): "the handler's own address is judged then",
    ("supabase.reachable", "queries.of_database"): "whether SQL works besides is a hint",
    ("permissions.service-role", "trials.denied"): "the catalog's word stands",
    ("permissions.row-level-security", "exposure.strangers_see"): "who is refused sees nothing",
    ("permissions.anon", "exposure.visitors_see"): "who is refused sees nothing",
    ("data.rows-lost", "sales.refusals"): _TRIED_ELSEWHERE,
    ("site.free-orders", "sales.refusals"): _TRIED_ELSEWHERE,
    ("site.webhook-handler", "sales.refusals"): _TRIED_ELSEWHERE,
    ("payments.renewals", "sales.refusals"): _TRIED_ELSEWHERE,
    ("schema.profile", "webhook.listed"): "tables and rows tell the version; Stripe may contradict them",
    ("stripe.key", "stripe.key_accepted"): "a key that is refused is the finding",
    ("stripe.permissions", "stripe.held_permissions"): "stripe.key says that it is refused",
    ("stripe.endpoint-duplicates", "webhook.destinations"): "the narrower list is enough for hygiene",
    ("stripe.modes", "tables.tables"): "it says what can be seen",
    ("stripe.modes", "queries.of_rows"): "it says what can be seen",
    ("site.webhook-route", "webhook.answer_at"): "silence while Stripe's servers answer is the site's",
    ("site.webhook-route", "webhook.rightly_signed"): "without an answer to it the refusal decides",
    ("site.webhook-secret", "webhook.answer_at"): _SIGNED_DECIDES,
    ("site.webhook-body", "webhook.answer_at"): _SIGNED_DECIDES,
    ("site.webhook-body", "webhook.rightly_signed"): _SIGNED_DECIDES,
}
"""What a check can say something without, and why; never a way to say that all is well by itself."""
