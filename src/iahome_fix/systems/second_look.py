"""A second look at a database URL that gave no session: what its form, the name service and the project say.

Sources: Supabase, "Connect to your database": direct hosts are IPv6 only and their user is `postgres`; the
shared pooler is IPv4 only and its user is postgres.<ref>. A paused project has no address, and the pooler
does not know it: only the Management API tells that from a typing error.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import supabase_hosts
from iahome_fix.i18n import N_, _
from iahome_fix.settings.kinds import Kind, kind_of
from iahome_fix.systems.database_errors import DatabaseUnreachable

if TYPE_CHECKING:
    from iahome_fix.systems.management_http import ManagementApi

_TEMPORARY = N_(
    "the password is an access token: that works while temporary access is on for the project"
    " (PostgreSQL 17.6.1.081 or newer), its owner may use this role and the token has not ended; on"
    " the pooler with options=-c%20jit%3Dtrue in the database URL. The server distinguishes none of"
    " these from a wrong password: the role's own password (Supabase, Connect) settles it"
)
_ASK_THE_PROJECT = ("dns", "tenant", "timeout", "refused", "closed", "starting", "stopping")


@dataclass(frozen=True)
class Where:
    """Where a session was asked for; never the password.

    Attributes:
        host: a name, an address or a folder of sockets.
        user: as it was given; the shared pooler reads the project from it.
        by_token: the password looks like a personal access token (temporary access).
    """

    host: str
    user: str
    by_token: bool = False

    @classmethod
    def of(cls, dsn: str) -> Where:
        """Host and user of a connection string; empty where it cannot be read."""
        from psycopg import Error
        from psycopg.conninfo import conninfo_to_dict

        try:
            parts = conninfo_to_dict(dsn)
        except (Error, ValueError):
            return cls("", "")
        password = str(parts.get("password") or "")
        return cls(
            str(parts.get("host") or "").lower(),
            str(parts.get("user") or ""),
            kind_of(password) is Kind.MANAGEMENT,
        )

    @property
    def direct_ref(self) -> str | None:
        """The project of a direct host, `db.<ref>.supabase.co`."""
        match = supabase_hosts.DIRECT.fullmatch(self.host)
        return match[1] if match else None

    @property
    def is_pooler(self) -> bool:
        """Whether it is Supabase's shared pooler."""
        return self.host.endswith(".pooler.supabase.com")

    @property
    def names_project(self) -> bool:
        """Whether the user has the form that the shared pooler needs."""
        return re.fullmatch(r"[^.]+\.[a-z0-9]+", self.user) is not None


def has_address(host: str) -> bool:
    """Whether the name service of this network knows the host."""
    try:
        return bool(socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM))
    except OSError:
        return False


def second_look(
    failure: DatabaseUnreachable,
    where: Where,
    *,
    api: ManagementApi | None = None,
    known: Callable[[str], bool] = has_address,
) -> DatabaseUnreachable:
    """The failure, or a more exact one.

    Args:
        failure: what the client library's words said.
        where: host and user of the database URL.
        api: the project on the Management API, where there is a token.
        known: whether a host has an address.
    """
    if failure.reason == "tenant" and where.is_pooler and not where.names_project:
        return DatabaseUnreachable(
            "tenant",
            _("the user of the database URL does not name the project, which the pooler needs"),
            _(
                "the pooler's user is postgres.<project ref>: copy the connection string again from"
                " Supabase, Connect"
            ),
        )
    if failure.reason == "password" and where.direct_ref and where.names_project:
        return DatabaseUnreachable(
            "password",
            _("{host} knows no user of the form postgres.<project ref>").format(host=where.host),
            _("on the direct host the user is postgres; the longer form is for the pooler"),
        )
    if failure.reason == "password" and where.by_token:
        return DatabaseUnreachable("password", failure.message, _(_TEMPORARY))
    if api is not None and failure.reason in _ASK_THE_PROJECT:
        said = _by_project(failure, api)
        if said is not None:
            return said
    if failure.reason == "dns" and where.direct_ref and known(f"{where.direct_ref}.supabase.co"):
        # The project has an address, its database host none that this network can use.
        return DatabaseUnreachable(
            "ipv6",
            _("{host} is reachable over IPv6 only, and this network has none").format(host=where.host),
            _("use the session pooler's connection string (Supabase, Connect)"),
        )
    return failure


def _by_project(failure: DatabaseUnreachable, api: ManagementApi) -> DatabaseUnreachable | None:
    """What the project itself says about a host that is silent, gone or not known; None for nothing new."""
    state = api.status()
    if state is not None and not state.startswith("ACTIVE"):
        return api.by_status(state)
    if failure.reason != "refused" or not api.bans():
        return None
    return DatabaseUnreachable(
        "banned",
        _("the project refuses addresses after wrong passwords, perhaps this machine's"),
        _("lift the ban in Supabase (Database settings, Network bans), then use the right password"),
    )
