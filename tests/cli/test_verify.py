"""`verify`: from the signature to the page, hop by hop, and nothing stays."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from iahome_fix.sandbox.loopback import Response
from iahome_fix.sandbox.site import Site
from tests.checks.app_support import PATH, ago, secret
from tests.cli.running import wait_for
from tests.cli.shop_support import Ran, Shop, shop
from tests.cli.terminal_support import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.sandbox.loopback import Request
    from tests.conftest import MakeMigrated, ServeManagement

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
VERIFY = ("verify", "--email", CAROL, "--module", "3", "--yes", "--timeout", "1.5")
HOPS = ["route", "signature", "handler", "row", "page", "clean-up"]


@pytest.fixture
def store(tmp_path: Path, make_migrated: MakeMigrated) -> Iterator[Shop]:
    with shop(tmp_path, make_migrated()) as running:
        yield running


class Deployed(Site):
    """The app's stand-in, which keeps the payments that it was sent and can be slow about them."""

    before = after = 0.0

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.sent: list[dict[str, Any]] = []
        self.broken = False

    def _webhook(self, request: Request) -> Response:
        answer = super()._webhook(request)
        return Response(500) if self.broken and self.sent else answer

    def _fulfil(self, session: dict[str, Any]) -> None:
        self.sent.append(session)
        self._server.stopping.wait(self.before)
        super()._fulfil(session)
        self._server.stopping.wait(self.after)


@contextmanager
def deployed(store: Shop) -> Iterator[Deployed]:
    """Another stand-in in the place of the store's."""
    site = Deployed(dsn=store.app.dsn, webhook_secret=store.app.endpoint.secret)
    with site:
        store.app.site = site
        store.app.endpoint.url = site.url + PATH
        yield site


def statuses(found: Ran) -> dict[str, str]:
    return {hop["id"]: hop["status"] for hop in found.document["hops"]}


def detail(found: Ran, hop: str) -> str:
    return str(next(entry["detail"] for entry in found.document["hops"] if entry["id"] == hop))


def rows(store: Shop) -> int:
    """What is in the tables that a payment writes."""
    return int(
        store.app.sql(
            "select (select count(*) from public.module_access) + (select count(*) from public.payments)"
            " + (select count(*) from public.user_applications)"
        )[0][0]
    )


def test_a_healthy_shop_is_proved_and_left_as_it_was(store: Shop) -> None:
    found = store.run(*VERIFY)
    assert (found.code, found.verdict, found.error) == (0, "proved", None)
    assert [(hop["id"], hop["status"]) for hop in found.document["hops"]] == [(hop, "ok") for hop in HOPS]
    assert all(hop["ms"] >= 0 and hop["title"] and hop["detail"] for hop in found.document["hops"])
    assert [thing["what"] for thing in found.document["remains"]] == ["email"]
    assert rows(store) == 0
    assert store.app.site.log == ["3: granted"]
    (run,) = store.journal()
    assert (run["run_id"], run["state"]) == (found.document["run_id"], "applied")
    assert run["changes"]["verified"] == {"created": 1, "removed": 2}
    whole = json.dumps(found.document) + found.err + json.dumps(run)
    assert CAROL not in whole
    assert store.app.endpoint.secret not in whole

    code, out, _err = store.say(*VERIFY)
    assert code == 0
    assert "PROVED" in out
    assert [line.split()[1] for line in out.splitlines() if line[:1] in "✓+"] == HOPS
    assert rows(store) == 0


