"""An address that nobody has: its own answer, and who may be meant, named by the difference."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from iahome_fix.explain.near import MOST, Difference, difference, near, skeleton
from iahome_fix.facts.context import Context
from iahome_fix.settings import load_settings
from tests.checks.app_support import EVERYBODY, App
from tests.explain.support import CAROL, explain, token

if TYPE_CHECKING:
    from collections.abc import Callable

WHO = "jean.dupont@gmail.com"
SLIPS = [
    ("jean.dupon@gmail.com", "one-letter"),
    ("jean.duponts@gmail.com", "one-letter"),
    ("jean.dupond@gmail.com", "one-letter"),
    ("xean.dupont@gmail.com", "one-letter"),
    ("ean.dupont@gmail.com", "one-letter"),
    ("jean.dupotn@gmail.com", "swapped-letters"),
    ("ejan.dupont@gmail.com", "swapped-letters"),
    ("jean.udpont@gmail.com", "swapped-letters"),
    ("jean.dupont@gmial.com", "swapped-letters"),
    ("jean.dupont@gmai.com", "one-letter"),
    ("jean.dupont@gmail.co", "one-letter"),
    ("jean.dupont@gmail.fr", "other-domain"),
    ("jean.dupont@hotmail.example", "other-domain"),
    ("JeanDupont@Gmail.com", "dots"),
    ("jean-dupont@gmail.com", "dots"),
    ("jean.dupont+shop@gmail.com", "plus-tag"),
    ("jеan.dupont@gmail.com", "look-alike"),
    ("jean.dup0nt@gmail.com", "look-alike"),
    ("jéan.dupont@gmail.com", "look-alike"),
    ("jean.dupont@gmaıl.com", "look-alike"),
    ("jean.dupont@grnail.com", "look-alike"),
    ("jean.duponṭ@gmail.com", "look-alike"),
]  # fmt: skip
FAR = [
    "jean.dupont@gmail.com",
    " Jean.Dupont@gmail.com",
    "jean.durand@gmail.com",
    "jeanne.dupont@gmail.com",
    "jean.dupno@gmail.com",
    "xjean.dupont@gmial.com",
    "dupont.jean@gmail.com",
]


def store(app: App, email: str) -> None:
    """Nobody but one person, with this address."""
    app.empty()
    app.sql("insert into auth.users (id, email) values (%s, %s)", EVERYBODY[CAROL], email)


@pytest.mark.parametrize(("other", "kind"), SLIPS)
def test_a_slip_has_a_name_in_both_directions(other: str, kind: str) -> None:
    assert (difference(WHO, other), difference(other, WHO)) == (kind, kind)


@pytest.mark.parametrize("other", FAR)
def test_what_is_the_same_or_too_different_is_no_slip(other: str) -> None:
    assert difference(WHO, other) is None


def test_a_name_of_nothing_but_a_tag_is_not_everybodys() -> None:
    assert difference("+a@example.test", "+b@example.test") is Difference.LETTER
    assert difference("+shop@example.test", "...@example.org") is None
    assert skeleton("ＣＡＲＯＬ＠ＥＸＡＭＰＬＥ") == "carol@example"


def test_whoever_is_stored_is_found_from_what_was_typed(app: App) -> None:
    """The query's cheap comparisons let through what `difference` calls a slip, in both directions."""
    with closing(Context(load_settings(folder=app.folder, environ=app.environ()), timeout=5)) as ctx:
        for other, kind in SLIPS:
            for stored, typed in ((WHO, other), (other, WHO)):
                store(app, stored)
                found = near(ctx, typed, (), profiles=True, logins=True)
                seen = [(one.email, one.difference, one.place, one.id) for one in found]
                assert seen == [(stored, kind, "profile", EVERYBODY[CAROL])], typed


