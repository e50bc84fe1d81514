"""The command `reconcile` from outside: output, exit code, rows in the database."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from iahome_fix.sandbox.surroundings import clean_environment
from tests import prepared
from tests.checks.app_support import EVERYBODY, App, ago, running
from tests.cli.running import wait_for
from tests.cli.terminal_support import terminal
from tests.commands import Done, call
from tests.prepared import Process

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase
    from tests.conftest import ServeManagement

ALICE, BOB, CAROL = EVERYBODY


def written(app: App, **variables: str) -> Path:
    """The env file of the app; a variable that is set to nothing is left out."""
    path = app.folder / "fix.env"
    found = {**app.environ(), **variables}
    path.write_text(
        "".join(f"{name}='{value}'\n" for name, value in found.items() if value), encoding="utf-8"
    )
    return path


def run(app: App, *words: str, env: dict[str, str] | None = None) -> Done:
    """`reconcile` with these options on the app."""
    return run_command(app, "reconcile", *words, env=env)


def run_command(app: App, *words: str, env: dict[str, str] | None = None) -> Done:
    """A command on the app."""
    return call(app.folder, *words, "--env-file", str(written(app, **(env or {}))))


def rows(app: App, columns: str = "user_id, module_id") -> list[tuple[Any, ...]]:
    return app.sql(f"select {columns} from public.module_access order by id")


def shop(app: App) -> None:
    """Two customers are owed three modules; the others get nothing, each for another reason."""
    app.buys(CAROL, 15, pay=False)
    app.buys(BOB, 6, 13, pay=False, created=ago(hours=30))
    app.buys(ALICE, 3, pay=False, created=ago(days=30), currency="jpy", amount_total=500)
    app.buys("stranger@example.test", 3, pay=False, created=ago(hours=3))
    app.buys(None, 3, pay=False, metadata={"items_ids": "3"}, amount_total=990)
    app.buys(ALICE, 6, pay=False, refunded=990)
    app.buys(ALICE, 13, pay=False, disputed=True)
    app.buys(ALICE, 15, pay=False, payment_status="unpaid", payment_method_types=["sepa_debit"])
    app.buys(ALICE, pay=False, metadata={"customer_email": ALICE}, amount_total=990)
    app.buys(ALICE, 99, pay=False)


OWED = {(EVERYBODY[CAROL], 15), (EVERYBODY[BOB], 6), (EVERYBODY[BOB], 13)}


# Plan, apply, again


def test_the_dry_run_shows_what_would_be_done_and_writes_nothing(app: App) -> None:
    shop(app)
    done = run(app, "--dry-run", "--json")
    plan = done.document["plan"]
    assert (done.code, done.document["verdict"], done.document["error"]) == (0, "planned", None)
    assert (plan["sessions"], plan["to_create"], plan["covered"]) == (11, 3, 0)
    assert plan["skipped"] == {
        "unpaid": 1,
        "refunded": 1,
        "disputed": 1,
        "over": 1,
        "no_email": 1,
        "unknown_customer": 1,
        "ambiguous_customer": 0,
        "no_module": 1,
        "unknown_module": 1,
        "withdrawn": 0,
        "unclear": 0,
        "under_way": 0,
        "needs_sql": 0,
        "unknown_term": 0,
    }
    assert plan["amount"] == {"eur": 990 + 1980}
    assert (done.document["applied"], done.document["run_id"]) == ({"created": 0}, None)
    assert rows(app) == []


def test_it_serves_everybody_who_is_owed_and_then_finds_nothing_to_do(app: App) -> None:
    shop(app)
    done = run(app, "--yes", "--json").document
    assert (done["verdict"], done["applied"]) == ("applied", {"created": 3})
    assert (done["gained"]["customers"], done["gained"]["amount"]) == (2, {"eur": 990 + 1980})
    assert set(rows(app)) == OWED
    assert {row[0] for row in rows(app, "metadata ->> 'run_id'")} == {done["run_id"]}
    again = run(app, "--yes", "--json")
    assert (again.code, again.document["verdict"]) == (0, "nothing-to-do")
    assert again.document["plan"]["covered"] == 3
    assert run(app, "--yes").lines[-1].startswith("nothing to do: ")
    assert len(rows(app)) == 3


def test_without_a_terminal_and_without_yes_nothing_is_applied(app: App) -> None:
    shop(app)
    done = run(app)
    assert done.code == 2
    assert "--yes" in done.err
    assert "get an access now" in done.out
    document = run(app, "--json").document
    assert (document["error"]["code"], document["plan"]["to_create"]) == ("needs-yes", 3)
    assert rows(app) == []


def test_what_it_wrote_is_taken_back_by_undo(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, None, 10, note="mine")
    app.buys(BOB, 6, pay=False)
    before = rows(app, "id, is_active, expires_at, metadata")
    done = run(app, "--yes")
    assert "2 customers have now what they paid for (19.80 EUR)" in done.out
    (run_id,) = {row[0] for row in rows(app, "metadata ->> 'run_id'")} - {None}
    assert f"undo {run_id}" in " ".join(done.err.split())
    assert len(rows(app)) == 3
    done = run_command(app, "undo", run_id, "--yes")
    assert done.code == 0, done.out + done.err
    assert rows(app, "id, is_active, expires_at, metadata") == before


def test_the_doctor_that_is_named_after_it_looks_at_the_same_payments(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(days=100))
    day = f"{ago(days=120):%Y-%m-%d}"
    done = run(app, "--yes", "--since", day, "--access-duration", "200d")
    assert f"iahome-fix doctor --since {day} --access-duration 200d --env-file" in " ".join(done.err.split())


def test_terms_are_chosen_by_options(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(days=10))
    app.buys(BOB, 15, pay=False, created=ago(days=100))

    def counts(*words: str) -> tuple[int, int]:
        plan = run(app, "--dry-run", "--json", *words).document["plan"]
        return plan["to_create"], plan["skipped"]["over"]

    assert counts() == (0, 1)
    assert counts("--from", "now") == (1, 0)
    assert counts("--access-duration", "2w") == (1, 0)
    assert counts("--since", f"{ago(days=120):%Y-%m-%d}", "--from", "now") == (2, 0)
    assert counts("--since", "9d", "--from", "now") == (0, 0)
    assert counts("--since", f"{ago(days=101):%Y-%m-%dT%H:%M:%SZ}", "--access-duration", "365d") == (2, 0)


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "yesterday"),
        ("--since", "2099-01-01"),
        ("--since", "0d"),
        ("--access-duration", "1y"),
        ("--access-duration", "-3h"),
        ("--access-duration", "999999w"),
        ("--from", "birth"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(app: App, words: tuple[str, str]) -> None:
    done = run(app, "--json", *words)
    assert done.code == 2
    assert words[0] in done.document["error"]["message"]
    assert app.server.requests == []


# The screen


def test_the_screen_fits_hides_addresses_and_says_what_to_do(app: App) -> None:
    shop(app)
    done = run(app, "--dry-run")
    assert done.code == 0
    assert all(len(line) <= 80 for line in done.out.splitlines())
    for email in (*EVERYBODY, "stranger@example.test"):
        assert email not in done.out + done.err
        assert email.partition("@")[0] not in done.out + done.err
    for text in (
        "11 modules paid for",
        "3 get an access now (29.70 EUR",
        "500 JPY",
        "30 days ago",
        "c…l@e…e.test",
        "--from now",
        "which login",
    ):
        assert text in " ".join(done.out.split()), text
    assert CAROL in run(app, "--dry-run", "--show-emails").out


def test_the_first_twenty_are_shown_and_all_on_demand(app: App) -> None:
    for number in range(23):
        app.buys(f"stranger{number:02}@example.test", 15, pay=False)
    done = run(app, "--dry-run", "--show-emails")
    assert done.out.count("@example.test") == 20
    assert "3 more" in done.out
    everything = run(app, "--dry-run", "--show-emails", "--list")
    assert everything.out.count("@example.test") == 23
    document = run(app, "--dry-run", "--json", "--list").document
    assert len(document["listed"]) == 23
    assert "stranger" not in json.dumps(document)
    assert {entry["case"] for entry in document["listed"]} == {"unknown_customer"}


def test_what_strangers_wrote_cannot_steer_the_terminal(app: App) -> None:
    app.buys("evil\x1b[2J@example.test", pay=False, metadata={"items_ids": "6\x1b]0;x\x07"}, amount_total=990)
    done = run(app, "--dry-run", "--show-emails", "--no-color")
    assert "\x1b" not in done.out
    assert "\x07" not in done.out


# Stripe's side


def test_a_list_that_breaks_off_is_told_and_nothing_is_written(app: App) -> None:
    for number in range(250):
        app.stripe.add_session(
            created=ago(hours=1 + number / 10), customer_email=CAROL, metadata={"items_ids": "15"}
        )
    app.stripe.trouble.fail_after_pages = 1
    done = run(app, "--yes", "--json")
    assert (done.code, done.document["verdict"]) == (3, "unknown")
    assert done.document["error"]["code"] == "stripe-server-error"
    assert done.document["plan"] is None
    assert rows(app) == []
    app.stripe.trouble.fail_after_pages = None
    app.stripe.trouble.rate_limit_next = 3
    assert run(app, "--yes", "--json").document["applied"] == {"created": 1}


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        (("event_read",), "rak_checkout_session_read"),
        (("checkout_session_read",), "rak_payment_intent_read"),
        (("checkout_session_read", "payment_intent_read"), "rak_charge_read"),
    ],
)
def test_a_restricted_key_is_told_what_it_misses(
    app: App, permissions: tuple[str, ...], missing: str
) -> None:
    app.buys(CAROL, 15, pay=False, refunded=990)
    app.key = app.stripe.add_key("live", "restricted", permissions)
    done = run(app, "--yes", "--json")
    assert done.code == 3
    assert missing in done.document["error"]["message"]
    assert rows(app) == []
    app.key = app.stripe.add_key(
        "live", "restricted", ("checkout_session_read", "payment_intent_read", "charge_read")
    )
    assert run(app, "--yes", "--json").document["plan"]["skipped"]["refunded"] == 1


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "SUPABASE_DB_URL"])
def test_a_missing_credential_is_named(app: App, name: str) -> None:
    done = run(app, "--yes", "--json", env={name: ""})
    assert done.code == 3
    assert done.document["error"]["code"] == "missing-credential"
    assert name in done.document["error"]["message"]


def test_a_publishable_key_is_refused(app: App) -> None:
    app.key = app.stripe.add_key("live", "publishable")
    done = run(app, "--json")
    assert (done.code, done.document["error"]["code"]) == (3, "stripe-publishable")


def test_test_payments_for_a_site_that_others_see_are_warned_of(app: App) -> None:
    app.key = app.stripe.add_key("test")
    app.buys(CAROL, 15, pay=False)
    app.buys(BOB, 15, pay=False, livemode=False)
    there = {"NEXT_PUBLIC_APP_URL": "https://iahome.example"}
    done = run(app, "--dry-run", env=there)
    assert "test mode" in done.out
    assert "https://iahome.example" in done.out
    document = run(app, "--yes", "--json", env=there).document
    assert (document["plan"]["test_payments"], document["plan"]["mode"]) == (True, "test")
    assert rows(app) == [(EVERYBODY[BOB], 15)], "of the live session this key knows nothing"
    assert run(app, "--json").document["plan"]["test_payments"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize(("mode", "word"), [("test", "TEST mode"), ("live", "live mode")])
def test_the_question_names_the_mode(app: App, mode: str, word: str) -> None:
    app.key = app.stripe.add_key(mode)
    app.buys(CAROL, 15, pay=False, livemode=mode == "live")
    for answer, found in (("n", []), ("y", [(EVERYBODY[CAROL], 15)])):
        with terminal(app.folder, "reconcile", "--env-file", str(written(app)), columns=200) as person:
            person.see("[y/N]")
            person.press(f"{answer}\n")
            assert person.end() == 0
        assert word in person.plain
        assert rows(app) == found


# The database's side


def test_over_the_management_api_it_is_the_same(app: App, serve_management: ServeManagement) -> None:
    assert app.dsn
    server = serve_management(app.dsn)
    shop(app)
    app.grant(CAROL, 15, None, 10)
    way = {
        "SUPABASE_DB_URL": "",
        "SUPABASE_ACCESS_TOKEN": server.token,
        "SUPABASE_MANAGEMENT_API_URL": server.url,
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{server.ref}.supabase.co",
    }
    direct = run(app, "--dry-run", "--json").document["plan"]
    done = run(app, "--yes", "--json", env=way).document
    assert (done["error"], done["applied"]) == (None, {"created": 3})
    assert done["plan"] | {"since": None} == direct | {"since": None}
    assert {row[:2] for row in rows(app, "user_id, module_id, is_active") if row[2]} == OWED
    assert run(app, "--yes", "--json", env=way).document["verdict"] == "nothing-to-do"


def test_tables_that_are_not_migrated_are_refused_with_the_command(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    with running(tmp_path, make_database()) as app:
        done = run(app, "--yes", "--json")
        assert (done.code, done.document["verdict"]) == (1, "refused")
        assert "iahome-fix migrate --env-file" in done.document["error"]["hint"]


def test_a_database_that_drops_rows_is_noticed(own: App) -> None:
    own.buys(CAROL, 15, pay=False)
    own.sql("create function public.swallow() returns trigger language plpgsql as 'begin return null; end'")
    own.sql(
        "create trigger swallow before insert on public.module_access"
        " for each row execute function public.swallow()"
    )
    done = run(own, "--yes", "--json")
    assert (done.code, done.document["error"]["code"]) == (1, "not-kept")


def test_two_at_once_write_once_and_the_loser_hears_no_error(app: App) -> None:
    shop(app)
    assert app.dsn
    with psycopg.connect(app.dsn) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtext('iahome-fix'), hashtext('repair'))")
        both = [start(app) for _ in range(2)]
        wait_for(lambda: waiting(app) == 2)
    done = [(*process.communicate(timeout=60), process.returncode) for process in both]
    assert [code for _out, _err, code in done] == [0, 0]
    assert sorted(json.loads(out)["applied"]["created"] for out, _err, _code in done) == [0, 3]
    assert sorted(json.loads(out)["verdict"] for out, _err, _code in done) == ["applied", "nothing-to-do"]
    assert set(rows(app)) == OWED
    assert len(rows(app)) == 3


def test_killed_in_the_middle_it_leaves_nothing_and_finishes_when_run_again(app: App) -> None:
    shop(app)
    app.grant(CAROL, 15, "cs_old", -5)
    assert app.dsn
    with psycopg.connect(app.dsn) as connection:
        # The insert has to wait for this row: everything before it is done by then.
        connection.execute(
            "insert into public.module_access (user_id, module_id) values (%s, 6)", [EVERYBODY[BOB]]
        )
        process = start(app)
        wait_for(lambda: waiting(app) == 1)
        process.kill()
        process.communicate(timeout=30)
        connection.rollback()
    wait_for(lambda: not app.sql("select from pg_stat_activity where application_name = 'iahome-fix'"))
    assert rows(app, "is_active") == [(True,)]
    assert run(app, "--yes", "--json").document["applied"] == {"created": 3}
    assert set(app.sql("select user_id, module_id from public.module_access where is_active")) == OWED


def start(app: App) -> Process:
    words = ["reconcile", "--env-file", str(written(app)), "--yes", "--json"]
    return prepared.start(words, cwd=app.folder, env=clean_environment())


def waiting(app: App) -> int:
    """How many of our sessions wait for a lock."""
    (found,) = app.sql(
        "select count(*) from pg_stat_activity"
        " where application_name = 'iahome-fix' and wait_event_type = 'Lock' and datname = current_database()"
    )
    return int(found[0])


def test_what_a_person_took_away_is_listed_and_given_back_on_purpose_only(app: App) -> None:
    """Whatever --access-duration says; the command that is printed does it, and repair prints it too."""
    app.buys(CAROL, 15, pay=False, created=ago(hours=9))
    assert run(app, "--yes", "--json").document["applied"] == {"created": 1}
    app.sql(
        "update public.module_access set is_active = false, expires_at = timezone('utc', now()),"
        " created_at = created_at - interval '8 hours'"
    )
    before = rows(app, "id::text, to_jsonb(module_access)")
    [(taken, _image)] = before

    for words in ((), ("--access-duration", "30d"), ("--from", "now")):
        found = run(app, "--yes", "--json", *words).document
        assert (found["verdict"], found["plan"]["skipped"]["withdrawn"]) == ("nothing-to-do", 1)
        assert [(one["id"], one["email"]) for one in found["withdrawn"]] == [(taken, "c…l@e…e.test")]
    shown = " ".join(run(app, "--dry-run", "--access-duration", "30d").out.split())
    assert f"iahome-fix reconcile --restore {taken} --access-duration 30d --env-file" in shown
    assert "carol@example.test" not in shown
    shown = " ".join(run(app, "--dry-run", "--include-unclear").out.split())
    assert f"iahome-fix reconcile --restore {taken} --include-unclear --env-file" in shown
    repaired = run_command(app, "repair", "--dry-run", "--access-duration", "30d")
    said = " ".join(repaired.out.split())
    assert f"iahome-fix reconcile --restore {taken} --access-duration 30d --env-file" in said
    wrong = run(app, "--yes", "--json", "--restore", "4711")
    assert (wrong.code, wrong.document["error"]["code"]) == (1, "not-withdrawn")
    assert rows(app, "id::text, to_jsonb(module_access)") == before

    given = run(app, "--yes", "--json", "--restore", taken).document
    assert (given["verdict"], given["applied"]) == ("applied", {"created": 1})
    assert rows(app, "is_active")[1:] == [(True,)]
    assert run_command(app, "undo", given["run_id"], "--yes").code == 0
    assert rows(app, "id::text, to_jsonb(module_access)") == before


def test_whom_the_table_refuses_keeps_nobody_else_waiting(own: App) -> None:
    own.sql(
        "alter table public.module_access add constraint not_bob"
        f" check (user_id <> '{EVERYBODY[BOB]}') not valid"
    )
    for email in (ALICE, BOB, CAROL):
        own.buys(email, 15, pay=False)
    done = run(own, "--yes", "--json")
    assert (done.code, done.document["applied"]) == (4, {"created": 2})
    assert "1 was refused" in done.error["message"]
    assert "not_bob" in done.error["message"]
    assert {row[0] for row in rows(own)} == {EVERYBODY[ALICE], EVERYBODY[CAROL]}
