"""Who the address is: profiles, logins, and what nearly fits."""

from __future__ import annotations

import pytest

from iahome_fix.explain.address import parse
from tests.checks.app_support import EVERYBODY, App
from tests.explain.support import BOB, CAROL, CAROLS, explain, page, token

OTHER = "dddddddd-0000-4000-8000-000000000004"


def free_profiles(app: App) -> None:
    """Profiles need no login any more, as in later versions of the app."""
    app.sql("alter table public.profiles drop constraint profiles_id_fkey")


@pytest.mark.parametrize("typed", [CAROL.upper(), f"  {CAROL}\n", f"\u200b{CAROL}\u00a0"])
def test_letter_case_and_blanks_of_the_question_do_not_matter(app: App, typed: str) -> None:
    app.buys(CAROL, 15)
    told = explain(app, parse(typed))
    assert (told.answer, told.near) == ("served", [])


def test_nobody(app: App) -> None:
    told = explain(app, "nobody@example.test", module="15")
    assert (told.answer, told.says(15)) == ("not-found", ("not-bought", None))
    assert told.body["customer"]["profile_id"] is None
    assert told.body["page"] == {"modules": [], "error": "login:none"}


def test_a_profile_with_capitals_is_found_and_is_the_reason(app: App) -> None:
    app.sql("update public.profiles set email = 'Carol@Example.test' where email = %s", CAROL)
    app.buys(CAROL, 15)
    told = explain(app)
    assert (told.near, told.says(15)) == (["letter-case"], ("missing", "data.email-case"))
    assert CAROLS in told.module(15)["hint"]
    assert told.module(15)["command"] == "iahome-fix reconcile"
    assert told.body["customer"]["profile_id"] == CAROLS
    assert told.body["page"] == page(app)


def test_an_access_behind_a_profile_with_blanks(app: App) -> None:
    app.sql("update public.profiles set email = ' carol@example.test' where email = %s", CAROL)
    app.grant(CAROL, 15, None)
    told = explain(app)
    assert (told.near, told.says(15)) == (["blanks"], ("missing", "data.email-case"))
    assert told.body["page"]["error"] == "profile:PGRST116(0)" == page(app)["error"]


def test_blanks_that_cannot_be_seen(app: App) -> None:
    app.sql("update public.profiles set email = 'carol@example.test' || chr(8203) where email = %s", CAROL)
    app.buys(CAROL, 15, pay=False)
    told = explain(app)
    assert (told.near, told.says(15)) == (["blanks"], ("missing", "data.email-case"))
    assert "SQL editor" not in told.module(15)["hint"]


def test_rows_without_an_owner_are_nobodys(own: App) -> None:
    own.sql("insert into public.module_access (user_id, module_id) values ('', 15), (' ', 6)")
    own.sql("alter table public.profiles alter column email drop not null")
    own.sql("update public.profiles set email = null where email = %s", CAROL)
    told = explain(own)
    assert (told.answer, told.body["accesses"]) == ("nothing-owed", [])


