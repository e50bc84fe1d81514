"""Reading a folder without leaving it, and TypeScript however it is written."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iahome_fix.checks.source.data import source_tables
from iahome_fix.checks.source.keys import source_secrets
from iahome_fix.checks.source.read import source_read
from iahome_fix.checks.source.webhook import source_webhook
from iahome_fix.cli.source import give_source
from iahome_fix.errors import UsageError
from iahome_fix.facts.context import Context
from iahome_fix.installing import to_add
from iahome_fix.model import Status
from iahome_fix.settings import load_settings
from iahome_fix.source.files import MOST_BYTES, Checkout, SourceFile, read_checkout
from iahome_fix.source.following import Follower
from iahome_fix.source.metadata import read_keys, sessions_of
from iahome_fix.source.nodes import calls, text_of
from iahome_fix.source.parser import MOST_SECONDS, parse
from iahome_fix.source.tables import TableUse, tables_of
from tests.checks.source_support import Source


def alone(code: str) -> Checkout:
    """A checkout of one page."""
    return Checkout({"app/x/page.tsx": SourceFile("app/x/page.tsx", code)})


def uses(code: str) -> tuple[TableUse, ...]:
    return tables_of(alone(code))


def named(code: str) -> list[str]:
    """The tables that a file names."""
    return [use.table for use in uses(code)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("supabase.from('orders').select()", ["orders"]),
        ('supabase.from("orders")', ["orders"]),
        ("supabase.from(`orders`)", ["orders"]),
        ("supabase\n    .from( 'orders' )\n    .select('*')", ["orders"]),
        ("supabase?.from('orders'); supabase!.from('items')", ["orders", "items"]),
        ("client.from<Row>('orders')", ["orders"]),
        ("(await getClient()).from('orders')", ["orders"]),
        ("getClient().from('orders')", ["orders"]),
        ("const TABLE = 'orders'\nsupabase.from(TABLE).select()", ["orders"]),
        ("supabase.schema('public').from('orders')", ["orders"]),
        ("supabase.schema('audit').from('orders')", []),
        ("supabase.from(`orders_${year}`)", []),
        ("supabase.from(name)", []),
        ("supabase.storage.from('pictures').upload(a)", []),
        ("supabase\n  .storage\n  .from('pictures')", []),
        ("const bucket = supabase.storage\nbucket.from('pictures')", []),
        ("Array.from('abc'); Buffer.from('abcd', 'base64'); Uint8Array.from('x')", []),
        ("// supabase.from('old')\n/* supabase.from('older')\n */ supabase.from('orders')", ["orders"]),
        ("const text = \"supabase.from('quoted')\"", []),
        ("const text = `supabase.from('quoted')`", []),
        ("const url = 'https://example.test'; supabase.from('orders')", ["orders"]),
        ("const text = 'it\\'s'; supabase.from('orders')", ["orders"]),
        (
            "const text = `sum: ${supabase.from('orders')} and ${`in ${x.from('items')}`}`",
            ["orders", "items"],
        ),
        ("const quote = /['\"`]/g; supabase.from('orders')", ["orders"]),
        ("const half = total / 2; supabase.from('orders') / 1", ["orders"]),
        ("<p>Vous n'avez rien</p>\n{supabase.from('orders')}", ["orders"]),
        ("<a href='/x'>go</a>; supabase.from('orders')", ["orders"]),
        ("import { from } from 'rxjs'\nfrom('orders')", []),
        ("<code>/api/*</code>; supabase.from('orders'); /* */", ["orders"]),
        ("const T = { orders: 'orders' } as const\nsupabase.from(T.orders)", ["orders"]),
        ("const db = make() as Data.Base.Client\ndb.from('orders')", ["orders"]),
        ("const db = client.storage as Data.Base.Client\ndb.from('orders')", []),
        ("supabase.from('orders", []),
        ("supabase.from('')", []),
    ],
)
def test_which_tables_a_file_names(code: str, expected: list[str]) -> None:
    assert sorted(named(code)) == sorted(expected)


def test_the_calls_behind_a_table_are_followed_to_their_end() -> None:
    code = """const { data } = await supabase.from('rows')
      .select('*').eq('user_id', (await f({ a: [1, 2] })).id)   // comment
      .eq("kind", 'new').match({ state: `open`, n: 3 })
    supabase.from('other').insert([{ kind: 'made' }, row])"""
    rows, other = uses(code)

    assert list(rows.filters()) == [("user_id", None), ("kind", "new"), ("state", "open"), ("n", None)]
    assert (rows.reads, rows.writes, other.reads, other.writes) == (True, False, False, True)
    assert [sorted(row.keys) if row else None for row in other.written()] == [None, ["kind"]]
    assert (rows.line, other.line) == (1, 4)


@given(
    st.text(alphabet=st.sampled_from(list("'\"`/\\{}()[]<>$*.\n aé=,:;?!")) | st.characters(), max_size=300)
)
def test_any_text_can_be_read_and_gives_nodes_in_order(code: str) -> None:
    tree = parse(code)

    assert tree is not None
    for node in tree.walk():
        assert 1 <= node.line <= code.count("\n") + 1
        starts = [child.start for child in node.children]
        assert starts == sorted(starts)
        assert all(child.parent is node and child.end <= node.end for child in node.children)
    uses("db.from" + code)
    checkout = alone("stripe.checkout.sessions.create(" + code)
    sessions_of(checkout, Follower(checkout))
    list(read_keys(SourceFile("app/x/page.tsx", "const { a } = session.metadata" + code)))


@given(st.text(max_size=60))
def test_a_string_is_read_as_it_was_written(text: str) -> None:
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in "'\\" or not c.isprintable() else c for c in text)
    tree = parse(f"x = '{escaped}'")

    assert tree is not None
    (string,) = (node for node in tree.walk() if node.kind == "string")
    surrogates = any(0xD800 <= ord(c) <= 0xDFFF for c in text)
    assert surrogates or text_of(string) == text


def test_deep_nesting_and_long_files_end() -> None:
    assert named("`${" * 500 + "a.from('x')" + "}`" * 500) == ["x"]
    assert named("(" * 20_000 + "a.from('x')" + ")" * 20_000) == ["x"]


@pytest.mark.parametrize(
    "piece",
    [
        '\\"',
        "'\"",
        "(/[",
        "const a=b ",
        "`${",
        "a.from('x')",
        "const {a}=",
        "from<",
        "if(error){",
        "/*",
        "=/",
    ],
)
def test_hostile_files_do_not_take_long(piece: str) -> None:
    checkout = alone("db.from('x') checkout.sessions.create(" + piece * (60_000 // len(piece)))
    before = time.process_time()
    tables_of(checkout)
    sessions_of(checkout, Follower(checkout))

    assert time.process_time() - before < 5 * MOST_SECONDS


def app_in(folder: Path) -> Path:
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "page.tsx").write_text("a.from('one')", encoding="utf-8")
    return folder


def test_only_the_apps_own_source_is_read(tmp_path: Path) -> None:
    root = app_in(tmp_path / "checkout")
    for path in (
        "node_modules/x/index.js",
        ".next/server/page.js",
        "app/node_modules/y/index.ts",
        "scripts/once.ts",
        "app/page.test.tsx",
        "types/database.types.ts",
        "app/worker.min.js",
        "app/readme.md",
        "app/types.d.ts",
        "examples/one/app/page.tsx",
        "app/__tests__/page.tsx",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("a.from('other')", encoding="utf-8")
    (root / "app" / "db.ts").write_text(
        "export type Database = {\n public: { Tables: {} } }\n a.from('generated')", encoding="utf-8"
    )
    (root / "app" / "docs").mkdir()
    (root / "app" / "docs" / "page.tsx").write_text("\ufeffa.from('two')", encoding="utf-8")
    (root / "app" / "large.ts").write_text("//\n" * MOST_BYTES, encoding="utf-8")
    (root / "app" / "bundle.js").write_text("x;" * 20_000, encoding="utf-8")
    (root / "app" / "picture.ts").write_bytes(b"\0\1\2")
    (root / "app" / "latin.ts").write_bytes("// é\na.from('three')".encode("latin-1"))
    (root / "app" / "wide.ts").write_bytes("a.from('four')".encode("utf-16"))
    checkout = read_checkout(root)

    read = ["app/docs/page.tsx", "app/latin.ts", "app/page.tsx", "app/wide.ts"]
    assert sorted(checkout.files) == read
    assert [path for path, file in sorted(checkout.files.items()) if file.exact] == [read[0], read[2]]
    assert checkout.left_out == ("app/bundle.js", "app/large.ts", "app/picture.ts")
    assert sorted(use.table for use in tables_of(checkout)) == ["four", "one", "three", "two"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = app_in(tmp_path / "outside")
    root = app_in(tmp_path / "checkout")
    (root / "app" / "linked").symlink_to(outside / "app", target_is_directory=True)
    (root / "app" / "linked.ts").symlink_to(outside / "app" / "page.tsx")
    (root / "app" / "circle").symlink_to(root / "app", target_is_directory=True)
    os.mkfifo(root / "app" / "pipe.ts")

    assert list(read_checkout(root).files) == ["app/page.tsx"]
    (root / "app" / "page.tsx").write_text("import x from '../../outside/app/page'", encoding="utf-8")
    checkout = read_checkout(root)
    assert [f.path for f in checkout.reached_from(checkout.files["app/page.tsx"])] == ["app/page.tsx"]
    # The folder itself may be given through a link.
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    assert list(read_checkout(tmp_path / "link").files) == ["app/page.tsx"]


def test_a_folder_without_an_app_is_a_usage_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError):
            read_checkout(folder)


@pytest.mark.parametrize(
    ("path", "route", "is_page"),
    [
        ("src/app/encours/page.tsx", "/encours", True),
        ("app/(shop)/encours/page.js", "/encours", True),
        ("app/page.tsx", "/", True),
        ("src/app/api/webhooks/stripe/route.ts", "/api/webhooks/stripe", False),
        ("pages/encours.tsx", "/encours", True),
        ("pages/shop/index.tsx", "/shop", True),
        ("src/pages/api/webhooks/stripe.ts", "/api/webhooks/stripe", False),
        ("app/(shop)/@modal/[...slug]/route.js", "/[...slug]", False),
        ("app/_private/route.ts", None, False),
        ("app/api/route.mts", None, False),
        ("pages/webhooks/stripe.ts", "/webhooks/stripe", True),
        ("pages/_app.tsx", None, False),
        ("src/app/encours/list.tsx", None, False),
        ("src/utils/page.tsx", None, False),
    ],
)
def test_the_address_of_a_file(path: str, route: str | None, is_page: bool) -> None:
    file = SourceFile(path, "")

    assert (file.route, file.is_page) == (route, is_page)


def test_imports_are_followed_relative_and_from_the_root(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    files = {
        "src/app/encours/page.tsx": "import A from './list'\nimport { b } from '@/lib/b'\nimport 'react'",
        "src/app/encours/list.tsx": "export * from '../shared'",
        "src/app/shared/index.ts": "import('../encours/page')",
        "src/lib/b.js": "const c = require('./c.mjs')",
        "src/lib/c.mjs": "",
        "src/lib/unrelated.ts": "",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    checkout = read_checkout(root)

    reached = {file.path for file in checkout.reached_from(checkout.files["src/app/encours/page.tsx"])}
    assert reached == set(files) - {"src/lib/unrelated.ts"}


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def test_imports_are_followed_by_aliases_and_into_packages(tmp_path: Path) -> None:
    files = {
        "package.json": '{"workspaces": ["apps/*", "packages/*"]}',
        "tsconfig.base.json": '{"compilerOptions": {"paths": {"#lib/*": ["./packages/lib/source/*"]}}}',
        "apps/web/package.json": '{"name": "web", "dependencies": {"next": "15.0.0"}}',
        "apps/web/tsconfig.json": """{
          // the app's own
          "extends": "../../tsconfig.base.json",
          "compilerOptions": {
            "baseUrl": "./",
            "paths": { "~db": ["./server/db/client"], "@web/*": ["./server/*"], }
          },
        }""",
        "apps/web/app/page.tsx": "import a from '~db'\nimport { b } from '@web/b'\n"
        "import { c } from 'server/c'\nimport { d } from '@acme/billing'\n"
        "import { e } from '@acme/billing/extra'\nimport { f } from './f.js'\n"
        "import type { g } from '@web/types'\n// import x from '@web/unused'\n",
        "apps/web/app/f.ts": "",
        "apps/web/server/db/client.ts": "",
        "apps/web/server/b.ts": "",
        "apps/web/server/c/index.ts": "",
        "apps/web/server/types.ts": "",
        "apps/web/server/unused.ts": "",
        "packages/billing/package.json": '{"name": "@acme/billing", "main": "./dist/index.js",'
        ' "exports": {".": {"import": "./dist/index.js"}, "./*": "./src/*.ts"}}',
        "packages/billing/src/index.ts": "export * from './inner'",
        "packages/billing/src/inner.ts": "",
        "packages/billing/src/extra.ts": "",
    }
    checkout = read_checkout(write(tmp_path / "checkout", files))

    reached = {file.path for file in checkout.reached_from(checkout.files["apps/web/app/page.tsx"])}
    code = {path for path in files if path.endswith((".ts", ".tsx"))}
    assert reached == code - {"apps/web/server/types.ts", "apps/web/server/unused.ts"}


def test_every_next_app_of_a_monorepo_is_found(tmp_path: Path) -> None:
    files = {
        "package.json": '{"workspaces": ["apps/*"], "devDependencies": {"turbo": "2"}}',
        "apps/shop/package.json": '{"dependencies": {"next": "15.0.0"}}',
        "apps/shop/src/app/page.tsx": "",
        "apps/docs/package.json": '{"dependencies": {"next": "15.0.0"}}',
        "apps/docs/pages/index.tsx": "",
        "apps/native/package.json": '{"dependencies": {"expo": "52"}}',
        "apps/native/app/page.tsx": "",
        "packages/ui/package.json": "{}",
        "packages/ui/pages/card.tsx": "",
    }
    checkout = read_checkout(write(tmp_path / "checkout", files))

    assert [app.root for app in checkout.apps] == ["apps/docs", "apps/shop"]
    routes = {file.path: file.route for file in checkout if file.route}
    assert routes == {"apps/shop/src/app/page.tsx": "/", "apps/docs/pages/index.tsx": "/"}
    shop = checkout.narrowed(checkout.apps[1])
    assert "apps/docs/pages/index.tsx" not in shop.files
    assert "packages/ui/pages/card.tsx" in shop.files


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"package.json": '{"dependencies": {"stripe": "^23.1.0"}}'}, (23, "package.json")),
        ({"package.json": '{"dependencies": {"stripe": "latest"}}'}, None),
        ({"package.json": '{"dependencies": {"stripe": ">=17 || 23"}}'}, None),
        (
            {
                "package.json": '{"dependencies": {"stripe": "^17.0.0"}}',
                "package-lock.json": '{"packages": {"node_modules/stripe": {"version": "18.5.0"}}}',
            },
            (18, "package-lock.json"),
        ),
        ({"yarn.lock": 'stripe@^17.0.0:\n  version "17.7.0"\n'}, (17, "yarn.lock")),
        (
            {"pnpm-lock.yaml": "packages:\n\n  stripe@20.1.0:\n    a: {}\n  stripe-event-types@3.1.0:\n"},
            (20, "pnpm-lock.yaml"),
        ),
        (
            {"pnpm-lock.yaml": "packages:\n\n  /stripe@14.25.0(a@1):\n    dev: 0\n"},
            (14, "pnpm-lock.yaml"),
        ),
        ({"bun.lock": '  "packages": {\n    "stripe": ["stripe@22.0.0", "", {}],\n'}, (22, "bun.lock")),
        ({"pnpm-lock.yaml": "packages:\n  stripe@20.1.0:\n  stripe@17.0.0:\n"}, None),
    ],
)
def test_the_version_of_a_package(tmp_path: Path, files: dict[str, str], found: object) -> None:
    checkout = read_checkout(write(tmp_path / "checkout", files | {"app/page.tsx": ""}))

    assert checkout.manifests.major("", "stripe") == found


def test_without_the_parser_the_checks_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_typescript", None)
    report = Source(tmp_path).report(source_read, source_webhook, source_tables, source_secrets)

    statuses = [r.status for r in report.results]
    assert statuses == [Status.SKIPPED] * 3 + [Status.OK]
    assert {r.finding.hint for r in report.results[:3]} == {f"install it: {to_add('iahome-fix[app]')}"}
    with pytest.raises(UsageError) as raised:
        give_source(Context(load_settings(folder=tmp_path, environ={}), timeout=1), tmp_path / "checkout")
    assert (raised.value.exit_code, "iahome-fix[app]" in (raised.value.hint or "")) == (2, True)


def test_a_large_checkout_is_read_in_seconds(tmp_path: Path) -> None:
    root = app_in(tmp_path / "checkout")
    text = "export const text = Array.from(others, (one) => `${one}`)\n" * 1_500
    for number in range(300):
        (root / "app" / f"file{number}.ts").write_text(text, encoding="utf-8")
    before = time.process_time()
    checkout = read_checkout(root)
    tables_of(checkout)

    assert (len(checkout.files), time.process_time() - before < 5) == (301, True)


@pytest.mark.parametrize("sign", ["é", "€", "𝄞"])
def test_signs_of_several_bytes_are_read_wherever_a_piece_ends(sign: str) -> None:
    for before in range(4):
        text = " " * before + f"const text = '{sign * 3_000}'; db.from('{sign}')\n"
        tree = parse(text)
        assert tree is not None
        assert [call.text for call in calls(tree, "from")] == [f"db.from('{sign}')"]
