"""Judges the variables of Supabase by their look (failures F01 to F04 of the catalogue)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix import supabase_hosts
from iahome_fix.i18n import _
from iahome_fix.settings import database_address, names
from iahome_fix.settings.kinds import Kind, jwt_payload, kind_of
from iahome_fix.settings.model import clean
from iahome_fix.settings.stains import (
    Stain,
    around,
    failing,
    is_placeholder,
    missing,
    placeholder,
    warning,
    wrong_kind,
)
from iahome_fix.settings.web_address import has_more_than_a_host, is_local_name, is_loopback_literal, split

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.settings.model import Value

_SOON = 60 * 86_400
"""Seconds before its end from which on a key is warned of."""
_SAMPLE_LABEL = re.compile(
    r"(?:your|votre)(?:[-_].*|(?:project|projet|supabase|domain|app|ref).*)|(?:replace|remplace)(?:[-_].*|me|z)?"
    r"|my[-_]project.*|project[-_](?:ref|id)|example|placeholder|<.*>"
)
_CROSSED_OUT = re.compile(r"x{3,}")
_NOT_THE_API = re.compile(r"(?:.+\.)?supabase\.com|db\..+\.supabase\.co")


def supabase_url(value: Value | None) -> tuple[Stain, ...]:
    """The project's address: `https://<ref>.supabase.co` or a custom domain, no path; http on loopback."""
    if value is None or value.is_blank:
        return (missing(names.SUPABASE_URL, value),)
    return (*around(names.SUPABASE_URL, value), *_supabase_url(value))


def _supabase_url(value: Value) -> tuple[Stain, ...]:
    text = clean(value.text)
    kind = kind_of(text)
    if kind is not None and kind is not Kind.WEB:
        return (wrong_kind(value, kind),)
    url = split(text)
    labels = url.hostname.split(".") if url and url.hostname else []
    if is_placeholder(text) or any(_is_sample_label(label) for label in labels):
        return (placeholder(value),)
    if url is None or not labels:
        return (failing("not-a-url", _("{name} is not a web address starting with https://."), value),)
    host = url.hostname or ""
    if _NOT_THE_API.fullmatch(host):
        sentence = _("{name} is not the address of the project's API, which is https://<ref>.supabase.co.")
        return (failing("wrong-kind", sentence, value),)
    found = []
    if url.scheme == "http" and not (is_local_name(host) or is_loopback_literal(host)):
        found.append(failing("not-https", _("{name} must start with https://."), value))
    if has_more_than_a_host(url):
        found.append(
            failing("has-path", _("{name} must end after the host; the app adds the path itself."), value)
        )
    if host.endswith(".supabase.co") and not supabase_hosts.REF.fullmatch(host.removesuffix(".supabase.co")):
        sentence = _(
            "{name} does not name a project the usual way (20 letters or digits before .supabase.co)."
        )
        found.append(warning("unknown-shape", sentence, value))
    return tuple(found)


def service_role_key(value: Value | None, ref: str | None, now: datetime) -> tuple[Stain, ...]:
    """The key of the app's server: a JWT with role service_role, or `sb_secret_`.

    Args:
        value: the variable.
        ref: the project of the Supabase URL, if known.
        now: for the expiry of a JWT; with a time zone.
    """
    if value is None or value.is_blank:
        return (missing(names.SERVICE_KEY, value),)
    text = clean(value.text)
    found = list(around(names.SERVICE_KEY, value))
    kind = kind_of(text)
    if is_placeholder(text):
        found.append(placeholder(value))
    elif kind is Kind.SUPABASE_PUBLISHABLE:
        sentence = _("{name} holds the publishable key, which may do no more than a visitor.")
        found.append(failing("anon-role", sentence, value))
    elif kind is Kind.JWT:
        role = (jwt_payload(text) or {}).get("role")
        if role == "anon":
            sentence = _("{name} holds the anon key, which may do no more than a visitor.")
            found.append(failing("anon-role", sentence, value))
        elif role != "service_role":
            found.append(
                failing("wrong-kind", _("{name} holds a JWT that is not a service role key."), value)
            )
        found += _jwt_stains(value, text, ref, now)
    elif kind is None:
        found.append(warning("unknown-shape", _("{name} does not look like a Supabase key."), value))
    elif kind is not Kind.SUPABASE_PRIVATE:
        found.append(wrong_kind(value, kind))
    return tuple(found)


