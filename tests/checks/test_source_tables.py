"""Tables in the source: their names, and who writes where the page reads."""

from __future__ import annotations

import pytest

from iahome_fix.checks.source.data import source_split, source_tables
from iahome_fix.model import Status
from iahome_fix.source.spelling import nearest
from tests.checks.source_support import HANDLER, PAGE, Source, assert_fails


def test_a_misspelt_table_on_the_page_is_the_cause_and_the_right_one_is_named(deployed: Source) -> None:
    deployed.change(PAGE, "module_access", "access_modules")
    result = deployed.says(source_tables)

    assert_fails(result, f"{PAGE}:7", "access_modules", "perhaps module_access")
    assert result.finding.evidence["uses"] == [
        {"table": "access_modules", "at": f"{PAGE}:7", "instead": "module_access"}
    ]


def test_an_absent_table_elsewhere_or_beside_the_grant_is_a_warning(deployed: Source) -> None:
    deployed.change(
        HANDLER,
        "  return Response.json({ received",
        "  await admin.from('ledger').insert({})\n  return Response.json({ received",
    )
    deployed.files["src/app/admin/page.tsx"] = "supabase.from('statistics').select()"
    result = deployed.says(source_tables)

    assert result.status is Status.WARN
    assert "ledger" in result.finding.detail
    assert "statistics" in result.finding.detail


def test_a_table_that_the_handler_asks_for_has_to_be_there(deployed: Source) -> None:
    deployed.change(HANDLER, "from('profiles')", "from('accounts')")

    assert_fails(deployed.says(source_tables), "accounts")


def test_the_tables_of_the_flow_are_left_to_link_schema(deployed: Source) -> None:
    deployed.sql("drop table public.module_access")

    assert deployed.says(source_tables).status is Status.OK


def test_without_sql_the_tables_are_skipped_by_name(bare: Source) -> None:
    result = bare.says(source_tables)

    assert result.status is Status.SKIPPED
    assert "SUPABASE_DB_URL" in result.finding.detail


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("access_modules", "module_access"),
        ("module_acces", "module_access"),
        ("module-access", "module_access"),
        ("moduleAccess", "module_access"),
        ("Modules", "modules"),
        ("user_application", "user_applications"),
        ("profile", "profiles"),
        ("statistics", None),
        ("access", None),
    ],
)
def test_what_was_perhaps_meant(name: str, meant: str | None) -> None:
    names = ("module_access", "modules", "profiles", "access_tokens", "user_applications", "payments")

    assert nearest(name, names) == meant


def test_handler_and_page_on_different_tables(bare: Source) -> None:
    bare.change(HANDLER, "'module_access'", "'user_applications'")

    assert_fails(
        bare.says(source_split), "writes user_applications", f"{HANDLER}:", "reads module_access", f"{PAGE}:7"
    )


def test_a_handler_that_only_logs_writes_no_access(bare: Source) -> None:
    bare.files[HANDLER] = (
        "export async function POST(r) { const e = s.webhooks.constructEvent(await r.text()) }"
    )
    bare.files["src/app/api/stripe-webhook/route.ts"] = (
        bare.files[HANDLER] + "\nadmin.from('module_access').insert(row)"
    )
    result = bare.says(source_split)

    assert_fails(result, "writes no access at all")
    assert "/api/stripe-webhook" in (result.finding.hint or "")


def test_the_grant_may_stand_in_what_the_handler_imports_or_calls(bare: Source) -> None:
    bare.change(HANDLER, "'module_access'", "'payments'")
    bare.change(
        HANDLER,
        "import Stripe from 'stripe'",
        "import Stripe from 'stripe'\nimport { grant } from '@/lib/grant'",
    )
    bare.files["src/lib/grant.ts"] = (
        "export const grant = () => fetch(`${process.env.NEXT_PUBLIC_APP_URL}/api/grants`)"
    )
    bare.files["src/app/api/grants/route.ts"] = "admin.from('module_access').upsert(row)"

    assert bare.says(source_split).status is Status.OK


def test_the_page_may_list_through_a_component_and_an_api_route(bare: Source) -> None:
    bare.files[PAGE] = "import { List } from './List'\nexport default List"
    bare.files["src/app/encours/List.tsx"] = "export const List = () => fetch('/api/my-modules')"
    bare.files["src/app/api/my-modules/route.ts"] = "db.from('user_applications').select().eq('user_id', id)"

    assert_fails(bare.says(source_split), "src/app/api/my-modules/route.ts:1")


