"""Fresh databases of every regime and content on one server, copied from templates built when needed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict

from iahome_fix import sql
from iahome_fix.sandbox.supabase import Regime, prepare_supabase
from iahome_fix.systems.embedded.databases import Databases, execute_written
from iahome_fix.systems.embedded.dsn import dsn_with

Content = Literal["empty", "iahome", "awkward"]

_LOADED: dict[Content, tuple[str, ...]] = {
    "empty": (),
    "iahome": ("sandbox/iahome",),
    "awkward": ("sandbox/iahome", "sandbox/awkward"),
}

_LOGINS = frozenset(
    {"postgres", "authenticator", "supabase_admin", "supabase_auth_admin", "supabase_read_only_user"}
)
"""The roles of sql/sandbox/roles.sql that log in."""


class MakeDatabase(Protocol):
    """Makes a database and returns its URL as `postgres`."""

    def __call__(self, regime: Regime = "since", template: Content = "iahome") -> str: ...


class DatabaseFactory:
    """Makes databases on a server given by a superuser's DSN, and drops what it made.

    `empty` is a Supabase project without tables, `iahome` has the app's tables without rows (and without
    module_access), `awkward` has the data of sql/sandbox/awkward.sql as well.
    """

    def __init__(self, superuser_dsn: str, databases: Databases | None = None) -> None:
        """`databases`: of the server, where it has one."""
        self._superuser_dsn = superuser_dsn
        self._databases = databases or Databases(lambda: superuser_dsn)
        self._prefix = f"iahf_{secrets.token_hex(4)}"
        self._templates: dict[tuple[Regime, Content], str] = {}
        self._filled: dict[tuple[Regime, str], str] = {}
        self._made: list[str] = []

    def create(self, regime: Regime = "since", template: Content = "iahome") -> str:
        """A fresh database; its URL as `postgres`, the password (if any) being the superuser's."""
        source = self._template(regime, template)
        name = f"{self._prefix}_{secrets.token_hex(4)}"
        self._create(name, source)
        return dsn_with(self._superuser_dsn, user="postgres", database=name)

    def copy(self, name: str, fill: Callable[[str], None], regime: Regime = "since") -> str:
        """A fresh copy of a database that `fill` makes of content `iahome`, the first time it is asked for.

        `name` is what it goes by; the URL is as `postgres`.
        """
        source = self._filled.get((regime, name))
        if source is None:
            fill(source := self.create(regime))
            self._filled[regime, name] = source
        copied = f"{self._prefix}_{secrets.token_hex(4)}"
        self._create(copied, str(conninfo_to_dict(source)["dbname"]))
        return dsn_with(source, database=copied)

    def superuser(self, dsn: str) -> str:
        """The URL of the same database as the server's superuser."""
        return dsn_with(self._superuser_dsn, database=str(conninfo_to_dict(dsn)["dbname"]))

    def drop(self, dsn: str) -> None:
        """Drop one database that this factory made."""
        self._drop(str(conninfo_to_dict(dsn)["dbname"]))

    def close(self) -> None:
        """Drop everything that this factory made, templates included. The roles stay."""
        for name in list(self._made):
            self._drop(name)
        self._templates.clear()
        self._filled.clear()
        self._databases.close()

    def _template(self, regime: Regime, content: Content) -> str:
        known = self._templates.get((regime, content))
        if known is not None:
            return known
        name = f"{self._prefix}_{regime}_{content}"
        self.build(name, regime, content)
        self._templates[regime, content] = name
        return name

    def build(self, name: str, regime: Regime, content: Content) -> str:
        """A database of that name, built and not copied; its URL as `postgres`."""
        self._create(name, None)
        superuser = dsn_with(self._superuser_dsn, database=name)
        prepare_supabase(superuser, regime)
        self._set_passwords(superuser)
        with psycopg.connect(dsn_with(superuser, user="postgres")) as connection:
            for file in _LOADED[content]:
                connection.execute(sql.load(file).encode())
        return dsn_with(superuser, user="postgres")

    def _set_passwords(self, superuser: str) -> None:
        """Where the server asks for passwords, the roles that log in share the superuser's."""
        parts = conninfo_to_dict(superuser)
        if not parts.get("password"):
            return
        with psycopg.connect(superuser) as connection:
            for role in sorted(_LOGINS - {str(parts.get("user"))}):
                values = {"role": role, "password": str(parts["password"])}
                execute_written(connection, "sandbox/role_password", values)

    def _create(self, name: str, template: str | None) -> None:
        self._databases.create(name, template)
        self._made.append(name)

    def _drop(self, name: str) -> None:
        self._databases.drop(name)
        self._made.remove(name)