def anon_key(value: Value | None, ref: str | None, now: datetime) -> tuple[Stain, ...]:
    """The key of the visitors: a JWT with role anon, or `sb_publishable_`. Same arguments as above."""
    if value is None or value.is_blank:
        return (missing(names.ANON_KEY, value),)
    text = clean(value.text)
    found = list(around(names.ANON_KEY, value))
    kind = kind_of(text)
    role = (jwt_payload(text) or {}).get("role")
    if is_placeholder(text):
        found.append(placeholder(value))
    elif kind is Kind.SUPABASE_PRIVATE or role == "service_role":
        sentence = _("{name} holds the secret key of the server.")
        if names.is_public(value.source.name):
            sentence = _("The secret key is in a public variable ({name}): every visitor can read it.")
        found.append(failing("secret-in-public", sentence, value))
        if kind is Kind.JWT:
            found += _jwt_stains(value, text, ref, now)
    elif kind is Kind.JWT:
        if role != "anon":
            found.append(failing("wrong-kind", _("{name} holds a JWT that is not an anon key."), value))
        found += _jwt_stains(value, text, ref, now)
    elif kind is None:
        found.append(warning("unknown-shape", _("{name} does not look like a Supabase key."), value))
    elif kind is not Kind.SUPABASE_PUBLISHABLE:
        found.append(wrong_kind(value, kind))
    return tuple(found)


def _jwt_stains(value: Value, text: str, ref: str | None, now: datetime) -> list[Stain]:
    claims = jwt_payload(text) or {}
    found = []
    theirs = claims.get("ref")
    if ref and isinstance(theirs, str) and theirs and theirs != ref:
        sentence = _("{name} belongs to another project than the Supabase URL.")
        found.append(failing("other-project", sentence, value))
    end = claims.get("exp")
    if isinstance(end, int | float) and not isinstance(end, bool) and end <= now.timestamp():
        found.append(failing("expired", _("{name} has expired."), value))
    elif isinstance(end, int | float) and not isinstance(end, bool) and end <= now.timestamp() + _SOON:
        days = int((end - now.timestamp()) // 86_400) + 1
        sentence = _("{name} expires within {days} days: make its successor before that.")
        found.append(Stain("expires-soon", "warn", sentence.format(name=value.source.name, days=days)))
    return found


def access_token(value: Value | None) -> tuple[Stain, ...]:
    """The token for the Management API: `sbp_…`. It may be absent; only this tool reads it."""
    if value is None or value.is_blank:
        return ()
    text = clean(value.text)
    found = list(around(names.MANAGEMENT_KEY, value, "warn"))
    kind = kind_of(text)
    if is_placeholder(text):
        found.append(placeholder(value))
    elif kind is None:
        found.append(warning("wrong-prefix", _("{name} does not start with sbp_."), value))
    elif kind is not Kind.MANAGEMENT:
        found.append(wrong_kind(value, kind))
    return tuple(found)


def database_url(value: Value | None, ref: str | None) -> tuple[Stain, ...]:
    """The address of the database, and whether it is that of the project `ref`. It may be absent."""
    if value is None or value.is_blank:
        return ()
    text = clean(value.text)
    stains = around(names.DATABASE_URL, value, "warn")
    # White space belongs into `host=… dbname=…`.
    found = [s for s in stains if s.code != "white-space" or kind_of(text) is Kind.DATABASE]
    problem = database_address.problem(text, lost=value.lost)
    if problem:
        found.append(Stain(problem.code, "fail", problem.sentence))
        return tuple(found)
    address = database_address.parse(text)
    if ref and address and address.ref and address.ref != ref:
        sentence = _("{name} belongs to another project than the Supabase URL.")
        found.append(failing("other-project", sentence, value))
    return tuple(found)


def _is_sample_label(label: str) -> bool:
    """Whether a part of a host name is one that a person was meant to replace. A real project id never is."""
    if _CROSSED_OUT.fullmatch(label):
        return True
    return not supabase_hosts.REF.fullmatch(label) and _SAMPLE_LABEL.fullmatch(label) is not None
