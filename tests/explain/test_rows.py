"""Tokens and accesses: what they give, what took them away, and tables of other shapes."""

from __future__ import annotations

import pytest

from iahome_fix.explain.rows import moment
from tests.checks.app_support import App, ago
from tests.explain.support import CAROL, CAROLS, explain, page, token


def test_a_token_that_waits_for_its_access(app: App) -> None:
    made = token(app, 15, "4 days")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("missing", ("missing", "data.tokens-without-access"))
    assert told.module(15)["command"] == "iahome-fix backfill"
    assert f"token {made}," in told.module(15)["sentence"]
    assert told.body["tokens"][0]["active"] is True


def test_a_paid_module_with_a_token_is_repaired_by_backfill(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    token(app, 15, "9 days")
    assert explain(app).says(15) == ("missing", "data.tokens-without-access")


def test_a_token_that_ends_before_the_term_that_was_bought(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    token(app, 15, "5 hours")
    assert explain(app).module(15)["command"] == "iahome-fix reconcile"


def test_blanks_around_the_owner_of_a_token(app: App) -> None:
    token(app, 15, "9 days", owner=f" {CAROLS} ")
    assert explain(app).says(15) == ("missing", "data.tokens-without-access")


@pytest.mark.parametrize(
    ("ends", "active", "state"),
    [("-6 days", True, "over"), ("5 days", False, "withdrawn"), (None, False, "withdrawn")],
)
def test_a_token_that_gives_nothing_any_more(app: App, ends: str | None, active: bool, state: str) -> None:
    token(app, 15, ends, active=active)
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", (state, None))


def test_a_token_for_a_module_that_is_gone_is_no_fault(own: App) -> None:
    own.sql("alter table public.access_tokens drop constraint access_tokens_module_id_fkey")
    token(own, 77, "5 days")
    told = explain(own)
    assert (told.answer, told.says(77)) == ("nothing-owed", ("no-module", None))


def test_what_is_asked_for_and_was_never_bought(app: App) -> None:
    app.buys(CAROL, 15)
    told = explain(app, module="6")
    assert [one["module_id"] for one in told.body["modules"]] == ["6", "15"]
    assert (told.answer, told.says(6)) == ("served", ("not-bought", None))
    assert "Stripe never hears" in explain(app, module="3").module(3)["sentence"]
    assert "no module of this id" in explain(app, module="'; drop").module("'; drop")["sentence"]


def test_an_access_that_was_switched_off_though_its_payment_stands(app: App) -> None:
    session = app.buys(CAROL, 15)
    app.sql("update public.module_access set is_active = false where metadata->>'session_id' = %s", session)
    told = explain(app)
    assert told.says(15) == ("missing", "data.deactivated")
    assert "by whom is not noted" in told.module(15)["sentence"]
    assert told.module(15)["command"] is None
    statement = told.module(15)["hint"].partition("SQL editor: ")[2]
    app.sql(statement)
    assert explain(app).says(15) == ("visible", None)


def test_an_access_that_somebody_took_away_on_purpose(app: App) -> None:
    session = app.buys(CAROL, 15)
    app.sql(
        "update public.module_access set is_active = false, metadata = metadata ||"
        " '{\"deactivated_by\": \"boss@example.test\"}' where metadata->>'session_id' = %s",
        session,
    )
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("withdrawn", None))
    assert "b…s@e…e.test" in told.module(15)["sentence"]
    assert told.body["accesses"][0]["metadata"]["deactivated_by"] == "b…s@e…e.test"
    shown = explain(app, emails=True).body["accesses"][0]["metadata"]
    assert (shown["deactivated_by"], shown["session_id"]) == ("boss@example.test", session)


def test_a_token_behind_an_access_that_was_switched_off_is_not_made_again(app: App) -> None:
    token(app, 15, "9 days")
    app.grant(CAROL, 15, None)
    app.sql("update public.module_access set is_active = false")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("withdrawn", None))