@pytest.mark.parametrize("mode", ["live", "test"])
def test_the_payment_is_in_the_mode_of_the_key_and_in_the_shape_of_real_sales(store: Shop, mode: str) -> None:
    store.app.key = store.app.stripe.add_key(mode)
    metadata = {"moduleId": "15", "moduleTitle": "Stable diffusion", "customerEmail": ALICE, "testMode": "x"}
    store.app.stripe.add_session(livemode=mode == "live", metadata=metadata, customer_email=ALICE)
    with deployed(store) as site:
        found = store.run(*VERIFY)
    (session,) = site.sent
    assert session["id"].startswith(f"cs_{mode}_iahomefix_verify_")
    assert session["livemode"] is (mode == "live")
    assert session["metadata"] == {
        "moduleId": "3",
        "moduleTitle": "Metube",
        "customerEmail": CAROL,
        "testMode": "x",
    }
    # The handler of the guide's time reads items_ids: with such sessions it gives nobody anything.
    assert (found.code, found.verdict, found.error) == (1, "not-proved", "hop-row")
    assert found.document["plan"]["metadata_like"] == "session"
    assert "moduleId" in detail(found, "row")
    assert rows(store) == 0


@pytest.mark.parametrize("variant", ["noop", "anon", "user_applications", "no-policy"])
def test_a_link_that_is_broken_behind_the_handler_is_found(store: Shop, variant: str) -> None:
    if variant == "noop":
        store.app.site.handler = "noop"
    elif variant == "anon":
        store.app.site.handler_role = "anon"
    elif variant == "user_applications":
        store.app.site.handler_version = "user_applications_year"
    else:
        store.app.sql(
            "do $$ declare p text; begin"
            " for p in select policyname from pg_policies where tablename = 'module_access' loop"
            " execute format('drop policy %I on public.module_access', p); end loop; end $$"
        )
    found = store.run(*VERIFY)
    ends_at = "page" if variant == "no-policy" else "row"
    assert (found.code, found.verdict, found.error) == (1, "not-proved", f"hop-{ends_at}")
    assert statuses(found)["handler"] == "ok"
    assert statuses(found)["clean-up"] == "ok"
    named = [(thing["what"], thing["certain"]) for thing in found.document["remains"]]
    if variant == "user_applications":
        assert ("user_applications", True) in named
        assert rows(store) == 1
    else:
        assert named == [("email", False)]
        assert rows(store) == 0


class Forgetful(Site):
    """Its handler writes the access without the session's id, as some versions of the app did."""

    def _fulfil(self, session: dict[str, Any]) -> None:
        super()._fulfil(session)
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("update public.module_access set metadata = '{}'")


def test_a_row_that_cannot_be_told_apart_is_named_and_not_removed(store: Shop) -> None:
    site = Forgetful(dsn=store.app.dsn or "", webhook_secret=store.app.endpoint.secret)
    with site:
        store.app.site = site
        store.app.endpoint.url = site.url + PATH
        found = store.run(*VERIFY)
    ((row_id,),) = store.app.sql("select id::text from public.module_access")
    assert (found.code, found.error) == (1, "hop-row")
    assert row_id in detail(found, "row")
    assert ("module_access", row_id) in [(t["what"], t["id"]) for t in found.document["remains"]]


@pytest.mark.parametrize("variant", ["secret", "redirect", "absent", "gate"])
def test_nothing_is_paid_where_the_way_in_is_wrong(store: Shop, variant: str) -> None:
    site = store.app.site
    if variant == "secret":
        site.webhook_secret = secret("whsec")
    elif variant == "redirect":
        site.redirect_to = "https://www.example.test" + PATH
    elif variant == "absent":
        site.status_override = 404
    else:
        site.gate = 401
    found = store.run(*VERIFY)
    ends_at = "signature" if variant == "secret" else "route"
    assert (found.code, found.verdict, found.error) == (1, "not-proved", f"hop-{ends_at}")
    assert statuses(found)["handler"] == "skipped"
    assert site.log == []
    assert found.document["remains"] == []


def test_a_site_that_hangs_ends_in_time_and_says_that_nothing_is_known(store: Shop) -> None:
    store.app.site.hang_seconds = 60
    found = store.run(*VERIFY[:-1], "0.5")
    assert (found.code, found.verdict) == (3, "not-proved")
    assert statuses(found)["route"] == "unknown"