def test_what_functions_of_the_database_write_is_not_known(bare: Source) -> None:
    bare.change(HANDLER, "      .from('module_access')\n      .insert(", "      .rpc('grant_module', ")

    assert bare.says(source_split).status is Status.UNKNOWN


PRISMA = "import { PrismaClient } from '@prisma/client'"


@pytest.mark.parametrize(
    ("code", "file"),
    [
        (
            "import { db } from '@/db'\nawait db.insert(t).values(row)",
            "import { d } from 'drizzle-orm/pg'",
        ),
        ("import { prisma } from '@/db'\nawait prisma.moduleAccess.create({ data })", PRISMA),
        ("import { sql } from '@/db'\nawait sql`insert into module_access ...`", "import p from 'postgres'"),
        ("import { P } from '@/generated/prisma/client'\nawait prisma.grant.create({ data })", ""),
        ("await fetch('https://grants.example.test/sales', { method: 'POST', body })", ""),
        ("await supabase.functions.invoke('grant', { body: e })", ""),
        ("import { inngest } from 'inngest'\nawait inngest.send({ name: 'paid', data: e })", ""),
    ],
)
def test_what_is_written_past_supabase_js_is_not_known(bare: Source, code: str, file: str) -> None:
    imports, _, rest = code.rpartition("\n")
    verified = "const e = s.webhooks.constructEvent(await r.text())"
    bare.files["src/db.ts"] = file
    bare.files[HANDLER] = f"{imports}\nexport async function POST(r) {{\n  {verified}\n  {rest}\n}}"
    result = bare.says(source_split)

    assert result.status is Status.UNKNOWN, result.finding
    assert "may write through" in result.finding.detail


@pytest.mark.parametrize(
    "code",
    [
        "const accesses = admin.from('module_access')\nawait accesses.insert({ user_id: 1 })",
        "const table = () => admin.from('module_access')\nawait table().insert({ user_id: 1 })",
        "function table() { return admin.from('module_access') }\nawait table().upsert({ user_id: 1 })",
        "class Db {\n t() { return admin.from('module_access') }\n add() { return this.t().insert(r) }\n}\n",
    ],
)
def test_a_table_with_a_name_of_its_own_is_followed(bare: Source, code: str) -> None:
    start = bare.files[HANDLER].index("  const { data: profile }")
    bare.files[HANDLER] = bare.files[HANDLER][:start] + code + "\n  return Response.json({})\n}\n"

    assert bare.says(source_split).status is Status.OK


def test_a_misspelt_table_that_the_handler_writes_is_no_other_version(deployed: Source) -> None:
    deployed.change(HANDLER, "'module_access'", "'modules_access'")

    assert_fails(deployed.says(source_tables), f"{HANDLER}:16", "module_access is meant")
    assert deployed.says(source_split).status is Status.BLOCKED


def test_a_page_on_a_table_of_another_name_is_no_certain_split(bare: Source) -> None:
    bare.change(PAGE, "module_access", "favourites")

    assert bare.says(source_split).status is Status.WARN


def test_without_the_page_or_its_table_it_is_not_known(bare: Source) -> None:
    bare.files[PAGE] = "export default () => <p>soon</p>"
    assert bare.says(source_split).status is Status.UNKNOWN
    del bare.files[PAGE]
    (bare.folder / "checkout" / PAGE).unlink()
    assert bare.says(source_split).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("path", "table", "split"),
    [
        # The wrong name on the page explains no lost payment, so it must not hide one.
        (PAGE, ("module_access", "access_modules"), Status.OK),
        (PAGE, ("module_access", "favourites"), Status.UNKNOWN),
        # The wrong name in the handler does.
        (HANDLER, ("profiles", "accounts"), Status.BLOCKED),
    ],
)
def test_a_table_that_is_not_there_is_one_cause_and_not_two(
    deployed: Source, path: str, table: tuple[str, str], split: Status
) -> None:
    deployed.change(path, *table)
    report = deployed.report()

    assert report.causes == ("site.source-tables",)
    result = report.result("site.source-split")
    assert (result.status, result.finding.because_of) == (
        split,
        ("site.source-tables",) if split is Status.BLOCKED else (),
    )
