"""Who signs in: a login with every claim that its token has, as far as the database knows them.

The claims are those that Supabase Auth gives to every login (Supabase, "JWT Claims Reference"). What a hook
of the project adds, and whether somebody gave a second factor this time, only the token itself knows.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.facts.seen import fact
from iahome_fix.systems.database import Login
from iahome_fix.systems.database_errors import NOT_THERE, SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context

FILES = ("checks/login_claims", "checks/login_factors", "checks/any_factor")
_CUSTOMER = "authenticated"
_SECONDS = 3600
_PASSWORD, _TOTP = "password", "totp"


@dataclass(frozen=True)
class Customer:
    """A customer to look through the eyes of.

    Attributes:
        id: of the profile, which is that of the login.
        email: as the profile has it.
        expected: how many own accesses in force there are.
        modules: how many modules have to be seen at the least.
        login: as what the customer reads.
    """

    id: str
    email: str = field(repr=False)
    expected: int
    modules: int
    login: Login = field(repr=False)


@fact
def samples(ctx: Context) -> tuple[Customer, ...]:
    """A few customers, those with the newest accesses first."""
    rows = ctx.database.read(sql.load("checks/sample_login", ctx.profile))
    logins = logins_of(ctx, [(str(row["id"]), str(row["email"])) for row in rows])
    return tuple(
        Customer(
            str(row["id"]), str(row["email"]), int(row["expected"] or 0), int(row["modules"] or 0), login
        )
        for row, login in zip(rows, logins, strict=True)
    )


@fact
def login_of(ctx: Context, user_id: str, email: str) -> Login:
    """The login of one customer; asked once per run."""
    return logins_of(ctx, [(user_id, email)])[0]


def logins_of(ctx: Context, people: Sequence[tuple[str, str]]) -> tuple[Login, ...]:
    """The logins of customers, given by id and address."""
    ids = {"ids": [user_id for user_id, _email in people]}
    known = {str(row["id"]): row for row in _rows(ctx, FILES[0], ids)} if people else {}
    factors = {str(row["id"]) for row in _rows(ctx, FILES[1], ids)} if known else set()
    return tuple(
        _login(ctx, user_id, email, known.get(user_id), second_factor=user_id in factors)
        for user_id, email in people
    )


def with_second_factor(login: Login) -> Login:
    """The same login after the second factor was given."""
    methods = [*login.claims.get("amr", ()), {"method": _TOTP, "timestamp": login.claims["iat"]}]
    return replace(login, claims={**login.claims, "aal": "aal2", "amr": methods})


@fact
def nobody_has_a_factor(ctx: Context) -> bool:
    """Is it certain that no account has a second factor? False where that cannot be read."""
    return any(row["found"] is False for row in _rows(ctx, FILES[2], {}))


def stranger(user_id: str) -> Login:
    """A signed-in customer of whom there is no row anywhere."""
    return Login(_CUSTOMER, _claims(user_id, "nobody@iahome-fix.invalid", None, None))


def _rows(ctx: Context, file: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return ctx.database.read(sql.load(file), params)
    except SqlError as error:
        if error.sqlstate not in NOT_THERE:
            raise
        return []


def _login(
    ctx: Context, user_id: str, email: str, row: dict[str, Any] | None, *, second_factor: bool
) -> Login:
    role = str(row["role"]) if row and row["role"] and row["role_is_known"] else _CUSTOMER
    login = Login(role, _claims(user_id, email, row, ctx.settings.supabase_url))
    return with_second_factor(login) if second_factor else login


def _claims(user_id: str, email: str, row: dict[str, Any] | None, project: str | None) -> dict[str, Any]:
    now = int(time.time())
    row = row or {}
    return {
        "iss": f"{(project or 'https://project.invalid').rstrip('/')}/auth/v1",
        "sub": user_id,
        "aud": row.get("aud") or _CUSTOMER,
        "exp": now + _SECONDS,
        "iat": now,
        "email": row.get("email") or email,
        "phone": row.get("phone") or "",
        "app_metadata": row.get("app_metadata") or {"provider": "email", "providers": ["email"]},
        "user_metadata": row.get("user_metadata") or {},
        "aal": "aal1",
        "amr": [{"method": _PASSWORD, "timestamp": now}],
        "session_id": str(uuid.uuid5(uuid.NAMESPACE_URL, user_id)),
        "is_anonymous": bool(row.get("is_anonymous", False)),
    }