def test_what_a_repair_deactivated_is_not_taken_for_a_persons_will(app: App) -> None:
    token(app, 15, "9 days")
    app.grant(CAROL, 15, None, deactivated_by="iahome-fix")
    app.sql("update public.module_access set is_active = false")
    assert explain(app).says(15) == ("missing", "data.tokens-without-access")


END_IT = "update public.module_access set expires_at = now() - interval '1 hour' where user_id = %s"


def test_a_paid_access_that_ended_before_its_term(app: App) -> None:
    app.buys(CAROL, 15)
    app.sql(END_IT, CAROLS)
    token(app, 15, "9 days")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("missing", ("missing", "data.ended-early"))
    until = told.module(15)["sentence"].partition("instead of ")[2]
    assert f"set expires_at = '{until}:" in told.module(15)["hint"]
    assert told.module(15)["command"] is None
    app.sql(told.module(15)["hint"].partition("SQL editor: ")[2])
    assert explain(app).says(15) == ("visible", None)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("ended_by", ("over", None)),
        ("revoked_by", ("over", None)),
        ("expires_at", ("missing", "data.ended-early")),
    ],
)
def test_an_end_that_says_that_it_was_meant(app: App, field: str, says: tuple[str, str | None]) -> None:
    app.buys(CAROL, 15)
    app.sql(END_IT, CAROLS)
    app.sql("update public.module_access set metadata = metadata || jsonb_build_object(%s::text, 'x')", field)
    assert explain(app).says(15) == says


def test_an_end_that_came_early_to_what_was_given_back(app: App) -> None:
    app.buys(CAROL, 15, refunded=990)
    app.sql(END_IT, CAROLS)
    assert explain(app).says(15) == ("refunded", None)


def test_an_owner_in_capitals(app: App) -> None:
    app.grant(CAROL, 15, None)
    app.grant(CAROL, 13, None)
    app.sql("update public.module_access set user_id = upper(user_id) || ' '")
    made = token(app, 6, "3 days", owner=CAROLS.upper())
    told = explain(app)
    assert told.says(15) == told.says(6) == ("missing", "data.owner-form")
    assert (told.module(15)["command"], told.module(6)["command"]) == (None, "iahome-fix backfill")
    assert f"token {made} has its owner's id in other letters" in told.module(6)["sentence"]
    for module in (15, 6):
        app.sql(told.module(module)["hint"].partition("SQL editor: ")[2])
    told = explain(app)
    assert (told.says(15), told.says(13)) == (("visible", None), ("missing", "data.owner-form"))
    assert told.says(6) == ("missing", "data.tokens-without-access")


def test_a_trigger_that_hides_each_new_access_is_no_persons_will(own: App) -> None:
    own.sql(
        "create function public.off() returns trigger language plpgsql as"
        " $$ begin new.is_active := false; return new; end $$"
    )
    own.sql(
        "create trigger off before insert on public.module_access for each row execute function public.off()"
    )
    own.buys(CAROL, 15)
    told = explain(own)
    assert told.says(15) == ("missing", "schema.grant-accepted")
    assert 'disable trigger "off"' in told.module(15)["hint"]
    own.sql("drop trigger off on public.module_access")
    own.sql(told.module(15)["hint"].rpartition("SQL editor: ")[2])
    assert explain(own).says(15) == ("visible", None)


def test_metadata_keep_their_secrets(app: App) -> None:
    key = "sk_" + "live_" + "x" * 24
    app.grant(CAROL, 15, None, note=f"paid with {key}", jwt_token="eyJhbGciOi", to={"customer": [CAROL]})
    for emails in (False, True):
        shown = explain(app, emails=emails).body["accesses"][0]["metadata"]
        assert key not in str(shown)
        assert shown["jwt_token"] == "…"
        assert (shown["to"]["customer"] == [CAROL]) is emails


# Tables of other shapes


