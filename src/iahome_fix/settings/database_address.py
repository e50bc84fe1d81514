"""Understands the address of the database: a `postgres://` URL or libpq's `host=… dbname=…`.

libpq itself (through psycopg, without a connection) reads the address, so the tool judges what it will use.
The exceptions of libpq quote the password and never leave this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from iahome_fix import supabase_hosts
from iahome_fix.i18n import _

_OTHER_SCHEME = re.compile(r"(?!postgres(?:ql)?://)[A-Za-z][A-Za-z0-9+.-]*://")
_URL = re.compile(r"(?P<scheme>postgres(?:ql)?://)(?P<rest>.*)", re.DOTALL)
# How libpq divides the rest; a password with an unencoded "@", "/" or blank does not fit.
_REST = re.compile(
    r"(?P<main>(?:(?P<credentials>[^@/\s]*)@)?(?P<hosts>[^@/?\s]*)(?:/[^@?\s]*)?)(?:\?(?P<parameters>\S*))?"
)
_SPECIAL = re.compile(r"[@/\s]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CODES = "@ = %40, / = %2F, % = %25, ' ' = %20"
_PLACEHOLDER = re.compile(
    r"(?i)(?<![^:/@='\s.])"
    r"(?:\[[a-z]+(?:[-_ ][a-z]+)*\]|<[^<>@]*>|x{4,}|\*{3,}"
    r"|(?:your|votre)[-_](?:[a-z]+[-_])*(?:password|passe|host|ref))"
    r"(?![^:/@'\s.])"
)
# In an address that cannot be read: the host at its end, behind the last "@" that can precede one.
_PLACE = re.compile(
    r"(?i)@(?:db\.(?P<ref>[a-z0-9]+)\.supabase\.co|[a-z0-9-]+(?P<pooler>\.pooler\.supabase\.com)"
    r"|(?P<local>localhost|127\.0\.0\.1))(?=[:/?]|\Z)(?!.*@)"
)
_POOLER_USER_IN = re.compile(r"(?i)postgres(?:ql)?://[a-z_]+\.([a-z0-9]+):")
_OURS = re.compile(r"(?:.+\.)?supabase\.(?:co|com)|localhost|127\.0\.0\.1|::1")
_POOLER_USER = re.compile(r"[^.]+\.([a-z0-9]+)")


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a database is. Holds no password and, of the user, only the project that it names.

    Attributes:
        label: `host:port/dbname`, for showing.
        ref: the Supabase project, or None for a host that is not Supabase's.
    """

    label: str
    ref: str | None


@dataclass(frozen=True)
class AddressProblem:
    """What is wrong with an address: a stable word and a sentence without any part of the address."""

    code: str
    sentence: str


def problem(text: str, *, lost: bool = False) -> AddressProblem | None:
    """What keeps the address from being used, or None. `lost`: the env file turned a `$` of it into nothing,
    so what is left of a password may look like a placeholder.

    An unencoded `@`, `/`, `%` or blank in the password makes libpq divide the URL in the wrong place; its
    own message then blames the host or the port.
    """
    if _OTHER_SCHEME.match(text):
        return AddressProblem("wrong-kind", _("The database address does not start with postgresql://."))
    if _holds_placeholder(text):
        if lost:
            sentence = _(
                "A $ in the database address was read as a variable that is set nowhere, and became nothing:"
                " write \\$ for a plain $, or %24."
            )
            return AddressProblem("lost-dollar", sentence)
        return AddressProblem("placeholder", _("The database address still holds a placeholder."))
    if _is_unencoded(text):
        sentence = _("The password in the database address must be percent-encoded ({codes}).")
        return AddressProblem("unencoded-password", sentence.format(codes=_CODES))
    parts = _parts(text)
    if not parts:
        return AddressProblem("not-a-url", _("The database address cannot be read as a PostgreSQL address."))
    ports = parts.get("port", "").split(",")
    if not all(port.isdecimal() and 0 < int(port) < 65536 for port in ports if port):
        return AddressProblem("not-a-url", _("The port in the database address is not a port number."))
    return None


