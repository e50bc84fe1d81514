"""D15, a decoy: the limits that projects usually set for their roles."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

from tests.faults.model import Fault, Step


def setting(statement: str) -> Step:
    """Change a setting of a role in this database alone; it goes with the database."""
    return lambda world: world.sql_as_superuser(
        statement.format(database=f'"{conninfo_to_dict(world.dsn)["dbname"]}"')
    )


FAULT = Fault(
    what="none of them is in anybody's way",
    inject=(
        setting(
            "alter role authenticated in database {database} set statement_timeout = '8s';"
            " alter role service_role in database {database} set statement_timeout = 0;"
            " alter role anon in database {database} set statement_timeout = '1s';"
            " alter role service_role in database {database} set default_transaction_read_only = on;"
            " alter role authenticator in database {database} set pgrst.db_max_rows = '1000';"
            " alter role authenticator in database {database} set pgrst.db_schemas = 'public, storage'"
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
    statuses={"permissions.api-roles": "ok", "supabase.writable": "ok"},
)