def test_a_login_without_a_profile(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.sql("delete from public.profiles where email = %s", CAROL)
    told = explain(app)
    assert (told.near, told.says(15)) == (["login-without-profile"], ("missing", "data.profiles-missing"))
    assert told.body["customer"]["login_id"] == CAROLS
    app.sql(told.module(15)["hint"].partition("SQL editor: ")[2])
    assert app.sql("select id::text from public.profiles where email = %s", CAROL) == [(CAROLS,)]
    assert explain(app).says(15) == ("missing", "payments.unfulfilled")


def test_a_token_of_a_login_without_a_profile(app: App) -> None:
    token(app, 15, "9 days")
    app.sql("delete from public.profiles where email = %s", CAROL)
    assert explain(app).says(15) == ("missing", "data.profiles-missing")


def test_a_deleted_login_is_none(app: App) -> None:
    app.grant(CAROL, 15, None)
    app.sql("update auth.users set deleted_at = now() where email = %s", CAROL)
    told = explain(app)
    assert told.near == ["profile-without-login"]
    assert (told.answer, told.says(15)) == ("missing", ("missing", None))
    assert "nobody can sign in" in told.module(15)["sentence"]
    assert told.body["page"]["modules"] == page(app)["modules"] == []


def test_a_profile_under_another_id_than_the_login(own: App) -> None:
    free_profiles(own)
    own.sql("update public.profiles set id = %s where email = %s", OTHER, CAROL)
    own.sql("insert into public.module_access (user_id, module_id) values (%s, 15)", OTHER)
    told = explain(own)
    assert (told.near, told.says(15)) == (["other-id"], ("missing", "data.profiles-missing"))
    assert told.body["page"] == page(own)


def test_a_login_that_has_another_address_by_now(app: App) -> None:
    app.grant(CAROL, 15, None)
    app.sql("update auth.users set email = 'caroline@example.test' where email = %s", CAROL)
    told = explain(app, emails=True)
    assert told.near == ["login-has-other-address"]
    assert "caroline@example.test" in told.body["customer"]["near_misses"][0]["detail"]
    assert told.says(15) == ("missing", "data.profile-email")
    assert "another address by now" in told.module(15)["sentence"]
    seen_from_there = explain(app, "caroline@example.test")
    assert "profile-has-other-address" in seen_from_there.near
    assert seen_from_there.says(15) == ("missing", "data.profile-email")
    hint = seen_from_there.module(15)["hint"]
    assert (hint, CAROLS in hint) == (told.module(15)["hint"], True)
    app.sql(hint.partition("SQL editor: ")[2])
    assert explain(app, "caroline@example.test").says(15) == ("visible", None)


@pytest.mark.parametrize("asked", [CAROL, "caroline@example.test"])
def test_paid_with_the_address_that_the_login_has_by_now(app: App, asked: str) -> None:
    app.sql("update auth.users set email = 'caroline@example.test' where email = %s", CAROL)
    app.buys("caroline@example.test", 15, pay=False)
    told = explain(app, asked)
    assert told.says(15) == ("missing", "data.profile-email")
    assert told.module(15)["command"] == "iahome-fix reconcile"
    app.sql(told.module(15)["hint"].partition("SQL editor: ")[2])
    assert explain(app, "caroline@example.test").says(15) == ("missing", "payments.unfulfilled")


def test_the_logins_address_is_not_given_to_a_second_profile(own: App) -> None:
    free_profiles(own)
    own.sql("update auth.users set email = 'caroline@example.test' where email = %s", CAROL)
    own.sql("insert into public.profiles (id, email) values (%s, 'caroline@example.test')", OTHER)
    own.grant(CAROL, 15, None)
    own.sql(explain(own).module(15)["hint"].partition("SQL editor: ")[2])
    assert own.sql("select email from public.profiles where id = %s", CAROLS) == [(CAROL,)]


def test_two_profiles_of_one_address(own: App) -> None:
    free_profiles(own)
    own.sql("insert into public.profiles (id, email) values (%s, 'Carol@example.test')", OTHER)
    own.sql("insert into public.module_access (user_id, module_id) values (%s, 15)", OTHER)
    own.grant(CAROL, 6, None)
    told = explain(own)
    assert set(told.near) == {"two-profiles", "letter-case"}
    assert told.body["customer"]["profile_id"] == CAROLS
    assert told.says(6) == ("visible", None)
    assert told.says(15)[0] == "missing"
    assert OTHER in told.module(15)["sentence"]
    assert told.body["page"] == page(own)


def test_two_profiles_of_one_address_letter_by_letter(own: App) -> None:
    free_profiles(own)
    own.sql("alter table public.profiles drop constraint if exists profiles_email_key")
    own.sql("insert into public.profiles (id, email) values (%s, %s)", OTHER, CAROL)
    own.sql("insert into public.module_access (user_id, module_id) values (%s, 6)", OTHER)
    own.buys(CAROL, 15)
    told = explain(own)
    assert told.near == ["two-profiles"]
    assert told.says(15) == told.says(6) == ("missing", "data.profile-email")
    assert "2 profiles have this e-mail" in told.module(15)["sentence"]
    hint = told.module(15)["hint"]
    assert hint == f"the profile {CAROLS} is the login's; give the other ({OTHER}) another address"
    assert told.module(15)["command"] == "iahome-fix reconcile"
    own.sql("update public.profiles set email = 'other@example.test' where id = %s", OTHER)
    assert explain(own).says(15) == ("missing", "payments.unfulfilled")


def test_a_page_that_finds_two_profiles(own: App) -> None:
    free_profiles(own)
    own.sql("alter table public.profiles drop constraint if exists profiles_email_key")
    own.sql("insert into public.profiles (id, email) values (%s, %s)", OTHER, CAROL)
    own.sql("create policy all_of_them on public.profiles for select to authenticated using (true)")
    own.grant(CAROL, 15, None)
    told = explain(own)
    assert told.body["page"] == page(own) == {"modules": [], "error": "profile:PGRST116(2)"}
    assert told.says(15) == ("missing", "data.profile-email")


def test_logins_that_may_not_be_read_leave_the_profile(own: App, reader: str) -> None:
    own.grant(CAROL, 15, None)
    own.dsn = reader
    told = explain(own)
    assert told.body["customer"]["profile_id"] == CAROLS
    assert (told.body["customer"]["login_id"], told.near) == (None, [])


def test_the_row_of_an_e_mail_address(app: App) -> None:
    app.sql("insert into public.module_access (user_id, module_id) values (%s, 15)", "Carol@example.test")
    token(app, 6, "3 days", owner=CAROL)
    told = explain(app)
    assert told.says(15) == told.says(6) == ("missing", "data.orphans")
    assert {one["module_id"] for one in explain(app, BOB).body["modules"]} == set()


def test_an_address_with_quotes_percents_and_accents(app: App) -> None:
    for number, email in enumerate(
        ["o'brien@example.test", 'a"b%s%%(x)s@example.test', "élodie\\@exämple.test", "a;--@example.test"]
    ):
        app.sql("insert into auth.users (id, email) values (%s, %s)", f"{number}" * 8 + OTHER[8:], email)
        app.buys(email, 15)
        told = explain(app, email)
        assert (told.answer, told.says(15)) == ("served", ("visible", None)), email
        assert told.body["page"]["modules"] == ["15"]
    assert len(EVERYBODY) == 3


def test_an_address_of_three_hundred_characters(app: App) -> None:
    assert explain(app, "x" * 288 + "@example.test").answer == "not-found"


def test_what_is_hidden_and_bought_for_longer_says_both(app: App) -> None:
    app.grant(CAROL, 15, "cs_live_before", hours=5)
    app.buys(CAROL, 15, pay=False)
    app.sql("update auth.users set email = 'carol.new@example.test' where id = %s", CAROLS)
    told = explain(app)
    assert told.says(15) == ("missing", "data.profile-email")
    assert "not given" in told.module(15)["sentence"]
    assert told.module(15)["command"] == "iahome-fix reconcile"


def test_a_payment_of_ones_own_says_more_than_the_access_of_a_twin(app: App) -> None:
    app.sql(
        "insert into auth.users (id, email) values (%s, 'someone@example.test')",
        OTHER,
    )
    app.sql("update public.profiles set email = %s where id = %s", CAROL.upper(), OTHER)
    app.sql("update auth.users set email = 'another@example.test' where id = %s", CAROLS)
    app.grant(CAROL, 15, None)
    app.buys(CAROL.upper(), 15, pay=False)
    told = explain(app, CAROL.upper())
    assert told.body["customer"]["profile_id"] == OTHER
    state, because = told.says(15)
    assert (state, told.module(15)["command"]) == ("missing", "iahome-fix reconcile"), because