def _holds_placeholder(text: str) -> bool:
    """A password is one only as a whole: one that merely begins with `xxxx` is a password."""
    url = _URL.fullmatch(text)
    if url is None:
        return _PLACEHOLDER.search(text) is not None
    credentials, _at, rest = url["rest"].rpartition("@")
    user, _colon, password = credentials.partition(":")
    return bool(_PLACEHOLDER.fullmatch(password) or _PLACEHOLDER.search(f"{url['scheme']}{user}@{rest}"))


def parse(text: str) -> DatabaseAddress | None:
    """The address without its credentials; None when `problem` finds one (it could show a password)."""
    if problem(text):
        return None
    parts = _parts(text) or {}
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    shown = f"[{host}]" if ":" in host and not set(host) & set("/\\,") else host
    name = f"/{parts['dbname']}" if parts.get("dbname") else ""
    return DatabaseAddress(f"{shown}:{parts.get('port') or '5432'}{name}", _ref(host, parts.get("user", "")))


@dataclass(frozen=True)
class Place:
    """Where an address leads, as far as it can be told: the project, or the host."""

    ref: str | None
    host: str | None


def place(text: str) -> Place:
    """The place of an address, also of one that cannot be read: there only what is surely no password."""
    parts = {} if problem(text) else _parts(text) or {}
    if parts:
        host = parts.get("host") or parts.get("hostaddr") or "localhost"
        return Place(_ref(host, parts.get("user", "")), host.lower())
    found = _PLACE.search(text)
    if found is None:
        return Place(None, None)
    pooler = _POOLER_USER_IN.match(text) if found["pooler"] else None
    return Place(found["ref"] or (pooler[1] if pooler else None), (found["local"] or "").lower() or None)


def is_supabase(text: str) -> bool:
    """Whether the host is one of Supabase's, or this machine (a local stack); False if it cannot be read."""
    host = (_parts(text) or {}).get("host", "").lower()
    return _OURS.fullmatch(host) is not None


def for_psycopg(text: str) -> str:
    """The address without the URL parameters that libpq refuses (`pgbouncer=true` and others of Prisma)."""
    url = _URL.fullmatch(text)
    rest = _REST.fullmatch(url["rest"]) if url else None
    if url is None or rest is None or not rest["parameters"]:
        return text
    keywords = _keywords()
    parameters = rest["parameters"].split("&")
    kept = "&".join(p for p in parameters if p.partition("=")[0] in keywords or p == "ssl=true")
    return url["scheme"] + rest["main"] + (f"?{kept}" if kept else "")


def _parts(text: str) -> dict[str, str] | None:
    # psycopg takes a third of a second to load: only who has a database address pays for it.
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(for_psycopg(text))
    except (Error, ValueError):
        return None
    return {key: str(value) for key, value in parts.items() if value is not None}


@cache
def _keywords() -> frozenset[str]:
    from psycopg import pq

    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def _is_unencoded(text: str) -> bool:
    """Whether the password of a URL holds a character that must be encoded."""
    url = _URL.fullmatch(text)
    if url is None:
        return False
    rest = _REST.fullmatch(url["rest"])
    # `user:pa/s?s@host`: what looks like a host is the user and the start of the password.
    if rest and "@" in (rest["parameters"] or "") and re.search(r"(?<!:):[^\d:\]]", rest["hosts"]):
        return True
    if rest:
        return _BAD_ESCAPE.search(rest["credentials"] or "") is not None
    credentials = url["rest"].rpartition("@")[0]
    return _SPECIAL.search(credentials.partition(":")[2]) is not None


def _ref(host: str, user: str) -> str | None:
    if direct := supabase_hosts.DIRECT.fullmatch(host.lower()):
        return direct[1]
    if host.lower().endswith(".pooler.supabase.com") and (pooler := _POOLER_USER.fullmatch(user)):
        return pooler[1]
    return None