def test_a_handler_that_fails_is_named_and_cleaned_up_after(store: Shop) -> None:
    with deployed(store) as site:
        site.broken = True
        found = store.run(*VERIFY)
    assert (found.code, found.error) == (1, "hop-handler")
    assert statuses(found) == dict.fromkeys(HOPS, "ok") | {"handler": "fail"}
    assert rows(store) == 0


def test_a_row_that_is_written_late_is_removed_by_the_next_run(store: Shop) -> None:
    with deployed(store) as site:
        site.before = 5.0
        found = store.run(*VERIFY)
        assert (found.code, found.error) == (1, "hop-handler")
        assert ("late", False) in [(thing["what"], thing["certain"]) for thing in found.document["remains"]]
        assert wait_for(lambda: rows(store) == 2)
        site.before = 0
        again = store.run(*VERIFY)
    assert (again.code, again.verdict) == (0, "proved")
    assert {row["table"] for row in again.document["plan"]["leftovers"]} == {"module_access", "payments"}
    assert rows(store) == 0


def test_a_killed_run_is_cleaned_up_by_the_next(store: Shop) -> None:
    with deployed(store) as site:
        site.after = 30.0
        process = store.started(*VERIFY[:-2])
        assert wait_for(lambda: rows(store) == 2)
        process.kill()
        process.wait(timeout=20)
        site.after = 0
        assert rows(store) == 2
        planned = store.run("verify", "--email", CAROL, "--module", "3", "--dry-run", "--timeout", "1")
        assert (planned.code, planned.verdict, len(planned.document["plan"]["leftovers"])) == (
            0,
            "planned",
            2,
        )
        assert rows(store) == 2
        assert store.run(*VERIFY).verdict == "proved"
    assert rows(store) == 0


def test_rows_of_runs_for_others_go_when_they_are_old_and_stay_while_young(store: Shop) -> None:
    old, young = (f"cs_live_iahomefix_verify_{ago(minutes=m):%Y%m%d_%H%M%S}_aaaaaa" for m in (11, 2))
    store.app.grant(ALICE, 6, old)
    store.app.grant(BOB, 6, young)
    store.app.grant(ALICE, 15, "cs_live_real")
    found = store.run(*VERIFY)
    assert found.verdict == "proved"
    assert [row["session"] for row in found.document["plan"]["leftovers"]] == [old]
    assert len(found.document["plan"]["notes"]) == 1
    left = store.app.sql("select metadata ->> 'session_id' from public.module_access order by 1")
    assert left == [(young,), ("cs_live_real",)]


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")
def test_ctrl_c_removes_the_row_as_well(store: Shop) -> None:
    with deployed(store) as site:
        site.after = 30.0
        process = store.started(*VERIFY[:-2])
        assert wait_for(lambda: rows(store) == 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
    assert rows(store) == 0


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("has-it", "already"),
        ("over", "already"),
        ("no-login", "no-login"),
        ("paid", "paid-module"),
        ("no-table", "not-migrated"),
    ],
)
def test_what_would_prove_nothing_or_cost_somebody_something_is_refused(
    store: Shop, case: str, code: str
) -> None:
    module = "15" if case == "paid" else "3"
    if case == "has-it":
        store.app.grant(CAROL, 3, None)
    elif case == "over":
        store.app.grant(CAROL, 3, "cs_live_1", hours=-1)
    elif case == "no-login":
        store.app.sql("alter table public.profiles drop constraint profiles_id_fkey")
        store.app.sql("delete from auth.users where email = %s", CAROL)
    elif case == "no-table":
        store.app.sql("drop table public.module_access")
    found = store.run("verify", "--email", CAROL, "--module", module, "--yes")
    assert (found.code, found.verdict, found.error) == (1, "refused", code)
    assert found.document["hops"] == []
    assert store.app.site.log == []
    assert CAROL not in json.dumps(found.document)


