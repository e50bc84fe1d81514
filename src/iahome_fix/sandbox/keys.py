"""API keys and tokens as Supabase has them, made at random for the sandbox: signs and reads HS256 JWTs."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

_TEN_YEARS = 10 * 365 * 24 * 3600


def sign(claims: dict[str, Any], secret: str) -> str:
    """A JWT signed with HS256."""
    head = _part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = _part(json.dumps(claims).encode())
    return f"{head}.{body}.{_part(_mac(f'{head}.{body}', secret))}"


def read(token: str, secret: str) -> dict[str, Any] | None:
    """The claims of a JWT with a right signature that is not expired, otherwise None."""
    signed, _dot, signature = token.rpartition(".")
    try:
        if not hmac.compare_digest(_whole(signature), _mac(signed, secret)):
            return None
        claims = json.loads(_whole(signed.partition(".")[2]))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(claims, dict) or claims.get("exp", time.time() + 1) < time.time():
        return None
    return claims


def legacy_key(role: str, ref: str, secret: str) -> str:
    """An `anon` or `service_role` key: a JWT that lives ten years."""
    now = int(time.time())
    return sign({"iss": "supabase", "ref": ref, "role": role, "iat": now, "exp": now + _TEN_YEARS}, secret)


def opaque_key(kind: str) -> str:
    """A `publishable` or `secret` key of the newer form; it says nothing about the project."""
    return f"sb_{kind}_{_random(22)}_{_random(8)}"


def project_ref() -> str:
    """A project's name: twenty lower-case letters."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _letter in range(20))


def _random(length: int) -> str:
    return secrets.token_urlsafe(length)[:length]


def _mac(text: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _whole(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
