"""G10: the Data API gives one row for an answer."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

from tests.faults.model import Fault, Step


def setting(statement: str) -> Step:
    """Change a setting of a role in this database alone; it goes with the database."""
    return lambda world: world.sql_as_superuser(
        statement.format(database=f'"{conninfo_to_dict(world.dsn)["dbname"]}"')
    )


FAULT = Fault(
    what="a customer with two modules sees one",
    inject=(setting("alter role authenticator in database {database} set pgrst.db_max_rows = '1'"),),
    cause="permissions.api-roles",
    says="the Data API answers with 1 rows at most",
    before={"carol": ["15"]},
    repair=(setting("alter role authenticator in database {database} reset pgrst.db_max_rows"),),
)
