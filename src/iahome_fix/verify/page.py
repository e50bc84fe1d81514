"""What the customer sees: the list of /encours as that login, and whether the deployed page answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.explain.page import page_of
from iahome_fix.facts.signed_in import login_of
from iahome_fix.i18n import _
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.webhook_urls import same_host

if TYPE_CHECKING:
    from iahome_fix.explain.people import Account
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.site import Site


@dataclass(frozen=True)
class Seen:
    """What a customer's list says of one module.

    Attributes:
        listed: the module is on it.
        modules: how many modules it lists.
        why: what stands in the way, as a sentence; None where nothing is known to.
    """

    listed: bool
    modules: int = 0
    why: str | None = None


def list_of(ctx: Context, login: Account, module: str) -> Seen:
    """The page's list for a login, under row level security. Reads only.

    Raises CouldNotTell when this database user may not act as a customer, DatabaseUnreachable.
    """
    page = page_of(ctx, login)
    if page.error is not None:
        return Seen(
            listed=False,
            why=_("the page fails for this login at {step} (step:code)").format(step=page.error),
        )
    if module not in page.modules:
        return Seen(listed=False, modules=len(page.modules))
    try:
        as_login = login_of(ctx, login.id, login.email)
        found = ctx.database.read(sql.load("verify/page_module"), {"module": module}, login=as_login)
    except SqlError as error:
        return Seen(listed=False, modules=len(page.modules), why=error.said)
    if not found:
        return Seen(
            listed=False,
            modules=len(page.modules),
            why=_("the access is visible, but not its module: a policy on modules hides it"),
        )
    return Seen(listed=True, modules=len(page.modules))


def page_problem(site: Site, path: str) -> str | None:
    """Why the deployed page at `path` shows nothing to anybody; None when it answers, or only a browser may
    look."""
    answer = site.probe_get(path)
    if answer.status is None:
        return _("the page {path} does not answer").format(path=path)
    if answer.challenge or answer.status in (403, 429) or 200 <= answer.status < 300:
        return None
    if answer.redirects and answer.location and same_host(answer.location, answer.url):
        return None
    return _("the page {path} answers {status}").format(path=path, status=answer.status)
