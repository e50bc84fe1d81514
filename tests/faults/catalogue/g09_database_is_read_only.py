"""G09: the database went into read-only mode, as with a full disk."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

from tests.faults.model import Fault, Step, resend


def by_default(value: str) -> Step:
    """Set the default of every new transaction in this database."""
    change = 'begin read write; alter database "{name}" set default_transaction_read_only = {value}; commit'
    return lambda world: world.sql_as_superuser(
        change.format(name=conninfo_to_dict(world.dsn)["dbname"], value=value)
    )


FAULT = Fault(
    what="pages go on, and every write ends in 25006",
    inject=(by_default("on"),),
    cause="supabase.writable",
    says="the database is in read-only mode",
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    repair=(by_default("off"), resend),
    after={"carol": ["15"]},
)
