"""What can go wrong between this tool and Stripe, in words that an operator can act on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems.expected import UNEXPECTED, UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    import stripe

_SLUG = re.compile(r"'(?:rak_)?(?!rk_|sk_)([a-z][a-z_]*_(?:read|write))'")
_LONGEST = 300
NO_SUCH_LIST = ("permission", "not-found", "bad-request")
"""Reasons that mean "this key or account has no such list", not "something is wrong"."""


class StripeFailure(CouldNotTell):
    """Stripe did not give what was asked for, so nothing is known about it.

    Attributes:
        reason: a stable word: key-invalid, key-expired, publishable, account, permission, rate-limited,
            unreachable, server-error, bad-request, not-found, unexpected-response.
    """

    def __init__(self, reason: str, message: str, hint: str | None = None) -> None:
        super().__init__(reason if reason == UNEXPECTED else f"stripe-{reason}", message, hint)
        self.reason = reason


class KeyRejected(StripeFailure):
    """Stripe does not accept the key (reason key-invalid, key-expired, publishable or account)."""


class PermissionMissing(StripeFailure):
    """The key is accepted but may not do this.

    Attributes:
        permission: the missing permission as Stripe's dashboard links name it (`rak_event_read`), None when
            the answer does not say.
    """

    def __init__(self, permission: str | None) -> None:
        if permission is None:
            text = _("the Stripe key does not have the permission for this")
        else:
            text = _("the Stripe key does not have the permission {permission}").format(permission=permission)
        super().__init__(
            "permission", text, _("edit the restricted key in Stripe (Developers, API keys) and add it")
        )
        self.permission = permission


def missing_permission(message: str) -> str | None:
    """The permission that a 403 names, `rak_` included; both wordings of 2026 put its slug in quotes."""
    found = _SLUG.search(message)
    return f"rak_{found[1]}" if found else None


def explain(error: stripe.StripeError, seconds: float) -> StripeFailure:
    """The failure behind an exception of the library. `seconds`: the time limit of one try.

    Works on status and body, not on classes: `code` is None on the exceptions of 401, 403 and 429.
    """
    status = error.http_status
    body = _error_of(error.json_body)
    code = str(body.get("code") or "")
    text = scrub(str(body.get("message") or error.user_message or ""))[:_LONGEST]
    if status is None:
        return unreachable(str(error.user_message or ""), seconds)
    if code == "secret_key_required":
        return publishable()
    if status == 401:
        if code == "api_key_expired":
            return KeyRejected(
                "key-expired",
                _("the Stripe key has expired or was rolled"),
                _("put the current key into STRIPE_SECRET_KEY, on the server too"),
            )
        return KeyRejected(
            "key-invalid",
            _("Stripe does not know the key in STRIPE_SECRET_KEY (wrong, incomplete or revoked)"),
            _("copy the secret key again from Stripe, Developers, API keys"),
        )
    if status == 403:
        if code == "account_invalid":
            return KeyRejected("account", _("Stripe: {text}").format(text=text))
        return PermissionMissing(missing_permission(str(body.get("message") or "")))
    if status == 429:
        return StripeFailure(
            "rate-limited",
            _("Stripe refuses more requests at the moment (rate limit)"),
            _("run the same command again in a minute"),
        )
    if status >= 500:
        return StripeFailure(
            "server-error",
            _("Stripe answered with the error {status}").format(status=status),
            _("look at status.stripe.com, then run the same command again"),
        )
    if status in (400, 404, 409) and body:
        return StripeFailure(
            "not-found" if status == 404 else "bad-request", _("Stripe refused: {text}").format(text=text)
        )
    return unexpected(_("the status {status}").format(status=status))


def publishable() -> KeyRejected:
    """The key is one that is meant for browsers."""
    return KeyRejected(
        "publishable",
        _("STRIPE_SECRET_KEY holds a publishable key (pk_…), which may not read anything"),
        _("put the secret key (sk_…) or a restricted key (rk_…) there"),
    )


def malformed() -> KeyRejected:
    """The key cannot be one, and cannot be sent either: HTTP has no room for its characters."""
    return KeyRejected(
        "key-invalid",
        _("STRIPE_SECRET_KEY holds characters that no key has (a line break, a blank, an accent)"),
        _("copy the secret key again from Stripe, Developers, API keys"),
    )


def unexpected(came: str | UnexpectedResponse, asked: str = "Stripe") -> StripeFailure:
    """An answer that Stripe does not give; a proxy or a captive portal may stand in between."""
    odd = came if isinstance(came, UnexpectedResponse) else UnexpectedResponse(asked, came)
    return StripeFailure(UNEXPECTED, odd.message, odd.hint)


def unreachable(text: str, seconds: float) -> StripeFailure:
    """Nobody answered; `text` is what the HTTP client says about it."""
    low = text.lower()
    if "certificate" in low or "ssl" in low:
        reason = _("no secure connection to Stripe could be made (certificate)")
    elif "timed out" in low or "timeout" in low:
        reason = _("Stripe did not answer within {seconds} s").format(seconds=f"{seconds:g}")
    elif any(word in low for word in ("name or service", "getaddrinfo", "resolve", "nodename")):
        reason = _("the address of Stripe could not be found (DNS)")
    elif "refused" in low:
        reason = _("nothing listens at the address of Stripe")
    else:
        reason = _("no connection to Stripe")
    return StripeFailure("unreachable", reason, _("is the network there? a proxy set?"))


def _error_of(body: object) -> Mapping[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
