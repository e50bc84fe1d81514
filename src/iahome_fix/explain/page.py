"""What `/encours` shows to a login: the page's own statements, run as that login under row level security."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.facts.signed_in import login_of
from iahome_fix.i18n import _
from iahome_fix.systems.database_errors import MayNotCall, SqlError

if TYPE_CHECKING:
    from iahome_fix.explain.people import Account
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.database import Params, Row

NO_LOGIN = "login:none"


@dataclass(frozen=True)
class Page:
    """What the page at `path` lists. `error`: the step that failed and its code, such as `list:42501`; or
    None."""

    path: str
    modules: tuple[str, ...]
    error: str | None = None


class _StepFailed(Exception):
    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"{step}:{code}")


def page_of(ctx: Context, login: Account | None) -> Page:
    """The page as this login sees it; nothing where nobody can sign in.

    Raises CouldNotTell when this database user may not act as a customer, or nothing is tried for a function
    that the customer may perhaps not execute, and what `Database.read` raises.
    """
    path = ctx.profile.page.path
    if login is None:
        return Page(path, (), NO_LOGIN)
    try:
        owner = login.id
        if not ctx.profile.page.by_login:
            profiles = _step(ctx, login, "profile", "sandbox/handler_profile", {"email": login.email})
            if len(profiles) != 1:
                return Page(path, (), f"profile:PGRST116({len(profiles)})")
            owner = str(profiles[0]["id"])
        if ctx.profile.is_guides:
            _step(ctx, login, "table", "sandbox/page_probe")
        listing = "sandbox/page_list" if ctx.profile.is_guides else "explain/page_list"
        rows = _step(ctx, login, "list", listing, {"user_id": owner})
        listed = [str(row["module_id"]) for row in rows if row["module_id"] is not None]
        _step(ctx, login, "modules", "sandbox/page_modules", {"ids": listed})
    except _StepFailed as failure:
        return Page(path, (), str(failure))
    return Page(path, tuple(dict.fromkeys(listed)))


def _step(ctx: Context, login: Account, step: str, name: str, params: Params | None = None) -> list[Row]:
    try:
        as_login = login_of(ctx, login.id, login.email)
        return ctx.database.read(sql.load(name, ctx.profile), params, login=as_login)
    except SqlError as error:
        if isinstance(error, MayNotCall) and not error.certain:
            raise CouldNotTell("not-tried", error.message, error.hint) from None
        if error.sqlstate == "42501" and "set role" in error.message:
            raise CouldNotTell(
                "set-role",
                _("this database user may not act as a customer: {reason}").format(reason=error.message),
                _("use the connection string of the role postgres"),
            ) from None
        raise _StepFailed(step, error.sqlstate) from None
