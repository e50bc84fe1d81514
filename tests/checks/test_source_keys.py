"""The key of the webhook's handler, and keys that stand in the source."""

from __future__ import annotations

import base64
import json
import re
import secrets
from pathlib import Path

import pytest

from iahome_fix.checks.source.keys import source_key, source_secrets
from iahome_fix.model import Kind, Status
from tests.checks.patching import patched
from tests.checks.source_support import HANDLER, Source, assert_fails, healthy

CLIENT = "src/utils/supabase.ts"


def jwt(role: str) -> str:
    """A made-up key of the old kind."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"role": role, "ref": "a" * 20, "exp": 4_102_444_800})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(24)])


def public_client(source: Source) -> None:
    source.change(HANDLER, "SUPABASE_SERVICE_ROLE_KEY", "NEXT_PUBLIC_SUPABASE_ANON_KEY")


def test_the_public_key_fails_where_the_database_refuses_it(deployed: Source) -> None:
    public_client(deployed)
    result = deployed.says(source_key)

    assert_fails(result, "public key", f"{HANDLER}:5", "module_access")
    assert "SUPABASE_SERVICE_ROLE_KEY" in (result.finding.hint or "")


def test_the_public_key_is_a_warning_where_it_works_or_nobody_knows(deployed: Source, tmp_path: Path) -> None:
    public_client(deployed)
    for table in ("profiles", "modules", "module_access"):
        deployed.sql(
            f"grant select, insert on public.{table} to anon;"
            f" alter table public.{table} disable row level security",
        )
    deployed.sql("grant usage on all sequences in schema public to anon")
    assert deployed.says(source_key).status is Status.WARN
    blind = Source(tmp_path, files=deployed.files)
    assert blind.says(source_key).status is Status.WARN


SERVER = "process.env.SUPABASE_SERVICE_ROLE_KEY"
PUBLIC = "process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("export const db = createClient(U, process.env.SUPABASE_SECRET_KEY!)", Status.OK),
        (f"const key = {PUBLIC} as string\nexport const db = createClient<Database>(U, key)", Status.FAIL),
        (
            "const key = process.env['SUPABASE_ANON_KEY']!\nexport const db = createClient(U, key)",
            Status.FAIL,
        ),
        ("import { config } from './config'\nexport const db = createClient(U, config.key)", Status.FAIL),
        (f"export function db() {{\n  return createClient(U, {SERVER}!)\n}}", Status.OK),
        (
            f"export async function db() {{ await x()\n return createServerClient(U, {PUBLIC}!, {{}}) }}",
            Status.FAIL,
        ),
        (f"export const db = () => createClient(U, {PUBLIC}!)", Status.FAIL),
        ("export * as x from 'y'\nexport { client as db } from './made'", Status.FAIL),
        ("export const db = createRouteHandlerClient({ cookies })", Status.FAIL),
        (
            f"export const db = createRouteHandlerClient({{ cookies }}, {{ supabaseKey: {SERVER} }})",
            Status.OK,
        ),
        (
            f"const must = (v?: string) => v ?? stop()\nexport const db = createClient(U, must({SERVER}))",
            Status.OK,
        ),
        (f"export const db = createClient(U, {SERVER} || {PUBLIC}!)", Status.OK),
        ("export const db = connect()", Status.UNKNOWN),
    ],
)
def test_the_key_is_followed_to_where_it_comes_from(deployed: Source, code: str, status: Status) -> None:
    imported = "import { db as admin } from '../../../../utils/server'\n"
    if "db()" in code or "=>" in code:
        imported = "import { db } from '@/utils/server'\nconst admin = db()\n"
    deployed.files |= {
        "src/utils/server.ts": code,
        "src/utils/config.ts": f"export const config = {{ url: U, key: {PUBLIC} }}",
        "src/utils/made.ts": "export const client = createClient(U, process.env.SUPABASE_ANON_KEY)",
        HANDLER: f"{imported}export const POST = async () => {{ constructEvent(); admin.from('profiles') }}",
    }

    assert deployed.says(source_key).status is status


def test_a_client_that_pages_have_as_well_is_left_to_them(deployed: Source) -> None:
    """The server's key in it would be sent to every visitor, or read everybody's rows for every page."""
    for shared in ("src/utils/supabase.ts", "src/utils/server.ts"):
        deployed.files |= healthy()
        deployed.files["src/utils/server.ts"] = deployed.files["src/utils/supabase.ts"]
        deployed.files["src/app/account/page.tsx"] = "import { supabase } from '@/utils/server'\n"
        name = "supabase as admin" if shared == "src/utils/supabase.ts" else "supabase"
        deployed.files[HANDLER] = re.sub(
            "import { createClient.*\n",
            f"import {{ {name} }} from '@/{shared[4:-3]}'\n",
            re.sub(r"const admin = .*\n", "", deployed.files[HANDLER]),
        ).replace("admin\n", f"{name.split()[-1]}\n")
        result = deployed.says(source_key)
        assert_fails(result, shared)
        assert "one of its own" in (result.finding.hint or "")
        diff = result.finding.evidence["diff"]
        assert shared not in diff, diff
        after = patched(deployed.files, diff)
        assert after[HANDLER].count("SUPABASE_SERVICE_ROLE_KEY") == 1, diff
        deployed.files = after
        assert deployed.says(source_key).status is Status.OK


def test_a_createclient_of_somebody_else_is_not_called_with_the_servers_key(deployed: Source) -> None:
    deployed.files["src/app/account/page.tsx"] = "import { supabase } from '@/utils/supabase'\n"
    deployed.files["src/utils/server.ts"] = "export const createClient = () => made()\n"
    deployed.files[HANDLER] = re.sub(
        "import { createClient.*\n",
        "import { createClient } from '@/utils/server'\nimport { supabase } from '@/utils/supabase'\n",
        re.sub(r"const admin = .*\n", "", deployed.files[HANDLER]),
    ).replace("admin\n", "supabase\n")
    result = deployed.says(source_key)

    assert_fails(result, "src/utils/supabase.ts")
    assert not result.finding.evidence["diff"]


def test_a_key_in_the_source_is_judged_by_its_role_and_never_shown(deployed: Source) -> None:
    key = jwt("anon")
    deployed.change(HANDLER, "process.env.SUPABASE_SERVICE_ROLE_KEY!", f"'{key}'")
    result = deployed.says(source_key)

    assert_fails(result, "written into")
    assert key[:40] not in repr(result)


def test_an_address_in_the_source_has_to_be_the_projects(bare: Source) -> None:
    bare.variables = {"NEXT_PUBLIC_SUPABASE_URL": "https://abcdefghijklmnopqrst.supabase.co"}
    bare.change(
        HANDLER, "process.env.NEXT_PUBLIC_SUPABASE_URL!", "'https://zyxwvutsrqponmlkjihg.supabase.co'"
    )
    assert_fails(bare.says(source_key), "project", HANDLER)
    own_domain = {"NEXT_PUBLIC_SUPABASE_URL": "https://data.shop.example.test"}
    assert Source(bare.folder, files=bare.files, variables=own_domain).says(source_key).status is Status.OK
    bare.change(HANDLER, "zyxwvutsrqponmlkjihg", "abcdefghijklmnopqrst")
    assert bare.says(source_key).status is Status.OK


@pytest.mark.parametrize("path", [CLIENT, "src/app/encours/page.tsx"])
def test_secrets_in_the_source_are_found_by_place_and_not_shown(bare: Source, path: str) -> None:
    found = [jwt("service_role"), "sk_" + "live_" + secrets.token_hex(16), "whsec_" + secrets.token_hex(16)]
    bare.files[path] += "\n".join(["", *(f"// const key = '{key}'" for key in found)])
    result = bare.says(source_secrets)
    replaced = [one["secret"] for one in result.finding.evidence["replace"]]
    assert replaced == ["supabase-service-role-key", "stripe-key", "stripe-signing-secret"]
    assert "git's history" in str(result.finding.hint)

    assert_fails(result, f"{path}:", "service role key")
    assert (result.check.kind, len(result.finding.evidence["places"])) == (Kind.SECURITY, 3)
    assert not any(key[-20:] in repr(result) for key in found)


def test_public_keys_and_placeholders_are_no_secrets(bare: Source) -> None:
    crossed_out = "sk_" + "test_" + "x" * 24
    bare.files[CLIENT] += f"\nconst a = '{jwt('anon')}', b = '{crossed_out}', c = 'whsec_...'"

    assert bare.says(source_secrets).status is Status.OK
