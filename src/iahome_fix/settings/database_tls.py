"""How a database is reached: one that is not on this machine over TLS, or not at all.

libpq's own default (sslmode=prefer) falls back to clear text without a word, where the server, or somebody in
between, offers no TLS. What the operator wrote is kept, and said where it allows that fall-back.

Sources: PostgreSQL, "libpq: SSL Support" and "The Connection Service File"; Supabase, "Postgres SSL
Enforcement".
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iahome_fix.i18n import _

_WEAK = ("disable", "allow", "prefer")


@dataclass(frozen=True)
class Transport:
    """How a database is reached.

    Attributes:
        options: connection parameters to set beside those of the URL.
        warning: what the operator chose and should know, a sentence without any part of the URL; or None.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    warning: str | None = None


def transport(
    dsn: str,
    environ: Mapping[str, str],
    read: Callable[[Path], str | None] | None = None,
) -> Transport:
    """How the database of a connection string is reached.

    Args:
        dsn: as libpq takes it; one that it cannot read needs nothing, since it is not used.
        environ: for libpq's own variables (PGHOST, PGSSLMODE, …).
        read: gives the text of a service file, None where there is none; reads the file if not given.
    """
    given = _parameters(dsn, environ, read or _text_of)
    if given is None or _is_on_this_machine(given):
        return Transport()
    mode = given.get("sslmode") or ("require" if environ.get("PGREQUIRESSL", "").startswith("1") else "")
    if mode in _WEAK:
        return Transport({}, _weakness(mode))
    options = {} if given.get("gssencmode") else {"gssencmode": "disable"}
    if not mode:
        # "require" checks no name: who names a certificate wants to know whom the password is sent to.
        options["sslmode"] = "verify-full" if given.get("sslrootcert") else "require"
    return Transport(options)


def is_loopback(host: str) -> bool:
    """Whether a host, as libpq takes it, is this machine: a folder of sockets, `localhost`, 127.0.0.0/8, ::1.

    A name that only resolves to this machine is not: another network resolves it otherwise.
    """
    if not host or host.startswith(("/", "@")) or host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_on_this_machine(given: Mapping[str, str]) -> bool:
    """Every host that may be tried; an address counts more than the name that stands for it."""
    hosts = given.get("host", "").split(",")
    addresses = given.get("hostaddr", "").split(",")
    count = max(len(hosts), len(addresses))
    hosts += [""] * (count - len(hosts))
    addresses += [""] * (count - len(addresses))
    return all(is_loopback(address or host) for host, address in zip(hosts, addresses, strict=True))


def _weakness(mode: str) -> str:
    if mode == "disable":
        return _(
            "sslmode=disable: the database is not on this machine, and the password and all rows go to it in"
            " clear text"
        )
    return _(
        "sslmode={mode}: the database is not on this machine, and where it offers no TLS, or somebody in"
        " between says so, the password and all rows go to it in clear text"
    ).format(mode=mode)


def _parameters(
    dsn: str, environ: Mapping[str, str], read: Callable[[Path], str | None]
) -> dict[str, str] | None:
    """The parameters as libpq puts them together: the string, then the service, then the environment."""
    from psycopg import Error, pq
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = {name: str(text) for name, text in conninfo_to_dict(dsn).items() if text}
    except (Error, ValueError):
        return None
    variables = {o.keyword.decode(): o.envvar.decode() for o in pq.Conninfo.get_defaults() if o.envvar}
    outside = {name: environ[envvar] for name, envvar in variables.items() if environ.get(envvar)}
    service = given.get("service") or outside.get("service")
    of_service = _service(service, given.get("servicefile"), environ, read) if service else {}
    return {**outside, **of_service, **given}


def _service(
    name: str, file: str | None, environ: Mapping[str, str], read: Callable[[Path], str | None]
) -> dict[str, str]:
    """What the connection service file says of a service; the first file that knows it."""
    named = file or environ.get("PGSERVICEFILE")
    files = [Path(named)] if named else [_own_folder(environ) / ".pg_service.conf"]
    if environ.get("PGSYSCONFDIR"):
        files.append(Path(environ["PGSYSCONFDIR"]) / "pg_service.conf")
    for path in files:
        found: dict[str, str] | None = None
        for line in (read(path) or "").splitlines():
            text = line.strip()
            if text.startswith("["):
                if found is not None:
                    break
                found = {} if text == f"[{name}]" else None
            elif found is not None and not text.startswith("#") and "=" in text:
                key, _equals, value = text.partition("=")
                found.setdefault(key.strip(), value.strip())
        if found is not None:
            return found
    # The default of libpq's build may know it: nobody can tell where it leads.
    return {"host": "?"}


def _own_folder(environ: Mapping[str, str], system: str = os.name) -> Path:
    """Where libpq looks for what is a user's own."""
    if system == "nt":
        return Path(environ.get("APPDATA", "")) / "postgresql"
    return Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - Path's own raises without one


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    except OSError:
        return None
