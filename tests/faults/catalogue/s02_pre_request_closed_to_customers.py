"""S02: customers may not execute the function that runs before every request; the server may."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def set_it(world: World) -> None:
    world.sql(
        "create function public.check_request() returns void language sql as 'select null::void';"
        "revoke execute on function public.check_request() from public, anon, authenticated;"
        "grant execute on function public.check_request() to service_role"
    )
    (database,) = world.sql("select current_database()")[0]
    world.sql_as_superuser(
        f"alter role authenticator in database {database} set pgrst.db_pre_request = 'check_request'"
    )
    world.sql("notify pgrst, 'reload config'")


def grant_it(world: World) -> None:
    world.sql("grant execute on function public.check_request() to anon, authenticated")


FAULT = Fault(
    what="grants are written, and no page shows them",
    inject=(set_it,),
    cause="permissions.api-roles",
    says="anon, authenticated may not execute public.check_request()",
    hint="grant execute on function public.check_request() to anon, authenticated",
    repair=(grant_it,),
)
