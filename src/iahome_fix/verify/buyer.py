"""Who buys what in a test payment: a customer who can sign in, and a module that costs nobody anything."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.domain.synthetic import Buyer
from iahome_fix.errors import Refused, UsageError
from iahome_fix.explain.people import read_people
from iahome_fix.i18n import _
from iahome_fix.masks import mask_email
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.explain.people import Account
    from iahome_fix.facts.context import Context

_MOST_SHOWN = 5


def free_modules(ctx: Context) -> tuple[tuple[str, str], ...]:
    """Id and title of modules that cost nothing, 20 at most, to choose one from."""
    try:
        rows = ctx.database.read(sql.load("verify/free_modules"))
    except SqlError:
        return ()
    return tuple((row["id"], row["title"] or "") for row in rows)


def customer(ctx: Context, email: str) -> tuple[str, Account]:
    """The id of the profile that the handler finds, and who signs in with the address."""
    people = read_people(ctx, email)
    shown = mask_email(email)
    exact = [one.id for one in people.profiles if one.email == email]
    if not people.profiles:
        raise UsageError(
            "unknown-customer",
            _("no profile has the address {email}").format(email=shown),
            _("take a customer of your own who can sign in; verify makes none"),
        )
    if not exact:
        raise UsageError(
            "other-letters",
            _("the profile of {email} has it in other letters, and the handler compares exactly").format(
                email=shown
            ),
            _("give the address as it stands in profiles"),
        )
    if people.login is None:
        raise Refused(
            "no-login",
            _("nobody can sign in with {email}: there is a profile, but no login").format(email=shown),
            _("take a customer who can sign in"),
        )
    return exact[0], people.login


def buyer_of(ctx: Context, email: str, user_id: str, module: str, *, allow_paid: bool) -> Buyer:
    rows = ctx.database.read(sql.load("verify/module"), {"module": module})
    if not rows:
        raise UsageError(
            "unknown-module", _("there is no module {module}").format(module=module), _free_ones(ctx)
        )
    title, price = rows[0]["title"] or "", _price(rows[0]["price"])
    if price == 0:
        return Buyer(email, user_id, module, title)
    if not allow_paid:
        said = (
            _("its price is not known")
            if price is None
            else _("it costs {price}").format(price=rows[0]["price"])
        )
        raise Refused(
            "paid-module",
            _("the module {module} is not free ({said}), and for a moment the customer would have it").format(
                module=module, said=said
            ),
            _("take a free module, or agree with --allow-paid-module"),
        )
    return Buyer(email, user_id, module, title, amount=max(50, round(price * 100)) if price else 50)


def _free_ones(ctx: Context) -> str | None:
    """Which modules to name instead."""
    free = ", ".join(f"{module_id} ({title})" for module_id, title in free_modules(ctx)[:_MOST_SHOWN])
    return _("free modules: {modules}").format(modules=free) if free else None


def _price(text: str | None) -> Decimal | None:
    try:
        price = Decimal((text or "").replace(",", "."))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None
