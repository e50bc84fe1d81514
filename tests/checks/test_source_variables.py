"""The variables that the handler and the page read, against those that the env file states."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from iahome_fix.checks.source.variables import source_page_variables, source_variables
from iahome_fix.model import Status
from iahome_fix.sandbox.site import Site
from tests.checks.patching import patched
from tests.checks.source_support import HANDLER, HEALTHY_PAGE, PAGE, Source, assert_fails

CLIENT = "src/utils/supabase.ts"
SECRET = f"whsec_{secrets.token_hex(16)}"
STATED = {
    "STRIPE_WEBHOOK_SECRET": SECRET,
    "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(12)}",
    "NEXT_PUBLIC_SUPABASE_URL": "https://abcdefghijklmnopqrst.supabase.co",
    "NEXT_PUBLIC_SUPABASE_ANON_KEY": f"sb_publishable_{secrets.token_hex(12)}",
    "SUPABASE_SERVICE_ROLE_KEY": f"sb_secret_{secrets.token_hex(12)}",
    # Nobody outside is asked.
    "STRIPE_API_BASE": "http://127.0.0.1:9",
    "SUPABASE_API_URL": "http://127.0.0.1:9",
}


@pytest.fixture
def site() -> Iterator[Site]:
    """A deployed app that lacks the secret: it refuses every signature."""
    with Site(dsn="", webhook_secret=None) as running:
        yield running


@pytest.fixture
def source(tmp_path: Path, site: Site) -> Source:
    found = Source(tmp_path, variables={**STATED, "NEXT_PUBLIC_APP_URL": site.url})
    found.change(HANDLER, "!, secret)", "!, process.env.STRIPE_WEBHOOK_SECRET!)")
    return found


def test_every_variable_that_the_handler_reads_is_stated(source: Source) -> None:
    result = source.says(source_variables)

    assert result.status is Status.OK, result.finding
    assert "STRIPE_WEBHOOK_SECRET" in result.finding.detail


OTHER = "process.env.STRIPE_WEBHOOK_SIGNING_SECRET"


@pytest.mark.parametrize(
    ("read", "more", "name"),
    [
        (f"{OTHER}!", {}, "STRIPE_WEBHOOK_SIGNING_SECRET"),
        ("process.env['STRIPE_WEBHOOK_SECERT']!", {}, "STRIPE_WEBHOOK_SECERT"),
        ("process.env.STRIPE_WEBHOOK_SECRET_LIVE as string", {}, "STRIPE_WEBHOOK_SECRET_LIVE"),
        (f"{OTHER} ?? ''", {}, "STRIPE_WEBHOOK_SIGNING_SECRET"),
        (f"{OTHER} || process.env.WEBHOOK_SECRET!", {}, "STRIPE_WEBHOOK_SIGNING_SECRET"),
        (
            "config.stripe.webhookSecret",
            {"config.ts": f"webhookSecret: {OTHER}!"},
            "STRIPE_WEBHOOK_SIGNING_SECRET",
        ),
        ("config.stripe.webhookSecret", {"config.ts": "webhookSecret: must('X_WEBHOOK')"}, "X_WEBHOOK"),
    ],
)
def test_a_secret_under_another_name_is_the_cause_with_both_names_and_the_line(
    source: Source, read: str, more: dict[str, str], name: str
) -> None:
    source.change(HANDLER, "process.env.STRIPE_WEBHOOK_SECRET!", read)
    if more:
        source.change(
            HANDLER,
            "import Stripe from 'stripe'\n",
            "import Stripe from 'stripe'\nimport { config } from '@/config'\n",
        )
        source.files["src/config.ts"] = (
            "const must = (name: string) => requireEnv(name)\n"
            f"export const config = {{ stripe: {{ {more['config.ts'].replace('must(', 'requireEnv(')} }} }}\n"
        )
    result = source.says(source_variables)

    assert_fails(
        result, f"reads {name}", "STRIPE_WEBHOOK_SECRET (", "src/config.ts:2" if more else f"{HANDLER}:9"
    )
    source.files = patched(source.files, result.finding.evidence["diff"])
    assert source.says(source_variables).status is Status.OK
    assert not any(value in repr(result) for value in STATED.values() if "_" in value)


def test_where_the_deployed_app_takes_a_signed_event_it_has_the_variable(source: Source, site: Site) -> None:
    source.change(HANDLER, "process.env.STRIPE_WEBHOOK_SECRET!", f"{OTHER}!")
    site.webhook_secret = SECRET
    result = source.says(source_variables)

    assert result.status is Status.OK
    assert "name otherwise" in result.finding.detail


def test_where_nobody_answers_it_is_a_warning(source: Source) -> None:
    source.change(HANDLER, "process.env.STRIPE_WEBHOOK_SECRET!", f"{OTHER}!")
    source.variables["NEXT_PUBLIC_APP_URL"] = "http://127.0.0.1:9"

    assert source.says(source_variables).status is Status.WARN


def test_what_no_file_states_under_any_name_is_not_told(source: Source) -> None:
    source.change(HANDLER, "process.env.STRIPE_WEBHOOK_SECRET!", "process.env.SECRET_OF_STRIPE!")
    del source.variables["STRIPE_WEBHOOK_SECRET"]
    result = source.says(source_variables)

    assert result.status is Status.SKIPPED
    assert "SECRET_OF_STRIPE" in result.finding.detail


def test_a_name_that_is_mapped_by_the_source_is_that_variable(source: Source) -> None:
    source.change(HANDLER, "process.env.STRIPE_WEBHOOK_SECRET!", "env.WEBHOOK_SECRET")
    source.files["src/env.mjs"] = (
        "export const env = createEnv({ server: { WEBHOOK_SECRET: z.string() },\n"
        "  runtimeEnv: { WEBHOOK_SECRET: process.env.STRIPE_WEBHOOK_SECRET } })\n"
    )

    assert source.says(source_variables).status is Status.OK


def test_a_secret_that_is_stated_for_visitors_is_renamed_in_the_file_and_not_in_the_code(
    source: Source,
) -> None:
    source.variables["NEXT_PUBLIC_STRIPE_WEBHOOK_SECRET"] = source.variables.pop("STRIPE_WEBHOOK_SECRET")
    result = source.says(source_variables)

    assert result.status is Status.WARN  # no local secret, so nothing could be tried
    assert "NEXT_PUBLIC_STRIPE_WEBHOOK_SECRET" in result.finding.detail
    assert "replace the secret first" in str(result.finding.hint)
    assert "diff" not in result.finding.evidence


def test_a_handler_that_reads_a_secret_by_a_public_name(source: Source) -> None:
    source.change(HANDLER, "process.env.STRIPE_WEBHOOK", "process.env.NEXT_PUBLIC_STRIPE_WEBHOOK")
    result = source.says(source_variables)

    assert_fails(result, "reads NEXT_PUBLIC_STRIPE_WEBHOOK_SECRET")
    assert "read STRIPE_WEBHOOK_SECRET in the code" in str(result.finding.hint)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("process.env.SUPABASE_SERVICE_ROLE_KEY!", "process.env.SUPABASE_SERVICE_KEY!"),
        ("process.env.STRIPE_SECRET_KEY!", "process.env.STRIPE_API_SECRET!"),
        ("process.env.NEXT_PUBLIC_SUPABASE_URL!", "process.env.SUPABASE_PROJECT_URL!"),
    ],
)
def test_a_key_under_another_name_is_the_cause_where_the_route_crashes(
    source: Source, site: Site, old: str, new: str
) -> None:
    source.change(HANDLER, old, new)
    assert source.says(source_variables).status is Status.WARN

    site.refusals = (500, 500)
    assert_fails(
        source.says(source_variables), new.removeprefix("process.env.").removesuffix("!"), f"{HANDLER}:"
    )


def test_the_page_makes_its_client_with_what_a_browser_has(source: Source) -> None:
    assert source.says(source_page_variables).status is Status.OK

    source.change(CLIENT, "process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!", "process.env.SUPABASE_ANON_KEY!")
    result = source.says(source_page_variables)
    assert_fails(result, f"{CLIENT}:4", "SUPABASE_ANON_KEY", "no browser has")


def test_a_client_of_the_server_in_a_file_that_the_page_imports(source: Source) -> None:
    source.files[CLIENT] += (
        "export const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!,"
        " process.env.SUPABASE_SERVICE_ROLE_KEY!)\n"
    )
    result = source.says(source_page_variables)

    assert_fails(result, "SUPABASE_SERVICE_ROLE_KEY")
    assert "only the server imports" in str(result.finding.hint)


BUILD = "module.exports = { env: { SUPABASE_ANON_KEY: process.env.SUPABASE_ANON_KEY } }"
LATER = "export const make = () => createClient(process.env.A_URL!, process.env.SUPABASE_ANON_KEY!)"


@pytest.mark.parametrize(
    "files",
    [
        {PAGE: HEALTHY_PAGE.removeprefix("'use client'\n")},  # rendered by the server
        {"next.config.js": BUILD},
        {CLIENT: LATER},
    ],
)
def test_what_no_browser_loads_or_the_build_puts_in_accuses_nobody(
    source: Source, files: dict[str, str]
) -> None:
    source.change(CLIENT, "process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!", "process.env.SUPABASE_ANON_KEY!")
    source.files |= files

    assert source.says(source_page_variables).status is Status.OK


OF_PAGES = """import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)
SERVER
export default function Encours({ rows }) {
  USE
  return <p>{rows.length}</p>
}
"""
OF_SERVER = """const admin = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)
export async function getServerSideProps() {
  const { data } = await supabase.from('module_access').select('id').eq('user_id', await of(admin))
  return { props: { rows: data } }
}"""


def test_a_page_of_the_pages_router_has_in_the_browser_what_its_component_uses(source: Source) -> None:
    del source.files[PAGE]
    page = "src/pages/encours.tsx"
    source.files[page] = OF_PAGES.replace("SERVER", OF_SERVER).replace("USE", "")
    assert source.says(source_page_variables).status is Status.OK

    source.files[page] = OF_PAGES.replace("SERVER", "").replace("USE", "useRows(supabase)")
    result = source.says(source_page_variables)
    assert_fails(result, f"{page}:3", "SUPABASE_URL", "SUPABASE_ANON_KEY", "no browser has")
    source.files = patched(source.files, result.finding.evidence["diff"])
    assert source.says(source_page_variables).status is Status.OK

    source.files[page] = "import { useRows } from '@/hooks'\nexport default () => useRows()\n"
    source.files["src/hooks.ts"] = OF_PAGES.replace("SERVER", "export const useRows = () => supabase")
    assert_fails(source.says(source_page_variables), "src/hooks.ts:3")


def test_a_page_that_begins_with_banners_is_read_at_once(source: Source) -> None:
    banners = ("/" * 78 + "\n") * 3 + "/* one */ /* two */\n" * 40
    rest = source.files[PAGE].replace("'use client'\n", "")
    source.files[PAGE] = banners + rest
    assert source.says(source_page_variables).status is Status.OK

    source.files[PAGE] = banners + "'use client'\n" + rest
    source.change(CLIENT, "process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY!", "process.env.SUPABASE_ANON_KEY!")
    assert_fails(source.says(source_page_variables), "SUPABASE_ANON_KEY")


def test_a_public_name_that_no_file_states_is_a_warning(source: Source) -> None:
    source.change(CLIENT, "NEXT_PUBLIC_SUPABASE_ANON_KEY", "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY")
    result = source.says(source_page_variables)

    assert result.status is Status.WARN
    assert "NEXT_PUBLIC_SUPABASE_ANON_KEY" in result.finding.detail
