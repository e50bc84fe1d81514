"""Columns in the source: those of the rows that the handler writes, and those that the page asks for."""

from __future__ import annotations

import psycopg
import pytest

from iahome_fix.checks.source.columns import source_columns, source_page_columns
from iahome_fix.model import Status
from iahome_fix.source.columns import selected
from tests.checks.patching import patched
from tests.checks.source_support import HANDLER, PAGE, Source, assert_fails

ROW = "{ user_id: profile.id, module_id: parseInt(id), access_type: 'purchase', is_active: true }"


@pytest.mark.parametrize(
    ("row", "says", "right"),
    [
        (ROW.replace("user_id", "userId"), "writes userId into module_access", "user_id: profile.id"),
        (ROW.replace("user_id", "'user_ids'"), "writes user_ids", "'user_id': profile.id"),
        ("{ ...{ moduleId: id }, user_id: profile.id }", "writes moduleId", "module_id: id"),
        ("[{ user_id: profile.id, isActive }]", "writes isActive", "is_active: isActive"),
        ("ids.map((one) => ({ user_id: 'u', moduleId: one }))", "writes moduleId", "module_id: one"),
        ("ids.map((one) => { return { user_id: 'u', moduleId: one } })", "writes moduleId", "module_id: one"),
        ("rowOf(id)", "writes expire_at", "expires_at: end"),
        ("{ user_id: profile.id, module_id: id, stripe_session: session.id }", "stripe_session", None),
        # The right name is there already, so it cannot be meant.
        ("{ user_id: profile.id, module_id: id, moduleId: id }", "writes moduleId", None),
    ],
)
def test_a_row_with_a_column_that_is_not_there_is_the_cause(
    deployed: Source, row: str, says: str, right: str | None
) -> None:
    deployed.change(HANDLER, ROW, row)
    deployed.files[HANDLER] += (
        "const rowOf = (id: string) => ({ user_id: 'u', module_id: id, expire_at: end })\n"
    )
    result = deployed.says(source_columns)

    assert_fails(result, says, HANDLER, "PGRST204")
    diff = result.finding.evidence.get("diff")
    assert (diff is None) is (right is None)
    if diff and right:
        deployed.files = patched(deployed.files, diff)
        assert right in deployed.files[HANDLER]
        assert deployed.says(source_columns).status is Status.OK


def test_rows_are_followed_through_names_lists_helpers_and_imports(deployed: Source) -> None:
    deployed.change(
        HANDLER,
        "import Stripe from 'stripe'",
        "import Stripe from 'stripe'\nimport { grant } from '@/lib/grant'",
    )
    deployed.change(
        HANDLER,
        f"const {{ error: grantError }} = await admin\n      .from('module_access')\n      .insert({ROW})",
        "const rows: any[] = []\n    rows.push({ user: 'u' })\n    const grantError = await grant(rows)",
    )
    deployed.files["src/lib/grant.ts"] = (
        "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(U, K)\n"
        "export async function grant(rows: any[]) {\n"
        "  const { error } = await db.from('module_access').insert(rows)\n  return error\n}\n"
    )

    assert_fails(deployed.says(source_columns), "writes user into module_access", f"{HANDLER}:")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (".select('id').eq('mail', session.customer_email).single()", "asks profiles for mail"),
        (".select('id, full_nam').eq('email', x).single()", "asks profiles for full_nam"),
        (".select('id').match({ mail: x }).single()", "asks profiles for mail"),
        (".select('id').or(`mail.eq.${x},email.eq.${x}`).single()", "asks profiles for mail"),
        (".select('id').eq('email', x).order('created', { ascending: true })", "asks profiles for created"),
    ],
)
def test_what_the_handler_asks_for_has_to_be_there(deployed: Source, query: str, says: str) -> None:
    deployed.change(HANDLER, ".select('id').eq('email', session.customer_email).single()", query)

    assert_fails(deployed.says(source_columns), says, "42703", HANDLER)


def test_an_upsert_needs_a_constraint_on_just_these_columns(deployed: Source) -> None:
    deployed.change(HANDLER, f".insert({ROW})", f".upsert({ROW}, {{ onConflict: 'user_id,module_id' }})")
    result = deployed.says(source_columns)

    assert_fails(result, "onConflict module_id, user_id", "42P10")
    assert "23505" in str(result.finding.hint)
    deployed.sql("create unique index one_each on public.module_access (module_id, user_id)")
    assert deployed.says(source_columns).status is Status.OK


def test_what_is_noted_beside_the_grant_and_elsewhere_is_a_warning(deployed: Source) -> None:
    deployed.change(
        HANDLER,
        "  return Response.json({ received",
        "  await admin.from('payments').insert({ stripe_thing: 1 })\n  return Response.json({ received",
    )
    deployed.files["src/app/admin/page.tsx"] = "supabase.from('modules').select('id, nonsense')"
    result = deployed.says(source_columns)

    assert result.status is Status.WARN
    assert {use["column"] for use in result.finding.evidence["uses"]} == {"stripe_thing", "nonsense"}