def test_the_missing_table_comes_first_and_the_commands_follow(broken: App) -> None:
    broken.buys(CAROL, 15)
    told = explain(broken)
    assert (told.answer, told.says(15)) == ("missing", ("missing", "schema.module-access"))
    assert told.module(15)["command"] == "iahome-fix migrate"
    assert told.module(15)["then"] == ["iahome-fix reconcile"]
    assert told.body["page"] == page(broken) == {"modules": [], "error": "table:42P01"}
    token(broken, 6, "3 days")
    assert explain(broken).module(6)["then"] == ["iahome-fix backfill"]


def test_without_the_table_what_is_not_owed_stays_so(broken: App) -> None:
    broken.buys(CAROL, 15, pay=False, refunded=990)
    broken.buys(CAROL, 6, pay=False, created=ago(days=9))
    token(broken, 6, "-6 days")
    told = explain(broken)
    assert (told.answer, told.says(15), told.says(6)) == ("nothing-owed", ("refunded", None), ("over", None))


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("alter table public.module_access drop column is_active cascade", "schema.columns"),
        ("alter table public.module_access drop column metadata", "schema.columns"),
        ("alter table public.module_access drop column user_id cascade", "schema.columns"),
        ("alter table public.module_access drop column expires_at", "schema.columns"),
        ("alter table public.profiles rename to users", "schema.profiles"),
        ("alter table public.profiles rename column email to mail", "schema.profiles"),
        ("alter table public.modules rename to cartes", "schema.modules"),
        ("revoke all on public.module_access from authenticated", "permissions.owner-reads"),
        ("revoke all on public.module_access from service_role", "permissions.service-role"),
        ("drop policy {policy} on public.module_access", "permissions.owner-reads"),
        ("select setval('public.module_access_id_seq', 1, false)", "schema.sequence"),
    ],
)
def test_what_keeps_everybody_from_it_comes_first(own: App, change: str, because: str) -> None:
    own.grant(CAROL, 6, None)
    own.buys(CAROL, 15, pay=False)
    (policy,) = own.sql("select polname from pg_policy where polrelid = 'public.module_access'::regclass")[0]
    own.sql(change.replace("{policy}", f'"{policy}"'))
    told = explain(own)
    assert told.answer == "missing"
    named = {one["because"] for one in told.body["modules"] if one["state"] == "missing"}
    assert because in named or told.says(15) == ("missing", "payments.unfulfilled"), told.body["modules"]
    assert because in named
    assert told.body["page"] == page(own)


def test_an_access_that_is_there_while_profiles_is_not(own: App) -> None:
    own.grant(CAROL, 15, None)
    own.sql("alter table public.profiles rename to users")
    told = explain(own)
    assert (told.near, told.says(15)) == ([], ("missing", "schema.profiles"))
    assert "is there" in told.module(15)["sentence"]


def test_row_level_security_is_what_hides_an_access_that_is_there(own: App) -> None:
    own.buys(CAROL, 15)
    (policy,) = own.sql("select polname from pg_policy where polrelid = 'public.module_access'::regclass")[0]
    own.sql(f'drop policy "{policy}" on public.module_access')
    told = explain(own)
    assert told.says(15) == ("missing", "permissions.owner-reads")
    assert "the access is there until" in told.module(15)["sentence"]
    assert told.module(15)["command"] == "iahome-fix migrate"
    assert told.module(15)["then"] == []


def test_a_policy_that_hides_one_customer_only(own: App) -> None:
    own.buys(CAROL, 15)
    own.sql(
        "create policy hide on public.module_access as restrictive for select to authenticated"
        f" using (user_id <> '{CAROLS}')"
    )
    told = explain(own)
    assert told.says(15)[0] == "missing"
    assert "policy" in told.module(15)["sentence"]
    assert told.body["page"] == page(own) == {"modules": [], "error": None}


