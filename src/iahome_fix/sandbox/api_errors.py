"""The error answers of a Supabase project's gateway and of PostgREST 14 and 16, as clients meet them."""

from __future__ import annotations

import json
import re
from typing import Any

from iahome_fix.sandbox.loopback import Response, json_response


def _refused(status: int, message: str, hint: str) -> Response:
    return json_response(status, {"message": message, "hint": hint})


# From the gateway: no `code`.
NO_KEY = _refused(401, "No API key found in request", "No `apikey` request header or url param was found.")
INVALID_KEY = _refused(401, "Invalid API key", "Double check your Supabase `anon` or `service_role` API key.")
UNREGISTERED_KEY = _refused(
    401, "Unregistered API key", "Double check the provided API key as it is not registered for this project."
)
LEGACY_DISABLED = _refused(
    401, "Legacy API keys are disabled", "Use the publishable and secret API keys of the project instead."
)
SECRET_IN_BROWSER = _refused(
    401, "Forbidden use of secret API key in browser", "Secret API keys can only be used on a server."
)
ROOT_FORBIDDEN = _refused(
    403,
    "Access to schema is forbidden",
    "Accessing the schema via the Data API is only allowed using a secret API key.",
)
NO_ROUTE = json_response(404, {"message": "no Route matched with those values"})
NO_UPSTREAM = json_response(502, {"message": "An invalid response was received from the upstream server"})
PAUSED = Response(540, b"Project paused\n", {"Content-Type": "text/plain; charset=utf-8"})


def _postgrest(status: int, code: str, message: str, hint: str | None = None) -> Response:
    document = {"code": code, "details": None, "hint": hint, "message": message}
    return json_response(status, document, {"Proxy-Status": f"PostgREST; error={code}"})


def missing_table(table: str, alike: str | None) -> Response:
    """The table is not in the schema snapshot; `alike` is a table that may be meant."""
    hint = f"Perhaps you meant the table 'public.{alike}'" if alike else None
    return _postgrest(404, "PGRST205", f"Could not find the table 'public.{table}' in the schema cache", hint)


def missing_column(table: str, column: str) -> Response:
    """The payload names a column that is not in the schema snapshot."""
    message = f"Could not find the '{column}' column of '{table}' in the schema cache"
    return _postgrest(400, "PGRST204", message)


def wrong_path() -> Response:
    """More than a table's name follows the base path."""
    return _postgrest(404, "PGRST125", "Invalid path specified in request URL")


def needs_where(method: str) -> Response:
    """The platform refuses to change every row of a table."""
    verb = "DELETE" if method == "DELETE" else "UPDATE"
    return _postgrest(400, "21000", f"{verb} requires a WHERE clause")


def like_version_14(response: Response, detail: bytes) -> Response:
    """An error of PostgREST 12 as version 14 words it; `detail` is the body that describes the error."""
    try:
        document = json.loads(detail)
    except ValueError:
        return response
    if not isinstance(document, dict) or "code" not in document:
        return response
    status, document = _reworded(response.status, document)
    headers = {**response.headers, "Proxy-Status": f"PostgREST; error={document['code']}"}
    return Response(status, json.dumps(document).encode() if response.body else b"", headers)


def like_version_16(response: Response) -> Response:
    """An error without `details` and `hint` (PostgREST 16, client-error-verbosity = minimal)."""
    try:
        document = json.loads(response.body)
    except ValueError:
        return response
    if response.status < 400 or not isinstance(document, dict) or "code" not in document:
        return response
    kept = {name: document[name] for name in ("code", "message") if name in document}
    return Response(response.status, json.dumps(kept).encode(), response.headers)


def _reworded(status: int, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    code, message = document["code"], str(document.get("message"))
    if code == "PGRST301":
        if message == "JWT expired":
            return status, {**document, "code": "PGRST303"}
        parts = re.search(r"Expected 3 parts; got (\d+)", message)
        if parts:
            return status, {**document, "message": f"Expected 3 parts in JWT; got {parts[1]}"}
        if "JWSInvalidSignature" in message:
            return status, {**document, "message": "No suitable key or wrong key type"}
    if code == "22023" and message.startswith("role "):
        return 401, document
    return status, document
