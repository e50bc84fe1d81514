"""What the catalog alone says of the handler's row: what refuses it is named, look-alikes are not accused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.facts.context import Rehearsing
from iahome_fix.model import Status
from tests.checks.test_rehearsed import ASKED, GRANT

if TYPE_CHECKING:
    from tests.checks.app_support import App

TABLE = "module_access"
IN_PLACE = "schema.module-access"
ALTER = "alter table public.module_access "
SET_ASIDE = f"{ALTER} rename to accesses;"
RIGHTS = (
    ";grant all on public.module_access to service_role;grant select on public.module_access to authenticated"
)
PARTS = (
    SET_ASIDE
    + "create table public.module_access (like public.accesses including defaults) partition by {key};"
    + "alter table public.module_access enable row level security, alter column user_id set not null;"
    + "create policy own on public.module_access for select to authenticated"
    + " using (user_id = (select auth.uid())::text)"
    + RIGHTS
)
POLICY = "drop policy module_access_owner_reads on public.module_access;"
REFUSED = {
    "identity": (
        (
            f"{ALTER} drop constraint module_access_module_id_fkey,"
            " alter column module_id set not null;"
            f"{ALTER} alter column module_id add generated always as identity"
        ),
        GRANT,
        "module_id is generated, so an INSERT that names it, as the handler's does, is refused (428C9)",
        'alter column "module_id" drop identity',
    ),
    "exclusion": (
        f"{ALTER} add constraint one_each exclude (user_id with =) where (is_active)",
        GRANT,
        "the exclusion one_each refuses a second module for the same customer (23P01)",
        'drop constraint "one_each"',
    ),
    "primary key": (
        f"{ALTER} drop constraint module_access_pkey, add primary key (user_id)",
        GRANT,
        "the unique index module_access_pkey refuses a second module",
        "drop constraint",
    ),
    "rule beside": (
        (
            "create table public.log (at timestamptz); grant all on public.log to service_role;"
            "create rule noted as on insert to public.module_access"
            " do also insert into public.log values (now())"
        ),
        GRANT,
        "beside the rule noted, which acts on each INSERT, the Data API can insert no row (0A000)",
        'drop rule "noted"',
    ),
    "rule for some": (
        (
            "create rule partly as on insert to public.module_access"
            " where new.module_id = 999 do instead nothing"
        ),
        GRANT,
        "beside the rule partly, which acts in place of some INSERTs",
        'drop rule "partly"',
    ),
    "short domain": (
        (
            f"create domain public.short as varchar(20); {POLICY}"
            f"{ALTER} alter column user_id type public.short;"
            "create policy own on public.module_access for select to authenticated"
            " using (user_id = (select auth.uid())::text)"
        ),
        GRANT,
        "user_id is short (character varying(20)), too short",
        "alter column",
    ),
    "no partition": (
        PARTS.format(key="list (module_id)")
        + ";create table public.some partition of public.module_access for values in (1, 3, 6, 13)",
        IN_PLACE,
        (
            "partitioned by LIST (module_id), and none of its partitions takes the row of a grant of today"
            " for the modules 15 (23514)"
        ),
        "partition of public.module_access default",
    ),
    "view that takes no rows": (
        SET_ASIDE + "create view public.module_access as select distinct * from public.accesses" + RIGHTS,
        IN_PLACE,
        "a view, not a table, and refuses the server INSERT: cannot insert into view",
        "rename it by hand",
    ),
    "view without its rights": (
        SET_ASIDE
        + "create view public.module_access with (security_invoker) as select * from public.accesses"
        + RIGHTS
        + ";revoke all on public.accesses from service_role",
        IN_PLACE,
        "refuses the server SELECT: permission denied for table accesses (42501)",
        "rename it by hand",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_stands_on_the_table_is_named_without_a_rehearsal(own: App, name: str) -> None:
    inject, cause, says, hint = REFUSED[name]
    own.sql(inject)
    report = own.run(ASKED)
    assert report.causes == (cause,), [r.finding.detail for r in report.results if r.status is Status.FAIL]
    found = report.result(cause).finding
    assert says in found.detail
    assert hint in (found.hint or "")


LOOK_ALIKES = {
    "on the table": (
        (
            "create domain public.must as text default 'x' not null;"
            "create domain public.word as varchar(255);"
            f"{ALTER} add column extra public.must, alter column access_type type public.word,"
            " add column early boolean generated always as (expires_at < '2020-01-01') stored,"
            " add column number integer generated always as identity,"
            " add constraint one_each exclude (user_id with =, module_id with =) where (is_active),"
            " force row level security;"
            "create table public.children () inherits (public.module_access);"
            "create rule kept as on delete to public.module_access do instead nothing;"
            "create index on public.module_access (metadata)"
        ),
        Status.OK,
    ),
    "partitions": (
        PARTS.format(key="range (created_at)")
        + f";{ALTER} add primary key (id, created_at);"
        + "create table public.rest partition of public.module_access default",
        Status.WARN,
    ),
    "view that takes rows": (
        SET_ASIDE
        + "create view public.module_access with (security_invoker) as select * from public.accesses"
        + RIGHTS,
        Status.UNKNOWN,
    ),
    "unlogged": (f"{ALTER} set unlogged; {ALTER} alter column expires_at type date", Status.WARN),
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_lets_the_row_pass_accuses_nobody(own: App, name: str) -> None:
    inject, status = LOOK_ALIKES[name]
    own.sql(inject)
    for rehearsing in (None, Rehearsing()):
        report = own.run(ASKED, rehearsing=rehearsing)
        assert report.causes == (), [r.finding.detail for r in report.results if r.status is Status.FAIL]
        assert report.result(IN_PLACE).status is status, report.result(IN_PLACE).finding
        if status is not Status.UNKNOWN:
            assert report.result(GRANT).status is Status.OK, report.result(GRANT).finding


def test_a_setting_that_only_the_webhook_may_have_is_decided_by_trying(own: App) -> None:
    own.sql(
        f"{ALTER} add column tenant text; create function public.tenant() returns text language sql stable as"
        " $$ select current_setting('app.tenant') $$;"
        f"{ALTER} alter column tenant set default public.tenant()"
    )
    read = own.run(ASKED).result(GRANT)
    assert read.status is Status.UNKNOWN
    assert "doctor --rehearse" in (read.finding.hint or "")
    tried = own.run(ASKED, rehearsing=Rehearsing())
    assert tried.causes == (GRANT,)
    assert 'unrecognized configuration parameter "app.tenant"' in tried.result(GRANT).finding.detail
