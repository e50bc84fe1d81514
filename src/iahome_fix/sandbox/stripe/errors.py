"""Error answers in Stripe's own form: status, headers and the `error` object.

The wording is Stripe's, because the programs under test read it. Sources: the error samples kept beside the
API facts, and public issue threads where one is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe.keys import PERMISSIONS, shortened, starred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.sandbox.stripe.trouble import Trouble

_HELP = "Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
# The sample of a 429 is the one error with a code and without a link.
_WITHOUT_LINK = frozenset({"rate_limit"})


class ApiError(Exception):
    """An answer that is not a success. `error` is the content of the body's only member."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.error: dict[str, str] = {"message": message, "type": kind}
        if code:
            self.error["code"] = code
            if code not in _WITHOUT_LINK:
                self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.error["param"] = param

    @property
    def body(self) -> dict[str, Any]:
        return {"error": dict(self.error)}


def no_key() -> ApiError:
    return ApiError(
        401,
        "You did not provide an API key. You need to provide your API key in the Authorization header, using "
        "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        headers={"WWW-Authenticate": 'Basic realm="Stripe"'},
    )


def invalid_key(value: str) -> ApiError:
    return ApiError(401, f"Invalid API Key provided: {starred(value)}")


def expired_key(value: str) -> ApiError:
    return ApiError(401, f"Expired API Key provided: {starred(value)}", code="api_key_expired")


def publishable_key() -> ApiError:
    """Status 403 as seen in SiimKirjanen/seatreg#97 and getlago/lago-api#3650."""
    return ApiError(
        403,
        "This API call cannot be made with a publishable API key. Please use a secret API key. You can find "
        "a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        code="secret_key_required",
    )


def missing_permission(key: str, permission: str, account: str) -> ApiError:
    """The wording of 2026-09 (stripe/stripe-cli#2017), which names the permission's slug in quotes."""
    return ApiError(
        403,
        f"The provided key '{shortened(key)}' does not have the required permissions for this endpoint on "
        f"account '{account}'. Enabling {PERMISSIONS[permission]} ('{permission}') permissions on this key "
        "would allow this request to continue. You can edit permissions at "
        f"https://dashboard.stripe.com/b/{account}?destination=%2Fapikeys",
    )


def other_account(key: str, account: str) -> ApiError:
    return ApiError(
        403,
        f"The provided key '{shortened(key)}' does not have access to account '{account}' (or that account "
        "does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


def unknown_url(method: str, path: str) -> ApiError:
    return ApiError(404, f"Unrecognized request URL ({method}: {path}). {_HELP}")


def missing_resource(
    noun: str, value: str, param: str, *, status: int = 404, other_mode: str | None = None
) -> ApiError:
    """`noun` is Stripe's word for the resource; `other_mode` is the mode in which the id does exist."""
    message = f"No such {noun}: '{value}'"
    if other_mode:
        used = "test" if other_mode == "live" else "live"
        message += f"; a similar object exists in {other_mode} mode, but a {used} mode key was used to make"
        message += " this request."
    return ApiError(status, message, code="resource_missing", param=param)


def missing_param(name: str) -> ApiError:
    return ApiError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def unknown_param(name: str) -> ApiError:
    return ApiError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def empty_param(name: str) -> ApiError:
    return ApiError(
        400,
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{name}' cannot be unset.",
        code="parameter_invalid_empty",
        param=name,
    )


def bad_param(message: str, param: str, code: str | None = None) -> ApiError:
    return ApiError(400, message, code=code, param=param)


def endpoint_limit(limit: int, *, livemode: bool) -> ApiError:
    """No code here: clients match on the text (getlago/lago-api#2154, PostHog/posthog#83460)."""
    what = "webhook endpoints" if livemode else "test webhook endpoints"
    return ApiError(400, f"You have reached the maximum of {limit} {what}.")


def reused_key(value: str) -> ApiError:
    return ApiError(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{value}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def key_in_use(value: str) -> ApiError:
    return ApiError(
        409,
        f"There is currently another in-progress request using this Idempotent Key: {value}.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def rate_limited(trouble: Trouble) -> ApiError:
    return ApiError(
        429,
        "Request rate limit exceeded. You can learn more about rate limits at https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        headers={"Stripe-Rate-Limited-Reason": "endpoint-rate", **trouble.retry_header},
    )


def broken(status: int, trouble: Trouble) -> ApiError:
    """An answer that the stand-in was told to fail with."""
    kind = "api_error" if status >= 500 else "invalid_request_error"
    return ApiError(status, "An unknown error occurred", kind=kind, headers=trouble.retry_header)