@pytest.mark.parametrize(
    ("change", "says", "right"),
    [
        (
            ("'id, module_id, expires_at'", "'id, moduleId, expires_at'"),
            "asks module_access for moduleId",
            True,
        ),
        (("'is_active'", "'active'"), "asks module_access for active", True),
        (("'is_active'", "'paid'"), "asks module_access for paid", False),
        (("expires_at')", "expires_at, modules(id, titel)')"), "asks modules for titel", True),
        (("'id, module_id, expires_at'", "`id,\n      module_id, expiresAt`"), "for expiresAt", True),
    ],
)
def test_what_the_page_asks_for_has_to_be_there(
    deployed: Source, change: tuple[str, str], says: str, right: bool
) -> None:
    deployed.change(PAGE, *change)
    result = deployed.says(source_page_columns)

    assert_fails(result, says, PAGE, "42703")
    assert deployed.report().causes == ("site.source-page-columns",)
    assert bool(result.finding.evidence.get("diff")) is right
    if right:
        deployed.files = patched(deployed.files, result.finding.evidence["diff"])
        assert deployed.says(source_page_columns).status is Status.OK


def test_the_code_keeps_the_name_by_which_it_reads_a_column(deployed: Source) -> None:
    deployed.change(PAGE, "'id, module_id, expires_at'", "'id, moduleId, expires_at'")
    deployed.change(PAGE, "return data\n", "return data.map((row) => row.moduleId)\n")

    assert (
        "+      .select('id, moduleId:module_id, expires_at')"
        in (deployed.says(source_page_columns).finding.evidence["diff"])
    )


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("Math.floor(Date.now() / 1000) + 72 * 3600", True),
        ("Date.now() + 1000 * 60", True),
        ("end.getTime()", True),
        ("new Date(Date.now() + 1000).toISOString()", False),
        ("new Date(Date.now() + 1000)", False),
        ("until", False),
        ("null", False),
    ],
)
def test_a_moment_takes_no_number(deployed: Source, value: str, refused: bool) -> None:
    deployed.change(HANDLER, "access_type: 'purchase'", f"access_type: 'purchase', expires_at: {value}")
    result = deployed.says(source_columns)

    assert result.status is (Status.FAIL if refused else Status.OK), result.finding
    if refused:
        assert_fails(result, f"{HANDLER}:", "module_access.expires_at", "22008")
        with psycopg.connect(deployed.dsn or "") as connection, pytest.raises(psycopg.DataError):
            connection.execute("select ('1764547200'::json #>> '{}')::timestamp")


ANY = "create table public.owners (id serial primary key, name text)"
OWNED = f"{ANY}; alter table public.module_access add owner_no integer references public.owners (id)"
BETWEEN = (
    f"{ANY}; create table public.shares (owner_no integer references public.owners, access_no integer"
    " references public.module_access (id), primary key (owner_no, access_no))"
)
OF_ROW = (
    f"{ANY}; create function public.owners_of(public.module_access) returns setof public.owners"
    " language sql stable as 'select * from public.owners'"
)


@pytest.mark.parametrize(
    ("change", "embed", "says"),
    [
        (ANY, "owners(name)", "embeds owners into module_access"),
        (ANY, "who:owners!inner(name)", "embeds owners into module_access"),
        (ANY, "modules(title, owners(name))", "embeds owners into modules"),
        ("", "owners(name)", "embeds owners into module_access"),
        ("", "modules(title)", None),
        ("", "module:module_id(title)", None),
        ("", "modules!inner(title)", None),
        (OWNED, "owners(name)", None),
        (OWNED, "owner_no(name)", None),
        (BETWEEN, "owners(name)", None),
        (f"{ANY}; create view public.seen as select * from public.owners", "seen(name)", None),
        (OF_ROW, "owners_of(name)", None),
    ],
)
def test_what_the_page_embeds_needs_a_foreign_key(
    deployed: Source, change: str, embed: str, says: str | None
) -> None:
    if change:
        deployed.sql(change)
    deployed.change(PAGE, "id, module_id, expires_at", f"id, module_id, {embed}")
    result = deployed.says(source_page_columns)

    if says is None:
        assert result.status is Status.OK, result.finding
    else:
        assert_fails(result, says, f"{PAGE}:8", "PGRST200")


def test_a_column_of_the_target_that_is_missing_is_left_to_link_schema(deployed: Source) -> None:
    deployed.sql("alter table public.module_access drop column access_type")
    report = deployed.report()

    # Alone, without link schema, the source speaks for itself.
    assert report.causes == ("site.source-columns",)


def test_without_sql_and_without_the_data_api_nothing_is_told(bare: Source) -> None:
    assert bare.says(source_columns).status is Status.SKIPPED
    assert bare.says(source_page_columns).status is Status.SKIPPED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*", []),
        ("id, user_id", [(None, "id"), (None, "user_id")]),
        ("a:b, c::text, d->e->>f, g->>0", [(None, "b"), (None, "c"), (None, "d"), (None, "g")]),
        ("id, modules(id, title)", [(None, "id"), ("modules", "id"), ("modules", "title")]),
        ("m:modules!module_id!inner(id, cards(name))", [("modules", "id"), ("cards", "name")]),
        ("count()", []),
        ("amount.sum(), count", [(None, "amount"), (None, "count")]),
        ("...modules(title)", [("modules", "title")]),
        ("${}, id", [(None, "id")]),
        ('"odd name", id', [(None, "id")]),
    ],
)
def test_the_columns_of_a_select(text: str, found: list[tuple[str | None, str]]) -> None:
    assert sorted(selected(text), key=str) == sorted(found, key=str)