@pytest.mark.parametrize(
    ("email", "module", "code", "hint"),
    [
        ("stranger@example.test", "3", "unknown-customer", "a customer of your own"),
        ("Carol@example.test", "3", "other-letters", "as it stands in profiles"),
        (CAROL, "99", "unknown-module", "free modules: 3 (Metube)"),
    ],
)
def test_a_customer_or_a_module_that_is_not_there_is_wrong_usage(
    store: Shop, email: str, module: str, code: str, hint: str
) -> None:
    found = store.run("verify", "--email", email, "--module", module, "--yes")
    assert (found.code, found.verdict, found.error) == (2, "error", code)
    assert hint in found.document["error"]["hint"]
    assert (found.document["hops"], store.app.site.log) == ([], [])
    assert email not in json.dumps(found.document)


def test_a_paid_module_and_the_payment_kept_as_the_operator_wants(store: Shop) -> None:
    words = ("verify", "--email", CAROL, "--module", "15", "--yes", "--allow-paid-module", "--keep-payment")
    found = store.run(*words)
    assert (found.code, found.verdict) == (0, "proved")
    kept = store.app.sql("select id::text, amount from public.payments")
    assert [(thing["what"], thing["id"]) for thing in found.document["remains"] if thing["certain"]] == [
        ("payments", kept[0][0])
    ]
    assert kept[0][1] == 990
    assert store.app.sql("select count(*) from public.module_access") == [(0,)]


def test_nobody_is_made_up_and_nothing_is_sent_without_an_answer(store: Shop) -> None:
    for words in ((), ("--email", CAROL), ("--module", "3")):
        found = store.run("verify", "--yes", *words)
        assert (found.code, found.error) == (2, "needs-customer-and-module")
        missing = {"--email", "--module"} - set(words)
        assert all(option in found.document["error"]["message"] for option in missing)
    found = store.run("verify", "--email", CAROL, "--module", "3")
    assert (found.code, found.verdict, found.error) == (2, "planned", "needs-yes")
    planned = store.run("verify", "--email", CAROL, "--module", "3", "--dry-run")
    assert (planned.code, planned.verdict, planned.document["run_id"]) == (0, "planned", None)
    assert (store.app.site.log, rows(store), store.journal()) == ([], 0, [])


@pytest.mark.parametrize("variable", ["STRIPE_WEBHOOK_SECRET", "SUPABASE_DB_URL"])
def test_a_credential_that_is_missing_is_named(store: Shop, variable: str) -> None:
    store.app.variables[variable] = ""
    found = store.run(*VERIFY)
    assert (found.code, found.error) == (3, "missing-credential")
    assert variable in found.document["error"]["message"]


def test_it_is_the_same_over_the_management_api(store: Shop, serve_management: ServeManagement) -> None:
    assert store.app.dsn
    server = serve_management(store.app.dsn)
    store.app.variables |= {
        "SUPABASE_DB_URL": "",
        "SUPABASE_ACCESS_TOKEN": server.token,
        "SUPABASE_MANAGEMENT_API_URL": server.url,
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{server.ref}.supabase.co",
    }
    store.app.grant(CAROL, 3, f"cs_live_iahomefix_verify_{ago(hours=1):%Y%m%d_%H%M%S}_aaaaaa")
    found = store.run(*VERIFY)
    assert (found.code, found.verdict) == (0, "proved"), found.document["error"]
    assert len(found.document["plan"]["leftovers"]) == 1
    assert rows(store) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_person_is_asked_who_what_and_whether(store: Shop) -> None:
    words = store.arguments("verify", "--timeout", "3")
    with terminal(store.folder, *words) as screen:
        screen.see("Test customer")
        screen.press(f"{CAROL}\n")
        screen.see("Metube")
        assert "Stable diffusion" not in screen.plain
        screen.press("3\n")
        screen.see("may send the customer")
        screen.see("[y/N]")
        screen.press("n\n")
        assert screen.end() == 0
    assert store.app.site.log == []
    with terminal(store.folder, *words, "--email", CAROL, "--module", "3") as screen:
        screen.see("[y/N]")
        screen.press("y\n")
        screen.see("PROVED")
        assert screen.end() == 0
    assert rows(store) == 0