def test_ids_of_other_types(own: App) -> None:
    (policy,) = own.sql("select polname from pg_policy where polrelid = 'public.module_access'::regclass")[0]
    own.sql(f'drop policy "{policy}" on public.module_access')
    own.sql("alter table public.module_access drop constraint if exists module_access_module_id_fkey")
    own.sql("alter table public.access_tokens drop constraint if exists access_tokens_module_id_fkey")
    own.sql('drop policy if exists "own tokens" on public.access_tokens')
    own.sql("alter table public.access_tokens alter column created_by type uuid using created_by::uuid")
    for table in ("module_access", "access_tokens", "user_applications"):
        own.sql(f"alter table public.{table} drop constraint if exists {table}_module_id_fkey")
        own.sql(f"alter table public.{table} alter column module_id type text")
    own.sql("alter table public.modules alter column id drop default")
    own.sql("alter table public.modules alter column id type text")
    own.sql("update public.modules set id = 'metube' where id = '6'")
    own.sql("alter table public.module_access alter column user_id type uuid using user_id::uuid")
    own.sql(
        "create policy own on public.module_access for select to authenticated using (user_id = auth.uid())"
    )
    own.sql(
        "insert into public.module_access (user_id, module_id, expires_at) values"
        " (%s, 'metube', 'infinity'), (%s, '15', '-infinity')",
        CAROLS,
        CAROLS,
    )
    own.sql(
        "insert into public.access_tokens (name, module_id, module_name, created_by)"
        " values ('t', '13', 'm', %s)",
        CAROLS,
    )
    told = explain(own)
    assert told.body["page"] == page(own) == {"modules": ["metube"], "error": None}
    assert told.says("metube") == ("visible", None)
    assert "without an end" in told.module("metube")["sentence"]
    assert told.module(13)["state"] == "missing"
    assert {row["module_id"]: row["expired"] for row in told.body["accesses"]} == {
        "metube": False,
        "15": True,
    }


def test_metadata_of_other_shapes(own: App) -> None:
    own.sql("alter table public.module_access alter column metadata drop default")
    own.sql("alter table public.module_access alter column metadata type text using metadata::text")
    own.sql(
        "insert into public.module_access (user_id, module_id, metadata) values"
        " (%s, 15, '{\"session_id\": \"cs_x\"}'), (%s, 6, 'no json'), (%s, 13, null)",
        CAROLS,
        CAROLS,
        CAROLS,
    )
    found = {row["module_id"]: row["metadata"] for row in explain(own).body["accesses"]}
    assert found == {"15": {"session_id": "cs_x"}, "6": {}, "13": {}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-23T13:00:00.12345", "2026-11-23T13:00:00.123450+00:00"),
        ("2026-11-23T15:00:00+02:00", "2026-11-23T13:00:00+00:00"),
        ("2026-11-23", "2026-11-23T00:00:00+00:00"),
        ("infinity", None),
        ("20000-01-01T00:00:00", None),
        ("", None),
        (None, None),
        (17, None),
    ],
)
def test_times_as_postgresql_writes_them(text: object, found: str | None) -> None:
    read = moment(text)
    assert (read.isoformat() if read else None) == found


AT_ONCE = "update public.module_access set is_active = false, expires_at = now()"


def test_an_access_that_a_person_ended_at_the_moment_is_owed_to_nobody(app: App) -> None:
    session = app.buys(CAROL, 15)
    app.sql(AT_ONCE + " where metadata->>'session_id' = %s", session)
    [(row_id,)] = app.sql("select id::text from public.module_access")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("withdrawn", None))
    assert f"iahome-fix reconcile --restore {row_id}" in told.module(15)["hint"]
    assert told.module(15)["command"] is None


def test_a_token_behind_an_access_that_a_person_ended_is_not_made_again(app: App) -> None:
    token(app, 15, "9 days")
    app.grant(CAROL, 15, None)
    app.sql(AT_ONCE)
    [(row_id,)] = app.sql("select id::text from public.module_access")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("withdrawn", None))
    assert f"iahome-fix backfill --restore {row_id}" in told.module(15)["hint"]
