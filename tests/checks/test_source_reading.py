"""Reading TypeScript without a parser, and a folder without leaving it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iahome_fix.checks.source.checkout import checkouts
from iahome_fix.errors import UsageError
from iahome_fix.source.files import MOST_BYTES, SourceFile, read_checkout
from iahome_fix.source.lexer import Sort, read
from iahome_fix.source.syntax import Stream
from iahome_fix.source.tables import tables_of


def named(code: str) -> list[str]:
    """The tables that a file names."""
    return [use.table for use in tables_of([SourceFile("app/x/page.tsx", code)])]


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
    rows, other = tables_of([SourceFile("app/x/page.tsx", code)])

    assert list(rows.filters()) == [("user_id", None), ("kind", "new"), ("state", "open"), ("n", None)]
    assert (rows.reads, rows.writes, other.reads, other.writes) == (True, False, False, True)
    assert [sorted(row.keys) if row else None for row in other.written()] == [["kind"]]
    assert (rows.line, other.line) == (1, 4)


@given(
    st.text(alphabet=st.sampled_from(list("'\"`/\\{}()[]<>$*.\n aé=,:;?!")) | st.characters(), max_size=300)
)
def test_any_text_can_be_read_and_gives_tokens_in_order(code: str) -> None:
    streams = [Stream(tokens) for tokens in read(code)]

    for stream in streams:
        lines = [token.line for token in stream.tokens]
        assert lines == sorted(lines)
        assert all(1 <= line <= code.count("\n") + 1 for line in lines)
    list(tables_of([SourceFile("app/x/page.tsx", ".from" + code)]))
    list(checkouts(SourceFile("app/x/page.tsx", "checkout.sessions.create(" + code)))


@given(st.text(max_size=60))
def test_a_string_is_read_as_it_was_written(text: str) -> None:
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in "'\\" or not c.isprintable() else c for c in text)
    (tokens,) = read(f"x = '{escaped}'")

    surrogates = any(0xD800 <= ord(c) <= 0xDFFF for c in text)
    assert tokens[-1].sort is Sort.TEXT
    assert surrogates or tokens[-1].value == text


def test_deep_nesting_and_long_files_end(tmp_path: Path) -> None:
    assert named("`${" * 500 + "a.from('x')" + "}`" * 500) in ([], ["x"])
    assert named("(" * 20_000 + "a.from('x')") == ["x"]


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
def test_hostile_files_take_time_in_proportion_to_their_length(piece: str) -> None:
    def seconds(length: int) -> float:
        file = SourceFile("app/x/page.tsx", ".from checkout.sessions " + piece * (length // len(piece)))
        before = time.process_time()
        list(tables_of([file]))
        list(checkouts(file))
        return time.process_time() - before

    assert seconds(80_000) < 10 * max(seconds(20_000), 0.1)


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
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("a.from('other')", encoding="utf-8")
    (root / "app" / "db.ts").write_text(
        "export type Database = {\n public: { Tables: {} } }\n a.from('generated')", encoding="utf-8"
    )
    (root / "app" / "docs").mkdir()
    (root / "app" / "docs" / "page.tsx").write_text("\ufeffa.from('two')", encoding="utf-8")
    (root / "app" / "large.ts").write_text("//" + "x" * MOST_BYTES, encoding="utf-8")
    checkout = read_checkout(root)

    assert sorted(checkout.files) == ["app/docs/page.tsx", "app/page.tsx"]
    assert checkout.left_out == ("app/large.ts",)
    assert sorted(use.table for use in tables_of(checkout)) == ["one", "two"]


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
