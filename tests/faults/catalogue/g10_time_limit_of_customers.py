"""G10: the role of signed-in customers has a time limit that no request keeps."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

from tests.faults.model import Fault, Step


def setting(statement: str) -> Step:
    """Change a setting of a role in this database alone; it goes with the database."""
    return lambda world: world.sql_as_superuser(
        statement.format(database=f'"{conninfo_to_dict(world.dsn)["dbname"]}"')
    )


FAULT = Fault(
    what="over the Data API, which applies it, most reads end in 57014",
    inject=(setting("alter role authenticated in database {database} set statement_timeout = '1ms'"),),
    cause="permissions.api-roles",
    says="requests of authenticated are ended after 1ms",
    before={"carol": ["15"]},
    repair=(setting("alter role authenticated in database {database} reset statement_timeout"),),
)
