"""A profile that is handed in decides; nothing goes by that of the guide behind its back."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from iahome_fix.domain.synthetic import Buyer, metadata_like, metadata_of_nothing
from iahome_fix.profile import MODULE_ACCESS, CheckoutKeys, Key, Says
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.systems.site import Site
from iahome_fix.systems.stripe_invoices import Invoice
from iahome_fix.systems.stripe_payments import Session
from iahome_fix.verify.page import page_problem

OTHERS = CheckoutKeys(
    known=(
        Key("mail", Says.ADDRESS),
        Key("who", Says.USER),
        Key("goods", Says.MODULES),
        Key("good", Says.MODULE),
        Key("basket", Says.ITEMS),
        Key("count", Says.COUNT),
        Key("credits", Says.PACK),
        Key("sort", Says.KIND),
    ),
    item_ids=("ref",),
    pack_kind="credits",
    written=("goods", "mail", "count"),
    read=("good",),
)
GUIDE = MODULE_ACCESS.checkout
BUYER = Buyer("carol@example.test", "6f0c", "3", "Metube")


def session(keys: CheckoutKeys, **metadata: str) -> Session:
    return Session.of({"id": "cs_1", "created": 1_700_000_000, "metadata": metadata}, keys)


def test_what_a_session_says_is_read_by_the_keys_that_were_handed_in() -> None:
    sold = session(OTHERS, goods="6, 13", good="15", basket='[{"ref": 8, "id": 9}]', mail="a@b.test", who="7")
    assert (sold.modules, sold.emails, sold.asked, sold.user_id) == (
        ("6", "13", "15", "8"),
        ("a@b.test",),
        "a@b.test",
        "7",
    )
    assert sold.from_app and not sold.is_token_pack
    theirs = session(OTHERS, items_ids="6", customer_email="a@b.test", userId="7", type="token_purchase")
    assert (theirs.modules, theirs.emails, theirs.asked, theirs.user_id) == ((), (), None, None)
    assert not theirs.from_app and not theirs.is_token_pack


@pytest.mark.parametrize("metadata", [{"credits": "100"}, {"sort": "credits", "good": "15"}])
def test_a_token_pack_is_known_by_the_keys_that_were_handed_in(metadata: dict[str, str]) -> None:
    assert session(OTHERS, **metadata).is_token_pack
    assert not session(GUIDE, **metadata).is_token_pack


def test_an_invoice_is_read_by_the_same_keys_as_its_session() -> None:
    data: dict[str, Any] = {
        "id": "in_1",
        "created": 1_700_000_000,
        "subscription": "sub_1",
        "subscription_details": {"metadata": {"good": "15", "mail": "a@b.test"}},
    }
    invoice = Invoice.of(data, (), OTHERS)
    assert invoice is not None
    assert (invoice.modules, invoice.emails) == (("15",), ("a@b.test",))
    assert invoice.bought_by(session(OTHERS, mail="c@d.test")).emails == ("c@d.test", "a@b.test")
    unread = Invoice.of(data, (), GUIDE)
    assert unread is not None and unread.modules == ()


def test_a_payment_that_is_made_up_has_the_metadata_of_the_profile() -> None:
    assert metadata_like(None, BUYER, OTHERS) == {"goods": "3", "mail": BUYER.email, "count": "1"}
    assert metadata_of_nothing(BUYER, OTHERS) == {"mail": BUYER.email, "count": "0"}
    real = session(OTHERS, who="7", basket="[]", sort="gift", note="theirs")
    assert metadata_like(real, BUYER, OTHERS) == {
        "who": "6f0c",
        "basket": '[{"ref": "3", "title": "Metube"}]',
        "sort": "gift",
    }


def test_the_keys_that_the_handler_reads_come_first_among_those_that_are_understood() -> None:
    assert OTHERS.modules == ("good", "goods", "basket")
    assert replace(OTHERS, read=()).modules == ("goods", "good", "basket")
    assert GUIDE.modules == ("items_ids", "moduleId", "items")


def test_the_page_is_asked_for_where_the_profile_has_it() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        return json_response(200 if request.path == "/mine" else 404, {})

    server = LoopbackServer(answer)
    server.start()
    try:
        with closing(Site(server.url, timeout=5)) as site:
            assert page_problem(site, "/mine") is None
            problem = page_problem(site, "/theirs")
    finally:
        server.stop()
    assert problem == "the page /theirs answers 404"
    assert asked == ["/mine", "/theirs"]
