"""Commands over the Data API while it is answered for by something else, or while sales come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from iahome_fix.repairs.api import written as api_written
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.loopback import Response
from tests.cli.api_support import DOUBLED, env_file, many_tokens, paste
from tests.cli.channel_support import run
from tests.conftest import ServeApi
from tests.damage import DAMAGES, Proxy
from tests.sessions import execute

COUNT = "select count(*) from public.module_access"
SALES = (
    "insert into public.module_access (user_id, module_id, expires_at, metadata)"
    ' select created_by, 3, {ends}, \'{{"session_id": "cs_1"}}\' from public.access_tokens'
    " where id in ('many_1', 'many_2')"
)


@dataclass
class Shop:
    """Five customers with a token each, whose Data API is behind a proxy."""

    dsn: str
    proxy: Proxy
    env: str
    folder: Path

    def run(self, *words: str) -> tuple[int, dict[str, object], str]:
        """Exit code, document and error message of a command."""
        code, document = run(self.folder, *words, "--env-file", self.env)
        return code, document, str((document["error"] or {}).get("message", ""))

    def count(self) -> int:
        return int(execute(self.dsn, COUNT)[0][0])


@pytest.fixture
def shop(make_database: MakeDatabase, serve_api: ServeApi, tmp_path: Path) -> Iterator[Shop]:
    dsn = make_database()
    paste(dsn)
    execute(dsn, "insert into public.modules (id, title, price) values (3, 'Metube', 0)")
    many_tokens(dsn, 5)
    gateway = serve_api(dsn)
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(gateway.url))
        env = str(env_file(tmp_path, gateway, f"SUPABASE_API_URL={proxy.url}"))
        yield Shop(dsn, proxy, env, tmp_path)


def test_a_broken_read_is_no_empty_table(shop: Shop) -> None:
    for table in ("module_access", "access_tokens", "modules", "profiles"):
        for after in (0, 1):  # the rows, and the page behind them
            # Every damage to every reader: tests/systems/test_contract.py.
            for name in ("truncated", "html", "null", "object"):
                shop.proxy.strike(DAMAGES[name], f"/{table}", after=after)
                code, document, said = shop.run("backfill", "--yes")
                assert shop.proxy.struck, (table, name)
                assert (code, document["verdict"]) == (3, "unknown"), (table, name, said)
                assert "unexpected response" in said, (table, name)
                assert shop.count() == 0, (table, name)


def test_what_was_written_is_said_to_be_written(shop: Shop) -> None:
    for name, damage in DAMAGES.items():
        shop.proxy.strike(damage, "/module_access", method="POST")
        code, document, said = shop.run("backfill", "--yes")
        assert shop.proxy.struck, name
        # The rows are there, whatever the answer was, and each of them was read back.
        assert (code, document["verdict"], document["applied"]) == (0, "applied", {"created": 5}), (
            name,
            said,
        )
        assert shop.count() == 5
        execute(shop.dsn, "delete from public.module_access")


def test_what_was_not_written_is_not_said_to_be(shop: Shop) -> None:
    for name in ("html", "null", "created", "odd refusal"):
        shop.proxy.strike(DAMAGES[name], "/module_access", method="POST", forward=False)
        code, document, said = shop.run("backfill", "--yes")
        assert (code, document["verdict"]) == (3, "unknown"), name
        assert "unexpected response" in said
        assert shop.count() == 0


def test_what_cannot_be_read_back_cannot_be_told(shop: Shop) -> None:
    def then_blind(answer: Response) -> Response:
        shop.proxy.strike(DAMAGES["html"], "/module_access")
        return answer

    # The insert is acknowledged, what it made cannot be seen.
    shop.proxy.strike(then_blind, "/module_access", method="POST")
    code, document, said = shop.run("backfill", "--yes")
    assert (code, document["verdict"], shop.count()) == (4, "partly-applied", 5)
    assert str(document["run_id"]) in said
    assert "is not known" in said
    execute(shop.dsn, "delete from public.module_access")

    # Neither is there an answer to the insert.
    def blind(answer: Response) -> Response:
        return DAMAGES["null"](then_blind(answer))

    shop.proxy.strike(blind, "/module_access", method="POST")
    code, document, said = shop.run("backfill", "--yes")
    assert (code, document["verdict"], shop.count()) == (3, "unknown", 5)
    assert str(document["run_id"]) in said
    assert "is not known" in said
    shop.proxy.heal()
    assert shop.run("backfill", "--yes")[1]["verdict"] == "nothing-to-do"


def test_a_look_that_comes_too_early_is_followed_by_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_written, "_SECOND_LOOKS", (0.01, 0.01))
    seen: list[int] = []

    def late(answer: Response) -> Response:
        seen.append(1)
        behind = len(seen) == 1  # a copy of the database that has not heard of the rows yet
        return Response(200, b"[]", {"Content-Range": "*/*"}) if behind else answer

    def then_late(answer: Response) -> Response:
        shop.proxy.strike(late, "/module_access")
        return answer

    shop.proxy.strike(then_late, "/module_access", method="POST")
    code, document, said = shop.run("backfill", "--yes")
    assert (code, document["applied"]) == (0, {"created": 5}), said
    assert len(seen) > 1


def test_a_sale_meanwhile_gives_nobody_two_accesses(shop: Shop) -> None:
    execute(shop.dsn, "drop index public.idx_module_access_unique_user_module")

    def sale(answer: Response) -> Response:
        execute(shop.dsn, SALES.format(ends="null"))
        return answer

    shop.proxy.strike(sale, "/module_access", method="POST")
    code, document, said = shop.run("backfill", "--yes")
    assert (code, document["applied"]) == (0, {"created": 3}), said
    assert execute(shop.dsn, DOUBLED) == []
    assert shop.count() == 7


def test_sales_after_the_last_look_are_found_by_the_next_run(shop: Shop) -> None:
    execute(shop.dsn, "drop index public.idx_module_access_unique_user_module")
    assert shop.run("backfill", "--yes")[0] == 0
    execute(shop.dsn, SALES.format(ends="null"))
    code, document, _said = shop.run("backfill", "--dry-run")
    plan = document["plan"]
    assert isinstance(plan, dict)
    assert (code, document["verdict"], plan["doubles"], plan["to_create"]) == (0, "planned", 2, 0)
    code, document, _said = shop.run("backfill", "--yes")
    assert (code, document["verdict"], document["applied"]) == (0, "applied", {"created": 0})
    assert execute(shop.dsn, DOUBLED) == []
    assert shop.run("backfill", "--yes")[1]["verdict"] == "nothing-to-do"


def test_a_double_that_ends_earlier_than_ours_is_said_and_never_nothing_to_do(shop: Shop) -> None:
    execute(shop.dsn, "drop index public.idx_module_access_unique_user_module")
    assert shop.run("backfill", "--yes")[0] == 0
    execute(shop.dsn, SALES.format(ends="now() + interval '72 hours'"))
    before = execute(shop.dsn, "select to_jsonb(a) from public.module_access a order by id")
    for words in (("backfill", "--yes"), ("backfill", "--dry-run")):
        code, document, said = shop.run(*words)
        assert (code, document["verdict"]) == (1, "refused")
        assert "2 customers have several active accesses" in said
        error = document["error"]
        assert isinstance(error, dict)
        assert "migrate" in error["hint"]
    assert execute(shop.dsn, "select to_jsonb(a) from public.module_access a order by id") == before


def test_doctor_cannot_tell_what_it_was_not_told(shop: Shop) -> None:
    for name in ("html", "null", "object", "truncated", "utf-16", "no content", "brackets"):
        shop.proxy.strike(DAMAGES[name], "/access_tokens")
        code, document, _said = shop.run("doctor", "--timeout", "3")
        checks = document["checks"]
        assert isinstance(checks, list)
        told = {check["id"]: check for check in checks}
        assert code in (1, 3), name
        of_tokens = told["data.tokens-without-access"]
        assert of_tokens["status"] in ("unknown", "blocked"), (name, of_tokens)
        assert not [c["detail"] for c in checks if "failed by itself" in c["detail"]], name
        assert [c for c in checks if "unexpected response" in c["detail"]], name
        assert told["supabase.reachable"]["status"] == told["supabase.key"]["status"] == "ok"
