"""What a customer is shown of the own rows: the reads of the page, done with one login."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.facts import signed_in
from iahome_fix.facts.seen import fact
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.signed_in import Customer

TABLES = ("profiles", "module_access", "modules")
"""What the page reads."""


@dataclass(frozen=True)
class Look:
    """What one customer was shown of one table, the first that is not as it should be."""

    customer: Customer
    table: str | None = None
    seen: int = 0
    expected: int = 0
    error: SqlError | None = None

    @property
    def hidden(self) -> bool:
        return self.table is not None and self.error is None


@fact
def looks(ctx: Context) -> tuple[Look, ...]:
    """What a few customers are shown, each tried."""
    return tuple(ctx.at_once([partial(_look, ctx, customer) for customer in signed_in.samples(ctx)]))


@fact
def with_second_factor(ctx: Context, customer_id: str) -> Look | None:
    """What one of them is shown after the second factor was given; None for who gave it, or is not there."""
    customer = next((one for one in signed_in.samples(ctx) if one.id == customer_id), None)
    if customer is None or customer.login.claims["aal"] == "aal2":
        return None
    return _look(ctx, replace(customer, login=signed_in.with_second_factor(customer.login)))


def _look(ctx: Context, customer: Customer) -> Look:
    """Read as a customer, and compare with what the owner of the tables sees."""
    wanted = {"profiles": 1, "module_access": customer.expected, "modules": customer.modules}
    params = {"email": customer.email, "user_id": customer.id, "expected": customer.expected}
    try:
        row = ctx.database.read(sql.load("checks/sees_own", ctx.profile), params, login=customer.login)[0]
    except SqlError as error:
        return Look(customer, _asked(error), error=error)
    for table in TABLES:
        if int(row[table]) < wanted[table]:
            return Look(customer, table, int(row[table]), wanted[table])
    return Look(customer)


def _asked(error: SqlError) -> str:
    """Which of the tables of the page an error is about; the list itself where another one is named."""
    words = f"{error.message} {error.named.table or ''}"
    return next((name for name in TABLES if re.search(rf"\b{name}\b", words)), "module_access")
