"""What cannot be looked at is said by name, and nothing is concluded from it."""

from __future__ import annotations

from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.management import ManagementServer
from tests.checks.app_support import App, ago
from tests.explain.support import CAROL, explain, token


def test_without_a_stripe_key(app: App) -> None:
    app.grant(CAROL, 15, None)
    app.key = ""
    told = explain(app, module="6")
    assert (told.answer, told.untold) == ("unknown", ["stripe"])
    assert "STRIPE_SECRET_KEY" in told.body["not_looked_at"][0]["reason"]
    assert told.says(15) == ("visible", None)
    assert told.says(6) == ("unknown", None)


def test_without_a_stripe_key_a_waiting_token_is_missing_for_certain(app: App) -> None:
    token(app, 15, "3 days")
    app.key = ""
    assert explain(app).answer == "missing"


def test_without_a_database(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.buys(CAROL, 6, pay=False, refunded=990)
    app.dsn = None
    told = explain(app)
    assert (told.answer, told.untold) == ("unknown", ["database"])
    assert "SUPABASE_DB_URL" in told.module(15)["sentence"]
    assert told.says(15) == ("unknown", None)
    assert told.says(6) == ("refunded", None)


def test_without_anything_but_a_site(app: App) -> None:
    app.dsn, app.key = None, ""
    told = explain(app, module="15")
    assert (told.answer, set(told.untold)) == ("unknown", {"database", "stripe"})


def test_a_database_that_does_not_answer(app: App) -> None:
    app.buys(CAROL, 15)
    app.dsn = "postgresql://postgres:x@127.0.0.1:1/postgres"
    told = explain(app)
    assert (told.answer, told.untold, told.says(15)) == ("unknown", ["database"], ("unknown", None))


def test_a_key_that_is_refused(app: App) -> None:
    app.buys(CAROL, 15)
    app.stripe.trouble.revoke = True
    told = explain(app)
    assert (told.answer, "stripe" in told.untold, told.says(15)) == ("unknown", True, ("visible", None))


def test_a_publishable_key(app: App) -> None:
    app.key = app.stripe.add_key(kind="publishable")
    assert "stripe" in explain(app).untold


def test_a_scan_that_breaks_off_leaves_what_was_typed(app: App) -> None:
    for number in range(150):
        app.buys("bob@example.test", 6, pay=False, created=ago(minutes=10 + number))
    app.buys(CAROL, 15)
    app.stripe.trouble.fail_after_pages = 1
    told = explain(app)
    assert told.says(15) == ("visible", None)
    assert (told.answer, "stripe-scan" in told.untold) == ("unknown", True)


def test_events_that_may_not_be_read(app: App) -> None:
    app.buys(CAROL, 15)
    app.key = app.stripe.add_key(
        "live", "restricted", ("checkout_session_read", "payment_intent_read", "charge_read")
    )
    told = explain(app)
    assert told.answer == "served"
    assert {"events", "endpoint"} <= set(told.untold)
    assert told.body["sessions"][0]["delivery"] == "unknown"


def test_a_user_who_may_not_act_as_a_customer(own: App, reader: str) -> None:
    own.buys(CAROL, 15)
    own.dsn = reader
    told = explain(own)
    assert (told.answer, told.says(15)) == ("unknown", ("unknown", None))
    assert "page" in told.untold


def test_odd_answers_of_stripe_never_end_in_a_fault_of_ours(app: App) -> None:
    metadata = {"items_ids": "15\u0000,\ud800", "customer_email": CAROL, "x@y": "a\u0000\ud800@b.c"}
    app.buys(CAROL, 15, pay=False, metadata=metadata)
    app.stripe.trouble.unknown_fields = True
    assert explain(app).body["sessions"][0]["modules"]
    app.stripe.trouble.null_fields = True
    assert explain(app).answer in ("unknown", "nothing-owed", "missing", "served")
    app.stripe.trouble.html_body = True
    assert "stripe" in explain(app).untold


def test_an_access_that_the_browser_cannot_get(app: App) -> None:
    app.buys(CAROL, 15)
    app.variables |= {"SUPABASE_API_URL": "http://127.0.0.1:1", "IAHOME_FIX_NO_DATA_API": ""}
    told = explain(app)
    assert (told.answer, told.says(15)) == ("missing", ("missing", "supabase.reachable"))
    assert told.body["page"]["modules"] == ["15"]


def test_a_project_that_is_gone_is_certain_without_its_database(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.buys(CAROL, 6, pay=False, created=ago(days=9))
    app.dsn = "postgresql://postgres:x@127.0.0.1:1/postgres"
    app.variables |= {"SUPABASE_API_URL": "http://127.0.0.1:1", "IAHOME_FIX_NO_DATA_API": ""}
    told = explain(app)
    assert (told.answer, told.says(15)) == ("missing", ("missing", "supabase.reachable"))
    assert told.says(6) == ("unknown", None)


def test_a_configuration_that_may_not_be_the_sites(app: App) -> None:
    app.buys(CAROL, 15)
    app.variables["NEXT_PUBLIC_SUPABASE_URL"] = "https://example.supabase.co"
    told = explain(app)
    assert (told.answer, told.says(15)) == ("unknown", ("unknown", "env.supabase-url"))


def test_the_database_of_another_project_says_nothing(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.dsn = "postgresql://postgres.abcdefghijklmnopqrst:x@127.0.0.1:1/postgres"
    told = explain(app)
    assert (told.answer, told.untold) == ("unknown", ["database"])


def test_over_the_management_api_it_is_the_same(app: App) -> None:
    app.buys(CAROL, 15)
    token(app, 6, "3 days")
    app.sql("insert into public.module_access (user_id, module_id) values (%s, 13)", "o'brien%s@example.test")
    direct = explain(app)
    assert app.dsn
    with ManagementServer(dsn=app.dsn, ref=project_ref()) as server:
        way = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{server.ref}.supabase.co",
            "SUPABASE_ACCESS_TOKEN": server.token,
            "SUPABASE_MANAGEMENT_API_URL": server.url,
            "SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", server.ref, "signing"),
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": legacy_key("anon", server.ref, "signing"),
        }
        app.variables |= way
        app.dsn = None
        assert explain(app).body == direct.body
        assert explain(app, "o'brien%s@example.test").says(13) == ("missing", "data.orphans")