def test_what_means_something_to_like_and_to_expressions_is_a_letter(app: App) -> None:
    with closing(Context(load_settings(folder=app.folder, environ=app.environ()), timeout=5)) as ctx:

        def kinds(typed: str) -> list[str]:
            found = near(ctx, typed, (), profiles=True, logins=True)
            return [one.difference for one in found]

        for email in ("o'brien@a.test", "a%b_c@a.test", "a\\b!c@a.test", "a[b]c^@a.test", "é%_!\\@a.test"):
            store(app, email)
            assert kinds(email.replace("test", "tets")) == ["swapped-letters"], email
            assert kinds("x" + email) == ["one-letter"], email
            assert kinds("zz" + email) == [], email
            assert kinds("aXbYcZ@a.test") == [], email


def test_nobody_has_an_answer_of_its_own(app: App) -> None:
    store(app, WHO)
    told = explain(app, "jean.dupond@gmail.com", module="15")
    assert (told.answer, told.near) == ("not-found", ["one-letter"])
    miss = told.body["customer"]["near_misses"][0]
    assert (miss["email"], miss["id"]) == ("j…t@g…l.com", EVERYBODY[CAROL])
    assert WHO not in str(told.body)
    assert (
        explain(app, "jean.dupond@gmail.com", emails=True).body["customer"]["near_misses"][0]["email"] == WHO
    )
    assert told.body["page"] == {"modules": [], "error": "login:none"}


@pytest.mark.parametrize(
    "buy",
    [
        lambda app: app.buys("carla@example.test", 15, pay=False),
        lambda app: app.buys(
            None, 15, pay=False, metadata={"items_ids": "15", "userEmail": "carla@example.test"}
        ),
    ],
    ids=["typed", "metadata"],
)
def test_a_payment_under_a_near_address_is_named_and_gives_nothing(
    app: App, buy: Callable[[App], str]
) -> None:
    app.empty()
    buy(app)
    told = explain(app, "carlo@example.test", emails=True)
    assert (told.answer, told.near) == ("not-found", ["one-letter"])
    assert "a checkout names carla@example.test" in told.body["customer"]["near_misses"][0]["detail"]
    assert told.body["sessions"] == told.body["modules"] == []


def test_a_payer_without_a_profile_is_missing_and_hears_who_is_near(app: App) -> None:
    app.buys("carole@example.test", 15, pay=False)
    told = explain(app, "carole@example.test")
    assert (told.answer, told.says(15)) == ("missing", ("missing", "payments.unknown-customer"))
    assert told.near == ["one-letter"]
    assert told.module(15)["command"] is None


def test_who_has_anything_is_somebody(app: App) -> None:
    for owned in ("login", "token", "access"):
        app.empty()
        app.customers()
        if owned == "login":
            app.sql("delete from public.profiles where email = %s", CAROL)
        elif owned == "token":
            token(app, 15, "-1 day", owner="dave@example.test")
        else:
            app.sql("insert into public.module_access (user_id, module_id) values ('dave@example.test', 15)")
        asked = CAROL if owned == "login" else "dave@example.test"
        assert explain(app, asked).answer != "not-found", owned


def test_a_checkout_that_was_begun_makes_nobody_a_customer(app: App) -> None:
    app.buys("dave@example.test", 15, pay=False, status="expired", payment_status="unpaid")
    told = explain(app, "dave@example.test", module="15")
    assert (told.answer, len(told.body["sessions"])) == ("not-found", 1)


def test_without_stripe_nobody_can_say_that_it_is_nobody(app: App) -> None:
    app.key = ""
    told = explain(app, "carole@example.test")
    assert (told.answer, told.near) == ("unknown", ["one-letter"])


def test_logins_that_may_not_be_read_leave_the_profiles(own: App, reader: str) -> None:
    own.dsn = reader
    told = explain(own, "carole@example.test")
    assert (told.answer, told.near) == ("not-found", ["one-letter"])


def test_an_address_that_says_little_names_a_few_and_the_nearest_of_them(app: App) -> None:
    app.empty()
    addresses = [f"info@shop{number:03}.example" for number in range(200)] + ["inof@somewhere.test"]
    app.sql("insert into auth.users (id, email) select gen_random_uuid(), unnest(%s::text[])", addresses)
    told = explain(app, "info@somewhere.test")
    assert told.near == ["swapped-letters", *["other-domain"] * (MOST - 1)]
